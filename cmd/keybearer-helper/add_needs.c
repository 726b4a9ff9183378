/*
 * What `add` asks a person of the preset: one of the provider's environments, and what else it
 * needs. Must never show an answer that may be the secret, given to the wrong question.
 */
#include "add.h"

#include "base/strings.h"
#include "config/preset.h"
#include "core/url.h"

#include <string.h>

/* --- the environment ------------------------------------------------------------------- */

static const char choose[] = "Number, name, or another host (shown after Enter): ";

/* Columns that the longest name takes. */
static int name_width(const struct kb_preset *preset)
{
    size_t width = 8;

    for (size_t i = 0; i < preset->host_count; i++) {
        const char *name = preset->hosts[i].environment;

        if (name && strlen(name) > width)
            width = strlen(name);
    }
    return (int)width;
}

static void list_hosts(const struct kb_preset *preset, struct kb_buf *out)
{
    int width = name_width(preset);

    kb_buf_fmt(out, "%s: which environment is the client for?\n", preset->title);
    for (size_t i = 0; i < preset->host_count; i++) {
        const struct kb_preset_host *host = &preset->hosts[i];

        kb_buf_fmt(out, "%4zu  %-*s %-26s %s\n", i + 1, width,
            host->environment ? host->environment : "-", host->host, host->title);
    }
    kb_buf_str(out, choose);
}

struct choice {
    const char *key, *value; /* the setting that it makes */
};

/* A number in the list, a name in it, or any host. */
static enum kb_err understand(
    const struct kb_preset *preset, const char *answer, struct choice *ret, struct kb_error *err)
{
    const struct kb_preset_host *found = kb_preset_environment(preset, answer);
    struct kb_url url;
    long long number;

    if (!found && kb_text_to_int(answer, 1, (long long)preset->host_count, &number))
        found = &preset->hosts[number - 1];
    if (found && found->environment)
        *ret = (struct choice){"environment", found->environment};
    else if (found)
        *ret = (struct choice){"host", found->host};
    else if (!strchr(answer, '.'))
        return kb_fail(err, KB_ERR_USAGE, "the answer is neither in the list nor a host");
    else if (kb_url_from_parts("https", answer, &url, NULL))
        return kb_fail(err, KB_ERR_USAGE, "the answer is not the name of a host");
    else
        *ret = (struct choice){"host", answer};
    return KB_OK;
}

/* What is no environment may be the secret, given to the wrong question. */
static void show_choice(const struct kb_buf *answer, const void *context, struct kb_buf *out)
{
    const char *text = kb_buf_text(answer);
    struct choice choice;

    if (strlen(text) == answer->len && !understand(context, text, &choice, NULL))
        kb_buf_add(out, text, answer->len);
}

static enum kb_err ask_host(
    const struct kb_preset *preset, struct kb_setting_words *words, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf list = KB_BUF_INIT(4096);
    KB_AUTO(kb_secret_clear) struct kb_secret answer = KB_SECRET_INIT;
    struct terminal_question question = {.instead = "run the same command with --environment NAME",
        .may_have_come = true,
        .show = show_choice,
        .context = preset};
    struct choice choice = {NULL, NULL};
    int left = ASK_TRIES;
    enum kb_err rc;

    list_hosts(preset, &list);
    question.text = kb_buf_text(&list);
    do {
        rc = terminal_ask(&question, &answer, err);
        if (rc)
            return rc;
        question.text = choose;
        question.may_have_come = false; /* what is behind a wrong one may be the secret */
        rc = understand(preset, kb_secret_is_empty(&answer) ? "" : answer.bytes, &choice, err);
    } while (rc && ask_again(&left, err));
    if (rc)
        return kb_hinted(err, rc, "keybearer presets %s", preset->name);
    kb_setting_words_add(words, choice.key, choice.value);
    return KB_OK;
}

/* --- what else the preset needs ----------------------------------------------------------- */

static bool is_key(const struct kb_preset_need *need, const char *key)
{
    return strcmp(need->key, key) == 0;
}

static bool has_pair(const struct kb_strings *pairs, const char *name, char separator)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < pairs->count; i++)
        if (strncmp(pairs->items[i], name, len) == 0 && pairs->items[i][len] == separator)
            return true;
    return false;
}

/* Whose own endpoint was given may need neither host nor tenant: the configuration knows. */
static bool is_lacking(const struct kb_setting_words *words, const struct kb_preset_need *need)
{
    const struct kb_setting *setting = kb_setting_find(need->key);

    if (is_key(need, "host") && kb_setting_words_get(words, "environment"))
        return false;
    if ((is_key(need, "host") || is_key(need, "tenant")) &&
        kb_setting_words_get(words, "token_url"))
        return false;
    if (need->name)
        return !has_pair(
            &words->of[setting - kb_settings(NULL)], need->name, kb_setting_separator(setting));
    return !kb_setting_words_get(words, need->key);
}

/* "--claim sub", as an option has it. */
static void append_option(const struct kb_preset_need *need, struct kb_buf *out)
{
    kb_buf_fmt(out, "--%s", kb_setting_find(need->key)->option);
    if (need->name)
        kb_buf_fmt(out, " %s", need->name);
}

static void add_answer(
    const struct kb_preset_need *need, const char *answer, struct kb_setting_words *words)
{
    KB_AUTO(kb_buf_clear) struct kb_buf pair = KB_BUF_INIT(8192);

    if (need->name)
        kb_buf_fmt(&pair, "%s%c", need->name, kb_setting_separator(kb_setting_find(need->key)));
    kb_buf_str(&pair, answer);
    kb_setting_words_add(words, need->key, kb_buf_text(&pair));
}

/* What it may be is not known here, and it may be the secret: none of it is shown. */
static enum kb_err ask_need(
    const struct kb_preset_need *need, struct kb_setting_words *words, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf option = KB_BUF_INIT(256);
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(1024), instead = KB_BUF_INIT(512);
    KB_AUTO(kb_secret_clear) struct kb_secret answer = KB_SECRET_INIT;
    struct terminal_question question = {.may_have_come = true};
    int left = ASK_TRIES;
    enum kb_err rc;

    append_option(need, &option);
    if (need->hint)
        kb_buf_fmt(&text, "%s: %s.\n", kb_buf_text(&option), need->hint);
    kb_buf_fmt(&text, "%s (such as %s; not shown): ", kb_buf_text(&option) + 2, need->example);
    kb_buf_fmt(&instead, "run the same command with %s", kb_buf_text(&option));
    question.text = kb_buf_text(&text);
    question.instead = kb_buf_text(&instead);
    do {
        rc = terminal_ask(&question, &answer, err);
        if (rc)
            return rc;
        question.may_have_come = false;
        if (kb_secret_is_empty(&answer))
            rc = kb_fail(err, KB_ERR_USAGE, "the answer is empty");
    } while (rc && ask_again(&left, err));
    if (!rc)
        add_answer(need, answer.bytes, words);
    return rc;
}

enum kb_err add_ask_needs(struct addition *add, struct kb_error *err)
{
    struct kb_setting_words *words = &add->options.settings;
    const char *name = kb_setting_words_get(words, "preset");
    const struct kb_preset *preset = name ? kb_preset_find(name) : NULL;
    enum kb_err rc = KB_OK;

    if (!preset || add->options.ask.secret_on_stdin || !terminal_is_there())
        return KB_OK;
    for (size_t i = 0; i < preset->need_count && !rc; i++) {
        const struct kb_preset_need *need = &preset->needs[i];

        if (!is_lacking(words, need))
            continue;
        if (is_key(need, "host") && preset->host_count > 0)
            rc = ask_host(preset, words, err);
        else
            rc = ask_need(need, words, err);
    }
    return rc;
}
