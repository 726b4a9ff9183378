/*
 * What is found in the table of providers. The rows are made of presets/NAME.json.
 */
#include "config/preset.h"

#include "base/alloc.h"
#include "preset_table.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

const struct kb_preset *kb_preset_find(const char *name)
{
    for (size_t i = 0; i < kb_preset_row_count; i++)
        if (strcmp(kb_preset_rows[i].texts, name) == 0)
            return kb_preset_at(i);
    return NULL;
}

const struct kb_preset *kb_presets(size_t *ret_count)
{
    *ret_count = kb_preset_row_count;
    for (size_t i = 0; i < kb_preset_row_count; i++)
        (void)kb_preset_at(i);
    return kb_preset_slots;
}

const char *kb_preset_nearest(const char *name)
{
    const char **names = kb_alloc(kb_preset_row_count, sizeof(*names)), *nearest;

    for (size_t i = 0; i < kb_preset_row_count; i++)
        names[i] = kb_preset_rows[i].texts;
    nearest = kb_text_nearest_within(strlen(name) / 4 + 1, name, names, kb_preset_row_count);
    free(names);
    return nearest;
}

/* People know a provider by a part of its name, or by its title's. */
static size_t list_like(const char *word, struct kb_buf *out)
{
    size_t count = 0;

    for (size_t i = 0; i < kb_preset_row_count && strlen(word) > 2; i++) {
        const struct kb_preset *preset = kb_preset_at(i);

        if (!strcasestr(preset->name, word) && !strcasestr(preset->title, word))
            continue;
        kb_buf_fmt(out, "%s%s", count > 0 ? ", " : "", preset->name);
        count++;
    }
    return out->failed ? 0 : count;
}

void kb_preset_hint_names(const char *name, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf names = KB_BUF_INIT(160);
    size_t count = list_like(name, &names);
    const char *nearest = count > 0 ? kb_buf_text(&names) : kb_preset_nearest(name);

    if (count > 1)
        kb_hint(err, "did you mean one of %s?", nearest);
    else if (nearest)
        kb_hint(err, "did you mean \"%s\"?", nearest);
    else
        kb_hint(err, "keybearer presets lists all");
}

const char *kb_preset_text(const struct kb_preset *preset, const char *key)
{
    for (size_t i = 0; i < preset->value_count; i++)
        if (strcmp(preset->values[i].key, key) == 0)
            return preset->values[i].text;
    return NULL;
}

bool kb_preset_uses(const struct kb_preset *preset, const char *word)
{
    for (size_t i = 0; i < preset->value_count; i++)
        if (strstr(preset->values[i].text, word))
            return true;
    return false;
}

const struct kb_preset_need *kb_preset_need(
    const struct kb_preset *preset, const char *key, const char *name)
{
    for (size_t i = 0; i < preset->need_count; i++) {
        const struct kb_preset_need *need = &preset->needs[i];

        if (strcmp(need->key, key) == 0 &&
            strcmp(need->name ? need->name : "", name ? name : "") == 0)
            return need;
    }
    return NULL;
}

const char *kb_preset_hint(
    const struct kb_preset *preset, const char *code, const char *description)
{
    for (size_t i = 0; preset && i < preset->hint_count; i++) {
        const struct kb_preset_hint *hint = &preset->hints[i];

        if (strcmp(hint->code, code) == 0 ||
            strncmp(description, hint->code, strlen(hint->code)) == 0)
            return hint->text;
    }
    return NULL;
}

void kb_preset_list_environments(const struct kb_preset *preset, struct kb_buf *out)
{
    bool any = false;

    for (size_t i = 0; i < preset->host_count; i++) {
        const char *name = preset->hosts[i].environment;

        if (name)
            kb_buf_fmt(out, "%s%s", any ? ", " : "", name);
        any = any || name;
    }
}

const struct kb_preset_host *kb_preset_environment(const struct kb_preset *preset, const char *name)
{
    for (size_t i = 0; preset && i < preset->host_count; i++)
        if (preset->hosts[i].environment && strcasecmp(preset->hosts[i].environment, name) == 0)
            return &preset->hosts[i];
    return NULL;
}

const struct kb_preset_host *kb_preset_host(const struct kb_preset *preset, const char *host)
{
    for (size_t i = 0; preset && i < preset->host_count; i++)
        if (strcasecmp(preset->hosts[i].host, host) == 0)
            return &preset->hosts[i];
    return NULL;
}

const struct kb_preset_header *kb_preset_header(const struct kb_preset *preset, const char *name)
{
    for (size_t i = 0; preset && i < preset->header_count; i++)
        if (strcasecmp(preset->headers[i].name, name) == 0)
            return &preset->headers[i];
    return NULL;
}
