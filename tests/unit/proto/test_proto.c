/* The table of protocols, and errors on stderr. */
#include "base/error_text.h"
#include "proto_call.h"

static void test_every_slot_is_filled(void **state)
{
    size_t count;
    const struct kb_proto *const *protos = kb_protos(&count);

    (void)state;
    assert_true(count > 0);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(kb_proto_by_name(protos[i]->name), protos[i]);
        if (protos[i]->program)
            assert_ptr_equal(kb_proto_by_program(protos[i]->program), protos[i]);
        assert_true(protos[i]->read && protos[i]->write && protos[i]->decline);
        assert_true(protos[i]->refuse && protos[i]->list);
    }
}

static void test_names_are_exact(void **state)
{
    static const char *const strangers[] = {
        "", "keybearer", "git-credential-keybearer2", "git-credential", "Git"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(strangers); i++) {
        assert_null(kb_proto_by_program(strangers[i]));
        assert_null(kb_proto_by_name(strangers[i]));
    }
    assert_string_equal(kb_proto_by_program("git-credential-keybearer")->name, "git");
    assert_string_equal(kb_proto_by_program("docker-credential-keybearer")->name, "docker");
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

/* Only docker's clients ask for a list; the others refuse it instead of answering. */
static void test_only_docker_lists(void **state)
{
    static const char *const others[] = {"get", "git", "token", "header"};
    const struct kb_config config = KB_CONFIG_INIT;

    (void)state;
    for (size_t i = 0; i < KB_COUNT(others); i++) {
        KB_AUTO(kb_reply_clear) struct kb_reply reply = KB_REPLY_INIT;

        assert_int_equal(kb_proto_by_name(others[i])->list(&config, &reply, NULL), KB_ERR_USAGE);
        assert_int_equal(reply.out.len, 0);
    }
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
