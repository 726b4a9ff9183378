/*
 * What the verbs of the front share. Each verb is one file; verbs.c lists them.
 *
 * The front never holds a client secret and never touches the network: whatever needs
 * either is asked of the helper (helper.c).
 */
#ifndef KB_FRONT_H
#define KB_FRONT_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "cache/cache.h"
#include "config/config.h"
#include "core/frame.h"
#include "core/request.h"
#include "core/route.h"
#include "core/token.h"
#include "proto/proto.h"

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

/* --- verbs.c ---------------------------------------------------------------------- */

struct verb {
    const char *name;
    const char *arguments; /* for the usage line */
    const char *summary;
    const char *details; /* for `help NAME`: its options, a line each; NULL: none */
    /* ARGV[0..ARGC) is what follows the verb. Returns the exit status. */
    int (*run)(int argc, char *argv[]); /* NULL: what DESCRIBE says of the helper's REPORT; */
    enum kb_report_kind report;         /* or, without it, help, which prints this table */
    void (*describe)(struct kb_buf *out, const struct kb_report *report);
    void (*after)(const struct kb_report *report); /* once that is said; or NULL */
};

/* NULL when there is none of that name. */
const struct verb *verb_find(const char *name);
const struct verb *verbs(size_t *ret_count);

int verb_config(int argc, char *argv[]);
int verb_doctor(int argc, char *argv[]);
int verb_edit(int argc, char *argv[]);
int verb_forget(int argc, char *argv[]);
int verb_keygen(int argc, char *argv[]);
int verb_import(int argc, char *argv[]);
int verb_help(int argc, char *argv[]);
int verb_list(int argc, char *argv[]);
int verb_lock(int argc, char *argv[]);
int verb_presets(int argc, char *argv[]);
int verb_refresh(int argc, char *argv[]);
int verb_remove(int argc, char *argv[]);
int verb_rename(int argc, char *argv[]);
int verb_run(int argc, char *argv[]);
int verb_setup(int argc, char *argv[]);
int verb_show(int argc, char *argv[]);
int verb_status(int argc, char *argv[]);
int verb_unlock(int argc, char *argv[]);
int verb_version(int argc, char *argv[]);

void describe_add(struct kb_buf *out, const struct kb_report *report);
void describe_adopt(struct kb_buf *out, const struct kb_report *report);
void describe_match(struct kb_buf *out, const struct kb_report *report);
void describe_move(struct kb_buf *out, const struct kb_report *report);
void describe_passwd(struct kb_buf *out, const struct kb_report *report);

/* --- setup_offer.c ------------------------------------------------------------------ */

/*
 * After REPORT of `add`, on a terminal: whether to connect the tools that are here, fit the new
 * profile, and are not. Of a client that was replaced, the tools are as they were.
 */
void setup_offer(const struct kb_report *report);

/* --- presets.c --------------------------------------------------------------------- */

/* The providers that are known, a line each. */
void presets_list(struct kb_buf *out);

/* --- preset_page.c ------------------------------------------------------------------- */

/* What PRESET needs, for a person. */
void preset_page(struct kb_buf *out, const struct kb_preset *preset);

/* --- help.c ------------------------------------------------------------------------ */

/*
 * Appends the page of the command NAME, which usage.c reads, too. KB_ERR_USAGE: as
 * unknown_command().
 */
KB_CHECKED enum kb_err help_page(struct kb_buf *out, const char *name, struct kb_error *err);

/* `help WORD`. Returns the exit status. */
int help_for(const char *word);

/* KB_ERR_USAGE: there is no command WORD; the hint is the one that was probably meant. */
enum kb_err unknown_command(const char *word, struct kb_error *err);

/* --- serve.c ----------------------------------------------------------------------- */

/*
 * Does what the request of TALK asks for, and fills its reply, unless it fails: then the reply
 * is the protocol's refuse()'s to fill.
 */
KB_CHECKED enum kb_err serve(struct kb_talk *talk, struct kb_error *err);

/* KB_ERR_USAGE: a token may not go where standard output leads. */
KB_CHECKED enum kb_err check_output(const struct kb_talk *talk, struct kb_error *err);

/* --- converse.c -------------------------------------------------------------------- */

/*
 * One call of a protocol, from its first turn to its last. WORD: the one that chose it, NULL where
 * the program's name did; PROFILE: whom that name names, or NULL. Returns the last reply's status,
 * unless another program is to answer: then this one becomes that one.
 */
int converse(
    const struct kb_proto *proto, const char *word, const char *profile, int argc, char *argv[]);

/* --- in_path.c --------------------------------------------------------------------- */

/*
 * The first file called NAME in PATH that can be executed; false when there is none. Relative
 * entries of PATH are passed over: what they stand for depends on where a tool is started. BEHIND,
 * if it is not NULL, is never found, nor, where it is in PATH under that name itself, what stands
 * before it there.
 */
bool in_path_find(const char *name, const char *behind, char found[static PATH_MAX]);
/*
 * Where this program lies, as a path without links; false where nothing says so, which leaves OWN
 * as it is.
 */
KB_CHECKED bool in_path_own(char own[static PATH_MAX]);
/* Whether both exist and are one file. */
bool in_path_same(const char *one, const char *other);

/* --- connected.c ----------------------------------------------------------------------- */

/*
 * Appends the commands that take tools off profile NAME, which is gone; and, unless NOW is NULL,
 * that connect them to NOW, as it is called by now. Nothing where `setup` noted no tool of NAME.
 */
void connected_say_gone(struct kb_buf *out, const char *name, const char *now);

/* The same for the tools of NAME that are connected to other addresses than it has now. */
void connected_say_moved(struct kb_buf *out, const char *name);

/* --- pass_on.c --------------------------------------------------------------------- */

/*
 * Becomes the program called NAME that is behind this one in PATH, with the ARGC words of ARGV.
 * Returns only when that fails: KB_ERR_NOT_FOUND, there is none, or this one was come back to too
 * often; else as kb_become().
 */
KB_CHECKED enum kb_err pass_on(const char *name, int argc, char *argv[], struct kb_error *err);

/* --- subject.c --------------------------------------------------------------------- */

/* What a token is wanted for: a tool's request, or, where that is NULL, a profile of that name. */
struct subject {
    const struct kb_request *request;
    const char *profile;
    bool by_person; /* a person's command: where stderr is a terminal, it is told whom we ask */
    /*
     * For who renews by the clock: the profile says when, and only the token of this place in the
     * cache is wanted. Else NULL.
     */
    const struct kb_cache_key *key;
};

/*
 * Which profile SUBJECT is about: a request's from the remembered match where there is one, else
 * from the configuration. RET->ours is false when nobody serves it. It counts on failure, too:
 * true says that a profile serves the request, false that nobody knows. The route of a profile
 * that a person named renews nothing in the background, unless there is a KEY. KB_ERR_CONFIG: the
 * KEY is another by now, because the profile or its client has changed.
 */
KB_CHECKED enum kb_err subject_find(const struct kb_cache *cache, const struct subject *subject,
    struct kb_route *ret, struct kb_error *err);

/* Where what REQUEST names as a profile is the host of one: ERR's hint names that one. */
void subject_suggest(
    const struct kb_config *config, const struct kb_request *request, struct kb_error *err);

/* --- identify.c -------------------------------------------------------------------- */

/*
 * The reference of PROFILE's client. ERR must be given. KB_ERR_NOT_FOUND: this configuration has
 * none. KB_ERR_DENIED: it is bound to something else than the profile asks for.
 */
KB_CHECKED enum kb_err client_find(
    const struct kb_profile *profile, struct kb_ref *ret, struct kb_error *err);
/* The same of cards alone: no helper is started for a profile that has none. */
KB_CHECKED enum kb_err client_on_card(
    const struct kb_profile *profile, struct kb_ref *ret, struct kb_error *err);

/* --- obtain.c ---------------------------------------------------------------------- */

/*
 * A token with enough life for ROUTE, which is SUBJECT's: cached, or fetched by whichever process
 * leads. CACHE may be replaced by one that was created on the way, and ROUTE by the one that
 * SUBJECT has by then: if nobody serves it any more, there is no token, and route->ours is false.
 */
KB_CHECKED enum kb_err obtain_token(struct kb_cache *cache, const struct subject *subject,
    struct kb_route *route, struct kb_token *ret, struct kb_error *err);

enum obtain_wish {
    OBTAIN_USABLE, /* with enough life */
    /*
     * Only a token that was fetched since this call, or while we waited, else a new one; a failure
     * counts under the same condition only.
     */
    OBTAIN_ANEW,
};

/*
 * A token for the profile NAME, which a person named. *RET_KEY, unless that is NULL, is its place
 * in the cache.
 */
KB_CHECKED enum kb_err obtain_by_name(const char *name, enum obtain_wish wish,
    struct kb_cache_key *ret_key, struct kb_token *ret, struct kb_error *err);

/*
 * For who renews by the clock: a token with enough life that is not yet to be renewed, else a new
 * one, at once; no person is told whom we ask. KB_ERR_CONFIG: NAME has another KEY by now.
 */
KB_CHECKED enum kb_err obtain_ahead(
    const char *name, const struct kb_cache_key *key, struct kb_token *ret, struct kb_error *err);

/* Whether the cache has a token with enough life for ROUTE; then *RET is it. */
bool obtain_cached(
    const struct kb_cache *cache, const struct kb_route *route, struct kb_token *ret);

/*
 * Waits until no exchange for KEY of PROFILE is under way, and keeps others from starting one
 * until *RET_FD is closed (-1: there is no lock to be had).
 */
KB_CHECKED enum kb_err obtain_lead(const struct kb_cache *cache, const struct kb_profile *profile,
    const struct kb_cache_key *key, int *ret_fd, struct kb_error *err);

/* --- helper.c ---------------------------------------------------------------------- */

struct helper_call {
    const char *program; /* its name; NULL: the helper that has every verb */
    const char *verb;
    enum kb_report_kind report; /* what it answers with; NONE: a token */
    int argc;                   /* arguments behind the verb; no secrets, anybody may read them */
    char *const *argv;
    int lock_fd;        /* handed on so that the lock outlives us; -1: none */
    bool passes_stdin;  /* else /dev/null: a caller's stdin is not the helper's */
    bool passes_stderr; /* the same: only a terminal, for what is said while a person waits */
    int patience_ms;    /* then it is killed */
};

/*
 * Runs the helper and reads its frame; clear *RET in any case. An ERROR frame becomes ERR and
 * this call's result; what was not asked for is KB_ERR_SYSTEM.
 */
KB_CHECKED enum kb_err helper_call(
    const struct helper_call *call, struct kb_frame *ret, struct kb_error *err);

/* As helper_call(), for a VERB that asks no person: about PROFILE, or NULL. */
KB_CHECKED enum kb_err helper_ask(const char *verb, enum kb_report_kind report,
    const struct kb_profile *profile, struct kb_frame *ret, struct kb_error *err);

/*
 * From now on a key that ends a helper (Ctrl-C, Ctrl-\) does not end us: helper_call() says
 * KB_ERR_DISMISSED, and whoever called it has something to say or to clear away.
 */
void helper_outlive_keys(void);

/* Starts the helper and lets it go: it holds the lock and publishes to the cache by itself. */
KB_CHECKED enum kb_err helper_start(const struct helper_call *call, struct kb_error *err);

/* The name of the leanest program that can fetch for a client in STORE. */
const char *helper_for_store(const char *store);

/* --- helper_path.c ----------------------------------------------------------------- */

/*
 * RET is the absolute path of the helper called NAME. Of an archive that was unpacked somewhere
 * (KEYBEARER_RELOCATABLE) it is only given if the file, and each folder above it, is root's or
 * the person's, others may not write to any of them, and there is no link on the way.
 *
 * KB_ERR_DENIED: somebody else could have changed it, or it is no file; KB_ERR_SYSTEM: it is not
 * there, or /proc is not. RET is untouched then.
 */
KB_CHECKED enum kb_err helper_path(
    const char *name, char ret[static PATH_MAX], struct kb_error *err);

/* How long people may take for all the questions of a command; each has a limit of its own. */
#define HELPER_PATIENCE_PERSON_MS 3600000

/* --- hear.c ------------------------------------------------------------------------ */

/* The frame of helper PID on FD; FD's end is the frame's. As helper_call(). */
KB_CHECKED enum kb_err helper_hear(
    pid_t pid, int fd, int patience_ms, struct kb_frame *ret, struct kb_error *err);

/*
 * Waits until the helper that was heard last has ended, half a second at most: before this
 * process becomes another.
 */
void helper_reap(void);

/* --- terminal.c -------------------------------------------------------------------- */

/* A helper says that it hides what is typed, and how the terminal was set. */
void terminal_hidden(const struct termios *before);

/* After a helper that ended without a word. */
void terminal_give_back(void);

/* --- output.c ---------------------------------------------------------------------- */

/*
 * Writes PAGE to stdout in one checked piece, after all in it that is not printable ASCII became
 * '?'. Returns STATUS, or the status of the failure.
 */
int output(struct kb_buf *page, int status);

/* The same for a page of findings, whose words may have colours on a terminal. */
int output_findings(struct kb_buf *page, int status);

/*
 * Writes TEXT, which is harmless as it is, to stdout; says nothing where that fails. For what no
 * person asked for, and no program relies on.
 */
void output_unasked(const struct kb_buf *text);

/* "keybearer: error: ..." and "keybearer: hint: ..." on stderr. Returns the exit status. */
int output_error(const struct kb_error *err);
/* The same where nobody may wait; it is lost where stderr would not take it. */
void output_error_at_once(const struct kb_error *err);

/* Whether stderr is a terminal, where somebody may be waiting. */
bool output_is_watched(void);
/* Writes LINES there, for that person; nothing where nobody watches, or where it would wait. */
void output_progress(struct kb_buf *lines);

/* Writes REPLY to stdout and stderr. Returns 0, or the exit status of what went wrong. */
int output_reply(const struct kb_reply *reply);

/* --- trace.c ----------------------------------------------------------------------- */

/*
 * "keybearer: log: SUBJECT: EVENT NUMBER UNIT" on stderr when KEYBEARER_LOG asks, else nothing; in
 * a file, time and process stand before it instead. With the UNIT "" there is no number.
 */
void trace(const char *event, const char *subject, int64_t number, const char *unit);
/* Where it is, or why it is not there. */
void trace_cache(const struct kb_cache *cache);
/* What ROUTE's cached TOKEN is good for. */
void trace_token(const struct kb_route *route, const struct kb_token *token, struct kb_clock now);
/* The kind of a failure that is told, in a file: there its message is not. */
void trace_failure(enum kb_err code);
/* Whether the log is in a file: KEYBEARER_LOG=file. */
bool trace_is_in_file(void);
/* As trace(), where it is; any failure is told. */
KB_CHECKED enum kb_err trace_into_file(
    const char *event, const char *subject, struct kb_error *err);
/* What a helper did. */
void trace_journal(const struct kb_report_journal *journal);

/* --- page_text.c ------------------------------------------------------------------- */

/*
 * Appends HEAD and TEXT, and ends the line. On a terminal TEXT goes on below its beginning, broken
 * between words where the screen ends. A TEXT that is a command in brackets, "(rm FILE)", stays
 * whole, to be copied.
 */
void report_text(struct kb_buf *out, const char *head, const char *text);

/* The same for whole sentences. */
void report_words(struct kb_buf *out, const char *fmt, ...) KB_PRINTF(2, 3);

/* Appends TEXT, which begins at COLUMN; what does not fit into 80 goes on under its first word. */
void page_wrap(struct kb_buf *out, size_t column, const char *text);

/* --- reporting.c ------------------------------------------------------------------- */

/* Parses the arguments of a verb: exactly OPERANDS, and --json unless RET_JSON is NULL. */
KB_CHECKED enum kb_err report_options(
    int argc, char *argv[], int operands, bool *ret_json, struct kb_error *err);

/* Asks the helper what PROFILE's store says about itself. */
KB_CHECKED enum kb_err store_inspect(
    const struct kb_profile *profile, struct kb_report_inspect *ret, struct kb_error *err);

/* What is to be said of a change that was made without a lock. */
void report_no_lock(struct kb_buf *out, const struct kb_report *report);

/* What is to be said of records that could not be looked for. */
void report_crowd(struct kb_buf *out);

/* Asks the helper to do an administrative VERB, for its REPORT. Clear *RET in any case. */
KB_CHECKED enum kb_err report_ask(const char *verb, enum kb_report_kind report, int argc,
    char *argv[], struct kb_frame *ret, struct kb_error *err);

/* The same, and prints its error. Returns the exit status. */
int report_from_helper(
    const char *verb, enum kb_report_kind report, int argc, char *argv[], struct kb_frame *ret);

/* The same for a VERB that has a DESCRIBE, which says what came of it. Returns the exit status. */
int report_described(const struct verb *verb, int argc, char *argv[]);

#endif
