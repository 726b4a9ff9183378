/*
 * "A\nB", any two texts, through everything that writes them for somebody else: the form, the
 * proof of the client, JSON, an error. Decoded again they are what they were, and no byte of
 * them can be taken for one that separates.
 */
#include "fuzz.h"

#include "base/base64.h"
#include "base/error_text.h"
#include "base/json.h"
#include "base/json_write.h"
#include "config/settings.h"
#include "oauth/form.h"
#include "oauth/rows.h"

#include <ctype.h>
#include <sodium.h>

#define ROOM 262144

static void must_equal(const struct kb_buf *got, const void *wanted, size_t len)
{
    MUST(!got->failed && got->len == len);
    MUST(len == 0 || memcmp(got->data, wanted, len) == 0);
}

/* --- the form --------------------------------------------------------------------------- */

static int hex(char c)
{
    MUST(isdigit((unsigned char)c) || (c >= 'A' && c <= 'F'));
    return c <= '9' ? c - '0' : c - 'A' + 10;
}

static void decode_form(const char *text, size_t len, struct kb_buf *ret)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '%') {
            MUST(i + 2 < len);
            kb_buf_byte(ret, (char)(hex(text[i + 1]) * 16 + hex(text[i + 2])));
            i += 2;
        } else {
            MUST(isalnum((unsigned char)text[i]) || strchr("-._~+", text[i]));
            kb_buf_byte(ret, text[i] == '+' ? ' ' : text[i]);
        }
    }
}

static void encode_form(const struct input *b)
{
    KB_AUTO(kb_buf_clear) struct kb_buf encoded = KB_BUF_INIT(ROOM), decoded = KB_BUF_INIT(ROOM);

    kb_form_encode(&encoded, (const char *)b->data, b->size);
    MUST(!encoded.failed);
    decode_form(kb_buf_text(&encoded), encoded.len, &decoded);
    must_equal(&decoded, b->data, b->size);
}

/* One field of a form: its name and value as they were, and where the next one begins. */
static size_t must_be_field(
    const struct kb_buf *form, size_t at, const char *name, const char *value, size_t len)
{
    KB_AUTO(kb_buf_clear) struct kb_buf left = KB_BUF_INIT(ROOM), right = KB_BUF_INIT(ROOM);
    const char *field = form->data + at;
    size_t equals = strcspn(field, "="), end = strcspn(field, "&");

    MUST(equals < end);
    decode_form(field, equals, &left);
    decode_form(field + equals + 1, end - equals - 1, &right);
    must_equal(&left, name, strlen(name));
    must_equal(&right, value, len);
    return at + end + 1;
}

/* --- base64, and the proof of the client -------------------------------------------------- */

static void decode_base64(const char *text, size_t len, struct kb_buf *ret)
{
    size_t room = len + 1, got = 0;
    unsigned char *bytes = malloc(room);

    MUST(bytes);
    MUST(sodium_base642bin(
             bytes, room, text, len, NULL, &got, NULL, sodium_base64_VARIANT_ORIGINAL) == 0);
    kb_buf_add(ret, bytes, got);
    free(bytes);
}

static void encode_base64(const struct input *b)
{
    KB_AUTO(kb_buf_clear) struct kb_buf encoded = KB_BUF_INIT(ROOM), decoded = KB_BUF_INIT(ROOM);

    kb_base64_encode(&encoded, (const char *)b->data, b->size);
    MUST(!encoded.failed);
    decode_base64(kb_buf_text(&encoded), encoded.len, &decoded);
    must_equal(&decoded, b->data, b->size);
}

/* What follows "Basic ", as two halves. */
static void must_be_basic(const struct kb_secret *header, const struct kb_client *client, bool raw)
{
    KB_AUTO(kb_buf_clear) struct kb_buf pair = KB_BUF_INIT(ROOM);
    KB_AUTO(kb_buf_clear) struct kb_buf id = KB_BUF_INIT(ROOM), secret = KB_BUF_INIT(ROOM);

    MUST(header->len > 6 && memcmp(header->bytes, "Basic ", 6) == 0);
    decode_base64(header->bytes + 6, header->len - 6, &pair);
    size_t colon = strcspn(kb_buf_text(&pair), ":");
    MUST(colon < pair.len);
    if (raw) {
        kb_buf_add(&id, pair.data, colon);
        kb_buf_add(&secret, pair.data + colon + 1, pair.len - colon - 1);
    } else {
        decode_form(pair.data, colon, &id);
        decode_form(pair.data + colon + 1, pair.len - colon - 1, &secret);
    }
    must_equal(&id, client->id.bytes, client->id.len);
    must_equal(&secret, client->secret.bytes, client->secret.len);
}

static void prove(const struct kb_client *client, enum kb_client_auth_method method)
{
    KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
    KB_AUTO(kb_parts_clear) struct kb_parts parts = {0};
    KB_AUTO(kb_profile_clear) struct kb_profile profile = KB_PROFILE_INIT;
    const struct kb_oauth_context context = {.profile = &profile, .client = client};
    struct kb_error err = KB_ERROR_INIT;
    bool unfit = method == KB_AUTH_BASIC_RAW && memchr(client->id.bytes, ':', client->id.len);

    kb_str_set(&profile.client_auth, kb_client_auth_names[method]);
    enum kb_err rc = kb_client_auth_add(&context, &parts, &err);
    must_be_presentable(rc, &err);
    MUST((rc == KB_ERR_CONFIG) == unfit && (rc == KB_OK) == !unfit);
    MUST(kb_bodies[KB_BODY_FORM].write(&parts, &request, NULL) == KB_OK);
    MUST((request.body.len > 0) == (method == KB_AUTH_POST));
    MUST(kb_secret_is_empty(&parts.authorization) == (method == KB_AUTH_POST || unfit));
    if (unfit)
        return;
    if (method != KB_AUTH_POST) {
        must_be_basic(&parts.authorization, client, method == KB_AUTH_BASIC_RAW);
        return;
    }
    size_t at = must_be_field(&request.body, 0, "client_id", client->id.bytes, client->id.len);
    at =
        must_be_field(&request.body, at, "client_secret", client->secret.bytes, client->secret.len);
    MUST(at == request.body.len + 1);
}

static void prove_in_every_way(const char *a, const struct input *b)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;

    client.proof = KB_PROOF_SECRET;
    if (kb_secret_set(&client.id, a, strlen(a), NULL) ||
        kb_secret_set(&client.secret, b->data, b->size, NULL) || kb_client_check(&client, NULL))
        return;
    for (int method = KB_AUTH_POST; method <= KB_AUTH_BASIC_RAW; method++)
        prove(&client, (enum kb_client_auth_method)method);
}

/* --- JSON ------------------------------------------------------------------------------- */

static void write_member(const char *text, int indent, struct kb_buf *out)
{
    struct kb_json_writer w = kb_json_writer(out, indent);

    kb_json_open(&w, '{');
    kb_json_string_member(&w, "x", text);
    kb_json_name(&w, "y");
    kb_json_open(&w, '[');
    kb_json_put_int(&w, INT64_MIN);
    kb_json_put_bool(&w, true);
    kb_json_close(&w);
    kb_json_close(&w);
}

/*
 * Always strict JSON. What is no UTF-8 is written as U+FFFD, the rest as it is; but json-c 0.16
 * reads some escaped pairs as U+FFFD as well.
 */
static void encode_json(const char *text, int indent)
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(ROOM);
    KB_AUTO(kb_json_release) struct json_object *object = NULL;
    const char *read;

    write_member(text, indent, &out);
    MUST(!out.failed && kb_json_parse(out.data, out.len, &object, NULL) == KB_OK);
    for (size_t i = 0; i < out.len; i++)
        MUST(out.data[i] == '\n' || (out.data[i] >= 0x20 && out.data[i] <= 0x7e));
    read = kb_json_string(object, "x");
    MUST(read && (strcmp(read, text) == 0 || strstr(read, "\xef\xbf\xbd")));
}

static void encode_secret(const struct input *b)
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(ROOM);
    KB_AUTO(kb_secret_clear) struct kb_secret secret = KB_SECRET_INIT;
    struct kb_json_writer w = kb_json_writer(&out, 0);

    if (kb_secret_set(&secret, b->data, b->size, NULL))
        return;
    kb_json_put_secret(&w, "Bearer ", &secret);
    MUST(out.failed == !kb_text_is_printable((const char *)b->data, b->size, 0, KB_SECRET_MAX));
}

/* --- errors ------------------------------------------------------------------------------- */

static void say(const char *a)
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(4096);
    struct kb_error err = KB_ERROR_INIT;
    size_t lines = 0;

    kb_fail(&err, KB_ERR_DENIED, "said: %s", a);
    kb_hint(&err, "try %s", a);
    must_be_presentable(KB_ERR_DENIED, &err);
    kb_error_append(&err, &out);
    for (size_t i = 0; i < out.len; i++)
        lines += out.data[i] == '\n';
    MUST(!out.failed && lines == 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input b = {data, size};
    KB_AUTO(kb_str_free) char *a = take_until(&b, '\n');

    if (size > 8192)
        return 0;
    encode_form(&b);
    encode_base64(&b);
    prove_in_every_way(a, &b);
    encode_json(a, 0);
    encode_json(a, 2);
    encode_secret(&b);
    say(a);
    return 0;
}
