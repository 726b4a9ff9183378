/*
 * Whether a client can sign with an algorithm. KB_ERR_CONFIG says what would fit.
 */
#ifndef KB_SIGN_FIT_H
#define KB_SIGN_FIT_H

#include "kinds.h"

KB_CHECKED enum kb_err kb_sign_check_secret(
    const struct kb_client *client, enum kb_jws_alg alg, struct kb_error *err);
KB_CHECKED enum kb_err kb_sign_check_kind(
    enum kb_sign_kind kind, enum kb_jws_alg alg, struct kb_error *err);

#endif
