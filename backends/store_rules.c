/*
 * What every store asks of a client, before it is given away or taken. Must never know a store.
 */
#include "core/url.h"
#include "stores.h"

#include <string.h>

/* A call that may not prompt has no person to wait for. */
#define QUIET_WAIT_MS 5000

struct kb_deadline kb_store_quiet_deadline(const struct kb_store_context *context)
{
    struct kb_deadline quiet = kb_deadline_in_ms(QUIET_WAIT_MS);

    return context->deadline.at_ms < quiet.at_ms ? context->deadline : quiet;
}

enum kb_err kb_store_check_origin(
    const struct kb_store_context *context, const char *token_url, struct kb_error *err)
{
    struct kb_bond stored;

    if (!context->bond)
        return KB_OK;
    stored = *context->bond;
    if (!kb_bond_set_token(&stored, token_url))
        return kb_hinted(err, kb_fail(err, KB_ERR_CORRUPT, "the stored client is damaged"),
            "keybearer add %s", context->profile);
    return kb_bond_check(&stored, context->bond, context->profile, err);
}

static bool is_the_one(const struct kb_store_context *context, const struct kb_client *client)
{
    if (!context->ref)
        return client->token_url != NULL;
    return !client->token_url && kb_ref_equal(&client->ref, context->ref) &&
           strcmp(client->profile, context->profile) == 0;
}

enum kb_err kb_store_check_client(
    const struct kb_store_context *context, const struct kb_client *client, struct kb_error *err)
{
    if (!is_the_one(context, client))
        return kb_hinted(err,
            kb_fail(
                err, KB_ERR_CORRUPT, "what is stored for %s is another client", context->profile),
            "keybearer add %s", context->profile);
    if (!context->ref)
        return kb_store_check_origin(context, client->token_url, err);
    if (!context->bond)
        return KB_OK;
    return kb_bond_check(&client->bound, context->bond, context->profile, err);
}

enum kb_err kb_store_check_fit(
    const struct kb_store_context *context, const struct kb_client *client, struct kb_error *err)
{
    enum kb_err rc = kb_client_check(client, err);

    if (!rc && (!context->ref || !is_the_one(context, client)))
        rc = kb_fail(err, KB_ERR_USAGE, "\"%s\" cannot be stored so", context->profile);
    return rc ? rc : kb_store_check_client(context, client, err);
}
