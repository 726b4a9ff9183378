/*
 * Covers what a request showed of secrets in a server's words, also in pieces: what is
 * cut off, by the server or here, would otherwise hide the rest from the search. Must never
 * show what it could not search, so out of memory means an empty text.
 *
 * Instead of writing a secret in each encoding, the text is read in each
 * encoding: then upper and lower case, and servers that escape only some characters,
 * need no rows of their own.
 */
#include "oauth/redact.h"

#include "base/alloc.h"
#include "base/base64.h"
#include "oauth/form.h"
#include "spelling.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The longest secret, each byte escaped, in base64. */
#define NEEDLE_MAX (4UL * KB_SECRET_MAX + 4)
#define COVER "[redacted]"
/* So many bytes of a secret in a row are a piece of it. Shorter ones, a whole secret too, occur by
 * chance: who covered them would mangle words. */
#define PIECE 8
/* More of a text is not looked at: much more than anybody shows. */
#define TEXT_MAX 1024

/* --- the text, cut into pieces ---------------------------------------------------------- */

/*
 * What USED bytes of the text, from AT on, spell in one of the encodings. What is longer is many
 * such pieces, one beginning after the other.
 */
struct piece {
    uint64_t bytes;
    uint16_t at, used;
    bool covered; /* and with it all that spell the same */
};
_Static_assert(sizeof(uint64_t) == PIECE, "a piece is compared as one number");

struct haystack {
    struct piece *pieces; /* in the order of their bytes */
    size_t count;
};

static void clear_haystack(struct haystack *hay)
{
    if (hay->pieces)
        explicit_bzero(hay->pieces, hay->count * sizeof(*hay->pieces));
    free(hay->pieces);
    *hay = (struct haystack){.pieces = NULL};
}

static bool read_piece(const struct kb_buf *text, size_t at, kb_spelling read, struct piece *ret)
{
    char bytes[PIECE];
    size_t used = 0;

    for (size_t i = 0; i < PIECE; i++) {
        const char *next = text->data + at + used;
        size_t left = text->len - at - used;
        size_t step = left > 0 ? read(next, left, &bytes[i]) : 0;

        if (step == 0)
            return false;
        used += step;
    }
    *ret = (struct piece){.at = (uint16_t)at, .used = (uint16_t)used};
    memcpy(&ret->bytes, bytes, PIECE);
    return true;
}

static int in_order(const void *one, const void *other)
{
    uint64_t a = ((const struct piece *)one)->bytes, b = ((const struct piece *)other)->bytes;

    return (a > b) - (a < b);
}

/* What the first spelling reads likewise, as most do, is there already. */
static void cut(const struct kb_buf *text, struct haystack *ret)
{
    ret->pieces = kb_alloc(text->len * KB_SPELLING_COUNT, sizeof(*ret->pieces));
    for (size_t at = 0; at < text->len; at++) {
        struct piece raw = {.used = 0}, piece;

        for (size_t s = 0; s < KB_SPELLING_COUNT; s++) {
            if (!read_piece(text, at, kb_spellings[s], &piece))
                continue;
            if (s > 0 && raw.used == piece.used && raw.bytes == piece.bytes)
                continue;
            if (s == 0)
                raw = piece;
            ret->pieces[ret->count++] = piece;
        }
    }
    qsort(ret->pieces, ret->count, sizeof(*ret->pieces), in_order);
}

/* The first piece that is not before BYTES. */
static size_t find(const struct haystack *hay, uint64_t bytes)
{
    size_t low = 0, high = hay->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (hay->pieces[middle].bytes < bytes)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Sets a byte in COVERED for every byte of the text that belongs to NEEDLE in some spelling. */
static void cover(struct haystack *hay, const struct kb_buf *needle, struct kb_buf *covered)
{
    for (size_t at = 0; at + PIECE <= needle->len; at++) {
        uint64_t bytes;

        memcpy(&bytes, needle->data + at, PIECE);
        for (size_t i = find(hay, bytes); i < hay->count; i++) {
            struct piece *piece = &hay->pieces[i];

            if (piece->bytes != bytes || piece->covered)
                break;
            piece->covered = true;
            memset(covered->data + piece->at, 1, piece->used);
        }
    }
}

/* --- what must not come out ------------------------------------------------------------- */

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

/* ID NULL: the secret alone. */
static void add_plain(struct kb_buf *out, const struct recipe *recipe, const struct kb_secret *id,
    const struct kb_secret *secret)
{
    for (int i = 0; i < recipe->shift; i++)
        kb_buf_byte(out, 0);
    if (id) {
        add_credential(out, id, recipe->form_encoded);
        kb_buf_byte(out, ':');
    }
    add_credential(out, secret, recipe->form_encoded);
}

static void make_needle(struct kb_buf *text, const struct recipe *recipe,
    const struct kb_secret *id, const struct kb_secret *secret)
{
    KB_AUTO(kb_buf_clear) struct kb_buf plain = KB_BUF_INIT(NEEDLE_MAX);

    add_plain(&plain, recipe, id, secret);
    if (recipe->base64)
        kb_base64_encode(text, plain.data, plain.len);
    else
        kb_buf_add(text, plain.data, plain.len);
    /* An echo may lack the padding. */
    while (recipe->base64 && text->len > 0 && text->data[text->len - 1] == '=')
        text->len--;
    text->failed = text->failed || plain.failed;
}

/* False where not all of it could be searched for. ID NULL: it is sent behind none. */
static bool cover_secret(struct haystack *hay, const struct kb_secret *id,
    const struct kb_secret *secret, struct kb_buf *covered)
{
    bool failed = false;

    if (!secret || kb_secret_is_empty(secret))
        return true;
    for (size_t i = 0; i < KB_COUNT(recipes); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf needle = KB_BUF_INIT(NEEDLE_MAX);

        if (recipes[i].behind_id && !id)
            continue;
        make_needle(&needle, &recipes[i], recipes[i].behind_id ? id : NULL, secret);
        cover(hay, &needle, covered);
        failed = failed || needle.failed;
    }
    return !failed;
}

/* All that this attempt, or one before it, may have shown. */
static bool cover_all(
    struct haystack *hay, const struct kb_oauth_context *context, struct kb_buf *covered)
{
    const struct kb_secret *const tokens[] = {
        context->client_assertion, context->subject_token, context->first_token};
    const struct kb_client *client = context->client;
    bool complete = cover_secret(hay, &client->id, &client->secret, covered);

    for (size_t i = 0; i < KB_COUNT(tokens); i++)
        complete = cover_secret(hay, NULL, tokens[i], covered) && complete;
    for (size_t i = 0; context->assertions && i < KB_ASSERTION_USES; i++)
        complete = cover_secret(hay, NULL, &context->assertions[i], covered) && complete;
    for (size_t i = 0; i < context->earlier_count; i++)
        complete = cover_secret(hay, NULL, &context->earlier[i], covered) && complete;
    return complete;
}

/* --- the text as it is shown ------------------------------------------------------------ */

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

void kb_redact(
    const char *text, size_t len, const struct kb_oauth_context *context, char *out, size_t size)
{
    KB_AUTO(kb_buf_clear) struct kb_buf clean = KB_BUF_INIT(TEXT_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf covered = KB_BUF_INIT(TEXT_MAX);
    KB_AUTO(clear_haystack) struct haystack hay = {.pieces = NULL};

    out[0] = '\0';
    add_printable(&clean, text, len < TEXT_MAX ? len : TEXT_MAX);
    for (size_t i = 0; i < clean.len; i++)
        kb_buf_byte(&covered, 0);
    if (clean.len == 0 || clean.failed || covered.failed)
        return;
    cut(&clean, &hay);
    if (cover_all(&hay, context, &covered))
        write_uncovered(&clean, &covered, out, size);
}
