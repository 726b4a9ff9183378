/*
 * Who else git asks, by its files.
 */
#include "tools/others.h"

#include "base/attr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define HERE "[credential \"https://git.example.com\"]\n"
#define OURS HERE "helper = keybearer\n"

static char home[] = "/tmp/kb-others-XXXXXX";

static void write_file(const char *name, const char *text)
{
    char path[64];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", home, name);
    file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void append(struct kb_buf *out, const struct kb_strings *names, const char *end)
{
    for (size_t i = 0; i < names->count; i++)
        kb_buf_fmt(out, "%s%s", i > 0 ? "," : "", names->items[i]);
    kb_buf_str(out, end);
}

/* "BEFORE<BEHIND/WITHIN", and "?" where that is not all, maybe. */
static void describe(const struct kb_others *others, struct kb_buf *out)
{
    append(out, &others->before, "<");
    append(out, &others->behind, "/");
    append(out, &others->within, others->is_open ? "?" : "");
}

/* Of a profile with SETTINGS; SAID is what the tool says itself, or NULL. */
static void gather(
    const char *tool, const char *settings, const struct kb_buf *said, struct kb_others *others)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(4096);

    kb_buf_fmt(&text,
        "{\"profiles\": {\"work\": {\"token_url\": \"https://sso.example/t\", \"store\": "
        "\"sealed-file\", %s}}}",
        settings);
    assert_int_equal(kb_config_parse("c.json", kb_buf_text(&text), text.len, &config, NULL), KB_OK);
    if (said)
        kb_tool_others_said(kb_tool_by_word(tool), &config.profiles[0], said, others);
    else
        kb_tool_others(kb_tool_by_word(tool), &config.profiles[0], others);
}

static void render(const char *tool, const char *settings, struct kb_buf *out)
{
    KB_AUTO(kb_others_clear) struct kb_others others = {.is_open = false};
    bool any;

    gather(tool, settings, NULL, &others);
    describe(&others, out);
    any = strcmp(kb_buf_text(out), "</") != 0 && strcmp(kb_buf_text(out), "</?") != 0;
    assert_int_equal(kb_others_any(&others), any);
}

static void expect(const char *what, const char *settings, const char *said)
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(4096);

    render("git", settings, &out);
    if (strcmp(kb_buf_text(&out), said) != 0)
        fail_msg("%s: %s", what, kb_buf_text(&out));
}

#define WORK "\"username\": \"me\", \"match\": \"https://git.example.com\""

/* What the system's file and the person's say, and whom git asks then. */
static const struct {
    const char *system, *own, *said;
} rows[] = {
    {"", "", "</"},
    {"", OURS, "</"},
    {"", "[credential]\nhelper = cache --timeout=9\n", "cache</"},
    {"", "[credential]\nhelper = cache\nhelper = cache\n" OURS "helper = store\n", "cache<store/"},
    {"[credential]\nhelper = store\n", OURS, "store</"},
    {"[credential]\nhelper = keybearer\n", "[credential]\nhelper = store\n", "<store/"},
    /* an empty one takes back what stands before it, in any file */
    {"[credential]\nhelper = store\n", "[credential]\nhelper =\n" OURS, "</"},
    {"[credential]\nhelper = store\n", HERE "helper = \"\"\nhelper = keybearer\n", "</"},
    {"", OURS "[credential]\nhelper =\nhelper = cache\n", "cache</"},
    /* other addresses, and parts of ours */
    {"", "[credential \"https://other.example\"]\nhelper = store\n" OURS, "</"},
    {"", "[credential \"https://git.example.com:8443\"]\nhelper = store\n" OURS, "</"},
    {"", "[credential \"git.example.com\"]\nhelper = store\n" OURS, "store</"},
    {"", OURS "[credential \"https://git.example.com/team\"]\nhelper = store\n", "</store"},
    {"", "[credential]\nhelper = cache\n[credential \"https://git.example.com/team\"]\nhelper =\n",
        "cache</"},
    {"", "[credential \"https://git.example.com/team\"]\nhelper = keybearer\n", "</"},
    /* what leaves it open */
    {"", OURS "[include]\npath = other\n", "</?"},
    {"[includeIf \"gitdir:~/x\"]\npath = other\n", OURS, "</?"},
    {"", OURS "[credential \"https://*.example.com\"]\nhelper = store\n", "</?"},
    {"", "[credential]\nhelper = cache\n[credential\n", "cache</?"},
    {"", OURS "[credential \"https://me@git.example.com\"]\nhelper = store\n", "</?"},
    {"", OURS "[credential \"git.example.com/team\"]\nhelper = store\n", "</?"},
    /* nothing of another host does */
    {"", OURS "[credential \"https://me@other.org\"]\nhelper = store\n", "</"},
    {"", OURS "[credential \"https://*.corp.net\"]\nhelper = store\n", "</"},
    {"", OURS "[credential \"gitlab.corp.net/team\"]\nhelper = store\n", "</"},
    {"", OURS "[credential \"git.example.com:443\"]\nhelper = store\n", "</"},
    /* of every host of the scheme */
    {"", OURS "[credential \"https://\"]\nhelper = store\n", "<store/"},
    /* ours, by whatever way it is called */
    {"", "[credential]\nhelper = keybearer --profile work\n", "</"},
    {"", "[credential]\nhelper = /opt/bin/git-credential-keybearer --profile work\n", "</"},
    {"", "[credential]\nhelper = !keybearer git --profile work\nhelper = a\n", "<a/"},
    {"", "[credential]\nhelper = !/opt/bin/git-credential-keybearer\nhelper = a\n", "<a/"},
    {"", "[credential]\nhelper = keybearer-not\nhelper = notkeybearer\n",
        "keybearer-not,notkeybearer</"},
    /* nothing is shown of what may hold a password */
    {"", "[credential]\nhelper = /usr/lib/git-core/git-credential-libsecret\n", "libsecret</"},
    {"", "[credential]\nhelper = !store keybearer\n", "a command</"},
    {"", "[credential]\nhelper = \"!f() { echo password=pa55; }; f\"\n", "a command</"},
    {"", "[credential]\nhelper = https://me:pa55@host.example/x\n", "a command</"},
    {"", "[credential]\nhelper = /opt/x:pa55/h\nhelper = /opt/pa55\n", "a command</"},
    {"", "[credential]\nhelper = a:b\n", "a command</"},
};

static void test_what_files_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        write_file("system", rows[i].system);
        write_file(".gitconfig", rows[i].own);
        expect(rows[i].own, WORK, rows[i].said);
    }
}

static void test_which_files(void **state)
{
    char path[64];

    (void)state;
    write_file("system", "[credential]\nhelper = of-system\n");
    write_file(".gitconfig", "[credential]\nhelper = of-home\n");
    write_file("xdg/git/config", "[credential]\nhelper = of-xdg\n");
    write_file("global", "[credential]\nhelper = of-variable\n");
    snprintf(path, sizeof(path), "%s/xdg", home);
    setenv("XDG_CONFIG_HOME", path, 1);
    expect("all", WORK, "of-system,of-xdg,of-home</");
    setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    expect("no system", WORK, "of-xdg,of-home</");
    setenv("GIT_CONFIG_NOSYSTEM", "0", 1);
    expect("a system", WORK, "of-system,of-xdg,of-home</");
    snprintf(path, sizeof(path), "%s/global", home);
    setenv("GIT_CONFIG_GLOBAL", path, 1);
    expect("global", WORK, "of-system,of-variable</");
    setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
    expect("no global", WORK, "of-system</");
    setenv("GIT_CONFIG_GLOBAL", "relative", 1);
    expect("relative", WORK, "of-system</?");
    unsetenv("GIT_CONFIG_GLOBAL");
    setenv("GIT_CONFIG_COUNT", "0", 1);
    expect("count", WORK, "of-system,of-xdg,of-home</?");
    unsetenv("GIT_CONFIG_COUNT");
    unsetenv("GIT_CONFIG_NOSYSTEM");
    unsetenv("XDG_CONFIG_HOME");
}

/* git's booleans, in its environment. */
static void test_words_for_no_system(void **state)
{
    static const struct {
        const char *value;
        bool is_true;
    } words[] = {{"1", true}, {"2", true}, {"-1", true}, {"0x10", true}, {"1k", true},
        {"TRUE", true}, {"Yes", true}, {"oN", true}, {"0", false}, {"0x0", false}, {"00", false},
        {"", false}, {"false", false}, {"no", false}, {"Off", false}};

    (void)state;
    write_file("system", "[credential]\nhelper = of-system\n");
    write_file(".gitconfig", "");
    for (size_t i = 0; i < KB_COUNT(words); i++) {
        setenv("GIT_CONFIG_NOSYSTEM", words[i].value, 1);
        expect(words[i].value, WORK, words[i].is_true ? "</" : "of-system</");
    }
    unsetenv("GIT_CONFIG_NOSYSTEM");
}

/* `store` writes to the file that everybody knows, unless it is told another. */
static void test_the_usual_file(void **state)
{
    static const struct {
        const char *settings;
        bool is_usual;
    } files[] = {{"[credential]\nhelper = store\n", true},
        {"[credential]\nhelper = /usr/lib/git-core/git-credential-store\nhelper = cache\n", true},
        {"[credential \"https://git.example.com/team\"]\nhelper = store\n", true},
        {"[credential]\nhelper = store --file /x\n", false},
        {"[credential]\nhelper = store --fil=/x\n", false},
        {"[credential]\nhelper = !store\n", false}, {"[credential]\nhelper = stores\n", false},
        {"[credential]\nhelper = cache\n", false},
        {"[credential \"https://other.org\"]\nhelper = store\n", false}};

    (void)state;
    write_file("system", "");
    for (size_t i = 0; i < KB_COUNT(files); i++) {
        KB_AUTO(kb_others_clear) struct kb_others others = {.is_open = false};

        write_file(".gitconfig", files[i].settings);
        gather("git", WORK, NULL, &others);
        if (others.has_usual_file != files[i].is_usual)
            fail_msg("%s", files[i].settings);
    }
}

/* What git says is all that counts then, but for variables that it was not given. */
static void test_what_git_says(void **state)
{
    static const char said[] = "credential.helper\ncache\0"
                               "credential.https://git.example.com.helper\nkeybearer\0"
                               "credential.helper\nstore";
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(1024);

    (void)state;
    write_file("system", "[credential]\nhelper = of-system\n");
    write_file(".gitconfig", "[include]\npath = other\n");
    kb_buf_add(&text, said, sizeof(said));
    for (size_t i = 0; i < 2; i++) {
        KB_AUTO(kb_others_clear) struct kb_others others = {.is_open = false};
        KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(4096);

        gather("git", WORK, &text, &others);
        describe(&others, &out);
        assert_string_equal(kb_buf_text(&out), i == 0 ? "cache<store/" : "cache<store/?");
        setenv("GIT_CONFIG_COUNT", "0", 1);
    }
    unsetenv("GIT_CONFIG_COUNT");
}

static void test_each_address(void **state)
{
    (void)state;
    write_file("system", "");
    write_file(".gitconfig",
        "[credential]\nhelper = cache\n[credential \"https://a.example\"]\nhelper = keybearer\n"
        "[credential]\nhelper = store\n");
    expect("two", "\"username\": \"me\", \"match\": [\"https://a.example\", \"https://b.example\"]",
        "cache,store<store/");
    expect("none", "\"username\": \"me\"", "</");
}

static void test_a_tool_without_others(void **state)
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(64);

    (void)state;
    render("docker", "\"registry\": \"r.example\"", &out);
    assert_string_equal(kb_buf_text(&out), "</");
}

static int make_home(void **state)
{
    char path[64];

    (void)state;
    if (!mkdtemp(home))
        return -1;
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof(path), "%s/%s", home, i == 0 ? "xdg" : "xdg/git");
        if (mkdir(path, 0700) != 0)
            return -1;
    }
    snprintf(path, sizeof(path), "%s/system", home);
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("GIT_CONFIG_NOSYSTEM");
    return setenv("HOME", home, 1) | setenv("GIT_CONFIG_SYSTEM", path, 1);
}

static int remove_home(void **state)
{
    static const char *const names[] = {
        "xdg/git/config", "xdg/git", "xdg", "system", "global", ".gitconfig", "."};
    char path[64];

    (void)state;
    for (size_t i = 0; i < KB_COUNT(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", home, names[i]);
        if (strcmp(names[i], ".") == 0)
            return rmdir(home);
        if (remove(path) != 0)
            return -1;
    }
    return -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_files_say),
        cmocka_unit_test(test_which_files),
        cmocka_unit_test(test_words_for_no_system),
        cmocka_unit_test(test_the_usual_file),
        cmocka_unit_test(test_what_git_says),
        cmocka_unit_test(test_each_address),
        cmocka_unit_test(test_a_tool_without_others),
    };

    return cmocka_run_group_tests(tests, make_home, remove_home);
}
