/*
 * `doctor` about what the last exchanges came to: a client that its endpoint refused, and an
 * endpoint that wants no request for a while. Must never ask one.
 */
#include "doctor.h"

#include "front.h"

#include "cache/outcome.h"
#include "config/identity.h"
#include "core/cards.h"

#include <stdio.h>

/* Whoever has a failure before a server was asked reads it elsewhere on the page. */
static void check_outcome(struct doctor_page *page, const char *about,
    const struct kb_outcome *outcome, struct kb_clock now)
{
    const struct kb_error *error = &outcome->error;
    int64_t age_ms = now.wall_ms - outcome->when_wall_ms;

    if (!error->code || outcome->asked_boot_ms == 0)
        return;
    doctor_say(page, error->code == KB_ERR_DENIED ? FINDING_FAIL : FINDING_NOTE, about,
        kb_err_hint(error), "its last exchange failed, %s ago: %s",
        kb_clock_say(kb_clock_seconds(age_ms > 0 ? age_ms : 0)).text, error->msg);
}

static void check_profile(
    struct doctor_page *page, const struct kb_cache *cache, const struct kb_profile *profile)
{
    struct kb_card_client client = {.spare = true};
    struct kb_outcome outcome = {.when_wall_ms = 0};
    struct kb_clock now = kb_clock_now();
    int64_t pause_s = kb_pause_of_profile_s(cache, profile, now);
    char about[KB_PROFILE_NAME_MAX + 16];

    snprintf(about, sizeof(about), "profile %s", profile->name);
    if (pause_s > 0) {
        doctor_say(page, FINDING_NOTE, about, "wait, then try again",
            "its endpoint may be asked again in %s", kb_clock_say(pause_s).text);
    } else if (!kb_cards_find(profile, &client, NULL)) {
        struct kb_cache_key key = kb_cache_key_for_profile(profile, &client.ref);

        if (!kb_cache_get_outcome(cache, &key, &outcome, NULL))
            check_outcome(page, about, &outcome, now);
    }
}

void doctor_check_outcomes(struct doctor_page *page, const struct kb_config *config)
{
    KB_AUTO(kb_cache_close) struct kb_cache cache = KB_CACHE_INIT;

    kb_cache_open(&cache);
    for (size_t i = 0; i < config->count; i++)
        check_profile(page, &cache, &config->profiles[i]);
}
