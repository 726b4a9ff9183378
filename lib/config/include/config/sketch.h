/*
 * The names and addresses in a configuration, read in one pass and without judgement: for
 * completion, which may cost little, and must not fail where a setting is wrong.
 */
#ifndef KB_CONFIG_SKETCH_H
#define KB_CONFIG_SKETCH_H

#include "base/strings.h"

#include <stddef.h>

/*
 * *RET, which is empty, gets a pair for each "match" of each profile: its name, and the address as
 * the file writes it. A profile without one has a pair with the address "". It stays empty where
 * the text is not made of JSON's tokens, or does not close what it opens. What is no name of a
 * profile is left out, and so is an address with an escape, or with what is no visible ASCII.
 * Presets are not looked at: an address that a preset makes is not there. Blanks the comments of
 * the LEN bytes at TEXT.
 */
void kb_config_sketch(char *text, size_t len, struct kb_pairs *ret);

/* The same of the configuration at its usual path; nothing where there is none that may be read. */
void kb_config_sketch_usual(struct kb_pairs *ret);

#endif
