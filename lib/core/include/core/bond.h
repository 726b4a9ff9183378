/*
 * The bond of a client: where its proof may go, for whom it may sign, which files it may send, and
 * who may vouch for that place. It is sealed with the client and stands in its card. A
 * configuration that says something else does not get the client.
 */
#ifndef KB_CORE_BOND_H
#define KB_CORE_BOND_H

#include "base/error.h"
#include "base/json.h"
#include "base/json_write.h"
#include "core/profile.h"

#include <stdbool.h>

#define KB_BOND_ORIGIN_TEXT 288 /* "https://HOST:PORT" and its NUL */
#define KB_BOND_CA_TEXT 72      /* "sha256:" and 64 digits */
#define KB_BOND_TEXT_MAX 255    /* bytes of an audience or of a path */
#define KB_BOND_PARTS 7

struct kb_bond {
    char token[KB_BOND_ORIGIN_TEXT];
    char second[KB_BOND_ORIGIN_TEXT];          /* of a second step; "": there is none */
    char revocation[KB_BOND_ORIGIN_TEXT];      /* likewise */
    char audience[KB_BOND_TEXT_MAX + 1];       /* whom its assertions are for; "": the endpoint */
    char assertion_file[KB_BOND_TEXT_MAX + 1]; /* client_assertion_file; "": there is none */
    char subject_file[KB_BOND_TEXT_MAX + 1];   /* subject_token_file; "": there is none */
    char ca[KB_BOND_CA_TEXT];                  /* "system", or "sha256:" of what is in ca_file */
};

/*
 * The bond of a key that has no client yet: no origin, and "none" as its authorities. No profile
 * asks for that.
 */
struct kb_bond kb_bond_nowhere(void);
bool kb_bond_is_nowhere(const struct kb_bond *bond);

/* The bond that PROFILE asks for now. Reads its ca_file, with the errors of kb_ca_file_read(). */
KB_CHECKED enum kb_err kb_bond_of(
    const struct kb_profile *profile, struct kb_bond *ret, struct kb_error *err);

/* Sets the origin of the token endpoint from its URL; false for what is no URL. */
bool kb_bond_set_token(struct kb_bond *bond, const char *token_url);

bool kb_bond_equal(const struct kb_bond *a, const struct kb_bond *b);

/* How a person is told of a part of a bond, and of a part that is not there. */
struct kb_bond_words {
    const char *title, *nothing;
};

/* Part I of KB_BOND_PARTS in two bonds, which own the texts. "": it is not there. */
struct kb_bond_change {
    const struct kb_bond_words *words;
    const char *was, *is;
};

struct kb_bond_change kb_bond_change(const struct kb_bond *was, const struct kb_bond *is, size_t i);

/*
 * KB_ERR_DENIED, naming both values, where WANTED is not what the client of profile NAME was
 * STORED for.
 */
KB_CHECKED enum kb_err kb_bond_check(const struct kb_bond *stored, const struct kb_bond *wanted,
    const char *name, struct kb_error *err);

/* As an object: {"token":..,"ca":..}, and the other parts that there are. */
void kb_bond_write(struct kb_json_writer *w, const struct kb_bond *bond);

/* Reads that and nothing else; false leaves *RET as it is. */
bool kb_bond_read(struct json_object *object, struct kb_bond *ret);

#endif
