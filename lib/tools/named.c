/*
 * Tools that are connected to one profile: pnpm, pip, uv, curl, Claude Code.
 */
#include "kinds.h"

#include "base/alloc.h"

#include <string.h>

static bool has_address(const struct kb_profile *profile)
{
    return profile->own_match_count > 0;
}

/* The profile's first address, without a slash at its end. */
static void append_first(const struct kb_profile *profile, struct kb_buf *out)
{
    const struct kb_url *url = &profile->match[0];
    size_t len = strlen(url->path);

    kb_url_append_origin(url, out);
    kb_buf_add(out, url->path, len - (len > 0 && url->path[len - 1] == '/'));
}

/* --- pnpm: a link for the profile, and its registry's tokenHelper in ~/.npmrc ------------- */

/* Of two lines the last one would count. */
static bool has_token_helper(const struct kb_change *change, const char *text)
{
    KB_AUTO(kb_str_free)
    char *key = kb_tool_text("%.*s", (int)strcspn(change->value, "="), change->value);

    return kb_tool_has_line(text, key, "= \t");
}

static enum kb_err plan_pnpm(
    const struct kb_tool_ask *ask, struct kb_changes *ret, struct kb_error *err)
{
    const struct kb_profile *profile = ask->profile;
    KB_AUTO(kb_buf_clear) struct kb_buf address = KB_BUF_INIT(4096);
    KB_AUTO(kb_str_free) char *leaf = kb_tool_text("keybearer-pnpm-%s", profile->name);
    KB_AUTO(kb_str_free) char *link = NULL;
    struct kb_change *change = kb_changes_add(ret, KB_WAY_LINK, profile->name);
    enum kb_err rc = kb_tool_path(NULL, ".local/bin", leaf, &link, err);

    if (rc)
        return rc;
    append_first(profile, &address);
    change->file = kb_text_dup(link);
    change->value = kb_text_dup(ask->front);
    change->lines = kb_tool_link_line(change);
    change = kb_changes_add(ret, KB_WAY_BLOCK, profile->name);
    kb_strings_add(&change->place, profile->name);
    change->value = kb_tool_text("%s/:tokenHelper=%s\n", strstr(kb_buf_text(&address), "//"), link);
    change->lines = kb_text_dup(change->value);
    change->clashes = has_token_helper;
    return kb_tool_path(NULL, "", ".npmrc", &change->file, err);
}

const struct kb_tool_kind kb_tool_pnpm = {.fits = has_address, .plan = plan_pnpm};

/* --- Claude Code: apiKeyHelper in ~/.claude/settings.json; headersHelper of a server ------- */

static enum kb_err plan_claude(
    const struct kb_tool_ask *ask, struct kb_changes *ret, struct kb_error *err)
{
    const char *name = ask->profile->name;
    struct kb_change *change = kb_changes_add(ret, KB_WAY_JSON, name);

    kb_strings_add(&change->place, "apiKeyHelper");
    change->value = kb_tool_text("keybearer token %s", name);
    change->lines = kb_tool_text("{ \"apiKeyHelper\": \"keybearer token %s\" }\n", name);
    change->note = kb_text_dup("the token goes to the server of ANTHROPIC_BASE_URL");
    return kb_tool_path("CLAUDE_CONFIG_DIR", ".claude", "settings.json", &change->file, err);
}

const struct kb_tool_kind kb_tool_claude = {.plan = plan_claude};

static enum kb_err plan_mcp(
    const struct kb_tool_ask *ask, struct kb_changes *ret, struct kb_error *err)
{
    struct kb_change *change = kb_changes_add(ret, KB_WAY_PRINT, ask->profile->name);

    (void)err;
    change->lines = kb_text_dup("\"headersHelper\": \"keybearer headers\"\n");
    change->note = kb_text_dup("into the server's object in .mcp.json, beside its \"url\"");
    return KB_OK;
}

const struct kb_tool_kind kb_tool_mcp = {.fits = has_address, .plan = plan_mcp};

/* --- What has no place for a command ------------------------------------------------------ */

/*
 * The lines for BEFORE, then as a word of a shell the profile's first address, with USER before its
 * host, and BEHIND.
 */
static enum kb_err print(const struct kb_tool_ask *ask, struct kb_changes *ret, const char *before,
    const char *user, const char *behind, const char *note)
{
    struct kb_change *change = kb_changes_add(ret, KB_WAY_PRINT, ask->profile->name);
    KB_AUTO(kb_buf_clear) struct kb_buf address = KB_BUF_INIT(4096);
    KB_AUTO(kb_str_free) char *whole = NULL;
    KB_AUTO(kb_str_free) char *word = NULL;

    append_first(ask->profile, &address);
    whole = kb_tool_text("%s://%s%s%s", ask->profile->match[0].scheme, user,
        strstr(kb_buf_text(&address), "://") + strlen("://"), behind);
    word = kb_tool_word(whole);
    change->lines = kb_tool_text("%s%s\n", before, word);
    change->note = note ? kb_text_dup(note) : NULL;
    return KB_OK;
}

static const char index_note[] = "the name oauth2 may be any; man keybearer-keyring";
static const char folder_note[] = "the name oauth2 may be any; keybearer's folder with the link "
                                  "keyring must come first in PATH: man keybearer-keyring";

/* It finds us as `keyring`, before any other of that name. */
static char *path_line(const struct kb_tool_ask *ask)
{
    return ask->keyring ? kb_tool_text("export PATH=\"%s:$PATH\"\n", ask->keyring)
                        : kb_text_dup("");
}

/* The person's shell finds the link, then LINES name the index to the tool. */
static enum kb_err print_index(
    const struct kb_tool_ask *ask, struct kb_changes *ret, const char *lines)
{
    KB_AUTO(kb_str_free) char *line = path_line(ask);
    KB_AUTO(kb_str_free) char *before = kb_tool_text("%s%s", line, lines);

    return print(ask, ret, before, "oauth2@", "/simple/", *line ? index_note : folder_note);
}

static enum kb_err plan_pip(
    const struct kb_tool_ask *ask, struct kb_changes *ret, struct kb_error *err)
{
    (void)err;
    return print_index(ask, ret,
        "pip config set global.keyring-provider subprocess\n"
        "pip config set global.index-url ");
}

static enum kb_err plan_uv(
    const struct kb_tool_ask *ask, struct kb_changes *ret, struct kb_error *err)
{
    (void)err;
    return print_index(ask, ret,
        "export UV_KEYRING_PROVIDER=subprocess\n"
        "export UV_DEFAULT_INDEX=");
}

const struct kb_tool_kind kb_tool_pip = {.fits = has_address, .plan = plan_pip};
const struct kb_tool_kind kb_tool_uv = {.fits = has_address, .plan = plan_uv};

static enum kb_err plan_curl(
    const struct kb_tool_ask *ask, struct kb_changes *ret, struct kb_error *err)
{
    KB_AUTO(kb_str_free)
    char *before = kb_tool_text("keybearer header %s | curl -H @- ", ask->profile->name);

    (void)err;
    return print(ask, ret, before, "", "/", NULL);
}

const struct kb_tool_kind kb_tool_curl = {.fits = has_address, .plan = plan_curl};
