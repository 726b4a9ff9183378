/*
 * `move NAME --store STORE`: the client from the store where it is into another, as it is: the
 * provider is not asked. The order, and what a kill leaves, are those of store_client(). A key that
 * keygen made, and no client has, stays where it is.
 */
#include "helper.h"

#include "base/options.h"
#include "base/strings.h"
#include "config/edit.h"
#include "config_file.h"
#include "own_client.h"

#include <stdlib.h>
#include <string.h>

struct moving {
    const char *name, *store;
    struct ask ask;
    struct kb_config config, planned, stored;
    const struct kb_profile *profile, *fresh; /* as it is, and as it is to be */
    struct kb_card card;                      /* count 0: there is none */
    struct kb_card_client from;
    struct kb_client client;
    struct kb_error left;
};

static void clear(struct moving *m)
{
    kb_config_clear(&m->config);
    kb_config_clear(&m->planned);
    kb_config_clear(&m->stored);
    kb_client_clear(&m->client);
}

static enum kb_err parse(int argc, char *argv[], struct moving *m, struct kb_error *err)
{
    const struct kb_option options[] = {{.name = "store", .value = &m->store},
        {.name = "passphrase-stdin", .flag = &m->ask.passphrase_on_stdin}};
    int operands = 0;
    enum kb_err rc =
        kb_options_parse(argc, argv, options, KB_COUNT(options), false, &operands, err);

    if (!rc)
        rc = kb_options_expect(1, operands, argv, err);
    if (rc)
        return rc;
    m->name = argv[0];
    if (m->store && kb_store_find(m->store))
        return KB_OK;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_USAGE, m->store ? "there is no such --store" : "move needs --store"),
        "keybearer move %s --store secret-service, or --store sealed-file", m->name);
}

/* --- the configuration -------------------------------------------------------------- */

static enum kb_err change_store(void *context, const char *path, const char *old, size_t len,
    struct kb_buf *out, struct kb_error *err)
{
    const struct moving *m = context;

    return kb_config_set_text(path, old, len, m->name, "store", m->store, out, err);
}

/* The lock is let go again: nobody may be kept waiting while a person types. */
static enum kb_err plan(struct moving *m, struct kb_error *err)
{
    KB_AUTO(config_file_close) struct config_file file = CONFIG_FILE_INIT;
    const struct config_edit edit = {change_store, m};
    enum kb_err rc = config_file_open(&file, err);

    if (!rc)
        rc = config_file_preview(&file, &edit, &m->planned, err);
    if (!rc)
        m->fresh = kb_config_find(&m->planned, m->name);
    return rc;
}

/* Under the lock: what the client is bound to is still what the profile asks for. */
static enum kb_err check_again(void *context, struct config_file *file, struct kb_error *err)
{
    struct moving *m = context;
    const struct config_edit edit = {change_store, m};
    const struct kb_profile *now = NULL;
    struct kb_bond bond;
    enum kb_err rc = config_file_preview(file, &edit, &m->stored, err);

    if (!rc)
        now = kb_config_find(&m->stored, m->name);
    if (rc || (now && !kb_bond_of(now, &bond, NULL) && kb_bond_equal(&bond, &m->client.bound)))
        return rc;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_CONFIG, "the settings of profile %s changed meanwhile", m->name),
        "run the command again");
}

/* --- the client --------------------------------------------------------------------- */

/* Each may ask: the vault for its passphrase, a keyring with its own prompt. */
static enum kb_err open_stores(struct moving *m, struct kb_error *err)
{
    struct kb_store_context context =
        own_client_context(m->name, &m->client.ref, &m->client.bound, true);
    enum kb_err rc;

    context.chooser = "move";
    rc = kb_store_find(m->store)->check(&context, err);
    if (!rc && (kb_is_vault(m->store) || kb_is_vault(m->from.store)))
        rc = vault_prepare(&m->ask, err);
    terminal_close();
    return rc;
}

/* Under a new reference, as any client that is stored. */
static enum kb_err load(struct moving *m, struct kb_error *err)
{
    enum kb_err rc = own_client_load(m->profile, &m->from, true, &m->client, err);

    if (!rc)
        rc = kb_ref_make(&m->client.ref, err);
    if (!rc)
        rc = kb_bond_of(m->profile, &m->client.bound, err);
    if (rc)
        return rc;
    free(KB_TAKE(m->client.token_url));
    kb_text_copy(m->client.profile, sizeof(m->client.profile), m->name);
    return KB_OK;
}

static enum kb_err move_client(struct moving *m, struct kb_error *err)
{
    const struct config_edit edit = {change_store, m};
    const struct new_settings settings = {&edit, check_again, m};
    const struct adopted adopted = {.own = &m->card};
    const struct made_key made = {.goes = false};
    enum kb_err rc = own_client_find(m->profile, &m->from, err);

    if (!rc)
        rc = plan(m, err);
    if (!rc)
        rc = kb_ref_make(&m->client.ref, err);
    if (!rc)
        rc = kb_bond_of(m->fresh, &m->client.bound, err);
    if (!rc)
        rc = open_stores(m, err);
    if (!rc)
        rc = load(m, err);
    return rc ? rc : store_client(m->fresh, &m->client, &settings, &adopted, &made, &m->left, err);
}

/* --- what a killed one left ----------------------------------------------------------- */

/* The client is there already; what lies elsewhere is of before. */
static enum kb_err finish(struct moving *m, struct kb_error *err)
{
    KB_AUTO(kb_cards_close) struct kb_cards cards = KB_CARDS_INIT;
    enum kb_err rc = own_client_find(m->profile, &m->from, err);

    if (!rc && m->card.count > 1)
        rc = kb_cards_open(&cards, err);
    if (rc || m->card.count <= 1 || !kb_cards_still_say(&cards, &m->card))
        return rc;
    return own_client_keep_one(&cards, &m->card, &m->from.ref, OTHER_CLIENTS, NULL, &m->left, err);
}

/* --- the whole ---------------------------------------------------------------------- */

static enum kb_err confine_to(const struct moving *m, struct kb_error *err)
{
    return confine(&(struct needs){.cache = NEED_CHANGE,
                       .vault = kb_is_vault(m->store) ? NEED_MAKE : NEED_CHANGE,
                       .clients = NEED_MAKE,
                       .config = NEED_CHANGE,
                       .terminal = true,
                       .file = m->profile->ca_file},
        err);
}

static void report(const struct moving *m, bool already, struct kb_report_move *ret)
{
    const struct kb_card_client *key = kb_card_made_key(&m->card);

    kb_text_copy(ret->profile, sizeof(ret->profile), m->name);
    kb_text_copy(ret->store, sizeof(ret->store), m->store);
    ret->already = already;
    if (!already)
        kb_text_copy(ret->from, sizeof(ret->from), m->from.store);
    if (key && strcmp(key->store, m->store) != 0)
        kb_text_copy(ret->key_store, sizeof(ret->key_store), key->store);
    kb_text_copy(ret->left_behind, sizeof(ret->left_behind), m->left.msg);
}

enum kb_err helper_move(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err)
{
    KB_AUTO(clear) struct moving m = {.store = NULL};
    bool already = false;
    enum kb_err rc = parse(argc, argv, &m, err);

    if (!rc)
        rc = kb_config_load_profile(m.name, &m.config, &m.profile, err);
    if (!rc)
        rc = confine_to(&m, err);
    if (!rc)
        rc = own_client_read_card(m.name, &m.card, err);
    if (rc)
        return rc;
    already = strcmp(m.profile->store, m.store) == 0;
    rc = already ? finish(&m, err) : move_client(&m, err);
    if (!rc)
        report(&m, already, &frame->report.move);
    return rc;
}
