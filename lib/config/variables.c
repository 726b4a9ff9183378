/*
 * Which variables a command gets, by name; a later one takes an earlier one's place.
 */
#include "config/variables.h"

#include "base/alloc.h"
#include "base/strings.h"
#include "config/preset.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static struct kb_variable *place_of(struct kb_variables *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].name, name) == 0)
            return &list->items[i];
    list->items = kb_grow(list->items, list->count + 1, sizeof(*list->items));
    list->items[list->count] = (struct kb_variable){.name = kb_text_dup(name)};
    return &list->items[list->count++];
}

void kb_variables_put(
    struct kb_variables *list, const char *name, const char *text, enum kb_variable_kind kind)
{
    struct kb_variable *variable = place_of(list, name);

    kb_str_set(&variable->text, text);
    variable->kind = kind;
    variable->refused = NULL;
}

void kb_variables_refuse(struct kb_variables *list, const char *name, const char *refused)
{
    place_of(list, name)->refused = refused;
}

bool kb_variables_want_file(const struct kb_variables *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].kind == KB_VARIABLE_FILE)
            return true;
    return false;
}

void kb_variables_set_file(struct kb_variables *list, const char *path)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].kind == KB_VARIABLE_FILE)
            kb_str_set(&list->items[i].text, path);
}

void kb_variables_put_profile(struct kb_variables *list, const struct kb_profile *profile)
{
    const struct kb_preset *preset = profile->preset;

    for (size_t i = 0; preset && i < preset->env_count; i++)
        kb_variables_put(list, preset->env[i].name, preset->env[i].text, KB_VARIABLE_PRESET);
    for (size_t i = 0; i < profile->env.count; i++)
        kb_variables_put(
            list, profile->env.items[i].name, profile->env.items[i].value, KB_VARIABLE_TEMPLATE);
}

void kb_variables_clear(struct kb_variables *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].name);
        free(list->items[i].text);
    }
    free(list->items);
    *list = KB_VARIABLES_INIT;
}

enum kb_err kb_variable_name_check(const char *name, struct kb_error *err)
{
    if (kb_text_is_visible(name, strlen(name), 1, KB_VARIABLE_NAME_MAX) && !strchr(name, '='))
        return KB_OK;
    return kb_fail(err, KB_ERR_USAGE, "\"%.40s\" cannot name a variable", name);
}

static const struct kb_preset_host *published_host(const struct kb_profile *profile)
{
    return profile->host ? kb_preset_host(profile->preset, profile->host) : NULL;
}

/* The API's address: the configured host, else where the token endpoint is. */
static void append_url(const struct kb_profile *profile, struct kb_buf *out)
{
    if (profile->host)
        kb_buf_fmt(out, "https://%s", profile->host);
    else
        kb_url_append_origin(&profile->token_url, out);
}

static void append_host(const struct kb_profile *profile, struct kb_buf *out)
{
    kb_url_append_authority(
        profile->match_count > 0 ? &profile->match[0] : &profile->token_url, out);
}

static bool append_address(const struct kb_profile *profile, struct kb_buf *out)
{
    if (profile->match_count == 0)
        return false;
    const struct kb_url *first = &profile->match[0];
    kb_url_append_origin(first, out);
    if (strcmp(first->path, "/") != 0)
        kb_buf_str(out, first->path);
    if (first->slash) /* of some programs' APIs it is a part: /legacy/ of PyPI */
        kb_buf_byte(out, '/');
    return true;
}

static bool append_header(const struct kb_pairs *headers, const char *name, struct kb_buf *out)
{
    for (size_t i = 0; i < headers->count; i++) {
        if (strcasecmp(headers->items[i].name, name) == 0) {
            kb_buf_str(out, headers->items[i].value);
            return true;
        }
    }
    return false;
}

bool kb_variable_value(
    const struct kb_profile *profile, const struct kb_template_word *word, struct kb_buf *out)
{
    const struct kb_preset_host *host = published_host(profile);

    switch (word->word) {
    case KB_WORD_USERNAME:
        kb_buf_str(out, kb_profile_told_username(profile));
        return true;
    case KB_WORD_HOST:
        append_host(profile, out);
        return true;
    case KB_WORD_ADDRESS:
        return append_address(profile, out);
    case KB_WORD_URL:
        append_url(profile, out);
        return true;
    case KB_WORD_ENVIRONMENT:
        kb_buf_str(out, host && host->environment ? host->environment : "");
        return host && host->environment;
    case KB_WORD_ALIAS:
        if (host && host->alias)
            kb_buf_str(out, host->alias);
        else
            append_host(profile, out);
        return true;
    case KB_WORD_API_HEADER:
        return append_header(&profile->api_headers, word->header, out);
    case KB_WORD_TOKEN:
    case KB_WORD_HEADER:
    case KB_WORD_BASIC:
    case KB_WORD_ID:
    case KB_WORD_SECRET:
        break;
    }
    return false;
}
