/*
 * OAuth clients among the entries of a file: an id and a secret that belong together by their
 * names, and the provider, as far as the names or an address beside them say who that is.
 */
#ifndef KB_LOOSE_CLIENT_H
#define KB_LOOSE_CLIENT_H

#include "config/preset.h"
#include "loose/entry.h"

#include <stdbool.h>
#include <stddef.h>

#define KB_LOOSE_CLIENTS_MAX 16
#define KB_LOOSE_HOST_MAX 256
#define KB_LOOSE_VALUE_MAX 8192 /* bytes of an id or a secret */

struct kb_loose_client {
    const struct kb_loose_entry *of_id, *of_secret; /* of the entries */
    const struct kb_preset *preset;                 /* or NULL */
    const char *key; /* of a setting that an entry gives: "environment",
                        "host"; or NULL */
    char value[KB_LOOSE_HOST_MAX];
    char name[KB_PROFILE_NAME_MAX + 1]; /* that its profile may have; no two have the same */
};

/* What looks like half of a client, and is none. */
struct kb_loose_doubt {
    const struct kb_loose_entry *entry;
    const char *why; /* completes "NAME ..." */
};

struct kb_loose_clients {
    struct kb_loose_client items[KB_LOOSE_CLIENTS_MAX];
    size_t count;
    struct kb_loose_doubt doubts[KB_LOOSE_CLIENTS_MAX];
    size_t doubt_count;
    size_t left_out; /* doubts for which there was no room */
};

/* Whether the LEN bytes at NAME call a client's id or its secret. */
bool kb_loose_is_half(const char *name, size_t len);

/* Whether the LEN bytes at NAME call a client's id, or what a preset gives programs to read. */
bool kb_loose_belongs_to_client(const char *name, size_t len);

/* Fills *RET, which points into ENTRIES; TEXT is what they were found in. */
void kb_loose_find_clients(
    const char *text, const struct kb_loose_entries *entries, struct kb_loose_clients *ret);

#endif
