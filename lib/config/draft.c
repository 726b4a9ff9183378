/*
 * What all who read a profile need of the draft.
 */
#include "draft.h"

#include "base/alloc.h"
#include "config/secret_names.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void kb_config_draft_look_at(struct kb_config_draft *draft, const char *key)
{
    draft->here = (struct kb_config_place){.profile = draft->here.profile, .key = key};
}

struct kb_setting_said kb_config_say(
    const struct kb_setting *setting, const char *key, bool typed, const char *where)
{
    struct kb_setting_said said;

    if (typed && setting && setting->option)
        snprintf(said.text, sizeof(said.text), "--%s", setting->option);
    else
        snprintf(said.text, sizeof(said.text), "\"%s\"%s", key, where);
    return said;
}

struct kb_setting_said kb_config_draft_say(const struct kb_config_draft *draft, const char *key)
{
    return kb_config_say(draft->find(key), key, draft->typed, "");
}

enum kb_err kb_config_draft_refuse(struct kb_config_draft *draft, const char *fmt, ...)
{
    struct kb_setting_said said = kb_config_draft_say(draft, draft->here.key);
    const char *member = draft->here.member;
    char problem[sizeof(draft->err->msg)];
    va_list args;

    va_start(args, fmt);
    vsnprintf(problem, sizeof(problem), fmt, args);
    va_end(args);
    if (!member)
        return kb_fail(draft->err, KB_ERR_CONFIG, "%s %s", said.text, problem);
    if (draft->typed)
        return kb_fail(draft->err, KB_ERR_CONFIG, "%s %s %s", said.text, member, problem);
    return kb_fail(draft->err, KB_ERR_CONFIG, "\"%s\" %s", member, problem);
}

enum kb_err kb_config_draft_name(struct kb_config_draft *draft, enum kb_err rc)
{
    struct kb_error cause;
    size_t number = draft->here.element;
    char which[32] = "";

    if (!rc || !draft->typed || !draft->err)
        return rc;
    cause = *draft->err;
    if (number > 0)
        (void)snprintf(which, sizeof(which), " number %zu", number);
    kb_fail(draft->err, cause.code, "%s%s: %s", kb_config_draft_say(draft, draft->here.key).text,
        which, cause.msg);
    if (cause.hint[0])
        kb_hint(draft->err, "%s", cause.hint);
    return rc;
}

enum kb_err kb_config_suggest(
    const char *word, const char *const candidates[], size_t count, struct kb_error *err)
{
    const char *nearest = kb_text_nearest(word, candidates, count);

    if (nearest)
        kb_hint(err, "did you mean \"%s\"?", nearest);
    return KB_ERR_CONFIG;
}

/* What belongs to the client is in its store; NULL: NAME is nothing of it. */
static const char *hint_for(const char *name)
{
    static const char key[] =
        "leave it out; keybearer add NAME --client-key FILE stores a key, and "
        "keybearer keygen NAME makes one";
    static const char certificate[] =
        "leave it out; keybearer add NAME --client-cert FILE stores it beside the key";
    static const struct {
        const char *name, *hint;
    } hints[] = {
        {"client_id", "leave it out; keybearer add NAME asks for it, and stores it beside the "
                      "secret"},
        {"client_key", key},
        {"client_key_file", key},
        {"private_key", key},
        {"private_key_file", key},
        {"key", key},
        {"key_file", key},
        {"jwk", key},
        {"client_cert", certificate},
        {"client_certificate", certificate},
        {"certificate", certificate},
        {"cert", certificate},
    };

    for (size_t i = 0; i < KB_COUNT(hints); i++)
        if (strcmp(name, hints[i].name) == 0)
            return hints[i].hint;
    return NULL;
}

/* What a setting is called here that RFC 6749, 7523, 7591 and 8414 call NAME; else NAME. */
static const char *name_here(const char *name)
{
    static const char *const names[][2] = {
        {"grant_type", "grant"},
        {"token_endpoint", "token_url"},
        {"token_endpoint_auth_method", "client_auth"},
        {"token_endpoint_auth_signing_alg", "client_alg"},
        {"kid", "client_key_id"},
        {"aud", "assertion_audience"},
        {"iss", "issuer"},
        {"expires_in", "expiry"},
        {"access_token_path", "token_path"},
    };

    for (size_t i = 0; i < KB_COUNT(names); i++)
        if (strcmp(name, names[i][0]) == 0)
            return names[i][1];
    return name;
}

enum kb_err kb_config_refuse_key(
    const char *name, const char *const keys[], size_t count, struct kb_error *err)
{
    const char *hint = hint_for(name);
    enum kb_err rc = hint ? KB_OK : kb_secret_name_refuse("key", name, err);

    if (rc)
        return rc;
    kb_fail(err, KB_ERR_CONFIG, "unknown key \"%s\"", name);
    if (hint)
        return kb_hinted(err, KB_ERR_CONFIG, "%s", hint);
    return kb_config_suggest(name_here(name), keys, count, err);
}

/* Only what would be taken is said again: another text may hold a password. */
static void suggest_https(struct kb_config_draft *draft, const char *text)
{
    KB_AUTO(kb_buf_clear) struct kb_buf whole = KB_BUF_INIT(KB_CONFIG_ADDRESS_MAX);
    struct kb_url url;

    kb_buf_fmt(&whole, "https://%s", text);
    if (!kb_url_parse(kb_buf_text(&whole), whole.len, &url, NULL) && !url.query[0])
        kb_hint(draft->err, "did you mean \"%s\"?", kb_buf_text(&whole));
}

static enum kb_err parse_url(struct kb_config_draft *draft, const char *text, struct kb_url *ret)
{
    enum kb_err rc = kb_url_parse(text, strlen(text), ret, draft->err);

    if (rc && !strstr(text, "://"))
        suggest_https(draft, text);
    return rc;
}

enum kb_err kb_config_draft_read_url(
    struct kb_config_draft *draft, const char *text, struct kb_url *ret)
{
    struct kb_url url;
    enum kb_err rc = parse_url(draft, text, &url);

    if (!rc)
        rc = kb_url_check_secure(&url, draft->err);
    if (!rc)
        *ret = url;
    return kb_config_draft_name(draft, rc);
}

/* Who may have the tokens: also a server of mail, which the token's own program keeps secure. */
static enum kb_err check_match(const struct kb_url *url, struct kb_error *err)
{
    if (url->query[0])
        return kb_fail(err, KB_ERR_CONFIG, "the address has a query; only its path counts");
    if (strstr(url->path, "//"))
        return kb_fail(err, KB_ERR_CONFIG, "the address has two slashes together in its path");
    if (!kb_url_is_mail(url))
        return kb_url_check_secure(url, err);
    if (strcmp(url->path, "/") != 0)
        return kb_fail(
            err, KB_ERR_CONFIG, "the address of a mail server has a path; nobody asks for one");
    return KB_OK;
}

/* Nobody asks for the slash at its end: git takes it off, and others send what lies below. */
static enum kb_err read_match(const char *text, struct kb_url *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf meant = KB_BUF_INIT(KB_CONFIG_ADDRESS_MAX);
    struct kb_url url;
    enum kb_err rc = kb_url_parse(text, strlen(text), &url, err);

    if (!rc)
        rc = check_match(&url, err);
    if (rc && kb_url_suggest(text, &meant))
        kb_hint(err, "did you mean \"%s\"?", kb_buf_text(&meant));
    if (rc)
        return rc;
    kb_url_drop_end_slash(&url);
    *ret = url;
    return KB_OK;
}

enum kb_err kb_config_draft_add_match(struct kb_config_draft *draft, const char *text)
{
    struct kb_profile *profile = &draft->profile;
    struct kb_url url;
    enum kb_err rc = read_match(text, &url, draft->err);

    if (rc)
        return kb_config_draft_name(draft, rc);
    profile->match = kb_grow(profile->match, profile->match_count + 1, sizeof(*profile->match));
    profile->match[profile->match_count++] = url;
    return KB_OK;
}
