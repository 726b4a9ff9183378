/*
 * Whose client it is: what the presets' own variables say, where they stand beside it.
 */
#ifndef KB_LOOSE_ENDPOINT_H
#define KB_LOOSE_ENDPOINT_H

#include "loose/client.h"

/* Whether a preset has a variable of that name for programs to read. */
bool endpoint_is_variable(const char *name, size_t len);

/* Fills the preset, and a setting, of CLIENT, whose id and secret are there. */
void endpoint_find(
    const char *text, const struct kb_loose_entries *entries, struct kb_loose_client *client);

#endif
