/*
 * cargo's credential provider protocol, version 1 (cargo 1.74 and later).
 *
 *   argv     --cargo-plugin [--show]
 *   stdin    a JSON object a line: {"v":1,"registry":{"index-url":URL},"kind":KIND,"args":[...]},
 *            where KIND is get, login or logout; args are what the person wrote into cargo's
 *            configuration: [--profile NAME] [--bare]
 *   stdout   {"v":[1]} before anything is read; then {"Ok":...} or {"Err":...} to each line
 *   errors   {"Err":...} and status 0, because cargo reads no answer of a program that fails; a
 *            wrong command line is no conversation: stderr and the status
 *
 * Must never say that a login was kept, nor hand json-c the token that comes with one.
 */
#include "common.h"
#include "proto/lines.h"

#include "base/json.h"
#include "base/json_write.h"
#include "base/options.h"
#include "base/strings.h"

#include <json-c/json.h>
#include <string.h>

enum { ARGS_MAX = 16 };

/* Bits of request.form. */
enum {
    FORM_TALKING = 1, /* the command line was right, so errors are cargo's to show */
    FORM_BARE = 2,    /* the registry wants the token without a scheme before it */
};

static enum kb_err cargo_start(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    bool plugin = false;
    const struct kb_option options[] = {
        {.name = "cargo-plugin", .flag = &plugin},
        {.name = "show", .flag = &talk->request.terminal_ok},
    };
    int operands = 0;
    enum kb_err rc =
        kb_options_parse(talk->argc, talk->argv, options, KB_COUNT(options), false, &operands, err);

    if (!rc && (!plugin || operands > 0))
        rc = kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE, "cargo starts its credential providers with --cargo-plugin"),
            "in cargo's config.toml: credential-provider = [\"cargo-credential-keybearer\"]");
    if (rc)
        return rc;
    talk->request.form = FORM_TALKING;
    kb_buf_str(&talk->reply.out, "{\"v\":[1]}\n");
    *ret = KB_TURN_ANSWERED;
    return KB_OK;
}

/* --- reading ---------------------------------------------------------------------------- */

static void cargo_decline(const struct kb_request *request, struct kb_reply *reply)
{
    (void)request;
    kb_buf_reset(&reply->out);
    kb_buf_str(&reply->out, "{\"Err\":{\"kind\":\"url-not-supported\"}}\n");
}

static enum kb_err check_version(const struct json_object *object, struct kb_error *err)
{
    struct json_object *version = kb_json_member(object, "v");

    if (json_object_is_type(version, json_type_int) && json_object_get_int64(version) == 1)
        return KB_OK;
    return kb_fail(err, KB_ERR_USAGE, "the request is not of version 1 of cargo's protocol");
}

static enum kb_err take_options(
    struct kb_request *request, const struct kb_strings *args, struct kb_error *err)
{
    char *words[ARGS_MAX]; /* the parser of options moves them */
    const char *profile = NULL;
    bool bare = false;
    const struct kb_option options[] = {
        {.name = "profile", .value = &profile},
        {.name = "bare", .flag = &bare},
    };
    int operands = 0;
    enum kb_err rc;

    for (size_t i = 0; i < args->count; i++)
        words[i] = args->items[i];
    rc = kb_options_parse(
        (int)args->count, words, options, KB_COUNT(options), false, &operands, err);
    if (!rc && operands > 0) {
        rc = kb_fail(err, KB_ERR_USAGE, "the provider takes no argument %s", words[0]);
        kb_proto_hint_naming(request, words[0], err);
    }
    if (bare)
        request->form |= FORM_BARE;
    return rc ? rc : kb_proto_set_profile(request, profile, err);
}

static enum kb_err take_args(
    struct kb_request *request, const struct json_object *object, struct kb_error *err)
{
    KB_AUTO(kb_strings_clear) struct kb_strings words = {0};
    struct json_object *args = kb_json_member(object, "args");
    bool is_array = json_object_is_type(args, json_type_array);
    size_t count = is_array ? json_object_array_length(args) : 0;

    if ((args && !is_array) || count > ARGS_MAX)
        return kb_fail(
            err, KB_ERR_USAGE, "\"args\" is not an array of at most %d strings", ARGS_MAX);
    for (size_t i = 0; i < count; i++) {
        struct json_object *word = json_object_array_get_idx(args, i);

        if (!json_object_is_type(word, json_type_string))
            return kb_fail(err, KB_ERR_USAGE, "\"args\" holds what is no string");
        kb_strings_add(&words, json_object_get_string(word));
    }
    return take_options(request, &words, err);
}

/* An index that cannot be read as a URL (ssh, a file) is not ours. */
static enum kb_err take_index(
    struct kb_talk *talk, const struct json_object *object, enum kb_turn *ret, struct kb_error *err)
{
    struct json_object *registry = kb_json_member(object, "registry");
    const char *index = registry ? kb_json_string(registry, "index-url") : NULL, *url;

    if (!index)
        return kb_fail(err, KB_ERR_USAGE, "the request names no registry");
    url = kb_proto_after_prefix(index, "sparse+");
    if (!kb_proto_set_url(&talk->request, url ? url : index, NULL))
        return KB_OK;
    cargo_decline(&talk->request, &talk->reply);
    *ret = KB_TURN_ANSWERED;
    return KB_OK;
}

/* What is said to the last two at once counts unless the front takes it back. */
static const struct kb_action kinds[] = {
    {"get", KB_TURN_REQUEST, KB_OP_GET, ""},
    {"login", KB_TURN_REQUEST, KB_OP_STORE, "{\"Ok\":{\"kind\":\"login\"}}\n"},
    {"logout", KB_TURN_REQUEST, KB_OP_ERASE, "{\"Ok\":{\"kind\":\"logout\"}}\n"},
};

static enum kb_err cargo_parse(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    static const char *const wanted[] = {"index-url", "kind", "args", NULL};
    KB_AUTO(kb_json_release) struct json_object *object = NULL;
    char *line = talk->in.data;
    const char *kind;
    enum kb_err rc =
        kb_secret_member_take(line, talk->taken, "token", "Bearer ", &talk->request.presented, err);

    kb_secret_member_blank(line, talk->taken, wanted);
    if (!rc && kb_json_parse(line, talk->taken, &object, NULL))
        rc = kb_fail(err, KB_ERR_USAGE, "the request is not a JSON object");
    if (!rc)
        rc = check_version(object, err);
    if (!rc)
        rc = take_args(&talk->request, object, err);
    if (rc)
        return rc;
    kind = kb_json_string(object, "kind");
    if (kind && kb_talk_act(talk, kinds, KB_COUNT(kinds), kind, ret))
        return take_index(talk, object, ret, err);
    kb_buf_str(&talk->reply.out, "{\"Err\":{\"kind\":\"operation-not-supported\"}}\n");
    *ret = KB_TURN_ANSWERED;
    return KB_OK;
}

/* --- answering -------------------------------------------------------------------------- */

static enum kb_err cargo_write(
    const struct kb_answer *answer, struct kb_reply *reply, struct kb_error *err)
{
    struct kb_json_writer json = kb_json_writer(&reply->out, 0);
    int64_t expiry = kb_token_printed_expiry(answer->token, answer->route->min_ttl, answer->now);
    bool bare = answer->request->form & FORM_BARE;
    enum kb_err rc = kb_answer_check_token(answer, err);

    if (!rc)
        rc = kb_answer_check_authorization(answer, err);
    if (rc)
        return rc;
    kb_json_open(&json, '{');
    kb_json_open_member(&json, "Ok", '{');
    kb_json_string_member(&json, "kind", "get");
    kb_json_name(&json, "token");
    kb_json_put_secret(&json, bare ? "" : answer->route->api_prefix, &answer->token->value);
    /* "never" would cost a token a call where the life is unknown: cargo asks three times a run. */
    kb_json_string_member(&json, "cache", expiry > 0 ? "expires" : "session");
    if (expiry > 0)
        kb_json_int_member(&json, "expiration", expiry);
    kb_json_bool_member(&json, "operation_independent", true);
    kb_json_close(&json);
    kb_json_close(&json);
    kb_buf_byte(&reply->out, '\n');
    return kb_answer_finish(reply, err);
}

static void cargo_refuse(
    const struct kb_request *request, const struct kb_error *why, struct kb_reply *reply)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(2048);
    struct kb_json_writer json = kb_json_writer(&reply->out, 0);

    if (!(request->form & FORM_TALKING)) {
        kb_reply_refuse(request, why, reply);
        return;
    }
    kb_buf_reset(&reply->out);
    kb_reply_put_sentence(why, &text);
    kb_json_open(&json, '{');
    kb_json_open_member(&json, "Err", '{');
    kb_json_string_member(&json, "kind", "other");
    kb_json_string_member(&json, "message", kb_buf_text(&text));
    kb_json_close(&json);
    kb_json_close(&json);
    kb_buf_byte(&reply->out, '\n');
}

const struct kb_proto kb_proto_cargo = {
    .details = "  --cargo-plugin      how cargo starts its credential providers\n"
               "  --show              print the answer to a terminal, too\n"
               "\n"
               "Reads cargo's requests, a line each. See cargo-credential-keybearer(1).\n",
    .naming = {.before = "\"cargo-credential-keybearer\", \"--profile\", \"", .behind = "\""},
    .reads = "a request such as "
             "{\"v\":1,\"kind\":\"get\",\"registry\":{\"index-url\":\"sparse+https://HOST/\"}}",
    .input_max = KB_INPUT_MAX,
    .idle_s = KB_IDLE_S,
    .start = cargo_start,
    .feed = kb_feed_line,
    .parse = cargo_parse,
    .write = cargo_write,
    .decline = cargo_decline,
    .refuse = cargo_refuse,
};
