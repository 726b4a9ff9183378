/*
 * Which certificate authorities are trusted: the profile's own and no other, or the
 * system's. There is no third choice, and none that trusts nobody's signature.
 *
 * The system's come from the hashed directory where OpenSSL can use it: it then reads
 * the one file it needs, where the bundle means parsing some 150 certificates, two
 * thirds of the time of an exchange. GnuTLS would read the whole directory.
 */
#include "exchange.h"

#include "net/curl_version.h"

#include <dirent.h>
#include <string.h>

#define SYSTEM_DIRECTORY "/etc/ssl/certs"
/* Exists, holds no certificate: later versions of libcurl take NULL for "the default". */
#define NO_DIRECTORY "/dev/null"

static bool has_openssl(void)
{
    return strncmp(kb_net_tls_version(), "OpenSSL/", 8) == 0;
}

/* "002c0b4f.0", as c_rehash names its links. */
static bool is_hashed_name(const char *name)
{
    return strspn(name, "0123456789abcdef") == 8 && name[8] == '.' && name[9] >= '0' &&
           name[9] <= '9';
}

static bool holds_hashed_links(const char *path)
{
    DIR *directory = opendir(path);
    struct dirent *entry;
    bool found = false;

    if (!directory)
        return false;
    while (!found && (entry = readdir(directory)) != NULL)
        found = is_hashed_name(entry->d_name);
    closedir(directory);
    return found;
}

static CURLcode trust(CURL *curl, const char *file, const char *directory)
{
    CURLcode rc = curl_easy_setopt(curl, CURLOPT_CAINFO, file);

    return rc ? rc : curl_easy_setopt(curl, CURLOPT_CAPATH, directory);
}

CURLcode kb_net_set_authorities(CURL *curl, const char *ca_file)
{
    if (ca_file)
        return trust(curl, ca_file, has_openssl() ? NO_DIRECTORY : NULL);
    if (has_openssl() && holds_hashed_links(SYSTEM_DIRECTORY))
        return trust(curl, NULL, SYSTEM_DIRECTORY);
    return CURLE_OK;
}
