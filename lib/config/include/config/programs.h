/*
 * Programs without a protocol, and the variables that they read: `run --for`. A row holds only what
 * the program documents, and only what no person has to name.
 */
#ifndef KB_CONFIG_PROGRAMS_H
#define KB_CONFIG_PROGRAMS_H

#include "base/error.h"
#include "config/variables.h"
#include "core/profile.h"

#include <stddef.h>

#define KB_PROGRAM_VARIABLES_MAX 6

struct kb_known_program {
    const char *name;
    const char *title;
    struct {
        const char *name; /* NULL: there is none. "{host}" in it: the host, as terraform has it */
        const char *text; /* a template; NULL: the path of the token's file */
    } variables[KB_PROGRAM_VARIABLES_MAX];
    /* Only for this host and those below it; NULL: for those that no earlier row is for. */
    const char *domain;
    const char *per_registry; /* what of its texts stands there for each registry; or NULL */
    const char *refused;      /* bytes that no token for it may have; or NULL */
};

/* All of them, in alphabetical order. */
const struct kb_known_program *kb_known_programs(size_t *ret_count);

/*
 * Adds the variables of the program NAME, for PROFILE. KB_ERR_USAGE: it is not known.
 * KB_ERR_CONFIG: it cannot be told of the profile's host, or there is none.
 */
KB_CHECKED enum kb_err kb_known_program_put(struct kb_variables *list, const char *name,
    const struct kb_profile *profile, struct kb_error *err);

#endif
