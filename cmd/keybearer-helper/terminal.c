/*
 * Asking the person, on /dev/tty and nowhere else. Must never leave a terminal without
 * echo, and never wait for somebody who is not there.
 */
#include "helper.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 16384, PATIENCE_MS = 300000 };

/* The terminal without echo, and as it was; a handler can only reach what is static. */
static struct {
    int fd;
    struct termios before, hidden;
    const char *question;
} quiet = {.fd = -1};

static const int deadly[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2, SIGABRT};

static bool is_still_ours(void)
{
    const tcflag_t ours = ECHO | ECHONL | ICANON;
    struct termios now;

    return tcgetattr(quiet.fd, &now) == 0 && (now.c_lflag & ours) == (quiet.hidden.c_lflag & ours);
}

/*
 * Also from the background, where the end of our front may have put us by now, and where
 * SIGTTOU would stop us first. By then the shell may have set the terminal up for itself.
 */
static void show_echo(void)
{
    signal(SIGTTOU, SIG_IGN);
    if (is_still_ours())
        tcsetattr(quiet.fd, TCSAFLUSH, &quiet.before);
    signal(SIGTTOU, SIG_DFL);
}

static void restore_echo(void)
{
    if (quiet.fd >= 0)
        show_echo();
    quiet.fd = -1;
}

static void on_deadly_signal(int number)
{
    restore_echo();
    signal(number, SIG_DFL);
    raise(number);
}

/* The shell gets its echo back; who comes back is asked anew, since the line is lost. */
static void on_suspension(int number)
{
    /* POSIX allows errno here. NOLINTNEXTLINE(bugprone-signal-handler) */
    int sys = errno;
    sigset_t this;

    sigemptyset(&this);
    sigaddset(&this, number);
    show_echo();
    signal(number, SIG_DFL);
    raise(number);
    /* cppcheck-suppress unreachableCode ; raise() returns, the signal is blocked here */
    sigprocmask(SIG_UNBLOCK, &this, NULL); /* we stop here, until somebody continues us */
    signal(number, on_suspension);
    tcsetattr(quiet.fd, TCSAFLUSH, &quiet.hidden);
    KB_IGNORE(write(quiet.fd, quiet.question, strlen(quiet.question)) < 0);
    errno = sys;
}

static void handle_signals(void)
{
    for (size_t i = 0; i < KB_COUNT(deadly); i++)
        signal(deadly[i], on_deadly_signal);
    signal(SIGTSTP, on_suspension);
}

/* Never a moment in which a signal finds the echo off and nobody to switch it on. */
static void leave_terminal(void)
{
    signal(SIGTSTP, SIG_IGN);
    restore_echo();
    for (size_t i = 0; i < KB_COUNT(deadly); i++)
        signal(deadly[i], SIG_DFL);
    signal(SIGTSTP, SIG_DFL);
}

static enum kb_err hide_echo(int fd, const char *question, struct kb_error *err)
{
    if (tcgetattr(fd, &quiet.before) < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "the terminal");
    quiet.hidden = quiet.before;
    quiet.hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK);
    quiet.hidden.c_lflag |= ECHONL;
    quiet.question = question;
    quiet.fd = fd;
    handle_signals();
    if (tcsetattr(fd, TCSAFLUSH, &quiet.hidden) < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot switch off the terminal's echo");
    return KB_OK;
}

/*
 * Without waiting inside read(2): what poll(2) saw may have been thrown away meanwhile, when
 * the person suspended us.
 */
static enum kb_err read_answer(int fd, struct kb_buf *line, struct kb_error *err)
{
    if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "the terminal");
    switch (line_read(fd, kb_deadline_in_ms(PATIENCE_MS), line)) {
    case LINE_COMPLETE:
        break;
    case LINE_TOO_LONG:
        return kb_buf_check(line, "the answer", err);
    case LINE_LATE:
        return kb_fail(err, KB_ERR_TIMEOUT, "nobody answered on the terminal");
    case LINE_CUT_SHORT:
    case LINE_BROKEN:
        return kb_fail(err, KB_ERR_DISMISSED, "the terminal closed before an answer came");
    }
    return KB_OK;
}

enum kb_err terminal_ask(const char *question, bool hidden, const char *instead,
    struct kb_secret *ret, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    KB_AUTO(kb_buf_clear) struct kb_buf line = KB_BUF_INIT(LINE_MAX_BYTES);
    char *room;
    enum kb_err rc;

    if (fd < 0)
        return kb_hinted(
            err, kb_fail(err, KB_ERR_USAGE, "there is no terminal to ask on"), "%s", instead);
    /* Whoever memory runs out for does not come to leave_terminal(). */
    if (kb_buf_room(&line, LINE_MAX_BYTES, &room) == 0)
        return kb_buf_check(&line, "the answer", err);
    /* Echo goes first: an answer may follow on the question's heels. */
    rc = hidden ? hide_echo(fd, question, err) : KB_OK;
    if (!rc)
        rc = kb_write_all(fd, question, strlen(question), err);
    if (!rc)
        rc = read_answer(fd, &line, err);
    leave_terminal();
    return rc ? rc : kb_secret_from_buf(ret, &line, err);
}
