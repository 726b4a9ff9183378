/*
 * The credentials helper protocol of Terraform and OpenTofu.
 *
 *   argv     [--profile NAME] [--show] get | store | forget, and a host, maybe with a port
 *   stdin    store only: {"token": "..."}
 *   stdout   get: {"token": "..."}, or {} for a host that is not ours; else nothing
 *   errors   stderr and the status; stdout stays empty. terraform hides those of get
 *
 * A host stands for https and for all that is at it. So a profile that serves a part of it only is
 * none of its, and one that serves the rest of it only must be named. Must never keep what `store`
 * brings, nor hand it to json-c.
 */
#include "common.h"
#include "proto/lines.h"

#include "base/error_text.h"
#include "base/json.h"
#include "base/json_write.h"

#include <json-c/json.h>
#include <string.h>

static void terraform_decline(const struct kb_request *request, struct kb_reply *reply)
{
    struct kb_error why = KB_ERROR_INIT;

    if (request->op == KB_OP_GET) {
        /* Not ours is no failure; terraform shows what stands beside an answer to nobody. */
        kb_buf_str(&reply->out, "{}\n");
        if (request->has_url)
            kb_reply_decline(request, reply);
        reply->status = 0;
    }
    if (request->op != KB_OP_STORE)
        return;
    kb_proto_no_login(request, NULL, &why);
    kb_reply_refuse(request, &why, reply);
}

static const struct kb_action verbs[] = {
    {"get", KB_TURN_REQUEST, KB_OP_GET, ""},
    {"store", KB_TURN_MORE, KB_OP_STORE, ""},
    {"forget", KB_TURN_REQUEST, KB_OP_ERASE, ""},
};

/* TEXT may be the address of one, and may hold a password. */
static void say_no_host(const char *text, struct kb_reply *reply)
{
    KB_AUTO(kb_buf_clear) struct kb_buf host = KB_BUF_INIT(KB_URL_ORIGIN_MAX);
    struct kb_error why = KB_ERROR_INIT;
    struct kb_url url;

    if (kb_url_parse(text, strlen(text), &url, NULL))
        kb_buf_str(&host, "HOST");
    else
        kb_url_append_authority(&url, &host);
    kb_fail(&why, KB_ERR_USAGE, "terraform names a host, and maybe a port");
    kb_hint(&why, "terraform-credentials-keybearer get %s", kb_buf_text(&host));
    kb_error_append(&why, &reply->note);
}

/* What can be no host of ours is declined; but first terraform wants to get rid of its token. */
static enum kb_turn set_host(struct kb_talk *talk, const char *host, enum kb_turn turn)
{
    struct kb_request *request = &talk->request;

    request->has_url = !kb_url_from_parts("https", host, &request->url, NULL);
    if (request->has_url || turn == KB_TURN_MORE)
        return turn;
    terraform_decline(request, &talk->reply);
    if (request->op == KB_OP_GET)
        say_no_host(host, &talk->reply);
    return KB_TURN_ANSWERED;
}

static enum kb_err terraform_start(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    enum kb_turn turn;
    int operands = 0;
    enum kb_err rc = kb_proto_options(talk, &operands, err);

    if (rc)
        return rc;
    if (operands != 2 || !kb_talk_act(talk, verbs, KB_COUNT(verbs), talk->argv[0], &turn)) {
        kb_fail(err, KB_ERR_USAGE, "terraform names get, store or forget, and then a host");
        kb_hint(err, "terraform-credentials-keybearer get HOST");
        if (operands == 3 && kb_action_find(verbs, KB_COUNT(verbs), talk->argv[1]))
            kb_proto_hint_naming(&talk->request, talk->argv[0], err);
        return err->code;
    }
    *ret = set_host(talk, talk->argv[1], turn);
    return KB_OK;
}

/* Terraform's rule: what is not understood is refused, not dropped. */
static bool is_token_alone(const struct json_object *object)
{
    return json_object_object_length(object) == 1 && kb_json_string(object, "token");
}

static enum kb_err terraform_parse(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    static const char *const nothing[] = {NULL};
    KB_AUTO(kb_json_release) struct json_object *object = NULL;
    enum kb_err rc = kb_secret_member_take(
        talk->in.data, talk->in.len, "token", "", &talk->request.presented, err);

    kb_secret_member_blank(talk->in.data, talk->in.len, nothing);
    if (!rc && (kb_json_parse(kb_buf_text(&talk->in), talk->in.len, &object, NULL) ||
                   !is_token_alone(object)))
        rc = kb_fail(err, KB_ERR_USAGE, "what is to be stored is not {\"token\": \"...\"}");
    if (rc)
        return rc;
    *ret = KB_TURN_REQUEST;
    if (talk->request.has_url)
        return KB_OK;
    terraform_decline(&talk->request, &talk->reply);
    *ret = KB_TURN_ANSWERED;
    return KB_OK;
}

static enum kb_err check_host(const struct kb_answer *answer, struct kb_error *err)
{
    const char *profile = answer->route->profile;

    if (answer->route->covers_host)
        return KB_OK;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_CONFIG,
            "terraform would send the token of profile %s to all of %s, and another profile has a "
            "part of it",
            profile, answer->request->url.host),
        "in ~/.terraformrc: credentials_helper \"keybearer\" { args = [\"--profile=%s\"] }",
        profile);
}

static enum kb_err terraform_write(
    const struct kb_answer *answer, struct kb_reply *reply, struct kb_error *err)
{
    struct kb_json_writer json = kb_json_writer(&reply->out, 0);
    enum kb_err rc = kb_answer_check_token(answer, err);

    if (!rc)
        rc = check_host(answer, err);
    if (rc)
        return rc;
    kb_json_open(&json, '{');
    kb_json_name(&json, "token");
    kb_json_put_secret(&json, "", &answer->token->value);
    kb_json_close(&json);
    kb_buf_byte(&reply->out, '\n');
    return kb_answer_finish(reply, err);
}

const struct kb_proto kb_proto_terraform = {
    .details = "  --profile NAME      answer for this profile only\n"
               "  --show              print the answer to a terminal, too\n"
               "\n"
               "VERB is get, store or forget. See terraform-credentials-keybearer(1).\n",
    .naming = {.before = "keybearer terraform --profile ", .behind = " get HOST"},
    .input_max = KB_INPUT_MAX,
    .idle_s = KB_IDLE_S,
    .start = terraform_start,
    .feed = kb_feed_object,
    .parse = terraform_parse,
    .write = terraform_write,
    .decline = terraform_decline,
    .refuse = kb_reply_refuse,
};
