/*
 * `show`: one profile, every setting that is in force. Never a secret: the front has none.
 */
#include "front.h"

#include "base/json_write.h"
#include "config/settings.h"

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

/* A list: as text a row for each value, as JSON one member. */
static void begin(struct page *page, const char *name, char bracket)
{
    if (page->as_json)
        kb_json_open_member(&page->json, name, bracket);
}

static void end(struct page *page)
{
    if (page->as_json)
        kb_json_close(&page->json);
}

static void put_pairs(struct page *page, const char *name, const struct kb_pairs *pairs)
{
    if (pairs->count == 0)
        return;
    begin(page, name, '{');
    for (size_t i = 0; i < pairs->count; i++) {
        if (page->as_json)
            kb_json_string_member(&page->json, pairs->items[i].name, pairs->items[i].value);
        else
            kb_buf_fmt(
                page->out, "%-18s %s: %s\n", name, pairs->items[i].name, pairs->items[i].value);
    }
    end(page);
}

static void put_element(struct page *page, const char *name, const char *text)
{
    if (page->as_json)
        kb_json_put_string(&page->json, text);
    else
        kb_buf_fmt(page->out, "%-18s %s\n", name, text);
}

static void put_texts(struct page *page, const char *name, const struct kb_strings *texts)
{
    begin(page, name, '[');
    for (size_t i = 0; i < texts->count; i++)
        put_element(page, name, texts->items[i]);
    end(page);
}

static void put_addresses(struct page *page, const char *name, const struct kb_setting_value *value)
{
    begin(page, name, '[');
    for (size_t i = 0; i < value->address_count; i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf url = KB_BUF_INIT(4096);

        kb_url_append(&value->addresses[i], &url);
        put_element(page, name, kb_buf_text(&url));
    }
    end(page);
}

static void put_setting(
    struct page *page, const struct kb_setting *setting, const struct kb_profile *profile)
{
    struct kb_setting_value value = kb_setting_get(setting, profile);

    switch (setting->type) {
    case KB_SETTING_TEXT:
    case KB_SETTING_WORDS:
        put_text(page, setting->key, value.text);
        break;
    case KB_SETTING_TEXTS:
        put_texts(page, setting->key, value.texts);
        break;
    case KB_SETTING_PAIRS:
        put_pairs(page, setting->key, value.pairs);
        break;
    case KB_SETTING_ADDRESSES:
        put_addresses(page, setting->key, &value);
        break;
    case KB_SETTING_SECONDS:
        if (value.is_set)
            put_number(page, setting->key, value.number);
        break;
    case KB_SETTING_FLAG:
        if (value.is_set && page->as_json)
            kb_json_bool_member(&page->json, setting->key, true);
        else
            put_text(page, setting->key, value.is_set ? "yes" : NULL);
        break;
    }
}

static void put_profile(struct page *page, const struct kb_profile *profile)
{
    size_t count;
    const struct kb_setting *settings = kb_settings(&count);

    put_text(page, "name", profile->name);
    for (size_t i = 0; i < count; i++) {
        if (!(settings[i].flags & KB_SETTING_MAKES))
            put_setting(page, &settings[i], profile);
    }
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
