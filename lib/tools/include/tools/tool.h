/*
 * The tools that `setup` connects, and what would have to change for one. A tool is a row of
 * tools.def and a `struct kb_tool_kind`; nothing here starts a program or writes a file.
 */
#ifndef KB_TOOLS_TOOL_H
#define KB_TOOLS_TOOL_H

#include "base/buf.h"
#include "base/error.h"
#include "base/strings.h"
#include "config/config.h"

#include <stdbool.h>
#include <stddef.h>

/* How a change is made. */
enum kb_way {
    KB_WAY_COMMAND, /* the tool's own command, which keeps its own file */
    KB_WAY_JSON,    /* a string in a JSON file */
    KB_WAY_BLOCK,   /* a marked block of lines */
    KB_WAY_LINK,    /* a link to keybearer, of the person's own */
    KB_WAY_PRINT,   /* not at all: lines for the person to paste */
};
#define KB_WAYS (KB_WAY_PRINT + 1)

/* Their words in the state, in the same order. */
extern const char *const kb_way_words[KB_WAYS];

/* Which profiles a tool is connected to. */
enum kb_tool_scope {
    KB_TOOL_FITS,  /* those whose settings say that they are for it */
    KB_TOOL_NAMED, /* the one that the person names */
    KB_TOOL_ALL,   /* all at once: it asks about every address */
};

struct kb_tool;

struct kb_change {
    const struct kb_tool *tool;
    enum kb_way way;
    char *profile; /* "": for all */
    char *config;  /* the configuration that this one is of; "": the usual one, or any */
    /* JSON, BLOCK: the file; LINK: the link; COMMAND: the file that the tool would write to */
    char *file;
    struct kb_strings place; /* JSON: names; BLOCK: its name; COMMAND: what it is called there */
    char *value;   /* JSON, COMMAND: text; BLOCK: lines, each ended; LINK: where it leads */
    char *lines;   /* what a person pastes or types instead, each ended */
    char *note;    /* what else is to be said, or NULL */
    char *missing; /* the command without which the tool gets no credential yet, or NULL */
    /* BLOCK: whether TEXT has what the block would repeat; or NULL. */
    bool (*clashes)(const struct kb_change *change, const char *text);
};

struct kb_changes {
    struct kb_change *items;
    size_t count;
};

void kb_change_clear(struct kb_change *change);
void kb_changes_clear(struct kb_changes *changes);

struct kb_tool_ask {
    const struct kb_config *config;
    const struct kb_profile *profile; /* that the person named; NULL: all that fit */
    const char *front;                /* absolute path of keybearer, for tools that take no name */
    const char *keyring; /* the folder with our link of that name; NULL: it is not known */
};

/* What a tool's own command is started for. */
enum kb_tool_act { KB_TOOL_ASK, KB_TOOL_SET, KB_TOOL_UNSET };

/* What stands where a change goes. */
enum kb_standing {
    KB_STANDS_NOTHING,
    KB_STANDS_OURS,
    KB_STANDS_OTHER,   /* nothing of ours */
    KB_STANDS_CHANGED, /* ours, as somebody changed it: some of it is theirs */
};
#define KB_STANDINGS (KB_STANDS_CHANGED + 1)

struct kb_others;

struct kb_tool_kind {
    /* Whether PROFILE's settings say that it is for the tool; NULL: no setting could. */
    bool (*fits)(const struct kb_profile *profile);
    /* Whether the tool takes PROFILE at least where a person names it; NULL: only if it fits. */
    bool (*takes)(const struct kb_profile *profile);
    /* Appends what has to change. KB_ERR_CONFIG: no variable says where the tool's file is. */
    enum kb_err (*plan)(
        const struct kb_tool_ask *ask, struct kb_changes *ret, struct kb_error *err);
    /*
     * COMMAND: the words behind the program, for a change at PLACE with VALUE; else NULL. Of FILE
     * alone, where that is not "": then also with what `environment` says.
     */
    void (*command)(enum kb_tool_act act, const char *file, const struct kb_strings *place,
        const char *value, struct kb_strings *ret);
    /* COMMAND: the variables, "NAME=value", with which the tool has FILE alone; NULL: none. */
    void (*environment)(const char *file, struct kb_strings *ret);
    /* COMMAND: the status, beside 0, with which KB_TOOL_ASK says that nothing is set; 0: none. */
    int none_status;
    /* COMMAND: what the output of KB_TOOL_ASK, which ended with one of these, says. */
    enum kb_standing (*judge)(const char *value, int status, const char *output);
    /* COMMAND: what the tool's own files say without it. False: that is open. NULL: it always is.
     */
    bool (*peek)(const struct kb_change *change, enum kb_standing *ret);
    /* Adds the other helpers that are asked for PROFILE (tools/others.h); NULL: none can be. */
    void (*others)(const struct kb_profile *profile, struct kb_others *others);
    /* COMMAND: the words to which the tool says how its helpers are set; NULL: it cannot say. */
    void (*ask_others)(struct kb_strings *ret);
    /* As `others`, by what it SAID to these words: nothing, if it ended with `none_status`. */
    void (*hear_others)(
        const struct kb_profile *profile, const struct kb_buf *said, struct kb_others *others);
    /* Words and input that make the tool itself ask for a credential; NULL: it cannot say. */
    bool (*verify)(const struct kb_change *change, struct kb_strings *ret, struct kb_buf *input);
    /* Whether its OUTPUT holds one. */
    bool (*got)(const char *output);
    /* Words with which the tool says, in a line, which server it asks next; NULL: it cannot say. */
    void (*server)(struct kb_strings *ret);
};

struct kb_tool {
    const char *word, *title;
    enum kb_way way;
    enum kb_tool_scope scope;
    const char *const *programs; /* by which it is found in PATH; NULL at the end */
    const char *seeks;           /* the name of ours that it must find in PATH; "": none */
    const char *manual;
    const struct kb_tool_kind *kind;
};

const struct kb_tool *kb_tools(size_t *ret_count);
/* NULL when there is none. */
const struct kb_tool *kb_tool_by_word(const char *word);

/* Whether PROFILE is one that TOOL is to be connected to when no profile is named. */
bool kb_tool_fits(const struct kb_tool *tool, const struct kb_profile *profile);

/* Whether TOOL can be connected to PROFILE when that is named. */
bool kb_tool_takes(const struct kb_tool *tool, const struct kb_profile *profile);

/* The first profile of CONFIG that TOOL takes, or NULL; *RET_COUNT: how many there are. */
const struct kb_profile *kb_tool_first(
    const struct kb_tool *tool, const struct kb_config *config, size_t *ret_count);

/*
 * What has to change for TOOL. A tool of one profile takes the only one that it can. KB_ERR_USAGE:
 * there are several, and one must be named. KB_ERR_NOT_FOUND: no profile fits, or the one that was
 * named does not. The caller clears RET in any case.
 */
KB_CHECKED enum kb_err kb_tool_plan(const struct kb_tool *tool, const struct kb_tool_ask *ask,
    struct kb_changes *ret, struct kb_error *err);

#endif
