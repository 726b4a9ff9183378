/*
 * What a secret store says about itself: to the helper that asks it, and to the front in a report.
 */
#ifndef KB_CORE_STORE_STATUS_H
#define KB_CORE_STORE_STATUS_H

#include <stdbool.h>
#include <stdint.h>

/* How well the store protects what it keeps. Who was told nothing does not know. */
enum kb_store_level {
    KB_STORE_UNKNOWN, /* a Secret Service, or a key file, that we cannot look at from here */
    KB_STORE_WEAK,    /* encrypted, but the key lies within reach (a key file on the same disk) */
    KB_STORE_STRONG,  /* encrypted at rest, as far as we can see */
};

struct kb_store_status {
    enum kb_store_level level;
    bool present;  /* a client is stored for the profile */
    uint64_t mark; /* of that client: another one, stored later, has another, as far as is known */
    bool unseen;   /* it is locked, and does not show whether there is a client */
    bool locked;
    bool refused;     /* it keeps secrets in clear, so nothing is stored in it or read from it */
    bool in_clear;    /* the client passes the session bus unencrypted when it is read */
    bool broken;      /* it is locked, and as it is set up, nothing unlocks it */
    char detail[256]; /* one line for people: collection, daemon, what keeps it shut; or empty */
    char next[512];   /* what unlocks it, when there is more to say than `unlock`; or empty */
};

/* Whether the STORE that a setting or a card names is the vault; else it is a keyring. */
bool kb_is_vault(const char *store);

/* What people call the STORE that a setting or a card names, and that name; alone, if unknown. */
const char *kb_say_store(const char *store);

/* "strong", "weak", "unknown". */
const char *kb_level_name(enum kb_store_level level);

#endif
