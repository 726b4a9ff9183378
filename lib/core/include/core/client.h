/*
 * An OAuth client as a store keeps it: id, secret, and the endpoint they belong to.
 */
#ifndef KB_CORE_CLIENT_H
#define KB_CORE_CLIENT_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"

#include <stddef.h>

#define KB_CLIENT_ID_MAX 1024
#define KB_CLIENT_SECRET_MAX 8192

struct kb_client {
    struct kb_secret id; /* not confidential by RFC 6749, but nobody's business either */
    struct kb_secret secret;
    char *token_url; /* the endpoint it was stored for */
};

#define KB_CLIENT_INIT                                                                             \
    {                                                                                              \
        0                                                                                          \
    }

/* Checks lengths and that both are printable ASCII without surrounding space. */
KB_CHECKED enum kb_err kb_client_check(const struct kb_client *client, struct kb_error *err);

/* One line of JSON: {"v":1,"id":..,"secret":..,"token_url":..}, without a line end. */
void kb_client_encode(const struct kb_client *client, struct kb_buf *out);

/* KB_ERR_CORRUPT for anything else than what kb_client_encode() writes. */
KB_CHECKED enum kb_err kb_client_decode(
    const char *text, size_t len, struct kb_client *ret, struct kb_error *err);

/*
 * KB_ERR_DENIED when the client was stored for an endpoint of another origin than
 * TOKEN_URL: a changed configuration must not carry a secret to a new place.
 */
KB_CHECKED enum kb_err kb_client_check_bound(
    const char *stored_url, const char *token_url, const char *profile, struct kb_error *err);

void kb_client_clear(struct kb_client *client);

#endif
