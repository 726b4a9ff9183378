/*
 * Reads one file in which credentials may lie in clear. The only file of this folder that opens
 * one: for reading, a regular one of the person's or root's, and never for longer than that takes.
 */
#ifndef KB_LOOSE_FIND_H
#define KB_LOOSE_FIND_H

#include "base/buf.h"
#include "base/error.h"

#define KB_LOOSE_FILE_MAX (4U << 20) /* bytes */

/*
 * Appends the file at absolute PATH to TEXT. KB_ERR_NOT_FOUND: there is none. KB_ERR_DENIED: it is
 * no regular file, others could have changed it or what leads to it, or it may not be read.
 * KB_ERR_CORRUPT: it is larger than TEXT's cap. KB_ERR_SYSTEM: the rest.
 */
KB_CHECKED enum kb_err kb_loose_read(const char *path, struct kb_buf *text, struct kb_error *err);

#endif
