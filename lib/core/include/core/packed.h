/*
 * A variable on its way from `run` to `exec`, which finishes it: an entry of the environment that
 * neither the loader nor a library takes for the variable. Pure.
 *
 *     \003 NAME=EXPANDED   the variable; kb_template_finish() gives its value
 *     \003 NAME            there is to be no such variable
 */
#ifndef KB_CORE_PACKED_H
#define KB_CORE_PACKED_H

#include "base/buf.h"

#include <stdbool.h>

/* The kernel takes no longer entry, with its NUL (MAX_ARG_STRLEN). */
#define KB_ENTRY_MAX 131071

/* Appends NAME and EXPANDED, which is NULL where there is to be none. */
void kb_packed_put(const char *name, const char *expanded, struct kb_buf *out);

/*
 * The parts of ENTRY; false: it is none of these. The caller frees *RET_NAME; *RET_EXPANDED is in
 * ENTRY, or NULL.
 */
bool kb_packed_take(const char *entry, char **ret_name, const char **ret_expanded);

#endif
