/*
 * The key that seals every record: in the kernel, or, where that is forbidden, in a
 * file beside the records.
 */
#ifndef KB_CACHE_SESSION_KEY_H
#define KB_CACHE_SESSION_KEY_H

#include "base/error.h"
#include "cache/cache.h"
#include "runtime_dir.h"

#include <stdbool.h>

/* Sets key and its id, level and why of CACHE from what is there, in the kernel or in the
 * directory that it has; leaves level NONE when there is none. */
void kb_session_key_find(struct kb_cache *cache);

/* As kb_session_key_find, but makes the key, once for all processes, if there is none. */
void kb_session_key_make(struct kb_cache *cache);

/* Removes the key from the kernel. One in a file is swept with the records it seals. */
KB_CHECKED enum kb_err kb_session_key_revoke(struct kb_error *err);

/* The same for the key that versions before 2 made for each directory. */
KB_CHECKED enum kb_err kb_session_key_revoke_former(
    const struct kb_runtime_dir *dir, struct kb_error *err);

/* Whether the kernel takes no key from us, and gives us none. */
bool kb_session_key_is_refused(void);

/* Whether a key lies in a file of directory DIRFD. */
bool kb_session_key_is_in_file(int dirfd);

#endif
