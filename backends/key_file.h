/*
 * Key files: what unlocks the vault on a machine without a person. Private to this layer.
 */
#ifndef KB_BACKENDS_KEY_FILE_H
#define KB_BACKENDS_KEY_FILE_H

#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>

#define KB_KEY_FILE_MAX 65536 /* bytes */

/* The path in $KEYBEARER_KEY_FILE, or NULL when it is unset or empty. Borrowed. */
const char *kb_key_file_from_environment(void);

/*
 * Appends the content of PATH to RET. KB_ERR_CONFIG: not an absolute path, or
 * not there. KB_ERR_DENIED: inside the vault, of a size no key has, or readable by others.
 */
KB_CHECKED enum kb_err kb_key_file_read(const char *path, struct kb_buf *ret, struct kb_error *err);

/*
 * Whether whoever copies the vault's disk gets PATH with it: it lies on the file system
 * of the directory VAULT_DIR and was not handed out by a service manager.
 */
bool kb_key_file_is_beside(const char *path, int vault_dir);

#endif
