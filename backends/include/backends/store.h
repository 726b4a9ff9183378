/*
 * Secret stores: where an OAuth client waits between exchanges. Helper only.
 *
 * A store keeps a client under its reference, which is in it, as are its profile and its bond.
 * Whose client that is, the profile's card says (core/card.h). What release 0.1 stored lies under
 * its profile's name: that is read and removed, and no longer written. Each store is one file and
 * one row in the table. Every call ends by its deadline.
 */
#ifndef KB_BACKENDS_STORE_H
#define KB_BACKENDS_STORE_H

#include "base/clock.h"
#include "base/error.h"
#include "core/client.h"
#include "core/store_status.h"

#include <stdbool.h>

/* What a store needs to know about the caller. */
struct kb_store_context {
    const char *profile;
    const struct kb_ref *ref;    /* NULL: the client of version 1 */
    const struct kb_bond *bond;  /* a client with another one is refused; NULL: none is */
    bool interactive;            /* may unlock by asking the person */
    const char *chooser;         /* the command, if it has the option --store: for hints; or NULL */
    struct kb_deadline deadline; /* for everything, prompts included */
};

struct kb_store {
    const char *name; /* as in the configuration */

    /*
     * Errors of all calls: KB_ERR_UNAVAILABLE (no such service here), KB_ERR_LOCKED,
     * KB_ERR_DISMISSED, KB_ERR_TIMEOUT, KB_ERR_NOT_FOUND, KB_ERR_DENIED (bound to something
     * else, plaintext keyring, wrong passphrase), KB_ERR_CORRUPT, KB_ERR_SYSTEM;
     * each with a hint that names the next command.
     */

    /* Reads the client. */
    enum kb_err (*load)(
        const struct kb_store_context *context, struct kb_client *ret, struct kb_error *err);

    /*
     * Stores the client of version 2: whole, or not at all. One under the same reference is
     * replaced.
     */
    enum kb_err (*save)(const struct kb_store_context *context, const struct kb_client *client,
        struct kb_error *err);

    /*
     * Removes it and makes sure it is gone. One that is not there is KB_ERR_NOT_FOUND. With a
     * client of version 1 goes the one that it was replacing, if its `add` was killed.
     */
    enum kb_err (*remove)(const struct kb_store_context *context, struct kb_error *err);

    /*
     * Fails early, before a person is asked for a secret, when save() could not work.
     * Creates nothing. A keyring that only its own prompt unlocks is unlocked here, so that
     * nobody who waits for our lock waits for a person.
     */
    enum kb_err (*check)(const struct kb_store_context *context, struct kb_error *err);

    /* Never prompts and never unlocks. */
    enum kb_err (*status)(
        const struct kb_store_context *context, struct kb_store_status *ret, struct kb_error *err);
};

/* NULL when this program knows none of that name. */
const struct kb_store *kb_store_find(const char *name);

/* All that this program knows, up to NULL. */
extern const struct kb_store *const kb_stores[];

/*
 * The store for a profile that names none: "secret-service" where one answers before
 * DEADLINE, else "sealed-file". Used once, by `add`, which writes it down.
 */
const char *kb_store_default(struct kb_deadline deadline);

#endif
