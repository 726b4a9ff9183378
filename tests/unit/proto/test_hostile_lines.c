/*
 * Long lines. A host hidden behind padding must not surface, whatever size of buffer the
 * padding was made for; the limits are exact, and behind them there is silence.
 */
#include "hostile.h"

#include "proto/lines.h"

#define PAD_MAX 200000
#define BEFORE 128 /* more than what stands before the padding on its line, or in its request */
#define CHUNK 2048 /* what is read at once */

/* EDGE - 2 to EDGE + 2, also for what is padded up to EDGE with what stands before it. */
static bool is_near(size_t pad, size_t edge)
{
    return pad + BEFORE + 2 >= edge && pad <= edge + 2;
}

/*
 * Every length from 2^k - 130 to 2^k + 2, and around the limits of a line. The whole: also
 * every place in the first four chunks, around the end of each later chunk, and in between
 * one in 97. Every single length would be the same read() over and over, for hours.
 */
static bool is_wanted(size_t pad)
{
    if (pad < 70 || pad == PAD_MAX || is_near(pad, KB_LINE_MAX + 2))
        return true;
    for (size_t power = 64; power <= 2 * PAD_MAX; power *= 2) {
        if (is_near(pad, power))
            return true;
    }
    return hostile_full() &&
           (pad < 4 * CHUNK || pad % 97 == 0 || is_near(pad, (pad + BEFORE + 2) / CHUNK * CHUNK));
}

static void assert_verdict(const struct kb_config *config, const char *proto, const char *words,
    const struct kb_buf *input, const char *expected)
{
    struct hostile_verdict verdict;

    hostile_ask(&verdict, config, proto_named(proto), words, input);
    if (strcmp(verdict.profile, expected) != 0)
        fail_msg("%s %s of %zu bytes is answered for \"%s\", not for \"%s\"", proto, words,
            input->len, verdict.profile, expected);
    proto_call_close(&verdict.call);
}

/* --- git ------------------------------------------------------------------------------- */

static void put_git(
    struct kb_buf *out, const char *key, size_t pad, const char *edge, const char *end)
{
    kb_buf_reset(out);
    kb_buf_str(out, "protocol=https\n");
    kb_buf_str(out, key);
    hostile_pad(out, 'x', pad);
    kb_buf_str(out, edge);
    kb_buf_str(out, "host=" VICTIM);
    kb_buf_str(out, end);
    kb_buf_str(out, "host=" OTHER "\n");
}

/* A server chooses what stands in wwwauth[]; a repository what stands in path. */
static void test_long_line_git(void **state)
{
    static const char *const keys[] = {"wwwauth[]=", "capability[]=", "future="};
    static const char *const ends[] = {"\n", "\r\n"};
    KB_AUTO(kb_config_clear) struct kb_config config = hostile_config();
    KB_AUTO(kb_buf_clear) struct kb_buf input = KB_BUF_INIT(KB_INPUT_MAX);

    (void)state;
    for (size_t pad = 1; pad <= PAD_MAX; pad += 1) {
        if (!is_wanted(pad))
            continue;
        for (size_t i = 0; i < KB_COUNT(keys); i++) {
            bool fits = strlen(keys[i]) + pad + strlen("host=" VICTIM) <= KB_LINE_MAX;

            for (size_t e = 0; e < KB_COUNT(ends); e++) {
                put_git(&input, keys[i], pad, "", ends[e]);
                assert_verdict(&config, "git", "get", &input, fits ? "neighbour" : "");
            }
            put_git(&input, keys[i], pad, "\r", "\n"); /* not the end of a line */
            assert_verdict(&config, "git", "get", &input, "");
            put_git(&input, keys[i], pad, "\n", "\n"); /* two lines, two hosts */
            assert_verdict(&config, "git", "get", &input, "");
        }
    }
}

static void test_long_line_git_in_every_value(void **state)
{
    static const char *const keys[] = {"host=", "path=", "username=", "password=", "credential=",
        "protocol=", "", "=", "wwwauth[]=\nwwwauth[]="};
    static const char *const words[] = {"get", "erase", "store"};
    KB_AUTO(kb_config_clear) struct kb_config config = hostile_config();
    KB_AUTO(kb_buf_clear) struct kb_buf input = KB_BUF_INIT(KB_INPUT_MAX);

    (void)state;
    for (size_t pad = 0; pad <= PAD_MAX; pad += 1) {
        if (!is_wanted(pad))
            continue;
        for (size_t i = 0; i < KB_COUNT(keys); i++) {
            for (size_t w = 0; w < KB_COUNT(words); w++) {
                struct hostile_verdict verdict;

                put_git(&input, keys[i], pad, "", "\n");
                hostile_ask(&verdict, &config, proto_named("git"), words[w], &input);
                assert_string_not_equal(verdict.profile, "victim");
                proto_call_close(&verdict.call);
            }
        }
    }
}

/* Many lines, each of a harmless length, up to the last byte that is read. */
static void test_long_line_git_whole_request(void **state)
{
    static const char address[] = "protocol=https\nhost=" VICTIM;
    static const char *const ends[] = {"", "\n", "\r\n"};
    KB_AUTO(kb_config_clear) struct kb_config config = hostile_config();
    KB_AUTO(kb_buf_clear) struct kb_buf input = KB_BUF_INIT(KB_INPUT_MAX + 8);

    (void)state;
    for (size_t e = 0; e < KB_COUNT(ends); e++) {
        for (size_t total = KB_INPUT_MAX - 3; total <= KB_INPUT_MAX + 3; total++) {
            kb_buf_reset(&input);
            while (total - input.len > 70000) {
                kb_buf_str(&input, "wwwauth[]=");
                hostile_pad(&input, 'x', 65525);
                kb_buf_byte(&input, '\n');
            }
            kb_buf_str(&input, "future=");
            hostile_pad(&input, 'x', total - input.len - 1 - strlen(address) - strlen(ends[e]));
            kb_buf_byte(&input, '\n');
            kb_buf_str(&input, address);
            kb_buf_str(&input, ends[e]);
            assert_int_equal(input.len, total);
            assert_verdict(&config, "git", "get", &input, total <= KB_INPUT_MAX ? "victim" : "");
        }
    }
}

/* --- docker ---------------------------------------------------------------------------- */

static void test_long_line_docker(void **state)
{
    static const char *const edges[] = {"\n", "\r", "\r\n", " ", "\t"};
    const size_t longest = sizeof((struct kb_request){0}.echoed) - 1;
    KB_AUTO(kb_config_clear) struct kb_config config = hostile_config();
    KB_AUTO(kb_buf_clear) struct kb_buf input = KB_BUF_INIT(KB_INPUT_MAX);

    (void)state;
    for (size_t pad = 0; pad <= PAD_MAX; pad += 1) {
        if (!is_wanted(pad) && (pad < longest - 70 || pad > longest + 2))
            continue;
        for (size_t i = 0; i < KB_COUNT(edges); i++) {
            kb_buf_reset(&input);
            kb_buf_str(&input, OTHER "/");
            hostile_pad(&input, 'x', pad);
            kb_buf_str(&input, edges[i]);
            assert_verdict(&config, "docker", "get", &input,
                strlen(OTHER "/") + pad <= longest ? "neighbour" : "");
            kb_buf_str(&input, VICTIM);
            assert_verdict(&config, "docker", "get", &input, "");
        }
        kb_buf_reset(&input);
        hostile_pad(&input, 'x', pad);
        kb_buf_str(&input, VICTIM);
        assert_verdict(&config, "docker", "get", &input, pad ? "" : "victim");
    }
}

static void test_long_line_docker_whole_request(void **state)
{
    KB_AUTO(kb_config_clear) struct kb_config config = hostile_config();
    KB_AUTO(kb_buf_clear) struct kb_buf input = KB_BUF_INIT(KB_INPUT_MAX + 8);

    (void)state;
    for (size_t total = KB_INPUT_MAX - 3; total <= KB_INPUT_MAX + 3; total++) {
        kb_buf_reset(&input);
        hostile_pad(&input, ' ', total - strlen(VICTIM));
        kb_buf_str(&input, VICTIM);
        assert_verdict(&config, "docker", "get", &input, total <= KB_INPUT_MAX ? "victim" : "");
    }
}

/* --- get ------------------------------------------------------------------------------- */

static void put_get(struct kb_buf *out, const char *before, size_t pad, const char *behind)
{
    kb_buf_reset(out);
    kb_buf_str(out, before);
    hostile_pad(out, 'x', pad);
    kb_buf_str(out, behind);
}

static void test_long_line_get(void **state)
{
    static const char path[] = "{\"uri\":\"https://" OTHER "/";
    static const char query[] = "{\"uri\":\"https://" OTHER "/?";
    static const char member[] = "{\"uri\":\"https://" OTHER "/\",\"future\":\"";
    const size_t longest = sizeof((struct kb_url){0}.path) - 1;
    KB_AUTO(kb_config_clear) struct kb_config config = hostile_config();
    KB_AUTO(kb_buf_clear) struct kb_buf input = KB_BUF_INIT(KB_INPUT_MAX);

    (void)state;
    for (size_t pad = 0; pad <= PAD_MAX; pad += 1) {
        if (!is_wanted(pad) && (pad < longest - 70 || pad > longest + 2))
            continue;
        put_get(&input, path, pad, "https://" VICTIM "/\"}");
        assert_verdict(&config, "get", "", &input,
            strlen("/https://" VICTIM "/") + pad <= longest ? "neighbour" : "");
        put_get(&input, query, pad, "https://" VICTIM "/\"}");
        assert_verdict(&config, "get", "", &input, "neighbour");
        put_get(&input, member, pad, "https://" VICTIM "/\"}");
        assert_verdict(&config, "get", "", &input, "neighbour");
        put_get(&input, member, pad, "\",\"uri\":\"https://" VICTIM "/\"}");
        assert_verdict(&config, "get", "", &input, "");
        put_get(&input, "{\"uri\":\"https://", pad, VICTIM "/\"}");
        assert_verdict(&config, "get", "", &input, pad ? "" : "victim");
    }
}

static void test_long_line_get_whole_request(void **state)
{
    KB_AUTO(kb_config_clear) struct kb_config config = hostile_config();
    KB_AUTO(kb_buf_clear) struct kb_buf input = KB_BUF_INIT(KB_INPUT_MAX + 8);

    (void)state;
    for (size_t total = KB_INPUT_MAX - 3; total <= KB_INPUT_MAX + 3; total++) {
        kb_buf_reset(&input);
        kb_buf_str(&input, "{\"uri\":\"https://" VICTIM "/\"");
        hostile_pad(&input, ' ', total - input.len - 1);
        kb_buf_byte(&input, '}');
        assert_verdict(&config, "get", "", &input, total <= KB_INPUT_MAX ? "victim" : "");
    }
}

/* --- headers and kubectl: the same in a variable ----------------------------------------- */

static void assert_variable(const struct kb_config *config, const char *proto, const char *name,
    const struct kb_buf *value, const char *expected)
{
    struct hostile_verdict verdict;

    hostile_ask_variable(&verdict, config, proto_named(proto), "", name, value);
    if (strcmp(verdict.profile, expected) != 0)
        fail_msg("%s for %zu bytes is answered for \"%s\", not for \"%s\"", proto, value->len,
            verdict.profile, expected);
    proto_call_close(&verdict.call);
}

static void test_long_line_variables(void **state)
{
    static const char headers[] = "CLAUDE_CODE_MCP_SERVER_URL", kubectl[] = "KUBERNETES_EXEC_INFO";
    static const char info[] = "{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"spec\":"
                               "{\"cluster\":{\"server\":\"https://" OTHER "/";
    const size_t longest = sizeof((struct kb_url){0}.path) - 1;
    KB_AUTO(kb_config_clear) struct kb_config config = hostile_config();
    KB_AUTO(kb_buf_clear) struct kb_buf value = KB_BUF_INIT(KB_INPUT_MAX);

    (void)state;
    for (size_t pad = 0; pad <= PAD_MAX; pad += 1) {
        bool fits = strlen("/https://" VICTIM "/") + pad <= longest;

        if (!is_wanted(pad) && (pad < longest - 70 || pad > longest + 2))
            continue;
        put_get(&value, "https://" OTHER "/", pad, "https://" VICTIM "/");
        assert_variable(&config, "headers", headers, &value, fits ? "neighbour" : "");
        put_get(&value, "https://" OTHER "/?", pad, "https://" VICTIM "/");
        assert_variable(&config, "headers", headers, &value, "neighbour");
        put_get(&value, "https://", pad, VICTIM "/");
        assert_variable(&config, "headers", headers, &value, pad ? "" : "victim");
        put_get(&value, info, pad, "https://" VICTIM "/\"}}}");
        assert_variable(&config, "kubectl", kubectl, &value, fits ? "neighbour" : "");
        put_get(&value, info, pad, "\",\"server\":\"https://" VICTIM "/\"}}}");
        assert_variable(&config, "kubectl", kubectl, &value, "");
    }
}

/* --- cargo ----------------------------------------------------------------------------- */

static void put_cargo(struct kb_buf *out, const char *before, size_t pad, const char *behind)
{
    kb_buf_reset(out);
    kb_buf_str(out, "{\"v\":1,\"kind\":\"get\",");
    kb_buf_str(out, before);
    hostile_pad(out, 'x', pad);
    kb_buf_str(out, behind);
    kb_buf_byte(out, '\n');
}

#define CARGO_INDEX(host) "\"registry\":{\"index-url\":\"sparse+https://" host "/"

static void test_long_line_cargo(void **state)
{
    const size_t longest = sizeof((struct kb_url){0}.path) - 1;
    KB_AUTO(kb_config_clear) struct kb_config config = hostile_config();
    KB_AUTO(kb_buf_clear) struct kb_buf input = KB_BUF_INIT(KB_INPUT_MAX);

    (void)state;
    for (size_t pad = 0; pad <= PAD_MAX; pad += 1) {
        if (!is_wanted(pad) && (pad < longest - 70 || pad > longest + 2))
            continue;
        put_cargo(&input, CARGO_INDEX(OTHER), pad, "https://" VICTIM "/\"}}");
        assert_verdict(&config, "cargo", "--cargo-plugin", &input,
            strlen("/https://" VICTIM "/") + pad <= longest ? "neighbour" : "");
        put_cargo(&input, "\"headers\":[\"", pad, "\"]," CARGO_INDEX(OTHER) "\"}}");
        assert_verdict(&config, "cargo", "--cargo-plugin", &input, "neighbour");
        put_cargo(&input, "\"headers\":[\"", pad, CARGO_INDEX(VICTIM) "\"}}");
        assert_verdict(&config, "cargo", "--cargo-plugin", &input, "");
        put_cargo(&input, "\"registry\":{\"index-url\":\"https://", pad, VICTIM "/\"}}");
        assert_verdict(&config, "cargo", "--cargo-plugin", &input, pad ? "" : "victim");
    }
}

static void test_long_line_cargo_whole_request(void **state)
{
    static const char index[] = CARGO_INDEX(VICTIM) "\"},\"headers\":[\"";
    KB_AUTO(kb_config_clear) struct kb_config config = hostile_config();
    KB_AUTO(kb_buf_clear) struct kb_buf input = KB_BUF_INIT(KB_INPUT_MAX + 8);
    size_t frame;

    (void)state;
    put_cargo(&input, index, 0, "\"]}");
    frame = input.len;
    for (size_t total = KB_INPUT_MAX - 3; total <= KB_INPUT_MAX + 3; total++) {
        put_cargo(&input, index, total - frame, "\"]}");
        assert_verdict(
            &config, "cargo", "--cargo-plugin", &input, total <= KB_INPUT_MAX ? "victim" : "");
    }
}

/* --- nuget ----------------------------------------------------------------------------- */

#define NUGET_MEMBERS                                                                              \
    "{\"RequestId\":\"7\",\"Type\":\"Request\",\"Method\":\"GetAuthenticationCredentials\","
#define NUGET_URI(host) "\"Payload\":{\"Uri\":\"https://" host "/"

static void put_nuget(struct kb_buf *out, const char *before, size_t pad, const char *behind)
{
    kb_buf_reset(out);
    kb_buf_str(out, NUGET_MEMBERS);
    kb_buf_str(out, before);
    hostile_pad(out, 'x', pad);
    kb_buf_str(out, behind);
    kb_buf_byte(out, '\n');
}

static void test_long_line_nuget(void **state)
{
    const size_t longest = sizeof((struct kb_url){0}.path) - 1;
    KB_AUTO(kb_config_clear) struct kb_config config = hostile_config();
    KB_AUTO(kb_buf_clear) struct kb_buf input = KB_BUF_INIT(KB_INPUT_MAX);

    (void)state;
    for (size_t pad = 0; pad <= PAD_MAX; pad += 1) {
        if (!is_wanted(pad) && (pad < longest - 70 || pad > longest + 2))
            continue;
        put_nuget(&input, NUGET_URI(OTHER), pad, "https://" VICTIM "/\"}}");
        assert_verdict(&config, "nuget", "-Plugin", &input,
            strlen("/https://" VICTIM "/") + pad <= longest ? "neighbour" : "");
        put_nuget(&input, "\"Future\":\"", pad, "\"," NUGET_URI(OTHER) "\"}}");
        assert_verdict(&config, "nuget", "-Plugin", &input, "neighbour");
        put_nuget(&input, "\"Future\":\"", pad, NUGET_URI(VICTIM) "\"}}");
        assert_verdict(&config, "nuget", "-Plugin", &input, "");
    }
}

/* --- token: a URL of the longest argument -------------------------------------------------- */

static void test_long_line_longest_host(void **state)
{
    KB_AUTO(kb_config_clear) struct kb_config config = hostile_config();
    KB_AUTO(kb_buf_clear) struct kb_buf input = KB_BUF_INIT(4096);

    (void)state;
    for (size_t pad = 1; pad <= 600; pad++) {
        put_get(&input, "protocol=https\nhost=", pad, "." VICTIM "\n");
        assert_verdict(&config, "git", "get", &input, "");
        put_get(&input, "protocol=https\nhost=" VICTIM, pad, "\n");
        assert_verdict(&config, "git", "get", &input, "");
        put_get(&input, "protocol=https\nhost=" VICTIM ":", pad, "\n");
        assert_verdict(&config, "git", "get", &input, "");
        put_get(&input, "protocol=https", pad, "\nhost=" VICTIM "\n");
        assert_verdict(&config, "git", "get", &input, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_long_line_git),
        cmocka_unit_test(test_long_line_git_in_every_value),
        cmocka_unit_test(test_long_line_git_whole_request),
        cmocka_unit_test(test_long_line_docker),
        cmocka_unit_test(test_long_line_docker_whole_request),
        cmocka_unit_test(test_long_line_get),
        cmocka_unit_test(test_long_line_get_whole_request),
        cmocka_unit_test(test_long_line_variables),
        cmocka_unit_test(test_long_line_cargo),
        cmocka_unit_test(test_long_line_cargo_whole_request),
        cmocka_unit_test(test_long_line_nuget),
        cmocka_unit_test(test_long_line_longest_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
