/*
 * `doctor` about git: does it keep keybearer's tokens from its other helpers? Must never start it:
 * whatever PATH names may be anybody's program. Its version stands in it, as the name by which it
 * calls on servers.
 */
#include "doctor.h"

#include "base/file.h"
#include "base/strings.h"
#include "front.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* The first with credentials that other helpers leave alone. */
enum { MAJOR = 2, MINOR = 46 };

enum { CHUNK = 1 << 20, PROGRAM_MAX = 64 << 20, CONFIG_MAX = 4 << 20 };
#define NAME "git/"

struct version {
    long major, minor;
    char text[24]; /* of a longer one the beginning, where the numbers are */
};

/* AT begins what may be a version, and ends with a NUL or at END. */
static bool parse(const char *at, const char *end, struct version *ret)
{
    size_t most = (size_t)(end - at);
    size_t len = strnlen(at, most < sizeof(ret->text) ? most : sizeof(ret->text) - 1);
    char *rest;

    if (!kb_text_is_visible(at, len, 3, len))
        return false;
    memcpy(ret->text, at, len);
    ret->text[len] = '\0';
    ret->major = strtol(ret->text, &rest, 10);
    if (rest == ret->text || rest[0] != '.' || rest[1] < '0' || rest[1] > '9')
        return false;
    ret->minor = strtol(rest + 1, NULL, 10);
    return true;
}

/* Where a text begins, and not in the middle of an address. */
static bool find_version(const struct kb_buf *program, struct version *ret)
{
    const char *begin = kb_buf_text(program), *end = begin + program->len, *at = begin;

    while ((at = memmem(at, (size_t)(end - at), NAME, strlen(NAME)))) {
        bool begins = at > begin && !kb_text_is_printable(at - 1, 1, 1, 1);

        at += strlen(NAME);
        if (begins && parse(at, end, ret))
            return true;
    }
    return false;
}

/* Its own builds give it more than one name, so kb_file_read() would refuse it. */
static bool read_program(const char *path, struct kb_buf *ret)
{
    KB_AUTO(kb_fd_close) int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return false;
    for (;;) {
        char *room = NULL;
        size_t want = kb_buf_room(ret, CHUNK, &room);
        ssize_t got = want ? read(fd, room, want) : -1;

        if (got <= 0)
            return got == 0;
        kb_buf_took(ret, (size_t)got);
    }
}

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

static bool is_in(const char *folder, const char *name, char path[static PATH_MAX])
{
    if (!folder || folder[0] != '/')
        return false;
    return snprintf(path, PATH_MAX, "%s/%s", folder, name) < PATH_MAX && access(path, F_OK) == 0;
}

/* Where git looks beside the home directory. */
static bool is_in_config(const char *name, char path[static PATH_MAX])
{
    const char *folder = getenv("XDG_CONFIG_HOME");
    char whole[64];

    if (folder && *folder)
        return is_in(folder, name, path);
    snprintf(whole, sizeof(whole), ".config/%s", name);
    return is_in(getenv("HOME"), whole, path);
}

/* git alone says who its helpers are. `store` leaves a file of a known name: the first of these. */
static bool find_file_of_store(char path[static PATH_MAX])
{
    return is_in(getenv("HOME"), ".git-credentials", path) || is_in_config("git/credentials", path);
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
    if (!read_program(path, &text))
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
    if (is_in(getenv("HOME"), ".gitconfig", path) && file_names_other_helper(path, config))
        return true;
    return is_in_config("git/config", path) && file_names_other_helper(path, config);
}

static bool keeps_tokens(const struct version *version)
{
    return version->major > MAJOR || (version->major == MAJOR && version->minor >= MINOR);
}

static void note_old(struct doctor_page *page, const char *which, const char *file)
{
    doctor_say(page, FINDING_NOTE, "git",
        "use git 2.46 or later, or let keybearer be the only helper of its addresses: "
        "man git-credential-keybearer, SECURITY CONSIDERATIONS",
        "%s gives keybearer's tokens to its other helpers, too: store writes them to %s", which,
        file);
}

void doctor_check_git(struct doctor_page *page, const struct kb_config *config)
{
    KB_AUTO(kb_buf_clear) struct kb_buf program = KB_BUF_INIT(PROGRAM_MAX);
    struct version version;
    char path[PATH_MAX], file[PATH_MAX], which[PATH_MAX + sizeof(version.text) + 8];
    bool has_file = find_file_of_store(file);

    if (!serve_git(config))
        return;
    if (!in_path_find("git", NULL, path) || !read_program(path, &program) ||
        !find_version(&program, &version)) {
        if (has_file)
            note_old(page, "a git before 2.46", file);
        return;
    }
    snprintf(which, sizeof(which), "%s in %s", version.text, path);
    if (!keeps_tokens(&version) && !has_file && !names_other_helper(config))
        doctor_say(page, FINDING_OK, "git", NULL,
            "%s; no other helper is set that it would give keybearer's tokens to", which);
    else if (keeps_tokens(&version))
        doctor_say(page, FINDING_OK, "git", NULL,
            "%s, which keeps keybearer's tokens from its other helpers", which);
    else
        note_old(page, which, has_file ? file : "a file");
}
