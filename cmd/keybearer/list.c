/*
 * `list`: the profiles as the configuration has them. Touches no store and no cache.
 */
#include "front.h"

#include "base/json_write.h"

static void append_match(struct kb_buf *out, const struct kb_profile *profile)
{
    for (size_t i = 0; i < profile->match_count; i++) {
        if (i > 0)
            kb_buf_byte(out, ' ');
        kb_url_append(&profile->match[i], out);
    }
}

static void as_text(struct kb_buf *out, const struct kb_config *config)
{
    if (config->count == 0)
        kb_buf_str(out,
            "There are no profiles yet: keybearer add zuora --preset zuora --environment SBX\n");
    for (size_t i = 0; i < config->count; i++) {
        kb_buf_fmt(out, "%-20s %-15s ", config->profiles[i].name, config->profiles[i].store);
        append_match(out, &config->profiles[i]);
        kb_buf_byte(out, '\n');
    }
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
    char path[PATH_MAX];
    bool json = false;

    if (report_options(argc, argv, 0, &json, &err) || kb_config_path(path, sizeof(path), &err) ||
        kb_config_load(path, &config, &err))
        return output_error(&err);
    if (json)
        as_json(&out, &config);
    else
        as_text(&out, &config);
    return output(&out, 0);
}
