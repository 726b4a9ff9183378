/*
 * References as bytes and as text. There is one spelling for each, since they name files.
 */
#include "core/ref.h"

#include "base/random.h"

#include <sodium.h>
#include <string.h>

enum kb_err kb_ref_make(struct kb_ref *ret, struct kb_error *err)
{
    struct kb_ref fresh = {{0}};
    enum kb_err rc = kb_random(fresh.bytes, sizeof(fresh.bytes), err);

    if (!rc)
        *ret = fresh;
    return rc;
}

void kb_ref_format(const struct kb_ref *ref, char dst[static KB_REF_TEXT])
{
    sodium_bin2hex(dst, KB_REF_TEXT, ref->bytes, sizeof(ref->bytes));
}

bool kb_ref_parse(const char *text, struct kb_ref *ret)
{
    if (strlen(text) != KB_REF_TEXT - 1 || text[strspn(text, "0123456789abcdef")])
        return false;
    return sodium_hex2bin(
               ret->bytes, sizeof(ret->bytes), text, KB_REF_TEXT - 1, NULL, NULL, NULL) == 0;
}

bool kb_ref_equal(const struct kb_ref *a, const struct kb_ref *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}
