/*
 * The table of all protocols and how one is found. Must never parse or print.
 */
#include "proto/proto.h"

#include "common.h"

#include <string.h>

static const struct kb_proto_row rows[] = {
#define KB_LINKS(...)                                                                              \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define KB_PROTO(word, chosen_by, links, ...)                                                      \
    {#word, chosen_by, links, __VA_ARGS__, &kb_proto_##word},
#include "protocols.def"
#undef KB_PROTO
#undef KB_LINKS
};

const struct kb_proto_row *kb_protos(size_t *ret_count)
{
    *ret_count = KB_COUNT(rows);
    return rows;
}

static const struct kb_proto_row *row_of_link(const char *name)
{
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        for (const char *const *link = rows[i].links; *link; link++) {
            if (strcmp(*link, name) == 0)
                return &rows[i];
        }
    }
    return NULL;
}

const struct kb_proto_row *kb_proto_by_program(const char *program)
{
    const struct kb_proto_row *row = row_of_link(program);

    return row && row->chosen_by == KB_BY_LINK ? row : NULL;
}

bool kb_proto_is_link(const char *name)
{
    return row_of_link(name) != NULL;
}

const struct kb_proto_row *kb_proto_by_word(const char *word)
{
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        if (strcmp(rows[i].word, word) == 0)
            return &rows[i];
    }
    return NULL;
}
