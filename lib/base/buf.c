/*
 * The capped, wiping buffer. Must never hand old memory back to the allocator with
 * content in it: growth copies and wipes instead of calling realloc.
 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAP = 256 };

static size_t next_cap(const struct kb_buf *buf, size_t need)
{
    size_t cap = buf->cap ? buf->cap : FIRST_CAP;

    while (cap < need)
        cap *= 2;
    return cap < buf->max + 1 ? cap : buf->max + 1;
}

/* Makes room for EXTRA more bytes and the final NUL. */
static bool reserve(struct kb_buf *buf, size_t extra)
{
    size_t need, cap;
    char *grown;

    if (buf->failed || extra > buf->max - buf->len)
        goto fail;
    need = buf->len + extra + 1;
    if (need <= buf->cap)
        return true;
    cap = next_cap(buf, need);
    grown = malloc(cap);
    if (!grown)
        goto fail;
    if (buf->data) {
        memcpy(grown, buf->data, buf->len);
        explicit_bzero(buf->data, buf->cap);
        free(buf->data);
    }
    grown[buf->len] = '\0';
    buf->data = grown;
    buf->cap = cap;
    return true;

fail:
    buf->failed = true;
    return false;
}

void kb_buf_add(struct kb_buf *buf, const void *bytes, size_t len)
{
    if (!reserve(buf, len))
        return;
    if (len > 0)
        memcpy(buf->data + buf->len, bytes, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void kb_buf_str(struct kb_buf *buf, const char *text)
{
    kb_buf_add(buf, text, strlen(text));
}

void kb_buf_byte(struct kb_buf *buf, char byte)
{
    kb_buf_add(buf, &byte, 1);
}

void kb_buf_fmt(struct kb_buf *buf, const char *fmt, ...)
{
    va_list args;
    int len;

    va_start(args, fmt);
    len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (len < 0 || !reserve(buf, (size_t)len)) {
        buf->failed = true;
        return;
    }
    va_start(args, fmt);
    vsnprintf(buf->data + buf->len, (size_t)len + 1, fmt, args);
    va_end(args);
    buf->len += (size_t)len;
}

size_t kb_buf_room(struct kb_buf *buf, size_t want, char **ret)
{
    size_t left = buf->max - buf->len;
    size_t room = want < left ? want : left;

    if (room == 0 || !reserve(buf, room))
        return 0;
    *ret = buf->data + buf->len;
    return room;
}

void kb_buf_took(struct kb_buf *buf, size_t len)
{
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void kb_buf_reset(struct kb_buf *buf)
{
    if (buf->data)
        explicit_bzero(buf->data, buf->cap);
    buf->len = 0;
    buf->failed = false;
}

void kb_buf_one_line(struct kb_buf *buf, const char *text)
{
    for (; *text; text++)
        kb_buf_byte(buf, (char)(*text == '\n' ? '?' : *text));
}

void kb_buf_make_harmless(struct kb_buf *buf)
{
    for (size_t i = 0; i < buf->len; i++) {
        char c = buf->data[i];

        if (c != '\n' && (c < 0x20 || c > 0x7e))
            buf->data[i] = '?';
    }
}

enum kb_err kb_buf_check(const struct kb_buf *buf, const char *what, struct kb_error *err)
{
    if (buf->failed)
        return kb_fail(
            err, KB_ERR_SYSTEM, "%s is larger than %zu bytes, or memory ran out", what, buf->max);
    return KB_OK;
}

const char *kb_buf_text(const struct kb_buf *buf)
{
    return buf->data ? buf->data : "";
}

void kb_buf_clear(struct kb_buf *buf)
{
    if (!buf)
        return;
    kb_buf_reset(buf);
    free(buf->data);
    buf->data = NULL;
    buf->cap = 0;
}
