/*
 * Whose token a request gets. Every wrong answer here hands a token to the wrong server.
 */
#include "config_test.h"

#include "config/match.h"

#define P(name, match, username)                                                                   \
    "\"" name "\": {\"token_url\": \"https://sso.example.com/t\", \"store\": \"sealed-file\", "    \
    "\"match\": [" match "], " username "}"
#define ANYBODY "\"token_username\": \"oauth2\""
#define ACCOUNT(name) "\"username\": \"" name "\""

static const char text[] = "{\"profiles\": {" P("root",
    "\"https://git.example.com\", \"https://git.example.com:8443\"",
    ANYBODY) "," P("team", "\"https://git.example.com/team\"", ANYBODY) "," P("deep",
    "\"https://git.example.com/team/deep\"",
    ANYBODY) "," P("plain", "\"http://localhost:8080\"", ANYBODY) "," P("secure",
    "\"https://localhost:8443\"", ANYBODY) "," P("v6", "\"https://[::1]\"", ANYBODY) "," P("hub",
    "\"https://docker.io\"", ACCOUNT("hubuser")) "," P("alice", "\"https://shared.example.com\"",
    ACCOUNT("alice")) "," P("bob", "\"https://shared.example.com\"", ACCOUNT("bob")) "," P("bobby",
    "\"https://shared.example.com/sub\"",
    ACCOUNT("bob")) "," P("reg-a", "\"https://registry.example.com/a\"", ANYBODY) "," P("reg-b",
    "\"https://registry.example.com/b\"",
    ANYBODY) "," P("twice", "\"https://twice.example.com\", \"https://twice.example.com/\"",
    ANYBODY) "," P("none", "", ANYBODY) "}}";

static struct kb_config config;

static int load(void **state)
{
    (void)state;
    config = config_of(text);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    kb_config_clear(&config);
    return 0;
}

static struct kb_request request_for(const char *url)
{
    struct kb_request request = KB_REQUEST_INIT;

    request.has_url = true;
    request.url = url_of(url);
    return request;
}

/* EXPECTED NULL: not ours. */
static void expect(const struct kb_request *request, const char *what, const char *expected)
{
    const struct kb_profile *found = NULL;
    struct kb_error err = KB_ERROR_INIT;

    if (kb_match(&config, request, &found, &err))
        fail_msg("%s: %s", what, err.msg);
    if (!found != !expected || (found && strcmp(found->name, expected) != 0))
        fail_msg("%s got %s", what, found ? found->name : "nothing");
}

static void test_by_address(void **state)
{
    const struct {
        const char *url, *profile;
    } cases[] = {
        {"https://git.example.com", "root"},
        {"https://git.example.com/other/x", "root"},
        {"https://GIT.example.com:443/other", "root"},
        {"https://git.example.com:8443/team", "root"},
        /* the longest path wins, on whole segments */
        {"https://git.example.com/team", "team"},
        {"https://git.example.com/team/x", "team"},
        {"https://git.example.com/teams", "root"},
        {"https://git.example.com/team.git", "root"},
        {"https://git.example.com/team/deeper", "team"},
        {"https://git.example.com/team/deep/x", "deep"},
        {"https://git.example.com/TEAM", "root"},
        /* everything but path is exact */
        {"http://git.example.com", NULL},
        {"http://git.example.com:443", NULL},
        {"https://git.example.com:444", NULL},
        {"https://example.com", NULL},
        {"https://sub.git.example.com", NULL},
        {"https://git.example.com.evil.example", NULL},
        {"https://evilgit.example.com", NULL},
        {"https://git.example.co", NULL},
        {"https://registry.example.com", NULL},
        {"https://registry.example.com/c", NULL},
        {"http://localhost:8080/x", "plain"},
        {"https://localhost:8080", NULL},
        {"http://localhost:8443", NULL},
        {"http://127.0.0.1:8080", NULL},
        {"https://[::1]/x", "v6"},
        {"https://sso.example.com/t", NULL}, /* the endpoint is not a place for tokens */
        {"https://twice.example.com/x", "twice"},
        {"https://shared.example.com/sub/x", "bobby"},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct kb_request request = request_for(cases[i].url);
        expect(&request, cases[i].url, cases[i].profile);
    }
}

/* git takes the slash off before it asks; without it, the address is one and the same. */
static void test_a_slash_at_the_end(void **state)
{
    static const char slashes[] =
        "{\"profiles\": {" P("app", "\"https://git.example.com/team/app.git/\"", ANYBODY) "}}";
    struct kb_request asked = request_for("https://git.example.com/"), lower;
    struct kb_config usual = config;

    (void)state;
    config = config_of(slashes);
    assert_int_equal(kb_url_set_path(&asked.url, "team/app.git", NULL), KB_OK);
    expect(&asked, "the repository", "app");
    lower = request_for("https://git.example.com/team/app.git/info/refs");
    expect(&lower, "what lies below", "app");
    lower = request_for("https://git.example.com/team/app.github");
    expect(&lower, "another one", NULL);
    assert_string_equal(config.profiles[0].match[0].path, "/team/app.git");
    kb_config_clear(&config);
    config = usual;
}

/* A server of mail is one of nothing else, and the other way round; docker knows none. */
static void test_mail(void **state)
{
    static const char mail[] = "{\"profiles\": {" P("mail",
        "\"smtp://mail.example.com:587\", \"imaps://mail.example.com\", \"smtp://localhost:8025\"",
        ANYBODY) "," P("web", "\"https://mail.example.com\"", ANYBODY) "}}";
    const struct {
        const char *url, *profile;
    } cases[] = {
        {"smtp://mail.example.com:587", "mail"},
        {"imaps://MAIL.example.com:993", "mail"},
        {"https://mail.example.com", "web"},
        {"smtp://mail.example.com", NULL},
        {"smtps://mail.example.com:587", NULL},
        {"imap://mail.example.com:993", NULL},
        {"imap://mail.example.com", NULL},
        {"https://mail.example.com:587", NULL},
        {"https://mail.example.com:993", NULL},
        {"imaps://mail.example.com:443", NULL},
        {"imaps://mail.example.com.evil.example", NULL},
        {"imaps://example.com", NULL},
    };
    const char *const registries[] = {
        "https://localhost:8025", "http://localhost:8025", "https://mail.example.com:993"};
    struct kb_config usual = config;

    (void)state;
    config = config_of(mail);
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct kb_request request = request_for(cases[i].url);
        expect(&request, cases[i].url, cases[i].profile);
    }
    for (size_t i = 0; i < KB_COUNT(registries); i++) {
        struct kb_request request = request_for(registries[i]);
        request.any_path = request.any_scheme = true;
        expect(&request, registries[i], NULL);
    }
    kb_config_clear(&config);
    config = usual;
}

static void test_docker_hub_is_one_host(void **state)
{
    const struct {
        const char *url, *profile;
    } cases[] = {
        {"https://docker.io", "hub"},
        {"https://index.docker.io/v1/", "hub"},
        {"https://registry-1.docker.io/v2/", "hub"},
        {"https://hub.docker.io", NULL},
        {"https://auth.docker.io", NULL},
        {"https://docker.io.evil.example", NULL},
        {"https://index.docker.io:444", NULL},
        {"http://index.docker.io", NULL},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct kb_request request = request_for(cases[i].url);
        request.any_path = true;
        expect(&request, cases[i].url, cases[i].profile);
    }
}

static void test_any_path_sees_origins_only(void **state)
{
    struct kb_request one = request_for("https://localhost:8443");
    struct kb_request two = request_for("https://registry.example.com");
    const struct kb_profile *found = NULL;
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    one.any_path = two.any_path = true;
    expect(&one, "one profile", "secure");
    assert_int_equal(kb_match(&config, &two, &found, &err), KB_ERR_CONFIG);
    assert_mentions(err.msg, "reg-a, reg-b match https://registry.example.com");
    assert_mentions(err.hint, "of one of them only"); /* docker can name no profile, path or user */
    assert_null(found);
}

static void test_any_scheme_is_for_loopback(void **state)
{
    const struct {
        const char *url;
        bool any_scheme;
        const char *profile;
    } cases[] = {
        {"https://localhost:8080", true, "plain"},
        {"https://localhost:8080", false, NULL},
        {"https://localhost:8443", true, "secure"},
        {"https://localhost", true, NULL},
        {"https://git.example.com", true, "root"},
        {"https://git.example.com:80", true, NULL},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct kb_request request = request_for(cases[i].url);
        request.any_scheme = cases[i].any_scheme;
        expect(&request, cases[i].url, cases[i].profile);
    }
}

/* A configuration cannot say this; were it ever to, the rule would hold all the same. */
static void test_any_scheme_never_weakens_another_host(void **state)
{
    struct kb_config weak =
        config_of("{\"profiles\": {" P("weak", "\"http://localhost\"", ANYBODY) "}}");
    struct kb_request request = request_for("https://git.example.com:80");
    const struct kb_profile *found = NULL;

    (void)state;
    strcpy(weak.profiles[0].match[0].host, "git.example.com");
    request.any_scheme = true;
    assert_int_equal(kb_match(&weak, &request, &found, NULL), KB_OK);
    assert_null(found);
    kb_config_clear(&weak);
}

static void test_username_decides_between_equals(void **state)
{
    struct kb_request request = request_for("https://shared.example.com");
    const struct kb_profile *found = NULL;
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    strcpy(request.username, "bob");
    expect(&request, "bob", "bob"); /* and not "bobby", whose path is another */
    strcpy(request.username, "alice");
    expect(&request, "alice", "alice");
    request.username[0] = '\0';
    request.naming = &(struct kb_naming){.before = "git ", .behind = "", .by_user = true};
    assert_int_equal(kb_match(&config, &request, &found, &err), KB_ERR_CONFIG);
    assert_mentions(err.msg, "alice, bob match https://shared.example.com");
    assert_mentions(err.hint, "git config credential.https://shared.example.com.username NAME");
    assert_null(found);
}

/* In the words of the command, for each of them. */
static void test_equals_are_named_as_the_tool_can(void **state)
{
    const struct kb_naming naming = {.before = "tool --profile ", .behind = " get"};
    struct kb_request request = request_for("https://shared.example.com");
    const struct kb_profile *found = NULL;
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    request.naming = &naming;
    assert_int_equal(kb_match(&config, &request, &found, &err), KB_ERR_CONFIG);
    assert_string_equal(err.hint, "tool --profile alice get, or tool --profile bob get");
}

static void test_who_is_near(void **state)
{
    const struct {
        const char *profile, *url, *username, *near, *address;
    } cases[] = {
        {"", "https://nobody.example.com", "", "", ""},
        {"", "http://git.example.com", "", "root", "https://git.example.com"},
        {"", "https://registry.example.com", "", "reg-a", "https://registry.example.com/a"},
        {"plain", "https://localhost:1", "", "plain", "http://localhost:8080"},
        {"plain", "https://git.example.com", "", "root", ""},
        {"plain", "http://git.example.com", "", "", ""},
        {"", "http://shared.example.com", "carol", "", ""},
        {"", "http://shared.example.com", "bob", "bob", "https://shared.example.com"},
        {"plain", "https://shared.example.com", "", "", ""}, /* two */
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct kb_request request = request_for(cases[i].url);
        struct kb_near near = {0};

        strcpy(request.profile, cases[i].profile);
        strcpy(request.username, cases[i].username);
        kb_match_near(&config, &request, &near);
        assert_string_equal(near.profile, cases[i].near);
        assert_string_equal(near.address, cases[i].address);
    }
}

/* Whoever names nobody gets the token of no account, where only one profile has such a one. */
static void test_no_user_name_among_equals(void **state)
{
#define SHARED_BY(name, username) P(name, "\"https://git.example.com\"", username)
    static const struct {
        const char *config, *username, *profile;
    } cases[] = {
        {"{\"profiles\": {" SHARED_BY("any", ANYBODY) "," SHARED_BY("bob", ACCOUNT("bob")) "}}", "",
            "any"},
        {"{\"profiles\": {" SHARED_BY("any", ANYBODY) "," SHARED_BY("bob", ACCOUNT("bob")) "}}",
            "bob", "bob"},
        {"{\"profiles\": {" SHARED_BY("any", ANYBODY) "," SHARED_BY("bob", ACCOUNT("bob")) "}}",
            "carol", "any"},
        {"{\"profiles\": {" SHARED_BY("al", ACCOUNT("al")) "," SHARED_BY(
             "any", ANYBODY) "," SHARED_BY("bob", ACCOUNT("bob")) "}}",
            "", "any"},
        {"{\"profiles\": {" SHARED_BY("any", ANYBODY) "," SHARED_BY(
             "more", "\"token_username\": \"x\"") "," SHARED_BY("bob", ACCOUNT("bob")) "}}",
            "", NULL},
        {"{\"profiles\": {" SHARED_BY("al", ACCOUNT("al")) "," SHARED_BY(
             "bob", ACCOUNT("bob")) "}}",
            "", NULL},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct kb_config shared = config_of(cases[i].config);

        for (int by_host = 0; by_host < 2; by_host++) {
            struct kb_request request = request_for("https://git.example.com");
            const struct kb_profile *found = NULL;
            enum kb_err rc;

            strcpy(request.username, cases[i].username);
            request.any_path = by_host;
            rc = kb_match(&shared, &request, &found, NULL);
            assert_int_equal(rc, cases[i].profile ? KB_OK : KB_ERR_CONFIG);
            if (cases[i].profile)
                assert_string_equal(found->name, cases[i].profile);
        }
        kb_config_clear(&shared);
    }
}

static void test_an_account_serves_no_other(void **state)
{
    const struct {
        const char *url, *username, *profile;
    } cases[] = {
        {"https://shared.example.com", "carol", NULL},
        {"https://shared.example.com", "Bob", NULL},
        {"https://shared.example.com", "oauth2", NULL},
        /* whoever asks, where the profile has no account */
        {"https://git.example.com/team", "carol", "team"},
        {"https://git.example.com/team", "oauth2", "team"},
        /* the next best, where the best is for somebody else */
        {"https://shared.example.com/sub/x", "bob", "bobby"},
        {"https://shared.example.com/sub/x", "alice", "alice"},
        {"https://docker.io", "hubuser", "hub"},
        {"https://docker.io", "other", NULL},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct kb_request request = request_for(cases[i].url);

        strcpy(request.username, cases[i].username);
        expect(&request, cases[i].username, cases[i].profile);
        if (!cases[i].profile)
            continue;
        strcpy(request.profile, cases[i].profile);
        expect(&request, cases[i].username, cases[i].profile);
    }
    struct kb_request named = request_for("https://shared.example.com");
    strcpy(named.profile, "bob");
    strcpy(named.username, "alice");
    expect(&named, "bob's profile for alice", NULL);
}

static void test_by_name(void **state)
{
    struct kb_request request = KB_REQUEST_INIT;
    const struct kb_profile *found = NULL;
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    strcpy(request.profile, "none");
    expect(&request, "by name", "none");
    strcpy(request.profile, "nnoe");
    assert_int_equal(kb_match(&config, &request, &found, &err), KB_ERR_NOT_FOUND);
    assert_mentions(err.hint, "\"none\"");
}

/* What is served with a path only, and asked for by somebody who could tell one. */
static void test_a_path_that_was_not_told(void **state)
{
    const struct {
        const char *profile, *url, *username;
        bool lacks_path, wants_path;
    } cases[] = {
        {"", "https://registry.example.com", "", true, true},
        {"", "https://registry.example.com", "", false, false},
        {"", "https://nobody.example.com", "", true, false},
        {"", "http://registry.example.com", "", true, false},
        {"reg-a", "https://registry.example.com", "", true, true},
        {"root", "https://registry.example.com", "", true, false},
        {"bobby", "https://shared.example.com", "bob", true, true},
        {"bobby", "https://shared.example.com", "alice", true, false},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct kb_request request = request_for(cases[i].url);

        strcpy(request.profile, cases[i].profile);
        strcpy(request.username, cases[i].username);
        request.lacks_path = cases[i].lacks_path;
        expect(&request, cases[i].url, NULL);
        assert_int_equal(kb_match_wants_path(&config, &request), cases[i].wants_path);
    }
}

/* A name does not carry a token to an address that its profile does not list. */
static void test_by_name_and_address(void **state)
{
    const struct {
        const char *name, *url;
        bool ours;
    } cases[] = {
        {"alice", "https://shared.example.com/x", true},
        {"bob", "https://shared.example.com/x", true},
        {"root", "https://git.example.com/team", true},
        {"team", "https://git.example.com/other", false},
        {"alice", "https://git.example.com", false},
        {"alice", "http://shared.example.com", false},
        {"none", "https://git.example.com", false},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct kb_request request = request_for(cases[i].url);
        strcpy(request.profile, cases[i].name);
        expect(&request, cases[i].url, cases[i].ours ? cases[i].name : NULL);
    }
}

/* Whom a request by address can not tell apart. */
static void test_rivals(void **state)
{
    static const char rivals[] = "{\"profiles\": {" P(
        "one", "\"https://a.example.com\", \"https://b.example.com/x\"", ANYBODY) "," P("same",
        "\"https://b.example.com:443/x\"", ANYBODY) "," P("path", "\"https://b.example.com/y\"",
        ANYBODY) "," P("user", "\"https://b.example.com/x\"", ACCOUNT("me")) "," P("port",
        "\"https://b.example.com:444/x\"", ANYBODY) "," P("none", "", ANYBODY) "}}";
    struct kb_config found = config_of(rivals);

    (void)state;
    for (size_t i = 0; i < found.count; i++) {
        const struct kb_profile *rival = kb_match_rival(&found, &found.profiles[i]);

        if (i < 2)
            assert_ptr_equal(rival, &found.profiles[1 - i]);
        else
            assert_null(rival);
    }
    kb_config_clear(&found);
}

/* A registry of one of them elsewhere says nothing about the address that both have. */
static void test_rivals_for_docker(void **state)
{
#define SHARED(more_of_one, more_of_two)                                                           \
    "{\"profiles\": {" P("one", "\"https://git.example.com\"", ANYBODY more_of_one) "," P(         \
        "two", "\"https://git.example.com\"", ANYBODY more_of_two) "}}"
#define REGISTRY(name) ", \"registry\": [\"" name "\"]"
    static const struct {
        const char *config;
        bool by_host;
    } cases[] = {
        {SHARED("", ""), false},
        {SHARED(REGISTRY("r.example.com"), ""), false},
        {SHARED("", REGISTRY("r.example.com")), false},
        {SHARED(REGISTRY("r.example.com"), REGISTRY("s.example.com")), false},
        {SHARED(REGISTRY("r.example.com"), REGISTRY("r.example.com")), true},
        {SHARED("", REGISTRY("git.example.com")), true},
        {SHARED(REGISTRY("git.example.com"), ""), true},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct kb_config found = config_of(cases[i].config);

        assert_int_equal(
            kb_match_by_host(&found.profiles[0], &found.profiles[1]), cases[i].by_host);
        kb_config_clear(&found);
    }
}

static void test_all_of_an_address(void **state)
{
    static const struct {
        const char *profile, *address;
        bool covers, covers_named;
    } cases[] = {
        {"secure", "https://localhost:8443", true, true},
        {"secure", "https://localhost:8443/x", true, true},
        {"secure", "https://localhost", false, false},
        {"secure", "http://localhost:8443", false, false},
        /* others have parts */
        {"root", "https://git.example.com", false, true},
        {"root", "https://git.example.com/team", false, true},
        {"root", "https://git.example.com/team/deep", true, true},
        {"root", "https://git.example.com/teams", true, true},
        {"root", "https://git.example.com:8443", true, true},
        {"team", "https://git.example.com/team", false, true},
        {"deep", "https://git.example.com/team/deep", true, true},
        /* of itself it is a part */
        {"deep", "https://git.example.com/team", false, false},
        {"team", "https://git.example.com", false, false},
        {"twice", "https://twice.example.com", true, true},
        {"alice", "https://shared.example.com", false, true},
        {"hub", "https://index.docker.io", true, true},
        {"none", "https://git.example.com", false, false},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        const struct kb_profile *profile = kb_config_find(&config, cases[i].profile);
        struct kb_url address = url_of(cases[i].address);

        if (kb_match_covers(&config, profile, &address, false) != cases[i].covers ||
            kb_match_covers(&config, profile, &address, true) != cases[i].covers_named)
            fail_msg("%s of %s", cases[i].address, cases[i].profile);
    }
}

/* Of a request its host counts, whatever its path. */
static void test_all_of_a_host(void **state)
{
    const struct kb_profile *root = kb_config_find(&config, "root");
    struct kb_request request = request_for("https://git.example.com/teams/x");

    (void)state;
    assert_false(kb_match_covers_host(&config, root, &request));
    strcpy(request.profile, "root");
    assert_true(kb_match_covers_host(&config, root, &request));
    request = request_for("https://git.example.com:8443/team/x");
    assert_true(kb_match_covers_host(&config, root, &request));
}

static void test_a_request_that_names_nothing(void **state)
{
    struct kb_request request = KB_REQUEST_INIT;
    const struct kb_profile *found = NULL;
    struct kb_error err = KB_ERROR_INIT;
    const struct kb_config empty = KB_CONFIG_INIT;
    struct kb_config single = config_of("{\"profiles\": {" P("only", "", ANYBODY) "}}");

    (void)state;
    assert_int_equal(kb_match(&config, &request, &found, &err), KB_ERR_USAGE);
    assert_int_equal(kb_match(&empty, &request, &found, &err), KB_ERR_NOT_FOUND);
    assert_null(found);
    assert_int_equal(kb_match(&single, &request, &found, &err), KB_OK);
    assert_string_equal(found->name, "only");
    kb_config_clear(&single);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_slash_at_the_end),
        cmocka_unit_test(test_by_address),
        cmocka_unit_test(test_mail),
        cmocka_unit_test(test_docker_hub_is_one_host),
        cmocka_unit_test(test_any_path_sees_origins_only),
        cmocka_unit_test(test_any_scheme_is_for_loopback),
        cmocka_unit_test(test_any_scheme_never_weakens_another_host),
        cmocka_unit_test(test_username_decides_between_equals),
        cmocka_unit_test(test_equals_are_named_as_the_tool_can),
        cmocka_unit_test(test_who_is_near),
        cmocka_unit_test(test_no_user_name_among_equals),
        cmocka_unit_test(test_an_account_serves_no_other),
        cmocka_unit_test(test_by_name),
        cmocka_unit_test(test_a_path_that_was_not_told),
        cmocka_unit_test(test_by_name_and_address),
        cmocka_unit_test(test_rivals),
        cmocka_unit_test(test_rivals_for_docker),
        cmocka_unit_test(test_all_of_an_address),
        cmocka_unit_test(test_all_of_a_host),
        cmocka_unit_test(test_a_request_that_names_nothing),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
