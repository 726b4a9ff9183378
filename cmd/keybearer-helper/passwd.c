/*
 * `passwd`: replaces what unlocks the vault. Without options a new passphrase, with --key-file
 * a new key file; the other slot stays as it is.
 */
#include "helper.h"

#include "backends/vault.h"
#include "base/options.h"

static enum kb_err change(const struct ask *ask, const char *key_file, struct kb_error *err)
{
    KB_AUTO(kb_secret_clear) struct kb_secret old = KB_SECRET_INIT;
    KB_AUTO(kb_secret_clear) struct kb_secret fresh = KB_SECRET_INIT;
    struct kb_vault_status status;
    enum kb_err rc = kb_vault_status(&status, err);

    if (rc)
        return rc;
    if (!status.exists)
        return kb_hinted(err, kb_fail(err, KB_ERR_NOT_FOUND, "there is no vault yet"),
            "keybearer add NAME [OPTION]... --store sealed-file");
    if (!status.key_file_opens)
        rc = ask_passphrase(ask, "Old passphrase: ", &old, err);
    if (!rc && !key_file)
        rc = ask_new_passphrase(ask, &fresh, err);
    return rc ? rc : kb_vault_rewrap(&old, &fresh, key_file, err);
}

enum kb_err helper_passwd(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err)
{
    struct ask ask = {0};
    const char *key_file = NULL;
    const struct kb_option options[] = {
        {.name = "key-file", .value = &key_file},
        {.name = "passphrase-stdin", .flag = &ask.passphrase_on_stdin},
    };
    int operands = 0;
    enum kb_err rc =
        kb_options_parse(argc, argv, options, KB_COUNT(options), false, &operands, err);

    if (!rc)
        rc = kb_options_expect(0, operands, argv, err);
    if (!rc)
        rc =
            confine(&(struct needs){.vault = NEED_CHANGE, .terminal = true, .file = key_file}, err);
    if (!rc)
        rc = change(&ask, key_file, err);
    frame->report.key_file = key_file != NULL;
    return rc;
}
