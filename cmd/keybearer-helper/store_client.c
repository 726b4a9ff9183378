/*
 * Storing a client together with its profile: afterwards both are new, or both are as they
 * were; and killed at any moment, the profile has a client that fits it. Must never remove a
 * client that it cannot put back: what can fail for want of room is done before the client is
 * stored.
 */
#include "helper.h"

#include "config_file.h"

#include <string.h>

/* What the name stood for before. */
struct former {
    struct kb_config config;
    const struct kb_profile *profile; /* NULL: there was none */
    struct kb_client client;          /* only if it could be read */
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

/* Bound to the endpoint of its time: the new one would be refused. */
static void remember(struct former *former, const struct kb_profile *fresh)
{
    struct kb_store_context context;
    struct kb_error why = KB_ERROR_INIT;
    enum kb_err rc;

    if (kb_config_load_profile(fresh->name, &former->config, &former->profile, NULL))
        former->profile = NULL;
    context = helper_context(former->profile ? former->profile : fresh, true);
    rc = kb_store_load(
        store_of(former->profile ? former->profile : fresh), &context, &former->client, &why);
    former->known = rc == KB_OK || rc == KB_ERR_NOT_FOUND;
}

static bool is_elsewhere(const struct former *former, const struct kb_profile *fresh)
{
    return former->profile && strcmp(former->profile->store, fresh->store) != 0;
}

/* The old client's place beside the one in use. */
static struct kb_store_context context_beside(const struct kb_profile *profile)
{
    struct kb_store_context context = helper_context(profile, true);

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
    context = context_beside(former->profile);
    return store_of(fresh)->save(&context, &former->client, err);
}

/* The configuration was not written: the store must say again what it said. */
static void take_back(const struct former *former, const struct kb_profile *fresh)
{
    struct kb_store_context context = helper_context(fresh, true);

    if (is_elsewhere(former, fresh) || (former->known && !former->client.token_url)) {
        KB_IGNORE(store_of(fresh)->remove(&context, NULL));
    } else if (former->known) {
        context = helper_context(former->profile ? former->profile : fresh, true);
        KB_IGNORE(store_of(fresh)->save(&context, &former->client, NULL));
    }
}

/* After a failure: the copy beside goes only when the old client is certainly in use again. */
static void drop_copy(const struct former *former, const struct kb_profile *fresh)
{
    KB_AUTO(kb_client_clear) struct kb_client in_use = KB_CLIENT_INIT;
    struct kb_store_context beside = context_beside(fresh);
    struct kb_store_context context;

    if (!moves_away(former, fresh))
        return;
    context = helper_context(former->profile, true);
    if (!store_of(fresh)->load(&context, &in_use, NULL))
        KB_IGNORE(store_of(fresh)->remove(&beside, NULL));
}

/* Both new, or both old. Without a draft only the client is new. */
static enum kb_err replace(const struct former *former, const struct kb_profile *fresh,
    const struct kb_client *client, struct kb_file_draft *draft, struct kb_error *err)
{
    struct kb_store_context context = helper_context(fresh, true);
    enum kb_err rc = store_of(fresh)->save(&context, client, err);

    if (!rc && draft->dirfd >= 0) {
        rc = kb_file_commit(draft, err);
        if (rc)
            take_back(former, fresh);
    }
    if (rc)
        drop_copy(former, fresh);
    return rc;
}

/*
 * What was replaced must not stay behind, in this store or in the one of before. False when
 * it does, or may do; WHY then says so.
 */
static bool clear_out(
    const struct former *former, const struct kb_profile *fresh, struct kb_error *why)
{
    const struct kb_profile *old = is_elsewhere(former, fresh) ? former->profile : fresh;
    struct kb_store_context context = helper_context(old, true);
    struct kb_store_context beside = context_beside(old);
    struct kb_error cause = KB_ERROR_INIT;
    enum kb_err rc;

    if (old != fresh)
        rc = kb_store_remove(store_of(old), &context, &cause);
    else
        rc = store_of(old)->remove(&beside, &cause);
    if (!rc || rc == KB_ERR_NOT_FOUND)
        return true;
    kb_fail(why, rc, "the client that was in %s may still be there (%s)", old->store, cause.msg);
    return false;
}

static enum kb_err store(const struct kb_profile *profile, const struct kb_client *client,
    const char *object, const struct config_file *file, struct kb_error *ret_left,
    struct kb_error *err)
{
    KB_AUTO(clear) struct former former = {0};
    struct kb_error left = KB_ERROR_INIT;
    KB_AUTO(kb_file_discard) struct kb_file_draft draft = KB_FILE_DRAFT_INIT;
    enum kb_err rc = KB_OK;

    remember(&former, profile);
    if (*object)
        rc = config_file_draft(file, profile->name, object, &draft, err);
    if (!rc)
        rc = keep_beside(&former, profile, err);
    if (!rc)
        rc = replace(&former, profile, client, &draft, err);
    if (!rc && !clear_out(&former, profile, &left))
        *ret_left = left;
    return rc;
}

enum kb_err store_client(const struct kb_profile *profile, const struct kb_client *client,
    const char *object, struct kb_error *ret_left, struct kb_error *err)
{
    KB_AUTO(config_file_close) struct config_file file = CONFIG_FILE_INIT;
    enum kb_err rc = config_file_open(&file, err);

    return rc ? rc : store(profile, client, object, &file, ret_left, err);
}
