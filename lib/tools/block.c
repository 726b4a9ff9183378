/*
 * Marked blocks in files of lines. Must never touch a line that is not between its marks.
 */
#include "tools/block.h"

#include "base/attr.h"

#include <string.h>

enum { MARK_MAX = 256 };

struct block {
    bool found;
    size_t start, end;             /* of the whole block, with its marks */
    size_t lines_start, lines_end; /* of what is between them */
};

static const char *line_end(const struct kb_buf *text)
{
    const char *bytes = kb_buf_text(text), *end = memchr(bytes, '\n', text->len);

    return end && end > bytes && end[-1] == '\r' ? "\r\n" : "\n";
}

/* Whether the LEN bytes at LINE, without their end, are the mark WORD of block NAME. */
static bool is_mark(const char *line, size_t len, const char *word, const char *name)
{
    KB_AUTO(kb_buf_clear) struct kb_buf mark = KB_BUF_INIT(MARK_MAX);

    kb_buf_fmt(&mark, "# keybearer %s %s", word, name);
    if (len > 0 && line[len - 1] == '\r')
        len--;
    return len == mark.len && memcmp(line, kb_buf_text(&mark), len) == 0;
}

static enum kb_err broken(
    const char *file, size_t line, const char *name, const char *what, struct kb_error *err)
{
    return kb_hinted(err,
        kb_fail(err, KB_ERR_CORRUPT, "%s:%zu: the block \"keybearer begin %s\" %s", file, line,
            name, what),
        "remove the lines of that block, then try again; nothing was changed");
}

static enum kb_err find(const char *file, const struct kb_buf *text, const char *name,
    struct block *ret, struct kb_error *err)
{
    const char *bytes = kb_buf_text(text);
    struct block block = {0};
    size_t line = 0, begun = 0;

    if (memchr(bytes, '\0', text->len))
        return kb_hinted(err, kb_fail(err, KB_ERR_CORRUPT, "%s is no file of lines", file),
            "look at it: file %s", file);
    for (size_t at = 0, next; at < text->len; at = next) {
        const char *end = memchr(bytes + at, '\n', text->len - at);
        size_t len = end ? (size_t)(end - bytes) - at : text->len - at;

        line++;
        next = at + len + (end != NULL);
        if (is_mark(bytes + at, len, "begin", name)) {
            if (begun || block.found)
                return broken(file, line, name, "begins twice", err);
            begun = line;
            block.start = at;
            block.lines_start = next;
        } else if (begun && is_mark(bytes + at, len, "end", name)) {
            begun = 0;
            block.found = true;
            block.lines_end = at;
            block.end = next;
        }
    }
    if (begun)
        return broken(file, begun, name, "does not end", err);
    *ret = block;
    return KB_OK;
}

enum kb_err kb_block_look(const char *file, const struct kb_buf *text, const char *name,
    bool *ret_found, struct kb_buf *ret, struct kb_error *err)
{
    const char *bytes = kb_buf_text(text);
    struct block block = {0};
    enum kb_err rc = find(file, text, name, &block, err);

    if (rc)
        return rc;
    for (size_t i = block.lines_start; block.found && i < block.lines_end; i++) {
        if (bytes[i] != '\r' || bytes[i + 1] != '\n')
            kb_buf_byte(ret, bytes[i]);
    }
    *ret_found = block.found;
    return kb_buf_check(ret, file, err);
}

/* The line ends of a block are those that its first mark has. */
static bool mark_ends_with_cr(const char *bytes, const struct block *block)
{
    return bytes[block->lines_start - 1] == '\n' && bytes[block->lines_start - 2] == '\r';
}

static void add_lines(struct kb_buf *out, const char *lines, const char *end)
{
    for (; *lines; lines++) {
        if (*lines == '\n')
            kb_buf_str(out, end);
        else
            kb_buf_byte(out, *lines);
    }
}

enum kb_err kb_block_set(const char *file, const struct kb_buf *text, const char *name,
    const char *lines, struct kb_buf *out, bool *ret_joined, struct kb_error *err)
{
    const char *bytes = kb_buf_text(text), *end = line_end(text);
    struct block block = {0};
    enum kb_err rc = find(file, text, name, &block, err);
    bool joined = !rc && !block.found && text->len > 0 && bytes[text->len - 1] != '\n';

    if (rc)
        return rc;
    if (block.found)
        end = mark_ends_with_cr(bytes, &block) ? "\r\n" : "\n";
    else
        block.start = block.end = text->len;
    kb_buf_add(out, bytes, block.start);
    if (joined)
        kb_buf_str(out, end);
    kb_buf_fmt(out, "# keybearer begin %s%s", name, end);
    add_lines(out, lines, end);
    kb_buf_fmt(out, "# keybearer end %s%s", name, end);
    kb_buf_add(out, bytes + block.end, text->len - block.end);
    if (!block.found)
        *ret_joined = joined;
    return kb_buf_check(out, file, err);
}

enum kb_err kb_block_remove(const char *file, const struct kb_buf *text, const char *name,
    bool joined, struct kb_buf *out, struct kb_error *err)
{
    const char *bytes = kb_buf_text(text);
    struct block block = {0};
    enum kb_err rc = find(file, text, name, &block, err);
    size_t start;

    if (rc)
        return rc;
    start = block.start;
    /* The line end that was added is the one of the mark behind it. */
    if (joined && block.found && block.end == text->len && start > 0) {
        start--;
        start -= start > 0 && bytes[start - 1] == '\r' && mark_ends_with_cr(bytes, &block);
    }
    kb_buf_add(out, bytes, start);
    kb_buf_add(out, bytes + block.end, text->len - block.end);
    return kb_buf_check(out, file, err);
}
