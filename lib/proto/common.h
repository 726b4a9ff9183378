/*
 * What the protocols of this folder share. Private to it.
 */
#ifndef KB_PROTO_COMMON_H
#define KB_PROTO_COMMON_H

#include "proto/proto.h"

#include "base/json_write.h"
#include "base/options.h"

#define KB_PROTO(word, ...) extern const struct kb_proto kb_proto_##word;
#include "protocols.def"
#undef KB_PROTO

/* --- talk.c: for callers that ask once and close their end ------------------------------- */

/* feed(): parse() with the whole input, then the end. */
KB_CHECKED enum kb_err kb_feed_once(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err);

/* The same, but as soon as the input is one JSON object: the caller may keep its end open. */
KB_CHECKED enum kb_err kb_feed_object(
    struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err);

/* --- talk.c: for callers that ask several things, a line each ----------------------------- */

/*
 * feed(): parse() with one line, the first TALK->taken bytes of TALK->in; at the end the rest. It
 * says KB_TURN_MORE to a line that has no answer.
 */
KB_CHECKED enum kb_err kb_feed_line(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err);

#define KB_IDLE_S 30 /* idle_s of those who wait for the end of the input */

/* A word of the command line that says what is wanted. */
struct kb_action {
    const char *name;
    enum kb_turn turn; /* what start() says to it */
    enum kb_op op;
    const char *text; /* what is said to it at once */
};

/* The one of ACTIONS that is called WORD, or NULL. */
const struct kb_action *kb_action_find(
    const struct kb_action actions[], size_t count, const char *word);

/* Makes the one of ACTIONS that is called WORD this turn's; false when there is none. */
bool kb_talk_act(struct kb_talk *talk, const struct kb_action actions[], size_t count,
    const char *word, enum kb_turn *ret);

/* --- answer.c: what is about to leave, and KB_ERR_CORRUPT when it must not --------------- */

KB_CHECKED enum kb_err kb_answer_check_token(const struct kb_answer *answer, struct kb_error *err);
KB_CHECKED enum kb_err kb_answer_check_headers(
    const struct kb_answer *answer, struct kb_error *err);

/* The one that goes with the token, whatever name the request gave. */
KB_CHECKED enum kb_err kb_answer_username(
    const struct kb_answer *answer, const char **ret, struct kb_error *err);

/*
 * For tools that send what they get as Authorization, and nothing else: KB_ERR_CONFIG where the API
 * of the profile has its token in another header.
 */
KB_CHECKED enum kb_err kb_answer_check_authorization(
    const struct kb_answer *answer, struct kb_error *err);

/* All that goes into a request, each header a member whose value is a string; they were checked. */
void kb_answer_put_headers(struct kb_json_writer *json, const struct kb_answer *answer);

/* write() of an answer that is the token between BEFORE and BEHIND. */
KB_CHECKED enum kb_err kb_answer_write_token(const struct kb_answer *answer, const char *before,
    const char *behind, struct kb_reply *reply, struct kb_error *err);

/* The last step of write(): an answer that did not fit is taken back whole. */
KB_CHECKED enum kb_err kb_answer_finish(struct kb_reply *reply, struct kb_error *err);

/* --- reply.c: the ways of the tools that read errors from stderr ------------------------ */

/* "no profile serves ...", status KB_ERR_NOT_FOUND. */
void kb_reply_decline(const struct kb_request *request, struct kb_reply *reply);

/* For git, where a profile waits for a path that git was not told to give: how to tell it. */
void kb_reply_hint_path(const struct kb_request *request, struct kb_reply *reply);

/* Error and hint, the code as status. */
void kb_reply_refuse(
    const struct kb_request *request, const struct kb_error *why, struct kb_reply *reply);

/* MSG, and the hint in brackets: for tools that show one line of text. */
void kb_reply_put_sentence(const struct kb_error *why, struct kb_buf *out);

/* --- secret_member.c: JSON with a secret in it, to be called before json-c sees it --------- */

/*
 * The string that is the value of NAME in the JSON of LEN bytes at BYTES, without SCHEME where it
 * begins so, for comparison; *RET stays empty where that can be no token.
 */
KB_CHECKED enum kb_err kb_secret_member_take(const char *bytes, size_t len, const char *name,
    const char *scheme, struct kb_secret *ret, struct kb_error *err);

/*
 * Overwrites every string that is neither a name nor the value of a WANTED name (the list ends with
 * NULL); such a value may be an array. What follows a mistake of the JSON stays: json-c refuses it.
 */
void kb_secret_member_blank(char *bytes, size_t len, const char *const wanted[]);

/* --- common.c: what is asked ------------------------------------------------------------- */

/* What stands in TEXT behind PREFIX; NULL: it does not begin so. */
const char *kb_proto_after_prefix(const char *text, const char *prefix);

/*
 * What decides about TEXT, a URL: all but its query and its fragment. They say nothing of whose
 * it is, may be longer than any URL of ours, and may be a secret (a signature). A fragment right
 * behind the host decides: some programs take "https://a#@b" for an address at b.
 */
size_t kb_proto_deciding_len(const char *text);

/* A command line of [--profile NAME] [--show] and operands, which stand in TALK->argv then. */
KB_CHECKED enum kb_err kb_proto_options(
    struct kb_talk *talk, int *ret_operands, struct kb_error *err);

/*
 * The profile that the program's name names, if it names one. Behind what reads the command line,
 * which may name none then.
 */
KB_CHECKED enum kb_err kb_proto_set_profile_of_link(struct kb_talk *talk, struct kb_error *err);

/*
 * The command line of a protocol that takes one operand at most: OPTIONS, and a profile's name or,
 * where it TAKES_URLS, an address.
 */
KB_CHECKED enum kb_err kb_proto_set_subject(struct kb_talk *talk, const struct kb_option options[],
    size_t count, bool takes_urls, struct kb_error *err);

/*
 * The hint of ERR: how NAME, which stood in a wrong place, is given to this tool; none where it can
 * be no profile's name.
 */
void kb_proto_hint_naming(const struct kb_request *request, const char *name, struct kb_error *err);

/* TEXT is the address that is asked for; KB_ERR_USAGE when it can be none of ours. */
KB_CHECKED enum kb_err kb_proto_set_url(
    struct kb_request *request, const char *text, struct kb_error *err);

/* The value of --profile; NULL: not given. KB_ERR_USAGE when it can be no profile's name. */
KB_CHECKED enum kb_err kb_proto_set_profile(
    struct kb_request *request, const char *name, struct kb_error *err);

/*
 * Of whom a credential is wanted; NULL or empty: of anybody. KB_ERR_USAGE when it can be no user
 * name. It is compared, and never repeated.
 */
KB_CHECKED enum kb_err kb_proto_set_username(
    struct kb_request *request, const char *username, struct kb_error *err);

#endif
