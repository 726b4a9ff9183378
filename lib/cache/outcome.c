/*
 * Outcomes of exchanges as records.
 *
 *   outcome  u8 version | u8 code | u32 errno | text message | text hint | i64 when | i64 retry |
 *            i64 asked | i64 way | text warning
 *
 * Times are in milliseconds. Version 1, which was not written down, counted whole seconds; version
 * 2 did not know when the server was asked, version 3 not which way.
 */
#include "cache/outcome.h"

#include "base/pack.h"
#include "base/strings.h"
#include "cache/way.h"
#include "record.h"

#include <string.h>

#define OUTCOME_VERSION 4

static void pack_outcome(const struct kb_outcome *outcome, struct kb_buf *out)
{
    kb_pack_u8(out, OUTCOME_VERSION);
    kb_pack_error(out, &outcome->error);
    kb_pack_i64(out, outcome->when_wall_ms);
    kb_pack_i64(out, outcome->retry_boot_ms);
    kb_pack_i64(out, outcome->asked_boot_ms);
    kb_pack_i64(out, outcome->way);
    kb_pack_text(out, outcome->warning);
}

static bool unpack_outcome(const struct kb_record *record, struct kb_outcome *ret)
{
    struct kb_unpack in = kb_unpack(record->plain, record->len);

    in.failed = kb_unpack_u8(&in) != OUTCOME_VERSION || in.failed;
    kb_unpack_error(&in, &ret->error);
    ret->when_wall_ms = kb_unpack_i64(&in);
    ret->retry_boot_ms = kb_unpack_i64(&in);
    ret->asked_boot_ms = kb_unpack_i64(&in);
    ret->way = kb_unpack_i64(&in);
    kb_unpack_text(&in, ret->warning, sizeof(ret->warning));
    return !kb_unpack_end(&in, "an outcome", NULL) &&
           kb_text_is_printable(ret->warning, strlen(ret->warning), 0, sizeof(ret->warning));
}

/* In the same millisecond nobody knows who was first; one of the future is of another boot. */
bool kb_outcome_serves_waiter(
    const struct kb_outcome *outcome, int64_t since_boot_ms, struct kb_clock now)
{
    return outcome->asked_boot_ms > since_boot_ms && outcome->asked_boot_ms <= now.boot_ms;
}

bool kb_outcome_is_of_another_way(const struct kb_outcome *outcome)
{
    enum kb_err code = outcome->error.code;

    return (code == KB_ERR_NETWORK || code == KB_ERR_TIMEOUT) && outcome->way != kb_cache_way();
}

enum kb_err kb_cache_get_outcome(const struct kb_cache *cache, const struct kb_cache_key *key,
    struct kb_outcome *ret, struct kb_error *err)
{
    KB_AUTO(kb_record_clear) struct kb_record record = {0};
    struct kb_outcome outcome = {0};
    enum kb_err rc = kb_record_read(cache, KB_RECORD_OUTCOME, key, &record, err);

    if (rc)
        return rc;
    if (!unpack_outcome(&record, &outcome))
        return kb_fail(err, KB_ERR_NOT_FOUND, "the recorded outcome is not one");
    *ret = outcome;
    return KB_OK;
}

enum kb_err kb_cache_put_outcome(const struct kb_cache *cache, const struct kb_cache_key *key,
    const struct kb_outcome *outcome, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf plain = KB_BUF_INIT(KB_RECORD_MAX);

    pack_outcome(outcome, &plain);
    return kb_record_write(cache, KB_RECORD_OUTCOME, key, &plain, err);
}

enum kb_err kb_cache_drop_outcome(
    const struct kb_cache *cache, const struct kb_cache_key *key, struct kb_error *err)
{
    bool dropped;

    return kb_record_remove(cache, KB_RECORD_OUTCOME, key, &dropped, err);
}
