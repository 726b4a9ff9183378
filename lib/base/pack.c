/*
 * Little-endian packing. Must never read past what it was given.
 */
#include "base/pack.h"

#include "base/strings.h"

#include <string.h>

static void pack_number(struct kb_buf *out, uint64_t value, size_t width)
{
    unsigned char bytes[8];

    for (size_t i = 0; i < width; i++)
        bytes[i] = (unsigned char)(value >> (8 * i));
    kb_buf_add(out, bytes, width);
}

void kb_pack_u8(struct kb_buf *out, uint8_t value)
{
    pack_number(out, value, 1);
}

void kb_pack_u32(struct kb_buf *out, uint32_t value)
{
    pack_number(out, value, 4);
}

void kb_pack_i64(struct kb_buf *out, int64_t value)
{
    pack_number(out, (uint64_t)value, 8);
}

void kb_pack_bytes(struct kb_buf *out, const void *bytes, size_t len)
{
    if (len > UINT32_MAX) {
        out->failed = true;
        return;
    }
    kb_pack_u32(out, (uint32_t)len);
    kb_buf_add(out, bytes, len);
}

void kb_pack_text(struct kb_buf *out, const char *text)
{
    kb_pack_bytes(out, text ? text : "", text ? strlen(text) : 0);
}

void kb_pack_secret(struct kb_buf *out, const struct kb_secret *secret)
{
    kb_pack_bytes(out, secret->bytes, secret->len);
}

void kb_pack_error(struct kb_buf *out, const struct kb_error *error)
{
    kb_pack_u8(out, (uint8_t)error->code);
    kb_pack_u32(out, (uint32_t)error->sys);
    kb_pack_text(out, error->msg);
    kb_pack_text(out, error->hint);
}

struct kb_unpack kb_unpack(const void *bytes, size_t len)
{
    return (struct kb_unpack){.next = bytes, .left = len};
}

const unsigned char *kb_unpack_raw(struct kb_unpack *in, size_t len)
{
    const unsigned char *start = in->next;

    if (in->failed || len > in->left) {
        in->failed = true;
        return NULL;
    }
    in->next += len;
    in->left -= len;
    return start;
}

static uint64_t unpack_number(struct kb_unpack *in, size_t width)
{
    const unsigned char *bytes = kb_unpack_raw(in, width);
    uint64_t value = 0;

    for (size_t i = 0; bytes && i < width; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

uint8_t kb_unpack_u8(struct kb_unpack *in)
{
    return (uint8_t)unpack_number(in, 1);
}

uint32_t kb_unpack_u32(struct kb_unpack *in)
{
    return (uint32_t)unpack_number(in, 4);
}

int64_t kb_unpack_i64(struct kb_unpack *in)
{
    return (int64_t)unpack_number(in, 8);
}

const unsigned char *kb_unpack_bytes(struct kb_unpack *in, size_t *ret_len)
{
    size_t len = kb_unpack_u32(in);
    const unsigned char *bytes = kb_unpack_raw(in, len);

    *ret_len = bytes ? len : 0;
    return bytes;
}

void kb_unpack_text(struct kb_unpack *in, char *dst, size_t cap)
{
    size_t len;
    const unsigned char *bytes = kb_unpack_bytes(in, &len);

    if (!bytes || len >= cap || memchr(bytes, '\0', len)) {
        in->failed = true;
        len = 0;
    }
    if (len > 0)
        memcpy(dst, bytes, len);
    dst[len] = '\0';
}

char *kb_unpack_text_dup(struct kb_unpack *in)
{
    size_t len;
    const unsigned char *bytes = kb_unpack_bytes(in, &len);
    char *copy = NULL;

    if (bytes && !memchr(bytes, '\0', len))
        copy = strndup((const char *)bytes, len);
    if (!copy)
        in->failed = true;
    return copy;
}

void kb_unpack_secret(struct kb_unpack *in, struct kb_secret *ret)
{
    size_t len;
    const unsigned char *bytes = kb_unpack_bytes(in, &len);

    if (!bytes || kb_secret_set(ret, bytes, len, NULL))
        in->failed = true;
}

void kb_unpack_error(struct kb_unpack *in, struct kb_error *ret)
{
    uint8_t code = kb_unpack_u8(in);

    ret->code = (enum kb_err)code;
    ret->sys = (int)kb_unpack_u32(in);
    kb_unpack_text(in, ret->msg, sizeof(ret->msg));
    kb_unpack_text(in, ret->hint, sizeof(ret->hint));
    if (!kb_err_known(code) ||
        !kb_text_is_printable(ret->msg, strlen(ret->msg), code ? 1 : 0, sizeof(ret->msg)) ||
        !kb_text_is_printable(ret->hint, strlen(ret->hint), 0, sizeof(ret->hint)))
        in->failed = true;
}

enum kb_err kb_unpack_end(const struct kb_unpack *in, const char *what, struct kb_error *err)
{
    if (in->failed || in->left > 0)
        return kb_fail(err, KB_ERR_CORRUPT, "%s is damaged", what);
    return KB_OK;
}
