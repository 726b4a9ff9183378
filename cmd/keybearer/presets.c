/*
 * `presets`: the providers that are known, and what one of them needs. Touches no file at all.
 */
#include "front.h"

#include "base/json_write.h"
#include "base/options.h"
#include "base/shell_word.h"
#include "base/strings.h"
#include "config/preset.h"
#include "config/settings.h"
#include "core/client.h"

#include <string.h>

/* Where the texts beside the words begin, of a page. */
enum { PRESET_COLUMN = 22, SETTING_COLUMN = 24 };

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

/* --- the command that adds a profile ------------------------------------------------------- */

/* Whether every client of the preset has a key. */
static bool wants_key(const struct kb_preset *preset)
{
    static const struct {
        const char *name;
        enum kb_proof needs;
    } methods[] = {
#define KB_CLIENT_AUTH(method, name, needs) {#name, KB_PROOF_##needs},
#include "core/client_auths.def"
    };
    const char *used = kb_preset_text(preset, "client_auth");
    const char *grant = kb_preset_text(preset, "grant");

    if (grant && strcmp(grant, "jwt-bearer") == 0)
        return true;
    for (size_t i = 0; used && i < KB_COUNT(methods); i++)
        if (strcmp(methods[i].name, used) == 0)
            return methods[i].needs & KB_PROOF_KEY;
    return false;
}

static void put_option(struct kb_buf *out, const char *key, const char *name, const char *value)
{
    KB_AUTO(kb_buf_clear) struct kb_buf word = KB_BUF_INIT(1024);
    const struct kb_setting *setting = kb_setting_find(key);

    if (name)
        kb_buf_fmt(&word, "%s%c", name, kb_setting_separator(setting));
    kb_buf_str(&word, value);
    kb_buf_fmt(out, " \\\n      --%s ", setting->option);
    kb_shell_word(out, kb_buf_text(&word));
}

static void put_host(struct kb_buf *out, const struct kb_preset *preset, const char *example)
{
    const struct kb_preset_host *host = kb_preset_host(preset, example);

    if (host && host->environment)
        put_option(out, "environment", NULL, host->environment);
    else
        put_option(out, "host", NULL, example);
}

static void put_command(struct kb_buf *out, const struct kb_preset *preset)
{
    kb_buf_fmt(out, "  keybearer add %s --preset %s", preset->name, preset->name);
    for (size_t i = 0; i < preset->need_count; i++) {
        const struct kb_preset_need *need = &preset->needs[i];

        if (strcmp(need->key, "host") == 0)
            put_host(out, preset, need->example);
        else
            put_option(out, need->key, need->name, need->example);
    }
    if (wants_key(preset))
        kb_buf_str(out, " \\\n      --client-key FILE");
    kb_buf_byte(out, '\n');
}

/* --- the page of one ------------------------------------------------------------------------ */

static void heading(struct kb_buf *out, const char *text)
{
    kb_buf_fmt(out, "\n%s:\n", text);
}

static void line(struct kb_buf *out, const char *left, const char *text)
{
    kb_buf_fmt(out, "  %-*s", SETTING_COLUMN - 2, left);
    if (strlen(left) > SETTING_COLUMN - 4)
        kb_buf_fmt(out, "\n%*s", SETTING_COLUMN, "");
    page_wrap(out, SETTING_COLUMN, text);
    kb_buf_byte(out, '\n');
}

static void put_need(
    struct kb_buf *out, const struct kb_preset *preset, const struct kb_preset_need *need)
{
    KB_AUTO(kb_buf_clear) struct kb_buf left = KB_BUF_INIT(256), text = KB_BUF_INIT(1024);
    const struct kb_setting *setting = kb_setting_find(need->key);
    bool is_host = strcmp(need->key, "host") == 0;

    if (is_host && preset->host_count > 0) {
        line(out, "--environment NAME", "one of the environments below");
        kb_buf_str(&left, "or --host HOST");
    } else if (need->name) {
        kb_buf_fmt(
            &left, "--%s %s%cVALUE", setting->option, need->name, kb_setting_separator(setting));
    } else {
        kb_buf_fmt(&left, "--%s %s", setting->option, setting->argument);
    }
    if (need->hint)
        kb_buf_str(&text, need->hint);
    if (!need->hint || !strstr(need->hint, need->example))
        kb_buf_fmt(&text, "%ssuch as %s", need->hint ? "; " : "", need->example);
    line(out, kb_buf_text(&left), kb_buf_text(&text));
}

static void put_hosts(struct kb_buf *out, const struct kb_preset *preset)
{
    for (size_t i = 0; i < preset->host_count; i++) {
        const struct kb_preset_host *host = &preset->hosts[i];

        kb_buf_fmt(out, "  %-12s%-31s %s\n", host->environment ? host->environment : "--host",
            host->host, host->title);
    }
}

static void put_values(struct kb_buf *out, const struct kb_preset *preset)
{
    for (size_t i = 0; i < preset->value_count; i++) {
        const struct kb_preset_value *value = &preset->values[i];
        KB_AUTO(kb_buf_clear) struct kb_buf left = KB_BUF_INIT(512);

        kb_buf_fmt(
            &left, "%s%s%s", value->key, value->name ? "." : "", value->name ? value->name : "");
        line(out, kb_buf_text(&left), value->text);
    }
}

static void put_sources(struct kb_buf *out, const struct kb_preset *preset)
{
    for (size_t i = 0; i < preset->source_count; i++) {
        const struct kb_preset_source *source = &preset->sources[i];
        KB_AUTO(kb_buf_clear) struct kb_buf fact = KB_BUF_INIT(1024);

        kb_buf_fmt(&fact, "%s (%s)", source->fact, source->seen);
        kb_buf_str(out, "  ");
        page_wrap(out, 2, kb_buf_text(&fact));
        kb_buf_fmt(out, "\n    %s\n", source->url);
    }
}

static void put_page(struct kb_buf *out, const struct kb_preset *preset)
{
    kb_buf_fmt(out, "%s: %s\n", preset->name, preset->title);
    if (preset->help) {
        heading(out, "Where the client comes from");
        kb_buf_str(out, "  ");
        page_wrap(out, 2, preset->help);
        kb_buf_byte(out, '\n');
    }
    if (preset->need_count > 0 || wants_key(preset))
        heading(out, "What add needs");
    for (size_t i = 0; i < preset->need_count; i++)
        put_need(out, preset, &preset->needs[i]);
    if (wants_key(preset))
        line(out, "--client-key FILE",
            "the client's key; or first, for one that is in no file: keybearer keygen NAME");
    if (preset->host_count > 0)
        heading(out, "Environments");
    put_hosts(out, preset);
    heading(out, "Settings, which a profile's own override");
    put_values(out, preset);
    if (preset->env_count > 0)
        heading(out, "Variables for the commands of run");
    for (size_t i = 0; i < preset->env_count; i++)
        line(out, preset->env[i].name, preset->env[i].text);
    heading(out, "For example");
    put_command(out, preset);
    heading(out, "Documents, and when they said so");
    put_sources(out, preset);
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
        put_page(&out, one);
    else
        presets_list(&out);
    return output(&out, 0);
}
