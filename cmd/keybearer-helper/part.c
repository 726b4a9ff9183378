/*
 * Parts: forked, cut off from all but two pipes, and ended. A part must never return into its
 * parent's work; a parent must never wait for one without a deadline.
 */
#include "part.h"

#include "helper.h"

#include "base/file.h"
#include "base/harden.h"
#include "base/pack.h"
#include "base/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum said { SAID_ANSWER = 1, SAID_ERROR = 2 };
enum { HEAD = sizeof(uint32_t), ROOM = PART_MESSAGE_MAX + 4096, END_MS = 1000 };

/* --- messages -------------------------------------------------------------------------- */

/* Fills RET up to its cap, and takes nothing behind that. KB_ERR_NOT_FOUND: FD ended before. */
static enum kb_err take(
    int fd, const struct kb_deadline *by, struct kb_buf *ret, struct kb_error *err)
{
    bool ended = false;
    enum kb_err rc = KB_OK;

    while (!rc && !ended && ret->len < ret->max)
        rc = kb_pipe_take(fd, by, ret, &ended, err);
    return !rc && ended ? kb_fail(err, KB_ERR_NOT_FOUND, "it ended") : rc;
}

static size_t length_in(const struct kb_buf *head)
{
    struct kb_unpack in = kb_unpack(kb_buf_text(head), head->len);

    return kb_unpack_u32(&in);
}

/* --- the part ------------------------------------------------------------------------- */

/*
 * The caller's descriptors are none of its affair: should the parent be killed, nobody waits for
 * their end because of it. A sanitizer still reports where it can be seen.
 */
static void keep_only(int hear, int speak)
{
    int last = KB_SANITIZED ? STDOUT_FILENO : STDERR_FILENO;
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (nowhere < 0 || dup2(speak, HELPER_FRAME_FD) < 0 || dup2(hear, STDIN_FILENO) < 0)
        helper_leave(KB_ERR_SYSTEM);
    for (int standard = STDOUT_FILENO; standard <= last; standard++) {
        if (dup2(nowhere, standard) < 0)
            helper_leave(KB_ERR_SYSTEM);
    }
    closefrom(HELPER_FRAME_FD + 1);
}

static void say(const struct kb_buf *bytes, enum kb_err rc, const struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf message = KB_BUF_INIT(ROOM), body = KB_BUF_INIT(ROOM);

    kb_pack_u8(&body, rc ? SAID_ERROR : SAID_ANSWER);
    if (rc)
        kb_pack_error(&body, err);
    else
        kb_buf_add(&body, kb_buf_text(bytes), bytes->len);
    message.failed = body.failed || bytes->failed;
    kb_pack_bytes(&message, kb_buf_text(&body), body.len);
    if (!message.failed)
        KB_IGNORE(kb_write_all(HELPER_FRAME_FD, message.data, message.len, NULL));
}

void part_say(const struct kb_buf *bytes)
{
    say(bytes, KB_OK, NULL);
}

void part_answer(const struct kb_buf *bytes, enum kb_err rc, const struct kb_error *err)
{
    last_words_claim();
    say(bytes, rc, err);
}

enum kb_err part_listen(struct kb_buf *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf head = KB_BUF_INIT(HEAD), body = KB_BUF_INIT(0);
    enum kb_err rc = take(STDIN_FILENO, NULL, &head, err);

    body.max = length_in(&head);
    if (!rc && body.max > ROOM)
        rc = kb_fail(err, KB_ERR_SYSTEM, "the message is too long");
    if (!rc)
        rc = take(STDIN_FILENO, NULL, &body, err);
    if (rc)
        return rc;
    kb_buf_add(ret, kb_buf_text(&body), body.len);
    return kb_buf_check(ret, "the message", err);
}

/* --- the parent ------------------------------------------------------------------------ */

static void begin_part(int hear, int speak, void (*run)(void *context), void *context)
{
    keep_only(hear, speak);
    kb_harden_for_good();
    last_words_person_listens(false);
    run(context);
    helper_leave(0);
}

enum kb_err part_begin(
    struct part *ret, void (*run)(void *context), void *context, struct kb_error *err)
{
    int down[2], up[2];
    pid_t child;

    if (pipe2(down, O_CLOEXEC) < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot make a pipe");
    if (pipe2(up, O_CLOEXEC) < 0) {
        kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot make a pipe");
        close(down[0]);
        close(down[1]);
        return KB_ERR_SYSTEM;
    }
    child = fork();
    if (child == 0)
        begin_part(down[0], up[1], run, context);
    close(down[0]);
    close(up[1]);
    *ret = (struct part){.pid = child, .hear = up[0], .speak = down[1]};
    return child < 0 ? kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot start a process") : KB_OK;
}

static enum kb_err understand(
    const struct kb_buf *body, const char *who, struct kb_buf *ret, struct kb_error *err)
{
    struct kb_unpack in = kb_unpack(kb_buf_text(body), body->len);
    struct kb_error told = KB_ERROR_INIT;

    if (kb_unpack_u8(&in) == SAID_ANSWER && !in.failed) {
        kb_buf_add(ret, in.next, in.left);
        return kb_buf_check(ret, who, err);
    }
    kb_unpack_error(&in, &told);
    if (kb_unpack_end(&in, who, NULL))
        return kb_fail(err, KB_ERR_SYSTEM, "%s said what it never should", who);
    if (err)
        *err = told;
    return told.code;
}

/* What a process that memory ran out for says is a frame (last_words.c), which HEAD begins. */
static enum kb_err understand_end(const struct part *part, const struct kb_buf *head,
    const char *who, struct kb_deadline by, struct kb_error *err)
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf bytes = KB_BUF_INIT(KB_FRAME_MAX);

    kb_buf_add(&bytes, kb_buf_text(head), head->len);
    if (kb_pipe_hear(part->hear, who, by, &bytes, NULL) || bytes.len == 0 ||
        kb_frame_unpack(bytes.data, bytes.len, &frame, NULL) || frame.kind != KB_FRAME_ERROR)
        return kb_fail(err, KB_ERR_SYSTEM, "%s ended unexpectedly", who);
    if (err)
        *err = frame.error;
    return frame.error.code;
}

enum kb_err part_hear(const struct part *part, const char *who, struct kb_deadline by,
    struct kb_buf *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf head = KB_BUF_INIT(HEAD), body = KB_BUF_INIT(0);
    enum kb_err rc = take(part->hear, &by, &head, NULL);

    body.max = length_in(&head);
    if (!rc && body.max > ROOM)
        return understand_end(part, &head, who, by, err);
    if (!rc)
        rc = take(part->hear, &by, &body, NULL);
    if (rc == KB_ERR_TIMEOUT)
        return kb_fail(err, rc, "%s did not answer in time", who);
    if (rc)
        return kb_fail(err, KB_ERR_SYSTEM, "%s ended unexpectedly", who);
    return understand(&body, who, ret, err);
}

enum kb_err part_tell(const struct part *part, const char *who, struct kb_deadline by,
    const struct kb_buf *what, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf message = KB_BUF_INIT(ROOM);
    enum kb_err rc = kb_buf_check(what, "what a process is told", err);

    kb_pack_bytes(&message, kb_buf_text(what), what->len);
    if (!rc)
        rc = kb_buf_check(&message, "what a process is told", err);
    return rc ? rc : kb_pipe_tell(part->speak, who, by, message.data, message.len, err);
}

/* One that has said all, or is told no more, clears its memory, and ends by itself. */
void part_end(struct part *part)
{
    KB_AUTO(kb_buf_clear) struct kb_buf rest = KB_BUF_INIT(PART_MESSAGE_MAX);

    kb_fd_close(&part->speak);
    if (part->hear >= 0)
        KB_IGNORE(kb_pipe_hear(part->hear, "it", kb_deadline_in_ms(END_MS), &rest, NULL));
    kb_fd_close(&part->hear);
    if (part->pid > 0) {
        kill(part->pid, SIGKILL);
        while (waitpid(part->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    *part = PART_INIT;
}
