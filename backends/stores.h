/*
 * The stores that exist. Private to this layer; everybody else asks kb_store_find().
 */
#ifndef KB_BACKENDS_STORES_H
#define KB_BACKENDS_STORES_H

#include "backends/store.h"

extern const struct kb_store kb_store_secret_service;
extern const struct kb_store kb_store_sealed_file;

/*
 * Whether a Secret Service with a default keyring answers before DEADLINE. Unlocks
 * nothing; the bus may start a service that is installed.
 */
bool kb_secret_service_answers(struct kb_deadline deadline);

#endif
