/*
 * The one question of `setup`, on the terminal and nowhere else, as the helper asks. Must never ask
 * somebody who does not see what would change, nor wait for somebody who is not there.
 */
#include "setup.h"

#include "base/clock.h"
#include "base/consent.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/pipe.h"
#include "base/quiet.h"
#include "front.h"

#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { PATIENCE_MS = 600000, ENDING_MS = 3000, AGAIN_MS = 20, ANSWER_MAX = 4096 };

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

/*
 * For us alone, as the helper does it: two who ask at once would each hear half of an answer. One
 * that is just ending is waited for.
 */
static bool claim(int fd)
{
    struct kb_deadline end = kb_deadline_in_ms(ENDING_MS);

    while (!kb_quiet_claim(fd)) {
        if (kb_deadline_passed(end))
            return false;
        kb_clock_sleep_ms(AGAIN_MS);
    }
    return true;
}

/* A terminal gives a line at a time. What was typed before is no answer to this. */
static enum kb_consent ask_once(int fd, const char *question)
{
    KB_AUTO(kb_buf_clear) struct kb_buf answer = KB_BUF_INIT(ANSWER_MAX);
    struct kb_deadline by = kb_deadline_in_ms(PATIENCE_MS);
    bool ended = false;
    char *end = NULL;

    tcflush(fd, TCIFLUSH);
    if (kb_write_all(fd, question, strlen(question), NULL))
        return KB_CONSENT_NO;
    while (!end) {
        if (kb_pipe_take(fd, &by, &answer, &ended, NULL) || ended)
            return KB_CONSENT_NO;
        end = memchr(answer.data, '\n', answer.len);
    }
    *end = '\0';
    return kb_consent_of(answer.data);
}

enum kb_err setup_ask(const char *question, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int fd = open_terminal();
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(4096);
    enum kb_consent said = KB_CONSENT_UNCLEAR;

    kb_buf_fmt(&text, "%s " KB_CONSENT_CHOICE, question);
    kb_buf_make_harmless(&text);
    if (fd >= 0 && !claim(fd))
        return kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE, "another keybearer is asking on this terminal"),
            "answer that one first; then run the command again");
    if (fd < 0 || text.failed)
        said = KB_CONSENT_NO;
    for (int left = KB_CONSENT_TRIES; left > 0 && said == KB_CONSENT_UNCLEAR; left--)
        said = ask_once(fd, left == KB_CONSENT_TRIES ? kb_buf_text(&text) : KB_CONSENT_AGAIN);
    return said == KB_CONSENT_YES ? KB_OK : kb_fail(err, KB_ERR_DISMISSED, "nothing was changed");
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
        if (!setup_ask(question, &err))
            return true;
        if (err.code == KB_ERR_DISMISSED)
            kb_hint(&err, "for later: %s", command);
    } else {
        kb_fail(&err, KB_ERR_USAGE, "nothing was changed: there is no terminal to ask on");
        kb_hint(&err, "%s --yes", command);
    }
    *ret_status = output_error(&err);
    return false;
}
