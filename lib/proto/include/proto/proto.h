/*
 * Protocols: how one calling tool asks and wants to be answered. Front only.
 *
 * One file here, one line in protocols.def and one manual page a tool. A protocol parses the
 * request, prints the answer and refuses in the tool's own way; it knows nothing of caches, stores
 * or networks. Output goes into a buffer: the front writes it in one piece and checks the write.
 */
#ifndef KB_PROTO_PROTO_H
#define KB_PROTO_PROTO_H

#include "base/clock.h"
#include "config/config.h"
#include "core/route.h"
#include "core/token.h"
#include "proto/talk.h"

/* Everything an answer is made of. All borrowed. */
struct kb_answer {
    const struct kb_request *request;
    const struct kb_route *route;
    const struct kb_token *token;
    /* KB_OP_GET_EACH only, else both NULL: CONFIG, and whose profile's turn it is */
    const struct kb_profile *profile;
    const struct kb_config *config;
    struct kb_clock now;
};

/* What only some tools ask for. */
struct kb_proto_extra {
    /* KB_OP_LIST: what the profiles serve, as far as the tool wants to know it. */
    enum kb_err (*list)(
        const struct kb_config *config, struct kb_reply *reply, struct kb_error *err);
};

struct kb_proto {
    const char *details;     /* for `help WORD`: its options, a line each; NULL: none */
    struct kb_naming naming; /* all NULL: it can name no profile */
    const char *reads; /* what is read for a token, for a person at a terminal; NULL: nothing */
    bool has_no_show;  /* its command line knows no --show */
    size_t input_max;  /* bytes of one request; 0: nothing is read */
    int idle_s;        /* seconds since the last byte; 0: waits as long as the caller does */
    bool by_person;    /* a person's command, whose stderr may be told whom we ask; else a tool's */
    bool never_in_file;  /* its answer is a file of passwords: to be in a pipe, not on a disk */
    bool skips_nonsense; /* what feed() cannot read ends in silence, not in refuse() */

    /*
     * The first turn, from the command line alone, for all requests: may say something before the
     * caller does (KB_TURN_ANSWERED), or know the request already. KB_ERR_USAGE for a wrong command
     * line.
     */
    enum kb_err (*start)(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err);

    /*
     * Every other turn: looks at TALK->in, which grows until the protocol has enough or
     * TALK->ended; says in TALK->taken what it used. Called again after each reply, for what came
     * behind. kb_feed_once() where a caller asks once and then closes its end.
     */
    enum kb_err (*feed)(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err);

    /*
     * For kb_feed_once() and its like, unless start() never wants more: the input, or one line of
     * it, is the first TALK->taken bytes of TALK->in.
     */
    enum kb_err (*parse)(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err);

    /*
     * KB_OP_GET: appends the whole answer to REPLY->out. KB_OP_GET_EACH: what one profile adds to
     * it. Fails rather than print a bad value.
     */
    enum kb_err (*write)(
        const struct kb_answer *answer, struct kb_reply *reply, struct kb_error *err);

    /* No profile serves the request ("not mine"), for every operation. */
    void (*decline)(const struct kb_request *request, struct kb_reply *reply);

    /* The request is ours, or unreadable, and WHY says what went wrong. */
    void (*refuse)(
        const struct kb_request *request, const struct kb_error *why, struct kb_reply *reply);

    const struct kb_proto_extra *extra; /* NULL: nothing of that is ever asked for */
};

enum kb_chosen_by {
    KB_BY_WORD,    /* the first argument of keybearer */
    KB_BY_LINK,    /* also the name that the program runs under */
    KB_BY_PROFILE, /* the same, with a profile's name at its end */
};

enum { KB_PROTO_LINKS_MAX = 3 };

/* A line of protocols.def, which describes its columns. */
struct kb_proto_row {
    const char *word;
    enum kb_chosen_by chosen_by;
    const char *links[KB_PROTO_LINKS_MAX + 1]; /* up to the first NULL */
    const char *sought; /* "~/FOLDER", or in whose PATH; "": nobody seeks the links */
    const char *manual, *operands, *summary;
    const struct kb_proto *proto;
};

/* All protocols, in the order of protocols.def. */
const struct kb_proto_row *kb_protos(size_t *ret_count);

/*
 * By the name of the running program ("git-credential-keybearer"), or NULL. *RET_PROFILE: the
 * part of PROGRAM that names a profile (KB_BY_PROFILE), else NULL.
 */
const struct kb_proto_row *kb_proto_by_program(const char *program, const char **ret_profile);
/* Whose link NAME is: one that is installed, or a person's own (KB_BY_PROFILE); NULL: nobody's. */
const struct kb_proto_row *kb_proto_by_link(const char *name);
/* By the first argument, or NULL. */
const struct kb_proto_row *kb_proto_by_word(const char *word);
/* What the program called NAME speaks, another's or one of ours; NULL: it is not known. */
const struct kb_proto_row *kb_proto_of_program(const char *name);

/*
 * KB_ERR_FAILED: what REQUEST brought to be stored is a login, and nobody keeps it. PROFILE serves
 * it; NULL: none does.
 */
enum kb_err kb_proto_no_login(
    const struct kb_request *request, const char *profile, struct kb_error *err);

#endif
