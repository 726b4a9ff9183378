/*
 * Storing a client together with its profile: afterwards both are new, or both are as they
 * were. Must never remove a client that it cannot put back: what can fail for want of room is
 * done before the client is stored.
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
    rc = store_of(former->profile ? former->profile : fresh)->load(&context, &former->client, &why);
    former->known = rc == KB_OK || rc == KB_ERR_NOT_FOUND;
}

static bool is_elsewhere(const struct former *former, const struct kb_profile *fresh)
{
    return former->profile && strcmp(former->profile->store, fresh->store) != 0;
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

/*
 * The profile moved to another store: its old secret must not stay behind. False when it
 * does, or may do; WHY then says so.
 */
static bool clear_out(
    const struct former *former, const struct kb_profile *fresh, struct kb_error *why)
{
    struct kb_store_context context;
    struct kb_error cause = KB_ERROR_INIT;
    enum kb_err rc;

    if (!is_elsewhere(former, fresh))
        return true;
    context = helper_context(former->profile, true);
    rc = store_of(former->profile)->remove(&context, &cause);
    if (!rc || rc == KB_ERR_NOT_FOUND)
        return true;
    kb_fail(why, rc, "the client that was in %s may still be there (%s)", former->profile->store,
        cause.msg);
    return false;
}

static enum kb_err store(const struct kb_profile *profile, const struct kb_client *client,
    const char *object, const struct config_file *file, struct kb_error *ret_left,
    struct kb_error *err)
{
    KB_AUTO(clear) struct former former = {0};
    struct kb_error left = KB_ERROR_INIT;
    KB_AUTO(kb_file_discard) struct kb_file_draft draft = KB_FILE_DRAFT_INIT;
    struct kb_store_context context;
    enum kb_err rc = KB_OK;

    remember(&former, profile);
    if (*object)
        rc = config_file_draft(file, profile->name, object, &draft, err);
    context = helper_context(profile, true);
    if (!rc)
        rc = store_of(profile)->save(&context, client, err);
    if (rc || !*object)
        return rc;
    rc = kb_file_commit(&draft, err);
    if (rc)
        take_back(&former, profile);
    else if (!clear_out(&former, profile, &left))
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
