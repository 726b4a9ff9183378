/*
 * Reads elements whose tag is one byte and whose length is at most two, which is more than any
 * key takes.
 */
#include "base/der.h"

#include <string.h>

enum { LONG_FORM = 0x80 };

/* The length, in as few bytes as it takes; false: it is none, or longer than what is there. */
static bool take_length(struct kb_der *from, size_t *ret)
{
    size_t more, len = 0;

    if (from->len == 0)
        return false;
    more = from->at[0] < LONG_FORM ? 0 : from->at[0] - LONG_FORM;
    if (from->at[0] == LONG_FORM || more > 2 || from->len < 1 + more)
        return false;
    len = more == 0 ? from->at[0] : 0;
    for (size_t i = 1; i <= more; i++)
        len = len << 8 | from->at[i];
    if ((more == 1 && len < LONG_FORM) || (more == 2 && len < 0x100) || len > from->len - 1 - more)
        return false;
    from->at += 1 + more;
    from->len -= 1 + more;
    *ret = len;
    return true;
}

bool kb_der_is_next(const struct kb_der *from, unsigned char tag)
{
    return from->len > 0 && from->at[0] == tag;
}

bool kb_der_take(struct kb_der *from, unsigned char tag, struct kb_der *ret)
{
    struct kb_der rest = *from;
    size_t len;

    if (!kb_der_is_next(&rest, tag))
        return false;
    rest.at++;
    rest.len--;
    if (!take_length(&rest, &len))
        return false;
    *ret = (struct kb_der){rest.at, len};
    *from = (struct kb_der){rest.at + len, rest.len - len};
    return true;
}

bool kb_der_take_number(struct kb_der *from, struct kb_der *ret)
{
    struct kb_der rest = *from, number;
    bool zero_first;

    if (!kb_der_take(&rest, KB_DER_INTEGER, &number) || number.len == 0)
        return false;
    zero_first = number.at[0] == 0;
    /* Negative, or a zero that nothing asks for. */
    if (number.at[0] >= 0x80 || (zero_first && number.len > 1 && number.at[1] < 0x80))
        return false;
    *ret = (struct kb_der){number.at + zero_first, number.len - zero_first};
    *from = rest;
    return true;
}

bool kb_der_take_small(struct kb_der *from, uint64_t *ret)
{
    struct kb_der rest = *from, number;
    uint64_t value = 0;

    if (!kb_der_take_number(&rest, &number) || number.len > sizeof(value))
        return false;
    for (size_t i = 0; i < number.len; i++)
        value = value << 8 | number.at[i];
    *ret = value;
    *from = rest;
    return true;
}

bool kb_der_equal(struct kb_der one, struct kb_der other)
{
    return one.len == other.len && (one.len == 0 || memcmp(one.at, other.at, one.len) == 0);
}
