/*
 * Takes the reply apart while it arrives. libcurl accepts more than it should, so the
 * caps are counted here, and what two readers could understand differently is refused:
 * folded lines, two different Content-Lengths, a transfer coding other than chunked.
 */
#include "exchange.h"

#include <string.h>
#include <strings.h>

/* What curl must see to stop: a number of bytes other than it offered. */
#define STOP 0

static size_t stop(struct kb_reader *reader, const char *problem)
{
    reader->problem = problem;
    return STOP;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_content_length(const char *value)
{
    return *value && strlen(value) <= 18 && value[strspn(value, "0123456789")] == '\0';
}

static const char *problem_with_length(const char *value, const char *before)
{
    if (!is_content_length(value))
        return "has a Content-Length that is no number";
    return before && strcmp(before, value) != 0 ? "has two different Content-Lengths" : NULL;
}

static const char *problem_with(
    const struct kb_http_reply *reply, const char *name, const char *value)
{
    const char *before = kb_http_header(reply, name, NULL);

    if (*name == '\0' || strpbrk(name, " \t"))
        return "has a header line without a name";
    if (strcasecmp(name, "Content-Length") == 0)
        return problem_with_length(value, before);
    if (strcasecmp(name, "Transfer-Encoding") == 0 && (before || strcasecmp(value, "chunked") != 0))
        return "has a Transfer-Encoding other than chunked";
    return NULL;
}

/* LINE is writable and ends where its line end was. */
static const char *take_header(struct kb_reader *reader, char *line)
{
    char *colon = strchr(line, ':'), *value, *end;
    const char *problem;

    if (!colon)
        return "has a header line without a colon";
    *colon = '\0';
    for (value = colon + 1; is_space(*value); value++)
        ;
    for (end = value + strlen(value); end > value && is_space(end[-1]); end--)
        ;
    *end = '\0';
    problem = problem_with(&reader->reply, line, value);
    if (!problem)
        kb_pairs_add(&reader->reply.headers, line, value);
    return problem;
}

/* What an interim response (1xx) said is dropped when the next status line comes. */
static const char *take_status_line(struct kb_reader *reader, const char *line)
{
    if (strncmp(line, "HTTP/", 5) != 0)
        return "does not begin with a status line";
    kb_pairs_clear(&reader->reply.headers);
    reader->interim = strncmp(line + strcspn(line, " "), " 1", 2) == 0;
    reader->part = KB_PART_HEAD;
    return NULL;
}

static const char *take_line(struct kb_reader *reader, char *line)
{
    if (reader->part == KB_PART_STATUS)
        return take_status_line(reader, line);
    if (*line == '\0') {
        reader->part = reader->interim ? KB_PART_STATUS : KB_PART_REST;
        return NULL;
    }
    if (++reader->header_count > KB_HTTP_HEADER_COUNT_MAX)
        return "has more than 100 headers";
    if (is_space(*line))
        return "has a folded header line";
    return reader->part == KB_PART_HEAD ? take_header(reader, line) : NULL;
}

/* How many bytes of a line stand before its line end: LF, or CR and LF, and nothing else. */
static size_t without_line_end(const char *data, size_t len)
{
    if (len > 0 && data[len - 1] == '\n')
        len--;
    return len > 0 && data[len - 1] == '\r' ? len - 1 : len;
}

static bool has_control(const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)data[i];

        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return true;
    }
    return false;
}

static size_t on_header(char *data, size_t size, size_t count, void *context)
{
    struct kb_reader *reader = context;
    size_t len = size * count, text = without_line_end(data, len);
    KB_AUTO(kb_buf_clear) struct kb_buf line = KB_BUF_INIT(KB_HTTP_HEADERS_MAX);
    const char *problem;

    reader->header_bytes += len;
    if (reader->header_bytes > KB_HTTP_HEADERS_MAX)
        return stop(reader, "has headers of more than 64 KiB");
    if (has_control(data, text))
        return stop(reader, "has a control character in a header line");
    kb_buf_add(&line, data, text);
    if (kb_buf_check(&line, "a header line", &reader->fault))
        return STOP;
    problem = take_line(reader, line.data);
    return problem ? stop(reader, problem) : len;
}

static size_t on_body(char *data, size_t size, size_t count, void *context)
{
    struct kb_reader *reader = context;
    struct kb_buf *body = &reader->reply.body;
    size_t len = size * count;

    if (len > body->max - body->len)
        return stop(reader, "has a body of more than 64 KiB");
    kb_buf_add(body, data, len);
    return kb_buf_check(body, "the reply", &reader->fault) ? STOP : len;
}

CURLcode kb_net_set_reader(CURL *curl, struct kb_reader *reader)
{
    CURLcode rc = curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);

    if (!rc)
        rc = curl_easy_setopt(curl, CURLOPT_HEADERDATA, reader);
    if (!rc)
        rc = curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    if (!rc)
        rc = curl_easy_setopt(curl, CURLOPT_WRITEDATA, reader);
    return rc;
}
