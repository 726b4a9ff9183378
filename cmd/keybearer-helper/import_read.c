/*
 * The part of `import` that reads the file, and what it says. It must never have a store in reach,
 * nor a network, nor write anything.
 */
#include "import.h"

#include "base/edited.h"
#include "base/pack.h"
#include "loose/find.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READER_MS = 10000, CHOICE_MAX = 8192 };

_Static_assert(KB_LOOSE_FILE_MAX == 4U << 20 && KB_LOOSE_ENTRIES_MAX == 4096, "as messages say");

#define READER "the process that reads the file"

/* --- which file ------------------------------------------------------------------------ */

static void add_file(struct import_files *files, enum kb_loose_format format)
{
    files->formats[files->count++] = format;
}

static enum kb_err find_by_tool(const char *word, struct import_files *ret, struct kb_error *err)
{
    size_t count;
    const struct kb_loose_place *places = kb_loose_places(&count);

    for (size_t i = 0; i < count && ret->count < IMPORT_FILES_MAX; i++) {
        struct stat st;

        if (strcmp(places[i].word, word) == 0 &&
            kb_loose_path(&places[i], ret->paths[ret->count]) &&
            lstat(ret->paths[ret->count], &st) == 0)
            add_file(ret, places[i].format);
    }
    if (ret->count > 0)
        return KB_OK;
    return kb_hinted(err,
        kb_fail(
            err, KB_ERR_NOT_FOUND, "no file is here that %s is known to keep a secret in", word),
        "keybearer import FILE; for a file of that name: ./%s", word);
}

/* What has no name, as standard input may, cannot even be in what a process is confined to. */
static enum kb_err check_kind(const char *path, struct kb_error *err)
{
    struct stat st;

    if (stat(path, &st) < 0 || (S_ISREG(st.st_mode) && st.st_nlink > 0))
        return KB_OK;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_DENIED, "%s is no regular file%s", path,
            S_ISREG(st.st_mode) ? " that has a name" : ""),
        "ls -ld %s", path);
}

enum kb_err import_find_files(const char *word, struct import_files *ret, struct kb_error *err)
{
    char here[PATH_MAX] = "";

    if (!strchr(word, '/') && kb_loose_place_by_word(word))
        return find_by_tool(word, ret, err);
    if (*word != '/' && !getcwd(here, sizeof(here)))
        return kb_hinted(err,
            kb_fail_sys(
                err, KB_ERR_USAGE, errno, "the working directory has no path that can be used"),
            "change to another folder, and name the file from there");
    if (snprintf(ret->paths[0], PATH_MAX, "%s%s%s", here, *word == '/' ? "" : "/", word) >=
        PATH_MAX)
        return kb_fail(err, KB_ERR_USAGE, "the path of the file is too long");
    add_file(ret, kb_loose_format_of(ret->paths[0]));
    return check_kind(ret->paths[0], err);
}

/* libsodium leaves what it worked on, the file's end, in the stack. */
void import_sum(const struct kb_buf *text, unsigned char ret[static IMPORT_SUM])
{
    enum { WORK_SPACE = 8192 };

    crypto_generichash(
        ret, IMPORT_SUM, (const unsigned char *)kb_buf_text(text), text->len, NULL, 0);
    sodium_stackzero(WORK_SPACE);
}

/* --- what the reader says --------------------------------------------------------------- */

static void pack_name(struct kb_buf *out, const char *text, const struct kb_loose_entry *entry)
{
    kb_pack_bytes(out, text + entry->name.start, entry->name.end - entry->name.start);
    kb_pack_i64(out, entry->line);
}

static void pack_half(struct kb_buf *out, const char *text, const struct kb_loose_entry *entry)
{
    pack_name(out, text, entry);
    kb_pack_bytes(out, text + entry->value.start, entry->value.end - entry->value.start);
    kb_pack_i64(out, (int64_t)entry->whole.start);
    kb_pack_i64(out, (int64_t)entry->whole.end);
    kb_pack_u8(out, (uint8_t)entry->cut);
}

static void pack_found(struct kb_buf *out, const struct kb_buf *text,
    const struct kb_loose_clients *clients, bool has_others)
{
    const char *bytes = kb_buf_text(text);
    unsigned char sum[IMPORT_SUM];

    import_sum(text, sum);
    kb_buf_add(out, sum, sizeof(sum));
    kb_pack_u8(out, has_others);
    kb_pack_u8(out, (uint8_t)clients->count);
    for (size_t i = 0; i < clients->count; i++) {
        const struct kb_loose_client *client = &clients->items[i];

        kb_pack_text(out, client->name);
        kb_pack_text(out, client->preset ? client->preset->name : "");
        kb_pack_text(out, client->key);
        kb_pack_text(out, client->key ? client->value : "");
        pack_half(out, bytes, client->of_id);
        pack_half(out, bytes, client->of_secret);
    }
    kb_pack_u8(out, (uint8_t)clients->doubt_count);
    for (size_t i = 0; i < clients->doubt_count; i++) {
        pack_name(out, bytes, clients->doubts[i].entry);
        kb_pack_text(out, clients->doubts[i].why);
    }
    kb_pack_i64(out, (int64_t)clients->left_out);
}

static void unpack_name(struct kb_unpack *in, struct import_half *ret)
{
    kb_unpack_text(in, ret->name, sizeof(ret->name));
    ret->line = kb_unpack_i64(in);
    in->failed = in->failed || ret->line < 1;
}

static void unpack_half(struct kb_unpack *in, struct import_half *ret)
{
    unpack_name(in, ret);
    kb_unpack_secret(in, &ret->bytes);
    ret->piece.span.start = (size_t)kb_unpack_i64(in);
    ret->piece.span.end = (size_t)kb_unpack_i64(in);
    ret->piece.cut = (enum kb_loose_cut)kb_unpack_u8(in);
    in->failed = in->failed || ret->piece.cut > KB_LOOSE_MEMBER;
}

static void unpack_client(struct kb_unpack *in, struct import_client *ret)
{
    kb_unpack_text(in, ret->name, sizeof(ret->name));
    kb_unpack_text(in, ret->preset, sizeof(ret->preset));
    kb_unpack_text(in, ret->key, sizeof(ret->key));
    kb_unpack_text(in, ret->value, sizeof(ret->value));
    unpack_half(in, &ret->of_id);
    unpack_half(in, &ret->of_secret);
}

static void clear_half(struct import_half *half)
{
    kb_secret_clear(&half->bytes);
}

static void unpack_doubt(struct kb_unpack *in, struct kb_pairs *ret)
{
    struct import_half half = {.line = 0};
    char why[128], name[sizeof(half.name) + 32];

    unpack_name(in, &half);
    kb_unpack_text(in, why, sizeof(why));
    if (in->failed)
        return;
    snprintf(name, sizeof(name), "%s (line %lld)", half.name, (long long)half.line);
    kb_pairs_add(ret, name, why);
}

static void unpack_left_out(struct kb_unpack *in, struct kb_pairs *ret)
{
    int64_t count = kb_unpack_i64(in);
    char name[32];

    if (in->failed || count <= 0)
        return;
    snprintf(name, sizeof(name), "%lld more", (long long)count);
    kb_pairs_add(ret, name, count > 1 ? "are not named here" : "is not named here");
}

static void unpack_found(struct kb_unpack *in, struct import_found *ret)
{
    const unsigned char *sum = kb_unpack_raw(in, IMPORT_SUM);
    uint8_t count;

    if (sum)
        memcpy(ret->sum, sum, IMPORT_SUM);
    ret->has_others = kb_unpack_u8(in) != 0;
    count = kb_unpack_u8(in);
    in->failed = in->failed || count > KB_LOOSE_CLIENTS_MAX;
    while (!in->failed && ret->count < count)
        unpack_client(in, &ret->clients[ret->count++]);
    count = kb_unpack_u8(in);
    for (uint8_t i = 0; i < count && !in->failed; i++)
        unpack_doubt(in, &ret->doubts);
    unpack_left_out(in, &ret->doubts);
}

static void clear_client(struct import_client *client)
{
    clear_half(&client->of_id);
    clear_half(&client->of_secret);
    kb_secret_clear(&client->token_url);
}

bool import_found_pick(struct import_found *found, const char *name)
{
    for (size_t i = 0; i < found->count; i++) {
        struct import_client picked = found->clients[i];

        if (strcmp(picked.name, name) != 0)
            continue;
        found->clients[i] = found->clients[0];
        found->clients[0] = picked;
        while (found->count > 1)
            clear_client(&found->clients[--found->count]);
        return true;
    }
    return false;
}

void import_found_clear(struct import_found *found)
{
    for (size_t i = 0; i < found->count; i++)
        clear_client(&found->clients[i]);
    kb_pairs_clear(&found->doubts);
    found->count = 0;
}

/* --- the reader ------------------------------------------------------------------------- */

static bool has_others(const char *text, const struct kb_loose_entries *entries,
    const struct kb_loose_clients *clients)
{
    size_t secrets = 0;

    for (size_t i = 0; i < entries->count; i++)
        secrets += kb_loose_is_credential(text, &entries->items[i]);
    return secrets > clients->count;
}

static void pack_choice(struct kb_buf *out, size_t chosen, const struct kb_loose_clients *clients)
{
    kb_buf_reset(out);
    kb_pack_u8(out, (uint8_t)chosen);
    kb_pack_u8(out, (uint8_t)clients->count);
    for (size_t i = 0; i < clients->count; i++)
        kb_pack_text(out, clients->items[i].name);
}

/* What is more than is read could be the other value of a name: then none of it counts. */
static enum kb_err refuse_size(const char *path, const char *more, struct kb_error *err)
{
    return kb_hinted(err,
        kb_fail(err, KB_ERR_USAGE, "%s has more than import reads, which is %s", path, more),
        "put the lines of the client into a file of their own, and import that");
}

static enum kb_err read_entries(const char *path, enum kb_loose_format format, struct kb_buf *text,
    struct kb_loose_entries *ret, struct kb_error *err)
{
    enum kb_err rc = kb_loose_read(path, text, err);

    if (rc == KB_ERR_CORRUPT)
        return refuse_size(path, "4 MiB", err);
    if (rc)
        return rc;
    kb_loose_parse(format, kb_buf_text(text), text->len, ret);
    return ret->failed ? refuse_size(path, "4096 values", err) : KB_OK;
}

static void add_piece(
    const struct kb_loose_entry *half, struct kb_loose_piece *pieces, size_t *count)
{
    if (half->cut != KB_LOOSE_KEEP)
        pieces[(*count)++] = (struct kb_loose_piece){half->whole, half->cut};
}

/* What would end a cut of CLIENTS out of TEXT, which lies at PATH, before anything is stored. */
static enum kb_err foresee_cut(const char *path, const struct kb_buf *text,
    const struct kb_loose_clients *clients, struct kb_error *err)
{
    KB_AUTO(kb_edited_clear) struct kb_edited file = KB_EDITED_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf left = KB_BUF_INIT(KB_EDITED_MAX);
    struct kb_loose_piece pieces[2 * KB_LOOSE_CLIENTS_MAX];
    size_t count = 0;
    enum kb_err rc = kb_edited_read(path, &file, err);

    if (rc)
        return rc;
    for (size_t i = 0; i < clients->count; i++) {
        add_piece(clients->items[i].of_id, pieces, &count);
        add_piece(clients->items[i].of_secret, pieces, &count);
    }
    if (kb_loose_cut(text, pieces, count, &left))
        return KB_OK;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_USAGE,
            "%s is not understood behind its secrets, so they are not deleted", path),
        "the same command without --delete, then delete them yourself");
}

/* Reads files until one has a client; without one, the last that could be read counts. */
static enum kb_err read_files(const struct import_files *files, struct kb_buf *choice,
    struct kb_buf *ret, struct kb_error *err)
{
    static struct kb_loose_clients clients; /* large */
    enum kb_err rc = KB_ERR_NOT_FOUND;

    for (size_t i = 0; i < files->count; i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_LOOSE_FILE_MAX);
        KB_AUTO(kb_loose_entries_clear) struct kb_loose_entries entries = {0};
        enum kb_err failed =
            read_entries(files->paths[i], files->formats[i], &text, &entries, rc ? err : NULL);

        if (failed && rc)
            rc = failed;
        if (failed)
            continue;
        rc = KB_OK;
        kb_loose_find_clients(kb_buf_text(&text), &entries, &clients);
        pack_choice(choice, i, &clients);
        kb_buf_reset(ret);
        pack_found(ret, &text, &clients, has_others(kb_buf_text(&text), &entries, &clients));
        if (clients.count > 0 && files->will_be_cut && !kb_loose_is_program(files->formats[i]))
            return foresee_cut(files->paths[i], &text, &clients, err);
        if (clients.count > 0)
            break;
    }
    return rc;
}

static void serve_reader(void *context)
{
    const struct import_files *files = context;
    KB_AUTO(kb_buf_clear) struct kb_buf found = KB_BUF_INIT(PART_MESSAGE_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf choice = KB_BUF_INIT(CHOICE_MAX);
    struct kb_error err = KB_ERROR_INIT;
    const char *paths[IMPORT_FILES_MAX];
    enum kb_err rc;

    for (size_t i = 0; i < files->count; i++)
        paths[i] = files->paths[i];
    rc = confine_to_files(paths, files->count, NULL, &err);
    if (!rc)
        rc = read_files(files, &choice, &found, &err);
    if (!rc)
        part_say(&choice);
    part_answer(&found, rc, &err);
}

enum kb_err import_choose_file(struct importing *import, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf choice = KB_BUF_INIT(CHOICE_MAX);
    enum kb_err rc = part_begin(&import->reader, serve_reader, &import->files, err);
    struct kb_unpack in;

    if (!rc)
        rc = part_hear(&import->reader, READER, kb_deadline_in_ms(READER_MS), &choice, err);
    if (rc)
        return rc;
    in = kb_unpack(kb_buf_text(&choice), choice.len);
    import->files.chosen = kb_unpack_u8(&in);
    in.failed = in.failed || import->files.chosen >= import->files.count;
    for (uint8_t left = kb_unpack_u8(&in); left > 0 && !in.failed; left--) {
        char name[KB_PROFILE_NAME_MAX + 1];

        kb_unpack_text(&in, name, sizeof(name));
        kb_strings_add(&import->files.names, in.failed ? "" : name);
    }
    return kb_unpack_end(&in, "what was read", err);
}

enum kb_err import_hear_reader(struct importing *import, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf message = KB_BUF_INIT(PART_MESSAGE_MAX);
    enum kb_err rc =
        part_hear(&import->reader, READER, kb_deadline_in_ms(READER_MS), &message, err);
    struct kb_unpack in;

    if (rc)
        return rc;
    in = kb_unpack(kb_buf_text(&message), message.len);
    unpack_found(&in, &import->found);
    return kb_unpack_end(&in, "what was read", err);
}
