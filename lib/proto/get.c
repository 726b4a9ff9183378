/*
 * The credential helper protocol of Bazel and its kin (EngFlow's credential-helper-spec).
 *
 *   argv     [--profile NAME] [--show]
 *   stdin    {"uri": "https://host/path"}; other members are ignored
 *   stdout   {"headers": {NAME: [VALUE]}, "expires": "2030-01-01T00:00:00Z"}
 *   errors   stderr and the status; stdout stays empty
 *
 * An empty object would mean "no credentials are needed", so it is never an answer of
 * ours. Bazel reads stdout only after the exit, and its date format knows no fractions:
 * must never print as much as a pipe holds, nor any other form of the expiry.
 */
#include "common.h"
#include "proto/lines.h"

#include "base/json.h"
#include "base/json_write.h"

#include <string.h>

#define ANSWER_MAX 65535 /* bytes: one less than a pipe holds */

static enum kb_err get_start(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    int operands = 0;
    enum kb_err rc = kb_proto_options(talk, &operands, err);

    if (!rc && operands > 0) {
        kb_fail(err, KB_ERR_USAGE, "get reads the address from standard input: it takes no word");
        kb_hint(err, "keybearer token URL");
        kb_proto_hint_naming(&talk->request, talk->argv[0], err);
        return err->code;
    }
    *ret = KB_TURN_MORE;
    return rc;
}

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* Of the scheme that URI begins with, and of what divides it from the host; 0: there is none. */
static size_t scheme_len(const char *uri)
{
    size_t len = strspn(uri, LETTERS DIGITS "+-.");

    return len > 0 && strncmp(uri + len, "://", strlen("://")) == 0 ? len + strlen("://") : 0;
}

static size_t host_len(const char *text)
{
    size_t len;

    if (text[0] != '[')
        return strspn(text, LETTERS DIGITS "*-._");
    len = 1 + strspn(text + 1, DIGITS "abcdefABCDEF:.");
    return len + (text[len] == ']');
}

/*
 * How much of a URI that we cannot read may be repeated: its scheme and host, where that is one for
 * sure; 0: nothing. A password may stand anywhere else, and with an '@' there, too.
 */
static int harmless_len(const char *uri)
{
    size_t scheme = scheme_len(uri), len = scheme + host_len(uri + scheme);
    bool is_sure = scheme > 0 && strchr(":/?#", uri[len]);

    return is_sure && !strchr(uri, '@') && !strstr(uri, "%40") ? (int)len : 0;
}

/* Whether URI is a host alone. */
static bool lacks_scheme(const char *uri)
{
    size_t len = host_len(uri);

    return memchr(uri, '.', len) && (!uri[len] || strcmp(uri + len, "/") == 0);
}

/* A uri that we cannot read (a wildcard, another scheme) is one that no profile serves. */
static enum kb_turn set_uri(struct kb_talk *talk, const char *uri)
{
    struct kb_request *request = &talk->request;
    struct kb_error why = KB_ERROR_INIT;
    int len = harmless_len(uri);

    if (!kb_proto_set_url(request, uri, NULL))
        return KB_TURN_REQUEST;
    if (lacks_scheme(uri)) {
        kb_fail(&why, KB_ERR_NOT_FOUND, "\"uri\" is no URL: %s", uri);
        kb_hint(&why, "did you mean https://%s?", uri);
        kb_reply_refuse(request, &why, &talk->reply);
        return KB_TURN_ANSWERED;
    }
    if (len > 0)
        kb_fail(&why, KB_ERR_NOT_FOUND, "no profile serves %.*s", len, uri);
    else
        kb_fail(&why, KB_ERR_NOT_FOUND, "no profile serves this address, which cannot be read");
    kb_hint(&why, "keybearer list");
    kb_reply_refuse(request, &why, &talk->reply);
    return KB_TURN_ANSWERED;
}

static enum kb_err get_parse(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    KB_AUTO(kb_json_release) struct json_object *object = NULL;
    struct kb_error problem = KB_ERROR_INIT;
    const char *uri;

    if (kb_json_parse(kb_buf_text(&talk->in), talk->in.len, &object, &problem))
        return kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE, "the request is not a JSON object: line %d, column %d: %s",
                problem.place.line, problem.place.column, problem.msg),
            "echo '{\"uri\":\"https://HOST/\"}' | keybearer get");
    uri = kb_json_string(object, "uri");
    if (!uri)
        return kb_fail(err, KB_ERR_USAGE, "the request has no member \"uri\" that is a string");
    *ret = set_uri(talk, uri);
    return KB_OK;
}

static void put_headers(struct kb_json_writer *json, const struct kb_answer *answer)
{
    const struct kb_pairs *extra = &answer->route->api_headers;

    kb_json_open_member(json, "headers", '{');
    kb_json_open_member(json, answer->route->api_header, '[');
    kb_json_put_secret(json, answer->route->api_prefix, &answer->token->value);
    kb_json_close(json);
    for (size_t i = 0; i < extra->count; i++) {
        kb_json_open_member(json, extra->items[i].name, '[');
        kb_json_put_string(json, extra->items[i].value);
        kb_json_close(json);
    }
    kb_json_close(json);
}

static void put_expires(struct kb_json_writer *json, int64_t expiry)
{
    char text[KB_CLOCK_TEXT];

    if (expiry <= 0)
        return;
    kb_clock_rfc3339(expiry, text);
    kb_json_string_member(json, "expires", text);
}

static enum kb_err get_write(
    const struct kb_answer *answer, struct kb_reply *reply, struct kb_error *err)
{
    struct kb_json_writer json = kb_json_writer(&reply->out, 0);
    enum kb_err rc = kb_answer_check_token(answer, err);

    if (!rc)
        rc = kb_answer_check_headers(answer, err);
    if (rc)
        return rc;
    kb_json_open(&json, '{');
    put_headers(&json, answer);
    put_expires(&json, kb_token_printed_expiry(answer->token, answer->route->min_ttl, answer->now));
    kb_json_close(&json);
    kb_buf_byte(&reply->out, '\n');
    rc = kb_answer_finish(reply, err);
    if (!rc && reply->out.len > ANSWER_MAX) {
        kb_buf_reset(&reply->out);
        rc = kb_fail(err, KB_ERR_CONFIG, "the headers of profile %s are longer than %d bytes",
            answer->route->profile, ANSWER_MAX);
    }
    return rc;
}

const struct kb_proto kb_proto_get = {
    .details = "  --profile NAME      answer for this profile only\n"
               "  --show              print the answer to a terminal, too\n"
               "\n"
               "Reads {\"uri\": \"https://HOST/PATH\"}. See credential-helper-keybearer(1).\n",
    .naming = {.before = "keybearer get --profile ", .behind = ""},
    .reads = "a request such as {\"uri\":\"https://HOST/\"}",
    .input_max = KB_INPUT_MAX,
    .idle_s = KB_IDLE_S,
    .start = get_start,
    .feed = kb_feed_object,
    .parse = get_parse,
    .write = get_write,
    .decline = kb_reply_decline,
    .refuse = kb_reply_refuse,
};
