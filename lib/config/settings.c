/*
 * The table of settings. A new one is a row here, its page in keybearer-config(5) and its line in
 * the schema; tests/lint/documented.py names what is missing.
 */
#include "config/settings.h"

#include "core/bond.h"
#include "core/client.h"
#include "core/route.h"
#include "core/token.h"
#include "draft.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY 86400
#define MONTH (31 * DAY)

#define PLACE(member) offsetof(struct kb_profile, member)

static const char *const stores[] = {"secret-service", "sealed-file", NULL};
static const char *const bodies[] = {"form", "json", "query", NULL};
static const char *const second_bodies[] = {"form", "json", NULL};
static const char *const separators[] = {"space", "comma", NULL};
static const char *const scope_places[] = {"field", "claim", NULL};
static const char *const expiry_units[] = {"s", "ms", "unix", "unix-ms", "rfc3339", NULL};
static const char *const accepted_statuses[] = {"200", "201", NULL};
static const char *const reply_types[] = {"json", "any", NULL};

/* `show` and `help` keep this order, too. A header's rules are the preset's, which comes first. */
static const struct kb_setting settings[] = {
    {"preset", "preset", KB_SETTING_TEXT, PLACE(preset_name), kb_config_check_preset, 0, 0, 0,
        KB_SETTING_ASKED, "NAME", "settings of a known provider, such as zuora", NULL},
    {"host", "host", KB_SETTING_TEXT, PLACE(host), kb_config_check_host, 0, 0, 0, KB_SETTING_ASKED,
        "HOST", "the provider's host, where the preset needs one", NULL},
    {"environment", "environment", KB_SETTING_TEXT, PLACE(environment), NULL, 0, 0,
        KB_SETTING_MAKES, KB_SETTING_ASKED, "NAME", "the provider's name for the host, such as SBX",
        NULL},
    {"tenant", "tenant", KB_SETTING_TEXT, PLACE(tenant), kb_config_check_tenant, 0, 253,
        KB_SETTING_MAKES, KB_SETTING_ASKED, "NAME", "the tenant, where the preset needs one", NULL},
    {"store", "store", KB_SETTING_TEXT, PLACE(store), NULL, 0, 0, KB_SETTING_IDENTITY,
        KB_SETTING_KEPT, "STORE", "", stores},
    {"token_url", "token-url", KB_SETTING_TEXT, PLACE(token_url_text), kb_config_check_token_url, 0,
        KB_CONFIG_ADDRESS_MAX, KB_SETTING_IDENTITY, KB_SETTING_ASKED, "URL",
        "the token endpoint, instead of the preset's", NULL},
    {"client_auth", "client-auth", KB_SETTING_TEXT, PLACE(client_auth), NULL, 0, 0,
        KB_SETTING_IDENTITY, KB_SETTING_PROVED, "METHOD", "", kb_client_auth_names},
    {"client_alg", "client-alg", KB_SETTING_TEXT, PLACE(client_alg), NULL, 0, 0,
        KB_SETTING_IDENTITY, KB_SETTING_PROVED, "ALG", "", kb_jws_alg_names},
    {"client_key_id", "client-key-id", KB_SETTING_TEXT, PLACE(client_key_id),
        kb_config_check_printable, 0, KB_CLIENT_KID_MAX, KB_SETTING_IDENTITY, KB_SETTING_PROVED,
        "ID", "what the provider calls the key: kid", NULL},
    {"assertion_audience", "assertion-audience", KB_SETTING_TEXT, PLACE(assertion_audience),
        kb_config_check_printable, 0, KB_BOND_TEXT_MAX, KB_SETTING_IDENTITY, KB_SETTING_PROVED,
        "TEXT", "token_endpoint, issuer, or what the server calls itself", NULL},
    {"issuer", "issuer", KB_SETTING_TEXT, PLACE(issuer), kb_config_check_issuer, 0,
        KB_BOND_TEXT_MAX, KB_SETTING_IDENTITY, KB_SETTING_PROVED, "URL",
        "the name of the server in its metadata", NULL},
    {"claims", "claim", KB_SETTING_PAIRS, PLACE(claims), kb_config_check_claim, 0, 0,
        KB_SETTING_IDENTITY | KB_SETTING_REPEATS, KB_SETTING_PROVED, "NAME=VALUE",
        "one more claim of an assertion", NULL},
    {"client_assertion_file", "client-assertion-file", KB_SETTING_TEXT,
        PLACE(client_assertion_file), kb_config_check_bonded_file, 0, KB_BOND_TEXT_MAX,
        KB_SETTING_IDENTITY, KB_SETTING_PROVED, "FILE",
        "a file with the assertion of the client, read anew each time", NULL},
    {"grant", "grant", KB_SETTING_TEXT, PLACE(grant), kb_config_check_grant, 0, 0,
        KB_SETTING_IDENTITY, KB_SETTING_ASKED, "GRANT",
        "jwt-bearer, token-exchange, none, or the provider's own", NULL},
    {"subject_token_file", "subject-token-file", KB_SETTING_TEXT, PLACE(subject_token_file),
        kb_config_check_bonded_file, 0, KB_BOND_TEXT_MAX, KB_SETTING_IDENTITY, KB_SETTING_ASKED,
        "FILE", "a file with the token that is exchanged, read anew each time", NULL},
    {"subject_token_type", "subject-token-type", KB_SETTING_TEXT, PLACE(subject_token_type),
        kb_config_check_resource, 0, 0, KB_SETTING_IDENTITY, KB_SETTING_ASKED, "URI",
        "the type of that token, unless it is a JWT", NULL},
    {"body", "body", KB_SETTING_TEXT, PLACE(body), NULL, 0, 0, KB_SETTING_IDENTITY,
        KB_SETTING_ASKED, "FORMAT", "", bodies},
    {"client_id_name", "client-id-name", KB_SETTING_TEXT, PLACE(client_id_name),
        kb_config_check_field_name, 0, KB_CONFIG_FIELD_NAME_MAX, KB_SETTING_IDENTITY,
        KB_SETTING_PROVED, "NAME", "the field of the client id, unless client_id", NULL},
    {"client_secret_name", "client-secret-name", KB_SETTING_TEXT, PLACE(client_secret_name),
        kb_config_check_field_name, 0, KB_CONFIG_FIELD_NAME_MAX, KB_SETTING_IDENTITY,
        KB_SETTING_PROVED, "NAME", "the field of the secret, unless client_secret", NULL},
    {"scope", "scope", KB_SETTING_WORDS, PLACE(scope), kb_config_check_scope, 0, 0,
        KB_SETTING_IDENTITY | KB_SETTING_REPEATS, KB_SETTING_ASKED, "SCOPE", "", NULL},
    {"scope_separator", "scope-separator", KB_SETTING_TEXT, PLACE(scope_separator), NULL, 0, 0,
        KB_SETTING_IDENTITY, KB_SETTING_ASKED, "NAME", "", separators},
    {"scope_place", "scope-place", KB_SETTING_TEXT, PLACE(scope_place), NULL, 0, 0,
        KB_SETTING_IDENTITY, KB_SETTING_ASKED, "PLACE", "", scope_places},
    {"audience", "audience", KB_SETTING_TEXT, PLACE(audience), kb_config_check_printable, 0, 0,
        KB_SETTING_IDENTITY, KB_SETTING_ASKED, "TEXT", "", NULL},
    {"resource", "resource", KB_SETTING_TEXTS, PLACE(resources), kb_config_check_resource, 0, 0,
        KB_SETTING_IDENTITY | KB_SETTING_REPEATS, KB_SETTING_ASKED, "URI", "", NULL},
    {"match", "match", KB_SETTING_ADDRESSES, PLACE(match), NULL, 0, KB_CONFIG_ADDRESS_MAX,
        KB_SETTING_REPEATS, KB_SETTING_SERVED, "URL", "an address", NULL},
    {"registry", "registry", KB_SETTING_TEXTS, PLACE(registries), kb_config_check_registry, 0,
        KB_CONFIG_ADDRESS_MAX, KB_SETTING_REPEATS, KB_SETTING_SERVED, "HOST[:PORT]",
        "a registry of images, for docker", NULL},
    {"username", "username", KB_SETTING_TEXT, PLACE(username), kb_config_check_username, 0,
        KB_CONFIG_USERNAME_MAX, 0, KB_SETTING_SERVED, "NAME",
        "the account of the token; others get no answer", NULL},
    {"token_username", "token-username", KB_SETTING_TEXT, PLACE(token_username),
        kb_config_check_username, 0, KB_CONFIG_USERNAME_MAX, 0, KB_SETTING_SERVED, "NAME",
        "the user name with a token of no account; oauth2 unless set", NULL},
    {"form", "form", KB_SETTING_PAIRS, PLACE(form), kb_config_check_form_field, 0, 0,
        KB_SETTING_IDENTITY | KB_SETTING_REPEATS, KB_SETTING_ASKED, "NAME=VALUE",
        "one more form field", NULL},
    {"headers", "header", KB_SETTING_PAIRS, PLACE(headers), kb_config_check_header, 0, 0,
        KB_SETTING_IDENTITY | KB_SETTING_REPEATS, KB_SETTING_ASKED, "'NAME: VALUE'",
        "one more request header", NULL},
    {"api_headers", "api-header", KB_SETTING_PAIRS, PLACE(api_headers), kb_config_check_api_header,
        0, 0, KB_SETTING_REPEATS, KB_SETTING_SERVED, "'NAME: VALUE'",
        "a header that API calls need too", NULL},
    {"env", "env", KB_SETTING_PAIRS, PLACE(env), kb_config_check_env, 0, 0, KB_SETTING_REPEATS,
        KB_SETTING_SERVED, "NAME=TEXT", "a variable for the commands of run, such as X={token}",
        NULL},
    {"api_header_name", "api-header-name", KB_SETTING_TEXT, PLACE(api_header_name),
        kb_config_check_api_header_name, 0, KB_API_HEADER_NAME_MAX, 0, KB_SETTING_SERVED, "NAME",
        "the header that has the token at the API", NULL},
    {"api_header_prefix", "api-header-prefix", KB_SETTING_TEXT, PLACE(api_header_prefix),
        kb_config_check_api_header_prefix, 0, KB_API_HEADER_PREFIX_MAX, 0, KB_SETTING_SERVED,
        "WORD", "the word before the token there, or none", NULL},
    {"second_url", "second-url", KB_SETTING_TEXT, PLACE(second_url_text),
        kb_config_check_second_url, 0, KB_CONFIG_ADDRESS_MAX, KB_SETTING_IDENTITY, KB_SETTING_ASKED,
        "URL", "a second endpoint, which takes the token and gives another", NULL},
    {"second_form", "second-form", KB_SETTING_PAIRS, PLACE(second_form),
        kb_config_check_second_field, 0, 0, KB_SETTING_IDENTITY | KB_SETTING_REPEATS,
        KB_SETTING_ASKED, "NAME=VALUE", "a field of that request; {token} in it is the first token",
        NULL},
    {"second_body", "second-body", KB_SETTING_TEXT, PLACE(second_body), NULL, 0, 0,
        KB_SETTING_IDENTITY, KB_SETTING_ASKED, "FORMAT", "", second_bodies},
    {"token_path", "token-path", KB_SETTING_TEXT, PLACE(token_path), kb_config_check_path, 0,
        KB_CONFIG_PATH_MAX, KB_SETTING_IDENTITY, KB_SETTING_READ, "PATH",
        "where the reply has the token, such as data.token", NULL},
    {"expiry", "expiry", KB_SETTING_TEXT, PLACE(expiry), kb_config_check_path, 0,
        KB_CONFIG_PATH_MAX, KB_SETTING_IDENTITY, KB_SETTING_READ, "PATH",
        "where it says how long the token lives", NULL},
    {"expiry_unit", "expiry-unit", KB_SETTING_TEXT, PLACE(expiry_unit), NULL, 0, 0,
        KB_SETTING_IDENTITY, KB_SETTING_READ, "UNIT", "", expiry_units},
    {"token_type", "token-type", KB_SETTING_TEXT, PLACE(token_type), kb_config_check_token_type, 0,
        KB_TOKEN_TYPE_MAX, KB_SETTING_IDENTITY, KB_SETTING_READ, "TEXT",
        "the token_type that replies have, or none", NULL},
    {"accept_status", "accept-status", KB_SETTING_TEXT, PLACE(accept_status), NULL, 0, 0,
        KB_SETTING_IDENTITY, KB_SETTING_READ, "STATUS", "", accepted_statuses},
    {"reply_type", "reply-type", KB_SETTING_TEXT, PLACE(reply_type), NULL, 0, 0,
        KB_SETTING_IDENTITY, KB_SETTING_READ, "TYPE", "", reply_types},
    {"ca_file", "ca-file", KB_SETTING_TEXT, PLACE(ca_file), kb_config_check_file, 0, PATH_MAX - 1,
        0, KB_SETTING_ASKED, "FILE", "trust these certificate authorities, and no others", NULL},
    {"timeout", "timeout", KB_SETTING_SECONDS, PLACE(timeout), NULL, 1, 120, 0, KB_SETTING_ASKED,
        "SECONDS", "limit of one whole exchange, 1 to 120", NULL},
    {"min_ttl", "min-ttl", KB_SETTING_SECONDS, PLACE(min_ttl), NULL, 0, DAY, 0, KB_SETTING_SERVED,
        "SECONDS", "hand out only tokens with this much life left", NULL},
    {"refresh_ahead", NULL, KB_SETTING_SECONDS, PLACE(refresh_ahead), NULL, 0, DAY, 0,
        KB_SETTING_SERVED, NULL, NULL, NULL},
    {"max_lifetime", NULL, KB_SETTING_SECONDS, PLACE(max_lifetime), NULL, 60, MONTH,
        KB_SETTING_IDENTITY, KB_SETTING_READ, NULL, NULL, NULL},
    {"default_lifetime", NULL, KB_SETTING_SECONDS, PLACE(default_lifetime), NULL, 0, DAY,
        KB_SETTING_IDENTITY, KB_SETTING_READ, NULL, NULL, NULL},
    {"strict_scope", NULL, KB_SETTING_FLAG, PLACE(strict_scope), NULL, 0, 0, KB_SETTING_IDENTITY,
        KB_SETTING_READ, NULL, NULL, NULL},
};

_Static_assert(KB_COUNT(settings) <= KB_SETTINGS_MAX, "an array of the largest size holds them");

const struct kb_setting *kb_settings(size_t *ret_count)
{
    if (ret_count)
        *ret_count = KB_COUNT(settings);
    return settings;
}

const struct kb_setting *kb_setting_find(const char *key)
{
    for (size_t i = 0; key && i < KB_COUNT(settings); i++)
        if (strcmp(settings[i].key, key) == 0)
            return &settings[i];
    return NULL;
}

char kb_setting_separator(const struct kb_setting *setting)
{
    return strchr(setting->argument, '=') ? '=' : ':';
}

struct kb_setting_said kb_setting_say(const struct kb_profile *profile, const char *key)
{
    char where[KB_PROFILE_NAME_MAX + 32];

    snprintf(where, sizeof(where), " of profile %s in the configuration", profile->name);
    return kb_config_say(kb_setting_find(key), key, profile->is_typed, where);
}

struct kb_setting_value kb_setting_get(
    const struct kb_setting *setting, const struct kb_profile *profile)
{
    const void *place = (const char *)profile + setting->place;
    struct kb_setting_value value = {.is_set = false};

    switch (setting->type) {
    case KB_SETTING_TEXT:
    case KB_SETTING_WORDS:
        value.text = *(char *const *)place;
        value.is_set = value.text != NULL;
        break;
    case KB_SETTING_TEXTS:
        value.texts = place;
        value.is_set = value.texts->count > 0;
        break;
    case KB_SETTING_PAIRS:
        value.pairs = place;
        value.is_set = value.pairs->count > 0;
        break;
    case KB_SETTING_ADDRESSES:
        value.addresses = profile->match;
        value.address_count = profile->match_count;
        value.is_set = value.address_count > 0;
        break;
    case KB_SETTING_SECONDS:
        value.number = *(const int *)place;
        value.is_set = value.number >= 0;
        break;
    case KB_SETTING_FLAG:
        value.number = *(const bool *)place;
        value.is_set = value.number != 0;
        break;
    }
    return value;
}

void kb_profile_clear(struct kb_profile *profile)
{
    if (!profile)
        return;
    for (size_t i = 0; i < KB_COUNT(settings); i++) {
        void *place = (char *)profile + settings[i].place;

        switch (settings[i].type) {
        case KB_SETTING_TEXT:
        case KB_SETTING_WORDS:
            free(*(char **)place);
            break;
        case KB_SETTING_ADDRESSES:
            free(*(struct kb_url **)place);
            break;
        case KB_SETTING_TEXTS:
            kb_strings_clear(place);
            break;
        case KB_SETTING_PAIRS:
            kb_pairs_clear(place);
            break;
        case KB_SETTING_SECONDS:
        case KB_SETTING_FLAG:
            break;
        }
    }
    free(profile->name);
    *profile = KB_PROFILE_INIT;
}
