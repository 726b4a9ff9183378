/*
 * A bearer token and the rules of its life. Pure: the time is a parameter.
 *
 * Life is kept on two clocks, and the shorter rest counts: setting the wall clock
 * back never revives a token, setting it forward costs one exchange. It is kept in
 * milliseconds: servers give lives of two seconds, and whole seconds would make half of
 * such a life a matter of luck.
 *
 * margin        = max(min_ttl, min(60 s, life / 10)), at most half of the life, never 0
 * handed out    while rest >= margin
 * printed       expiry - margin: what callers see never lets them use a dying token
 * refresh ahead once rest < margin + window; window = refresh_ahead, by default
 *               min(300 s, life / 10); never within the first tenth of the life
 */
#ifndef KB_CORE_TOKEN_H
#define KB_CORE_TOKEN_H

#include "base/clock.h"
#include "base/error.h"
#include "base/pack.h"
#include "base/secret.h"

#include <stdbool.h>
#include <stdint.h>

/* Bytes: what still fits git's line and Bazel's pipe, which end at 64 KiB. */
#define KB_TOKEN_MAX 49152
#define KB_TOKEN_TYPE_MAX 48

struct kb_token {
    struct kb_secret value;
    int64_t life_ms; /* it was issued for; 0: unknown, good only for who asked before we did */
    int64_t expires_wall_ms; /* with an unknown life: when the server was asked */
    int64_t expires_boot_ms;
};

#define KB_TOKEN_INIT ((struct kb_token){0})

/* 1 to KB_TOKEN_MAX bytes of 0x21..0x7e. Everything that leaves us passes this. */
bool kb_token_text_ok(const char *text, size_t len);

/*
 * Whether tokens of TYPE may be bearer tokens, whatever a provider calls them. False for types that
 * need a key or are no access token's, and for what is not 1 to KB_TOKEN_TYPE_MAX printable
 * characters.
 */
bool kb_token_type_may_be_bearer(const char *type);

/* Sets both expiry times from NOW and the SECONDS that the server said (0: unknown). */
void kb_token_set_life(struct kb_token *token, int64_t seconds, struct kb_clock now);

/*
 * Counts the life from GONE_MS earlier, when the server was asked; one that may be over by now
 * is unknown from here on. The margin stays that of the life it was issued for.
 */
void kb_token_backdate(struct kb_token *token, int64_t gone_ms);

/*
 * Whether who has been waiting since SINCE_BOOT_MS may have it: the server was asked for it
 * after that, so it was alive then, and it is not over, as far as its life is known.
 */
bool kb_token_serves_waiter(
    const struct kb_token *token, int64_t since_boot_ms, struct kb_clock now);

/* What is left, on the more pessimistic clock; negative when over; 0 when life is unknown. */
int64_t kb_token_rest_ms(const struct kb_token *token, struct kb_clock now);

int64_t kb_token_margin_ms(const struct kb_token *token, int min_ttl);

/* Whether a cached TOKEN may still be handed out. Unknown or absurd lives: no. */
bool kb_token_usable(const struct kb_token *token, int min_ttl, struct kb_clock now);

/*
 * Milliseconds until a token should be renewed, negative once it should have been; INT64_MAX when
 * its life is unknown. REFRESH_AHEAD -1: default.
 */
int64_t kb_token_refresh_in_ms(
    const struct kb_token *token, int min_ttl, int refresh_ahead, struct kb_clock now);

/* Whether a usable token should be renewed in the background. REFRESH_AHEAD -1: default. */
bool kb_token_wants_refresh(
    const struct kb_token *token, int min_ttl, int refresh_ahead, struct kb_clock now);

/*
 * The unix time in seconds to print: reduced by the margin and rounded down, never before NOW's
 * second; 0 when life is unknown.
 */
int64_t kb_token_printed_expiry(const struct kb_token *token, int min_ttl, struct kb_clock now);

void kb_token_pack(const struct kb_token *token, struct kb_buf *out);
/* KB_ERR_CORRUPT for anything kb_token_pack() cannot have written. */
KB_CHECKED enum kb_err kb_token_unpack(
    const void *bytes, size_t len, struct kb_token *ret, struct kb_error *err);

void kb_token_clear(struct kb_token *token);

#endif
