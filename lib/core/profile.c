/*
 * A profile's end of life, and the two small vocabularies that go with it: its name and
 * the methods of client authentication.
 */
#include "core/profile.h"

#include <stdlib.h>
#include <string.h>

const char *const kb_client_auth_names[] = {
#define KB_CLIENT_AUTH(method, name, needs) #name,
#include "core/client_auths.def"
    NULL,
};

void kb_profile_clear(struct kb_profile *profile)
{
    if (!profile)
        return;
    free(profile->name);
    free(profile->preset_name);
    free(profile->host);
    free(profile->environment);
    free(profile->tenant);
    free(profile->store);
    free(profile->token_url_text);
    free(profile->client_auth);
    free(profile->scope);
    free(profile->audience);
    kb_strings_clear(&profile->resources);
    kb_pairs_clear(&profile->form);
    kb_pairs_clear(&profile->headers);
    free(profile->match);
    free(profile->username);
    kb_pairs_clear(&profile->api_headers);
    free(profile->ca_file);
    *profile = (struct kb_profile)KB_PROFILE_INIT;
}

bool kb_profile_name_ok(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789._-";
    size_t len = strlen(name);

    if (len == 0 || len > KB_PROFILE_NAME_MAX || name[0] == '.' || name[0] == '-')
        return false;
    return strspn(name, allowed) == len;
}
