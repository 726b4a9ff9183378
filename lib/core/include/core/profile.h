/*
 * A profile: one OAuth client at one token endpoint, and who may have its tokens.
 * Plain data; config/config.h makes it from the configuration file, and clears it.
 */
#ifndef KB_CORE_PROFILE_H
#define KB_CORE_PROFILE_H

#include "base/strings.h"
#include "core/url.h"

#include <stdbool.h>
#include <stddef.h>

#define KB_API_HEADER "Authorization" /* where a token is as a rule */

#define KB_PROFILE_NAME_MAX 63 /* bytes; letters, digits, '.', '_', '-'; not leading '.' or '-' */

/* How the client proves itself at the token endpoint: KB_AUTH_POST and so on. */
enum kb_client_auth_method {
#define KB_CLIENT_AUTH(method, name, needs) KB_AUTH_##method,
#include "core/client_auths.def"
};

/* Their names, "client_secret_post" and so on, in the same order; NULL at the end. */
extern const char *const kb_client_auth_names[];

struct kb_preset;

struct kb_profile {
    char *name;
    bool is_typed;                  /* its settings are a command's options, and in no file yet */
    char *preset_name;              /* or NULL */
    const struct kb_preset *preset; /* of that name; points into the static table */
    char *host;                     /* what the preset's {host} was filled with, or NULL */
    char *environment, *tenant;     /* what helped to fill the preset's places; or NULL */
    char *store;                    /* "secret-service" or "sealed-file" */

    char *token_url_text; /* as it is sent */
    struct kb_url token_url;
    char *client_auth;           /* one of kb_client_auth_names; never NULL */
    char *client_alg;            /* of the client's signature; NULL: its key's own, or HS256 */
    char *client_key_id;         /* "kid" of an assertion; NULL: the stored key's */
    char *assertion_audience;    /* "token_endpoint", "issuer", or a text; NULL: the first */
    char *issuer;                /* the server's, where an assertion is for that; or NULL */
    struct kb_pairs claims;      /* further claims of an assertion */
    char *client_assertion_file; /* absolute path of a file that somebody keeps fresh; or NULL */
    char *grant;                 /* grant_type, or "none"; NULL: client_credentials */
    char *subject_token_file;    /* as client_assertion_file, for token exchange; or NULL */
    char *subject_token_type;    /* a URI; NULL: that of a JWT */
    char *body;                  /* "json", "query"; NULL: a form */
    char *client_id_name, *client_secret_name; /* fields; NULL: client_id, client_secret */
    char *scope;                               /* space separated, or NULL */
    char *scope_separator;       /* "comma": that is sent between its words; or NULL */
    char *scope_place;           /* "claim": it is one of the assertion, and no field; or NULL */
    char *audience;              /* or NULL */
    struct kb_strings resources; /* RFC 8707, each its own form field */
    struct kb_pairs form;        /* extra form fields */
    struct kb_pairs headers;     /* extra request headers; a value "auto" where the preset allows */
    char *second_url_text;       /* where the first token is exchanged for the one; or NULL */
    struct kb_url second_url;    /* the same; only where there is a text */
    struct kb_pairs second_form; /* its fields; "{token}" in one is the first token */
    char *second_body;           /* as body */
    char *token_path;    /* "data.token": where the reply has the token; NULL: access_token */
    char *expiry;        /* likewise; NULL: expires_in */
    char *expiry_unit;   /* "ms", "unix", "unix-ms", "rfc3339"; NULL: seconds to live */
    char *token_type;    /* also taken for Bearer; "none": for none; or NULL */
    char *accept_status; /* also taken for 200, or NULL */
    char *reply_type;    /* "any": the Content-Type does not matter; or NULL */
    bool strict_scope;   /* a narrower scope than asked for is an error */

    struct kb_url *match; /* addresses that may have the token */
    size_t match_count;
    size_t own_match_count;       /* those that were named; behind them are REGISTRIES */
    struct kb_strings registries; /* "host:port"; docker's clients are told of these */
    char *username;               /* an account: requests that name another are not ours; or NULL */
    char *token_username;         /* what is told with a token that is no account's; or NULL */
    bool serves_git; /* git may ask: no preset of a REST API, or a user name was given */
    struct kb_pairs api_headers; /* headers that API calls need beside the one with the token */
    char *api_header_name;       /* that has the token at the API; NULL: Authorization */
    char *api_header_prefix;     /* before the token, with a space; "none"; NULL: Bearer, if that */
    struct kb_pairs env;         /* what `run` gives a command: core/template.h */

    char *ca_file;        /* absolute path, or NULL: the system's authorities */
    int min_ttl;          /* s; a token is handed out with at least this much life; 0: default */
    int refresh_ahead;    /* s before the margin at which renewal starts; -1: default */
    int timeout;          /* s for one whole exchange, 1..120 */
    int max_lifetime;     /* s; a longer expires_in is cut to this */
    int default_lifetime; /* s when the reply names none; 0: such a token is not cached */
};

#define KB_PROFILE_TIMEOUT 30
#define KB_PROFILE_MAX_LIFETIME 86400

#define KB_PROFILE_INIT ((struct kb_profile){0})

/* What names are made of: letters, digits, '.', '_' and '-'. */
extern const char kb_name_bytes[];

/* Whether METHOD is what the profile's client_auth says. */
bool kb_client_auth_is(const struct kb_profile *profile, enum kb_client_auth_method method);

/* The user name that goes with the profile's tokens, for callers that want one (git, docker). */
const char *kb_profile_told_username(const struct kb_profile *profile);

/* The header that has the token at the API, as it is written there. */
const char *kb_profile_api_header(const struct kb_profile *profile);

/* Appends what stands before the token there: "Bearer ", another word and a space, or nothing. */
void kb_profile_append_api_prefix(const struct kb_profile *profile, struct kb_buf *out);

/* The line for a person who waits: whom the profile's secret goes to. */
void kb_profile_append_asking(const struct kb_profile *profile, struct kb_buf *out);

/* Whether the client's certificate is its proof: RFC 8705 section 2. */
bool kb_profile_proves_by_tls(const struct kb_profile *profile);

/* Whether the client makes an assertion: RFC 7523. */
bool kb_profile_signs(const struct kb_profile *profile);

/* Whether NAME may name a profile; it also names files and keyring items. */
bool kb_profile_name_ok(const char *name);

#endif
