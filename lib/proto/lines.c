/*
 * Lines of a request. Must never yield the rest of a long line as a line of its own:
 * that is how a server's header once became a host name in other helpers.
 */
#include "proto/lines.h"

#include <string.h>

struct kb_lines kb_lines(struct kb_buf *text)
{
    return (struct kb_lines){text->data, text->len};
}

enum kb_err kb_lines_next(struct kb_lines *lines, char **ret_line, struct kb_error *err)
{
    char *line = lines->next, *end;
    size_t len, step;

    if (lines->left == 0) {
        *ret_line = NULL;
        return KB_OK;
    }
    end = memchr(line, '\n', lines->left);
    len = end ? (size_t)(end - line) : lines->left;
    step = end ? len + 1 : len;
    /* cppcheck-suppress knownConditionTrueFalse ; a line may be empty */
    if (end && len > 0 && line[len - 1] == '\r')
        len--;
    if (len > KB_LINE_MAX)
        return kb_fail(err, KB_ERR_USAGE, "a line is longer than %u bytes", KB_LINE_MAX);
    if (memchr(line, '\r', len) || memchr(line, '\0', len))
        return kb_fail(err, KB_ERR_USAGE, "a line holds a carriage return or a NUL");
    line[len] = '\0';
    lines->next += step;
    lines->left -= step;
    *ret_line = line;
    return KB_OK;
}
