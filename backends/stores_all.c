/*
 * The table of all secret stores, for the helper that may talk to the desktop. There is no
 * plaintext store, so nothing can fall back to one.
 */
#include "stores.h"

const struct kb_store *const kb_stores[] = {
    &kb_store_secret_service,
    &kb_store_sealed_file,
    NULL,
};

const char *kb_store_default(struct kb_deadline deadline)
{
    return kb_secret_service_answers(deadline) ? kb_store_secret_service.name
                                               : kb_store_sealed_file.name;
}
