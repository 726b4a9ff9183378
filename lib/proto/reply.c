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

static void put_path_hint(const struct kb_request *request, struct kb_buf *out)
{
    kb_buf_fmt(out, "for a path of %s: git config --global credential.", request->url.host);
    kb_url_append_origin(&request->url, out);
    kb_buf_str(out, ".useHttpPath true");
}

/* Where the person may have meant another address, or another profile. */
static bool hint_near(
    const struct kb_request *request, const struct kb_near *near, struct kb_error *why)
{
    const struct kb_naming *naming = request->naming;

    if (!near || !*near->profile)
        return false;
    if (kb_near_is_path(near, &request->url))
        kb_hint(why, "profile %s serves %s; to add an address: keybearer match add %s URL",
            near->profile, near->address, near->profile);
    else if (*near->address)
        kb_hint(why, "profile %s serves %s", near->profile, near->address);
    else if (naming)
        kb_hint(why, "profile %s does: %s%s%s", near->profile, naming->before, near->profile,
            naming->behind);
    return true;
}

static void hint_what_serves(
    const struct kb_request *request, const struct kb_reply *reply, struct kb_error *why)
{
    KB_AUTO(kb_buf_clear) struct kb_buf hint = KB_BUF_INIT(sizeof(why->hint) - 1);

    if (reply->wants_path) {
        put_path_hint(request, &hint);
        kb_hint(why, "%s", kb_buf_text(&hint));
    } else if (hint_near(request, reply->near, why)) {
        return;
    } else if (request->profile[0]) {
        kb_hint(why, "keybearer show %s", request->profile);
    } else {
        kb_hint(
            why, "keybearer list shows the addresses; to add one: keybearer match add NAME URL");
    }
}

void kb_reply_decline(const struct kb_request *request, struct kb_reply *reply)
{
    KB_AUTO(kb_buf_clear) struct kb_buf address = KB_BUF_INIT(2048);
    struct kb_error why = KB_ERROR_INIT;

    kb_url_append_origin(&request->url, &address);
    if (strcmp(request->url.path, "/") != 0)
        kb_buf_str(&address, request->url.path);
    if (request->profile[0])
        kb_fail(&why, KB_ERR_NOT_FOUND, "profile %s does not serve %s", request->profile,
            kb_buf_text(&address));
    else
        kb_fail(&why, KB_ERR_NOT_FOUND, "no profile serves %s", kb_buf_text(&address));
    hint_what_serves(request, reply, &why);
    kb_reply_refuse(request, &why, reply);
}

void kb_reply_hint_path(const struct kb_request *request, struct kb_reply *reply)
{
    if (!reply->wants_path)
        return;
    kb_buf_str(&reply->note, "keybearer: hint: ");
    put_path_hint(request, &reply->note);
    kb_buf_byte(&reply->note, '\n');
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
    if (!profile)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_FAILED, "nothing was stored: keybearer keeps no logins"),
            "keybearer help add");
    return kb_hinted(err,
        kb_fail(err, KB_ERR_FAILED, "nothing was stored, and no login is needed: profile %s %s%s",
            profile, request->has_url ? "serves " : "was asked for",
            request->has_url ? request->url.host : ""),
        "keybearer status %s", profile);
}

void kb_reply_put_sentence(const struct kb_error *why, struct kb_buf *out)
{
    kb_buf_fmt(out, why->hint[0] ? "%s (hint: %s)" : "%s%s", why->msg, why->hint);
}
