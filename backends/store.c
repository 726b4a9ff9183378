/*
 * Finding a store by its name, and what concerns both clients it may hold for a profile. Which
 * stores a program knows is the table it is linked with (stores_all.c, stores_sealed.c).
 */
#include "backends/store.h"

#include <string.h>

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

static struct kb_store_context for_former(const struct kb_store_context *context)
{
    struct kb_store_context former = *context;

    former.former = true;
    return former;
}

enum kb_err kb_store_load(const struct kb_store *store, const struct kb_store_context *context,
    struct kb_client *ret, struct kb_error *err)
{
    struct kb_store_context former = for_former(context);
    enum kb_err rc = store->load(context, ret, err);

    return rc == KB_ERR_DENIED && !store->load(&former, ret, NULL) ? KB_OK : rc;
}

enum kb_err kb_store_remove(
    const struct kb_store *store, const struct kb_store_context *context, struct kb_error *err)
{
    struct kb_store_context former = for_former(context);
    struct kb_error why = KB_ERROR_INIT;
    enum kb_err of_former = store->remove(&former, &why);
    enum kb_err rc = of_former;

    if (!rc || rc == KB_ERR_NOT_FOUND)
        rc = store->remove(context, &why);
    if (rc == KB_ERR_NOT_FOUND && !of_former)
        return KB_OK;
    if (rc && err)
        *err = why;
    return rc;
}

const char *kb_store_level_name(enum kb_store_level level)
{
    return level_names[level];
}
