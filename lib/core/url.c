/*
 * URLs, read strictly.
 *
 * Everything below answers one question: may this text name a place that gets a token?
 * What is unusual is refused, never repaired, because the tool that sends the token may
 * repair it differently. A refused text is never quoted: it may hold a password.
 */
#include "core/url.h"

#include "base/strings.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#define HOST_NAME_MAX_BYTES 253
#define LABEL_MAX_BYTES 63

static const struct scheme {
    const char *written;
    const char *meant;
    uint16_t port;
    bool is_mail;
} schemes[] = {
    {"https", "https", 443, false},
    {"http", "http", 80, false},
    {"grpcs", "https", 443, false},
    {"smtp", "smtp", 25, true},
    {"smtps", "smtps", 465, true},
    {"imap", "imap", 143, true},
    {"imaps", "imaps", 993, true},
};

/*
 * The functions that read a part return NULL, or what is wrong with it. check_bytes() has
 * seen the text before them: no NUL, no control character is left.
 */

static const char *read_scheme(const char *text, size_t len, struct kb_url *url)
{
    for (size_t i = 0; i < KB_COUNT(schemes); i++) {
        if (strlen(schemes[i].written) != len || strncasecmp(text, schemes[i].written, len) != 0)
            continue;
        memcpy(url->scheme, schemes[i].meant, strlen(schemes[i].meant) + 1);
        url->port = schemes[i].port;
        return NULL;
    }
    return "its scheme is not https, http, grpcs, smtp, smtps, imap or imaps";
}

static const char *check_label(const char *label, size_t len)
{
    if (len == 0)
        return "its host is empty, or has an empty part or a trailing dot";
    if (len > LABEL_MAX_BYTES)
        return "a part of its host is longer than 63 bytes";
    if (label[0] == '-' || label[len - 1] == '-')
        return "a part of its host begins or ends with '-'";
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)label[i]) && label[i] != '-' && label[i] != '_')
            return "its host holds a character that host names do not have";
    return NULL;
}

static const char *check_labels(const char *host)
{
    for (;;) {
        size_t len = strcspn(host, ".");
        const char *problem = check_label(host, len);
        if (problem || host[len] == '\0')
            return problem;
        host += len + 1;
    }
}

/*
 * Resolvers read "2130706433", "0x7f.1" and "127.1" as 127.0.0.1. No public name ends in
 * a number, so such a host is an address in full or nothing. HOST is in lower case.
 */
static bool ends_in_number(const char *host)
{
    const char *dot = strrchr(host, '.'), *last = dot ? dot + 1 : host;

    if (last[0] == '0' && last[1] == 'x')
        return last[2 + strspn(last + 2, "0123456789abcdef")] == '\0';
    return last[strspn(last, "0123456789")] == '\0';
}

static void copy_lower(char *dst, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        dst[i] = (char)tolower((unsigned char)text[i]);
    dst[len] = '\0';
}

static const char *read_host_name(const char *text, size_t len, struct kb_url *url)
{
    struct in_addr address;

    if (len > HOST_NAME_MAX_BYTES)
        return "its host is longer than 253 bytes";
    copy_lower(url->host, text, len);
    const char *problem = check_labels(url->host);
    if (problem)
        return problem;
    if (ends_in_number(url->host) && inet_pton(AF_INET, url->host, &address) != 1)
        return "its host is a number, but not an IPv4 address of four decimal parts";
    return NULL;
}

static const char *read_ipv6(const char *text, size_t len, struct kb_url *url)
{
    struct in6_addr address;

    if (len >= INET6_ADDRSTRLEN)
        return "its IPv6 address is too long";
    copy_lower(url->host, text, len);
    if (inet_pton(AF_INET6, url->host, &address) != 1)
        return "its IPv6 address is wrong, or has a zone";
    return NULL;
}

static const char *read_port(const char *text, size_t len, struct kb_url *url)
{
    static const char wrong[] = "its port is not a number from 1 to 65535";
    unsigned long port = 0;
    size_t i = 1;

    if (len == 0)
        return NULL;
    if (text[0] != ':' || len < 2 || len > 6 || text[1] == '0')
        return wrong;
    for (; i < len && isdigit((unsigned char)text[i]); i++)
        port = port * 10 + (unsigned long)(text[i] - '0');
    if (i < len || port > UINT16_MAX)
        return wrong;
    url->port = (uint16_t)port;
    return NULL;
}

static const char *read_authority(const char *text, size_t len, struct kb_url *url)
{
    const char *end = text + len;
    const char *host_end;
    const char *problem;

    if (memchr(text, '@', len))
        return "it holds a user name or a password ('@')";
    if (len > 0 && text[0] == '[') {
        host_end = memchr(text, ']', len);
        if (!host_end)
            return "its IPv6 address has no closing bracket";
        problem = read_ipv6(text + 1, (size_t)(host_end - text) - 1, url);
        host_end++;
    } else {
        host_end = memchr(text, ':', len);
        host_end = host_end ? host_end : end;
        problem = read_host_name(text, (size_t)(host_end - text), url);
    }
    return problem ? problem : read_port(host_end, (size_t)(end - host_end), url);
}

static const char *check_bytes(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] <= ' ' || text[i] >= 0x7f)
            return "it holds a space, a control character or a character outside ASCII";
        if (text[i] == '\\')
            return "it holds a backslash";
        if (text[i] == '#')
            return "it holds a fragment ('#')";
    }
    return NULL;
}

/* The byte that begins at TEXT, decoded, and how long its spelling is; -1 for a bad one. */
static int decode(const char *text, const char *end, size_t *ret_len)
{
    *ret_len = 1;
    if (*text != '%')
        return (unsigned char)*text;
    if (end - text < 3 || kb_hex_value(text[1]) < 0 || kb_hex_value(text[2]) < 0)
        return -1;
    *ret_len = 3;
    return kb_hex_value(text[1]) * 16 + kb_hex_value(text[2]);
}

static const char *check_escapes(const char *text, size_t len)
{
    const char *end = text + len;
    size_t step = 0;

    for (const char *at = text; at < end; at += step) {
        int byte = decode(at, end, &step);
        if (byte < 0)
            return "it holds a '%' without two hexadecimal digits";
        if (byte < ' ' || byte == 0x7f)
            return "it holds an escaped control character";
    }
    return NULL;
}

static bool is_dot_segment(size_t bytes, size_t dots)
{
    return bytes == dots && (dots == 1 || dots == 2);
}

/* Escaped separators count, and ';' too: some servers cut a segment there and then climb. */
static bool has_dot_segment(const char *text, size_t len)
{
    const char *end = text + len;
    size_t step = 0, bytes = 0, dots = 0;

    for (const char *at = text; at < end; at += step) {
        int byte = decode(at, end, &step);
        if (byte != '/' && byte != '\\' && byte != ';') {
            bytes++;
            dots += byte == '.';
            continue;
        }
        if (is_dot_segment(bytes, dots))
            return true;
        bytes = dots = 0;
    }
    return is_dot_segment(bytes, dots);
}

static const char *read_path(const char *text, size_t len, struct kb_url *url)
{
    bool rooted = len > 0 && text[0] == '/';

    if (len + !rooted >= sizeof(url->path))
        return "its path is too long";
    const char *problem = check_escapes(text, len);
    if (problem)
        return problem;
    if (has_dot_segment(text, len))
        return "its path holds a '.' or '..' segment";
    url->path[0] = '/';
    memcpy(url->path + !rooted, text, len);
    url->path[len + !rooted] = '\0';
    return NULL;
}

static const char *read_path_and_query(const char *text, size_t len, struct kb_url *url)
{
    const char *question = memchr(text, '?', len);
    size_t path_len = question ? (size_t)(question - text) : len;

    const char *problem = read_path(text, path_len, url);
    if (problem || !question)
        return problem;
    size_t query_len = len - path_len - 1;
    if (query_len >= sizeof(url->query))
        return "its query is too long";
    memcpy(url->query, question + 1, query_len);
    url->query[query_len] = '\0';
    return check_escapes(question + 1, query_len);
}

static const char *read_url(const char *text, size_t len, struct kb_url *url)
{
    const char *mark = memmem(text, len, "://", 3);

    if (!mark)
        return "it does not begin with https://";
    const char *problem = check_bytes(text, len);
    if (!problem)
        problem = read_scheme(text, (size_t)(mark - text), url);
    if (problem)
        return problem;
    const char *authority = mark + 3;
    size_t left = len - (size_t)(authority - text);
    size_t n = 0;
    while (n < left && authority[n] != '/' && authority[n] != '?')
        n++;
    problem = read_authority(authority, n, url);
    return problem ? problem : read_path_and_query(authority + n, left - n, url);
}

static enum kb_err finish(
    const char *problem, const struct kb_url *url, struct kb_url *ret, struct kb_error *err)
{
    if (problem)
        return kb_fail(err, KB_ERR_USAGE, "the address is refused: %s", problem);
    *ret = *url;
    return KB_OK;
}

enum kb_err kb_url_parse(const char *text, size_t len, struct kb_url *ret, struct kb_error *err)
{
    struct kb_url url = KB_URL_INIT;

    return finish(read_url(text, len, &url), &url, ret, err);
}

enum kb_err kb_url_from_parts(
    const char *scheme, const char *host_port, struct kb_url *ret, struct kb_error *err)
{
    struct kb_url url = KB_URL_INIT;
    size_t len = strlen(host_port);

    const char *problem = check_bytes(host_port, len);
    if (!problem)
        problem = read_scheme(scheme, strlen(scheme), &url);
    if (!problem)
        problem = read_authority(host_port, len, &url);
    url.path[0] = '/';
    return finish(problem, &url, ret, err);
}

/* Spells a decoded path as it stands in a URL. False for a control character. */
static bool encode_path(const char *text, struct kb_buf *out)
{
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;

        if (byte < 0x20 || byte == 0x7f)
            return false;
        if (byte == ' ' || byte > 0x7f || strchr("%?#\\", byte))
            kb_buf_fmt(out, "%%%02X", byte);
        else
            kb_buf_byte(out, (char)byte);
    }
    return !out->failed;
}

enum kb_err kb_url_set_path(struct kb_url *url, const char *text, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf path = KB_BUF_INIT(3 * sizeof(url->path));
    struct kb_url changed = *url;
    const char *problem = "its path is too long or holds a control character";

    if (encode_path(text, &path))
        problem = read_path(kb_buf_text(&path), path.len, &changed);
    return finish(problem, &changed, url, err);
}

void kb_url_drop_end_slash(struct kb_url *url)
{
    size_t len = strlen(url->path);

    if (len <= 1 || url->path[len - 1] != '/')
        return;
    url->path[len - 1] = '\0';
    url->slash = true;
}

bool kb_url_same_origin(const struct kb_url *a, const struct kb_url *b)
{
    return strcmp(a->scheme, b->scheme) == 0 && strcmp(a->host, b->host) == 0 && a->port == b->port;
}

bool kb_url_equal(const struct kb_url *a, const struct kb_url *b)
{
    return kb_url_same_origin(a, b) && strcmp(a->path, b->path) == 0 &&
           strcmp(a->query, b->query) == 0;
}

bool kb_url_path_covers(const struct kb_url *url, const struct kb_url *wanted)
{
    size_t len = strlen(url->path);

    if (len == 0 || strncmp(url->path, wanted->path, len) != 0)
        return false;
    return url->path[len - 1] == '/' || wanted->path[len] == '\0' || wanted->path[len] == '/';
}

bool kb_url_is_loopback(const struct kb_url *url)
{
    struct in_addr v4;
    struct in6_addr v6;

    if (inet_pton(AF_INET, url->host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
    if (inet_pton(AF_INET6, url->host, &v6) == 1)
        return IN6_IS_ADDR_LOOPBACK(&v6);
    return strcmp(url->host, "localhost") == 0;
}

enum kb_err kb_url_check_secure(const struct kb_url *url, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf shown = KB_BUF_INIT(KB_URL_ORIGIN_MAX);
    bool is_plain = strcmp(url->scheme, "http") == 0;

    if (strcmp(url->scheme, "https") == 0 || (is_plain && kb_url_is_loopback(url)))
        return KB_OK;
    kb_url_append_origin(url, &shown);
    return kb_hinted(err,
        kb_fail(err, KB_ERR_CONFIG,
            is_plain ? "%s is not encrypted; only a loopback address may be plain http"
                     : "%s is not an https address",
            kb_buf_text(&shown)),
        "use https://%s", url->host);
}

static const struct scheme *scheme_of(const struct kb_url *url)
{
    for (size_t i = 0; i < KB_COUNT(schemes); i++) {
        if (strcmp(url->scheme, schemes[i].meant) == 0)
            return &schemes[i];
    }
    return NULL;
}

bool kb_url_is_mail(const struct kb_url *url)
{
    const struct scheme *scheme = scheme_of(url);

    return scheme && scheme->is_mail;
}

bool kb_url_has_default_port(const struct kb_url *url)
{
    const struct scheme *scheme = scheme_of(url);

    return scheme && url->port == scheme->port;
}

static void append_host(const struct kb_url *url, bool with_port, struct kb_buf *out)
{
    bool v6 = strchr(url->host, ':') != NULL;

    kb_buf_fmt(out, v6 ? "[%s]" : "%s", url->host);
    if (with_port)
        kb_buf_fmt(out, ":%u", (unsigned)url->port);
}

void kb_url_append_authority(const struct kb_url *url, struct kb_buf *out)
{
    append_host(url, !kb_url_has_default_port(url), out);
}

void kb_url_append_origin(const struct kb_url *url, struct kb_buf *out)
{
    kb_buf_fmt(out, "%s://", url->scheme);
    kb_url_append_authority(url, out);
}

void kb_url_append_full_origin(const struct kb_url *url, struct kb_buf *out)
{
    kb_buf_fmt(out, "%s://", url->scheme);
    append_host(url, true, out);
}

void kb_url_append_for_git(const struct kb_url *url, struct kb_buf *out)
{
    if (kb_url_is_mail(url))
        kb_url_append_full_origin(url, out);
    else
        kb_url_append_origin(url, out);
    if (strcmp(url->path, "/") != 0)
        kb_buf_str(out, url->path);
}

void kb_url_append(const struct kb_url *url, struct kb_buf *out)
{
    kb_url_append_origin(url, out);
    kb_buf_str(out, url->path);
    if (url->query[0]) {
        kb_buf_byte(out, '?');
        kb_buf_str(out, url->query);
    }
}
