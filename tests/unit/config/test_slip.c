/*
 * Slips in a configuration's text: what is said of each, where, and the cure.
 */
#include "config_test.h"

static const struct {
    const char *text, *said, *hint;
} slips[] = {
    /* no tokens */
    {"\xef\xbb\xbf{}", "c:1:1: unexpected byte order mark", "UTF-8 without"},
    {"\xff\xfe{", "c:1:1: unexpected byte order mark of UTF-16", "as UTF-8"},
    {"\xfe\xff{", "c:1:1: unexpected byte order mark of UTF-16", "as UTF-8"},
    {"{\n# note\n}", "c:2:1: unexpected '#'", "begin a comment with //"},
    {"{ / note\n}", "c:1:3: unexpected '/'", "begin a comment with //"},
    {"{}\n/* note", "c:2:1: unexpected comment without an end", "*/"},
    {"{\"a\": 'b'}", "c:1:7: unexpected single quote (')", "double quotes"},
    {"{\"a\": \xe2\x80\x9c"
     "b\"}",
        "c:1:7: unexpected typographic character", "double quotes"},
    {"{\"a\":\xc2\xa0"
     "1}",
        "c:1:6: unexpected no-break space", "plain space"},
    {"{\"a\" = 1}", "c:1:6: unexpected '='", "\"name\": \"value\""},
    {"{\"a\": 1;}", "c:1:8: unexpected", ""},
    {"{\"a\": 1 ; \"b\": 1}", "c:1:9: unexpected ';'", "','"},
    {"{\"a\": $x}", "c:1:7: unexpected character '$'", ""},
    {"{\"a\": \x01}", "c:1:7: unexpected byte 0x01", ""},
    /* words */
    {"{\"a\": True}", "c:1:7: unexpected word True", "write true, in small letters"},
    {"{\"a\": FALSE\n}", "c:1:7: unexpected word FALSE", "write false, in small letters"},
    {"{\"a\": yes, \"b\": 1}", "c:1:7: unexpected word yes", "write true"},
    {"{\"a\": off}", "c:1:7: unexpected word off", "write false"},
    {"{\"a\": None}", "c:1:7: unexpected word None", "leave the key out"},
    {"{\"a\": hunter2}", "c:1:7: unexpected 'h': this word has no quotes", "double quotes"},
    {"{on: 1}", "c:1:2: unexpected 'o': this word has no quotes", "double quotes"},
    {"{\"a\": 1, none: 2}", "c:1:10: unexpected 'n': this word has no quotes", "double quotes"},
    {"{a: 1}", "c:1:2: unexpected 'a': this word has no quotes", "double quotes"},
    /* strings and numbers */
    {"{\"a\": \"b\n}", "c:1:7: the string that begins here does not end in its line", "close it"},
    {"{\"a\": \"b", "c:1:7: the string that begins here does not end in its line", "close it"},
    {"{\"a\": \"b\tc\"}", "c:1:9: control character in a string", "\\t"},
    {"{\"a\": \"b\\c\"}", "c:1:9: unknown escape in a string", "\\\\"},
    {"{\"a\": \"\xff\"}", "c:1:8: wrong UTF-8 in a string", "as UTF-8"},
    {"{\"a\": 060}", "c:1:10: not a JSON number", "decimal"},
    {"{\"a\": 2030-01-01}", "c:1:11: not a JSON number", "between double quotes"},
    /* tokens in a wrong place */
    {"{\"a\": 1,\n}", "c:1:8: there is nothing between this ',' and the '}'", "remove the ','"},
    {"{\"a\": [1,\n2,\n]}", "c:2:2: there is nothing between this ',' and the ']'",
        "remove the ','"},
    {"{\"a\": 1,, \"b\": 2}", "c:1:9: unexpected ','", "remove the ','"},
    {"{,}", "c:1:2: unexpected ','", "remove the ','"},
    {"{\"a\": {},\n\"b\": {}\n\"c\": {}}", "c:2:8: a ',' is missing here", "put a ','"},
    {"{\"a\": [\"b\" \"c\"]}", "c:1:11: a ',' is missing here", "put a ','"},
    {"{\"a\" 1}", "c:1:6: unexpected '1': a ':' and a value is missing", "\"name\": \"value\""},
    {"{\"a\"}", "c:1:5: unexpected '}': a ':' and a value is missing", "\"name\": \"value\""},
    {"{\"a\": }", "c:1:7: unexpected '}': a value is missing", "\"name\": \"value\""},
    {"{1: 2}", "c:1:2: unexpected '1': a name between double quotes is missing", "\"name\""},
    {"{\"a\": [1}", "c:1:9: unexpected '}': the '[' of line 1, column 7 is still open", "']'"},
    {"{}\n}", "c:2:1: unexpected '}' after the end of the document", "bracket too many"},
    {"}", "c:1:1: unexpected '}' at the beginning of the document", "begin it with '{'"},
    {": 1", "c:1:1: unexpected ':' at the beginning of the document", "begin it with '{'"},
    {"{} {}", "c:1:4: unexpected '{' after the end of the document", "remove it"},
    {"{\n\"a\": {\"b\": 1}\n",
        "c:3:1: the document ends too early: the '{' of line 1, column 1 is still open",
        "close it with '}'"},
    {"{\"a\": [1", "c:1:9: the document ends too early: the '[' of line 1, column 7 is still open",
        "close it with ']'"},
    /* twice: both places */
    {"{\"profiles\": {\n \"p\": {\"scope\": \"a\",\n  \"scope\": \"b\"}}}",
        "c:3:3: \"scope\" occurs twice: in line 2, column 8, and here", "keep one"},
    {"{\"profiles\": {\"p\": {},\n\"\\u0070\": {}}}",
        "c:2:1: \"\\u0070\" occurs twice: in line 1, column 15, and here", "keep one"},
    {"{\"profiles\": {}, \"x\": {\"profiles\": 1},\n\"profiles\": {}}",
        "c:2:1: \"profiles\" occurs twice: in line 1, column 2, and here", "keep one"},
    /* what is no slip */
    {"[]", "c:1:1: expected an object", ""},
};

static void test_each_slip_has_its_cure(void **state)
{
    (void)state;
    for (size_t i = 0; i < KB_COUNT(slips); i++) {
        struct kb_config config = KB_CONFIG_INIT;
        struct kb_error err = KB_ERROR_INIT;
        const char *text = slips[i].text;
        assert_int_equal(kb_config_parse("c", text, strlen(text), &config, &err), KB_ERR_CONFIG);
        if (strncmp(err.msg, slips[i].said, strlen(slips[i].said)) != 0)
            fail_msg("%s\nsays: %s\nnot:  %s", text, err.msg, slips[i].said);
        assert_mentions(err.hint, slips[i].hint);
        assert_null(strstr(err.msg, "hunter2"));
    }
}

/* Wherever a good text is cut, or one of its characters is another, the error has a place. */
static void test_any_slip_has_a_place(void **state)
{
    static const char good[] =
        "{\"profiles\":\n{\"p\": {\"match\": [\"https://a\", \"https://b\"]}}}";
    static const char others[] = "{}[],:\"'#a0 \n\\\xff";

    (void)state;
    for (size_t i = 0; i < (sizeof(good) - 1) * sizeof(others); i++) {
        struct kb_config config = KB_CONFIG_INIT;
        struct kb_error err = KB_ERROR_INIT;
        char text[sizeof(good)];
        memcpy(text, good, sizeof(good));
        text[i / sizeof(others)] = others[i % sizeof(others)]; /* the last is a NUL: the cut */
        size_t len = strlen(text);
        if (len == 0) /* nothing is a configuration */
            continue;
        assert_int_equal(kb_config_parse("c", text, len, &config, &err), KB_ERR_CONFIG);
        assert_true(err.place.line > 0 && err.place.column > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_slip_has_its_cure),
        cmocka_unit_test(test_any_slip_has_a_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
