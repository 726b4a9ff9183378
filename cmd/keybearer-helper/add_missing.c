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

/* What else there is to do: another store has no client yet, another place needs a yes. */
static const char *verb_after(const char *key)
{
    static const char *const bound[] = {"host", "environment", "tenant", "ca_file"};

    if (strcmp(key, "store") == 0)
        return "add";
    for (size_t i = 0; i < KB_COUNT(bound); i++)
        if (strcmp(key, bound[i]) == 0)
            return "adopt";
    return NULL;
}

static void hint_setting(
    const struct addition *add, const struct kb_setting *setting, struct kb_error *err)
{
    const struct kb_strings *given = &add->options.settings.of[setting - kb_settings(NULL)];
    bool is_text = setting->type == KB_SETTING_TEXT &&
                   kb_text_is_visible(given->items[0], strlen(given->items[0]), 1, PATH_MAX);
    const char *verb = verb_after(setting->key), *name = add->options.name;
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(8192);
    char path[PATH_MAX];
    bool is_known = !kb_config_path(path, sizeof(path), NULL);

    kb_buf_fmt(&text, "set \"%s\"", setting->key);
    if (is_text && !strpbrk(given->items[0], "\"\\"))
        kb_buf_fmt(&text, ": \"%s\"", given->items[0]);
    kb_buf_fmt(&text, " of profile %s in %s", name, is_known ? path : "the configuration");
    if (verb)
        kb_buf_fmt(&text, ", then: keybearer %s %s", verb, name);
    kb_hint(err, "%s", kb_buf_text(&text));
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
        kb_hint(err, "for a new secret: keybearer add %s; to see its settings: keybearer show %s",
            name, name);
    return KB_ERR_USAGE;
}
