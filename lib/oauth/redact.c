/*
 * Covers the client's secret in a server's words, also in pieces: what is
 * cut off, by the server or here, would otherwise hide the rest from the search. Must never
 * show what it could not search, so out of memory means an empty text.
 *
 * Instead of writing the secret in each encoding, the text is read in each
 * encoding: then upper and lower case, and servers that escape only some characters,
 * need no rows of their own.
 */
#include "oauth/redact.h"

#include "base/base64.h"
#include "oauth/form.h"
#include "spelling.h"

#include <stdbool.h>
#include <string.h>

#define NEEDLE_MAX (6UL * (KB_CLIENT_ID_MAX + KB_CLIENT_SECRET_MAX))
#define COVER "[redacted]"
/* So many bytes of a secret in a row are a piece of it. Shorter ones, a whole secret too, occur by
 * chance: who covered them would mangle words. */
#define PIECE 8
/* More of a text is not looked at: much more than anybody shows. */
#define TEXT_MAX 1024

/*
 * How many bytes of TEXT spell a piece of NEEDLE that is just long enough for a find; 0: none.
 * What is longer is many such pieces, one beginning after the other.
 */
static size_t match(const char *text, size_t len, const struct kb_buf *needle, kb_spelling read,
    struct kb_buf *piece)
{
    size_t used = 0;

    kb_buf_reset(piece);
    while (piece->len < PIECE) {
        char c = 0;
        size_t step = used < len ? read(text + used, len - used, &c) : 0;

        if (step == 0)
            return 0;
        kb_buf_byte(piece, c);
        used += step;
    }
    return memmem(needle->data, needle->len, piece->data, piece->len) ? used : 0;
}

/* Sets a byte in COVERED for every byte of TEXT that belongs to NEEDLE in some spelling. */
static void cover(const struct kb_buf *text, const struct kb_buf *needle, struct kb_buf *covered)
{
    KB_AUTO(kb_buf_clear) struct kb_buf piece = KB_BUF_INIT(TEXT_MAX);

    if (text->failed || needle->failed || covered->failed || needle->len < PIECE)
        return;
    for (size_t i = 0; i < text->len; i++) {
        for (size_t s = 0; s < KB_SPELLING_COUNT; s++) {
            size_t used = match(text->data + i, text->len - i, needle, kb_spellings[s], &piece);

            memset(covered->data + i, 1, used);
        }
    }
    covered->failed = piece.failed;
}

/* What the secret looks like in a request that may come back. The id is no secret. */
struct recipe {
    bool behind_id, form_encoded, base64;
    int shift; /* bytes before it in a group of three, when more than it was encoded */
};

static const struct recipe recipes[] = {
    {.base64 = false},
    {.base64 = true},
    {.base64 = true, .shift = 1},
    {.base64 = true, .shift = 2},
    {.form_encoded = true, .base64 = true},
    {.form_encoded = true, .base64 = true, .shift = 1},
    {.form_encoded = true, .base64 = true, .shift = 2},
    {.behind_id = true, .base64 = true},
    {.behind_id = true, .form_encoded = true, .base64 = true},
};

static void add_credential(struct kb_buf *out, const struct kb_secret *credential, bool encode)
{
    if (encode)
        kb_form_encode(out, credential->bytes, credential->len);
    else
        kb_secret_append(credential, out);
}

static void add_plain(
    struct kb_buf *out, const struct recipe *recipe, const struct kb_client *client)
{
    for (int i = 0; i < recipe->shift; i++)
        kb_buf_byte(out, 0);
    if (recipe->behind_id) {
        add_credential(out, &client->id, recipe->form_encoded);
        kb_buf_byte(out, ':');
    }
    add_credential(out, &client->secret, recipe->form_encoded);
}

static void make_needle(
    struct kb_buf *text, const struct recipe *recipe, const struct kb_client *client)
{
    KB_AUTO(kb_buf_clear) struct kb_buf plain = KB_BUF_INIT(NEEDLE_MAX);

    add_plain(&plain, recipe, client);
    if (recipe->base64)
        kb_base64_encode(text, plain.data, plain.len);
    else
        kb_buf_add(text, plain.data, plain.len);
    /* An echo may lack the padding. */
    while (recipe->base64 && text->len > 0 && text->data[text->len - 1] == '=')
        text->len--;
    text->failed = text->failed || plain.failed;
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
    KB_AUTO(kb_buf_clear) struct kb_buf clean = KB_BUF_INIT(TEXT_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf covered = KB_BUF_INIT(TEXT_MAX);
    bool failed = false;

    add_printable(&clean, text, len < TEXT_MAX ? len : TEXT_MAX);
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
