/*
 * Each format: which values are found on which line, what is not one, and what is not understood.
 */
#include "loose_test.h"

enum { MAX = 1 << 16 };

/* "LINE NAME=VALUE" of each credential; "LINE NAME?WHY" of what is not understood. */
static const struct {
    const char *what;
    enum kb_loose_format format;
    const char *text, *found;
} rows[] = {
    {"git's store", KB_LOOSE_URL_LINES, "https://me:hunter22@h.example\nhttps://h.example\n",
        "1 =hunter22\n"},
    {"a password with an @ and a colon", KB_LOOSE_URL_LINES, "https://me:p@ss:word@h/x@y\n",
        "1 =p@ss:word\n"},
    {"a password with a slash", KB_LOOSE_URL_LINES, "https://me:p/word@h/x@y\n", "1 =p/word\n"},
    {"an address without a password", KB_LOOSE_URL_LINES, "https://me@h\nx:y@z\n", ""},
    {"netrc", KB_LOOSE_NETRC, "machine h login me password hunter22\n", "1 password=hunter22\n"},
    {"netrc over lines, in quotes", KB_LOOSE_NETRC,
        "machine h\nlogin me\npassword\n \"hunter 22\"\n", "4 password=hunter 22\n"},
    {"netrc's macro", KB_LOOSE_NETRC, "macdef x\npassword notone\n\nmachine h password hunter22",
        "4 password=hunter22\n"},
    {"docker", KB_LOOSE_DOCKER, "{\"auths\": {\"h\": {\n\"auth\": \"bWU6aHVudGVy\"}}}",
        "2 auth=bWU6aHVudGVy\n"},
    {"docker with a helper", KB_LOOSE_DOCKER, "{\"auths\": {\"h\": {}}, \"credsStore\": \"pass\"}",
        ""},
    {"npm", KB_LOOSE_NPMRC,
        "; x\nregistry=https://h\n//h/:_authToken=npm_123456\n//h/:_auth = bWU6aHVudGVy\n",
        "3 _authToken=npm_123456\n4 _auth=bWU6aHVudGVy\n"},
    {"npm's reference", KB_LOOSE_NPMRC, "//h/:_authToken=${NPM_TOKEN}\n",
        "1 _authToken?has a $ or a backquote, which a shell would replace\n"},
    {"cargo", KB_LOOSE_TOML, "[registry]\ntoken = \"cio123456\" # mine\n", "2 token=cio123456\n"},
    {"terraform's JSON", KB_LOOSE_JSON, "{\"credentials\": {\"h\": {\"token\": \"abc.atlasv1\"}}}",
        "1 token=abc.atlasv1\n"},
    {"terraform's own", KB_LOOSE_TOML, "credentials \"h\" {\n  token = \"abc.atlasv1\"\n}\n",
        "2 token=abc.atlasv1\n"},
    {"in one line", KB_LOOSE_TOML, "credentials \"h\" { token = \"abc.atlasv1\" }\n",
        "1 token=abc.atlasv1\n"},
    {"TOML's long text", KB_LOOSE_TOML,
        "x = \"\"\"\ntoken = \"notone1\"\n\"\"\"\ntoken='abcdef1'\n", "4 token=abcdef1\n"},
    {"TOML's escape", KB_LOOSE_TOML, "token = \"ab\\\"cdefg\"\n", "1 token?has a backslash\n"},
    {".env", KB_LOOSE_ENV,
        "# A_TOKEN=abcdef1\nA_TOKEN=abcdef1\nexport B_TOKEN='abcdef2'\n C_TOKEN = \"abcdef3\" # "
        "x\n",
        "2 A_TOKEN=abcdef1\n3 B_TOKEN=abcdef2\n4 C_TOKEN=abcdef3\n"},
    {"CRLF", KB_LOOSE_ENV, "A_TOKEN=abcdef1\r\nB_TOKEN=abcdef2\r\n",
        "1 A_TOKEN=abcdef1\n2 B_TOKEN=abcdef2\n"},
    {"nothing is expanded", KB_LOOSE_ENV,
        "A_TOKEN=$(cat x)\nB_TOKEN=\"`id`\"\nC_TOKEN='$HOME1'\nD_TOKEN=${E}\n",
        "1 A_TOKEN?has a $ or a backquote, which a shell would replace\n"
        "2 B_TOKEN?has a $ or a backquote, which a shell would replace\n"
        "3 C_TOKEN?has a $ or a backquote, which a shell would replace\n"
        "4 D_TOKEN?has a $ or a backquote, which a shell would replace\n"},
    {"what programs read differently", KB_LOOSE_ENV,
        "A_TOKEN=abc#def\nB_TOKEN=abc def\nC_TOKEN=abc\\def\nD_TOKEN=\"abc\"def\nE_TOKEN=a'b'c\n",
        "1 A_TOKEN?has a quote or a # in it, without quotes around it\n"
        "2 B_TOKEN?has a space in it, without quotes around it\n"
        "3 C_TOKEN?has a backslash\n"
        "4 D_TOKEN?goes on behind its quotes\n"
        "5 E_TOKEN?has a quote or a # in it, without quotes around it\n"},
    {"a value of several lines", KB_LOOSE_ENV,
        "A_SECRET=\"one\nB_SECRET=notone1\n\"\nC_SECRET=abcdef1\n",
        "1 A_SECRET?goes over several lines\n4 C_SECRET=abcdef1\n"},
    {"several on a line", KB_LOOSE_ENV, "A_TOKEN=abcdef1; export B_TOKEN='abcdef2'\n",
        "1 A_TOKEN=abcdef1\n1 B_TOKEN=abcdef2\n"},
    {"a quote that does not end", KB_LOOSE_ENV, "A_SECRET='one\nB_SECRET=notone1\n",
        "1 A_SECRET?has a quote that does not end\n"},
    {"a shell's file", KB_LOOSE_SHELL,
        "if x; then\n  export A_TOKEN=abcdef1 B_TOKEN=\"abcdef2\"; C_TOKEN=abcdef3 prog\nfi\n"
        "declare -x D_TOKEN=abcdef4\necho A_TOKEN=notone1\nalias t='A_TOKEN=notone1'\n",
        "2 A_TOKEN=abcdef1\n2 B_TOKEN=abcdef2\n2 C_TOKEN=abcdef3\n4 D_TOKEN=abcdef4\n"},
    {"fish", KB_LOOSE_FISH, "set -gx A_TOKEN abcdef1\nset -x -g B_TOKEN 'abcdef2'\nfoo A_TOKEN x\n",
        "1 A_TOKEN=abcdef1\n2 B_TOKEN=abcdef2\n"},
    {"settings with comments", KB_LOOSE_JSON,
        "// \"aToken\": \"notone1\"\n{\"env\": {/* x */ \"aToken\": \"abcdef1\",\n},}",
        "2 aToken=abcdef1\n"},
    {"headers", KB_LOOSE_JSON,
        "{\"headers\": {\"Authorization\": \"Bearer abcdef1\", \"x-api-key\": \"abcdef2\"}}",
        "1 Authorization=Bearer abcdef1\n1 x-api-key=abcdef2\n"},
    {"references and words are no values", KB_LOOSE_JSON,
        "{\"token\": \"${T}\", \"a_token\": \"$TOKEN1\", \"password\": \"Enter your password\","
        "\"b_token\": \"/run/secrets/x\", \"c_token\": \"op://vault/x\", \"d_token\": \"\","
        "\"maxTokens\": \"123456\", \"e_token\": 123456, \"f_token\": \"<yours>\"}",
        ""},
    {"JSON that breaks off", KB_LOOSE_JSON, "{\"a_token\": \"abcdef1\", \"b_token\": \"abc",
        "1 a_token=abcdef1\n"},
    {"a strange name", KB_LOOSE_JSON, "{\"a\\u005ftoken\": \"abcdef1\"}",
        "1 a\\u005ftoken?has a backslash in its name\n"},
    {"a name beyond ASCII", KB_LOOSE_JSON, "{\"\\u00e4_token\": \"abcdef1\"}",
        "1 \\u00e4_token?has a backslash in its name\n"},
    {"a text within a shell's file", KB_LOOSE_SHELL, "cat <<EOF >x\nA_TOKEN=abcdef1\nEOF\n",
        "2 A_TOKEN=abcdef1\n"},
};

static void describe(const char *text, const struct kb_loose_entries *entries, struct kb_buf *out)
{
    for (size_t i = 0; i < entries->count; i++) {
        const struct kb_loose_entry *entry = &entries->items[i];

        if (entry->kind == KB_LOOSE_OTHER ||
            (!entry->why_not && !kb_loose_is_credential(text, entry)))
            continue;
        kb_buf_fmt(out, "%d ", entry->line);
        put_span(out, text, entry->name);
        kb_buf_str(out, entry->why_not ? "?" : "=");
        if (entry->why_not)
            kb_buf_str(out, entry->why_not);
        else
            put_span(out, text, entry->value);
        kb_buf_byte(out, '\n');
    }
}

static void test_each_format(void **state)
{
    (void)state;
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        KB_AUTO(kb_loose_entries_clear) struct kb_loose_entries entries = {0};
        KB_AUTO(kb_buf_clear) struct kb_buf found = KB_BUF_INIT(MAX);

        kb_loose_parse(rows[i].format, rows[i].text, strlen(rows[i].text), &entries);
        describe(rows[i].text, &entries, &found);
        if (strcmp(kb_buf_text(&found), rows[i].found) != 0)
            fail_msg("%s:\n%sinstead of\n%s", rows[i].what, kb_buf_text(&found), rows[i].found);
    }
}

static void test_kinds(void **state)
{
    static const struct {
        const char *name;
        enum kb_loose_kind kind;
    } names[] = {
        {"ZUORA_CLIENT_SECRET", KB_LOOSE_SECRET},
        {"clientSecret", KB_LOOSE_SECRET},
        {"GITHUB_TOKEN", KB_LOOSE_TOKEN},
        {"AWS_SECRET_ACCESS_KEY", KB_LOOSE_KEY},
        {"OPENAI_API_KEY", KB_LOOSE_KEY},
        {"db-password", KB_LOOSE_PASSWORD},
        {"AWS_ACCESS_KEY_ID", KB_LOOSE_OTHER},
        {"MAX_TOKENS", KB_LOOSE_OTHER},
        {"TOKEN_FILE", KB_LOOSE_OTHER},
        {"", KB_LOOSE_OTHER},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(names); i++)
        if (kb_loose_kind_of(names[i].name, strlen(names[i].name)) != names[i].kind)
            fail_msg("%s", names[i].name);
}

/* Each value is alone in a text of its size: the tests run under sanitizers. */
static void test_a_line_of_megabytes(void **state)
{
    enum { LONG = 1 << 20 };
    static const enum kb_loose_format formats[] = {KB_LOOSE_ENV, KB_LOOSE_SHELL, KB_LOOSE_FISH,
        KB_LOOSE_JSON, KB_LOOSE_TOML, KB_LOOSE_NPMRC, KB_LOOSE_NETRC, KB_LOOSE_URL_LINES};
    static const char *const repeated[] = {"x", "A_TOKEN=abcdef1 ",
        "{\"token\":\"abcdef1\",\"a\":", "[", "'", "\"", "password abcdef1 ", "https://a:b@"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(repeated); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(2 * LONG);

        while (text.len < LONG)
            kb_buf_str(&text, repeated[i]);
        for (size_t n = 0; n < KB_COUNT(formats); n++) {
            KB_AUTO(kb_loose_entries_clear) struct kb_loose_entries entries = {0};

            kb_loose_parse(formats[n], kb_buf_text(&text), text.len, &entries);
            assert_true(entries.count <= KB_LOOSE_ENTRIES_MAX);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_format),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_a_line_of_megabytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
