/*
 * The stores that exist. Private to this layer; everybody else asks kb_store_find().
 */
#ifndef KB_BACKENDS_STORES_H
#define KB_BACKENDS_STORES_H

#include "backends/store.h"

extern const struct kb_store kb_store_secret_service;
extern const struct kb_store kb_store_sealed_file;

/*
 * What every load() asks before it gives CLIENT away. KB_ERR_CORRUPT: it is not the one that was
 * asked for. KB_ERR_DENIED: it is bound to something else.
 */
KB_CHECKED enum kb_err kb_store_check_client(
    const struct kb_store_context *context, const struct kb_client *client, struct kb_error *err);

/* The same of a client of version 1 that was stored for TOKEN_URL: its origin is all it has. */
KB_CHECKED enum kb_err kb_store_check_origin(
    const struct kb_store_context *context, const char *token_url, struct kb_error *err);

/* What every save() asks before it takes CLIENT. */
KB_CHECKED enum kb_err kb_store_check_fit(
    const struct kb_store_context *context, const struct kb_client *client, struct kb_error *err);

/* Until when to wait for what no person has to answer: that comes soon, or never. */
struct kb_deadline kb_store_quiet_deadline(const struct kb_store_context *context);

/*
 * Whether a Secret Service with a default keyring answers before DEADLINE. Unlocks
 * nothing; the bus may start a service that is installed.
 */
bool kb_secret_service_answers(struct kb_deadline deadline);

#endif
