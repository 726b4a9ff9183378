/* The table of protocols, and errors on stderr. */
#include "base/error_text.h"
#include "proto_call.h"

#include <stdio.h>

static void check_link(const struct kb_proto_row *row, const char *link)
{
    const char *slash = strrchr(link, '/'), *profile = "unchanged";
    char name[64];

    snprintf(name, sizeof(name), "%s%s", slash ? slash + 1 : link,
        row->chosen_by == KB_BY_PROFILE ? "work" : "");
    assert_non_null(kb_proto_by_link(name));
    assert_ptr_equal(
        kb_proto_by_program(name, &profile), row->chosen_by == KB_BY_WORD ? NULL : row);
    if (row->chosen_by == KB_BY_LINK)
        assert_null(profile);
    if (row->chosen_by == KB_BY_PROFILE)
        assert_string_equal(profile, "work");
}

static void test_every_slot_is_filled(void **state)
{
    size_t count;
    const struct kb_proto_row *rows = kb_protos(&count);

    (void)state;
    assert_true(count > 0);
    for (size_t i = 0; i < count; i++) {
        const struct kb_proto *proto = rows[i].proto;

        assert_ptr_equal(kb_proto_by_word(rows[i].word), &rows[i]);
        for (const char *const *link = rows[i].links; *link; link++) {
            check_link(&rows[i], *link);
        }
        if (rows[i].chosen_by == KB_BY_LINK)
            assert_true(*rows[i].sought);
        assert_true(*rows[i].manual && *rows[i].operands && *rows[i].summary);
        assert_true(proto->start && proto->feed && proto->write && proto->decline);
        assert_true(proto->refuse && (proto->parse || proto->input_max == 0));
        /* whoever reads gives up a caller that falls silent with its end open */
        assert_true(proto->idle_s > 0 || proto->input_max == 0);
    }
}

static void test_names_are_exact(void **state)
{
    static const char *const strangers[] = {
        "", "keybearer", "git-credential-keybearer2", "git-credential", "Git"};
    const char *profile;

    (void)state;
    for (size_t i = 0; i < KB_COUNT(strangers); i++) {
        assert_null(kb_proto_by_program(strangers[i], &profile));
        assert_null(kb_proto_by_link(strangers[i]));
        assert_null(kb_proto_by_word(strangers[i]));
    }
    assert_string_equal(kb_proto_by_program("git-credential-keybearer", &profile)->word, "git");
    assert_string_equal(
        kb_proto_by_program("docker-credential-keybearer", &profile)->word, "docker");
}

static void test_error_and_hint(void **state)
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(4096);
    struct kb_error why = KB_ERROR_INIT;

    (void)state;
    kb_fail(&why, KB_ERR_LOCKED, "the vault is locked");
    kb_error_append(&why, &out);
    assert_string_equal(kb_buf_text(&out), "keybearer: error: the vault is locked\n"
                                           "keybearer: hint: keybearer unlock\n");
    kb_buf_reset(&out);
    kb_hint(&why, "plug in the card");
    kb_error_append(&why, &out);
    assert_string_equal(kb_buf_text(&out), "keybearer: error: the vault is locked\n"
                                           "keybearer: hint: plug in the card\n");
}

/* Only docker's clients ask for a list; the others have nothing to answer it with. */
static void test_only_docker_lists(void **state)
{
    static const char *const others[] = {"get", "git", "token", "header"};

    (void)state;
    assert_non_null(proto_named("docker")->extra->list);
    for (size_t i = 0; i < KB_COUNT(others); i++)
        assert_null(proto_named(others[i])->extra);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_slot_is_filled),
        cmocka_unit_test(test_names_are_exact),
        cmocka_unit_test(test_error_and_hint),
        cmocka_unit_test(test_only_docker_lists),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
