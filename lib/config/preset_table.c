/*
 * From a row of the packed table to a struct kb_preset. Its texts are the table's own.
 */
#include "preset_table.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

/* The text at AT, which moves behind it. */
static const char *next(const char **at)
{
    const char *text = *at;

    *at += strlen(text) + 1;
    return *text ? text : NULL;
}

static void take_values(struct kb_preset *preset, size_t count, const char **at)
{
    struct kb_preset_value *values = kb_alloc(count, sizeof(*values));

    preset->values = values;
    preset->value_count = count;
    for (size_t i = 0; i < count; i++) {
        values[i].key = next(at);
        values[i].name = next(at);
        values[i].text = next(at);
    }
}

static void take_needs(struct kb_preset *preset, size_t count, const char **at)
{
    struct kb_preset_need *needs = kb_alloc(count, sizeof(*needs));

    preset->needs = needs;
    preset->need_count = count;
    for (size_t i = 0; i < count; i++) {
        needs[i].key = next(at);
        needs[i].name = next(at);
        needs[i].hint = next(at);
        needs[i].example = next(at);
    }
}

static void take_hosts(struct kb_preset *preset, size_t count, const char **at)
{
    struct kb_preset_host *hosts = kb_alloc(count, sizeof(*hosts));

    preset->hosts = hosts;
    preset->host_count = count;
    for (size_t i = 0; i < count; i++) {
        hosts[i].environment = next(at);
        hosts[i].host = next(at);
        hosts[i].title = next(at);
        hosts[i].alias = next(at);
    }
}

static void take_headers(struct kb_preset *preset, size_t count, const char **at)
{
    struct kb_preset_header *headers = kb_alloc(count, sizeof(*headers));

    preset->headers = headers;
    preset->header_count = count;
    for (size_t i = 0; i < count; i++) {
        const char *flags;

        headers[i].name = next(at);
        headers[i].forbidden = next(at);
        headers[i].max = strtoul(next(at), NULL, 10);
        flags = next(at);
        headers[i].may_be_auto = flags && strchr(flags, 'a');
        headers[i].is_uuid_list = flags && strchr(flags, 'u');
        headers[i].on_api_calls = flags && strchr(flags, 'c');
    }
}

static void take_env(struct kb_preset *preset, size_t count, const char **at)
{
    struct kb_preset_env *env = kb_alloc(count, sizeof(*env));

    preset->env = env;
    preset->env_count = count;
    for (size_t i = 0; i < count; i++) {
        env[i].name = next(at);
        env[i].text = next(at);
    }
}

static void take_hints(struct kb_preset *preset, size_t count, const char **at)
{
    struct kb_preset_hint *hints = kb_alloc(count, sizeof(*hints));

    preset->hints = hints;
    preset->hint_count = count;
    for (size_t i = 0; i < count; i++) {
        hints[i].code = next(at);
        hints[i].text = next(at);
    }
}

static void take_sources(struct kb_preset *preset, size_t count, const char **at)
{
    struct kb_preset_source *sources = kb_alloc(count, sizeof(*sources));

    preset->sources = sources;
    preset->source_count = count;
    for (size_t i = 0; i < count; i++) {
        sources[i].fact = next(at);
        sources[i].url = next(at);
        sources[i].seen = next(at);
    }
}

const struct kb_preset *kb_preset_at(size_t number)
{
    const struct kb_preset_row *row = &kb_preset_rows[number];
    struct kb_preset *preset = &kb_preset_slots[number];
    const char *at = row->texts;

    if (preset->name)
        return preset;
    preset->name = next(&at);
    preset->title = next(&at);
    preset->help = next(&at);
    preset->wrong_host_hint = next(&at);
    preset->client_cert = row->client_cert;
    take_values(preset, row->values, &at);
    take_needs(preset, row->needs, &at);
    take_hosts(preset, row->hosts, &at);
    take_headers(preset, row->headers, &at);
    take_env(preset, row->env, &at);
    take_hints(preset, row->hints, &at);
    take_sources(preset, row->sources, &at);
    return preset;
}
