/*
 * Command-line options: the table decides, operands keep their order, values stay unsaid.
 */
#include "base/options.h"

#include "base/strings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { WORDS_MAX = 8 };

struct parsed {
    bool json;
    const char *store;
    struct kb_strings match;
    char *argv[WORDS_MAX + 1];
    int operands;
    struct kb_error err;
    enum kb_err rc;
};

static void clear_parsed(struct parsed *parsed)
{
    kb_strings_clear(&parsed->match);
    for (size_t i = 0; i < WORDS_MAX; i++)
        parsed->argv[i] = NULL;
}

/* Splits LINE, which it keeps, at its spaces; "_" stands for an empty word. */
static int split(char *line, char *argv[static WORDS_MAX])
{
    int argc = 0;
    for (char *word = line; *word && argc < WORDS_MAX; argc++) {
        char *end = word + strcspn(word, " ");
        argv[argc] = word;
        word = *end ? end + 1 : end;
        *end = '\0';
        if (strcmp(argv[argc], "_") == 0)
            argv[argc][0] = '\0';
    }
    return argc;
}

static void parse(char *line, bool stop, struct parsed *ret)
{
    const struct kb_option table[] = {
        {.name = "json", .flag = &ret->json},
        {.name = "store", .value = &ret->store},
        {.name = "match", .list = &ret->match},
    };
    int argc = split(line, ret->argv);
    ret->operands = -1;
    ret->rc =
        kb_options_parse(argc, ret->argv, table, KB_COUNT(table), stop, &ret->operands, &ret->err);
}

static void every_spelling(void **state)
{
    (void)state;
    char line[] = "one --store=a=b --match x two --json --match=_ --";
    KB_AUTO(clear_parsed) struct parsed parsed = {0};
    parse(line, false, &parsed);
    assert_int_equal(parsed.rc, KB_OK);
    assert_true(parsed.json);
    assert_string_equal(parsed.store, "a=b");
    assert_int_equal(parsed.match.count, 2);
    assert_string_equal(parsed.match.items[0], "x");
    assert_string_equal(parsed.match.items[1], "_");
    assert_int_equal(parsed.operands, 2);
    assert_string_equal(parsed.argv[0], "one");
    assert_string_equal(parsed.argv[1], "two");
}

static void operands_are_told_from_options(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        bool stop;
        int operands;
        const char *first;
        bool json;
    } rows[] = {
        {"", false, 0, NULL, false}, {"- _ --json", false, 2, "-", true},
        {"a --json", true, 2, "a", false}, {"--json a --json", true, 2, "a", true},
        {"-- --json -x", false, 2, "--json", false}, {"--json -- -x", true, 1, "-x", true},
        {"--store --json", false, 0, NULL, false}, /* a value may look like an option */
    };
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        char line[64];
        KB_AUTO(clear_parsed) struct parsed parsed = {0};
        kb_text_copy(line, sizeof(line), rows[i].line);
        parse(line, rows[i].stop, &parsed);
        assert_int_equal(parsed.rc, KB_OK);
        assert_int_equal(parsed.operands, rows[i].operands);
        assert_int_equal(parsed.json, rows[i].json);
        if (rows[i].first)
            assert_string_equal(parsed.argv[0], rows[i].first);
    }
}

static void anything_else_is_a_usage_error(void **state)
{
    (void)state;
    static const struct {
        const char *line, *msg, *hint;
    } rows[] = {
        {"--jsn", "unknown option --jsn", "did you mean --json?"},
        {"-json", "unknown option -json", "did you mean --json?"},
        {"--js", "unknown option --js", NULL},
        {"--matches=x", "unknown option --matches", "did you mean --match?"},
        {"--client-secret=hunter2", "unknown option --client-secret", ""},
        {"-x", "unknown option -x", NULL},
        {"--=x", "unknown option --", NULL},
        {"--json=yes", "--json takes no value", ""},
        {"--store", "--store needs a value", ""},
        {"--match", "--match needs a value", ""},
        {"--store a --store b", "--store is given twice", ""},
    };
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        char line[64];
        KB_AUTO(clear_parsed) struct parsed parsed = {0};
        kb_text_copy(line, sizeof(line), rows[i].line);
        parse(line, false, &parsed);
        assert_int_equal(parsed.rc, KB_ERR_USAGE);
        assert_int_equal(parsed.operands, -1);
        assert_string_equal(parsed.err.msg, rows[i].msg);
        if (rows[i].hint)
            assert_string_equal(parsed.err.hint, rows[i].hint);
    }
}

static void an_operand_too_many_is_named(void **state)
{
    (void)state;
    char one[] = "one", two[] = "two";
    char *argv[] = {one, two, NULL};
    struct kb_error err;
    assert_int_equal(kb_options_expect(1, 1, argv, &err), KB_OK);
    assert_int_equal(kb_options_expect(0, 0, argv, &err), KB_OK);
    assert_int_equal(kb_options_expect(1, 0, argv, &err), KB_ERR_USAGE);
    assert_string_equal(err.msg, "one profile name is needed");
    assert_int_equal(kb_options_expect(1, 2, argv, &err), KB_ERR_USAGE);
    assert_string_equal(err.msg, "this command takes one name: \"two\" is too much");
    assert_int_equal(kb_options_expect(0, 1, argv, &err), KB_ERR_USAGE);
    assert_string_equal(err.msg, "this command takes no argument: \"one\" is too much");
}

static void a_secret_is_no_argument(void **state)
{
    bool secret = false, other = false;
    const struct kb_option table[] = {
        {.name = "client-cert", .flag = &other}, {.name = "client-secret-stdin", .flag = &secret}};
    char words[][32] = {"--client-secret", "--client-secret=hunter2"}, secret_itself[] = "hunter2";

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char *argv[] = {words[i], secret_itself, NULL};
        struct kb_error err = KB_ERROR_INIT;
        int operands;

        assert_int_equal(kb_options_parse(2, argv, table, 2, false, &operands, &err), KB_ERR_USAGE);
        assert_string_equal(err.msg, "unknown option --client-secret");
        assert_non_null(strstr(err.hint, "--client-secret-stdin reads it"));
        assert_null(strstr(err.hint, "hunter2"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_spelling),
        cmocka_unit_test(operands_are_told_from_options),
        cmocka_unit_test(anything_else_is_a_usage_error),
        cmocka_unit_test(an_operand_too_many_is_named),
        cmocka_unit_test(a_secret_is_no_argument),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
