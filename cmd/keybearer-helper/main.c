/*
 * The helper with every verb and every store. Must never print, but for `exec`, which has
 * no front left to print for it.
 */
#include "helper.h"

#include "base/error_text.h"
#include "base/file.h"

#include <string.h>
#include <unistd.h>

static const struct helper_verb table[] = {
    {.name = "fetch", .run = helper_fetch, .outlives_front = true},
    {.name = "identify", .report = KB_REPORT_IDENTIFY, .run = helper_identify},
    {.name = "inspect", .report = KB_REPORT_INSPECT, .run = helper_inspect},
    {.name = "doctor", .report = KB_REPORT_DOCTOR, .run = helper_doctor},
    {.name = "scan", .report = KB_REPORT_SCAN, .run = helper_scan},
    {.name = "add", .report = KB_REPORT_ADD, .run = helper_add},
    {.name = "import", .report = KB_REPORT_IMPORT, .run = helper_import},
    {.name = "keygen", .report = KB_REPORT_KEYGEN, .run = helper_keygen},
    {.name = "adopt", .report = KB_REPORT_ADOPT, .run = helper_adopt},
    {.name = "rename", .report = KB_REPORT_RENAME, .run = helper_rename},
    {.name = "match", .report = KB_REPORT_MATCH, .run = helper_match},
    {.name = "move", .report = KB_REPORT_MOVE, .run = helper_move},
    {.name = "edit", .report = KB_REPORT_EDIT, .run = helper_edit},
    {.name = "remove", .report = KB_REPORT_REMOVE, .run = helper_remove},
    {.name = "unlock", .report = KB_REPORT_UNLOCK, .run = helper_unlock},
    {.name = "lock", .report = KB_REPORT_LOCK, .run = helper_lock},
    {.name = "consent", .report = KB_REPORT_CONSENT, .run = helper_consent},
    {.name = "passwd", .report = KB_REPORT_PASSWD, .run = helper_passwd},
};

/* `run` made us the command's first life. Only returns when there is no second. */
static int become(int argc, char *argv[], const struct exec_environment *given)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(4096);
    struct kb_error err = KB_ERROR_INIT;

    helper_exec(argc - 2, argv + 2, given, &err);
    kb_error_append(&err, &text);
    if (kb_write_all(STDERR_FILENO, kb_buf_text(&text), text.len, NULL))
        return KB_ERR_SYSTEM;
    return (int)err.code;
}

int main(int argc, char *argv[])
{
    bool becomes = argc > 1 && strcmp(argv[1], "exec") == 0;
    static struct exec_environment given; /* never freed: it may be our environment at the end */
    int status;

    if (becomes)
        last_words_person_listens(true);
    given = exec_take_environment(becomes && argc > 3 ? argv[3] : NULL);
    status = helper_begin();
    if (!status && becomes)
        status = become(argc, argv, &given);
    else if (!status)
        status = helper_answer(table, KB_COUNT(table), argc, argv);
    helper_leave(status);
}
