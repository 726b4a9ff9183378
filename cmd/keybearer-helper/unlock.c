/*
 * `unlock [PROFILE] [--ttl TIME]`: opens the vault for a while, or has the desktop open
 * the keyring that holds PROFILE's client.
 */
#include "helper.h"
#include "own_client.h"

#include "backends/vault.h"
#include "base/options.h"

#include <string.h>

static enum kb_err unlock_vault(
    const struct ask *ask, unsigned ttl, struct kb_frame *frame, struct kb_error *err)
{
    KB_AUTO(kb_secret_clear) struct kb_secret passphrase = KB_SECRET_INIT;
    struct kb_vault_status status;
    enum kb_err rc = kb_vault_status(&status, err);

    if (rc)
        return rc;
    if (!status.exists)
        return kb_hinted(err, kb_fail(err, KB_ERR_NOT_FOUND, "there is no vault yet"),
            "keybearer add NAME [OPTION]... --store sealed-file");
    if (!status.has_passphrase_slot && !status.key_file_opens)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_DENIED, "the vault has no passphrase; a key file opens it"),
            "set KEYBEARER_KEY_FILE to its absolute path");
    if (ask->passphrase_on_stdin || !status.key_file_opens)
        rc = ask_passphrase(ask, "Passphrase of the vault: ", &passphrase, err);
    if (!rc)
        rc = kb_vault_unlock(&passphrase, vault_key_file(), ttl, err);
    frame->report.ttl = ttl;
    return rc;
}

/* Reading the client is what makes the service prompt; what was read is wiped at once. */
static enum kb_err unlock_keyring(const struct kb_profile *profile, struct kb_error *err)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    struct kb_card_client own;
    enum kb_err rc = own_client_find(profile, &own, err);

    return rc ? rc : own_client_load(profile, &own, true, &client, err);
}

enum kb_err helper_unlock(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    struct ask ask = {0};
    const char *ttl_text = NULL;
    const struct kb_option options[] = {
        {.name = "ttl", .value = &ttl_text},
        {.name = "passphrase-stdin", .flag = &ask.passphrase_on_stdin},
    };
    const struct kb_profile *profile = NULL;
    unsigned ttl = 0;
    int operands = 0;
    enum kb_err rc =
        kb_options_parse(argc, argv, options, KB_COUNT(options), false, &operands, err);

    if (!rc && operands > 1)
        rc = kb_fail(err, KB_ERR_USAGE, "one profile at a time, not also %s", argv[1]);
    if (!rc)
        rc = vault_parse_ttl(ttl_text, &ttl, err);
    if (!rc && operands == 1)
        rc = kb_config_load_profile(argv[0], &config, &profile, err);
    if (!rc)
        rc = confine(&(struct needs){.vault = NEED_CHANGE,
                         .clients = NEED_READ,
                         .terminal = true,
                         .file = profile ? profile->ca_file : NULL},
            err);
    if (rc)
        return rc;
    if (!profile || strcmp(profile->store, "sealed-file") == 0)
        return unlock_vault(&ask, ttl, frame, err);
    return unlock_keyring(profile, err);
}
