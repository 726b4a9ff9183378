/*
 * Conversations of other shapes than one request and its end, with a protocol of the test's own:
 * it speaks first, takes a line a request, and says in capitals what became of each. The caller
 * is this process, over two pipes; the front is a child of its own.
 *
 *   ask WORD   a request for the token of WORD; "nobody" has none, "broken" fails
 *   ping       answered by the protocol itself
 *   bye        the end; so is the end of the input
 */
#include "front.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

enum { REQUEST_MAX = 64, IDLE_S = 30, PATIENCE_MS = 20000 };

/* --- the protocol ------------------------------------------------------------------------ */

static enum kb_err script_start(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    (void)err;
    talk->request.terminal_ok = true; /* as --show, of every request */
    kb_buf_str(&talk->reply.out, "HELLO\n");
    *ret = KB_TURN_ANSWERED;
    return KB_OK;
}

static enum kb_err script_feed(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    const char *text = kb_buf_text(&talk->in);
    size_t len = strcspn(text, "\n");

    *ret = KB_TURN_MORE;
    if (text[len] != '\n')
        return talk->ended && len > 0 ? kb_fail(err, KB_ERR_USAGE, "half a line") : KB_OK;
    talk->taken = len + 1;
    *ret = KB_TURN_END;
    if (len > 4 && strncmp(text, "ask ", 4) == 0) {
        memcpy(talk->request.profile, text + 4, len - 4);
        *ret = KB_TURN_REQUEST;
    } else if (strncmp(text, "ping\n", 5) == 0) {
        kb_buf_str(&talk->reply.out, "PONG\n");
        *ret = KB_TURN_ANSWERED;
    }
    return KB_OK;
}

static enum kb_err script_write(
    const struct kb_answer *answer, struct kb_reply *reply, struct kb_error *err)
{
    (void)err;
    kb_buf_fmt(&reply->out, "%s %s\n", answer->request->terminal_ok ? "TOKEN" : "UNASKED",
        answer->request->profile);
    return KB_OK;
}

static void script_decline(const struct kb_request *request, struct kb_reply *reply)
{
    kb_buf_fmt(&reply->out, "NOT MINE %s\n", request->profile);
}

static void script_refuse(
    const struct kb_request *request, const struct kb_error *why, struct kb_reply *reply)
{
    kb_buf_fmt(
        &reply->out, "%s %s %s\n", reply->ours ? "OURS" : "REFUSED", request->profile, why->msg);
    reply->status = (int)why->code;
}

static const struct kb_proto script = {
    .input_max = REQUEST_MAX,
    .idle_s = IDLE_S,
    .start = script_start,
    .feed = script_feed,
    .write = script_write,
    .decline = script_decline,
    .refuse = script_refuse,
};

/* --- the rest of the front, without its cache -------------------------------------------- */

enum kb_err serve(struct kb_talk *talk, struct kb_error *err)
{
    const struct kb_answer found = {.request = &talk->request};
    talk->reply.ours = strcmp(talk->request.profile, "nobody") != 0;

    if (strcmp(talk->request.profile, "broken") == 0)
        return kb_fail(err, KB_ERR_LOCKED, "locked");
    if (strcmp(talk->request.profile, "nobody") != 0)
        return talk->proto->write(&found, &talk->reply, err);
    talk->proto->decline(&talk->request, &talk->reply);
    return KB_OK;
}

int output_reply(const struct kb_reply *reply)
{
    return kb_write_all(STDOUT_FILENO, kb_buf_text(&reply->out), reply->out.len, NULL)
               ? KB_ERR_SYSTEM
               : 0;
}

enum kb_err check_output(const struct kb_talk *talk, struct kb_error *err)
{
    (void)talk;
    (void)err;
    return KB_OK;
}

void output_progress(struct kb_buf *lines)
{
    (void)lines;
}

void trace_failure(enum kb_err code)
{
    (void)code;
}

void trace(const char *event, const char *profile, int64_t number, const char *unit)
{
    (void)event;
    (void)profile;
    (void)number;
    (void)unit;
}

/* --- the caller -------------------------------------------------------------------------- */

struct caller {
    pid_t front;
    int to, from; /* -1: closed */
};

static struct caller call(const struct kb_proto *proto, bool blocking)
{
    int in[2], out[2];
    struct caller caller;

    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    assert_true(blocking || fcntl(in[0], F_SETFL, O_NONBLOCK) == 0);
    (void)fflush(NULL);
    caller = (struct caller){fork(), in[1], out[0]};
    assert_true(caller.front >= 0);
    if (caller.front == 0) {
        signal(SIGPIPE, SIG_IGN);
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        close(in[1]);
        close(out[0]);
        close(out[1]);
        _exit(converse(proto, NULL, NULL, 0, (char *[]){NULL}));
    }
    close(in[0]);
    close(out[1]);
    return caller;
}

static void say(struct caller *caller, const char *text)
{
    assert_int_equal(kb_write_all(caller->to, text, strlen(text), NULL), KB_OK);
}

/* Exactly WANTED comes next, while the caller's end is open. */
static void hear(struct caller *caller, const char *wanted)
{
    char seen[256] = {0};
    size_t len = 0;

    while (len < strlen(wanted)) {
        struct pollfd ready = {.fd = caller->from, .events = POLLIN};
        ssize_t got;

        assert_int_equal(poll(&ready, 1, PATIENCE_MS), 1);
        got = read(caller->from, seen + len, strlen(wanted) - len);
        assert_true(got > 0);
        len += (size_t)got;
    }
    assert_string_equal(seen, wanted);
}

/* It says nothing more, and ends with STATUS. */
static void expect_end(struct caller *caller, int status)
{
    struct pollfd ready = {.fd = caller->from, .events = POLLIN};
    int how = 0;
    char more;

    assert_int_equal(poll(&ready, 1, PATIENCE_MS), 1);
    assert_int_equal(read(caller->from, &more, 1), 0);
    kb_fd_close(&caller->to);
    kb_fd_close(&caller->from);
    assert_int_equal(waitpid(caller->front, &how, 0), caller->front);
    assert_true(WIFEXITED(how));
    assert_int_equal(WEXITSTATUS(how), status);
}

/* --- tests ------------------------------------------------------------------------------- */

static void test_it_speaks_first_and_answers_each_request_at_once(void **state)
{
    struct caller caller = call(&script, true);

    (void)state;
    hear(&caller, "HELLO\n");
    say(&caller, "ask one\n");
    hear(&caller, "TOKEN one\n");
    say(&caller, "ping\nask nobody\nask t");
    hear(&caller, "PONG\nNOT MINE nobody\n");
    say(&caller, "wo\n");
    hear(&caller, "TOKEN two\n");
    say(&caller, "bye\n");
    expect_end(&caller, 0);
}

static void test_what_came_before_the_end_is_answered(void **state)
{
    struct caller caller = call(&script, true);

    (void)state;
    say(&caller, "ask one\nask two\n");
    kb_fd_close(&caller.to);
    hear(&caller, "HELLO\nTOKEN one\nTOKEN two\n");
    expect_end(&caller, 0);
}

/* No token for one request is no reason to leave the next one unanswered. */
static void test_a_failure_is_told_and_the_conversation_goes_on(void **state)
{
    struct caller caller = call(&script, true);

    (void)state;
    say(&caller, "ask broken\nask one\n");
    hear(&caller, "HELLO\nOURS broken locked\nTOKEN one\n");
    say(&caller, "ask broken\nbye\n");
    hear(&caller, "OURS broken locked\n");
    expect_end(&caller, KB_ERR_LOCKED);
}

static void test_a_caller_that_is_cut_off(void **state)
{
    struct caller caller = call(&script, true);

    (void)state;
    say(&caller, "ask one\nask tw");
    kb_fd_close(&caller.to);
    hear(&caller, "HELLO\nTOKEN one\nREFUSED  half a line\n");
    expect_end(&caller, KB_ERR_USAGE);
}

static void test_a_silent_caller_is_not_waited_for(void **state)
{
    struct kb_proto hasty = script;

    (void)state;
    hasty.idle_s = 2;
    for (int blocking = 0; blocking < 2; blocking++) {
        struct caller caller = call(&hasty, blocking);

        say(&caller, "ask one\nask");
        hear(&caller, "HELLO\nTOKEN one\nREFUSED  no input for 2 seconds\n");
        expect_end(&caller, KB_ERR_TIMEOUT);
    }
}

static void test_each_byte_is_waited_for_anew(void **state)
{
    struct kb_proto slow = script;
    struct caller caller;

    (void)state;
    slow.idle_s = 4; /* less than all of it takes, and two seconds more than each byte */
    caller = call(&slow, false);
    hear(&caller, "HELLO\n");
    for (const char *byte = "ask"; *byte; byte++) {
        poll(NULL, 0, 2000);
        assert_int_equal(write(caller.to, byte, 1), 1);
    }
    say(&caller, " one\nbye\n");
    hear(&caller, "TOKEN one\n");
    expect_end(&caller, 0);
}

/* The cap is one request's: what was answered does not count. */
static void test_too_long_a_request_is_refused_as_it_comes(void **state)
{
    struct caller caller = call(&script, true);
    char line[REQUEST_MAX + 2] = {0};

    (void)state;
    for (int i = 0; i < REQUEST_MAX; i++)
        say(&caller, "ping\n");
    hear(&caller, "HELLO\n");
    for (int i = 0; i < REQUEST_MAX; i++)
        hear(&caller, "PONG\n");
    memset(line, 'x', REQUEST_MAX + 1);
    say(&caller, line);
    hear(&caller, "REFUSED  there are more than 64 bytes of input\n");
    expect_end(&caller, KB_ERR_USAGE);
}

static void test_nonsense_is_skipped_where_the_protocol_says_so(void **state)
{
    struct kb_proto silent = script;
    struct caller caller;

    (void)state;
    silent.skips_nonsense = true;
    caller = call(&silent, true);
    say(&caller, "ask one\nask tw");
    kb_fd_close(&caller.to);
    hear(&caller, "HELLO\nTOKEN one\n");
    expect_end(&caller, 0);
}

static void test_a_caller_that_does_not_listen_ends_it(void **state)
{
    struct caller caller = call(&script, true);
    int how = 0;

    (void)state;
    hear(&caller, "HELLO\n");
    kb_fd_close(&caller.from);
    say(&caller, "ask one\n");
    assert_int_equal(waitpid(caller.front, &how, 0), caller.front);
    kb_fd_close(&caller.to);
    assert_true(WIFEXITED(how));
    assert_int_equal(WEXITSTATUS(how), KB_ERR_SYSTEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_speaks_first_and_answers_each_request_at_once),
        cmocka_unit_test(test_what_came_before_the_end_is_answered),
        cmocka_unit_test(test_a_failure_is_told_and_the_conversation_goes_on),
        cmocka_unit_test(test_a_caller_that_is_cut_off),
        cmocka_unit_test(test_a_silent_caller_is_not_waited_for),
        cmocka_unit_test(test_each_byte_is_waited_for_anew),
        cmocka_unit_test(test_too_long_a_request_is_refused_as_it_comes),
        cmocka_unit_test(test_nonsense_is_skipped_where_the_protocol_says_so),
        cmocka_unit_test(test_a_caller_that_does_not_listen_ends_it),
    };

    alarm(120);
    return cmocka_run_group_tests_name("converse", tests, NULL, NULL);
}
