/*
 * The reference of a stored client: 16 random bytes, new each time one is stored. What is made
 * with one client can never be taken for what was made with another, whatever profile,
 * configuration or home has the same name.
 */
#ifndef KB_CORE_REF_H
#define KB_CORE_REF_H

#include "base/error.h"

#include <stdbool.h>

#define KB_REF_LEN 16
#define KB_REF_TEXT (2 * KB_REF_LEN + 1) /* in hexadecimal, and its NUL */

struct kb_ref {
    unsigned char bytes[KB_REF_LEN];
};

KB_CHECKED enum kb_err kb_ref_make(struct kb_ref *ret, struct kb_error *err);

/* 32 digits in lower case. */
void kb_ref_format(const struct kb_ref *ref, char dst[static KB_REF_TEXT]);

/* Reads that and nothing else; false leaves *RET as it is. */
bool kb_ref_parse(const char *text, struct kb_ref *ret);

bool kb_ref_equal(const struct kb_ref *a, const struct kb_ref *b);

#endif
