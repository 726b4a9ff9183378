/*
 * keybearer-fetch: the one verb that is on the way of a token, for profiles whose client lies in
 * the vault; and the one that only looks at that way. Without the desktop's libraries.
 */
#include "helper.h"

int main(int argc, char *argv[])
{
    static const struct helper_verb table[] = {
        {.name = "fetch", .run = helper_fetch, .outlives_front = true},
        {.name = "look", .report = KB_REPORT_LOOK, .run = helper_look},
    };
    int status = helper_begin();

    if (!status)
        status = helper_answer(table, KB_COUNT(table), argc, argv);
    helper_leave(status);
}
