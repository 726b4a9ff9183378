/*
 * A cache record with any content under the right key: read as what its kind says, or a miss,
 * and as no other kind. Any bytes without the key are a miss. What was read is written so that
 * it reads the same again. And any bytes as an endpoint's pause, which has no seal: whatever they
 * are, nobody waits longer than the longest pause.
 */
#include "fuzz.h"

#include "base/file.h"
#include "cache/cache.h"
#include "cache/outcome.h"
#include "record.h"

#include <fcntl.h>
#include <unistd.h>

static char directory[] = "/tmp/keybearer-fuzz-XXXXXX";
static const struct kb_cache_key key = {.bytes = {7}};
static const enum kb_record_kind kinds[] = {KB_RECORD_TOKEN, KB_RECORD_ROUTE, KB_RECORD_OUTCOME};
static struct kb_cache cache = KB_CACHE_INIT;

static void remove_directory(void)
{
    for (size_t i = 0; i < KB_COUNT(kinds); i++)
        (void)unlinkat(cache.dir, kb_record_name(&cache, kinds[i], &key).text, 0);
    (void)unlinkat(cache.dir, kb_record_name_for_all('p', &key).text, 0);
    (void)unlinkat(cache.dir, "f-pause", 0);
    kb_cache_close(&cache);
    (void)rmdir(directory);
}

static void make_cache(void)
{
    if (cache.dir >= 0)
        return;
    MUST(mkdtemp(directory) && atexit(remove_directory) == 0);
    cache.dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    cache.level = KB_PROTECTION_STRONG;
    MUST(cache.dir >= 0);
    memcpy(cache.key_id, "0badcafe", sizeof(cache.key_id));
    MUST(kb_secret_set(&cache.key, "thirty-two bytes of a known key.", 32, NULL) == KB_OK);
}

static bool same_text(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* Each returns whether there was one. */

static bool read_token(void)
{
    KB_AUTO(kb_token_clear) struct kb_token token = KB_TOKEN_INIT, again = KB_TOKEN_INIT;

    if (kb_cache_get_token(&cache, &key, &token, NULL)) {
        MUST(kb_secret_is_empty(&token.value));
        return false;
    }
    MUST(kb_token_text_ok(token.value.bytes, token.value.len) && token.life_ms >= 0);
    MUST(kb_cache_put_token(&cache, &key, &token, NULL) == KB_OK);
    MUST(kb_cache_get_token(&cache, &key, &again, NULL) == KB_OK);
    MUST(kb_secret_equal(&token.value, &again.value) && token.life_ms == again.life_ms);
    MUST(token.expires_wall_ms == again.expires_wall_ms &&
         token.expires_boot_ms == again.expires_boot_ms);
    return true;
}

static bool read_route(void)
{
    KB_AUTO(kb_route_clear) struct kb_route route = KB_ROUTE_INIT, again = KB_ROUTE_INIT;

    if (kb_cache_get_route(&cache, &key, &route, NULL)) {
        MUST(!route.ours && !route.profile[0]);
        return false;
    }
    MUST(kb_profile_name_ok(route.profile) == route.ours);
    MUST(kb_cache_put_route(&cache, &key, &route, NULL) == KB_OK);
    MUST(kb_cache_get_route(&cache, &key, &again, NULL) == KB_OK);
    MUST(route.ours == again.ours && same_text(route.profile, again.profile));
    MUST(same_text(route.store, again.store) && same_text(route.username, again.username));
    MUST(same_text(route.api_header, again.api_header));
    MUST(same_text(route.api_prefix, again.api_prefix));
    MUST(memcmp(route.key.bytes, again.key.bytes, sizeof(route.key.bytes)) == 0);
    MUST(route.api_headers.count == again.api_headers.count);
    return true;
}

static bool read_outcome(void)
{
    struct kb_outcome outcome = {0}, again = {0};

    if (kb_cache_get_outcome(&cache, &key, &outcome, NULL))
        return false;
    MUST(kb_err_known(outcome.error.code));
    must_be_presentable(outcome.error.code, &outcome.error);
    MUST(kb_text_is_printable(outcome.warning, strlen(outcome.warning), 0, 255));
    MUST(kb_cache_put_outcome(&cache, &key, &outcome, NULL) == KB_OK);
    MUST(kb_cache_get_outcome(&cache, &key, &again, NULL) == KB_OK);
    MUST(outcome.error.code == again.error.code && outcome.retry_boot_ms == again.retry_boot_ms);
    MUST(same_text(outcome.error.msg, again.error.msg));
    return true;
}

static bool (*const readers[])(void) = {read_token, read_route, read_outcome};
_Static_assert(KB_COUNT(readers) == KB_COUNT(kinds), "a reader a kind");

/* The record of kind KIND, as it stands in its file, under the name of each other kind. */
static void must_not_pass_for_another(size_t kind)
{
    KB_AUTO(kb_buf_clear) struct kb_buf file = KB_BUF_INIT(65536);
    struct kb_record_name name = kb_record_name(&cache, kinds[kind], &key);

    MUST(kb_file_read(cache.dir, name.text, KB_FILE_PRIVATE, &file, NULL) == KB_OK);
    for (size_t i = 0; i < KB_COUNT(kinds); i++) {
        struct kb_record_name other = kb_record_name(&cache, kinds[i], &key);

        if (i == kind)
            continue;
        MUST(!kb_file_replace_volatile(cache.dir, other.text, file.data, file.len, NULL));
        MUST(!readers[i]());
    }
}

static void read_without_key(size_t kind, const struct input *in)
{
    struct kb_record_name name = kb_record_name(&cache, kinds[kind], &key);

    MUST(!kb_file_replace_volatile(cache.dir, name.text, in->data, in->size, NULL));
    MUST(!readers[kind]());
}

static void read_pause(const struct input *in)
{
    static const struct kb_clock now = {.wall_ms = 1893455000000, .boot_ms = 5000000};
    struct kb_record_name name = kb_record_name_for_all('p', &key);
    struct kb_limit limit = {0}, again = {0};

    MUST(!kb_file_replace_volatile(cache.dir, name.text, in->data, in->size, NULL));
    if (kb_pause_get(&cache, &key, &limit, NULL))
        return;
    MUST(limit.limit >= -1 && limit.remaining >= -1);
    MUST(kb_pause_left_ms(limit.pause_boot_ms, now) <= 1000 * KB_PAUSE_MAX);
    MUST(kb_pause_put(&cache, &key, &limit, now, NULL) == KB_OK);
    MUST(kb_pause_get(&cache, &key, &again, NULL) == KB_OK);
    MUST(memcmp(&limit, &again, sizeof(limit)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KB_AUTO(kb_buf_clear) struct kb_buf plain = KB_BUF_INIT(KB_RECORD_MAX);
    struct input in = {data, size};
    size_t kind = take_byte(&in) % (KB_COUNT(kinds) + 1);

    make_cache();
    if (kind == KB_COUNT(kinds)) {
        read_pause(&in);
        return 0;
    }
    kb_buf_add(&plain, in.data, in.size);
    enum kb_err rc = kb_record_write(&cache, kinds[kind], &key, &plain, NULL);
    MUST((rc == KB_OK) == (in.size <= KB_RECORD_MAX));
    if (rc)
        return 0;
    (void)readers[kind]();
    must_not_pass_for_another(kind);
    read_without_key(kind, &in);
    return 0;
}
