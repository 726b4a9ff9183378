/*
 * Executables of Google's external accounts (workload identity federation).
 *
 *   argv     [--show] [PROFILE]
 *   env      GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE: as what the token is to be given;
 *            _INTERACTIVE or _REVOKE = 1: the client reads no answer from stdout
 *   stdout   {"version":1,"success":true,"token_type":...,"id_token":TOKEN,
 *            "expiration_time":SECONDS}, or {"version":1,"success":false,"code":...,
 *            "message":...}, with status 0
 *
 * The client reads stderr as part of stdout, and quotes all of it where the status is not 0: must
 * write nothing there but where it reads neither. Must never read stdin, nor write the file of
 * GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE: a token on a disk would outlive its use, and the client
 * asks again where there is no such file.
 */
#include "common.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOKEN_TYPE "urn:ietf:params:oauth:token-type:"

/* Where the answer is one of JSON, request.form is the index of the token's type. */
static const char *const types[] = {TOKEN_TYPE "jwt", TOKEN_TYPE "id_token"};
enum { FORM_TEXT = KB_COUNT(types) }; /* stdout is the person's terminal, or not looked at */

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);

    return value && strcmp(value, "1") == 0;
}

static enum kb_err set_type(struct kb_request *request, const char *text, struct kb_error *err)
{
    for (unsigned i = 0; i < KB_COUNT(types); i++) {
        request->form = i;
        if (!text || strcmp(text, types[i]) == 0)
            return KB_OK;
    }
    return kb_fail(err, KB_ERR_USAGE,
        "a token of type %s is wanted, and ours are given as %s or %s", text, types[0], types[1]);
}

static enum kb_err google_start(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    struct kb_request *request = &talk->request;
    const struct kb_option options[] = {{.name = "show", .flag = &request->terminal_ok}};
    enum kb_err rc;

    *ret = KB_TURN_REQUEST;
    if (is_set("GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE") || is_set("GOOGLE_EXTERNAL_ACCOUNT_REVOKE")) {
        request->form = FORM_TEXT;
        return kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE,
                "the interactive mode wants the token in a file, and keybearer writes none"),
            "leave interactive_timeout_millis out of the credential configuration");
    }
    rc = kb_proto_set_subject(talk, options, KB_COUNT(options), false, err);
    return rc ? rc : set_type(request, getenv("GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE"), err);
}

static void open_answer(struct kb_json_writer *json, bool success)
{
    kb_json_open(json, '{');
    kb_json_int_member(json, "version", 1);
    kb_json_bool_member(json, "success", success);
}

static enum kb_err google_write(
    const struct kb_answer *answer, struct kb_reply *reply, struct kb_error *err)
{
    struct kb_json_writer json = kb_json_writer(&reply->out, 0);
    int64_t expiry = kb_token_printed_expiry(answer->token, answer->route->min_ttl, answer->now);
    enum kb_err rc = kb_answer_check_token(answer, err);

    if (rc)
        return rc;
    open_answer(&json, true);
    kb_json_string_member(&json, "token_type", types[answer->request->form]);
    kb_json_name(&json, "id_token");
    kb_json_put_secret(&json, "", &answer->token->value);
    if (expiry > 0)
        kb_json_int_member(&json, "expiration_time", expiry);
    kb_json_close(&json);
    kb_buf_byte(&reply->out, '\n');
    return kb_answer_finish(reply, err);
}

static void google_refuse(
    const struct kb_request *request, const struct kb_error *why, struct kb_reply *reply)
{
    struct kb_json_writer json = kb_json_writer(&reply->out, 0);
    KB_AUTO(kb_buf_clear) struct kb_buf message = KB_BUF_INIT(sizeof(*why));
    char code[16];

    if (request->form == FORM_TEXT) {
        kb_reply_refuse(request, why, reply);
        return;
    }
    kb_reply_put_sentence(why, &message);
    (void)snprintf(code, sizeof(code), "%d", (int)why->code);
    open_answer(&json, false);
    kb_json_string_member(&json, "code", code);
    kb_json_string_member(&json, "message", kb_buf_text(&message));
    kb_json_close(&json);
    kb_buf_byte(&reply->out, '\n');
}

/* Never called today: a request without an address is always somebody's. */
static void google_decline(const struct kb_request *request, struct kb_reply *reply)
{
    struct kb_error why = KB_ERROR_INIT;

    kb_fail(&why, KB_ERR_NOT_FOUND, "no profile serves the request");
    google_refuse(request, &why, reply);
}

const struct kb_proto kb_proto_google = {
    .details = "  --show              print the answer to a terminal, too\n"
               "\n"
               "Without PROFILE, there must be only one profile. Errors are JSON on standard\n"
               "output, with status 0. See keybearer-google(1).\n",
    .naming = {.before = "keybearer google ", .behind = ""},
    .start = google_start,
    .feed = kb_feed_once,
    .write = google_write,
    .decline = google_decline,
    .refuse = google_refuse,
};
