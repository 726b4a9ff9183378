/*
 * The parts of a request. Must keep the order of its fields, and no value outside a kb_secret.
 */
#include "oauth/rows.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

static void add(struct kb_parts *parts, const char *name, const char *bytes, size_t len)
{
    struct kb_field *field;

    parts->fields = kb_grow(parts->fields, parts->count + 1, sizeof(*parts->fields));
    field = &parts->fields[parts->count];
    *field = (struct kb_field){.name = name};
    if (kb_secret_set(&field->value, bytes, len, NULL))
        parts->failed = true;
    else
        parts->count++;
}

void kb_parts_add(struct kb_parts *parts, const char *name, const char *value)
{
    add(parts, name, value, strlen(value));
}

void kb_parts_add_secret(struct kb_parts *parts, const char *name, const struct kb_secret *value)
{
    add(parts, name, value->bytes, value->len);
}

void kb_parts_clear(struct kb_parts *parts)
{
    for (size_t i = 0; i < parts->count; i++)
        kb_secret_clear(&parts->fields[i].value);
    free(parts->fields);
    kb_pairs_clear(&parts->headers);
    kb_secret_clear(&parts->authorization);
    *parts = (struct kb_parts){0};
}
