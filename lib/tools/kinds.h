/*
 * What the files of this folder that know a tool share. A tool's file fills a kind, kb_tool_WORD.
 */
#ifndef KB_TOOLS_KINDS_H
#define KB_TOOLS_KINDS_H

#include "tools/tool.h"

#include <limits.h>

#define KB_TOOL(word, ...) extern const struct kb_tool_kind kb_tool_##word;
#include "tools.def"
#undef KB_TOOL

/* A new last change, cleared by who clears CHANGES. Its tool is set by kb_tool_plan(). */
struct kb_change *kb_changes_add(struct kb_changes *changes, enum kb_way way, const char *profile);

/* "%s..." as an owned string, for a member of a change. */
char *kb_tool_text(const char *fmt, ...) KB_PRINTF(1, 2);

/* What makes the link of CHANGE (LINK) by hand, an owned string. */
char *kb_tool_link_line(const struct kb_change *change);

/* TEXT as one word for a shell, an owned string. */
char *kb_tool_word(const char *text);

/*
 * $VARIABLE/LEAF where that is an absolute path, else $HOME/BELOW/LEAF. VARIABLE may be NULL.
 * KB_ERR_CONFIG where HOME is none. The old *RET is freed; the caller frees the new one.
 */
KB_CHECKED enum kb_err kb_tool_path(
    const char *variable, const char *below, const char *leaf, char **ret, struct kb_error *err);

/* NAMED, which $VARIABLE names, in the place of *RET. KB_ERR_CONFIG where it is no absolute path.
 */
KB_CHECKED enum kb_err kb_tool_path_named(
    const char *variable, const char *named, char **ret, struct kb_error *err);

/* Appends what is in PATH, a tool's own file; nothing where there is none. False: not to be
 * trusted. */
bool kb_tool_read(const char *path, struct kb_buf *ret);

/* The configuration that settings of tools are made for now; "": the usual one. */
void kb_tool_configuration(char ret[static PATH_MAX]);

/* Whether a line of TEXT begins, after blanks, with WORD and what follows it in FOLLOWERS. */
bool kb_tool_has_line(const char *text, const char *word, const char *followers);

/*
 * Runs what follows for the profiles that ASK is about: the named one, or all that KIND fits.
 * NOLINTBEGIN(bugprone-macro-parentheses): PROFILE is declared here
 */
#define KB_TOOL_PROFILES(ask, kind, profile)                                                       \
    for (size_t i_ = 0; i_ < (ask)->config->count; i_++)                                           \
        for (const struct kb_profile *profile =                                                    \
                 kb_tool_chosen((ask), (kind), &(ask)->config->profiles[i_]);                      \
             profile; profile = NULL)
/* NOLINTEND(bugprone-macro-parentheses) */

/* PROFILE if ASK is about it, else NULL. */
const struct kb_profile *kb_tool_chosen(const struct kb_tool_ask *ask,
    const struct kb_tool_kind *kind, const struct kb_profile *profile);

#endif
