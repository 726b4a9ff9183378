/*
 * What a person can do after an `add` that failed at the endpoint. Nothing was stored: so a hint
 * names the next command whole, with what was given to this one.
 */
#include "add.h"

#include "base/shell_word.h"
#include "base/strings.h"
#include "config/preset.h"
#include "oauth/rows.h"

#include <string.h>

/* A longer one would be cut, where hints are. */
enum { COMMAND_MAX = 240 };

/* --- the next command -------------------------------------------------------------------- */

/* Whether KEY is given again, or says the same in another way. */
static bool replaces(const char *key, const char *given)
{
    if (strcmp(key, given) == 0)
        return true;
    return (strcmp(key, "environment") == 0 && strcmp(given, "host") == 0) ||
           (strcmp(key, "host") == 0 && strcmp(given, "environment") == 0);
}

static bool put_setting(
    const struct kb_setting *setting, const struct kb_strings *texts, struct kb_buf *out)
{
    if (setting->type == KB_SETTING_PAIRS && texts->count > 0)
        return false; /* a header's value need not be everybody's to see */
    for (size_t i = 0; i < texts->count; i++) {
        if (!kb_shell_is_plain(texts->items[i]))
            return false;
        kb_buf_fmt(out, " --%s %s", setting->option, texts->items[i]);
    }
    return true;
}

static bool put_settings(const struct addition *add, const char *key, struct kb_buf *out)
{
    size_t count;
    const struct kb_setting *settings = kb_settings(&count);

    for (size_t i = 0; i < count; i++) {
        bool ours = add->chose_store && strcmp(settings[i].key, "store") == 0;

        if (settings[i].option && !ours && !replaces(key, settings[i].key) &&
            !put_setting(&settings[i], &add->options.settings.of[i], out))
            return false;
    }
    return true;
}

static bool put_file(const char *option, const char *path, struct kb_buf *out)
{
    if (!path)
        return true;
    kb_buf_fmt(out, " --%s %s", option, path);
    return kb_shell_is_plain(path);
}

/* The same command with VALUE for KEY; false: it cannot be said in a line. */
static bool write_command(
    const struct addition *add, const char *key, const char *value, struct kb_buf *out)
{
    const struct add_options *options = &add->options;

    kb_buf_fmt(out, "keybearer add %s", options->name);
    if (add->imports || !put_settings(add, key, out))
        return false;
    kb_buf_fmt(out, " --%s %s", kb_setting_find(key)->option, value);
    if (options->same_address)
        kb_buf_str(out, " --same-address");
    if (!put_file("client-key", options->client_key, out) ||
        !put_file("client-cert", options->client_cert, out))
        return false;
    if (options->client_id)
        kb_buf_str(out, " --client-id ID"); /* not as it was given: it may be the secret */
    if (options->ask.key_passphrase_on_stdin)
        kb_buf_str(out, " --client-key-passphrase-stdin");
    if (options->ask.secret_on_stdin)
        kb_buf_str(out, " --client-secret-stdin");
    if (options->ask.passphrase_on_stdin)
        kb_buf_str(out, " --passphrase-stdin");
    return !out->failed && out->len <= COMMAND_MAX;
}

/* --- another place ----------------------------------------------------------------------- */

/* Which setting decides whom the client is sent to. */
static void find_place(const struct addition *add, const char **ret_key, const char **ret_value)
{
    const struct kb_setting_words *words = &add->options.settings;
    bool names_host =
        kb_setting_words_get(words, "environment") || kb_setting_words_get(words, "host");

    if (kb_setting_words_get(words, "token_url") && !names_host) {
        *ret_key = "token_url";
        *ret_value = "URL";
    } else if (add->profile->preset->host_count > 0) {
        *ret_key = "environment";
        *ret_value = "NAME";
    } else {
        *ret_key = "host";
        *ret_value = "HOST";
    }
}

/* A command that has room in ROOM bytes, or what to do to the one that was run. */
static void write_other_place(const struct addition *add, size_t room, struct kb_buf *out)
{
    const char *key, *value;

    find_place(add, &key, &value);
    if (!write_command(add, key, value, out) || out->len > room) {
        out->len = 0;
        kb_buf_fmt(out, "the same command with --%s %s", kb_setting_find(key)->option, value);
    }
}

/* What that is in words. */
static const char *say_place(const struct addition *add)
{
    const char *key, *value;

    find_place(add, &key, &value);
    return strcmp(key, "token_url") == 0 ? "address" : key;
}

static bool may_be_wrong_place(const struct addition *add)
{
    const struct kb_preset *preset = add->profile->preset;

    return add->facts.client_refused && preset && preset->wrong_host_hint;
}

/* Of a profile that is there, a command with the preset alone would drop all other settings. */
bool add_say_other_place(const struct addition *add, struct kb_buf *out)
{
    KB_AUTO(kb_buf_clear) struct kb_buf command = KB_BUF_INIT(4096);

    if (!may_be_wrong_place(add))
        return false;
    kb_buf_str(out, "It was sent to ");
    kb_url_append_authority(&add->profile->token_url, out);
    if (add->object.len == 0) {
        kb_buf_fmt(out, "; to see all settings: keybearer show %s\n", add->options.name);
        return true;
    }
    write_other_place(add, COMMAND_MAX, &command);
    kb_buf_fmt(
        out, ".\nIf that is the wrong place, press Ctrl-C, then:\n    %s\n", kb_buf_text(&command));
    return true;
}

/* --- hints ------------------------------------------------------------------------------ */

/* In one line, that a person still reads as one. */
static void hint_place(const struct addition *add, struct kb_error *err)
{
    enum { LINE = 170 };
    KB_AUTO(kb_buf_clear) struct kb_buf hint = KB_BUF_INIT(1024), command = KB_BUF_INIT(4096);

    kb_buf_fmt(&hint, "check %s (sent to ", add_say_halves(add));
    kb_url_append_authority(&add->profile->token_url, &hint);
    kb_buf_fmt(&hint, "); for another %s: ", say_place(add));
    write_other_place(add, hint.len < LINE ? LINE - hint.len : 0, &command);
    kb_hint(err, "%s%s", kb_buf_text(&hint), kb_buf_text(&command));
}

static void hint_client(const struct addition *add, struct kb_error *err)
{
    const char *method = kb_client_auth_other(add->profile, &add->client);
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(512);

    kb_buf_fmt(&text, "check the %s (sent to ", add_say_halves(add));
    kb_url_append_authority(&add->profile->token_url, &text);
    kb_buf_str(&text, "), and run the same command again");
    if (may_be_wrong_place(add) && add->object.len > 0)
        hint_place(add, err);
    else if (may_be_wrong_place(add))
        kb_hint(err, "%s; keybearer show %s shows where it goes", kb_buf_text(&text),
            add->options.name);
    else if (method && add->object.len > 0)
        kb_hint(err, "%s; if they are right, this server may want --client-auth %s",
            kb_buf_text(&text), method);
    else if (method)
        kb_hint(err,
            "%s; if they are right, this server may want \"client_auth\": \"%s\" (keybearer edit "
            "%s)",
            kb_buf_text(&text), method, add->profile->name);
    else
        kb_hint(err, "%s", kb_buf_text(&text));
}

/* Of all reasons for distrust only an unknown authority is mended by that setting. */
static void hint_authority(const struct addition *add, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf command = KB_BUF_INIT(4096);

    if (!err->place.key || strcmp(err->place.key, "ca_file") != 0)
        return;
    if (write_command(add, "ca_file", "FILE", &command))
        kb_hint(
            err, "if the server's authority is your organisation's own: %s", kb_buf_text(&command));
    else
        kb_hint(err, "if the server's authority is your organisation's own: the same command "
                     "with --ca-file FILE");
}

void add_hint(const struct addition *add, struct kb_error *err)
{
    if (add->facts.known)
        return; /* it is the hint */
    if (add->facts.client_refused)
        hint_client(add, err);
    else if (add->facts.distrusted && add->object.len > 0)
        hint_authority(add, err);
}
