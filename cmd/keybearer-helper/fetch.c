/*
 * `fetch PROFILE KEY`: client out of its store, token out of the endpoint, both published for
 * everybody. The front holds the lock that makes us the only one.
 */
#include "helper.h"

#include "core/ca_file.h"

#include <limits.h>
#include <sodium.h>
#include <string.h>

struct kb_store_context helper_context(const struct kb_profile *profile, bool interactive)
{
    return (struct kb_store_context){
        .profile = profile->name,
        .token_url = profile->token_url_text,
        .interactive = interactive,
        .deadline = kb_deadline_in_ms(interactive ? STORE_PERSON_MS : STORE_MS),
    };
}

static enum kb_err load_client(
    const struct kb_profile *profile, struct kb_client *ret, struct kb_error *err)
{
    struct kb_store_context context = helper_context(profile, false);
    const struct kb_store *store = kb_store_find(profile->store);

    /* The configuration was changed after the front had chosen between the two programs. */
    if (!store)
        return kb_fail(
            err, KB_ERR_SYSTEM, "this program does not know the store %s", profile->store);
    return kb_store_load(store, &context, ret, err);
}

/*
 * The exchange refuses such a file as well. Here it is a fault that a person mends, and is told
 * of before the store is asked for a secret.
 */
static enum kb_err check_then_load(
    const struct kb_profile *profile, struct kb_client *ret, struct kb_error *err)
{
    enum kb_err rc = kb_ca_file_check(profile->ca_file, err);

    return rc ? rc : load_client(profile, ret, err);
}

/* The front matched a request to a profile a moment ago; its settings must be the same now. */
static enum kb_err check_same(
    const struct kb_profile *profile, const char *expected, struct kb_error *err)
{
    struct kb_cache_key key = kb_cache_key_for_profile(profile);
    char now[2 * KB_CACHE_KEY_LEN + 1];

    sodium_bin2hex(now, sizeof(now), key.bytes, KB_CACHE_KEY_LEN);
    if (strcmp(now, expected) == 0)
        return KB_OK;
    kb_fail(err, KB_ERR_CONFIG, "the settings of profile %s changed meanwhile", profile->name);
    return kb_hint(err, "run the command again");
}

enum kb_err helper_fetch(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    KB_AUTO(kb_cache_close) struct kb_cache cache = KB_CACHE_INIT;
    const struct kb_profile *profile;
    struct kb_reply_facts facts;
    enum kb_err rc;

    if (argc != 2)
        return kb_fail(err, KB_ERR_USAGE, "fetch needs a profile and its cache key");
    rc = kb_config_load_profile(argv[0], &config, &profile, err);
    if (!rc)
        rc = check_same(profile, argv[1], err);
    if (rc)
        return rc;
    rc = confine(
        &(struct needs){
            .cache = NEED_MAKE, .vault = NEED_READ, .config = NEED_READ, .file = profile->ca_file},
        err);
    if (rc)
        return rc;
    kb_cache_create(&cache);
    rc = check_then_load(profile, &client, err);
    if (rc) {
        publish_failure(&cache, profile, NULL, err);
        return rc;
    }
    rc = exchange(profile, &client, &cache, &frame->token, &facts, err);
    if (rc) {
        publish_failure(&cache, profile, &facts, err);
        return rc;
    }
    publish_token(&cache, profile, &frame->token, &facts);
    frame->kind = KB_FRAME_TOKEN;
    return KB_OK;
}
