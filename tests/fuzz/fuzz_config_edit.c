/*
 * "NAME\nCONFIGURATION": a profile put in, and one taken out. Nothing else changes: no other
 * profile, and no byte of what its owner wrote, comments included.
 */
#include "fuzz.h"

#include "../same_origin.h"
#include "config/config.h"
#include "config/edit.h"
#include "config/identity.h"
#include "core/cachekey.h"

static const char object[] = "{\n  \"token_url\": \"https://new.example/token\",\n"
                             "  \"store\": \"sealed-file\",\n"
                             "  \"match\": [\n    \"https://api.example\"\n  ]\n}";

/* Whether PART is what is left of WHOLE when some of its bytes are taken out. */
static bool is_within(const char *part, size_t part_len, const char *whole, size_t whole_len)
{
    size_t found = 0;

    for (size_t i = 0; i < whole_len && found < part_len; i++)
        found += whole[i] == part[found];
    return found == part_len;
}

static const struct kb_ref client = {{1}};

static void must_be_same_profile(const struct kb_profile *a, const struct kb_profile *b)
{
    struct kb_cache_key key_a = kb_cache_key_for_profile(a, &client),
                        key_b = kb_cache_key_for_profile(b, &client);

    MUST(memcmp(key_a.bytes, key_b.bytes, sizeof(key_a.bytes)) == 0);
    MUST(strcmp(kb_profile_told_username(a), kb_profile_told_username(b)) == 0 &&
         a->match_count == b->match_count);
    for (size_t i = 0; i < a->match_count; i++) {
        MUST(same_origin(&a->match[i], &b->match[i]));
        MUST(strcmp(a->match[i].path, b->match[i].path) == 0);
    }
}

/* Every profile of BEFORE is in AFTER as it was, but for the one called NAME. */
static void must_keep(
    const struct kb_config *before, const struct kb_config *after, const char *name)
{
    for (size_t i = 0; i < before->count; i++) {
        const struct kb_profile *was = &before->profiles[i];
        const struct kb_profile *is = kb_config_find(after, was->name);

        if (strcmp(was->name, name) == 0)
            continue;
        MUST(is);
        must_be_same_profile(was, is);
    }
}

static void parse(const struct kb_buf *text, struct kb_config *ret)
{
    MUST(kb_config_parse("config.json", kb_buf_text(text), text->len, ret, NULL) == KB_OK);
}

/* A file without a document ends where its comments do. */
static size_t without_space(const struct kb_buf *text)
{
    size_t len = text->len;

    while (len > 0 && strchr(" \t\r\n", text->data[len - 1]))
        len--;
    return len;
}

/* Takes NAME out of TEXT, whose meaning is BEFORE. */
static void take_out(const struct kb_buf *text, const struct kb_config *before, const char *name)
{
    KB_AUTO(kb_config_clear) struct kb_config after = KB_CONFIG_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(KB_CONFIG_MAX);
    struct kb_error err = KB_ERROR_INIT;
    enum kb_err rc =
        kb_config_remove_profile("config.json", kb_buf_text(text), text->len, name, &out, &err);

    must_be_presentable(rc, &err);
    MUST(rc == KB_OK || out.len == 0);
    MUST(rc == KB_OK || !kb_config_find(before, name));
    if (rc)
        return;
    parse(&out, &after);
    MUST(is_within(kb_buf_text(&out), out.len, kb_buf_text(text), text->len));
    MUST(!kb_config_find(&after, name));
    must_keep(before, &after, name);
    MUST(after.count + 1 == before->count);
}

/* BEFORE is NULL when TEXT is no configuration as yet: then a bad profile may be mended. */
static void put_in(const struct kb_buf *text, const struct kb_config *before, const char *name)
{
    KB_AUTO(kb_config_clear) struct kb_config after = KB_CONFIG_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(KB_CONFIG_MAX);
    struct kb_error err = KB_ERROR_INIT;
    bool is_new = before && !kb_config_find(before, name);
    enum kb_err rc = kb_config_set_profile("config.json", kb_buf_text(text), text->len,
        "/usr/share/schema.json", name, object, &out, &err);

    must_be_presentable(rc, &err);
    MUST(rc == KB_OK || out.len == 0);
    MUST(rc == KB_OK || !before || !kb_profile_name_ok(name));
    if (rc)
        return;
    parse(&out, &after);
    MUST(kb_config_find(&after, name));
    MUST(strcmp(kb_config_find(&after, name)->token_url_text, "https://new.example/token") == 0);
    if (is_new)
        MUST(is_within(kb_buf_text(text), without_space(text), kb_buf_text(&out), out.len));
    if (before) {
        must_keep(before, &after, name);
        MUST(after.count == before->count + is_new);
    }
    take_out(&out, &after, name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KB_AUTO(kb_config_clear) struct kb_config before = KB_CONFIG_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_CONFIG_MAX);
    struct input in = {data, size};
    KB_AUTO(kb_str_free) char *name = take_until(&in, '\n');

    if (in.size > 0)
        kb_buf_add(&text, in.data, in.size);
    enum kb_err rc = kb_config_parse("config.json", kb_buf_text(&text), text.len, &before, NULL);
    put_in(&text, rc ? NULL : &before, name);
    if (!rc)
        take_out(&text, &before, name);
    return 0;
}
