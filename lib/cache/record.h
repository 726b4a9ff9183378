/*
 * One sealed record: a file whose content only the session key opens.
 */
#ifndef KB_CACHE_RECORD_H
#define KB_CACHE_RECORD_H

#include "base/buf.h"
#include "base/error.h"
#include "cache/cache.h"

#include <stdbool.h>
#include <stddef.h>

#define KB_RECORD_MAX 65536 /* plain bytes */

/* The first letter of the file's name, and part of what is authenticated. */
enum kb_record_kind {
    KB_RECORD_TOKEN = 't',
    KB_RECORD_ROUTE = 'm',
    KB_RECORD_OUTCOME = 'o',
};

#define KB_PAUSE_LETTER 'p' /* of an endpoint's pause, which is no record */

struct kb_record_name {
    char text[48];
};

/* KIND, '-', the id of CACHE's session key, '-', and half of KEY in hexadecimal. */
struct kb_record_name kb_record_name(
    const struct kb_cache *cache, enum kb_record_kind kind, const struct kb_cache_key *key);

/* The same without a session key: for files that are everybody's, as locks are. */
struct kb_record_name kb_record_name_for_all(char letter, const struct kb_cache_key *key);

/* An opened record: PLAIN points into BYTES, which are wiped on clear. */
struct kb_record {
    struct kb_buf bytes;
    const unsigned char *plain;
    size_t len;
};

/* KB_ERR_NOT_FOUND for everything that is not a record of this kind and key. */
KB_CHECKED enum kb_err kb_record_read(const struct kb_cache *cache, enum kb_record_kind kind,
    const struct kb_cache_key *key, struct kb_record *ret, struct kb_error *err);

/* Seals PLAIN, at most KB_RECORD_MAX bytes. KB_ERR_UNAVAILABLE when there is no cache. */
KB_CHECKED enum kb_err kb_record_write(const struct kb_cache *cache, enum kb_record_kind kind,
    const struct kb_cache_key *key, const struct kb_buf *plain, struct kb_error *err);

/* *RET_REMOVED: whether there was one. */
KB_CHECKED enum kb_err kb_record_remove(const struct kb_cache *cache, enum kb_record_kind kind,
    const struct kb_cache_key *key, bool *ret_removed, struct kb_error *err);

/* The records of KIND and KEY in directory DIRFD that any session key has sealed. */
KB_CHECKED enum kb_err kb_record_remove_all(int dirfd, enum kb_record_kind kind,
    const struct kb_cache_key *key, bool *ret_removed, struct kb_error *err);

void kb_record_clear(struct kb_record *record);

#endif
