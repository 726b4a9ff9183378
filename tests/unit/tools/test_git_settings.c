/*
 * What files of git's settings say of helpers, as git 2.39 reads them.
 */
#include "tools/git_settings.h"

#include "base/attr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ADDRESS "https://git.example.com/team"

/*
 * The values, each ended by '|', or by '/' where it is for a part of the address; "?" where the
 * text leaves it open.
 */
static const struct {
    const char *text, *values;
} rows[] = {
    {"", ""},
    {"[credential]\n\thelper = a\n\thelper = b --x\n", "a|b --x|"},
    {"[credential]\nhelper=a\nhelper=\nhelper=b", "b|"},
    {"[CREDENTIAL]\nHeLpEr=a\n", "a|"},
    {"[credential \"https://git.example.com\"] helper = a", "a|"},
    {"[credential \"https://git.example.com:443/team/\"]\nhelper = a", "a|"},
    {"[credential \"https://git.example.com:444\"]\nhelper = a", ""},
    {"[credential \"http://git.example.com\"]\nhelper = a", ""},
    {"[credential \"https://git.example.com/tea\"]\nhelper = a", ""},
    {"[credential \"https://git.example.com/team/a\"]\nhelper = a\n[credential]\nhelper = b",
        "b|a/"},
    {"[credential \"https://git.example.com/teams\"]\nhelper = a", ""},
    {"[credential \"https://GIT.example.com/team/a\"]\nuseHttpPath", ""},
    {"[credential \"https://GIT.Example.com\"]\nhelper = a", "a|"},
    {"[credential \"https://example.com\"]\nhelper = a", ""},
    {"[credential \"git.example.com\"]\nhelper = a", "a|"},
    {"[credential.git.EXAMPLE.com]\nhelper = a", "a|"},
    {"[credential \"GIT.example.com\"]\nhelper = a", ""},
    {"[credential \"https://*.example.com\"]\nhelper =", "?"},
    {"[credential \"https://*.corp.net\"]\nhelper = a\nhelper =", ""},
    {"[credential \"https://*.example.com\"]\nhelper = a", "?"},
    {"[credential \"https://me@git.example.com\"]\nhelper = a", "?"},
    {"[credential \"https://me@git.example.com\"]\nusername = a", ""},
    {"[credential \"git.example.com/team\"]\nhelper = a", "?"},
    {"[credential \"https://git\\.example.com\"]\nhelper = a", "a|"},
    {"[other]\nhelper = a\n[credentials]\nhelper = b", ""},
    {"[credential]\nuseHttpPath\nhelper\n", "true|"},
    {"[credential]\n# helper = a\n; helper = b\nhelper = c # d\n", "c|"},
    {"[credential]\nhelper = \"a # b\"  ; c\n", "a # b|"},
    {"[credential]\nhelper = a\\\n b\n", "a b|"},
    {"[credential]\nhelper = \"a\\\"\\\\\\tb\"\n", "a\"\\\tb|"},
    {"[credential]\r\nhelper = a  \r\n[other]\r\nx = y\r\n", "a|"},
    {"\xef\xbb\xbf[credential]\nhelper = a\n", "a|"},
    {"[include]\npath = x\n[credential]\nhelper = a\n", "a|?"},
    {"[includeIf \"gitdir:~/x\"]\npath = x\n", "?"},
    {"[credential]\nhelper = a\n[credential\nhelper = b\n", "a|?"},
    {"[credential]\nhelper = a\nhelper = \"b\n", "a|?"},
    {"[credential]\nhelper = a\\q\n", "?"},
    {"[credential]\n= a\n", "?"},
    {"[credential \"x\n\"]\n", "?"},
};

static void render(const struct kb_git_answer *answer, struct kb_buf *out)
{
    for (size_t i = 0; i < answer->values.count; i++)
        kb_buf_fmt(out, "%s|", answer->values.items[i]);
    for (size_t i = 0; i < answer->within.count; i++)
        kb_buf_fmt(out, "%s/", answer->within.items[i]);
    kb_buf_str(out, answer->is_sure ? "" : "?");
}

static void test_what_a_text_says(void **state)
{
    struct kb_url address = KB_URL_INIT;

    (void)state;
    assert_int_equal(kb_url_parse(ADDRESS, strlen(ADDRESS), &address, NULL), KB_OK);
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        KB_AUTO(kb_git_answer_clear) struct kb_git_answer answer = KB_GIT_ASK(address, "helper");
        KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(4096);

        kb_git_settings_read(rows[i].text, &answer);
        render(&answer, &out);
        if (strcmp(rows[i].values, kb_buf_text(&out)) != 0)
            fail_msg("%s: %s", rows[i].text, kb_buf_text(&out));
    }
}

/* Sections, and for what of an address they are: "|" all, "/" a part, "?" maybe some, "" nothing.
 */
static const struct {
    const char *address, *section, *said;
} sections[] = {
    {"https://git.example.com", "", "|"},
    /* a user, or a pattern: only where the rest fits */
    {"https://git.example.com", "https://me@git.example.com", "?"},
    {"https://git.example.com", "https://me@other.org", ""},
    {"https://git.example.com", "https://git.example.com@other.org", ""},
    {"https://git.example.com/a", "https://me@git.example.com/b", ""},
    {"https://git.example.com", "https://*.example.com", "?"},
    {"https://git.example.com", "https://*.*.*/team", "?"},
    {"https://git.example.com", "https://*.corp.net", ""},
    {"https://git.example.com", "https://*.com", ""},
    {"https://git.example.com", "https://*", ""},
    {"https://git.example.com", "https://git*.example.com", ""},
    {"https://git.example.com", "https://*.example.com:8443", ""},
    {"https://git.example.com", "http://*.example.com", ""},
    {"https://git.example.com/a", "https://*.example.com/b", ""},
    {"https://git.example.com", "*.example.com", ""},
    /* no host: any */
    {"https://git.example.com", "https://", "|"},
    {"https://git.example.com", "http://", ""},
    {"https://git.example.com", "HTTPS://", ""},
    {"https://git.example.com", "://", "|"},
    {"https://git.example.com", "https:///team", "?"},
    {"https://git.example.com/team", "https:///team", "?"},
    {"https://git.example.com/team", "https:///other", ""},
    {"https://git.example.com", "/team", "?"},
    {"https://git.example.com", "://git.example.com", "|"},
    {"https://git.example.com", "://other.org", ""},
    /* ports and dots, as git has them */
    {"https://git.example.com", "https://git.example.com:0443", "|"},
    {"https://git.example.com", "https://git.example.com:", "|"},
    {"https://git.example.com", "https://git.example.com:0", ""},
    {"https://git.example.com", "https://git.example.com:80", ""},
    {"http://localhost", "http://localhost:80", "|"},
    {"http://localhost:8080", "http://localhost:08080", "|"},
    {"https://git.example.com", "https://git.example.com.", "|"},
    {"https://git.example.com", "https://git.example.com.evil", ""},
    {"https://git.example.com", "https://git.example", ""},
    {"https://[::1]:8443", "https://[::1]:8443", "|"},
    {"https://[::1]:8443", "https://[::1]", ""},
    {"https://[::1]", "https://[::1]", "|"},
    {"https://[::1]:8443", "[::1]:8443", "|"},
    {"smtp://mail.example.com", "smtp://mail.example.com:25", "|"},
    {"smtp://mail.example.com", "smtp://mail.example.com", ""},
    {"smtp://mail.example.com", "mail.example.com:25", "|"},
    /* paths that git changes before it compares them */
    {"https://git.example.com/team", "https://git.example.com/./team", "?"},
    {"https://git.example.com/team", "https://git.example.com/x/../team", "?"},
    {"https://git.example.com/team", "https://git.example.com/team/..", "?"},
    {"https://git.example.com/team", "https://git.example.com/.team", ""},
    {"https://git.example.com/team", "https://git.example.com/x...", ""},
    {"https://git.example.com/team", "https://git.example.com/%74eam", "?"},
    {"https://git.example.com/team", "https://git.example.com/te am", "?"},
    {"https://git.example.com", "https://other.org/%74eam", ""},
    {"https://git.example.com", "https://git%2eexample.com", "?"},
    {"https://git.example.com/team", "https://git.example.com/team?x", ""},
    {"https://git.example.com", "https://git.example.com?x", ""},
    {"https://git.example.com", "https://git.example.com#x", ""},
    /* without a scheme byte for byte, and a path is all of it */
    {"https://git.example.com", "git.example.com/", "|"},
    {"https://git.example.com", "git.example.com:443", ""},
    {"https://git.example.com:8443", "git.example.com:8443", "|"},
    {"https://git.example.com:8443", "git.example.com", ""},
    {"https://git.example.com", "GIT.example.com", ""},
    {"https://git.example.com", "git%2eexample.com", "?"},
    {"https://git.example.com", "me@git.example.com", "?"},
    {"https://git.example.com", "me@other.org", ""},
    {"https://git.example.com", "git.example.com//team/", "?"},
    {"https://git.example.com/team", "git.example.com/team/a", "?"},
    {"https://git.example.com/team/a", "git.example.com/team", ""},
    {"https://git.example.com/team", "git.example.com/tea", ""},
    {"https://git.example.com/team", "git.example.com/te%61m", "?"},
    {"https://git.example.com", "gitlab.corp.net/team", ""},
    {"https://git.example.com", "git.example.com?x", ""},
};

static void test_sections(void **state)
{
    (void)state;
    for (size_t i = 0; i < KB_COUNT(sections); i++) {
        const char *text = sections[i].address;
        KB_AUTO(kb_buf_clear) struct kb_buf file = KB_BUF_INIT(4096);
        KB_AUTO(kb_git_answer_clear) struct kb_git_answer answer = {.is_sure = false};
        struct kb_url address = KB_URL_INIT;
        const char *said;

        assert_int_equal(kb_url_parse(text, strlen(text), &address, NULL), KB_OK);
        answer = KB_GIT_ASK(address, "helper");
        kb_buf_fmt(&file, "[credential \"%s\"]\nhelper = a\n", sections[i].section);
        kb_git_settings_read(kb_buf_text(&file), &answer);
        said = !answer.is_sure           ? "?"
               : answer.values.count > 0 ? "|"
               : answer.within.count > 0 ? "/"
                                         : "";
        if (strcmp(said, sections[i].said) != 0)
            fail_msg("%s, %s: %s", text, sections[i].section, said);
    }
}

/* Of several files in turn, as git reads them: a later one takes back what earlier ones set. */
static void test_files_in_turn(void **state)
{
    KB_AUTO(kb_git_answer_clear) struct kb_git_answer answer = {.is_sure = true};
    struct kb_url address = KB_URL_INIT;

    (void)state;
    assert_int_equal(kb_url_parse(ADDRESS, strlen(ADDRESS), &address, NULL), KB_OK);
    answer = KB_GIT_ASK(address, "helper");
    kb_git_settings_read("[credential]\nhelper = a\n", &answer);
    kb_git_settings_read("[credential]\nhelper = b\n", &answer);
    assert_int_equal(answer.values.count, 2);
    kb_git_settings_read("[credential \"" ADDRESS "/a\"]\nhelper = c\nhelper =\n", &answer);
    assert_int_equal(answer.within.count, 1);
    assert_int_equal(answer.values.count, 2);
    kb_git_settings_read("[credential]\nhelper =\n", &answer);
    assert_int_equal(answer.values.count + answer.within.count, 0);
    assert_true(answer.is_sure);
}

/* What git says itself: values as above, of entries that each end with a NUL. */
static const struct {
    const char *said;
    size_t len;
    const char *values;
} answers[] = {
#define SAID(text, values)                                                                         \
    {                                                                                              \
        text, sizeof(text), values                                                                 \
    }
    {"", 0, ""},
    SAID("credential.helper\na\0credential.helper\nb --x", "a|b --x|"),
    SAID("credential.helper\na\0credential.helper\n\0credential.helper\nb", "b|"),
    SAID("credential.https://git.example.com.helper\na", "a|"),
    SAID("credential.https://git.example.com/team/a.helper\na", "a/"),
    SAID("credential.https://other.org.helper\na", ""),
    SAID("credential.https://me@git.example.com.helper\na", "?"),
    SAID("credential.git.example.com.helper\na", "a|"),
    SAID("credential..helper\na", "a|"),
    SAID("credential.helper", "true|"),
    SAID("credential.helper\na\nb", "a\nb|"),
    SAID("credential.username\na\0credential.https://git.example.com.username\nb", ""),
    SAID("credentials.helper\na\0other.helper\nb\0credential\nc\0\0", ""),
    SAID("includeif.gitdir:~/x.path\nother\0credential.helper\na", "a|?"),
    SAID("include.path\nother\0credential.helper\na", "a|"),
#undef SAID
};

static void test_what_git_says(void **state)
{
    struct kb_url address = KB_URL_INIT;

    (void)state;
    assert_int_equal(kb_url_parse(ADDRESS, strlen(ADDRESS), &address, NULL), KB_OK);
    for (size_t i = 0; i < KB_COUNT(answers); i++) {
        KB_AUTO(kb_git_answer_clear) struct kb_git_answer answer = KB_GIT_ASK(address, "helper");
        KB_AUTO(kb_buf_clear) struct kb_buf said = KB_BUF_INIT(4096);
        KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(4096);

        kb_buf_add(&said, answers[i].said, answers[i].len);
        kb_git_settings_hear(&said, &answer);
        render(&answer, &out);
        if (strcmp(answers[i].values, kb_buf_text(&out)) != 0)
            fail_msg("%s: %s", answers[i].said, kb_buf_text(&out));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_text_says),
        cmocka_unit_test(test_sections),
        cmocka_unit_test(test_files_in_turn),
        cmocka_unit_test(test_what_git_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
