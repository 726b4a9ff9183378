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
    char *scope;                 /* space separated, or NULL */
    char *audience;              /* or NULL */
    struct kb_strings resources; /* RFC 8707, each its own form field */
    struct kb_pairs form;        /* extra form fields */
    struct kb_pairs headers;     /* extra request headers; a value "auto" where the preset allows */
    char *token_type;            /* also taken for Bearer; "none": for none; or NULL */
    char *reply_status;          /* also taken for 200, or NULL */
    char *reply_type;            /* "any": the Content-Type does not matter; or NULL */
    bool strict_scope;           /* a narrower scope than asked for is an error */

    struct kb_url *match; /* addresses that may have the token */
    size_t match_count;
    size_t own_match_count;       /* those that were named; behind them are REGISTRIES */
    struct kb_strings registries; /* "host:port"; docker's clients are told of these */
    char *username;               /* an account: requests that name another are not ours; or NULL */
    char *token_username;         /* what is told with a token that is no account's; or NULL */
    bool serves_git; /* git may ask: no preset of a REST API, or a user name was given */
    struct kb_pairs api_headers; /* headers that API calls need next to Authorization */
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

/* The user name that goes with the profile's tokens, for callers that want one (git, docker). */
const char *kb_profile_told_username(const struct kb_profile *profile);

/* The line for a person who waits: whom the profile's secret goes to. */
void kb_profile_append_asking(const struct kb_profile *profile, struct kb_buf *out);

/* Whether NAME may name a profile; it also names files and keyring items. */
bool kb_profile_name_ok(const char *name);

#endif
