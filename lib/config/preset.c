/*
 * The table of providers, and the checks that follow from it. A row holds only what the
 * provider publishes; whatever differs between two tenants belongs in a profile.
 */
#include "config/preset.h"

#include "config/secret_names.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* The last name is that of zr, a command line for Zuora, where it has one. */
static const struct kb_preset_host zuora_hosts[] = {
    {"PROD", "rest.zuora.com", "US Production, Cloud 2", "us-production-cloud2"},
    {"PROD_NA", "rest.na.zuora.com", "US Production, Cloud 1", "us-production"},
    {"SBX", "rest.apisandbox.zuora.com", "US API Sandbox, Cloud 2", "sandbox"},
    {"SBX_NA", "rest.sandbox.na.zuora.com", "US API Sandbox, Cloud 1", NULL},
    {"CSBX", "rest.test.zuora.com", "US Developer and Central Sandbox", NULL},
    {"PROD_EU", "rest.eu.zuora.com", "EU Production", "eu-production"},
    {"SBX_EU", "rest.sandbox.eu.zuora.com", "EU API Sandbox", NULL},
    {"CSBX_EU", "rest.test.eu.zuora.com", "EU Developer and Central Sandbox", NULL},
    {"PROD_AP", "rest.ap.zuora.com", "APAC Production", "apac-production"},
    {"CSBX_AP", "rest.test.ap.zuora.com", "APAC Developer and Central Sandbox", NULL},
    {NULL, "rest.pt1.zuora.com", "US Performance Test", NULL},
};

static const struct kb_preset_header zuora_headers[] = {
    {.name = "Zuora-Track-Id", .forbidden = ":;\"'", .max = 64, .may_be_auto = true},
    {.name = "Zuora-Version", .max = 64, .on_api_calls = true},
    {.name = "Zuora-Org-Ids", .max = 4096, .is_uuid_list = true, .on_api_calls = true},
    /* 36: a single one */
    {.name = "Zuora-Entity-Ids", .max = 36, .is_uuid_list = true, .on_api_calls = true},
};

static const struct kb_preset_env zuora_env[] = {
    /* the provider's SDKs, its MCP server (BASE_URL up to 1.0.0-beta.6), its samples in Java */
    {"ZUORA_BASE_URL", "{url}"},
    {"ZUORA_ENVIRONMENT", "{environment}"},
    {"ZUORA_CLIENT_ID", "{id}"},
    {"ZUORA_CLIENT_SECRET", "{secret}"},
    {"ZUORA_VERSION", "{api_header:Zuora-Version}"},
    {"ZUORA_ENTITY_IDS", "{api_header:Zuora-Entity-Ids}"},
    {"ZUORA_ORG_IDS", "{api_header:Zuora-Org-Ids}"},
    {"BASE_URL", "{url}"},
    {"ENDPOINT_BASE", "{url}"},
    {"CLIENT_ID", "{id}"},
    {"CLIENT_SECRET", "{secret}"},
    /* zr, which would send the client to its default host for no name, and fails for a wrong one */
    {"ZR_ENV", "{alias}"},
    {"ZR_CLIENT_ID", "{id}"},
    {"ZR_CLIENT_SECRET", "{secret}"},
    /* the provider for Terraform, and others */
    {"ZUORA_ENDPOINT", "{url}"},
    {"ZUORA_BASEURL", "{url}"},
    {"BILLING_BASE_URL", "{url}"},
};

static const struct kb_preset_host amadeus_hosts[] = {
    {"TEST", "test.api.amadeus.com", "Self-Service test environment", NULL},
};

static const struct kb_preset presets[] = {
    {
        .name = "adobe-ims",
        .title = "Adobe server-to-server (IMS)",
        .token_url = "https://ims-na1.adobelogin.com/ims/token/v3",
        .client_auth = KB_AUTH_POST,
        .needs = "scope",
        .needs_hint = "the Adobe Developer Console lists it, separated by commas",
        .help = "Adobe Developer Console: the project's OAuth Server-to-Server credential",
    },
    {
        .name = "amadeus",
        .title = "Amadeus for Developers",
        .token_url = "https://{host}/v1/security/oauth2/token",
        .client_auth = KB_AUTH_POST,
        .host_example = "test.api.amadeus.com",
        .help = "developers.amadeus.com: My Self-Service Workspace, the app's API key and secret",
        .hosts = amadeus_hosts,
        .host_count = KB_COUNT(amadeus_hosts),
    },
    {
        .name = "atlassian-cloud",
        .title = "Atlassian Cloud service account",
        .token_url = "https://auth.atlassian.com/oauth/token",
        .client_auth = KB_AUTH_POST,
        .help = "admin.atlassian.com: the service account's OAuth 2.0 credential",
    },
    {
        .name = "atlassian-dc",
        .title = "Atlassian Data Center service account",
        .token_url = "https://{host}/rest/oauth2/latest/token",
        .client_auth = KB_AUTH_POST,
        .host_example = "jira.example.com",
        .needs = "scope",
        .needs_hint = "the service account's credential lists what it was given",
        .help = "the service account's OAuth 2.0 credential",
    },
    {
        .name = "auth0",
        .title = "Auth0 machine-to-machine application",
        .token_url = "https://{host}/oauth/token",
        .client_auth = KB_AUTH_POST,
        .host_example = "example.eu.auth0.com",
        .needs = "audience",
        .needs_hint = "the identifier of the API, as the Auth0 dashboard shows it",
        .help = "Auth0 dashboard: a machine-to-machine application",
    },
    {
        .name = "azure-devops",
        .title = "Azure DevOps service principal",
        .token_url = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
        .client_auth = KB_AUTH_POST,
        .scope = "499b84ac-1321-427f-aa17-267ca6975798/.default",
        .token_username = "oauth2", /* any will do */
        .help = "Entra admin center: an app registration with a client secret, added as a user to "
                "the Azure DevOps organisation",
    },
    {
        .name = "bitbucket-cloud",
        .title = "Bitbucket Cloud OAuth consumer",
        .token_url = "https://bitbucket.org/site/oauth2/access_token",
        .client_auth = KB_AUTH_BASIC,
        .token_username = "x-token-auth",
        .help = "Bitbucket workspace settings: OAuth consumers, a private consumer",
    },
    {
        .name = "databricks",
        .title = "Databricks service principal",
        .token_url = "https://{host}/oidc/v1/token",
        .client_auth = KB_AUTH_BASIC,
        .scope = "all-apis",
        .host_example = "dbc-a1b2c3d4-e5f6.cloud.databricks.com",
        .help = "Databricks workspace settings: the service principal's OAuth secret",
    },
    {
        .name = "salesforce",
        .title = "Salesforce connected app",
        .token_url = "https://{host}/services/oauth2/token",
        .client_auth = KB_AUTH_POST,
        .host_example = "example.my.salesforce.com",
        /* Replies name no lifetime; the shortest session an administrator can set is longer. */
        .default_lifetime = 300,
        .help = "Salesforce Setup: a connected app with the client credentials flow enabled",
        .wrong_host_hint = "check the host: it must be the organisation's own My Domain",
    },
    {
        .name = "sap-xsuaa",
        .title = "SAP BTP authorisation service (XSUAA)",
        .token_url = "https://{host}/oauth/token",
        .client_auth = KB_AUTH_POST,
        .host_example = "example.authentication.eu10.hana.ondemand.com",
        .help = "SAP BTP cockpit: the service key's clientid and clientsecret",
    },
    {
        .name = "servicenow",
        .title = "ServiceNow",
        .token_url = "https://{host}/oauth_token.do",
        .client_auth = KB_AUTH_POST,
        .host_example = "example.service-now.com",
        .help = "ServiceNow: Application Registry, an OAuth endpoint for external clients with an "
                "OAuth Application User",
    },
    {
        .name = "spotify",
        .title = "Spotify Web API",
        .token_url = "https://accounts.spotify.com/api/token",
        .client_auth = KB_AUTH_BASIC_RAW,
        .help = "developer.spotify.com: the app's client ID and client secret",
    },
    {
        .name = "twilio",
        .title = "Twilio OAuth app",
        .token_url = "https://oauth.twilio.com/v2/token",
        .client_auth = KB_AUTH_POST,
        .help = "Twilio Console: an OAuth app's client ID and client secret",
    },
    {
        .name = "zuora",
        .title = "Zuora REST API",
        .token_url = "https://{host}/oauth/token",
        .client_auth = KB_AUTH_POST,
        .host_example = "rest.na.zuora.com",
        .default_lifetime = 3600,
        .help = "Zuora: Settings, Administration, Manage Users, the API user's OAuth clients",
        .wrong_host_hint = "check the environment: a client exists on one Zuora host only, and "
                           "every other host answers as if the secret were wrong",
        .hosts = zuora_hosts,
        .host_count = KB_COUNT(zuora_hosts),
        .headers = zuora_headers,
        .header_count = KB_COUNT(zuora_headers),
        .env = zuora_env,
        .env_count = KB_COUNT(zuora_env),
    },
    {
        .name = "zuora-oneid",
        .title = "Zuora OneID (Revenue, SCIM)",
        .token_url = "https://one.zuora.com/oauth2/token",
        .client_auth = KB_AUTH_POST,
        .help = "Zuora OneID: the organisation's OAuth clients",
    },
};

/* Headers that the exchange itself sets, or that would carry a second credential. */
static const char *const owned_headers[] = {
    "Accept",
    "Accept-Encoding",
    "apiAccessKeyId",
    "apiSecretAccessKey",
    "Connection",
    "Content-Encoding",
    "Content-Length",
    "Content-Type",
    "Expect",
    "Host",
    "Keep-Alive",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
};

#define HEADER_NAME_MAX 128
#define HEADER_VALUE_MAX 4096
#define UUID_LEN 36

const struct kb_preset *kb_preset_find(const char *name)
{
    for (size_t i = 0; i < KB_COUNT(presets); i++)
        if (strcmp(presets[i].name, name) == 0)
            return &presets[i];
    return NULL;
}

const struct kb_preset *kb_presets(size_t *ret_count)
{
    *ret_count = KB_COUNT(presets);
    return presets;
}

const struct kb_preset_host *kb_preset_environment(const struct kb_preset *preset, const char *name)
{
    for (size_t i = 0; preset && i < preset->host_count; i++)
        if (preset->hosts[i].environment && strcasecmp(preset->hosts[i].environment, name) == 0)
            return &preset->hosts[i];
    return NULL;
}

const struct kb_preset_host *kb_preset_host(const struct kb_preset *preset, const char *host)
{
    for (size_t i = 0; preset && i < preset->host_count; i++)
        if (strcasecmp(preset->hosts[i].host, host) == 0)
            return &preset->hosts[i];
    return NULL;
}

const struct kb_preset_header *kb_preset_header(const struct kb_preset *preset, const char *name)
{
    for (size_t i = 0; preset && i < preset->header_count; i++)
        if (strcasecmp(preset->headers[i].name, name) == 0)
            return &preset->headers[i];
    return NULL;
}

bool kb_header_is_owned(const char *name)
{
    for (size_t i = 0; i < KB_COUNT(owned_headers); i++)
        if (strcasecmp(owned_headers[i], name) == 0)
            return true;
    return false;
}

static bool is_uuid(const char *text)
{
    for (size_t i = 0; i < UUID_LEN; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
    }
    return true;
}

static bool is_uuid_list(const char *text)
{
    while (is_uuid(text)) {
        text += UUID_LEN;
        if (*text == '\0')
            return true;
        if (*text++ != ',')
            return false;
    }
    return false;
}

static enum kb_err check_value(const char *name, const char *value, struct kb_error *err)
{
    size_t len = strlen(value);

    if (!kb_text_is_printable(value, len, 1, HEADER_VALUE_MAX))
        return kb_fail(err, KB_ERR_CONFIG,
            "the value of header %s must be 1 to %d printable ASCII characters", name,
            HEADER_VALUE_MAX);
    if (value[0] == ' ' || value[len - 1] == ' ')
        return kb_fail(
            err, KB_ERR_CONFIG, "the value of header %s begins or ends with a space", name);
    return KB_OK;
}

static enum kb_err check_rules(
    const struct kb_preset_header *rules, const char *value, struct kb_error *err)
{
    if (strlen(value) > rules->max)
        return kb_fail(err, KB_ERR_CONFIG, "the value of header %s is longer than %zu bytes",
            rules->name, rules->max);
    if (rules->forbidden && strpbrk(value, rules->forbidden))
        return kb_fail(err, KB_ERR_CONFIG, "the value of header %s may not hold any of %s",
            rules->name, rules->forbidden);
    if (rules->is_uuid_list && !is_uuid_list(value))
        return kb_fail(err, KB_ERR_CONFIG,
            "the value of header %s must be %s of the form 01234567-89ab-cdef-0123-456789abcdef",
            rules->name, rules->max == UUID_LEN ? "one UUID" : "UUIDs, separated by commas,");
    return KB_OK;
}

enum kb_err kb_header_check(
    const struct kb_preset *preset, const char *name, const char *value, struct kb_error *err)
{
    const struct kb_preset_header *rules = kb_preset_header(preset, name);

    if (!kb_text_is_token(name, HEADER_NAME_MAX))
        return kb_fail(err, KB_ERR_CONFIG, "\"%s\" is not a header name", name);
    enum kb_err rc = kb_secret_name_refuse("header", name, err);
    if (!rc && kb_header_is_owned(name))
        rc = kb_fail(err, KB_ERR_CONFIG, "header %s is set by keybearer itself", name);
    if (!rc)
        rc = check_value(name, value, err);
    if (rc)
        return rc;
    if (strcmp(value, "auto") == 0)
        return rules && rules->may_be_auto
                   ? KB_OK
                   : kb_fail(err, KB_ERR_CONFIG, "header %s cannot be \"auto\"", name);
    return rules ? check_rules(rules, value, err) : KB_OK;
}
