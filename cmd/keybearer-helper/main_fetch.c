/*
 * keybearer-fetch: the one verb that is on the way of a token, without the desktop's
 * libraries. For profiles whose client lies in the vault.
 */
#include "helper.h"

int main(int argc, char *argv[])
{
    static const struct helper_verb table[] = {
        {.name = "fetch", .run = helper_fetch, .outlives_front = true}};
    int status = helper_begin();

    if (!status)
        status = helper_answer(table, KB_COUNT(table), argc, argv);
    helper_leave(status);
}
