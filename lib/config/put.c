/*
 * One value of a setting, checked, into the draft: the file's and a preset's go the same way.
 */
#include "draft.h"

#include "config/settings.h"

#include <string.h>

static void *place_of(struct kb_config_draft *draft, const struct kb_setting *setting)
{
    return (char *)&draft->profile + setting->place;
}

static bool has_control_character(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return true;
    return false;
}

static enum kb_err check_text(
    struct kb_config_draft *draft, const struct kb_setting *setting, const char *text)
{
    size_t max = setting->max > 0 ? (size_t)setting->max : KB_CONFIG_TEXT_MAX;

    if (text[0] == '\0')
        return kb_config_draft_refuse(draft, "is empty");
    if (strlen(text) > max)
        return kb_config_draft_refuse(draft, "is longer than %zu bytes", max);
    if (has_control_character(text))
        return kb_config_draft_refuse(draft, "holds a control character");
    if (setting->choices)
        return kb_config_check_choice(draft, text, setting->choices);
    return setting->check ? setting->check(draft, text) : KB_OK;
}

enum kb_err kb_config_draft_put(
    struct kb_config_draft *draft, const struct kb_setting *setting, const char *text)
{
    enum kb_err rc = check_text(draft, setting, text);

    if (rc)
        return rc;
    if (setting->type == KB_SETTING_ADDRESSES)
        return kb_config_draft_add_match(draft, text);
    if (setting->type == KB_SETTING_TEXTS)
        kb_strings_add(place_of(draft, setting), text);
    else if (setting->type == KB_SETTING_PAIRS)
        kb_pairs_add(place_of(draft, setting), draft->here.member, text);
    else
        kb_str_set(place_of(draft, setting), text);
    return KB_OK;
}

enum kb_err kb_config_draft_put_number(
    struct kb_config_draft *draft, const struct kb_setting *setting, int64_t number)
{
    if (number < setting->min || number > setting->max)
        return kb_config_draft_refuse(
            draft, "must be a whole number of seconds from %d to %d", setting->min, setting->max);
    *(int *)place_of(draft, setting) = (int)number;
    return KB_OK;
}

void kb_config_draft_put_flag(
    struct kb_config_draft *draft, const struct kb_setting *setting, bool on)
{
    *(bool *)place_of(draft, setting) = on;
}

bool kb_config_draft_gives(const struct kb_config_draft *draft, const char *key)
{
    return draft->given[kb_setting_find(key) - kb_settings(NULL)];
}
