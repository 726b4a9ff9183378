/*
 * `refresh`: a new token now. Who had to wait for somebody else's exchange takes what that came to.
 */
#include "front.h"

static enum kb_err refresh(const char *name, int64_t *ret_rest, struct kb_error *err)
{
    KB_AUTO(kb_cache_close) struct kb_cache cache = KB_CACHE_INIT;
    KB_AUTO(kb_route_clear) struct kb_route route = KB_ROUTE_INIT;
    KB_AUTO(kb_token_clear) struct kb_token fresh = KB_TOKEN_INIT;
    const struct subject subject = {.profile = name};
    int64_t asked_boot_ms = kb_clock_now().boot_ms;
    enum kb_err rc = subject_find(&cache, &subject, &route, err);

    if (rc)
        return rc;
    kb_cache_open(&cache);
    rc = obtain_fresh(&cache, &subject, asked_boot_ms, &route, &fresh, err);
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
