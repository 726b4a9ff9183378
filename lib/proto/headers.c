/*
 * Header commands of AI tools and MCP clients (Claude Code's headersHelper, otelHeadersHelper).
 *
 *   argv     [--show] [PROFILE | URL]
 *   env      CLAUDE_CODE_MCP_SERVER_URL: the server that the headers are for
 *   stdout   {NAME: VALUE, ...}, one flat object whose values are strings
 *   errors   stderr and the status; stdout stays empty
 *
 * A project's settings, maybe a stranger's, name both the command and the server. Must never
 * answer for a server that the profile does not serve, whatever the command line says, nor without
 * a profile or an address; must never read stdin.
 */
#include "common.h"

#include <stdlib.h>
#include <string.h>

/* TEXT decides, also where the command line has an address: that one is then of the same server. */
static enum kb_err set_server(struct kb_request *request, const char *text, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf named = KB_BUF_INIT(KB_URL_ORIGIN_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf server = KB_BUF_INIT(KB_URL_ORIGIN_MAX);
    bool was_named = request->has_url;
    struct kb_error why = KB_ERROR_INIT;

    if (was_named)
        kb_url_append_origin(&request->url, &named);
    if (kb_proto_set_url(request, text, &why))
        return kb_fail(err, KB_ERR_USAGE, "CLAUDE_CODE_MCP_SERVER_URL: %s", why.msg);
    kb_url_append_origin(&request->url, &server);
    if (was_named && strcmp(kb_buf_text(&named), kb_buf_text(&server)) != 0)
        return kb_fail(err, KB_ERR_NOT_FOUND, "the headers are for %s, and the command is for %s",
            kb_buf_text(&server), kb_buf_text(&named));
    return KB_OK;
}

static enum kb_err headers_start(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    struct kb_request *request = &talk->request;
    const struct kb_option options[] = {{.name = "show", .flag = &request->terminal_ok}};
    const char *server = getenv("CLAUDE_CODE_MCP_SERVER_URL");
    enum kb_err rc = kb_proto_set_subject(talk, options, KB_COUNT(options), true, err);

    *ret = KB_TURN_REQUEST;
    if (!rc && server)
        rc = set_server(request, server, err);
    if (!rc && !*request->profile && !request->has_url)
        rc = kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE,
                "no profile or address is named, and CLAUDE_CODE_MCP_SERVER_URL is not set"),
            "keybearer headers PROFILE");
    return rc;
}

static enum kb_err headers_write(
    const struct kb_answer *answer, struct kb_reply *reply, struct kb_error *err)
{
    struct kb_json_writer json = kb_json_writer(&reply->out, 0);
    enum kb_err rc = kb_answer_check_token(answer, err);

    if (!rc)
        rc = kb_answer_check_headers(answer, err);
    if (rc)
        return rc;
    kb_json_open(&json, '{');
    kb_answer_put_headers(&json, answer);
    kb_json_close(&json);
    kb_buf_byte(&reply->out, '\n');
    return kb_answer_finish(reply, err);
}

const struct kb_proto kb_proto_headers = {
    .details = "  --show              print the answer to a terminal, too\n"
               "\n"
               "Without PROFILE or URL, CLAUDE_CODE_MCP_SERVER_URL chooses the profile.\n"
               "See keybearer-headers(1).\n",
    .naming = {.before = "keybearer headers ", .behind = ""},
    .start = headers_start,
    .feed = kb_feed_once,
    .write = headers_write,
    .decline = kb_reply_decline,
    .refuse = kb_reply_refuse,
};
