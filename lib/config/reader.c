/*
 * Reads one profile by the table of settings. Nothing is used that the file does not name: no
 * environment, no working directory.
 */
#include "draft.h"

#include "config/settings.h"

#include <json-c/json.h>
#include <stdint.h>
#include <string.h>

/* --- Reading values by type ------------------------------------------------------- */

/* *RET is borrowed from VALUE. */
static enum kb_err text_of(
    struct kb_config_draft *draft, struct json_object *value, const char **ret)
{
    if (!json_object_is_type(value, json_type_string))
        return kb_config_draft_refuse(draft, "must be a string");
    *ret = json_object_get_string(value);
    return KB_OK;
}

static enum kb_err read_text(
    struct kb_config_draft *draft, const struct kb_setting *setting, struct json_object *value)
{
    const char *text = NULL;
    enum kb_err rc = text_of(draft, value, &text);

    return rc ? rc : kb_config_draft_put(draft, setting, text);
}

/* Each text of an array, or a single text. */
static enum kb_err read_each(
    struct kb_config_draft *draft, const struct kb_setting *setting, struct json_object *value)
{
    bool array = json_object_is_type(value, json_type_array);
    size_t count = array ? json_object_array_length(value) : 1;
    enum kb_err rc = KB_OK;

    for (size_t i = 0; i < count && !rc; i++) {
        draft->here.element = array ? i + 1 : 0;
        rc = read_text(draft, setting, array ? json_object_array_get_idx(value, i) : value);
    }
    return rc;
}

static enum kb_err read_pairs(
    struct kb_config_draft *draft, const struct kb_setting *setting, struct json_object *value)
{
    if (!json_object_is_type(value, json_type_object))
        return kb_config_draft_refuse(draft, "must be an object of strings");
    json_object_object_foreach(value, name, member)
    {
        draft->here.member = name;
        enum kb_err rc = read_text(draft, setting, member);
        if (rc)
            return rc;
    }
    return KB_OK;
}

static enum kb_err read_number(
    struct kb_config_draft *draft, const struct kb_setting *setting, struct json_object *value)
{
    bool whole = json_object_is_type(value, json_type_int);

    return kb_config_draft_put_number(
        draft, setting, whole ? json_object_get_int64(value) : INT64_MAX);
}

static enum kb_err read_flag(
    struct kb_config_draft *draft, const struct kb_setting *setting, struct json_object *value)
{
    if (!json_object_is_type(value, json_type_boolean))
        return kb_config_draft_refuse(draft, "must be true or false");
    kb_config_draft_put_flag(draft, setting, json_object_get_boolean(value));
    return KB_OK;
}

/* --- The settings ----------------------------------------------------------------- */

static enum kb_err read_setting(
    struct kb_config_draft *draft, const struct kb_setting *setting, struct json_object *value)
{
    switch (setting->type) {
    case KB_SETTING_TEXT:
    case KB_SETTING_WORDS:
        return read_text(draft, setting, value);
    case KB_SETTING_ADDRESSES:
    case KB_SETTING_TEXTS:
        return read_each(draft, setting, value);
    case KB_SETTING_PAIRS:
        return read_pairs(draft, setting, value);
    case KB_SETTING_SECONDS:
        return read_number(draft, setting, value);
    case KB_SETTING_FLAG:
        return read_flag(draft, setting, value);
    }
    return KB_OK;
}

static enum kb_err unknown_key(struct kb_config_draft *draft, const char *name)
{
    const char *names[KB_SETTINGS_MAX];
    size_t count;
    const struct kb_setting *settings = kb_settings(&count);

    for (size_t i = 0; i < count; i++)
        names[i] = settings[i].key;
    draft->here.key = name;
    draft->here.at_name = true;
    return kb_config_refuse_key(name, names, count, draft->err);
}

static enum kb_err refuse_unknown_keys(struct kb_config_draft *draft, struct json_object *object)
{
    json_object_object_foreach(object, name, value)
    {
        (void)value;
        if (!kb_setting_find(name))
            return unknown_key(draft, name);
    }
    return KB_OK;
}

static enum kb_err read_settings(struct kb_config_draft *draft, struct json_object *object)
{
    size_t count;
    const struct kb_setting *settings = kb_settings(&count);

    for (size_t i = 0; i < count; i++) {
        struct json_object *value = NULL;
        if (!json_object_object_get_ex(object, settings[i].key, &value))
            continue;
        kb_config_draft_look_at(draft, settings[i].key);
        draft->given[i] = true;
        enum kb_err rc = read_setting(draft, &settings[i], value);
        if (rc)
            return rc;
    }
    kb_config_draft_look_at(draft, NULL);
    return KB_OK;
}

static enum kb_err read_draft(struct kb_config_draft *draft, struct json_object *object)
{
    if (!kb_profile_name_ok(draft->here.profile)) {
        draft->here.at_name = true;
        return kb_hinted(draft->err,
            kb_fail(draft->err, KB_ERR_CONFIG, "\"%s\" is not a profile name", draft->here.profile),
            "use 1 to %d letters, digits, '.', '_' and '-', not beginning with '.' or '-'",
            KB_PROFILE_NAME_MAX);
    }
    if (!json_object_is_type(object, json_type_object))
        return kb_fail(
            draft->err, KB_ERR_CONFIG, "profile \"%s\" must be an object", draft->here.profile);
    kb_str_set(&draft->profile.name, draft->here.profile);
    enum kb_err rc = refuse_unknown_keys(draft, object);
    if (!rc)
        rc = read_settings(draft, object);
    return rc ? rc : kb_config_draft_complete(draft);
}

static void clear(struct kb_config_draft *draft)
{
    kb_profile_clear(&draft->profile);
}

enum kb_err kb_config_read_profile(const struct kb_config_source *source, const char *name,
    struct json_object *object, struct kb_profile *ret, struct kb_error *err)
{
    KB_AUTO(clear)
    struct kb_config_draft draft = {
        .profile =
            {
                .refresh_ahead = -1,
                .timeout = KB_PROFILE_TIMEOUT,
                .max_lifetime = KB_PROFILE_MAX_LIFETIME,
                .default_lifetime = -1, /* until the preset was asked */
            },
        .here = {.profile = name},
        .typed = !source->path,
        .find = kb_setting_find,
        .err = err,
    };

    enum kb_err rc = read_draft(&draft, object);
    if (rc)
        return kb_config_source_blame(source, &draft.here, rc, err);
    *ret = draft.profile;
    draft.profile = KB_PROFILE_INIT;
    return KB_OK;
}
