/*
 * The part of `import` that changes the file. It must never write before it is told that what it
 * cuts is stored, nor over what was not read; it has neither a store nor a network.
 */
#include "import.h"

#include "base/edited.h"
#include "base/pack.h"
#include "base/strings.h"
#include "base/trust.h"

#include <string.h>

enum { REWRITER_MS = 60000 };

#define REWRITER "the process that changes the file"

static enum kb_err confine_rewriter(const char *path, struct kb_error *err)
{
    char file[PATH_MAX], folder[PATH_MAX];
    enum kb_err rc = kb_trust_resolve(path, file, err);
    const char *const files[] = {file};

    if (rc)
        return rc;
    kb_text_copy(folder, sizeof(folder), file);
    folder[strrchr(folder, '/') - folder] = '\0';
    return confine_to_files(files, 1, *folder ? folder : "/", err);
}

struct order {
    unsigned char sum[IMPORT_SUM];
    struct kb_loose_piece pieces[2 * KB_LOOSE_CLIENTS_MAX];
    size_t count;
};

static enum kb_err take_order(struct order *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf told = KB_BUF_INIT(65536);
    struct kb_unpack in;
    const unsigned char *sum;
    uint8_t count;
    enum kb_err rc = part_listen(&told, err);

    if (rc)
        return rc;
    in = kb_unpack(kb_buf_text(&told), told.len);
    sum = kb_unpack_raw(&in, IMPORT_SUM);
    if (sum)
        memcpy(ret->sum, sum, IMPORT_SUM);
    count = kb_unpack_u8(&in);
    in.failed = in.failed || count > KB_COUNT(ret->pieces);
    while (!in.failed && ret->count < count) {
        struct kb_loose_piece *piece = &ret->pieces[ret->count++];

        piece->span.start = (size_t)kb_unpack_i64(&in);
        piece->span.end = (size_t)kb_unpack_i64(&in);
        piece->cut = (enum kb_loose_cut)kb_unpack_u8(&in);
    }
    return kb_unpack_end(&in, "what is to be cut", err);
}

static bool is_what_was_read(const struct kb_edited *file, const struct order *order)
{
    unsigned char sum[IMPORT_SUM];

    import_sum(&file->text, sum);
    return memcmp(sum, order->sum, sizeof(sum)) == 0;
}

/* Whether PATH, over links, still leads to the FILE that was read. */
static bool leads_to(const char *path, const struct kb_edited *file)
{
    char now[PATH_MAX];

    return !kb_trust_resolve(path, now, NULL) && strcmp(now, file->path) == 0;
}

static enum kb_err rewrite(const char *path, const struct kb_edited *file, struct order *order,
    bool *ret_changed, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_EDITED_MAX);

    *ret_changed = !is_what_was_read(file, order) || !leads_to(path, file);
    if (*ret_changed)
        return KB_OK;
    if (!kb_loose_cut(&file->text, order->pieces, order->count, &text))
        return kb_fail(err, KB_ERR_CORRUPT, "%s cannot be cut where its secrets stand", file->path);
    return kb_edited_write(file, &text, ret_changed, err);
}

static enum kb_err read_for_change(const char *path, struct kb_edited *ret, struct kb_error *err)
{
    enum kb_err rc = confine_rewriter(path, err);

    if (!rc)
        rc = kb_edited_read(path, ret, err);
    if (!rc && !ret->exists)
        rc = kb_fail(err, KB_ERR_NOT_FOUND, "%s is gone", path);
    return rc;
}

static void serve_rewriter(void *context)
{
    KB_AUTO(kb_edited_clear) struct kb_edited file = KB_EDITED_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf said = KB_BUF_INIT(16);
    struct kb_error err = KB_ERROR_INIT;
    static struct order order;
    bool changed = false;
    enum kb_err rc = read_for_change(context, &file, &err);

    if (!rc) {
        part_say(&said);
        rc = take_order(&order, &err);
    }
    if (!rc)
        rc = rewrite(context, &file, &order, &changed, &err);
    kb_pack_u8(&said, changed);
    part_answer(&said, rc, &err);
}

enum kb_err import_begin_rewriter(struct importing *import, struct kb_error *err)
{
    return part_begin(
        &import->rewriter, serve_rewriter, import->files.paths[import->files.chosen], err);
}

enum kb_err import_await_rewriter(const struct importing *import, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf nothing = KB_BUF_INIT(16);

    return part_hear(&import->rewriter, REWRITER, kb_deadline_in_ms(REWRITER_MS), &nothing, err);
}

static void pack_piece(struct kb_buf *out, const struct kb_loose_piece *piece)
{
    kb_pack_i64(out, (int64_t)piece->span.start);
    kb_pack_i64(out, (int64_t)piece->span.end);
    kb_pack_u8(out, (uint8_t)piece->cut);
}

enum kb_err import_cut(const struct importing *import, bool *ret_changed, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf order = KB_BUF_INIT(65536), answer = KB_BUF_INIT(16);
    const struct import_found *found = &import->found;
    struct kb_deadline by = kb_deadline_in_ms(REWRITER_MS);
    size_t stored = 0;
    enum kb_err rc;
    struct kb_unpack in;

    for (size_t i = 0; i < found->count; i++)
        stored += found->clients[i].is_stored;
    kb_buf_add(&order, found->sum, sizeof(found->sum));
    kb_pack_u8(&order, (uint8_t)(2 * stored));
    for (size_t i = 0; i < found->count; i++) {
        if (!found->clients[i].is_stored)
            continue;
        pack_piece(&order, &found->clients[i].of_id.piece);
        pack_piece(&order, &found->clients[i].of_secret.piece);
    }
    rc = part_tell(&import->rewriter, REWRITER, by, &order, err);
    if (!rc)
        rc = part_hear(&import->rewriter, REWRITER, by, &answer, err);
    if (rc)
        return rc;
    in = kb_unpack(kb_buf_text(&answer), answer.len);
    *ret_changed = kb_unpack_u8(&in) != 0;
    return kb_unpack_end(&in, "what was changed", err);
}
