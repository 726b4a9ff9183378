/*
 * Who renews the token in a file, for as long as a command of `run` uses it. Must never put another
 * client's token there than that which the command began with, nor wait for anybody who does not
 * read what it says.
 */
#include "run.h"

#include <poll.h>

/* The clocks may jump, or the machine sleep: nobody trusts a longer wait. */
enum { NAP_MS = 30000, PAUSE_MS = 1000 };

bool run_has_ended(int pidfd, int wait_ms)
{
    struct pollfd process = {.fd = pidfd, .events = POLLIN};

    return poll(&process, 1, wait_ms) != 0;
}

static int within(int64_t ms, int least, int most)
{
    return ms < least ? least : ms > most ? most : (int)ms;
}

/* A nap at most. */
static int due_in_ms(const struct run_keeper *keeper)
{
    return within(kb_token_refresh_in_ms(&keeper->life, keeper->profile->min_ttl,
                      keeper->profile->refresh_ahead, kb_clock_now()),
        0, NAP_MS);
}

/* Between two tries: the shorter the tokens live, the shorter. */
static int pause_ms(const struct run_keeper *keeper)
{
    int least = within(keeper->life.life_ms / 2, 1, PAUSE_MS);

    return within(keeper->life.life_ms / 16, least, NAP_MS);
}

static enum kb_err renew_once(struct run_keeper *keeper, struct kb_error *err)
{
    KB_AUTO(kb_token_clear) struct kb_token token = KB_TOKEN_INIT;
    enum kb_err rc = obtain_ahead(keeper->profile->name, &keeper->key, &token, err);

    helper_reap();
    if (!rc)
        rc = kb_token_file_write(&keeper->file, &token.value, err);
    if (rc)
        return rc;
    keeper->life = token;
    keeper->life.value = KB_SECRET_INIT;
    return KB_OK;
}

/* While the old token lives, nobody need know; and who knows already need not be told again. */
static void complain(const struct run_keeper *keeper, const struct kb_error *why, bool *said)
{
    struct kb_error err = KB_ERROR_INIT;

    if (*said || kb_token_rest_ms(&keeper->life, kb_clock_now()) > 0)
        return;
    kb_fail(&err, why->code, "the token in the file for the command has expired: %s", why->msg);
    kb_hint(&err, "%s", why->hint);
    output_error_at_once(&err);
    *said = true;
}

/* Returns how long to wait until the next look. */
static int renew_if_due(struct run_keeper *keeper, bool *said)
{
    struct kb_error err = KB_ERROR_INIT;
    int due_ms = due_in_ms(keeper);
    enum kb_err rc;

    if (due_ms > 0)
        return due_ms;
    rc = renew_once(keeper, &err);
    *said = *said && rc;
    if (rc && !run_has_ended(keeper->command_pidfd, 0))
        complain(keeper, &err, said);
    due_ms = due_in_ms(keeper);
    /* A new token that is to be renewed at once is the old one still, or as short-lived. */
    return due_ms > pause_ms(keeper) ? due_ms : pause_ms(keeper);
}

void run_renew(struct run_keeper *keeper)
{
    int wait_ms = due_in_ms(keeper);
    bool said = false;

    while (!run_has_ended(keeper->command_pidfd, wait_ms + 1))
        wait_ms = renew_if_due(keeper, &said);
}
