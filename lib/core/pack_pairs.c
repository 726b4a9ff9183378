/*
 * Packs name/value lists. A count that the record cannot hold costs nothing: reading
 * stops with the first pair that is not there.
 */
#include "pack_pairs.h"

#include <stdlib.h>

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
    struct kb_pair pair, *grown;

    pair.name = kb_unpack_text_dup(in);
    pair.value = kb_unpack_text_dup(in);
    grown = in->failed ? NULL : reallocarray(ret->items, ret->count + 1, sizeof(*grown));
    if (!grown) {
        free(pair.name);
        free(pair.value);
        in->failed = true;
        return;
    }
    ret->items = grown;
    grown[ret->count++] = pair;
}

void kb_unpack_pairs(struct kb_unpack *in, struct kb_pairs *ret)
{
    uint32_t count = kb_unpack_u32(in);

    for (uint32_t i = 0; i < count && !in->failed; i++)
        unpack_pair(in, ret);
}
