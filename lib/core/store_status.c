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

const char *kb_say_store(const char *store)
{
    return strcmp(store, "sealed-file") == 0 ? "the vault (sealed-file)"
                                             : "the keyring (secret-service)";
}

const char *kb_level_name(enum kb_store_level level)
{
    return level_names[level];
}
