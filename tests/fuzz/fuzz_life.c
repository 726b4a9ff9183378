/*
 * Eight numbers: a token's life against two clocks, from the beginning of time to its end. No
 * token is handed out that is over on one of them, none is printed to last longer than it does.
 */
#include "fuzz.h"

#include "base/clock.h"
#include "cache/outcome.h"
#include "core/token.h"

#include <time.h>

static int64_t take_number(struct input *in)
{
    uint64_t number = 0;

    for (int i = 0; i < 8; i++)
        number = number << 8 | take_byte(in);
    return (int64_t)number;
}

/* Seconds up to a month of days, as the configuration allows. */
static int take_seconds(struct input *in)
{
    return (int)((uint64_t)take_number(in) % (31 * 86400));
}

static void must_be_alive(const struct kb_token *token, int min_ttl, struct kb_clock now)
{
    int64_t margin = kb_token_margin_ms(token, min_ttl);
    int64_t printed = kb_token_printed_expiry(token, min_ttl, now);

    MUST(now.wall_ms < token->expires_wall_ms && now.boot_ms < token->expires_boot_ms);
    MUST(margin >= 1 && (margin == 1 || margin <= token->life_ms / 2) &&
         kb_token_rest_ms(token, now) >= margin);
    MUST(printed >= kb_clock_seconds(now.wall_ms));
    MUST(printed <= kb_clock_seconds(token->expires_wall_ms));
}

static void must_pack(const struct kb_token *token)
{
    KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(4096);
    KB_AUTO(kb_token_clear) struct kb_token again = KB_TOKEN_INIT;

    kb_token_pack(token, &packed);
    if (kb_token_unpack(packed.data, packed.len, &again, NULL)) {
        MUST(token->life_ms < 0 || token->expires_wall_ms < token->life_ms ||
             token->expires_boot_ms < token->life_ms);
        return;
    }
    MUST(again.life_ms == token->life_ms && again.expires_wall_ms == token->expires_wall_ms);
    MUST(again.expires_boot_ms == token->expires_boot_ms);
}

/* Against glibc's calendar. */
static void must_be_a_date(int64_t wall)
{
    static const int64_t last = 253402300799; /* 9999-12-31T23:59:59Z */
    char text[KB_CLOCK_TEXT], wanted[KB_CLOCK_TEXT];
    time_t shown = wall < 0 ? 0 : wall > last ? last : wall;
    struct tm tm = {0};

    kb_clock_rfc3339(wall, text);
    MUST(gmtime_r(&shown, &tm));
    MUST(strftime(wanted, sizeof(wanted), "%Y-%m-%dT%H:%M:%SZ", &tm) == KB_CLOCK_TEXT - 1);
    MUST(strcmp(text, wanted) == 0);
}

static void issue(const struct kb_token *read, struct kb_clock now, int min_ttl)
{
    struct kb_token token = {.value = read->value};

    kb_token_set_life(&token, read->life_ms, now);
    MUST(token.life_ms >= 0 && kb_token_rest_ms(&token, now) <= token.life_ms);
    if (kb_token_usable(&token, min_ttl, now))
        must_be_alive(&token, min_ttl, now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KB_AUTO(kb_token_clear) struct kb_token token = KB_TOKEN_INIT;
    struct input in = {data, size};

    MUST(kb_secret_set(&token.value, "token", 5, NULL) == KB_OK);
    token.life_ms = take_number(&in);
    token.expires_wall_ms = take_number(&in);
    token.expires_boot_ms = take_number(&in);
    const struct kb_clock now = {.wall_ms = take_number(&in), .boot_ms = take_number(&in)};
    int min_ttl = take_seconds(&in), ahead = take_seconds(&in) - 1;

    if (kb_token_usable(&token, min_ttl, now))
        must_be_alive(&token, min_ttl, now);
    MUST(token.life_ms > 0 || !kb_token_wants_refresh(&token, min_ttl, ahead, now));
    MUST(kb_token_printed_expiry(&token, min_ttl, now) >= kb_clock_seconds(now.wall_ms) ||
         token.life_ms <= 0);
    (void)kb_token_serves_waiter(&token, take_number(&in), now);
    MUST(kb_pause_left_ms(token.expires_boot_ms, now) >= 0);
    MUST(kb_pause_left_ms(token.expires_boot_ms, now) <= 1000 * KB_PAUSE_MAX);
    must_pack(&token);
    issue(&token, now, min_ttl);
    must_be_a_date(kb_clock_seconds(token.expires_wall_ms));
    must_be_a_date(kb_clock_seconds(now.wall_ms));
    return 0;
}
