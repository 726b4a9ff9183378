/*
 * What the tests of lib/loose share: entries as one line of text each.
 */
#ifndef KB_TESTS_LOOSE_TEST_H
#define KB_TESTS_LOOSE_TEST_H

#include "base/attr.h"
#include "base/buf.h"
#include "loose/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static inline void put_span(struct kb_buf *out, const char *text, struct kb_loose_span span)
{
    kb_buf_add(out, text + span.start, span.end - span.start);
}

#endif
