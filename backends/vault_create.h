/*
 * Making a vault at a chosen cost. Private to this layer: people's vaults are made by
 * kb_vault_create(); tests and the golden files' generator use the cheapest allowed.
 */
#ifndef KB_BACKENDS_VAULT_CREATE_H
#define KB_BACKENDS_VAULT_CREATE_H

#include "base/attr.h"
#include "base/error.h"
#include "vault_slots.h"

/* As kb_vault_create(), with the cost of the opener. */
KB_CHECKED enum kb_err kb_vault_create_with(
    const struct kb_vault_opener *opener, unsigned ttl, struct kb_error *err);

#endif
