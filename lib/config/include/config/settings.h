/*
 * The settings of a profile: one row each, and nothing else knows a key by name. The reader, the
 * options of `add`, the writer, `show`, a token's identity and `help` walk the table.
 */
#ifndef KB_CONFIG_SETTINGS_H
#define KB_CONFIG_SETTINGS_H

#include "base/buf.h"
#include "base/error.h"
#include "core/profile.h"

#include <stdbool.h>
#include <stddef.h>

enum kb_setting_type {
    KB_SETTING_TEXT,      /* char *, NULL where it is not set */
    KB_SETTING_WORDS,     /* the same: words with spaces between them */
    KB_SETTING_TEXTS,     /* struct kb_strings; in the file one text or an array of them */
    KB_SETTING_PAIRS,     /* struct kb_pairs; in the file an object of texts */
    KB_SETTING_ADDRESSES, /* the profile's match; in the file as TEXTS */
    KB_SETTING_SECONDS,   /* int */
    KB_SETTING_FLAG,      /* bool */
};

enum {
    KB_SETTING_REPEATS = 1,  /* its option may be given more than once */
    KB_SETTING_IDENTITY = 2, /* another value makes another token */
    KB_SETTING_MAKES = 4,    /* only helps to make other settings, and is not shown */
};

/* The headings of `help add`. */
enum kb_setting_group {
    KB_SETTING_ASKED,  /* what is asked, and where */
    KB_SETTING_PROVED, /* what proves the client */
    KB_SETTING_READ,   /* how the reply is read */
    KB_SETTING_SERVED, /* who may have the tokens */
    KB_SETTING_KEPT,   /* where the client is */
};

/* Of one text of a DRAFT; NAME is the key's, or a pair's name. */
struct kb_config_draft;
typedef enum kb_err kb_setting_check(struct kb_config_draft *draft, const char *text);

struct kb_setting {
    const char *key, *option; /* "token_url", "token-url"; no option: in the file only */
    enum kb_setting_type type;
    size_t place;            /* offset in struct kb_profile */
    kb_setting_check *check; /* or NULL */
    int min, max;            /* of a number; of a text only max, in bytes: 0 is 2048 */
    unsigned flags;
    enum kb_setting_group group;
    const char *argument, *help; /* "URL"; some words, or NULL */
    const char *const *choices;  /* the only texts that it may have, NULL at the end; or NULL */
};

/* All of them, in the order in which their values depend on each other. RET_COUNT may be NULL. */
const struct kb_setting *kb_settings(size_t *ret_count);

/* The one that a file calls KEY (may be NULL); NULL: there is none. */
const struct kb_setting *kb_setting_find(const char *key);

/* What stands between name and value of a pair where its option is typed: '=', or ':' of a header.
 */
char kb_setting_separator(const struct kb_setting *setting);

/* Enough for an array with an element for each. */
#define KB_SETTINGS_MAX 64

/* --- values of a profile --- */

/* What PROFILE has for SETTING: one of these, by its type. */
struct kb_setting_value {
    bool is_set;
    const char *text;
    const struct kb_strings *texts;
    const struct kb_pairs *pairs;
    const struct kb_url *addresses;
    size_t address_count;
    int number; /* a flag's is 1 */
};

/* Borrowed from PROFILE. A number that is negative, and a flag that is false, is not set. */
struct kb_setting_value kb_setting_get(
    const struct kb_setting *setting, const struct kb_profile *profile);

/* What messages call a setting. */
struct kb_setting_said {
    char text[KB_PROFILE_NAME_MAX + 96];
};

/* What a person can change: --OPTION where PROFILE was typed, else its key in the configuration. */
struct kb_setting_said kb_setting_say(const struct kb_profile *profile, const char *key);

/* Frees what every setting holds, and the name; makes it KB_PROFILE_INIT. Takes NULL. */
void kb_profile_clear(struct kb_profile *profile);

/* --- values as options give them --- */

/* One list a setting, in the order of the table: what its option was given. */
struct kb_setting_words {
    struct kb_strings of[KB_SETTINGS_MAX];
};

/* Adds TEXT for KEY, which must be a setting's, as if its option had been given. */
void kb_setting_words_add(struct kb_setting_words *words, const char *key, const char *text);

/* Whether any is given. */
bool kb_setting_words_any(const struct kb_setting_words *words);

/* The first that was given for KEY; NULL: none. */
const char *kb_setting_words_get(const struct kb_setting_words *words, const char *key);

/*
 * Appends the JSON object of a profile that WORDS describe. KB_ERR_USAGE for a word that is no
 * number or no pair; everything else is the reader's to check.
 */
KB_CHECKED enum kb_err kb_settings_write(
    const struct kb_setting_words *words, struct kb_buf *out, struct kb_error *err);

void kb_setting_words_clear(struct kb_setting_words *words);

#endif
