/*
 * What is read out of a page of help: its operands in their order, and its options.
 */
#include "usage.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void expect(const char *page, const char *operands, const char *options)
{
    KB_AUTO(usage_clear) struct usage usage = USAGE_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf first = KB_BUF_INIT(4096), second = KB_BUF_INIT(4096);

    usage_read(page, &usage);
    for (size_t i = 0; i < usage.operands.count; i++)
        kb_buf_fmt(&first, "%s ", usage.operands.items[i]);
    for (size_t i = 0; i < usage.option_count; i++)
        kb_buf_fmt(&second, "%s(%s)%s;", usage.options[i].name, usage.options[i].argument,
            usage.options[i].help);
    assert_string_equal(operands, kb_buf_text(&first));
    assert_string_equal(options, kb_buf_text(&second));
}

static void test_usage_line(void **state)
{
    (void)state;
    expect("Usage: keybearer lock\nlock it\n", "", "");
    expect("Usage: keybearer match add|remove NAME URL [--same-address]\nx\n",
        "add|remove NAME URL ", "--same-address();");
    expect("Usage: keybearer show NAME [--json | --public-key [--format FORMAT]]\nshow\n", "NAME ",
        "--json();--public-key();--format(FORMAT);");
    expect("Usage: keybearer setup [TOOL [PROFILE]] [OPTION]...\nx\n", "TOOL PROFILE ", "");
    expect("Usage: keybearer move NAME --store STORE [--yes] LAST\nx\n", "NAME LAST ",
        "--store(STORE);--yes();");
}

static void test_command_behind(void **state)
{
    KB_AUTO(usage_clear) struct usage usage = USAGE_INIT;

    (void)state;
    usage_read("Usage: keybearer run [OPTION]... PROFILE -- COMMAND...\nrun it\n", &usage);
    assert_true(usage_has_command(&usage));
    assert_int_equal(3, usage.operands.count);
    assert_string_equal("COMMAND...", usage.operands.items[2]);
}

static void test_options(void **state)
{
    (void)state;
    expect("Usage: keybearer x [OPTION]...\nsummary --no\n\n"
           "Some --words.\n\n"
           "  --store STORE       where it is\n"
           "                      kept\n"
           "  --a-long-one WITH|ARGUMENT\n"
           "                      is told below\n"
           "  --header 'NAME: VALUE'\n"
           "                      one more\n"
           "  --for PROGRAM       a list:\n"
           "    gh                not of the option\n"
           "  {token}             no option\n"
           "  --yes               do not ask\n",
        "",
        "--store(STORE)where it is kept;--a-long-one(WITH|ARGUMENT)is told below;"
        "--header('NAME: VALUE')one more;--for(PROGRAM)a list:;--yes()do not ask;");
}

/* The line says more of one that the usage line has already. */
static void test_option_twice(void **state)
{
    (void)state;
    expect("Usage: keybearer x [--ttl TIME] [--yes]\ns\n\n  --ttl TIME          so long\n", "",
        "--ttl(TIME)so long;--yes();");
}

static void test_options_by_name(void **state)
{
    KB_AUTO(usage_clear) struct usage usage = USAGE_INIT;

    (void)state;
    usage_read("Usage: keybearer x [--form FORM] [--format F]\ns\n", &usage);
    assert_string_equal("FORM", usage_option(&usage, "--form=x", 6)->argument);
    assert_string_equal("F", usage_option(&usage, "--format", 8)->argument);
    assert_null(usage_option(&usage, "--for", 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usage_line),
        cmocka_unit_test(test_command_behind),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_option_twice),
        cmocka_unit_test(test_options_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
