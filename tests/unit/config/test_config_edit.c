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

/* --- parts of a profile --------------------------------------------------------------- */

#define A_STORE "\"token_url\": \"https://t.example\", \"store\": \"sealed-file\""

static const struct {
    const char *what, *before, *after; /* AFTER NULL: refused */
    size_t mentions;
} renamings[] = {
    {"alone", "{\"profiles\": {\"old\": {" A_STORE "}}} // old\n",
        "{\"profiles\": {\"new\": {" A_STORE "}}} // old\n", 0},
    {"a name with an escape", "{\"profiles\": {\"\\u006fld\": {" A_STORE "}}}\n",
        "{\"profiles\": {\"new\": {" A_STORE "}}}\n", 0},
    {"in templates, wherever they stand",
        "{\"profiles\": {\"a\": {" A_STORE ", \"env\": {\"T\": \"{old:token} {{old:token}} "
        "{{{old:token}} {older:token} {old:header%}\"}}, /* {old:token} */ \"old\": {" A_STORE
        ", \"env\": {\"U\": \"{old:url}\"}}}}\n",
        "{\"profiles\": {\"a\": {" A_STORE ", \"env\": {\"T\": \"{new:token} {{old:token}} "
        "{{{old:token}} {older:token} {new:header%}\"}}, /* {old:token} */ \"new\": {" A_STORE
        ", \"env\": {\"U\": \"{new:url}\"}}}}\n",
        3},
    {"in a template with an escape",
        "{\"profiles\": {\"old\": {" A_STORE ", \"env\": {\"T\": \"{\\u006fld:token}\"}}}}\n", NULL,
        0},
    {"to a name that is taken",
        "{\"profiles\": {\"old\": {" A_STORE "}, \"new\": {" A_STORE "}}}\n", NULL, 0},
    {"of nobody", "{\"profiles\": {\"other\": {" A_STORE "}}}\n", NULL, 0},
};

static void test_rename(void **state)
{
    (void)state;
    for (size_t i = 0; i < KB_COUNT(renamings); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(KB_CONFIG_MAX);
        struct kb_error err = KB_ERROR_INIT;
        const char *before = renamings[i].before;
        size_t mentions = 0;
        enum kb_err rc = kb_config_rename_profile(
            "/c", before, strlen(before), "old", "new", &mentions, &out, &err);

        if (renamings[i].after ? rc != KB_OK : rc == KB_OK)
            fail_msg("%s: %d, %s", renamings[i].what, rc, err.msg);
        if (renamings[i].after && strcmp(renamings[i].after, kb_buf_text(&out)) != 0)
            fail_msg("%s: %s", renamings[i].what, kb_buf_text(&out));
        assert_int_equal(mentions, renamings[i].mentions);
    }
}

#define LIST(match) "{\"profiles\": {\"p\": {" A_STORE match "}}}\n"
#define X "\"https://x.example\""
#define Y "\"https://y.example\""

static const struct {
    const char *what, *before, *more, *without;
    bool listed; /* now, and was not before */
} lists[] = {
    {"no list", LIST(""),
        "{\"profiles\": {\"p\": {" A_STORE ",\n      \"match\": [" X ", " Y "]\n    }}}\n",
        "{\"profiles\": {\"p\": {" A_STORE ",\n      \"match\": []\n    }}}\n", true},
    {"one string", LIST(", \"match\": " X " /* mine */"),
        LIST(", \"match\": [" X ", " Y "] /* mine */"), LIST(", \"match\": [] /* mine */"), false},
    {"one line", LIST(", \"match\": [" X "] /* one */"),
        LIST(", \"match\": [" X ", " Y "] /* one */"), LIST(", \"match\": [] /* one */"), false},
    {"a comment behind the last", LIST(", \"match\": [" X " // }] x\n]"),
        LIST(", \"match\": [" X ", " Y " // }] x\n]"), LIST(", \"match\": [ // }] x\n]"), false},
    {"a line each", LIST(",\n\t\"match\": [\n\t\t" X " // x\n\t]"),
        LIST(",\n\t\"match\": [\n\t\t" X ", // x\n\t\t" Y "\n\t]"),
        LIST(",\n\t\"match\": [\n\t\t// x\n\t]"), false},
};

static void test_list(void **state)
{
    (void)state;
    KB_AUTO(kb_strings_clear) struct kb_strings all = {.count = 0};

    kb_strings_add(&all, "https://x.example");
    for (size_t i = 0; i < KB_COUNT(lists); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf more = KB_BUF_INIT(KB_CONFIG_MAX);
        KB_AUTO(kb_buf_clear) struct kb_buf without = KB_BUF_INIT(KB_CONFIG_MAX);
        struct kb_error err = KB_ERROR_INIT;
        const char *before = lists[i].before;
        bool listed = false;

        if (kb_config_add_to_list("/c", before, strlen(before), "p", "match", &all,
                "https://y.example", &listed, &more, &err) ||
            strcmp(lists[i].more, kb_buf_text(&more)) != 0)
            fail_msg("%s: %s%s", lists[i].what, err.msg, kb_buf_text(&more));
        assert_int_equal(listed, lists[i].listed);
        if (kb_config_drop_from_list(
                "/c", before, strlen(before), "p", "match", &all, 0, &listed, &without, &err) ||
            strcmp(lists[i].without, kb_buf_text(&without)) != 0)
            fail_msg("%s: %s%s", lists[i].what, err.msg, kb_buf_text(&without));
        assert_int_equal(listed, lists[i].listed);
    }
}

/* What does not come out right says nothing about what was there. */
static void test_list_refused(void **state)
{
    (void)state;
    KB_AUTO(kb_strings_clear) struct kb_strings all = {.count = 0};
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(KB_CONFIG_MAX);
    const char *before = LIST("");
    bool listed = false;

    kb_strings_add(&all, "no address");
    kb_strings_add(&all, "https://x.example");
    assert_int_equal(kb_config_add_to_list("/c", before, strlen(before), "p", "match", &all,
                         "https://y.example", &listed, &out, NULL),
        KB_ERR_CONFIG);
    assert_int_equal(kb_config_drop_from_list(
                         "/c", before, strlen(before), "p", "match", &all, 1, &listed, &out, NULL),
        KB_ERR_CONFIG);
    assert_false(listed);
    assert_int_equal(out.len, 0);
}

static void test_set_text(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(KB_CONFIG_MAX);
    struct kb_error err = KB_ERROR_INIT;
    const char *before = "{\"profiles\": {\"p\": {" A_STORE " /* here */}}}\n";

    assert_int_equal(kb_config_set_text(
                         "/c", before, strlen(before), "p", "store", "secret-service", &out, &err),
        KB_OK);
    assert_string_equal(kb_buf_text(&out),
        "{\"profiles\": {\"p\": {\"token_url\": \"https://t.example\", \"store\": "
        "\"secret-service\" /* here */}}}\n");
    kb_buf_reset(&out);
    assert_int_equal(
        kb_config_set_text("/c", before, strlen(before), "p", "store", "nowhere", &out, &err),
        KB_ERR_CONFIG);
    assert_int_equal(
        kb_config_set_text("/c", before, strlen(before), "q", "store", "sealed-file", &out, &err),
        KB_ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_remove),
        cmocka_unit_test(test_add_then_remove_is_no_change),
        cmocka_unit_test(test_remove_what_is_not_there),
        cmocka_unit_test(test_set_refuses),
        cmocka_unit_test(test_rename),
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_list_refused),
        cmocka_unit_test(test_set_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
