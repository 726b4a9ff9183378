/*
 * What a request says, before it is put together: rows of the tables in lib/oauth add to it, and
 * none of them knows what will become of it.
 *
 * As with a buffer, running out of memory is a failure that sticks: kb_parts_check() tells.
 */
#ifndef KB_OAUTH_PARTS_H
#define KB_OAUTH_PARTS_H

#include "base/attr.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/strings.h"

struct kb_field {
    const char *name;       /* borrowed: it outlives the parts */
    struct kb_secret value; /* any may be secret, so all are wiped */
};

struct kb_parts {
    struct kb_field *fields; /* of the body, in order */
    size_t count;
    bool failed;
    struct kb_pairs headers;        /* no secrets */
    struct kb_secret authorization; /* the whole header value, or empty */
};

/* Adds a field with a copy of VALUE, of at most KB_SECRET_MAX bytes. */
void kb_parts_add(struct kb_parts *parts, const char *name, const char *value);
void kb_parts_add_secret(struct kb_parts *parts, const char *name, const struct kb_secret *value);

/* KB_OK, or KB_ERR_SYSTEM when a field is missing. */
KB_CHECKED enum kb_err kb_parts_check(const struct kb_parts *parts, struct kb_error *err);

/* Wipes, frees, leaves nothing in it. */
void kb_parts_clear(struct kb_parts *parts);

#endif
