/*
 * Asks a protocol in the way of the front, over a configuration of two hosts, and says who
 * would have been answered. For tests that send what nobody should.
 */
#ifndef KB_TEST_HOSTILE_H
#define KB_TEST_HOSTILE_H

#include "proto_call.h"

#include "config/match.h"

#include <stdlib.h>

#define VICTIM "victim.example"
#define OTHER "neighbour.example"

/* Bytes and characters that something reads as the end of a line, or a terminal as an order. */
struct hostile_bytes {
    char text[4];
    size_t len;
};

enum { HOSTILE_BYTES = 70 };

static inline size_t hostile_bytes(struct hostile_bytes ret[HOSTILE_BYTES])
{
    static const char *const characters[] = {"\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"};
    size_t count = 0;

    for (int byte = 0; byte < 0x20; byte++)
        ret[count++] = (struct hostile_bytes){{(char)byte}, 1};
    for (int byte = 0x7f; byte < 0xa0; byte++)
        ret[count++] = (struct hostile_bytes){{(char)byte}, 1};
    for (size_t i = 0; i < KB_COUNT(characters); i++, count++) {
        strcpy(ret[count].text, characters[i]);
        ret[count].len = strlen(characters[i]);
    }
    assert_true(count <= HOSTILE_BYTES);
    return count;
}

static inline struct kb_config hostile_config(void)
{
    static const char text[] =
        "{\"profiles\":{"
        "\"victim\":{\"token_url\":\"https://sso.example/v\",\"store\":\"sealed-file\","
        "\"match\":[\"https://" VICTIM "\"]},"
        "\"neighbour\":{\"token_url\":\"https://sso.example/n\",\"store\":\"sealed-file\","
        "\"match\":[\"https://" OTHER "\"]}}}";
    struct kb_config config = KB_CONFIG_INIT;

    assert_int_equal(kb_config_parse("test.json", text, strlen(text), &config, NULL), KB_OK);
    return config;
}

/* What one request came to. */
struct hostile_verdict {
    char profile[KB_PROFILE_NAME_MAX + 1]; /* whose token was printed or erased; empty: none */
    struct proto_call call;
};

static inline bool hostile_is_clean(const struct kb_buf *text)
{
    for (size_t i = 0; i < text->len; i++) {
        if (text->data[i] != '\n' && (text->data[i] < 0x20 || text->data[i] > 0x7e))
            return false;
    }
    return true;
}

static inline void hostile_answer(
    struct hostile_verdict *ret, const struct kb_proto *proto, const struct kb_profile *profile)
{
    struct proto_stock stock;

    strcpy(ret->profile, profile->name);
    if (ret->call.talk.request.op != KB_OP_GET)
        return;
    proto_stock_open(&stock, TEST_TOKEN);
    proto_call_write(&ret->call, proto, &stock);
    assert_int_equal(ret->call.rc, KB_OK);
    proto_stock_close(&stock);
}

/* What a protocol says before it hears its caller. */
static inline size_t hostile_greetings(const struct kb_proto *proto)
{
    return proto == proto_named("cargo") || proto == proto_named("nuget") ? 1 : 0;
}

static inline void hostile_ask(struct hostile_verdict *ret, const struct kb_config *config,
    const struct kb_proto *proto, const char *words, const struct kb_buf *input)
{
    const struct kb_profile *profile = NULL;

    *ret = (struct hostile_verdict){0};
    proto_call_greeted(
        &ret->call, proto, words, kb_buf_text(input), input->len, hostile_greetings(proto));
    if (!ret->call.rc && ret->call.turn == KB_TURN_REQUEST &&
        ret->call.talk.request.op < KB_OP_LIST &&
        !kb_match(config, &ret->call.talk.request, &profile, NULL) && profile)
        hostile_answer(ret, proto, profile);
    if (!hostile_is_clean(&ret->call.talk.reply.out) ||
        !hostile_is_clean(&ret->call.talk.reply.note))
        fail_msg("%s: a byte was printed that is neither printable nor LF", words);
}

/*
 * The same of a protocol that reads the environment variable NAME: INPUT up to its first NUL is
 * its value, and there is nothing to read.
 */
static inline void hostile_ask_variable(struct hostile_verdict *ret, const struct kb_config *config,
    const struct kb_proto *proto, const char *words, const char *name, const struct kb_buf *input)
{
    KB_AUTO(kb_buf_clear) struct kb_buf nothing = KB_BUF_INIT(1);

    assert_int_equal(setenv(name, kb_buf_text(input), 1), 0);
    hostile_ask(ret, config, proto, words, &nothing);
    assert_int_equal(unsetenv(name), 0);
}

/* LEN bytes of FILL. */
static inline void hostile_pad(struct kb_buf *out, char fill, size_t len)
{
    char *room = NULL;

    if (len == 0)
        return;
    assert_int_equal(kb_buf_room(out, len, &room), len);
    memset(room, fill, len);
    kb_buf_took(out, len);
}

/* KB_TEST_FULL=1 widens a sampled sweep to the whole of it. */
static inline bool hostile_full(void)
{
    const char *full = getenv("KB_TEST_FULL");

    return full && strcmp(full, "1") == 0;
}

#endif
