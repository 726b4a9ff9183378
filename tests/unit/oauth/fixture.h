/* One client, one profile, one reply, and what reading it gives. */
#ifndef KB_TEST_OAUTH_FIXTURE_H
#define KB_TEST_OAUTH_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/preset.h"
#include "config/settings.h"
#include "oauth/token_reply.h"

#include <string.h>

#define CLIENT_ID "0f3c7a9e-client"
#define CLIENT_SECRET "p+q/r=s&t%u\"v\\w x"
#define NOW 1700000000

struct fixture {
    struct kb_profile profile;
    struct kb_client client;
    struct kb_http_reply reply;
    struct kb_token token;
    struct kb_reply_facts facts;
    struct kb_error err;
    const struct kb_secret *first_token; /* not NULL: the reply is that of the second step */
    struct kb_secret *assertions;        /* not NULL: what was signed */
};

static inline void set_text(char **dst, const char *text)
{
    kb_str_set(dst, text);
}

static inline void set_client(struct kb_client *client, const char *id, const char *secret)
{
    assert_int_equal(kb_secret_set(&client->id, id, strlen(id), NULL), KB_OK);
    assert_int_equal(kb_secret_set(&client->secret, secret, strlen(secret), NULL), KB_OK);
    client->proof = KB_PROOF_SECRET;
}

static inline void fixture_open(struct fixture *f)
{
    static const char url[] = "https://rest.zuora.com/oauth/token";

    *f = (struct fixture){.reply = KB_HTTP_REPLY_INIT};
    set_client(&f->client, CLIENT_ID, CLIENT_SECRET);
    set_text(&f->profile.name, "books");
    set_text(&f->profile.token_url_text, url);
    set_text(&f->profile.client_auth, "client_secret_post");
    assert_int_equal(kb_url_parse(url, strlen(url), &f->profile.token_url, NULL), KB_OK);
    f->profile.max_lifetime = KB_PROFILE_MAX_LIFETIME;
}

/* The profile gets a second step. */
static inline void set_second(struct fixture *f)
{
    static const char url[] = "https://second.example.com/exchange";

    set_text(&f->profile.second_url_text, url);
    assert_int_equal(kb_url_parse(url, strlen(url), &f->profile.second_url, NULL), KB_OK);
}

static inline void fixture_close(struct fixture *f)
{
    kb_profile_clear(&f->profile);
    kb_client_clear(&f->client);
    kb_http_reply_clear(&f->reply);
    kb_token_clear(&f->token);
}

static inline void add_header(struct fixture *f, const char *name, const char *value)
{
    kb_pairs_add(&f->reply.headers, name, value);
}

/* Begins a new reply; TYPE NULL: no Content-Type. */
static inline void set_reply_bytes(
    struct fixture *f, long status, const char *type, const void *body, size_t len)
{
    kb_http_reply_clear(&f->reply);
    f->reply.status = status;
    kb_buf_add(&f->reply.body, body, len);
    if (type)
        add_header(f, "Content-Type", type);
}

static inline void set_reply(struct fixture *f, long status, const char *type, const char *body)
{
    set_reply_bytes(f, status, type, body, strlen(body));
}

/* Reads the reply; on failure the token must be as it was, and the error complete. */
static inline enum kb_err read_reply(struct fixture *f)
{
    const struct kb_oauth_context context = {
        .profile = &f->profile,
        .client = &f->client,
        .now = {.wall_ms = NOW * INT64_C(1000), .boot_ms = 5000000},
        .first_token = f->first_token,
        .assertions = f->assertions,
    };
    enum kb_err rc;

    kb_token_clear(&f->token);
    f->err = KB_ERROR_INIT;
    rc = kb_token_reply_read(&context, &f->reply, &f->token, &f->facts, &f->err);
    assert_int_equal(f->err.code, rc);
    if (rc) {
        assert_true(kb_secret_is_empty(&f->token.value));
        assert_non_null(
            strstr(f->err.msg, f->first_token ? "second.example.com" : "rest.zuora.com"));
    }
    return rc;
}

static inline void assert_contains(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is missing in \"%s\"", part, text);
}

static inline void assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part))
        fail_msg("\"%s\" stands in \"%s\"", part, text);
}

#endif
