/*
 * Whether a key's numbers belong together.
 */
#ifndef KB_SIGN_PROVE_H
#define KB_SIGN_PROVE_H

#include "load.h"

/* KB_ERR_USAGE: they do not. For a new key: one that is stored was proved. */
KB_CHECKED enum kb_err kb_sign_prove(const struct kb_sign_key *key, struct kb_error *err);

#endif
