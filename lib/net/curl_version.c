/*
 * libcurl about itself.
 */
#include "net/curl_version.h"

#include <curl/curl.h>

const char *kb_net_curl_version(void)
{
    return curl_version_info(CURLVERSION_NOW)->version;
}

const char *kb_net_tls_version(void)
{
    const char *name = curl_version_info(CURLVERSION_NOW)->ssl_version;

    return name ? name : "";
}
