/*
 * git: a helper for each address, by `git config`. Must never set the helper of all hosts, which
 * is the person's to choose. gitcredentials(7), git-config(1).
 */
#include "git_peek.h"
#include "kinds.h"

#include "config/match.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool fits(const struct kb_profile *profile)
{
    return profile->serves_git && profile->own_match_count > 0;
}

static void add_setting(struct kb_changes *changes, const struct kb_profile *profile,
    const char *address, const char *key, const char *value)
{
    struct kb_change *change = kb_changes_add(changes, KB_WAY_COMMAND, profile->name);
    KB_AUTO(kb_str_free) char *place = kb_tool_text("credential.%s.%s", address, key);
    KB_AUTO(kb_str_free) char *word = kb_tool_word(place);

    kb_strings_add(&change->place, place);
    change->value = kb_tool_text("%s", value);
    change->lines = kb_tool_text("git config --global --add %s %s\n", word, value);
}

/* All helpers of an address are asked in turn, so each repository has its own. */
static void add_rival(struct kb_changes *changes, const struct kb_profile *profile,
    const struct kb_profile *rival, const char *address)
{
    struct kb_change *change = kb_changes_add(changes, KB_WAY_PRINT, profile->name);
    KB_AUTO(kb_str_free) char *place = kb_tool_text("credential.%s.helper", address);
    KB_AUTO(kb_str_free) char *word = kb_tool_word(place);

    change->lines = kb_tool_text("git config %s 'keybearer --profile %s'\n", word, profile->name);
    change->note = kb_tool_text("profile %s has that address, too: type this in each repository "
                                "of %s",
        rival->name, profile->name);
}

/* The file that `git config --global` writes to: git-config(1), FILES and ENVIRONMENT. */
static enum kb_err find_written(char **ret, struct kb_error *err)
{
    KB_AUTO(kb_str_free) char *other = NULL;
    const char *named = getenv("GIT_CONFIG_GLOBAL");
    enum kb_err rc;

    if (named)
        return kb_tool_path_named("GIT_CONFIG_GLOBAL", named, ret, err);
    rc = kb_tool_path(NULL, "", ".gitconfig", ret, err);
    if (rc || access(*ret, F_OK) == 0)
        return rc;
    rc = kb_tool_path("XDG_CONFIG_HOME", ".config", "git/config", &other, err);
    if (!rc && access(other, F_OK) == 0)
        kb_str_set(ret, other);
    return rc;
}

static enum kb_err find_file(struct kb_changes *changes, struct kb_error *err)
{
    KB_AUTO(kb_str_free) char *file = NULL;
    enum kb_err rc = find_written(&file, err);

    for (size_t i = 0; !rc && i < changes->count; i++)
        kb_str_set(&changes->items[i].file, file);
    return rc;
}

static enum kb_err plan(const struct kb_tool_ask *ask, struct kb_changes *ret, struct kb_error *err)
{
    KB_TOOL_PROFILES(ask, &kb_tool_git, profile)
    {
        for (size_t i = 0; i < profile->own_match_count; i++) {
            const struct kb_url *url = &profile->match[i];
            const struct kb_profile *rival = kb_match_rival_at(ask->config, profile, url);
            KB_AUTO(kb_buf_clear) struct kb_buf address = KB_BUF_INIT(4096);

            kb_url_append_for_git(url, &address);
            if (rival) {
                add_rival(ret, profile, rival, kb_buf_text(&address));
                continue;
            }
            add_setting(ret, profile, kb_buf_text(&address), "helper", "keybearer");
            if (strcmp(url->path, "/") != 0)
                add_setting(ret, profile, kb_buf_text(&address), "useHttpPath", "true");
        }
    }
    return find_file(ret, err);
}

static void command(enum kb_tool_act act, const char *file, const struct kb_strings *place,
    const char *value, struct kb_strings *ret)
{
    KB_AUTO(kb_str_free) char *whole = kb_tool_text("^%s$", value);

    kb_strings_add(ret, "config");
    kb_strings_add(ret, *file ? "--file" : "--global");
    if (*file)
        kb_strings_add(ret, file);
    kb_strings_add(ret, act == KB_TOOL_ASK   ? "--get-all"
                        : act == KB_TOOL_SET ? "--add"
                                             : "--unset-all");
    kb_strings_add(ret, place->items[0]);
    if (act != KB_TOOL_ASK)
        kb_strings_add(ret, act == KB_TOOL_SET ? value : whole);
}

/* A line for each value; other helpers of that address stay beside ours. */
static enum kb_standing judge(const char *value, int status, const char *output)
{
    size_t len = strlen(value);

    for (const char *line = output; status == 0 && *line;) {
        size_t end = strcspn(line, "\n");

        if (end == len && strncmp(line, value, len) == 0)
            return KB_STANDS_OURS;
        line += end + (line[end] == '\n');
    }
    return KB_STANDS_NOTHING;
}

/* "credential.ADDRESS.helper": git fills what the address asks for. */
static bool verify(const struct kb_change *change, struct kb_strings *ret, struct kb_buf *input)
{
    const char *key = change->place.items[0] + strlen("credential.");
    const char *end = strrchr(key, '.');

    if (strcmp(end, ".helper") != 0)
        return false;
    kb_strings_add(ret, "credential");
    kb_strings_add(ret, "fill");
    kb_buf_fmt(input, "url=%.*s\n\n", (int)(end - key), key);
    return true;
}

static bool got(const char *output)
{
    return kb_tool_has_line(output, "password", "=") || kb_tool_has_line(output, "credential", "=");
}

const struct kb_tool_kind kb_tool_git = {.fits = fits,
    .plan = plan,
    .command = command,
    .none_status = 1,
    .judge = judge,
    .peek = kb_git_peek,
    .others = kb_git_others,
    .ask_others = kb_git_ask_others,
    .hear_others = kb_git_hear_others,
    .verify = verify,
    .got = got};
