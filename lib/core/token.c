/*
 * The life of a token, as arithmetic. Must never read a clock, and must never let a
 * wrong one, or a damaged record, make a token look fresh.
 */
#include "core/token.h"

#include "base/strings.h"

#define PACK_VERSION 1
#define LIFE_MAX (31 * INT64_C(86400)) /* longer than any bearer token ought to live */
#define MARGIN_DEFAULT 60
#define WINDOW_DEFAULT 300

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

void kb_token_set_life(struct kb_token *token, int64_t life, struct kb_clock now)
{
    token->life = most(life, 0);
    token->expires_wall = sum(now.wall, token->life);
    token->expires_boot = sum(now.boot, token->life);
}

void kb_token_backdate(struct kb_token *token, int64_t seconds)
{
    int64_t gone = most(seconds, 0);

    if (gone >= token->life) {
        gone = token->life;
        token->life = 0;
    }
    token->expires_wall = difference(token->expires_wall, gone);
    token->expires_boot = difference(token->expires_boot, gone);
}

int64_t kb_token_rest(const struct kb_token *token, struct kb_clock now)
{
    if (token->life <= 0)
        return 0;
    return least(
        difference(token->expires_wall, now.wall), difference(token->expires_boot, now.boot));
}

/* The clock that nobody can set stands before the issue: another boot, or time namespace. */
static bool is_from_the_future(const struct kb_token *token, struct kb_clock now)
{
    return difference(token->expires_boot, now.boot) > token->life;
}

bool kb_token_serves_waiter(const struct kb_token *token, int64_t since, struct kb_clock now)
{
    bool is_over = token->life > 0 && kb_token_rest(token, now) <= 0;

    if (is_over || is_from_the_future(token, now))
        return false;
    return difference(token->expires_boot, token->life) >= since;
}

int64_t kb_token_margin(const struct kb_token *token, int min_ttl)
{
    int64_t margin = most(min_ttl, least(MARGIN_DEFAULT, token->life / 10));
    return least(margin, token->life / 2);
}

bool kb_token_usable(const struct kb_token *token, int min_ttl, struct kb_clock now)
{
    int64_t rest = kb_token_rest(token, now);

    if (token->life <= 0 || token->life > LIFE_MAX || is_from_the_future(token, now))
        return false;
    return rest > 0 && rest >= kb_token_margin(token, min_ttl);
}

bool kb_token_wants_refresh(
    const struct kb_token *token, int min_ttl, int refresh_ahead, struct kb_clock now)
{
    int64_t window = refresh_ahead >= 0 ? refresh_ahead : least(WINDOW_DEFAULT, token->life / 10);
    int64_t latest = token->life - token->life / 10;

    if (token->life <= 0)
        return false;
    return kb_token_rest(token, now) < least(kb_token_margin(token, min_ttl) + window, latest);
}

int64_t kb_token_printed_expiry(const struct kb_token *token, int min_ttl, struct kb_clock now)
{
    if (token->life <= 0)
        return 0;
    int64_t rest = kb_token_rest(token, now);
    int64_t by_wall = difference(token->expires_wall, now.wall);
    /* The two clocks change seconds at different moments: no reason for two answers to differ. */
    if (difference(by_wall, rest) == 1)
        rest = by_wall;
    return sum(now.wall, most(0, difference(rest, kb_token_margin(token, min_ttl))));
}

void kb_token_pack(const struct kb_token *token, struct kb_buf *out)
{
    kb_pack_u8(out, PACK_VERSION);
    kb_pack_secret(out, &token->value);
    kb_pack_i64(out, token->life);
    kb_pack_i64(out, token->expires_wall);
    kb_pack_i64(out, token->expires_boot);
}

static bool life_is_consistent(const struct kb_token *token)
{
    return token->life >= 0 && token->expires_wall >= token->life &&
           token->expires_boot >= token->life;
}

enum kb_err kb_token_unpack(
    const void *bytes, size_t len, struct kb_token *ret, struct kb_error *err)
{
    KB_AUTO(kb_token_clear) struct kb_token token = KB_TOKEN_INIT;
    struct kb_unpack in = kb_unpack(bytes, len);

    in.failed = kb_unpack_u8(&in) != PACK_VERSION || in.failed;
    kb_unpack_secret(&in, &token.value);
    token.life = kb_unpack_i64(&in);
    token.expires_wall = kb_unpack_i64(&in);
    token.expires_boot = kb_unpack_i64(&in);
    if (!kb_token_text_ok(token.value.bytes, token.value.len) || !life_is_consistent(&token))
        in.failed = true;
    enum kb_err rc = kb_unpack_end(&in, "the token record", err);
    if (rc)
        return rc;
    kb_secret_move(&ret->value, &token.value);
    ret->life = token.life;
    ret->expires_wall = token.expires_wall;
    ret->expires_boot = token.expires_boot;
    return KB_OK;
}

void kb_token_clear(struct kb_token *token)
{
    if (!token)
        return;
    kb_secret_clear(&token->value);
    *token = (struct kb_token)KB_TOKEN_INIT;
}
