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

/* Whether NAME is LINK, or, BY_PROFILE, begins with it; *RET_REST is what follows. */
static bool is_link(const char *name, const char *link, bool by_profile, const char **ret_rest)
{
    const char *slash = strrchr(link, '/'),
               *rest = kb_proto_after_prefix(name, slash ? slash + 1 : link);

    if (!rest || by_profile != (*rest != '\0'))
        return false;
    *ret_rest = rest;
    return true;
}

static const struct kb_proto_row *row_of_link(const char *name, const char **ret_rest)
{
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        for (const char *const *link = rows[i].links; *link; link++) {
            if (is_link(name, *link, rows[i].chosen_by == KB_BY_PROFILE, ret_rest))
                return &rows[i];
        }
    }
    return NULL;
}

const struct kb_proto_row *kb_proto_by_program(const char *program, const char **ret_profile)
{
    const char *rest;
    const struct kb_proto_row *row = row_of_link(program, &rest);

    if (!row || row->chosen_by == KB_BY_WORD)
        return NULL;
    *ret_profile = row->chosen_by == KB_BY_PROFILE ? rest : NULL;
    return row;
}

const struct kb_proto_row *kb_proto_by_link(const char *name)
{
    const char *rest;

    return row_of_link(name, &rest);
}

const struct kb_proto_row *kb_proto_by_word(const char *word)
{
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        if (strcmp(rows[i].word, word) == 0)
            return &rows[i];
    }
    return NULL;
}

const struct kb_proto_row *kb_proto_of_program(const char *name)
{
    static const char *const programs[][2] = {{"bao", "vault"}, {"bazel", "get"},
        {"buildah", "docker"}, {"claude", "headers"}, {"curl", "header"}, {"dotnet", "nuget"},
        {"go", "goauth"}, {"mcp", "headers"}, {"pip", "keyring"}, {"podman", "docker"},
        {"skopeo", "docker"}, {"tofu", "terraform"}, {"uv", "keyring"}, {"wget", "askpass"}};

    for (size_t i = 0; i < KB_COUNT(programs); i++) {
        if (strcmp(name, programs[i][0]) == 0)
            return kb_proto_by_word(programs[i][1]);
    }
    return kb_proto_by_link(name);
}
