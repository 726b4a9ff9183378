/*
 * Reading a stored client: the library kb_client_decode, which only helpers link. The front
 * never holds a proof, and cannot read one.
 */
#ifndef KB_CORE_CLIENT_DECODE_H
#define KB_CORE_CLIENT_DECODE_H

#include "core/client.h"

/*
 * Version 2 exactly as kb_client_encode() writes it, or version 1 as release 0.1 did. Everything
 * else is KB_ERR_CORRUPT; a version or a proof that we do not know was stored by a newer
 * keybearer, and the error says so.
 */
KB_CHECKED enum kb_err kb_client_decode(
    const char *text, size_t len, struct kb_client *ret, struct kb_error *err);

#endif
