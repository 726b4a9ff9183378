/*
 * Asking the person, on /dev/tty and nowhere else. Must never leave a terminal without
 * echo, and never wait for somebody who is not there.
 */
#include "helper.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 16384, PATIENCE_MS = 300000 };

/* The terminal as it was; a handler can only reach what is static. */
static struct {
    int fd;
    struct termios before;
} quiet = {.fd = -1};

static const int deadly[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2, SIGABRT};

static void restore_echo(void)
{
    if (quiet.fd >= 0)
        tcsetattr(quiet.fd, TCSAFLUSH, &quiet.before);
    quiet.fd = -1;
}

static void on_deadly_signal(int number)
{
    restore_echo();
    signal(number, SIG_DFL);
    raise(number);
}

static void handle_signals(void (*handler)(int))
{
    for (size_t i = 0; i < KB_COUNT(deadly); i++)
        signal(deadly[i], handler);
    /* Suspended half way through a hidden line, the shell would be left without echo. */
    signal(SIGTSTP, handler == SIG_DFL ? SIG_DFL : SIG_IGN);
}

static enum kb_err hide_echo(int fd, struct kb_error *err)
{
    struct termios hidden;

    if (tcgetattr(fd, &quiet.before) < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "the terminal");
    hidden = quiet.before;
    hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK);
    hidden.c_lflag |= ECHONL;
    quiet.fd = fd;
    handle_signals(on_deadly_signal);
    if (tcsetattr(fd, TCSAFLUSH, &hidden) < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot switch off the terminal's echo");
    return KB_OK;
}

static enum kb_err read_line(int fd, struct kb_buf *line, struct kb_error *err)
{
    struct kb_deadline deadline = kb_deadline_in_ms(PATIENCE_MS);
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    char byte = 0;
    ssize_t got;

    while (!line->failed) {
        int n = poll(&ready, 1, kb_deadline_left_ms(deadline));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 || kb_deadline_passed(deadline))
            return kb_fail(err, KB_ERR_TIMEOUT, "nobody answered on the terminal");
        got = read(fd, &byte, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got != 1)
            return kb_fail(err, KB_ERR_DISMISSED, "the terminal closed before an answer came");
        if (byte == '\n')
            break;
        kb_buf_byte(line, byte);
    }
    return kb_buf_check(line, "the answer", err);
}

enum kb_err terminal_ask(const char *question, bool hidden, const char *instead,
    struct kb_secret *ret, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    KB_AUTO(kb_buf_clear) struct kb_buf line = KB_BUF_INIT(LINE_MAX_BYTES);
    enum kb_err rc;

    if (fd < 0) {
        kb_fail(err, KB_ERR_USAGE, "there is no terminal to ask on");
        return kb_hint(err, "%s", instead);
    }
    /* Echo goes first: an answer may follow on the question's heels. */
    rc = hidden ? hide_echo(fd, err) : KB_OK;
    if (!rc)
        rc = kb_write_all(fd, question, strlen(question), err);
    if (!rc)
        rc = read_line(fd, &line, err);
    restore_echo();
    handle_signals(SIG_DFL);
    return rc ? rc : kb_secret_from_buf(ret, &line, err);
}
