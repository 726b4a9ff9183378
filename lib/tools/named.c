/*
 * Tools that are connected to one profile: kubectl, pnpm, pip, uv, curl, Claude Code.
 */
#include "kinds.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* --- kubectl: a user of the kubeconfig, by `kubectl config` ------------------------------ */

/*
 * The file that `kubectl config` adds a user to: of those in $KUBECONFIG the first that is there,
 * else the last of them. NULL: that is no absolute path.
 */
static enum kb_err find_kubeconfig(char **ret, struct kb_error *err)
{
    const char *list = getenv("KUBECONFIG");
    size_t len;

    if (!list || !*list)
        return kb_tool_path(NULL, ".kube", "config", ret, err);
    for (; *list; list += len + (list[len] == ':')) {
        len = strcspn(list, ":");
        if (len == 0)
            continue;
        kb_str_free(ret);
        *ret = kb_tool_text("%.*s", (int)len, list);
        if (**ret == '/' && access(*ret, F_OK) == 0)
            break;
    }
    if (*ret && **ret != '/')
        kb_str_free(ret);
    return KB_OK;
}

/* kubectl tells the server, and only a match gives it the token. */
static bool serves_servers(const struct kb_profile *profile)
{
    for (size_t i = 0; i < profile->match_count; i++) {
        if (strcmp(profile->match[i].scheme, "https") == 0)
            return true;
    }
    return false;
}

static enum kb_err plan_kubectl(
    const struct kb_tool_ask *ask, struct kb_changes *ret, struct kb_error *err)
{
    const char *name = ask->profile->name;
    struct kb_change *change = kb_changes_add(ret, KB_WAY_COMMAND, name);

    kb_strings_add(&change->place, name);
    change->value = kb_text_dup(name);
    change->lines =
        kb_tool_text("kubectl config set-credentials %s \\\n"
                     "    --exec-api-version=client.authentication.k8s.io/v1 \\\n"
                     "    --exec-command=keybearer --exec-arg=kubectl --exec-arg=%s \\\n"
                     "    --exec-interactive-mode=Never "
                     "--exec-provide-cluster-info=true\n",
            name, name);
    change->note = kb_tool_text("a context uses it after: kubectl config set-context CONTEXT "
                                "--user=%s; the server of its cluster must be one that a match of "
                                "the profile serves: keybearer match add %s https://SERVER",
        name, name);
    if (!serves_servers(ask->profile))
        change->missing = kb_tool_text("keybearer match add %s https://SERVER", name);
    return find_kubeconfig(&change->file, err);
}

static void command_kubectl(
    enum kb_tool_act act, const struct kb_strings *place, const char *value, struct kb_strings *ret)
{
    static const char *const exec[] = {"--exec-api-version=client.authentication.k8s.io/v1",
        "--exec-command=keybearer", "--exec-arg=kubectl", "--exec-interactive-mode=Never",
        "--exec-provide-cluster-info=true"};
    KB_AUTO(kb_str_free)
    char *query = kb_tool_text("jsonpath={.users[?(@.name==\"%s\")].user}", value);
    KB_AUTO(kb_str_free) char *argument = kb_tool_text("--exec-arg=%s", value);

    kb_strings_add(ret, "config");
    if (act == KB_TOOL_ASK) {
        kb_strings_add(ret, "view");
        kb_strings_add(ret, "-o");
        kb_strings_add(ret, query);
        return;
    }
    kb_strings_add(ret, act == KB_TOOL_SET ? "set-credentials" : "delete-user");
    kb_strings_add(ret, place->items[0]);
    for (size_t i = 0; act == KB_TOOL_SET && i < KB_COUNT(exec); i++) {
        kb_strings_add(ret, exec[i]);
        if (i == 2)
            kb_strings_add(ret, argument);
    }
}

/* What it shows of a user; secrets come as REDACTED. */
static enum kb_standing judge_kubectl(const char *value, int status, const char *output)
{
    KB_AUTO(kb_str_free) char *arguments = kb_tool_text("\"args\":[\"kubectl\",\"%s\"]", value);

    if (status != 0 || !*output)
        return KB_STANDS_NOTHING;
    if (strstr(output, "\"command\":\"keybearer\"") && strstr(output, arguments))
        return KB_STANDS_OURS;
    return KB_STANDS_OTHER;
}

/* Of the current context. */
static void server_of_kubectl(struct kb_strings *ret)
{
    static const char *const words[] = {
        "config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}"};

    for (size_t i = 0; i < KB_COUNT(words); i++)
        kb_strings_add(ret, words[i]);
}

/* Where there are no users at all, its query fails. */
const struct kb_tool_kind kb_tool_kubectl = {.plan = plan_kubectl,
    .command = command_kubectl,
    .none_status = 1,
    .judge = judge_kubectl,
    .server = server_of_kubectl};

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
    change->lines = kb_tool_text("ln -s %s %s\n", ask->front, link);
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

/* The lines for BEFORE, the profile's first address from its host on, and BEHIND. */
static enum kb_err print(const struct kb_tool_ask *ask, struct kb_changes *ret, const char *before,
    const char *behind, const char *note)
{
    struct kb_change *change = kb_changes_add(ret, KB_WAY_PRINT, ask->profile->name);
    KB_AUTO(kb_buf_clear) struct kb_buf address = KB_BUF_INIT(4096);

    append_first(ask->profile, &address);
    change->lines = kb_tool_text(
        "%s%s%s\n", before, strstr(kb_buf_text(&address), "://") + strlen("://"), behind);
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

static enum kb_err plan_pip(
    const struct kb_tool_ask *ask, struct kb_changes *ret, struct kb_error *err)
{
    KB_AUTO(kb_str_free)
    KB_AUTO(kb_str_free) char *line = path_line(ask);
    KB_AUTO(kb_str_free)
    char *before = kb_tool_text("%spip config set global.keyring-provider subprocess\n"
                                "pip config set global.index-url %s://oauth2@",
        line, ask->profile->match[0].scheme);

    (void)err;
    return print(ask, ret, before, "/simple/", *line ? index_note : folder_note);
}

const struct kb_tool_kind kb_tool_pip = {.fits = has_address, .plan = plan_pip};

static enum kb_err plan_uv(
    const struct kb_tool_ask *ask, struct kb_changes *ret, struct kb_error *err)
{
    KB_AUTO(kb_str_free)
    KB_AUTO(kb_str_free) char *line = path_line(ask);
    KB_AUTO(kb_str_free)
    char *before = kb_tool_text("%sexport UV_KEYRING_PROVIDER=subprocess\n"
                                "export UV_DEFAULT_INDEX=%s://oauth2@",
        line, ask->profile->match[0].scheme);

    (void)err;
    return print(ask, ret, before, "/simple/", *line ? index_note : folder_note);
}

const struct kb_tool_kind kb_tool_uv = {.fits = has_address, .plan = plan_uv};

static enum kb_err plan_curl(
    const struct kb_tool_ask *ask, struct kb_changes *ret, struct kb_error *err)
{
    KB_AUTO(kb_str_free)
    char *before = kb_tool_text("keybearer header %s | curl -H @- %s://", ask->profile->name,
        ask->profile->match[0].scheme);

    (void)err;
    return print(ask, ret, before, "/", NULL);
}

const struct kb_tool_kind kb_tool_curl = {.fits = has_address, .plan = plan_curl};
