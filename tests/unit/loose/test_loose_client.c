/*
 * Which id and secret are a client, whose it is, and what its profile is called.
 */
#include "loose_test.h"

#include "loose/client.h"

enum { MAX = 1 << 16 };

/* "NAME ID/SECRET PRESET KEY=VALUE", and "NAME?WHY" of what is none. */
static const struct {
    const char *what;
    enum kb_loose_format format;
    const char *text, *found;
} rows[] = {
    {"Zuora's own names", KB_LOOSE_ENV,
        "ZUORA_CLIENT_ID=i\nZUORA_CLIENT_SECRET=s\nZUORA_BASE_URL=https://"
        "rest.apisandbox.zuora.com\n",
        "zuora i/s zuora environment=SBX\n"},
    {"its environment by name", KB_LOOSE_ENV,
        "ZUORA_CLIENT_ID=i\nZUORA_CLIENT_SECRET=s\nZUORA_ENVIRONMENT=CSBX_EU\n",
        "zuora i/s zuora environment=CSBX_EU\n"},
    {"a host that nobody publishes", KB_LOOSE_ENV,
        "ZUORA_CLIENT_ID=i\nZUORA_CLIENT_SECRET=s\nZUORA_ENDPOINT=https://copy.example.com/v1\n",
        "zuora i/s zuora host=copy.example.com\n"},
    {"no address", KB_LOOSE_ENV, "ZUORA_CLIENT_ID=i\nZUORA_CLIENT_SECRET=s\n", "zuora i/s zuora\n"},
    {"zr's own names", KB_LOOSE_ENV, "ZR_CLIENT_ID=i\nZR_CLIENT_SECRET=s\nZR_ENV=us-production\n",
        "zr i/s zuora environment=PROD_NA\n"},
    {"two tools of one provider", KB_LOOSE_ENV,
        "ZR_CLIENT_ID=i\nZR_CLIENT_SECRET=s\nZR_ENV=sandbox\n"
        "ZUORA_CLIENT_ID=j\nZUORA_CLIENT_SECRET=t\n",
        "zr i/s zuora environment=SBX\nzuora j/t zuora\n"},
    {"the samples' names", KB_LOOSE_ENV,
        "CLIENT_ID=i\nCLIENT_SECRET=s\nENDPOINT_BASE=https://rest.test.zuora.com\n",
        "zuora i/s zuora environment=CSBX\n"},
    {"names that are anybody's", KB_LOOSE_ENV,
        "CLIENT_ID=i\nCLIENT_SECRET=s\nBASE_URL=https://api.example.com\n", "client i/s -\n"},
    {"a preset by its name", KB_LOOSE_ENV, "AUTH0_CLIENT_ID=i\nAUTH0_CLIENT_SECRET=s\n",
        "auth0 i/s auth0\n"},
    {"nobody's that is known", KB_LOOSE_ENV, "ACME_CLIENT_ID=i\nACME_CLIENT_SECRET=s\n",
        "acme i/s -\n"},
    {"objects of their own", KB_LOOSE_JSON,
        "{\"a\": {\"env\": {\"ZUORA_CLIENT_ID\": \"i\", \"ZUORA_CLIENT_SECRET\": \"s\","
        "\"ZUORA_ENVIRONMENT\": \"SBX\"}},"
        "\"b\": {\"env\": {\"ZUORA_CLIENT_ID\": \"j\", \"ZUORA_CLIENT_SECRET\": \"t\"}}}",
        "zuora i/s zuora environment=SBX\nzuora-2 j/t zuora\n"},
    {"an id of another object", KB_LOOSE_JSON,
        "{\"a\": {\"clientId\": \"i\"}, \"b\": {\"clientSecret\": \"s\"}}",
        "clientSecret?has no id beside it\n"},
    {"TOML", KB_LOOSE_TOML, "[a.env]\nZUORA_CLIENT_ID = \"i\"\nZUORA_CLIENT_SECRET = \"s\"\n",
        "zuora i/s zuora\n"},
    {"two values of a name", KB_LOOSE_ENV, "X_CLIENT_ID=i\nX_CLIENT_SECRET=s\nX_CLIENT_SECRET=t\n",
        "X_CLIENT_SECRET?is there twice, or its id is\n"
        "X_CLIENT_SECRET?is there twice, or its id is\n"},
    {"one of two values is empty", KB_LOOSE_ENV,
        "X_CLIENT_ID=i\nX_CLIENT_SECRET=s\nX_CLIENT_SECRET=\n",
        "X_CLIENT_SECRET?is there twice, or its id is\n"
        "X_CLIENT_SECRET?is there twice, or its id is\n"},
    {"one of two ids is empty", KB_LOOSE_ENV,
        "X_CLIENT_ID=\"\"\nX_CLIENT_ID=i\nX_CLIENT_SECRET=s\n",
        "X_CLIENT_SECRET?is there twice, or its id is\n"},
    {"one of two is no string", KB_LOOSE_JSON,
        "{\"X_CLIENT_ID\": \"i\", \"X_CLIENT_SECRET\": null, \"X_CLIENT_SECRET\": \"s\"}",
        "X_CLIENT_SECRET?is there twice, or its id is\n"
        "X_CLIENT_SECRET?is there twice, or its id is\n"},
    {"one of two is no string of TOML", KB_LOOSE_TOML,
        "client_id = \"i\"\nclient_secret = \"s\"\nclient_secret = 5\n",
        "client_secret?is there twice, or its id is\n"
        "client_secret?is there twice, or its id is\n"},
    {"an empty form", KB_LOOSE_ENV, "X_CLIENT_ID=\nX_CLIENT_SECRET=\n",
        "X_CLIENT_SECRET?is empty\n"},
    {"an object in place of a secret", KB_LOOSE_JSON,
        "{\"clientId\": \"i\", \"clientSecret\": {\"env\": \"X\"}}", "clientSecret?is no string\n"},
    {"an empty secret without an id", KB_LOOSE_ENV, "X_CLIENT_SECRET=\n", ""},
    {"a long text of TOML", KB_LOOSE_TOML, "client_id = \"i\"\nclient_secret = '''s'''\n",
        "client_secret?has three quotes around it\n"},
    {"several on a line", KB_LOOSE_ENV, "export X_CLIENT_SECRET=s X_CLIENT_ID=i\n",
        "X_CLIENT_SECRET?shares its line with others, which is not read\n"},
    {"several on a line, with a semicolon", KB_LOOSE_ENV, "X_CLIENT_ID=i;X_CLIENT_SECRET=s\n",
        "X_CLIENT_SECRET?shares its line with others, which is not read\n"},
    {"a semicolon", KB_LOOSE_ENV, "X_CLIENT_ID=i\nX_CLIENT_SECRET=s;t\n",
        "X_CLIENT_SECRET?has a ; in it, without quotes around it\n"},
    {"within quotes that begin in a value", KB_LOOSE_ENV,
        "NOTE=a\"\nX_CLIENT_ID=i\nX_CLIENT_SECRET=s\n\"\nY_CLIENT_ID=j\nY_CLIENT_SECRET=t\n",
        "y j/t -\nX_CLIENT_SECRET?may be a part of a value that begins above it\n"},
    {"within quotes of what is no assignment", KB_LOOSE_ENV,
        "NOTE: 'a\nX_CLIENT_ID=i\nX_CLIENT_SECRET=s\n'\n",
        "X_CLIENT_SECRET?may be a part of a value that begins above it\n"},
    {"a line that goes on", KB_LOOSE_ENV, "NOTE=a \\\nX_CLIENT_ID=i\nX_CLIENT_SECRET=s\n",
        "X_CLIENT_ID?may be a part of a value that begins above it\n"},
    {"a line that goes on, with CRLF", KB_LOOSE_ENV,
        "NOTE=a \\\r\nX_CLIENT_ID=i\r\nX_CLIENT_SECRET=s\r\n",
        "X_CLIENT_ID?may be a part of a value that begins above it\n"},
    {"quotes that end nowhere, and in comments", KB_LOOSE_ENV,
        "NOTE=it's\n# is not \\\nX_CLIENT_ID=i # it\"s\nX_CLIENT_SECRET=s\n", "x i/s -\n"},
    {"a mark of UTF-8", KB_LOOSE_ENV, "\xEF\xBB\xBFX_CLIENT_ID=i\nX_CLIENT_SECRET=s\n",
        "x i/s -\n"},
    {"a mark of UTF-8 before JSON", KB_LOOSE_JSON,
        "\xEF\xBB\xBF{\"clientId\": \"i\", \"clientSecret\": \"s\"}", "client i/s -\n"},
    {"a name that is escaped", KB_LOOSE_JSON,
        "{\"X_CLIENT\\u005FID\": \"i\", \"X_CLIENT_SECRET\": \"s\"}",
        "X_CLIENT\\u005FID?has a backslash in its name\n"},
    {"a text within a shell's file", KB_LOOSE_SHELL,
        "cat <<-'EOF' >x\nX_CLIENT_ID=i\nX_CLIENT_SECRET=s\n\tEOF\n"
        "Y_CLIENT_ID=j\nY_CLIENT_SECRET=t\n",
        "y j/t -\nX_CLIENT_SECRET?is in a text that a command reads\n"},
    {"what begins no text", KB_LOOSE_SHELL,
        "# <<EOF\ncat <<<EOF\nx=$((1 <<2))\nX_CLIENT_ID=i\nX_CLIENT_SECRET=s\n", "x i/s -\n"},
    {"what is not understood", KB_LOOSE_ENV, "X_CLIENT_ID=i\nX_CLIENT_SECRET=$(pass x)\n",
        "X_CLIENT_SECRET?has a $ or a backquote, which a shell would replace\n"},
    {"an id that is not understood", KB_LOOSE_ENV, "X_CLIENT_ID=a\\b\nX_CLIENT_SECRET=s\n",
        "X_CLIENT_ID?has a backslash\n"},
    {"no secret", KB_LOOSE_ENV, "X_CLIENT_ID=i\nX_TOKEN=abcdef\n", ""},
};

static void describe(const char *text, const struct kb_loose_clients *clients, struct kb_buf *out)
{
    for (size_t i = 0; i < clients->count; i++) {
        const struct kb_loose_client *client = &clients->items[i];

        kb_buf_fmt(out, "%s ", client->name);
        put_span(out, text, client->of_id->value);
        kb_buf_byte(out, '/');
        put_span(out, text, client->of_secret->value);
        kb_buf_fmt(out, " %s", client->preset ? client->preset->name : "-");
        if (client->key)
            kb_buf_fmt(out, " %s=%s", client->key, client->value);
        kb_buf_byte(out, '\n');
    }
    for (size_t i = 0; i < clients->doubt_count; i++) {
        put_span(out, text, clients->doubts[i].entry->name);
        kb_buf_fmt(out, "?%s\n", clients->doubts[i].why);
    }
}

static void test_clients(void **state)
{
    (void)state;
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        KB_AUTO(kb_loose_entries_clear) struct kb_loose_entries entries = {0};
        KB_AUTO(kb_buf_clear) struct kb_buf found = KB_BUF_INIT(MAX);
        struct kb_loose_clients clients;

        kb_loose_parse(rows[i].format, rows[i].text, strlen(rows[i].text), &entries);
        kb_loose_find_clients(rows[i].text, &entries, &clients);
        describe(rows[i].text, &clients, &found);
        if (strcmp(kb_buf_text(&found), rows[i].found) != 0)
            fail_msg("%s:\n%sinstead of\n%s", rows[i].what, kb_buf_text(&found), rows[i].found);
    }
}

static void test_more_than_fit(void **state)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(MAX);
    KB_AUTO(kb_loose_entries_clear) struct kb_loose_entries entries = {0};
    struct kb_loose_clients clients;

    (void)state;
    for (int i = 0; i <= 2 * KB_LOOSE_CLIENTS_MAX; i++)
        kb_buf_fmt(&text, "X%d_CLIENT_ID=i\nX%d_CLIENT_SECRET=s\n", i, i);
    kb_loose_parse(KB_LOOSE_ENV, kb_buf_text(&text), text.len, &entries);
    kb_loose_find_clients(kb_buf_text(&text), &entries, &clients);
    assert_int_equal(clients.count, KB_LOOSE_CLIENTS_MAX);
    assert_int_equal(clients.doubt_count, KB_LOOSE_CLIENTS_MAX);
    assert_int_equal(clients.left_out, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clients),
        cmocka_unit_test(test_more_than_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
