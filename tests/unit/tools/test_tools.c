/*
 * What each tool would have to change for a profile.
 */
#include "tools/tool.h"

#include "base/attr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define PROFILE(members)                                                                           \
    "{\"token_url\": \"https://sso.example/token\", \"store\": \"sealed-file\"" members "}"

static const char text[] =
    "{\"profiles\": {"
    "\"forge\": " PROFILE(
        ", \"match\": [\"https://git.example/team\", \"https://two.example:8443\", "
        "\"imaps://mail.example\"], \"username\": \"bot\"") ","
                                                            "\"reg\": " PROFILE(
                                                                ", \"registry\": "
                                                                "[\"r.example:5000\", "
                                                                "\"docker.io\"]") ","
                                                                                  "\"bare\":"
                                                                                  " " PROFILE(
                                                                                      "") "}}";

static void load(const char *from, struct kb_config *ret)
{
    struct kb_error err = KB_ERROR_INIT;

    if (kb_config_parse("c.json", from, strlen(from), ret, &err))
        fail_msg("%s", err.msg);
}

static enum kb_err plan(const char *tool, const struct kb_config *config, const char *profile,
    struct kb_changes *ret, struct kb_error *err)
{
    const struct kb_tool_ask ask = {.config = config,
        .profile = profile ? kb_config_find(config, profile) : NULL,
        .front = "/opt/bin/keybearer"};

    return kb_tool_plan(kb_tool_by_word(tool), &ask, ret, err);
}

/* One text for all changes: way, profile, file, place, value. */
static void render(const struct kb_changes *changes, struct kb_buf *out)
{
    for (size_t i = 0; i < changes->count; i++) {
        const struct kb_change *change = &changes->items[i];

        kb_buf_fmt(out, "%s|%s|%s|", kb_way_words[change->way], change->profile,
            change->file ? change->file : "");
        for (size_t k = 0; k < change->place.count; k++)
            kb_buf_fmt(out, "%s%s", k > 0 ? "/" : "", change->place.items[k]);
        kb_buf_fmt(out, "|%s\n", change->value ? change->value : "");
    }
}

static const struct {
    const char *tool, *profile, *changes;
} rows[] = {
    {"git", NULL,
        "command|forge|/h/.gitconfig|credential.https://git.example/team.helper|keybearer\n"
        "command|forge|/h/.gitconfig|credential.https://git.example/team.useHttpPath|true\n"
        "command|forge|/h/.gitconfig|credential.https://two.example:8443.helper|keybearer\n"
        "command|forge|/h/.gitconfig|credential.imaps://mail.example:993.helper|keybearer\n"},
    {"docker", NULL,
        "json|reg|/h/.docker/config.json|credHelpers/r.example:5000|keybearer\n"
        "json|reg|/h/.docker/config.json|credHelpers/https://index.docker.io/v1/|keybearer\n"
        "json|reg|/h/.docker/config.json|credHelpers/docker.io|keybearer\n"},
    {"podman", "reg",
        "json|reg|/h/.config/containers/auth.json|credHelpers/r.example:5000|keybearer\n"
        "json|reg|/h/.config/containers/auth.json|credHelpers/docker.io|keybearer\n"},
    {"cargo", NULL,
        "block||/h/.cargo/config.toml|cargo|[registry]\nglobal-credential-providers = "
        "[\"cargo:token\", \"cargo-credential-keybearer\"]\n\n"},
    {"docker", "forge",
        "json|forge|/h/.docker/config.json|credHelpers/two.example:8443|keybearer\n"},
    {"curl", NULL, "print|forge|||\n"}, /* the only one that it takes */
    {"go", NULL, "command||/h/.config/go/env|GOAUTH|keybearer goauth; netrc\n"},
    {"kubectl", "forge", "command|forge|/h/.kube/config|forge|forge\n"},
    {"bazel", "forge",
        "block|forge|/h/.bazelrc|forge|"
        "common --credential_helper=git.example=credential-helper-keybearer\n"
        "common --credential_helper=two.example=credential-helper-keybearer\n\n"},
    {"terraform", NULL,
        "link||/h/.terraform.d/plugins/terraform-credentials-keybearer||"
        "/opt/bin/terraform-credentials-keybearer\n"
        "block||/h/.terraformrc|terraform|credentials_helper \"keybearer\" {\n}\n\n"},
    {"pnpm", "forge",
        "link|forge|/h/.local/bin/keybearer-pnpm-forge||/opt/bin/keybearer\n"
        "block|forge|/h/.npmrc|forge|//git.example/team/:tokenHelper="
        "/h/.local/bin/keybearer-pnpm-forge\n\n"},
    {"claude", "forge", "json|forge|/h/.claude/settings.json|apiKeyHelper|keybearer token forge\n"},
    {"curl", "forge", "print|forge|||\n"},
};

static void test_plans(void **state)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;

    (void)state;
    load(text, &config);
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        KB_AUTO(kb_changes_clear) struct kb_changes changes = {0};
        KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(65536);
        struct kb_error err = KB_ERROR_INIT;

        if (plan(rows[i].tool, &config, rows[i].profile, &changes, &err))
            fail_msg("%s: %s", rows[i].tool, err.msg);
        render(&changes, &out);
        assert_string_equal(kb_buf_text(&out), rows[i].changes);
    }
}

static void test_what_does_not_fit(void **state)
{
    static const struct {
        const char *tool, *profile;
        enum kb_err code;
    } cases[] = {
        {"git", "reg", KB_ERR_NOT_FOUND},
        {"docker", "bare", KB_ERR_NOT_FOUND},
        {"podman", "bare", KB_ERR_NOT_FOUND},
        {"pnpm", "bare", KB_ERR_NOT_FOUND},
        {"kubectl", NULL, KB_ERR_USAGE},
        {"claude", NULL, KB_ERR_USAGE},
    };
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;

    (void)state;
    load(text, &config);
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_changes_clear) struct kb_changes changes = {0};

        assert_int_equal(
            plan(cases[i].tool, &config, cases[i].profile, &changes, NULL), cases[i].code);
        assert_int_equal(changes.count, 0);
    }
}

/* git asks all helpers of an address, so one that serves two profiles could answer for the wrong
 * one. */
static void test_rivals_are_left_to_the_person(void **state)
{
    static const char both[] =
        "{\"profiles\": {"
        "\"one\": " PROFILE(
            ", \"match\": \"https://g.example\", "
            "\"token_username\": \"x\"") ","
                                         "\"two\": " PROFILE(", \"match\": \"https://g.example\", "
                                                             "\"token_username\": \"x\"") "}}";
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    KB_AUTO(kb_changes_clear) struct kb_changes changes = {0};

    (void)state;
    load(both, &config);
    assert_int_equal(plan("git", &config, "one", &changes, NULL), KB_OK);
    assert_int_equal(changes.count, 1);
    assert_int_equal(changes.items[0].way, KB_WAY_PRINT);
    assert_non_null(strstr(changes.items[0].lines, "keybearer --profile one"));
}

/* Tables that a block would repeat: the tool would refuse its file. */
static void test_clashes(void **state)
{
    static const struct {
        const char *tool, *text;
        bool clashes;
    } cases[] = {
        {"cargo", "[registries.x]\nindex = \"y\"\n", false},
        {"cargo", "[registry]\n", true},
        {"cargo", "a = 1\n  [ registry ]\n", true},
        {"cargo", "registry.default = \"x\"\n", true},
        {"cargo", "registry = { default = \"x\" }\n", true},
        {"cargo", "\"registry\".default = \"x\"\n", true},
        {"cargo", "[\tregistry]\n", true},
        {"cargo", "['registry']\n", true},
        {"cargo", "'registry'.default = \"x\"\n", true},
        {"cargo", "[\"regi\\u0073try\"]\n", true},
        {"cargo", "[[registry]]\n", true},
        {"cargo", "[source.mirror]\nregistry = \"https://mirror.example\"\n", false},
        {"cargo", "# [registry]\n", false},
        {"terraform", "credentials_helper \"x\" {\n}\n", true},
        {"terraform", "credentials \"h\" {}\n", false},
        {"terraform", "\n{\"credentials_helper\": {}}\n", true},
        {"pnpm", "//git.example/team/:tokenHelper = /x\n", true},
        {"pnpm", "//git.example/other/:tokenHelper=/x\n", false},
    };
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;

    (void)state;
    load(text, &config);
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_changes_clear) struct kb_changes changes = {0};

        const char *profile = strcmp(cases[i].tool, "pnpm") == 0 ? "forge" : NULL;
        const struct kb_change *change;

        assert_int_equal(plan(cases[i].tool, &config, profile, &changes, NULL), KB_OK);
        change = &changes.items[changes.count - 1];
        if (change->clashes(change, cases[i].text) != cases[i].clashes)
            fail_msg("%s: %s", cases[i].tool, cases[i].text);
    }
}

/* Their tools would run, as us, what they are set to run. */
static void test_another_persons_home(void **state)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    KB_AUTO(kb_changes_clear) struct kb_changes changes = {0};
    char home[] = "/tmp/kb-home-XXXXXX";

    (void)state;
    load(text, &config);
    assert_non_null(mkdtemp(home));
    assert_int_equal(chmod(home, 0777), 0);
    setenv("HOME", home, 1);
    assert_int_equal(plan("git", &config, NULL, &changes, NULL), KB_ERR_DENIED);
    assert_int_equal(changes.count, 0);
    assert_int_equal(chmod(home, 0700), 0);
    assert_int_equal(plan("git", &config, NULL, &changes, NULL), KB_OK);
    setenv("HOME", "/h", 1);
    assert_int_equal(rmdir(home), 0);
}

static void test_variables_name_files(void **state)
{
    static const struct {
        const char *variable, *tool, *profile;
    } relative[] = {{"DOCKER_CONFIG", "docker", NULL}, {"REGISTRY_AUTH_FILE", "podman", NULL},
        {"CARGO_HOME", "cargo", NULL}, {"CLAUDE_CONFIG_DIR", "claude", "forge"}};
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    KB_AUTO(kb_changes_clear) struct kb_changes changes = {0};

    (void)state;
    load(text, &config);
    setenv("DOCKER_CONFIG", "/d", 1);
    setenv("REGISTRY_AUTH_FILE", "/a.json", 1);
    setenv("CARGO_HOME", "/c", 1);
    assert_int_equal(plan("docker", &config, NULL, &changes, NULL), KB_OK);
    assert_string_equal(changes.items[0].file, "/d/config.json");
    kb_changes_clear(&changes);
    assert_int_equal(plan("podman", &config, NULL, &changes, NULL), KB_OK);
    assert_string_equal(changes.items[0].file, "/a.json");
    kb_changes_clear(&changes);
    assert_int_equal(plan("cargo", &config, NULL, &changes, NULL), KB_OK);
    assert_string_equal(changes.items[0].file, "/c/config.toml");
    kb_changes_clear(&changes);
    unsetenv("DOCKER_CONFIG");
    unsetenv("REGISTRY_AUTH_FILE");
    unsetenv("CARGO_HOME");
    for (size_t i = 0; i < KB_COUNT(relative); i++) {
        kb_changes_clear(&changes);
        setenv(relative[i].variable, "relative", 1);
        assert_int_equal(
            plan(relative[i].tool, &config, relative[i].profile, &changes, NULL), KB_ERR_CONFIG);
        unsetenv(relative[i].variable);
    }
    setenv("TF_CLI_CONFIG_FILE", "relative", 1);
    assert_int_equal(plan("terraform", &config, NULL, &changes, NULL), KB_ERR_CONFIG);
    setenv("TF_CLI_CONFIG_FILE", "/t/rc", 1);
    kb_changes_clear(&changes);
    assert_int_equal(plan("terraform", &config, NULL, &changes, NULL), KB_OK);
    assert_string_equal(changes.items[1].file, "/t/rc");
    unsetenv("TF_CLI_CONFIG_FILE");
    setenv("HOME", "relative", 1);
    assert_int_equal(plan("docker", &config, NULL, &changes, NULL), KB_ERR_CONFIG);
    setenv("HOME", "/h", 1);
}

/* What a person can type for a tool of one profile, where there are several. */
static void test_a_name_that_exists(void **state)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    KB_AUTO(kb_changes_clear) struct kb_changes changes = {0};
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    load(text, &config);
    assert_int_equal(plan("kubectl", &config, NULL, &changes, &err), KB_ERR_USAGE);
    assert_string_equal(err.msg, "kubectl needs the name of a profile");
    assert_non_null(strstr(kb_err_hint(&err), "keybearer setup kubectl forge"));
}

/* The file that the tool's own command writes to, which may be one to be left alone. */
static void test_files_of_commands(void **state)
{
    static const struct {
        const char *tool, *variable, *value, *file;
    } cases[] = {
        {"git", "GIT_CONFIG_GLOBAL", "/g", "/g"},
        {"go", "GOENV", "/e", "/e"},
        {"go", "GOENV", "off", NULL},
        {"kubectl", "KUBECONFIG", "/nowhere/a:/dev/null:/nowhere/b", "/dev/null"},
        {"kubectl", "KUBECONFIG", "/nowhere/a::/nowhere/b", "/nowhere/b"},
    };
    static const char *const variables[][2] = {
        {"git", "GIT_CONFIG_GLOBAL"}, {"kubectl", "KUBECONFIG"}, {"go", "GOENV"}};
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;

    (void)state;
    load(text, &config);
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_changes_clear) struct kb_changes changes = {0};

        setenv(cases[i].variable, cases[i].value, 1);
        assert_int_equal(plan(cases[i].tool, &config, "forge", &changes, NULL), KB_OK);
        unsetenv(cases[i].variable);
        if (cases[i].file)
            assert_string_equal(changes.items[0].file, cases[i].file);
        else
            assert_null(changes.items[0].file);
    }
    for (size_t i = 0; i < KB_COUNT(variables); i++) {
        KB_AUTO(kb_changes_clear) struct kb_changes none = {0};

        setenv(variables[i][1], "relative", 1);
        assert_int_equal(plan(variables[i][0], &config, "forge", &none, NULL), KB_ERR_CONFIG);
        unsetenv(variables[i][1]);
    }
}

/* What the user of kubectl has besides what setup made would be lost with it. */
static void test_what_kubectl_shows(void **state)
{
#define VIEW(user)                                                                                 \
    "{\"users\": [{\"name\": \"x\", \"user\": {}}, {\"name\": \"a\", \"user\": " user "}]}"
#define EXEC(more) "\"exec\": {\"command\": \"keybearer\", \"args\": [\"kubectl\", \"a\"]" more "}"
    static const struct {
        const char *output;
        enum kb_standing standing;
    } cases[] = {
        {"", KB_STANDS_NOTHING},
        {"{\"users\": null}", KB_STANDS_NOTHING},
        {"{\"users\": [{\"name\": \"b\", \"user\": {" EXEC("") "}}]}", KB_STANDS_NOTHING},
        {VIEW("{}"), KB_STANDS_OTHER},
        {VIEW("{\"token\": \"REDACTED\"}"), KB_STANDS_OTHER},
        {VIEW("{\"exec\": {\"command\": \"other\"}}"), KB_STANDS_OTHER},
        {VIEW("{" EXEC("") "}"), KB_STANDS_OURS},
        {VIEW("{" EXEC(", \"env\": null, \"interactiveMode\": \"Never\"") "}"), KB_STANDS_OURS},
        {VIEW("{" EXEC("") ", \"client-certificate\": \"/x.pem\"}"), KB_STANDS_CHANGED},
        {VIEW("{" EXEC(", \"env\": [{\"name\": \"X\", \"value\": \"y\"}]") "}"), KB_STANDS_CHANGED},
        {VIEW("{" EXEC(", \"env\": 1") "}"), KB_STANDS_CHANGED},
        {VIEW("{" EXEC(", \"installHint\": \"mine\"") "}"), KB_STANDS_CHANGED},
        {VIEW("{\"exec\": {\"command\": \"keybearer\", \"args\": [\"kubectl\", null]}}"),
            KB_STANDS_CHANGED},
        {"{", KB_STANDS_CHANGED},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        if (kb_tool_by_word("kubectl")->kind->judge("a", 0, cases[i].output) != cases[i].standing)
            fail_msg("%s", cases[i].output);
    }
}

/* kubectl gets a token for a server only by a match. */
static void test_what_is_missing(void **state)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    KB_AUTO(kb_changes_clear) struct kb_changes changes = {0};

    (void)state;
    load(text, &config);
    assert_int_equal(plan("kubectl", &config, "bare", &changes, NULL), KB_OK);
    assert_string_equal(changes.items[0].missing, "keybearer match add bare https://SERVER");
    assert_int_equal(plan("kubectl", &config, "forge", &changes, NULL), KB_OK);
    assert_null(changes.items[1].missing);
}

/* The folder of the link that pip must find before any other program of that name. */
static void test_lines_name_the_folder(void **state)
{
    static const char line[] = "export PATH=\"/opt/libexec/keybearer/keyring:$PATH\"\n";
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;

    (void)state;
    load(text, &config);
    for (size_t i = 0; i < 2; i++) {
        KB_AUTO(kb_changes_clear) struct kb_changes changes = {0};
        const struct kb_tool_ask ask = {.config = &config,
            .profile = kb_config_find(&config, "forge"),
            .front = "/opt/bin/keybearer",
            .keyring = "/opt/libexec/keybearer/keyring"};

        assert_int_equal(kb_tool_plan(kb_tool_by_word(i ? "pip" : "uv"), &ask, &changes, NULL), 0);
        assert_int_equal(strncmp(changes.items[0].lines, line, sizeof(line) - 1), 0);
    }
}

/* git is asked about an address that the match serves; nothing has two slashes. */
static void test_a_slash_at_the_end(void **state)
{
    static const char slash[] = "{\"profiles\": {\"t\": " PROFILE(
        ", \"match\": \"https://g.example/team/\", \"username\": \"x\"") "}}";
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    KB_AUTO(kb_changes_clear) struct kb_changes changes = {0};
    KB_AUTO(kb_strings_clear) struct kb_strings words = {0};
    KB_AUTO(kb_buf_clear) struct kb_buf input = KB_BUF_INIT(1024);

    (void)state;
    load(slash, &config);
    assert_int_equal(plan("git", &config, "t", &changes, NULL), KB_OK);
    assert_true(kb_tool_by_word("git")->kind->verify(&changes.items[0], &words, &input));
    assert_non_null(strstr(kb_buf_text(&input), "url=https://g.example/team\n"));
    kb_changes_clear(&changes);
    assert_int_equal(plan("curl", &config, "t", &changes, NULL), KB_OK);
    assert_null(strstr(changes.items[0].lines, "team//"));
}

/* Lines to type are words of a shell, whatever an address or a folder is called. */
static void test_lines_are_words(void **state)
{
    static const char odd[] = "{\"profiles\": {\"t\": " PROFILE(
        ", \"match\": \"https://g.example/a;b'c\", \"username\": \"x\"") "}}";
    static const struct {
        const char *tool, *line;
    } cases[] = {
        {"git", "--add 'credential.https://g.example/a;b'\\''c.helper' keybearer\n"},
        {"curl", "curl -H @- 'https://g.example/a;b'\\''c/'\n"},
        {"pip", "index-url 'https://oauth2@g.example/a;b'\\''c/simple/'\n"},
        {"pnpm", "ln -s /opt/bin/keybearer '/h i/.local/bin/keybearer-pnpm-t'\n"},
        {"terraform", " '/h i/.terraform.d/plugins/terraform-credentials-keybearer'\n"},
    };
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;

    (void)state;
    load(odd, &config);
    setenv("HOME", "/h i", 1);
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_changes_clear) struct kb_changes changes = {0};

        assert_int_equal(plan(cases[i].tool, &config, "t", &changes, NULL), KB_OK);
        if (!strstr(changes.items[0].lines, cases[i].line))
            fail_msg("%s", changes.items[0].lines);
    }
    setenv("HOME", "/h", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plans),
        cmocka_unit_test(test_what_does_not_fit),
        cmocka_unit_test(test_rivals_are_left_to_the_person),
        cmocka_unit_test(test_clashes),
        cmocka_unit_test(test_another_persons_home),
        cmocka_unit_test(test_variables_name_files),
        cmocka_unit_test(test_a_name_that_exists),
        cmocka_unit_test(test_files_of_commands),
        cmocka_unit_test(test_what_kubectl_shows),
        cmocka_unit_test(test_what_is_missing),
        cmocka_unit_test(test_lines_name_the_folder),
        cmocka_unit_test(test_a_slash_at_the_end),
        cmocka_unit_test(test_lines_are_words),
    };
    static const char *const variables[] = {"DOCKER_CONFIG", "REGISTRY_AUTH_FILE", "CARGO_HOME",
        "XDG_CONFIG_HOME", "TF_CLI_CONFIG_FILE", "CLAUDE_CONFIG_DIR", "GIT_CONFIG_GLOBAL", "GOENV",
        "KUBECONFIG"};

    for (size_t i = 0; i < KB_COUNT(variables); i++)
        unsetenv(variables[i]);
    setenv("HOME", "/h", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
