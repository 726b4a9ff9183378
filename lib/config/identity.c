/*
 * A profile's key and route. A value goes into the key as its setting's name and its text.
 */
#include "config/identity.h"

#include "config/settings.h"

#include <string.h>

/* A list is its length, and its elements. */
static void add_value(struct kb_key_hasher *h, const struct kb_setting_value *value)
{
    const struct kb_strings *texts = value->texts;
    const struct kb_pairs *pairs = value->pairs;

    if (value->text)
        kb_key_add_text(h, value->text);
    else if (texts || pairs)
        kb_key_add_number(h, (int64_t)(texts ? texts->count : pairs->count));
    else
        kb_key_add_number(h, value->number);
    for (size_t i = 0; texts && i < texts->count; i++)
        kb_key_add_text(h, texts->items[i]);
    for (size_t i = 0; pairs && i < pairs->count; i++) {
        kb_key_add_text(h, pairs->items[i].name);
        kb_key_add_text(h, pairs->items[i].value);
    }
}

struct kb_cache_key kb_cache_key_for_profile(
    const struct kb_profile *profile, const struct kb_ref *client)
{
    struct kb_key_hasher h = kb_key_begin("keybearer token 3");
    size_t count;
    const struct kb_setting *settings = kb_settings(&count);

    kb_key_add_bytes(&h, client->bytes, sizeof(client->bytes));
    kb_key_add_text(&h, profile->name);
    for (size_t i = 0; i < count; i++) {
        struct kb_setting_value value = kb_setting_get(&settings[i], profile);

        if (!(settings[i].flags & KB_SETTING_IDENTITY) || !value.is_set)
            continue;
        kb_key_add_text(&h, settings[i].key);
        add_value(&h, &value);
    }
    return kb_key_end(&h);
}

static enum kb_err set_names(
    struct kb_route *route, const struct kb_profile *profile, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf prefix = KB_BUF_INIT(sizeof(route->api_prefix) - 1);

    kb_profile_append_api_prefix(profile, &prefix);
    if (!kb_text_copy(route->profile, sizeof(route->profile), profile->name) ||
        !kb_text_copy(route->store, sizeof(route->store), profile->store) ||
        !kb_text_copy(
            route->username, sizeof(route->username), kb_profile_told_username(profile)) ||
        !kb_text_copy(
            route->api_header, sizeof(route->api_header), kb_profile_api_header(profile)) ||
        kb_buf_check(&prefix, "the prefix", NULL) ||
        !kb_text_copy(route->api_prefix, sizeof(route->api_prefix), kb_buf_text(&prefix)))
        return kb_fail(err, KB_ERR_CONFIG, "the names of profile %s are too long", profile->name);
    return KB_OK;
}

enum kb_err kb_route_from_profile(const struct kb_profile *profile, const struct kb_ref *client,
    struct kb_route *ret, struct kb_error *err)
{
    KB_AUTO(kb_route_clear) struct kb_route route = KB_ROUTE_INIT;

    if (profile) {
        enum kb_err rc = set_names(&route, profile, err);

        if (rc)
            return rc;
        route.ours = true;
        route.key = kb_cache_key_for_profile(profile, client);
        route.min_ttl = profile->min_ttl;
        route.refresh_ahead = profile->refresh_ahead;
        route.timeout = profile->timeout;
        for (size_t i = 0; i < profile->api_headers.count; i++)
            kb_pairs_add(&route.api_headers, profile->api_headers.items[i].name,
                profile->api_headers.items[i].value);
    }
    kb_route_clear(ret);
    *ret = route;
    route = KB_ROUTE_INIT;
    return KB_OK;
}
