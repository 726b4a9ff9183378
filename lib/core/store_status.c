/*
 * Levels of protection by name.
 */
#include "core/store_status.h"

#include <string.h>

static const char *const level_names[] = {
    [KB_STORE_UNKNOWN] = "unknown",
    [KB_STORE_WEAK] = "weak",
    [KB_STORE_STRONG] = "strong",
};

bool kb_is_vault(const char *store)
{
    return strcmp(store, "sealed-file") == 0;
}

/* Another release may know more of them. */
const char *kb_say_store(const char *store)
{
    if (kb_is_vault(store))
        return "the vault (sealed-file)";
    return strcmp(store, "secret-service") == 0 ? "the keyring (secret-service)" : store;
}

const char *kb_level_name(enum kb_store_level level)
{
    return level_names[level];
}
