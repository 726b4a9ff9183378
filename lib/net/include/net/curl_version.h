/*
 * What is at work under net/post.h, as the library itself tells at run time.
 */
#ifndef KB_NET_CURL_VERSION_H
#define KB_NET_CURL_VERSION_H

/* "7.88.1" */
const char *kb_net_curl_version(void);

/* The TLS library under libcurl with its version, "OpenSSL/3.0.17"; "" when it has none. */
const char *kb_net_tls_version(void);

#endif
