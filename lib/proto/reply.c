/*
 * Replies to tools that take an error from stderr and the exit status. Must never put
 * a byte outside printable ASCII and LF on the terminal: all text goes through a
 * struct kb_error first.
 */
#include "common.h"

#include "base/error_text.h"

#include <string.h>

void kb_reply_clear(struct kb_reply *reply)
{
    kb_buf_clear(&reply->out);
    kb_buf_clear(&reply->note);
    *reply = KB_REPLY_INIT;
}

void kb_reply_decline(const struct kb_request *request, struct kb_reply *reply)
{
    KB_AUTO(kb_buf_clear) struct kb_buf address = KB_BUF_INIT(2048);
    struct kb_error why = KB_ERROR_INIT;

    kb_url_append_origin(&request->url, &address);
    if (strcmp(request->url.path, "/") != 0)
        kb_buf_str(&address, request->url.path);
    if (request->profile[0]) {
        kb_fail(&why, KB_ERR_NOT_FOUND, "profile %s does not serve %s", request->profile,
            kb_buf_text(&address));
        kb_hint(&why, "keybearer show %s", request->profile);
    } else {
        kb_fail(&why, KB_ERR_NOT_FOUND, "no profile serves %s", kb_buf_text(&address));
        kb_hint(
            &why, "add the address to \"match\" of a profile, or give --match to keybearer add");
    }
    kb_reply_refuse(request, &why, reply);
}

void kb_reply_hint_path(const struct kb_request *request, struct kb_reply *reply)
{
    KB_AUTO(kb_buf_clear) struct kb_buf origin = KB_BUF_INIT(KB_URL_ORIGIN_MAX);

    if (!reply->wants_path)
        return;
    kb_url_append_origin(&request->url, &origin);
    kb_buf_fmt(&reply->note,
        "keybearer: hint: for a path of %s: git config --global credential.%s.useHttpPath true\n",
        request->url.host, kb_buf_text(&origin));
}

void kb_reply_refuse(
    const struct kb_request *request, const struct kb_error *why, struct kb_reply *reply)
{
    (void)request;
    kb_error_append(why, &reply->note);
    reply->status = (int)why->code;
}

enum kb_err kb_proto_no_login(
    const struct kb_request *request, const char *profile, struct kb_error *err)
{
    static const char nothing[] = "nothing was stored: keybearer keeps no logins";

    if (!profile)
        return kb_hinted(err, kb_fail(err, KB_ERR_FAILED, "%s", nothing), "keybearer help add");
    return kb_hinted(err,
        kb_fail(err, KB_ERR_FAILED, "%s, and profile %s %s%s", nothing, profile,
            request->has_url ? "serves " : "was asked for",
            request->has_url ? request->url.host : ""),
        "keybearer show %s", profile);
}

void kb_reply_put_sentence(const struct kb_error *why, struct kb_buf *out)
{
    kb_buf_fmt(out, why->hint[0] ? "%s (hint: %s)" : "%s%s", why->msg, why->hint);
}
