/*
 * Docker's credential helper protocol, as docker, podman, skopeo, crane and oras speak it.
 *
 *   argv     get | store | erase | list | version, and nothing else
 *   stdin    get, erase: an address; store: {"ServerURL","Username","Secret"}
 *   stdout   get: {"ServerURL","Username","Secret"}; list: {ADDRESS: USER, ...};
 *            every error, as one line, with status 1
 *
 * An address is host[:port], maybe with a scheme before and a path behind it. The path and
 * https:// are dropped, because clients add them at will; http:// asks for a registry without
 * encryption, and is answered for one only. The three fixed texts below are compared by
 * the clients byte for byte. Must never keep, or hand to json-c, what `store` brings: it
 * may be a person's password. It is only compared with our own token.
 */
#include "common.h"
#include "proto/lines.h"

#include "base/json.h"
#include "base/json_write.h"
#include "base/strings.h"
#include "core/registry.h"

#include <string.h>
#include <strings.h>

#define PROGRAM "docker-credential-keybearer"

static const char not_found[] = "credentials not found in native keychain\n";
static const char no_server_url[] = "no credentials server URL\n";
static const char no_username[] = "no credentials username\n";
static const char version[] = PROGRAM " (keybearer) v" KB_VERSION "\n";
static const char usage[] = "usage: " PROGRAM " <get|store|erase|list|version>\n";

static void fail_with(struct kb_reply *reply, const char *text)
{
    kb_buf_str(&reply->out, text);
    reply->status = KB_ERR_FAILED;
}

/* The client shows stdout to the person, and stderr several times a command. */
static void docker_refuse(
    const struct kb_request *request, const struct kb_error *why, struct kb_reply *reply)
{
    (void)request;
    kb_buf_str(&reply->out, "keybearer: ");
    kb_reply_put_sentence(why, &reply->out);
    kb_buf_byte(&reply->out, '\n');
    reply->status = KB_ERR_FAILED;
}

static void docker_decline(const struct kb_request *request, struct kb_reply *reply)
{
    struct kb_error why = KB_ERROR_INIT;

    if (request->op == KB_OP_GET)
        fail_with(reply, not_found);
    /* A client that is told of no failure says "Login Succeeded", and does not try its next one. */
    if (request->op == KB_OP_STORE) {
        kb_proto_no_login(request, NULL, &why);
        docker_refuse(request, &why, reply);
    }
}

/* --- addresses ------------------------------------------------------------------------ */

/* `docker login` without a host keeps tokens of its own under these names. */
static bool is_docker_own(const char *path)
{
    return strcmp(path, "/v1/access-token") == 0 || strcmp(path, "/v1/refresh-token") == 0;
}

/* Whether *TEXT begins with SCHEME, in any case; then it is moved behind it. */
static bool skip_scheme(const char *scheme, const char **text)
{
    if (strncasecmp(*text, scheme, strlen(scheme)) != 0)
        return false;
    *text += strlen(scheme);
    return true;
}

/* False: the address can be none of ours; ERR may say why. */
static bool parse_address(
    const char *text, size_t len, struct kb_request *request, struct kb_error *err)
{
    char authority[sizeof(request->url.host) + sizeof("[]:65535")];
    const char *start = request->echoed, *path;
    bool http;
    size_t authority_len;

    if (!kb_text_is_visible(text, len, 1, sizeof(request->echoed) - 1))
        return false;
    memcpy(request->echoed, text, len);
    request->echoed[len] = '\0';
    http = skip_scheme("http://", &start);
    /* Clients put it before any host, so it says no more than no scheme does. */
    if (!http)
        skip_scheme("https://", &start);
    path = start + strcspn(start, "/");
    authority_len = (size_t)(path - start);
    if (is_docker_own(path) || authority_len >= sizeof(authority))
        return false;
    memcpy(authority, start, authority_len);
    authority[authority_len] = '\0';
    request->has_url = request->any_path = true;
    request->any_scheme = !http;
    return !kb_url_from_parts(http ? "http" : "https", authority, &request->url, err);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static enum kb_turn set_address(
    struct kb_talk *talk, const char *text, size_t len, struct kb_error *err)
{
    while (len > 0 && is_blank(text[len - 1]))
        len--;
    while (len > 0 && is_blank(*text)) {
        text++;
        len--;
    }
    if (len > 0 && parse_address(text, len, &talk->request, err))
        return KB_TURN_REQUEST;
    if (len == 0)
        fail_with(&talk->reply, no_server_url);
    else /* no profile can match it */
        docker_decline(&talk->request, &talk->reply);
    return KB_TURN_ANSWERED;
}

/* --- the actions ------------------------------------------------------------------------ */

static enum kb_err parse_store(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    static const char *const wanted[] = {"ServerURL", "Username", NULL};
    KB_AUTO(kb_json_release) struct json_object *object = NULL;
    const char *url, *username;
    enum kb_err rc = kb_secret_member_take(
        talk->in.data, talk->in.len, "Secret", "", &talk->request.presented, err);

    if (rc)
        return rc;
    kb_secret_member_blank(talk->in.data, talk->in.len, wanted);
    if (kb_json_parse(kb_buf_text(&talk->in), talk->in.len, &object, NULL))
        return kb_fail(err, KB_ERR_USAGE, "what is to be stored is not a JSON object");
    url = kb_json_string(object, "ServerURL");
    username = kb_json_string(object, "Username");
    *ret = KB_TURN_ANSWERED;
    if (!url || !*url)
        fail_with(&talk->reply, no_server_url);
    else if (!username || !*username)
        fail_with(&talk->reply, no_username);
    else
        *ret = set_address(talk, url, strlen(url), err);
    return KB_OK;
}

static enum kb_err docker_parse(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    if (talk->request.op == KB_OP_STORE)
        return parse_store(talk, ret, err);
    *ret = set_address(talk, kb_buf_text(&talk->in), talk->in.len, err);
    return KB_OK;
}

static enum kb_err docker_feed(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    return talk->request.op == KB_OP_STORE ? kb_feed_object(talk, ret, err)
                                           : kb_feed_once(talk, ret, err);
}

static const struct kb_action actions[] = {
    {"get", KB_TURN_MORE, KB_OP_GET, ""},
    {"store", KB_TURN_MORE, KB_OP_STORE, ""},
    {"erase", KB_TURN_MORE, KB_OP_ERASE, ""},
    /* Clients write the word "unused" here; it is left in the pipe. */
    {"list", KB_TURN_REQUEST, KB_OP_LIST, ""},
    {"version", KB_TURN_ANSWERED, KB_OP_GET, version},
    {"--version", KB_TURN_ANSWERED, KB_OP_GET, version},
    {"-v", KB_TURN_ANSWERED, KB_OP_GET, version},
    {"--help", KB_TURN_ANSWERED, KB_OP_GET, usage},
    {"-h", KB_TURN_ANSWERED, KB_OP_GET, usage},
};

static enum kb_err docker_start(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    struct kb_error unknown = KB_ERROR_INIT;

    (void)err;
    *ret = KB_TURN_ANSWERED;
    if (talk->argc != 1) {
        fail_with(&talk->reply, usage);
    } else if (!kb_talk_act(talk, actions, KB_COUNT(actions), talk->argv[0], ret)) {
        kb_fail(&unknown, KB_ERR_USAGE, PROGRAM ": unknown action: %s", talk->argv[0]);
        fail_with(&talk->reply, unknown.msg);
        kb_buf_byte(&talk->reply.out, '\n');
    }
    return KB_OK;
}

/* --- answering -------------------------------------------------------------------------- */

static enum kb_err docker_write(
    const struct kb_answer *answer, struct kb_reply *reply, struct kb_error *err)
{
    struct kb_json_writer json = kb_json_writer(&reply->out, 0);
    const char *username = NULL;
    enum kb_err rc = kb_answer_check_token(answer, err);

    if (!rc)
        rc = kb_answer_username(answer, &username, err);
    if (rc)
        return rc;
    kb_json_open(&json, '{');
    kb_json_string_member(&json, "ServerURL", answer->request->echoed);
    kb_json_string_member(&json, "Username", username);
    kb_json_name(&json, "Secret");
    kb_json_put_secret(&json, "", &answer->token->value);
    kb_json_close(&json);
    kb_buf_byte(&reply->out, '\n');
    return kb_answer_finish(reply, err);
}

/*
 * Clients ask for each address that they find here, and hand all the tokens to a daemon or into a
 * container: so for registries only, and not for the whole of `match`.
 */
static void list_profile(
    const struct kb_profile *profile, struct kb_json_writer *json, struct kb_strings *seen)
{
    KB_AUTO(kb_strings_clear) struct kb_strings keys = {0};

    for (size_t i = profile->own_match_count; i < profile->match_count; i++)
        kb_registry_add_keys(&profile->match[i], &keys);
    for (size_t i = 0; i < keys.count; i++) {
        if (kb_strings_has(seen, keys.items[i]))
            continue;
        kb_json_string_member(json, keys.items[i], kb_profile_told_username(profile));
        kb_strings_add(seen, keys.items[i]);
    }
}

static enum kb_err docker_list(
    const struct kb_config *config, struct kb_reply *reply, struct kb_error *err)
{
    KB_AUTO(kb_strings_clear) struct kb_strings seen = {0};
    struct kb_json_writer json = kb_json_writer(&reply->out, 0);

    kb_json_open(&json, '{');
    for (size_t i = 0; i < config->count; i++)
        list_profile(&config->profiles[i], &json, &seen);
    kb_json_close(&json);
    kb_buf_byte(&reply->out, '\n');
    return kb_answer_finish(reply, err);
}

static const struct kb_proto_extra docker_extra = {.list = docker_list};

const struct kb_proto kb_proto_docker = {
    .details = "ACTION is get, store, erase, list or version.\n"
               "See docker-credential-keybearer(1).\n",
    .reads = "an address such as registry.example.com",
    .has_no_show = true,
    .input_max = KB_INPUT_MAX,
    .idle_s = KB_IDLE_S,
    .start = docker_start,
    .feed = docker_feed,
    .parse = docker_parse,
    .write = docker_write,
    .decline = docker_decline,
    .refuse = docker_refuse,
    .extra = &docker_extra,
};
