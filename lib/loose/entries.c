/*
 * The list that parsers fill. Must never hold more than its cap, however large the file is.
 */
#include "loose/entry.h"

#include "base/alloc.h"
#include "loose/client.h"

#include <stdlib.h>

/* Whether a name is there as often as it is read: also one without a value. */
static bool matters(const struct kb_loose_entry *entry, const char *name, size_t len)
{
    if (entry->value.start == entry->value.end)
        return kb_loose_is_half(name, len);
    return entry->kind != KB_LOOSE_OTHER || kb_loose_belongs_to_client(name, len);
}

void kb_loose_entries_add(
    struct kb_loose_entries *list, const char *text, const struct kb_loose_entry *entry)
{
    const char *name = text + entry->name.start;
    size_t len = entry->name.end - entry->name.start;
    struct kb_loose_entry kept = *entry;

    kept.is_certain = kept.kind != KB_LOOSE_OTHER;
    if (!kept.is_certain)
        kept.kind = kb_loose_kind_of(name, len);
    if (!matters(&kept, name, len))
        return;
    if (kept.value.start == kept.value.end && !kept.why_not)
        kept.why_not = "is empty";
    if (list->count == KB_LOOSE_ENTRIES_MAX) {
        list->failed = true;
        return;
    }
    if (list->count == list->room) {
        list->room = list->room ? 2 * list->room : 16;
        list->items = kb_grow(list->items, list->room, sizeof(*list->items));
    }
    list->items[list->count++] = kept;
}

void kb_loose_entries_clear(struct kb_loose_entries *list)
{
    free(list->items);
    *list = (struct kb_loose_entries){0};
}
