/*
 * From a preset to a profile, through the table of settings: what a preset says is checked as what
 * a file says. Must never override what the file says.
 */
#include "draft.h"

#include "config/preset.h"

#include <stdlib.h>
#include <string.h>

static const char host_word[] = "{host}", tenant_word[] = "{tenant}";

/*
 * Of pairs the file's are taken one by one. A token of an account goes with its name, so there is
 * no room for another.
 */
static bool is_said(const struct kb_config_draft *draft, const struct kb_preset_value *value)
{
    const struct kb_setting *setting = kb_setting_find(value->key);

    if (strcmp(value->key, "token_username") == 0 && draft->profile.username)
        return true;
    if (setting->type != KB_SETTING_PAIRS)
        return kb_config_draft_gives(draft, value->key);
    return kb_pairs_get(kb_setting_get(setting, &draft->profile).pairs, value->name);
}

/* --- what is missing ------------------------------------------------------------------ */

/* Whether a value that the file leaves to the preset has WORD in it. */
static bool is_wanted(const struct kb_config_draft *draft, const char *word)
{
    const struct kb_preset *preset = draft->profile.preset;

    for (size_t i = 0; i < preset->value_count; i++)
        if (strstr(preset->values[i].text, word) && !is_said(draft, &preset->values[i]))
            return true;
    return false;
}

static bool is_missing(const struct kb_config_draft *draft, const struct kb_preset_need *need)
{
    const struct kb_profile *profile = &draft->profile;
    struct kb_setting_value value = kb_setting_get(kb_setting_find(need->key), profile);

    if (strcmp(need->key, "host") == 0)
        return !profile->host && is_wanted(draft, host_word);
    if (strcmp(need->key, "tenant") == 0)
        return !profile->tenant && is_wanted(draft, tenant_word);
    return need->name ? !kb_pairs_get(value.pairs, need->name) : !value.is_set;
}

static void append(struct kb_buf *out, const char *separator, const char *text)
{
    kb_buf_fmt(out, "%s%s", out->len > 0 ? separator : "", text);
}

/* "environment" or "host", if the provider has names for some. */
static void name_need(
    const struct kb_config_draft *draft, const struct kb_preset_need *need, struct kb_buf *names)
{
    bool is_host = strcmp(need->key, "host") == 0;

    if (is_host && draft->profile.preset->host_count > 0)
        kb_buf_fmt(names, "%s or ", kb_config_draft_say(draft, "environment").text);
    kb_buf_str(names, kb_config_draft_say(draft, need->key).text);
    if (need->name && draft->typed)
        kb_buf_fmt(
            names, " %s%cVALUE", need->name, kb_setting_separator(kb_setting_find(need->key)));
    else if (need->name)
        kb_buf_fmt(names, " with \"%s\"", need->name);
}

/* A host that is only an example could be taken for the right one: the names come first. */
static void explain_host(
    const struct kb_config_draft *draft, const struct kb_preset_need *need, struct kb_buf *out)
{
    const struct kb_setting_said host = kb_config_draft_say(draft, "host");

    if (draft->profile.preset->host_count == 0) {
        kb_buf_fmt(out, "such as %s", need->example);
        return;
    }
    kb_buf_fmt(out, "%s ", kb_config_draft_say(draft, "environment").text);
    kb_preset_list_environments(draft->profile.preset, out);
    kb_buf_fmt(out, "; %s for any other", host.text);
}

static void explain_need(const struct kb_config_draft *draft, const struct kb_preset_need *need,
    bool alone, struct kb_buf *hints)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(sizeof(draft->err->hint));
    bool is_host = strcmp(need->key, "host") == 0;

    if (!alone && (!is_host || draft->profile.preset->host_count == 0))
        kb_buf_fmt(&text, "%s: ", need->name ? need->name : need->key);
    if (is_host)
        explain_host(draft, need, &text);
    else
        kb_buf_str(&text, need->hint);
    append(hints, "; ", kb_buf_text(&text));
}

/* Without them the server could only refuse, having seen the secret. */
enum kb_err kb_config_draft_require_needs(struct kb_config_draft *draft)
{
    const struct kb_preset *preset = draft->profile.preset;
    KB_AUTO(kb_buf_clear) struct kb_buf names = KB_BUF_INIT(sizeof(draft->err->msg));
    KB_AUTO(kb_buf_clear) struct kb_buf hints = KB_BUF_INIT(sizeof(draft->err->hint));
    const struct kb_preset_need *missing[KB_SETTINGS_MAX];
    size_t count = 0;

    for (size_t i = 0; preset && i < preset->need_count; i++)
        if (is_missing(draft, &preset->needs[i]) && count < KB_COUNT(missing))
            missing[count++] = &preset->needs[i];
    for (size_t i = 0; i < count; i++) {
        kb_buf_str(&names, i == 0 ? "" : i + 1 < count ? ", " : " and ");
        name_need(draft, missing[i], &names);
        explain_need(draft, missing[i], count == 1, &hints);
    }
    if (count == 0)
        return KB_OK;
    kb_config_draft_look_at(draft, NULL);
    return kb_hinted(draft->err,
        kb_fail(draft->err, KB_ERR_CONFIG, "preset %s needs %s", preset->name, kb_buf_text(&names)),
        "%s", kb_buf_text(&hints));
}

/* --- what there is --------------------------------------------------------------------- */

/* TEXT with the profile's host and tenant in their places. */
static enum kb_err fill(const struct kb_config_draft *draft, const char *text, struct kb_buf *out)
{
    while (*text) {
        bool is_host = strncmp(text, host_word, strlen(host_word)) == 0;
        bool is_tenant = strncmp(text, tenant_word, strlen(tenant_word)) == 0;

        if (!is_host && !is_tenant) {
            kb_buf_byte(out, *text++);
            continue;
        }
        kb_buf_str(out, is_host ? draft->profile.host : draft->profile.tenant);
        text += is_host ? strlen(host_word) : strlen(tenant_word);
    }
    return kb_buf_check(out, "a value of the preset", draft->err);
}

/* A number that is none, or a flag that is not true, is a fault of the preset's file. */
static enum kb_err put(
    struct kb_config_draft *draft, const struct kb_setting *setting, const char *text)
{
    if (setting->type == KB_SETTING_FLAG) {
        kb_config_draft_put_flag(draft, setting, strcmp(text, "true") == 0);
        return KB_OK;
    }
    if (setting->type == KB_SETTING_SECONDS)
        return kb_config_draft_put_number(draft, setting, strtoll(text, NULL, 10));
    return kb_config_draft_put(draft, setting, text);
}

static enum kb_err take(struct kb_config_draft *draft, const struct kb_preset_value *value)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_CONFIG_TEXT_MAX);
    enum kb_err rc = fill(draft, value->text, &text);

    if (rc)
        return rc;
    kb_config_draft_look_at(draft, value->key);
    draft->here.member = value->name;
    return put(draft, kb_setting_find(value->key), kb_buf_text(&text));
}

enum kb_err kb_config_draft_take_preset(struct kb_config_draft *draft)
{
    const struct kb_preset *preset = draft->profile.preset;
    enum kb_err rc = KB_OK;

    for (size_t i = 0; preset && i < preset->value_count && !rc; i++)
        if (!is_said(draft, &preset->values[i]))
            rc = take(draft, &preset->values[i]);
    kb_config_draft_look_at(draft, NULL);
    return rc;
}
