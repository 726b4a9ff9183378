/*
 * Every control character, C1 byte and Unicode line end at every position of a request,
 * inserted and in place of what stood there, with and without a second host behind it. Whatever
 * is answered must be what the request plainly says, and must be printed exactly so.
 */
#include "hostile.h"

#include <stdio.h>

#define BEARER_ANSWER                                                                              \
    "capability[]=authtype\nauthtype=Bearer\ncredential=" TEST_TOKEN                               \
    "\nephemeral=1\npassword_expiry_utc=1893456000\n"
#define PASSWORD_ANSWER "username=oauth2\npassword=" TEST_TOKEN "\npassword_expiry_utc=1893456000\n"
#define BASIC_ANSWER                                                                               \
    "capability[]=authtype\nauthtype=Basic\ncredential=b2F1dGgyOkFaYXowOS0uX34rLz09"               \
    "\nephemeral=1\npassword_expiry_utc=1893456000\n"
#define GET_ANSWER                                                                                 \
    "{\"headers\":{\"Authorization\":[\"Bearer " TEST_TOKEN                                        \
    "\"]},\"expires\":\"2030-01-01T00:00:00Z\"}\n"

/* One sweep: a request, and what is asked of each of its spoilt versions. */
struct sweep {
    const char *proto, *words, *request;
    const char *payload; /* follows every hostile byte */
    /* Whether SPOILT may be answered for PROFILE with what VERDICT printed. */
    bool (*may)(const struct kb_buf *spoilt, const struct hostile_verdict *verdict);
    const char *variable; /* of the environment, where the request stands; NULL: stdin */
};

struct tally {
    size_t cases, answered;
};

static void ask_one(const struct sweep *sweep, const struct kb_config *config,
    const struct kb_buf *spoilt, struct tally *tally)
{
    struct hostile_verdict verdict;

    if (sweep->variable)
        hostile_ask_variable(
            &verdict, config, proto_named(sweep->proto), sweep->words, sweep->variable, spoilt);
    else
        hostile_ask(&verdict, config, proto_named(sweep->proto), sweep->words, spoilt);
    tally->cases++;
    tally->answered += verdict.profile[0] != '\0';
    if (verdict.profile[0] && !sweep->may(spoilt, &verdict))
        fail_msg("%s %s: %s is answered with %s for:\n%s", sweep->proto, sweep->words,
            verdict.profile, proto_call_out(&verdict.call), kb_buf_text(spoilt));
    proto_call_close(&verdict.call);
}

/* BYTES and the payload at position AT, in place of the next DROP bytes. */
static void spoil(const struct sweep *sweep, const struct hostile_bytes *bytes, size_t at,
    size_t drop, struct kb_buf *ret)
{
    size_t len = strlen(sweep->request);

    kb_buf_reset(ret);
    kb_buf_add(ret, sweep->request, at);
    kb_buf_add(ret, bytes->text, bytes->len);
    kb_buf_str(ret, sweep->payload);
    if (*sweep->payload)
        kb_buf_add(ret, bytes->text, bytes->len);
    kb_buf_str(ret, sweep->request + (at + drop < len ? at + drop : len));
}

static struct tally run(const struct sweep *sweep)
{
    KB_AUTO(kb_config_clear) struct kb_config config = hostile_config();
    KB_AUTO(kb_buf_clear) struct kb_buf spoilt = KB_BUF_INIT(4096);
    struct hostile_bytes bytes[HOSTILE_BYTES];
    size_t count = hostile_bytes(bytes), len = strlen(sweep->request);
    struct tally tally = {0};

    for (size_t i = 0; i < count; i++) {
        for (size_t at = 0; at <= len; at++) {
            spoil(sweep, &bytes[i], at, 0, &spoilt);
            ask_one(sweep, &config, &spoilt, &tally);
            spoil(sweep, &bytes[i], at, 1, &spoilt);
            ask_one(sweep, &config, &spoilt, &tally);
        }
    }
    return tally;
}

/* --- git ------------------------------------------------------------------------------- */

/* How many lines of TEXT begin with PREFIX; lines end at LF and nowhere else. */
static size_t lines_that_begin(const struct kb_buf *text, const char *prefix)
{
    size_t found = 0, len = strlen(prefix);

    for (size_t at = 0; at < text->len; at++) {
        bool at_start = at == 0 || text->data[at - 1] == '\n';

        found += at_start && text->len - at >= len && memcmp(text->data + at, prefix, len) == 0;
    }
    return found;
}

/* LINE, with a CR before its end or without, and no other line of the same KEY. */
static bool says_once(const struct kb_buf *text, const char *key, const char *value)
{
    char lf[128], crlf[128];

    snprintf(lf, sizeof(lf), "%s%s\n", key, value);
    snprintf(crlf, sizeof(crlf), "%s%s\r\n", key, value);
    return lines_that_begin(text, key) == 1 &&
           lines_that_begin(text, lf) + lines_that_begin(text, crlf) == 1;
}

/* A CR that is not part of a line's end, or a NUL. */
static bool has_stray_byte(const struct kb_buf *text)
{
    for (size_t i = 0; i < text->len; i++) {
        if (text->data[i] == '\0')
            return true;
        if (text->data[i] == '\r' && (i + 1 == text->len || text->data[i + 1] != '\n'))
            return true;
    }
    return false;
}

static bool git_may(const struct kb_buf *spoilt, const struct hostile_verdict *verdict)
{
    static const char *const answers[] = {
        BEARER_ANSWER, BASIC_ANSWER, /* what the server wants is spoilt */
        PASSWORD_ANSWER,             /* what git can take is spoilt */
        "",                          /* erase */
    };
    const char *host = strcmp(verdict->profile, "victim") == 0 ? VICTIM : OTHER;
    bool known = false;

    for (size_t i = 0; i < KB_COUNT(answers); i++)
        known = known || strcmp(proto_call_out(&verdict->call), answers[i]) == 0;
    return known && !has_stray_byte(spoilt) && says_once(spoilt, "protocol=", "https") &&
           says_once(spoilt, "host=", host);
}

#define GIT_REQUEST(host)                                                                          \
    "wwwauth[]=Bearer realm=\"x\"\ncapability[]=authtype\nprotocol=https\nhost=" host              \
    "\npath=team/a.git\nusername=alice\nfuture=1\n"

static void test_injected_git(void **state)
{
    static const char *const words[] = {"get", "erase"};
    static const char *const payloads[] = {"", "host=" VICTIM, "\nhost=" VICTIM, "=", "\r"};
    static const char *const requests[] = {
        GIT_REQUEST(VICTIM),
        GIT_REQUEST(OTHER),
        "protocol=https\nhost=" VICTIM "\nusername=alice\npassword=" TEST_TOKEN "\n",
    };

    (void)state;
    for (size_t w = 0; w < KB_COUNT(words); w++) {
        for (size_t p = 0; p < KB_COUNT(payloads); p++) {
            for (size_t r = 0; r < KB_COUNT(requests); r++) {
                const struct sweep sweep = {
                    "git", words[w], requests[r], payloads[p], git_may, NULL};

                assert_true(run(&sweep).answered > 0 || *payloads[p]); /* or nothing was tried */
            }
        }
    }
}

/* --- docker ---------------------------------------------------------------------------- */

/* The address without the blanks around it, as every client and helper trims it. */
static void trim(const struct kb_buf *address, char *ret, size_t cap)
{
    size_t from = 0, to = address->len;

    while (from < to && memchr(" \t\r\n", address->data[from], 4))
        from++;
    while (to > from && memchr(" \t\r\n", address->data[to - 1], 4))
        to--;
    assert_true(to - from < cap);
    memcpy(ret, address->data + from, to - from);
    ret[to - from] = '\0';
}

static bool names_host(const char *address, const char *host)
{
    char start[128];
    size_t len = (size_t)snprintf(start, sizeof(start), "https://%s:443", host);

    return strncmp(address, start, len) == 0 && (address[len] == '/' || address[len] == '\0');
}

static bool docker_may(const struct kb_buf *spoilt, const struct hostile_verdict *verdict)
{
    char address[512], answer[1024];

    trim(spoilt, address, sizeof(address));
    snprintf(answer, sizeof(answer),
        "{\"ServerURL\":\"%s\",\"Username\":\"oauth2\",\"Secret\":\"" TEST_TOKEN "\"}\n", address);
    if (verdict->call.talk.request.op == KB_OP_GET &&
        strcmp(proto_call_out(&verdict->call), answer) != 0)
        return false;
    return names_host(address, strcmp(verdict->profile, "victim") == 0 ? VICTIM : OTHER);
}

static void test_injected_docker(void **state)
{
    static const char *const words[] = {"get", "erase"};
    static const char *const payloads[] = {"", VICTIM, ("https://" VICTIM "/"), ("@" VICTIM)};
    static const char *const requests[] = {
        "https://" VICTIM ":443/v2/", "https://" OTHER ":443/v2/"};

    (void)state;
    for (size_t w = 0; w < KB_COUNT(words); w++) {
        for (size_t p = 0; p < KB_COUNT(payloads); p++) {
            for (size_t r = 0; r < KB_COUNT(requests); r++) {
                const struct sweep sweep = {
                    "docker", words[w], requests[r], payloads[p], docker_may, NULL};

                assert_true(run(&sweep).answered > 0 || *payloads[p]);
            }
        }
    }
}

/* What is to be stored is nobody's: no answer but the documented texts, none of it repeated. */
static bool store_may(const struct kb_buf *spoilt, const struct hostile_verdict *verdict)
{
    (void)spoilt;
    return verdict->call.talk.request.op == KB_OP_STORE && verdict->call.talk.reply.out.len == 0;
}

static void test_injected_docker_store(void **state)
{
    static const char request[] =
        "{\"ServerURL\":\"https://" VICTIM "\",\"Username\":\"a\",\"Secret\":\"pw\"}";
    const struct sweep sweep = {"docker", "store", request, "", store_may, NULL};

    (void)state;
    assert_true(run(&sweep).answered > 0);
}

/* --- get ------------------------------------------------------------------------------- */

static bool get_may(const struct kb_buf *spoilt, const struct hostile_verdict *verdict)
{
    bool victim = strcmp(verdict->profile, "victim") == 0;

    return strcmp(proto_call_out(&verdict->call), GET_ANSWER) == 0 &&
           strstr(kb_buf_text(spoilt), "\"uri\"") &&
           strstr(kb_buf_text(spoilt),
               victim ? "\"https://" VICTIM "/v1\"" : "\"https://" OTHER "/v1\"");
}

#define GET_REQUEST(host) "{\"future\":\"z\", \"uri\":\"https://" host "/v1\"}"

static void test_injected_get(void **state)
{
    static const char *const payloads[] = {"", "https://" VICTIM "/v1", "\"", "\\"};
    static const char *const requests[] = {GET_REQUEST(VICTIM), GET_REQUEST(OTHER)};

    (void)state;
    for (size_t p = 0; p < KB_COUNT(payloads); p++) {
        for (size_t r = 0; r < KB_COUNT(requests); r++) {
            const struct sweep sweep = {"get", "", requests[r], payloads[p], get_may, NULL};

            assert_true(run(&sweep).answered > 0 || *payloads[p]);
        }
    }
}

/* URL with the character CODE inserted at AT, or in place of what stood there. */
static void put_escaped(
    struct kb_buf *out, const char *url, size_t at, unsigned code, bool inserted)
{
    kb_buf_reset(out);
    kb_buf_fmt(
        out, "{\"uri\":\"%.*s\\u%04x%s\"}", (int)at, url, code, url + at + (inserted ? 0 : 1));
}

static bool victim_may(const struct kb_buf *spoilt, const struct hostile_verdict *verdict)
{
    (void)spoilt;
    return strcmp(verdict->profile, "victim") == 0;
}

/* The same characters as JSON spells them: well-formed requests whose address holds one. */
static void test_injected_get_escaped(void **state)
{
    const struct sweep same = {"get", "", "", "", victim_may, NULL},
                       none = {"get", "", "", "", store_may, NULL};
    static const char url[] = "https://" VICTIM "/v1";
    static const unsigned codes[] = {
        0x7f, 0x85, 0xad, 0x200b, 0x202e, 0x2028, 0x2029, 0xfeff, 0xff0e, 0x3002, 0xff0f, 0x2215};
    KB_AUTO(kb_config_clear) struct kb_config config = hostile_config();
    KB_AUTO(kb_buf_clear) struct kb_buf input = KB_BUF_INIT(4096);
    struct tally good = {0}, bad = {0};

    (void)state;
    for (size_t at = 0; at < strlen(url); at++) {
        put_escaped(&input, url, at, (unsigned char)url[at], false);
        ask_one(&same, &config, &input, &good);
    }
    assert_int_equal(good.answered, strlen(url)); /* or the rest would prove nothing */
    for (unsigned i = 0; i < 0x20 + KB_COUNT(codes); i++) {
        for (size_t at = 0; at <= strlen(url); at++) {
            put_escaped(&input, url, at, i < 0x20 ? i : codes[i - 0x20], true);
            ask_one(&none, &config, &input, &bad);
        }
    }
    assert_int_equal(bad.answered, 0);
}

/* --- kubectl ----------------------------------------------------------------------------- */

#define EXEC_INFO "KUBERNETES_EXEC_INFO"
#define KUBECTL_REQUEST(host)                                                                      \
    "{\"apiVersion\":\"client.authentication.k8s.io/"                                              \
    "v1\",\"spec\":{\"cluster\":{\"server\":\"https://" host "/v1\"}}}\n"
#define KUBECTL_ANSWER                                                                             \
    "{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{" \
    "\"token\":\"" TEST_TOKEN "\",\"expirationTimestamp\":\"2030-01-01T00:00:00Z\"}}\n"

static bool kubectl_may(const struct kb_buf *spoilt, const struct hostile_verdict *verdict)
{
    bool victim = strcmp(verdict->profile, "victim") == 0;

    return strcmp(proto_call_out(&verdict->call), KUBECTL_ANSWER) == 0 &&
           strstr(kb_buf_text(spoilt), "\"server\"") &&
           strstr(kb_buf_text(spoilt),
               victim ? "\"https://" VICTIM "/v1\"" : "\"https://" OTHER "/v1\"");
}

static void test_injected_kubectl(void **state)
{
    static const char *const payloads[] = {
        "", "https://" VICTIM "/v1", ("\",\"server\":\"https://" VICTIM)};
    static const char *const requests[] = {KUBECTL_REQUEST(VICTIM), KUBECTL_REQUEST(OTHER)};

    (void)state;
    for (size_t p = 0; p < KB_COUNT(payloads); p++) {
        for (size_t r = 0; r < KB_COUNT(requests); r++) {
            const struct sweep sweep = {
                "kubectl", "", requests[r], payloads[p], kubectl_may, EXEC_INFO};

            assert_true(run(&sweep).answered > 0 || *payloads[p]);
        }
    }
}

/* A profile that is named makes up for no part of the server. */
static bool never_victim(const struct kb_buf *spoilt, const struct hostile_verdict *verdict)
{
    (void)spoilt;
    return strcmp(verdict->profile, "victim") != 0;
}

static void test_injected_kubectl_named(void **state)
{
    const struct sweep sweep = {
        "kubectl", "neighbour", KUBECTL_REQUEST(VICTIM), "", never_victim, EXEC_INFO};

    (void)state;
    run(&sweep);
}

/* --- headers ----------------------------------------------------------------------------- */

#define MCP_SERVER "CLAUDE_CODE_MCP_SERVER_URL"

static bool headers_may(const struct kb_buf *spoilt, const struct hostile_verdict *verdict)
{
    static const char answer[] = "{\"Authorization\":\"Bearer " TEST_TOKEN "\"}\n";
    bool victim = strcmp(verdict->profile, "victim") == 0;
    const char *host = victim ? "https://" VICTIM : "https://" OTHER;
    const char *text = kb_buf_text(spoilt), *behind = text + strlen(host);

    return strcmp(proto_call_out(&verdict->call), answer) == 0 &&
           strncmp(text, host, strlen(host)) == 0 && (*behind == '/' || *behind == '\0');
}

static void test_injected_headers(void **state)
{
    static const char *const words[] = {"", "victim", "https://" VICTIM "/v1"};
    static const char *const payloads[] = {"", "@" VICTIM "/"};
    static const char *const requests[] = {
        "https://" VICTIM "/mcp?key=x", "https://" OTHER "/mcp?key=x"};

    (void)state;
    for (size_t w = 0; w < KB_COUNT(words); w++) {
        for (size_t p = 0; p < KB_COUNT(payloads); p++) {
            for (size_t r = 0; r < KB_COUNT(requests); r++) {
                const struct sweep sweep = {
                    "headers", words[w], requests[r], payloads[p], headers_may, MCP_SERVER};
                bool none = *words[w] && r > 0; /* the command is for another server */

                assert_true(none ? run(&sweep).answered == 0 : run(&sweep).answered > 0);
            }
        }
    }
}

/* --- cargo ----------------------------------------------------------------------------- */

#define CARGO_WORDS "--cargo-plugin"
#define CARGO_ANSWER                                                                               \
    "{\"Ok\":{\"kind\":\"get\",\"token\":\"Bearer " TEST_TOKEN                                     \
    "\",\"cache\":\"expires\",\"expiration\":1893456000,\"operation_independent\":true}}\n"
#define CARGO_LOGOUT "{\"Ok\":{\"kind\":\"logout\"}}\n"
#define CARGO_REQUEST(host, kind)                                                                  \
    "{\"v\":1,\"registry\":{\"index-url\":\"sparse+https://" host                                  \
    "/i\",\"name\":\"z\"},\"kind\":\"" kind "\",\"args\":[\"--profile\",\"victim\"]}\n"

/* A host that is spoilt is nobody's; where the person's own words are, they name who may answer. */
static bool cargo_may(const struct kb_buf *spoilt, const struct hostile_verdict *verdict)
{
    const char *text = kb_buf_text(spoilt), *out = proto_call_out(&verdict->call);
    bool victim = strcmp(verdict->profile, "victim") == 0;

    return strstr(text, "\"index-url\"") && (victim || !strstr(text, "\"args\"")) &&
           strstr(text, victim ? "+https://" VICTIM "/i\"" : "+https://" OTHER "/i\"") &&
           (strcmp(out, CARGO_ANSWER) == 0 || strcmp(out, CARGO_LOGOUT) == 0);
}

static void test_injected_cargo(void **state)
{
    static const char *const payloads[] = {
        "", "https://" VICTIM "/i", "\"", "\\", CARGO_REQUEST(OTHER, "get")};
    static const char *const requests[] = {
        CARGO_REQUEST(VICTIM, "get"), CARGO_REQUEST(VICTIM, "logout"), CARGO_REQUEST(OTHER, "get")};

    (void)state;
    for (size_t p = 0; p < KB_COUNT(payloads); p++) {
        for (size_t r = 0; r < KB_COUNT(requests); r++) {
            const struct sweep sweep = {
                "cargo", CARGO_WORDS, requests[r], payloads[p], cargo_may, NULL};
            bool is_plain = !*payloads[p] && strstr(requests[r], VICTIM "/i");

            assert_true(run(&sweep).answered > 0 || !is_plain);
        }
    }
}

/* --- nuget ----------------------------------------------------------------------------- */

#define NUGET_REQUEST(host)                                                                        \
    "{\"RequestId\":\"i1\",\"Type\":\"Request\",\"Method\":\"GetAuthenticationCredentials\","      \
    "\"Payload\":{\"Uri\":\"https://" host "/v3\",\"IsRetry\":true}}\n"
#define NUGET_ANSWER                                                                               \
    "{\"RequestId\":\"i1\",\"Type\":\"Response\",\"Method\":\"GetAuthenticationCredentials\","     \
    "\"Payload\":{\"ResponseCode\":\"Success\",\"Username\":\"oauth2\",\"Password\":\"" TEST_TOKEN \
    "\",\"AuthenticationTypes\":[\"Basic\"]}}\n"

static bool nuget_may(const struct kb_buf *spoilt, const struct hostile_verdict *verdict)
{
    const char *text = kb_buf_text(spoilt);
    bool victim = strcmp(verdict->profile, "victim") == 0;

    return strcmp(proto_call_out(&verdict->call), NUGET_ANSWER) == 0 && strstr(text, "\"Uri\"") &&
           strstr(text, victim ? "\"https://" VICTIM "/v3\"" : "\"https://" OTHER "/v3\"");
}

static void test_injected_nuget(void **state)
{
    static const char *const payloads[] = {"", "\""};
    static const char *const requests[] = {NUGET_REQUEST(VICTIM), NUGET_REQUEST(OTHER)};

    (void)state;
    for (size_t p = 0; p < KB_COUNT(payloads); p++) {
        for (size_t r = 0; r < KB_COUNT(requests); r++) {
            const struct sweep sweep = {
                "nuget", "-Plugin", requests[r], payloads[p], nuget_may, NULL};

            assert_true(run(&sweep).answered > 0 || *payloads[p]);
        }
    }
}

/* --- what stands in the command line ------------------------------------------------------- */

/* SUBJECT decides whose token it is: the victim's; all of it is spoilt. */
static const struct {
    const char *proto, *before, *subject, *behind;
} commands[] = {
    {"token", "", "https://" VICTIM "/v1", ""},
    {"token", "", "victim", ""},
    {"header", "", "https://" VICTIM "/v1", ""},
    {"header", "", "victim", ""},
    {"headers", "", "https://" VICTIM "/v1", ""},
    {"headers", "", "victim", ""},
    {"goauth", "", "https://" VICTIM "/v1", ""},
    {"terraform", "get ", VICTIM, ""},
    {"terraform", "forget ", VICTIM, ""},
    {"terraform", "get ", VICTIM ":443", ""},
    {"keyring", "get ", "https://" VICTIM "/v1", " alice"},
    {"keyring", "get ", VICTIM ":443", " alice"},
    {"keyring", "get https://" VICTIM "/v1 ", "alice", ""},
    {"keyring", "--profile ", "victim", " get https://" VICTIM "/v1 alice"},
    {"pnpm", "", "victim", ""},
    {"netrc", "", "https://" VICTIM "/v1", ""},
};

static void assert_whose(
    const struct kb_config *config, const char *proto, const char *words, const char *profile)
{
    KB_AUTO(kb_buf_clear) struct kb_buf nothing = KB_BUF_INIT(1);
    struct hostile_verdict verdict;

    hostile_ask(&verdict, config, proto_named(proto), words, &nothing);
    if (strcmp(verdict.profile, profile) != 0)
        fail_msg("%s %s is answered for %s", proto, words, verdict.profile);
    proto_call_close(&verdict.call);
}

static void test_injected_command_line(void **state)
{
    KB_AUTO(kb_config_clear) struct kb_config config = hostile_config();
    struct hostile_bytes bytes[HOSTILE_BYTES];
    size_t count = hostile_bytes(bytes);

    (void)state;
    for (size_t c = 0; c < KB_COUNT(commands); c++) {
        const char *before = commands[c].before, *subject = commands[c].subject;
        const char *proto = commands[c].proto, *behind = commands[c].behind;
        char words[128];

        snprintf(words, sizeof(words), "%s%s%s", before, subject, behind);
        assert_whose(&config, proto, words, "victim"); /* or the rest proves nothing */
        for (size_t i = 1; i < count; i++) {           /* an argument holds no NUL */
            for (size_t at = 0; at <= strlen(subject); at++) {
                snprintf(words, sizeof(words), "%s%.*s%s%s%s", before, (int)at, subject,
                    bytes[i].text, subject + at, behind);
                assert_whose(&config, proto, words, "");
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_injected_git),
        cmocka_unit_test(test_injected_docker),
        cmocka_unit_test(test_injected_docker_store),
        cmocka_unit_test(test_injected_get),
        cmocka_unit_test(test_injected_get_escaped),
        cmocka_unit_test(test_injected_kubectl),
        cmocka_unit_test(test_injected_kubectl_named),
        cmocka_unit_test(test_injected_headers),
        cmocka_unit_test(test_injected_cargo),
        cmocka_unit_test(test_injected_nuget),
        cmocka_unit_test(test_injected_command_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
