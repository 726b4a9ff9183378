/*
 * The one question of `setup`, which the helper asks, as all others: on the terminal and nowhere
 * else. Must never ask somebody who does not see what would change.
 */
#include "setup.h"

#include "base/fd.h"
#include "base/strings.h"
#include "front.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* -1: there is none, or we are in its background, where reading it would stop us. */
static int open_terminal(void)
{
    int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

    if (fd >= 0 && tcgetpgrp(fd) != getpgrp())
        kb_fd_close(&fd);
    return fd;
}

/* /dev/tty is one file for all terminals; each has a number of its own. */
static bool is_terminal(int fd, int terminal)
{
    unsigned one, other;

    return ioctl(fd, TIOCGDEV, &one) == 0 && ioctl(terminal, TIOCGDEV, &other) == 0 && one == other;
}

bool setup_can_ask(void)
{
    KB_AUTO(kb_fd_close) int fd = isatty(STDOUT_FILENO) ? open_terminal() : -1;

    return fd >= 0 && is_terminal(STDOUT_FILENO, fd);
}

enum kb_err setup_ask(const char *question, const char *instead, struct kb_error *err)
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    KB_AUTO(kb_str_free) char *asked = NULL;
    KB_AUTO(kb_str_free) char *hint = NULL;
    enum kb_err rc;

    kb_str_set(&asked, question);
    kb_str_set(&hint, instead);
    rc = report_ask("consent", KB_REPORT_CONSENT, 2, (char *[]){asked, hint}, &frame, err);
    if (rc || frame.report.yes)
        return rc;
    return kb_fail(err, KB_ERR_DISMISSED, "nothing was changed");
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
        if (!setup_ask(question, command, &err))
            return true;
        if (err.code == KB_ERR_DISMISSED || err.code == KB_ERR_TIMEOUT)
            kb_hint(&err, "for later: %s", command);
    } else {
        kb_fail(&err, KB_ERR_USAGE, "nothing was changed: there is no terminal to ask on");
        kb_hint(&err, "%s --yes", command);
    }
    *ret_status = output_error(&err);
    return false;
}
