/*
 * What `add` says where neither options nor a profile name a provider: whose name that may have
 * been, and how one setting of a profile that is there is changed. Must never ask or change
 * anything.
 */
#include "add.h"

#include "base/alloc.h"
#include "base/strings.h"
#include "config/config.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum kb_err add_no_profile(const char *name, const struct kb_config *config, struct kb_error *err)
{
    static const char needs[] = "new profile needs --preset or --token-url";
    const char **names = kb_alloc(config->count, sizeof(*names)), *nearest;

    for (size_t i = 0; i < config->count; i++)
        names[i] = config->profiles[i].name;
    nearest = kb_text_nearest(name, names, config->count);
    kb_fail(err, KB_ERR_USAGE, "there is no profile \"%s\"", name);
    if (nearest)
        kb_hint(err, "did you mean \"%s\"? A %s (keybearer help add)", nearest, needs);
    else
        kb_hint(err, "a %s: keybearer help add", needs);
    free(names);
    return KB_ERR_USAGE;
}

/* The only one that was given; NULL: several were. */
static const struct kb_setting *only_setting(const struct kb_setting_words *words)
{
    const struct kb_setting *found = NULL;
    size_t count;
    const struct kb_setting *settings = kb_settings(&count);

    for (size_t i = 0; i < count; i++) {
        if (words->of[i].count == 0)
            continue;
        if (found)
            return NULL;
        found = &settings[i];
    }
    return found;
}

/* The client is bound to what these say: another value needs a yes. */
static bool is_bound(const char *key)
{
    static const char *const bound[] = {"host", "environment", "tenant", "ca_file"};

    for (size_t i = 0; i < KB_COUNT(bound); i++)
        if (strcmp(key, bound[i]) == 0)
            return true;
    return false;
}

static void hint_match(const char *name, const struct kb_strings *given, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf url = KB_BUF_INIT(KB_REPORT_PAIR_TEXT);

    if (given->count > 1 || !kb_url_suggest(given->items[0], &url))
        kb_hint(err, "keybearer match add %s URL%s", name,
            given->count > 1 ? ", for each of them" : "");
    else
        kb_hint(err, "keybearer match add %s %s", name, kb_buf_text(&url));
}

static void hint_edit(const char *name, const struct kb_setting *setting,
    const struct kb_strings *given, struct kb_error *err)
{
    bool is_text = setting->type == KB_SETTING_TEXT &&
                   kb_text_is_visible(given->items[0], strlen(given->items[0]), 1, PATH_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(8192);

    kb_buf_fmt(&text, "keybearer edit %s, and set \"%s\"", name, setting->key);
    if (is_text && !strpbrk(given->items[0], "\"\\"))
        kb_buf_fmt(&text, ": \"%s\"", given->items[0]);
    if (is_bound(setting->key))
        kb_buf_fmt(&text, ", then: keybearer adopt %s", name);
    kb_hint(err, "%s", kb_buf_text(&text));
}

static void hint_setting(
    const struct addition *add, const struct kb_setting *setting, struct kb_error *err)
{
    const struct kb_strings *given = &add->options.settings.of[setting - kb_settings(NULL)];
    const char *name = add->options.name;

    if (strcmp(setting->key, "match") == 0)
        hint_match(name, given, err);
    else if (strcmp(setting->key, "store") == 0)
        kb_hint(err, "keybearer move %s --store %s", name,
            kb_is_vault(given->items[0]) ? "sealed-file" : "secret-service");
    else
        hint_edit(name, setting, given, err);
}

enum kb_err add_provider_missing(const struct addition *add, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    const struct kb_setting *only = only_setting(&add->options.settings);
    const char *name = add->options.name;
    const struct kb_profile *there;
    enum kb_err rc = kb_config_load_profile(name, &config, &there, err);

    if (rc == KB_ERR_NOT_FOUND)
        return add_no_profile(name, &config, err);
    if (rc)
        return rc;
    kb_fail(err, KB_ERR_USAGE,
        "%s exists. Without options add replaces its secret; with options, all settings "
        "must be given again",
        name);
    if (only)
        hint_setting(add, only, err);
    else
        kb_hint(err,
            "for a new secret: keybearer add %s; to change its settings: keybearer edit %s", name,
            name);
    return KB_ERR_USAGE;
}
