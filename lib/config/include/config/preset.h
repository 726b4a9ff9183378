/*
 * Presets: what a provider's documentation says, as data.
 *
 * A new provider is one more row in preset.c, never code. Only providers whose
 * endpoint, method and lifetime were seen in a public source are listed.
 */
#ifndef KB_CONFIG_PRESET_H
#define KB_CONFIG_PRESET_H

#include "core/profile.h"

#include <stdbool.h>
#include <stddef.h>

/* A host that the provider publishes. */
struct kb_preset_host {
    const char *environment; /* the provider's own short name ("SBX"); may be NULL */
    const char *host;
    const char *title; /* for people */
    const char *alias; /* what other programs call it; may be NULL */
};

/* A request header with rules of its own. */
struct kb_preset_header {
    const char *name;
    const char *forbidden; /* printable characters that may not occur; or NULL */
    size_t max;            /* most bytes */
    bool may_be_auto;      /* the value "auto" makes a fresh one for every exchange */
    bool is_uuid_list;     /* comma-separated UUIDs */
    bool on_api_calls;     /* also sent with API calls when configured in api_headers */
};

/* What `run` gives a command besides the token, for programs that know the provider. */
struct kb_preset_env {
    const char *name;
    const char *text; /* a template; where one of its words has no value, there is no variable */
};

struct kb_preset {
    const char *name;
    const char *title;
    /* "{host}" and "{tenant}" stand for what --host and --tenant say. */
    const char *token_url;
    enum kb_client_auth_method client_auth;
    const char *scope;        /* always sent unless the profile says otherwise; may be NULL */
    const char *host_example; /* for the hint when {host} is missing; NULL: no {host} in the URL */
    const char *needs;        /* the key of a setting that each request must have; or NULL */
    const char *needs_hint;   /* where it is to be found */
    int default_lifetime;     /* documented seconds when expires_in is absent; 0: unknown */
    const char *token_username;         /* for git and docker; NULL: "oauth2" */
    const char *help;                   /* one line: where the person gets a client; may be NULL */
    const char *wrong_host_hint;        /* shown when the client is refused; may be NULL */
    const struct kb_preset_host *hosts; /* published hosts; a custom one is allowed too */
    size_t host_count;
    const struct kb_preset_header *headers;
    size_t header_count;
    const struct kb_preset_env *env;
    size_t env_count;
};

/* NULL when there is none of that name. */
const struct kb_preset *kb_preset_find(const char *name);

/* All of them, in alphabetical order; *RET_COUNT gets their number. */
const struct kb_preset *kb_presets(size_t *ret_count);

/* The published host whose environment is NAME (case ignored), or NULL. PRESET may be NULL. */
const struct kb_preset_host *kb_preset_environment(
    const struct kb_preset *preset, const char *name);
/* The published host HOST, or NULL. PRESET may be NULL. */
const struct kb_preset_host *kb_preset_host(const struct kb_preset *preset, const char *host);
/* The rules for header NAME (case ignored), or NULL. PRESET may be NULL. */
const struct kb_preset_header *kb_preset_header(const struct kb_preset *preset, const char *name);

/* Whether the exchange itself sets header NAME (case ignored). */
bool kb_header_is_owned(const char *name);

/*
 * Checks a header for a request: the name is an RFC 9110 token, the value printable,
 * neither is one that we own (Host, Content-Length, Content-Type, Accept, ...) or that would hold
 * a secret (Authorization, Cookie, ...), and the preset's rules hold. KB_ERR_CONFIG naming the
 * header.
 */
KB_CHECKED enum kb_err kb_header_check(
    const struct kb_preset *preset, const char *name, const char *value, struct kb_error *err);

#endif
