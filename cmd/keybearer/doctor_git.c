/*
 * `doctor` about git: does it keep keybearer's tokens from its other helpers? Must never start it:
 * whatever PATH names may be anybody's program.
 */
#include "doctor.h"

#include "git_files.h"
#include "git_version.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { CONFIG_MAX = 4 << 20 };

/* Whether git asks for the tokens of any of them. */
static bool serve_git(const struct kb_config *config)
{
    for (size_t i = 0; i < config->count; i++) {
        const struct kb_profile *profile = &config->profiles[i];

        if (profile->serves_git && profile->own_match_count > 0)
            return true;
    }
    return false;
}

/* Whether git looks into the section that LINE begins when it asks for an address of CONFIG's. */
static bool is_about_us(const char *line, const struct kb_config *config)
{
    if (!strchr(line, '"') || strchr(line, '*'))
        return true;
    for (size_t i = 0; i < config->count; i++) {
        const struct kb_profile *profile = &config->profiles[i];

        for (size_t k = 0; k < profile->match_count; k++) {
            if (strcasestr(line, profile->match[k].host))
                return true;
        }
    }
    return false;
}

/* LINE sets a helper that is not ours, or brings in a file that may. */
static bool is_suspect(const char *line)
{
    const char *value;

    if (strncasecmp(line, "path", strlen("path")) == 0)
        return true; /* of include or includeIf */
    if (strncasecmp(line, "helper", strlen("helper")) != 0)
        return false;
    value = line + strlen("helper");
    value += strspn(value, " \t=\"'");
    return *value && strncmp(value, "keybearer", strlen("keybearer")) != 0;
}

static bool text_names_other_helper(char *text, const struct kb_config *config)
{
    bool is_ours = true;
    char *rest, *line = strtok_r(text, "\n", &rest);

    for (; line; line = strtok_r(NULL, "\n", &rest)) {
        const char *at = line + strspn(line, " \t");

        if (*at == '[') { /* a section, with its first setting in the same line, maybe */
            is_ours =
                strncasecmp(at, "[include", strlen("[include")) == 0 || is_about_us(at, config);
            at += strcspn(at, "]");
            at += strspn(at, "] \t");
        }
        if (is_ours && is_suspect(at))
            return true;
    }
    return false;
}

/* One that cannot be read may name any. */
static bool file_names_other_helper(const char *path, const struct kb_config *config)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(CONFIG_MAX);

    if (access(path, F_OK) != 0)
        return false;
    if (!git_read_file(path, &text))
        return true;
    return text.data && text_names_other_helper(text.data, config);
}

/* Variables that name other files, or bring settings of their own. */
static bool is_set_elsewhere(void)
{
    return getenv("GIT_CONFIG_GLOBAL") || getenv("GIT_CONFIG_SYSTEM") ||
           getenv("GIT_CONFIG_COUNT") || getenv("GIT_CONFIG_PARAMETERS");
}

/* In what git reads everywhere. A repository may have its own. */
static bool names_other_helper(const struct kb_config *config)
{
    char path[PATH_MAX];

    if (is_set_elsewhere() || file_names_other_helper("/etc/gitconfig", config))
        return true;
    if (git_home_file(".gitconfig", path) && file_names_other_helper(path, config))
        return true;
    return git_config_file("git/config", path) && file_names_other_helper(path, config);
}

static void note_old(struct doctor_page *page, const struct git_version *git, const char *file)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT((size_t)2 * PATH_MAX);

    git_version_warn(&text, git, file);
    doctor_say(page, FINDING_NOTE, "git", GIT_VERSION_CURE, "%s", kb_buf_text(&text));
}

void doctor_check_git(struct doctor_page *page, const struct kb_config *config)
{
    struct git_version git;
    char file[PATH_MAX];
    bool has_file = git_store_file(file);

    if (!serve_git(config))
        return;
    git_version_find(&git);
    if (!*git.text) {
        if (has_file)
            note_old(page, &git, file);
    } else if (git.keeps_tokens) {
        doctor_say(page, FINDING_OK, "git", NULL,
            "%s in %s, which keeps keybearer's tokens from its other helpers", git.text, git.path);
    } else if (!has_file && !names_other_helper(config)) {
        doctor_say(page, FINDING_OK, "git", NULL,
            "%s in %s; no other helper is set that it would give keybearer's tokens to", git.text,
            git.path);
    } else {
        note_old(page, &git, has_file ? file : "a file");
    }
}
