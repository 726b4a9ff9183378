/*
 * Each preset as its provider meets it: the request of a client, byte for byte, and what becomes of
 * the replies that the provider documents.
 */
#include "../unit/oauth/fixture.h"

#include "../unit/oauth/fake_signer.h"
#include "base/alloc.h"
#include "config/config.h"
#include "oauth/second_request.h"
#include "oauth/token_request.h"

#include <glob.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#define SECRET "s+e/c=r&t %"
#define FIRST "first.to-ken+/="

/* Where a signed assertion stands: what is in it has its own member. */
#define ASSERTION "{{ASSERTION}}"

struct play {
    const struct kb_preset *preset;
    struct json_object *file; /* tests/golden/presets/NAME.json */
    struct kb_config config;
    struct fixture f;
    struct kb_secret assertions[KB_ASSERTION_USES];
    struct kb_secret first_token;
};

static const char *text_of(struct json_object *object, const char *name, const char *absent)
{
    struct json_object *member = json_object_object_get(object, name);

    return member ? json_object_get_string(member) : absent;
}

/* --- the profile and its client --------------------------------------------------------- */

static void put_needs(const struct kb_preset *preset, struct kb_buf *out)
{
    for (size_t i = 0; i < preset->need_count; i++) {
        const struct kb_preset_need *need = &preset->needs[i];

        if (need->name)
            kb_buf_fmt(out, "\"%s\":{\"%s\":\"%s\"},", need->key, need->name, need->example);
        else
            kb_buf_fmt(out, "\"%s\":\"%s\",", need->key, need->example);
    }
}

/* What the preset needs is its own example. */
static void read_profile(struct play *play)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(8192);
    struct kb_error err = KB_ERROR_INIT;

    kb_buf_fmt(&text, "{\"profiles\":{\"p\":{\"preset\":\"%s\",", play->preset->name);
    put_needs(play->preset, &text);
    kb_buf_str(&text, "\"store\":\"sealed-file\"}}}");
    if (kb_config_parse("test.json", kb_buf_text(&text), text.len, &play->config, &err))
        fail_msg("%s: %s", play->preset->name, err.msg);
    play->f.profile = play->config.profiles[0];
}

static void make_client(struct play *play)
{
    enum kb_proof needs = kb_client_auth_needs(&play->f.profile);
    bool certified = json_object_object_get(play->file, "certificate") != NULL;
    const char *id = text_of(play->file, "client_id", CLIENT_ID);

    if (needs & KB_PROOF_SECRET)
        set_client(&play->f.client, id, SECRET);
    else
        assert_int_equal(kb_secret_set(&play->f.client.id, id, strlen(id), NULL), KB_OK);
    if ((needs & KB_PROOF_KEY) || certified)
        set_key(&play->f.client, KB_JWS_RS256, "key-1", certified);
}

static struct kb_oauth_context context_of(struct play *play)
{
    return (struct kb_oauth_context){
        .profile = &play->f.profile,
        .client = &play->f.client,
        .now = {.wall_ms = NOW * INT64_C(1000), .boot_ms = 5000000},
        .fresh_id = "fresh-id",
        .signer = &fake_signer,
        .assertions = play->assertions,
    };
}

/* --- the request ------------------------------------------------------------------------- */

/* Appends TEXT with ASSERTION instead of what was signed. */
static void put_without_assertions(const struct play *play, const char *text, struct kb_buf *out)
{
    while (*text) {
        size_t skip = 0;

        for (size_t i = 0; i < KB_ASSERTION_USES && skip == 0; i++) {
            const struct kb_secret *signed_one = &play->assertions[i];

            if (signed_one->len > 0 && strncmp(text, signed_one->bytes, signed_one->len) == 0)
                skip = signed_one->len;
        }
        if (skip > 0)
            kb_buf_str(out, ASSERTION);
        else
            kb_buf_byte(out, *text);
        text += skip > 0 ? skip : 1;
    }
}

static void write_request(
    const struct play *play, const struct kb_http_request *request, struct kb_buf *out)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(65536);

    kb_buf_fmt(&text, "POST %s\n", request->url);
    for (size_t i = 0; i < request->headers.count; i++)
        kb_buf_fmt(
            &text, "%s: %s\n", request->headers.items[i].name, request->headers.items[i].value);
    if (!kb_secret_is_empty(&request->authorization)) {
        kb_buf_str(&text, "Authorization: ");
        kb_secret_append(&request->authorization, &text);
        kb_buf_byte(&text, '\n');
    }
    if (request->certificates.len > 0)
        kb_buf_str(&text, "(the client's certificate, to TLS)\n");
    kb_buf_byte(&text, '\n');
    kb_buf_add(&text, request->body.data, request->body.len);
    put_without_assertions(play, kb_buf_text(&text), out);
}

/* The lines of the file's member NAME. */
static void expected_lines(struct json_object *lines, struct kb_buf *out)
{
    for (size_t i = 0; lines && i < json_object_array_length(lines); i++)
        kb_buf_fmt(out, "%s%s", i > 0 ? "\n" : "",
            json_object_get_string(json_object_array_get_idx(lines, i)));
}

/* For whoever writes such a file: what to read, compare with the provider's document, and keep. */
static void show(const char *name, const char *text)
{
    KB_AUTO(kb_buf_clear) struct kb_buf line = KB_BUF_INIT(65536);

    kb_buf_fmt(&line, "%s:\n%s\n", name, text);
    print_message("%s", kb_buf_text(&line));
}

static void compare(
    const struct play *play, const char *what, const char *actual, struct json_object *lines)
{
    KB_AUTO(kb_buf_clear) struct kb_buf expected = KB_BUF_INIT(65536);

    expected_lines(lines, &expected);
    if (strcmp(actual, kb_buf_text(&expected)) == 0)
        return;
    show("expected", kb_buf_text(&expected));
    show("actual", actual);
    fail_msg("%s: %s is another", play->preset->name, what);
}

/* Header and claims of what was signed, a line each. */
static void compare_assertion(const struct play *play)
{
    KB_AUTO(kb_buf_clear) struct kb_buf parts = KB_BUF_INIT(65536);

    for (size_t i = 0; i < KB_ASSERTION_USES; i++) {
        const struct kb_secret *signed_one = &play->assertions[i];

        if (signed_one->len == 0)
            continue;
        kb_buf_fmt(&parts, "%s%s\n", parts.len > 0 ? "\n" : "", part_of(signed_one->bytes, 0));
        kb_buf_str(&parts, part_of(signed_one->bytes, 1));
    }
    compare(play, "the assertion", kb_buf_text(&parts),
        json_object_object_get(play->file, "assertion"));
}

static void play_request(struct play *play)
{
    KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(65536);
    struct kb_oauth_context context = context_of(play);
    struct kb_error err = KB_ERROR_INIT;

    if (kb_token_request_build(&context, &request, &err))
        fail_msg("%s: %s", play->preset->name, err.msg);
    write_request(play, &request, &text);
    compare(play, "the request", kb_buf_text(&text), json_object_object_get(play->file, "request"));
    compare_assertion(play);
}

/* Where the token of the first step is exchanged for the one that is wanted. */
static void play_second(struct play *play)
{
    KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(65536);
    struct kb_oauth_context context = context_of(play);
    struct kb_error err = KB_ERROR_INIT;

    if (!play->f.profile.second_url_text)
        return;
    context.first_token = &play->first_token;
    if (kb_second_request_build(&context, &request, &err))
        fail_msg("%s: %s", play->preset->name, err.msg);
    write_request(play, &request, &text);
    compare(play, "the second request", kb_buf_text(&text),
        json_object_object_get(play->file, "second"));
}

/* --- the replies ------------------------------------------------------------------------- */

static void take_reply(struct play *play, struct json_object *reply)
{
    struct json_object *body = json_object_object_get(reply, "body");
    const char *text = json_object_is_type(body, json_type_string)
                           ? json_object_get_string(body)
                           : json_object_to_json_string_ext(body, JSON_C_TO_STRING_PLAIN);

    set_reply(&play->f, json_object_get_int(json_object_object_get(reply, "status")),
        text_of(reply, "type", "application/json"), text);
}

static void play_reply(struct play *play, struct json_object *reply)
{
    const char *token = text_of(reply, "token", NULL);
    bool is_second = json_object_get_boolean(json_object_object_get(reply, "second"));
    struct kb_oauth_context context = context_of(play);
    struct kb_error err = KB_ERROR_INIT;
    enum kb_err rc;

    context.first_token = is_second ? &play->first_token : NULL;
    take_reply(play, reply);
    kb_token_clear(&play->f.token);
    rc = kb_token_reply_read(&context, &play->f.reply, &play->f.token, &play->f.facts, &err);
    if (!rc != (token != NULL))
        fail_msg("%s: %s: %s", play->preset->name, json_object_to_json_string(reply), err.msg);
    if (!token) {
        assert_contains(err.msg, text_of(reply, "error", "the file has no \"error\""));
        assert_contains(err.hint, text_of(reply, "hint", ""));
        return;
    }
    assert_string_equal(play->f.token.value.bytes, token);
    assert_int_equal(
        play->f.token.life_ms / 1000, json_object_get_int64(json_object_object_get(reply, "life")));
}

/* --- all of them -------------------------------------------------------------------------- */

static struct json_object *load(const struct kb_preset *preset)
{
    char path[4096];
    struct json_object *file;

    snprintf(path, sizeof(path), "%s/presets/%s.json", GOLDEN_DIR, preset->name);
    file = json_object_from_file(path);
    if (!json_object_is_type(file, json_type_object))
        fail_msg("there is no %s", path);
    return file;
}

static void play(const struct kb_preset *preset)
{
    struct play play = {.preset = preset, .file = load(preset), .f = {.reply = KB_HTTP_REPLY_INIT}};
    struct json_object *replies = json_object_object_get(play.file, "replies");

    read_profile(&play);
    assert_int_equal(kb_secret_set(&play.first_token, FIRST, strlen(FIRST), NULL), KB_OK);
    make_client(&play);
    play_request(&play);
    play_second(&play);
    for (size_t i = 0; i < json_object_array_length(replies); i++)
        play_reply(&play, json_object_array_get_idx(replies, i));
    play.f.profile = KB_PROFILE_INIT; /* the configuration's */
    fixture_close(&play.f);
    for (size_t i = 0; i < KB_ASSERTION_USES; i++)
        kb_secret_clear(&play.assertions[i]);
    kb_secret_clear(&play.first_token);
    kb_config_clear(&play.config);
    json_object_put(play.file);
}

static void test_each_preset(void **state)
{
    size_t count;
    const struct kb_preset *presets = kb_presets(&count);

    (void)state;
    for (size_t i = 0; i < count; i++)
        play(&presets[i]);
}

/* A file without its preset is one that nobody compares with anything. */
static void test_each_file(void **state)
{
    glob_t found = {0};

    (void)state;
    assert_int_equal(glob(GOLDEN_DIR "/presets/*.json", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        KB_AUTO(kb_str_free) char *name = kb_text_dup(strrchr(found.gl_pathv[i], '/') + 1);

        *strrchr(name, '.') = '\0';
        if (!kb_preset_find(name))
            fail_msg("there is no preset %s", name);
    }
    globfree(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_preset),
        cmocka_unit_test(test_each_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
