/*
 * Covers the client's id and secret in a server's words. Works on the whole text before
 * anything is cut off: half a secret would not be found. Must never show what it could
 * not search, so out of memory means an empty text.
 *
 * Instead of writing each credential in each encoding, the text is read in each
 * encoding: then upper and lower case, and servers that escape only some characters,
 * need no rows of their own.
 */
#include "oauth/redact.h"

#include "oauth/base64.h"
#include "oauth/form.h"
#include "spelling.h"

#include <stdbool.h>
#include <string.h>

#define NEEDLE_MAX ((KB_CLIENT_ID_MAX + KB_CLIENT_SECRET_MAX) * 6)
#define COVER "[redacted]"

/* How many bytes of TEXT spell all of NEEDLE; 0: it does not begin here. */
static size_t match(const char *text, size_t len, const struct kb_buf *needle, kb_spelling read)
{
    size_t used = 0;

    for (size_t i = 0; i < needle->len; i++) {
        char c = 0;
        size_t step = used < len ? read(text + used, len - used, &c) : 0;

        if (step == 0 || c != needle->data[i])
            return 0;
        used += step;
    }
    return used;
}

/* Sets a byte in COVERED for every byte of TEXT that belongs to NEEDLE in some spelling. */
static void cover(const struct kb_buf *text, const struct kb_buf *needle, struct kb_buf *covered)
{
    if (text->failed || needle->failed || covered->failed)
        return;
    for (size_t i = 0; i < text->len; i++) {
        for (size_t s = 0; s < KB_SPELLING_COUNT; s++) {
            size_t used = match(text->data + i, text->len - i, needle, kb_spellings[s]);

            memset(covered->data + i, 1, used);
        }
    }
}

/* What a credential looks like in a request that may come back. */
struct recipe {
    bool id, secret, form_encoded, base64;
};

static const struct recipe recipes[] = {
    {.id = true},
    {.secret = true},
    {.id = true, .base64 = true},
    {.secret = true, .base64 = true},
    {.id = true, .secret = true, .base64 = true},
    {.id = true, .secret = true, .form_encoded = true, .base64 = true},
};

static void add_credential(struct kb_buf *out, const struct kb_secret *credential, bool encode)
{
    if (encode)
        kb_form_encode(out, credential->bytes, credential->len);
    else
        kb_secret_append(credential, out);
}

static void make_needle(
    struct kb_buf *needle, const struct recipe *recipe, const struct kb_client *client)
{
    KB_AUTO(kb_buf_clear) struct kb_buf plain = KB_BUF_INIT(NEEDLE_MAX);

    if (recipe->id)
        add_credential(&plain, &client->id, recipe->form_encoded);
    if (recipe->id && recipe->secret)
        kb_buf_byte(&plain, ':');
    if (recipe->secret)
        add_credential(&plain, &client->secret, recipe->form_encoded);
    if (recipe->base64)
        kb_base64_encode(needle, plain.data, plain.len);
    else
        kb_buf_add(needle, plain.data, plain.len);
    /* An echo may lack the padding. */
    while (recipe->base64 && needle->len > 0 && needle->data[needle->len - 1] == '=')
        needle->len--;
    needle->failed = needle->failed || plain.failed;
}

/* A line break or tab becomes a space, any other character that is not ASCII one '?'. */
static void add_printable(struct kb_buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        bool continues_utf8 = (c & 0xc0) == 0x80;

        if (c >= 0x20 && c <= 0x7e)
            kb_buf_byte(out, text[i]);
        else if (c == '\n' || c == '\r' || c == '\t')
            kb_buf_byte(out, ' ');
        else if (!continues_utf8)
            kb_buf_byte(out, '?');
    }
}

static void write_uncovered(
    const struct kb_buf *text, const struct kb_buf *covered, char *out, size_t size)
{
    size_t used = 0;

    for (size_t i = 0; i < text->len && used + 1 < size; i++) {
        if (!covered->data[i])
            out[used++] = text->data[i];
        else if (i == 0 || !covered->data[i - 1])
            used = (size_t)(stpncpy(out + used, COVER, size - 1 - used) - out);
    }
    out[used] = '\0';
}

void kb_redact(const char *text, size_t len, const struct kb_client *client, char *out, size_t size)
{
    KB_AUTO(kb_buf_clear) struct kb_buf clean = KB_BUF_INIT(len);
    KB_AUTO(kb_buf_clear) struct kb_buf covered = KB_BUF_INIT(len);
    bool failed = false;

    add_printable(&clean, text, len);
    for (size_t i = 0; i < clean.len; i++)
        kb_buf_byte(&covered, 0);
    for (size_t i = 0; i < KB_COUNT(recipes); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf needle = KB_BUF_INIT(NEEDLE_MAX);

        make_needle(&needle, &recipes[i], client);
        cover(&clean, &needle, &covered);
        failed = failed || needle.failed;
    }
    out[0] = '\0';
    if (!failed && !clean.failed && !covered.failed)
        write_uncovered(&clean, &covered, out, size);
}
