/*
 * `remove NAME`: first the profile, then its client, or neither; then the cached token. Killed
 * half way, what is left is a client without a profile, as it is after an `add` that was killed;
 * the same command takes it away.
 */
#include "helper.h"

#include "base/strings.h"
#include "cache/outcome.h"
#include "config_file.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * A keyring's own prompt comes before the lock: nobody may be kept waiting while a person
 * types. Whatever else is wrong is found again, and reported, under the lock.
 */
static enum kb_err wake_store(const char *name, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    struct kb_store_context context;
    const struct kb_profile *profile;
    enum kb_err rc;

    if (kb_config_load_profile(name, &config, &profile, NULL))
        return KB_OK;
    context = helper_context(profile, true);
    rc = kb_store_load(kb_store_find(profile->store), &context, &client, err);
    return rc == KB_ERR_DISMISSED || rc == KB_ERR_TIMEOUT ? rc : KB_OK;
}

static enum kb_err remove_client(const struct kb_profile *profile, struct kb_error *err)
{
    struct kb_store_context context = helper_context(profile, true);
    enum kb_err rc = kb_store_remove(kb_store_find(profile->store), &context, err);

    return rc == KB_ERR_NOT_FOUND ? KB_OK : rc;
}

/*
 * Stores know a client by the name of its profile. Where a second configuration is in use, a
 * client without a profile may be that of the first one.
 */
static bool owns_orphans(void)
{
    const char *named = getenv("KEYBEARER_CONFIG");

    return !named || !*named;
}

/* A store that does not exist here keeps nothing. */
static enum kb_err remove_from(
    const struct kb_store *store, const char *name, bool *removed, struct kb_error *err)
{
    const struct kb_store_context context = {
        .profile = name,
        .interactive = true,
        .deadline = kb_deadline_in_ms(STORE_PERSON_MS),
    };
    struct kb_error why = KB_ERROR_INIT;
    enum kb_err rc = kb_store_remove(store, &context, &why);

    if (!rc)
        *removed = true;
    if (!rc || rc == KB_ERR_NOT_FOUND || rc == KB_ERR_UNAVAILABLE)
        return KB_OK;
    kb_fail(err, rc, "there is no profile \"%s\", but %s may keep a client for it: %s", name,
        store->name, why.msg);
    return why.hint[0] ? kb_hint(err, "%s", why.hint) : rc;
}

/*
 * A command that was killed half way leaves a client without a profile, in whichever store.
 * ERR says already that there is no profile; that stays so when there is no such client.
 */
static enum kb_err remove_orphan(const char *name, struct kb_error *err)
{
    size_t count;
    const struct kb_store *const *stores = kb_stores(&count);
    bool removed = false;
    enum kb_err rc = KB_OK, one;

    if (!owns_orphans() || !kb_profile_name_ok(name))
        return KB_ERR_NOT_FOUND;
    for (size_t i = 0; i < count; i++) {
        one = remove_from(stores[i], name, &removed, err);
        rc = one ? one : rc;
    }
    return rc || removed ? rc : KB_ERR_NOT_FOUND;
}

/* A token that stays cached is of no use to who has no profile for it; but it was to be gone. */
static enum kb_err forget_token(
    const struct kb_profile *profile, struct kb_pairs *report, struct kb_error *err)
{
    static const struct kb_secret any = KB_SECRET_INIT;
    KB_AUTO(kb_cache_close) struct kb_cache cache = KB_CACHE_INIT;
    struct kb_cache_key key = kb_cache_key_for_profile(profile);
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(1024);
    struct kb_error why = KB_ERROR_INIT;
    bool dropped;

    kb_cache_open(&cache);
    if (cache.is_unknown)
        kb_fail(&why, KB_ERR_SYSTEM, "%s", cache.why);
    else if (!kb_cache_drop_token(&cache, &key, &any, &dropped, &why) &&
             !kb_cache_drop_outcome(&cache, &key, &why))
        return KB_OK;
    kb_buf_fmt(&text, "its token may still be in the cache, until keybearer lock (%s)", why.msg);
    return kb_pairs_add(report, "left_behind", kb_buf_text(&text), err);
}

/* The profile is out of the configuration, and its client could not be removed. */
static enum kb_err put_back(struct config_file *file, struct kb_file_draft *as_it_was,
    const struct kb_profile *profile, struct kb_error *err)
{
    char cause[sizeof(err->msg)];

    if (!config_file_commit(file, as_it_was, NULL))
        return err->code;
    snprintf(cause, sizeof(cause), "%s", err->msg);
    kb_fail(err, err->code, "profile %s is removed, but its client may be left: %s", profile->name,
        cause);
    return kb_hint(err, owns_orphans() ? "keybearer remove %s" : "add %s again, then remove it",
        profile->name);
}

static enum kb_err remove_profile(const struct kb_profile *profile, struct config_file *file,
    struct kb_pairs *report, struct kb_error *err)
{
    KB_AUTO(kb_file_discard) struct kb_file_draft without = KB_FILE_DRAFT_INIT;
    KB_AUTO(kb_file_discard) struct kb_file_draft as_it_was = KB_FILE_DRAFT_INIT;
    enum kb_err rc = config_file_draft_removal(file, profile->name, &without, &as_it_was, err);

    if (!rc)
        rc = config_file_commit(file, &without, err);
    if (rc)
        return rc;
    if (remove_client(profile, err))
        return put_back(file, &as_it_was, profile, err);
    return forget_token(profile, report, err);
}

enum kb_err helper_remove(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err)
{
    KB_AUTO(config_file_close) struct config_file file = CONFIG_FILE_INIT;
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    const struct kb_profile *profile;
    enum kb_err rc;

    if (argc != 1)
        return kb_fail(err, KB_ERR_USAGE, "one profile name is needed");
    rc = confine(
        &(struct needs){.cache = NEED_CHANGE, .vault = NEED_CHANGE, .config = NEED_CHANGE}, err);
    if (!rc)
        rc = wake_store(argv[0], err);
    if (!rc)
        rc = config_file_open(&file, err);
    if (!rc)
        rc = kb_config_load_profile(argv[0], &config, &profile, err);
    if (!rc)
        rc = remove_profile(profile, &file, &frame->report, err);
    else if (rc == KB_ERR_NOT_FOUND)
        rc = remove_orphan(argv[0], err);
    if (rc)
        return rc;
    return kb_pairs_add(&frame->report, "note",
        "A token that was already issued stays valid at the provider until it expires.", err);
}
