/*
 * Is this value possible? One function a kind of value; none looks at another key.
 */
#include "draft.h"

#include "base/alloc.h"
#include "config/header.h"
#include "config/preset.h"
#include "config/secret_names.h"
#include "config/variables.h"
#include "core/route.h"
#include "core/token.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static enum kb_err no_preset(struct kb_config_draft *draft, const char *text)
{
    kb_fail(draft->err, KB_ERR_CONFIG, "there is no preset \"%s\"", text);
    kb_preset_hint_names(text, draft->err);
    return KB_ERR_CONFIG;
}

enum kb_err kb_config_check_preset(struct kb_config_draft *draft, const char *text)
{
    draft->profile.preset = kb_preset_find(text);
    return draft->profile.preset ? KB_OK : no_preset(draft, text);
}

/* What a store is called everywhere but in this setting. */
static const char *other_name(const char *text)
{
    if (strcmp(text, "vault") == 0)
        return "sealed-file";
    return strcmp(text, "keyring") == 0 ? "secret-service" : text;
}

enum kb_err kb_config_check_choice(
    struct kb_config_draft *draft, const char *text, const char *const choices[])
{
    KB_AUTO(kb_buf_clear) struct kb_buf known = KB_BUF_INIT(sizeof(draft->err->msg));
    size_t count = 0;

    for (; choices[count]; count++)
        if (strcmp(text, choices[count]) == 0)
            return KB_OK;
    kb_text_append_choices(choices, "\"", &known);
    kb_config_draft_refuse(draft, "must be %s", kb_buf_text(&known));
    return kb_config_suggest(other_name(text), choices, count, draft->err);
}

/* A tenant becomes one segment of a path or one label of a host, and nothing more. */
enum kb_err kb_config_check_tenant(struct kb_config_draft *draft, const char *text)
{
    if (text[strspn(text, kb_name_bytes)])
        return kb_config_draft_refuse(draft, "may hold only letters, digits, '.', '_' and '-'");
    return KB_OK;
}

/* An address is shown wherever it is named. */
static enum kb_err refuse_secret_in_query(const char *query, struct kb_error *err)
{
    for (const char *at = query; *at;) {
        size_t len = strcspn(at, "&;"), name_len = strcspn(at, "=&;");
        char name[sizeof(((struct kb_url *)NULL)->query)];
        enum kb_err rc;

        snprintf(name, sizeof(name), "%.*s", (int)name_len, at);
        rc = kb_secret_name_refuse("parameter", name, err);
        if (rc)
            return rc;
        at += len;
        at += *at ? 1 : 0;
    }
    return KB_OK;
}

static enum kb_err read_endpoint(
    struct kb_config_draft *draft, const char *text, struct kb_url *ret)
{
    struct kb_url url;
    enum kb_err rc;

    /* The text itself is what is sent: an alias such as grpcs would not be understood there. */
    if (strstr(text, "://") && strncasecmp(text, "http", 4) != 0)
        return kb_config_draft_refuse(draft, "must begin with https://");
    rc = kb_config_draft_read_url(draft, text, &url);
    if (!rc)
        rc = refuse_secret_in_query(url.query, draft->err);
    if (!rc)
        *ret = url;
    return rc;
}

enum kb_err kb_config_check_token_url(struct kb_config_draft *draft, const char *text)
{
    return read_endpoint(draft, text, &draft->profile.token_url);
}

enum kb_err kb_config_check_second_url(struct kb_config_draft *draft, const char *text)
{
    return read_endpoint(draft, text, &draft->profile.second_url);
}

/* A whole address is what people paste; its host is what was meant. */
static void hint_host(struct kb_config_draft *draft, const char *text)
{
    const char *scheme = strstr(text, "://");
    const char *host = scheme ? scheme + strlen("://") : text;
    int len = (int)strcspn(host, "/?#");

    if (len > 0 && !memchr(host, '@', (size_t)len)) /* it may be a password that stands there */
        kb_hint(draft->err, "did you mean \"%.*s\"?", len, host);
}

enum kb_err kb_config_check_host(struct kb_config_draft *draft, const char *text)
{
    struct kb_url url;

    if (strchr(text, '/')) {
        kb_config_draft_refuse(draft, "is the name of a host, not an address");
        hint_host(draft, text);
        return KB_ERR_CONFIG;
    }
    return kb_config_draft_name(draft, kb_url_from_parts("https", text, &url, draft->err));
}

/* RFC 6749 section 3.3: no quote, no backslash, one space between two words. */
enum kb_err kb_config_check_scope(struct kb_config_draft *draft, const char *text)
{
    if (!kb_text_is_printable(text, strlen(text), 1, KB_CONFIG_TEXT_MAX) || strpbrk(text, "\"\\"))
        return kb_config_draft_refuse(
            draft, "may hold only printable ASCII without quotes and backslashes");
    if (text[0] == ' ' || text[strlen(text) - 1] == ' ' || strstr(text, "  "))
        return kb_config_draft_refuse(draft, "must be words with one space between them");
    return KB_OK;
}

static const char uri_scheme_bytes[] = "abcdefghijklmnopqrstuvwxyz"
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789+-.";

/* How many bytes at AT are one character of a URI, but for '#' (RFC 3986 section 2); 0: none. */
static size_t uri_character(const char *at)
{
    if (*at == '%')
        return isxdigit((unsigned char)at[1]) && isxdigit((unsigned char)at[2]) ? 3 : 0;
    return *at && (isalnum((unsigned char)*at) || strchr("-._~:/?[]@!$&'()*+,;=", *at));
}

/* RFC 8707 section 2: an absolute URI, without a fragment. */
enum kb_err kb_config_check_resource(struct kb_config_draft *draft, const char *text)
{
    const char *at = text + strspn(text, uri_scheme_bytes);
    size_t step;

    if (strchr(text, '#'))
        return kb_config_draft_refuse(draft, "may not hold a fragment (\"#\" and what follows)");
    if (!isalpha((unsigned char)text[0]) || at[0] != ':' || !at[1])
        return kb_config_draft_refuse(
            draft, "must be an absolute URI, such as https://api.example.com/");
    while ((step = uri_character(at)) > 0)
        at += step;
    if (*at)
        return kb_config_draft_refuse(draft,
            "holds what no URI may: write it as '%%' and two hexadecimal digits for each byte");
    return KB_OK;
}

enum kb_err kb_config_check_printable(struct kb_config_draft *draft, const char *text)
{
    if (!kb_text_is_printable(text, strlen(text), 1, KB_CONFIG_TEXT_MAX))
        return kb_config_draft_refuse(draft, "may hold only printable ASCII");
    return KB_OK;
}

/* As docker's clients name it: a scheme or a path would be another key in their settings. */
enum kb_err kb_config_check_registry(struct kb_config_draft *draft, const char *text)
{
    struct kb_url url;

    if (strchr(text, '/')) {
        kb_config_draft_refuse(draft, "must be HOST or HOST:PORT, without https:// and path");
        hint_host(draft, text);
        return KB_ERR_CONFIG;
    }
    return kb_config_draft_name(draft, kb_url_from_parts("https", text, &url, draft->err));
}

/* The callers send "user:token": a colon would cut the user name short. */
enum kb_err kb_config_check_username(struct kb_config_draft *draft, const char *text)
{
    if (!kb_text_is_visible(text, strlen(text), 1, KB_CONFIG_USERNAME_MAX) || strchr(text, ':'))
        return kb_config_draft_refuse(draft, "may hold only visible ASCII without ':'");
    return KB_OK;
}

enum kb_err kb_config_check_token_type(struct kb_config_draft *draft, const char *text)
{
    if (!kb_token_type_may_be_bearer(text))
        return kb_config_draft_refuse(draft, "is not what a bearer token can be called");
    return KB_OK;
}

enum kb_err kb_config_check_issuer(struct kb_config_draft *draft, const char *text)
{
    struct kb_url url;

    return kb_config_draft_read_url(draft, text, &url);
}

static bool is_one_of(const char *name, const char *const names[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return false;
}

/* A claim is signed and sent: no place for a secret, and times and names of its own are ours. */
enum kb_err kb_config_check_claim(struct kb_config_draft *draft, const char *text)
{
    static const char *const owned[] = {"iss", "aud", "iat", "nbf", "exp", "jti"};
    const char *name = draft->here.member;
    enum kb_err rc;

    if (!kb_text_is_visible(name, strlen(name), 1, KB_CONFIG_FIELD_NAME_MAX))
        return kb_fail(draft->err, KB_ERR_CONFIG,
            "a claim's name must be 1 to %d visible ASCII characters", KB_CONFIG_FIELD_NAME_MAX);
    rc = kb_secret_name_refuse("claim", name, draft->err);
    if (rc)
        return rc;
    if (is_one_of(name, owned, KB_COUNT(owned)))
        return kb_fail(draft->err, KB_ERR_CONFIG, "claim \"%s\" is set by keybearer itself", name);
    return kb_config_check_printable(draft, text);
}

/* Two grants have fields of their own, and so a short name: whoever wrote the URN means them. */
static enum kb_err refuse_long_grant(struct kb_config_draft *draft, const char *text)
{
    static const char urn[] = "urn:ietf:params:oauth:grant-type:";
    static const char *const names[] = {"jwt-bearer", "token-exchange"};
    size_t len = strlen(urn);

    for (size_t i = 0; strncmp(text, urn, len) == 0 && i < KB_COUNT(names); i++)
        if (strcmp(text + len, names[i]) == 0)
            return kb_hinted(draft->err, kb_config_draft_refuse(draft, "is written in short here"),
                "write %s", names[i]);
    return KB_OK;
}

/* '-' and '_' are taken for each other, and so are the cases. */
static bool differs_in_spelling(const char *text, const char *name)
{
    size_t i = 0;

    if (strcmp(text, name) == 0)
        return false;
    while (text[i] && name[i] &&
           (tolower((unsigned char)text[i]) == name[i] ||
               (strchr("-_", text[i]) && strchr("-_", name[i]))))
        i++;
    return text[i] == name[i];
}

/* It would be sent as a grant of the provider's own. */
static enum kb_err refuse_other_spelling(struct kb_config_draft *draft, const char *text)
{
    static const char *const names[] = {
        "client_credentials", "jwt-bearer", "none", "token-exchange"};

    for (size_t i = 0; i < KB_COUNT(names); i++)
        if (differs_in_spelling(text, names[i]))
            return kb_hinted(draft->err, kb_config_draft_refuse(draft, "is spelled otherwise"),
                "write %s", names[i]);
    return KB_OK;
}

/* RFC 6749 section 4.5: a name or a URI. */
enum kb_err kb_config_check_grant(struct kb_config_draft *draft, const char *text)
{
    if (!kb_text_is_visible(text, strlen(text), 1, KB_CONFIG_TEXT_MAX) || strpbrk(text, "\"\\"))
        return kb_config_draft_refuse(
            draft, "may hold only visible ASCII without quotes and backslashes");
    enum kb_err rc = refuse_long_grant(draft, text);
    return rc ? rc : refuse_other_spelling(draft, text);
}

enum kb_err kb_config_check_field_name(struct kb_config_draft *draft, const char *text)
{
    if (!kb_text_is_visible(text, strlen(text), 1, KB_CONFIG_FIELD_NAME_MAX))
        return kb_config_draft_refuse(draft, "may hold only visible ASCII");
    return KB_OK;
}

/* Where the token that was obtained is put, a credential's name is right. */
enum kb_err kb_config_check_second_field(struct kb_config_draft *draft, const char *text)
{
    const char *name = draft->here.member;
    enum kb_err rc = KB_OK;

    if (!kb_text_is_visible(name, strlen(name), 1, KB_CONFIG_FIELD_NAME_MAX))
        return kb_fail(draft->err, KB_ERR_CONFIG,
            "a form field's name must be 1 to %d visible ASCII characters",
            KB_CONFIG_FIELD_NAME_MAX);
    if (!strstr(text, "{token}"))
        rc = kb_secret_name_refuse("form field", name, draft->err);
    if (rc)
        kb_hint(draft->err, "write {token} where the first token belongs");
    return rc ? rc : kb_config_check_printable(draft, text);
}

/* Names of members with dots between them. */
enum kb_err kb_config_check_path(struct kb_config_draft *draft, const char *text)
{
    size_t len = strlen(text);

    if (!kb_text_is_visible(text, len, 1, KB_CONFIG_PATH_MAX) || text[0] == '.' ||
        text[len - 1] == '.' || strstr(text, ".."))
        return kb_config_draft_refuse(draft, "must be names of members with dots between them");
    if (text[0] == '$' && text[1] == '.')
        return kb_hinted(draft->err,
            kb_config_draft_refuse(draft, "must be names of members with dots between them"),
            "did you mean \"%s\"?", text + 2);
    return KB_OK;
}

enum kb_err kb_config_check_api_header_name(struct kb_config_draft *draft, const char *text)
{
    /* A proxy would get the one, and the other has its own grammar. */
    static const char *const others[] = {"Proxy-Authorization", "Cookie"};

    if (!kb_text_is_token(text, KB_API_HEADER_NAME_MAX) || kb_header_is_owned(text) ||
        is_one_of(text, others, KB_COUNT(others)))
        return kb_config_draft_refuse(draft, "is not a header that can have a token");
    return KB_OK;
}

enum kb_err kb_config_check_api_header_prefix(struct kb_config_draft *draft, const char *text)
{
    if (!kb_text_is_visible(text, strlen(text), 1, KB_API_HEADER_PREFIX_MAX))
        return kb_config_draft_refuse(draft, "must be one word of visible ASCII, or none");
    return KB_OK;
}

enum kb_err kb_config_check_form_field(struct kb_config_draft *draft, const char *text)
{
    static const char *const owned[] = {"grant_type", "client_id", "client_assertion_type",
        "subject_token_type", "scope", "audience", "resource"};
    const char *name = draft->here.member;

    if (!kb_text_is_visible(name, strlen(name), 1, 128))
        return kb_fail(draft->err, KB_ERR_CONFIG,
            "a form field's name must be 1 to 128 visible ASCII characters");
    enum kb_err rc = kb_secret_name_refuse("form field", name, draft->err);
    if (rc)
        return rc;
    if (is_one_of(name, owned, KB_COUNT(owned)))
        return kb_fail(
            draft->err, KB_ERR_CONFIG, "form field \"%s\" is set by keybearer itself", name);
    return kb_config_check_printable(draft, text);
}

enum kb_err kb_config_check_header(struct kb_config_draft *draft, const char *text)
{
    return kb_header_check(draft->profile.preset, draft->here.member, text, draft->err);
}

enum kb_err kb_config_check_api_header(struct kb_config_draft *draft, const char *text)
{
    const struct kb_preset_header *rules =
        kb_preset_header(draft->profile.preset, draft->here.member);

    if (rules && !rules->on_api_calls)
        return kb_fail(draft->err, KB_ERR_CONFIG,
            "header %s belongs to the token request: put it in %s", rules->name,
            kb_config_draft_say(draft, "headers").text);
    return kb_config_check_header(draft, text);
}

/* What a variable of a credential's name gets must come from the store, never from the file. */
enum kb_err kb_config_check_env(struct kb_config_draft *draft, const char *text)
{
    const char *name = draft->here.member;
    bool has_words = false;
    enum kb_err rc = kb_variable_name_check(name, draft->err);

    if (!rc)
        rc = kb_template_check(text, &has_words, draft->err);
    if (rc || has_words)
        return rc;
    rc = kb_secret_name_refuse("variable", name, draft->err);
    if (rc)
        kb_hint(draft->err, "write {secret} for the client's secret, or {token} for the token");
    return rc;
}

enum kb_err kb_config_check_file(struct kb_config_draft *draft, const char *text)
{
    if (text[0] != '/')
        return kb_config_draft_refuse(draft, "must be an absolute path");
    return KB_OK;
}

enum kb_err kb_config_check_bonded_file(struct kb_config_draft *draft, const char *text)
{
    enum kb_err rc = kb_config_check_file(draft, text);

    return rc ? rc : kb_config_check_printable(draft, text);
}
