/*
 * The scope as it is asked for, and the granted one against it. Names only what the profile asked
 * for: the server's own words are not repeated.
 */
#include "scope.h"

#include "base/json.h"
#include "reading.h"

#include <string.h>

bool kb_scope_is_claim(const struct kb_profile *profile)
{
    const char *place = profile->scope_place;

    return profile->scope && place && strcmp(place, "claim") == 0;
}

void kb_scope_append(const struct kb_profile *profile, struct kb_buf *out)
{
    const char *separator = profile->scope_separator;
    bool comma = separator && strcmp(separator, "comma") == 0;

    for (const char *at = profile->scope; *at; at++) {
        if (comma && *at == ' ')
            kb_buf_byte(out, ',');
        else
            kb_buf_byte(out, *at);
    }
}

/* Whether WORD of LEN bytes stands in LIST, between spaces or, as some servers send, commas. */
static bool is_listed(const char *list, const char *word, size_t len)
{
    for (const char *at = list; (at = memmem(at, strlen(at), word, len)) != NULL; at++) {
        bool begins = at == list || at[-1] == ' ' || at[-1] == ',';
        bool ends = at[len] == '\0' || at[len] == ' ' || at[len] == ',';

        if (begins && ends)
            return true;
    }
    return false;
}

/* Appends each word of WANTED that GRANTED lacks; spaces and commas separate words in both. */
static void list_missing(const char *wanted, const char *granted, struct kb_buf *missing)
{
    for (wanted += strspn(wanted, " ,"); *wanted; wanted += strspn(wanted, " ,")) {
        size_t len = strcspn(wanted, " ,");

        if (!is_listed(granted, wanted, len)) {
            if (missing->len > 0)
                kb_buf_byte(missing, ' ');
            kb_buf_add(missing, wanted, len);
        }
        wanted += len;
    }
}

enum kb_err kb_reading_scope(const struct kb_reading *r, const struct json_object *body)
{
    const char *wanted = r->profile->scope;
    struct json_object *value = kb_json_member(body, "scope");
    const char *granted = kb_json_string(body, "scope");
    KB_AUTO(kb_buf_clear) struct kb_buf missing = KB_BUF_INIT(KB_HTTP_BODY_MAX);

    if (!wanted || !value || r->is_second)
        return KB_OK;
    list_missing(wanted, granted ? granted : "", &missing);
    if (missing.len == 0)
        return KB_OK;
    if (r->profile->strict_scope)
        return kb_hinted(r->err,
            kb_fail(r->err, KB_ERR_DENIED, "the token endpoint %s did not grant the scope %s",
                r->profile->token_url.host, kb_buf_text(&missing)),
            "let the provider grant it to this client, or take \"strict_scope\" out of profile %s",
            r->profile->name);
    kb_reading_warn(r, "the server did not grant the scope %s", kb_buf_text(&missing));
    return KB_OK;
}
