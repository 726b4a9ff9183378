/*
 * kubectl: a user of the kubeconfig, by `kubectl config`. Must never call a user ours that has a
 * part of the person's: it would go with ours.
 */
#include "kinds.h"

#include "base/alloc.h"
#include "base/json.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * The file that `kubectl config` adds a user to: of those in $KUBECONFIG the first that is there,
 * else the last of them.
 */
static enum kb_err find_kubeconfig(char **ret, struct kb_error *err)
{
    const char *list = getenv("KUBECONFIG");
    size_t len;

    if (!list || !*list)
        return kb_tool_path(NULL, ".kube", "config", ret, err);
    for (; *list; list += len + (list[len] == ':')) {
        KB_AUTO(kb_str_free) char *named = NULL;
        enum kb_err rc;

        len = strcspn(list, ":");
        if (len == 0)
            continue;
        named = kb_tool_text("%.*s", (int)len, list);
        rc = kb_tool_path_named("KUBECONFIG", named, ret, err);
        if (rc || access(*ret, F_OK) == 0)
            return rc;
    }
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

static void command_kubectl(enum kb_tool_act act, const char *file, const struct kb_strings *place,
    const char *value, struct kb_strings *ret)
{
    static const char *const exec[] = {"--exec-api-version=client.authentication.k8s.io/v1",
        "--exec-command=keybearer", "--exec-arg=kubectl", "--exec-interactive-mode=Never",
        "--exec-provide-cluster-info=true"};
    KB_AUTO(kb_str_free) char *argument = kb_tool_text("--exec-arg=%s", value);

    (void)file;
    kb_strings_add(ret, "config");
    if (act == KB_TOOL_ASK) {
        kb_strings_add(ret, "view");
        kb_strings_add(ret, "-o");
        kb_strings_add(ret, "json");
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

static void environment_kubectl(const char *file, struct kb_strings *ret)
{
    KB_AUTO(kb_str_free) char *name = kb_tool_text("KUBECONFIG=%s", file);

    kb_strings_add(ret, name);
}

/* The user NAME of what `kubectl config view` shows; NULL: there is none. */
static struct json_object *find_user(const struct json_object *view, const char *name)
{
    const struct json_object *users = kb_json_member(view, "users");
    size_t count =
        json_object_is_type(users, json_type_array) ? json_object_array_length(users) : 0;

    for (size_t i = 0; i < count; i++) {
        struct json_object *entry = json_object_array_get_idx(users, i);
        const char *found = kb_json_string(entry, "name");

        if (found && strcmp(found, name) == 0)
            return kb_json_member(entry, "user");
    }
    return NULL;
}

/* ["kubectl", NAME] */
static bool has_our_arguments(const struct json_object *exec, const char *name)
{
    struct json_object *list = kb_json_member(exec, "args");
    const char *const words[] = {"kubectl", name};

    if (!json_object_is_type(list, json_type_array) ||
        json_object_array_length(list) != KB_COUNT(words))
        return false;
    for (size_t i = 0; i < KB_COUNT(words); i++) {
        struct json_object *word = json_object_array_get_idx(list, i);

        if (!json_object_is_type(word, json_type_string) ||
            strcmp(json_object_get_string(word), words[i]) != 0)
            return false;
    }
    return true;
}

/* Whether a user has nothing that would be lost with what setup made. */
static bool is_all_ours(struct json_object *user, const struct json_object *exec, const char *name)
{
    struct json_object *env = kb_json_member(exec, "env");
    const char *hint = kb_json_string(exec, "installHint");
    bool has_env =
        env && (!json_object_is_type(env, json_type_array) || json_object_array_length(env) > 0);

    return json_object_object_length(user) == 1 && has_our_arguments(exec, name) && !has_env &&
           (!hint || !*hint);
}

/* Secrets come as REDACTED. */
static enum kb_standing judge_kubectl(const char *value, int status, const char *output)
{
    KB_AUTO(kb_json_release) struct json_object *view = NULL;
    struct json_object *user, *exec;
    const char *command;

    if (status != 0 || !*output)
        return KB_STANDS_NOTHING;
    if (kb_json_parse(output, strlen(output), &view, NULL))
        return KB_STANDS_CHANGED; /* it cannot be read, so nothing is sure */
    user = find_user(view, value);
    exec = kb_json_member(user, "exec");
    command = kb_json_string(exec, "command");
    if (!user)
        return KB_STANDS_NOTHING;
    if (!command || strcmp(command, "keybearer") != 0)
        return KB_STANDS_OTHER;
    return is_all_ours(user, exec, value) ? KB_STANDS_OURS : KB_STANDS_CHANGED;
}

/* Of the current context. */
static void server_of_kubectl(struct kb_strings *ret)
{
    static const char *const words[] = {
        "config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}"};

    for (size_t i = 0; i < KB_COUNT(words); i++)
        kb_strings_add(ret, words[i]);
}

const struct kb_tool_kind kb_tool_kubectl = {.plan = plan_kubectl,
    .command = command_kubectl,
    .environment = environment_kubectl,
    .judge = judge_kubectl,
    .server = server_of_kubectl};
