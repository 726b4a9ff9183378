/*
 * "REQUEST\nCONFIGURATION", or the golden configuration where that is none. Whoever gets a
 * token, some address of the profile says so: compared here as text, and not by core/url.h.
 */
#include "fuzz.h"

#include "config/match.h"

#include <strings.h>

#define PROFILE "{\"token_url\": \"https://t.example/\", \"store\": \"sealed-file\", \"match\": "

static const char golden[] =
    "{\"profiles\": {"
    "\"whole\": " PROFILE "[\"https://git.example.com\", \"https://r.example.com:5000\"]},"
    "\"team\": " PROFILE "\"https://git.example.com/team\"},"
    "\"other\": " PROFILE "\"https://git.example.com/team\", \"username\": \"other\"},"
    "\"local\": " PROFILE "\"http://127.0.0.1:8080\"},"
    "\"hub\": " PROFILE "\"https://index.docker.io\"}}}";

static void read_config(const struct input *in, struct kb_config *config)
{
    const char *text = in->size ? (const char *)in->data : "";

    if (kb_config_parse("config.json", text, in->size, config, NULL) || config->count == 0)
        MUST(kb_config_parse("golden", golden, strlen(golden), config, NULL) == KB_OK);
}

static const char *hub_or(const char *host)
{
    bool hub = strcmp(host, "docker.io") == 0 || strcmp(host, "index.docker.io") == 0 ||
               strcmp(host, "registry-1.docker.io") == 0;

    return hub ? "(hub)" : host;
}

/* "scheme://host:port/path/", so that a prefix is a match. */
static void spell(const struct kb_url *url, const char *scheme, const char *path, char *ret)
{
    size_t len = strlen(path);
    const char *end = len > 0 && path[len - 1] == '/' ? "" : "/";

    MUST(snprintf(ret, 2048, "%s://%s:%u%s%s", scheme, hub_or(url->host), url->port, path, end) <
         2048);
}

/* How long a path MATCH allows REQUEST by, 0 where only the host counts; -1: not at all. */
static int allows(const struct kb_url *match, const struct kb_request *request)
{
    const char *path = request->any_path ? "/" : request->url.path;
    const char *scheme = request->url.scheme;
    char wanted[2048], allowed[2048];

    if (request->any_scheme && strcmp(match->scheme, "http") == 0 && kb_url_is_loopback(match))
        scheme = "http";
    spell(&request->url, scheme, path, wanted);
    spell(match, match->scheme, request->any_path ? "/" : match->path, allowed);
    if (strncmp(wanted, allowed, strlen(allowed)) != 0)
        return -1;
    return request->any_path ? 0 : (int)strlen(match->path);
}

static int profile_allows(const struct kb_profile *profile, const struct kb_request *request)
{
    int longest = -1;

    if (profile->username && request->username[0] &&
        strcmp(profile->username, request->username) != 0)
        return -1;
    for (size_t i = 0; i < profile->match_count; i++) {
        int length = allows(&profile->match[i], request);

        longest = length > longest ? length : longest;
    }
    return longest;
}

/* FOUND allows the request by the longest path of all; NULL: nobody does. */
static void must_be_allowed(const struct kb_config *config, const struct kb_request *request,
    const struct kb_profile *found)
{
    int longest = found ? profile_allows(found, request) : -1;

    MUST(!found || longest >= 0);
    for (size_t i = 0; i < config->count; i++)
        MUST(profile_allows(&config->profiles[i], request) <= longest);
}

/* Refused only where two profiles allow it equally, and not one of them for anybody. */
static void must_be_in_doubt(const struct kb_config *config, const struct kb_request *request)
{
    int longest = -1, equals = 0, open = 0;

    for (size_t i = 0; i < config->count; i++) {
        int length = profile_allows(&config->profiles[i], request);

        equals = length > longest ? 1 : equals + (length == longest);
        longest = length > longest ? length : longest;
    }
    for (size_t i = 0; i < config->count; i++)
        open += !config->profiles[i].username &&
                profile_allows(&config->profiles[i], request) == longest;
    MUST(longest >= 0 && equals > 1);
    MUST(request->username[0] || open != 1);
}

static void ask(const struct kb_config *config, const struct kb_request *request)
{
    static const struct kb_profile untouched;
    const struct kb_profile *found = &untouched;
    struct kb_error err = KB_ERROR_INIT;
    enum kb_err rc = kb_match(config, request, &found, &err);

    must_be_presentable(rc, &err);
    if (rc == KB_OK)
        must_be_allowed(config, request, found);
    else
        must_be_in_doubt(config, request);
    MUST(rc == KB_OK || found == &untouched);
}

static void ask_for_host(const struct kb_config *config, const char *text)
{
    struct kb_request request = KB_REQUEST_INIT;

    request.has_url = kb_url_from_parts("https", text, &request.url, NULL) == KB_OK;
    request.any_path = request.any_scheme = true;
    if (request.has_url)
        ask(config, &request);
}

static void ask_for_url(const struct kb_config *config, const char *text)
{
    struct kb_request request = KB_REQUEST_INIT;

    request.has_url = kb_url_parse(text, strlen(text), &request.url, NULL) == KB_OK;
    if (!request.has_url)
        return;
    ask(config, &request);
    (void)kb_text_copy(request.username, sizeof(request.username), request.url.query);
    ask(config, &request);
}

/* By its name alone a profile is found, and no other one; an address beside it must fit. */
static void ask_for_name(const struct kb_config *config, const char *text)
{
    struct kb_request request = KB_REQUEST_INIT;
    const struct kb_profile *found = NULL;

    if (!*text || !kb_text_copy(request.profile, sizeof(request.profile), text))
        return;
    if (kb_match(config, &request, &found, NULL) == KB_OK)
        MUST(found && strcmp(found->name, text) == 0);
    if (!found || kb_url_parse("https://git.example.com/team/x", 30, &request.url, NULL))
        return;
    request.has_url = true;
    MUST(kb_match(config, &request, &found, NULL) == KB_OK);
    MUST(!found || (strcmp(found->name, text) == 0 && profile_allows(found, &request) >= 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    struct input in = {data, size};
    KB_AUTO(kb_str_free) char *text = take_until(&in, '\n');

    read_config(&in, &config);
    ask_for_url(&config, text);
    ask_for_host(&config, text);
    ask_for_name(&config, text);
    return 0;
}
