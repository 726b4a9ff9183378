/*
 * What the verbs of the helper share. Each verb is one file; main.c lists them.
 *
 * The helper does one thing and ends. Its answer is one frame on descriptor 3; it prints
 * nothing, except that a prompt goes to the terminal (terminal.c).
 */
#ifndef KB_HELPER_H
#define KB_HELPER_H

#include "backends/store.h"
#include "base/clock.h"
#include "base/error.h"
#include "cache/cache.h"
#include "config/config.h"
#include "config/settings.h"
#include "core/card.h"
#include "core/client.h"
#include "core/frame.h"
#include "core/profile.h"
#include "core/token.h"
#include "oauth/token_reply.h"

#include <limits.h>
#include <stdbool.h>

struct helper_verb {
    const char *name;
    enum kb_report_kind report; /* that it fills; NONE: it fetches a token */
    /*
     * Fills FRAME, which says already that it is a token or that report, or fails: with its kind
     * as CHANGED, if the front had better look again. ARGV[0..ARGC) follows the verb.
     */
    enum kb_err (*run)(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err);
    bool outlives_front; /* what it fetches is for everybody, also when its front was killed */
};

/* --- start.c ----------------------------------------------------------------------- */

/* What comes before everything else. 0, or an exit status. */
int helper_begin(void);

/* Runs the verb that ARGV names and sends its frame. Returns the exit status. */
int helper_answer(const struct helper_verb *table, size_t count, int argc, char *argv[]);

/*
 * Ends the process at once: the front goes on as soon as the frame's pipe is closed, and the
 * libraries' farewells would only hold the lock longer.
 */
void helper_leave(int status) __attribute__((noreturn));

/* The frame goes out on this descriptor. */
enum { HELPER_FRAME_FD = 3 };

/* --- last_words.c ------------------------------------------------------------------ */

/* How a process that memory runs out for says so: on stderr, or in a frame, as at first. */
void last_words_person_listens(bool listens);
/* What happens FIRST then. It must not allocate. */
void last_words_tidy(void (*first)(void));
/*
 * Before the frame is written. Returns to one thread only, which ends the process then; it
 * must not allocate until that. The others, GLib's among them, wait for it.
 */
void last_words_claim(void);

/* --- the verbs, one file each ------------------------------------------------------- */

enum kb_err helper_add(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err);
enum kb_err helper_adopt(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err);
enum kb_err helper_consent(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err);
enum kb_err helper_doctor(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err);
enum kb_err helper_edit(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err);
enum kb_err helper_fetch(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err);
enum kb_err helper_identify(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err);
enum kb_err helper_keygen(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err);
enum kb_err helper_import(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err);
enum kb_err helper_inspect(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err);
enum kb_err helper_lock(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err);
enum kb_err helper_look(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err);
enum kb_err helper_match(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err);
enum kb_err helper_move(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err);
enum kb_err helper_passwd(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err);
enum kb_err helper_remove(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err);
enum kb_err helper_rename(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err);
enum kb_err helper_scan(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err);
enum kb_err helper_unlock(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err);

/* --- exec.c ------------------------------------------------------------------------ */

/* What `run` started us with. Both end with NULL, and are one block, which begins with CALLERS. */
struct exec_environment {
    char **callers; /* the caller's own: the command's, once it is there */
    char **packed;  /* config/variables.h */
};

/*
 * Takes the variables, PACKED of them by their decimal number, off the end of our environment:
 * nothing in this process may take one for its own. To be called before all else.
 */
struct exec_environment exec_take_environment(const char *packed);

/* Becomes the command, with the client in what was GIVEN. Returns on failure. */
enum kb_err helper_exec(
    int argc, char *argv[], const struct exec_environment *given, struct kb_error *err);

/* How long a store may take: by itself, and with a person at its prompt. */
#define STORE_MS 5000
#define STORE_PERSON_MS 120000

/* --- token_place.c ------------------------------------------------------------------ */

/*
 * RET is what must be readable so that the file at PATH is, also once it was replaced. Kubernetes
 * replaces a link beside it, and with that the folder that the file is in: so where a link leads to
 * what lies below its own folder, that is the place. Elsewhere it is the file alone.
 */
void find_token_place(const char *path, char ret[static PATH_MAX]);

/* --- confine.c ---------------------------------------------------------------------- */

/*
 * What a verb may still touch once it is confined (base/landlock.h). Each verb confines
 * itself before it reads a secret, talks to a service, or asks a person.
 */
enum need {
    NEED_NOTHING,
    NEED_READ,
    NEED_CHANGE, /* its files; it is there, or there is nothing to change */
    NEED_MAKE,   /* the same, and the directory is made first if it is missing */
};

enum { NEED_MORE_MAX = 8 };

struct needs {
    enum need cache;
    enum need vault;
    enum need clients; /* the folder of cards */
    enum need config;
    bool terminal;    /* asks there */
    const char *file; /* one more file to read: certificate authorities, a key file; or NULL */
    const char *token_files[2]; /* that another program replaces, maybe meanwhile; or NULL */
    const struct kb_strings *more_files; /* to read, too, NEED_MORE_MAX of them; or NULL */
};

/*
 * KB_OK also where the kernel has no Landlock (`doctor` says so). Fails where a directory
 * cannot be made, or the kernel refuses.
 */
KB_CHECKED enum kb_err confine(const struct needs *needs, struct kb_error *err);

/*
 * Confines this process to reading the COUNT FILES, and if FOLDER is not NULL, to replacing files
 * in that one: no network, no program, no store. Fails where the kernel refuses.
 */
KB_CHECKED enum kb_err confine_to_files(
    const char *const files[], size_t count, const char *folder, struct kb_error *err);

/* --- client_reader.c ---------------------------------------------------------------- */

/*
 * Reads the client of PROFILE in a process of its own, which can be confined: this one will
 * become the person's command and must not be.
 */
KB_CHECKED enum kb_err read_client(
    const struct kb_profile *profile, struct kb_client *ret, struct kb_error *err);

/* --- exchange.c -------------------------------------------------------------------- */

/*
 * One exchange with its retries, in one step or two, all before the profile's timeout. FACTS is set
 * on success and on failure. Respects the pause that CACHE remembers for each endpoint. The files
 * that the profile names are read anew for each attempt.
 */
KB_CHECKED enum kb_err exchange(const struct kb_profile *profile, const struct kb_client *client,
    const struct kb_cache *cache, struct kb_token *token, struct kb_reply_facts *facts,
    struct kb_error *err);

/* --- platform_token.c --------------------------------------------------------------- */

/*
 * Reads the one token that the file at PATH holds, with or without a line end. KB_ERR_CONFIG: it is
 * not there, may not be read, is no file, or holds anything else; KB_ERR_SYSTEM. No message repeats
 * a byte of it.
 */
KB_CHECKED enum kb_err platform_token_read(
    const char *path, struct kb_secret *ret, struct kb_error *err);

/* --- journal.c --------------------------------------------------------------------- */

/* This process's, for whoever did something to note it. It goes out with the frame. */
struct kb_report_journal *journal(void);

/* --- provider.c -------------------------------------------------------------------- */

/* What is asked of a provider. */
struct provider_request {
    const struct kb_profile *profile;
    const struct kb_url *endpoint; /* whose pause counts */
    struct kb_deadline deadline;   /* of all attempts together, and of what they are a part of */
    bool continues;                /* a step came before it: whom we ask was said then */
    void *context;
    /* Called anew for each attempt. A failure ends them. */
    enum kb_err (*build)(void *context, struct kb_http_request *ret, struct kb_error *err);
    /* Sets FACTS, also on failure: they say whether another attempt makes sense. */
    enum kb_err (*read)(void *context, const struct kb_http_reply *reply,
        struct kb_reply_facts *facts, struct kb_error *err);
};

/*
 * Sends WHAT, again where that makes sense, until its time is up. KB_ERR_RATE_LIMITED without a
 * request while CACHE remembers a pause of the endpoint, and what each reply says of its limit is
 * remembered, whoever asked and whatever comes of it. FACTS is set in any case.
 */
KB_CHECKED enum kb_err ask_provider(const struct provider_request *what,
    const struct kb_cache *cache, struct kb_reply_facts *facts, struct kb_error *err);

/*
 * From now on a person whose terminal is standard error is told whom we ask, once nothing but the
 * request is left to do.
 */
void provider_say_whom(void);

/*
 * KB_ERR_RATE_LIMITED while CACHE remembers a pause of the endpoint at ORIGIN, which holds for
 * every profile of the user there; FACTS say then how long it is.
 */
KB_CHECKED enum kb_err check_pause(const struct kb_url *origin, const struct kb_cache *cache,
    struct kb_reply_facts *facts, struct kb_error *err);

/* --- store_client.c ---------------------------------------------------------------- */

/* What `adopt` saw, and a person said yes to. */
struct adopted {
    const struct kb_card *own;   /* the card of the profile; without clients: there was none */
    const struct kb_card *taken; /* of a configuration that is gone, which goes, too; or NULL */
};

/* What the configuration is to say of a profile from now on. */
struct config_file;
struct config_edit;
struct new_settings {
    const struct config_edit *edit;
    /* Under the lock, before anything is made: whether FILE, as it is now, may get them. */
    enum kb_err (*check)(void *context, struct config_file *file, struct kb_error *err);
    void *context;
};

/* What becomes of the key that keygen made for a profile, and which has no client yet. */
struct made_key {
    bool goes;            /* if it is the one below; where another is there: KB_ERR_CONFIG */
    struct kb_ref agreed; /* it was seen, and a person said yes, or it is the client's; or zeros */
};

/*
 * Stores CLIENT, whose reference is new, for PROFILE and writes its SETTINGS into the
 * configuration (NULL: it is there already, and if its settings are others by now,
 * KB_ERR_CONFIG), under one lock: of two `add` of one name, client and profile stay together. Of
 * ADOPTED (NULL: nothing was adopted) nothing may have changed meanwhile, else KB_ERR_CONFIG. On
 * failure all is as it was. On success the clients of before are gone, and those of the card that
 * was taken, and MADE as it says; *RET_LEFT is set when one may still lie in a store.
 */
KB_CHECKED enum kb_err store_client(const struct kb_profile *profile,
    const struct kb_client *client, const struct new_settings *settings,
    const struct adopted *adopted, const struct made_key *made, struct kb_error *ret_left,
    struct kb_error *err);

/*
 * Stores KEY, which is bound to nothing, in STORE for the profile of its name: PROFILE, or NULL if
 * there is none yet. The client in use stays. KB_ERR_USAGE where there is a client or a key
 * already, unless MADE may go; then a key of before is gone afterwards.
 */
KB_CHECKED enum kb_err store_key(const struct kb_profile *profile, const char *store,
    const struct kb_client *key, const struct made_key *made, struct kb_error *ret_left,
    struct kb_error *err);

/* What a card says of CLIENT's key, which it must have: so that it is shown while all is locked. */
KB_CHECKED enum kb_err describe_key(
    const struct kb_client *client, struct kb_card_key *ret, struct kb_error *err);

/* Whether store_key() would refuse a key for NAME now, unless that replaces. */
KB_CHECKED enum kb_err check_key_is_new(const char *name, struct kb_error *err);

/* --- publish.c --------------------------------------------------------------------- */

/*
 * Shares what an exchange with CLIENT brought with all processes: under a name where nobody looks
 * who has another client by now. A cache fault costs nothing but itself.
 */
void publish_token(const struct kb_cache *cache, const struct kb_profile *profile,
    const struct kb_ref *client, const struct kb_token *token, const struct kb_reply_facts *facts);
/* What a reply of the endpoint at ORIGIN said about its rate limit; FACTS without that: nothing. */
void publish_limit(
    const struct kb_cache *cache, const struct kb_url *origin, const struct kb_reply_facts *facts);
/* FACTS NULL: it failed before the network. That is told by `status` and holds nobody back. */
void publish_failure(const struct kb_cache *cache, const struct kb_profile *profile,
    const struct kb_ref *client, const struct kb_reply_facts *facts, const struct kb_error *why);

/* --- key_input.c -------------------------------------------------------------------- */

/* A file with a key or certificates, or standard input. */
struct key_input {
    const char *option; /* that named it */
    int fd;             /* -1: not given */
    bool is_file;       /* a regular one, which stays where it is */
};

/*
 * Opens PATH, "-" for standard input, as what OPTION named; NULL opens nothing. Waits for nobody.
 * To be called before confine(), and read after it. No error repeats PATH, which may be a key that
 * was given in place of its file.
 */
KB_CHECKED enum kb_err key_input_open(
    const char *option, const char *path, struct key_input *ret, struct kb_error *err);

/* All of it, at most KB_KEY_FILE_MAX bytes. KB_ERR_TIMEOUT: its writer does not end in time. */
KB_CHECKED enum kb_err key_input_read(
    const struct key_input *input, struct kb_secret *ret, struct kb_error *err);

void key_input_close(struct key_input *input);

/* --- line.c ------------------------------------------------------------------------ */

/* How a line came to its end. */
enum line_end {
    LINE_COMPLETE,
    LINE_CUT_SHORT, /* the input ended before the line did */
    LINE_TOO_LONG,  /* for the cap of the buffer */
    LINE_LATE,      /* the deadline passed */
    LINE_BROKEN,    /* the input cannot be read; errno says why */
};

/*
 * Appends what comes before the next '\n' to LINE. Reads byte by byte: what follows belongs
 * to the next question.
 */
enum line_end line_read(int fd, struct kb_deadline deadline, struct kb_buf *line);

/* --- terminal.c -------------------------------------------------------------------- */

/*
 * From its first question on a conversation keeps the terminal, which shows nothing of what is
 * typed, between two questions neither. It is restored by terminal_close(), and when a signal ends
 * or suspends us; who comes back is asked again.
 */
struct terminal_question {
    const char *text;
    const char *instead; /* the hint where there is no terminal, or it cut the answer */
    bool may_have_come;  /* in one paste with the answer before; else what was typed is dropped */
    bool echo; /* nothing secret will be typed; the first question's counts for all that follow */
    /* Appends what is shown, by us, of the complete ANSWER; NULL: nothing. Never a whole secret. */
    void (*show)(const struct kb_buf *answer, const void *context, struct kb_buf *out);
    const void *context;
};

/*
 * Begins the conversation, so that something can be said before its first question. INSTEAD is the
 * hint where there is no terminal, which is KB_ERR_USAGE.
 */
KB_CHECKED enum kb_err terminal_open(const char *instead, struct kb_error *err);

/*
 * Asks on /dev/tty and reads one line. KB_ERR_USAGE when there is no terminal, when we are
 * in the background and cannot wait there, when another keybearer asks on it, and when it may have
 * cut the line; KB_ERR_DISMISSED: who is asked is gone, or gave no answer.
 */
KB_CHECKED enum kb_err terminal_ask(
    const struct terminal_question *question, struct kb_secret *ret, struct kb_error *err);

/* Whether there is one to ask on. */
bool terminal_is_there(void);

/* Whether more of a paste is there, behind the answer that was just given. */
bool terminal_has_more(void);

/* Whole lines, made harmless, for a person who was asked something before; else nothing. */
void terminal_say(const char *text);

/* The end of the conversation, if there is one. */
void terminal_close(void);

/* --- ask.c ------------------------------------------------------------------------- */

/*
 * Where the answers come from: lines of standard input for what an option promised
 * there, else the terminal.
 */
struct ask {
    /* Whichever are given, their lines come in this order. */
    bool key_passphrase_on_stdin; /* --client-key-passphrase-stdin */
    bool secret_on_stdin;         /* --client-secret-stdin */
    bool passphrase_on_stdin;     /* --passphrase-stdin */
};

/* How often a person may answer one question wrong. */
#define ASK_TRIES 3

/*
 * After an answer that was wrong, for the reason in WHY: whether it is to be asked for again. Says
 * why then, and counts down *LEFT, which begins with ASK_TRIES.
 */
bool ask_again(int *left, const struct kb_error *why);

/*
 * After a failure that time, or the person outside of the conversation, may mend: whether they want
 * the same done once more. Says why, counts down *LEFT, and returns after WAIT_S seconds at the
 * earliest.
 */
bool ask_once_more(int *left, int64_t wait_s, const struct kb_error *why);

/* Of an id only as much as people need to know it again. */
void ask_shorten(const struct kb_secret *id, char ret[static KB_REPORT_ID]);

/* What is known before a client is asked for. */
struct ask_client {
    const struct kb_secret *id; /* it is not asked for then; empty: not known, so on a terminal */
    bool is_given;              /* by an option */
    bool is_new;                /* no client is replaced */
    bool again;                 /* the answers of before were wrong */
    bool without_secret;        /* only the id is asked for */
    bool may_be_nameless;       /* and Enter is an answer to that */
};

/*
 * Nothing is shown of what is typed, but the id that a new client's first question is answered
 * with.
 */
KB_CHECKED enum kb_err ask_client(const struct ask *ask, const struct ask_client *known,
    struct kb_secret *ret_id, struct kb_secret *ret_secret, struct kb_error *err);
/* Of a key that is encrypted. */
KB_CHECKED enum kb_err ask_key_passphrase(
    const struct ask *ask, struct kb_secret *ret, struct kb_error *err);
/* QUESTION is the whole of it, with the reason why it is asked. */
KB_CHECKED enum kb_err ask_passphrase(
    const struct ask *ask, const char *question, struct kb_secret *ret, struct kb_error *err);
/* Asks twice on a terminal, until both are the same. */
KB_CHECKED enum kb_err ask_new_passphrase(
    const struct ask *ask, const char *question, struct kb_secret *ret, struct kb_error *err);

/* --- consent.c ---------------------------------------------------------------------- */

/*
 * Whether the person says yes to TEXT, which others' words in it cannot harm the terminal with.
 * INSTEAD is the hint where there is no terminal, which is KB_ERR_USAGE. Ends the conversation.
 */
KB_CHECKED enum kb_err ask_yes(
    const struct kb_buf *text, const char *instead, bool *ret, struct kb_error *err);

/* The same for what is only done after a yes: KB_ERR_DISMISSED without one. */
KB_CHECKED enum kb_err ask_consent(
    const struct kb_buf *text, const char *instead, struct kb_error *err);

/* --- vault_access.c ---------------------------------------------------------------- */

/* Fails where vault_prepare() would, whatever a person answered: before anybody is asked. */
KB_CHECKED enum kb_err vault_check(struct kb_error *err);

/* Makes the vault of the sealed-file store usable: creates or unlocks it, asking as it must. */
KB_CHECKED enum kb_err vault_prepare(const struct ask *ask, struct kb_error *err);

/* Unlocks the vault for TTL seconds with the passphrase that QUESTION asks for. */
KB_CHECKED enum kb_err vault_unlock_asking(
    const struct ask *ask, const char *question, unsigned ttl, struct kb_error *err);
/* Fails where no passphrase unlocks the vault that STATUS is of: that has a key file. */
struct kb_vault_status;
KB_CHECKED enum kb_err vault_check_passphrase(
    const struct kb_vault_status *status, struct kb_error *err);

/*
 * What makes a vault where there is none: a profile that keeps its client there, if there is one.
 */
#define VAULT_NEXT_MAX (KB_PROFILE_NAME_MAX + 64)
/*
 * To be asked before confine(). UNLOCKS: without such a profile one in a keyring, which may be what
 * is to be unlocked.
 */
void vault_find_next(bool unlocks, char ret[static VAULT_NEXT_MAX]);
/* KB_ERR_NOT_FOUND, with NEXT as the hint. */
enum kb_err vault_missing(const char *next, struct kb_error *err);

/* $KEYBEARER_KEY_FILE, or NULL when it is not set or empty. */
const char *vault_key_file(void);

/* "90", "30m", "8h", "2d" in seconds; NULL is the default. */
KB_CHECKED enum kb_err vault_parse_ttl(const char *text, unsigned *ret, struct kb_error *err);

/* --- add_options.c ------------------------------------------------------------------ */

/* Its settings must be cleared: kb_setting_words_clear(). */
struct add_options {
    const char *name, *client_id, *client_key, *client_cert;
    bool same_address; /* although another profile has the address */
    bool yes;          /* a key that keygen made may go */
    struct kb_setting_words settings;
    struct ask ask;
};

/*
 * Fills TABLE, which has room for KB_SETTINGS_MAX, with the options of the settings; they add to
 * WORDS. Returns how many there are.
 */
struct kb_option;
size_t add_options_of_settings(struct kb_option *table, struct kb_setting_words *words);

KB_CHECKED enum kb_err add_options_parse(
    int argc, char *argv[], struct add_options *ret, struct kb_error *err);

#endif
