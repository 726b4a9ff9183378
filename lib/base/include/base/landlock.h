/*
 * Landlock (landlock(7)): a process gives up, until it ends, every path but those that it names.
 *
 * Mechanism only; what is named is the caller's decision. Executing a program, and making
 * or removing anything but a regular file, is given up everywhere; where the kernel can
 * do so, also truncating files, listening on TCP ports, control calls on devices, and
 * signals to processes that are not confined together with us.
 */
#ifndef KB_BASE_LANDLOCK_H
#define KB_BASE_LANDLOCK_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum kb_landlock_use {
    KB_LANDLOCK_LIST,    /* a directory's names, and nothing of what is behind them */
    KB_LANDLOCK_READ,    /* files and directories, for reading */
    KB_LANDLOCK_KEEP,    /* a directory whose files are read, made, written, renamed and removed */
    KB_LANDLOCK_REPLACE, /* the same, but what is in a file of it is not read */
    KB_LANDLOCK_TALK,    /* a device: read, write, control */
};

struct kb_landlock_place {
    const char *path; /* absolute; it and all below it */
    enum kb_landlock_use use;
};

/* Of more places than that, those that do not exist are not remembered for kb_landlock_hides(). */
enum { KB_LANDLOCK_PLACES_MAX = 64 };

/* The version of Landlock that the kernel offers; 0 where it has none or does not allow it. */
int kb_landlock_abi(void);

/*
 * Confines this process to PLACES. One that does not exist stays out of reach, and so does
 * a KEEP or REPLACE that is not a directory; READ and TALK follow a link. Must have no_new_privs.
 * Where there is no Landlock nothing happens, and the result is KB_OK; KB_ERR_SYSTEM where
 * there is, and the process could not be confined.
 */
KB_CHECKED enum kb_err kb_landlock_confine(
    const struct kb_landlock_place *places, size_t count, struct kb_error *err);

/*
 * Whether DIRECTORY, which could not be opened because of errno value SYS, was made after this
 * process was confined, at or below a place that did not exist then: for it there is none.
 */
bool kb_landlock_hides(int sys, const char *directory);

#endif
