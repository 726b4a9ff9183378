/*
 * An endpoint's pause and rate limit: a plain file, which needs no session key.
 *
 *   name  "p-" and half of the hash of the endpoint's origin in hexadecimal
 *   file  magic "KBP1" | i64 until | i64 limit | i64 remaining | i64 when
 *
 * UNTIL is in milliseconds since boot, WHEN in milliseconds of unix time. What is read is held
 * to the same bounds as what is written. It must never do more than delay a request.
 */
#include "cache/pause.h"

#include "base/file.h"
#include "base/pack.h"
#include "lock_file.h"
#include "record.h"

#include <string.h>

#define MAGIC "KBP1"
#define MAGIC_LEN 4
#define FILE_LEN (MAGIC_LEN + 4 * 8)
#define COUNT_MAX INT64_C(1000000000000000) /* more digits are read from no header */
#define LOCK_FILE KB_LOCK_PREFIX "pause"
#define LOCK_WAIT_MS 500

static bool is_count(int64_t number)
{
    return number >= -1 && number <= COUNT_MAX;
}

static void pack(const struct kb_limit *limit, struct kb_buf *out)
{
    kb_buf_add(out, MAGIC, MAGIC_LEN);
    kb_pack_i64(out, limit->pause_boot_ms);
    kb_pack_i64(out, limit->limit);
    kb_pack_i64(out, limit->remaining);
    kb_pack_i64(out, limit->when_wall_ms);
}

static bool unpack(const struct kb_buf *file, struct kb_limit *ret)
{
    struct kb_unpack in = kb_unpack(file->data, file->len);
    const unsigned char *magic = kb_unpack_raw(&in, MAGIC_LEN);

    if (!magic || memcmp(magic, MAGIC, MAGIC_LEN) != 0)
        return false;
    ret->pause_boot_ms = kb_unpack_i64(&in);
    ret->limit = kb_unpack_i64(&in);
    ret->remaining = kb_unpack_i64(&in);
    ret->when_wall_ms = kb_unpack_i64(&in);
    return !kb_unpack_end(&in, "a pause", NULL) && ret->pause_boot_ms >= 0 &&
           is_count(ret->limit) && is_count(ret->remaining);
}

enum kb_err kb_pause_get(const struct kb_cache *cache, const struct kb_cache_key *endpoint,
    struct kb_limit *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf file = KB_BUF_INIT(FILE_LEN);
    struct kb_record_name name = kb_record_name_for_all(KB_PAUSE_LETTER, endpoint);
    struct kb_limit limit;

    if (cache->dir < 0 || kb_file_read(cache->dir, name.text, KB_FILE_PRIVATE, &file, NULL) ||
        !unpack(&file, &limit))
        return kb_fail(err, KB_ERR_NOT_FOUND, "nothing is known of the endpoint's limit");
    *ret = limit;
    return KB_OK;
}

enum kb_err kb_pause_put(const struct kb_cache *cache, const struct kb_cache_key *endpoint,
    const struct kb_limit *limit, struct kb_clock now, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf file = KB_BUF_INIT(FILE_LEN);
    KB_AUTO(kb_fd_close) int lock = -1;
    struct kb_record_name name = kb_record_name_for_all(KB_PAUSE_LETTER, endpoint);
    struct kb_limit kept = *limit, before;

    if (cache->dir < 0)
        return kb_fail(err, KB_ERR_UNAVAILABLE, "there is no token cache: %s", cache->why);
    /* Without the lock, too: half a protection against a lost pause is better than no pause. */
    KB_IGNORE(kb_lock_take(cache->dir, LOCK_FILE, LOCK_WAIT_MS, &lock, NULL));
    if (!kb_pause_get(cache, endpoint, &before, NULL) &&
        /* kb_fail() is no success. NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage) */
        kb_pause_left_ms(before.pause_boot_ms, now) > 0 &&
        before.pause_boot_ms > kept.pause_boot_ms)
        kept.pause_boot_ms = before.pause_boot_ms;
    pack(&kept, &file);
    return kb_file_replace_volatile(cache->dir, name.text, file.data, file.len, err);
}

int64_t kb_pause_left_ms(int64_t until_boot_ms, struct kb_clock now)
{
    int64_t left = 0;

    if (__builtin_sub_overflow(until_boot_ms, now.boot_ms, &left) || left < 0 ||
        left > KB_PAUSE_MAX * INT64_C(1000))
        return 0;
    return left;
}

int64_t kb_pause_left_s(int64_t until_boot_ms, struct kb_clock now)
{
    return (kb_pause_left_ms(until_boot_ms, now) + 999) / 1000;
}

int64_t kb_pause_of_endpoint_s(
    const struct kb_cache *cache, const struct kb_url *url, struct kb_clock now)
{
    struct kb_cache_key endpoint = kb_cache_key_for_endpoint(url);
    struct kb_limit limit = {0};

    return kb_pause_get(cache, &endpoint, &limit, NULL) ? 0
                                                        : kb_pause_left_s(limit.pause_boot_ms, now);
}

int64_t kb_pause_of_profile_s(
    const struct kb_cache *cache, const struct kb_profile *profile, struct kb_clock now)
{
    int64_t first = kb_pause_of_endpoint_s(cache, &profile->token_url, now);
    int64_t second =
        profile->second_url_text ? kb_pause_of_endpoint_s(cache, &profile->second_url, now) : 0;

    return first > second ? first : second;
}
