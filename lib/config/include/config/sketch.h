/*
 * The names and addresses in a configuration, read in one pass and without judgement: for
 * completion, which may cost little, and must not fail where a setting is wrong.
 */
#ifndef KB_CONFIG_SKETCH_H
#define KB_CONFIG_SKETCH_H

#include <stdbool.h>
#include <stddef.h>

/* Told of the profile NAME and of one ADDRESS of it, as the file writes that; "": it has none. */
typedef void kb_config_see(const char *name, const char *address, void *data);

/*
 * Calls SEE with DATA for each "match" of each profile, in the order of the file, once at least
 * for a profile. What is no name of a profile is left out, and so is an address with an escape,
 * or with what is no visible ASCII. Presets are not looked at: an address that a preset makes is
 * not told. Blanks the comments of the LEN bytes at TEXT. False: the text is not made of JSON's
 * tokens, or does not close what it opens; then what SEE was told is worth nothing.
 */
bool kb_config_sketch(char *text, size_t len, kb_config_see *see, void *data);

/* The same of the configuration at its usual path; false, too, where none may be read. */
bool kb_config_sketch_usual(kb_config_see *see, void *data);

#endif
