/*
 * A home of its own for each test of the vault: XDG_DATA_HOME in a fresh directory, a key
 * file beside it, no trace left behind.
 */
#ifndef KB_TESTS_VAULT_FIXTURE_H
#define KB_TESTS_VAULT_FIXTURE_H

#include "backends/store.h"
#include "base/buf.h"
#include "base/secret.h"
#include "vault_slots.h"

#define FIXTURE_PASSPHRASE "correct horse battery staple"
#define FIXTURE_TTL 60

extern char fixture_root[64];      /* the fresh directory */
extern char fixture_vault[128];    /* where the vault goes */
extern char fixture_key_file[128]; /* 32 random bytes */

/* Where a test that only wants the code lets the text go. */
extern struct kb_error fixture_err;

/* The cheapest Argon2id that the format allows. */
extern const struct kb_vault_cost fixture_cost;

/* cmocka setup and teardown. Setup leaves KEYBEARER_KEY_FILE unset. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* Vaults with one slot each; the second also names its key file in the environment. */
void fixture_make_passphrase_vault(void);
void fixture_make_key_file_vault(void);

struct kb_secret fixture_secret(const char *text);

/* The vault gets another slot, as `passwd` does it: a text that is empty is none. */
enum kb_err fixture_rewrap(const char *old_text, const char *new_text, const char *key_file);

/*
 * What lies under the reference that PROFILE always has here, bound to the origin of TOKEN_URL;
 * and what is to be told to a store for it. Of version 1: under the profile's name.
 */
struct kb_client fixture_client(
    const char *profile, const char *id, const char *secret, const char *token_url);
struct kb_store_context fixture_context(const char *profile, const char *token_url);
struct kb_store_context fixture_context_1(const char *profile, const char *token_url);

struct kb_ref fixture_ref(const char *profile);
/* The name of PROFILE's file; borrowed until the next call. */
const char *fixture_file(const char *profile);

/* The file NAME of the vault, and its replacement; BUF is the caller's to clear. */
void fixture_read(const char *name, struct kb_buf *ret);
void fixture_write(const char *name, const void *bytes, size_t len);

/* Any file: created with MODE. */
void fixture_write_path(const char *path, const void *bytes, size_t len, unsigned mode);

/* Whether the kernel keyring works here: containers often forbid it. */
bool fixture_has_kernel_keyring(void);

#endif
