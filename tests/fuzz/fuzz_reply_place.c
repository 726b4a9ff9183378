/*
 * A reply whose places, unit and step a profile names: "SETTINGS PATH\nEXPIRY\nDATE\nBODY", the
 * first one byte. A token is a string at that place and lives no longer than allowed; what a server
 * says never shows the first token.
 */
#include "fuzz.h"

#include "base/json.h"
#include "config/settings.h"
#include "oauth/token_reply.h"

#include <json-c/json.h>

#define FIRST "first-token/of+two=steps"
#define DEFAULT_LIFE 60

static const char *const units[] = {NULL, "s", "ms", "unix", "unix-ms", "rfc3339"};

/* A path as the configuration takes one; else the usual place. */
static void set_path(char **dst, const char *path)
{
    size_t len = strlen(path);

    if (kb_text_is_visible(path, len, 1, 128) && path[0] != '.' && path[len - 1] != '.' &&
        !strstr(path, "..") && !strstr(path, "first")) /* it is shown, and must be told apart */
        kb_str_set(dst, path);
}

/* The same walk, by another way. */
static struct json_object *at(struct json_object *body, const char *path)
{
    KB_AUTO(kb_str_free) char *names = NULL;
    char *rest, *name;

    kb_str_set(&names, path);
    for (name = strtok_r(names, ".", &rest); name; name = strtok_r(NULL, ".", &rest)) {
        if (!json_object_is_type(body, json_type_object))
            return NULL;
        body = kb_json_member(body, name);
    }
    return body;
}

static void must_be_at(
    const struct kb_http_reply *reply, const char *path, const struct kb_token *token)
{
    KB_AUTO(kb_json_release) struct json_object *body = NULL;
    const char *text = kb_buf_text(&reply->body);
    struct json_object *value;

    MUST(kb_json_parse(text, reply->body.len, &body, NULL) == KB_OK);
    value = at(body, path);
    MUST(json_object_is_type(value, json_type_string));
    MUST(strcmp(json_object_get_string(value), token->value.bytes) == 0);
    MUST(kb_token_text_ok(token->value.bytes, token->value.len));
    MUST(token->life_ms >= 0 && token->life_ms <= KB_PROFILE_MAX_LIFETIME * INT64_C(1000));
}

static void read_input(
    struct input *in, uint8_t settings, struct kb_profile *profile, struct kb_http_reply *reply)
{
    KB_AUTO(kb_str_free) char *path = take_until(in, '\n');
    KB_AUTO(kb_str_free) char *expiry = take_until(in, '\n');
    KB_AUTO(kb_str_free) char *date = take_until(in, '\n');

    set_path(&profile->token_path, path);
    set_path(&profile->expiry, expiry);
    kb_str_set(&profile->expiry_unit, units[settings % KB_COUNT(units)]);
    kb_str_set(&profile->token_type, settings & 0x80 ? "none" : NULL);
    kb_str_set(&profile->client_auth, "private_key_jwt");
    kb_str_set(&profile->name, "work");
    reply->status = settings & 0x20 ? 401 : 200;
    kb_pairs_add(&reply->headers, "Content-Type", "application/json");
    kb_pairs_add(&reply->headers, "Date", date);
    kb_buf_add(&reply->body, in->data, in->size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KB_AUTO(kb_http_reply_clear) struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    KB_AUTO(kb_secret_clear) struct kb_secret first = KB_SECRET_INIT;
    KB_AUTO(kb_token_clear) struct kb_token token = KB_TOKEN_INIT;
    struct kb_profile profile = {
        .max_lifetime = KB_PROFILE_MAX_LIFETIME, .default_lifetime = DEFAULT_LIFE};
    struct kb_error err = KB_ERROR_INIT;
    struct kb_reply_facts facts = {0};
    struct input in = {data, size};
    uint8_t settings = take_byte(&in);
    const struct kb_oauth_context context = {
        .profile = &profile,
        .client = &client,
        .first_token = settings & 0x40 ? &first : NULL,
        .now = {.wall_ms = 1893455000000, .boot_ms = 5000000},
    };

    read_input(&in, settings, &profile, &reply);
    MUST(kb_secret_set(&first, FIRST, strlen(FIRST), NULL) == KB_OK);
    enum kb_err rc = kb_token_reply_read(&context, &reply, &token, &facts, &err);
    must_be_presentable(rc, &err);
    MUST(kb_text_is_printable(facts.warning, strlen(facts.warning), 0, sizeof(facts.warning)));
    MUST(!context.first_token || (!strstr(err.msg, FIRST) && !facts.client_refused));
    if (rc == KB_OK)
        must_be_at(&reply, profile.token_path ? profile.token_path : "access_token", &token);
    else
        MUST(kb_secret_is_empty(&token.value));
    kb_profile_clear(&profile);
    return 0;
}
