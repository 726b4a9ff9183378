/*
 * The one question of `setup`, on the terminal and nowhere else, as the helper asks. Must never ask
 * somebody who does not see what would change, nor wait for somebody who is not there.
 */
#include "setup.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/pipe.h"
#include "front.h"

#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <termios.h>
#include <unistd.h>

enum { PATIENCE_MS = 600000, ANSWER_MAX = 4096 };

/* -1: there is none, or we are in its background, where reading it would stop us. */
static int open_terminal(void)
{
    int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

    if (fd >= 0 && tcgetpgrp(fd) != getpgrp())
        kb_fd_close(&fd);
    return fd;
}

bool setup_can_ask(void)
{
    KB_AUTO(kb_fd_close) int fd = isatty(STDOUT_FILENO) ? open_terminal() : -1;

    return fd >= 0;
}

/* A terminal gives a line at a time. */
bool setup_ask(const char *question)
{
    KB_AUTO(kb_fd_close) int fd = open_terminal();
    KB_AUTO(kb_buf_clear) struct kb_buf page = KB_BUF_INIT(4096);
    KB_AUTO(kb_buf_clear) struct kb_buf answer = KB_BUF_INIT(ANSWER_MAX);
    struct kb_deadline by = kb_deadline_in_ms(PATIENCE_MS);
    bool ended = false;
    const char *text;
    size_t len;

    kb_buf_fmt(&page, "%s (yes or no) ", question);
    kb_buf_make_harmless(&page);
    if (fd >= 0)
        tcflush(fd, TCIFLUSH); /* what was typed before is no answer to this */
    if (fd < 0 || page.failed || kb_write_all(fd, page.data, page.len, NULL))
        return false;
    while (!ended && !memchr(kb_buf_text(&answer), '\n', answer.len)) {
        if (kb_pipe_take(fd, &by, &answer, &ended, NULL))
            return false;
    }
    text = kb_buf_text(&answer) + strspn(kb_buf_text(&answer), " \t");
    len = strcspn(text, " \t\r\n");
    return (len == 1 && strncasecmp(text, "y", 1) == 0) ||
           (len == 3 && strncasecmp(text, "yes", 3) == 0);
}

bool setup_agreed(const struct setup_options *options, struct kb_buf *page, const char *question,
    const char *command, int *ret_status)
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
        kb_fail(&err, KB_ERR_DISMISSED, "nothing was changed");
        kb_hint(&err, "for later: %s", command);
    } else {
        kb_fail(&err, KB_ERR_USAGE, "nothing was changed: there is no terminal to ask on");
        kb_hint(&err, "%s --yes", command);
    }
    *ret_status = output_error(&err);
    return false;
}
