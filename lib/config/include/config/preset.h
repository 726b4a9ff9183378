/*
 * Presets: what a provider's documentation says, as data.
 *
 * A provider is a file, presets/NAME.json, which cmake/presets.cmake makes a row of the table here:
 * keybearer-presets(5). No code knows a provider by its name.
 */
#ifndef KB_CONFIG_PRESET_H
#define KB_CONFIG_PRESET_H

#include "core/profile.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * A value of a setting. "{host}" and "{tenant}" in TEXT stand for the profile's. A list has a row
 * for each of its texts, a pair has a NAME, a number is its digits, a flag "true".
 */
struct kb_preset_value {
    const char *key, *name, *text;
};

/* A setting that a profile must have, or a pair of one: what NAME is for. */
struct kb_preset_need {
    const char *key, *name; /* NAME is NULL for what is no pair */
    const char *hint;       /* where it is to be found; or NULL */
    const char *example;
};

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

/* What to do where the provider's error has this code, or a description that begins with it. */
struct kb_preset_hint {
    const char *code, *text;
};

struct kb_preset_source {
    const char *fact;
    const char *url;
    const char *seen; /* the day on which it said so */
};

struct kb_preset {
    const char *name;
    const char *title;
    const char *help;            /* one line: where the person gets a client; may be NULL */
    const char *wrong_host_hint; /* shown when the client is refused; may be NULL */
    bool client_cert;            /* a client has a key, and a certificate that is shown with it */
    const struct kb_preset_value *values;
    size_t value_count;
    const struct kb_preset_need *needs;
    size_t need_count;
    const struct kb_preset_host *hosts; /* published hosts; a custom one is allowed too */
    size_t host_count;
    const struct kb_preset_header *headers;
    size_t header_count;
    const struct kb_preset_env *env;
    size_t env_count;
    const struct kb_preset_hint *hints;
    size_t hint_count;
    const struct kb_preset_source *sources;
    size_t source_count;
};

/* NULL when there is none of that name. */
const struct kb_preset *kb_preset_find(const char *name);

/* All of them, in alphabetical order; *RET_COUNT gets their number. */
const struct kb_preset *kb_presets(size_t *ret_count);

/* The one whose name was probably meant by NAME; NULL: none is near. */
const char *kb_preset_nearest(const char *name);

/* Hints at those that NAME, which is none, may mean. */
void kb_preset_hint_names(const char *name, struct kb_error *err);

/* The first text of PRESET for the setting KEY, as its file has it; NULL: none. */
const char *kb_preset_text(const struct kb_preset *preset, const char *key);
/* Whether a value of PRESET has WORD, such as "{host}", in it. */
bool kb_preset_uses(const struct kb_preset *preset, const char *word);
/* What is said about the setting KEY, or its pair NAME (which may be NULL); NULL: nothing is. */
const struct kb_preset_need *kb_preset_need(
    const struct kb_preset *preset, const char *key, const char *name);
/* What to do about an error of the provider's; NULL: nothing is known. PRESET may be NULL. */
const char *kb_preset_hint(
    const struct kb_preset *preset, const char *code, const char *description);

/* Appends "PROD, SBX"; nothing where the provider has no such names. */
void kb_preset_list_environments(const struct kb_preset *preset, struct kb_buf *out);
/* The published host whose environment is NAME (case ignored), or NULL. PRESET may be NULL. */
const struct kb_preset_host *kb_preset_environment(
    const struct kb_preset *preset, const char *name);
/* The published host HOST, or NULL. PRESET may be NULL. */
const struct kb_preset_host *kb_preset_host(const struct kb_preset *preset, const char *host);
/* The rules for header NAME (case ignored), or NULL. PRESET may be NULL. */
const struct kb_preset_header *kb_preset_header(const struct kb_preset *preset, const char *name);

#endif
