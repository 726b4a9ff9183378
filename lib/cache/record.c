/*
 * Seals and opens records. Nothing here knows what a record means.
 *
 *   name    kind "-" id of the session key (8) "-" half of the cache key (32), in hexadecimal
 *   file    magic "KBR1" | nonce (24, random) | ciphertext | tag (16)
 *   cipher  XChaCha20-Poly1305 (IETF) under the session key
 *   AAD     magic | kind (1) | cache key (32)
 *
 * The name carries half of the cache key only; the authenticated data carries all of
 * it, so a record that was renamed, or stands under another kind, does not open.
 * Reading must stay one open, one read: it is on the way of every answer. No stat: the
 * directory was checked, and what a file holds is proved by opening its seal.
 */
#include "record.h"

#include "base/file.h"
#include "base/random.h"
#include "sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#define MAGIC "KBR1"
#define MAGIC_LEN 4
#define NONCE_LEN crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_LEN crypto_aead_xchacha20poly1305_ietf_ABYTES
#define HEAD_LEN (MAGIC_LEN + NONCE_LEN)
#define READ_CHUNK 2048 /* most records are smaller */
#define NAME_KEY_LEN 16 /* bytes of the cache key that are in the name */

struct binding {
    unsigned char bytes[MAGIC_LEN + 1 + KB_CACHE_KEY_LEN];
};

static struct binding binding_of(enum kb_record_kind kind, const struct kb_cache_key *key)
{
    struct binding aad;

    memcpy(aad.bytes, MAGIC, MAGIC_LEN);
    aad.bytes[MAGIC_LEN] = (unsigned char)kind;
    memcpy(aad.bytes + MAGIC_LEN + 1, key->bytes, KB_CACHE_KEY_LEN);
    return aad;
}

struct kb_record_name kb_record_name_for_all(char letter, const struct kb_cache_key *key)
{
    struct kb_record_name name = {.text = {letter, '-'}};

    sodium_bin2hex(name.text + 2, sizeof(name.text) - 2, key->bytes, NAME_KEY_LEN);
    return name;
}

struct kb_record_name kb_record_name(
    const struct kb_cache *cache, enum kb_record_kind kind, const struct kb_cache_key *key)
{
    struct kb_record_name name = {.text = {(char)kind, '-'}};
    char *end = name.text + 2 + KB_KEY_ID_LEN;

    memcpy(name.text + 2, cache->key_id, KB_KEY_ID_LEN);
    *end = '-';
    sodium_bin2hex(
        end + 1, sizeof(name.text) - (size_t)(end + 1 - name.text), key->bytes, NAME_KEY_LEN);
    return name;
}

_Static_assert(
    sizeof(((struct kb_record_name *)0)->text) > 2 + KB_KEY_ID_LEN + 1 + 2 * (size_t)NAME_KEY_LEN,
    "a name has room");

static enum kb_err miss(struct kb_error *err)
{
    return kb_fail(err, KB_ERR_NOT_FOUND, "nothing usable is cached");
}

/* Deciphers SEALED where it lies; the plain bytes start at HEAD_LEN. */
static bool open_in_place(
    const struct kb_cache *cache, const struct binding *aad, struct kb_buf *sealed, size_t *ret_len)
{
    if (sealed->len < HEAD_LEN + TAG_LEN || memcmp(sealed->data, MAGIC, MAGIC_LEN) != 0)
        return false;
    unsigned char *head = (unsigned char *)sealed->data;
    unsigned char *body = head + HEAD_LEN;
    unsigned long long len = 0;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(body, &len, NULL, body, sealed->len - HEAD_LEN,
            aad->bytes, sizeof(aad->bytes), head + MAGIC_LEN,
            (const unsigned char *)cache->key.bytes) != 0)
        return false;
    *ret_len = (size_t)len;
    return true;
}

/*
 * A regular file yields all it has at once, and one cut short does not open: a read that
 * fills less than the room is the last one.
 */
static bool read_sealed(const struct kb_cache *cache, const char *name, struct kb_buf *sealed)
{
    KB_AUTO(kb_fd_close)
    int fd = openat(cache->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    if (fd < 0)
        return false;
    for (;;) {
        char *room = NULL;
        size_t want = kb_buf_room(sealed, READ_CHUNK, &room);
        ssize_t got = want ? read(fd, room, want) : 0;

        if (got > 0)
            kb_buf_took(sealed, (size_t)got);
        if (got < (ssize_t)want || want == 0)
            return got >= 0 && !sealed->failed;
    }
}

enum kb_err kb_record_read(const struct kb_cache *cache, enum kb_record_kind kind,
    const struct kb_cache_key *key, struct kb_record *ret, struct kb_error *err)
{
    if (cache->level == KB_PROTECTION_NONE)
        return miss(err);
    KB_AUTO(kb_buf_clear)
    struct kb_buf sealed = KB_BUF_INIT(HEAD_LEN + KB_RECORD_MAX + TAG_LEN);
    struct kb_record_name name = kb_record_name(cache, kind, key);
    struct binding aad = binding_of(kind, key);
    size_t len = 0;
    if (!read_sealed(cache, name.text, &sealed) || !open_in_place(cache, &aad, &sealed, &len))
        return miss(err);

    ret->plain = (const unsigned char *)sealed.data + HEAD_LEN;
    ret->len = len;
    ret->bytes = sealed;
    sealed = KB_BUF_INIT(0);
    return KB_OK;
}

/* SEALED becomes the whole file: the plain bytes go in behind the head, then are enciphered. */
static enum kb_err seal(const struct kb_cache *cache, const struct binding *aad,
    const struct kb_buf *plain, struct kb_buf *sealed, struct kb_error *err)
{
    static const unsigned char room_for_tag[TAG_LEN];
    unsigned char nonce[NONCE_LEN];
    enum kb_err rc = kb_random(nonce, sizeof(nonce), err);

    if (rc)
        return rc;
    kb_buf_add(sealed, MAGIC, MAGIC_LEN);
    kb_buf_add(sealed, nonce, sizeof(nonce));
    kb_buf_add(sealed, plain->data, plain->len);
    kb_buf_add(sealed, room_for_tag, sizeof(room_for_tag));
    if (kb_buf_check(sealed, "a cache record", err))
        return KB_ERR_SYSTEM;

    unsigned char *body = (unsigned char *)sealed->data + HEAD_LEN;
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(body, NULL, body, plain->len, aad->bytes,
        sizeof(aad->bytes), NULL, nonce, (const unsigned char *)cache->key.bytes);
    return KB_OK;
}

enum kb_err kb_record_write(const struct kb_cache *cache, enum kb_record_kind kind,
    const struct kb_cache_key *key, const struct kb_buf *plain, struct kb_error *err)
{
    if (cache->level == KB_PROTECTION_NONE)
        return kb_fail(err, KB_ERR_UNAVAILABLE, "there is no token cache: %s", cache->why);
    if (kb_buf_check(plain, "a cache record", err))
        return KB_ERR_SYSTEM;
    KB_AUTO(kb_buf_clear)
    struct kb_buf sealed = KB_BUF_INIT(HEAD_LEN + KB_RECORD_MAX + TAG_LEN);
    struct kb_record_name name = kb_record_name(cache, kind, key);
    struct binding aad = binding_of(kind, key);
    enum kb_err rc = seal(cache, &aad, plain, &sealed, err);
    if (rc)
        return rc;
    return kb_file_replace_volatile(cache->dir, name.text, sealed.data, sealed.len, err);
}

enum kb_err kb_record_remove(const struct kb_cache *cache, enum kb_record_kind kind,
    const struct kb_cache_key *key, bool *ret_removed, struct kb_error *err)
{
    struct kb_record_name name = kb_record_name(cache, kind, key);
    bool has_one = cache->dir >= 0 && cache->level != KB_PROTECTION_NONE;
    bool removed = has_one && unlinkat(cache->dir, name.text, 0) == 0;

    if (!removed && has_one && errno != ENOENT)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot remove the record %s", name.text);
    *ret_removed = removed;
    return KB_OK;
}

/* What a record's name is like whoever sealed it: the kind, and the end with the cache key. */
struct sealed_by_anybody {
    char kind, key[2 * NAME_KEY_LEN + 1];
    bool found;
};

static bool is_of_key(const char *name, void *context)
{
    struct sealed_by_anybody *wanted = context;
    size_t len = strlen(name), key_len = 2 * (size_t)NAME_KEY_LEN;
    bool is_it = len > key_len && name[0] == wanted->kind && name[1] == '-' &&
                 memcmp(name + len - key_len, wanted->key, key_len) == 0;

    wanted->found = wanted->found || is_it;
    return is_it;
}

enum kb_err kb_record_remove_all(int dirfd, enum kb_record_kind kind,
    const struct kb_cache_key *key, bool *ret_removed, struct kb_error *err)
{
    struct sealed_by_anybody wanted = {.kind = (char)kind};

    sodium_bin2hex(wanted.key, sizeof(wanted.key), key->bytes, NAME_KEY_LEN);
    enum kb_err rc = kb_sweep_remove(dirfd, is_of_key, &wanted, err);
    if (!rc)
        *ret_removed = wanted.found;
    return rc;
}

void kb_record_clear(struct kb_record *record)
{
    if (!record)
        return;
    kb_buf_clear(&record->bytes);
    *record = (struct kb_record){0};
}
