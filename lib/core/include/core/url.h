/*
 * An absolute URL of the few schemes we serve, strictly read.
 *
 * This is the gate between "what somebody asked for" and "who may get a token", so
 * it refuses instead of repairing: no user information, no fragment, no control
 * character, space or backslash, no percent sign in the host, no zone identifier.
 * Lower case of scheme and host and the default port are the only canonicalisation.
 */
#ifndef KB_CORE_URL_H
#define KB_CORE_URL_H

#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kb_url {
    char scheme[16]; /* lower case: "https", "http", "smtp", "smtps", "imap", "imaps" */
    char host[256];  /* lower case; an IPv6 address without its brackets */
    uint16_t port;   /* never 0: the scheme's default where none was written */
    char path[1024]; /* "/" at least; without the query */
    char query[512]; /* without the '?'; empty when there is none */
    bool slash;      /* kb_url_drop_end_slash() took one off; no part of what is compared */
};

#define KB_URL_INIT ((struct kb_url){.port = 0})
#define KB_URL_ORIGIN_MAX (sizeof(((struct kb_url *)0)->host) + 32) /* bytes of an origin */

/* Whether its port is its scheme's own, as in every address without one. */
bool kb_url_has_default_port(const struct kb_url *url);

/*
 * Reads scheme://host[:port][/path][?query] of LEN bytes. Schemes: http, https, and
 * grpcs, which is read as https; smtp, smtps, imap and imaps. A host is a DNS name (letters,
 * digits, '-', '_', '.', no empty label, no trailing dot, no label that begins or ends with
 * '-'; at most 253 bytes), an IPv4 address of four decimal parts, or an IPv6 address in
 * brackets. Port 1..65535 without leading zeros. A path has no '.' or '..' segment, spelled out
 * or escaped. On failure: KB_ERR_USAGE saying what is wrong without quoting the text.
 */
KB_CHECKED enum kb_err kb_url_parse(
    const char *text, size_t len, struct kb_url *ret, struct kb_error *err);

/*
 * Fills scheme, host and port of *RET from the parts a protocol gives separately;
 * HOST_PORT is "host", "host:port" or "[v6]:port"; the path becomes "/".
 */
KB_CHECKED enum kb_err kb_url_from_parts(
    const char *scheme, const char *host_port, struct kb_url *ret, struct kb_error *err);

/*
 * Sets the path of *URL from TEXT as git gives it: decoded, with or without a leading
 * slash. What a URL would spell with a percent sign is spelled so again; control
 * characters and '.' or '..' segments are refused with KB_ERR_USAGE.
 */
KB_CHECKED enum kb_err kb_url_set_path(struct kb_url *url, const char *text, struct kb_error *err);

/*
 * One slash at the end of a path means nothing to who asks for a token: "/a/" becomes "/a"; "/"
 * stays. URL->slash remembers it for programs that are given the address as it was written.
 */
void kb_url_drop_end_slash(struct kb_url *url);

/*
 * Appends the address that TEXT, which is refused as one, was probably meant to be: one that
 * kb_url_parse() and kb_url_check_secure() take, or of a server of mail; without query and user
 * name, empty parts of its path and the slash at its end. False: nobody can tell, and OUT is as it
 * was.
 */
bool kb_url_suggest(const char *text, struct kb_buf *out);

/* Whether scheme, host and port are the same. */
bool kb_url_same_origin(const struct kb_url *a, const struct kb_url *b);

/* Whether A and B are one address: origin, path and query. */
bool kb_url_equal(const struct kb_url *a, const struct kb_url *b);

/* Whether WANTED's path equals URL's, or continues it at a '/' ("/a" covers "/a/b", not "/ab"). */
bool kb_url_path_covers(const struct kb_url *url, const struct kb_url *wanted);

/* localhost, 127.0.0.0/8 or ::1: the only places where plain http is allowed. */
bool kb_url_is_loopback(const struct kb_url *url);

/* Of smtp, smtps, imap or imaps: a server of mail, to which no request of HTTP goes. */
bool kb_url_is_mail(const struct kb_url *url);

/* KB_OK for https, or http to a loopback address; else KB_ERR_CONFIG naming the URL. */
KB_CHECKED enum kb_err kb_url_check_secure(const struct kb_url *url, struct kb_error *err);

/* "https://host" or "https://host:port" when the port is not the default. */
void kb_url_append_origin(const struct kb_url *url, struct kb_buf *out);
/* The same, always with the port. */
void kb_url_append_full_origin(const struct kb_url *url, struct kb_buf *out);
/* "host" or "host:port", IPv6 in brackets. */
void kb_url_append_authority(const struct kb_url *url, struct kb_buf *out);
/* As git writes an address: mail servers with their port, the rest without what is usual. */
void kb_url_append_for_git(const struct kb_url *url, struct kb_buf *out);
/* The whole URL. */
void kb_url_append(const struct kb_url *url, struct kb_buf *out);

#endif
