/*
 * The one question of `setup`. Must never take for a person what is not a terminal at both ends.
 */
#include "setup.h"

#include "base/clock.h"
#include "base/pipe.h"
#include "front.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { PATIENCE_MS = 600000, ANSWER_MAX = 4096 };

bool setup_can_ask(void)
{
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

/* A terminal gives a line at a time. */
bool setup_ask(const char *question)
{
    KB_AUTO(kb_buf_clear) struct kb_buf page = KB_BUF_INIT(1024);
    KB_AUTO(kb_buf_clear) struct kb_buf answer = KB_BUF_INIT(ANSWER_MAX);
    struct kb_deadline by = kb_deadline_in_ms(PATIENCE_MS);
    bool ended = false;
    const char *text;
    size_t len;

    kb_buf_fmt(&page, "%s (yes or no) ", question);
    if (output(&page, 0))
        return false;
    while (!ended && !memchr(kb_buf_text(&answer), '\n', answer.len)) {
        if (kb_pipe_take(STDIN_FILENO, &by, &answer, &ended, NULL))
            return false;
    }
    text = kb_buf_text(&answer) + strspn(kb_buf_text(&answer), " \t");
    len = strcspn(text, " \t\r\n");
    return (len == 1 && strncasecmp(text, "y", 1) == 0) ||
           (len == 3 && strncasecmp(text, "yes", 3) == 0);
}

bool setup_agreed(
    const struct setup_options *options, struct kb_buf *page, const char *question, int *ret_status)
{
    struct kb_error err = KB_ERROR_INIT;

    *ret_status = output(page, 0);
    if (*ret_status || options->dry_run)
        return false;
    if (options->yes)
        return true;
    if (setup_can_ask()) {
        if (setup_ask(question))
            return true;
        *ret_status = KB_ERR_DISMISSED;
        kb_fail(&err, KB_ERR_DISMISSED, "nothing was changed");
        kb_hint(&err, "the same command, and yes");
    } else {
        kb_fail(&err, KB_ERR_USAGE, "nothing was changed: there is no terminal to ask on");
        kb_hint(&err, "add --yes to make this change");
    }
    *ret_status = output_error(&err);
    return false;
}
