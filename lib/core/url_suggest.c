/*
 * What a refused address was probably meant to be, for a hint. Must never say anything that may
 * be a password: what stands before an '@', a query and a fragment are left out.
 */
#include "core/url.h"

#include "base/strings.h"

#include <string.h>

/* Slices of what was typed; nothing is decoded. */
struct parts {
    const char *scheme, *host, *port, *path;
    size_t scheme_len, host_len, port_len, path_len;
};

/* Behind the user name; NULL where an '@' stands elsewhere: a password may hold a slash. */
static const char *after_user(const char *authority)
{
    const char *at = strrchr(authority, '@');

    if (!at)
        return authority;
    return strcspn(authority, "/?#\\") < (size_t)(at - authority) ? NULL : at + 1;
}

/* "git@host:team/app.git", as git and ssh write it: what follows the colon is no port. */
static bool is_of_ssh(const char *text, const struct parts *parts)
{
    return parts->scheme_len == 0 && parts->host > text && parts->port[0] == ':';
}

static bool split(const char *text, struct parts *ret)
{
    const char *mark = strstr(text, "://"), *at = after_user(mark ? mark + 3 : text);

    if (!at)
        return false;
    *ret = (struct parts){.scheme = text, .scheme_len = mark ? (size_t)(mark - text) : 0};
    ret->host = at;
    ret->host_len = *at == '[' ? strcspn(at, "]") + 1 : strcspn(at, ":/?#");
    if (ret->host_len > strlen(at))
        return false;
    ret->port = at + ret->host_len;
    ret->port_len = is_of_ssh(text, ret) ? 0 : strcspn(ret->port, "/?#");
    ret->path = ret->port + (is_of_ssh(text, ret) ? 1 : ret->port_len);
    ret->path_len = strcspn(ret->path, "?#");
    return true;
}

/* Its parts without empty ones between them. */
static void add_path(const struct parts *parts, struct kb_buf *out)
{
    for (size_t i = 0; i < parts->path_len;) {
        size_t len = strcspn(parts->path + i, "/?#");

        if (len > 0) {
            kb_buf_byte(out, '/');
            kb_buf_add(out, parts->path + i, len);
        }
        i += len + 1;
    }
}

static bool is_right(const struct kb_buf *address)
{
    struct kb_url url;

    if (address->failed || kb_url_parse(address->data, address->len, &url, NULL))
        return false;
    return kb_url_is_mail(&url) ? strcmp(url.path, "/") == 0 : !kb_url_check_secure(&url, NULL);
}

static bool try(const struct parts *parts, bool own_scheme, bool with_path, struct kb_buf *ret)
{
    KB_AUTO(kb_buf_clear) struct kb_buf address = KB_BUF_INIT(ret->max);

    kb_buf_add(&address, own_scheme ? parts->scheme : "https",
        own_scheme ? parts->scheme_len : strlen("https"));
    kb_buf_str(&address, "://");
    kb_buf_add(&address, parts->host, parts->host_len);
    if (own_scheme || parts->scheme_len == 0)
        kb_buf_add(&address, parts->port, parts->port_len);
    if (with_path)
        add_path(parts, &address);
    if (!is_right(&address))
        return false;
    kb_buf_add(ret, address.data, address.len);
    return !ret->failed;
}

bool kb_url_suggest(const char *text, struct kb_buf *out)
{
    struct parts parts;

    if (!split(text, &parts))
        return false;
    /* Of one word without a scheme, nobody knows whether it is a host at all. */
    if (parts.scheme_len == 0 && !memchr(parts.host, '.', parts.host_len) && parts.host[0] != '[')
        return false;
    return try(&parts, true, true, out) || try(&parts, true, false, out) ||
           try(&parts, false, true, out) || try(&parts, false, false, out);
}
