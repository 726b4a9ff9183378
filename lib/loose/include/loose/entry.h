/*
 * What a parser finds in a file of somebody else's: names with a value, and where they stand. An
 * entry has no copy of a value: its offsets mean something only to who has the text.
 */
#ifndef KB_LOOSE_ENTRY_H
#define KB_LOOSE_ENTRY_H

#include <stdbool.h>
#include <stddef.h>

/* What a value is, as far as its name or its place says. */
enum kb_loose_kind {
    KB_LOOSE_OTHER, /* nothing secret: an id, an address */
    KB_LOOSE_PASSWORD,
    KB_LOOSE_TOKEN,
    KB_LOOSE_SECRET, /* a client's, as a rule */
    KB_LOOSE_KEY,
};
#define KB_LOOSE_KINDS (KB_LOOSE_KEY + 1)

/* How an entry can be taken out of its file. */
enum kb_loose_cut {
    KB_LOOSE_KEEP,   /* not by us: its line holds more, or its file is not edited */
    KB_LOOSE_LINE,   /* with the whole line, or all of it before its comment */
    KB_LOOSE_MEMBER, /* as a member of a JSON object, with its comma */
};

struct kb_loose_span {
    size_t start, end; /* END: behind the last byte */
};

struct kb_loose_entry {
    struct kb_loose_span name;  /* empty: it has none */
    struct kb_loose_span value; /* without quotes */
    struct kb_loose_span whole; /* what a cut takes */
    enum kb_loose_kind kind;
    bool is_certain; /* its place says what it is, whatever it looks like */
    enum kb_loose_cut cut;
    size_t scope; /* the same for entries that belong together, such as those of one object */
    int line;     /* from 1 */
    /* Why the value is not what stands there, as "has a backslash"; NULL: it is. */
    const char *why_not;
    /* Why it is not taken for a client's although it may be the value; NULL: nothing is. */
    const char *why_doubt;
};

/* Most that are kept of one file: what is no credential's, nor belongs to one, is not. */
#define KB_LOOSE_ENTRIES_MAX 4096
/* Longest name that is looked at. */
#define KB_LOOSE_NAME_MAX 128

struct kb_loose_entries {
    struct kb_loose_entry *items;
    size_t count, room;
    bool failed; /* there were more */
};

/*
 * Adds ENTRY, if its kind or its name says that it matters: without a value, if it has the name of
 * a client's half. TEXT is what it was found in.
 */
void kb_loose_entries_add(
    struct kb_loose_entries *list, const char *text, const struct kb_loose_entry *entry);

void kb_loose_entries_clear(struct kb_loose_entries *list);

/* What the LEN bytes at NAME say that their value is; OTHER: nothing of a credential. */
enum kb_loose_kind kb_loose_kind_of(const char *name, size_t len);

/* "a client secret", "a password". */
const char *kb_loose_say(enum kb_loose_kind kind);

/* Whether the LEN bytes at VALUE may be a credential: no reference to one, no word, no path. */
bool kb_loose_is_value(const char *value, size_t len);

/* Whether ENTRY of TEXT is a credential that lies there in clear. */
bool kb_loose_is_credential(const char *text, const struct kb_loose_entry *entry);

#endif
