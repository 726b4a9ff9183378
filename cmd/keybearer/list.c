/*
 * `list`: the profiles as the configuration has them. Touches no store and no cache.
 */
#include "front.h"

#include "base/json_write.h"

#include <string.h>

/* Names may have 63 bytes; one that is longer than this has a line to itself. */
enum { NAME_COLUMN_MAX = 24 };

static int name_column(const struct kb_config *config)
{
    size_t width = strlen("PROFILE");

    for (size_t i = 0; i < config->count; i++) {
        size_t len = strlen(config->profiles[i].name);
        if (len > width && len <= NAME_COLUMN_MAX)
            width = len;
    }
    return (int)width;
}

static void append_row(
    struct kb_buf *out, int column, const char *name, const char *store, const char *address)
{
    bool is_long = strlen(name) > (size_t)column;

    if (is_long)
        kb_buf_fmt(out, "%s\n", name);
    kb_buf_fmt(out, "%-*s  %-14s  %s\n", column, is_long ? "" : name, store, address);
}

/* A line for each address, so that none is longer than it must be. */
static void append_profile(struct kb_buf *out, int column, const struct kb_profile *profile)
{
    for (size_t i = 0; i < profile->match_count; i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf url = KB_BUF_INIT(4096);

        kb_url_append(&profile->match[i], &url);
        append_row(out, column, i > 0 ? "" : profile->name, i > 0 ? "" : profile->store,
            kb_buf_text(&url));
    }
    if (profile->match_count == 0)
        append_row(out, column, profile->name, profile->store, "(by its name only)");
}

static void as_text(struct kb_buf *out, const struct kb_config *config)
{
    char none[KB_CONFIG_NONE_MAX];

    if (config->count == 0)
        kb_buf_fmt(out, "There are no profiles%s.\n(keybearer help add)\n",
            kb_config_say_none(config, none));
    else
        append_row(out, name_column(config), "PROFILE", "STORE", "ADDRESSES");
    for (size_t i = 0; i < config->count; i++)
        append_profile(out, name_column(config), &config->profiles[i]);
}

static void put_match(struct kb_json_writer *w, const struct kb_profile *profile)
{
    kb_json_open_member(w, "match", '[');
    for (size_t i = 0; i < profile->match_count; i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf url = KB_BUF_INIT(4096);

        kb_url_append(&profile->match[i], &url);
        kb_json_put_string(w, kb_buf_text(&url));
    }
    kb_json_close(w);
}

static void as_json(struct kb_buf *out, const struct kb_config *config)
{
    struct kb_json_writer w = kb_json_writer(out, 2);

    kb_json_open(&w, '{');
    kb_json_open_member(&w, "profiles", '[');
    for (size_t i = 0; i < config->count; i++) {
        kb_json_open(&w, '{');
        kb_json_string_member(&w, "name", config->profiles[i].name);
        kb_json_string_member(&w, "store", config->profiles[i].store);
        kb_json_string_member(&w, "token_url", config->profiles[i].token_url_text);
        put_match(&w, &config->profiles[i]);
        kb_json_close(&w);
    }
    kb_json_close(&w);
    kb_json_close(&w);
    kb_buf_byte(out, '\n');
}

int verb_list(int argc, char *argv[])
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(4U << 20);
    struct kb_error err = KB_ERROR_INIT;
    bool json = false;

    if (report_options(argc, argv, 0, &json, &err) || kb_config_load_usual(&config, &err))
        return output_error(&err);
    if (json)
        as_json(&out, &config);
    else
        as_text(&out, &config);
    return output(&out, 0);
}
