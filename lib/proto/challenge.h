/*
 * A value of WWW-Authenticate. Private to this folder.
 */
#ifndef KB_PROTO_CHALLENGE_H
#define KB_PROTO_CHALLENGE_H

#include <stdbool.h>

/* Whether one of the challenges in VALUE is of SCHEME, in any case. */
bool kb_challenge_names(const char *value, const char *scheme);

#endif
