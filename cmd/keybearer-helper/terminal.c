/*
 * The conversation with the person, on /dev/tty and nowhere else: from its first question on the
 * terminal shows nothing that is typed, until it ends. Must never leave a terminal without echo,
 * hand on half an answer, nor wait for somebody who is not there.
 */
#include "helper.h"

#include "base/fd.h"
#include "base/file.h"
#include "base/quiet.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/*
 * Of a longer line the terminal keeps 4,095 bytes and drops the rest without a word: one of that
 * length may have been cut.
 */
enum { CUT_BYTES = 4095, ROOM_BYTES = 16384, PATIENCE_MS = 300000, PIECES_MS = 100 };

/* The terminal without echo, and as it was; a handler can only reach what is static. */
static struct {
    int fd; /* -1: there is no conversation */
    struct termios before, hidden;
    const char *question;           /* that waits for its answer; "": none does */
    volatile sig_atomic_t was_away; /* the person, who suspended us */
} quiet = {.fd = -1, .question = ""};

static const int deadly[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2, SIGABRT};

static bool is_still_ours(void)
{
    struct termios now;

    /* It compares numbers. NOLINTNEXTLINE(bugprone-signal-handler) */
    return tcgetattr(quiet.fd, &now) == 0 && kb_quiet_is(&now, &quiet.hidden);
}

/*
 * Also from the background, where the end of our front may have put us by now, and where
 * SIGTTOU would stop us first. By then the shell may have set the terminal up for itself. What is
 * left of a paste must not become the shell's. Nothing here waits until what was written is
 * out: where the output is held, or somebody else writes, that may never be.
 */
static void show_echo(void)
{
    signal(SIGTTOU, SIG_IGN);
    if (is_still_ours()) {
        tcflush(quiet.fd, TCIFLUSH);
        tcsetattr(quiet.fd, TCSANOW, &quiet.before);
    }
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

/*
 * Waits until we are in the foreground: from the background this stops us and our front, as a
 * read would. It throws away what was typed.
 */
static bool await_turn(int fd)
{
    return tcflush(fd, TCIFLUSH) == 0;
}

/* Where others write, too, somebody has to wait for a turn, and our descriptor does not. */
static void repeat_question(void)
{
    int flags = fcntl(quiet.fd, F_GETFL);

    fcntl(quiet.fd, F_SETFL, flags & ~O_NONBLOCK);
    KB_IGNORE(write(quiet.fd, quiet.question, strlen(quiet.question)) < 0);
    fcntl(quiet.fd, F_SETFL, flags);
}

/*
 * The shell gets its echo back; who comes back is asked anew, since the line is lost. The shell
 * looks at our front alone, and may continue us while we are still here. So the stop comes first:
 * it waits, since it is blocked here, and whoever continues us takes it away.
 */
static void on_suspension(int number)
{
    /* POSIX allows errno here. NOLINTNEXTLINE(bugprone-signal-handler) */
    int sys = errno;
    sigset_t this;

    raise(number);
    /* cppcheck-suppress unreachableCode ; raise() returns, the signal is blocked here */
    sigemptyset(&this);
    sigaddset(&this, number);
    show_echo();
    signal(number, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &this, NULL); /* we stop here, until somebody continues us */
    signal(number, on_suspension);
    KB_IGNORE(!await_turn(quiet.fd));
    tcsetattr(quiet.fd, TCSANOW, &quiet.hidden);
    quiet.was_away = 1;
    repeat_question();
    errno = sys;
}

static void handle_signals(void)
{
    for (size_t i = 0; i < KB_COUNT(deadly); i++)
        signal(deadly[i], on_deadly_signal);
    signal(SIGTSTP, on_suspension);
}

/* --- its beginning and end ----------------------------------------------------------- */

/* Never a moment in which a signal finds the echo off and nobody to switch it on. */
void terminal_close(void)
{
    KB_AUTO(kb_fd_close) int fd = quiet.fd;

    if (fd < 0)
        return;
    signal(SIGTSTP, SIG_IGN);
    restore_echo();
    for (size_t i = 0; i < KB_COUNT(deadly); i++)
        signal(deadly[i], SIG_DFL);
    signal(SIGTSTP, SIG_DFL);
}

static int open_terminal(void)
{
    return open("/dev/tty", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
}

bool terminal_is_there(void)
{
    KB_AUTO(kb_fd_close) int fd = open_terminal();

    return fd >= 0;
}

/* Our front gives the terminal back where we cannot, once we were killed. */
static void tell_front(void)
{
    struct kb_frame_note note = kb_frame_note(&quiet.before);

    KB_IGNORE(kb_write_all(HELPER_FRAME_FD, (const char *)&note, sizeof(note), NULL));
}

/* What was typed before anybody asked is thrown away: nobody knows for whom it was. */
static enum kb_err hide_echo(int fd, bool echo, struct kb_error *err)
{
    if (!await_turn(fd) || tcgetattr(fd, &quiet.before) < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot ask on the terminal");
    quiet.hidden = echo ? quiet.before : kb_quiet_settings(&quiet.before);
    quiet.fd = fd;
    last_words_tidy(restore_echo);
    handle_signals();
    if (!echo)
        tell_front();
    if (tcsetattr(fd, TCSANOW, &quiet.hidden) < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot switch off the terminal's echo");
    return KB_OK;
}

static enum kb_err begin(const char *instead, bool echo, struct kb_error *err)
{
    int fd = quiet.fd < 0 ? open_terminal() : quiet.fd;
    enum kb_err rc;

    if (fd < 0)
        return kb_hinted(
            err, kb_fail(err, KB_ERR_USAGE, "there is no terminal to ask on"), "%s", instead);
    if (quiet.fd >= 0)
        return KB_OK;
    rc = hide_echo(fd, echo, err);
    if (rc && quiet.fd < 0)
        close(fd);
    return rc;
}

enum kb_err terminal_open(const char *instead, struct kb_error *err)
{
    return begin(instead, false, err);
}

/* --- what is said ---------------------------------------------------------------------- */

/* What others wrote could steer the terminal. */
static void say(const char *text, size_t len)
{
    KB_AUTO(kb_buf_clear) struct kb_buf tame = KB_BUF_INIT(ROOM_BYTES);

    kb_buf_add(&tame, text, len);
    for (size_t i = 0; i < tame.len; i++) {
        char c = tame.data[i];

        if (c != '\n' && (c < ' ' || c > '~'))
            tame.data[i] = '?';
    }
    if (!tame.failed)
        KB_IGNORE(kb_write_all(quiet.fd, kb_buf_text(&tame), tame.len, NULL));
}

void terminal_say(const char *text)
{
    if (quiet.fd >= 0)
        say(text, strlen(text));
}

/* --- what is answered ------------------------------------------------------------------ */

/* A paste may come in pieces, where the terminal is far away. */
bool terminal_has_more(void)
{
    struct pollfd more = {.fd = quiet.fd, .events = POLLIN};

    return poll(&more, 1, PIECES_MS) > 0;
}

/* Who comes back after a suspension is asked anew, and has all the time for it. */
static enum line_end await_line(struct kb_buf *line)
{
    enum line_end end;

    do {
        quiet.was_away = 0;
        line->len = 0;
        end = line_read(quiet.fd, kb_deadline_in_ms(PATIENCE_MS), line);
    } while (end == LINE_LATE && quiet.was_away);
    return end;
}

/*
 * Without waiting inside read(2): what poll(2) saw may have been thrown away meanwhile, when
 * the person suspended us.
 */
static enum kb_err read_answer(struct kb_buf *line, struct kb_error *err)
{
    switch (await_line(line)) {
    case LINE_COMPLETE:
        break;
    case LINE_TOO_LONG:
        return kb_buf_check(line, "the answer", err);
    case LINE_LATE:
        return kb_fail(err, KB_ERR_TIMEOUT, "nobody answered on the terminal");
    case LINE_CUT_SHORT:
        return kb_fail(err, KB_ERR_DISMISSED, "no answer was given (Ctrl-D)");
    case LINE_BROKEN:
        return kb_fail(err, KB_ERR_DISMISSED, "the terminal closed before an answer came");
    }
    return KB_OK;
}

static enum kb_err refuse_cut(
    const struct terminal_question *question, const struct kb_buf *line, struct kb_error *err)
{
    if (line->len < CUT_BYTES)
        return KB_OK;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_USAGE,
            "the answer is longer than %d bytes, and a terminal may have cut it", CUT_BYTES - 1),
        "%s", question->instead);
}

/* The end of the line is ours to show, as all is that is hidden. */
static enum kb_err hear(
    const struct terminal_question *question, struct kb_buf *line, struct kb_error *err)
{
    enum kb_err rc;

    if (!question->may_have_come)
        tcflush(quiet.fd, TCIFLUSH);
    quiet.question = question->text;
    rc = kb_write_all(quiet.fd, question->text, strlen(question->text), err);
    if (!rc)
        rc = read_answer(line, err);
    if (!rc)
        rc = refuse_cut(question, line, err);
    if (!rc && question->shows && question->shows(line, question->context))
        say(kb_buf_text(line), line->len);
    if (!question->echo || rc)
        say("\n", 1);
    quiet.question = "";
    return rc;
}

enum kb_err terminal_ask(
    const struct terminal_question *question, struct kb_secret *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf line = KB_BUF_INIT(ROOM_BYTES);
    char *room;
    enum kb_err rc;

    if (kb_buf_room(&line, ROOM_BYTES, &room) == 0)
        return kb_buf_check(&line, "the answer", err);
    rc = begin(question->instead, question->echo, err);
    if (!rc)
        rc = hear(question, &line, err);
    return rc ? rc : kb_secret_from_buf(ret, &line, err);
}
