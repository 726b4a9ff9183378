/*
 * The names of credentials, as OAuth's grants and HTTP write them. A name is missing here until
 * somebody uses it; one that a provider gives to something public must not be here.
 */
#include "config/secret_names.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>

static const char *const names[] = {
    /* what proves a client or a person: RFC 6749, 7521, 7523 */
    "client_secret",
    "client_assertion",
    "assertion",
    "password",
    /* what is exchanged for a token: RFC 6749, 7636, 8628, 8693 */
    "code",
    "code_verifier",
    "device_code",
    "refresh_token",
    "access_token",
    "subject_token",
    "actor_token",
    /* headers */
    "authorization",
    "proxy_authorization",
    "cookie",
};

static char plain(char c)
{
    return (char)(c == '-' ? '_' : tolower((unsigned char)c));
}

static bool is_same_name(const char *a, const char *b)
{
    while (*a && plain(*a) == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

enum kb_err kb_secret_name_refuse(const char *what, const char *name, struct kb_error *err)
{
    for (size_t i = 0; i < KB_COUNT(names); i++) {
        if (!is_same_name(name, names[i]))
            continue;
        return kb_hinted(err,
            kb_fail(err, KB_ERR_CONFIG,
                "%s \"%s\" would hold a secret, and no secret belongs in a setting", what, name),
            "leave it out; keybearer add NAME asks for the client's secret, or reads it "
            "with --client-secret-stdin");
    }
    return KB_OK;
}
