/*
 * `netrc`: lines of a netrc(5) file, for programs that read one from a pipe.
 *
 *   netrc [--show] PROFILE | URL
 *
 * "machine HOST login NAME password TOKEN", for the URL's host or for each host in the profile's
 * `match`; errors go to stderr. The form knows neither scheme nor port nor path, so whoever reads
 * it sends the token to all of a host. Another port may be another server's: an address with one
 * gets no line. Readers differ in how they take quotes, so no value that would need any is
 * written. Must never read stdin, nor be written into a file (the front sees to that).
 */
#include "common.h"

#include <string.h>

/* --- reading ------------------------------------------------------------------------------ */

static bool has_usual_port(const struct kb_url *url)
{
    return url->port == (strcmp(url->scheme, "http") == 0 ? 80 : 443);
}

/* One profile that is named, with all its hosts; or who serves the URL, for that host. */
static enum kb_err check_subject(struct kb_request *request, struct kb_error *err)
{
    request->op = request->has_url ? KB_OP_GET : KB_OP_GET_EACH;
    if (!request->has_url && !*request->profile)
        return kb_hinted(
            err, kb_fail(err, KB_ERR_USAGE, "one profile or URL is needed"), "keybearer list");
    if (request->has_url && !has_usual_port(&request->url))
        return kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE, "netrc cannot name port %u of %s", request->url.port,
                request->url.host),
            "keybearer header URL | curl -H @- URL");
    return KB_OK;
}

static enum kb_err netrc_start(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    const struct kb_option options[] = {{.name = "show", .flag = &talk->request.terminal_ok}};
    enum kb_err rc = kb_proto_set_subject(talk, options, KB_COUNT(options), true, err);

    *ret = KB_TURN_REQUEST;
    return rc ? rc : check_subject(&talk->request, err);
}

/* --- answering ---------------------------------------------------------------------------- */

/* What every reader takes as it stands: curl, Go, Python and Emacs differ about the rest. */
static bool is_plain(const char *text, size_t len)
{
    return kb_text_is_visible(text, len, 1, KB_TOKEN_MAX) && !memchr(text, '"', len) &&
           !memchr(text, '\\', len) && *text != '#' && *text != '\'';
}

static enum kb_err check_plain(
    const struct kb_answer *answer, const char *username, struct kb_error *err)
{
    const char *profile = answer->route->profile;
    const struct kb_secret *token = &answer->token->value;
    const char *what = !is_plain(username, strlen(username)) ? "user name"
                       : !is_plain(token->bytes, token->len) ? "token"
                                                             : NULL;

    if (!what)
        return KB_OK;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_CONFIG,
            "the %s of profile %s holds a character that readers of netrc take differently", what,
            profile),
        "keybearer header %s", profile);
}

static void put_line(
    struct kb_buf *out, const char *host, const char *username, const struct kb_secret *token)
{
    kb_buf_fmt(out, "machine %s login %s password ", host, username);
    kb_secret_append(token, out);
    kb_buf_byte(out, '\n');
}

/* Whether one of the addresses before I has its host, and so its line. */
static bool has_line(const struct kb_profile *profile, size_t i)
{
    for (size_t j = 0; j < i; j++) {
        if (has_usual_port(&profile->match[j]) &&
            strcmp(profile->match[j].host, profile->match[i].host) == 0)
            return true;
    }
    return false;
}

/* Those of `match`: a registry's are docker's. */
static enum kb_err put_hosts(struct kb_buf *out, const struct kb_profile *profile,
    const char *username, const struct kb_secret *token, struct kb_error *err)
{
    for (size_t i = 0; i < profile->own_match_count; i++) {
        if (has_usual_port(&profile->match[i]) && !has_line(profile, i))
            put_line(out, profile->match[i].host, username, token);
    }
    if (out->len > 0)
        return KB_OK;
    if (profile->own_match_count == 0)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_CONFIG, "profile %s has no address in \"match\"", profile->name),
            "keybearer match add %s URL; or: keybearer header %s", profile->name, profile->name);
    return kb_hinted(err,
        kb_fail(err, KB_ERR_CONFIG,
            "no address in \"match\" of profile %s can be in netrc, which knows no ports",
            profile->name),
        "keybearer header %s", profile->name);
}

static enum kb_err netrc_write(
    const struct kb_answer *answer, struct kb_reply *reply, struct kb_error *err)
{
    const struct kb_secret *token = &answer->token->value;
    const char *username = NULL;
    enum kb_err rc = kb_answer_check_token(answer, err);

    if (!rc)
        rc = kb_answer_username(answer, &username, err);
    if (!rc)
        rc = check_plain(answer, username, err);
    if (!rc && answer->profile)
        rc = put_hosts(&reply->out, answer->profile, username, token, err);
    else if (!rc)
        put_line(&reply->out, answer->request->url.host, username, token);
    return rc ? rc : kb_answer_finish(reply, err);
}

const struct kb_proto kb_proto_netrc = {
    .details = "  --show              print it to a terminal, too\n"
               "\n"
               "For a profile: a line for each host of its \"match\". See keybearer-netrc(1).\n",
    .naming = {.before = "keybearer netrc ", .behind = ""},
    .never_in_file = true,
    .start = netrc_start,
    .feed = kb_feed_once,
    .write = netrc_write,
    .decline = kb_reply_decline,
    .refuse = kb_reply_refuse,
};
