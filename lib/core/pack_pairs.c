/*
 * Packs name/value lists. A count that the record cannot hold costs nothing: reading
 * stops with the first pair that is not there.
 */
#include "pack_pairs.h"

void kb_pack_pairs(struct kb_buf *out, const struct kb_pairs *pairs)
{
    kb_pack_u32(out, (uint32_t)pairs->count);
    for (size_t i = 0; i < pairs->count; i++) {
        kb_pack_text(out, pairs->items[i].name);
        kb_pack_text(out, pairs->items[i].value);
    }
}

static void unpack_pair(struct kb_unpack *in, struct kb_pairs *ret)
{
    KB_AUTO(kb_str_free) char *name = kb_unpack_text_dup(in);
    KB_AUTO(kb_str_free) char *value = kb_unpack_text_dup(in);

    if (!name || !value || kb_pairs_add(ret, name, value, NULL))
        in->failed = true;
}

void kb_unpack_pairs(struct kb_unpack *in, struct kb_pairs *ret)
{
    uint32_t count = kb_unpack_u32(in);

    for (uint32_t i = 0; i < count && !in->failed; i++)
        unpack_pair(in, ret);
}
