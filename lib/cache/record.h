/*
 * One sealed record: a file whose content only the session key opens.
 */
#ifndef KB_CACHE_RECORD_H
#define KB_CACHE_RECORD_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"
#include "cache/cache.h"

#include <stdbool.h>
#include <stddef.h>

#define KB_RECORD_MAX 32768 /* plain bytes */

/* The first letter of the file's name, and part of what is authenticated. */
enum kb_record_kind {
    KB_RECORD_TOKEN = 't',
    KB_RECORD_ROUTE = 'm',
    KB_RECORD_OUTCOME = 'o',
    KB_RECORD_LIMIT = 'l',
};

struct kb_record_name {
    char text[40];
};

/* LETTER, '-', and half of the key in hexadecimal. */
struct kb_record_name kb_record_name(char letter, const struct kb_cache_key *key);

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

/* *RET_REMOVED: whether there was one. Needs the directory, not the session key. */
KB_CHECKED enum kb_err kb_record_remove(const struct kb_cache *cache, enum kb_record_kind kind,
    const struct kb_cache_key *key, bool *ret_removed, struct kb_error *err);

void kb_record_clear(struct kb_record *record);

#endif
