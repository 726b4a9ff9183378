/*
 * `refresh`: a new token now. Who had to wait for somebody else's exchange takes what that came to.
 */
#include "front.h"

int verb_refresh(int argc, char *argv[])
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(4096);
    KB_AUTO(kb_token_clear) struct kb_token fresh = KB_TOKEN_INIT;
    struct kb_error err = KB_ERROR_INIT;
    int64_t rest;

    if (report_options(argc, argv, 1, NULL, &err))
        return output_error(&err);
    if (obtain_by_name(argv[0], OBTAIN_ANEW, NULL, &fresh, &err))
        return output_error(&err);
    rest = kb_clock_seconds(kb_token_rest_ms(&fresh, kb_clock_now()));
    kb_buf_fmt(&out, "%s has a new token", argv[0]);
    if (rest > 0)
        kb_buf_fmt(&out, " for %s", kb_clock_say(rest).text);
    kb_buf_str(&out, ".\n");
    return output(&out, 0);
}
