/*
 * `show`: one profile, every setting that is in force. Never a secret: the front has none.
 */
#include "front.h"

#include "base/json_write.h"
#include "config/preset.h"

/* Either form writes the same members through this: text rows or JSON members. */
struct page {
    struct kb_buf *out;
    struct kb_json_writer json;
    bool as_json;
};

static void put_text(struct page *page, const char *name, const char *value)
{
    if (!value)
        return;
    if (page->as_json)
        kb_json_string_member(&page->json, name, value);
    else
        kb_buf_fmt(page->out, "%-18s %s\n", name, value);
}

static void put_number(struct page *page, const char *name, int value)
{
    if (page->as_json)
        kb_json_int_member(&page->json, name, value);
    else
        kb_buf_fmt(page->out, "%-18s %d\n", name, value);
}

static void put_pairs(struct page *page, const char *name, const struct kb_pairs *pairs)
{
    if (pairs->count == 0)
        return;
    if (page->as_json) {
        kb_json_name(&page->json, name);
        kb_json_open(&page->json, '{');
    }
    for (size_t i = 0; i < pairs->count; i++) {
        if (page->as_json)
            kb_json_string_member(&page->json, pairs->items[i].name, pairs->items[i].value);
        else
            kb_buf_fmt(
                page->out, "%-18s %s: %s\n", name, pairs->items[i].name, pairs->items[i].value);
    }
    if (page->as_json)
        kb_json_close(&page->json);
}

static void put_match(struct page *page, const struct kb_profile *profile)
{
    if (page->as_json) {
        kb_json_name(&page->json, "match");
        kb_json_open(&page->json, '[');
    }
    for (size_t i = 0; i < profile->match_count; i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf url = KB_BUF_INIT(4096);

        kb_url_append(&profile->match[i], &url);
        if (page->as_json)
            kb_json_put_string(&page->json, kb_buf_text(&url));
        else
            kb_buf_fmt(page->out, "%-18s %s\n", "match", kb_buf_text(&url));
    }
    if (page->as_json)
        kb_json_close(&page->json);
}

static void put_resources(struct page *page, const struct kb_strings *resources)
{
    if (page->as_json) {
        kb_json_name(&page->json, "resource");
        kb_json_open(&page->json, '[');
    }
    for (size_t i = 0; i < resources->count; i++) {
        if (page->as_json)
            kb_json_put_string(&page->json, resources->items[i]);
        else
            kb_buf_fmt(page->out, "%-18s %s\n", "resource", resources->items[i]);
    }
    if (page->as_json)
        kb_json_close(&page->json);
}

static void put_profile(struct page *page, const struct kb_profile *profile)
{
    put_text(page, "name", profile->name);
    put_text(page, "preset", profile->preset ? profile->preset->name : NULL);
    put_text(page, "host", profile->host);
    put_text(page, "store", profile->store);
    put_text(page, "token_url", profile->token_url_text);
    put_text(page, "client_auth", kb_client_auth_name(profile->client_auth));
    put_text(page, "scope", profile->scope);
    put_text(page, "audience", profile->audience);
    put_resources(page, &profile->resources);
    put_match(page, profile);
    put_text(page, "username", profile->username);
    put_pairs(page, "form", &profile->form);
    put_pairs(page, "headers", &profile->headers);
    put_pairs(page, "api_headers", &profile->api_headers);
    put_text(page, "ca_file", profile->ca_file);
    put_number(page, "timeout", profile->timeout);
    put_number(page, "min_ttl", profile->min_ttl);
    if (profile->refresh_ahead >= 0)
        put_number(page, "refresh_ahead", profile->refresh_ahead);
    put_number(page, "max_lifetime", profile->max_lifetime);
    put_number(page, "default_lifetime", profile->default_lifetime);
    if (profile->strict_scope)
        put_text(page, "strict_scope", "yes");
}

int verb_show(int argc, char *argv[])
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(1U << 20);
    struct page page = {.out = &out, .json = kb_json_writer(&out, 2)};
    const struct kb_profile *profile;
    struct kb_error err = KB_ERROR_INIT;

    if (report_options(argc, argv, 1, &page.as_json, &err) ||
        kb_config_load_profile(argv[0], &config, &profile, &err))
        return output_error(&err);
    if (page.as_json)
        kb_json_open(&page.json, '{');
    put_profile(&page, profile);
    if (page.as_json) {
        kb_json_close(&page.json);
        kb_buf_byte(&out, '\n');
    }
    return output(&out, 0);
}
