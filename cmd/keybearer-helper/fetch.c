/*
 * `fetch PROFILE KEY [say-whom]`: client out of its store, token out of the endpoint, both
 * published for everybody. The front holds the lock that makes us the only one. KEY says which
 * client the front means: one that came in its place is not asked for. The last word says that a
 * person waits.
 */
#include "config/identity.h"
#include "helper.h"

#include "own_client.h"

#include <sodium.h>
#include <string.h>

/* The front matched a request a moment ago; settings and client must be the same now. */
static enum kb_err check_same(const struct kb_profile *profile, const struct kb_card_client *client,
    const char *expected, struct kb_error *err)
{
    struct kb_cache_key key = kb_cache_key_for_profile(profile, &client->ref);
    char now[2 * KB_CACHE_KEY_LEN + 1];

    sodium_bin2hex(now, sizeof(now), key.bytes, KB_CACHE_KEY_LEN);
    if (strcmp(now, expected) == 0)
        return KB_OK;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_CONFIG, "the settings or the client of profile %s changed meanwhile",
            profile->name),
        "run the command again");
}

/*
 * The front found profile and client; so where one of them is not there, or fits no more, somebody
 * changed it since.
 */
static enum kb_err look_again(enum kb_err rc, struct kb_frame *frame)
{
    if (rc == KB_ERR_NOT_FOUND || rc == KB_ERR_DENIED || rc == KB_ERR_CONFIG)
        frame->kind = KB_FRAME_CHANGED;
    return rc;
}

/* Between the card and the store it may have been replaced. */
static enum kb_err load_client(const struct kb_profile *profile, const struct kb_card_client *own,
    struct kb_client *ret, struct kb_frame *frame, struct kb_error *err)
{
    enum kb_err rc = own_client_load(profile, own, false, ret, err);

    return rc == KB_ERR_NOT_FOUND ? look_again(rc, frame) : rc;
}

static enum kb_err confine_to(const struct kb_profile *profile, struct kb_error *err)
{
    return confine(&(struct needs){.cache = NEED_MAKE,
                       .vault = NEED_READ,
                       .clients = NEED_READ,
                       .config = NEED_READ,
                       .file = profile->ca_file,
                       .token_files = {kb_client_auth_file(profile), kb_grant_file(profile)}},
        err);
}

enum kb_err helper_fetch(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    KB_AUTO(kb_cache_close) struct kb_cache cache = KB_CACHE_INIT;
    const struct kb_profile *profile;
    struct kb_card_client own;
    struct kb_reply_facts facts;
    enum kb_err rc;

    if (argc < 2 || argc > 3 || (argc == 3 && strcmp(argv[2], KB_FETCH_SAYS_WHOM) != 0))
        return kb_fail(err, KB_ERR_USAGE, "fetch needs a profile and its cache key");
    if (argc == 3)
        provider_say_whom();
    rc = kb_config_load_profile(argv[0], &config, &profile, err);
    if (rc)
        return look_again(rc, frame);
    rc = confine_to(profile, err);
    if (rc)
        return rc;
    rc = own_client_find(profile, &own, err);
    if (!rc)
        rc = check_same(profile, &own, argv[1], err);
    if (rc)
        return look_again(rc, frame);
    kb_cache_create(&cache);
    rc = load_client(profile, &own, &client, frame, err);
    if (rc) {
        publish_failure(&cache, profile, &own.ref, NULL, err);
        return rc;
    }
    rc = exchange(profile, &client, &cache, &frame->token, &facts, err);
    if (rc) {
        publish_failure(&cache, profile, &own.ref, &facts, err);
        return rc;
    }
    publish_token(&cache, profile, &own.ref, &frame->token, &facts);
    return KB_OK;
}
