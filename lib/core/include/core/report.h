/*
 * What an administrative verb of a helper tells the front: one struct a verb. All that crosses is
 * a row in the table of report.c, which both sides walk; a member without a row stays here. A
 * member that is zero or empty is not set, and not sent. Texts are cut to fit.
 *
 * Layout (pack.h): kind u8, then for each member that is set, in the order of the table: the number
 * of its row from 1 u8, its type u8, its value; then 0. A flag and a level are u8, a number i64, a
 * reference its bytes, a list as pack_pairs.h has it.
 */
#ifndef KB_CORE_REPORT_H
#define KB_CORE_REPORT_H

#include "base/pack.h"
#include "base/strings.h"
#include "core/bond.h"
#include "core/card.h"
#include "core/profile.h"
#include "core/ref.h"
#include "core/sight.h"
#include "core/store_status.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#define KB_REPORT_LINE 640       /* an error's message, and some words around it */
#define KB_REPORT_ID 24          /* of a client's id as much as people need to know it again */
#define KB_REPORT_PAIRS_MAX 4096 /* of a list */
#define KB_REPORT_PAIR_TEXT 2048 /* of a name or value in it, with its NUL */

enum kb_report_kind {
    KB_REPORT_NONE, /* a token, or an error */
    KB_REPORT_LOCK,
    KB_REPORT_ADD,
    KB_REPORT_ADOPT,
    KB_REPORT_REMOVE,
    KB_REPORT_INSPECT,
    KB_REPORT_DOCTOR,
    KB_REPORT_IDENTIFY,
    KB_REPORT_UNLOCK,
    KB_REPORT_PASSWD,
    KB_REPORT_KEYGEN,
    KB_REPORT_RENAME,
    KB_REPORT_MOVE,
    KB_REPORT_MATCH,
    KB_REPORT_EDIT,
    KB_REPORT_LOOK,
    KB_REPORT_SCAN,
    KB_REPORT_IMPORT,
    KB_REPORT_CONSENT,
    KB_REPORT_JOURNAL, /* no answer: what was done on the way to one */
};

struct kb_report_add {
    char profile[KB_PROFILE_NAME_MAX + 1], store[KB_CARD_STORE_TEXT];
    enum kb_store_level level;
    char endpoint[264]; /* the host that issued a token, with a port that is not the usual one */
    int64_t life_ms;    /* of that token; 0: not known */
    char no_cache[KB_REPORT_LINE];
    bool replaced;                       /* the settings of a profile that was there */
    char rival[KB_PROFILE_NAME_MAX + 1]; /* the profile that has the same address */
    char left_behind[KB_REPORT_LINE], warning[KB_REPORT_LINE];
    bool serves_git; /* what is in ADDRESSES */
    /*
     * "https://host/path" of each match, with what docker calls it: keys with spaces between them,
     * or nothing. Of each registry the keys alone.
     */
    struct kb_pairs addresses;
    bool rotated; /* a new client for settings that stay as they are */
    char id[KB_REPORT_ID], former_id[KB_REPORT_ID]; /* shortened; that of before, if known */
    bool same_id;                                   /* the whole of both, if known */
    bool same_client;                               /* and the secret, too */
    bool overtaken;         /* by another command, which added the profile that was replaced */
    struct kb_pairs rivals; /* of those in ADDRESSES that another profile has, too: which one */
    /*
     * The same where a user name decides, in two lists that go together: the address and the other
     * profile; and the user name that this one must be asked for by, and the other's. "": none.
     */
    struct kb_pairs beside, users;
    int64_t proof;           /* enum kb_proof, of the client */
    char key_file[PATH_MAX]; /* where its key still lies in clear, or "" */
};

struct kb_report_keygen {
    char profile[KB_PROFILE_NAME_MAX + 1], store[KB_CARD_STORE_TEXT];
    enum kb_store_level level;
    bool is_configured; /* there is a profile of that name */
    bool is_idle;       /* that profile proves its client by something else than a key */
    char text[4096];    /* the public part, as it was asked for */
    char left_behind[KB_REPORT_LINE];
};

struct kb_report_adopt {
    bool already; /* bound as the profile asks for; the bonds are empty then */
    struct kb_bond before, now;
    char config_before[PATH_MAX]; /* where it came from, if from elsewhere */
    char left_behind[KB_REPORT_LINE];
};

struct kb_report_remove {
    char profile[KB_PROFILE_NAME_MAX + 1];
    bool was_key; /* that keygen had made, for no profile yet */
    char left_behind[KB_REPORT_LINE];
};

struct kb_report_rename {
    char from[KB_PROFILE_NAME_MAX + 1], to[KB_PROFILE_NAME_MAX + 1];
    bool already;     /* it had the new name, and what was left of the old one is cleared away */
    int64_t mentions; /* in templates, which are changed too */
    char left_behind[KB_REPORT_LINE];
};

struct kb_report_move {
    char profile[KB_PROFILE_NAME_MAX + 1], store[KB_CARD_STORE_TEXT], from[KB_CARD_STORE_TEXT];
    bool already;                       /* it was there; FROM is empty */
    char key_store[KB_CARD_STORE_TEXT]; /* where a key that keygen made stays, or "" */
    char left_behind[KB_REPORT_LINE];
};

struct kb_report_match {
    char profile[KB_PROFILE_NAME_MAX + 1];
    char address[KB_REPORT_PAIR_TEXT];
    bool added;   /* else removed */
    bool already; /* nothing was to be done */
    bool none;    /* no address is left: the profile is reached by its name only */
    bool listed;  /* the preset's own are written in the file from now on */
    char beside[KB_PROFILE_NAME_MAX + 1]; /* another profile that has the address, or "" */
};

struct kb_report_edit {
    bool unchanged; /* the configuration: the text says nothing new, or may go */
    bool again;     /* the text is not right, and the person wants to go on with it */
};

struct kb_report_passwd {
    bool key_file; /* was replaced; else the passphrase */
    bool removed;  /* the key file opens nothing any more */
};

struct kb_report_unlock {
    char profile[KB_PROFILE_NAME_MAX + 1]; /* whose keyring it was; "": it was the vault */
    int64_t ttl;                           /* s that the vault stays unlocked */
    int64_t life_ms;                       /* of the token that was fetched then; 0: not known */
    char no_token[KB_REPORT_LINE];         /* why there is none; "" */
};

struct kb_report_inspect {
    struct kb_store_status status; /* NEXT also where no client is stored */
    bool unbound;                  /* release 0.1 stored it */
};

struct kb_report_doctor {
    int64_t landlock; /* the kernel's version of it; 0: it has none */
    bool confined, no_new_privs, memory_locked;
    char tls[64];              /* the library that libcurl uses: "OpenSSL" */
    struct kb_pairs libraries; /* names and versions */
    struct kb_pairs built_in;  /* what keybearer-fetch has in itself, whatever is installed */
};

/* What lies in files in clear. Lists that go together: a row of each is about one finding. */
struct kb_report_scan {
    struct kb_pairs found;  /* the file, and its lines: "3, 5 and 2 more" */
    struct kb_pairs what;   /* the tool whose file it is, and "a password" */
    struct kb_pairs next;   /* what to do about it, and "" */
    struct kb_pairs unread; /* files that were not looked at, and why */
};

struct kb_report_import {
    char file[PATH_MAX];
    bool dry_run, deletes;   /* as it was asked */
    struct kb_pairs found;   /* the profile of each client, and where it is sent, or "" */
    struct kb_pairs ids;     /* in the same order: name and line of the id */
    struct kb_pairs secrets; /* and of the secret */
    struct kb_pairs doubts;  /* what was not understood, and why */
    struct kb_pairs stored;  /* profiles that have their client now, and who issued a token */
    char store[KB_CARD_STORE_TEXT];
    char left_behind[KB_REPORT_LINE], no_cache[KB_REPORT_LINE];
    bool deleted;
    char not_deleted[KB_REPORT_LINE]; /* why, where it was to be */
    int64_t code;                     /* of what ended it early; 0: nothing */
    char failure[KB_REPORT_LINE], failure_hint[KB_REPORT_LINE];
};

#define KB_REPORT_TRIES 3

/* For the front's log. Numbers, names that a person gave, and one sentence of ours: NO_CACHE. */
struct kb_report_journal {
    char profile[KB_PROFILE_NAME_MAX + 1];
    char store[KB_CARD_STORE_TEXT]; /* that a client was read from; "": from none */
    int64_t store_ms;
    char host[272]; /* with its port, if it was written: who was to be asked */
    int64_t tries;  /* requests, or what should have become one; at most KB_REPORT_TRIES */
    struct kb_report_try {
        int64_t status; /* of HTTP; 0: no reply */
        int64_t took_ms;
    } made[KB_REPORT_TRIES];
    int64_t pause_left_s;  /* so there was no request */
    int64_t pause_asked_s; /* by the server */
    int64_t failure_s;     /* how long the failure counts for everybody */
    bool cached;
    char no_cache[KB_REPORT_LINE]; /* why the token is not cached */
};

struct kb_report {
    enum kb_report_kind kind;
    char no_lock[PATH_MAX]; /* the directory that was changed without a lock, or "" */
    union {
        struct kb_report_add add;
        struct kb_report_adopt adopt;
        struct kb_report_remove remove;
        struct kb_report_inspect inspect;
        struct kb_report_doctor doctor;
        bool vault;           /* LOCK: there is one; else only tokens were forgotten */
        bool yes;             /* CONSENT */
        struct kb_ref client; /* IDENTIFY */
        struct kb_report_unlock unlock;
        struct kb_report_passwd passwd;
        struct kb_report_rename rename;
        struct kb_report_move move;
        struct kb_report_match match;
        struct kb_report_edit edit;
        struct kb_report_keygen keygen;
        struct kb_sight look;
        struct kb_report_scan scan;
        struct kb_report_import import;
        struct kb_report_journal journal;
    };
};

/* A list that is longer than its caps marks OUT as failed. */
void kb_report_pack(const struct kb_report *report, struct kb_buf *out);
/*
 * Fills an empty *RET, of any kind. All that is not written so marks IN as failed; RET holds a
 * part then.
 */
void kb_report_unpack(struct kb_unpack *in, struct kb_report *ret);

/* Frees the lists of *REPORT and makes it none. */
void kb_report_clear(struct kb_report *report);

#endif
