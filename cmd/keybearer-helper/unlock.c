/*
 * `unlock [PROFILE] [--ttl TIME]`: unlocks the vault for a while, or has the desktop unlock
 * the keyring that holds PROFILE's client, and fetches a token with it.
 */
#include "helper.h"
#include "own_client.h"

#include "backends/vault.h"
#include "base/options.h"
#include "base/strings.h"

#include <stdio.h>

/* NEXT: what to do where there is no vault. */
static enum kb_err unlock_vault(const struct ask *ask, unsigned ttl, const char *next,
    struct kb_frame *frame, struct kb_error *err)
{
    KB_AUTO(kb_secret_clear) struct kb_secret nothing = KB_SECRET_INIT;
    struct kb_vault_status status;
    enum kb_err rc = kb_vault_status(&status, err);

    if (rc)
        return rc;
    if (!status.exists)
        return vault_missing(next, err);
    rc = vault_check_passphrase(&status, err);
    if (rc)
        return rc;
    if (ask->passphrase_on_stdin || !status.key_file_unlocks)
        rc = vault_unlock_asking(ask, "Passphrase of the vault: ", ttl, err);
    else
        rc = kb_vault_unlock(&nothing, vault_key_file(), ttl, err);
    terminal_close();
    frame->report.unlock.ttl = ttl;
    return rc;
}

/* A keyring that shows nothing while it is locked cannot say whose client there is. */
static enum kb_err find_client(
    const struct kb_profile *profile, struct kb_card_client *ret, struct kb_error *err)
{
    struct kb_store_context context = own_client_context(profile->name, NULL, NULL, true);
    enum kb_err rc = own_client_find(profile, ret, err);

    if (rc != KB_ERR_LOCKED)
        return rc;
    rc = kb_store_find(profile->store)->check(&context, err);
    return rc ? rc : own_client_find(profile, ret, err);
}

/*
 * A keyring may let in nobody but this process, which the person said yes to (KeePassXC). So the
 * token is fetched here and now, for all.
 */
static void fetch_token(const struct kb_profile *profile, const struct kb_ref *ref,
    const struct kb_client *client, struct kb_report_unlock *ret)
{
    KB_AUTO(kb_cache_close) struct kb_cache cache = KB_CACHE_INIT;
    KB_AUTO(kb_token_clear) struct kb_token token = KB_TOKEN_INIT;
    struct kb_error why = KB_ERROR_INIT;
    struct kb_reply_facts facts;

    kb_cache_create(&cache);
    provider_say_whom();
    if (exchange(profile, client, &cache, &token, &facts, &why)) {
        publish_failure(&cache, profile, ref, &facts, &why);
        kb_text_copy(ret->no_token, sizeof(ret->no_token), why.msg);
        return;
    }
    publish_token(&cache, profile, ref, &token, &facts);
    ret->life_ms = token.life_ms;
}

/* Reading the client is what makes the service prompt. */
static enum kb_err unlock_keyring(
    const struct kb_profile *profile, struct kb_report_unlock *ret, struct kb_error *err)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    struct kb_card_client own;
    enum kb_err rc = find_client(profile, &own, err);

    if (!rc)
        rc = own_client_load(profile, &own, true, &client, err);
    if (rc)
        return rc;
    kb_text_copy(ret->profile, sizeof(ret->profile), profile->name);
    fetch_token(profile, &own.ref, &client, ret);
    return KB_OK;
}

/* PROFILE NULL: the vault alone. */
static enum kb_err confine_to(const struct kb_profile *profile, struct kb_error *err)
{
    struct needs needs = {.vault = NEED_CHANGE, .clients = NEED_READ, .terminal = true};

    if (profile) {
        needs.cache = NEED_MAKE;
        needs.file = profile->ca_file;
        needs.token_files[0] = kb_client_auth_file(profile);
        needs.token_files[1] = kb_grant_file(profile);
    }
    return confine(&needs, err);
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
    char next[VAULT_NEXT_MAX];
    unsigned ttl = 0;
    int operands = 0;
    enum kb_err rc =
        kb_options_parse(argc, argv, options, KB_COUNT(options), false, &operands, err);

    if (!rc && operands > 1)
        rc = kb_options_too_much("one name", argv[1], err);
    if (!rc)
        rc = vault_parse_ttl(ttl_text, &ttl, err);
    if (!rc && operands == 1)
        rc = kb_config_load_profile(argv[0], &config, &profile, err);
    if (profile)
        snprintf(next, sizeof(next), "keybearer add %s", profile->name);
    else
        vault_find_next(true, next); /* who has clients in a keyring may not know what a vault is */
    if (!rc)
        rc = confine_to(profile, err);
    if (rc)
        return rc;
    if (!profile || kb_is_vault(profile->store))
        return unlock_vault(&ask, ttl, next, frame, err);
    return unlock_keyring(profile, &frame->report.unlock, err);
}
