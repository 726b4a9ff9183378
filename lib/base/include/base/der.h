/*
 * DER (X.690), as far as keys need it: one element after the other, without a copy. Must never
 * read past the bytes that it was given, nor accept two spellings of one thing.
 */
#ifndef KB_BASE_DER_H
#define KB_BASE_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of somebody else's. */
struct kb_der {
    const unsigned char *at;
    size_t len;
};

enum {
    KB_DER_INTEGER = 0x02,
    KB_DER_BITS = 0x03,
    KB_DER_OCTETS = 0x04,
    KB_DER_NULL = 0x05,
    KB_DER_OID = 0x06,
    KB_DER_SEQUENCE = 0x30,
    KB_DER_CONTEXT_0 = 0xa0,
    KB_DER_CONTEXT_1 = 0xa1,
};

/* Takes the next element, which must have TAG, off FROM. False: it has not; FROM stays. */
bool kb_der_take(struct kb_der *from, unsigned char tag, struct kb_der *ret);

/* The same for an INTEGER that is not negative: *RET is its bytes, without a zero before them. */
bool kb_der_take_number(struct kb_der *from, struct kb_der *ret);

/* The same for one of at most eight bytes. */
bool kb_der_take_small(struct kb_der *from, uint64_t *ret);

/* Whether the next element has TAG. */
bool kb_der_is_next(const struct kb_der *from, unsigned char tag);

bool kb_der_equal(struct kb_der one, struct kb_der other);

#endif
