/*
 * The token endpoint's reply: "STATUS\nName: value\n...\n\nBODY". A token is fit to be
 * handed out, and no error tells the secret.
 */
#include "fuzz.h"

#include "core/http.h"
#include "oauth/token_reply.h"

#define SECRET "s3cr3t+of/the=client"

/* Cuts the next line off *TEXT; false at an empty one, or at the end. */
static bool next_line(const char **text, size_t *left, char *line, size_t cap)
{
    const char *end = *left ? memchr(*text, '\n', *left) : NULL;
    size_t len = end ? (size_t)(end - *text) : *left;
    size_t kept = len < cap ? len : cap - 1;

    memcpy(line, *text, kept);
    line[kept] = '\0';
    *text += end ? len + 1 : len;
    *left -= end ? len + 1 : len;
    return kept > 0;
}

static void make_reply(const char *text, size_t left, struct kb_http_reply *ret)
{
    char line[1024];

    if (next_line(&text, &left, line, sizeof(line)))
        ret->status = strtol(line, NULL, 10);
    while (next_line(&text, &left, line, sizeof(line))) {
        char *value = strstr(line, ": ");

        if (!value)
            continue;
        *value = '\0';
        kb_pairs_add(&ret->headers, line, value + 2);
    }
    kb_buf_add(&ret->body, text, left);
}

static void must_be_a_token(const struct kb_token *token)
{
    MUST(kb_token_text_ok(token->value.bytes, token->value.len));
    MUST(token->life_ms >= 0 && token->life_ms <= KB_PROFILE_MAX_LIFETIME * INT64_C(1000));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KB_AUTO(kb_http_reply_clear) struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    KB_AUTO(kb_token_clear) struct kb_token token = KB_TOKEN_INIT;
    char method[] = "client_secret_basic";
    const struct kb_profile profile = {
        .client_auth = method,
        .max_lifetime = KB_PROFILE_MAX_LIFETIME,
        .timeout = KB_PROFILE_TIMEOUT,
    };
    const struct kb_oauth_context context = {
        .profile = &profile,
        .client = &client,
        .now = {.wall_ms = 1893455000000, .boot_ms = 5000000},
    };
    struct kb_reply_facts facts = {0};
    struct kb_error err = KB_ERROR_INIT;

    make_reply((const char *)data, size, &reply);
    MUST(kb_secret_set(&client.id, "client", 6, NULL) == KB_OK);
    MUST(kb_secret_set(&client.secret, SECRET, strlen(SECRET), NULL) == KB_OK);
    enum kb_err rc = kb_token_reply_read(&context, &reply, &token, &facts, &err);
    must_be_presentable(rc, &err);
    MUST(facts.wait_s >= 0 && facts.wait_s <= 300);
    MUST(kb_text_is_printable(facts.warning, strlen(facts.warning), 0, sizeof(facts.warning)));
    MUST(!strstr(err.msg, SECRET) && !strstr(facts.request_id, SECRET));
    if (rc == KB_OK)
        must_be_a_token(&token);
    else
        MUST(kb_secret_is_empty(&token.value));
    return 0;
}
