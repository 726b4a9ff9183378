/*
 * Protocols: how one calling tool asks and wants to be answered. Front only.
 *
 * One file and one row a tool. A protocol parses the request, prints the answer and
 * refuses in the tool's own way; it knows nothing of caches, stores or networks.
 * Output goes into a buffer: the front writes it in one piece and checks the write.
 */
#ifndef KB_PROTO_PROTO_H
#define KB_PROTO_PROTO_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "config/config.h"
#include "core/request.h"
#include "core/route.h"
#include "core/token.h"

#include <stdbool.h>
#include <stddef.h>

/* An answer in the making: what goes to stdout, to stderr, and the exit status. */
struct kb_reply {
    struct kb_buf out;
    struct kb_buf note; /* for stderr, whole lines */
    int status;
    bool ours; /* set by the front before refuse(): a profile serves the request */
};

#define KB_REPLY_OUT_MAX 262144
#define KB_REPLY_INIT                                                                              \
    {                                                                                              \
        .out = KB_BUF_INIT(KB_REPLY_OUT_MAX), .note = KB_BUF_INIT(4096)                            \
    }

void kb_reply_clear(struct kb_reply *reply);

/* Everything an answer is made of. All borrowed. */
struct kb_answer {
    const struct kb_request *request;
    const struct kb_route *route;
    const struct kb_token *token;
    struct kb_clock now;
};

struct kb_proto {
    const char *name;    /* first argument of keybearer: "get", "git", "docker", "token" */
    const char *program; /* name of the link that selects it, or NULL */

    /*
     * Parses what follows the selecting word: ARGV[0..ARGC) and, only where the protocol
     * defines it, descriptor IN (read to its end, capped). On success *RET is filled;
     * RET->op KB_OP_TEXT means that REPLY already holds the whole answer. On failure
     * (KB_ERR_USAGE, or KB_ERR_SYSTEM where IN cannot be read) refuse() is called.
     */
    enum kb_err (*read)(int argc, char *argv[], int in, struct kb_request *ret,
        struct kb_reply *reply, struct kb_error *err);

    /* KB_OP_GET: appends the whole answer to REPLY->out. Fails rather than print a bad value. */
    enum kb_err (*write)(
        const struct kb_answer *answer, struct kb_reply *reply, struct kb_error *err);

    /* No profile serves the request ("not mine"), for every operation. */
    void (*decline)(const struct kb_request *request, struct kb_reply *reply);

    /* The request is ours, or unreadable, and WHY says what went wrong. */
    void (*refuse)(
        const struct kb_request *request, const struct kb_error *why, struct kb_reply *reply);

    /* KB_OP_LIST: the addresses of all profiles. Only docker has it; others never ask. */
    enum kb_err (*list)(
        const struct kb_config *config, struct kb_reply *reply, struct kb_error *err);
};

/* All protocols, in one table. */
const struct kb_proto *const *kb_protos(size_t *ret_count);

/* By the name of the running program ("git-credential-keybearer"), or NULL. */
const struct kb_proto *kb_proto_by_program(const char *program);
/* By the first argument, or NULL. */
const struct kb_proto *kb_proto_by_name(const char *name);

#endif
