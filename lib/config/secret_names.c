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
    /* as APIs name a key or a password, or what signs a request */
    "secret",
    "private_key",
    "token",
    "api_key",
    "pwd",
    "sig",
    "signature",
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

/*
 * Past what separates words: client-secret and clientSecret are client_secret. A space may be '+',
 * and whoever pastes a query may bring its '?'. 0 also where a part of the name ends: who reads
 * x[client_secret] or x.client_secret finds a client_secret.
 */
static int take_letter(const char **text)
{
    int byte;

    do
        byte = take(text);
    while (byte && strchr("-_ +?", byte));
    return byte && strchr("[].", byte) ? 0 : tolower(byte);
}

/* Whether the part at *TEXT, behind which it goes, is NAME. */
static bool take_same(const char **text, const char *name)
{
    bool same = true;
    int letter;

    do {
        letter = take_letter(text);
        same = same && letter == take_letter(&name);
    } while (letter);
    return same;
}

/* How long the part is that is a credential's name; 0: it is none. *TEXT goes behind it. */
static int take_secret(const char **text)
{
    const char *begin = *text;
    bool found = false;

    for (size_t i = 0; !found && i < KB_COUNT(names); i++) {
        *text = begin;
        found = take_same(text, names[i]);
    }
    return found ? (int)strcspn(begin, "[].") : 0;
}

enum kb_err kb_secret_name_refuse(const char *what, const char *name, struct kb_error *err)
{
    for (const char *part = name; *part;) {
        const char *begin = part;
        int len = take_secret(&part);

        if (len > 0)
            return kb_hinted(err,
                kb_fail(err, KB_ERR_CONFIG,
                    "%s \"%.*s\" would hold a secret, and no secret belongs in a setting", what,
                    len, begin),
                "leave it out; keybearer add NAME asks for the client's secret, or reads it "
                "with --client-secret-stdin");
    }
    return KB_OK;
}
