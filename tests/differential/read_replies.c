/*
 * The token-reply reader as a filter: questions on standard input, an answer a line on
 * standard output. For test_token_reply.py, which asks a second reader the same.
 *
 *   question  length u32, then that many bytes: setting u8, length of the Content-Type u8,
 *             Content-Type (none when its length is 0), body. Numbers are little-endian.
 *   answer    "token LIFE TOKEN WARNING", or "refused CODE"
 */
#include "base/pack.h"
#include "config/settings.h"
#include "oauth/token_reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUESTION_MAX (1U << 20)

static const struct kb_clock now = {.wall_ms = 1893455000000, .boot_ms = 5000000};

/* What a profile can ask for; strict_reader.py has the same list. */
static const struct setting {
    const char *scope;
    bool strict_scope;
    int max_lifetime, default_lifetime;
} settings[] = {
    {NULL, false, KB_PROFILE_MAX_LIFETIME, 0},
    {"read write", false, 7200, 120},
    {"read write", true, KB_PROFILE_MAX_LIFETIME, 300},
    {" a  b-c:d ", false, 60, 3600},
};

static void give_up(const char *why)
{
    (void)fprintf(stderr, "read_replies: %s\n", why);
    exit(1);
}

/* False at the end of the questions. */
static bool next_question(unsigned char *bytes, size_t *ret_len)
{
    unsigned char head[4];
    size_t got = fread(head, 1, sizeof(head), stdin);
    struct kb_unpack in = kb_unpack(head, sizeof(head));

    if (got == 0)
        return false;
    *ret_len = kb_unpack_u32(&in);
    if (got != sizeof(head) || *ret_len > QUESTION_MAX ||
        fread(bytes, 1, *ret_len, stdin) != *ret_len)
        give_up("a question that is none");
    return true;
}

/* The reply in the question; returns its setting. */
static const struct setting *make_reply(
    const unsigned char *bytes, size_t len, struct kb_http_reply *reply)
{
    struct kb_unpack in = kb_unpack(bytes, len);
    uint8_t setting = kb_unpack_u8(&in);
    size_t type_len = kb_unpack_u8(&in);
    const unsigned char *type = kb_unpack_raw(&in, type_len);
    char text[UINT8_MAX + 1] = "";

    if (in.failed || setting >= KB_COUNT(settings))
        give_up("a question that is cut");
    memcpy(text, type, type_len);
    reply->status = 200;
    if (type_len > 0)
        kb_pairs_add(&reply->headers, "Content-Type", text);
    kb_buf_add(&reply->body, in.next, in.left);
    return &settings[setting];
}

static void answer(const unsigned char *bytes, size_t len, const struct kb_client *client)
{
    KB_AUTO(kb_http_reply_clear) struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
    KB_AUTO(kb_token_clear) struct kb_token token = KB_TOKEN_INIT;
    KB_AUTO(kb_profile_clear) struct kb_profile profile = KB_PROFILE_INIT;
    const struct setting *setting = make_reply(bytes, len, &reply);
    const struct kb_oauth_context context = {.profile = &profile, .client = client, .now = now};
    struct kb_reply_facts facts = {0};
    struct kb_error err = KB_ERROR_INIT;

    kb_str_set(&profile.client_auth, kb_client_auth_names[KB_AUTH_POST]);
    kb_str_set(&profile.scope, setting->scope);
    profile.strict_scope = setting->strict_scope;
    profile.max_lifetime = setting->max_lifetime;
    profile.default_lifetime = setting->default_lifetime;
    enum kb_err rc = kb_token_reply_read(&context, &reply, &token, &facts, &err);
    if (rc)
        (void)printf("refused %s\n", kb_err_name(rc));
    else
        (void)printf(
            "token %" PRId64 " %s %s\n", token.life_ms / 1000, token.value.bytes, facts.warning);
}

int main(void)
{
    static unsigned char bytes[QUESTION_MAX];
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    size_t len = 0;

    if (kb_secret_set(&client.id, "client", 6, NULL) ||
        kb_secret_set(&client.secret, "not in any reply", 16, NULL))
        give_up("out of memory");
    while (next_question(bytes, &len))
        answer(bytes, len, &client);
    return fflush(stdout) == 0 ? 0 : 1;
}
