/*
 * The table of all protocols and how one is found. Must never parse or print.
 */
#include "proto/proto.h"

#include "common.h"

#include <string.h>

static const struct kb_proto *const protos[] = {
    &kb_proto_get,
    &kb_proto_git,
    &kb_proto_docker,
    &kb_proto_token,
    &kb_proto_header,
};

const struct kb_proto *const *kb_protos(size_t *ret_count)
{
    *ret_count = KB_COUNT(protos);
    return protos;
}

const struct kb_proto *kb_proto_by_program(const char *program)
{
    for (size_t i = 0; i < KB_COUNT(protos); i++) {
        if (protos[i]->program && strcmp(protos[i]->program, program) == 0)
            return protos[i];
    }
    return NULL;
}

const struct kb_proto *kb_proto_by_name(const char *name)
{
    for (size_t i = 0; i < KB_COUNT(protos); i++) {
        if (strcmp(protos[i]->name, name) == 0)
            return protos[i];
    }
    return NULL;
}
