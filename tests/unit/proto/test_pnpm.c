/* pnpm's links: which names of one are a profile's. */
#include "hostile.h"

#include <stdio.h>

#define LINK "keybearer-pnpm-"

/* As the front starts it: PROGRAM chooses protocol and profile. */
static void start_as(struct proto_call *call, const char *program)
{
    const char *profile;
    const struct kb_proto_row *row = kb_proto_by_program(program, &profile);

    assert_non_null(row);
    assert_string_equal(row->word, "pnpm");
    *call = (struct proto_call){.turn = KB_TURN_END};
    call->talk = kb_talk(row->proto, 0, NULL, -1); /* a read would fail */
    call->talk.profile = profile;
    call->rc = kb_talk_next(&call->talk, &call->turn, &call->err);
}

static void test_names_of_links(void **state)
{
    static const char *const good[] = {"work", "w", "corp.eu-1_a", "pnpm-", "keybearer-pnpm-x"};
    static const char *const bad[] = {".", ".work", "-work", "a b", "a/b", "a\nb", "w\xc3\xb6rk"};
    char name[128];

    (void)state;
    for (size_t i = 0; i < KB_COUNT(good); i++) {
        struct proto_call call;

        snprintf(name, sizeof(name), LINK "%s", good[i]);
        start_as(&call, name);
        assert_int_equal(call.rc, KB_OK);
        assert_requests(&call, KB_OP_GET);
        assert_string_equal(call.talk.request.profile, good[i]);
        assert_false(call.talk.request.has_url);
        proto_call_close(&call);
    }
    for (size_t i = 0; i < KB_COUNT(bad); i++) {
        struct proto_call call;

        snprintf(name, sizeof(name), LINK "%s", bad[i]);
        start_as(&call, name);
        assert_int_equal(call.rc, KB_ERR_USAGE);
        proto_call_close(&call);
    }
}

static void test_no_link_of_ours(void **state)
{
    static const char *const names[] = {LINK, "keybearer-pnpm", "Keybearer-pnpm-work",
        "xkeybearer-pnpm-work", "keybearer-npm-work"};
    const char *profile;

    (void)state;
    for (size_t i = 0; i < KB_COUNT(names); i++)
        assert_null(kb_proto_by_program(names[i], &profile));
}

/* A name is never cut to one that fits. */
static void test_long_names(void **state)
{
    (void)state;
    for (size_t len = KB_PROFILE_NAME_MAX - 1; len < 300; len++) {
        KB_AUTO(kb_buf_clear) struct kb_buf name = KB_BUF_INIT(512);
        struct proto_call call;

        kb_buf_str(&name, LINK);
        hostile_pad(&name, 'x', len);
        start_as(&call, kb_buf_text(&name));
        assert_int_equal(call.rc, len <= KB_PROFILE_NAME_MAX ? KB_OK : KB_ERR_USAGE);
        assert_int_equal(strlen(call.talk.request.profile), call.rc ? 0 : len);
        proto_call_close(&call);
    }
}

static void test_injected_names(void **state)
{
    static const char profile[] = "victim";
    struct hostile_bytes bytes[HOSTILE_BYTES];
    size_t count = hostile_bytes(bytes);

    (void)state;
    for (size_t i = 1; i < count; i++) {
        for (size_t at = 0; at <= strlen(profile); at++) {
            struct proto_call call;
            char name[64];

            snprintf(
                name, sizeof(name), LINK "%.*s%s%s", (int)at, profile, bytes[i].text, profile + at);
            start_as(&call, name);
            assert_int_equal(call.rc, KB_ERR_USAGE);
            call.talk.proto->refuse(&call.talk.request, &call.err, &call.talk.reply);
            assert_true(hostile_is_clean(&call.talk.reply.note));
            assert_int_equal(call.talk.reply.out.len, 0);
            proto_call_close(&call);
        }
    }
}

static void test_bad_values_do_not_leave(void **state)
{
    static const char *const tokens[] = {"a\nb", "a b", "a\r", "\xc2\x85", "a\x7f"};
    const struct kb_proto *proto = proto_named("pnpm");

    (void)state;
    for (size_t i = 0; i < KB_COUNT(tokens); i++) {
        struct proto_stock stock;
        struct proto_call call;

        proto_stock_open(&stock, tokens[i]);
        proto_call_read(&call, proto, "work", "pnpm's pipe");
        assert_int_equal(call.consumed, 0);
        proto_call_write(&call, proto, &stock);
        assert_int_equal(call.rc, KB_ERR_CORRUPT);
        assert_int_equal(call.talk.reply.out.len, 0);
        proto_call_close(&call);
        proto_stock_close(&stock);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_of_links),
        cmocka_unit_test(test_no_link_of_ours),
        cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_injected_names),
        cmocka_unit_test(test_bad_values_do_not_leave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
