/*
 * `refresh`: a new token now, unless somebody fetched one while we waited.
 */
#include "front.h"

static enum kb_err refresh(const char *name, int64_t *ret_rest, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    KB_AUTO(kb_cache_close) struct kb_cache cache = KB_CACHE_INIT;
    KB_AUTO(kb_route_clear) struct kb_route route = KB_ROUTE_INIT;
    KB_AUTO(kb_token_clear) struct kb_token old = KB_TOKEN_INIT;
    KB_AUTO(kb_token_clear) struct kb_token fresh = KB_TOKEN_INIT;
    const struct kb_profile *profile;
    struct kb_ref client;
    enum kb_err rc = kb_config_load_profile(name, &config, &profile, err);

    if (!rc)
        rc = client_find(profile, &client, err);
    if (!rc)
        rc = kb_route_from_profile(profile, &client, &route, err);
    if (rc)
        return rc;
    kb_cache_open(&cache);
    if (kb_cache_get_token(&cache, &route.key, &old, NULL))
        kb_token_clear(&old);
    rc = obtain_fresh(&cache, &route, &old, &fresh, err);
    if (!rc)
        *ret_rest = kb_clock_seconds(kb_token_rest_ms(&fresh, kb_clock_now()));
    return rc;
}

int verb_refresh(int argc, char *argv[])
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(4096);
    struct kb_error err = KB_ERROR_INIT;
    int64_t rest = 0;

    if (report_options(argc, argv, 1, NULL, &err) || refresh(argv[0], &rest, &err))
        return output_error(&err);
    kb_buf_fmt(&out, "%s has a new token", argv[0]);
    if (rest > 0) {
        kb_buf_str(&out, " for ");
        report_duration(&out, rest);
    }
    kb_buf_str(&out, ".\n");
    return output(&out, 0);
}
