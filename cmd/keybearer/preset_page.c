/*
 * `presets PRESET`: what one of the providers needs, and the command that adds a profile of it.
 */
#include "front.h"

#include "base/shell_word.h"
#include "config/preset.h"
#include "config/settings.h"
#include "core/client.h"

#include <string.h>

/* Where the texts beside the words begin. */
enum { SETTING_COLUMN = 24 };

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

    if (preset->client_cert || (grant && strcmp(grant, "jwt-bearer") == 0))
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
    if (preset->client_cert)
        kb_buf_str(out, " \\\n      --client-cert FILE");
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

void preset_page(struct kb_buf *out, const struct kb_preset *preset)
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
            preset->client_cert
                ? "the client's key; or first: keybearer keygen NAME --format certificate"
                : "the client's key; or first, for one that is in no file: keybearer keygen NAME");
    if (preset->client_cert)
        line(out, "--client-cert FILE", "its certificate, unless the key's file has that, too");
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
