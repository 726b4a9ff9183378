/*
 * The command line of Python's `keyring`, as pip and uv start it.
 *
 *   argv     [--mode password|creds] [--output plain|json] [--profile NAME] [--show]
 *            get SERVICE [USER]; options may stand anywhere
 *   stdout   plain: the token, with --mode creds the user name in a line before it;
 *            json: {"username": NAME, "password": TOKEN}, of which only creds has the name
 *   errors   stderr and the status; stdout stays empty
 *
 * Our link hides another program of that name, so all that is not ours is that program's: other
 * services, other commands, other options. Where there is none, an unknown service is status 1
 * and silence. Must never read stdin, where `set` has a person's password for that program.
 */
#include "common.h"

#include "base/json_write.h"
#include "base/options.h"

#include <string.h>

#define OTHER "keyring"

enum { WORDS_MAX = 16 };

/* Bits of request.form. */
enum {
    FORM_CREDS = 1, /* the user name, too */
    FORM_JSON = 2,
};

/* --- reading ------------------------------------------------------------------------------ */

static enum kb_err choose(const char *option, const char *value, const char *usual,
    const char *other, unsigned bit, struct kb_request *request, struct kb_error *err)
{
    if (!value || strcmp(value, usual) == 0)
        return KB_OK;
    if (strcmp(value, other) != 0)
        return kb_fail(err, KB_ERR_USAGE, "--%s is %s or %s, not %s", option, usual, other, value);
    request->form |= bit;
    return KB_OK;
}

/* A URL; or its host and port, which callers try next: then for the whole host. */
static enum kb_err set_address(
    struct kb_request *request, const char *service, struct kb_error *err)
{
    if (strstr(service, "://"))
        return kb_proto_set_url(request, service, err);
    request->has_url = request->any_scheme = true;
    return kb_url_from_parts("https", service, &request->url, err);
}

static void leave(const struct kb_request *request, struct kb_reply *reply)
{
    /* Whoever names a profile wants no other program's answer. */
    if (!request->profile[0])
        reply->pass_on = OTHER;
    reply->status = KB_ERR_FAILED;
}

/* What is no address, or no user name, is none of ours. */
static enum kb_err set_service(struct kb_talk *talk, const char *service, const char *username,
    enum kb_turn *ret, struct kb_error *err)
{
    struct kb_request *request = &talk->request;
    enum kb_err rc = set_address(request, service, err);

    *ret = KB_TURN_REQUEST;
    if (!rc)
        rc = kb_proto_set_username(request, username, err);
    if (!rc || request->profile[0])
        return rc;
    leave(request, &talk->reply);
    *ret = KB_TURN_ANSWERED;
    return KB_OK;
}

static enum kb_err read_operands(
    struct kb_talk *talk, int count, char *const words[], enum kb_turn *ret, struct kb_error *err)
{
    int needed = talk->request.form & FORM_CREDS ? 2 : 3;

    if (count > 0 && strcmp(words[0], "get") != 0)
        return kb_hinted(err,
            kb_fail(
                err, KB_ERR_USAGE, "keybearer keeps no logins, and no other keyring is in PATH"),
            "install Python's keyring for: keyring %s", words[0]);
    if (count < needed || count > 3)
        return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "get needs a service and a user name"),
            "keyring get https://HOST/PATH USER");
    return set_service(talk, words[1], count > 2 ? words[2] : NULL, ret, err);
}

static enum kb_err keyring_start(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    struct kb_request *request = &talk->request;
    const char *mode = NULL, *output = NULL, *profile = NULL;
    const struct kb_option options[] = {
        {.name = "mode", .value = &mode},
        {.name = "output", .value = &output},
        {.name = "profile", .value = &profile},
        {.name = "show", .flag = &request->terminal_ok},
    };
    char *words[WORDS_MAX] = {NULL}; /* a copy: the other program gets them as they stand */
    int count = 0;
    enum kb_err rc;

    if (talk->argc > WORDS_MAX)
        return kb_fail(err, KB_ERR_USAGE, "there are more than %d words", WORDS_MAX);
    for (int i = 0; i < talk->argc; i++)
        words[i] = talk->argv[i];
    rc = kb_options_parse(talk->argc, words, options, KB_COUNT(options), false, &count, err);
    if (!rc)
        rc = kb_proto_set_profile(request, profile, err);
    if (!rc)
        rc = choose("mode", mode, "password", "creds", FORM_CREDS, request, err);
    if (!rc)
        rc = choose("output", output, "plain", "json", FORM_JSON, request, err);
    return rc ? rc : read_operands(talk, count, words, ret, err);
}

/* --- answering ---------------------------------------------------------------------------- */

static void put_json(struct kb_buf *out, const char *username, const struct kb_secret *token)
{
    struct kb_json_writer json = kb_json_writer(out, 0);

    kb_json_open(&json, '{');
    if (username)
        kb_json_string_member(&json, "username", username);
    kb_json_name(&json, "password");
    kb_json_put_secret(&json, "", token);
    kb_json_close(&json);
}

static enum kb_err keyring_write(
    const struct kb_answer *answer, struct kb_reply *reply, struct kb_error *err)
{
    unsigned form = answer->request->form;
    const char *username = NULL;
    enum kb_err rc = kb_answer_check_token(answer, err);

    if (!rc && (form & FORM_CREDS))
        rc = kb_answer_username(answer, &username, err);
    if (rc)
        return rc;
    if (form & FORM_JSON) {
        put_json(&reply->out, username, &answer->token->value);
    } else {
        if (username)
            kb_buf_fmt(&reply->out, "%s\n", username);
        kb_secret_append(&answer->token->value, &reply->out);
    }
    kb_buf_byte(&reply->out, '\n');
    return kb_answer_finish(reply, err);
}

static void keyring_decline(const struct kb_request *request, struct kb_reply *reply)
{
    if (request->profile[0])
        kb_reply_decline(request, reply);
    else
        leave(request, reply);
}

/*
 * A command line that we do not know may be the other program's. So may a service of which we could
 * not find out whose it is, because of a broken configuration.
 */
static void keyring_refuse(
    const struct kb_request *request, const struct kb_error *why, struct kb_reply *reply)
{
    if (!reply->ours)
        leave(request, reply);
    kb_reply_refuse(request, why, reply);
}

const struct kb_proto kb_proto_keyring = {
    .details = "  --mode MODE         password: print the token; creds: the user name, too\n"
               "  --output FORM       plain or json\n"
               "  --profile NAME      answer for this profile only\n"
               "  --show              print the answer to a terminal, too\n"
               "\n"
               "SERVICE is a URL, or a host and maybe a port. USER is needed with password.\n"
               "See keybearer-keyring(1).\n",
    .naming = {.before = "keyring --profile ", .behind = " get SERVICE USER"},
    .start = keyring_start,
    .feed = kb_feed_once,
    .write = keyring_write,
    .decline = keyring_decline,
    .refuse = keyring_refuse,
};
