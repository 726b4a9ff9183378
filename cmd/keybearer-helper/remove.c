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
 * An `add` that was killed half way leaves a client without a profile, in whichever store.
 * True when one was found; a store that cannot be asked has none that it could give away.
 */
static bool remove_orphan(const char *name)
{
    struct kb_store_context context = {
        .profile = name,
        .interactive = true,
        .deadline = kb_deadline_in_ms(STORE_MS),
    };
    size_t count;
    const struct kb_store *const *stores = kb_stores(&count);
    bool removed = false;

    for (size_t i = 0; kb_profile_name_ok(name) && i < count; i++) {
        if (!kb_store_remove(stores[i], &context, NULL))
            removed = true;
    }
    return removed;
}

static void forget_token(const struct kb_profile *profile)
{
    static const struct kb_secret any = KB_SECRET_INIT;
    KB_AUTO(kb_cache_close) struct kb_cache cache = KB_CACHE_INIT;
    struct kb_cache_key key = kb_cache_key_for_profile(profile);
    bool dropped;

    kb_cache_open(&cache);
    KB_IGNORE(kb_cache_drop_token(&cache, &key, &any, &dropped, NULL));
    KB_IGNORE(kb_cache_drop_outcome(&cache, &key, NULL));
}

/* The profile is out of the configuration, and its client could not be removed. */
static enum kb_err put_back(
    struct kb_file_draft *as_it_was, const struct kb_profile *profile, struct kb_error *err)
{
    char cause[sizeof(err->msg)];

    if (!kb_file_commit(as_it_was, NULL))
        return err->code;
    snprintf(cause, sizeof(cause), "%s", err->msg);
    kb_fail(err, err->code, "profile %s is removed, but its client may be left: %s", profile->name,
        cause);
    return kb_hint(err, "keybearer remove %s", profile->name);
}

static enum kb_err remove_profile(
    const struct kb_profile *profile, const struct config_file *file, struct kb_error *err)
{
    KB_AUTO(kb_file_discard) struct kb_file_draft without = KB_FILE_DRAFT_INIT;
    KB_AUTO(kb_file_discard) struct kb_file_draft as_it_was = KB_FILE_DRAFT_INIT;
    enum kb_err rc = config_file_draft_removal(file, profile->name, &without, &as_it_was, err);

    if (!rc)
        rc = kb_file_commit(&without, err);
    if (rc)
        return rc;
    if (remove_client(profile, err))
        return put_back(&as_it_was, profile, err);
    forget_token(profile);
    return KB_OK;
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
        rc = remove_profile(profile, &file, err);
    else if (rc == KB_ERR_NOT_FOUND && remove_orphan(argv[0]))
        rc = KB_OK;
    if (rc)
        return rc;
    return kb_pairs_add(&frame->report, "note",
        "A token that was already issued stays valid at the provider until it expires.", err);
}
