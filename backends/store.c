/*
 * Finding a store by its name, and what concerns both clients it may hold for a profile. Which
 * stores a program knows is the table it is linked with (stores_all.c, stores_sealed.c).
 */
#include "backends/store.h"

#include "stores.h"

#include <string.h>

/* A call that may not prompt has no person to wait for. */
#define QUIET_WAIT_MS 5000

static const char *const level_names[] = {
    [KB_STORE_STRONG] = "strong",
    [KB_STORE_WEAK] = "weak",
    [KB_STORE_UNKNOWN] = "unknown",
};

const struct kb_store *kb_store_find(const char *name)
{
    size_t count;
    const struct kb_store *const *stores = kb_stores(&count);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(stores[i]->name, name) == 0)
            return stores[i];
    }
    return NULL;
}

struct kb_deadline kb_store_quiet_deadline(const struct kb_store_context *context)
{
    struct kb_deadline quiet = kb_deadline_in_ms(QUIET_WAIT_MS);

    return context->deadline.at_ms < quiet.at_ms ? context->deadline : quiet;
}

enum kb_err kb_store_check_origin(
    const struct kb_store_context *context, const char *stored_url, struct kb_error *err)
{
    return context->any_origin
               ? KB_OK
               : kb_client_check_bound(stored_url, context->token_url, context->profile, err);
}

static struct kb_store_context for_former(const struct kb_store_context *context)
{
    struct kb_store_context former = *context;

    former.former = true;
    return former;
}

/* Whether nothing but its origin keeps the profile from the client in use. */
static bool is_bound_elsewhere(const struct kb_store *store, const struct kb_store_context *context)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    struct kb_store_context quiet = *context;
    struct kb_error why = KB_ERROR_INIT;
    enum kb_err rc;

    quiet.interactive = false;
    if (store->load(&quiet, &client, &why) != KB_ERR_DENIED)
        return false;
    quiet.any_origin = true;
    rc = store->load(&quiet, &client, &why);
    return rc == KB_OK || rc == KB_ERR_LOCKED;
}

enum kb_err kb_store_load(const struct kb_store *store, const struct kb_store_context *context,
    struct kb_client *ret, struct kb_error *err)
{
    struct kb_store_context former = for_former(context);
    struct kb_error why = KB_ERROR_INIT, why_former = KB_ERROR_INIT;
    enum kb_err rc = store->load(context, ret, &why), of_former;

    if (rc == KB_ERR_DENIED && is_bound_elsewhere(store, context)) {
        of_former = store->load(&former, ret, &why_former);
        if (of_former != KB_ERR_NOT_FOUND && of_former != KB_ERR_DENIED) {
            rc = of_former;
            why = why_former;
        }
    }
    if (rc && err)
        *err = why;
    return rc;
}

enum kb_err kb_store_remove(
    const struct kb_store *store, const struct kb_store_context *context, struct kb_error *err)
{
    const struct kb_store_context former = for_former(context);
    bool former_fits = context->token_url && is_bound_elsewhere(store, context);
    struct kb_error why = KB_ERROR_INIT;
    enum kb_err of_first = store->remove(former_fits ? context : &former, &why);
    enum kb_err rc = of_first;

    if (!rc || rc == KB_ERR_NOT_FOUND)
        rc = store->remove(former_fits ? &former : context, &why);
    if (rc == KB_ERR_NOT_FOUND && !of_first)
        return KB_OK;
    if (rc && err)
        *err = why;
    return rc;
}

const char *kb_store_level_name(enum kb_store_level level)
{
    return level_names[level];
}
