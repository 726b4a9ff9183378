/*
 * Reads one profile. The table `keys` is the list of what a profile may say, in the order
 * in which the values depend on each other; what presets and defaults add comes after it.
 * Nothing is used that the file does not name: no environment, no working directory.
 */
#include "config_profile.h"

#include "core/preset.h"

#include <json-c/json.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TEXT_MAX 2048
#define ADDRESS_MAX 1800
#define USERNAME_MAX 255
#define MONTH (31 * 86400)
#define DAY 86400

static const char *const stores[] = {"sealed-file", "secret-service"};

/* A profile while it is read, with the words that only help to make it. */
struct draft {
    struct kb_profile profile;
    char *preset;
    char *environment;
    char *tenant;
    char *client_auth;
    struct kb_config_place here; /* what is looked at: where an error will point */
    struct kb_error *err;
};

static void clear_draft(struct draft *draft)
{
    kb_profile_clear(&draft->profile);
    free(draft->preset);
    free(draft->environment);
    free(draft->tenant);
    free(draft->client_auth);
}

struct key {
    const char *name;
    enum kb_err (*read)(struct draft *draft, const struct key *key, struct json_object *value);
    size_t target; /* where `read` puts it: offset in struct draft */
    /* Of a text, list element or member; may be NULL. NAME is the key's or the member's. */
    enum kb_err (*check)(struct draft *draft, const char *name, const char *text);
    int min, max; /* of a number; of a text, only max: its longest length */
};

static void *target_of(struct draft *draft, const struct key *key)
{
    return (char *)draft + key->target;
}

/* --- Reading values by type ------------------------------------------------------- */

static bool has_control_character(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return true;
    return false;
}

/* *RET is borrowed from VALUE. */
static enum kb_err text_of(struct draft *draft, const struct key *key, const char *name,
    struct json_object *value, const char **ret)
{
    size_t max = key->max > 0 ? (size_t)key->max : TEXT_MAX;

    if (!json_object_is_type(value, json_type_string))
        return kb_fail(draft->err, KB_ERR_CONFIG, "\"%s\" must be a string", name);
    const char *text = json_object_get_string(value);
    if (text[0] == '\0')
        return kb_fail(draft->err, KB_ERR_CONFIG, "\"%s\" is empty", name);
    if (strlen(text) > max)
        return kb_fail(draft->err, KB_ERR_CONFIG, "\"%s\" is longer than %zu bytes", name, max);
    if (has_control_character(text))
        return kb_fail(draft->err, KB_ERR_CONFIG, "\"%s\" holds a control character", name);
    *ret = text;
    return key->check ? key->check(draft, name, text) : KB_OK;
}

static enum kb_err read_text(struct draft *draft, const struct key *key, struct json_object *value)
{
    const char *text;
    char **target = target_of(draft, key);

    enum kb_err rc = text_of(draft, key, key->name, value, &text);
    return rc ? rc : kb_str_set(target, text, draft->err);
}

static enum kb_err add_resource(struct draft *draft, const char *text)
{
    return kb_strings_add(&draft->profile.resources, text, draft->err);
}

static enum kb_err add_match(struct draft *draft, const char *text)
{
    struct kb_profile *profile = &draft->profile;
    struct kb_url url;

    enum kb_err rc = kb_url_parse(text, strlen(text), &url, draft->err);
    if (!rc)
        rc = kb_url_check_secure(&url, draft->err);
    if (!rc && url.query[0])
        rc = kb_fail(draft->err, KB_ERR_CONFIG, "the address has a query; only its path counts");
    if (rc)
        return rc;
    struct kb_url *grown =
        reallocarray(profile->match, profile->match_count + 1, sizeof(*profile->match));
    if (!grown)
        return kb_fail(draft->err, KB_ERR_SYSTEM, "out of memory");
    profile->match = grown;
    grown[profile->match_count++] = url;
    return KB_OK;
}

/* Hands each text of an array, or a single text, to ADD. */
static enum kb_err read_each(struct draft *draft, const struct key *key, struct json_object *value,
    enum kb_err (*add)(struct draft *draft, const char *text))
{
    bool array = json_object_is_type(value, json_type_array);
    size_t count = array ? json_object_array_length(value) : 1;
    enum kb_err rc = KB_OK;

    for (size_t i = 0; i < count && !rc; i++) {
        const char *text;
        draft->here.element = i + 1;
        rc = text_of(
            draft, key, key->name, array ? json_object_array_get_idx(value, i) : value, &text);
        if (!rc)
            rc = add(draft, text);
    }
    return rc;
}

static enum kb_err read_resources(
    struct draft *draft, const struct key *key, struct json_object *value)
{
    return read_each(draft, key, value, add_resource);
}

static enum kb_err read_matches(
    struct draft *draft, const struct key *key, struct json_object *value)
{
    return read_each(draft, key, value, add_match);
}

static enum kb_err read_pairs(struct draft *draft, const struct key *key, struct json_object *value)
{
    enum kb_err rc = KB_OK;

    if (!json_object_is_type(value, json_type_object))
        return kb_fail(draft->err, KB_ERR_CONFIG, "\"%s\" must be an object of strings", key->name);
    json_object_object_foreach(value, name, member)
    {
        const char *text;
        draft->here.member = name;
        rc = text_of(draft, key, name, member, &text);
        if (!rc)
            rc = kb_pairs_add(target_of(draft, key), name, text, draft->err);
        if (rc)
            break;
    }
    return rc;
}

static enum kb_err read_number(
    struct draft *draft, const struct key *key, struct json_object *value)
{
    int *target = target_of(draft, key);
    int64_t number = json_object_get_int64(value);

    if (!json_object_is_type(value, json_type_int) || number < key->min || number > key->max)
        return kb_fail(draft->err, KB_ERR_CONFIG,
            "\"%s\" must be a whole number of seconds from %d to %d", key->name, key->min,
            key->max);
    *target = (int)number;
    return KB_OK;
}

static enum kb_err read_flag(struct draft *draft, const struct key *key, struct json_object *value)
{
    bool *target = target_of(draft, key);

    if (!json_object_is_type(value, json_type_boolean))
        return kb_fail(draft->err, KB_ERR_CONFIG, "\"%s\" must be true or false", key->name);
    *target = json_object_get_boolean(value);
    return KB_OK;
}

/* --- Checks of single values ------------------------------------------------------ */

static enum kb_err suggest(
    struct draft *draft, const char *word, const char *const candidates[], size_t count)
{
    const char *nearest = kb_text_nearest(word, candidates, count);

    if (nearest)
        kb_hint(draft->err, "did you mean \"%s\"?", nearest);
    return KB_ERR_CONFIG;
}

static enum kb_err check_preset(struct draft *draft, const char *name, const char *text)
{
    (void)name;
    draft->profile.preset = kb_preset_find(text);
    if (draft->profile.preset)
        return KB_OK;

    size_t count;
    const struct kb_preset *presets = kb_presets(&count);
    const char *names[64];
    for (size_t i = 0; i < count && i < KB_COUNT(names); i++)
        names[i] = presets[i].name;
    kb_fail(draft->err, KB_ERR_CONFIG, "there is no preset \"%s\"", text);
    return suggest(draft, text, names, count < KB_COUNT(names) ? count : KB_COUNT(names));
}

static enum kb_err check_store(struct draft *draft, const char *name, const char *text)
{
    for (size_t i = 0; i < KB_COUNT(stores); i++)
        if (strcmp(text, stores[i]) == 0)
            return KB_OK;
    kb_fail(
        draft->err, KB_ERR_CONFIG, "\"%s\" must be \"secret-service\" or \"sealed-file\"", name);
    return suggest(draft, text, stores, KB_COUNT(stores));
}

static enum kb_err check_client_auth(struct draft *draft, const char *name, const char *text)
{
    const char *names[] = {
        kb_client_auth_name(KB_AUTH_POST),
        kb_client_auth_name(KB_AUTH_BASIC),
        kb_client_auth_name(KB_AUTH_BASIC_RAW),
    };

    if (kb_client_auth_from_name(text, &draft->profile.client_auth))
        return KB_OK;
    kb_fail(draft->err, KB_ERR_CONFIG, "\"%s\" must be \"%s\", \"%s\" or \"%s\"", name, names[0],
        names[1], names[2]);
    return suggest(draft, text, names, KB_COUNT(names));
}

/* A tenant becomes one segment of a path or one label of a host, and nothing more. */
static enum kb_err check_tenant(struct draft *draft, const char *name, const char *text)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789._-";

    if (text[strspn(text, allowed)])
        return kb_fail(draft->err, KB_ERR_CONFIG,
            "\"%s\" may hold only letters, digits, '.', '_' and '-'", name);
    return KB_OK;
}

static enum kb_err check_token_url(struct draft *draft, const char *name, const char *text)
{
    /* The text itself is what is sent: an alias such as grpcs would not be understood there. */
    if (strncasecmp(text, "http", 4) != 0)
        return kb_fail(draft->err, KB_ERR_CONFIG, "\"%s\" must begin with https://", name);
    enum kb_err rc = kb_url_parse(text, strlen(text), &draft->profile.token_url, draft->err);
    return rc ? rc : kb_url_check_secure(&draft->profile.token_url, draft->err);
}

static enum kb_err check_host(struct draft *draft, const char *name, const char *text)
{
    struct kb_url url;

    (void)name;
    return kb_url_from_parts("https", text, &url, draft->err);
}

/* RFC 6749 section 3.3: no quote, no backslash. */
static enum kb_err check_scope(struct draft *draft, const char *name, const char *text)
{
    if (!kb_text_is_printable(text, strlen(text), 1, TEXT_MAX) || strpbrk(text, "\"\\"))
        return kb_fail(draft->err, KB_ERR_CONFIG,
            "\"%s\" may hold only printable ASCII without quotes and backslashes", name);
    return KB_OK;
}

static enum kb_err check_printable(struct draft *draft, const char *name, const char *text)
{
    if (!kb_text_is_printable(text, strlen(text), 1, TEXT_MAX))
        return kb_fail(draft->err, KB_ERR_CONFIG, "\"%s\" may hold only printable ASCII", name);
    return KB_OK;
}

/* The callers send "user:token": a colon would cut the user name short. */
static enum kb_err check_username(struct draft *draft, const char *name, const char *text)
{
    if (!kb_text_is_visible(text, strlen(text), 1, USERNAME_MAX) || strchr(text, ':'))
        return kb_fail(
            draft->err, KB_ERR_CONFIG, "\"%s\" may hold only visible ASCII without ':'", name);
    return KB_OK;
}

static enum kb_err check_form_field(struct draft *draft, const char *name, const char *text)
{
    static const char *const owned[] = {
        "grant_type",
        "client_id",
        "client_secret",
        "scope",
        "audience",
        "resource",
    };

    if (!kb_text_is_visible(name, strlen(name), 1, 128))
        return kb_fail(draft->err, KB_ERR_CONFIG,
            "a form field's name must be 1 to 128 visible ASCII characters");
    for (size_t i = 0; i < KB_COUNT(owned); i++) {
        if (strcmp(name, owned[i]) == 0)
            return kb_fail(
                draft->err, KB_ERR_CONFIG, "form field \"%s\" is set by keybearer itself", name);
    }
    return check_printable(draft, name, text);
}

static enum kb_err check_header(struct draft *draft, const char *name, const char *text)
{
    return kb_header_check(draft->profile.preset, name, text, draft->err);
}

static enum kb_err check_api_header(struct draft *draft, const char *name, const char *text)
{
    const struct kb_preset_header *rules = kb_preset_header(draft->profile.preset, name);

    if (rules && !rules->on_api_calls)
        return kb_fail(draft->err, KB_ERR_CONFIG,
            "header %s belongs to the token request, so into \"headers\"", rules->name);
    return check_header(draft, name, text);
}

static enum kb_err check_ca_file(struct draft *draft, const char *name, const char *text)
{
    if (text[0] != '/')
        return kb_fail(draft->err, KB_ERR_CONFIG, "\"%s\" must be an absolute path", name);
    return KB_OK;
}

/* --- The keys --------------------------------------------------------------------- */

#define DRAFT(member) offsetof(struct draft, member)
#define PROFILE(member) offsetof(struct draft, profile.member)

static const struct key keys[] = {
    {"preset", read_text, DRAFT(preset), check_preset, 0, 0},
    {"host", read_text, PROFILE(host), check_host, 0, 0},
    {"environment", read_text, DRAFT(environment), NULL, 0, 0},
    {"tenant", read_text, DRAFT(tenant), check_tenant, 0, 253},
    {"store", read_text, PROFILE(store), check_store, 0, 0},
    {"token_url", read_text, PROFILE(token_url_text), check_token_url, 0, ADDRESS_MAX},
    {"client_auth", read_text, DRAFT(client_auth), check_client_auth, 0, 0},
    {"scope", read_text, PROFILE(scope), check_scope, 0, 0},
    {"audience", read_text, PROFILE(audience), check_printable, 0, 0},
    {"resource", read_resources, 0, check_printable, 0, 0},
    {"form", read_pairs, PROFILE(form), check_form_field, 0, 0},
    {"headers", read_pairs, PROFILE(headers), check_header, 0, 0},
    {"api_headers", read_pairs, PROFILE(api_headers), check_api_header, 0, 0},
    {"match", read_matches, 0, NULL, 0, ADDRESS_MAX},
    {"username", read_text, PROFILE(username), check_username, 0, USERNAME_MAX},
    {"ca_file", read_text, PROFILE(ca_file), check_ca_file, 0, PATH_MAX - 1},
    {"min_ttl", read_number, PROFILE(min_ttl), NULL, 0, DAY},
    {"refresh_ahead", read_number, PROFILE(refresh_ahead), NULL, 0, DAY},
    {"timeout", read_number, PROFILE(timeout), NULL, 1, 120},
    {"max_lifetime", read_number, PROFILE(max_lifetime), NULL, 60, MONTH},
    {"default_lifetime", read_number, PROFILE(default_lifetime), NULL, 0, DAY},
    {"strict_scope", read_flag, PROFILE(strict_scope), NULL, 0, 0},
};

static enum kb_err unknown_key(struct draft *draft, const char *name)
{
    const char *names[KB_COUNT(keys)];

    for (size_t i = 0; i < KB_COUNT(keys); i++)
        names[i] = keys[i].name;
    draft->here.key = name;
    draft->here.at_name = true;
    kb_fail(draft->err, KB_ERR_CONFIG, "unknown key \"%s\"", name);
    return suggest(draft, name, names, KB_COUNT(names));
}

static bool is_key(const char *name)
{
    for (size_t i = 0; i < KB_COUNT(keys); i++)
        if (strcmp(name, keys[i].name) == 0)
            return true;
    return false;
}

static enum kb_err refuse_unknown_keys(struct draft *draft, struct json_object *object)
{
    json_object_object_foreach(object, name, value)
    {
        (void)value;
        if (!is_key(name))
            return unknown_key(draft, name);
    }
    return KB_OK;
}

/* Moves the place that errors point to. */
static void look_at(struct draft *draft, const char *key)
{
    draft->here.key = key;
    draft->here.member = NULL;
    draft->here.element = 0;
}

static enum kb_err read_keys(struct draft *draft, struct json_object *object)
{
    for (size_t i = 0; i < KB_COUNT(keys); i++) {
        struct json_object *value = NULL;
        if (!json_object_object_get_ex(object, keys[i].name, &value))
            continue;
        look_at(draft, keys[i].name);
        enum kb_err rc = keys[i].read(draft, &keys[i], value);
        if (rc)
            return rc;
    }
    look_at(draft, NULL);
    return KB_OK;
}

/* --- What presets and defaults add ------------------------------------------------ */

static bool preset_asks_for(const struct draft *draft, const char *placeholder)
{
    return draft->profile.preset && strstr(draft->profile.preset->token_url, placeholder);
}

/* A word that changes nothing is a misunderstanding: better said than ignored. */
static enum kb_err refuse_idle_words(struct draft *draft)
{
    const struct {
        const char *key, *text, *placeholder;
    } words[] = {
        {"host", draft->profile.host, "{host}"},
        {"environment", draft->environment, "{host}"},
        {"tenant", draft->tenant, "{tenant}"},
    };

    for (size_t i = 0; i < KB_COUNT(words); i++) {
        if (!words[i].text || preset_asks_for(draft, words[i].placeholder))
            continue;
        look_at(draft, words[i].key);
        return kb_fail(draft->err, KB_ERR_CONFIG, "\"%s\" means nothing %s %s", words[i].key,
            draft->preset ? "to preset" : "without a", draft->preset ? draft->preset : "preset");
    }
    return KB_OK;
}

static enum kb_err no_environment(struct draft *draft)
{
    const struct kb_preset *preset = draft->profile.preset;
    KB_AUTO(kb_buf_clear) struct kb_buf known = KB_BUF_INIT(sizeof(draft->err->hint) / 2);

    for (size_t i = 0; i < preset->host_count; i++) {
        const char *name = preset->hosts[i].environment;
        if (name)
            kb_buf_fmt(&known, "%s%s", known.len ? ", " : "", name);
    }
    kb_fail(draft->err, KB_ERR_CONFIG, "preset %s has no environment \"%s\"", preset->name,
        draft->environment);
    if (known.len == 0)
        return kb_hint(draft->err, "give a \"host\" instead");
    return kb_hint(draft->err, "one of %s; or give a \"host\" instead", kb_buf_text(&known));
}

static enum kb_err resolve_environment(struct draft *draft)
{
    if (!draft->environment)
        return KB_OK;
    look_at(draft, "environment");
    if (draft->profile.host)
        return kb_fail(draft->err, KB_ERR_CONFIG, "give \"environment\" or \"host\", not both");
    const struct kb_preset_host *found =
        kb_preset_environment(draft->profile.preset, draft->environment);
    if (!found)
        return no_environment(draft);
    return kb_str_set(&draft->profile.host, found->host, draft->err);
}

/* One spelling of the host: lower case, no default port. */
static enum kb_err normalise_host(struct draft *draft)
{
    struct kb_url url;
    KB_AUTO(kb_buf_clear) struct kb_buf authority = KB_BUF_INIT(sizeof(url.host) + 16);

    if (!draft->profile.host)
        return KB_OK;
    look_at(draft, "host");
    enum kb_err rc = kb_url_from_parts("https", draft->profile.host, &url, draft->err);
    if (rc)
        return rc;
    kb_url_append_authority(&url, &authority);
    rc = kb_buf_check(&authority, "the host", draft->err);
    return rc ? rc : kb_str_set(&draft->profile.host, kb_buf_text(&authority), draft->err);
}

static enum kb_err missing_word(struct draft *draft, const char *key)
{
    const struct kb_preset *preset = draft->profile.preset;

    look_at(draft, NULL);
    kb_fail(draft->err, KB_ERR_CONFIG, "preset %s needs \"%s\"", preset->name, key);
    if (preset->host_example && strcmp(key, "host") == 0)
        kb_hint(draft->err, "such as \"host\": \"%s\"", preset->host_example);
    return KB_ERR_CONFIG;
}

/* Writes the preset's token URL with its placeholders filled. */
static enum kb_err fill_template(struct draft *draft, struct kb_buf *out)
{
    static const char host[] = "{host}", tenant[] = "{tenant}";
    const char *at = draft->profile.preset->token_url;

    while (*at) {
        bool is_host = strncmp(at, host, strlen(host)) == 0;
        bool is_tenant = strncmp(at, tenant, strlen(tenant)) == 0;
        const char *word = is_host ? draft->profile.host : draft->tenant;
        if (!is_host && !is_tenant) {
            kb_buf_byte(out, *at++);
            continue;
        }
        if (!word)
            return missing_word(draft, is_host ? "host" : "tenant");
        kb_buf_str(out, word);
        at += is_host ? strlen(host) : strlen(tenant);
    }
    return kb_buf_check(out, "the token URL", draft->err);
}

static enum kb_err resolve_token_url(struct draft *draft)
{
    KB_AUTO(kb_buf_clear) struct kb_buf filled = KB_BUF_INIT(ADDRESS_MAX);

    if (draft->profile.token_url_text)
        return KB_OK;
    look_at(draft, NULL);
    if (!draft->profile.preset)
        return kb_fail(draft->err, KB_ERR_CONFIG,
            "profile \"%s\" needs a \"token_url\" or a \"preset\"", draft->profile.name);
    enum kb_err rc = fill_template(draft, &filled);
    if (!rc)
        rc = check_token_url(draft, "token_url", kb_buf_text(&filled));
    return rc ? rc : kb_str_set(&draft->profile.token_url_text, kb_buf_text(&filled), draft->err);
}

static enum kb_err require_store(struct draft *draft)
{
    if (draft->profile.store)
        return KB_OK;
    look_at(draft, NULL);
    kb_fail(draft->err, KB_ERR_CONFIG, "profile \"%s\" does not say where its client is kept",
        draft->profile.name);
    return kb_hint(draft->err, "add \"store\": \"secret-service\" or \"store\": \"sealed-file\"");
}

static enum kb_err apply_preset(struct draft *draft)
{
    const struct kb_preset *preset = draft->profile.preset;
    struct kb_profile *profile = &draft->profile;
    enum kb_err rc = KB_OK;

    if (preset && !draft->client_auth)
        profile->client_auth = preset->client_auth;
    if (preset && profile->default_lifetime < 0)
        profile->default_lifetime = preset->default_lifetime;
    if (preset && preset->scope && !profile->scope)
        rc = kb_str_set(&profile->scope, preset->scope, draft->err);
    if (!rc && preset && preset->username && !profile->username)
        rc = kb_str_set(&profile->username, preset->username, draft->err);
    return rc;
}

static enum kb_err apply_defaults(struct draft *draft)
{
    struct kb_profile *profile = &draft->profile;

    if (profile->default_lifetime < 0)
        profile->default_lifetime = 0;
    if (profile->username)
        return KB_OK;
    return kb_str_set(&profile->username, "oauth2", draft->err);
}

/* Where nothing else is said, a preset's host serves its own API and nothing more. */
static enum kb_err match_own_host(struct draft *draft, struct json_object *object)
{
    KB_AUTO(kb_buf_clear) struct kb_buf address = KB_BUF_INIT(ADDRESS_MAX);

    if (json_object_object_get_ex(object, "match", NULL) || !draft->profile.host)
        return KB_OK;
    look_at(draft, "host");
    kb_buf_fmt(&address, "https://%s", draft->profile.host);
    return add_match(draft, kb_buf_text(&address));
}

static enum kb_err complete(struct draft *draft, struct json_object *object)
{
    static enum kb_err (*const steps[])(struct draft *) = {
        refuse_idle_words,
        resolve_environment,
        normalise_host,
        resolve_token_url,
        require_store,
        apply_preset,
        apply_defaults,
    };
    enum kb_err rc = KB_OK;

    for (size_t i = 0; i < KB_COUNT(steps) && !rc; i++)
        rc = steps[i](draft);
    return rc ? rc : match_own_host(draft, object);
}

static enum kb_err read_draft(struct draft *draft, struct json_object *object)
{
    if (!kb_profile_name_ok(draft->here.profile)) {
        draft->here.at_name = true;
        kb_fail(draft->err, KB_ERR_CONFIG, "\"%s\" is not a profile name", draft->here.profile);
        return kb_hint(draft->err,
            "use 1 to %d letters, digits, '.', '_' and '-', not beginning with '.' or '-'",
            KB_PROFILE_NAME_MAX);
    }
    if (!json_object_is_type(object, json_type_object))
        return kb_fail(
            draft->err, KB_ERR_CONFIG, "profile \"%s\" must be an object", draft->here.profile);
    enum kb_err rc = kb_str_set(&draft->profile.name, draft->here.profile, draft->err);
    if (!rc)
        rc = refuse_unknown_keys(draft, object);
    if (!rc)
        rc = read_keys(draft, object);
    return rc ? rc : complete(draft, object);
}

enum kb_err kb_config_read_profile(const struct kb_config_source *source, const char *name,
    struct json_object *object, struct kb_profile *ret, struct kb_error *err)
{
    KB_AUTO(clear_draft)
    struct draft draft = {
        .profile =
            {
                .refresh_ahead = -1,
                .timeout = KB_PROFILE_TIMEOUT,
                .max_lifetime = KB_PROFILE_MAX_LIFETIME,
                .default_lifetime = -1, /* until the preset was asked */
            },
        .here = {.profile = name},
        .err = err,
    };

    enum kb_err rc = read_draft(&draft, object);
    if (rc)
        return kb_config_source_blame(source, &draft.here, rc, err);
    *ret = draft.profile;
    draft.profile = (struct kb_profile)KB_PROFILE_INIT;
    return KB_OK;
}
