/*
 * What a configuration means, and where exactly each mistake in one is reported.
 */
#include "config_test.h"

#include "../pairs.h"

#include "config/preset.h"
#include "config/settings.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROFILE(body) "{\n  \"profiles\": {\n    \"p\": {\n      " body "\n    }\n  }\n}\n"
#define STORE "\"store\": \"sealed-file\""
#define URL "\"token_url\": \"https://sso.example.com/token\""
#define BASE URL ", " STORE

/* --- What it means ---------------------------------------------------------------- */

static void test_the_whole_vocabulary(void **state)
{
    const char *text =
        "{ // people write comments\n"
        "  \"$schema\": \"config.schema.json\",\n"
        "  \"profiles\": {\n"
        "    \"corp-git\": {\n"
        "      \"token_url\": \"https://sso.example.com/oauth2/token?x=1\",\n"
        "      \"client_auth\": \"client_secret_basic\", /* and more comments */\n"
        "      \"scope\": \"repo.read repo.write\", \"audience\": \"https://api.example.com\",\n"
        "      \"resource\": [\"https://a.example.com\", \"https://b.example.com\"],\n"
        "      \"form\": {\"organization\": \"org 1\"},\n"
        "      \"headers\": {\"X-One\": \"1\"}, \"api_headers\": {\"X-Two\": \"2\"},\n"
        "      \"match\": [\"https://git.example.com/team\", \"http://localhost:8080\"],\n"
        "      \"username\": \"me\", \"store\": \"sealed-file\", \"ca_file\": \"/etc/ssl/c.pem\",\n"
        "      \"token_type\": \"BearerToken\", \"accept_status\": \"201\", \"reply_type\": "
        "\"any\",\n"
        "      \"min_ttl\": 120, \"refresh_ahead\": 0, \"timeout\": 5, \"max_lifetime\": 600,\n"
        "      \"default_lifetime\": 60, \"strict_scope\": true\n"
        "    }\n"
        "  }\n"
        "}\n";
    struct kb_config config = config_of(text);
    const struct kb_profile *p = kb_config_find(&config, "corp-git");

    (void)state;
    assert_non_null(p);
    assert_null(p->preset);
    assert_string_equal(p->token_url_text, "https://sso.example.com/oauth2/token?x=1");
    assert_string_equal(p->token_url.host, "sso.example.com");
    assert_string_equal(p->client_auth, "client_secret_basic");
    assert_string_equal(p->scope, "repo.read repo.write");
    assert_string_equal(p->audience, "https://api.example.com");
    assert_int_equal(p->resources.count, 2);
    assert_string_equal(p->resources.items[1], "https://b.example.com");
    assert_string_equal(value_of(&p->form, "organization"), "org 1");
    assert_string_equal(value_of(&p->headers, "X-One"), "1");
    assert_string_equal(value_of(&p->api_headers, "X-Two"), "2");
    assert_int_equal(p->match_count, 2);
    assert_string_equal(p->match[0].path, "/team");
    assert_int_equal(p->match[1].port, 8080);
    assert_string_equal(p->username, "me");
    assert_string_equal(p->store, "sealed-file");
    assert_string_equal(p->ca_file, "/etc/ssl/c.pem");
    assert_string_equal(p->token_type, "BearerToken");
    assert_string_equal(p->accept_status, "201");
    assert_string_equal(p->reply_type, "any");
    assert_int_equal(p->min_ttl, 120);
    assert_int_equal(p->refresh_ahead, 0);
    assert_int_equal(p->timeout, 5);
    assert_int_equal(p->max_lifetime, 600);
    assert_int_equal(p->default_lifetime, 60);
    assert_true(p->strict_scope);
    kb_config_clear(&config);
}

static void test_a_profile_is_cleared_whole(void **state)
{
    struct kb_profile profile = KB_PROFILE_INIT;

    (void)state;
    kb_str_set(&profile.name, "p");
    kb_str_set(&profile.scope, "s");
    kb_strings_add(&profile.resources, "r");
    kb_pairs_add(&profile.form, "a", "b");
    profile.timeout = 5;
    kb_profile_clear(&profile);
    kb_profile_clear(&profile);
    kb_profile_clear(NULL);
    assert_null(profile.name);
    assert_null(profile.scope);
    assert_int_equal(profile.resources.count + profile.form.count, 0);
    assert_int_equal(profile.timeout, 0);
}

static void test_defaults(void **state)
{
    struct kb_config config = config_of(PROFILE(BASE));
    const struct kb_profile *p = &config.profiles[0];

    (void)state;
    assert_string_equal(p->client_auth, "client_secret_post");
    assert_null(p->scope);
    assert_null(p->username);
    assert_string_equal(p->token_username, "oauth2");
    assert_int_equal(p->match_count, 0);
    assert_int_equal(p->min_ttl, 0);
    assert_int_equal(p->refresh_ahead, -1);
    assert_int_equal(p->timeout, KB_PROFILE_TIMEOUT);
    assert_int_equal(p->max_lifetime, KB_PROFILE_MAX_LIFETIME);
    assert_int_equal(p->default_lifetime, 0);
    assert_false(p->strict_scope);
    kb_config_clear(&config);
}

/* A preset, what is said beside it, and what comes of it. */
static const struct {
    const char *body, *token_url, *host, *match; /* host, match: NULL for none */
} presets[] = {
    {"\"preset\": \"zuora\", \"host\": \"rest.apisandbox.zuora.com\"",
        "https://rest.apisandbox.zuora.com/oauth/token", "rest.apisandbox.zuora.com",
        "https://rest.apisandbox.zuora.com/"},
    {"\"preset\": \"zuora\", \"environment\": \"sbx\"",
        "https://rest.apisandbox.zuora.com/oauth/token", "rest.apisandbox.zuora.com",
        "https://rest.apisandbox.zuora.com/"},
    {"\"preset\": \"zuora\", \"host\": \"REST.Copy7.Zuora.com:443\"",
        "https://rest.copy7.zuora.com/oauth/token", "rest.copy7.zuora.com",
        "https://rest.copy7.zuora.com/"},
    {"\"preset\": \"zuora\", \"host\": \"rest.zuora.com\", \"match\": []",
        "https://rest.zuora.com/oauth/token", "rest.zuora.com", NULL},
    {"\"preset\": \"zuora\", \"host\": \"rest.zuora.com\", \"match\": \"https://x.example.com\"",
        "https://rest.zuora.com/oauth/token", "rest.zuora.com", "https://x.example.com/"},
    {"\"preset\": \"zuora\", \"token_url\": \"http://127.0.0.1:1/oauth/token\"",
        "http://127.0.0.1:1/oauth/token", NULL, NULL},
    {"\"preset\": \"azure-devops\", \"tenant\": \"contoso.onmicrosoft.com\"",
        "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token", NULL, NULL},
    {"\"preset\": \"twilio\"", "https://oauth.twilio.com/v2/token", NULL, NULL},
};

static void test_presets_fill_in(void **state)
{
    (void)state;
    for (size_t i = 0; i < KB_COUNT(presets); i++) {
        char text[1024];
        KB_AUTO(kb_buf_clear) struct kb_buf match = KB_BUF_INIT(2048);
        snprintf(text, sizeof(text), PROFILE("%s, " STORE), presets[i].body);
        struct kb_config config = config_of(text);
        const struct kb_profile *p = &config.profiles[0];
        assert_string_equal(p->token_url_text, presets[i].token_url);
        assert_int_equal(p->host != NULL, presets[i].host != NULL);
        if (p->host)
            assert_string_equal(p->host, presets[i].host);
        assert_int_equal(p->match_count, presets[i].match != NULL);
        if (p->match_count == 1) {
            kb_url_append(&p->match[0], &match);
            assert_string_equal(kb_buf_text(&match), presets[i].match);
        }
        kb_config_clear(&config);
    }
}

static void test_the_file_wins_over_the_preset(void **state)
{
    struct kb_config config = config_of(
        "{\"profiles\": {"
        "\"a\": {\"preset\": \"bitbucket-cloud\", " STORE "},"
        "\"b\": {\"preset\": \"bitbucket-cloud\", " STORE ", \"username\": \"me\","
        "        \"client_auth\": \"client_secret_post\"},"
        "\"c\": {\"preset\": \"azure-devops\", \"tenant\": \"t\", " STORE "},"
        "\"d\": {\"preset\": \"azure-devops\", \"tenant\": \"t\", \"scope\": \"s\", " STORE "},"
        "\"e\": {\"preset\": \"zuora\", \"environment\": \"PROD\", " STORE "},"
        "\"f\": {\"preset\": \"zuora\", \"environment\": \"PROD\", \"default_lifetime\": 0, " STORE
        "}}}");
    const struct kb_profile *p = config.profiles;

    (void)state;
    assert_null(p[0].username);
    assert_string_equal(p[0].token_username, "x-token-auth");
    assert_string_equal(p[0].client_auth, "client_secret_basic");
    assert_string_equal(p[1].username, "me");
    assert_null(p[1].token_username);
    assert_string_equal(p[1].client_auth, "client_secret_post");
    assert_string_equal(p[2].scope, "499b84ac-1321-427f-aa17-267ca6975798/.default");
    assert_string_equal(p[3].scope, "s");
    assert_int_equal(p[4].default_lifetime, 3600);
    assert_int_equal(p[5].default_lifetime, 0);
    kb_config_clear(&config);
}

static const char *pair_of(const struct kb_pairs *pairs, const char *name)
{
    for (size_t i = 0; i < pairs->count; i++)
        if (strcmp(pairs->items[i].name, name) == 0)
            return pairs->items[i].value;
    return "(none)";
}

/* Of pairs one by one: who adds a field keeps those that the provider needs. */
static void test_the_file_wins_pair_by_pair(void **state)
{
    struct kb_config config = config_of(
        "{\"profiles\": {"
        "\"a\": {\"preset\": \"box\", \"tenant\": \"77\", \"form\": {\"x\": \"y\"}, " STORE "},"
        "\"b\": {\"preset\": \"box\", \"tenant\": \"77\","
        "        \"form\": {\"box_subject_type\": \"user\"}, " STORE "}}}");
    const struct kb_profile *p = config.profiles;

    (void)state;
    assert_int_equal(p[0].form.count, 3);
    assert_string_equal(pair_of(&p[0].form, "x"), "y");
    assert_string_equal(pair_of(&p[0].form, "box_subject_type"), "enterprise");
    assert_string_equal(pair_of(&p[0].form, "box_subject_id"), "77");
    assert_int_equal(p[1].form.count, 2);
    assert_string_equal(pair_of(&p[1].form, "box_subject_type"), "user");
    kb_config_clear(&config);
}

static void test_the_files_addresses_are_all_that_there_are(void **state)
{
    struct kb_config config =
        config_of("{\"profiles\": {"
                  "\"a\": {\"preset\": \"tailscale\", " STORE "},"
                  "\"b\": {\"preset\": \"tailscale\", \"match\": [], " STORE "},"
                  "\"c\": {\"preset\": \"commercetools\", \"tenant\": \"x.aws\", " STORE "},"
                  "\"d\": {\"preset\": \"azure-acr\", \"host\": \"r.azurecr.io\","
                  "        \"tenant\": \"t\", " STORE "}}}");
    const struct kb_profile *p = config.profiles;

    (void)state;
    assert_int_equal(p[0].match_count, 1);
    assert_string_equal(p[0].match[0].host, "api.tailscale.com");
    assert_int_equal(p[1].match_count, 0);
    assert_int_equal(p[2].match_count, 1);
    assert_string_equal(p[2].match[0].host, "api.x.aws.commercetools.com");
    assert_int_equal(p[3].own_match_count, 0);
    assert_int_equal(p[3].match_count, 1);
    assert_string_equal(p[3].registries.items[0], "r.azurecr.io");
    assert_string_equal(p[3].second_url_text, "https://r.azurecr.io/oauth2/exchange");
    kb_config_clear(&config);
}

static void test_nothing_is_a_configuration(void **state)
{
    const char *const texts[] = {
        "", " \n", "// nothing yet\n", "/* nothing\n yet */", "{}", "{\"profiles\": {}}"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(texts); i++) {
        struct kb_config config = config_of(texts[i]);
        assert_int_equal(config.count, 0);
        kb_config_clear(&config);
    }
}

/* --- Mistakes --------------------------------------------------------------------- */

/* In PROFILE(body) the body begins at line 4, column 7. */
static const struct {
    const char *body, *place, *says, *hint; /* hint may be NULL */
} mistakes[] = {
    /* keys */
    {STORE ",\n\"tokne_url\": \"x\"", ":5:1:", "unknown key \"tokne_url\"",
        "did you mean \"token_url\"?"},
    {BASE ",\n\"client_secret\": \"hunter2\"", ":5:1:", "no secret belongs in a setting",
        "keybearer add NAME asks"},
    {BASE ",\n\"clientSecret\": \"hunter2\"", ":5:1:", "no secret belongs in a setting", NULL},
    {BASE ",\n\"client_id\": \"me\"", ":5:1:", "unknown key", "beside the secret"},
    {BASE ", \"zzzzzzzz\": 1", ":4:77:", "unknown key \"zzzzzzzz\"", NULL},
    {BASE ",\n // a comment\n /* two\n lines */ \"Scope\": \"a\"",
        ":7:11:", "unknown key \"Scope\"", "\"scope\""},
    /* what must be there */
    {STORE, ":3:10:", "needs a \"token_url\" or a \"preset\"", NULL},
    {URL, ":3:10:", "does not say where its client is kept", "secret-service"},
    {STORE ", \"preset\": \"zuora\"", ":3:10:", "needs \"environment\" or \"host\"",
        "\"environment\" PROD, PROD_NA, SBX, "},
    {STORE ", \"preset\": \"azure-devops\"", ":3:10:", "needs \"tenant\"", NULL},
    /* types */
    {BASE ",\n\"scope\": 5", ":5:10:", "\"scope\" must be a string", NULL},
    {BASE ",\n\"scope\": null", ":5:10:", "\"scope\" must be a string", NULL},
    {BASE ",\n\"scope\": \"\"", ":5:10:", "\"scope\" is empty", NULL},
    {BASE ",\n\"scope\": \"a\\nb\"", ":5:10:", "control character", NULL},
    {BASE ",\n\"timeout\": \"5\"", ":5:12:", "whole number of seconds from 1 to 120", NULL},
    {BASE ",\n\"timeout\": 5.0", ":5:12:", "whole number", NULL},
    {BASE ",\n\"timeout\": 0", ":5:12:", "from 1 to 120", NULL},
    {BASE ",\n\"timeout\": 121", ":5:12:", "from 1 to 120", NULL},
    {BASE ",\n\"timeout\": 99999999999999999999", ":5:12:", "from 1 to 120", NULL},
    {BASE ",\n\"min_ttl\": -1", ":5:12:", "from 0 to 86400", NULL},
    {BASE ",\n\"max_lifetime\": 59", ":5:17:", "from 60 to 2678400", NULL},
    {BASE ",\n\"strict_scope\": 1", ":5:17:", "must be true or false", NULL},
    {BASE ",\n\"form\": []", ":5:9:", "must be an object of strings", NULL},
    {BASE ",\n\"match\": {}", ":5:10:", "\"match\" must be a string", NULL},
    {BASE ",\n\"match\": [\"https://a\",\n  7]", ":6:3:", "\"match\" must be a string", NULL},
    {BASE ",\n\"match\": \"https://a.example/b//c\"", ":5:10:", "two slashes together",
        "mean \"https://a.example/b/c\""},
    {BASE ",\n\"match\": \"git@a.example:b/c.git\"", ":5:10:", "does not begin with https://",
        "mean \"https://a.example/b/c.git\""},
    {BASE ",\n\"match\": \"https://a.example/b?c=d\"", ":5:10:", "has a query",
        "mean \"https://a.example/b\""},
    /* single values */
    {BASE ",\n\"preset\": \"zoura\"", ":5:11:", "no preset \"zoura\"", "mean \"zuora\""},
    {STORE ",\n\"preset\": \"auth0\", \"host\": \"a.eu.auth0.com\"",
        ":3:10:", "preset auth0 needs \"audience\"", "the identifier of the API"},
    {STORE ",\n\"preset\": \"adobe-ims\"", ":3:10:", "preset adobe-ims needs \"scope\"",
        "lists it"},
    {STORE ",\n\"preset\": \"atlassian-dc\"",
        ":3:10:", "preset atlassian-dc needs \"host\" and \"scope\"",
        "host: such as jira.example.com; scope: the service account's"},
    {STORE ",\n\"preset\": \"twitch\", \"api_headers\": {\"X-A\": \"b\"}",
        ":3:10:", "preset twitch needs \"api_headers\" with \"Client-Id\"", "with each call"},
    {STORE ",\n\"preset\": \"atlassian-dc\", \"host\": \"jira.example.com\"",
        ":3:10:", "preset atlassian-dc needs \"scope\"", "what it was given"},
    {BASE ",\n\"preset\": \"x\"", ":5:11:", "no preset \"x\"", "keybearer presets lists all"},
    {URL ",\n\"store\": \"secret_service\"", ":5:10:", "\"store\" must be", "\"secret-service\""},
    {URL ",\n\"store\": \"plaintext\"", ":5:10:", "\"store\" must be", NULL},
    {BASE ",\n\"client_auth\": \"client_secret_basics\"", ":5:16:", "\"client_auth\" must be",
        "\"client_secret_basic\""},
    {STORE ",\n\"token_url\": \"http://sso.example.com/t\"", ":5:14:", "not encrypted", NULL},
    {STORE ",\n\"token_url\": \"sso.example.com\"", ":5:14:", "does not begin with https://",
        "did you mean \"https://sso.example.com\"?"},
    {STORE ",\n\"token_url\": \"grpcs://sso.example.com\"", ":5:14:", "must begin with", NULL},
    {STORE ",\n\"token_url\": \"imaps://127.0.0.1\"", ":5:14:", "must begin with", NULL},
    {STORE ",\n\"token_url\": \"smtp://localhost/t\"", ":5:14:", "must begin with", NULL},
    {BASE ",\n\"registry\": \"smtp://localhost\"", ":5:13:", "must be HOST or HOST:PORT", NULL},
    {BASE ",\n\"match\": \"imaps://mail.example.com/INBOX\"", ":5:10:", "has a path", NULL},
    {BASE ",\n\"match\": \"imaps://mail.example.com/?x\"", ":5:10:", "query", NULL},
    {BASE ",\n\"match\": \"pop3://mail.example.com\"", ":5:10:", "its scheme is not", NULL},
    {BASE ",\n\"match\": \"smtp://alice@mail.example.com\"", ":5:10:", "user name", NULL},
    {STORE ",\n\"token_url\": \"https://sso.example.com/t?a=b&client_secret=x\"",
        ":5:14:", "parameter \"client_secret\" would hold a secret", "--client-secret-stdin"},
    {STORE ",\n\"token_url\": \"https://sso.example.com/t?a=b&client%5Fsecret=x\"",
        ":5:14:", "parameter \"client%5Fsecret\" would hold a secret", "--client-secret-stdin"},
    {STORE ",\n\"token_url\": \"https://sso.example.com/t?%63lient%2dSecre%74=x\"",
        ":5:14:", "would hold a secret", "--client-secret-stdin"},
    {STORE ",\n\"token_url\": \"https://sso.example.com/t?passwor%64;a=b\"",
        ":5:14:", "would hold a secret", "--client-secret-stdin"},
    {BASE ",\n\"form\": {\"client%5Fsecret\": \"x\"}", ":5:29:", "would hold a secret",
        "--client-secret-stdin"},
    {BASE ",\n\"headers\": {\"%43ookie\": \"x\"}", ":5:25:", "would hold a secret",
        "--client-secret-stdin"},
    {STORE ",\n\"token_url\": \"https://u:p@sso.example.com\"", ":5:14:", "user name", NULL},
    {STORE ",\n\"token_url\": \"https://sso.example.com#f\"", ":5:14:", "fragment", NULL},
    {BASE ",\n\"match\": [\"https://a.example.com\",\n \"http://b.example.com\"]",
        ":6:2:", "http://b.example.com is not encrypted", NULL},
    {BASE ",\n\"match\": [\"https://a\", // [,\n \"https://b\", \"https://c:0\"]", ":6:15:", "port",
        NULL},
    {BASE ",\n\"match\": \"git.example.com:8443/a\"", ":5:10:", "does not begin with https://",
        "did you mean \"https://git.example.com:8443/a\"?"},
    {BASE ",\n\"match\": \"https://a/?x\"", ":5:10:", "query", NULL},
    {BASE ",\n\"scope\": \"a\\\"b\"", ":5:10:", "\"scope\" may hold only", NULL},
    {BASE ",\n\"scope\": \" \"", ":5:10:", "\"scope\" must be words with one space", NULL},
    {BASE ",\n\"scope\": \"a  b\"", ":5:10:", "one space between them", NULL},
    {BASE ",\n\"scope\": \"a b \"", ":5:10:", "one space between them", NULL},
    {BASE ",\n\"scope\": \" a\"", ":5:10:", "one space between them", NULL},
    {BASE ",\n\"resource\": \"not a uri\"", ":5:13:", "must be an absolute URI", NULL},
    {BASE ",\n\"resource\": \"/x\"", ":5:13:", "must be an absolute URI", NULL},
    {BASE ",\n\"resource\": \"1x:y\"", ":5:13:", "must be an absolute URI", NULL},
    {BASE ",\n\"resource\": \"x:\"", ":5:13:", "must be an absolute URI", NULL},
    {BASE ",\n\"resource\": [\"urn:a\",\n\"https://x/#f\"]", ":6:1:", "fragment", NULL},
    {BASE ",\n\"resource\": \"https://x/a b\"", ":5:13:", "no URI may", NULL},
    {BASE ",\n\"resource\": \"https://x/%2\"", ":5:13:", "no URI may", NULL},
    {BASE ",\n\"resource\": \"https://x/<y>\"", ":5:13:", "no URI may", NULL},
    {BASE ",\n\"form\": {\"client_assertion_type\": \"x\"}", ":5:35:", "set by keybearer itself",
        NULL},
    {BASE ",\n\"username\": \"a:b\"", ":5:13:", "without ':'", NULL},
    {BASE ",\n\"username\": \"a b\"", ":5:13:", "visible ASCII", NULL},
    {BASE ",\n\"registry\": \"https://r.example\"", ":5:13:", "must be HOST or HOST:PORT", NULL},
    {BASE ",\n\"registry\": [\"r.example\", \"r.example/v2\"]", ":5:27:", "HOST:PORT", NULL},
    {BASE ",\n\"registry\": \"u@r.example\"", ":5:13:", "'@'", NULL},
    {BASE ",\n\"registry\": \"r.example:0\"", ":5:13:", "port", NULL},
    {BASE ",\n\"token_username\": \"a:b\"", ":5:19:", "without ':'", NULL},
    {BASE ",\n\"token_username\": \"a\", \"username\": \"b\"",
        ":5:19:", "give \"username\" or \"token_username\", not both", NULL},
    {BASE ",\n\"ca_file\": \"corp.pem\"", ":5:12:", "absolute path", NULL},
    {BASE ",\n\"token_type\": \"dpop\"", ":5:15:", "not what a bearer token can be called", NULL},
    {BASE ",\n\"accept_status\": \"302\"", ":5:18:", "must be \"200\" or \"201\"", NULL},
    {BASE ",\n\"reply_type\": \"xml\"", ":5:15:", "must be \"json\" or \"any\"", NULL},
    {BASE ",\n\"form\": {\"a\": \"b\",\n \"client_secret\": \"x\"}",
        ":6:19:", "no secret belongs in a setting", "--client-secret-stdin"},
    {BASE ",\n\"form\": {\"grant_type\": \"password\"}", ":5:24:", "set by keybearer itself", NULL},
    {BASE ",\n\"form\": {\"subject_token_type\": \"x\"}", ":5:32:", "set by keybearer itself",
        NULL},
    {BASE ",\n\"form\": {\"a\": 1}", ":5:15:", "\"a\" must be a string", NULL},
    {BASE ",\n\"headers\": {\"Authorization\": \"x\"}", ":5:30:", "would hold a secret", NULL},
    {BASE ",\n\"headers\": {\"X Y\": \"x\"}", ":5:20:", "not a header name", NULL},
    {BASE ",\n\"headers\": {\"X\": \"auto\"}", ":5:18:", "cannot be \"auto\"", NULL},
    {BASE ",\n\"api_headers\": {\"Cookie\": \"x\"}", ":5:27:", "would hold a secret", NULL},
    {BASE ",\n\"headers\": {\"Host\": \"x\"}", ":5:21:", "set by keybearer itself", NULL},
    /* words that need each other */
    {BASE ",\n\"host\": \"a.example.com\"", ":5:9:", "\"host\" means nothing without a preset",
        NULL},
    {BASE ",\n\"environment\": \"SBX\"", ":5:16:", "means nothing without a preset", NULL},
    {STORE ",\"preset\": \"twilio\",\n\"host\": \"a.example.com\"",
        ":5:9:", "means nothing to preset twilio", NULL},
    {STORE ",\"preset\": \"zuora\",\n\"tenant\": \"t\"", ":5:11:", "means nothing to preset zuora",
        NULL},
    {STORE ",\"preset\": \"zuora\",\n\"environment\": \"SBOX\"",
        ":5:16:", "no environment \"SBOX\"", "SBX"},
    {STORE ",\"preset\": \"auth0\",\n\"environment\": \"EU\"", ":5:16:", "no environment",
        "\"host\""},
    {STORE ",\"preset\": \"zuora\", \"host\": \"rest.zuora.com\",\n\"environment\": \"SBX\"",
        ":5:16:", "not both", NULL},
    {STORE ",\"preset\": \"zuora\",\n\"host\": \"rest.zuora.com/x\"", ":5:9:", "host", NULL},
    {STORE ",\"preset\": \"zuora\",\n\"host\": \"https://rest.zuora.com\"",
        ":5:9:", "the name of a host, not an address", "did you mean \"rest.zuora.com\"?"},
    {STORE ",\"preset\": \"zuora\",\n\"host\": \"user@rest.zuora.com\"", ":5:9:", "user name",
        NULL},
    {STORE ",\"preset\": \"azure-devops\",\n\"tenant\": \"a/../b\"", ":5:11:", "may hold only",
        NULL},
    /* presets' own rules */
    {STORE ",\"preset\": \"zuora\", \"environment\": \"SBX\",\n"
           "\"headers\": {\"zuora-track-id\": \"a:b\"}",
        ":5:31:", "Zuora-Track-Id may not hold", NULL},
    {STORE ",\"preset\": \"zuora\", \"environment\": \"SBX\",\n"
           "\"api_headers\": {\"Zuora-Track-Id\": \"a\"}",
        ":5:35:", "in \"headers\"", NULL},
};

static void test_mistakes_name_their_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < KB_COUNT(mistakes); i++) {
        char text[2048];
        struct kb_config config = {.count = 99};
        struct kb_error err = KB_ERROR_INIT;
        snprintf(text, sizeof(text), PROFILE("%s"), mistakes[i].body);
        if (kb_config_parse("/c.json", text, strlen(text), &config, &err) != KB_ERR_CONFIG)
            fail_msg("accepted %s", mistakes[i].body);
        assert_int_equal(config.count, 99);
        if (strncmp(err.msg, "/c.json", 7) != 0 ||
            strncmp(err.msg + 7, mistakes[i].place, strlen(mistakes[i].place)) != 0)
            fail_msg("%s: expected at %s: %s", mistakes[i].body, mistakes[i].place, err.msg);
        assert_mentions(err.msg, mistakes[i].says);
        if (mistakes[i].hint)
            assert_mentions(err.hint, mistakes[i].hint);
    }
}

/* No setting may hold a secret, however its name is spelled. */
static void test_secret_in_a_setting(void **state)
{
    static const char *const names[] = {"client_secret", "client_assertion", "assertion",
        "password", "clientSecret", "code", "code_verifier", "device_code", "refresh_token",
        "access_token", "subject_token", "actor_token", "PASSWORD", "Client_Secret",
        "client-secret", "secret", "private_key", "privateKey", "token", "api_key", "apikey", "pwd",
        "sig", "signature", "Authorization", "Proxy-Authorization", "COOKIE"};
    static const char *const keys[] = {"form", "headers", "api_headers"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(names) * KB_COUNT(keys); i++) {
        struct kb_config config = KB_CONFIG_INIT;
        struct kb_error err = KB_ERROR_INIT;
        char text[512];

        snprintf(text, sizeof(text), PROFILE(BASE ", \"%s\": {\"%s\": \"hunter2\"}"),
            keys[i / KB_COUNT(names)], names[i % KB_COUNT(names)]);
        assert_int_equal(
            kb_config_parse("/c.json", text, strlen(text), &config, &err), KB_ERR_CONFIG);
        assert_mentions(err.msg, "no secret belongs in a setting");
        assert_null(strstr(err.msg, "hunter2"));
        assert_mentions(err.hint, "keybearer add");
    }
}

/* A server takes one for another name than a person would. */
static void test_secret_in_a_query(void **state)
{
    static const struct {
        const char *query, *name;
    } cases[] = {
        {"client_secret=h", "client_secret"},
        {"a=b&client_secret=h", "client_secret"},
        {"a=b;Client-Secret=h", "Client-Secret"},
        {"x[client_secret]=h", "client_secret"},
        {"x%5Bclient_secret%5D=h", "client_secret%5D"},
        {"x[y][password][]=h", "password"},
        {"client_secret[h]=h", "client_secret"},
        {"x.pwd=h", "pwd"},
        {"?client_secret=h", "?client_secret"},
        {"+client_secret=h", "+client_secret"},
        {"%20client%20secret+=h", "%20client%20secret+"},
        {"secret=h", "secret"},
        {"Token=h", "Token"},
        {"api-key=h", "api-key"},
        {"apiKey=h", "apiKey"},
        {"pwd=h", "pwd"},
        {"sig=h", "sig"},
        {"signature", "signature"},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct kb_config config = KB_CONFIG_INIT;
        struct kb_error err = KB_ERROR_INIT;
        char text[512], wanted[64];

        snprintf(text, sizeof(text),
            PROFILE(STORE ", \"token_url\": \"https://sso.example.com/t?%s\""), cases[i].query);
        snprintf(wanted, sizeof(wanted), "parameter \"%s\" would hold", cases[i].name);
        assert_int_equal(
            kb_config_parse("/c.json", text, strlen(text), &config, &err), KB_ERR_CONFIG);
        assert_mentions(err.msg, wanted);
    }
}

/* What only looks like one is a setting. */
static void test_names_of_no_secret(void **state)
{
    static const char *const names[] = {"code_challenge", "passwords", "pass",
        "requested_token_type", "cod", "access_token_type", "secret_name", "tokens",
        "x[code_challenge]", "api", "key", "signature_version"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(names); i++) {
        KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
        char text[512];

        snprintf(text, sizeof(text), PROFILE(BASE ", \"form\": {\"%s\": \"x\"}"), names[i]);
        assert_int_equal(kb_config_parse("/c.json", text, strlen(text), &config, NULL), KB_OK);
    }
}

static const struct {
    const char *text, *place, *says;
} documents[] = {
    {"{\n  \"profile\": {}\n}", "/c.json:2:3:", "unknown key \"profile\""},
    {"{\n  \"profiles\": []\n}", "/c.json:2:15:", "\"profiles\" must be an object"},
    {"{\"$schema\": 1}", "/c.json:1:13:", "\"$schema\" must be a string"},
    {"{\"profiles\": {\"p\": 1}}", "/c.json:1:20:", "profile \"p\" must be an object"},
    {"{\"profiles\": {\n \".p\": {}}}", "/c.json:2:2:", "not a profile name"},
    {"{\"profiles\": {\n \"a/b\": {}}}", "/c.json:2:2:", "not a profile name"},
    {"{\"profiles\": {\n \"\": {}}}", "/c.json:2:2:", "not a profile name"},
    {"[]", "/c.json:1:1:", "object"},
    {"{\n  \"profiles\": {},\n}", "/c.json:2:17:", "nothing between"},
    {"{\"a\": 'b'}", "/c.json:1:7:", ""},
    {"{\n\"a\": \"tab\there\"}", "/c.json:2:", "control character"},
    {"{} {}", "/c.json:1:", ""},
    {"{", "/c.json:1:", ""},
    {"{ /* no end }", "/c.json:1:", ""},
    {"{\"profiles\": {}, \"profiles\": {}}", "/c.json:1:18:", "twice"},
    {"{\"profiles\": {\"p\": {}, \"\\u0070\": {}}}", "/c.json:1:24:", "twice"},
    {"{\"profiles\": {\n\"p\": {\"username\": \"a\",\n \"username\": \"b\"}}}",
        "/c.json:3:2:", "twice"},
};

static void test_mistakes_of_the_document(void **state)
{
    (void)state;
    for (size_t i = 0; i < KB_COUNT(documents); i++) {
        struct kb_config config = KB_CONFIG_INIT;
        struct kb_error err = KB_ERROR_INIT;
        const char *text = documents[i].text;
        if (kb_config_parse("/c.json", text, strlen(text), &config, &err) != KB_ERR_CONFIG)
            fail_msg("accepted %s", text);
        assert_mentions(err.msg, documents[i].place);
        assert_mentions(err.msg, documents[i].says);
    }
}

static void test_a_text_without_end(void **state)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    struct kb_error err = KB_ERROR_INIT;
    const size_t len = KB_CONFIG_MAX + 1;
    char *blank = malloc(len + 1);

    (void)state;
    assert_non_null(blank);
    memset(blank, ' ', len);
    blank[len] = '\0';
    assert_int_equal(kb_config_parse("/c.json", blank, len - 1, &config, &err), KB_OK);
    assert_int_equal(kb_config_parse("/c.json", blank, len, &config, &err), KB_ERR_CONFIG);
    assert_non_null(strstr(err.msg, "/c.json is larger than"));
    free(blank);
}

static void test_escaped_names_get_their_place(void **state)
{
    const char *text = "{\"profiles\": {\"\\u0070\": {\n \"\\u007ahost\": 1}}}";
    struct kb_config config = KB_CONFIG_INIT;
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    assert_int_equal(kb_config_parse("/c.json", text, strlen(text), &config, &err), KB_ERR_CONFIG);
    assert_mentions(err.msg, "/c.json:2:2: ");
    assert_mentions(err.msg, "unknown key \"zhost\"");
}

static void test_no_error_wanted(void **state)
{
    struct kb_config config = KB_CONFIG_INIT;
    const char *text = PROFILE("\"scope\": 1");

    (void)state;
    assert_int_equal(kb_config_parse("/c.json", text, strlen(text), &config, NULL), KB_ERR_CONFIG);
}

/* Some commands take a URL, and these take a name only. */
static void test_an_address_in_place_of_a_name(void **state)
{
    struct kb_config config = config_of(
        "{\"profiles\": {\"corp\": {" BASE ", \"match\": \"https://git.example.com/a\"}}}");
    const char *const served[] = {"https://git.example.com/a/b", "git.example.com"};
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < KB_COUNT(served); i++) {
        assert_int_equal(kb_config_no_profile(&config, served[i], &err), KB_ERR_NOT_FOUND);
        assert_string_equal(err.hint, "profile corp serves it: give that name");
    }
    assert_int_equal(
        kb_config_no_profile(&config, "https://git.example.com/b", &err), KB_ERR_NOT_FOUND);
    assert_string_equal(err.hint, "keybearer list");
    kb_config_clear(&config);
}

static void test_no_profile_suggests(void **state)
{
    struct kb_config config = config_of("{\"profiles\": {\"zuora-sandbox\": {" BASE "}}}");
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    assert_int_equal(kb_config_no_profile(&config, "zuora-sandbx", &err), KB_ERR_NOT_FOUND);
    assert_mentions(err.msg, "\"zuora-sandbx\"");
    assert_mentions(err.hint, "\"zuora-sandbox\"");
    assert_int_equal(kb_config_no_profile(&config, "other", &err), KB_ERR_NOT_FOUND);
    assert_mentions(err.hint, "keybearer list");
    kb_config_clear(&config);
}

/* --- The file --------------------------------------------------------------------- */

struct folder {
    char path[64], file[96], link[96];
};

static int make_folder(void **state)
{
    struct folder *folder = calloc(1, sizeof(*folder));

    strcpy(folder->path, "/tmp/kb-test-config-XXXXXX");
    if (!mkdtemp(folder->path))
        return -1;
    snprintf(folder->file, sizeof(folder->file), "%s/config.json", folder->path);
    snprintf(folder->link, sizeof(folder->link), "%s/link.json", folder->path);
    *state = folder;
    return 0;
}

static int remove_folder(void **state)
{
    struct folder *folder = *state;

    unlink(folder->file);
    unlink(folder->link);
    rmdir(folder->path);
    free(folder);
    return 0;
}

static void write_file(const char *path, const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

static void test_load(void **state)
{
    const struct folder *folder = *state;
    struct kb_config config = KB_CONFIG_INIT;
    struct kb_error err = KB_ERROR_INIT;

    assert_int_equal(kb_config_load(folder->file, &config, &err), KB_OK);
    assert_int_equal(config.count, 0);

    write_file(folder->file, PROFILE(BASE), 0644);
    assert_int_equal(kb_config_load(folder->file, &config, &err), KB_OK);
    assert_int_equal(config.count, 1);
    kb_config_clear(&config);

    write_file(folder->file, PROFILE("\"scope\": 1"), 0644);
    assert_int_equal(kb_config_load(folder->file, &config, &err), KB_ERR_CONFIG);
    assert_mentions(err.msg, folder->file);
}

static void test_load_refuses_a_file_that_others_may_write(void **state)
{
    const struct folder *folder = *state;
    struct kb_config config = KB_CONFIG_INIT;
    struct kb_error err = KB_ERROR_INIT;

    write_file(folder->file, PROFILE(BASE), 0666);
    assert_int_equal(kb_config_load(folder->file, &config, &err), KB_ERR_CONFIG);
    assert_mentions(err.hint, "chmod go-w ");
    assert_int_equal(mkfifo(folder->link, 0600), 0);
    assert_int_equal(kb_config_load(folder->link, &config, &err), KB_ERR_CONFIG);
}

static void test_load_follows_a_link_to_the_configuration(void **state)
{
    const struct folder *folder = *state;
    struct kb_config config = KB_CONFIG_INIT;

    write_file(folder->file, PROFILE(BASE), 0600);
    assert_int_equal(symlink("config.json", folder->link), 0);
    assert_int_equal(kb_config_load(folder->link, &config, NULL), KB_OK);
    assert_int_equal(config.count, 1);
    kb_config_clear(&config);
}

static void test_identity_changes_with_the_file(void **state)
{
    const struct folder *folder = *state;
    const struct kb_config_identity none = {0};
    struct kb_config_identity one, two;
    struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1000, .tv_nsec = 1}};

    assert_int_equal(kb_config_identify(folder->file, &one, NULL), KB_OK);
    assert_memory_equal(&one, &none, sizeof(none));
    write_file(folder->file, "{}", 0600);
    assert_int_equal(kb_config_identify(folder->file, &one, NULL), KB_OK);
    assert_int_equal(one.size, 2);
    assert_int_not_equal(one.inode, 0);
    assert_int_equal(utimensat(AT_FDCWD, folder->file, times, 0), 0);
    assert_int_equal(kb_config_identify(folder->file, &two, NULL), KB_OK);
    assert_int_equal(two.mtime.tv_nsec, 1);
}

static void set(const char *name, const char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

static void test_path(void **state)
{
    const struct {
        const char *named, *xdg, *home, *path; /* NULL: refused, */
        const char *complaint;                 /* as this says */
    } cases[] = {
        {"/a/b.json", "/x", "/h", "/a/b.json", NULL},
        {"b.json", "/x", "/h", NULL, "KEYBEARER_CONFIG is not an absolute path"},
        {"", "/x", "/h", "/x/keybearer/config.json", NULL},
        {NULL, "x", "/h", "/h/.config/keybearer/config.json", NULL},
        {NULL, "", "/h", "/h/.config/keybearer/config.json", NULL},
        {NULL, NULL, "/h", "/h/.config/keybearer/config.json", NULL},
        {NULL, "/x/", "/h", "/x/keybearer/config.json", NULL},
        {NULL, "//x/.//y", "/h", "/x/y/keybearer/config.json", NULL},
        {NULL, "/", "/h", "/keybearer/config.json", NULL},
        {NULL, NULL, "/h/./", "/h/.config/keybearer/config.json", NULL},
        {NULL, NULL, "/h/.", "/h/.config/keybearer/config.json", NULL},
        {"/a//./b.json/", NULL, NULL, "/a/b.json", NULL},
        {"/a/../.b/..c/.", NULL, NULL, "/a/../.b/..c",
            NULL}, /* behind a link ".." leads elsewhere */
        {"//", NULL, NULL, "/", NULL},
        {NULL, NULL, "h", NULL, "HOME is not an absolute path"},
        {NULL, NULL, "", NULL, "HOME is not set"},
        {NULL, NULL, NULL, NULL, "HOME is not set"},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        char path[64] = "before";
        struct kb_error err = KB_ERROR_INIT;
        set("KEYBEARER_CONFIG", cases[i].named);
        set("XDG_CONFIG_HOME", cases[i].xdg);
        set("HOME", cases[i].home);
        enum kb_err rc = kb_config_path(path, sizeof(path), &err);
        assert_int_equal(rc == KB_OK, cases[i].path != NULL);
        if (rc)
            assert_non_null(strstr(err.msg, cases[i].complaint));
        assert_string_equal(path, cases[i].path ? cases[i].path : "before");
    }
    set("HOME", "/h");
    char tiny[8];
    assert_int_equal(kb_config_path(tiny, sizeof(tiny), NULL), KB_ERR_CONFIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_whole_vocabulary),
        cmocka_unit_test(test_a_profile_is_cleared_whole),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_presets_fill_in),
        cmocka_unit_test(test_the_file_wins_over_the_preset),
        cmocka_unit_test(test_the_file_wins_pair_by_pair),
        cmocka_unit_test(test_the_files_addresses_are_all_that_there_are),
        cmocka_unit_test(test_nothing_is_a_configuration),
        cmocka_unit_test(test_mistakes_name_their_place),
        cmocka_unit_test(test_secret_in_a_setting),
        cmocka_unit_test(test_secret_in_a_query),
        cmocka_unit_test(test_names_of_no_secret),
        cmocka_unit_test(test_mistakes_of_the_document),
        cmocka_unit_test(test_a_text_without_end),
        cmocka_unit_test(test_escaped_names_get_their_place),
        cmocka_unit_test(test_no_error_wanted),
        cmocka_unit_test(test_no_profile_suggests),
        cmocka_unit_test(test_an_address_in_place_of_a_name),
        cmocka_unit_test_setup_teardown(test_load, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(
            test_load_refuses_a_file_that_others_may_write, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(
            test_load_follows_a_link_to_the_configuration, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(
            test_identity_changes_with_the_file, make_folder, remove_folder),
        cmocka_unit_test(test_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
