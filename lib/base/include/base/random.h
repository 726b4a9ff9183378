/*
 * Random bytes from the kernel, for nonces, salts, ids and names.
 */
#ifndef KB_BASE_RANDOM_H
#define KB_BASE_RANDOM_H

#include "base/error.h"

#include <stddef.h>

/*
 * Fills LEN BYTES. KB_ERR_SYSTEM where the kernel gives none: libsodium's own function would
 * end the process there, with half of the work done.
 */
KB_CHECKED enum kb_err kb_random(void *bytes, size_t len, struct kb_error *err);

#endif
