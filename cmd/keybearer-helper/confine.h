/*
 * What a verb may still touch once it is confined (base/landlock.h). Each verb confines
 * itself before it reads a secret, talks to a service, or asks a person.
 */
#ifndef KB_HELPER_CONFINE_H
#define KB_HELPER_CONFINE_H

#include "base/attr.h"
#include "base/error.h"

#include <stdbool.h>

enum need {
    NEED_NOTHING,
    NEED_READ,
    NEED_CHANGE, /* its files; it is there, or there is nothing to change */
    NEED_MAKE,   /* the same, and the directory is made first if it is missing */
};

struct needs {
    enum need cache;
    enum need vault;
    enum need clients; /* the folder of cards */
    enum need config;
    bool terminal;    /* asks there */
    const char *file; /* one more file to read: certificate authorities, a key file; or NULL */
};

/*
 * KB_OK also where the kernel has no Landlock (`doctor` says so). Fails where a directory
 * cannot be made, or the kernel refuses.
 */
KB_CHECKED enum kb_err confine(const struct needs *needs, struct kb_error *err);

#endif
