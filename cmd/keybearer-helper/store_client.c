/*
 * Storing a client together with its profile: afterwards both are new, or both are as they
 * were; and killed at any moment, the profile has a client that fits it. Must never replace a
 * client that the profile can use and that cannot be put back: what cannot be read now is an
 * error, and what can fail for want of room is done before the client is stored.
 */
#include "helper.h"

#include "config_file.h"

#include <string.h>

/* What the name stood for before. */
struct former {
    struct kb_config config;
    const struct kb_profile *profile; /* NULL: there was none */
    struct kb_client client;          /* in the new profile's store; only if it could be read */
    bool known;                       /* it could, or nothing was stored */
};

static void clear(struct former *former)
{
    kb_config_clear(&former->config);
    kb_client_clear(&former->client);
}

static const struct kb_store *store_of(const struct kb_profile *profile)
{
    return kb_store_find(profile->store);
}

static bool is_elsewhere(const struct former *former, const struct kb_profile *fresh)
{
    return former->profile && strcmp(former->profile->store, fresh->store) != 0;
}

/* By the settings of which profile the old client is found. */
static struct kb_store_context context_of_old(
    const struct former *former, const struct kb_profile *fresh, bool interactive)
{
    return helper_context(former->profile ? former->profile : fresh, interactive);
}

/* One that is damaged or refused (open to others, for another endpoint) serves nobody. */
static enum kb_err remember_client(
    struct former *former, const struct kb_profile *fresh, struct kb_error *err)
{
    struct kb_store_context context = context_of_old(former, fresh, true);
    struct kb_error why = KB_ERROR_INIT;
    enum kb_err rc = kb_store_load(store_of(fresh), &context, &former->client, &why);

    former->known = rc == KB_OK || rc == KB_ERR_NOT_FOUND;
    if (former->known || rc == KB_ERR_CORRUPT || rc == KB_ERR_DENIED)
        return KB_OK;
    if (err)
        *err = why;
    return rc;
}

/* In another store, the client stays until the configuration names the new one. */
static enum kb_err remember(
    struct former *former, const struct kb_profile *fresh, struct kb_error *err)
{
    struct kb_error why = KB_ERROR_INIT;
    enum kb_err rc = kb_config_load_profile(fresh->name, &former->config, &former->profile, &why);

    if (rc)
        former->profile = NULL;
    if (rc && rc != KB_ERR_NOT_FOUND && rc != KB_ERR_CONFIG) {
        if (err)
            *err = why;
        return rc;
    }
    return is_elsewhere(former, fresh) ? KB_OK : remember_client(former, fresh, err);
}

/* A client for a profile as it is: that must still be what the client was proved with. */
static enum kb_err check_same(
    const struct former *former, const struct kb_profile *plan, struct kb_error *err)
{
    struct kb_cache_key planned = kb_cache_key_for_profile(plan), now;

    if (former->profile) {
        now = kb_cache_key_for_profile(former->profile);
        if (memcmp(planned.bytes, now.bytes, sizeof(now.bytes)) == 0)
            return KB_OK;
    }
    kb_fail(err, KB_ERR_CONFIG, "the settings of profile %s changed meanwhile", plan->name);
    return kb_hint(err, "run the command again");
}

/* The old client's place beside the one in use. */
static struct kb_store_context beside(struct kb_store_context context)
{
    context.former = true;
    return context;
}

/* Whether the old profile could do nothing with the new client, which goes to another endpoint. */
static bool moves_away(const struct former *former, const struct kb_profile *fresh)
{
    return former->profile && former->client.token_url && !is_elsewhere(former, fresh) &&
           kb_client_check_bound(
               former->client.token_url, fresh->token_url_text, fresh->name, NULL) != KB_OK;
}

/* Until the configuration names the new endpoint, it needs the old client. */
static enum kb_err keep_beside(
    const struct former *former, const struct kb_profile *fresh, struct kb_error *err)
{
    struct kb_store_context context;

    if (!moves_away(former, fresh))
        return KB_OK;
    context = beside(helper_context(former->profile, true));
    return store_of(fresh)->save(&context, &former->client, err);
}

/* The configuration was not written: the store must say again what it said. Asks nobody more. */
static void take_back(const struct former *former, const struct kb_profile *fresh)
{
    struct kb_store_context context = context_of_old(former, fresh, false);

    if (is_elsewhere(former, fresh) || (former->known && !former->client.token_url))
        KB_IGNORE(store_of(fresh)->remove(&context, NULL));
    else if (former->known)
        KB_IGNORE(store_of(fresh)->save(&context, &former->client, NULL));
}

/* After a failure: the copy beside goes only when the old client is certainly in use again. */
static void drop_copy(const struct former *former, const struct kb_profile *fresh)
{
    KB_AUTO(kb_client_clear) struct kb_client in_use = KB_CLIENT_INIT;
    struct kb_store_context context, copy;

    if (!moves_away(former, fresh))
        return;
    context = helper_context(former->profile, false);
    copy = beside(context);
    if (!store_of(fresh)->load(&context, &in_use, NULL))
        KB_IGNORE(store_of(fresh)->remove(&copy, NULL));
}

/* Both new, or both old. Without a draft only the client is new. */
static enum kb_err replace(const struct former *former, const struct kb_profile *fresh,
    const struct kb_client *client, struct config_file *file, struct kb_file_draft *draft,
    struct kb_error *err)
{
    struct kb_store_context context = helper_context(fresh, true);
    enum kb_err rc = store_of(fresh)->save(&context, client, err);

    if (!rc && draft->dirfd >= 0) {
        rc = config_file_commit(file, draft, err);
        if (rc)
            take_back(former, fresh);
    }
    return rc;
}

/* What was replaced must not stay behind: the copy, and what is in the store of before. */
static void clear_out(
    const struct former *former, const struct kb_profile *fresh, struct kb_error *ret_left)
{
    struct kb_store_context copy = beside(helper_context(fresh, true)), context;
    struct kb_error cause = KB_ERROR_INIT;
    const char *store = fresh->store;
    enum kb_err rc = store_of(fresh)->remove(&copy, &cause);

    if ((!rc || rc == KB_ERR_NOT_FOUND) && is_elsewhere(former, fresh)) {
        context = helper_context(former->profile, true);
        store = former->profile->store;
        rc = kb_store_remove(store_of(former->profile), &context, &cause);
    }
    if (rc && rc != KB_ERR_NOT_FOUND)
        kb_fail(ret_left, rc, "the former client of %s may still be in %s (%s)", fresh->name, store,
            cause.msg);
}

static enum kb_err store(const struct kb_profile *profile, const struct kb_client *client,
    const char *object, struct config_file *file, struct kb_error *ret_left, struct kb_error *err)
{
    KB_AUTO(clear) struct former former = {0};
    KB_AUTO(kb_file_discard) struct kb_file_draft draft = KB_FILE_DRAFT_INIT;
    enum kb_err rc = remember(&former, profile, err);

    if (!rc)
        rc = *object ? config_file_draft(file, profile->name, object, &draft, err)
                     : check_same(&former, profile, err);
    if (rc)
        return rc;
    rc = keep_beside(&former, profile, err);
    if (!rc)
        rc = replace(&former, profile, client, file, &draft, err);
    if (rc)
        drop_copy(&former, profile);
    else
        clear_out(&former, profile, ret_left);
    return rc;
}

enum kb_err store_client(const struct kb_profile *profile, const struct kb_client *client,
    const char *object, struct kb_error *ret_left, struct kb_error *err)
{
    KB_AUTO(config_file_close) struct config_file file = CONFIG_FILE_INIT;
    enum kb_err rc = config_file_open(&file, err);

    return rc ? rc : store(profile, client, object, &file, ret_left, err);
}
