/*
 * `version`
 */
#include "front.h"

int verb_version(int argc, char *argv[])
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(256);
    struct kb_error err = KB_ERROR_INIT;
    bool json = false;

    if (report_options(argc, argv, 0, &json, &err))
        return output_error(&err);
    kb_buf_str(&out, json ? "{\"version\":\"" KB_VERSION "\"}\n" : "keybearer " KB_VERSION "\n");
    return output(&out, 0);
}
