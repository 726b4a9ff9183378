/*
 * `presets`: the providers that are known, and what one of them needs. Touches no file at all.
 */
#include "front.h"

#include "base/json_write.h"
#include "base/options.h"
#include "base/strings.h"
#include "config/preset.h"

#include <string.h>

/* Where the titles beside the names begin. */
enum { PRESET_COLUMN = 22 };

/* --- the list ---------------------------------------------------------------------------- */

void presets_list(struct kb_buf *out)
{
    size_t count;
    const struct kb_preset *presets = kb_presets(&count);

    kb_buf_fmt(out, "%-*s%s\n", PRESET_COLUMN, "PRESET", "PROVIDER");
    for (size_t i = 0; i < count; i++)
        kb_buf_fmt(out, "%-*s%s\n", PRESET_COLUMN, presets[i].name, presets[i].title);
    kb_buf_str(out, "\nkeybearer presets PRESET says what one of them needs.\n"
                    "Any other provider: keybearer add NAME --token-url URL\n");
}

/* --- as JSON ---------------------------------------------------------------------------- */

static void member(struct kb_json_writer *w, const char *name, const char *text)
{
    if (text)
        kb_json_string_member(w, name, text);
}

static void json_values(struct kb_json_writer *w, const struct kb_preset *preset)
{
    kb_json_open_member(w, "settings", '[');
    for (size_t i = 0; i < preset->value_count; i++) {
        kb_json_open(w, '{');
        member(w, "key", preset->values[i].key);
        member(w, "name", preset->values[i].name);
        member(w, "value", preset->values[i].text);
        kb_json_close(w);
    }
    kb_json_close(w);
}

static void json_needs(struct kb_json_writer *w, const struct kb_preset *preset)
{
    kb_json_open_member(w, "needs", '[');
    for (size_t i = 0; i < preset->need_count; i++) {
        kb_json_open(w, '{');
        member(w, "key", preset->needs[i].key);
        member(w, "name", preset->needs[i].name);
        member(w, "hint", preset->needs[i].hint);
        member(w, "example", preset->needs[i].example);
        kb_json_close(w);
    }
    kb_json_close(w);
}

static void json_choices(struct kb_json_writer *w, const struct kb_preset *preset)
{
    kb_json_open_member(w, "choices", '[');
    for (size_t i = 0; i < preset->host_count; i++) {
        kb_json_open(w, '{');
        member(w, "name", preset->hosts[i].environment);
        member(w, "host", preset->hosts[i].host);
        member(w, "title", preset->hosts[i].title);
        member(w, "alias", preset->hosts[i].alias);
        kb_json_close(w);
    }
    kb_json_close(w);
}

static void json_env(struct kb_json_writer *w, const struct kb_preset *preset)
{
    kb_json_open_member(w, "env", '{');
    for (size_t i = 0; i < preset->env_count; i++)
        member(w, preset->env[i].name, preset->env[i].text);
    kb_json_close(w);
}

static void json_sources(struct kb_json_writer *w, const struct kb_preset *preset)
{
    kb_json_open_member(w, "sources", '[');
    for (size_t i = 0; i < preset->source_count; i++) {
        kb_json_open(w, '{');
        member(w, "fact", preset->sources[i].fact);
        member(w, "url", preset->sources[i].url);
        member(w, "seen", preset->sources[i].seen);
        kb_json_close(w);
    }
    kb_json_close(w);
}

static void json_preset(struct kb_json_writer *w, const struct kb_preset *preset)
{
    kb_json_open(w, '{');
    member(w, "name", preset->name);
    member(w, "title", preset->title);
    member(w, "help", preset->help);
    kb_json_bool_member(w, "client_cert", preset->client_cert);
    json_values(w, preset);
    json_needs(w, preset);
    json_choices(w, preset);
    json_env(w, preset);
    json_sources(w, preset);
    kb_json_close(w);
}

/* All of them, or ONE. */
static void as_json(struct kb_buf *out, const struct kb_preset *one)
{
    struct kb_json_writer w = kb_json_writer(out, 2);
    size_t count = 1;
    const struct kb_preset *presets = one ? one : kb_presets(&count);

    kb_json_open(&w, '{');
    kb_json_open_member(&w, "presets", '[');
    for (size_t i = 0; i < count; i++)
        json_preset(&w, &presets[i]);
    kb_json_close(&w);
    kb_json_close(&w);
    kb_buf_byte(out, '\n');
}

/* --- the verb ----------------------------------------------------------------------------- */

static enum kb_err find(const char *name, const struct kb_preset **ret, struct kb_error *err)
{
    const struct kb_preset *found = kb_preset_find(name);

    if (found) {
        *ret = found;
        return KB_OK;
    }
    kb_fail(err, KB_ERR_NOT_FOUND, "there is no preset \"%.64s\"", name);
    kb_preset_hint_names(name, err);
    return KB_ERR_NOT_FOUND;
}

int verb_presets(int argc, char *argv[])
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(1U << 20);
    struct kb_error err = KB_ERROR_INIT;
    const struct kb_preset *one = NULL;
    bool json = false;
    const struct kb_option options[] = {{.name = "json", .flag = &json}};
    int operands = 0;
    enum kb_err rc =
        kb_options_parse(argc, argv, options, KB_COUNT(options), false, &operands, &err);

    if (!rc && operands > 1)
        rc = kb_options_too_much("one name", argv[1], &err);
    if (!rc && operands == 1)
        rc = find(argv[0], &one, &err);
    if (rc)
        return output_error(&err);
    if (json)
        as_json(&out, one);
    else if (one)
        preset_page(&out, one);
    else
        presets_list(&out);
    return output(&out, 0);
}
