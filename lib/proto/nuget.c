/*
 * NuGet's cross-platform plugin protocol, versions 1 and 2.
 *
 *   argv     [--profile NAME] -Plugin
 *   stdin and stdout   a message a line, {"RequestId","Type","Method","Payload"}, both ways: each
 *            side asks for a handshake, and answers what it is asked with the id that it was given
 *   errors   a ResponseCode in the answer, a Fault to what cannot be read; stderr stays empty. A
 *            wrong command line is no conversation: stderr and the status
 *
 * The words are NuGet's: Error is "not mine", so that it asks its next plugin; NotFound is a
 * failure. Must never answer an answer, nor hand json-c the passwords that NuGet offers.
 */
#include "common.h"
#include "proto/lines.h"

#include "base/json.h"
#include "base/json_write.h"
#include "base/options.h"

#include <json-c/json.h>
#include <string.h>

#define OUR_ID "00000000-0000-4000-8000-000000000001" /* of the only request that we send */
#define CREDENTIALS "GetAuthenticationCredentials"

enum { ID_MAX = 128, IDLE_S = 60 };

enum { FORM_TALKING = 1 }; /* request.form: the command line was right */

/* --- messages --------------------------------------------------------------------------- */

static struct kb_json_writer open_message(
    struct kb_reply *reply, const char *id, const char *type, const char *method)
{
    struct kb_json_writer json = kb_json_writer(&reply->out, 0);

    kb_json_open(&json, '{');
    kb_json_string_member(&json, "RequestId", id);
    kb_json_string_member(&json, "Type", type);
    kb_json_string_member(&json, "Method", method);
    kb_json_open_member(&json, "Payload", '{');
    return json;
}

static void close_message(struct kb_json_writer *json)
{
    kb_json_close(json);
    kb_json_close(json);
    kb_buf_byte(json->out, '\n');
}

static void put_code(struct kb_json_writer *json, const char *code)
{
    kb_json_string_member(json, "ResponseCode", code);
}

/* --- what needs no token ------------------------------------------------------------------ */

static bool is_major(const char *version, char wanted)
{
    return version && version[0] == wanted && version[1] == '.';
}

/* The newest version that both sides speak. */
static void put_handshake(struct kb_json_writer *json, const struct json_object *payload)
{
    const char *newest = kb_json_string(payload, "ProtocolVersion");
    const char *oldest = kb_json_string(payload, "MinimumProtocolVersion");

    if (!newest || !(is_major(oldest, '1') || is_major(oldest, '2'))) {
        put_code(json, "Error");
        return;
    }
    put_code(json, "Success");
    kb_json_string_member(json, "ProtocolVersion", is_major(newest, '1') ? "1.0.0" : "2.0.0");
}

/* Authentication is all that we offer; asked about one source, NuGet means packages. */
static void put_claims(struct kb_json_writer *json, const struct json_object *payload)
{
    kb_json_open_member(json, "Claims", '[');
    if (!kb_json_member(payload, "PackageSourceRepository") &&
        !kb_json_member(payload, "ServiceIndex"))
        kb_json_put_string(json, "Authentication");
    kb_json_close(json);
}

static void put_success(struct kb_json_writer *json, const struct json_object *payload)
{
    (void)payload;
    put_code(json, "Success");
}

static void put_error(struct kb_json_writer *json, const struct json_object *payload)
{
    (void)payload;
    put_code(json, "Error");
}

/* NuGet waits for an answer to each; what is not here is no plugin's for credentials. */
static const struct method {
    const char *name;
    void (*put)(struct kb_json_writer *json, const struct json_object *payload);
} methods[] = {
    {"Handshake", put_handshake},
    {"GetOperationClaims", put_claims},
    {"Initialize", put_success},
    {"MonitorNuGetProcessExit", put_success},
    {"SetCredentials", put_success},
    {"SetLogLevel", put_success},
};

static void answer_method(
    struct kb_talk *talk, const char *method, const struct json_object *payload)
{
    struct kb_json_writer json =
        open_message(&talk->reply, talk->request.echoed, "Response", method);
    void (*put)(struct kb_json_writer *, const struct json_object *) = put_error;

    for (size_t i = 0; i < KB_COUNT(methods); i++) {
        if (strcmp(methods[i].name, method) == 0)
            put = methods[i].put;
    }
    put(&json, payload);
    close_message(&json);
}

/* --- reading ---------------------------------------------------------------------------- */

static enum kb_err refuse_words(const struct kb_talk *talk, struct kb_error *err)
{
    bool was_plugin = false;

    kb_fail(err, KB_ERR_USAGE, "NuGet starts its plugins with -Plugin, by itself");
    kb_hint(err, "dotnet restore");
    for (int i = 0; i < talk->argc; i++) {
        if (was_plugin && kb_proto_after_prefix(talk->argv[i], "--profile"))
            kb_hint(err, "--profile comes before -Plugin");
        was_plugin = was_plugin || strcmp(talk->argv[i], "-Plugin") == 0;
    }
    return err->code;
}

static enum kb_err nuget_start(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    const char *profile = NULL;
    const struct kb_option options[] = {{.name = "profile", .value = &profile}};
    int last = talk->argc - 1, operands = 0;
    bool is_plugin = last >= 0 && strcmp(talk->argv[last], "-Plugin") == 0;
    struct kb_json_writer json;
    enum kb_err rc = kb_options_parse(
        is_plugin ? last : 0, talk->argv, options, KB_COUNT(options), false, &operands, err);

    if (!rc && (!is_plugin || operands > 0))
        rc = refuse_words(talk, err);
    if (!rc)
        rc = kb_proto_set_profile(&talk->request, profile, err);
    if (rc)
        return rc;
    talk->request.form = FORM_TALKING;
    json = open_message(&talk->reply, OUR_ID, "Request", "Handshake");
    kb_json_string_member(&json, "ProtocolVersion", "2.0.0");
    kb_json_string_member(&json, "MinimumProtocolVersion", "1.0.0");
    close_message(&json);
    *ret = KB_TURN_ANSWERED;
    return KB_OK;
}

static void nuget_decline(const struct kb_request *request, struct kb_reply *reply)
{
    struct kb_json_writer json = open_message(reply, request->echoed, "Response", CREDENTIALS);

    put_code(&json, "Error");
    close_message(&json);
}

/* An address that we cannot read is not ours. */
static enum kb_turn take_credentials(struct kb_talk *talk, const struct json_object *payload)
{
    const char *uri = kb_json_string(payload, "Uri");

    talk->request.distrusted = json_object_get_boolean(kb_json_member(payload, "IsRetry"));
    if (uri && !kb_proto_set_url(&talk->request, uri, NULL))
        return KB_TURN_REQUEST;
    nuget_decline(&talk->request, &talk->reply);
    return KB_TURN_ANSWERED;
}

static enum kb_turn take_request(
    struct kb_talk *talk, const char *method, const struct json_object *payload)
{
    if (strcmp(method, "Close") == 0)
        return KB_TURN_END;
    if (strcmp(method, CREDENTIALS) == 0)
        return take_credentials(talk, payload);
    answer_method(talk, method, payload);
    return KB_TURN_ANSWERED;
}

static enum kb_err nuget_parse(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    static const char *const wanted[] = {
        "RequestId", "Type", "Method", "Uri", "ProtocolVersion", "MinimumProtocolVersion", NULL};
    KB_AUTO(kb_json_release) struct json_object *message = NULL;
    const char *id, *type, *method;

    kb_secret_member_blank(talk->in.data, talk->taken, wanted);
    if (kb_json_parse(talk->in.data, talk->taken, &message, NULL))
        return kb_fail(err, KB_ERR_USAGE, "the message is not a JSON object");
    id = kb_json_string(message, "RequestId");
    type = kb_json_string(message, "Type");
    method = kb_json_string(message, "Method");
    if (!id || !type || !method || !kb_text_is_visible(id, strlen(id), 1, ID_MAX))
        return kb_fail(err, KB_ERR_USAGE, "the message lacks its id, its type or its method");
    /* Our handshake was answered, or what we did already is not wanted any more. */
    *ret = strcmp(type, "Fault") == 0 ? KB_TURN_END : KB_TURN_MORE;
    if (strcmp(type, "Request") != 0)
        return KB_OK;
    memcpy(talk->request.echoed, id, strlen(id) + 1);
    *ret = take_request(talk, method, kb_json_member(message, "Payload"));
    return KB_OK;
}

/* --- answering -------------------------------------------------------------------------- */

static enum kb_err nuget_write(
    const struct kb_answer *answer, struct kb_reply *reply, struct kb_error *err)
{
    const char *username = NULL;
    struct kb_json_writer json;
    enum kb_err rc = kb_answer_check_token(answer, err);

    if (!rc)
        rc = kb_answer_username(answer, &username, err);
    if (rc)
        return rc;
    json = open_message(reply, answer->request->echoed, "Response", CREDENTIALS);
    put_code(&json, "Success");
    kb_json_string_member(&json, "Username", username);
    kb_json_name(&json, "Password");
    kb_json_put_secret(&json, "", &answer->token->value);
    kb_json_open_member(&json, "AuthenticationTypes", '[');
    kb_json_put_string(&json, "Basic");
    kb_json_close(&json);
    close_message(&json);
    return kb_answer_finish(reply, err);
}

/* NuGet needs us no more, if it is silent; a Fault is for what nobody could answer. */
static void nuget_refuse(
    const struct kb_request *request, const struct kb_error *why, struct kb_reply *reply)
{
    bool is_asked = request->echoed[0] != '\0';
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(2048);
    struct kb_json_writer json;

    if (!(request->form & FORM_TALKING)) {
        kb_reply_refuse(request, why, reply);
        return;
    }
    if (!is_asked && why->code == KB_ERR_TIMEOUT)
        return;
    kb_reply_put_sentence(why, &text);
    json = open_message(reply, is_asked ? request->echoed : OUR_ID, is_asked ? "Response" : "Fault",
        is_asked ? CREDENTIALS : "None");
    if (is_asked)
        put_code(&json, "NotFound");
    kb_json_string_member(&json, "Message", kb_buf_text(&text));
    close_message(&json);
}

const struct kb_proto kb_proto_nuget = {
    .details = "  --profile NAME      answer for this profile only\n"
               "\n"
               "Speaks with NuGet, a message a line. See nuget-plugin-keybearer(1).\n",
    .naming = {.before = "nuget-plugin-keybearer --profile ", .behind = " -Plugin"},
    .reads = "NuGet's messages",
    .has_no_show = true,
    .input_max = KB_INPUT_MAX,
    .idle_s = IDLE_S,
    .start = nuget_start,
    .feed = kb_feed_line,
    .parse = nuget_parse,
    .write = nuget_write,
    .decline = nuget_decline,
    .refuse = nuget_refuse,
};
