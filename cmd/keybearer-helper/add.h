/*
 * What one `add` works with. add.c owns its order, add_missing.c what is said where no provider is
 * named, add_needs.c what is asked of the preset, add_key.c where the client's key comes from,
 * add_ask.c who the client is, add_hint.c what there is to do after a failure, add_report.c what
 * the front is told.
 */
#ifndef KB_HELPER_ADD_H
#define KB_HELPER_ADD_H

#include "helper.h"

#include "core/report.h"
#include "sign/key.h"

/* What the command was given of a key, until the client has it. */
struct given_key {
    struct key_input input, certificate_input;
    struct kb_key_file file;       /* of the first; without a key: it was not given */
    struct kb_secret certificates; /* what the second holds, as it is */
    bool was_encrypted;            /* the file, by a passphrase that was asked for */
    struct kb_card_client made;    /* by keygen, to be read; no store: the client gets another */
    struct made_key end_of_made;   /* once the client is stored */
};

struct addition {
    struct add_options options;
    struct given_key key;
    enum kb_proof needs;     /* of the profile */
    struct kb_buf object;    /* the profile as JSON; empty: it is configured already */
    struct kb_config config; /* as it will be: what was planned, with the profile */
    struct kb_config stored; /* the same when new settings were stored */
    const struct kb_profile *profile;
    const struct kb_store *store;
    struct kb_secret former_id; /* of the client that is replaced; empty: not known, or none is */
    struct kb_error former_locked; /* why it is not known, if a lock is; else no text */
    bool same_client;              /* as that one, with the same secret */
    struct kb_client client;
    struct kb_token token;
    struct kb_reply_facts facts;
    bool imports;         /* for `import`: it is confined, and the next command is not `add` */
    bool chose_store;     /* nobody gave one */
    bool replaces;        /* the settings of a profile that was there */
    bool overtaken;       /* it was not there when this one began */
    int64_t began_s;      /* Unix time */
    struct kb_error left; /* why the client of before may still be in a store */
};

#define ADDITION_INIT                                                                              \
    ((struct addition){.object = KB_BUF_INIT(65536),                                               \
        .key = {.input = {.fd = -1}, .certificate_input = {.fd = -1}}})

/* --- add.c --- */

/*
 * Confines this process to what an addition to STORE needs (NULL: to whichever it will be), with
 * CA_FILE, TOKEN_FILES and MORE, each of which may be NULL.
 */
KB_CHECKED enum kb_err add_confine(const char *store, const char *ca_file,
    const char *const token_files[2], const struct kb_strings *more, struct kb_error *err);

/*
 * Plans, asks, proves and stores what OPTIONS say; a client's secret that ADD has is not asked for.
 * CACHE is made, and closed by the caller. On success profile, client and token are set.
 */
KB_CHECKED enum kb_err add_client(
    struct addition *add, struct kb_cache *cache, struct kb_error *err);

void add_clear(struct addition *add);

/* --- add_missing.c --- */

/* KB_ERR_USAGE: nothing was given that makes profile NAME, which CONFIG has not. */
enum kb_err add_no_profile(const char *name, const struct kb_config *config, struct kb_error *err);

/* The same where settings were given, and no provider is among them. The profile may be there. */
enum kb_err add_provider_missing(const struct addition *add, struct kb_error *err);

/* --- add_key.c --- */

/* Opens what the options name; to be called before confine(). */
KB_CHECKED enum kb_err add_open_key(struct addition *add, struct kb_error *err);

/* Reads it. A file that says where its key is for is a setting where none says that. */
KB_CHECKED enum kb_err add_read_key(struct addition *add, struct kb_error *err);

/*
 * Gives the client the key and the secret that were read, and which proofs it must have; or finds
 * the key that keygen made. KB_ERR_USAGE where that does not fit the profile.
 */
KB_CHECKED enum kb_err add_choose_proof(struct addition *add, struct kb_error *err);

/* The key of FORMER, of the same profile, where the client has none of its own. */
KB_CHECKED enum kb_err add_keep_key(
    struct addition *add, struct kb_client *former, struct kb_error *err);

/* KB_ERR_USAGE: the profile needs a key, and there is none. */
KB_CHECKED enum kb_err add_check_key(const struct addition *add, struct kb_error *err);

/* Reads the key that keygen made, if it is to be this client's; may ask what unlocks its store. */
KB_CHECKED enum kb_err add_fetch_key(struct addition *add, struct kb_error *err);

void add_key_clear(struct given_key *key);

/* What of the client may be wrong: "client id and secret", .. */
const char *add_say_halves(const struct addition *add);

/* --- add_needs.c --- */

/*
 * On a terminal asks for what the preset needs and the options do not say, and adds that to them.
 * Without one, and in a script, does nothing.
 */
KB_CHECKED enum kb_err add_ask_needs(struct addition *add, struct kb_error *err);

/* --- add_ask.c --- */

/*
 * Fills client and token: with a client that the endpoint has issued a token for. A person is
 * asked again when it was refused, a script is not. FACTS is set when the endpoint was asked.
 */
KB_CHECKED enum kb_err add_prove(
    struct addition *add, const struct kb_cache *cache, struct kb_error *err);

/* --- add_hint.c --- */

/* After a failure of add_prove(): the next command, where that can be known. */
void add_hint(const struct addition *add, struct kb_error *err);

/* Appends lines about the next command if the client may have been sent to the wrong place. */
bool add_say_other_place(const struct addition *add, struct kb_buf *out);

/* --- add_report.c --- */

void add_report(const struct addition *add, struct kb_report_add *ret);

#endif
