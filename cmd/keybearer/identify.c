/*
 * Which stored client is a profile's: its card says so. Where there is none the helper is asked,
 * in case release 0.1 stored a client. Must never guess: without an answer there is no token.
 */
#include "front.h"

#include "core/cards.h"

#include <errno.h>

static enum kb_err ask_helper(
    const struct kb_profile *profile, struct kb_ref *ret, struct kb_error *err)
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    enum kb_err rc = helper_ask("identify", KB_REPORT_IDENTIFY, profile, &frame, err);

    if (rc)
        return rc;
    if (kb_ref_equal(&frame.report.client, &(struct kb_ref){{0}}))
        return kb_fail(err, KB_ERR_SYSTEM, "the helper named no client");
    *ret = frame.report.client;
    return KB_OK;
}

enum kb_err client_on_card(
    const struct kb_profile *profile, struct kb_ref *ret, struct kb_error *err)
{
    struct kb_card_client client;
    enum kb_err rc = kb_cards_find(profile, &client, err);

    if (!rc)
        *ret = client.ref;
    return rc;
}

enum kb_err client_find(const struct kb_profile *profile, struct kb_ref *ret, struct kb_error *err)
{
    enum kb_err rc = client_on_card(profile, ret, err);

    return rc == KB_ERR_NOT_FOUND && err->sys == ENOENT ? ask_helper(profile, ret, err) : rc;
}
