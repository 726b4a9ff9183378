/* No spelling of the client's secret survives, and nothing reaches a terminal raw. */
#include "fixture.h"

#include "oauth/redact.h"

#include <stdio.h>

static void redact_for(
    const struct kb_client *client, const char *text, size_t len, char *out, size_t size)
{
    const struct kb_oauth_context context = {.client = client};

    kb_redact(text, len, &context, out, size);
}

static void redact(const char *text, size_t len, char *out, size_t size)
{
    struct kb_client client = KB_CLIENT_INIT;

    set_client(&client, CLIENT_ID, CLIENT_SECRET);
    redact_for(&client, text, len, out, size);
    kb_client_clear(&client);
}

static void test_every_spelling_is_covered(void **state)
{
    /* The secret is p+q/r=s&t%u"v\w x; made with Python's urllib, json, html and base64. */
    static const char *const spellings[] = {
        CLIENT_SECRET, "p%2Bq%2Fr%3Ds%26t%25u%22v%5Cw+x",      /* form */
        "p%2bq%2fr%3ds%26t%25u%22v%5cw+x",                     /* form, lower case */
        "p%2Bq%2Fr%3Ds%26t%25u%22v%5Cw%20x",                   /* percent */
        "p%2bq/r=s%26t%25u%22v%5cw%20x",                       /* percent, some bytes only */
        "%70%2B%71%2F%72%3D%73%26%74%25%75%22%76%5C%77%20%78", /* percent, all bytes */
        "p+q/r=s&t%u\\\"v\\\\w x",                             /* JSON */
        "p+q\\/r=s&t%u\\\"v\\\\w x",                           /* JSON, slash escaped */
        "p\\u002bq/r\\u003Ds\\u0026t%u\\u0022v\\u005cw x",     /* JSON, code points */
        "p+q/r=s&amp;t%u&quot;v\\w x",                         /* HTML */
        "p&#43;q&#x2F;r&#x3d;s&amp;t%u&#34;v\\w x",            /* HTML, numbers */
        "702b712f723d732674257522765c772078",                  /* hex */
        "702B712F723D732674257522765C772078",                  /* hex, upper case */
        "cCtxL3I9cyZ0JXUidlx3IHg=",                            /* base64 */
        "cCtxL3I9cyZ0JXUidlx3IHg",                             /* without padding */
        "MGYzYzdhOWUtY2xpZW50OnArcS9yPXMmdCV1InZcdyB4",        /* of id:secret */
        "MGYzYzdhOWUtY2xpZW50OnAlMkJxJTJGciUzRHMlMjZ0JTI1dSUyMnYlNUN3K3g=", /* form-encoded */
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(spellings); i++) {
        char text[256], out[256];
        int len = snprintf(text, sizeof(text), "got <%s>, no", spellings[i]);

        redact(text, (size_t)len, out, sizeof(out));
        if (strcmp(out, "got <[redacted]>, no") != 0 && strcmp(out, "got <[redacted]=>, no") != 0)
            fail_msg("%s became %s", text, out);
    }
}

static void test_url_safe_base64(void **state)
{
    struct kb_client client = KB_CLIENT_INIT;
    static const char text[] = "Pz8-Pz8_ and Pz8+Pz8/";
    char out[64];

    (void)state;
    set_client(&client, "nobody", "?\?>\?\?\?");
    redact_for(&client, text, strlen(text), out, sizeof(out));
    assert_string_equal(out, "[redacted] and [redacted]");
    kb_client_clear(&client);
}

static void test_an_id_and_short_secrets_mangle_no_words(void **state)
{
    static const struct {
        const char *id, *secret, *text, *shown;
    } cases[] = {
        {"client", "secret", "invalid_client: bad secret", "invalid_client: bad secret"},
        {"invalid_client", "hush-hush", "invalid_client hush-hush", "invalid_client [redacted]"},
        {"a", "1234567", "1234567", "1234567"},
        {"a", "12345678", "12345678", "[redacted]"},
        {"client", "secret", "Basic Y2xpZW50OnNlY3JldA==", "Basic [redacted]=="},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct kb_client client = KB_CLIENT_INIT;
        char out[64];

        set_client(&client, cases[i].id, cases[i].secret);
        redact_for(&client, cases[i].text, strlen(cases[i].text), out, sizeof(out));
        assert_string_equal(out, cases[i].shown);
        kb_client_clear(&client);
    }
}

static void test_covered_before_cut(void **state)
{
    static const char text[] = "the secret is " CLIENT_SECRET " indeed";

    (void)state;
    for (size_t size = 1; size < 64; size++) {
        char out[64];

        memset(out, 'x', sizeof(out));
        redact(text, strlen(text), out, size);
        assert_true(strlen(out) < size);
        assert_null(strstr(out, "p+"));
    }
}

/* What is left of a secret after some server shortened it, to all sides. */
static void test_pieces_of_the_secret_are_covered(void **state)
{
    static const char *const spellings[] = {
        CLIENT_SECRET, "702b712f723d732674257522765c772078", "cCtxL3I9cyZ0JXUidlx3IHg", /* base64 */
        "PXArcS9yPXMmdCV1InZcdyB4",                     /* base64 of "=" and the secret */
        "PT1wK3Evcj1zJnQldSJ2XHcgeA",                   /* of "==" and the secret */
        "cCUyQnElMkZyJTNEcyUyNnQlMjV1JTIydiU1Q3creA",   /* of the form-encoded secret */
        "MGYzYzdhOWUtY2xpZW50OnArcS9yPXMmdCV1InZcdyB4", /* of id:secret */
    };
    enum { PIECE = 8 };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(spellings); i++) {
        size_t len = strlen(spellings[i]), piece = i == 1 ? 2 * PIECE : PIECE;

        /* The shifted ones begin with four characters that hold the byte before. */
        for (size_t from = i == 3 || i == 4 ? 4 : 0; from + piece <= len; from++) {
            char text[64], out[64];

            if (i == 1 && from % 2 == 1)
                continue;
            snprintf(text, sizeof(text), "<%.*s>", (int)piece, spellings[i] + from);
            redact(text, strlen(text), out, sizeof(out));
            assert_string_equal(out, "<[redacted]>");
        }
    }
}

static void test_a_long_text_is_cut(void **state)
{
    static char text[60000], out[60000];

    (void)state;
    memset(text, 'd', sizeof(text));
    redact(text, sizeof(text), out, sizeof(out));
    assert_int_equal(strlen(out), 1024);
}

static void test_only_printable_ascii_is_left(void **state)
{
    static const struct {
        const char *text, *shown;
    } cases[] = {
        {"plain", "plain"},
        {"two\r\nlines\tand", "two  lines and"},
        {"\x1b[31mred\x07", "?[31mred?"},
        {"\x1b]52;c;eHg=\x07", "?]52;c;eHg=?"},
        {"caf\xc3\xa9 \xe2\x80\xaetxt\xe2\x80\xac", "caf? ?txt?"},
        {"\x7f\x9b", "?"},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        char out[64];

        redact(cases[i].text, strlen(cases[i].text), out, sizeof(out));
        assert_string_equal(out, cases[i].shown);
    }
}

/* A line break inside becomes a space, which must not put the secret together. */
static void test_cleaning_does_not_assemble_a_secret(void **state)
{
    static const char text[] = "p+q/r=s&t%u\"v\\w\nx";
    char out[64];

    (void)state;
    redact(text, strlen(text), out, sizeof(out));
    assert_string_equal(out, "[redacted]");
}

static void test_incomplete_escapes_are_plain_text(void **state)
{
    static const char *const texts[] = {
        "%", "%2", "p%", "p%2", "p\\", "p\\u00", "p&", "p&#", "p&#x", "p&#43", "p&#;", "70", "7"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(texts); i++) {
        char out[32];

        redact(texts[i], strlen(texts[i]), out, sizeof(out));
        assert_string_equal(out, texts[i]);
    }
}

/* Every piece of such a secret is every other one; covering must not try each with each. */
static void test_a_secret_of_one_character(void **state)
{
    static char secret[KB_CLIENT_SECRET_MAX + 1], text[1024], out[1100];
    struct kb_client client = KB_CLIENT_INIT;

    (void)state;
    memset(secret, 'a', KB_CLIENT_SECRET_MAX);
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = i < 512 && i % 8 == 7 ? '!' : 'a'; /* no piece, 64 times, and one long one */
    set_client(&client, "nobody", secret);
    redact_for(&client, text, sizeof(text), out, sizeof(out));
    assert_int_equal(strlen(out), 512 + strlen("[redacted]"));
    assert_memory_equal(out, text, 512);
    assert_string_equal(out + 512, "[redacted]");
    kb_client_clear(&client);
}

/* As the secret: whatever a request showed, and however long it is. */
static void test_all_that_a_request_showed_is_covered(void **state)
{
    static char longest[KB_SECRET_MAX + 1];
    struct kb_secret secrets[8] = {{0}};
    struct kb_client client = KB_CLIENT_INIT;
    const struct kb_oauth_context context = {.client = &client,
        .client_assertion = &secrets[0],
        .subject_token = &secrets[1],
        .first_token = &secrets[2],
        .assertions = &secrets[3],
        .earlier = &secrets[6],
        .earlier_count = 2};

    (void)state;
    for (size_t i = 0; i < KB_SECRET_MAX; i++)
        longest[i] = (char)('!' + (i * i + i / 94) % 94);
    set_client(&client, "nobody", "secret");
    for (size_t i = 0; i < KB_COUNT(secrets); i++) {
        char text[256], out[256];

        assert_int_equal(kb_secret_set(&secrets[i], longest, KB_SECRET_MAX, NULL), KB_OK);
        (void)snprintf(text, sizeof(text), "got <%.*s>, no", 60, longest + KB_SECRET_MAX - 60);
        kb_redact(text, strlen(text), &context, out, sizeof(out));
        assert_string_equal(out, "got <[redacted]>, no");
        kb_secret_clear(&secrets[i]);
        kb_redact(text, strlen(text), &context, out, sizeof(out));
        assert_string_equal(out, text);
        assert_int_equal(
            kb_secret_set(&secrets[i], "eyJhbGciOiJFUzI1NiJ9.e30.c2ln", 29, NULL), KB_OK);
        kb_redact("is JhbGciOiJFUz good?", 21, &context, out, sizeof(out));
        assert_string_equal(out, "is [redacted] good?");
        kb_redact("of ZXlKaGJHY2lPaUpGVXpJMU5pSjkuZTMwLmMybG4=", 43, &context, out, sizeof(out));
        assert_string_equal(out, "of [redacted]=");
        kb_secret_clear(&secrets[i]);
    }
    kb_client_clear(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_spelling_is_covered),
        cmocka_unit_test(test_url_safe_base64),
        cmocka_unit_test(test_an_id_and_short_secrets_mangle_no_words),
        cmocka_unit_test(test_covered_before_cut),
        cmocka_unit_test(test_pieces_of_the_secret_are_covered),
        cmocka_unit_test(test_a_long_text_is_cut),
        cmocka_unit_test(test_only_printable_ascii_is_left),
        cmocka_unit_test(test_cleaning_does_not_assemble_a_secret),
        cmocka_unit_test(test_incomplete_escapes_are_plain_text),
        cmocka_unit_test(test_a_secret_of_one_character),
        cmocka_unit_test(test_all_that_a_request_showed_is_covered),
    };

    return cmocka_run_group_tests_name("redact", tests, NULL, NULL);
}
