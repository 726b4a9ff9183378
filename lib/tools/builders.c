/*
 * Tools that ask about every address, or are told of hosts: cargo, go, Bazel, Terraform, NuGet.
 */
#include "kinds.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- cargo: the configuration's [registry], config.toml ------------------------------ */

#define CARGO_LINES                                                                                \
    "[registry]\n"                                                                                 \
    "global-credential-providers = [\"cargo:token\", \"cargo-credential-keybearer\"]\n"

/*
 * Whether the key at AT, of a line or behind "[", is registry, or may be: what a backslash stands
 * for is not looked up.
 */
static bool is_registry(const char *at)
{
    static const char name[] = "registry";
    bool is_quoted = *at == '"' || *at == '\'';
    char quote = *at;
    size_t len;

    at += is_quoted;
    len = quote == '"' ? strcspn(at, "\"\n")
          : is_quoted  ? strcspn(at, "'\n")
                       : strcspn(at, ".=] \t\r\n");
    if (quote == '"' && memchr(at, '\\', len))
        return true;
    return len == strlen(name) && memcmp(at, name, len) == 0;
}

/*
 * TOML has a table once, in whatever spelling: [registry], or registry.default = "" before the
 * first table. Behind that, as in [source.mirror], it is a key of another table.
 */
static bool has_registry(const struct kb_change *change, const char *text)
{
    bool is_first = true;

    (void)change;
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        const char *at = line + strspn(line, " \t");
        bool is_table = *at == '[';

        is_first = is_first && !is_table;
        if ((is_table || is_first) && is_registry(at + strspn(at, "[ \t")))
            return true;
    }
    return false;
}

/* The name without an ending counts where there is one: it is older. */
static enum kb_err plan_cargo(
    const struct kb_tool_ask *ask, struct kb_changes *ret, struct kb_error *err)
{
    struct kb_change *change = kb_changes_add(ret, KB_WAY_BLOCK, "");
    enum kb_err rc = kb_tool_path("CARGO_HOME", ".cargo", "config", &change->file, err);

    (void)ask;
    if (!rc && access(change->file, F_OK) != 0)
        rc = kb_tool_path("CARGO_HOME", ".cargo", "config.toml", &change->file, err);
    kb_strings_add(&change->place, "cargo");
    change->value = kb_text_dup(CARGO_LINES);
    change->lines = kb_text_dup(CARGO_LINES);
    change->clashes = has_registry;
    return rc;
}

const struct kb_tool_kind kb_tool_cargo = {.plan = plan_cargo};

/* --- go: GOAUTH, by `go env` ---------------------------------------------------------- */

#define GOAUTH "keybearer goauth; netrc"

/* The file that `go env -w` writes to; NULL: it is off, and go says so itself. */
static enum kb_err find_go_file(char **ret, struct kb_error *err)
{
    const char *named = getenv("GOENV");

    if (!named || !*named)
        return kb_tool_path("XDG_CONFIG_HOME", ".config", "go/env", ret, err);
    if (strcmp(named, "off") == 0)
        return KB_OK;
    return kb_tool_path_named("GOENV", named, ret, err);
}

static enum kb_err plan_go(
    const struct kb_tool_ask *ask, struct kb_changes *ret, struct kb_error *err)
{
    struct kb_change *change = kb_changes_add(ret, KB_WAY_COMMAND, "");

    (void)ask;
    kb_strings_add(&change->place, "GOAUTH");
    change->value = kb_text_dup(GOAUTH);
    change->lines = kb_text_dup("go env -w GOAUTH='" GOAUTH "'\n");
    return find_go_file(&change->file, err);
}

static void command_go(enum kb_tool_act act, const char *file, const struct kb_strings *place,
    const char *value, struct kb_strings *ret)
{
    KB_AUTO(kb_str_free) char *set = kb_tool_text("%s=%s", place->items[0], value);

    (void)file;
    kb_strings_add(ret, "env");
    if (act != KB_TOOL_ASK)
        kb_strings_add(ret, act == KB_TOOL_SET ? "-w" : "-u");
    kb_strings_add(ret, act == KB_TOOL_SET ? set : place->items[0]);
}

/* The variable GOAUTH would count before the file. */
static void environment_go(const char *file, struct kb_strings *ret)
{
    KB_AUTO(kb_str_free) char *name = kb_tool_text("GOENV=%s", file);

    kb_strings_add(ret, name);
    kb_strings_add(ret, "GOAUTH=");
}

/* "netrc" is what counts where nothing is set: go help goauth. */
static enum kb_standing judge_go(const char *value, int status, const char *output)
{
    size_t len = strcspn(output, "\n");

    if (status == 0 && strncmp(output, value, len) == 0 && len == strlen(value))
        return KB_STANDS_OURS;
    if (status != 0 || len == 0 || strncmp(output, "netrc\n", len + 1) == 0)
        return KB_STANDS_NOTHING;
    return strstr(output, "keybearer goauth") ? KB_STANDS_CHANGED : KB_STANDS_OTHER;
}

static enum kb_standing peek_at(const char *value)
{
    if (strstr(value, "keybearer goauth"))
        return KB_STANDS_OURS;
    return *value && strcmp(value, "netrc") != 0 ? KB_STANDS_OTHER : KB_STANDS_NOTHING;
}

/* The variable counts before the file that `go env -w` writes: go help environment. */
static bool peek_go(const struct kb_change *change, enum kb_standing *ret)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(1 << 20);
    KB_AUTO(kb_str_free) char *path = NULL;
    const char *set = getenv("GOAUTH"), *file = getenv("GOENV"), *line;
    size_t len;

    (void)change;
    *ret = peek_at(set ? set : "");
    if ((set && *set) || (file && strcmp(file, "off") == 0))
        return true;
    if ((!file || !*file) && !kb_tool_path("XDG_CONFIG_HOME", ".config", "go/env", &path, NULL))
        file = path;
    if (!file || file[0] != '/' || !kb_tool_read(file, &text))
        return false;
    for (line = kb_buf_text(&text); *line; line += len + (line[len] == '\n')) {
        KB_AUTO(kb_str_free) char *value = NULL;

        len = strcspn(line, "\n");
        if (strncmp(line, "GOAUTH=", strlen("GOAUTH=")) != 0)
            continue;
        value = kb_tool_text("%.*s", (int)(len - strlen("GOAUTH=")), line + strlen("GOAUTH="));
        *ret = peek_at(value);
    }
    return true;
}

const struct kb_tool_kind kb_tool_go = {.plan = plan_go,
    .command = command_go,
    .environment = environment_go,
    .judge = judge_go,
    .peek = peek_go};

/* --- Bazel: ~/.bazelrc ---------------------------------------------------------------- */

static bool fits_bazel(const struct kb_profile *profile)
{
    return profile->own_match_count > 0;
}

/* A helper's scope is a name of a host with a dot, without a port. */
static void append_bazel(const struct kb_profile *profile, struct kb_buf *lines)
{
    for (size_t i = 0; i < profile->own_match_count; i++) {
        const struct kb_url *url = &profile->match[i];
        bool is_repeated = false;

        for (size_t k = 0; k < i; k++)
            is_repeated = is_repeated || strcmp(profile->match[k].host, url->host) == 0;
        if (!is_repeated && strchr(url->host, '.') && !kb_url_is_mail(url))
            kb_buf_fmt(
                lines, "common --credential_helper=%s=credential-helper-keybearer\n", url->host);
    }
}

static enum kb_err plan_bazel(
    const struct kb_tool_ask *ask, struct kb_changes *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf lines = KB_BUF_INIT(65536);
    struct kb_change *change;
    enum kb_err rc;

    append_bazel(ask->profile, &lines);
    rc = kb_buf_check(&lines, "the list of hosts", err);
    if (rc || lines.len == 0)
        return rc;
    change = kb_changes_add(ret, KB_WAY_BLOCK, ask->profile->name);
    kb_strings_add(&change->place, ask->profile->name);
    change->value = kb_text_dup(kb_buf_text(&lines));
    change->lines = kb_text_dup(kb_buf_text(&lines));
    return kb_tool_path(NULL, "", ".bazelrc", &change->file, err);
}

const struct kb_tool_kind kb_tool_bazel = {.fits = fits_bazel, .plan = plan_bazel};

/* --- Terraform: a plugin and a block --------------------------------------------------- */

#define TERRAFORM_LINES "credentials_helper \"keybearer\" {\n}\n"
#define TERRAFORM_PLUGIN "terraform-credentials-keybearer"

/* A file that begins with a brace is JSON, which has no room for a block of lines. */
static bool has_helper(const struct kb_change *change, const char *text)
{
    (void)change;
    return text[strspn(text, " \t\r\n")] == '{' ||
           kb_tool_has_line(text, "credentials_helper", " \t\"");
}

static enum kb_err find_terraformrc(char **ret, struct kb_error *err)
{
    const char *named = getenv("TF_CLI_CONFIG_FILE");

    if (!named || !*named)
        return kb_tool_path(NULL, "", ".terraformrc", ret, err);
    return kb_tool_path_named("TF_CLI_CONFIG_FILE", named, ret, err);
}

static enum kb_err plan_terraform(
    const struct kb_tool_ask *ask, struct kb_changes *ret, struct kb_error *err)
{
    KB_AUTO(kb_str_free) char *file = NULL;
    struct kb_change *change = kb_changes_add(ret, KB_WAY_LINK, "");
    enum kb_err rc = find_terraformrc(&file, err);

    if (!rc)
        rc = kb_tool_path(NULL, ".terraform.d/plugins", TERRAFORM_PLUGIN, &change->file, err);
    change->value = kb_tool_text(
        "%.*s" TERRAFORM_PLUGIN, (int)(strrchr(ask->front, '/') + 1 - ask->front), ask->front);
    if (rc)
        return rc;
    change->lines = kb_tool_link_line(change);
    change = kb_changes_add(ret, KB_WAY_BLOCK, "");
    kb_strings_add(&change->place, "terraform");
    change->value = kb_text_dup(TERRAFORM_LINES);
    change->lines = kb_text_dup(TERRAFORM_LINES);
    change->clashes = has_helper;
    change->file = KB_TAKE(file);
    return KB_OK;
}

const struct kb_tool_kind kb_tool_terraform = {.plan = plan_terraform};

/* --- NuGet: finds the plugin by itself -------------------------------------------------- */

static enum kb_err plan_nuget(
    const struct kb_tool_ask *ask, struct kb_changes *ret, struct kb_error *err)
{
    struct kb_change *change = kb_changes_add(ret, KB_WAY_PRINT, "");

    (void)ask;
    (void)err;
    change->lines = kb_text_dup("dotnet nuget locals plugins-cache --clear\n");
    change->note = kb_text_dup("NuGet 6.13 and later find the plugin in PATH by themselves; this "
                               "makes them look again");
    return KB_OK;
}

const struct kb_tool_kind kb_tool_nuget = {.plan = plan_nuget};
