/*
 * The table of secret stores. There is no plaintext store, so nothing can fall back to one.
 */
#include "backends/store.h"

#include "stores.h"

#include <string.h>

static const struct kb_store *const stores[] = {
    &kb_store_secret_service,
    &kb_store_sealed_file,
};

static const char *const level_names[] = {
    [KB_STORE_STRONG] = "strong",
    [KB_STORE_WEAK] = "weak",
    [KB_STORE_UNKNOWN] = "unknown",
};

const struct kb_store *kb_store_find(const char *name)
{
    for (size_t i = 0; i < KB_COUNT(stores); i++)
        if (strcmp(stores[i]->name, name) == 0)
            return stores[i];
    return NULL;
}

const struct kb_store *const *kb_stores(size_t *ret_count)
{
    *ret_count = KB_COUNT(stores);
    return stores;
}

const char *kb_store_level_name(enum kb_store_level level)
{
    return level_names[level];
}

const char *kb_store_default(struct kb_deadline deadline)
{
    return kb_secret_service_answers(deadline) ? kb_store_secret_service.name
                                               : kb_store_sealed_file.name;
}
