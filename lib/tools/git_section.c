/*
 * Compares a section's address with ours in git's two ways: an address with a scheme and a host in
 * a normal form, anything less byte for byte. Must never say more than git does: what git would
 * decode or resolve first is left open, and only where the rest fits.
 */
#include "git_section.h"

#include "base/attr.h"

#include <string.h>
#include <strings.h>

enum { ADDRESS_MAX = 4096 };

/* Of a text, nothing is copied. */
struct slice {
    const char *at;
    size_t len;
};

/* "SCHEME://USER@HOST:PORT/PATH"; each may be empty. */
struct parts {
    struct slice scheme, host, port, path;
    struct slice server; /* host and port */
    bool has_user;
};

static struct slice between(const char *begin, const char *end)
{
    return (struct slice){begin, (size_t)(end - begin)};
}

static bool is_same(struct slice one, struct slice other)
{
    return one.len == other.len && memcmp(one.at, other.at, one.len) == 0;
}

static bool is_same_word(struct slice one, struct slice other)
{
    return one.len == other.len && strncasecmp(one.at, other.at, one.len) == 0;
}

static bool has(struct slice text, const char *bytes)
{
    for (size_t i = 0; i < text.len; i++) {
        if (strchr(bytes, text.at[i]))
            return true;
    }
    return false;
}

/* A colon in the brackets of an IPv6 address begins no port. */
static void split_server(struct slice server, struct parts *ret)
{
    const char *end = server.at + server.len, *colon = memrchr(server.at, ':', server.len);

    if (colon && memchr(colon, ']', (size_t)(end - colon)))
        colon = NULL;
    ret->server = server;
    ret->host = between(server.at, colon ? colon : end);
    ret->port = between(colon ? colon + 1 : end, end);
}

static void split(const char *text, struct parts *ret)
{
    const char *mark = strstr(text, "://"), *begin = mark ? mark + 3 : text;
    const char *end = begin + strcspn(begin, "/?#");
    const char *at = memchr(begin, '@', (size_t)(end - begin));

    ret->has_user = at != NULL;
    ret->scheme = between(text, mark ? mark : text);
    ret->path = between(end, end + strlen(end));
    split_server(between(at ? at + 1 : begin, end), ret);
}

/* --- hosts ----------------------------------------------------------------------------- */

/* Takes what stands before the first dot, and the dot. */
static struct slice next_label(struct slice *name)
{
    const char *end = name->at + name->len, *dot = memchr(name->at, '.', name->len);
    struct slice label = between(name->at, dot ? dot : end);

    *name = between(dot ? dot + 1 : end, end);
    return label;
}

/* "*" is one label, whole; elsewhere it is a star. */
static bool covers_host(struct slice pattern, struct slice host)
{
    while (pattern.len > 0 && host.len > 0) {
        struct slice label = next_label(&pattern), other = next_label(&host);

        if (!is_same(label, (struct slice){"*", 1}) && !is_same_word(label, other))
            return false;
    }
    return pattern.len == 0 && host.len == 0;
}

/* Without zeros before it, and empty where it is the usual one; git knows that of these two. */
static struct slice plain_port(const struct parts *parts)
{
    const struct slice https = {"https", 5}, http = {"http", 4};
    struct slice port = parts->port;

    while (port.len > 1 && *port.at == '0')
        port = (struct slice){port.at + 1, port.len - 1};
    if ((is_same_word(parts->scheme, https) && is_same(port, (struct slice){"443", 3})) ||
        (is_same_word(parts->scheme, http) && is_same(port, (struct slice){"80", 2})))
        port.len = 0;
    return port;
}

/* --- paths ----------------------------------------------------------------------------- */

/* "/team/" is "/team", and "/" is nothing. */
static struct slice without_end(struct slice path)
{
    return (struct slice){path.at, path.len - (path.len > 0 && path.at[path.len - 1] == '/')};
}

/* Whether INNER is OUTER, or goes on at a '/'. */
static bool covers(struct slice outer, struct slice inner)
{
    return outer.len <= inner.len && memcmp(outer.at, inner.at, outer.len) == 0 &&
           (inner.len == outer.len || inner.at[outer.len] == '/');
}

static bool has_dot_segment(struct slice path)
{
    const char *end = path.at + path.len;

    for (const char *at = path.at; at < end; at++) {
        size_t dots = *at == '/' ? strspn(at + 1, ".") : 0;

        if ((dots == 1 || dots == 2) && (at + 1 + dots == end || at[1 + dots] == '/'))
            return true;
    }
    return false;
}

/* git changes one of the two before it compares them. */
static bool is_plain(struct slice path)
{
    size_t plain = strspn(path.at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789-._~/");

    return plain >= path.len && !has_dot_segment(path);
}

/* --- the two ways ---------------------------------------------------------------------- */

/* In the normal form, in which a path covers what is below it. */
static enum kb_git_match match_whole(const struct parts *section, const struct parts *ours)
{
    struct slice path = without_end(section->path), our_path = without_end(ours->path);

    if (!is_same_word(section->scheme, ours->scheme) || !covers_host(section->host, ours->host) ||
        !is_same(plain_port(section), plain_port(ours)))
        return KB_GIT_NOT;
    if (!is_plain(path))
        return KB_GIT_MAYBE;
    if (!covers(path, our_path) && !covers(our_path, path))
        return KB_GIT_NOT;
    if (section->has_user || has(section->host, "*"))
        return KB_GIT_MAYBE;
    return covers(path, our_path) ? KB_GIT_ABOUT : KB_GIT_WITHIN;
}

/* What is there byte for byte, and a path that is all of what git asks for; the rest is any. */
static enum kb_git_match match_partial(const struct parts *section, const struct parts *ours)
{
    struct slice path = section->path;
    bool is_coded = has(section->server, "%");

    if (section->scheme.len > 0 && !is_same(section->scheme, ours->scheme))
        return KB_GIT_NOT;
    if (section->server.len > 0 && !is_coded && !is_same(section->server, ours->server))
        return KB_GIT_NOT;
    while (path.len > 1 && path.at[1] == '/')
        path = (struct slice){path.at + 1, path.len - 1};
    while (path.len > 0 && path.at[path.len - 1] == '/')
        path.len--;
    if (path.len == 0)
        return is_coded || section->has_user ? KB_GIT_MAYBE : KB_GIT_ABOUT;
    return !is_plain(path) || covers(without_end(ours->path), path) ? KB_GIT_MAYBE : KB_GIT_NOT;
}

enum kb_git_match kb_git_section(const char *text, const struct kb_url *address)
{
    KB_AUTO(kb_buf_clear) struct kb_buf own = KB_BUF_INIT(ADDRESS_MAX);
    struct parts section, ours;

    kb_url_append_for_git(address, &own);
    split(text, &section);
    split(kb_buf_text(&own), &ours);
    if (has(section.path, "?#"))
        return KB_GIT_NOT;
    if (section.scheme.len == 0 || section.host.len == 0 || has(section.host, "%"))
        return match_partial(&section, &ours);
    return match_whole(&section, &ours);
}
