/*
 * Finding a store by its name. Which stores a program knows is the table it is linked with
 * (stores_all.c, stores_sealed.c).
 */
#include "backends/store.h"

#include "stores.h"

#include <string.h>

const struct kb_store *kb_store_find(const char *name)
{
    for (const struct kb_store *const *store = kb_stores; *store; store++)
        if (strcmp((*store)->name, name) == 0)
            return *store;
    return NULL;
}
