/*
 * What the tests of this layer share.
 */
#ifndef KB_TESTS_CORE_TEST_H
#define KB_TESTS_CORE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "core/url.h"

#include <string.h>

/* NEEDLE occurs in HAYSTACK; says both when not. */
#define assert_mentions(haystack, needle)                                                          \
    do {                                                                                           \
        if (!strstr((haystack), (needle)))                                                         \
            fail_msg("\"%s\" does not mention \"%s\"", (haystack), (needle));                      \
    } while (0)

static inline struct kb_url url_of(const char *text)
{
    struct kb_url url = KB_URL_INIT;
    struct kb_error err = KB_ERROR_INIT;

    if (kb_url_parse(text, strlen(text), &url, &err))
        fail_msg("%s: %s", text, err.msg);
    return url;
}

#endif
