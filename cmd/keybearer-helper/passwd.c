/*
 * `passwd`: replaces what unlocks the vault. Without options a new passphrase, with --key-file
 * a new key file; the other slot stays as it is. With --remove-key-file only a passphrase unlocks
 * the vault from then on: must never take the last way in.
 */
#include "helper.h"

#include "backends/vault.h"
#include "base/options.h"

/*
 * The key of a vault that a passphrase unlocks, or the key file of the environment. OLD gets the
 * passphrase, if it was asked for.
 */
static enum kb_err open_vault(const struct ask *ask, bool asks, struct kb_secret *old,
    struct kb_secret *ret_key, unsigned char ret_id[static 16], struct kb_error *err)
{
    int left = ASK_TRIES;
    enum kb_err rc = KB_OK;

    do {
        if (asks)
            rc = ask_passphrase(ask, "Old passphrase: ", old, err);
        if (rc)
            return rc;
        rc = kb_vault_open(old, ret_key, ret_id, err);
    } while (rc == KB_ERR_DENIED && asks && !ask->passphrase_on_stdin && ask_again(&left, err));
    return rc;
}

/* Who thinks that it is another one by now must not go on using what somebody else may know. */
static enum kb_err check_differs(
    const struct kb_secret *old, const struct kb_secret *fresh, struct kb_error *err)
{
    if (kb_secret_is_empty(old) || !kb_secret_equal(old, fresh))
        return KB_OK;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_USAGE, "that is the old passphrase: nothing was changed"),
        "run the command again, with a new one");
}

/* The hints of whoever reads key files are about one that a vault has already. */
static enum kb_err check_new_key_file(const char *path, struct kb_error *err)
{
    enum kb_err rc = kb_vault_check_key_file(path, err);

    if (rc == KB_ERR_CONFIG && path[0] == '/')
        kb_hint(err, "make it first: (umask 077; head -c 32 /dev/urandom > %s)", path);
    else if (rc == KB_ERR_CONFIG)
        kb_hint(err, "give --key-file the absolute path");
    return rc;
}

/* What is wrong with the file, or with the old passphrase, is said before anything new is asked. */
static enum kb_err change(
    const struct ask *ask, const char *key_file, const char *next, struct kb_error *err)
{
    KB_AUTO(kb_secret_clear) struct kb_secret old = KB_SECRET_INIT;
    KB_AUTO(kb_secret_clear) struct kb_secret fresh = KB_SECRET_INIT;
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    unsigned char id[16];
    struct kb_vault_status status;
    enum kb_err rc = kb_vault_status(&status, err);

    if (rc)
        return rc;
    if (!status.exists)
        return vault_missing(next, err);
    rc = key_file ? check_new_key_file(key_file, err) : KB_OK;
    if (!rc)
        rc = vault_check_passphrase(&status, err);
    if (!rc)
        rc = open_vault(ask, !status.key_file_unlocks, &old, &key, id, err);
    if (!rc && !key_file)
        rc = ask_new_passphrase(ask, "New passphrase for the vault: ", &fresh, err);
    if (!rc && !key_file)
        rc = check_differs(&old, &fresh, err);
    terminal_close();
    return rc ? rc : kb_vault_rewrap(&key, id, &fresh, key_file, err);
}

/* --- without a key file ------------------------------------------------------------- */

static enum kb_err check_two_ways(const struct kb_vault_status *status, struct kb_error *err)
{
    if (!status->has_key_file_slot)
        return kb_hinted(err, kb_fail(err, KB_ERR_NOT_FOUND, "no key file unlocks the vault"),
            "keybearer status shows what does");
    if (status->has_passphrase_slot)
        return KB_OK;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_DENIED, "the vault has no passphrase: nothing else could unlock it"),
        "keybearer passwd sets one; then again");
}

static enum kb_err consent(bool yes, const struct ask *ask, struct kb_error *err)
{
    static const char text[] =
        "From then on only the passphrase unlocks the vault. What runs where nobody can type it\n"
        "(a service, a timer, CI) gets no token any more.\n"
        "Should the key file stop unlocking the vault? ";
    KB_AUTO(kb_buf_clear) struct kb_buf question = KB_BUF_INIT(1024);

    if (yes)
        return KB_OK;
    kb_buf_str(&question, text);
    return ask_consent(&question,
        ask->passphrase_on_stdin ? "keybearer passwd --remove-key-file --yes --passphrase-stdin"
                                 : "keybearer passwd --remove-key-file --yes",
        err);
}

/* The passphrase is asked for though a key file may unlock the vault: who has lost it learns so. */
static enum kb_err remove_key_file(
    const struct ask *ask, bool yes, const char *next, struct kb_error *err)
{
    KB_AUTO(kb_secret_clear) struct kb_secret passphrase = KB_SECRET_INIT;
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    unsigned char id[16];
    struct kb_vault_status status;
    int left = ASK_TRIES;
    enum kb_err rc = kb_vault_status(&status, err);

    if (rc)
        return rc;
    if (!status.exists)
        return vault_missing(next, err);
    rc = check_two_ways(&status, err);
    if (!rc)
        rc = consent(yes, ask, err);
    while (!rc) {
        rc = ask_passphrase(ask, "Passphrase of the vault: ", &passphrase, err);
        if (rc)
            break;
        rc = kb_vault_open(&passphrase, &key, id, err);
        if (rc != KB_ERR_DENIED || ask->passphrase_on_stdin || !ask_again(&left, err))
            break;
        rc = KB_OK;
    }
    terminal_close();
    return rc ? rc : kb_vault_remove_key_file(id, err);
}

/* --- the whole ---------------------------------------------------------------------- */

static enum kb_err refuse_both(struct kb_error *err)
{
    return kb_hinted(err,
        kb_fail(err, KB_ERR_USAGE, "--key-file and --remove-key-file exclude each other"),
        "for another key file, --key-file alone");
}

enum kb_err helper_passwd(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err)
{
    struct ask ask = {0};
    const char *key_file = NULL;
    bool removes = false, yes = false;
    const struct kb_option options[] = {
        {.name = "key-file", .value = &key_file},
        {.name = "remove-key-file", .flag = &removes},
        {.name = "yes", .flag = &yes},
        {.name = "passphrase-stdin", .flag = &ask.passphrase_on_stdin},
    };
    char next[VAULT_NEXT_MAX];
    int operands = 0;
    enum kb_err rc =
        kb_options_parse(argc, argv, options, KB_COUNT(options), false, &operands, err);

    if (!rc)
        rc = kb_options_expect(0, operands, argv, err);
    if (!rc && removes && key_file)
        rc = refuse_both(err);
    vault_find_next(false, next);
    if (!rc)
        rc =
            confine(&(struct needs){.vault = NEED_CHANGE, .terminal = true, .file = key_file}, err);
    if (!rc)
        rc = removes ? remove_key_file(&ask, yes, next, err) : change(&ask, key_file, next, err);
    frame->report.passwd = (struct kb_report_passwd){.key_file = key_file, .removed = removes};
    return rc;
}
