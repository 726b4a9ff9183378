/*
 * Reads one profile. The table `keys` is the list of what a profile may say, in the order
 * in which the values depend on each other. Nothing is used that the file does not name:
 * no environment, no working directory.
 */
#include "reader.h"

#include "draft.h"

#include <json-c/json.h>
#include <limits.h>
#include <string.h>

#define MONTH (31 * 86400)
#define DAY 86400

struct key {
    const char *name;
    enum kb_err (*read)(
        struct kb_config_draft *draft, const struct key *key, struct json_object *value);
    size_t target; /* where `read` puts it: offset in struct kb_config_draft */
    /* Of a text, list element or member; may be NULL. NAME is the key's or the member's. */
    enum kb_err (*check)(struct kb_config_draft *draft, const char *name, const char *text);
    int min, max; /* of a number; of a text, only max: its longest length */
};

static void *target_of(struct kb_config_draft *draft, const struct key *key)
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
static enum kb_err text_of(struct kb_config_draft *draft, const struct key *key, const char *name,
    struct json_object *value, const char **ret)
{
    size_t max = key->max > 0 ? (size_t)key->max : KB_CONFIG_TEXT_MAX;

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

static enum kb_err read_text(
    struct kb_config_draft *draft, const struct key *key, struct json_object *value)
{
    const char *text = NULL;
    char **target = target_of(draft, key);

    enum kb_err rc = text_of(draft, key, key->name, value, &text);
    return rc ? rc : kb_str_set(target, text, draft->err);
}

static enum kb_err add_resource(struct kb_config_draft *draft, const char *text)
{
    return kb_strings_add(&draft->profile.resources, text, draft->err);
}

/* Hands each text of an array, or a single text, to ADD. */
static enum kb_err read_each(struct kb_config_draft *draft, const struct key *key,
    struct json_object *value, enum kb_err (*add)(struct kb_config_draft *draft, const char *text))
{
    bool array = json_object_is_type(value, json_type_array);
    size_t count = array ? json_object_array_length(value) : 1;
    enum kb_err rc = KB_OK;

    for (size_t i = 0; i < count && !rc; i++) {
        const char *text = NULL;
        draft->here.element = i + 1;
        rc = text_of(
            draft, key, key->name, array ? json_object_array_get_idx(value, i) : value, &text);
        if (!rc)
            rc = add(draft, text);
    }
    return rc;
}

static enum kb_err read_resources(
    struct kb_config_draft *draft, const struct key *key, struct json_object *value)
{
    return read_each(draft, key, value, add_resource);
}

static enum kb_err read_matches(
    struct kb_config_draft *draft, const struct key *key, struct json_object *value)
{
    draft->has_match = true;
    return read_each(draft, key, value, kb_config_draft_add_match);
}

static enum kb_err read_pairs(
    struct kb_config_draft *draft, const struct key *key, struct json_object *value)
{
    enum kb_err rc = KB_OK;

    if (!json_object_is_type(value, json_type_object))
        return kb_fail(draft->err, KB_ERR_CONFIG, "\"%s\" must be an object of strings", key->name);
    json_object_object_foreach(value, name, member)
    {
        const char *text = NULL;
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
    struct kb_config_draft *draft, const struct key *key, struct json_object *value)
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

static enum kb_err read_flag(
    struct kb_config_draft *draft, const struct key *key, struct json_object *value)
{
    bool *target = target_of(draft, key);

    if (!json_object_is_type(value, json_type_boolean))
        return kb_fail(draft->err, KB_ERR_CONFIG, "\"%s\" must be true or false", key->name);
    *target = json_object_get_boolean(value);
    return KB_OK;
}

/* --- The keys --------------------------------------------------------------------- */

#define DRAFT(member) offsetof(struct kb_config_draft, member)
#define PROFILE(member) offsetof(struct kb_config_draft, profile.member)

static const struct key keys[] = {
    {"preset", read_text, DRAFT(preset), kb_config_check_preset, 0, 0},
    {"host", read_text, PROFILE(host), kb_config_check_host, 0, 0},
    {"environment", read_text, DRAFT(environment), NULL, 0, 0},
    {"tenant", read_text, DRAFT(tenant), kb_config_check_tenant, 0, 253},
    {"store", read_text, PROFILE(store), kb_config_check_store, 0, 0},
    {"token_url", read_text, PROFILE(token_url_text), kb_config_check_token_url, 0,
        KB_CONFIG_ADDRESS_MAX},
    {"client_auth", read_text, DRAFT(client_auth), kb_config_check_client_auth, 0, 0},
    {"scope", read_text, PROFILE(scope), kb_config_check_scope, 0, 0},
    {"audience", read_text, PROFILE(audience), kb_config_check_printable, 0, 0},
    {"resource", read_resources, 0, kb_config_check_printable, 0, 0},
    {"form", read_pairs, PROFILE(form), kb_config_check_form_field, 0, 0},
    {"headers", read_pairs, PROFILE(headers), kb_config_check_header, 0, 0},
    {"api_headers", read_pairs, PROFILE(api_headers), kb_config_check_api_header, 0, 0},
    {"match", read_matches, 0, NULL, 0, KB_CONFIG_ADDRESS_MAX},
    {"username", read_text, PROFILE(username), kb_config_check_username, 0, KB_CONFIG_USERNAME_MAX},
    {"ca_file", read_text, PROFILE(ca_file), kb_config_check_ca_file, 0, PATH_MAX - 1},
    {"min_ttl", read_number, PROFILE(min_ttl), NULL, 0, DAY},
    {"refresh_ahead", read_number, PROFILE(refresh_ahead), NULL, 0, DAY},
    {"timeout", read_number, PROFILE(timeout), NULL, 1, 120},
    {"max_lifetime", read_number, PROFILE(max_lifetime), NULL, 60, MONTH},
    {"default_lifetime", read_number, PROFILE(default_lifetime), NULL, 0, DAY},
    {"strict_scope", read_flag, PROFILE(strict_scope), NULL, 0, 0},
};

static enum kb_err unknown_key(struct kb_config_draft *draft, const char *name)
{
    const char *names[KB_COUNT(keys)];

    for (size_t i = 0; i < KB_COUNT(keys); i++)
        names[i] = keys[i].name;
    draft->here.key = name;
    draft->here.at_name = true;
    kb_fail(draft->err, KB_ERR_CONFIG, "unknown key \"%s\"", name);
    return kb_config_draft_suggest(draft, name, names, KB_COUNT(names));
}

static bool is_key(const char *name)
{
    for (size_t i = 0; i < KB_COUNT(keys); i++)
        if (strcmp(name, keys[i].name) == 0)
            return true;
    return false;
}

static enum kb_err refuse_unknown_keys(struct kb_config_draft *draft, struct json_object *object)
{
    json_object_object_foreach(object, name, value)
    {
        (void)value;
        if (!is_key(name))
            return unknown_key(draft, name);
    }
    return KB_OK;
}

static enum kb_err read_keys(struct kb_config_draft *draft, struct json_object *object)
{
    for (size_t i = 0; i < KB_COUNT(keys); i++) {
        struct json_object *value = NULL;
        if (!json_object_object_get_ex(object, keys[i].name, &value))
            continue;
        kb_config_draft_look_at(draft, keys[i].name);
        enum kb_err rc = keys[i].read(draft, &keys[i], value);
        if (rc)
            return rc;
    }
    kb_config_draft_look_at(draft, NULL);
    return KB_OK;
}

static enum kb_err read_draft(struct kb_config_draft *draft, struct json_object *object)
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
    return rc ? rc : kb_config_draft_complete(draft);
}

enum kb_err kb_config_read_profile(const struct kb_config_source *source, const char *name,
    struct json_object *object, struct kb_profile *ret, struct kb_error *err)
{
    KB_AUTO(kb_config_draft_clear)
    struct kb_config_draft draft = {
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
