/*
 * The token helper of HashiCorp Vault and of OpenBao.
 *
 *   argv     [--profile NAME] [--show] get | store | erase
 *   name     keybearer-vault-PROFILE, for versions that pass the operation alone
 *   env      VAULT_ADDR, or BAO_ADDR where that is not set: the server; VAULT_AGENT_ADDR and
 *            BAO_AGENT_ADDR: an agent, which gets the token in its place
 *   stdin    store: a token, to the end
 *   stdout   get: the token with no line end; nothing where it is not ours
 *   errors   stderr, which is shown with a status that is not 0; stdout stays empty
 *
 * Not ours is no failure of `get` and `erase`: the program then goes on without a token. Must
 * never keep what `store` brings, which is a person's login, nor read stdin for the others.
 */
#include "common.h"
#include "proto/lines.h"

#include <stdlib.h>
#include <string.h>

static const struct kb_action operations[] = {
    {"get", KB_TURN_REQUEST, KB_OP_GET, ""},
    {"store", KB_TURN_MORE, KB_OP_STORE, ""},
    {"erase", KB_TURN_REQUEST, KB_OP_ERASE, ""},
};

/* The program shows nothing of what does not fail: for who tries it by hand. */
static void say_why(const struct kb_request *request, struct kb_reply *reply)
{
    if (!request->profile[0])
        return;
    if (request->also_count == 0)
        kb_reply_decline(request, reply);
    else
        kb_buf_fmt(&reply->note,
            "keybearer: error: profile %s does not serve both %s and its agent\n"
            "keybearer: hint: keybearer show %s\n",
            request->profile, request->url.host, request->profile);
    reply->status = 0;
}

static void vault_decline(const struct kb_request *request, struct kb_reply *reply)
{
    struct kb_error why = KB_ERROR_INIT;

    if (request->op == KB_OP_GET)
        say_why(request, reply);
    if (request->op != KB_OP_STORE)
        return;
    kb_proto_no_login(request, NULL, &why);
    kb_hint(&why, "log in with another token_helper, or set VAULT_TOKEN");
    kb_reply_refuse(request, &why, reply);
}

/* --- reading ------------------------------------------------------------------------------ */

static const char *unless_empty(const char *value)
{
    return value && *value ? value : NULL;
}

/*
 * Where the token may go. OpenBao sets both names of the server to the same; Vault knows the first,
 * and may find the other in its environment. Which agent counts is for the program to say, and not
 * every version has one, so all must be ours. What cannot be read is not.
 */
static enum kb_err set_addresses(struct kb_request *request, struct kb_error *err)
{
    const char *vault = unless_empty(getenv("VAULT_ADDR"));
    const char *const addresses[] = {
        vault ? vault : unless_empty(getenv("BAO_ADDR")),
        unless_empty(getenv("VAULT_AGENT_ADDR")),
        unless_empty(getenv("BAO_AGENT_ADDR")),
    };
    enum kb_err rc = KB_OK;

    for (size_t i = 0; !rc && i < KB_COUNT(addresses); i++) {
        if (addresses[i] && !request->has_url)
            rc = kb_proto_set_url(request, addresses[i], err);
        else if (addresses[i])
            rc = kb_url_parse(addresses[i], kb_proto_deciding_len(addresses[i]),
                &request->also[request->also_count++], err);
    }
    return rc;
}

/* WHY an address is nobody's; the front puts that into its log. */
static void decline_unread(struct kb_talk *talk, struct kb_error *why)
{
    if (talk->request.op != KB_OP_GET) {
        vault_decline(&talk->request, &talk->reply);
    } else if (talk->request.profile[0]) {
        kb_hint(why, "VAULT_ADDR, BAO_ADDR and those of agents are such as https://HOST:8200");
        kb_reply_refuse(&talk->request, why, &talk->reply);
        talk->reply.status = 0;
    }
}

/* *RET: what is to be done with OPERATION. */
static enum kb_err set_operation(
    struct kb_talk *talk, const char *operation, enum kb_turn *ret, struct kb_error *err)
{
    if (!operation || !kb_talk_act(talk, operations, KB_COUNT(operations), operation, ret))
        return kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE, "a token helper is told one operation: get, store or erase"),
            "%s%s get", talk->profile ? "keybearer-vault-" : "keybearer vault",
            talk->profile ? talk->profile : "");
    if (set_addresses(&talk->request, err)) {
        decline_unread(talk, err);
        *ret = KB_TURN_ANSWERED;
    }
    return KB_OK;
}

/* One of two words may be the operation. */
static void hint_profile(const struct kb_talk *talk, struct kb_error *err)
{
    bool is_first = kb_action_find(operations, KB_COUNT(operations), talk->argv[0]);
    bool is_second = kb_action_find(operations, KB_COUNT(operations), talk->argv[1]);

    if (is_first != is_second)
        kb_proto_hint_naming(&talk->request, talk->argv[is_first ? 1 : 0], err);
}

static enum kb_err vault_start(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    int operands = 0;
    enum kb_err rc = kb_proto_options(talk, &operands, err);

    if (!rc)
        rc = kb_proto_set_profile_of_link(talk, err);
    if (!rc)
        rc = set_operation(talk, operands == 1 ? talk->argv[0] : NULL, ret, err);
    if (rc && operands == 2)
        hint_profile(talk, err);
    return rc;
}

/* What can be no token stays empty, and is nobody's. */
static enum kb_err vault_parse(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    size_t len = talk->in.len;

    *ret = KB_TURN_REQUEST;
    if (len > 0 && talk->in.data[len - 1] == '\n') /* a person tries it by hand */
        len--;
    if (!kb_token_text_ok(kb_buf_text(&talk->in), len))
        return KB_OK;
    return kb_secret_set(&talk->request.presented, talk->in.data, len, err);
}

/* --- answering ---------------------------------------------------------------------------- */

static enum kb_err vault_write(
    const struct kb_answer *answer, struct kb_reply *reply, struct kb_error *err)
{
    return kb_answer_write_token(answer, "", "", reply, err);
}

const struct kb_proto kb_proto_vault = {
    .details = "  --profile NAME      answer for this profile only\n"
               "  --show              print the answer to a terminal, too\n"
               "\n"
               "OPERATION is get, store or erase. VAULT_ADDR or BAO_ADDR chooses the profile.\n"
               "See keybearer-vault(1).\n",
    .naming = {.before = "keybearer vault --profile ", .behind = " get"},
    .input_max = KB_INPUT_MAX,
    .idle_s = KB_IDLE_S,
    .start = vault_start,
    .feed = kb_feed_once,
    .parse = vault_parse,
    .write = vault_write,
    .decline = vault_decline,
    .refuse = kb_reply_refuse,
};
