/*
 * The table of places. A tool that keybearer can take over from has the command for that as its
 * cure; who knows another place adds a line.
 */
#include "loose/place.h"

#include "base/attr.h"
#include "base/strings.h"
#include "core/place.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SETUP(tool) "keybearer setup " tool ", once a profile has its address; then remove the line"
#define RUN "keybearer help run, once a profile can take its place; then remove the line"

static const struct kb_loose_place places[] = {
    {"git", KB_LOOSE_HOME, ".git-credentials", KB_LOOSE_URL_LINES, SETUP("git")},
    {"git", KB_LOOSE_CONFIG, "git/credentials", KB_LOOSE_URL_LINES, SETUP("git")},
    {"netrc", KB_LOOSE_HOME, ".netrc", KB_LOOSE_NETRC, SETUP("git")},
    {"docker", KB_LOOSE_HOME, ".docker/config.json", KB_LOOSE_DOCKER, SETUP("docker")},
    {"podman", KB_LOOSE_CONFIG, "containers/auth.json", KB_LOOSE_DOCKER, SETUP("podman")},
    {"npm", KB_LOOSE_HOME, ".npmrc", KB_LOOSE_NPMRC, SETUP("pnpm")},
    {"npm", KB_LOOSE_HERE, ".npmrc", KB_LOOSE_NPMRC, SETUP("pnpm")},
    {"cargo", KB_LOOSE_HOME, ".cargo/credentials.toml", KB_LOOSE_TOML, SETUP("cargo")},
    {"cargo", KB_LOOSE_HOME, ".cargo/credentials", KB_LOOSE_TOML, SETUP("cargo")},
    {"terraform", KB_LOOSE_HOME, ".terraform.d/credentials.tfrc.json", KB_LOOSE_JSON,
        SETUP("terraform")},
    {"terraform", KB_LOOSE_HOME, ".terraformrc", KB_LOOSE_TOML, SETUP("terraform")},
    {"env", KB_LOOSE_HERE, ".env", KB_LOOSE_ENV, RUN},
    {"shell", KB_LOOSE_HOME, ".bashrc", KB_LOOSE_SHELL, RUN},
    {"shell", KB_LOOSE_HOME, ".bash_profile", KB_LOOSE_SHELL, RUN},
    {"shell", KB_LOOSE_HOME, ".profile", KB_LOOSE_SHELL, RUN},
    {"shell", KB_LOOSE_HOME, ".zshrc", KB_LOOSE_SHELL, RUN},
    {"shell", KB_LOOSE_HOME, ".zshenv", KB_LOOSE_SHELL, RUN},
    {"shell", KB_LOOSE_HOME, ".zprofile", KB_LOOSE_SHELL, RUN},
    {"shell", KB_LOOSE_CONFIG, "fish/config.fish", KB_LOOSE_FISH, RUN},
    {"claude", KB_LOOSE_HOME, ".claude/settings.json", KB_LOOSE_JSON, SETUP("claude")},
    {"claude", KB_LOOSE_HOME, ".claude.json", KB_LOOSE_JSON, SETUP("claude")},
    {"claude", KB_LOOSE_CONFIG, "Claude/claude_desktop_config.json", KB_LOOSE_JSON, RUN},
    {"claude", KB_LOOSE_HERE, ".claude/settings.json", KB_LOOSE_JSON, SETUP("claude")},
    {"claude", KB_LOOSE_HERE, ".claude/settings.local.json", KB_LOOSE_JSON, SETUP("claude")},
    {"claude", KB_LOOSE_HERE, ".mcp.json", KB_LOOSE_JSON, SETUP("mcp")},
    {"codex", KB_LOOSE_HOME, ".codex/config.toml", KB_LOOSE_TOML, RUN},
    {"cursor", KB_LOOSE_HOME, ".cursor/mcp.json", KB_LOOSE_JSON, RUN},
    {"cursor", KB_LOOSE_HERE, ".cursor/mcp.json", KB_LOOSE_JSON, RUN},
    {"gemini", KB_LOOSE_HOME, ".gemini/settings.json", KB_LOOSE_JSON, RUN},
    {"opencode", KB_LOOSE_CONFIG, "opencode/opencode.json", KB_LOOSE_JSON, RUN},
    {"vscode", KB_LOOSE_CONFIG, "Code/User/mcp.json", KB_LOOSE_JSON, RUN},
    {"vscode", KB_LOOSE_CONFIG, "Code/User/settings.json", KB_LOOSE_JSON, RUN},
    {"vscode", KB_LOOSE_HERE, ".vscode/mcp.json", KB_LOOSE_JSON, RUN},
    {"windsurf", KB_LOOSE_HOME, ".codeium/windsurf/mcp_config.json", KB_LOOSE_JSON, RUN},
};

const struct kb_loose_place *kb_loose_places(size_t *ret_count)
{
    *ret_count = KB_COUNT(places);
    return places;
}

bool kb_loose_path(const struct kb_loose_place *place, char ret[static PATH_MAX])
{
    const char *base, *below = "";
    char here[PATH_MAX];

    if (place->base == KB_LOOSE_HERE)
        base = getcwd(here, sizeof(here));
    else if (place->base == KB_LOOSE_CONFIG)
        base = kb_base_folder("XDG_CONFIG_HOME", "/.config", &below);
    else
        base = kb_base_folder(NULL, "", &below);
    return base && *base == '/' &&
           snprintf(ret, PATH_MAX, "%s%s/%s", strcmp(base, "/") ? base : "", below, place->path) <
               PATH_MAX;
}

const struct kb_loose_place *kb_loose_place_by_word(const char *word)
{
    for (size_t i = 0; i < KB_COUNT(places); i++)
        if (strcmp(places[i].word, word) == 0)
            return &places[i];
    return NULL;
}

/* Whether PATH is END, or ends with it behind a '/'. */
static bool is_below(const char *path, const char *end)
{
    size_t len = strlen(path), tail = strlen(end);

    return len >= tail && strcmp(path + len - tail, end) == 0 &&
           (len == tail || path[len - tail - 1] == '/');
}

static bool ends(const char *path, const char *with)
{
    size_t len = strlen(path), tail = strlen(with);

    return len > tail && strcmp(path + len - tail, with) == 0;
}

enum kb_loose_format kb_loose_format_of(const char *path)
{
    for (size_t i = 0; i < KB_COUNT(places); i++)
        if (is_below(path, places[i].path))
            return places[i].format;
    if (ends(path, ".json") || ends(path, ".jsonc"))
        return KB_LOOSE_JSON;
    if (ends(path, ".toml"))
        return KB_LOOSE_TOML;
    if (ends(path, ".fish"))
        return KB_LOOSE_FISH;
    if (ends(path, ".sh") || ends(path, ".bash") || ends(path, ".zsh"))
        return KB_LOOSE_SHELL;
    return KB_LOOSE_ENV;
}

bool kb_loose_is_program(enum kb_loose_format format)
{
    return format == KB_LOOSE_SHELL || format == KB_LOOSE_FISH;
}
