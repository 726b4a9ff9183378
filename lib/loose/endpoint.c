/*
 * Whose client it is. A name that any provider's client may have, such as CLIENT_ID, says it only
 * together with an address that the provider publishes. Must never guess an endpoint: what is not
 * known here is asked for.
 */
#include "endpoint.h"

#include "base/strings.h"
#include "core/url.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool is_name(const char *text, struct kb_loose_span span, const char *name)
{
    return span.end - span.start == strlen(name) &&
           memcmp(text + span.start, name, span.end - span.start) == 0;
}

/* What PRESET's variable of that name holds: "{id}"; NULL: it has none. */
static const char *template_of(
    const struct kb_preset *preset, const char *text, struct kb_loose_span name)
{
    for (size_t i = 0; i < preset->env_count; i++)
        if (is_name(text, name, preset->env[i].name))
            return preset->env[i].text;
    return NULL;
}

bool endpoint_is_variable(const char *name, size_t len)
{
    size_t count;
    const struct kb_preset *presets = kb_presets(&count);

    for (size_t i = 0; i < count; i++)
        if (template_of(&presets[i], name, (struct kb_loose_span){0, len}))
            return true;
    return false;
}

/* The part of an id's name before its last two words: "ZUORA_" of ZUORA_CLIENT_ID. */
static size_t prefix_length(const char *text, struct kb_loose_span name)
{
    size_t len = name.end - name.start;

    for (size_t skip = len; skip > 0; skip--)
        if (tolower((unsigned char)text[name.start + skip - 1]) == 'c' &&
            len - skip + 1 >= strlen("clientid") &&
            strncasecmp(text + name.start + skip - 1, "client", strlen("client")) == 0)
            return skip - 1;
    return len;
}

static bool has_prefix(const char *text, struct kb_loose_span name, struct kb_loose_span other)
{
    size_t len = prefix_length(text, other);

    return len > 0 && name.end - name.start > len &&
           memcmp(text + name.start, text + other.start, len) == 0;
}

/* Whether a variable of that name is for another client of the same scope. */
static bool is_of_another(const char *text, const struct kb_loose_entries *entries,
    const struct kb_loose_client *client, struct kb_loose_span name)
{
    for (size_t i = 0; i < entries->count; i++) {
        const struct kb_loose_entry *other = &entries->items[i];
        const char *holds = client->preset ? template_of(client->preset, text, other->name) : NULL;

        if (other != client->of_id && other->scope == client->of_id->scope && holds &&
            strcmp(holds, "{id}") == 0 && has_prefix(text, name, other->name) &&
            !has_prefix(text, name, client->of_id->name))
            return true;
    }
    return false;
}

static bool copy(const char *text, struct kb_loose_span value, char ret[static KB_LOOSE_HOST_MAX])
{
    size_t len = value.end - value.start;

    if (len >= KB_LOOSE_HOST_MAX || !kb_text_is_visible(text + value.start, len, 1, len))
        return false;
    memcpy(ret, text + value.start, len);
    ret[len] = '\0';
    return true;
}

static bool set_host(const char *host, struct kb_loose_client *client)
{
    const struct kb_preset_host *known = kb_preset_host(client->preset, host);
    bool is_named = known && known->environment;

    client->key = is_named ? "environment" : "host";
    return kb_text_copy(client->value, sizeof(client->value), is_named ? known->environment : host);
}

/* "https://rest.zuora.com/" */
static bool set_url(const char *value, struct kb_loose_client *client)
{
    struct kb_url url;

    return !kb_url_parse(value, strlen(value), &url, NULL) && strcmp(url.scheme, "https") == 0 &&
           set_host(url.host, client);
}

static bool set_environment(const char *value, struct kb_loose_client *client)
{
    const struct kb_preset_host *host = kb_preset_environment(client->preset, value);

    return host && set_host(host->host, client);
}

static bool set_alias(const char *value, struct kb_loose_client *client)
{
    const struct kb_preset *preset = client->preset;

    for (size_t i = 0; i < preset->host_count; i++)
        if (preset->hosts[i].alias && strcmp(preset->hosts[i].alias, value) == 0)
            return set_host(preset->hosts[i].host, client);
    return false;
}

static bool take(
    const char *text, const struct kb_loose_entry *entry, struct kb_loose_client *client)
{
    const char *holds = template_of(client->preset, text, entry->name);
    char value[KB_LOOSE_HOST_MAX];

    if (!holds || entry->why_not || !copy(text, entry->value, value))
        return false;
    if (strcmp(holds, "{url}") == 0)
        return set_url(value, client);
    if (strcmp(holds, "{environment}") == 0)
        return set_environment(value, client);
    return strcmp(holds, "{alias}") == 0 && set_alias(value, client);
}

/* Those that begin as the client's own names do come first. */
static void find_setting(
    const char *text, const struct kb_loose_entries *entries, struct kb_loose_client *client)
{
    for (int own = 1; own >= 0; own--) {
        for (size_t i = 0; i < entries->count; i++) {
            const struct kb_loose_entry *entry = &entries->items[i];

            if (entry->scope == client->of_id->scope &&
                has_prefix(text, entry->name, client->of_id->name) == own &&
                !is_of_another(text, entries, client, entry->name) && take(text, entry, client))
                return;
        }
    }
}

/* Letters and digits alone, so that AUTH0_ is auth0. */
static bool names_preset(const char *prefix, size_t len, const char *preset)
{
    size_t at = 0;

    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char)prefix[i]))
            continue;
        while (preset[at] == '-')
            at++;
        if (tolower((unsigned char)prefix[i]) != preset[at++])
            return false;
    }
    return at > 0 && preset[at] == '\0';
}

void endpoint_find(
    const char *text, const struct kb_loose_entries *entries, struct kb_loose_client *client)
{
    struct kb_loose_span name = client->of_id->name;
    size_t count, prefix = prefix_length(text, name);
    const struct kb_preset *presets = kb_presets(&count);

    for (size_t i = 0; i < count; i++) {
        const char *holds = template_of(&presets[i], text, name);

        if (!(holds && strcmp(holds, "{id}") == 0) &&
            !names_preset(text + name.start, prefix, presets[i].name))
            continue;
        client->preset = &presets[i];
        find_setting(text, entries, client);
        if (prefix > 0 || (client->key && (strcmp(client->key, "environment") == 0 ||
                                              kb_preset_host(&presets[i], client->value))))
            return;
        client->preset = NULL;
        client->key = NULL;
    }
}
