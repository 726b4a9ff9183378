/*
 * Errors: a code for the program, a message and a hint for the person.
 *
 * Every fallible function returns enum kb_err and fills the caller's struct
 * kb_error. Nothing here prints, allocates or keeps global state. A message
 * never holds a secret; whatever is formatted into it is reduced to printable
 * ASCII, so that no server or file can write control codes to a terminal.
 */
#ifndef KB_BASE_ERROR_H
#define KB_BASE_ERROR_H

#include "base/attr.h"

/* One code a cause. The number is the process's exit status (see keybearer(1)). */
enum kb_err {
    KB_OK = 0,
    KB_ERR_FAILED = 1,       /* a failure that only the calling protocol's own text describes */
    KB_ERR_USAGE = 2,        /* bad command line, or a request that breaks its protocol */
    KB_ERR_CONFIG = 3,       /* the configuration cannot be used */
    KB_ERR_NOT_FOUND = 4,    /* no such profile, no stored client, no match */
    KB_ERR_LOCKED = 5,       /* the keyring or the vault is locked */
    KB_ERR_DENIED = 6,       /* the server, or a rule of ours, refuses */
    KB_ERR_NETWORK = 7,      /* the server cannot be reached, or not securely */
    KB_ERR_RATE_LIMITED = 8, /* the server asked us to wait */
    KB_ERR_SERVER = 9,       /* the server failed or answered nonsense */
    KB_ERR_TIMEOUT = 10,     /* a deadline passed */
    KB_ERR_CORRUPT = 11,     /* stored data is damaged or was tampered with */
    KB_ERR_SYSTEM = 12,      /* an operating system call failed */
    KB_ERR_UNAVAILABLE = 13, /* the secret store does not exist on this machine */
    KB_ERR_DISMISSED = 14,   /* the person closed the prompt */
    /* Of `run`, as shells have them. */
    KB_ERR_NOT_RUNNABLE = 126, /* the command cannot be executed */
    KB_ERR_NO_COMMAND = 127,   /* there is none of that name */
};

/* What a person wrote wrong. Texts are tables' own; the message says the same in words. */
struct kb_error_place {
    char file[128];   /* the end of its path; empty: no file's */
    int line, column; /* from 1; 0: not known */
    int first_line;   /* of what is written twice: where it stands first; else 0 */
    int first_column;
    const char *key;    /* the setting's, in the file; or NULL */
    const char *option; /* the same at the command line; or NULL */
};

/* Means something only to who was told of a failure. */
struct kb_error {
    enum kb_err code;
    int sys;        /* errno of the failing call, or 0 */
    char msg[512];  /* one line, names the thing */
    char hint[512]; /* one line, the next command; may be empty */
    struct kb_error_place place;
};

#define KB_ERROR_INIT ((struct kb_error){0})

/*
 * Sets code and message, clears all else; returns CODE. ERR may be NULL. The text of errno value
 * SYS follows the message behind ": "; 0 has none.
 */
enum kb_err kb_fail_sys(struct kb_error *err, enum kb_err code, int sys, const char *fmt, ...)
    KB_PRINTF(4, 5);
#define kb_fail(err, code, ...) kb_fail_sys(err, code, 0, __VA_ARGS__)

/*
 * Sets the hint of an error already set, for `return kb_hinted(err, kb_fail(err, ...), ...)`:
 * gives back CODE, which is kb_fail()'s alone to give.
 */
enum kb_err kb_hinted(struct kb_error *err, enum kb_err code, const char *fmt, ...) KB_PRINTF(3, 4);
#define kb_hint(err, ...) ((void)kb_hinted(err, KB_OK, __VA_ARGS__))

/* ERR (may be NULL) is about the setting KEY, a table's own text: a hint to it can be put in words.
 */
void kb_error_about(struct kb_error *err, const char *key);

/* The stable name of CODE as scripts see it in --json ("rate_limited"). */
const char *kb_err_name(enum kb_err code);

/* The error's own hint, or the one that fits every error of its code. */
const char *kb_err_hint(const struct kb_error *err);

/* Whether NUMBER is one of the codes above: for codes read back from a record or a frame. */
int kb_err_known(unsigned long number);

#endif
