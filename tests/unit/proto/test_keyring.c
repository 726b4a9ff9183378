/* What `keyring` reads from its command line, and what it leaves for the other keyring. */
#include "hostile.h"

enum { MANY = 17 };

static void read_command(struct proto_call *call, const char *words)
{
    proto_call_read(call, proto_named("keyring"), words, "the password");
    assert_int_equal(call->consumed, 0);
    assert_int_equal(call->talk.reply.out.len, 0);
}

static void assert_passed_on(const struct proto_call *call, bool silent)
{
    assert_string_equal(call->talk.reply.pass_on, "keyring");
    assert_int_equal(call->talk.reply.note.len == 0, silent);
    assert_int_equal(call->talk.reply.status, silent ? KB_ERR_FAILED : KB_ERR_USAGE);
}

/* The other keyring gets the words in their order, whatever was made of them. */
static void test_words_stay_in_place(void **state)
{
    static const char *const lines[] = {
        "get https://pypi.org/simple/ alice",
        "get https://pypi.org/simple/ --mode creds",
        "--mode creds get --output json https://pypi.org alice",
        "set --mode=creds https://pypi.org/simple/ alice",
        "get -b x --mode creds no-address alice",
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(lines); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf seen = KB_BUF_INIT(512);
        char copy[128], *argv[CALL_WORDS_MAX], *rest = copy;
        struct kb_error err = KB_ERROR_INIT;
        enum kb_turn turn;
        int argc = 0;

        strcpy(copy, lines[i]);
        while (rest)
            argv[argc++] = strsep(&rest, " ");
        struct kb_talk talk = kb_talk(proto_named("keyring"), argc, argv, -1);
        KB_IGNORE(kb_talk_next(&talk, &turn, &err));
        for (int w = 0; w < argc; w++)
            kb_buf_fmt(&seen, "%s%s", w ? " " : "", argv[w]);
        assert_string_equal(kb_buf_text(&seen), lines[i]);
        kb_talk_clear(&talk);
    }
}

static void test_more_words_than_anybody_writes(void **state)
{
    const struct kb_proto *proto = proto_named("keyring");
    char word[] = "x", *argv[MANY];
    struct kb_error err = KB_ERROR_INIT;
    enum kb_turn turn;

    (void)state;
    for (int i = 0; i < MANY; i++)
        argv[i] = word;
    struct kb_talk talk = kb_talk(proto, MANY, argv, -1);
    assert_int_equal(kb_talk_next(&talk, &turn, &err), KB_ERR_USAGE);
    proto->refuse(&talk.request, &err, &talk.reply);
    assert_string_equal(talk.reply.pass_on, "keyring");
    kb_talk_clear(&talk);
}

static void test_services(void **state)
{
    static const struct {
        const char *service, *origin, *path;
        bool any_scheme;
    } cases[] = {
        {"https://pypi.example.com/simple/", "https://pypi.example.com", "/simple/", false},
        {"https://pypi.example.com/simple/?x=y", "https://pypi.example.com", "/simple/", false},
        {"http://127.0.0.1:8080", "http://127.0.0.1:8080", "/", false},
        {"pypi.example.com", "https://pypi.example.com", "/", true},
        {"PyPI.example.com:8443", "https://pypi.example.com:8443", "/", true},
        {"[::1]:8080", "https://[::1]:8080", "/", true},
        {"system", "https://system", "/", true},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf words = KB_BUF_INIT(512), seen = KB_BUF_INIT(512);
        struct proto_call call;

        kb_buf_fmt(&words, "get %s alice", cases[i].service);
        read_command(&call, kb_buf_text(&words));
        assert_requests(&call, KB_OP_GET);
        kb_url_append_origin(&call.talk.request.url, &seen);
        assert_string_equal(kb_buf_text(&seen), cases[i].origin);
        assert_string_equal(call.talk.request.url.path, cases[i].path);
        assert_int_equal(call.talk.request.any_scheme, cases[i].any_scheme);
        assert_false(call.talk.request.any_path);
        assert_string_equal(call.talk.request.username, "alice");
        proto_call_close(&call);
    }
}

static void test_no_address(void **state)
{
    static const char *const services[] = {"", ":", "host:", "host:0", "a/b", "user@host",
        "https://", "https://user@host/", "ftp://host/", "host:99999", "2130706433", "[::1%1]",
        "https://host/../", "https://host#@victim.example"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(services); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf words = KB_BUF_INIT(512);
        struct proto_call call;

        kb_buf_fmt(&words, "get %s alice", services[i]);
        read_command(&call, kb_buf_text(&words));
        assert_int_equal(call.turn, KB_TURN_ANSWERED);
        assert_passed_on(&call, true);
        proto_call_close(&call);
    }
}

/* What names a host of ours in another way than its own is for the other keyring. */
static void test_lookalike_services(void **state)
{
    static const char *const services[] = {"https://" VICTIM ".evil.example/",
        "https://evil-" VICTIM "/", "https://" VICTIM ":444/", "http://" VICTIM "/", VICTIM ":80",
        VICTIM ".", "https://" VICTIM "@evil.example/", "https://evil.example/" VICTIM,
        "https://evil.example#" VICTIM, "victim", "https://vict\xc4\xb1m.example/"};
    KB_AUTO(kb_config_clear) struct kb_config config = hostile_config();
    KB_AUTO(kb_buf_clear) struct kb_buf nothing = KB_BUF_INIT(1), words = KB_BUF_INIT(512);

    (void)state;
    for (size_t i = 0; i < KB_COUNT(services); i++) {
        struct hostile_verdict verdict;

        kb_buf_reset(&words);
        kb_buf_fmt(&words, "get %s alice", services[i]);
        hostile_ask(&verdict, &config, proto_named("keyring"), kb_buf_text(&words), &nothing);
        assert_string_equal(verdict.profile, "");
        proto_call_close(&verdict.call);
    }
}

static void test_long_values(void **state)
{
    const size_t longest = sizeof((struct kb_request){0}.username) - 1;

    (void)state;
    for (size_t pad = longest - 2; pad <= longest + 2; pad++) {
        KB_AUTO(kb_buf_clear) struct kb_buf words = KB_BUF_INIT(512);
        struct proto_call call;

        kb_buf_str(&words, "get https://" VICTIM "/ ");
        hostile_pad(&words, 'x', pad);
        read_command(&call, kb_buf_text(&words));
        if (pad <= longest)
            assert_requests(&call, KB_OP_GET);
        else
            assert_passed_on(&call, true);
        proto_call_close(&call);
    }
}

/* An error of ours is shown, not hidden behind what the other keyring knows nothing of. */
static void test_only_what_may_be_its_own_is_passed_on(void **state)
{
    static const enum kb_err codes[] = {KB_ERR_USAGE, KB_ERR_CONFIG, KB_ERR_LOCKED, KB_ERR_SERVER};
    const struct kb_proto *proto = proto_named("keyring");

    (void)state;
    for (size_t i = 0; i < KB_COUNT(codes); i++) {
        struct kb_error why = KB_ERROR_INIT;

        kb_fail(&why, codes[i], "it failed");
        for (int ours = 0; ours < 2; ours++) {
            struct proto_call call;

            read_command(&call, "get https://" VICTIM "/ alice");
            call.talk.reply.ours = ours;
            proto->refuse(&call.talk.request, &why, &call.talk.reply);
            assert_int_equal(call.talk.reply.pass_on != NULL, !ours);
            assert_int_equal(call.talk.reply.status, codes[i]);
            assert_non_null(strstr(proto_call_note(&call), "it failed"));
            proto_call_close(&call);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_stay_in_place),
        cmocka_unit_test(test_more_words_than_anybody_writes),
        cmocka_unit_test(test_services),
        cmocka_unit_test(test_no_address),
        cmocka_unit_test(test_lookalike_services),
        cmocka_unit_test(test_long_values),
        cmocka_unit_test(test_only_what_may_be_its_own_is_passed_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
