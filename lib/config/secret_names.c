/*
 * The names of credentials, as OAuth's grants and HTTP write them. A name is missing here until
 * somebody uses it; one that a provider gives to something public must not be here.
 */
#include "config/secret_names.h"

#include "base/strings.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

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

/* The byte at *TEXT, which goes behind it; as in an address, %5F is '_'. 0: the name ends. */
static int take(const char **text)
{
    const char *at = *text;

    if (at[0] == '%' && kb_hex_value(at[1]) >= 0 && kb_hex_value(at[2]) >= 0) {
        *text += 3;
        return kb_hex_value(at[1]) * 16 + kb_hex_value(at[2]);
    }
    *text += *at ? 1 : 0;
    return (unsigned char)*at;
}

/* Past what separates words: client-secret and clientSecret are client_secret. */
static int take_letter(const char **text)
{
    int byte;

    do
        byte = take(text);
    while (byte == '-' || byte == '_');
    return tolower(byte);
}

static bool is_same_name(const char *a, const char *b)
{
    int letter;

    do {
        letter = take_letter(&a);
        if (letter != take_letter(&b))
            return false;
    } while (letter);
    return true;
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
