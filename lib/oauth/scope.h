/*
 * How the scope of a profile is asked for. Private to lib/oauth.
 */
#ifndef KB_OAUTH_SCOPE_H
#define KB_OAUTH_SCOPE_H

#include "base/buf.h"
#include "core/profile.h"

#include <stdbool.h>

/* Whether the profile's scope is a claim of its assertion, and no field. */
bool kb_scope_is_claim(const struct kb_profile *profile);

/* Appends the profile's scope, of which there must be one, with its separator. */
void kb_scope_append(const struct kb_profile *profile, struct kb_buf *out);

#endif
