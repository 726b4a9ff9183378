/*
 * The table of verbs: what exists, what it takes, what it is for. `help` prints it.
 * The protocols' verbs stand in lib/proto's own table.
 */
#include "front.h"

#include <string.h>

static const struct verb table[] = {
    {"add",
        "NAME [--preset P] [--host H | --environment E] [--token-url URL] [--match URL]...\n"
        "        [--store secret-service|sealed-file] [--client-auth METHOD] [--scope S]...",
        "store an OAuth client and prove it with one exchange", verb_add},
    {"remove", "NAME", "remove a profile, its client and its cached token", verb_remove},
    {"show", "NAME [--json]", "show one profile", verb_show},
    {"list", "[--json]", "list the profiles", verb_list},
    {"status", "[NAME] [--json]", "stores, tokens, last errors and rate limits", verb_status},
    {"run", "[--token-only] PROFILE -- COMMAND...",
        "run a command with the token in its environment", verb_run},
    {"unlock", "[PROFILE] [--ttl TIME] [--passphrase-stdin]", "open the sealed vault, or a keyring",
        verb_unlock},
    {"lock", "", "lock the vault and forget every cached token", verb_lock},
    {"passwd", "[--key-file FILE] [--passphrase-stdin]", "change what opens the sealed vault",
        verb_passwd},
    {"forget", "NAME", "drop the cached token", verb_forget},
    {"refresh", "NAME", "fetch a new token now", verb_refresh},
    {"version", "", "show the version", verb_version},
    {"help", "[COMMAND]", "show this, or how to use one command", verb_help},
};

const struct verb *verb_find(const char *name)
{
    for (size_t i = 0; i < KB_COUNT(table); i++) {
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return verb_find("help");
    return strcmp(name, "--version") == 0 ? verb_find("version") : NULL;
}

const struct verb *verbs(size_t *ret_count)
{
    *ret_count = KB_COUNT(table);
    return table;
}
