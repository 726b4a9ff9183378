/*
 * go's GOAUTH commands (Go 1.24 and later).
 *
 *   argv     [--profile NAME] [--show], and at first nothing; after a refusal the URL
 *   stdin    only with a URL: the status line and headers of the refusal, which decide nothing
 *   stdout   sets of: URLs, an empty line, header lines, an empty line; nothing: not ours
 *   errors   stderr and the status; stdout stays empty. go shows them with -x only
 *
 * go keeps what it is told for its whole life, and sends it to all that a URL without a path
 * covers. So it must never be told of a whole host of which a profile, this one or another, has a
 * part only, nor of an address that is not https. The first call comes before go needs anything: it
 * must cost no request for a token, unless the person named the profile.
 */
#include "common.h"
#include "proto/lines.h"

#include "config/match.h"

#include <string.h>

/* go's URL is repeated as it stands, so nothing in it may be more than one line's. */
static bool set_address(struct kb_request *request, const char *text)
{
    size_t len = strlen(text);

    if (!kb_proto_after_prefix(text, "https://") ||
        !kb_text_is_visible(text, len, 1, sizeof(request->echoed) - 1))
        return false;
    memcpy(request->echoed, text, len + 1);
    return !kb_proto_set_url(request, text, NULL);
}

static enum kb_err set_operand(
    struct kb_talk *talk, const char *text, enum kb_turn *ret, struct kb_error *err)
{
    if (!strstr(text, "://")) {
        kb_fail(err, KB_ERR_USAGE, "\"%.64s\" is no URL, and go names one", text);
        kb_proto_hint_naming(&talk->request, text, err);
        return err->code;
    }
    *ret = set_address(&talk->request, text) ? KB_TURN_MORE : KB_TURN_ANSWERED;
    return KB_OK;
}

static enum kb_err goauth_start(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    int operands = 0;
    enum kb_err rc = kb_proto_options(talk, &operands, err);

    /* go's own URL follows what the person wrote. */
    if (!rc && operands > 1 && strstr(talk->argv[0], "://"))
        rc = kb_options_too_much("one URL", talk->argv[1], err);
    if (rc || operands)
        return rc ? rc : set_operand(talk, talk->argv[0], ret, err);
    talk->request.op = KB_OP_GET_EACH;
    *ret = KB_TURN_REQUEST;
    return KB_OK;
}

/* go asks after any refusal, also of what is not there: its server hides what it protects. */
static enum kb_err goauth_parse(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    (void)talk;
    (void)err;
    *ret = KB_TURN_REQUEST;
    return KB_OK;
}

/* --- answering -------------------------------------------------------------------------- */

static void put_line(struct kb_buf *out, const char *text)
{
    kb_buf_str(out, text);
    kb_buf_byte(out, '\n');
}

/* Behind the URLs. */
static void put_headers(struct kb_buf *out, const struct kb_answer *answer)
{
    const struct kb_pairs *extra = &answer->route->api_headers;

    kb_buf_fmt(out, "\n%s: %s", answer->route->api_header, answer->route->api_prefix);
    kb_secret_append(&answer->token->value, out);
    kb_buf_byte(out, '\n');
    for (size_t i = 0; i < extra->count; i++)
        kb_buf_fmt(out, "%s: %s\n", extra->items[i].name, extra->items[i].value);
    kb_buf_byte(out, '\n');
}

/* Whether go, if it asked for ADDRESS or what is below it, would be answered for the profile. */
static bool is_decided(const struct kb_answer *answer, const struct kb_url *address)
{
    struct kb_request asked = {.has_url = true, .url = *address};
    const struct kb_profile *found = NULL;
    bool is_named = answer->request->profile[0] != '\0';

    memcpy(asked.profile, answer->request->profile, sizeof(asked.profile));
    return !kb_match(answer->config, &asked, &found, NULL) && found == answer->profile &&
           kb_match_covers(answer->config, answer->profile, address, is_named);
}

/* One of the profile's own addresses; go compares them without a slash at their end. */
static void put_address(struct kb_buf *out, const struct kb_url *address)
{
    size_t len = strlen(address->path);

    kb_url_append_origin(address, out);
    kb_buf_add(out, address->path, address->path[len - 1] == '/' ? len - 1 : len);
    kb_buf_byte(out, '\n');
}

static void write_addresses(const struct kb_answer *answer, struct kb_buf *out)
{
    size_t before = out->len;

    for (size_t i = 0; i < answer->profile->match_count; i++) {
        const struct kb_url *address = &answer->profile->match[i];

        if (strcmp(address->scheme, "https") == 0 && is_decided(answer, address))
            put_address(out, address);
    }
    if (out->len > before)
        put_headers(out, answer);
}

static void write_url(const struct kb_answer *answer, struct kb_buf *out)
{
    const struct kb_request *request = answer->request;

    if (answer->route->covers_host) {
        kb_url_append_origin(&request->url, out);
        kb_buf_byte(out, '\n');
    }
    put_line(out, request->echoed);
    put_headers(out, answer);
}

static enum kb_err goauth_write(
    const struct kb_answer *answer, struct kb_reply *reply, struct kb_error *err)
{
    enum kb_err rc = kb_answer_check_token(answer, err);

    if (!rc)
        rc = kb_answer_check_headers(answer, err);
    if (rc)
        return rc;
    if (answer->request->op == KB_OP_GET_EACH)
        write_addresses(answer, &reply->out);
    else
        write_url(answer, &reply->out);
    return kb_answer_finish(reply, err);
}

/* go asks its next command. */
static void goauth_decline(const struct kb_request *request, struct kb_reply *reply)
{
    (void)request;
    (void)reply;
}

const struct kb_proto kb_proto_goauth = {
    .details = "  --profile NAME      answer for this profile only\n"
               "  --show              print the answer to a terminal, too\n"
               "\n"
               "Without URL, answers for what is cached, or for the profile that is named.\n"
               "See keybearer-goauth(1).\n",
    .naming = {.before = "GOAUTH='keybearer goauth --profile ", .behind = "'"},
    .reads = "the server's answer",
    .input_max = KB_INPUT_MAX,
    .idle_s = KB_IDLE_S,
    .start = goauth_start,
    .feed = kb_feed_once,
    .parse = goauth_parse,
    .write = goauth_write,
    .decline = goauth_decline,
    .refuse = kb_reply_refuse,
};
