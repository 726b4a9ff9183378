/*
 * The token cache: sealed records on a tmpfs, their key in the kernel keyring.
 *
 * Directory: the first of $XDG_RUNTIME_DIR/keybearer, /run/user/UID/keybearer,
 * /dev/shm/keybearer-UID and /dev/shm/keybearer-UID-RANDOM that is there, ours alone (0700) and on
 * tmpfs or ramfs, or that could safely be made because its parent is (ours and not writable by
 * others; /dev/shm: root's and sticky). Record: XChaCha20-Poly1305 over the plain bytes, with the
 * record's kind and key as authenticated data, so that no record can stand in for another. Session
 * key: 32 random bytes in the kernel keyring for 24 hours, one for all directories of the user.
 * Where the kernel takes none (keyrings forbidden, quota used up), the file "session.key" beside
 * the records (KB_PROTECTION_WEAK). Processes that reach different keyrings have different keys;
 * each key's records have names of their own, and nobody removes what may be another key's before
 * that key has ended.
 *
 * A cache that fails is a miss. Nothing here ever makes a `get` fail.
 */
#ifndef KB_CACHE_CACHE_H
#define KB_CACHE_CACHE_H

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "core/cachekey.h"
#include "core/route.h"
#include "core/token.h"

#include <stdbool.h>
#include <stdint.h>

enum kb_protection {
    KB_PROTECTION_NONE,   /* no cache at all */
    KB_PROTECTION_WEAK,   /* the key lies beside what it seals */
    KB_PROTECTION_STRONG, /* the key is in the kernel */
};

#define KB_KEY_ID_LEN 8 /* hexadecimal digits */

struct kb_cache {
    int dir;                        /* -1: no directory that we trust */
    struct kb_secret key;           /* empty: no session key */
    char key_id[KB_KEY_ID_LEN + 1]; /* tells keys apart, and nothing about them; "": no key */
    enum kb_protection level;       /* NONE while there is no key */
    bool is_new;                    /* NONE only because nothing was cached there yet */
    bool is_unknown;                /* NONE because a call failed: others may find records */
    char why[256];                  /* for NONE and WEAK: the reason, for people; else empty */
};

#define KB_CACHE_INIT ((struct kb_cache){.dir = -1})

/*
 * Opens what is there and creates nothing: a fresh machine yields level NONE. Never
 * fails; RET is usable with every call below.
 */
void kb_cache_open(struct kb_cache *ret);

/* As kb_cache_open, but makes the directory and, under a lock, the session key. */
void kb_cache_create(struct kb_cache *ret);

void kb_cache_close(struct kb_cache *cache);

/* "strong", "weak", "none". */
const char *kb_protection_name(enum kb_protection level);

/* The directory that would be used, for people; "" when there is none. */
const char *kb_cache_path(void);

#define KB_CACHE_PATH_MAX 256

/* Makes the directory of the cache where none is there yet, but no key. Best effort. */
void kb_cache_make_place(void);

/* This many places are where they are; the names of those behind them are found by a look here. */
#define KB_CACHE_PLACES_KNOWN 3
#define KB_CACHE_SHARED_MEMORY "/dev/shm"

/*
 * The path of place N (from 0) where a cache of this user's may be, used now or not. False:
 * there are no more places.
 */
bool kb_cache_place(size_t n, char path[static KB_CACHE_PATH_MAX]);

/*
 * Place N (from 0) may be passed over although something is there: another user's directory, a
 * link, one that others may enter. Then RET says so, with the cure as hint; else its code is
 * KB_OK. False: there is no place N.
 */
bool kb_cache_obstacle(size_t n, struct kb_error *ret);

/*
 * Whether a directory of ours may lie where it cannot be found, because somebody filled the place
 * with names like its own. RET says who, with the cure as hint.
 */
bool kb_cache_is_crowded_out(struct kb_error *ret);

/* --- records; KEY says whose. Reading: KB_ERR_NOT_FOUND covers every kind of miss. --- */

KB_CHECKED enum kb_err kb_cache_get_token(const struct kb_cache *cache,
    const struct kb_cache_key *key, struct kb_token *ret, struct kb_error *err);
KB_CHECKED enum kb_err kb_cache_put_token(const struct kb_cache *cache,
    const struct kb_cache_key *key, const struct kb_token *token, struct kb_error *err);

#define KB_CACHE_FORMER_MAX 4

/*
 * Whether PRESENTED is the token that is cached under KEY, of whatever life, or one of the last
 * KB_CACHE_FORMER_MAX whose place it took. An empty one is never known.
 */
bool kb_cache_knows_token(const struct kb_cache *cache, const struct kb_cache_key *key,
    const struct kb_secret *presented);

/*
 * What is cached under KEY, token and outcome, is gone for every session key and at every place,
 * or the error says where not. *RET_DROPPED: whether there was a token. With
 * kb_cache_is_crowded_out() all goes that is cached, with the session key.
 */
KB_CHECKED enum kb_err kb_cache_forget(
    const struct kb_cache_key *key, bool *ret_dropped, struct kb_error *err);
/*
 * Drops the cached token if it is equal to REJECTED; without one as kb_cache_forget().
 * *RET_DROPPED says whether there was one.
 */
KB_CHECKED enum kb_err kb_cache_drop_token(const struct kb_cache *cache,
    const struct kb_cache_key *key, const struct kb_secret *rejected, bool *ret_dropped,
    struct kb_error *err);

KB_CHECKED enum kb_err kb_cache_get_route(const struct kb_cache *cache,
    const struct kb_cache_key *key, struct kb_route *ret, struct kb_error *err);
KB_CHECKED enum kb_err kb_cache_put_route(const struct kb_cache *cache,
    const struct kb_cache_key *key, const struct kb_route *route, struct kb_error *err);

/*
 * Removes the session key, and every record at every place of this user's, used now or not.
 * All cached tokens are gone, or nobody has the key to them, or the error says where not. A pause
 * that a server asked for is no secret, and holds.
 */
KB_CHECKED enum kb_err kb_cache_destroy(struct kb_error *err);

/*
 * Whether session keys of this user's may lie in files: the kernel's keyring is refused to us, or
 * there is such a file at one of the places. Then kb_cache_destroy() leaves what is cached in
 * directories that other values of XDG_RUNTIME_DIR name readable. To be asked before that.
 */
bool kb_cache_has_weak_key(void);

#endif
