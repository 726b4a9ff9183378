/*
 * The helper's one answer. The front trusts the helper with a token, but not its
 * health: a frame that is cut, too long or unknown is an error, never half an answer.
 */
#include "core/frame.h"

#include <string.h>

/* Of version 1, 2, ... */
static const char versions[] = "123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
_Static_assert(KB_FRAME_VERSION < sizeof(versions), "each version has a character of its own");

static const char magic[4] = {
    'K', 'B', 'F', KB_FRAME_VERSION < 10 ? '0' + KB_FRAME_VERSION : 'A' + KB_FRAME_VERSION - 10};

/* In the place of a frame's kind. */
enum { NOTE = 'N' };

struct kb_frame_note kb_frame_note(const struct termios *before)
{
    struct kb_frame_note note;

    memset(&note, 0, sizeof(note)); /* between the members, too: all of it is written */
    memcpy(note.head, magic, sizeof(magic));
    note.head[sizeof(magic)] = NOTE;
    note.before = *before;
    return note;
}

bool kb_frame_take_note(const char **bytes, size_t *len, struct termios *ret)
{
    struct kb_frame_note note;

    if (*len < sizeof(note) || memcmp(*bytes, magic, sizeof(magic)) != 0 ||
        (*bytes)[sizeof(magic)] != NOTE)
        return false;
    memcpy(&note, *bytes, sizeof(note));
    *bytes += sizeof(note);
    *len -= sizeof(note);
    *ret = note.before;
    return true;
}

static void pack_token(const struct kb_token *token, struct kb_buf *out)
{
    KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(KB_TOKEN_MAX + 64);

    kb_token_pack(token, &packed);
    out->failed = out->failed || packed.failed;
    kb_pack_bytes(out, packed.data, packed.len);
}

void kb_frame_pack(const struct kb_frame *frame, struct kb_buf *out)
{
    kb_buf_add(out, magic, sizeof(magic));
    kb_pack_u8(out, (uint8_t)frame->kind);
    switch (frame->kind) {
    case KB_FRAME_TOKEN:
        pack_token(&frame->token, out);
        break;
    case KB_FRAME_ERROR:
    case KB_FRAME_CHANGED:
        kb_pack_error(out, &frame->error);
        break;
    case KB_FRAME_REPORT:
        kb_report_pack(&frame->report, out);
        break;
    }
    kb_report_pack(&frame->journal, out);
}

static void unpack_token(struct kb_unpack *in, struct kb_token *ret)
{
    size_t len;
    const unsigned char *packed = kb_unpack_bytes(in, &len);

    if (!packed || kb_token_unpack(packed, len, ret, NULL))
        in->failed = true;
}

static void unpack_body(struct kb_unpack *in, struct kb_frame *frame)
{
    switch (frame->kind) {
    case KB_FRAME_TOKEN:
        unpack_token(in, &frame->token);
        return;
    case KB_FRAME_ERROR:
    case KB_FRAME_CHANGED:
        kb_unpack_error(in, &frame->error);
        in->failed = in->failed || !frame->error.code;
        return;
    case KB_FRAME_REPORT:
        kb_report_unpack(in, &frame->report);
        in->failed = in->failed || !frame->report.kind || frame->report.kind == KB_REPORT_JOURNAL;
        return;
    }
    in->failed = true;
}

static void unpack_journal(struct kb_unpack *in, struct kb_report *journal)
{
    kb_report_unpack(in, journal);
    in->failed = in->failed || (journal->kind && journal->kind != KB_REPORT_JOURNAL) ||
                 journal->journal.tries < 0 || journal->journal.tries > KB_REPORT_TRIES;
}

/* Whatever comes behind its head is not ours to read. */
static enum kb_err refuse(const char *start, struct kb_error *err)
{
    const char *found =
        start && memcmp(start, magic, 3) == 0 && start[3] ? strchr(versions, start[3]) : NULL;
    int version = found ? (int)(found - versions) + 1 : KB_FRAME_VERSION;

    if (version == KB_FRAME_VERSION)
        return kb_fail(err, KB_ERR_SYSTEM, "keybearer-helper ended without a complete answer");
    return kb_hinted(err,
        kb_fail(err, KB_ERR_SYSTEM,
            "keybearer and its helper are of different releases: one expects version %d of an "
            "answer, the other gave version %d",
            KB_FRAME_VERSION, version),
        "install keybearer again, all of its programs from one release");
}

enum kb_err kb_frame_unpack(
    const void *bytes, size_t len, struct kb_frame *ret, struct kb_error *err)
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    struct kb_unpack in = kb_unpack(bytes, len);
    const unsigned char *start = kb_unpack_raw(&in, sizeof(magic));

    if (!start || memcmp(start, magic, sizeof(magic)) != 0 || len > KB_FRAME_MAX)
        in.failed = true;
    frame.kind = (enum kb_frame_kind)kb_unpack_u8(&in);
    unpack_body(&in, &frame);
    unpack_journal(&in, &frame.journal);
    if (kb_unpack_end(&in, "the frame", NULL))
        return refuse((const char *)start, err);
    kb_frame_clear(ret);
    *ret = frame;
    frame = KB_FRAME_INIT;
    return KB_OK;
}

bool kb_frame_is_error(const struct kb_frame *frame)
{
    return frame->kind == KB_FRAME_ERROR || frame->kind == KB_FRAME_CHANGED;
}

void kb_frame_clear(struct kb_frame *frame)
{
    if (!frame)
        return;
    kb_token_clear(&frame->token);
    kb_report_clear(&frame->report);
    kb_report_clear(&frame->journal);
    *frame = KB_FRAME_INIT;
}
