/*
 * Published faults of the libraries that we use, where what we do with them may reach the
 * fault. Only a hint: distributions mend a library without changing its version.
 */
#ifndef KB_CORE_ADVISORY_H
#define KB_CORE_ADVISORY_H

#include <stdbool.h>
#include <stddef.h>

struct kb_advisory {
    const char *library; /* "libcurl", "OpenSSL", "json-c", ... */
    const char *since;   /* the first version that has it */
    const char *fixed;   /* the first version that has it no more */
    const char *tls;     /* only where libcurl uses this TLS library; NULL: everywhere */
    const char *what;    /* one line for people, beginning with its name */
};

const struct kb_advisory *kb_advisories(size_t *ret_count);

/* Whether VERSION of LIBRARY, with TLS ("OpenSSL") under libcurl, has the fault. */
bool kb_advisory_concerns(
    const struct kb_advisory *advisory, const char *library, const char *version, const char *tls);

/* Below 0, 0 or above 0, as for strcmp(): "1.1.1n" is above "1.1.1", and "8.10" above "8.9". */
int kb_version_compare(const char *a, const char *b);

#endif
