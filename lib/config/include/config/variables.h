/*
 * The variables that `run` gives to a command, as templates, and what of a template's words a
 * profile itself knows. Pure: no environment is read or changed here.
 */
#ifndef KB_CONFIG_VARIABLES_H
#define KB_CONFIG_VARIABLES_H

#include "base/buf.h"
#include "base/error.h"
#include "core/profile.h"
#include "core/template.h"

#include <stdbool.h>
#include <stddef.h>

#define KB_VARIABLE_NAME_MAX 255

enum kb_variable_kind {
    KB_VARIABLE_TEMPLATE,
    KB_VARIABLE_PRESET, /* a template: without a value there is no variable */
    KB_VARIABLE_FILE,   /* the path of the token's file, which is no template */
};

struct kb_variable {
    char *name;
    char *text;
    enum kb_variable_kind kind;
    const char *refused; /* bytes that no token in it may have, of a static text; or NULL */
};

struct kb_variables {
    struct kb_variable *items;
    size_t count;
};

#define KB_VARIABLES_INIT ((struct kb_variables){.items = NULL})

/* Adds NAME, or gives it another TEXT. Both are copied. A FILE's text is still to be known: "". */
void kb_variables_put(
    struct kb_variables *list, const char *name, const char *text, enum kb_variable_kind kind);

/* Lets NAME, which is in the list, have no token with one of REFUSED, a static text or NULL. */
void kb_variables_refuse(struct kb_variables *list, const char *name, const char *refused);

/* Whether there is a FILE in the list. */
bool kb_variables_want_file(const struct kb_variables *list);

/* Gives all FILEs of the list their PATH. */
void kb_variables_set_file(struct kb_variables *list, const char *path);

/* Those of PROFILE's preset, and its own over them. */
void kb_variables_put_profile(struct kb_variables *list, const struct kb_profile *profile);

void kb_variables_clear(struct kb_variables *list);

/* KB_ERR_USAGE unless NAME can be a variable's: visible ASCII without '='. */
KB_CHECKED enum kb_err kb_variable_name_check(const char *name, struct kb_error *err);

/*
 * Appends to OUT what WORD stands for in PROFILE, whichever profile the word names. False: PROFILE
 * has no such value, or it is no word of a profile's but of its token or client.
 */
bool kb_variable_value(
    const struct kb_profile *profile, const struct kb_template_word *word, struct kb_buf *out);

#endif
