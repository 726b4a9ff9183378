/*
 * Whether two URLs have one origin: the text that clients are bound to.
 */
#ifndef KB_TESTS_SAME_ORIGIN_H
#define KB_TESTS_SAME_ORIGIN_H

#include "base/buf.h"
#include "core/url.h"

#include <string.h>

static inline bool same_origin(const struct kb_url *a, const struct kb_url *b)
{
    KB_AUTO(kb_buf_clear) struct kb_buf of_a = KB_BUF_INIT(1024), of_b = KB_BUF_INIT(1024);

    kb_url_append_origin(a, &of_a);
    kb_url_append_origin(b, &of_b);
    return strcmp(kb_buf_text(&of_a), kb_buf_text(&of_b)) == 0;
}

#endif
