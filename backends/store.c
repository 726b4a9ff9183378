/*
 * Finding a store by its name. Which stores a program knows is the table it is linked with
 * (stores_all.c, stores_sealed.c).
 */
#include "backends/store.h"

#include "stores.h"

#include <string.h>

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
