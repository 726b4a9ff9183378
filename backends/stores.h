/*
 * The stores that exist. Private to this layer; everybody else asks kb_store_find().
 */
#ifndef KB_BACKENDS_STORES_H
#define KB_BACKENDS_STORES_H

#include "backends/store.h"

extern const struct kb_store kb_store_secret_service;
extern const struct kb_store kb_store_sealed_file;

/*
 * KB_ERR_DENIED when a client stored for STORED_URL is not for the caller, who did not ask for
 * any_origin. What every load() says before it gives a client away.
 */
KB_CHECKED enum kb_err kb_store_check_origin(
    const struct kb_store_context *context, const char *stored_url, struct kb_error *err);

/* Until when to wait for what no person has to answer: that comes soon, or never. */
struct kb_deadline kb_store_quiet_deadline(const struct kb_store_context *context);

/*
 * Whether a Secret Service with a default keyring answers before DEADLINE. Unlocks
 * nothing; the bus may start a service that is installed.
 */
bool kb_secret_service_answers(struct kb_deadline deadline);

#endif
