/*
 * A conversation with one caller: what it says, the request that this makes, the reply. Most
 * callers ask one thing and close their end; some want to hear something first, ask several
 * things of one process, or wait for an answer with their end still open. Front only.
 *
 * kb_talk_next() reads until it is our turn, the front does what is asked for and writes the
 * reply, kb_talk_answered() makes room for the next one.
 */
#ifndef KB_PROTO_TALK_H
#define KB_PROTO_TALK_H

#include "base/buf.h"
#include "base/error.h"
#include "core/request.h"
#include "core/route.h"

#include <stdbool.h>
#include <stddef.h>

struct kb_proto;

/* An answer in the making: what goes to stdout, to stderr, and the exit status. */
struct kb_reply {
    struct kb_buf out;
    struct kb_buf note; /* for stderr, whole lines */
    int status;
    bool ours;       /* set by the front before refuse(): a profile serves the request; false
                        for KB_OP_LIST and KB_OP_GET_EACH, which are no single profile's */
    bool wants_path; /* before decline(): one might, if the request had its path */
    const struct kb_near *near; /* for decline(): who serves nearly that; NULL or empty: nobody */
    const char *pass_on; /* set by decline(): the next program of this name in PATH is to answer
                            instead, with ARGV as it stands and the input, of which nothing
                            was read; where there is none, the reply counts. NULL: nobody */
};

#define KB_REPLY_OUT_MAX 262144
#define KB_REPLY_INIT                                                                              \
    ((struct kb_reply){.out = KB_BUF_INIT(KB_REPLY_OUT_MAX), .note = KB_BUF_INIT(4096)})

void kb_reply_clear(struct kb_reply *reply);

/* What a protocol says to the bytes that it has seen. */
enum kb_turn {
    KB_TURN_MORE,     /* it needs more of them */
    KB_TURN_REQUEST,  /* they are a request: the front is to answer it now */
    KB_TURN_ANSWERED, /* the reply holds all that is to be said to them */
    KB_TURN_END,      /* there is nothing to say to them, and nothing will come */
};

struct kb_talk {
    const struct kb_proto *proto; /* borrowed, as all that kb_talk() takes */
    int argc;                     /* what follows the word that chose the protocol */
    char **argv;
    const char *profile;       /* whom the program's name names, or NULL */
    int fd;                    /* where the caller's bytes come from */
    struct kb_buf in;          /* those that came and were not taken yet */
    bool ended;                /* and no more will come */
    size_t taken;              /* set by feed(): so many from the front of IN are done with */
    size_t answered;           /* replies so far */
    struct kb_request asked;   /* what start() knew: each request begins as that */
    struct kb_request request; /* of this turn */
    struct kb_reply reply;
    bool to_terminal;  /* where the answer goes */
    const char *shown; /* the same command with --show, to be typed; NULL: not known */
    /* Called once, before the caller's first bytes are waited for: may end the talk. Or NULL. */
    enum kb_err (*waits)(const struct kb_talk *talk, struct kb_error *err);
};

/* The conversation of a caller who gave ARGV[0..ARGC), and writes to FD. Clear it. */
struct kb_talk kb_talk(const struct kb_proto *proto, int argc, char *argv[], int fd);

/*
 * Whose turn it is, and what for; never KB_TURN_MORE. Reads only what the protocol asks for, waits
 * for each byte as long as the protocol does, and returns as soon as there is a request. Where the
 * protocol cannot go on, the reply is its refuse()'s to fill, and the last one: KB_ERR_USAGE for
 * what it cannot read or is too long, KB_ERR_TIMEOUT for a caller that is silent for too long,
 * KB_ERR_SYSTEM where FD cannot be read. ERR may say what kept a request from being read also
 * where that is no failure, for the log.
 */
KB_CHECKED enum kb_err kb_talk_next(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err);

/* The reply was written: wipes it and its request, counts it, and begins the next one. */
void kb_talk_answered(struct kb_talk *talk);

/* Wipes and frees; the descriptor stays open. */
void kb_talk_clear(struct kb_talk *talk);

#endif
