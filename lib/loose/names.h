/*
 * Names byte by byte, as JSON and TOML may write them.
 */
#ifndef KB_LOOSE_NAMES_H
#define KB_LOOSE_NAMES_H

/*
 * The character at *AT, before END, which moves behind it: what a \u005f stands for, if that is
 * ASCII, and else what follows the backslash.
 */
char take_character(const char **at, const char *end);

#endif
