/*
 * Which headers a configuration may add to a request. Must never let one through that the exchange
 * sets itself, or that would hold a secret.
 */
#include "config/header.h"

#include "base/strings.h"
#include "config/secret_names.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

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
