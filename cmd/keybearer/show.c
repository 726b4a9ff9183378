/*
 * `show`: one profile, every setting that is in force, and the public part of its client's key, as
 * its card has that. Never a secret: the front has none.
 */
#include "front.h"

#include "base/json_write.h"
#include "base/options.h"
#include "config/settings.h"
#include "core/cards.h"
#include "core/public_key.h"

#include <string.h>

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

/* --- keys --------------------------------------------------------------------------- */

/* What the card says of keys. */
struct keys {
    struct kb_card card;
    const struct kb_card_client *used; /* by the client; NULL: it has none */
    const struct kb_card_client *made; /* by keygen, without a client; NULL: there is none */
    struct kb_error unread;            /* why nothing is known; its code is KB_OK otherwise */
};

/* PROFILE NULL: there is none. A card that cannot be read is for the commands that need it. */
static void find_keys(const char *name, const struct kb_profile *profile, struct keys *ret)
{
    ret->used = ret->made = NULL;
    ret->unread = KB_ERROR_INIT;
    if (kb_cards_read(name, &ret->card, &ret->unread))
        return;
    ret->made = kb_card_made_key(&ret->card);
    if (profile)
        ret->used = kb_card_in_use(&ret->card, profile->store);
    if (ret->used && !*ret->used->key.alg)
        ret->used = NULL;
}

/* Then nobody can say that there is no key. */
static bool is_unreadable(const struct keys *keys)
{
    return keys->unread.code && keys->unread.code != KB_ERR_NOT_FOUND;
}

static void put_key(struct page *page, const char *name, const struct kb_card_client *client)
{
    const struct kb_card_key *key = client ? &client->key : NULL;

    if (!key)
        return;
    begin(page, name, '{');
    put_text(page, page->as_json ? "alg" : name, key->alg);
    if (*key->kid)
        put_text(page, page->as_json ? "kid" : "  kid", key->kid);
    put_text(page, page->as_json ? "jkt" : "  jkt", key->jwk);
    if (*key->certificate)
        put_text(page, page->as_json ? "x5t#S256" : "  x5t#S256", key->certificate);
    if (page->as_json)
        put_text(page, "spki", key->spki);
    end(page);
}

static enum kb_err put_public_key(const struct keys *keys, const char *name, const char *format,
    struct kb_buf *out, struct kb_error *err)
{
    const struct kb_card_client *client = keys->made ? keys->made : keys->used;
    enum kb_public_format chosen = KB_PUBLIC_PEM;

    if (format && !kb_public_format_find(format, &chosen))
        return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "there is no such --format"),
            "pem, jwk or jwks; keygen and openssl make certificates");
    if (!client)
        return kb_hinted(err, kb_fail(err, KB_ERR_NOT_FOUND, "there is no key for %s", name),
            "keybearer keygen %s", name);
    return kb_public_key_write(&client->key, chosen, out, err);
}

/* --- the whole ---------------------------------------------------------------------- */

struct options {
    const char *name, *format;
    bool json, public_key;
};

static enum kb_err parse(int argc, char *argv[], struct options *ret, struct kb_error *err)
{
    const struct kb_option table[] = {
        {.name = "json", .flag = &ret->json},
        {.name = "public-key", .flag = &ret->public_key},
        {.name = "format", .value = &ret->format},
    };
    int operands = 0;
    enum kb_err rc = kb_options_parse(argc, argv, table, KB_COUNT(table), false, &operands, err);

    if (!rc)
        rc = kb_options_expect(1, operands, argv, err);
    if (rc)
        return rc;
    ret->name = argv[0];
    if (ret->format && !ret->public_key)
        return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "--format needs --public-key"),
            "keybearer show %s --public-key --format %.8s", ret->name, ret->format);
    if (ret->json && ret->public_key)
        return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "give --json or --public-key, not both"),
            "a key as JSON: --public-key --format jwk");
    return KB_OK;
}

/* PROFILE NULL: there is a key of that name, and no profile yet. */
static void put_page(
    struct page *page, const char *name, const struct kb_profile *profile, const struct keys *keys)
{
    if (page->as_json)
        kb_json_open(&page->json, '{');
    if (profile)
        put_profile(page, profile);
    else
        put_text(page, "name", name);
    put_key(page, "key", keys->used);
    put_key(page, "next_key", keys->made);
    if (!page->as_json)
        return;
    kb_json_close(&page->json);
    kb_buf_byte(page->out, '\n');
}

int verb_show(int argc, char *argv[])
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(1U << 20);
    struct page page = {.out = &out, .json = kb_json_writer(&out, 2)};
    struct options options = {.json = false};
    const struct kb_profile *profile = NULL;
    struct kb_error err = KB_ERROR_INIT;
    struct keys keys;
    enum kb_err rc = parse(argc, argv, &options, &err);

    if (rc)
        return output_error(&err);
    rc = kb_config_load_profile(options.name, &config, &profile, &err);
    if (rc)
        profile = NULL;
    find_keys(options.name, profile, &keys);
    if (options.public_key && is_unreadable(&keys))
        return output_error(&keys.unread);
    if (rc && (rc != KB_ERR_NOT_FOUND || !keys.made))
        return output_error(&err);
    if (options.public_key && put_public_key(&keys, options.name, options.format, &out, &err))
        return output_error(&err);
    page.as_json = options.json;
    if (!options.public_key)
        put_page(&page, options.name, profile, &keys);
    return output(&out, 0);
}
