/*
 * A server's words around an echo of the secret: "SPELLING SIZE BEFORE\nAFTER", the first two
 * one byte each. Eight bytes of the secret in a row never come out, however they are spelled.
 */
#include "fuzz.h"

#include "base/base64.h"
#include "oauth/form.h"
#include "oauth/redact.h"

#define ID "client-0123456789"
#define SECRET "s3cr3t+of/the=client&%\"\\<>"
#define PIECE 8
#define ROOM 4096

/* --- the spellings, as servers write them ------------------------------------------------- */

static void as_it_is(struct kb_buf *out, const char *text, size_t len)
{
    kb_buf_add(out, text, len);
}

#define UPPER "0123456789ABCDEF"
#define LOWER "0123456789abcdef"

/* Each byte as two hexadecimal DIGITS between BEFORE and AFTER. */
static void each_as(struct kb_buf *out, const char *text, size_t len, const char *before,
    const char *digits, const char *after)
{
    for (size_t i = 0; i < len; i++) {
        kb_buf_str(out, before);
        kb_buf_byte(out, digits[(unsigned char)text[i] >> 4]);
        kb_buf_byte(out, digits[(unsigned char)text[i] & 15]);
        kb_buf_str(out, after);
    }
}

static void percent(struct kb_buf *out, const char *text, size_t len)
{
    each_as(out, text, len, "%", UPPER, "");
}

static void percent_lower(struct kb_buf *out, const char *text, size_t len)
{
    each_as(out, text, len, "%", LOWER, "");
}

static void json(struct kb_buf *out, const char *text, size_t len)
{
    each_as(out, text, len, "\\u00", LOWER, "");
}

static void json_short(struct kb_buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (strchr("\"\\/", text[i]))
            kb_buf_byte(out, '\\');
        kb_buf_byte(out, text[i]);
    }
}

static void html(struct kb_buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        kb_buf_fmt(out, "&#%u;", (unsigned)(unsigned char)text[i]);
}

static void html_hex(struct kb_buf *out, const char *text, size_t len)
{
    each_as(out, text, len, "&#x", LOWER, ";");
}

static void hex(struct kb_buf *out, const char *text, size_t len)
{
    each_as(out, text, len, "", LOWER, "");
}

static void hex_upper(struct kb_buf *out, const char *text, size_t len)
{
    each_as(out, text, len, "", UPPER, "");
}

static void (*const spellings[])(struct kb_buf *, const char *, size_t) = {as_it_is, kb_form_encode,
    percent, percent_lower, json, json_short, html, html_hex, hex, hex_upper};

/* --- what must not come out, made once ------------------------------------------------------ */

static struct kb_strings needles;

static void add_needle(const char *bytes, size_t len)
{
    char text[64] = {0};

    MUST(len < sizeof(text));
    memcpy(text, bytes, len);
    kb_strings_add(&needles, text);
}

static void add_pieces(const char *secret, size_t len)
{
    for (size_t at = 0; at + PIECE <= len; at++) {
        for (size_t s = 0; s < KB_COUNT(spellings); s++) {
            KB_AUTO(kb_buf_clear) struct kb_buf piece = KB_BUF_INIT(ROOM);

            spellings[s](&piece, secret + at, PIECE);
            add_needle(kb_buf_text(&piece), piece.len);
        }
    }
}

/* SHIFT bytes of something else stand before the secret. Ends are mixed with what is around. */
static void add_base64(const char *secret, size_t len, size_t shift)
{
    KB_AUTO(kb_buf_clear) struct kb_buf plain = KB_BUF_INIT(ROOM), encoded = KB_BUF_INIT(ROOM);

    kb_buf_add(&plain, "::", shift);
    kb_buf_add(&plain, secret, len);
    kb_base64_encode(&encoded, plain.data, plain.len);
    for (size_t at = 4; at + PIECE + 4 <= encoded.len; at++) {
        char piece[PIECE], url_safe[PIECE];

        memcpy(piece, encoded.data + at, PIECE);
        for (size_t i = 0; i < PIECE; i++)
            url_safe[i] = piece[i] == '+' ? '-' : piece[i] == '/' ? '_' : piece[i];
        add_needle(piece, PIECE);
        add_needle(url_safe, PIECE);
    }
}

static void make_needles(void)
{
    KB_AUTO(kb_buf_clear) struct kb_buf form = KB_BUF_INIT(ROOM);

    if (needles.count > 0)
        return;
    add_pieces(SECRET, strlen(SECRET));
    kb_form_encode(&form, SECRET, strlen(SECRET));
    for (size_t shift = 0; shift < 3; shift++) {
        add_base64(SECRET, strlen(SECRET), shift);
        add_base64(form.data, form.len, shift);
    }
}

static void must_lack_secret(const char *out)
{
    make_needles();
    for (size_t i = 0; i < needles.count; i++)
        MUST(!strstr(out, needles.items[i]));
}

/* --- the echo ------------------------------------------------------------------------------- */

/* In base64, as it is or form-encoded, behind SHIFT bytes of something else. */
static void echo_base64(struct kb_buf *text, const char *secret, bool encode, size_t shift)
{
    KB_AUTO(kb_buf_clear) struct kb_buf plain = KB_BUF_INIT(ROOM);

    kb_buf_add(&plain, "??", shift);
    if (encode)
        kb_form_encode(&plain, secret, strlen(secret));
    else
        kb_buf_str(&plain, secret);
    kb_base64_encode(text, plain.data, plain.len);
}

static void echo(struct kb_buf *text, uint8_t spelling)
{
    const char *secret = spelling % 2 ? ID ":" SECRET : SECRET;
    size_t way = spelling / 2 % (KB_COUNT(spellings) + 6);

    if (way < KB_COUNT(spellings))
        spellings[way](text, secret, strlen(secret));
    else
        echo_base64(text, secret, way % 2, (way - KB_COUNT(spellings)) / 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(ROOM);
    struct input in = {data, size};
    uint8_t spelling = take_byte(&in);
    size_t room = 1 + 4 * (size_t)take_byte(&in);
    KB_AUTO(kb_str_free) char *before = take_until(&in, '\n');
    char *out = malloc(room);
    const struct kb_oauth_context context = {.client = &client};

    MUST(out && kb_secret_set(&client.id, ID, strlen(ID), NULL) == KB_OK);
    MUST(kb_secret_set(&client.secret, SECRET, strlen(SECRET), NULL) == KB_OK);
    kb_buf_str(&text, before);
    echo(&text, spelling);
    kb_buf_add(&text, in.data, in.size);
    kb_redact(kb_buf_text(&text), text.len, &context, out, room);
    MUST(strlen(out) < room && kb_text_is_printable(out, strlen(out), 0, room));
    must_lack_secret(out);
    free(out);
    return 0;
}
