/*
 * git requests: what is understood, and that no request, however made, is answered for
 * another host than the one it plainly names.
 */
#include "proto_call.h"

#include "proto/lines.h"

#include <stdio.h>
#include <stdlib.h>

#define HOST "git.example.com"
#define ADDRESS "protocol=https\nhost=" HOST "\n"

static const struct kb_proto *git(void)
{
    return proto_named("git");
}

static void assert_ignored(const char *operation, const char *input, size_t len)
{
    struct proto_call call;

    proto_call_read_bytes(&call, git(), operation, input, len);
    assert_int_equal(call.rc, KB_OK);
    assert_int_equal(call.turn, KB_TURN_END);
    assert_int_equal(call.talk.reply.out.len, 0);
    assert_int_equal(call.talk.reply.note.len, 0);
    assert_int_equal(call.talk.reply.status, 0);
    proto_call_close(&call);
}

static void test_address(void **state)
{
    static const struct {
        const char *input, *origin, *path, *username;
    } cases[] = {
        {ADDRESS, "https://" HOST, "/", ""},
        {"host=" HOST "\nprotocol=https", "https://" HOST, "/", ""},
        {"protocol=http\r\nhost=127.0.0.1:8080\r\n", "http://127.0.0.1:8080", "/", ""},
        {"protocol=https\nhost=GIT.example.com:443\n", "https://" HOST, "/", ""},
        {"protocol=https\nhost=[::1]:8443\n", "https://[::1]:8443", "/", ""},
        {ADDRESS "path=git/demo.git\n", "https://" HOST, "/git/demo.git", ""},
        {ADDRESS "username=alice\n", "https://" HOST, "/", "alice"},
        {ADDRESS "username=\n", "https://" HOST, "/", ""},
        {ADDRESS "future=1\nfuture[]=2\n=3\noauth_refresh_token=\n", "https://" HOST, "/", ""},
        {ADDRESS "password_expiry_utc=1\nephemeral=1\nstate[]=x\n", "https://" HOST, "/", ""},
        {ADDRESS "\n", "https://" HOST, "/", ""},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf origin = KB_BUF_INIT(512);
        struct proto_call call;

        proto_call_read(&call, git(), "get", cases[i].input);
        assert_requests(&call, KB_OP_GET);
        assert_true(call.talk.request.has_url);
        kb_url_append_origin(&call.talk.request.url, &origin);
        assert_string_equal(kb_buf_text(&origin), cases[i].origin);
        assert_string_equal(call.talk.request.url.path, cases[i].path);
        assert_string_equal(call.talk.request.username, cases[i].username);
        assert_int_equal(call.consumed, strlen(cases[i].input));
        proto_call_close(&call);
    }
}

static void test_under_specified_requests_are_ignored(void **state)
{
    static const char *const inputs[] = {
        "",
        "\n",
        "\n" ADDRESS,
        "protocol=https\n",
        "host=" HOST "\n",
        "protocol=\nhost=" HOST "\n",
        "protocol=https\nhost=\n",
        "protocol=https\npath=x\n",
        "path=x\nusername=alice\n",
        "protocol\nhost=" HOST "\n",
        ADDRESS "nonsense\n",
        "protocol=ftp\nhost=" HOST "\n",
        "protocol=https\nhost=" HOST "/x\n",
        "protocol=https\nhost=alice@" HOST "\n",
        "protocol=https\nhost=" HOST ".\n",
        "protocol=https\nhost=" HOST ":0\n",
        "protocol=https\nhost=" HOST ":65536\n",
        "protocol=https\nhost=%67it.example.com\n",
        "protocol=https\nhost= " HOST "\n",
        "url=https://" HOST "/\n",
        ADDRESS "\nusername=alice\n",
        ADDRESS "\n\n",
        ADDRESS "host=" HOST "\n",
        ADDRESS "protocol=https\n",
        ADDRESS "username=a\nusername=b\n",
        ADDRESS "path=a\npath=b\n",
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(inputs); i++) {
        assert_ignored("get", inputs[i], strlen(inputs[i]));
        assert_ignored("erase", inputs[i], strlen(inputs[i]));
    }
}

static void test_user_names(void **state)
{
    static const char *const bad[] = {"a\x01z", "a\tb", "a\x7f", "\xff", "j\xc3", "a\xed\xa0\x80z",
        "\xc0\xaf", "a\xe2\x80", "a\xc2\x85z", "a\xe2\x80\xa8z", "a\xe2\x80\xae", "a\xef\xbb\xbf"};
    static const char *const good[] = {
        "j\xc3\xbcrgen", "a\xe2\x80\xa7z", "a b", "\xf0\x9f\x98\x80"};
    char input[1024];
    int head = snprintf(input, sizeof(input), ADDRESS "username=");

    (void)state;
    for (size_t i = 0; i < KB_COUNT(bad); i++) {
        strcpy(input + head, bad[i]);
        assert_ignored("get", input, strlen(input));
    }
    for (size_t i = 0; i < KB_COUNT(good); i++) {
        struct proto_call call;

        strcpy(input + head, good[i]);
        proto_call_read(&call, git(), "get", input);
        assert_requests(&call, KB_OP_GET);
        assert_string_equal(call.talk.request.username, good[i]);
        proto_call_close(&call);
    }
    memset(input + head, 'x', 256);
    assert_ignored("get", input, (size_t)head + 256);
}

static void test_when_bearer_is_wanted(void **state)
{
    static const struct {
        const char *lines;
        bool bearer;
    } cases[] = {
        {"", false},
        {"wwwauth[]=Bearer realm=\"x\"\n", false},
        {"capability[]=authtype\n", true},
        {"capability[]=state\n", false},
        {"capability[]=authtypes\n", false},
        {"capability[]=authtype\ncapability[]=state\n", true},
        {"capability[]=authtype\ncapability[]=\n", false},
        {"capability[]=authtype\nwwwauth[]=Bearer realm=\"x\"\n", true},
        {"capability[]=authtype\nwwwauth[]=bEARER\n", true},
        {"capability[]=authtype\nwwwauth[]=Basic realm=\"x\"\n", false},
        {"capability[]=authtype\nwwwauth[]=BearerX realm=\"x\"\n", false},
        {"capability[]=authtype\nwwwauth[]=Basic realm=\"Bearer\"\n", false},
        {"capability[]=authtype\nwwwauth[]=Basic\nwwwauth[]=Bearer\n", true},
        {"wwwauth[]=Bearer\nwwwauth[]=Negotiate\ncapability[]=authtype\n", true},
        /* a line may hold several challenges */
        {"capability[]=authtype\nwwwauth[]=Negotiate, Bearer error=\"invalid_token\"\n", true},
        {"capability[]=authtype\nwwwauth[]=Negotiate YII==, bearer\n", true},
        {"capability[]=authtype\nwwwauth[]=Basic realm=\"a, b\", charset=\"UTF-8\",Bearer\n", true},
        {"capability[]=authtype\nwwwauth[]=, ,\tBearer realm = \"x\"\n", true},
        {"capability[]=authtype\nwwwauth[]=Basic realm=\"a, Bearer x\"\n", false},
        {"capability[]=authtype\nwwwauth[]=Basic realm=\"a\\\", Bearer x\"\n", false},
        {"capability[]=authtype\nwwwauth[]=Basic realm=\"a\\\\\", Bearer x\n", true},
        {"capability[]=authtype\nwwwauth[]=Basic realm=\"a, Bearer x\n", false},
        {"capability[]=authtype\nwwwauth[]=Basic realm=\"x\", Bearer=\"y\"\n", false},
        {"capability[]=authtype\nwwwauth[]=Basic realm=\"x\", Bearer = \"y\"\n", false},
        {"capability[]=authtype\nwwwauth[]=Negotiate Bearer\n", false},
        {"capability[]=authtype\nwwwauth[]=Negotiate, BearerX, XBearer\n", false},
        {"capability[]=authtype\nwwwauth[]=Basic\nwwwauth[]=\n", true},
        {"capability[]=authtype\nwwwauth[]=Bearer\nwwwauth[]=\nwwwauth[]=Basic\n", false},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        char input[512];
        struct proto_call call;

        snprintf(input, sizeof(input), "%s" ADDRESS, cases[i].lines);
        proto_call_read(&call, git(), "get", input);
        assert_requests(&call, KB_OP_GET);
        assert_int_equal(call.talk.request.wants_bearer, cases[i].bearer);
        proto_call_close(&call);
    }
}

/* What git send-email and git imap-send ask, and could not use anything else for. */
static void test_mail_gets_a_password(void **state)
{
    static const struct {
        const char *input, *origin, *out;
    } cases[] = {
        {"protocol=smtp\nhost=mail.example.com:587\nusername=alice@example.com\n",
            "smtp://mail.example.com:587",
            "password=" TEST_TOKEN "\npassword_expiry_utc=1893456000\n"},
        {"protocol=smtp\nhost=mail.example.com\n", "smtp://mail.example.com",
            "username=oauth2\npassword=" TEST_TOKEN "\npassword_expiry_utc=1893456000\n"},
        {"capability[]=authtype\ncapability[]=state\nprotocol=imaps\nhost=mail.example.com:993\n"
         "username=alice\n",
            "imaps://mail.example.com",
            "password=" TEST_TOKEN "\npassword_expiry_utc=1893456000\n"},
        {"capability[]=authtype\nprotocol=imap\nhost=mail.example.com:143\n"
         "wwwauth[]=Bearer realm=\"x\"\nusername=\n",
            "imap://mail.example.com",
            "username=oauth2\npassword=" TEST_TOKEN "\npassword_expiry_utc=1893456000\n"},
    };
    struct proto_stock stock;

    (void)state;
    proto_stock_open(&stock, TEST_TOKEN);
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf origin = KB_BUF_INIT(512);
        struct proto_call call;

        proto_call_read(&call, git(), "get", cases[i].input);
        assert_requests(&call, KB_OP_GET);
        assert_false(call.talk.request.takes_scheme || call.talk.request.wants_bearer);
        assert_false(call.talk.request.lacks_path);
        kb_url_append_origin(&call.talk.request.url, &origin);
        assert_string_equal(kb_buf_text(&origin), cases[i].origin);
        proto_call_write(&call, git(), &stock);
        assert_int_equal(call.rc, KB_OK);
        assert_string_equal(proto_call_out(&call), cases[i].out);
        proto_call_close(&call);
    }
    proto_stock_close(&stock);
}

static void test_erase_names_the_refused_token(void **state)
{
    static const struct {
        const char *lines, *rejected; /* NULL: the request is ignored */
    } cases[] = {
        {"username=oauth2\npassword=T1\n", "T1"},
        {"authtype=Bearer\ncredential=T1\n", "T1"},
        {"authtype=Basic\ncredential=b2F1dGgyOlQx\n", "T1"}, /* oauth2:T1 */
        {"credential=b2F1dGgyOlQx\nauthtype=basic\n", "T1"},
        {"authtype=Basic\ncredential=b2F1dGgyOlQxOlQy\n", "T1:T2"},
        {"authtype=Basic\ncredential=b2F1dGgy\n", NULL},         /* no colon */
        {"authtype=Basic\ncredential=b2F1dGgyOg==\n", NULL},     /* no token */
        {"authtype=Basic\ncredential=b2F1dGgyOmEgYg==\n", NULL}, /* with a space in it */
        {"authtype=Basic\ncredential=T1\n", NULL},
        {"authtype=Basic\ncredential=\n", NULL},
        {"authtype=Basic\npassword=T1\n", "T1"},
        {"authtype=Bearer\ncredential=T2\n", "T2"},
        {"password=T1\ncredential=T2\n", "T2"},
        {"username=oauth2\n", ""},
        {"password=\n", NULL},
        {"password=two words\n", NULL},
        {"password=a\npassword=b\n", NULL},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        char input[256];
        struct proto_call call;

        snprintf(input, sizeof(input), ADDRESS "%s", cases[i].lines);
        if (!cases[i].rejected) {
            assert_ignored("erase", input, strlen(input));
            continue;
        }
        proto_call_read(&call, git(), "erase", input);
        assert_requests(&call, KB_OP_ERASE);
        assert_int_equal(call.talk.request.presented.len, strlen(cases[i].rejected));
        if (*cases[i].rejected)
            assert_string_equal(call.talk.request.presented.bytes, cases[i].rejected);
        proto_call_close(&call);
    }
}

/* A refused password longer than any token must not read as "whichever is cached". */
static void test_erase_of_an_endless_password(void **state)
{
    char *input = malloc(KB_LINE_MAX + 100);
    int len = sprintf(input, ADDRESS "password=");

    (void)state;
    memset(input + len, 'x', KB_TOKEN_MAX + 1);
    assert_ignored("erase", input, (size_t)len + KB_TOKEN_MAX + 1);
    free(input);
}

static void test_arguments(void **state)
{
    static const struct {
        const char *words;
        enum kb_turn turn;
        enum kb_op op;
        bool reads;
        const char *profile;
    } cases[] = {
        {"get", KB_TURN_REQUEST, KB_OP_GET, true, ""},
        {"--profile work get", KB_TURN_REQUEST, KB_OP_GET, true, "work"},
        {"--profile=work erase", KB_TURN_REQUEST, KB_OP_ERASE, true, "work"},
        {"store", KB_TURN_END, KB_OP_STORE, true, ""},
        {"--profile work approve", KB_TURN_END, KB_OP_GET, false, ""},
        {"GET", KB_TURN_END, KB_OP_GET, false, ""},
        {"capability", KB_TURN_ANSWERED, KB_OP_GET, false, ""},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct proto_call call;

        proto_call_read(&call, git(), cases[i].words, ADDRESS);
        assert_int_equal(call.rc, KB_OK);
        assert_int_equal(call.turn, cases[i].turn);
        assert_int_equal(call.talk.request.op, cases[i].op);
        assert_int_equal(call.consumed, cases[i].reads ? (off_t)strlen(ADDRESS) : 0);
        if (cases[i].turn != KB_TURN_END)
            assert_string_equal(call.talk.request.profile, cases[i].profile);
        proto_call_close(&call);
    }
}

static void test_wrong_arguments(void **state)
{
    static const char *const words[] = {"", "get store", "--profil work get", "--profile get",
        "--profile ../x get", "--profile= get", "-p work get"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(words); i++) {
        struct proto_call call;

        proto_call_read(&call, git(), words[i], ADDRESS);
        assert_int_equal(call.rc, KB_ERR_USAGE);
        assert_int_equal(call.consumed, 0);
        assert_int_equal(call.talk.reply.out.len, 0);
        assert_non_null(strstr(proto_call_note(&call), "keybearer: error: "));
        assert_int_equal(call.talk.reply.status, KB_ERR_USAGE);
        proto_call_close(&call);
    }
}

/* --- hostile input ----------------------------------------------------------------------- */

/* Whether OUT is a run of the lines that git may get from us, and nothing else. */
static void assert_clean_answer(const struct kb_buf *out)
{
    static const char *const prefixes[] = {"capability[]=authtype", "authtype=Bearer",
        "authtype=Basic", "credential=b2F1dGgyOkFaYXowOS0uX34rLz09", "credential=" TEST_TOKEN,
        "ephemeral=1", "password_expiry_utc=1893456000", "username=", "password=" TEST_TOKEN};
    char copy[1024], *rest = copy, *line;

    assert_true(out->len < sizeof(copy));
    assert_int_equal(strlen(out->data), out->len);
    strcpy(copy, out->data);
    while ((line = strsep(&rest, "\n")) && *line) {
        size_t known = 0;

        for (size_t i = 0; i < KB_COUNT(prefixes); i++)
            known += strncmp(line, prefixes[i], strlen(prefixes[i])) == 0;
        assert_int_equal(known, 1);
        for (const char *c = line; *c; c++)
            assert_in_range(*c, 0x20, 0x7e);
    }
    assert_non_null(line);
    assert_null(rest);
}

/* INPUT is either ignored or plainly a request for HOST. */
static void assert_only_our_host(const char *input, size_t len, const struct proto_stock *stock)
{
    struct proto_call call;

    proto_call_read_bytes(&call, git(), "get", input, len);
    assert_int_equal(call.rc, KB_OK);
    assert_int_equal(call.talk.reply.out.len, 0);
    assert_int_equal(call.talk.reply.note.len, 0);
    if (call.turn != KB_TURN_END) {
        assert_requests(&call, KB_OP_GET);
        assert_string_equal(call.talk.request.url.host, HOST);
        assert_string_equal(call.talk.request.url.scheme, "https");
        proto_call_write(&call, git(), stock);
        assert_int_equal(call.rc, KB_OK);
        assert_clean_answer(&call.talk.reply.out);
    }
    proto_call_close(&call);
}

static size_t put_bytes(char *dst, size_t len, const void *bytes, size_t count)
{
    memcpy(dst + len, bytes, count);
    return len + count;
}

/* TEXT with BYTES put in at every place of it. */
static void spike(
    const char *text, const char *bytes, size_t count, const struct proto_stock *stock)
{
    size_t len = strlen(text);
    char input[512];

    for (size_t at = 0; at <= len; at++) {
        size_t used = put_bytes(input, 0, text, at);

        used = put_bytes(input, used, bytes, count);
        used = put_bytes(input, used, text + at, len - at);
        assert_only_our_host(input, used, stock);
    }
}

static void test_every_odd_byte_at_every_place(void **state)
{
    static const char text[] =
        "capability[]=authtype\n" ADDRESS "path=git/demo.git\nusername=alice\n"
        "password=secret\ncredential=secret\nwwwauth[]=Bearer realm=\"x\"\n";
    static const char *const sequences[] = {"\xe2\x80\xa8", "\xe2\x80\xa9", "\xc2\x85", "\r\n",
        "\n\n", "\nhost=victim.example\n", "\rhost=victim.example\r", "\r\nhost=victim.example\r\n",
        "\nprotocol=http\n"};
    struct proto_stock stock;

    (void)state;
    proto_stock_open(&stock, TEST_TOKEN);
    for (int byte = 0; byte < 256; byte++) {
        char c = (char)byte;

        if (byte < 0x20 || byte > 0x7e)
            spike(text, &c, 1, &stock);
    }
    for (size_t i = 0; i < KB_COUNT(sequences); i++)
        spike(text, sequences[i], strlen(sequences[i]), &stock);
    proto_stock_close(&stock);
}

/* What the readers with a fixed buffer got wrong: the end of a long line as a line. */
static void assert_long_line(size_t pad, const char *edge, char *input)
{
    static const char head[] = "capability[]=authtype\n" ADDRESS "wwwauth[]=";
    static const char tail[] = "host=victim.example\n";
    size_t len = put_bytes(input, 0, head, strlen(head)), line = strlen("wwwauth[]=") + pad;
    struct proto_call call;

    memset(input + len, 'x', pad);
    len = put_bytes(input, len + pad, edge, strlen(edge));
    len = put_bytes(input, len, tail, strlen(tail));
    proto_call_read_bytes(&call, git(), "get", input, len);
    assert_int_equal(call.rc, KB_OK);
    line += strlen(tail) - 1;
    if (*edge || line > KB_LINE_MAX) {
        assert_int_equal(call.turn, KB_TURN_END);
    } else {
        assert_requests(&call, KB_OP_GET);
        assert_string_equal(call.talk.request.url.host, HOST);
    }
    assert_int_equal(call.talk.reply.out.len, 0);
    proto_call_close(&call);
}

static void test_long_lines(void **state)
{
    char *input = malloc(210000);

    (void)state;
    for (size_t edge = 2; edge < 200000; edge *= 2) {
        for (size_t pad = edge - 2; pad <= edge + 2; pad++) {
            assert_long_line(pad, "", input);
            assert_long_line(pad, "\r", input);
            assert_long_line(pad, "\n", input);
        }
    }
    for (size_t before = 0; before < 64; before++)
        assert_long_line(KB_LINE_MAX - before, "", input);
    assert_long_line(200000, "", input);
    free(input);
}

static void test_endless_request(void **state)
{
    static const char line[] = "wwwauth[]=Basic realm=\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"\n";
    char *input = malloc(KB_INPUT_MAX + 200);
    size_t len = put_bytes(input, 0, ADDRESS, strlen(ADDRESS));

    (void)state;
    while (len <= KB_INPUT_MAX)
        len = put_bytes(input, len, line, strlen(line));
    assert_ignored("get", input, len);
    assert_ignored("store", input, len);
    free(input);
}

/* --- answers --------------------------------------------------------------------------- */

static void answer(const char *lines, const struct proto_stock *stock, const char *expected)
{
    char input[512];
    struct proto_call call;

    snprintf(input, sizeof(input), "%s" ADDRESS, lines);
    proto_call_read(&call, git(), "get", input);
    proto_call_write(&call, git(), stock);
    assert_int_equal(call.rc, expected ? KB_OK : KB_ERR_CORRUPT);
    assert_string_equal(proto_call_out(&call), expected ? expected : "");
    assert_int_equal(call.talk.reply.note.len, 0);
    proto_call_close(&call);
}

static void test_answers(void **state)
{
    struct proto_stock stock;

    (void)state;
    proto_stock_open(&stock, TEST_TOKEN);
    answer("capability[]=authtype\n", &stock,
        "capability[]=authtype\nauthtype=Bearer\ncredential=" TEST_TOKEN
        "\nephemeral=1\npassword_expiry_utc=1893456000\n");
    answer(
        "", &stock, "username=oauth2\npassword=" TEST_TOKEN "\npassword_expiry_utc=1893456000\n");
    answer("username=alice\n", &stock,
        "username=oauth2\npassword=" TEST_TOKEN "\npassword_expiry_utc=1893456000\n");
    answer("capability[]=authtype\nwwwauth[]=Basic realm=\"x\"\nusername=alice\n", &stock,
        "capability[]=authtype\nauthtype=Basic\ncredential=b2F1dGgyOkFaYXowOS0uX34rLz09"
        "\nephemeral=1\npassword_expiry_utc=1893456000\n");
    kb_token_set_life(&stock.token, 0, stock.now);
    answer("", &stock, "username=oauth2\npassword=" TEST_TOKEN "\n");
    proto_stock_close(&stock);
}

static void test_bad_values_do_not_leave(void **state)
{
    static const char *const tokens[] = {
        "", "a\nb", "a\rb", "a b", "a\x01z", "a\x7f", "a\xc2\x85", "\n", "a\nquit=1"};
    static const char *const names[] = {"", "a\nb", "a\rb", "a\x1b[31m", "a\xe2\x80\xa8z"};
    struct proto_stock stock;

    (void)state;
    for (size_t i = 0; i < KB_COUNT(tokens); i++) {
        proto_stock_open(&stock, tokens[i]);
        answer("capability[]=authtype\n", &stock, NULL);
        answer("", &stock, NULL);
        answer("capability[]=authtype\nwwwauth[]=Basic\n", &stock, NULL);
        proto_stock_close(&stock);
    }
    for (size_t i = 0; i < KB_COUNT(names); i++) {
        proto_stock_open(&stock, TEST_TOKEN);
        strcpy(stock.route.username, names[i]);
        answer("", &stock, NULL);
        proto_stock_close(&stock);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_address),
        cmocka_unit_test(test_under_specified_requests_are_ignored),
        cmocka_unit_test(test_user_names),
        cmocka_unit_test(test_when_bearer_is_wanted),
        cmocka_unit_test(test_mail_gets_a_password),
        cmocka_unit_test(test_erase_names_the_refused_token),
        cmocka_unit_test(test_erase_of_an_endless_password),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_wrong_arguments),
        cmocka_unit_test(test_every_odd_byte_at_every_place),
        cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_endless_request),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_bad_values_do_not_leave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
