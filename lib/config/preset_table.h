/*
 * The table that cmake/presets.cmake makes of presets/NAME.json, packed: a pointer a preset. As
 * structs of pointers it would cost the loader, at each start of the front, what a cached token
 * should not. Private to preset.c and preset_table.c.
 */
#ifndef KB_CONFIG_PRESET_TABLE_H
#define KB_CONFIG_PRESET_TABLE_H

#include "config/preset.h"

struct kb_preset_row {
    const char *texts; /* one behind the other, each with its NUL; an empty one is none */
    unsigned short values, needs, hosts, headers, env, hints, sources; /* how many */
    bool client_cert;
};

/* In alphabetical order. */
extern const struct kb_preset_row kb_preset_rows[];
extern const size_t kb_preset_row_count;
extern struct kb_preset kb_preset_slots[]; /* of each row, once it was wanted */

/* The preset of row NUMBER. It lives as long as the process. */
const struct kb_preset *kb_preset_at(size_t number);

#endif
