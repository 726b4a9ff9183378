/*
 * What programs of one release tell each other, as a sum of its bytes, for each KB_FRAME_VERSION.
 * Whoever changes a form adds a row, with the next version: somebody may have installed this one.
 */
#ifndef KB_TESTS_RELEASES_H
#define KB_TESTS_RELEASES_H

#include "base/buf.h"
#include "core/frame.h"

#include <sodium.h>
#include <string.h>

static const struct release {
    int version;
    const char *answers; /* of helpers: test_report.c */
    const char *records; /* of the cache: test_record.c */
} releases[] = {
    {5, "cb8968717bec5af16e35926566b6bb59", "eefe12e0acbfc83c0ef40f83cfe1ce67"},
    {6, "d1e696fef3401f970dcbc8f66bccf7e9", "eefe12e0acbfc83c0ef40f83cfe1ce67"},
    {7, "94e0e6b8ca6b13e245cd5591d751aa5a", "eefe12e0acbfc83c0ef40f83cfe1ce67"},
    {8, "1f5b77b22a34e50897e338fd28cf330a", "eefe12e0acbfc83c0ef40f83cfe1ce67"},
    {9, "48c7fc0e249d4bc89bdcd0cb7adeccf1", "eefe12e0acbfc83c0ef40f83cfe1ce67"},
    {10, "7b812406a9b1304280e3d1d166ccf141", "eefe12e0acbfc83c0ef40f83cfe1ce67"},
};

/* Fails where BYTES are not EXPECTED by this version. */
static inline void expect_form(
    const char *what, const char *(*expected)(const struct release *), const struct kb_buf *bytes)
{
    const struct release *last = &releases[sizeof(releases) / sizeof(releases[0]) - 1];
    unsigned char sum[16];
    char text[33];

    assert_false(bytes->failed);
    crypto_generichash(sum, sizeof(sum), (unsigned char *)bytes->data, bytes->len, NULL, 0);
    sodium_bin2hex(text, sizeof(text), sum, sizeof(sum));
    if (last->version != KB_FRAME_VERSION || strcmp(expected(last), text) != 0)
        fail_msg("%s have the form %s, which is not that of version %d: raise KB_FRAME_VERSION, "
                 "and add a row to tests/unit/releases.h",
            what, text, KB_FRAME_VERSION);
}

#endif
