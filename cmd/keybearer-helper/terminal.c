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
enum { CUT_BYTES = 4095, ROOM_BYTES = 16384, PATIENCE_MS = 300000, PIECES_MS = 100, LOOK_MS = 200 };

/* How long a helper that ends may still have the terminal, and how often we look. */
enum { ENDING_MS = 3000, AGAIN_MS = 20 };

/* The terminal as we set it, without echo or with it, and as it was; a handler can only reach what
 * is static. */
static struct {
    int fd; /* -1: there is no conversation */
    bool echo;
    struct termios before, hidden;
    volatile sig_atomic_t was_away; /* the person, while we were stopped */
    volatile sig_atomic_t lost;     /* why the terminal is not ours to ask on, an errno; 0: it is */
} quiet = {.fd = -1};

static void on_deadly_signal(int number);
static void on_suspension(int number);
static void on_return(int number);

/*
 * What we handle. The prompt promises the two keys, and our front asks us to end with SIGTERM: we
 * hear these whatever our caller does with them. The others only where the caller lets them
 * through.
 */
static const struct {
    int number;
    bool always;
    void (*handler)(int);
} handled[] = {
    {SIGINT, true, on_deadly_signal},
    {SIGQUIT, true, on_deadly_signal},
    {SIGTERM, true, on_deadly_signal},
    {SIGHUP, false, on_deadly_signal},
    {SIGALRM, false, on_deadly_signal},
    {SIGUSR1, false, on_deadly_signal},
    {SIGUSR2, false, on_deadly_signal},
    {SIGABRT, false, on_deadly_signal},
    {SIGTSTP, false, on_suspension},
    {SIGCONT, true, on_return},
};

/* How our caller had it. */
static struct {
    struct sigaction actions[KB_COUNT(handled)];
    sigset_t mask;
} callers;

/* Until the mask is set back, nothing that we handle comes in between. */
static void hold_signals(sigset_t *ret_before)
{
    sigset_t ours;

    sigemptyset(&ours);
    for (size_t i = 0; i < KB_COUNT(handled); i++)
        sigaddset(&ours, handled[i].number);
    sigprocmask(SIG_BLOCK, &ours, ret_before);
}

/* Another keybearer hides what is typed in the same way. */
static bool is_still_ours(void)
{
    struct termios now;

    return tcgetattr(quiet.fd, &now) == 0 && kb_quiet_is(&now, &quiet.hidden) &&
           kb_quiet_claim(quiet.fd);
}

/*
 * Also from the background, where the end of our front may have put us by now, and where
 * SIGTTOU would stop us first. By then the shell may have set the terminal up for itself. What is
 * left of a paste must not become the shell's. Nothing here waits until what was written is
 * out: where the output is held, or somebody else writes, that may never be.
 */
static void show_echo(void)
{
    sigset_t stop, before;

    sigemptyset(&stop);
    sigaddset(&stop, SIGTTOU);
    sigprocmask(SIG_BLOCK, &stop, &before);
    if (is_still_ours()) {
        tcflush(quiet.fd, TCIFLUSH);
        if (!quiet.echo || !kb_quiet_is(&quiet.before, &quiet.hidden))
            tcsetattr(quiet.fd, TCSANOW, &quiet.before);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
}

/* Whoever is continued in the middle of it must not hide again what is just shown. */
static void restore_echo(void)
{
    sigset_t before;

    hold_signals(&before);
    if (quiet.fd >= 0)
        show_echo();
    quiet.fd = -1;
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static void on_deadly_signal(int number)
{
    restore_echo();
    signal(number, SIG_DFL);
    raise(number);
}

static bool is_in_background(int fd)
{
    pid_t group = tcgetpgrp(fd);

    return group >= 0 && group != getpgrp();
}

/* Whether our caller lets NUMBER through, to us and to our front. */
static bool is_let_through(int number)
{
    struct sigaction action;
    sigset_t mask;

    sigaction(number, NULL, &action);
    sigprocmask(SIG_BLOCK, NULL, &mask);
    return action.sa_handler != SIG_IGN && !sigismember(&mask, number);
}

/*
 * Waits until we are in the foreground: from the background this stops us and our front, as a
 * read would. Who may not be stopped cannot wait: errno is EIO then, as where nobody would continue
 * us. It throws away what was typed.
 */
static bool await_turn(int fd)
{
    if (is_in_background(fd) && !is_let_through(SIGTTOU)) {
        errno = EIO;
        return false;
    }
    return tcflush(fd, TCIFLUSH) == 0;
}

/*
 * For us alone: two who ask at once would read from one line, and each show the other's answer. Who
 * waits in the background holds nobody up, and who comes second must not throw away what was typed
 * for the first.
 */
static bool take_turn(int fd)
{
    return (is_in_background(fd) || kb_quiet_claim(fd)) && await_turn(fd) && kb_quiet_claim(fd);
}

/* Who begins anew right after Ctrl-C would else meet the helper that is just ending. */
static bool wait_for_turn(int fd)
{
    struct kb_deadline end = kb_deadline_in_ms(ENDING_MS);

    while (!take_turn(fd)) {
        if (errno != EBUSY || kb_deadline_passed(end))
            return false;
        kb_clock_sleep_ms(AGAIN_MS);
    }
    return true;
}

static void step_aside(void)
{
    show_echo();
    kb_quiet_release(quiet.fd);
}

/* How the terminal is, and how it will be. */
static bool look(int fd)
{
    if (tcgetattr(fd, &quiet.before) < 0)
        return false;
    quiet.hidden =
        quiet.echo ? kb_quiet_settings_with_echo(&quiet.before) : kb_quiet_settings(&quiet.before);
    return true;
}

/* Our front gives the terminal back where we cannot, once we were killed. */
static void tell_front(void)
{
    struct kb_frame_note note = kb_frame_note(&quiet.before);

    KB_IGNORE(write(HELPER_FRAME_FD, &note, sizeof(note)) < 0);
}

/* Who is stopped in the middle of it would tell our front at last how the terminal was before. */
static bool hide(void)
{
    sigset_t before;
    bool done;

    hold_signals(&before);
    if (!quiet.echo)
        tell_front();
    done = tcsetattr(quiet.fd, TCSANOW, &quiet.hidden) == 0;
    sigprocmask(SIG_SETMASK, &before, NULL);
    return done;
}

/* While we were away the shell, or the person, may have set the terminal up in another way. */
static bool hide_again(void)
{
    sigset_t before;
    bool done;

    hold_signals(&before);
    done = is_still_ours() || (look(quiet.fd) && hide());
    sigprocmask(SIG_SETMASK, &before, NULL);
    return done;
}

/* The question is repeated by who waits for its answer: a handler must not wait for the output. */
static void come_back(void)
{
    if (quiet.fd < 0)
        return;
    if (is_in_background(quiet.fd))
        step_aside(); /* it is somebody else's by now */
    quiet.lost = take_turn(quiet.fd) && hide_again() ? 0 : errno;
    quiet.was_away = 1;
}

/* Also after a stop that nobody can catch: the shell has its own settings then. */
static void on_return(int number)
{
    int sys = errno;

    (void)number;
    come_back();
    errno = sys;
}

static void handle(int number, void (*handler)(int));

/*
 * The shell gets its echo back; who comes back is asked anew, since the line is lost. The shell
 * looks at our front alone, and may continue us while we are still here. So the stop comes first:
 * it waits, since it is blocked here, and whoever continues us takes it away. Where nobody would
 * continue us, the kernel does not stop us.
 */
static void on_suspension(int number)
{
    int sys = errno;
    sigset_t this;

    raise(number);
    /* cppcheck-suppress unreachableCode ; raise() returns, the signal is blocked here */
    sigemptyset(&this);
    sigaddset(&this, number);
    step_aside();
    signal(number, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &this, NULL); /* we stop here, until somebody continues us */
    sigprocmask(SIG_BLOCK, &this, NULL);
    handle(number, on_suspension);
    come_back();
    errno = sys;
}

/* Of a stop and its end, one comes after the other. */
static void handle(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};

    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGTSTP);
    sigaddset(&action.sa_mask, SIGCONT);
    sigaction(number, &action, NULL);
}

static void handle_signals(void)
{
    sigset_t always;

    sigemptyset(&always);
    for (size_t i = 0; i < KB_COUNT(handled); i++) {
        sigaction(handled[i].number, NULL, &callers.actions[i]);
        if (handled[i].always)
            sigaddset(&always, handled[i].number);
        if (handled[i].always || is_let_through(handled[i].number))
            handle(handled[i].number, handled[i].handler);
    }
    sigprocmask(SIG_UNBLOCK, &always, &callers.mask);
}

/* --- its beginning and end ----------------------------------------------------------- */

/* Never a moment in which a signal finds the echo off and nobody to switch it on. */
void terminal_close(void)
{
    KB_AUTO(kb_fd_close) int fd = quiet.fd;

    if (fd < 0)
        return;
    restore_echo();
    sigprocmask(SIG_SETMASK, &callers.mask, NULL);
    for (size_t i = 0; i < KB_COUNT(handled); i++)
        sigaction(handled[i].number, &callers.actions[i], NULL);
}

static int open_terminal(void)
{
    return open("/dev/tty", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
}

bool terminal_is_there(void)
{
    KB_AUTO(kb_fd_close) int fd = quiet.fd < 0 ? open_terminal() : -1;

    return fd >= 0 || quiet.fd >= 0;
}

static enum kb_err no_turn(int fd, int sys, struct kb_error *err)
{
    if (is_in_background(fd))
        return kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE,
                "keybearer runs in the background, where it cannot ask on the terminal"),
            "run the command in the foreground");
    if (sys == EBUSY)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE, "another keybearer is asking on this terminal"),
            "answer that one first; then run the command again");
    return kb_fail_sys(err, KB_ERR_SYSTEM, sys, "cannot ask on the terminal");
}

/* What was typed before anybody asked is thrown away: nobody knows for whom it was. */
static enum kb_err hide_echo(int fd, bool echo, struct kb_error *err)
{
    quiet.echo = echo;
    if (!wait_for_turn(fd) || !look(fd))
        return no_turn(fd, errno, err);
    quiet.fd = fd;
    quiet.lost = 0;
    last_words_tidy(restore_echo);
    handle_signals();
    if (!hide())
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
    kb_buf_make_harmless(&tame);
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

static enum kb_err put(const char *question, struct kb_error *err)
{
    return kb_write_all(quiet.fd, question, strlen(question), err);
}

/*
 * Whether we may ask. The shell may take the terminal back without a signal: its own script ended,
 * and we did not.
 */
static bool keep_turn(void)
{
    if (is_in_background(quiet.fd))
        raise(SIGCONT); /* as if we came back from a stop */
    return !quiet.lost;
}

/*
 * Who comes back is asked anew, and has all the time for it. A signal may come just before the
 * wait: so we look up every now and then.
 */
static enum line_end await_line(const char *question, struct kb_buf *line)
{
    struct kb_deadline end = kb_deadline_in_ms(PATIENCE_MS);
    enum line_end how = LINE_LATE;

    while (quiet.was_away || (how == LINE_LATE && !kb_deadline_passed(end))) {
        if (!keep_turn())
            return LINE_BROKEN;
        if (quiet.was_away) {
            quiet.was_away = 0;
            kb_buf_reset(line);
            end = kb_deadline_in_ms(PATIENCE_MS);
            if (put(question, NULL))
                return LINE_BROKEN;
        }
        how = line_read(quiet.fd, kb_deadline_in_ms(LOOK_MS), line);
    }
    return how;
}

/* The shell may have taken the terminal back as it was: that cannot be mended from here. */
static enum kb_err broken(struct kb_error *err)
{
    if (is_in_background(quiet.fd))
        return kb_hinted(err, no_turn(quiet.fd, EIO, err),
            "run the command in the foreground; if the terminal does not show what you type: "
            "stty echo echoe echok");
    if (quiet.lost == EBUSY)
        return no_turn(quiet.fd, EBUSY, err);
    return kb_fail(err, KB_ERR_DISMISSED, "the terminal closed before an answer came");
}

/*
 * Without waiting inside read(2): what poll(2) saw may have been thrown away meanwhile, when
 * the person suspended us.
 */
static enum kb_err read_answer(const char *question, struct kb_buf *line, struct kb_error *err)
{
    switch (await_line(question, line)) {
    case LINE_COMPLETE:
        break;
    case LINE_TOO_LONG:
        return kb_buf_check(line, "the answer", err);
    case LINE_LATE:
        return kb_fail(err, KB_ERR_TIMEOUT, "nobody answered on the terminal");
    case LINE_CUT_SHORT:
        return kb_fail(err, KB_ERR_DISMISSED, "no answer was given (Ctrl-D)");
    case LINE_BROKEN:
        return broken(err);
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
    KB_AUTO(kb_buf_clear) struct kb_buf shown = KB_BUF_INIT(ROOM_BYTES);
    enum kb_err rc;

    if (!keep_turn())
        return broken(err);
    quiet.was_away = 0;
    if (!question->may_have_come)
        tcflush(quiet.fd, TCIFLUSH);
    rc = put(question->text, err);
    if (!rc)
        rc = read_answer(question->text, line, err);
    if (!rc)
        rc = refuse_cut(question, line, err);
    if (!rc && question->show)
        question->show(line, question->context, &shown);
    say(kb_buf_text(&shown), shown.len);
    if (!question->echo || rc)
        say("\n", 1);
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
