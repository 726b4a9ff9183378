/* The exec plugin of Kubernetes' clients: what its golden cases cannot say. */
#include "variable_call.h"

#define VARIABLE "KUBERNETES_EXEC_INFO"
#define V1 "\"apiVersion\":\"client.authentication.k8s.io/v1\""
#define SERVER(url) "{" V1 ",\"spec\":{\"cluster\":{\"server\":\"" url "\"}}}"

static const struct kb_proto *kubectl(void)
{
    return proto_named("kubectl");
}

static void read_with(struct proto_call *call, const char *words, const char *info)
{
    variable_call_read(call, kubectl(), words, VARIABLE, info);
}

static void test_requests(void **state)
{
    static const struct variable_case cases[] = {
        {"", NULL, "", NULL, NULL},
        {"work", NULL, "work", NULL, NULL},
        {"--show work", "{" V1 "}", "work", NULL, NULL},
        {"", "{" V1 ",\"spec\":null}", "", NULL, NULL},
        {"", "{" V1 ",\"spec\":{\"cluster\":null}}", "", NULL, NULL},
        {"", SERVER("https://api.example.com") "\n", "", "https://api.example.com", "/"},
        {"work", SERVER("https://API.example.com:443/k8s"), "work", "https://api.example.com",
            "/k8s"},
        {"", SERVER("https:\\/\\/api.example.com:6443"), "", "https://api.example.com:6443", "/"},
        {"", SERVER("http://[::1]:8080"), "", "http://[::1]:8080", "/"},
    };

    (void)state;
    assert_variable_cases(kubectl(), VARIABLE, cases, KB_COUNT(cases));
}

static void assert_refused(const char *words, const char *info)
{
    struct proto_call call;

    read_with(&call, words, info);
    if (call.rc != KB_ERR_USAGE || call.talk.reply.status != KB_ERR_USAGE ||
        call.talk.reply.out.len > 0 ||
        strncmp(proto_call_note(&call), "keybearer: error: ", 18) != 0)
        fail_msg("kubectl %s is not refused for %s", words, info ? info : "no request");
    proto_call_close(&call);
}

/* Also for a profile that is named: a server that we cannot see may be anybody's. */
static void test_unreadable_requests(void **state)
{
    static const char *const infos[] = {"", " ", "null", "[]", "7", "{", "{" V1 "}{}", "{}",
        "{\"apiVersion\":null}", "{\"apiVersion\":1}", "{\"apiVersion\":[\"v1\"]}",
        "{\"apiVersion\":\"client.authentication.k8s.io/v1alpha1\"}",
        "{\"apiVersion\":\"client.authentication.k8s.io/v1 \"}", "{" V1 "," V1 "}",
        "{" V1 ",\"spec\":[]}", "{" V1 ",\"spec\":\"x\"}", "{" V1 ",\"spec\":{\"cluster\":[]}}",
        "{" V1 ",\"spec\":{\"cluster\":\"https://api.example.com\"}}",
        "{" V1 ",\"spec\":{\"cluster\":{}}}", "{" V1 ",\"spec\":{\"cluster\":{\"server\":null}}}",
        "{" V1 ",\"spec\":{\"cluster\":{\"server\":7}}}",
        "{" V1 ",\"spec\":{\"cluster\":{\"server\":[\"https://api.example.com\"]}}}",
        "{" V1 ",\"spec\":{\"cluster\":{\"server\":{}}}}",
        "{" V1 ",\"spec\":{\"cluster\":{\"server\":true}}}",
        "{" V1 ",\"spec\":{\"cluster\":{\"server\":\"https://a.example\",\"server\":null}}}",
        "{" V1 ",\"spec\":{},\"spec\":{\"cluster\":{\"server\":\"https://a.example\"}}}",
        SERVER(""), SERVER("api.example.com"), SERVER("ftp://api.example.com"),
        SERVER("https://*.example.com"), SERVER("https://api.example.com\\u0000.evil.example"),
        SERVER("https://api.example.com\\n"), SERVER("https://api.example.com/../x")};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(infos); i++) {
        assert_refused("", infos[i]);
        assert_refused("work", infos[i]);
    }
}

/* The server's name is ours, and says nothing: also for a profile that is named. */
static void test_unverified_servers(void **state)
{
    static const struct {
        const char *more;
        bool tls, plain; /* whether a server at https, at http, gets its token */
    } cases[] = {
        {"", true, true},
        {",\"insecure-skip-tls-verify\":false", true, true},
        {",\"insecure-skip-tls-verify\":null", true, true},
        {",\"insecure-skip-tls-verify\":true", false, false},
        {",\"insecure-skip-tls-verify\":\"true\"", false, false},
        {",\"insecure-skip-tls-verify\":1", false, false},
        {",\"insecure-skip-tls-verify\":{}", false, false},
        {",\"insecure-\\u0073kip-tls-verify\":true", false, false},
        {",\"proxy-url\":\"http://evil.example\"", true, false},
        {",\"proxy-url\":[\"http://evil.example\"]", true, false},
    };
    static const char *const words[] = {"", "work"};

    (void)state;
    for (size_t i = 0; i < 4 * KB_COUNT(cases); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf info = KB_BUF_INIT(1024);
        bool is_tls = i % 4 < 2, served = is_tls ? cases[i / 4].tls : cases[i / 4].plain;
        struct proto_call call;

        kb_buf_fmt(&info, "{" V1 ",\"spec\":{\"cluster\":{\"server\":\"%s\"%s}}}",
            is_tls ? "https://" VICTIM : "http://127.0.0.1:8080", cases[i / 4].more);
        read_with(&call, words[i % 2], kb_buf_text(&info));
        if (call.rc != (served ? KB_OK : KB_ERR_DENIED))
            fail_msg("%s: %d", kb_buf_text(&info), call.rc);
        assert_int_equal(call.talk.reply.status, call.rc);
        proto_call_close(&call);
    }
}

static void test_wrong_arguments(void **state)
{
    static const char *const words[] = {"work play", "--shown work", "--show=yes", "../work",
        "https://api.example.com", "--profile work"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(words); i++)
        assert_refused(words[i], SERVER("https://api.example.com"));
}

/* A password in the address is said by nobody. */
static void test_a_refused_server_is_not_repeated(void **state)
{
    struct proto_call call;

    (void)state;
    read_with(&call, "work", SERVER("https://user:hunter2@api.example.com"));
    assert_int_equal(call.rc, KB_ERR_USAGE);
    assert_null(strstr(proto_call_note(&call), "hunter2"));
    proto_call_close(&call);
}

static void test_lookalike_servers(void **state)
{
    static const struct {
        const char *info, *profile;
    } cases[] = {
        {SERVER("https://" VICTIM), "victim"},
        {SERVER("https://VICTIM.example:443/k8s/clusters/c-1"), "victim"},
        {SERVER("http://" VICTIM), ""},
        {SERVER("https://" VICTIM ":6443"), ""},
        {SERVER("https://" VICTIM "."), ""},
        {SERVER("https://." VICTIM), ""},
        {SERVER("https://" VICTIM ".evil.example"), ""},
        {SERVER("https://evil-" VICTIM), ""},
        {SERVER("https://evil." VICTIM), ""},
        {SERVER("https://" VICTIM "@evil.example"), ""},
        {SERVER("https://evil.example@" VICTIM), ""},
        {SERVER("https://evil.example/" VICTIM), ""},
        {SERVER("https://evil.example?https://" VICTIM), ""},
        {SERVER("https://" VICTIM "#@evil.example"), ""},
        {SERVER("https://evil.example#" VICTIM), ""},
        {SERVER("https://" VICTIM "\\\\@evil.example"), ""},
        {SERVER("https://victim\\u3002example"), ""},
        {SERVER("https://v\\u0131ctim.example"), ""},
        {SERVER("https://victim%2eexample"), ""},
    };
    KB_AUTO(kb_config_clear) struct kb_config config = hostile_config();

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf info = KB_BUF_INIT(1024);
        struct hostile_verdict verdict;

        kb_buf_str(&info, cases[i].info);
        hostile_ask_variable(&verdict, &config, kubectl(), "", VARIABLE, &info);
        if (strcmp(verdict.profile, cases[i].profile) != 0)
            fail_msg("%s is answered for \"%s\"", cases[i].info, verdict.profile);
        proto_call_close(&verdict.call);
        hostile_ask_variable(&verdict, &config, kubectl(), "neighbour", VARIABLE, &info);
        assert_string_equal(verdict.profile, "");
        proto_call_close(&verdict.call);
    }
}

/* Certificates of a cluster's authorities may be long; the limit is exact. */
static void test_long_requests(void **state)
{
    static const char before[] = "{" V1 ",\"spec\":{\"cluster\":{\"certificate-authority-data\":\"",
                      behind[] = "\",\"server\":\"https://" VICTIM "\"}}}";
    const size_t limit = 1048576;
    KB_AUTO(kb_config_clear) struct kb_config config = hostile_config();
    KB_AUTO(kb_buf_clear) struct kb_buf info = KB_BUF_INIT(limit + 16);

    (void)state;
    for (size_t total = limit - 2; total <= limit + 2; total++) {
        struct hostile_verdict verdict;

        kb_buf_reset(&info);
        kb_buf_str(&info, before);
        hostile_pad(&info, 'A', total - strlen(before) - strlen(behind));
        kb_buf_str(&info, behind);
        hostile_ask_variable(&verdict, &config, kubectl(), "", VARIABLE, &info);
        assert_string_equal(verdict.profile, total <= limit ? "victim" : "");
        proto_call_close(&verdict.call);
    }
}

static enum kb_err answer(const char *token, const char *expected)
{
    struct proto_stock stock;
    struct proto_call call;
    enum kb_err rc;

    proto_stock_open(&stock, token);
    read_with(&call, "work", NULL);
    proto_call_write(&call, kubectl(), &stock);
    rc = call.rc;
    assert_string_equal(proto_call_out(&call), expected);
    proto_call_close(&call);
    proto_stock_close(&stock);
    return rc;
}

static void test_answers(void **state)
{
    (void)state;
    assert_int_equal(answer("a\"b\\c", "{" V1 ",\"kind\":\"ExecCredential\",\"status\":{\"token\":"
                                       "\"a\\\"b\\\\c\",\"expirationTimestamp\":"
                                       "\"2030-01-01T00:00:00Z\"}}\n"),
        KB_OK);
    assert_int_equal(answer("a\nb", ""), KB_ERR_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_unreadable_requests),
        cmocka_unit_test(test_unverified_servers),
        cmocka_unit_test(test_wrong_arguments),
        cmocka_unit_test(test_a_refused_server_is_not_repeated),
        cmocka_unit_test(test_lookalike_servers),
        cmocka_unit_test(test_long_requests),
        cmocka_unit_test(test_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
