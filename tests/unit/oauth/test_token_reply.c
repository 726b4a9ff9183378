/* A reply with status 200: exactly the replies of docs/token-replies.md give a token. */
#include "fixture.h"

#include <stdio.h>

#define JSON "application/json"
#define GOOD "\"access_token\":\"tok\",\"token_type\":\"Bearer\""

static void assert_token(struct fixture *f, const char *body)
{
    if (read_reply(f))
        fail_msg("%s: %s", body, f->err.msg);
    assert_int_equal(f->token.value.len, 3);
    assert_memory_equal(f->token.value.bytes, "tok", 3);
}

/* No token, no second request now, nothing of the body in the error. */
static void assert_malformed(struct fixture *f, const char *body)
{
    if (read_reply(f) != KB_ERR_SERVER || f->facts.retry != KB_RETRY_BRIEF)
        fail_msg("%s: error %d, retry %d", body, (int)f->err.code, (int)f->facts.retry);
    assert_contains(f->err.msg, "HTTP 200");
    assert_lacks(f->err.msg, "tok\"");
}

static void test_bodies_without_a_usable_token(void **state)
{
    static const char *const bodies[] = {
        /* no document, or not one, or not an object */
        "",
        " ",
        "x",
        "tok",
        "null",
        "true",
        "1",
        "\"tok\"",
        "[]",
        "[{" GOOD "}]",
        "{" GOOD "}x",
        "{" GOOD "}{}",
        "{" GOOD "},",
        "{" GOOD,
        "{" GOOD ",",
        "{" GOOD ",\"expires_in\":",
        "{" GOOD ",\"expires_in\":36",
        "{" GOOD ",}",
        "{," GOOD "}",
        "{" GOOD ";\"a\":1}",
        "{" GOOD ",\"a\"}",
        "{" GOOD ",\"a\":}",
        "{" GOOD ",a:1}",
        "{" GOOD ",1:1}",
        "{" GOOD ",\"a\" 1}",
        "{" GOOD ",\"a\"::1}",
        "{" GOOD ",\"a\":1 2}",
        "{'access_token':'tok','token_type':'Bearer'}",
        "{" GOOD ",'a':1}",
        "{" GOOD ",\"a\":'b'}",
        "// no\n{" GOOD "}",
        "{" GOOD "/* no */}",
        "{" GOOD "} # no",
        "access_token=tok&token_type=Bearer",
        "<html>tok</html>",
        "\xef\xbb\xbf{" GOOD "}",
        /* names twice, also when spelled differently */
        "{" GOOD ",\"access_token\":\"two\"}",
        "{" GOOD ",\"access_token\":\"tok\"}",
        "{" GOOD ",\"access_token\":null}",
        "{" GOOD ",\"access\\u005ftoken\":\"two\"}",
        "{" GOOD ",\"\\u0061ccess_token\":\"two\"}",
        "{" GOOD ",\"token_type\":\"mac\"}",
        "{" GOOD ",\"expires_in\":1,\"expires_in\":2}",
        "{" GOOD ",\"scope\":\"a\",\"scope\":\"b\"}",
        "{" GOOD ",\"error\":null,\"error\":null}",
        "{" GOOD ",\"x\":{\"y\":1,\"y\":2}}",
        "{" GOOD ",\"x\":[{\"y\":1,\"y\":2}]}",
        /* characters that JSON forbids in strings, anywhere */
        "{\"access_token\":\"t\nok\",\"token_type\":\"Bearer\"}",
        "{\"access_token\":\"t\tok\",\"token_type\":\"Bearer\"}",
        "{\"access_token\":\"t\rok\",\"token_type\":\"Bearer\"}",
        "{" GOOD ",\"x\":\"a\nb\"}",
        "{" GOOD ",\"x\":\"a\tb\"}",
        "{" GOOD ",\"x\":\"a\x01\"}",
        "{" GOOD ",\"x\ny\":1}",
        "{" GOOD ",\"x\":\"\\u0000\"}",
        "{" GOOD ",\"x\\u0000y\":1}",
        "{" GOOD ",\"x\":\"\\x41\"}",
        "{" GOOD ",\"x\":\"\\u12\"}",
        "{" GOOD ",\"x\":\"\\u12g4\"}",
        "{" GOOD ",\"x\":\"\\'\"}",
        "{" GOOD ",\"x\":\"\\\n\"}",
        "{" GOOD ",\"x\":\"open}",
        "{" GOOD ",\"x\":\"\xc0\x8a\"}",
        "{" GOOD ",\"x\":\"\xe0\x80\x8a\"}",
        "{" GOOD ",\"x\":\"\xff\"}",
        "{" GOOD ",\"x\":\"\xc3\"}",
        "{" GOOD ",\"x\":\"\x80\"}",
        "{" GOOD ",\"x\":\"\xed\xa0\x80\"}",
        "{" GOOD ",\"x\":\"\xf4\x90\x80\x80\"}",
        "{" GOOD ",\"x\":\"\\ud800\"}",
        "{" GOOD ",\"x\":\"\\ud800\\u0041\"}",
        "{" GOOD ",\"x\":\"\\udc00\"}",
        /* numbers and words that JSON does not know */
        "{" GOOD ",\"x\":NaN}",
        "{" GOOD ",\"x\":Infinity}",
        "{" GOOD ",\"x\":-Infinity}",
        "{" GOOD ",\"x\":inf}",
        "{" GOOD ",\"x\":-01}",
        "{" GOOD ",\"x\":01}",
        "{" GOOD ",\"x\":00}",
        "{" GOOD ",\"x\":+1}",
        "{" GOOD ",\"x\":.5}",
        "{" GOOD ",\"x\":-.5}",
        "{" GOOD ",\"x\":2.}",
        "{" GOOD ",\"x\":2.e3}",
        "{" GOOD ",\"x\":1e}",
        "{" GOOD ",\"x\":1e+}",
        "{" GOOD ",\"x\":1.5.5}",
        "{" GOOD ",\"x\":0x10}",
        "{" GOOD ",\"x\":1_000}",
        "{" GOOD ",\"x\":--1}",
        "{" GOOD ",\"x\":-}",
        "{" GOOD ",\"x\":True}",
        "{" GOOD ",\"x\":NULL}",
        "{" GOOD ",\"x\":nul}",
        "{" GOOD ",\"x\":undefined}",
        /* too deep */
        "{" GOOD ",\"x\":[[[[[[[[1]]]]]]]]}",
        "{" GOOD ",\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":1}}}}}}}}}",
        "{" GOOD ",\"x\":[1}",
        "{" GOOD ",\"x\":{]}",
        /* no access token, or one that is not a token */
        "{}",
        "{\"token_type\":\"Bearer\"}",
        "{\"token_type\":\"Bearer\",\"expires_in\":3600}",
        "{\"access_token\":null,\"token_type\":\"Bearer\"}",
        "{\"access_token\":\"\",\"token_type\":\"Bearer\"}",
        "{\"access_token\":12345,\"token_type\":\"Bearer\"}",
        "{\"access_token\":1.5,\"token_type\":\"Bearer\"}",
        "{\"access_token\":true,\"token_type\":\"Bearer\"}",
        "{\"access_token\":false,\"token_type\":\"Bearer\"}",
        "{\"access_token\":[],\"token_type\":\"Bearer\"}",
        "{\"access_token\":[\"tok\"],\"token_type\":\"Bearer\"}",
        "{\"access_token\":{},\"token_type\":\"Bearer\"}",
        "{\"access_token\":{\"a\":1},\"token_type\":\"Bearer\"}",
        "{\"access_token\":\" tok\",\"token_type\":\"Bearer\"}",
        "{\"access_token\":\"tok \",\"token_type\":\"Bearer\"}",
        "{\"access_token\":\"t ok\",\"token_type\":\"Bearer\"}",
        "{\"access_token\":\"tok\\n\",\"token_type\":\"Bearer\"}",
        "{\"access_token\":\"tok\\r\\nX: y\",\"token_type\":\"Bearer\"}",
        "{\"access_token\":\"tok\\t\",\"token_type\":\"Bearer\"}",
        "{\"access_token\":\"a\\u0000b\",\"token_type\":\"Bearer\"}",
        "{\"access_token\":\"tok\\u0000\",\"token_type\":\"Bearer\"}",
        "{\"access_token\":\"tok\\u001b\",\"token_type\":\"Bearer\"}",
        "{\"access_token\":\"tok\\u007f\",\"token_type\":\"Bearer\"}",
        "{\"access_token\":\"t\\u00f6k\",\"token_type\":\"Bearer\"}",
        "{\"access_token\":\"t\xc3\xb6k\",\"token_type\":\"Bearer\"}",
        "{\"access_token\":\"\\u2028\",\"token_type\":\"Bearer\"}",
        "{\"access_token\":\"\\ud800\",\"token_type\":\"Bearer\"}",
        "{\"Access_Token\":\"tok\",\"token_type\":\"Bearer\"}",
        "{\"token\":\"tok\",\"token_type\":\"Bearer\"}",
        "{\"x\":{" GOOD "}}",
        /* a token of another kind */
        "{\"access_token\":\"tok\"}",
        "{\"access_token\":\"tok\",\"token_type\":null}",
        "{\"access_token\":\"tok\",\"token_type\":\"\"}",
        "{\"access_token\":\"tok\",\"token_type\":\"DPoP\"}",
        "{\"access_token\":\"tok\",\"token_type\":\"mac\"}",
        "{\"access_token\":\"tok\",\"token_type\":\"N_A\"}",
        "{\"access_token\":\"tok\",\"token_type\":\"Bearer \"}",
        "{\"access_token\":\"tok\",\"token_type\":\" Bearer\"}",
        "{\"access_token\":\"tok\",\"token_type\":\"Bearer,DPoP\"}",
        "{\"access_token\":\"tok\",\"token_type\":\"Bearer\\u0000\"}",
        "{\"access_token\":\"tok\",\"token_type\":[\"Bearer\"]}",
        "{\"access_token\":\"tok\",\"token_type\":1}",
        "{\"access_token\":\"tok\",\"token_type\":true}",
        "{\"access_token\":\"tok\",\"Token_Type\":\"Bearer\"}",
    };
    struct fixture f;

    (void)state;
    assert_true(KB_COUNT(bodies) >= 140);
    fixture_open(&f);
    for (size_t i = 0; i < KB_COUNT(bodies); i++) {
        set_reply(&f, 200, JSON, bodies[i]);
        assert_malformed(&f, bodies[i]);
    }
    fixture_close(&f);
}

static void test_bytes_that_no_c_string_holds(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } cases[] = {
#define BYTES(text) {text, sizeof(text) - 1}
        BYTES("{" GOOD "}\0"),
        BYTES("{" GOOD "}\0garbage"),
        BYTES("\0{" GOOD "}"),
        BYTES("{" GOOD ",\"x\":\"a\0b\"}"),
        BYTES("{\"access_token\":\"tok\0\",\"token_type\":\"Bearer\"}"),
        BYTES("{\0\"\0a\0\"\0:\0001\0}\0"),
        BYTES("\xff\xfe{\0}\0"),
        BYTES("\xfe\xff\0{\0}"),
#undef BYTES
    };
    struct fixture f;

    (void)state;
    fixture_open(&f);
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        set_reply_bytes(&f, 200, JSON, cases[i].bytes, cases[i].len);
        assert_malformed(&f, "bytes");
    }
    fixture_close(&f);
}

static void test_every_prefix_of_a_good_body_is_refused(void **state)
{
    static const char body[] = "{" GOOD ",\"expires_in\":3599,\"x\":[1,{\"y\":\"\\u00e9\"}]}";
    struct fixture f;

    (void)state;
    fixture_open(&f);
    for (size_t len = 0; len < sizeof(body) - 1; len++) {
        set_reply_bytes(&f, 200, JSON, body, len);
        assert_malformed(&f, "prefix");
    }
    set_reply(&f, 200, JSON, body);
    assert_token(&f, body);
    fixture_close(&f);
}

static void test_harmless_differences_are_accepted(void **state)
{
    static const char *const bodies[] = {
        "{" GOOD "}",
        " \t\r\n{ " GOOD " }\r\n",
        "{\"access_token\":\"tok\",\"token_type\":\"bearer\"}",
        "{\"access_token\":\"tok\",\"token_type\":\"BEARER\"}",
        "{\"access_token\":\"t\\u006fk\",\"token_type\":\"\\u0042earer\"}",
        "{\"access\\u005ftoken\":\"tok\",\"token_type\":\"Bearer\"}",
        "{" GOOD ",\"error\":null,\"error_description\":null,\"scope\":null}",
        "{" GOOD ",\"refresh_token\":\"r\",\"id_token\":\"i\",\"jti\":\"j\"}",
        "{" GOOD ",\"success\":true}",
        "{" GOOD ",\"success\":false}",
        "{" GOOD ",\"x\":[1,-0,0.5,1E+3,-1.25e-7,true,false,null,\"\\ud83d\\ude00\"]}",
        "{" GOOD ",\"x\":\"\xf0\x9f\x98\x80\"}",
        "{" GOOD ",\"x\":{\"access_token\":\"other\"}}",
    };
    struct fixture f;

    (void)state;
    fixture_open(&f);
    for (size_t i = 0; i < KB_COUNT(bodies); i++) {
        set_reply(&f, 200, JSON, bodies[i]);
        assert_token(&f, bodies[i]);
        assert_string_equal(f.facts.warning, "");
    }
    fixture_close(&f);
}

static void test_content_types(void **state)
{
    static const struct {
        const char *type; /* NULL: none */
        bool ok;
    } cases[] = {
        {"application/json", true},
        {"Application/JSON", true},
        {"application/json;charset=UTF-8", true},
        {"application/json ; charset=iso-8859-1", true},
        {"application/vnd.provider+json", true},
        {"application/vnd.provider+JSON; v=1", true},
        {NULL, false},
        {"", false},
        {"text/html", false},
        {"text/plain", false},
        {"text/json", false},
        {"text/x+json", false},
        {"application/jsonp", false},
        {"application/json5", false},
        {"application/+json", false},
        {"application/x-www-form-urlencoded", false},
        {"application/", false},
        {"json", false},
        {"text/html; x=application/json", false},
    };
    struct fixture f;

    (void)state;
    fixture_open(&f);
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        set_reply(&f, 200, cases[i].type, "{" GOOD "}");
        if (cases[i].ok)
            assert_token(&f, cases[i].type);
        else
            assert_malformed(&f, cases[i].type ? cases[i].type : "none");
    }
    fixture_close(&f);
}

/* What some providers send: refused, with the setting that takes it, and taken with that. */
static void test_settings_that_take_what_providers_send(void **state)
{
    static const struct {
        long status;
        const char *type, *body, *token_type, *accept_status, *reply_type, *hint;
    } cases[] = {
        {200, JSON, "{\"access_token\":\"tok\"}", "none", NULL, NULL,
            "\"token_type\": \"none\" in profile"},
        {200, JSON, "{\"access_token\":\"tok\",\"token_type\":null}", "none", NULL, NULL,
            "\"token_type\": \"none\""},
        {200, JSON, "{\"access_token\":\"tok\",\"token_type\":\"BearerToken\"}", "bearertoken",
            NULL, NULL, "\"token_type\": \"BearerToken\" in"},
        {200, JSON, "{\"access_token\":\"tok\",\"token_type\":\"Application Access Token\"}",
            "Application Access Token", NULL, NULL, "\"Application Access Token\" in"},
        {201, JSON, "{" GOOD "}", NULL, "201", NULL, "\"accept_status\": \"201\" in profile"},
        {200, NULL, "{" GOOD "}", NULL, NULL, "any", "\"reply_type\": \"any\" in profile"},
        {200, "text/plain", "{" GOOD "}", NULL, NULL, "any", "\"reply_type\": \"any\" in profile"},
        {200, JSON, "{" GOOD "}", "none", "201", "any", NULL},
        {200, JSON, "{" GOOD "}", "BearerToken", "200", "json", NULL},
    };
    struct fixture f;

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        fixture_open(&f);
        set_reply(&f, cases[i].status, cases[i].type, cases[i].body);
        assert_int_equal(read_reply(&f), cases[i].hint ? KB_ERR_SERVER : KB_OK);
        if (cases[i].hint)
            assert_contains(f.err.hint, cases[i].hint);
        set_text(&f.profile.token_type, cases[i].token_type);
        set_text(&f.profile.accept_status, cases[i].accept_status);
        set_text(&f.profile.reply_type, cases[i].reply_type);
        if (read_reply(&f))
            fail_msg("%s: %s", cases[i].body, f.err.msg);
        fixture_close(&f);
    }
}

/* Each of them takes its own deviation, and nothing else. */
static void test_what_no_setting_takes(void **state)
{
    static const struct {
        long status;
        const char *type, *body;
    } cases[] = {
        {200, "text/html", "<p>"},
        {200, "text/plain", "access_token=tok&token_type=Bearer"},
        {200, JSON, "{\"access_token\":\"tok\",\"token_type\":\"DPoP\"}"},
        {200, JSON, "{\"access_token\":\"tok\",\"token_type\":7}"},
        {200, JSON, "{\"access_token\":\"tok\",\"token_type\":\"\"}"},
        {200, JSON, "{\"access_token\":\"tok\",\"token_type\":\"x'; evil '\"}"},
        {200, JSON, "{\"token_type\":\"Bearer\"}"},
        {202, JSON, "{" GOOD "}"},
        {201, JSON, "{\"error\":\"invalid_client\"}"},
        {401, JSON, "{" GOOD "}"},
    };
    struct fixture f;

    (void)state;
    fixture_open(&f);
    set_text(&f.profile.token_type, "none");
    set_text(&f.profile.accept_status, "201");
    set_text(&f.profile.reply_type, "any");
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        set_reply(&f, cases[i].status, cases[i].type, cases[i].body);
        if (!read_reply(&f))
            fail_msg("%s is taken", cases[i].body);
        assert_lacks(f.err.hint, "documents");
    }
    fixture_close(&f);
}

static void test_two_content_types(void **state)
{
    struct fixture f;

    (void)state;
    fixture_open(&f);
    set_reply(&f, 200, JSON, "{" GOOD "}");
    add_header(&f, "content-type", JSON);
    assert_token(&f, "twice the same");
    add_header(&f, "Content-Type", "text/html");
    assert_malformed(&f, "two different");
    fixture_close(&f);
}

static void test_an_error_beside_a_token(void **state)
{
    struct fixture f;

    (void)state;
    fixture_open(&f);
    set_reply(&f, 200, JSON, "{" GOOD ",\"error\":\"server_error\"}");
    assert_int_equal(read_reply(&f), KB_ERR_SERVER);
    assert_int_equal(f.token.value.len, 0);
    fixture_close(&f);
}

static void test_lengths_of_a_token(void **state)
{
    static const struct {
        size_t len;
        bool ok;
    } cases[] = {{1, true}, {4096, true}, {KB_TOKEN_MAX, true}, {KB_TOKEN_MAX + 1, false}};
    struct fixture f;

    (void)state;
    fixture_open(&f);
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf body = KB_BUF_INIT(KB_HTTP_BODY_MAX);

        kb_buf_str(&body, "{\"token_type\":\"Bearer\",\"access_token\":\"");
        for (size_t n = 0; n < cases[i].len; n++)
            kb_buf_byte(&body, (char)('!' + n % 94 + (n % 94 == 1 || n % 94 == 59)));
        kb_buf_str(&body, "\"}");
        set_reply_bytes(&f, 200, JSON, body.data, body.len);
        assert_int_equal(read_reply(&f), cases[i].ok ? KB_OK : KB_ERR_SERVER);
        assert_int_equal(f.token.value.len, cases[i].ok ? cases[i].len : 0);
    }
    fixture_close(&f);
}

static void test_expires_in(void **state)
{
    enum { FALLBACK = 120, CAP = 7200 };
    static const struct {
        const char *expires_in; /* NULL: absent */
        int64_t life;
        bool warns;
    } cases[] = {
        {NULL, FALLBACK, false},
        {"1", 1, false},
        {"3599", 3599, false},
        {"7200", CAP, false},
        {"7201", CAP, false},
        {"2147483648", CAP, false},
        {"4294967296", CAP, false},
        {"4294967297", CAP, false},
        {"9223372036854775807", CAP, false},
        {"9223372036854775808", CAP, false},
        {"18446744073709551615", CAP, false},
        {"18446744073709551616", CAP, false},
        {"18446744073709551617", CAP, false},
        {"340282366920938463463374607431768211457", CAP, false},
        {"3599.9", 3599, false},
        {"3599.0", 3599, false},
        {"1.0", 1, false},
        {"1e3", 1000, false},
        {"1E+3", 1000, false},
        {"36000e-1", 3600, false},
        {"1e19", CAP, false},
        {"1e308", CAP, false},
        {"\"3600\"", 3600, false},
        {"\"0003600\"", 3600, false},
        {"\"9999999999\"", CAP, false},
        {"0", 0, true},
        {"-0", 0, true},
        {"-1", 0, true},
        {"-9223372036854775809", 0, true},
        {"0.9", 0, true},
        {"0.0", 0, true},
        {"-3599.9", 0, true},
        {"1e-3", 0, true},
        {"1e400", 0, true},
        {"-1e400", 0, true},
        {"true", 0, true},
        {"false", 0, true},
        {"null", 0, true},
        {"[]", 0, true},
        {"[3600]", 0, true},
        {"{}", 0, true},
        {"\"0\"", 0, true},
        {"\"\"", FALLBACK, true},
        {"\"-1\"", FALLBACK, true},
        {"\"+3600\"", FALLBACK, true},
        {"\" 3600\"", FALLBACK, true},
        {"\"36 00x\"", FALLBACK, true},
        {"\"3600s\"", FALLBACK, true},
        {"\"3600.5\"", FALLBACK, true},
        {"\"1e3\"", FALLBACK, true},
        {"\"10000000000\"", FALLBACK, true},
        {"\"00000003600\"", FALLBACK, true},
        {"\"one hour\"", FALLBACK, true},
    };
    struct fixture f;

    (void)state;
    fixture_open(&f);
    f.profile.max_lifetime = CAP;
    f.profile.default_lifetime = FALLBACK;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        const char *text = cases[i].expires_in;
        char body[256];

        snprintf(
            body, sizeof(body), "{" GOOD "%s%s}", text ? ",\"expires_in\":" : "", text ? text : "");
        set_reply(&f, 200, JSON, body);
        assert_token(&f, body);
        if (f.token.life_ms != 1000 * cases[i].life || (*f.facts.warning != '\0') != cases[i].warns)
            fail_msg("%s: life %lld, warning \"%s\"", body, (long long)f.token.life_ms / 1000,
                f.facts.warning);
    }
    fixture_close(&f);
}

static void test_a_life_is_dated_on_both_clocks(void **state)
{
    struct fixture f;

    (void)state;
    fixture_open(&f);
    set_reply(&f, 200, JSON, "{" GOOD ",\"expires_in\":3599}");
    assert_token(&f, "dated");
    assert_int_equal(f.token.expires_wall_ms, (NOW + 3599) * INT64_C(1000));
    assert_int_equal(f.token.expires_boot_ms, (5000 + 3599) * 1000);
    fixture_close(&f);
}

static void test_a_long_default_is_capped_too(void **state)
{
    struct fixture f;

    (void)state;
    fixture_open(&f);
    f.profile.max_lifetime = 60;
    f.profile.default_lifetime = 300;
    set_reply(&f, 200, JSON, "{" GOOD "}");
    assert_token(&f, "default");
    assert_int_equal(f.token.life_ms, 60000);
    fixture_close(&f);
}

static void test_scopes(void **state)
{
    static const struct {
        const char *wanted, *reply, *missing; /* missing NULL: nothing */
    } cases[] = {
        {NULL, ",\"scope\":\"a\"", NULL},
        {NULL, ",\"scope\":7", NULL},
        {"a b", "", NULL},
        {"a b", ",\"scope\":null", NULL},
        {"a b", ",\"scope\":\"a b\"", NULL},
        {"a b", ",\"scope\":\"b c a\"", NULL},
        {"a b", ",\"scope\":\"b,a\"", NULL},
        {"a,b", ",\"scope\":\"x a,b\"", NULL},
        {"a,b", ",\"scope\":\"b,a\"", NULL},
        {"a,b", ",\"scope\":\"b a\"", NULL},
        {"a,b", ",\"scope\":\"b\"", "a"},
        {"a b", ",\"scope\":\"a\"", "b"},
        {"a b", ",\"scope\":\"\"", "a b"},
        {"a b", ",\"scope\":\"A b\"", "a"},
        {"a b", ",\"scope\":\"aa b\"", "a"},
        {"read", ",\"scope\":\"read.all all.read\"", "read"},
        {"  a  b ", ",\"scope\":\"c\"", "a b"},
        {"a", ",\"scope\":[\"a\"]", "a"},
        {"a", ",\"scope\":7", "a"},
    };
    struct fixture f;

    (void)state;
    fixture_open(&f);
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        char body[256], warning[256] = "";

        snprintf(body, sizeof(body), "{" GOOD "%s}", cases[i].reply);
        set_reply(&f, 200, JSON, body);
        set_text(&f.profile.scope, cases[i].wanted);
        f.profile.strict_scope = false;
        assert_token(&f, body);
        if (cases[i].missing)
            snprintf(warning, sizeof(warning), "the server did not grant the scope %s",
                cases[i].missing);
        assert_string_equal(f.facts.warning, warning);

        f.profile.strict_scope = true;
        assert_int_equal(read_reply(&f), cases[i].missing ? KB_ERR_DENIED : KB_OK);
        if (cases[i].missing) {
            assert_int_equal(f.facts.retry, KB_RETRY_NEVER);
            assert_contains(f.err.msg, cases[i].missing);
            assert_contains(f.err.hint, "strict_scope");
        }
    }
    fixture_close(&f);
}

static void test_two_warnings_share_the_line(void **state)
{
    struct fixture f;

    (void)state;
    fixture_open(&f);
    set_text(&f.profile.scope, "a");
    set_reply(&f, 200, JSON, "{" GOOD ",\"scope\":\"b\",\"expires_in\":0}");
    assert_token(&f, "two warnings");
    assert_contains(f.facts.warning, "scope a; the reply's expires_in");
    fixture_close(&f);
}

static void test_facts_of_a_success(void **state)
{
    struct fixture f;

    (void)state;
    fixture_open(&f);
    set_reply(&f, 200, JSON, "{" GOOD "}");
    add_header(&f, "Zuora-Request-Id", "91b0ac45-0b9c-4d63-8a11-2a7d4c6e8f10");
    add_header(&f, "X-RateLimit-Limit-minute", "100");
    add_header(&f, "X-RateLimit-Remaining-minute", "99");
    assert_token(&f, "facts");
    assert_string_equal(f.facts.request_id, "91b0ac45-0b9c-4d63-8a11-2a7d4c6e8f10");
    assert_int_equal(f.facts.limit, 100);
    assert_int_equal(f.facts.remaining, 99);
    assert_int_equal(f.facts.wait_s, 0);
    fixture_close(&f);
}

/* --- places that a profile names ---------------------------------------------------------- */

static void set_path(struct fixture *f, const char *path, const char *body)
{
    fixture_open(f);
    set_text(&f->profile.token_path, path);
    set_reply(f, 200, JSON, body);
}

static void test_a_token_in_another_place(void **state)
{
    static const struct {
        const char *path, *body, *token_type;
    } cases[] = {
        {"token", "{\"token\":\"tok\",\"token_type\":\"bearer\"}", NULL},
        {"token", "{\"token\":\"tok\",\"access_token\":\"other\"}", "none"},
        {"token", "{\"token\":\"tok\",\"access_token\":7,\"token_type\":null}", "none"},
        {"data.token", "{\"data\":{\"token\":\"tok\",\"token_type\":\"Bearer\"}}", NULL},
        {"data.token", "{\"data\":{\"token\":\"tok\"},\"token_type\":\"Bearer\"}", NULL},
        {"data.token", "{\"data\":{\"token\":\"tok\"},\"token\":\"other\"}", "none"},
        {"data.token", "{\"data.token\":\"other\",\"data\":{\"token\":\"tok\"}}", "none"},
        {"a.b.c.d.e.f.g", "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":\"tok\"}}}}}}}",
            "none"},
        {"data.token", "{\"d\\u0061ta\":{\"tok\\u0065n\":\"tok\"}}", "none"},
        {"access_token", "{\"access_token\":\"tok\",\"token_type\":\"Bearer\"}", NULL},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct fixture f;

        set_path(&f, cases[i].path, cases[i].body);
        set_text(&f.profile.token_type, cases[i].token_type);
        assert_token(&f, cases[i].body);
        fixture_close(&f);
    }
}

static void test_no_token_in_that_place(void **state)
{
    static const char long_name[] =
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    static const struct {
        const char *path, *body;
    } cases[] = {
        {"token", "{" GOOD "}"},
        {"data.token", "{" GOOD "}"},
        {"data.token", "{\"data.token\":\"tok\"}"},
        {"data.token", "{\"token\":\"tok\"}"},
        {"data.token", "{\"data\":\"tok\"}"},
        {"data.token", "{\"data\":null}"},
        {"data.token", "{\"data\":{\"token\":null}}"},
        {"data.token", "{\"data\":[{\"token\":\"tok\"}]}"},
        {"data.0", "{\"data\":[\"tok\"]}"},
        {"data.token", "{\"data\":{\"Token\":\"tok\"}}"},
        {"data.token", "{\"data\":{\"token\":{\"token\":\"tok\"}}}"},
        {"data.token", "{\"data\":{\"token\":[\"tok\"]}}"},
        {"data.token", "{\"data\":{\"token\":12345678}}"},
        {"data.token", "{\"data\":{\"token\":true}}"},
        {"data.token", "{\"data\":{\"token\":\"\"}}"},
        {"data.token", "{\"data\":{\"token\":\"t ok\"}}"},
        /* names twice on the way, or beside it */
        {"data.token", "{\"data\":{\"token\":\"tok\",\"token\":\"tok\"}}"},
        {"data.token", "{\"data\":{\"token\":\"tok\"},\"data\":{\"token\":\"tok\"}}"},
        {"data.token", "{\"data\":{\"token\":\"tok\"},\"d\\u0061ta\":{}}"},
        /* too deep */
        {"a.b.c.d.e.f.g.h",
            "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":{\"h\":\"tok\"}}}}}}}}"},
        {long_name, "{\"a\":\"tok\"}"},
        /* an error, whatever else there is */
        {"data.token", "{\"data\":{\"token\":\"tok\"},\"error\":\"server_error\"}"},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct fixture f;

        set_path(&f, cases[i].path, cases[i].body);
        set_text(&f.profile.token_type, "none");
        if (read_reply(&f) != KB_ERR_SERVER)
            fail_msg("%s at %s: %d, %s", cases[i].body, cases[i].path, (int)f.err.code, f.err.msg);
        assert_lacks(f.err.msg, "tok\"");
        assert_lacks(f.err.msg, "12345678");
        fixture_close(&f);
    }
}

static void test_a_path_is_named_where_it_leads_to_none(void **state)
{
    struct fixture f;

    (void)state;
    set_path(&f, "data.token", "{\"data\":{\"token\":7}}");
    assert_malformed(&f, "a number");
    assert_contains(f.err.msg, "with a value at data.token that is not a token");
    fixture_close(&f);
}

static void test_types_beside_a_token(void **state)
{
    static const char *const bodies[] = {
        "{\"data\":{\"token\":\"tok\"}}",
        "{\"data\":{\"token\":\"tok\",\"token_type\":\"mac\"}}",
        "{\"data\":{\"token\":\"tok\"},\"token_type\":\"mac\"}",
        "{\"data\":{\"token\":\"tok\",\"token_type\":\"Bearer\"},\"token_type\":\"mac\"}",
        "{\"data\":{\"token\":\"tok\",\"token_type\":\"mac\"},\"token_type\":\"Bearer\"}",
        "{\"data\":{\"token\":\"tok\",\"token_type\":7},\"token_type\":\"Bearer\"}",
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(bodies); i++) {
        struct fixture f;

        set_path(&f, "data.token", bodies[i]);
        assert_malformed(&f, bodies[i]);
        fixture_close(&f);
    }
}

/* --- lives in other units ------------------------------------------------------------------ */

static void test_units_of_a_life(void **state)
{
    static const struct {
        const char *unit, *value;
        int64_t life; /* s; of a default of 30, and at most a day */
        const char *warning;
    } cases[] = {
        {"s", "3600", 3600, ""},
        {"s", "\"3600\"", 3600, ""},
        {"ms", "3600000", 3600, ""},
        {"ms", "3600999.5", 3600, ""},
        {"ms", "\"3600000\"", 3600, ""},
        {"ms", "\"9999999999999\"", 86400, ""},
        {"ms", "\"99999999999999\"", 30, "not a number"},
        {"ms", "999", 0, "no time to live"},
        {"ms", "-1", 0, "no time to live"},
        {"ms", "1e400", 0, "no time to live"},
        {"ms", "\"1h\"", 30, "not a number"},
        {"ms", "null", 0, "no time to live"},
        {"unix", "1700003600", 3600, ""},
        {"unix", "\"1700003600\"", 3600, ""},
        {"unix", "1700003600.9", 3600, ""},
        {"unix", "253402300799", 86400, ""},
        {"unix", "1700000000", 0, "clock"},
        {"unix", "1699999999", 0, "clock"},
        {"unix", "0", 0, "clock"},
        {"unix", "-1", 0, "clock"},
        {"unix", "1700003600000", 0, "clock"}, /* ms: a unit is wrong */
        {"unix", "1e400", 0, "clock"},
        {"unix", "-1e400", 0, "clock"},
        {"unix", "\"2023-11-14T23:13:20Z\"", 30, "not a number"},
        {"unix", "{}", 0, "clock"},
        {"unix-ms", "1700003600999", 3600, ""},
        {"unix-ms", "\"1700003600999\"", 3600, ""},
        {"unix-ms", "1700003600", 0, "clock"}, /* s */
        {"rfc3339", "\"2023-11-14T23:13:20Z\"", 3600, ""},
        {"rfc3339", "\"2023-11-14T23:13:20.999Z\"", 3600, ""},
        {"rfc3339", "\"2023-11-15T00:43:20+01:30\"", 3600, ""},
        {"rfc3339", "\"2023-11-14T15:13:20-08:00\"", 3600, ""},
        {"rfc3339", "\"9999-12-31T23:59:59Z\"", 86400, ""},
        {"rfc3339", "\"9999-12-31T23:59:59-01:00\"", 0, "clock"},
        {"rfc3339", "\"2023-11-14T22:13:20Z\"", 0, "clock"},
        {"rfc3339", "\"0000-01-01T00:00:00Z\"", 0, "clock"},
        {"rfc3339", "\"2023-11-14T23:13:20\"", 30, "not a date of RFC 3339"},
        {"rfc3339", "\"2023-11-14 23:13:20Z\"", 30, "not a date of RFC 3339"},
        {"rfc3339", "\"1700003600\"", 30, "not a date of RFC 3339"},
        {"rfc3339", "1700003600", 0, "clock"},
        {"rfc3339", "true", 0, "clock"},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        char body[256];
        struct fixture f;

        fixture_open(&f);
        f.profile.default_lifetime = 30;
        set_text(&f.profile.expiry, "data.until");
        set_text(&f.profile.expiry_unit, cases[i].unit);
        (void)snprintf(body, sizeof(body), "{" GOOD ",\"expires_in\":7,\"data\":{\"until\":%s}}",
            cases[i].value);
        set_reply(&f, 200, JSON, body);
        assert_token(&f, body);
        if (f.token.life_ms != cases[i].life * 1000 || !*cases[i].warning != !*f.facts.warning)
            fail_msg("%s %s: %d ms, %s", cases[i].unit, cases[i].value, (int)f.token.life_ms,
                f.facts.warning);
        assert_contains(f.facts.warning, cases[i].warning);
        fixture_close(&f);
    }
}

static void test_a_life_that_is_not_there(void **state)
{
    static const char *const bodies[] = {"{" GOOD "}", "{" GOOD ",\"expires_in\":7}",
        "{" GOOD ",\"data\":null}", "{" GOOD ",\"data\":[7]}", "{" GOOD ",\"data.until\":7}"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(bodies); i++) {
        struct fixture f;

        fixture_open(&f);
        f.profile.default_lifetime = 30;
        set_text(&f.profile.expiry, "data.until");
        set_reply(&f, 200, JSON, bodies[i]);
        assert_token(&f, bodies[i]);
        assert_int_equal(f.token.life_ms, 30000);
        fixture_close(&f);
    }
}

/* The server's date says so. An old one, as a cache may give, prolongs nothing. */
static void test_a_clock_that_is_wrong(void **state)
{
    static const struct {
        const char *date;
        int64_t life;
    } cases[] = {
        {"Tue, 14 Nov 2023 22:13:20 GMT", 3600}, /* ours is right */
        {"Tue, 14 Nov 2023 22:43:20 GMT", 1800}, /* ours is behind */
        {"Tue, 14 Nov 2023 23:13:20 GMT", 0},
        {"Tue, 14 Nov 2023 20:13:20 GMT", 3600}, /* ours is ahead, or the date is old */
        {"yesterday", 3600},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct fixture f;

        fixture_open(&f);
        set_text(&f.profile.expiry, "until");
        set_text(&f.profile.expiry_unit, "unix");
        set_reply(&f, 200, JSON, "{" GOOD ",\"until\":1700003600}");
        add_header(&f, "Date", cases[i].date);
        assert_token(&f, cases[i].date);
        assert_int_equal(f.token.life_ms, cases[i].life * 1000);
        set_text(&f.profile.expiry_unit, "s"); /* which needs no clock */
        set_text(&f.profile.expiry, NULL);
        set_reply(&f, 200, JSON, "{" GOOD ",\"expires_in\":3600}");
        add_header(&f, "Date", cases[i].date);
        assert_token(&f, cases[i].date);
        assert_int_equal(f.token.life_ms, 3600000);
        fixture_close(&f);
    }
}

/* --- two steps ----------------------------------------------------------------------------- */

static void allow_everything(struct fixture *f)
{
    set_second(f);
    set_text(&f->profile.token_path, "data.token");
    set_text(&f->profile.expiry, "until");
    set_text(&f->profile.expiry_unit, "unix");
    set_text(&f->profile.token_type, "none");
    set_text(&f->profile.accept_status, "201");
    set_text(&f->profile.reply_type, "any");
    set_text(&f->profile.scope, "read");
    f->profile.strict_scope = true;
}

static void test_the_first_of_two_is_read_strictly(void **state)
{
    static const struct {
        long status;
        const char *type, *body;
    } cases[] = {
        {200, JSON, "{\"data\":{\"token\":\"tok\"}}"},
        {200, JSON, "{\"access_token\":\"tok\"}"},
        {201, JSON, "{" GOOD "}"},
        {200, "text/plain", "{" GOOD "}"},
    };
    struct fixture f;

    (void)state;
    fixture_open(&f);
    allow_everything(&f);
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        set_reply(&f, cases[i].status, cases[i].type, cases[i].body);
        assert_int_equal(read_reply(&f), KB_ERR_SERVER);
        assert_lacks(f.err.hint, "documents");
    }
    set_reply(&f, 200, JSON, "{" GOOD ",\"expires_in\":60,\"until\":1}");
    assert_token(&f, "as RFC 6749 says");
    assert_int_equal(f.token.life_ms, 60000);
    set_reply(&f, 200, JSON, "{" GOOD ",\"scope\":\"write\"}");
    assert_int_equal(read_reply(&f), KB_ERR_DENIED);
    fixture_close(&f);
}

static void test_the_second_of_two_is_read_as_the_profile_says(void **state)
{
    KB_AUTO(kb_secret_clear) struct kb_secret first = KB_SECRET_INIT;
    struct fixture f;

    (void)state;
    assert_int_equal(kb_secret_set(&first, "first-token", 11, NULL), KB_OK);
    fixture_open(&f);
    allow_everything(&f);
    f.first_token = &first;
    set_reply(&f, 201, "text/plain",
        "{\"data\":{\"token\":\"tok\"},\"until\":1700000060,\"scope\":\"write\"}");
    assert_token(&f, "as the profile says");
    assert_int_equal(f.token.life_ms, 60000);
    set_reply(&f, 200, JSON, "{" GOOD "}");
    assert_int_equal(read_reply(&f), KB_ERR_SERVER);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies_without_a_usable_token),
        cmocka_unit_test(test_bytes_that_no_c_string_holds),
        cmocka_unit_test(test_every_prefix_of_a_good_body_is_refused),
        cmocka_unit_test(test_harmless_differences_are_accepted),
        cmocka_unit_test(test_content_types),
        cmocka_unit_test(test_settings_that_take_what_providers_send),
        cmocka_unit_test(test_what_no_setting_takes),
        cmocka_unit_test(test_two_content_types),
        cmocka_unit_test(test_an_error_beside_a_token),
        cmocka_unit_test(test_lengths_of_a_token),
        cmocka_unit_test(test_expires_in),
        cmocka_unit_test(test_a_life_is_dated_on_both_clocks),
        cmocka_unit_test(test_a_long_default_is_capped_too),
        cmocka_unit_test(test_scopes),
        cmocka_unit_test(test_two_warnings_share_the_line),
        cmocka_unit_test(test_facts_of_a_success),
        cmocka_unit_test(test_a_token_in_another_place),
        cmocka_unit_test(test_no_token_in_that_place),
        cmocka_unit_test(test_a_path_is_named_where_it_leads_to_none),
        cmocka_unit_test(test_types_beside_a_token),
        cmocka_unit_test(test_units_of_a_life),
        cmocka_unit_test(test_a_life_that_is_not_there),
        cmocka_unit_test(test_a_clock_that_is_wrong),
        cmocka_unit_test(test_the_first_of_two_is_read_strictly),
        cmocka_unit_test(test_the_second_of_two_is_read_as_the_profile_says),
    };

    return cmocka_run_group_tests_name("token_reply", tests, NULL, NULL);
}
