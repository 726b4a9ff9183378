/*
 * What may name a profile, the methods that prove a client, and what a profile's settings mean
 * where they say nothing: its user name, and its API's header.
 */
#include "core/profile.h"

#include <string.h>
#include <strings.h>

const char *const kb_client_auth_names[] = {
#define KB_CLIENT_AUTH(method, name, needs) #name,
#include "core/client_auths.def"
    NULL,
};

const char kb_name_bytes[] = "abcdefghijklmnopqrstuvwxyz"
                             "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "0123456789._-";

bool kb_client_auth_is(const struct kb_profile *profile, enum kb_client_auth_method method)
{
    return strcmp(profile->client_auth, kb_client_auth_names[method]) == 0;
}

const char *kb_profile_told_username(const struct kb_profile *profile)
{
    return profile->username ? profile->username : profile->token_username;
}

const char *kb_profile_api_header(const struct kb_profile *profile)
{
    return profile->api_header_name ? profile->api_header_name : KB_API_HEADER;
}

void kb_profile_append_api_prefix(const struct kb_profile *profile, struct kb_buf *out)
{
    const char *prefix = profile->api_header_prefix;

    if (!prefix && strcasecmp(kb_profile_api_header(profile), KB_API_HEADER) == 0)
        prefix = "Bearer";
    if (prefix && strcmp(prefix, "none") != 0)
        kb_buf_fmt(out, "%s ", prefix);
}

void kb_profile_append_asking(const struct kb_profile *profile, struct kb_buf *out)
{
    kb_buf_str(out, "Asking ");
    kb_url_append_authority(&profile->token_url, out);
    kb_buf_str(out, " ...\n");
}

bool kb_profile_proves_by_tls(const struct kb_profile *profile)
{
    const char *method = profile->client_auth;

    return method && (strcmp(method, kb_client_auth_names[KB_AUTH_TLS]) == 0 ||
                         strcmp(method, kb_client_auth_names[KB_AUTH_TLS_SELF_SIGNED]) == 0);
}

bool kb_profile_signs(const struct kb_profile *profile)
{
    return (profile->grant && strcmp(profile->grant, "jwt-bearer") == 0) ||
           (profile->client_auth && strstr(profile->client_auth, "_jwt"));
}

bool kb_profile_name_ok(const char *name)
{
    size_t len = strlen(name);

    if (len == 0 || len > KB_PROFILE_NAME_MAX || name[0] == '.' || name[0] == '-')
        return false;
    return strspn(name, kb_name_bytes) == len;
}
