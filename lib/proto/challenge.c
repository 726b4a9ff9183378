/*
 * What a server wants, as WWW-Authenticate says it (RFC 9110 section 11.6.1): a list of
 * challenges, each a scheme and maybe parameters, with commas between all of them. Must never
 * take a parameter, or what stands between quotes, for a scheme.
 */
#include "challenge.h"

#include <string.h>
#include <strings.h>

/* The comma that ends the element at TEXT, or the end. */
static const char *end_of_element(const char *text)
{
    bool quoted = false;

    for (; *text && (quoted || *text != ','); text++) {
        if (*text == '"')
            quoted = !quoted;
        else if (quoted && *text == '\\' && text[1])
            text++;
    }
    return text;
}

/* A word that an equals sign follows is a parameter of the scheme before it. */
bool kb_challenge_names(const char *value, const char *scheme)
{
    size_t wanted = strlen(scheme);

    for (const char *at = value; *at; at = end_of_element(at)) {
        at += strspn(at, " \t,");
        size_t len = strcspn(at, " \t,=\"");
        const char *next = at + len + strspn(at + len, " \t");

        if (len == wanted && strncasecmp(at, scheme, len) == 0 && *next != '=')
            return true;
    }
    return false;
}
