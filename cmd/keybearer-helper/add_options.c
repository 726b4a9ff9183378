/*
 * The options of `add`: those of the settings, and the client's. There is none for a secret: argv
 * can be read by everybody.
 */
#include "helper.h"

#include "base/options.h"

#include <string.h>

size_t add_options_of_settings(struct kb_option *table, struct kb_setting_words *words)
{
    size_t count, used = 0;
    const struct kb_setting *settings = kb_settings(&count);

    for (size_t i = 0; i < count; i++) {
        if (!settings[i].option)
            continue;
        table[used++] = (struct kb_option){
            .name = settings[i].option,
            .list = &words->of[i],
            .once = !(settings[i].flags & KB_SETTING_REPEATS),
        };
    }
    return used;
}

static bool is_stdin(const char *file)
{
    return file && strcmp(file, "-") == 0;
}

/* What is read to its end leaves nothing for another. */
static enum kb_err check_input(const struct add_options *options, struct kb_error *err)
{
    const struct ask *ask = &options->ask;
    int whole = is_stdin(options->client_key) + is_stdin(options->client_cert);
    bool lines = ask->key_passphrase_on_stdin || ask->secret_on_stdin || ask->passphrase_on_stdin;

    if (whole > 1 || (whole == 1 && lines))
        return kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE, "only one option can read all of standard input"),
            "give the key or the certificate as a file");
    if (ask->key_passphrase_on_stdin && !options->client_key)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE, "--client-key-passphrase-stdin needs --client-key"),
            "for the passphrase of the vault: --passphrase-stdin");
    return KB_OK;
}

enum kb_err add_options_parse(int argc, char *argv[], struct add_options *ret, struct kb_error *err)
{
    const struct kb_option own[] = {
        {.name = "client-id", .value = &ret->client_id},
        {.name = "client-key", .value = &ret->client_key},
        {.name = "client-cert", .value = &ret->client_cert},
        {.name = "same-address", .flag = &ret->same_address},
        {.name = "yes", .flag = &ret->yes},
        {.name = "client-key-passphrase-stdin", .flag = &ret->ask.key_passphrase_on_stdin},
        {.name = "client-secret-stdin", .flag = &ret->ask.secret_on_stdin},
        {.name = "passphrase-stdin", .flag = &ret->ask.passphrase_on_stdin},
    };
    struct kb_option table[KB_SETTINGS_MAX + KB_COUNT(own)];
    size_t count = add_options_of_settings(table, &ret->settings);
    int operands = 0;
    enum kb_err rc;

    for (size_t i = 0; i < KB_COUNT(own); i++)
        table[count++] = own[i];
    rc = kb_options_parse(argc, argv, table, count, false, &operands, err);
    if (!rc)
        rc = kb_options_expect(1, operands, argv, err);
    if (rc)
        return rc;
    ret->name = argv[0];
    if (!kb_profile_name_ok(ret->name))
        return kb_fail(err, KB_ERR_USAGE,
            "\"%s\" cannot name a profile: use letters, digits, '.', '_' and '-'", ret->name);
    return check_input(ret, err);
}
