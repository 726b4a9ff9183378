/*
 * What the helper says to the front: exactly one frame on the pipe, then end of file. Notes
 * about the terminal may come before it (struct kb_frame_note).
 *
 * Layout (pack.h): "KBF" and the version (1 to 9, then letters from A on), kind u8, then for
 *   TOKEN   token (kb_token_pack, behind its length)
 *   ERROR   code u8, errno u32, message, hint
 *   CHANGED the same: what the front had found is not what is there any more
 *   REPORT  a report (report.h)
 * and behind each of them one more report: the journal, or none.
 * At most KB_FRAME_MAX bytes; anything else, or more, or less, is KB_ERR_SYSTEM: the
 * helper crashed, is of another release, or is not ours.
 */
#ifndef KB_CORE_FRAME_H
#define KB_CORE_FRAME_H

#include "base/buf.h"
#include "base/error.h"
#include "core/report.h"
#include "core/token.h"

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

#define KB_FRAME_MAX 262144
/*
 * At most 35. Of all that programs of one release tell each other: the frame, its notes, and the
 * cache's records. tests/unit/releases.h has the sums of each version's forms: whoever changes a
 * form takes the next version, and adds a row there.
 */
#define KB_FRAME_VERSION 10

/* Behind the words of `fetch`: standard error is the terminal of a person, who is told whom it
 * asks. */
#define KB_FETCH_SAYS_WHOM "say-whom"

enum kb_frame_kind {
    KB_FRAME_TOKEN = 1,
    KB_FRAME_ERROR = 2,
    KB_FRAME_REPORT = 3,  /* the answer of an administrative verb */
    KB_FRAME_CHANGED = 4, /* an error that is worth another look at settings and client */
};

struct kb_frame {
    enum kb_frame_kind kind;
    struct kb_token token;
    struct kb_error error;
    struct kb_report report;
    struct kb_report journal; /* or none */
};

#define KB_FRAME_INIT ((struct kb_frame){0})

/*
 * What a helper writes before its frame, when it hides what is typed: how the terminal was. It
 * begins as a frame does, so that a front of another release says so.
 */
struct kb_frame_note {
    char head[5];
    struct termios before;
};

struct kb_frame_note kb_frame_note(const struct termios *before);
/* Whether a note begins at *BYTES; takes it from there, into *RET. */
bool kb_frame_take_note(const char **bytes, size_t *len, struct termios *ret);

/* OUT is marked as failed when the frame is too long. */
void kb_frame_pack(const struct kb_frame *frame, struct kb_buf *out);
/* KB_ERR_SYSTEM for all that kb_frame_pack() does not write; another version is named. */
KB_CHECKED enum kb_err kb_frame_unpack(
    const void *bytes, size_t len, struct kb_frame *ret, struct kb_error *err);
bool kb_frame_is_error(const struct kb_frame *frame);
void kb_frame_clear(struct kb_frame *frame);

#endif
