/*
 * What git reads everywhere, read without it: the system's file, then the person's; or as it says
 * itself. A repository's own file is not looked at. Must never quote a value: it may be a command
 * with a password.
 */
#include "git_peek.h"

#include "kinds.h"

#include "tools/git_settings.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FILE_MAX = 4 << 20, NAME_MAX_SHOWN = 40 };

#define HELPER "helper"
#define PROGRAM "git-credential-"
#define STORE "store"

/* --- the files ------------------------------------------------------------------------- */

static void read_file(struct kb_git_answer *answer, const char *path)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(FILE_MAX);

    if (strcmp(path, "/dev/null") == 0)
        return;
    if (path[0] == '/' && kb_tool_read(path, &text))
        kb_git_settings_read(kb_buf_text(&text), answer);
    else
        answer->is_sure = false;
}

/* Any number but 0 is: in C's spelling, and whatever unit follows. */
static bool is_true(const char *value)
{
    return strcasecmp(value, "true") == 0 || strcasecmp(value, "yes") == 0 ||
           strcasecmp(value, "on") == 0 || strtoimax(value, NULL, 0) != 0;
}

/* What these bring is not looked at. */
static bool is_set_by_variables(void)
{
    return getenv("GIT_CONFIG_COUNT") || getenv("GIT_CONFIG_PARAMETERS");
}

/* git-config(1), FILES and ENVIRONMENT. */
static void read_files(struct kb_git_answer *answer)
{
    KB_AUTO(kb_str_free) char *path = NULL;
    const char *global = getenv("GIT_CONFIG_GLOBAL"), *system = getenv("GIT_CONFIG_SYSTEM");
    const char *no_system = getenv("GIT_CONFIG_NOSYSTEM");

    if (is_set_by_variables())
        answer->is_sure = false;
    if (!no_system || !is_true(no_system))
        read_file(answer, system ? system : "/etc/gitconfig");
    if (global) {
        read_file(answer, global);
        return;
    }
    if (!kb_tool_path("XDG_CONFIG_HOME", ".config", "git/config", &path, NULL))
        read_file(answer, path);
    if (!kb_tool_path(NULL, "", ".gitconfig", &path, NULL))
        read_file(answer, path);
}

/* PLACE is "credential.ADDRESS.KEY". */
static bool ask(const struct kb_change *change, struct kb_git_answer *answer)
{
    const char *address = change->place.items[0] + strlen("credential.");
    const char *dot = strrchr(address, '.');
    struct kb_url url;

    if (kb_url_parse(address, (size_t)(dot - address), &url, NULL))
        return false;
    *answer = KB_GIT_ASK(url, dot + 1);
    read_files(answer);
    return true;
}

/* --- helpers --------------------------------------------------------------------------- */

/* The name in "NAME ...", "/PATH/git-credential-NAME ..." or "!NAME ...", and its length. */
static const char *name_of(const char *value, size_t *ret_len)
{
    const char *name = value + (*value == '!'), *end = name + strcspn(name, " \t");

    for (const char *at = name; at < end; at++) {
        if (*at == '/')
            name = at + 1;
    }
    if (strncmp(name, PROGRAM, strlen(PROGRAM)) == 0)
        name += strlen(PROGRAM);
    *ret_len = (size_t)(end - name);
    return name;
}

static bool is_ours(const char *value)
{
    size_t len;
    const char *name = name_of(value, &len);

    return len == strlen("keybearer") && strncmp(name, "keybearer", len) == 0;
}

/* Of what may be an address, or a command with a password, NAME is not shown. */
static bool is_shown(const char *value, const char *name)
{
    size_t skipped = (size_t)(name - value);

    if (skipped == 0)
        return true;
    return *value == '/' && skipped > strlen(PROGRAM) &&
           strncmp(name - strlen(PROGRAM), PROGRAM, strlen(PROGRAM)) == 0;
}

static void add_name(struct kb_strings *names, const char *value)
{
    char plain[NAME_MAX_SHOWN + 1];
    size_t len;
    const char *name = name_of(value, &len);
    bool is_plain = is_shown(value, name) && len > 0 && len <= NAME_MAX_SHOWN;

    for (size_t i = 0; is_plain && i < len; i++)
        is_plain = isalnum((unsigned char)name[i]) || strchr("-._", name[i]);
    if (!is_plain) {
        kb_strings_add_once(names, "a command");
        return;
    }
    memcpy(plain, name, len);
    plain[len] = '\0';
    kb_strings_add_once(names, plain);
}

bool kb_git_peek(const struct kb_change *change, enum kb_standing *ret)
{
    KB_AUTO(kb_git_answer_clear) struct kb_git_answer answer = {.is_sure = true};
    bool stands = false;

    if (!ask(change, &answer))
        return false;
    if (strcmp(answer.key, HELPER) != 0) /* one value, and the last is it */
        stands = answer.values.count > 0 && is_true(answer.values.items[answer.values.count - 1]);
    else
        for (size_t i = 0; i < answer.values.count; i++)
            stands = stands || is_ours(answer.values.items[i]);
    *ret = stands ? KB_STANDS_OURS : KB_STANDS_NOTHING;
    return stands || answer.is_sure;
}

/* `store` with nothing behind it: an option may name another file. */
static bool has_usual_file(const char *value)
{
    size_t len;
    const char *name = name_of(value, &len);

    return is_shown(value, name) && len == strlen(STORE) && strncmp(name, STORE, len) == 0 &&
           strspn(name + len, " \t") == strlen(name + len);
}

static void add_helper(struct kb_others *others, struct kb_strings *names, const char *value)
{
    add_name(names, value);
    others->has_usual_file = others->has_usual_file || has_usual_file(value);
}

static void sort_helpers(const struct kb_git_answer *answer, struct kb_others *others)
{
    bool is_behind = false;

    for (size_t i = 0; i < answer->values.count; i++) {
        const char *value = answer->values.items[i];

        if (is_ours(value))
            is_behind = true;
        else
            add_helper(others, is_behind ? &others->behind : &others->before, value);
    }
    for (size_t i = 0; i < answer->within.count; i++) {
        if (!is_ours(answer->within.items[i]))
            add_helper(others, &others->within, answer->within.items[i]);
    }
    others->is_open = others->is_open || !answer->is_sure;
}

void kb_git_others(const struct kb_profile *profile, struct kb_others *others)
{
    for (size_t i = 0; i < profile->own_match_count; i++) {
        KB_AUTO(kb_git_answer_clear)
        struct kb_git_answer answer = KB_GIT_ASK(profile->match[i], HELPER);

        read_files(&answer);
        sort_helpers(&answer, others);
    }
}

/* Also what is included only in some repositories, and so not where it is asked. */
void kb_git_ask_others(struct kb_strings *ret)
{
    kb_strings_add(ret, "config");
    kb_strings_add(ret, "--null");
    kb_strings_add(ret, "--get-regexp");
    kb_strings_add(ret, "^(credential\\.(.*\\.)?" HELPER "|includeif\\..*)$");
}

void kb_git_hear_others(
    const struct kb_profile *profile, const struct kb_buf *said, struct kb_others *others)
{
    for (size_t i = 0; i < profile->own_match_count; i++) {
        KB_AUTO(kb_git_answer_clear)
        struct kb_git_answer answer = KB_GIT_ASK(profile->match[i], HELPER);

        answer.is_sure = !is_set_by_variables();
        kb_git_settings_hear(said, &answer);
        sort_helpers(&answer, others);
    }
}
