/*
 * `refresh`: a new token now. Who had to wait for somebody else's exchange takes what that came to.
 */
#include "front.h"

/* Where there is no such profile, somebody else says so. */
static void say_whom_we_ask(const char *name)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf line = KB_BUF_INIT(1024);
    const struct kb_profile *profile;

    if (kb_config_load_profile(name, &config, &profile, NULL))
        return;
    kb_buf_str(&line, "Asking ");
    kb_url_append_authority(&profile->token_url, &line);
    kb_buf_str(&line, " ...\n");
    output_progress(&line);
}

int verb_refresh(int argc, char *argv[])
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(4096);
    KB_AUTO(kb_token_clear) struct kb_token fresh = KB_TOKEN_INIT;
    struct kb_error err = KB_ERROR_INIT;
    int64_t rest;

    if (report_options(argc, argv, 1, NULL, &err))
        return output_error(&err);
    say_whom_we_ask(argv[0]);
    if (obtain_by_name(argv[0], true, &fresh, &err))
        return output_error(&err);
    rest = kb_clock_seconds(kb_token_rest_ms(&fresh, kb_clock_now()));
    kb_buf_fmt(&out, "%s has a new token", argv[0]);
    if (rest > 0)
        kb_buf_fmt(&out, " for %s", kb_clock_say(rest).text);
    kb_buf_str(&out, ".\n");
    return output(&out, 0);
}
