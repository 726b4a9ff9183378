/*
 * What a template is, what stands in its place, and that no value gets out of the string it is in.
 */
#include "core_test.h"

#include "core/template.h"

/* Stands for itself, with what would have to be quoted: T" is the token, N\ the name. */
static enum kb_err fill(
    void *context, const struct kb_template_word *word, struct kb_buf *value, struct kb_error *err)
{
    int *asked = context;

    ++*asked;
    if (word->word == KB_WORD_ENVIRONMENT)
        return kb_fail(err, KB_ERR_CONFIG, "there is none");
    if (*word->profile)
        kb_buf_fmt(value, "%s/", word->profile);
    switch (word->word) {
    case KB_WORD_TOKEN:
        kb_buf_str(value, "T\"%/=");
        break;
    case KB_WORD_HEADER:
        kb_buf_str(value, "Bearer T\"");
        break;
    case KB_WORD_HOST:
        kb_buf_str(value, "h.example:8443");
        break;
    case KB_WORD_USERNAME:
        kb_buf_str(value, "N\\");
        break;
    case KB_WORD_API_HEADER:
        kb_buf_fmt(value, "[%s]", word->header);
        break;
    case KB_WORD_BASIC:
    case KB_WORD_ADDRESS:
    case KB_WORD_URL:
    case KB_WORD_ENVIRONMENT:
    case KB_WORD_ALIAS:
    case KB_WORD_ID:
    case KB_WORD_SECRET:
        kb_buf_fmt(value, "%d", (int)word->word);
        break;
    }
    return KB_OK;
}

static const struct {
    const char *text, *expanded;
} good[] = {
    {"", ""},
    {"plain", "plain"},
    {"{token}", "T\"%/="},
    {"a{token}b{host}c", "aT\"%/=bh.example:8443c"},
    {"{header}", "Bearer T\""},
    {"authorization={header%}", "authorization=Bearer%20T%22"},
    {"{token%}", "T%22%25%2F%3D"},
    {"{api_header:Zuora-Version}", "[Zuora-Version]"},
    {"{api_header:X%}", "%5BX%5D"},
    {"{other:token}", "other/T\"%/="},
    {"{2nd.one:token}", "2nd.one/T\"%/="},
    {"{other:api_header:X}", "other/[X]"},
    {"{token:host}", "token/h.example:8443"},
    /* braces that are themselves */
    {"{", "{"},
    {"}", "}"},
    {"{}", "{}"},
    {"{{", "{{"},
    {"{{}}", "{{}}"},
    {"{1}", "{1}"},
    {"{ token}", "{ token}"},
    {"{_}", "{_}"},
    {"a}}b", "a}}b"},
    {"{{token}}", "{token}"},
    {"{{no word}}", "{no word}"},
    {"{{token%}}{token}", "{token%}T\"%/="},
    {"{{{token}}}", "{{token}}"},
    {"{{other:token}}", "{other:token}"},
    /* JSON */
    {"{\"bearer\":{\"{host}\":\"{token}\"}}", "{\"bearer\":{\"h.example:8443\":\"T\\\"%/=\"}}"},
    {"[\"{username}\"]", "[\"N\\\\\"]"},
    {"{ \"a\": \"{other:token}\" }", "{ \"a\": \"other/T\\\"%/=\" }"},
    {"{\"a\":\"{token%}\"}", "{\"a\":\"T%22%25%2F%3D\"}"},
    {" {\"a\":\"{token}\"}", " {\"a\":\"T\\\"%/=\"}"},
    {"\n\t\r [\"{token}\"]", "\n\t\r [\"T\\\"%/=\"]"},
    {" {token}\"", " T\"%/=\""},
    {"{token}{\"a\":\"{token}\"}", "T\"%/={\"a\":\"T\"%/=\"}"},
    {"line\n\ttab\r\n{host}", "line\n\ttab\r\nh.example:8443"},
    {"caf\xc3\xa9 {host}", "caf\xc3\xa9 h.example:8443"},
};

static void test_what_stands_in_a_templates_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < KB_COUNT(good); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(1024);
        struct kb_error err = KB_ERROR_INIT;
        int asked = 0;
        bool has_words = false;

        if (kb_template_expand(good[i].text, fill, &asked, &out, &err))
            fail_msg("%s: %s", good[i].text, err.msg);
        assert_string_equal(kb_buf_text(&out), good[i].expanded);
        assert_false(kb_template_is_unfinished(kb_buf_text(&out)));
        assert_int_equal(kb_template_check(good[i].text, &has_words, &err), KB_OK);
        assert_int_equal(has_words, asked > 0);
    }
}

static const struct {
    const char *text, *said;
} bad[] = {
    {"{tokne}", "{tokne} stands for nothing"},
    {"{Token}", "{Token} stands for nothing"},
    {"{token }", "stands for nothing"},
    {"{token%%}", "stands for nothing"},
    {"{token", "has no }"},
    {"x{token{host}", "has no }"},
    {"{{token}", "has no }}"},
    {"{{token} ", "has no }}"},
    {"{{token}-{host}}", "has no }}"},
    {"{{token{host}}}", "has no }}"},
    {"a{{token} {\"x\":{\"y\":\"{token}\"}}", "has no }}"},
    {"{a:b:c}", "stands for nothing"},
    {"{.hidden:token}", "stands for nothing"},
    {"{with space:token}", "stands for nothing"},
    {"{other:}", "{other:} stands for nothing"},
    {"{other:tokne}", "{other:tokne} stands for nothing"},
    {"{api_header}", "not complete"},
    {"{api_header:}", "names no header"},
    {"{api_header:a b}", "names no header"},
    {"{api_header:a:b}", "names no header"},
    {"{token:x}", "stands for nothing"},
    {"{other:token:x}", "not complete"},
    {"{other:id}", "only the client of the profile itself"},
    {"{other:secret}", "only the client of the profile itself"},
    {"a\001b", "control character"},
    {"a\002=", "control character"},
    {"a\003", "control character"},
    {"a\033[0m", "control character"},
    {"a\177", "control character"},
};

static void test_what_is_no_template(void **state)
{
    (void)state;
    for (size_t i = 0; i < KB_COUNT(bad); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(1024);
        struct kb_error err = KB_ERROR_INIT;
        int asked = 0;
        bool has_words = true;

        if (kb_template_expand(bad[i].text, fill, &asked, &out, &err) != KB_ERR_USAGE)
            fail_msg("%s was taken", bad[i].text);
        assert_mentions(err.msg, bad[i].said);
        assert_int_equal(kb_template_check(bad[i].text, &has_words, &err), KB_ERR_USAGE);
        assert_true(has_words);
    }
}

static void test_the_nearest_word_is_named(void **state)
{
    struct kb_error err = KB_ERROR_INIT;
    bool has_words;

    (void)state;
    assert_int_equal(kb_template_check("{tokne}", &has_words, &err), KB_ERR_USAGE);
    assert_mentions(err.hint, "did you mean {token}?");
    assert_int_equal(kb_template_check("{TOKEN}", &has_words, &err), KB_ERR_USAGE);
    assert_mentions(err.hint, "did you mean {token}?");
    assert_int_equal(kb_template_check("{other:tokne}", &has_words, &err), KB_ERR_USAGE);
    assert_mentions(err.hint, "did you mean {other:token}?");
    assert_int_equal(kb_template_check("{other:}", &has_words, &err), KB_ERR_USAGE);
    assert_mentions(err.hint, "did you mean {other:token}?");
    assert_int_equal(kb_template_check("{.other:token}", &has_words, &err), KB_ERR_USAGE);
    assert_null(strstr(err.hint, "did you mean"));
    assert_int_equal(kb_template_check("{if}", &has_words, &err), KB_ERR_USAGE);
    assert_mentions(err.hint, "{{if}}");
}

/* However long a word is, it is read to its end, and no further. */
static void test_long_words(void **state)
{
    (void)state;
    for (size_t len = 1; len < 600; len++) {
        char text[700], name[KB_TEMPLATE_HEADER_MAX + 1];
        struct kb_error err = KB_ERROR_INIT;
        KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(1024);
        int asked = 0;
        bool fits = len <= KB_TEMPLATE_HEADER_MAX;

        memset(name, 'x', sizeof(name));
        name[fits ? len : 0] = '\0';
        memset(text, 'x', sizeof(text));
        memcpy(text, "{api_header:", 12);
        memcpy(text + 12 + len, "}", 2);
        assert_int_equal(
            kb_template_expand(text, fill, &asked, &out, &err), fits ? KB_OK : KB_ERR_USAGE);
        assert_int_equal(fits ? out.len : 0, fits ? len + 2 : 0);
        memset(text, 'x', sizeof(text));
        text[0] = '{';
        memcpy(text + 1 + len, ":token}", 8);
        kb_buf_reset(&out);
        assert_int_equal(kb_template_expand(text, fill, &asked, &out, &err),
            len <= KB_PROFILE_NAME_MAX ? KB_OK : KB_ERR_USAGE);
    }
}

static void test_a_value_that_is_not_there(void **state)
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(1024);
    struct kb_error err = KB_ERROR_INIT;
    int asked = 0;

    (void)state;
    assert_int_equal(
        kb_template_expand("{environment}{token}", fill, &asked, &out, &err), KB_ERR_CONFIG);
    assert_string_equal(err.msg, "there is none");
    assert_int_equal(asked, 1);
}

static void test_no_room(void **state)
{
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    for (size_t room = 0; room < 12; room++) {
        KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(room);
        int asked = 0;

        assert_int_equal(kb_template_expand("ab{token}cde", fill, &asked, &out, &err),
            room < 10 ? KB_ERR_SYSTEM : KB_OK);
    }
}

static void set(struct kb_secret *secret, const char *text)
{
    assert_int_equal(kb_secret_set(secret, text, strlen(text), NULL), KB_OK);
}

static void test_the_client_is_put_in_later(void **state)
{
    static const struct {
        const char *text, *finished;
    } cases[] = {
        {"{id}", "i\"d"},
        {"{id}:{secret}@{host}", "i\"d:s\\%@h.example:8443"},
        {"{secret%}", "s%5C%25"},
        {"{\"{id}\":\"{secret}\",\"t\":\"{token}\"}", "{\"i\\\"d\":\"s\\\\%\",\"t\":\"T\\\"%/=\"}"},
        {"{\"{secret%}\"}", "{\"s%5C%25\"}"},
        {"{{id}}{id}", "{id}i\"d"},
    };
    KB_AUTO(kb_secret_clear) struct kb_secret id = KB_SECRET_INIT;
    KB_AUTO(kb_secret_clear) struct kb_secret secret = KB_SECRET_INIT;

    (void)state;
    set(&id, "i\"d");
    set(&secret, "s\\%");
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(1024);
        KB_AUTO(kb_buf_clear) struct kb_buf whole = KB_BUF_INIT(1024);
        int asked = 0;
        bool has_words = false;

        assert_int_equal(kb_template_expand(cases[i].text, fill, &asked, &out, NULL), KB_OK);
        assert_true(kb_template_is_unfinished(kb_buf_text(&out)));
        assert_int_equal(kb_template_check(cases[i].text, &has_words, NULL), KB_OK);
        assert_true(has_words);
        assert_int_equal(kb_template_finish(kb_buf_text(&out), &id, &secret, &whole, NULL), KB_OK);
        assert_string_equal(kb_buf_text(&whole), cases[i].finished);
    }
}

static void test_marks_that_nobody_made(void **state)
{
    static const char *const cases[] = {"\001", "a\002", "\001x", "\002\001", "a\001=\002"};
    KB_AUTO(kb_secret_clear) struct kb_secret id = KB_SECRET_INIT;
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    set(&id, "x");
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(1024);

        assert_int_equal(kb_template_finish(cases[i], &id, &id, &out, &err), KB_ERR_CORRUPT);
    }
}

/* A client may have a key, and no secret. Nothing is put where that belongs. */
static void test_what_the_client_does_not_have(void **state)
{
    KB_AUTO(kb_secret_clear) struct kb_secret id = KB_SECRET_INIT;
    const struct kb_secret none = KB_SECRET_INIT;
    struct kb_error err = KB_ERROR_INIT;
    bool asked = false;

    (void)state;
    set(&id, "x");
    for (size_t i = 0; i < 2; i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf expanded = KB_BUF_INIT(1024), out = KB_BUF_INIT(1024);

        assert_int_equal(
            kb_template_expand(i ? "a{id}" : "a{secret}", fill, &asked, &expanded, NULL), KB_OK);
        assert_int_equal(kb_template_finish(
                             kb_buf_text(&expanded), i ? &none : &id, i ? &id : &none, &out, &err),
            KB_ERR_CONFIG);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_stands_in_a_templates_place),
        cmocka_unit_test(test_what_is_no_template),
        cmocka_unit_test(test_the_nearest_word_is_named),
        cmocka_unit_test(test_long_words),
        cmocka_unit_test(test_a_value_that_is_not_there),
        cmocka_unit_test(test_no_room),
        cmocka_unit_test(test_the_client_is_put_in_later),
        cmocka_unit_test(test_what_the_client_does_not_have),
        cmocka_unit_test(test_marks_that_nobody_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
