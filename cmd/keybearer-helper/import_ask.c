/*
 * What `import` asks a person: whose a client is, and whether to go on. Must never show a value of
 * the file, nor an answer that is no address: it may be the secret.
 */
#include "import.h"

#include "core/url.h"

#include <stdio.h>
#include <string.h>

static const char instead[] = "add --preset NAME or --token-url URL to the same command";

static bool is_named(const struct import_options *options)
{
    return kb_setting_words_get(&options->settings, "preset") ||
           kb_setting_words_get(&options->settings, "token_url");
}

/* --- whose it is ------------------------------------------------------------------------ */

static enum kb_err check_url(const struct kb_secret *answer, struct kb_error *err)
{
    struct kb_url url;
    enum kb_err rc = kb_secret_is_empty(answer)
                         ? kb_fail(err, KB_ERR_USAGE, "the answer is empty")
                         : kb_url_parse(answer->bytes, answer->len, &url, err);

    return rc ? rc : kb_url_check_secure(&url, err);
}

static void show_url(const struct kb_buf *answer, const void *context, struct kb_buf *out)
{
    struct kb_url url;

    (void)context;
    if (!kb_url_parse(kb_buf_text(answer), answer->len, &url, NULL))
        kb_url_append(&url, out);
}

static enum kb_err ask_provider_of(struct import_client *client, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(1024);
    struct terminal_question question = {.instead = instead, .show = show_url};
    int left = ASK_TRIES;
    enum kb_err rc;

    kb_buf_fmt(&text,
        "%s (line %lld): which token endpoint is it for?\nhttps://... (shown after "
        "Enter): ",
        client->of_id.name, (long long)client->of_id.line);
    kb_buf_make_harmless(&text);
    question.text = kb_buf_text(&text);
    do {
        rc = terminal_ask(&question, &client->token_url, err);
        if (rc)
            return rc;
        rc = check_url(&client->token_url, err);
    } while (rc && ask_again(&left, err));
    return rc ? kb_hinted(err, rc, instead) : KB_OK;
}

static enum kb_err refuse_unknown(const struct import_client *client, struct kb_error *err)
{
    return kb_hinted(err,
        kb_fail(err, KB_ERR_USAGE, "nothing says whose client %s (line %lld) is",
            client->of_id.name, (long long)client->of_id.line),
        instead);
}

enum kb_err import_ask_providers(struct importing *import, struct kb_error *err)
{
    struct import_found *found = &import->found;
    enum kb_err rc = KB_OK;

    if (is_named(&import->options))
        return KB_OK;
    for (size_t i = 0; i < found->count && !rc; i++) {
        if (*found->clients[i].preset)
            continue;
        rc = terminal_is_there() ? ask_provider_of(&found->clients[i], err)
                                 : refuse_unknown(&found->clients[i], err);
    }
    return rc;
}

/* --- going on --------------------------------------------------------------------------- */

static void append_host(const char *url, struct kb_buf *out)
{
    struct kb_url parsed;

    if (!kb_url_parse(url, strlen(url), &parsed, NULL))
        kb_url_append_authority(&parsed, out);
}

/* Which word is for a setting: an option's comes before the file's. */
static const char *value_of(
    const struct import_options *options, const struct import_client *client, const char *key)
{
    const char *given = kb_setting_words_get(&options->settings, key);

    if (given)
        return given;
    return strcmp(client->key, key) == 0 ? client->value : NULL;
}

void import_say_whom(
    const struct import_options *options, const struct import_client *client, struct kb_buf *out)
{
    const char *url = kb_setting_words_get(&options->settings, "token_url");
    const char *name = kb_setting_words_get(&options->settings, "preset");
    const struct kb_preset *preset = kb_preset_find(name ? name : client->preset);
    const char *environment = value_of(options, client, "environment");
    const char *host = value_of(options, client, "host");
    const struct kb_preset_host *known =
        environment ? kb_preset_environment(preset, environment) : NULL;

    if (!url && !kb_secret_is_empty(&client->token_url))
        url = client->token_url.bytes;
    if (url)
        append_host(url, out);
    else if (known || host)
        kb_buf_str(out, known ? known->host : host);
    else if (preset)
        kb_buf_str(out, preset->title);
}

static void describe_client(
    const struct import_options *options, const struct import_client *client, struct kb_buf *out)
{
    kb_buf_fmt(out, "  %s (line %lld), %s (line %lld)\n      is sent to ", client->of_id.name,
        (long long)client->of_id.line, client->of_secret.name, (long long)client->of_secret.line);
    import_say_whom(options, client, out);
    kb_buf_fmt(out, ", and becomes profile %s\n", options->name ? options->name : client->name);
}

enum kb_err import_consent(const struct importing *import, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(65536);
    const struct import_options *options = &import->options;

    if (options->yes)
        return KB_OK;
    kb_buf_str(&text, "Found in ");
    kb_buf_one_line(&text, import->files.paths[import->files.chosen]);
    kb_buf_str(&text, ":\n");
    for (size_t i = 0; i < import->found.count; i++)
        describe_client(options, &import->found.clients[i], &text);
    kb_buf_str(&text, options->deletes
                          ? "Once they are stored, these lines are deleted from the file.\n"
                          : "The file stays as it is.\n");
    kb_buf_str(&text, "Import? ");
    return ask_consent(&text, "add --yes to the same command", err);
}
