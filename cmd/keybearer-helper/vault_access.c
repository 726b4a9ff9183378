/*
 * Getting the vault unlocked for a verb that needs it, and what to do where there is none. Must
 * never read a client, nor ask where a key file answers.
 */
#include "helper.h"

#include "backends/vault.h"
#include "base/strings.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *vault_key_file(void)
{
    const char *path = getenv("KEYBEARER_KEY_FILE");

    return path && *path ? path : NULL;
}

static const struct kb_profile *first_in(const struct kb_config *config, bool vault)
{
    for (size_t i = 0; i < config->count; i++) {
        if (kb_is_vault(config->profiles[i].store) == vault)
            return &config->profiles[i];
    }
    return NULL;
}

void vault_find_next(bool unlocks, char ret[static VAULT_NEXT_MAX])
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    const struct kb_profile *in_vault, *in_keyring;
    char path[PATH_MAX];

    if (!kb_config_path(path, sizeof(path), NULL))
        KB_IGNORE(kb_config_load(path, &config, NULL));
    in_vault = first_in(&config, true);
    in_keyring = first_in(&config, false);
    if (in_vault)
        snprintf(ret, VAULT_NEXT_MAX, "keybearer add %s", in_vault->name);
    else if (unlocks && in_keyring)
        snprintf(ret, VAULT_NEXT_MAX, "keybearer unlock %s", in_keyring->name);
    else
        kb_text_copy(ret, VAULT_NEXT_MAX, "keybearer add NAME [OPTION]... --store sealed-file");
}

enum kb_err vault_missing(const char *next, struct kb_error *err)
{
    return kb_hinted(err, kb_fail(err, KB_ERR_NOT_FOUND, "there is no vault"), "%s", next);
}

/* A passphrase unlocks it today; the machine that counts on the key file would find it locked. */
static enum kb_err foreign_key_file(const struct kb_vault_status *status, struct kb_error *err)
{
    const char *path = vault_key_file();

    if (status->no_file.code && err)
        *err = status->no_file;
    if (status->no_file.code)
        return status->no_file.code;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_DENIED, "the key file %s does not unlock the vault", path),
        "keybearer passwd --key-file %s, or unset KEYBEARER_KEY_FILE", path);
}

enum kb_err vault_check_passphrase(const struct kb_vault_status *status, struct kb_error *err)
{
    if (status->has_passphrase_slot || status->key_file_unlocks)
        return KB_OK;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_DENIED, "the vault has no passphrase; a key file unlocks it"),
        "set KEYBEARER_KEY_FILE to its absolute path");
}

enum kb_err vault_check(struct kb_error *err)
{
    struct kb_vault_status status;
    enum kb_err rc = kb_vault_status(&status, err);

    if (rc)
        return rc;
    if (!status.exists)
        return vault_key_file() ? kb_vault_check_key_file(vault_key_file(), err) : KB_OK;
    if (vault_key_file() && !status.key_file_unlocks)
        return foreign_key_file(&status, err);
    return status.unlocked ? KB_OK : vault_check_passphrase(&status, err);
}

enum kb_err vault_unlock_asking(
    const struct ask *ask, const char *question, unsigned ttl, struct kb_error *err)
{
    KB_AUTO(kb_secret_clear) struct kb_secret passphrase = KB_SECRET_INIT;
    int left = ASK_TRIES;
    enum kb_err rc;

    do {
        rc = ask_passphrase(ask, question, &passphrase, err);
        if (rc)
            return rc;
        rc = kb_vault_unlock(&passphrase, NULL, ttl, err);
    } while (rc == KB_ERR_DENIED && !ask->passphrase_on_stdin && ask_again(&left, err));
    return rc;
}

/*
 * Another command made the vault a moment ago. Who chose PASSPHRASE for it must not believe that
 * it counts, though the vault may be unlocked.
 */
static enum kb_err enter_other(const struct ask *ask, const struct kb_vault_status *status,
    const struct kb_secret *passphrase, struct kb_error *err)
{
    static const char question[] =
        "Another command made the vault a moment ago, with another passphrase.\n"
        "Passphrase of the vault: ";
    enum kb_err rc;

    if (vault_key_file() && !status->key_file_unlocks)
        return foreign_key_file(status, err);
    if (kb_secret_is_empty(passphrase))
        return KB_OK; /* the key file unlocks it */
    rc = vault_check_passphrase(status, err);
    if (!rc)
        rc = kb_vault_unlock(passphrase, NULL, KB_VAULT_TTL, err);
    if (rc != KB_ERR_DENIED || !status->has_passphrase_slot)
        return rc;
    if (!ask->passphrase_on_stdin)
        return vault_unlock_asking(ask, question, KB_VAULT_TTL, err);
    return kb_hinted(err,
        kb_fail(err, KB_ERR_DENIED,
            "another command made the vault a moment ago, with another passphrase"),
        "run the same command again, with the passphrase of the vault");
}

static enum kb_err create(const struct ask *ask, struct kb_error *err)
{
    static const char question[] =
        "The client will be kept in the vault, which is encrypted. Choose its passphrase:\n"
        "anybody who knows it can unlock the vault, and nobody can without it.\n"
        "New passphrase for the vault: ";
    KB_AUTO(kb_secret_clear) struct kb_secret passphrase = KB_SECRET_INIT;
    struct kb_vault_status status;
    enum kb_err rc = KB_OK;

    if (!vault_key_file() || ask->passphrase_on_stdin)
        rc = ask_new_passphrase(ask, question, &passphrase, err);
    if (!rc)
        rc = kb_vault_create(&passphrase, vault_key_file(), KB_VAULT_TTL, err);
    if (rc != KB_ERR_DENIED || kb_vault_status(&status, NULL) || !status.exists)
        return rc;
    return enter_other(ask, &status, &passphrase, err);
}

enum kb_err vault_prepare(const struct ask *ask, struct kb_error *err)
{
    static const char question[] =
        "The client will be kept in the vault. It is locked: its passphrase unlocks it.\n"
        "Passphrase of the vault: ";
    struct kb_vault_status status;
    enum kb_err rc = kb_vault_status(&status, err);

    if (rc)
        return rc;
    if (!status.exists)
        return create(ask, err);
    rc = vault_check(err);
    return rc || status.unlocked ? rc : vault_unlock_asking(ask, question, KB_VAULT_TTL, err);
}

static unsigned unit_seconds(char unit)
{
    switch (unit) {
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3600;
    case 'd':
        return 86400;
    default:
        return 0;
    }
}

static enum kb_err bad_ttl(struct kb_error *err)
{
    return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "--ttl is a time from 1 second to 30 days"),
        "for example --ttl 8h");
}

enum kb_err vault_parse_ttl(const char *text, unsigned *ret, struct kb_error *err)
{
    char digits[16];
    unsigned unit;
    long long number;
    size_t len;

    if (!text) {
        *ret = KB_VAULT_TTL;
        return KB_OK;
    }
    len = strlen(text);
    if (len == 0 || len >= sizeof(digits))
        return bad_ttl(err);
    memcpy(digits, text, len + 1);
    unit = unit_seconds(digits[len - 1]);
    if (unit)
        digits[len - 1] = '\0';
    else
        unit = 1;
    if (!kb_text_to_int(digits, 1, KB_VAULT_TTL_MAX / unit, &number))
        return bad_ttl(err);
    *ret = (unsigned)number * unit;
    return KB_OK;
}
