/*
 * From the options of `add` to the JSON object in the configuration. Checks nothing itself:
 * the result goes through the same reader as what a person writes.
 */
#include "helper.h"

#include "base/json_write.h"

#include <string.h>

enum { INDENT = 2 };

static void text(struct kb_json_writer *w, const char *name, const char *value)
{
    if (value)
        kb_json_string_member(w, name, value);
}

static void list(struct kb_json_writer *w, const char *name, const struct kb_strings *values)
{
    if (values->count == 0)
        return;
    kb_json_name(w, name);
    kb_json_open(w, '[');
    for (size_t i = 0; i < values->count; i++)
        kb_json_put_string(w, values->items[i]);
    kb_json_close(w);
}

/* RFC 6749 section 3.3: a scope is one string of words with spaces between them. */
static enum kb_err scope(
    struct kb_json_writer *w, const struct kb_strings *words, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf joined = KB_BUF_INIT(8192);

    if (words->count == 0)
        return KB_OK;
    for (size_t i = 0; i < words->count; i++) {
        if (i > 0)
            kb_buf_byte(&joined, ' ');
        kb_buf_str(&joined, words->items[i]);
    }
    kb_json_string_member(w, "scope", kb_buf_text(&joined));
    return kb_buf_check(&joined, "the scope", err);
}

static enum kb_err number(
    struct kb_json_writer *w, const char *name, const char *digits, struct kb_error *err)
{
    long long value;

    if (!digits)
        return KB_OK;
    if (!kb_text_to_int(digits, 0, INT_MAX, &value))
        return kb_fail(err, KB_ERR_USAGE, "%s is a number of seconds", name);
    kb_json_int_member(w, name, value);
    return KB_OK;
}

/* "NAME<separator>VALUE" becomes one member; spaces after a header's colon do not count. */
static enum kb_err member(
    struct kb_json_writer *w, const char *pair, char separator, struct kb_error *err)
{
    KB_AUTO(kb_str_free) char *name = NULL;
    const char *end = strchr(pair, separator);
    enum kb_err rc;

    if (!end)
        return kb_fail(err, KB_ERR_USAGE, "\"%s\" is not of the form NAME%cVALUE", pair, separator);
    rc = kb_str_set(&name, pair, err);
    if (rc)
        return rc;
    name[end - pair] = '\0';
    kb_json_string_member(w, name, end + 1 + strspn(end + 1, " "));
    return KB_OK;
}

static enum kb_err object(struct kb_json_writer *w, const char *name,
    const struct kb_strings *pairs, char separator, struct kb_error *err)
{
    enum kb_err rc = KB_OK;

    if (pairs->count == 0)
        return KB_OK;
    kb_json_name(w, name);
    kb_json_open(w, '{');
    for (size_t i = 0; !rc && i < pairs->count; i++)
        rc = member(w, pairs->items[i], separator, err);
    kb_json_close(w);
    return rc;
}

enum kb_err profile_json(
    const struct add_options *options, struct kb_buf *out, struct kb_error *err)
{
    struct kb_json_writer w = kb_json_writer(out, INDENT);
    enum kb_err rc;

    kb_json_open(&w, '{');
    text(&w, "preset", options->preset);
    text(&w, "host", options->host);
    text(&w, "environment", options->environment);
    text(&w, "tenant", options->tenant);
    text(&w, "token_url", options->token_url);
    text(&w, "client_auth", options->client_auth);
    text(&w, "audience", options->audience);
    text(&w, "username", options->username);
    text(&w, "ca_file", options->ca_file);
    text(&w, "store", options->store);
    list(&w, "resource", &options->resource);
    list(&w, "match", &options->match);
    rc = scope(&w, &options->scope, err);
    if (!rc)
        rc = number(&w, "timeout", options->timeout, err);
    if (!rc)
        rc = number(&w, "min_ttl", options->min_ttl, err);
    if (!rc)
        rc = object(&w, "form", &options->form, '=', err);
    if (!rc)
        rc = object(&w, "headers", &options->headers, ':', err);
    if (!rc)
        rc = object(&w, "api_headers", &options->api_headers, ':', err);
    kb_json_close(&w);
    return rc ? rc : kb_buf_check(out, "the profile", err);
}
