/*
 * JSON out: appends to a kb_buf, so that a token passes through wiped memory only
 * (json-c's own serialiser would keep a copy).
 */
#ifndef KB_BASE_JSON_WRITE_H
#define KB_BASE_JSON_WRITE_H

#include "base/buf.h"
#include "base/secret.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Writes commas by itself. INDENT 0: one line without spaces; else that many
 * spaces a level. Nesting is at most 15 levels; more, or an unbalanced close,
 * marks the buffer as failed.
 */
struct kb_json_writer {
    struct kb_buf *out;
    int indent;
    int depth;
    unsigned has_members; /* bit d: level d already holds something */
    unsigned is_array;    /* bit d: level d is an array */
    bool after_name;
};

struct kb_json_writer kb_json_writer(struct kb_buf *out, int indent);

void kb_json_open(struct kb_json_writer *w, char bracket); /* '{' or '[' */
void kb_json_close(struct kb_json_writer *w);              /* the matching one */
void kb_json_name(struct kb_json_writer *w, const char *name);
/* Escapes everything outside 0x20..0x7e; what is no UTF-8 becomes U+FFFD; NULL writes null. */
void kb_json_put_string(struct kb_json_writer *w, const char *text);
void kb_json_put_secret(
    struct kb_json_writer *w, const char *prefix, const struct kb_secret *secret);
void kb_json_put_int(struct kb_json_writer *w, int64_t value);
void kb_json_put_bool(struct kb_json_writer *w, bool value);

/* name and value in one call */
void kb_json_open_member(struct kb_json_writer *w, const char *name, char bracket);
void kb_json_string_member(struct kb_json_writer *w, const char *name, const char *text);
void kb_json_int_member(struct kb_json_writer *w, const char *name, int64_t value);
void kb_json_bool_member(struct kb_json_writer *w, const char *name, bool value);

#endif
