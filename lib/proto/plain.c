/*
 * `token` and `header`: text for pipes and for tools that run a command to get a token.
 *
 *   token  [--bearer] [--no-newline] [--show] [PROFILE | URL]
 *   header [--all] [--curl-config] [--no-newline] [--show] [PROFILE | URL]
 *
 * Prints the token, or header lines, and nothing else; errors go to stderr. Must never
 * read stdin: under msmtp it is the mail, under cargo the person's terminal.
 */
#include "common.h"

/* Bits of request.form. */
enum {
    FORM_BEARER = 1,     /* token: with the scheme before it, a whole header value */
    FORM_ALL = 2,        /* header: also what the profile's API wants besides */
    FORM_CURL = 4,       /* header: as lines of a curl configuration */
    FORM_NO_NEWLINE = 8, /* the last line is not ended */
};

/* --- reading ---------------------------------------------------------------------------- */

static enum kb_err token_start(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    struct kb_request *request = &talk->request;
    bool bearer = false, no_newline = false;
    const struct kb_option options[] = {
        {.name = "bearer", .flag = &bearer},
        {.name = "no-newline", .flag = &no_newline},
        {.name = "show", .flag = &request->terminal_ok},
    };
    enum kb_err rc = kb_proto_set_subject(talk, options, KB_COUNT(options), true, err);

    *ret = KB_TURN_REQUEST;
    request->form = (bearer ? FORM_BEARER : 0U) | (no_newline ? FORM_NO_NEWLINE : 0U);
    return rc;
}

static enum kb_err header_start(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    struct kb_request *request = &talk->request;
    bool all = false, curl = false, no_newline = false;
    const struct kb_option options[] = {
        {.name = "all", .flag = &all},
        {.name = "curl-config", .flag = &curl},
        {.name = "no-newline", .flag = &no_newline},
        {.name = "show", .flag = &request->terminal_ok},
    };
    enum kb_err rc = kb_proto_set_subject(talk, options, KB_COUNT(options), true, err);

    *ret = KB_TURN_REQUEST;
    request->form =
        (all ? FORM_ALL : 0U) | (curl ? FORM_CURL : 0U) | (no_newline ? FORM_NO_NEWLINE : 0U);
    return rc;
}

/* --- answering -------------------------------------------------------------------------- */

static void put_curl_quoted(struct kb_buf *out, const struct kb_buf *line)
{
    kb_buf_str(out, "header = \"");
    for (size_t i = 0; i < line->len; i++) {
        if (line->data[i] == '"' || line->data[i] == '\\')
            kb_buf_byte(out, '\\');
        kb_buf_byte(out, line->data[i]);
    }
    kb_buf_byte(out, '"');
}

/* Takes what LINE holds. */
static void put_line(struct kb_buf *out, unsigned form, struct kb_buf *line)
{
    if (out->len > 0)
        kb_buf_byte(out, '\n');
    if (form & FORM_CURL)
        put_curl_quoted(out, line);
    else
        kb_buf_add(out, line->data, line->len);
    out->failed = out->failed || line->failed;
    kb_buf_reset(line);
}

static enum kb_err token_write(
    const struct kb_answer *answer, struct kb_reply *reply, struct kb_error *err)
{
    const char *behind = answer->request->form & FORM_NO_NEWLINE ? "" : "\n";
    enum kb_err rc;

    if (!(answer->request->form & FORM_BEARER))
        return kb_answer_write_token(answer, "", behind, reply, err);
    rc = kb_answer_check_authorization(answer, err);
    return rc ? rc : kb_answer_write_token(answer, answer->route->api_prefix, behind, reply, err);
}

static enum kb_err header_write(
    const struct kb_answer *answer, struct kb_reply *reply, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf line = KB_BUF_INIT(KB_REPLY_OUT_MAX);
    const struct kb_pairs *extra = &answer->route->api_headers;
    unsigned form = answer->request->form;
    enum kb_err rc = kb_answer_check_token(answer, err);

    if (!rc)
        rc = kb_answer_check_headers(answer, err);
    if (rc)
        return rc;
    kb_buf_fmt(&line, "%s: %s", answer->route->api_header, answer->route->api_prefix);
    kb_secret_append(&answer->token->value, &line);
    put_line(&reply->out, form, &line);
    for (size_t i = 0; (form & FORM_ALL) && i < extra->count; i++) {
        kb_buf_fmt(&line, "%s: %s", extra->items[i].name, extra->items[i].value);
        put_line(&reply->out, form, &line);
    }
    if (!(form & FORM_NO_NEWLINE))
        kb_buf_byte(&reply->out, '\n');
    return kb_answer_finish(reply, err);
}

const struct kb_proto kb_proto_token = {
    .details = "  --bearer            print \"Bearer \" before it, or what the profile says\n"
               "  --no-newline        do not end the line\n"
               "  --show              print it to a terminal, too\n"
               "\n"
               "Without PROFILE or URL, there must be only one profile. keybearer-tokens(7) has\n"
               "the settings of programs that run such a command.\n",
    .naming = {.before = "keybearer token ", .behind = ""},
    .by_person = true,
    .start = token_start,
    .feed = kb_feed_once,
    .write = token_write,
    .decline = kb_reply_decline,
    .refuse = kb_reply_refuse,
};

const struct kb_proto kb_proto_header = {
    .details = "  --all               also print the profile's \"api_headers\"\n"
               "  --curl-config       print lines for curl -K -\n"
               "  --no-newline        do not end the last line\n"
               "  --show              print it to a terminal, too\n"
               "\n"
               "Without PROFILE or URL, there must be only one profile.\n",
    .naming = {.before = "keybearer header ", .behind = ""},
    .by_person = true,
    .start = header_start,
    .feed = kb_feed_once,
    .write = header_write,
    .decline = kb_reply_decline,
    .refuse = kb_reply_refuse,
};
