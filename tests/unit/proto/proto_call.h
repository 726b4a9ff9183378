/*
 * One call of a protocol, as the front makes it: for the tests of lib/proto. The request
 * comes from a memory file, so that a test can also see whether it was touched.
 */
#ifndef KB_TEST_PROTO_CALL_H
#define KB_TEST_PROTO_CALL_H

#include "proto/proto.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define TEST_TOKEN "AZaz09-._~+/=="
#define TEST_NOW                                                                                   \
    {                                                                                              \
        .wall_ms = 1893455000000, .boot_ms = 5000000                                               \
    }
#define TEST_LIFE 1060 /* printed: TEST_NOW + life - 60 = 1893456000, 2030-01-01T00:00:00Z */

enum { CALL_WORDS_MAX = 12 };

struct proto_call {
    struct kb_talk talk;
    enum kb_turn turn;
    struct kb_error err;
    enum kb_err rc;
    off_t consumed; /* bytes of input that were read */
};

static inline const struct kb_proto *proto_named(const char *word)
{
    const struct kb_proto_row *row = kb_proto_by_word(word);

    assert_non_null(row);
    return row->proto;
}

static inline int proto_call_input(const void *input, size_t len)
{
    int fd = memfd_create("request", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, input, len), len);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

/* The turn behind that of CALL. */
static inline void proto_call_next(struct proto_call *call)
{
    kb_talk_answered(&call->talk);
    call->err = KB_ERROR_INIT;
    call->turn = KB_TURN_END;
    call->rc = kb_talk_next(&call->talk, &call->turn, &call->err);
}

/* The first turn, or the one behind as many greetings. WORDS: as below. */
static inline void proto_call_greeted(struct proto_call *call, const struct kb_proto *proto,
    const char *words, const void *input, size_t len, size_t greetings)
{
    char copy[512], *argv[CALL_WORDS_MAX + 1] = {NULL}, *rest = copy;
    int argc = 0, fd = proto_call_input(input, len);

    *call = (struct proto_call){.turn = KB_TURN_END};
    assert_true(strlen(words) < sizeof(copy));
    strcpy(copy, words);
    while (*words && rest && argc < CALL_WORDS_MAX)
        argv[argc++] = strsep(&rest, " ");
    call->talk = kb_talk(proto, argc, argv, fd);
    call->rc = kb_talk_next(&call->talk, &call->turn, &call->err);
    while (greetings-- > 0 && !call->rc && call->turn == KB_TURN_ANSWERED)
        proto_call_next(call);
    call->consumed = lseek(fd, 0, SEEK_CUR);
    close(fd);
    if (call->rc)
        proto->refuse(&call->talk.request, &call->err, &call->talk.reply);
}

/* WORDS: the arguments, separated by single spaces. */
static inline void proto_call_read_bytes(struct proto_call *call, const struct kb_proto *proto,
    const char *words, const void *input, size_t len)
{
    proto_call_greeted(call, proto, words, input, len, 0);
}

static inline void proto_call_read(
    struct proto_call *call, const struct kb_proto *proto, const char *words, const char *input)
{
    proto_call_read_bytes(call, proto, words, input, strlen(input));
}

static inline void assert_requests(const struct proto_call *call, enum kb_op op)
{
    assert_int_equal(call->turn, KB_TURN_REQUEST);
    assert_int_equal(call->talk.request.op, op);
}

/* A profile's route and a token, with which a call can be answered. */
struct proto_stock {
    struct kb_route route;
    struct kb_token token;
    struct kb_clock now;
};

static inline void proto_stock_open(struct proto_stock *stock, const char *token)
{
    *stock = (struct proto_stock){.route = {.ours = true, .covers_host = true}, .now = TEST_NOW};
    strcpy(stock->route.profile, "work");
    strcpy(stock->route.username, "oauth2");
    strcpy(stock->route.api_header, KB_API_HEADER);
    strcpy(stock->route.api_prefix, "Bearer ");
    assert_int_equal(kb_secret_set(&stock->token.value, token, strlen(token), NULL), KB_OK);
    kb_token_set_life(&stock->token, TEST_LIFE, stock->now);
}

static inline void proto_stock_close(struct proto_stock *stock)
{
    kb_route_clear(&stock->route);
    kb_token_clear(&stock->token);
}

static inline void proto_call_write(
    struct proto_call *call, const struct kb_proto *proto, const struct proto_stock *stock)
{
    const struct kb_answer answer = {.request = &call->talk.request,
        .route = &stock->route,
        .token = &stock->token,
        .now = stock->now};

    call->rc = proto->write(&answer, &call->talk.reply, &call->err);
}

static inline const char *proto_call_out(const struct proto_call *call)
{
    return kb_buf_text(&call->talk.reply.out);
}

static inline const char *proto_call_note(const struct proto_call *call)
{
    return kb_buf_text(&call->talk.reply.note);
}

static inline void proto_call_close(struct proto_call *call)
{
    kb_talk_clear(&call->talk);
}

#endif
