/*
 * `rename OLD NEW`: what is stored for a profile is sealed with its name, so it is stored once more
 * with the new one, before the configuration changes, and the old one is removed after that:
 *
 *     card NEW {spare} -> store -> card NEW {new} -> configuration -> card OLD {spare} -> store
 *
 * Killed at any moment the profile works under the one name or the other, and the same command
 * clears away the rest. Nobody is asked for a secret again. Must never touch a client or a key of
 * the new name that is no copy of what the old name has.
 */
#include "rename.h"

#include "backends/vault.h"
#include "base/options.h"
#include "base/strings.h"
#include "config/edit.h"
#include "config/identity.h"
#include "own_client.h"

#include <string.h>

static void clear(struct renaming *r)
{
    kb_file_discard(&r->draft);
    kb_config_clear(&r->config);
    for (size_t i = 0; i < r->count; i++)
        kb_client_clear(&r->clients[i]);
    kb_cards_close(&r->cards);
    config_file_close(&r->file);
}

static enum kb_err parse(int argc, char *argv[], struct renaming *r, struct kb_error *err)
{
    const struct kb_option options[] = {
        {.name = "passphrase-stdin", .flag = &r->ask.passphrase_on_stdin}};
    int operands = 0;
    enum kb_err rc =
        kb_options_parse(argc, argv, options, KB_COUNT(options), false, &operands, err);

    if (rc)
        return rc;
    if (operands != 2)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE, "rename takes two names, and got %d", operands),
            "keybearer rename OLD NEW");
    r->from = argv[0];
    r->to = argv[1];
    if (!kb_profile_name_ok(r->to))
        return kb_fail(err, KB_ERR_USAGE,
            "\"%s\" cannot name a profile: use letters, digits, '.', '_' and '-'", r->to);
    if (strcmp(r->from, r->to) == 0)
        return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "both names are %s", r->to),
            "keybearer rename OLD NEW");
    return KB_OK;
}

/* --- reading ------------------------------------------------------------------------ */

static enum kb_err unlock(struct renaming *r, struct kb_error *err)
{
    bool in_vault = false;
    struct kb_vault_status status;
    enum kb_err rc;

    for (size_t i = 0; i < r->old.count; i++)
        in_vault = in_vault || (!r->old.clients[i].spare && kb_is_vault(r->old.clients[i].store));
    if (!in_vault)
        return KB_OK;
    rc = kb_vault_status(&status, err);
    if (!rc && status.exists)
        rc = vault_prepare(&r->ask, err);
    terminal_close();
    return rc;
}

/* Whatever it is bound to it stays bound to. */
static enum kb_err load_one(
    struct renaming *r, const struct kb_card_client *entry, struct kb_error *err)
{
    const struct kb_store *store = kb_store_find(entry->store);
    struct kb_store_context context = own_client_context(r->from, &entry->ref, NULL, true);
    struct kb_client *client = &r->clients[r->count];
    enum kb_err rc;

    if (!store)
        return kb_fail(err, KB_ERR_SYSTEM, "this program does not know the store %s", entry->store);
    *client = KB_CLIENT_INIT;
    r->count++;
    rc = store->load(&context, client, err);
    if (!rc)
        rc = kb_ref_make(&client->ref, err);
    if (rc)
        return rc;
    kb_text_copy(client->profile, sizeof(client->profile), r->to);
    context = own_client_context(r->to, &client->ref, &client->bound, true);
    return store->check(&context, err);
}

static enum kb_err load(struct renaming *r, struct kb_error *err)
{
    enum kb_err rc = unlock(r, err);

    for (size_t i = 0; !rc && i < r->old.count; i++)
        if (!r->old.clients[i].spare)
            rc = load_one(r, &r->old.clients[i], err);
    return rc;
}

/* --- the configuration -------------------------------------------------------------- */

static enum kb_err change_name(void *context, const char *path, const char *old, size_t len,
    struct kb_buf *out, struct kb_error *err)
{
    struct renaming *r = context;

    return kb_config_rename_profile(path, old, len, r->from, r->to, &r->mentions, out, err);
}

static enum kb_err lock(struct renaming *r, struct kb_error *err)
{
    enum kb_err rc = config_file_open(&r->file, err);

    if (!rc)
        rc = kb_cards_open(&r->cards, err);
    if (rc || (kb_cards_still_say(&r->cards, &r->old) && kb_cards_still_say(&r->cards, &r->new)))
        return rc;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_CONFIG, "the client of %s changed meanwhile", r->from),
        "run the command again");
}

/* --- what comes --------------------------------------------------------------------- */

/* The part of the old card that CLIENTS[NUMBER] was read from. */
static const struct kb_card_client *original(const struct renaming *r, size_t number)
{
    size_t at = 0;

    for (;; at++)
        if (!r->old.clients[at].spare && number-- == 0)
            return &r->old.clients[at];
}

static enum kb_err no_room(const struct renaming *r, struct kb_error *err)
{
    return kb_hinted(err,
        kb_fail(
            err, KB_ERR_UNAVAILABLE, "clients of %s wait to be removed from their store", r->to),
        "keybearer unlock, then try again");
}

/* As spare ones, newest first: whatever happens now, somebody will clear them away. */
static enum kb_err announce(struct renaming *r, struct kb_error *err)
{
    struct kb_error ignored = KB_ERROR_INIT;

    for (size_t i = 0; i < r->new.count; i++)
        r->new.clients[i].spare = true;
    own_client_sweep(&r->new, &ignored);
    for (size_t i = r->count; i-- > 0;) {
        struct kb_card_client entry = *original(r, i);

        entry.ref = r->clients[i].ref;
        entry.spare = true;
        if (!kb_card_put(&r->new, &entry))
            return no_room(r, err);
    }
    return kb_cards_write(&r->cards, &r->new, err);
}

static enum kb_err save(const struct renaming *r, struct kb_error *err)
{
    enum kb_err rc = KB_OK;

    for (size_t i = 0; !rc && i < r->count; i++) {
        const struct kb_client *client = &r->clients[i];
        struct kb_store_context context =
            own_client_context(r->to, &client->ref, &client->bound, true);

        rc = kb_store_find(original(r, i)->store)->save(&context, client, err);
    }
    return rc;
}

static void set_spare(struct renaming *r, bool spare)
{
    for (size_t i = 0; i < r->count; i++)
        r->new.clients[i].spare = spare;
}

/* It stays as it was; nobody is asked anything more. */
static void withdraw(struct renaming *r)
{
    struct kb_error ignored = KB_ERROR_INIT;

    set_spare(r, true);
    if (kb_cards_write(&r->cards, &r->new, NULL))
        return;
    own_client_sweep(&r->new, &ignored);
    KB_IGNORE(kb_cards_write(&r->cards, &r->new, NULL));
}

static enum kb_err bring(struct renaming *r, struct kb_error *err)
{
    enum kb_err rc = r->count > 0 || r->new.count > 0 ? announce(r, err) : KB_OK;

    if (!rc)
        rc = save(r, err);
    if (!rc && r->count > 0) {
        set_spare(r, false);
        rc = kb_cards_write(&r->cards, &r->new, err);
    }
    if (!rc)
        rc = config_file_commit(&r->file, &r->draft, err);
    if (rc && r->new.count > 0)
        withdraw(r);
    return rc;
}

/* --- what goes ---------------------------------------------------------------------- */

static void move_token(
    const struct kb_cache *cache, struct kb_cache_key from, struct kb_cache_key to)
{
    KB_AUTO(kb_token_clear) struct kb_token token = KB_TOKEN_INIT;
    bool dropped;

    if (!kb_cache_get_token(cache, &from, &token, NULL))
        KB_IGNORE(kb_cache_put_token(cache, &to, &token, NULL));
    KB_IGNORE(kb_cache_forget(&from, &dropped, NULL));
}

/* Nothing but the name has changed. A token that is lost costs a request. */
static void move_tokens(struct renaming *r)
{
    KB_AUTO(kb_cache_close) struct kb_cache cache = KB_CACHE_INIT;
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    const struct kb_profile *fresh;

    if (kb_config_load_profile(r->to, &config, &fresh, NULL))
        return;
    kb_cache_open(&cache);
    for (size_t i = 0; i < r->count; i++)
        move_token(&cache, kb_cache_key_for_profile(r->profile, &original(r, i)->ref),
            kb_cache_key_for_profile(fresh, &r->clients[i].ref));
}

static void retire(struct renaming *r)
{
    struct kb_error why = KB_ERROR_INIT;
    enum kb_err rc;

    for (size_t i = 0; i < r->old.count; i++)
        r->old.clients[i].spare = true;
    rc = kb_cards_write(&r->cards, &r->old, &why);
    if (!rc) {
        own_client_sweep(&r->old, &r->left);
        rc = kb_cards_write(&r->cards, &r->old, &why);
    }
    if (rc)
        kb_fail(
            &r->left, why.code, "the old client of %s may still be stored (%s)", r->from, why.msg);
}

/* --- the whole ---------------------------------------------------------------------- */

static enum kb_err rename_profile(struct renaming *r, struct kb_error *err)
{
    const struct config_edit edit = {change_name, r};
    enum kb_err rc = load(r, err);

    if (!rc)
        rc = lock(r, err);
    if (!rc)
        rc = config_file_draft(&r->file, &edit, &r->draft, err);
    if (!rc)
        rc = bring(r, err);
    if (rc)
        return rc;
    move_tokens(r);
    if (r->old.count > 0)
        retire(r);
    return KB_OK;
}

static enum kb_err finish(struct renaming *r, struct kb_error *err)
{
    enum kb_err rc = lock(r, err);

    if (!rc)
        retire(r);
    return rc;
}

/* Before a folder is made for its cards. */
static enum kb_err require_configuration(const struct renaming *r, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    enum kb_err rc = kb_config_load_usual(&config, err);

    return !rc && config.is_missing ? kb_config_no_profile(&config, r->from, err) : rc;
}

enum kb_err helper_rename(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err)
{
    KB_AUTO(clear)
    struct renaming r = {
        .file = CONFIG_FILE_INIT, .draft = KB_FILE_DRAFT_INIT, .cards = KB_CARDS_INIT};
    struct kb_report_rename *report = &frame->report.rename;
    enum kb_err rc = parse(argc, argv, &r, err);

    if (!rc)
        rc = require_configuration(&r, err);
    if (!rc)
        rc = confine(&(struct needs){.cache = NEED_CHANGE,
                         .vault = NEED_CHANGE,
                         .clients = NEED_MAKE,
                         .config = NEED_CHANGE,
                         .terminal = true},
            err);
    if (!rc)
        rc = rename_find(&r, err);
    if (!rc)
        rc = r.profile ? rename_profile(&r, err) : finish(&r, err);
    if (rc)
        return rc;
    kb_text_copy(report->from, sizeof(report->from), r.from);
    kb_text_copy(report->to, sizeof(report->to), r.to);
    report->already = !r.profile;
    report->mentions = (int64_t)r.mentions;
    kb_text_copy(report->left_behind, sizeof(report->left_behind), r.left.msg);
    return KB_OK;
}
