/*
 * Edits keep everything that their owner wrote, comments and layout included.
 */
#include "config_test.h"

#include "config/edit.h"

#define OBJECT "{\n  \"preset\": \"twilio\",\n  \"store\": \"sealed-file\"\n}"
/* The same as it looks two levels deep. */
#define PLACED                                                                                     \
    "{\n"                                                                                          \
    "      \"preset\": \"twilio\",\n"                                                              \
    "      \"store\": \"sealed-file\"\n"                                                           \
    "    }"
#define OLD "{\"preset\": \"spotify\", \"store\": \"sealed-file\"}"

static const struct {
    const char *what, *before, *after;
} additions[] = {
    {"no file", "",
        "{\n  \"$schema\": \"s.json\",\n  \"profiles\": {\n    \"new\": " PLACED "\n  }\n}\n"},
    {"only a comment", "// mine\n",
        "// mine\n{\n  \"$schema\": \"s.json\",\n  \"profiles\": {\n    \"new\": " PLACED
        "\n  }\n}\n"},
    {"an empty document", "{}\n", "{\n  \"profiles\": {\n    \"new\": " PLACED "\n  }\n}\n"},
    {"no profiles", "{\n  \"$schema\": \"mine.json\" // keep\n}\n",
        "{\n  \"$schema\": \"mine.json\", // keep\n  \"profiles\": {\n    \"new\": " PLACED
        "\n  }\n}\n"},
    {"empty profiles", "{\n  \"profiles\": {}\n}\n",
        "{\n  \"profiles\": {\n    \"new\": " PLACED "\n  }\n}\n"},
    {"empty profiles with a comment", "{\n  \"profiles\": { // none, yet }\n  }\n}\n",
        "{\n  \"profiles\": { // none, yet }\n    \"new\": " PLACED "\n  }\n}\n"},
    {"behind another, with comments",
        "/* { */ {\n  \"profiles\": {\n    // the \"old\" one: {\n    \"old\": " OLD
        " // } it is\n    /* end */\n  }\n}\n// bye\n",
        "/* { */ {\n  \"profiles\": {\n    // the \"old\" one: {\n    \"old\": " OLD
        ", // } it is\n    /* end */\n    \"new\": " PLACED "\n  }\n}\n// bye\n"},
    {"with another habit of indentation",
        "{\n        \"profiles\": {\n                \"old\": " OLD "\n        }\n}\n",
        "{\n        \"profiles\": {\n                \"old\": " OLD
        ",\n                \"new\": {\n"
        "                  \"preset\": \"twilio\",\n"
        "                  \"store\": \"sealed-file\"\n"
        "                }\n        }\n}\n"},
    {"on one line", "{\"profiles\": {\"old\": " OLD "}}",
        "{\"profiles\": {\"old\": " OLD ",\n    \"new\": " PLACED "\n  }}"},
    {"in place of one of the same name",
        "{\n  \"profiles\": {\n    /* a */ \"a\": " OLD ",\n    // n\n    \"new\": {\n \"preset\":"
        " \"spotify\", \"store\": \"sealed-file\"} , // after\n    \"z\": " OLD "\n  }\n}\n",
        "{\n  \"profiles\": {\n    /* a */ \"a\": " OLD ",\n    // n\n    \"new\": " PLACED
        " , // after\n    \"z\": " OLD "\n  }\n}\n"},
    {"where names are spelled with escapes",
        "{\n  \"\\u0070rofiles\": {\n    \"n\\u0065w\": " OLD "\n  }\n}\n",
        "{\n  \"\\u0070rofiles\": {\n    \"n\\u0065w\": " PLACED "\n  }\n}\n"},
};

static void test_set(void **state)
{
    (void)state;
    for (size_t i = 0; i < KB_COUNT(additions); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(65536);
        struct kb_error err = KB_ERROR_INIT;
        const char *before = additions[i].before;
        if (kb_config_set_profile(
                "/c.json", before, strlen(before), "s.json", "new", OBJECT, &out, &err))
            fail_msg("%s: %s", additions[i].what, err.msg);
        if (strcmp(kb_buf_text(&out), additions[i].after) != 0)
            fail_msg("%s:\n%s\ninstead of\n%s", additions[i].what, kb_buf_text(&out),
                additions[i].after);
    }
}

static const struct {
    const char *what, *before, *after;
} removals[] = {
    {"the only one", "{\n  \"profiles\": {\n    \"x\": " OLD "\n  }\n}\n",
        "{\n  \"profiles\": {\n  }\n}\n"},
    {"the first",
        "{\n  \"profiles\": {\n    // x\n    \"x\": " OLD ",\n    \"y\": " OLD " // y\n  }\n}\n",
        "{\n  \"profiles\": {\n    // x\n    \"y\": " OLD " // y\n  }\n}\n"},
    {"the one between",
        "{\n  \"profiles\": {\n    \"a\": " OLD ", // a,\n    \"x\": " OLD ", // x\n    \"y\": " OLD
        "\n  }\n}\n",
        "{\n  \"profiles\": {\n    \"a\": " OLD ", // a,\n    // x\n    \"y\": " OLD "\n  }\n}\n"},
    {"the last",
        "{\n  \"profiles\": {\n    \"a\": " OLD ", // a,\n    /* b, */\n    \"x\": " OLD
        "\n  }\n}\n",
        "{\n  \"profiles\": {\n    \"a\": " OLD " // a,\n    /* b, */\n  }\n}\n"},
    {"the only one of one line", "{\"profiles\": {\"x\": " OLD "}}", "{\"profiles\": {}}"},
    {"the first of one line", "{\"profiles\": {\"x\": " OLD ", \"y\": " OLD "}}",
        "{\"profiles\": { \"y\": " OLD "}}"},
    {"the last of one line", "{\"profiles\": {\"y\": " OLD ", \"x\": " OLD "}}",
        "{\"profiles\": {\"y\": " OLD "}}"},
    {"a broken one: that is how to mend a file",
        "{\n  \"profiles\": {\n    \"x\": {\"tokne_url\": 1}\n  }\n}\n",
        "{\n  \"profiles\": {\n  }\n}\n"},
    {"one whose name is spelled with an escape",
        "{\n  \"profil\\u0065s\": {\n    \"\\u0078\": " OLD "\n  }\n}\n",
        "{\n  \"profil\\u0065s\": {\n  }\n}\n"},
};

static void test_remove(void **state)
{
    (void)state;
    for (size_t i = 0; i < KB_COUNT(removals); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(65536);
        struct kb_error err = KB_ERROR_INIT;
        const char *before = removals[i].before;
        if (kb_config_remove_profile("/c.json", before, strlen(before), "x", &out, &err))
            fail_msg("%s: %s", removals[i].what, err.msg);
        if (strcmp(kb_buf_text(&out), removals[i].after) != 0)
            fail_msg(
                "%s:\n%s\ninstead of\n%s", removals[i].what, kb_buf_text(&out), removals[i].after);
    }
}

static void test_add_then_remove_is_no_change(void **state)
{
    const char *before = "{\n  \"profiles\": {\n    \"a\": " OLD "\n  } // end\n}\n";
    KB_AUTO(kb_buf_clear) struct kb_buf with = KB_BUF_INIT(65536);
    KB_AUTO(kb_buf_clear) struct kb_buf after = KB_BUF_INIT(65536);

    (void)state;
    assert_int_equal(
        kb_config_set_profile("/c.json", before, strlen(before), NULL, "new", OBJECT, &with, NULL),
        KB_OK);
    assert_int_equal(
        kb_config_remove_profile("/c.json", with.data, with.len, "new", &after, NULL), KB_OK);
    assert_string_equal(kb_buf_text(&after), before);
}

static void test_remove_what_is_not_there(void **state)
{
    const char *const texts[] = {
        "", "{}", "{\"profiles\": {}}", "{\"profiles\": {\"y\": " OLD "}}", "// \"x\": {}\n{}"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(texts); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(65536);
        assert_int_equal(
            kb_config_remove_profile("/c.json", texts[i], strlen(texts[i]), "x", &out, NULL),
            KB_ERR_NOT_FOUND);
        assert_int_equal(out.len, 0);
    }
}

/* Nothing comes out that could not be read back. */
static void test_set_refuses(void **state)
{
    const struct {
        const char *before, *name, *object, *says;
    } cases[] = {
        {"{", "new", OBJECT, "/c.json:1:"},
        {"[]", "new", OBJECT, "object"},
        {"{\"profiles\": []}", "new", OBJECT, "/c.json:1:14: \"profiles\" must be an object"},
        {"{\"profiles\": {\"bad\": 1}}", "new", OBJECT, "profile \"bad\""},
        {"{}", "new", "{\"store\": \"sealed-file\"}", "needs a \"token_url\""},
        {"{}", "new", "{", "/c.json:"},
        {"{}", "a b", OBJECT, "not a profile name"},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(65536);
        struct kb_error err = KB_ERROR_INIT;
        assert_int_equal(kb_config_set_profile("/c.json", cases[i].before, strlen(cases[i].before),
                             NULL, cases[i].name, cases[i].object, &out, &err),
            KB_ERR_CONFIG);
        assert_mentions(err.msg, cases[i].says);
        assert_int_equal(out.len, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_remove),
        cmocka_unit_test(test_add_then_remove_is_no_change),
        cmocka_unit_test(test_remove_what_is_not_there),
        cmocka_unit_test(test_set_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
