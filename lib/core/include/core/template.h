/*
 * Templates: texts with words in braces, such as "Bearer {token}". Pure.
 *
 *     {WORD}             what the word stands for
 *     {api_header:NAME}  the profile's header NAME for API calls
 *     {PROFILE:WORD}     the same of another profile; not of its client
 *     {WORD%}            percent-encoded: all but letters, digits, '-', '.', '_' and '~'
 *     {{TEXT}}           the text "{TEXT}", if TEXT begins as a word and has no brace
 *
 * A brace that no letter follows is itself, so that JSON needs no quoting (a profile's name and a
 * colon before a letter make a word, too). What begins with such a brace, or with '[', behind any
 * white space, is JSON: in it a word's value is written as within a string, so no value can end the
 * string that it is in.
 *
 * Id and secret of the client are nothing that the front may know: it leaves a mark where one
 * belongs, which the helper replaces. Marks are control characters, which templates refuse and
 * values cannot have.
 */
#ifndef KB_CORE_TEMPLATE_H
#define KB_CORE_TEMPLATE_H

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"
#include "core/profile.h"

#include <stdbool.h>

enum kb_word {
    KB_WORD_TOKEN,
    KB_WORD_HEADER,      /* the value of Authorization */
    KB_WORD_BASIC,       /* base64 of "USERNAME:TOKEN" */
    KB_WORD_USERNAME,    /* that git and docker are told */
    KB_WORD_HOST,        /* of the first address, with its port unless that is the default */
    KB_WORD_ADDRESS,     /* the first address, without a '/' that is its whole path */
    KB_WORD_URL,         /* the API's address */
    KB_WORD_ENVIRONMENT, /* the provider's name for the host */
    KB_WORD_ALIAS,       /* the name that other programs have for it, else the host */
    KB_WORD_API_HEADER,
    KB_WORD_ID,
    KB_WORD_SECRET,
};

#define KB_TEMPLATE_HEADER_MAX 128

struct kb_template_word {
    enum kb_word word;
    char profile[KB_PROFILE_NAME_MAX + 1];   /* "": the one whose template it is */
    char header[KB_TEMPLATE_HEADER_MAX + 1]; /* of an API_HEADER */
};

/*
 * Appends to VALUE what WORD stands for: printable ASCII, as it is. Never asked for id and
 * secret. A failure ends the expansion, and is its result.
 */
typedef enum kb_err kb_template_fill(
    void *context, const struct kb_template_word *word, struct kb_buf *value, struct kb_error *err);

/* Appends TEXT to OUT, with what FILL gives. KB_ERR_USAGE: it is no template. */
KB_CHECKED enum kb_err kb_template_expand(const char *text, kb_template_fill *fill, void *context,
    struct kb_buf *out, struct kb_error *err);

/* Whether TEXT is a template at all; *RET_HAS_WORDS: whether anything is put into it. */
KB_CHECKED enum kb_err kb_template_check(
    const char *text, bool *ret_has_words, struct kb_error *err);

/* Whether marks are left in what was EXPANDED. */
bool kb_template_is_unfinished(const char *expanded);

/*
 * Appends EXPANDED to OUT, with ID and SECRET for the marks. KB_ERR_CORRUPT: a mark of no kind;
 * KB_ERR_CONFIG: the one that a mark stands for is empty.
 */
KB_CHECKED enum kb_err kb_template_finish(const char *expanded, const struct kb_secret *id,
    const struct kb_secret *secret, struct kb_buf *out, struct kb_error *err);

#endif
