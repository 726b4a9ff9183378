/*
 * Which texts are addresses, and which two addresses are the same place.
 */
#include "../../same_origin.h"
#include "core_test.h"

static const struct {
    const char *text, *scheme, *host;
    int port;
    const char *path, *query;
} good[] = {
    {"https://git.example.com", "https", "git.example.com", 443, "/", ""},
    {"https://git.example.com/", "https", "git.example.com", 443, "/", ""},
    {"https://git.example.com:443", "https", "git.example.com", 443, "/", ""},
    {"https://git.example.com:8443/a", "https", "git.example.com", 8443, "/a", ""},
    {"https://git.example.com:1", "https", "git.example.com", 1, "/", ""},
    {"https://git.example.com:65535", "https", "git.example.com", 65535, "/", ""},
    {"HTTPS://Git.EXAMPLE.Com/A", "https", "git.example.com", 443, "/A", ""},
    {"http://localhost:8080/x?y=1", "http", "localhost", 8080, "/x", "y=1"},
    {"http://127.0.0.1", "http", "127.0.0.1", 80, "/", ""},
    {"grpcs://remote.example.com/x", "https", "remote.example.com", 443, "/x", ""},
    {"smtp://mail.example.com", "smtp", "mail.example.com", 25, "/", ""},
    {"SMTP://Mail.example.com:587/", "smtp", "mail.example.com", 587, "/", ""},
    {"smtps://mail.example.com", "smtps", "mail.example.com", 465, "/", ""},
    {"imap://mail.example.com", "imap", "mail.example.com", 143, "/", ""},
    {"imaps://[::1]", "imaps", "::1", 993, "/", ""},
    {"https://[::1]:8443/", "https", "::1", 8443, "/", ""},
    {"https://[FE80::A]", "https", "fe80::a", 443, "/", ""},
    {"https://my_host.example.com?q", "https", "my_host.example.com", 443, "/", "q"},
    {"https://xn--bcher-kva.example", "https", "xn--bcher-kva.example", 443, "/", ""},
    {"https://h/a@b:c", "https", "h", 443, "/a@b:c", ""},
    {"https://h/a%2Fb%20c", "https", "h", 443, "/a%2Fb%20c", ""},
    {"https://h/a//b/", "https", "h", 443, "/a//b/", ""},
    {"https://h/...", "https", "h", 443, "/...", ""},
    {"https://h/.git/..hidden", "https", "h", 443, "/.git/..hidden", ""},
    {"https://h/demo.git", "https", "h", 443, "/demo.git", ""},
    {"https://h?x=https://other.example/../%2e", "https", "h", 443, "/",
        "x=https://other.example/../%2e"},
    {"https://1.2.3.4.example.com", "https", "1.2.3.4.example.com", 443, "/", ""},
    {"https://0xdead.example.com", "https", "0xdead.example.com", 443, "/", ""},
};

/* Each of these has fooled somebody's host check, or is one slip away from it. */
static const char *const bad[] = {
    "",
    "https",
    "https:",
    "https:/h",
    "https:///",
    "https://",
    "//h",
    "h",
    "h/path",
    "ftp://h",
    "file:///etc/passwd",
    "ssh://h",
    "ldap://h",
    "httpss://h",
    "smtpss://h",
    "imap4://h",
    "imaps+x://h",
    "pop3://h",
    "imap:h",
    "mailto:a@h",
    "smtp://user@h",
    "imaps://user;AUTH=*@h",
    "http s://h",
    " https://h",
    "https://h ",
    "https://h\n",
    "https://h\r\nhost=other",
    "https://h\t",
    "https://h\x7f",
    "https://user@h",
    "https://user:password@h",
    "https://@h",
    "https://good.example@evil.example",
    "https://good.example:443@evil.example",
    "https://good.example:pass@evil.example:443/x",
    "https://good.example\\@evil.example",
    "https://good.example\\.evil.example",
    "https://good.example%40evil.example",
    "https://good.example%00.evil.example",
    "https://good.example%2eevil.example",
    "https://good.example%2fevil.example",
    "https://g%6fod.example",
    "https://good.example.",
    "https://good.example./",
    "https://.good.example",
    "https://good..example",
    "https://-good.example",
    "https://good-.example",
    "https://*.example",
    "https://good.example;evil",
    "https://good.example,evil.example",
    "https://good.example|evil",
    "https://g\xc3\xb6od.example",
    "https://good\u3002example",
    "https://good.example#@evil.example",
    "https://good.example/#f",
    "https://good.example?x#f",
    "https://good.example:",
    "https://good.example:/x",
    "https://good.example:0",
    "https://good.example:00443",
    "https://good.example:0443",
    "https://good.example:65536",
    "https://good.example:99999999999999999999",
    "https://good.example:-1",
    "https://good.example:+443",
    "https://good.example: 443",
    "https://good.example:443:443",
    "https://good.example:https",
    "https://good.example:4x3",
    "https://127.1",
    "https://2130706433",
    "https://0x7f000001",
    "https://0x7f.0.0.1",
    "https://127.0.0.0x1",
    "https://0177.0.0.1",
    "https://127.0.0.1.",
    "https://127.0.0.256",
    "https://127.0.0.1.1",
    "https://[::1",
    "https://::1",
    "https://[::1]x",
    "https://[::1]:0",
    "https://[::1%25eth0]",
    "https://[fe80::1%eth0]",
    "https://[::1@evil.example]",
    "https://[127.0.0.1]",
    "https://[]",
    "https://[:::1]",
    "https://[1:2:3:4:5:6:7:8:9]",
    "https://h/../x",
    "https://h/a/..",
    "https://h/a/./b",
    "https://h/.",
    "https://h/a/%2e%2e/b",
    "https://h/a/%2E./b",
    "https://h/a%2f..%2fb",
    "https://h/a/..%5cb",
    "https://h/a/..;x=1/b",
    "https://h/a/..%3b/b",
    "https://h/a%00b",
    "https://h/a%0ahost=b",
    "https://h?%0ahost=b",
    "https://h/a%7f",
    "https://h/100%",
    "https://h/%zz",
    "https://h/%2",
    "https://h/a b",
    "https://h/a\\b",
    "https://h/\xc3\xa9",
};

static void test_good_addresses(void **state)
{
    (void)state;
    for (size_t i = 0; i < KB_COUNT(good); i++) {
        struct kb_url url = url_of(good[i].text);
        assert_string_equal(url.scheme, good[i].scheme);
        assert_string_equal(url.host, good[i].host);
        assert_int_equal(url.port, good[i].port);
        assert_string_equal(url.path, good[i].path);
        assert_string_equal(url.query, good[i].query);
    }
}

static void test_bad_addresses(void **state)
{
    (void)state;
    for (size_t i = 0; i < KB_COUNT(bad); i++) {
        struct kb_url url = {.scheme = "before"};
        struct kb_error err = KB_ERROR_INIT;
        if (kb_url_parse(bad[i], strlen(bad[i]), &url, &err) != KB_ERR_USAGE)
            fail_msg("accepted \"%s\" as host \"%s\"", bad[i], url.host);
        assert_string_equal(url.scheme, "before");
        assert_true(err.msg[0]);
    }
}

/* An address may carry a password; the error about it must not. */
static void test_refusal_does_not_quote(void **state)
{
    struct kb_url url;
    struct kb_error err = KB_ERROR_INIT;
    const char *text = "https://user:hunter2@git.example.com/";

    (void)state;
    assert_int_equal(kb_url_parse(text, strlen(text), &url, &err), KB_ERR_USAGE);
    assert_mentions(err.msg, "user name or a password");
    assert_null(strstr(err.msg, "hunter2"));
    assert_null(strstr(err.msg, "user:"));
}

static void test_one_slash_at_the_end_means_nothing(void **state)
{
    const char *const cases[][2] = {{"https://h", "/"}, {"https://h/", "/"}, {"https://h/a", "/a"},
        {"https://h/a/", "/a"}, {"https://h/a//", "/a/"}};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct kb_url url = url_of(cases[i][0]);
        kb_url_drop_end_slash(&url);
        assert_string_equal(url.path, cases[i][1]);
    }
}

static void test_what_was_probably_meant(void **state)
{
    const struct {
        const char *typed, *meant;
    } cases[] = {
        {"git@git.example.com:team/app.git", "https://git.example.com/team/app.git"},
        {"ssh://git@git.example.com:2222/team/app.git", "https://git.example.com/team/app.git"},
        {"git.example.com", "https://git.example.com"},
        {"git.example.com:8443/team/", "https://git.example.com:8443/team"},
        {"[::1]:8443/x", "https://[::1]:8443/x"},
        {"http://git.example.com/team", "https://git.example.com/team"},
        {"http://localhost:8080/a//b", "http://localhost:8080/a/b"},
        {"https://git.example.com//a///b/", "https://git.example.com/a/b"},
        {"https://git.example.com/a?x=secret", "https://git.example.com/a"},
        {"https://git.example.com/a#secret", "https://git.example.com/a"},
        {"https://git.example.com/a/../b", "https://git.example.com"},
        {"https://git.example.com:0/a", "https://git.example.com/a"},
        {"smtp://mail.example.com:587/x", "smtp://mail.example.com:587"},
        {"ftp://files.example.com/x", "https://files.example.com/x"},
        /* what may be a password is not said again */
        {"https://user:secret@git.example.com/a", "https://git.example.com/a"},
        {"https://user:se@cret@git.example.com/a", "https://git.example.com/a"},
        {"https://user:se/cret@git.example.com/a", NULL},
        {"https://user:se?cret@git.example.com/a", NULL},
        {"https://user:se#cret@git.example.com/a", NULL},
        {"some.user:secret", NULL},
        {"secret", NULL},
        {"", NULL},
        {"https://", NULL},
        {"git@", NULL},
        {"[::1", NULL},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf meant = KB_BUF_INIT(2048);
        bool found = kb_url_suggest(cases[i].typed, &meant);

        if (found != !!cases[i].meant || strcmp(kb_buf_text(&meant), found ? cases[i].meant : ""))
            fail_msg("%s: %s", cases[i].typed, kb_buf_text(&meant));
    }
}

static void test_bytes_behind_a_nul_count(void **state)
{
    static const char text[] = "https://good.example\0.evil.example";
    struct kb_url url;

    (void)state;
    assert_int_equal(kb_url_parse(text, sizeof(text) - 1, &url, NULL), KB_ERR_USAGE);
}

static void fill(char *dst, const char *prefix, char byte, size_t total)
{
    size_t n = strlen(prefix);
    memcpy(dst, prefix, n);
    memset(dst + n, byte, total - n);
    dst[total] = '\0';
}

static void test_lengths(void **state)
{
    const struct {
        const char *prefix;
        size_t most;
    } cases[] = {
        {"https://a.", strlen("https://a.") + 63},    /* one label */
        {"https://h/", strlen("https://h") + 1023},   /* the path */
        {"https://h/?", strlen("https://h/?") + 511}, /* the query */
    };
    char text[4096];
    struct kb_url url;

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        fill(text, cases[i].prefix, 'x', cases[i].most);
        assert_int_equal(kb_url_parse(text, strlen(text), &url, NULL), KB_OK);
        fill(text, cases[i].prefix, 'x', cases[i].most + 1);
        assert_int_equal(kb_url_parse(text, strlen(text), &url, NULL), KB_ERR_USAGE);
        fill(text, cases[i].prefix, 'x', sizeof(text) - 1);
        assert_int_equal(kb_url_parse(text, strlen(text), &url, NULL), KB_ERR_USAGE);
    }
}

/* 253 bytes are a host name, 254 are not, whatever its labels. */
static void test_host_length(void **state)
{
    char text[512] = "https://";
    struct kb_url url;

    (void)state;
    for (size_t i = 0; i < 126; i++)
        strcat(text, "a.");
    strcat(text, "b");
    assert_int_equal(kb_url_parse(text, strlen(text), &url, NULL), KB_OK);
    strcat(text, "b");
    assert_int_equal(kb_url_parse(text, strlen(text), &url, NULL), KB_ERR_USAGE);
}

static void test_from_parts(void **state)
{
    const struct {
        const char *scheme, *host_port, *origin; /* NULL: refused */
    } cases[] = {
        {"https", "git.example.com", "https://git.example.com"},
        {"https", "Git.Example.com:443", "https://git.example.com"},
        {"http", "127.0.0.1:8080", "http://127.0.0.1:8080"},
        {"https", "[::1]:8443", "https://[::1]:8443"},
        {"https", "[::1]", "https://[::1]"},
        {"", "git.example.com", NULL},
        {"https", "", NULL},
        {"https", ":443", NULL},
        {"https", "a/b", NULL},
        {"https", "a?b", NULL},
        {"https", "a#b", NULL},
        {"https", "user@a", NULL},
        {"https", "a\rhost=b", NULL},
        {"https", "a b", NULL},
        {"https", "a:443:443", NULL},
        {"https://x", "a", NULL},
        {"ssh", "a", NULL},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct kb_url url;
        KB_AUTO(kb_buf_clear) struct kb_buf origin = KB_BUF_INIT(512);
        enum kb_err rc = kb_url_from_parts(cases[i].scheme, cases[i].host_port, &url, NULL);
        assert_int_equal(rc, cases[i].origin ? KB_OK : KB_ERR_USAGE);
        if (rc)
            continue;
        kb_url_append_origin(&url, &origin);
        assert_string_equal(kb_buf_text(&origin), cases[i].origin);
        assert_string_equal(url.path, "/");
    }
}

static void test_set_path(void **state)
{
    const struct {
        const char *text, *path; /* NULL: refused */
    } cases[] = {
        {"", "/"},
        {"/", "/"},
        {"git/demo.git", "/git/demo.git"},
        {"/git/demo.git", "/git/demo.git"},
        {"a/../b", NULL},
        {"..", NULL},
        {"a?b", "/a%3Fb"},
        {"a#b", "/a%23b"},
        {"my repo/caf\xc3\xa9", "/my%20repo/caf%C3%A9"},
        {"%2e%2e/b", "/%252e%252e/b"},
        {"a\nb", NULL},
        {"a\x7f", NULL},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct kb_url url = url_of("https://h/before");
        enum kb_err rc = kb_url_set_path(&url, cases[i].text, NULL);
        assert_int_equal(rc, cases[i].path ? KB_OK : KB_ERR_USAGE);
        assert_string_equal(url.path, cases[i].path ? cases[i].path : "/before");
    }
}

static void test_same_origin(void **state)
{
    const struct {
        const char *a, *b;
        bool same;
    } cases[] = {
        {"https://h/a", "https://H:443/b?c", true},
        {"grpcs://h", "https://h", true},
        {"imaps://h", "imaps://H:993", true},
        {"imaps://h", "imap://h:993", false},
        {"smtp://h:443", "https://h", false},
        {"smtp://h:80", "http://h", false},
        {"smtp://h:465", "smtps://h", false},
        {"https://h", "http://h", false},
        {"https://h", "http://h:443", false},
        {"https://h", "https://h:444", false},
        {"https://good.example", "https://good.example.evil.example", false},
        {"https://good.example", "https://evil-good.example", false},
        {"https://good.example", "https://sub.good.example", false},
        {"https://good.example", "https://good.exampl", false},
        {"https://[::1]", "https://127.0.0.1", false},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct kb_url a = url_of(cases[i].a);
        struct kb_url b = url_of(cases[i].b);
        assert_int_equal(same_origin(&a, &b), cases[i].same);
        assert_int_equal(same_origin(&b, &a), cases[i].same);
        assert_int_equal(kb_url_same_origin(&a, &b), cases[i].same);
        assert_int_equal(kb_url_same_origin(&b, &a), cases[i].same);
    }
}

static void test_equal(void **state)
{
    const struct {
        const char *a, *b;
        bool equal;
    } cases[] = {
        {"https://h", "https://H:443/", true},
        {"https://h/a?b", "https://h:443/a?b", true},
        {"https://h/a", "http://h:443/a", false},
        {"https://h/a", "https://h:444/a", false},
        {"https://h/a", "https://g/a", false},
        {"https://h/a", "https://h/A", false},
        {"https://h/a", "https://h/a/", false},
        {"https://h/a", "https://h/a?b", false},
        {"https://h/a?b", "https://h/a?c", false},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct kb_url a = url_of(cases[i].a);
        struct kb_url b = url_of(cases[i].b);
        assert_int_equal(kb_url_equal(&a, &b), cases[i].equal);
        assert_int_equal(kb_url_equal(&b, &a), cases[i].equal);
    }
}

static void test_as_git_writes_it(void **state)
{
    static const char *const cases[][2] = {
        {"https://H:443/", "https://h"},
        {"https://h:8443/team/", "https://h:8443/team/"},
        {"https://h:443/a.git", "https://h/a.git"},
        {"imaps://h", "imaps://h:993"},
        {"smtp://h:587", "smtp://h:587"},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(100);
        struct kb_url url = url_of(cases[i][0]);

        kb_url_append_for_git(&url, &out);
        assert_string_equal(kb_buf_text(&out), cases[i][1]);
    }
}

static void test_path_covers(void **state)
{
    const struct {
        const char *url, *wanted;
        bool covers;
    } cases[] = {
        {"https://h", "https://h", true},
        {"https://h", "https://h/a/b", true},
        {"https://h/a", "https://h/a", true},
        {"https://h/a", "https://h/a/", true},
        {"https://h/a", "https://h/a/b", true},
        {"https://h/a/", "https://h/a/b", true},
        {"https://h/a", "https://h/ab", false},
        {"https://h/a", "https://h/", false},
        {"https://h/a", "https://h/A", false},
        {"https://h/a", "https://h/a.git", false},
        {"https://h/a", "https://h/a%2fb", false},
        {"https://h/a/b", "https://h/a", false},
        {"https://h/a", "https://h/b/a", false},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct kb_url url = url_of(cases[i].url);
        struct kb_url wanted = url_of(cases[i].wanted);
        assert_int_equal(kb_url_path_covers(&url, &wanted), cases[i].covers);
    }
}

static void test_only_loopback_may_be_plain(void **state)
{
    const struct {
        const char *url;
        bool loopback, secure;
    } cases[] = {
        {"https://h", false, true},
        {"http://h", false, false},
        {"http://localhost", true, true},
        {"http://127.0.0.1:8080", true, true},
        {"http://127.255.0.3", true, true},
        {"http://[::1]:80", true, true},
        {"http://[0:0:0:0:0:0:0:1]", true, true},
        {"http://[::]", false, false},
        {"http://[::ffff:127.0.0.1]", false, false},
        {"http://128.0.0.1", false, false},
        {"http://localhost.example", false, false},
        {"http://evil-localhost", false, false},
        {"http://127.0.0.1.example.com", false, false},
        {"http://0.0.0.0", false, false},
        {"smtp://localhost", true, false},
        {"smtps://127.0.0.1", true, false},
        {"imap://[::1]", true, false},
        {"imaps://h", false, false},
        {"imaps://h:443", false, false},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct kb_url url = url_of(cases[i].url);
        struct kb_error err = KB_ERROR_INIT;
        assert_int_equal(kb_url_is_loopback(&url), cases[i].loopback);
        assert_int_equal(kb_url_check_secure(&url, &err), cases[i].secure ? KB_OK : KB_ERR_CONFIG);
        if (!cases[i].secure)
            assert_mentions(err.msg, cases[i].url);
    }
}

static void test_mail(void **state)
{
    const struct {
        const char *url;
        bool is_mail;
    } cases[] = {
        {"smtp://h", true},
        {"smtps://h", true},
        {"imap://h", true},
        {"imaps://h", true},
        {"http://localhost:25", false},
        {"https://h:993", false},
        {"grpcs://h", false},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct kb_url url = url_of(cases[i].url);
        assert_int_equal(kb_url_is_mail(&url), cases[i].is_mail);
    }
    assert_false(kb_url_is_mail(&KB_URL_INIT));
}

static void test_append(void **state)
{
    const struct {
        const char *text, *whole, *authority, *full;
    } cases[] = {
        {"HTTPS://H:443", "https://h/", "h", "https://h:443"},
        {"https://h:80/a?b=c", "https://h:80/a?b=c", "h:80", "https://h:80"},
        {"http://localhost:80", "http://localhost/", "localhost", "http://localhost:80"},
        {"https://[::1]:8443/x", "https://[::1]:8443/x", "[::1]:8443", "https://[::1]:8443"},
        {"https://[::1]", "https://[::1]/", "[::1]", "https://[::1]:443"},
        {"smtp://h:25", "smtp://h/", "h", "smtp://h:25"},
        {"smtp://h:587", "smtp://h:587/", "h:587", "smtp://h:587"},
        {"IMAPS://h:993", "imaps://h/", "h", "imaps://h:993"},
        {"imaps://h:143", "imaps://h:143/", "h:143", "imaps://h:143"},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct kb_url url = url_of(cases[i].text);
        KB_AUTO(kb_buf_clear) struct kb_buf whole = KB_BUF_INIT(2048);
        KB_AUTO(kb_buf_clear) struct kb_buf authority = KB_BUF_INIT(512);
        KB_AUTO(kb_buf_clear) struct kb_buf full = KB_BUF_INIT(512);
        kb_url_append(&url, &whole);
        kb_url_append_authority(&url, &authority);
        kb_url_append_full_origin(&url, &full);
        assert_string_equal(kb_buf_text(&full), cases[i].full);
        assert_string_equal(kb_buf_text(&whole), cases[i].whole);
        assert_string_equal(kb_buf_text(&authority), cases[i].authority);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_addresses),
        cmocka_unit_test(test_bad_addresses),
        cmocka_unit_test(test_refusal_does_not_quote),
        cmocka_unit_test(test_one_slash_at_the_end_means_nothing),
        cmocka_unit_test(test_what_was_probably_meant),
        cmocka_unit_test(test_bytes_behind_a_nul_count),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_host_length),
        cmocka_unit_test(test_from_parts),
        cmocka_unit_test(test_set_path),
        cmocka_unit_test(test_same_origin),
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_as_git_writes_it),
        cmocka_unit_test(test_path_covers),
        cmocka_unit_test(test_only_loopback_may_be_plain),
        cmocka_unit_test(test_mail),
        cmocka_unit_test(test_append),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
