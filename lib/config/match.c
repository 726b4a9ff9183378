/*
 * From a request to the one profile that may answer it. Must never guess: two profiles
 * that match equally well are an error, none is an answer.
 */
#include "config/match.h"

#include "core/registry.h"

#include <string.h>

#define NO_MATCH (-1)

static const char *canonical_host(const char *host)
{
    return kb_registry_is_hub(host) ? "docker.io" : host;
}

static bool same_scheme(const struct kb_url *url, const struct kb_request *request)
{
    if (strcmp(url->scheme, request->url.scheme) == 0)
        return true;
    return request->any_scheme && kb_url_is_loopback(&request->url) &&
           strcmp(url->scheme, "http") == 0;
}

static bool same_place(const struct kb_url *url, const struct kb_request *request)
{
    return same_scheme(url, request) && url->port == request->url.port &&
           strcmp(canonical_host(url->host), canonical_host(request->url.host)) == 0;
}

/* How many bytes of path URL and REQUEST share; 0 where ANY_PATH will do. */
static int match_url(const struct kb_url *url, const struct kb_request *request, bool any_path)
{
    if (!same_place(url, request))
        return NO_MATCH;
    if (any_path)
        return 0;
    return kb_url_path_covers(url, &request->url) ? (int)strlen(url->path) : NO_MATCH;
}

static bool serves(const struct kb_profile *profile, const struct kb_url *address)
{
    const struct kb_request request = {.url = *address};

    for (size_t i = 0; i < profile->match_count; i++) {
        if (match_url(&profile->match[i], &request, false) != NO_MATCH)
            return true;
    }
    return false;
}

/* The token of one account never leaves under the name of another. */
static bool is_for_another_account(
    const struct kb_profile *profile, const struct kb_request *request)
{
    return profile->username && request->username[0] &&
           strcmp(profile->username, request->username) != 0;
}

static int match_profile(
    const struct kb_profile *profile, const struct kb_request *request, bool any_path)
{
    int best = NO_MATCH;

    if (is_for_another_account(profile, request))
        return NO_MATCH;
    for (size_t i = 0; i < request->also_count; i++) {
        if (!serves(profile, &request->also[i]))
            return NO_MATCH;
    }
    for (size_t i = 0; i < profile->match_count; i++) {
        int length = match_url(&profile->match[i], request, any_path);
        best = length > best ? length : best;
    }
    return best;
}

static int best_match(
    const struct kb_config *config, const struct kb_request *request, bool any_path)
{
    int best = NO_MATCH;

    for (size_t i = 0; i < config->count; i++) {
        int length = match_profile(&config->profiles[i], request, any_path);
        best = length > best ? length : best;
    }
    return best;
}

typedef bool meets(const struct kb_profile *profile, const struct kb_request *request);

static bool is_any(const struct kb_profile *profile, const struct kb_request *request)
{
    (void)profile, (void)request;
    return true;
}

static bool tells_its_name(const struct kb_profile *profile, const struct kb_request *request)
{
    return strcmp(kb_profile_told_username(profile), request->username) == 0;
}

static bool has_no_account(const struct kb_profile *profile, const struct kb_request *request)
{
    (void)request;
    return !profile->username;
}

/* The only profile that matches LENGTH bytes and meets MORE; NULL: none does, or several. */
static const struct kb_profile *only_candidate(
    const struct kb_config *config, const struct kb_request *request, int length, meets *more)
{
    const struct kb_profile *found = NULL;

    for (size_t i = 0; i < config->count; i++) {
        const struct kb_profile *profile = &config->profiles[i];

        if (match_profile(profile, request, request->any_path) != length || !more(profile, request))
            continue;
        if (found)
            return NULL;
        found = profile;
    }
    return found;
}

const char *kb_match_cure(bool by_host)
{
    return by_host ? "keep that address in \"match\" or \"registry\" of one of them only "
                     "(keybearer edit)"
                   : "name one with --profile, or give them different paths (keybearer match), or "
                     "different \"username\"s to ask with (keybearer edit)";
}

/* Who could name a user, and named none. */
static bool may_name_user(
    const struct kb_request *request, const struct kb_profile *one, const struct kb_profile *other)
{
    return request->naming && request->naming->by_user && !request->username[0] &&
           strcmp(kb_profile_told_username(one), kb_profile_told_username(other)) != 0;
}

static enum kb_err ambiguous(const struct kb_config *config, const struct kb_request *request,
    int length, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf names = KB_BUF_INIT(sizeof(err->msg) / 2);
    KB_AUTO(kb_buf_clear) struct kb_buf place = KB_BUF_INIT(KB_URL_ORIGIN_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf ways = KB_BUF_INIT(sizeof(err->hint) / 2);
    const struct kb_naming *naming = request->naming;
    const struct kb_profile *first = NULL;
    bool by_user = false;

    for (size_t i = 0; i < config->count; i++) {
        const struct kb_profile *profile = &config->profiles[i];

        if (match_profile(profile, request, request->any_path) != length)
            continue;
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): an element of an array */
        kb_buf_fmt(&names, "%s%s", names.len ? ", " : "", profile->name);
        if (naming && !naming->by_user)
            kb_buf_fmt(&ways, "%s%s%s%s", ways.len ? ", or " : "", naming->before, profile->name,
                naming->behind);
        first = first ? first : profile;
        by_user = by_user || may_name_user(request, first, profile);
    }
    kb_url_append_origin(&request->url, &place);
    kb_fail(err, KB_ERR_CONFIG, "profiles %s match %s equally", kb_buf_text(&names),
        kb_buf_text(&place));
    if (by_user)
        kb_hint(err, "git config credential.%s.username NAME", kb_buf_text(&place));
    else if (ways.len > 0 && !ways.failed)
        kb_hint(err, "%s", kb_buf_text(&ways));
    else
        kb_hint(err, "%s", kb_match_cure(request->any_path));
    return KB_ERR_CONFIG;
}

static enum kb_err match_by_address(const struct kb_config *config,
    const struct kb_request *request, const struct kb_profile **ret, struct kb_error *err)
{
    int length = best_match(config, request, request->any_path);

    if (length == NO_MATCH) {
        *ret = NULL;
        return KB_OK;
    }
    const struct kb_profile *found = only_candidate(config, request, length, is_any);
    if (!found)
        found = only_candidate(
            config, request, length, request->username[0] ? tells_its_name : has_no_account);
    if (!found)
        return ambiguous(config, request, length, err);
    *ret = found;
    return KB_OK;
}

/* For a request that names nothing: people with one profile need not type its name. */
static enum kb_err only_profile(
    const struct kb_config *config, const struct kb_profile **ret, struct kb_error *err)
{
    char none[KB_CONFIG_NONE_MAX];

    if (config->count == 1) {
        *ret = &config->profiles[0];
        return KB_OK;
    }
    if (config->count == 0)
        return kb_hinted(err,
            kb_fail(
                err, KB_ERR_NOT_FOUND, "there are no profiles%s", kb_config_say_none(config, none)),
            "keybearer help add");
    return kb_hinted(err,
        kb_fail(err, KB_ERR_USAGE, "there are %zu profiles, and none was named", config->count),
        "keybearer list");
}

enum kb_err kb_match(const struct kb_config *config, const struct kb_request *request,
    const struct kb_profile **ret, struct kb_error *err)
{
    if (!request->profile[0] && !request->has_url)
        return only_profile(config, ret, err);
    if (!request->profile[0])
        return match_by_address(config, request, ret, err);

    const struct kb_profile *profile = kb_config_find(config, request->profile);
    if (!profile)
        return kb_config_no_profile(config, request->profile, err);
    if (request->has_url && match_profile(profile, request, request->any_path) == NO_MATCH)
        profile = NULL;
    *ret = profile;
    return KB_OK;
}

bool kb_match_wants_path(const struct kb_config *config, const struct kb_request *request)
{
    const struct kb_profile *named = kb_config_find(config, request->profile);
    int length = named ? match_profile(named, request, true) : best_match(config, request, true);

    return request->lacks_path && length != NO_MATCH;
}

/* --- near misses ---------------------------------------------------------------------- */

/* Whether ADDRESS, of PROFILE, has the host that is asked for, and nothing else will do. */
static bool is_near(const struct kb_profile *profile, const struct kb_url *address,
    const struct kb_request *request)
{
    return strcmp(canonical_host(address->host), canonical_host(request->url.host)) == 0 &&
           match_url(address, request, request->any_path) == NO_MATCH &&
           !is_for_another_account(profile, request);
}

static bool set_near(
    const struct kb_profile *profile, const struct kb_url *address, struct kb_near *ret)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(sizeof(ret->address) - 1);

    if (address) {
        kb_url_append_origin(address, &text);
        kb_buf_str(&text, strcmp(address->path, "/") == 0 ? "" : address->path);
    }
    if (text.failed)
        return false;
    kb_text_copy(ret->profile, sizeof(ret->profile), profile->name);
    kb_text_copy(ret->address, sizeof(ret->address), kb_buf_text(&text));
    return true;
}

/* Whoever else serves the very address of REQUEST, which names a profile. */
static bool find_other(
    const struct kb_config *config, const struct kb_request *request, struct kb_near *ret)
{
    struct kb_request unnamed = *request;
    const struct kb_profile *found = NULL;

    unnamed.profile[0] = '\0';
    return request->profile[0] && !kb_match(config, &unnamed, &found, NULL) && found &&
           set_near(found, NULL, ret);
}

void kb_match_near(
    const struct kb_config *config, const struct kb_request *request, struct kb_near *ret)
{
    if (!request->has_url || find_other(config, request, ret))
        return;
    for (size_t i = 0; i < config->count; i++) {
        const struct kb_profile *profile = &config->profiles[i];
        bool counts = !request->profile[0] || strcmp(profile->name, request->profile) == 0;

        for (size_t j = 0; counts && j < profile->match_count; j++) {
            if (is_near(profile, &profile->match[j], request) &&
                set_near(profile, &profile->match[j], ret))
                return;
        }
    }
}

/* --- rivals ------------------------------------------------------------------------- */

static bool same_origin(const struct kb_url *a, const struct kb_url *b)
{
    return strcmp(a->scheme, b->scheme) == 0 && a->port == b->port &&
           strcmp(canonical_host(a->host), canonical_host(b->host)) == 0;
}

static bool same_address(const struct kb_url *a, const struct kb_url *b)
{
    return same_origin(a, b) && strcmp(a->path, b->path) == 0;
}

static bool has_address(const struct kb_profile *profile, const struct kb_url *address)
{
    for (size_t i = 0; i < profile->match_count; i++) {
        if (same_address(&profile->match[i], address))
            return true;
    }
    return false;
}

bool kb_match_is_rival_at(
    const struct kb_profile *other, const struct kb_profile *profile, const struct kb_url *address)
{
    return strcmp(other->name, profile->name) != 0 &&
           strcmp(kb_profile_told_username(other), kb_profile_told_username(profile)) == 0 &&
           has_address(other, address);
}

const struct kb_profile *kb_match_rival_at(
    const struct kb_config *config, const struct kb_profile *profile, const struct kb_url *address)
{
    for (size_t i = 0; i < config->count; i++) {
        if (kb_match_is_rival_at(&config->profiles[i], profile, address))
            return &config->profiles[i];
    }
    return NULL;
}

const struct kb_profile *kb_match_rival(
    const struct kb_config *config, const struct kb_profile *profile)
{
    const struct kb_profile *rival = NULL;

    for (size_t i = 0; !rival && i < profile->match_count; i++)
        rival = kb_match_rival_at(config, profile, &profile->match[i]);
    return rival;
}

bool kb_match_gets(const struct kb_config *config, const struct kb_profile *profile,
    const struct kb_url *address, bool by_host)
{
    struct kb_request request = KB_REQUEST_INIT;
    const struct kb_profile *found = NULL;

    request.has_url = true;
    request.url = *address;
    request.any_path = by_host;
    return !match_by_address(config, &request, &found, NULL) && found &&
           strcmp(found->name, profile->name) == 0;
}

const struct kb_profile *kb_match_beside_at(
    const struct kb_config *config, const struct kb_profile *profile, const struct kb_url *address)
{
    const struct kb_profile *first = NULL;

    for (size_t i = 0; i < config->count; i++) {
        const struct kb_profile *other = &config->profiles[i];

        if (strcmp(other->name, profile->name) == 0 || !has_address(other, address))
            continue;
        if (kb_match_gets(config, other, address, false))
            return other;
        first = first ? first : other;
    }
    return first;
}

/* Registries come behind the addresses that a profile has of its own. */
static bool shares_registry(const struct kb_profile *profile, const struct kb_profile *other)
{
    for (size_t i = profile->own_match_count; i < profile->match_count; i++) {
        if (has_address(other, &profile->match[i]))
            return true;
    }
    return false;
}

bool kb_match_by_host(const struct kb_profile *one, const struct kb_profile *other)
{
    return shares_registry(one, other) || shares_registry(other, one);
}

/* --- all of an address ---------------------------------------------------------------- */

static bool has_a_part(const struct kb_profile *profile, const struct kb_url *address)
{
    for (size_t i = 0; i < profile->match_count; i++) {
        const struct kb_url *part = &profile->match[i];

        if (same_origin(part, address) && strcmp(part->path, address->path) != 0 &&
            kb_url_path_covers(address, part))
            return true;
    }
    return false;
}

bool kb_match_covers(const struct kb_config *config, const struct kb_profile *profile,
    const struct kb_url *address, bool is_named)
{
    bool covers = serves(profile, address);

    for (size_t i = 0; covers && !is_named && i < config->count; i++)
        covers = strcmp(config->profiles[i].name, profile->name) == 0 ||
                 !has_a_part(&config->profiles[i], address);
    return covers;
}

bool kb_match_covers_host(const struct kb_config *config, const struct kb_profile *profile,
    const struct kb_request *request)
{
    struct kb_url root = request->url;

    memcpy(root.path, "/", sizeof("/"));
    return kb_match_covers(config, profile, &root, request->profile[0] != '\0');
}
