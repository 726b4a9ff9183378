/*
 * The configuration file as a whole: its top level.
 * Must never look at the working directory, nor take half of a file that has an error.
 */
#include "config/config.h"

#include "draft.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/strings.h"
#include "config/settings.h"

#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* --- What it says ----------------------------------------------------------------- */

static enum kb_err check_top_key(const char *name, struct json_object *value,
    struct kb_config_place *place, struct kb_error *err)
{
    static const char *const top_keys[] = {"$schema", "profiles"};

    if (strcmp(name, "profiles") == 0)
        return json_object_is_type(value, json_type_object)
                   ? KB_OK
                   : kb_fail(err, KB_ERR_CONFIG, "\"profiles\" must be an object");
    if (strcmp(name, "$schema") == 0)
        return json_object_is_type(value, json_type_string)
                   ? KB_OK
                   : kb_fail(err, KB_ERR_CONFIG, "\"$schema\" must be a string");
    place->at_name = true;
    return kb_config_refuse_key(name, top_keys, KB_COUNT(top_keys), err);
}

static enum kb_err check_top(
    const struct kb_config_source *source, struct json_object *document, struct kb_error *err)
{
    json_object_object_foreach(document, name, value)
    {
        struct kb_config_place place = {.key = name};
        enum kb_err rc = check_top_key(name, value, &place, err);
        if (rc)
            return kb_config_source_blame(source, &place, rc, err);
    }
    return KB_OK;
}

/* Who hears of every profile that has an error, and goes on. */
struct listener {
    void (*hear)(void *context, const struct kb_error *what);
    void *context;
};

/* Without a LISTENER the first error is the whole's. */
static enum kb_err read_profiles(const struct kb_config_source *source,
    struct json_object *profiles, const struct listener *listener, struct kb_config *config,
    struct kb_error *err)
{
    size_t count = (size_t)json_object_object_length(profiles);

    config->profiles = kb_alloc(count, sizeof(*config->profiles));
    json_object_object_foreach(profiles, name, object)
    {
        enum kb_err rc =
            kb_config_read_profile(source, name, object, &config->profiles[config->count], err);
        if (rc == KB_ERR_CONFIG && listener)
            listener->hear(listener->context, err);
        else if (rc)
            return rc;
        else
            config->count++;
    }
    return KB_OK;
}

static enum kb_err read_document(const struct kb_config_source *source,
    const struct listener *listener, struct kb_config *config, struct kb_error *err)
{
    KB_AUTO(kb_json_release) struct json_object *document = NULL;
    struct json_object *profiles = NULL;

    enum kb_err rc = kb_config_source_parse(source, &document, err);
    if (!rc)
        rc = check_top(source, document, err);
    if (rc || !json_object_object_get_ex(document, "profiles", &profiles))
        return rc;
    return read_profiles(source, profiles, listener, config, err);
}

static enum kb_err parse(const char *path, const char *text, size_t len,
    const struct listener *listener, struct kb_config *ret, struct kb_error *err)
{
    KB_AUTO(kb_config_source_clear) struct kb_config_source source = KB_CONFIG_SOURCE_INIT;
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;

    enum kb_err rc = kb_config_source_set(&source, path, text, len, err);
    if (!rc && !kb_config_source_is_blank(&source))
        rc = read_document(&source, listener, &config, err);
    if (rc)
        return rc;
    *ret = config;
    config = KB_CONFIG_INIT;
    return KB_OK;
}

enum kb_err kb_config_parse(
    const char *path, const char *text, size_t len, struct kb_config *ret, struct kb_error *err)
{
    return parse(path, text, len, NULL, ret, err);
}

/*
 * Nothing is at PATH. If that is because a link on the way leads nowhere, the person has a
 * configuration somewhere: a disk that is not mounted, or a repository that was moved.
 */
static enum kb_err check_links(const char *path, struct kb_error *err)
{
    char at[PATH_MAX];
    struct stat st;

    kb_text_copy(at, sizeof(at), path);
    while (lstat(at, &st) < 0) {
        char *slash = strrchr(at, '/');
        if (!slash || slash == at)
            return KB_OK;
        *slash = '\0';
    }
    if (!S_ISLNK(st.st_mode) || stat(at, &st) == 0)
        return KB_OK;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_CONFIG, "%s is a symbolic link to a file that does not exist", at),
        "make that file, or remove the link");
}

/* *RET_MISSING: there is no file. */
static enum kb_err read_file(
    const char *path, struct kb_buf *ret, bool *ret_missing, struct kb_error *err)
{
    struct kb_error cause = KB_ERROR_INIT;

    /* People keep it in a repository of dotfiles and link it into place. */
    enum kb_err rc = kb_file_read_linked(path, KB_FILE_OURS, ret, &cause);
    *ret_missing = rc == KB_ERR_NOT_FOUND;
    if (*ret_missing)
        return check_links(path, err);
    if (!rc)
        return KB_OK;
    rc = rc == KB_ERR_SYSTEM ? rc : KB_ERR_CONFIG;
    kb_fail(err, rc, "%s", cause.msg);
    if (cause.hint[0])
        return kb_hinted(err, rc, "%s", cause.hint);
    return kb_hinted(err, rc, "ls -ld %s; it must be a file that you may read", path);
}

static enum kb_err load(
    const char *path, const struct listener *listener, struct kb_config *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_CONFIG_MAX);
    bool is_missing = false;
    enum kb_err rc = read_file(path, &text, &is_missing, err);

    if (!rc && is_missing)
        *ret = (struct kb_config){.is_missing = true};
    return rc || is_missing ? rc : parse(path, kb_buf_text(&text), text.len, listener, ret, err);
}

/* Of what stands in the file, as opposed to where it lies, everybody has the same cure. */
static enum kb_err hint_edit(enum kb_err rc, struct kb_error *err)
{
    char hint[sizeof(err->hint)];

    if (rc != KB_ERR_CONFIG || !err || err->place.line == 0)
        return rc;
    kb_text_copy(hint, sizeof(hint), err->hint);
    return *hint ? kb_hinted(err, rc, "%s (keybearer edit)", hint)
                 : kb_hinted(err, rc, "keybearer edit; man keybearer-config lists its keys");
}

enum kb_err kb_config_load(const char *path, struct kb_config *ret, struct kb_error *err)
{
    return hint_edit(load(path, NULL, ret, err), err);
}

enum kb_err kb_config_inspect(const char *path,
    void (*hear)(void *context, const struct kb_error *what), void *context, struct kb_config *ret,
    struct kb_error *err)
{
    const struct listener listener = {hear, context};

    return load(path, &listener, ret, err);
}

enum kb_err kb_config_load_usual(struct kb_config *ret, struct kb_error *err)
{
    char path[PATH_MAX];
    enum kb_err rc = kb_config_path(path, sizeof(path), err);

    return rc ? rc : kb_config_load(path, ret, err);
}

/* --- Asking it -------------------------------------------------------------------- */

const struct kb_profile *kb_config_find(const struct kb_config *config, const char *name)
{
    for (size_t i = 0; i < config->count; i++)
        if (strcmp(config->profiles[i].name, name) == 0)
            return &config->profiles[i];
    return NULL;
}

const char *kb_config_say_none(const struct kb_config *config, char ret[static KB_CONFIG_NONE_MAX])
{
    char path[PATH_MAX];

    if (!config->is_missing || !kb_config_is_named() || kb_config_path(path, sizeof(path), NULL))
        kb_text_copy(ret, KB_CONFIG_NONE_MAX, " yet");
    else
        snprintf(
            ret, KB_CONFIG_NONE_MAX, ": KEYBEARER_CONFIG names %s, which does not exist", path);
    return ret;
}

/* How many bytes of TEXT's path, or of nothing where TEXT is a host, ADDRESS has; 0: no match. */
static size_t fits(const struct kb_url *address, const char *text, const struct kb_url *url)
{
    if (!url)
        return strcmp(address->host, text) == 0;
    return kb_url_same_origin(address, url) && kb_url_path_covers(address, url)
               ? strlen(address->path)
               : 0;
}

/* Whose address was given in place of a name: a URL, or a host. NULL: nobody's. */
static const struct kb_profile *who_serves(const struct kb_config *config, const char *text)
{
    struct kb_url url;
    bool is_url = !kb_url_parse(text, strlen(text), &url, NULL);
    const struct kb_profile *found = NULL;
    size_t best = 0;

    for (size_t i = 0; i < config->count; i++) {
        const struct kb_profile *profile = &config->profiles[i];

        for (size_t j = 0; j < profile->match_count; j++) {
            size_t length = fits(&profile->match[j], text, is_url ? &url : NULL);

            found = length > best ? profile : found;
            best = length > best ? length : best;
        }
    }
    return found;
}

enum kb_err kb_config_no_profile(
    const struct kb_config *config, const char *name, struct kb_error *err)
{
    const char **names = kb_alloc(config->count, sizeof(*names));
    const struct kb_profile *serves = who_serves(config, name);
    char none[KB_CONFIG_NONE_MAX];

    for (size_t i = 0; i < config->count; i++)
        names[i] = config->profiles[i].name;
    if (strchr(name, '@')) /* it may be a password that stands before it */
        kb_fail(err, KB_ERR_NOT_FOUND, "no profile has an '@' in its name");
    else if (config->count > 0)
        kb_fail(err, KB_ERR_NOT_FOUND, "there is no profile \"%s\"", name);
    else
        kb_fail(err, KB_ERR_NOT_FOUND, "there is no profile \"%s\": there are none%s", name,
            kb_config_say_none(config, none));
    kb_hint(err, config->count ? "keybearer list" : "keybearer help add");
    if (serves)
        kb_hint(err, "profile %s serves it: give that name", serves->name);
    else
        kb_config_suggest(name, names, config->count, err);
    free(names);
    return KB_ERR_NOT_FOUND;
}

enum kb_err kb_config_load_profile(
    const char *name, struct kb_config *config, const struct kb_profile **ret, struct kb_error *err)
{
    const struct kb_profile *profile;
    enum kb_err rc = kb_config_load_usual(config, err);

    if (rc)
        return rc;
    profile = kb_config_find(config, name);
    if (!profile)
        return kb_config_no_profile(config, name, err);
    *ret = profile;
    return KB_OK;
}

void kb_config_clear(struct kb_config *config)
{
    if (!config)
        return;
    for (size_t i = 0; i < config->count; i++)
        kb_profile_clear(&config->profiles[i]);
    free(config->profiles);
    *config = KB_CONFIG_INIT;
}
