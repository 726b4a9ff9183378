/*
 * The life of a token, as arithmetic. Must never read a clock, and must never let a
 * wrong one, or a damaged record, make a token look fresh.
 */
#include "core/token.h"

#include "base/strings.h"

#include <string.h>
#include <strings.h>

#define PACK_VERSION 2 /* 1 counted whole seconds */
#define SECOND INT64_C(1000)
#define LIFE_MAX (SECOND * 86400 * 31) /* longer than any bearer token ought to live */
#define MARGIN_DEFAULT (60 * SECOND)
#define WINDOW_DEFAULT (300 * SECOND)
#define CLOCK_SKEW 10 /* ms between two readings that are meant as one */

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t sum(int64_t a, int64_t b)
{
    int64_t total;

    if (__builtin_add_overflow(a, b, &total))
        return b < 0 ? INT64_MIN : INT64_MAX;
    return total;
}

static int64_t difference(int64_t a, int64_t b)
{
    int64_t rest;

    if (__builtin_sub_overflow(a, b, &rest))
        return b > 0 ? INT64_MIN : INT64_MAX;
    return rest;
}

bool kb_token_text_ok(const char *text, size_t len)
{
    return kb_text_is_visible(text, len, 1, KB_TOKEN_MAX);
}

bool kb_token_type_may_be_bearer(const char *type)
{
    static const char *const others[] = {"DPoP", "PoP", "MAC", "N_A"};

    for (size_t i = 0; i < KB_COUNT(others); i++)
        if (strcasecmp(type, others[i]) == 0)
            return false;
    return kb_text_is_printable(type, strlen(type), 1, KB_TOKEN_TYPE_MAX);
}

void kb_token_set_life(struct kb_token *token, int64_t seconds, struct kb_clock now)
{
    token->life_ms = least(most(seconds, 0), INT64_MAX / SECOND) * SECOND;
    token->expires_wall_ms = sum(now.wall_ms, token->life_ms);
    token->expires_boot_ms = sum(now.boot_ms, token->life_ms);
}

void kb_token_backdate(struct kb_token *token, int64_t gone_ms)
{
    int64_t back = most(gone_ms, 0);

    if (back >= token->life_ms) {
        back = sum(back, token->life_ms);
        token->life_ms = 0;
    }
    token->expires_wall_ms = difference(token->expires_wall_ms, back);
    token->expires_boot_ms = difference(token->expires_boot_ms, back);
}

int64_t kb_token_rest_ms(const struct kb_token *token, struct kb_clock now)
{
    if (token->life_ms <= 0)
        return 0;
    return least(difference(token->expires_wall_ms, now.wall_ms),
        difference(token->expires_boot_ms, now.boot_ms));
}

/* The clock that nobody can set stands before the issue: another boot, or time namespace. */
static bool is_from_the_future(const struct kb_token *token, struct kb_clock now)
{
    return difference(token->expires_boot_ms, now.boot_ms) > token->life_ms;
}

bool kb_token_serves_waiter(
    const struct kb_token *token, int64_t since_boot_ms, struct kb_clock now)
{
    bool is_over = token->life_ms > 0 && kb_token_rest_ms(token, now) <= 0;

    if (is_over || is_from_the_future(token, now))
        return false;
    /* In the same millisecond nobody knows who was first. */
    return difference(token->expires_boot_ms, token->life_ms) > since_boot_ms;
}

int64_t kb_token_margin_ms(const struct kb_token *token, int min_ttl)
{
    int64_t margin = most(min_ttl * SECOND, least(MARGIN_DEFAULT, token->life_ms / 10));

    return most(1, least(margin, token->life_ms / 2));
}

bool kb_token_usable(const struct kb_token *token, int min_ttl, struct kb_clock now)
{
    if (token->life_ms <= 0 || token->life_ms > LIFE_MAX || is_from_the_future(token, now))
        return false;
    return kb_token_rest_ms(token, now) >= kb_token_margin_ms(token, min_ttl);
}

int64_t kb_token_refresh_in_ms(
    const struct kb_token *token, int min_ttl, int refresh_ahead, struct kb_clock now)
{
    int64_t life = token->life_ms;
    int64_t window = refresh_ahead >= 0 ? refresh_ahead * SECOND : least(WINDOW_DEFAULT, life / 10);
    int64_t soon = sum(kb_token_margin_ms(token, min_ttl), window);

    if (life <= 0)
        return INT64_MAX;
    return difference(kb_token_rest_ms(token, now), least(soon, life - life / 10));
}

bool kb_token_wants_refresh(
    const struct kb_token *token, int min_ttl, int refresh_ahead, struct kb_clock now)
{
    return kb_token_refresh_in_ms(token, min_ttl, refresh_ahead, now) < 0;
}

int64_t kb_token_printed_expiry(const struct kb_token *token, int min_ttl, struct kb_clock now)
{
    if (token->life_ms <= 0)
        return 0;
    int64_t rest = kb_token_rest_ms(token, now);
    int64_t by_wall = difference(token->expires_wall_ms, now.wall_ms);
    /* The clocks are not read at quite the same moment: no reason for two answers to differ. */
    if (difference(by_wall, rest) <= CLOCK_SKEW)
        rest = by_wall;
    int64_t left = most(0, difference(rest, kb_token_margin_ms(token, min_ttl)));
    return kb_clock_seconds(sum(now.wall_ms, left));
}

void kb_token_pack(const struct kb_token *token, struct kb_buf *out)
{
    kb_pack_u8(out, PACK_VERSION);
    kb_pack_secret(out, &token->value);
    kb_pack_i64(out, token->life_ms);
    kb_pack_i64(out, token->expires_wall_ms);
    kb_pack_i64(out, token->expires_boot_ms);
}

enum kb_err kb_token_unpack(
    const void *bytes, size_t len, struct kb_token *ret, struct kb_error *err)
{
    KB_AUTO(kb_token_clear) struct kb_token token = KB_TOKEN_INIT;
    struct kb_unpack in = kb_unpack(bytes, len);

    in.failed = kb_unpack_u8(&in) != PACK_VERSION || in.failed;
    kb_unpack_secret(&in, &token.value);
    token.life_ms = kb_unpack_i64(&in);
    token.expires_wall_ms = kb_unpack_i64(&in);
    token.expires_boot_ms = kb_unpack_i64(&in);
    if (!kb_token_text_ok(token.value.bytes, token.value.len) || token.life_ms < 0 ||
        token.expires_wall_ms < token.life_ms || token.expires_boot_ms < token.life_ms)
        in.failed = true;
    enum kb_err rc = kb_unpack_end(&in, "the token record", err);
    if (rc)
        return rc;
    kb_token_clear(ret);
    *ret = token;
    token = KB_TOKEN_INIT;
    return KB_OK;
}

void kb_token_clear(struct kb_token *token)
{
    if (!token)
        return;
    kb_secret_clear(&token->value);
    *token = KB_TOKEN_INIT;
}
