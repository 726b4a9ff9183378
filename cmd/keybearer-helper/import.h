/*
 * What one `import` works with. import.c owns its order, import_read.c and import_rewrite.c the
 * parts that touch the file, import_ask.c what a person is asked, import_one.c how one client
 * becomes a profile.
 *
 * Three processes: the reader knows the file, and has neither network nor store; the one with the
 * store and the network, which is add's, never reads it; the rewriter may replace it, and has
 * neither. A secret goes from the first to the second over a pipe, and nowhere else.
 */
#ifndef KB_HELPER_IMPORT_H
#define KB_HELPER_IMPORT_H

#include "helper.h"
#include "part.h"

#include "loose/client.h"
#include "loose/cut.h"
#include "loose/place.h"

#include <limits.h>

enum { IMPORT_SUM = 32, IMPORT_FILES_MAX = 8, IMPORT_PRESET_MAX = 64 };

struct import_options {
    const char *file; /* or the word of a tool */
    const char *name;
    bool dry_run, deletes, yes, same_address;
    struct kb_setting_words settings;
    struct ask ask;
};

/* Where it may be read from: the first with a client counts. */
struct import_files {
    char paths[IMPORT_FILES_MAX][PATH_MAX];
    enum kb_loose_format formats[IMPORT_FILES_MAX];
    size_t count, chosen;
    bool will_be_cut;        /* so who reads it looks whether it can be */
    struct kb_strings names; /* of the profiles that the chosen one's clients may become */
};

/* An id or a secret. */
struct import_half {
    char name[KB_LOOSE_NAME_MAX + 1];
    int64_t line;
    struct kb_secret bytes;
    struct kb_loose_piece piece;
};

struct import_client {
    char name[KB_PROFILE_NAME_MAX + 1];
    char preset[IMPORT_PRESET_MAX];         /* or "" */
    char key[16], value[KB_LOOSE_HOST_MAX]; /* a setting that the file gives; or "" */
    struct kb_secret token_url;             /* that a person gave; may be a secret, mistyped */
    struct import_half of_id, of_secret;
    bool is_stored;
};

struct import_found {
    unsigned char sum[IMPORT_SUM]; /* of the file */
    struct import_client clients[KB_LOOSE_CLIENTS_MAX];
    size_t count;
    struct kb_pairs doubts; /* a name with its line, and what is not understood about it */
    bool has_others;        /* credentials that are no client's */
};

struct importing {
    struct import_options options;
    struct import_files files;
    struct import_found found;
    struct part reader, rewriter;
};

/* --- import_read.c --- */

/* Finds the files that WORD means. */
KB_CHECKED enum kb_err import_find_files(
    const char *word, struct import_files *ret, struct kb_error *err);

/* Starts the reader, and waits until it has chosen a file. */
KB_CHECKED enum kb_err import_choose_file(struct importing *import, struct kb_error *err);

/* Fills FOUND with what the reader says. */
KB_CHECKED enum kb_err import_hear_reader(struct importing *import, struct kb_error *err);

/* A sum of TEXT that no two files share; nothing of TEXT stays in the stack. */
void import_sum(const struct kb_buf *text, unsigned char ret[static IMPORT_SUM]);

/* Leaves only the client whose profile would be called NAME; false: none would, and all stay. */
bool import_found_pick(struct import_found *found, const char *name);

void import_found_clear(struct import_found *found);

/* --- import_rewrite.c --- */

/* Starts the rewriter. */
KB_CHECKED enum kb_err import_begin_rewriter(struct importing *import, struct kb_error *err);

/* Waits until the rewriter has the file, and may change it. */
KB_CHECKED enum kb_err import_await_rewriter(const struct importing *import, struct kb_error *err);

/*
 * Has the clients that are stored cut out of the file. *RET_CHANGED: it is not what was read, and
 * nothing was done.
 */
KB_CHECKED enum kb_err import_cut(
    const struct importing *import, bool *ret_changed, struct kb_error *err);

/* --- import_ask.c --- */

/* Whose each client is, where neither the file nor an option says so. */
KB_CHECKED enum kb_err import_ask_providers(struct importing *import, struct kb_error *err);

/* Shows what was found, and whether to go on. */
KB_CHECKED enum kb_err import_consent(const struct importing *import, struct kb_error *err);

/* Appends the host that CLIENT will be sent to, or its provider; nothing where nobody knows. */
void import_say_whom(
    const struct import_options *options, const struct import_client *client, struct kb_buf *out);

/* --- import_one.c --- */

/* Proves CLIENT by an exchange, and stores it as a profile's; adds that to REPORT. */
KB_CHECKED enum kb_err import_one(const struct import_options *options,
    struct import_client *client, struct kb_report_import *report, struct kb_error *err);

#endif
