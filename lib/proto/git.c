/*
 * git's credential helper protocol (gitcredentials(7), git-credential(1)).
 *
 *   argv    [--profile NAME] [--show] get | store | erase | capability
 *   stdin   key=value lines, maybe an empty one, the end; key[]=value adds to a list,
 *           key[]= empties it; unknown keys are ignored
 *   stdout  such lines; nothing at all means "not mine, ask the next helper"
 *
 * Must never answer a request that does not name both protocol and host, that says one
 * thing twice, or that holds a byte which could be read as a line break: such a request
 * is ignored in silence, as if its host were not ours.
 */
#include "challenge.h"
#include "common.h"
#include "proto/lines.h"

#include "base/base64.h"
#include "base/error_text.h"

#include <sodium.h>
#include <string.h>
#include <strings.h>

/* "name:token". */
#define BASIC_MAX (KB_TOKEN_MAX + 512)

/* What a request says. The strings lie in the input buffer. */
struct attributes {
    const char *protocol;
    const char *host;
    const char *path;
    const char *username;
    const char *password;
    const char *credential;
    const char *authtype;
    bool takes_authtype; /* capability[]=authtype */
    bool is_challenged;  /* the server named its schemes in wwwauth[] */
    bool offers_bearer;  /* one of them is Bearer */
};

/* --- reading ------------------------------------------------------------------------ */

static void take_capability(struct attributes *a, const char *value)
{
    if (*value == '\0')
        a->takes_authtype = false;
    else if (strcmp(value, "authtype") == 0)
        a->takes_authtype = true;
}

static void take_challenge(struct attributes *a, const char *value)
{
    if (*value == '\0') {
        a->is_challenged = a->offers_bearer = false;
        return;
    }
    a->is_challenged = true;
    if (kb_challenge_names(value, "Bearer"))
        a->offers_bearer = true;
}

/* One of the keys that may stand once. */
static enum kb_err take_single(struct attributes *a, const char *line, struct kb_error *err)
{
    const struct {
        const char *key;
        const char **value;
    } singles[] = {
        {"protocol=", &a->protocol},
        {"host=", &a->host},
        {"path=", &a->path},
        {"username=", &a->username},
        {"password=", &a->password},
        {"credential=", &a->credential},
        {"authtype=", &a->authtype},
    };

    for (size_t i = 0; i < KB_COUNT(singles); i++) {
        const char *value = kb_proto_after_prefix(line, singles[i].key);

        if (!value)
            continue;
        if (*singles[i].value)
            return kb_fail(
                err, KB_ERR_USAGE, "%.*s is given twice", (int)strcspn(singles[i].key, "="), line);
        *singles[i].value = value;
        return KB_OK;
    }
    return KB_OK;
}

static enum kb_err take_line(struct attributes *a, const char *line, struct kb_error *err)
{
    const char *value;

    if (!strchr(line, '='))
        return kb_fail(err, KB_ERR_USAGE, "a line has no '='");
    if ((value = kb_proto_after_prefix(line, "capability[]=")))
        take_capability(a, value);
    else if ((value = kb_proto_after_prefix(line, "wwwauth[]=")))
        take_challenge(a, value);
    else
        return take_single(a, line, err);
    return KB_OK;
}

/* An empty line ends the request; whoever writes on behind it did not mean to end it there. */
static enum kb_err parse_attributes(
    struct kb_buf *input, struct attributes *ret, struct kb_error *err)
{
    struct kb_lines lines = kb_lines(input);
    bool ended = false;
    char *line;
    enum kb_err rc;

    while (!(rc = kb_lines_next(&lines, &line, err)) && line) {
        if (ended)
            return kb_fail(err, KB_ERR_USAGE, "the request continues after its end");
        if (!*line)
            ended = true;
        else if ((rc = take_line(ret, line, err)))
            break;
    }
    return rc;
}

/* --- attributes into a request --------------------------------------------------------- */

static enum kb_err set_address(
    struct kb_request *request, const struct attributes *a, struct kb_error *err)
{
    enum kb_err rc;

    if (!a->protocol || !a->host)
        return kb_fail(err, KB_ERR_USAGE, "protocol and host are both needed");
    rc = kb_url_from_parts(a->protocol, a->host, &request->url, err);
    request->lacks_path = !a->path;
    if (!rc && a->path)
        rc = kb_url_set_path(&request->url, a->path, err);
    request->has_url = true;
    if (kb_url_is_mail(&request->url))
        request->lacks_path = false;
    return rc;
}

/*
 * No token of ours was refused when the text can be no token. It must not be left empty
 * then, because an empty one stands for whichever is cached.
 */
static enum kb_err set_token(
    struct kb_request *request, const char *text, size_t len, struct kb_error *err)
{
    if (!kb_token_text_ok(text, len))
        return kb_fail(err, KB_ERR_USAGE, "the credential is not ours");
    return kb_secret_set(&request->presented, text, len, err);
}

/* What put_basic() wrote: the token follows the first colon. */
static enum kb_err set_basic(
    struct kb_request *request, const char *credential, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf pair = KB_BUF_INIT(BASIC_MAX);
    size_t len = strlen(credential), most = len / 4 * 3 + 3, got = 0;
    const char *colon = NULL;
    char *room;

    if (kb_buf_room(&pair, most, &room) == most &&
        !sodium_base642bin((unsigned char *)room, most, credential, len, NULL, &got, NULL,
            sodium_base64_VARIANT_ORIGINAL))
        kb_buf_took(&pair, got);
    if (pair.len > 0)
        colon = memchr(pair.data, ':', pair.len);
    if (!colon)
        return set_token(request, "", 0, err);
    return set_token(request, colon + 1, (size_t)(pair.data + pair.len - colon) - 1, err);
}

static enum kb_err set_rejected(
    struct kb_request *request, const struct attributes *a, struct kb_error *err)
{
    const char *text = a->credential ? a->credential : a->password;

    if (!text)
        return KB_OK;
    if (a->credential && a->authtype && strcasecmp(a->authtype, "Basic") == 0)
        return set_basic(request, a->credential, err);
    return set_token(request, text, strlen(text), err);
}

static enum kb_err fill_request(
    struct kb_request *request, const struct attributes *a, struct kb_error *err)
{
    enum kb_err rc = set_address(request, a, err);

    if (!rc)
        rc = kb_proto_set_username(request, a->username, err);
    if (!rc && request->op == KB_OP_ERASE)
        rc = set_rejected(request, a, err);
    /* git imap-send offers authtype, and can use nothing but a password. */
    request->takes_scheme = a->takes_authtype && !kb_url_is_mail(&request->url);
    request->wants_bearer = request->takes_scheme && (!a->is_challenged || a->offers_bearer);
    return rc;
}

static enum kb_err git_parse(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    struct attributes attributes = {0};
    enum kb_err rc = parse_attributes(&talk->in, &attributes, err);

    if (!rc)
        rc = fill_request(&talk->request, &attributes, err);
    if (!rc) /* whatever git wants stored: we keep nothing */
        *ret = talk->request.op == KB_OP_STORE ? KB_TURN_END : KB_TURN_REQUEST;
    return rc;
}

/* --- the command line ------------------------------------------------------------------ */

static const struct kb_action operations[] = {
    {"get", KB_TURN_MORE, KB_OP_GET, ""},
    {"store", KB_TURN_MORE, KB_OP_STORE, ""},
    {"erase", KB_TURN_MORE, KB_OP_ERASE, ""},
    {"capability", KB_TURN_ANSWERED, KB_OP_GET, "version 0\ncapability authtype\n"},
};

/* What git reads is an answer: so it is told as an error is. */
static const char usage[] =
    "git starts this: git-credential-keybearer [--profile NAME] [--show] get | store | erase";

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static enum kb_err git_start(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    int operands = 0;
    enum kb_err rc;

    if (talk->argc == 1 && is_help(talk->argv[0]))
        return kb_hinted(
            err, kb_fail(err, KB_ERR_USAGE, "%s", usage), "man git-credential-keybearer");
    rc = kb_proto_options(talk, &operands, err);
    if (rc)
        return rc;
    if (operands != 1) {
        kb_fail(err, KB_ERR_USAGE, "git names one operation: get, store, erase or capability");
        kb_hint(err, "git config --global credential.https://HOST.helper keybearer");
        if (operands == 2 && kb_action_find(operations, KB_COUNT(operations), talk->argv[1]))
            kb_proto_hint_naming(&talk->request, talk->argv[0], err);
        return err->code;
    }
    if (kb_talk_act(talk, operations, KB_COUNT(operations), talk->argv[0], ret))
        return KB_OK;
    if (talk->to_terminal) /* no git: it reads what we answer */
        return kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE, "git names one operation: get, store, erase or capability"),
            "to connect git: keybearer setup git");
    *ret = KB_TURN_END; /* an operation of a later git: to be ignored */
    return KB_OK;
}

/* --- answering --------------------------------------------------------------------------- */

static void put_token(struct kb_buf *out, const char *key, const struct kb_token *token)
{
    kb_buf_str(out, key);
    kb_secret_append(&token->value, out);
    kb_buf_byte(out, '\n');
}

/* git keeps an ephemeral credential from its other helpers, and would not a name and password. */
static enum kb_err put_basic(
    struct kb_buf *out, const char *username, const struct kb_token *token, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf pair = KB_BUF_INIT(BASIC_MAX);

    kb_buf_fmt(&pair, "%s:", username);
    kb_secret_append(&token->value, &pair);
    kb_buf_str(out, "capability[]=authtype\nauthtype=Basic\ncredential=");
    kb_base64_encode(out, pair.data, pair.len);
    kb_buf_str(out, "\nephemeral=1\n");
    return kb_buf_check(&pair, "the credential", err);
}

/* The account of a mail server is the one that git names: our name must not take its place. */
static void put_password(struct kb_buf *out, const struct kb_answer *answer, const char *username)
{
    const struct kb_request *request = answer->request;

    if (!kb_url_is_mail(&request->url) || !request->username[0])
        kb_buf_fmt(out, "username=%s\n", username);
    put_token(out, "password=", answer->token);
}

static enum kb_err git_write(
    const struct kb_answer *answer, struct kb_reply *reply, struct kb_error *err)
{
    struct kb_buf *out = &reply->out;
    const char *username = NULL;
    int64_t expiry = kb_token_printed_expiry(answer->token, answer->route->min_ttl, answer->now);
    bool bearer = answer->request->wants_bearer;
    enum kb_err rc = kb_answer_check_token(answer, err);

    if (!rc && !bearer)
        rc = kb_answer_username(answer, &username, err);
    if (!rc && !bearer && answer->request->takes_scheme)
        rc = put_basic(out, username, answer->token, err);
    if (rc)
        return rc;
    if (bearer) {
        kb_buf_str(out, "capability[]=authtype\nauthtype=Bearer\n");
        put_token(out, "credential=", answer->token);
        kb_buf_str(out, "ephemeral=1\n");
    } else if (!answer->request->takes_scheme) {
        put_password(out, answer, username);
    }
    if (expiry > 0)
        kb_buf_fmt(out, "password_expiry_utc=%lld\n", (long long)expiry);
    return kb_answer_finish(reply, err);
}

/* Silence, but where a profile waits for a path that git was not told to give. */
static void git_decline(const struct kb_request *request, struct kb_reply *reply)
{
    if (request->op == KB_OP_GET)
        kb_reply_hint_path(request, reply);
}

/*
 * quit=1 keeps git from asking a person for the password of a host that is ours. Where we
 * could not find out whose it is (a broken configuration, a wrong command line), other
 * helpers may go on. git does not look at the status; a person who mistypes the command does.
 */
static void git_refuse(
    const struct kb_request *request, const struct kb_error *why, struct kb_reply *reply)
{
    kb_error_append(why, &reply->note);
    if (request->op == KB_OP_GET && reply->ours)
        kb_buf_str(&reply->out, "quit=1\n");
    if (why->code == KB_ERR_USAGE)
        reply->status = KB_ERR_USAGE;
}

const struct kb_proto kb_proto_git = {
    .details = "  --profile NAME      answer for this profile only\n"
               "  --show              print the answer to a terminal, too\n"
               "\n"
               "OPERATION is get, store, erase or capability. See git-credential-keybearer(1).\n",
    .naming = {.before = "git config credential.https://HOST.helper 'keybearer --profile ",
        .behind = "'",
        .by_user = true},
    .reads = "lines such as protocol=https and host=HOST",
    .input_max = KB_INPUT_MAX,
    .idle_s = KB_IDLE_S,
    .skips_nonsense = true,
    .start = git_start,
    .feed = kb_feed_once,
    .parse = git_parse,
    .write = git_write,
    .decline = git_decline,
    .refuse = git_refuse,
};
