/*
 * `forget`: drops one profile's cached token and its remembered failure.
 */
#include "front.h"

#include "cache/outcome.h"

static enum kb_err forget(const char *name, bool *ret_dropped, struct kb_error *err)
{
    static const struct kb_secret any = KB_SECRET_INIT;
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    KB_AUTO(kb_cache_close) struct kb_cache cache = KB_CACHE_INIT;
    const struct kb_profile *profile;
    struct kb_cache_key key;
    enum kb_err rc = kb_config_load_profile(name, &config, &profile, err);

    if (rc)
        return rc;
    kb_cache_open(&cache);
    if (cache.is_unknown)
        return kb_fail(err, KB_ERR_SYSTEM, "the token cache: %s", cache.why);
    /* Without a key, too: a record that cannot be read now may be read a moment later. */
    key = kb_cache_key_for_profile(profile);
    rc = kb_cache_drop_outcome(&cache, &key, err);
    return rc ? rc : kb_cache_drop_token(&cache, &key, &any, ret_dropped, err);
}

int verb_forget(int argc, char *argv[])
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(4096);
    struct kb_error err = KB_ERROR_INIT;
    bool dropped = false;

    if (report_options(argc, argv, 1, NULL, &err) || forget(argv[0], &dropped, &err))
        return output_error(&err);
    kb_buf_fmt(
        &out, dropped ? "Forgot the cached token of %s.\n" : "%s has no cached token.\n", argv[0]);
    return output(&out, 0);
}
