/*
 * Looking into lists of pairs.
 */
#ifndef KB_TESTS_PAIRS_H
#define KB_TESTS_PAIRS_H

#include "base/strings.h"

#include <string.h>

/* The value of the first pair of that name, or NULL. */
static inline const char *value_of(const struct kb_pairs *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i].name, name) == 0)
            return list->items[i].value;
    }
    return NULL;
}

#endif
