/*
 * The table of known faults. A row belongs here when a hostile server or proxy could reach
 * it through what lib/net and backends do; what they never switch on (redirects, cookies,
 * netrc, HSTS, compression, connection reuse, OCSP) is left out.
 */
#include "core/advisory.h"

#include "base/attr.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct kb_advisory table[] = {
    {"libcurl", "7.12.0", "8.1.0", "OpenSSL",
        "CVE-2023-28321: a certificate's partial wildcard may match a host name in another script"},
    {"libcurl", "7.32.0", "8.9.1", "GnuTLS",
        "CVE-2024-7264: reads past the end of a certificate's date"},
    {"libcurl", "7.69.0", "8.4.0", NULL,
        "CVE-2023-38545: overflow with a SOCKS proxy that resolves host names (socks5h)"},
    {"OpenSSL", "1.1.1", "1.1.1n", NULL, "CVE-2022-0778: a certificate can keep it busy for ever"},
    {"OpenSSL", "3.0.0", "3.0.2", NULL, "CVE-2022-0778: a certificate can keep it busy for ever"},
    {"OpenSSL", "3.0.0", "3.0.7", NULL,
        "CVE-2022-3602, CVE-2022-3786: overflow in a certificate's mail address"},
    {"json-c", "0", "0.15", NULL, "CVE-2020-12762: overflow with very large input"},
};

const struct kb_advisory *kb_advisories(size_t *ret_count)
{
    *ret_count = KB_COUNT(table);
    return table;
}

/* One number or one run of other characters; both texts are moved behind it. */
static int compare_part(const char **a, const char **b)
{
    if (isdigit((unsigned char)**a) && isdigit((unsigned char)**b)) {
        char *end_a, *end_b;
        unsigned long left = strtoul(*a, &end_a, 10), right = strtoul(*b, &end_b, 10);

        *a = end_a;
        *b = end_b;
        return (left > right) - (left < right);
    }
    if (**a == **b) {
        ++*a;
        ++*b;
        return 0;
    }
    return (unsigned char)**a < (unsigned char)**b ? -1 : 1;
}

int kb_version_compare(const char *a, const char *b)
{
    int order = 0;

    while (!order && *a && *b)
        order = compare_part(&a, &b);
    return order ? order : !!*a - !!*b;
}

bool kb_advisory_concerns(
    const struct kb_advisory *advisory, const char *library, const char *version, const char *tls)
{
    return strcmp(advisory->library, library) == 0 &&
           (!advisory->tls || strcmp(advisory->tls, tls) == 0) &&
           kb_version_compare(version, advisory->since) >= 0 &&
           kb_version_compare(version, advisory->fixed) < 0;
}
