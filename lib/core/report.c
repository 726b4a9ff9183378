/*
 * The table of what helpers report, and all that walks it: packing, reading, clearing. What changes
 * a row, or is one more, takes the next KB_FRAME_VERSION. Must never know a verb but by its rows.
 */
#include "core/report.h"

#include "base/attr.h"
#include "pack_pairs.h"

#include <stddef.h>
#include <string.h>

enum { END = 0 };
enum type { FLAG = 1, LEVEL, NUMBER, TEXT, REF, PAIRS }; /* also in the frame */

struct row {
    enum kb_report_kind kind;
    enum type type;
    size_t place, size; /* in struct kb_report */
};

#define MEMBER(member) (((struct kb_report *)0)->member)
#define TYPE_OF(member)                                                                            \
    _Generic(MEMBER(member),                                                                       \
        bool: FLAG,                                                                                \
        enum kb_store_level: LEVEL,                                                                \
        int64_t: NUMBER,                                                                           \
        char *: TEXT,                                                                              \
        struct kb_ref: REF,                                                                        \
        struct kb_pairs: PAIRS)
#define ROW(KIND, member)                                                                          \
    {                                                                                              \
        KB_REPORT_##KIND, TYPE_OF(member), offsetof(struct kb_report, member),                     \
            sizeof(MEMBER(member))                                                                 \
    }

static const struct row rows[] = {
    ROW(ADD, add.profile),
    ROW(ADD, add.store),
    ROW(ADD, add.level),
    ROW(ADD, add.endpoint),
    ROW(ADD, add.life_ms),
    ROW(ADD, add.no_cache),
    ROW(ADD, add.replaced),
    ROW(ADD, add.rival),
    ROW(ADD, add.left_behind),
    ROW(ADD, add.warning),
    ROW(ADD, add.serves_git),
    ROW(ADD, add.addresses),
    ROW(ADOPT, adopt.already),
    ROW(ADOPT, adopt.before.token),
    ROW(ADOPT, adopt.before.second),
    ROW(ADOPT, adopt.before.audience),
    ROW(ADOPT, adopt.before.assertion_file),
    ROW(ADOPT, adopt.before.subject_file),
    ROW(ADOPT, adopt.before.ca),
    ROW(ADOPT, adopt.now.token),
    ROW(ADOPT, adopt.now.second),
    ROW(ADOPT, adopt.now.audience),
    ROW(ADOPT, adopt.now.assertion_file),
    ROW(ADOPT, adopt.now.subject_file),
    ROW(ADOPT, adopt.now.ca),
    ROW(ADOPT, adopt.config_before),
    ROW(ADOPT, adopt.left_behind),
    ROW(REMOVE, remove.left_behind),
    ROW(INSPECT, inspect.status.level),
    ROW(INSPECT, inspect.status.present),
    ROW(INSPECT, inspect.status.locked),
    ROW(INSPECT, inspect.status.refused),
    ROW(INSPECT, inspect.status.in_clear),
    ROW(INSPECT, inspect.status.broken),
    ROW(INSPECT, inspect.status.detail),
    ROW(INSPECT, inspect.status.next),
    ROW(INSPECT, inspect.unbound),
    ROW(DOCTOR, doctor.landlock),
    ROW(DOCTOR, doctor.confined),
    ROW(DOCTOR, doctor.no_new_privs),
    ROW(DOCTOR, doctor.memory_locked),
    ROW(DOCTOR, doctor.tls),
    ROW(DOCTOR, doctor.libraries),
    ROW(DOCTOR, doctor.built_in),
    ROW(IDENTIFY, client),
    ROW(UNLOCK, unlock.ttl),
    ROW(PASSWD, passwd.key_file),
    ROW(INSPECT, inspect.status.unseen),
    ROW(LOCK, vault),
    ROW(CONSENT, yes),
    ROW(UNLOCK, unlock.profile),
    ROW(UNLOCK, unlock.life_ms),
    ROW(UNLOCK, unlock.no_token),
    ROW(ADD, no_lock),
    ROW(ADOPT, no_lock),
    ROW(REMOVE, no_lock),
    ROW(PASSWD, no_lock),
    ROW(JOURNAL, journal.profile),
    ROW(JOURNAL, journal.store),
    ROW(JOURNAL, journal.store_ms),
    ROW(JOURNAL, journal.host),
    ROW(JOURNAL, journal.tries),
    ROW(JOURNAL, journal.made[0].status),
    ROW(JOURNAL, journal.made[0].took_ms),
    ROW(JOURNAL, journal.made[1].status),
    ROW(JOURNAL, journal.made[1].took_ms),
    ROW(JOURNAL, journal.made[2].status),
    ROW(JOURNAL, journal.made[2].took_ms),
    ROW(JOURNAL, journal.pause_left_s),
    ROW(JOURNAL, journal.pause_asked_s),
    ROW(JOURNAL, journal.failure_s),
    ROW(JOURNAL, journal.cached),
    ROW(JOURNAL, journal.no_cache),
    ROW(ADD, add.rotated),
    ROW(ADD, add.id),
    ROW(ADD, add.former_id),
    ROW(ADD, add.same_id),
    ROW(ADD, add.rivals),
    ROW(ADD, add.beside),
    ROW(ADD, add.users),
    ROW(ADD, add.same_client),
    ROW(ADD, add.overtaken),
    ROW(ADD, add.proof),
    ROW(ADD, add.key_file),
    ROW(KEYGEN, keygen.profile),
    ROW(KEYGEN, keygen.store),
    ROW(KEYGEN, keygen.level),
    ROW(KEYGEN, keygen.is_configured),
    ROW(KEYGEN, keygen.is_idle),
    ROW(KEYGEN, keygen.text),
    ROW(KEYGEN, keygen.left_behind),
    ROW(KEYGEN, no_lock),
    ROW(REMOVE, remove.was_key),
    ROW(REMOVE, remove.profile),
    ROW(PASSWD, passwd.removed),
    ROW(RENAME, rename.from),
    ROW(RENAME, rename.to),
    ROW(RENAME, rename.already),
    ROW(RENAME, rename.mentions),
    ROW(RENAME, rename.left_behind),
    ROW(RENAME, no_lock),
    ROW(MOVE, move.profile),
    ROW(MOVE, move.store),
    ROW(MOVE, move.from),
    ROW(MOVE, move.already),
    ROW(MOVE, move.key_store),
    ROW(MOVE, move.left_behind),
    ROW(MOVE, no_lock),
    ROW(MATCH, match.profile),
    ROW(MATCH, match.address),
    ROW(MATCH, match.added),
    ROW(MATCH, match.already),
    ROW(MATCH, match.none),
    ROW(MATCH, match.listed),
    ROW(MATCH, match.beside),
    ROW(MATCH, no_lock),
    ROW(EDIT, edit.unchanged),
    ROW(EDIT, edit.again),
    ROW(EDIT, no_lock),
    ROW(LOOK, look.host),
    ROW(LOOK, look.proxy),
    ROW(LOOK, look.proxy_at),
    ROW(LOOK, look.variable),
    ROW(LOOK, look.address),
    ROW(LOOK, look.encrypted),
    ROW(LOOK, look.issuer),
    ROW(LOOK, look.ends_s),
    ROW(LOOK, look.chain_ends_s),
    ROW(LOOK, look.status),
    ROW(LOOK, look.date_s),
    ROW(LOOK, look.heard_s),
    ROW(LOOK, look.may_want_certificate),
    ROW(LOOK, look.missing),
    ROW(LOOK, look.failed),
    ROW(LOOK, look.problem),
    ROW(LOOK, look.hint),
    ROW(SCAN, scan.found),
    ROW(SCAN, scan.what),
    ROW(SCAN, scan.next),
    ROW(SCAN, scan.unread),
    ROW(IMPORT, import.file),
    ROW(IMPORT, import.dry_run),
    ROW(IMPORT, import.deletes),
    ROW(IMPORT, import.found),
    ROW(IMPORT, import.ids),
    ROW(IMPORT, import.secrets),
    ROW(IMPORT, import.doubts),
    ROW(IMPORT, import.stored),
    ROW(IMPORT, import.store),
    ROW(IMPORT, import.left_behind),
    ROW(IMPORT, import.no_cache),
    ROW(IMPORT, import.deleted),
    ROW(IMPORT, import.not_deleted),
    ROW(IMPORT, import.code),
    ROW(IMPORT, import.failure),
    ROW(IMPORT, import.failure_hint),
    ROW(IMPORT, no_lock),
};

_Static_assert(KB_COUNT(rows) < UINT8_MAX, "the number of a row is one byte");
_Static_assert(KB_REPORT_TRIES == 3, "each try has its rows");

static bool within_caps(const struct kb_pairs *pairs)
{
    bool all = pairs->count <= KB_REPORT_PAIRS_MAX;

    for (size_t i = 0; all && i < pairs->count; i++)
        all = strlen(pairs->items[i].name) < KB_REPORT_PAIR_TEXT &&
              strlen(pairs->items[i].value) < KB_REPORT_PAIR_TEXT;
    return all;
}

/* Behind the end of a text lies what was there before. */
static bool is_set(const struct row *row, const void *member)
{
    static const char nothing[sizeof(struct kb_report)];

    return memcmp(member, nothing, row->type == TEXT ? 1 : row->size) != 0;
}

/* --- writing ------------------------------------------------------------------------ */

static void pack_member(struct kb_buf *out, const struct row *row, const void *member)
{
    switch (row->type) {
    case FLAG:
        kb_pack_u8(out, *(const bool *)member);
        break;
    case LEVEL:
        kb_pack_u8(out, (uint8_t) * (const enum kb_store_level *)member);
        break;
    case NUMBER:
        kb_pack_i64(out, *(const int64_t *)member);
        break;
    case TEXT:
        kb_pack_text(out, member);
        break;
    case REF:
        kb_buf_add(out, member, row->size);
        break;
    case PAIRS:
        kb_pack_pairs(out, member);
        out->failed = out->failed || !within_caps(member);
        break;
    }
}

void kb_report_pack(const struct kb_report *report, struct kb_buf *out)
{
    kb_pack_u8(out, (uint8_t)report->kind);
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        const void *member = (const char *)report + rows[i].place;

        if (rows[i].kind != report->kind || !is_set(&rows[i], member))
            continue;
        kb_pack_u8(out, (uint8_t)(i + 1));
        kb_pack_u8(out, (uint8_t)rows[i].type);
        pack_member(out, &rows[i], member);
    }
    kb_pack_u8(out, END);
}

/* --- reading ------------------------------------------------------------------------ */

static uint8_t unpack_choice(struct kb_unpack *in, uint8_t last)
{
    uint8_t choice = kb_unpack_u8(in);

    in->failed = in->failed || choice > last;
    return in->failed ? 0 : choice;
}

/* What is not set is not sent. */
static void unpack_member(struct kb_unpack *in, const struct row *row, void *member)
{
    const void *bytes;

    if (kb_unpack_u8(in) != row->type) {
        in->failed = true;
        return;
    }
    switch (row->type) {
    case FLAG:
        *(bool *)member = unpack_choice(in, true);
        break;
    case LEVEL:
        *(enum kb_store_level *)member = unpack_choice(in, KB_STORE_STRONG);
        break;
    case NUMBER:
        *(int64_t *)member = kb_unpack_i64(in);
        break;
    case TEXT:
        kb_unpack_text(in, member, row->size);
        break;
    case REF:
        bytes = kb_unpack_raw(in, row->size);
        if (bytes)
            memcpy(member, bytes, row->size);
        break;
    case PAIRS:
        kb_unpack_pairs(in, member);
        in->failed = in->failed || !within_caps(member);
        break;
    }
    in->failed = in->failed || !is_set(row, member);
}

/* A row that is unknown, or comes twice or too early, is where the end should be. */
void kb_report_unpack(struct kb_unpack *in, struct kb_report *ret)
{
    uint8_t next;

    ret->kind = unpack_choice(in, KB_REPORT_JOURNAL);
    next = kb_unpack_u8(in);
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        if (rows[i].kind != ret->kind || next != i + 1)
            continue;
        unpack_member(in, &rows[i], (char *)ret + rows[i].place);
        next = kb_unpack_u8(in);
    }
    in->failed = in->failed || next != END;
}

void kb_report_clear(struct kb_report *report)
{
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        if (rows[i].kind == report->kind && rows[i].type == PAIRS)
            kb_pairs_clear((void *)((char *)report + rows[i].place));
    }
    *report = (struct kb_report){.kind = KB_REPORT_NONE};
}
