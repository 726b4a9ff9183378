/*
 * `scan`: which files, of those that are known to hold credentials in clear, do so now; for
 * `doctor`. Confined to these files, without network and without any store. Must never tell a
 * value, nor a byte of a line.
 */
#include "helper.h"

#include "base/shell_word.h"
#include "base/strings.h"
#include "loose/client.h"
#include "loose/find.h"
#include "loose/place.h"

#include <string.h>
#include <sys/stat.h>

enum { PATHS_MAX = 48, LINES_SHOWN = 5, COMMAND_MAX = KB_REPORT_PAIR_TEXT - 1 };
enum { PATH_SHOWN = COMMAND_MAX - 64 }; /* a longer one leaves no room for a command */

/* The files that are there, each once. */
struct candidates {
    const struct kb_loose_place *places[PATHS_MAX];
    char paths[PATHS_MAX][PATH_MAX];
    const char *files[PATHS_MAX];
    size_t count;
};

static bool is_listed(const struct candidates *list, const char *path)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->paths[i], path) == 0)
            return true;
    return false;
}

/* False: there is no room for it, which SCAN is told. */
static bool has_room(const struct candidates *list, const struct kb_loose_place *place,
    const char *path, struct kb_report_scan *scan)
{
    KB_AUTO(kb_buf_clear) struct kb_buf why = KB_BUF_INIT(COMMAND_MAX);

    if (strlen(path) > PATH_SHOWN)
        kb_buf_fmt(&why, "%s, whose path is longer than %d bytes", place->path, PATH_SHOWN);
    else if (list->count == PATHS_MAX)
        kb_buf_fmt(&why, "%s, after %d other files", path, PATHS_MAX);
    else
        return true;
    kb_pairs_add(&scan->unread, place->word, kb_buf_text(&why));
    return false;
}

/* Nothing below BASE can be looked at. */
static void report_base(enum kb_loose_base base, struct kb_report_scan *scan)
{
    static const char *const why[] = {
        [KB_LOOSE_HOME] = "what is in the home folder: HOME is no absolute path, or too long",
        [KB_LOOSE_CONFIG] = "what is in ~/.config: HOME is no absolute path, or too long",
        [KB_LOOSE_HERE] = "what is in the working directory: its path is not known, or too long",
    };

    kb_pairs_add(&scan->unread, "", why[base]);
}

static void find_candidates(struct candidates *ret, struct kb_report_scan *scan)
{
    bool is_lost[KB_LOOSE_HERE + 1] = {false};
    size_t count;
    const struct kb_loose_place *places = kb_loose_places(&count);

    for (size_t i = 0; i < count; i++) {
        char path[PATH_MAX];
        struct stat st;

        if (!kb_loose_path(&places[i], path)) {
            if (!is_lost[places[i].base])
                report_base(places[i].base, scan);
            is_lost[places[i].base] = true;
            continue;
        }
        if (lstat(path, &st) < 0 || is_listed(ret, path) || !has_room(ret, &places[i], path, scan))
            continue;
        kb_text_copy(ret->paths[ret->count], PATH_MAX, path);
        ret->files[ret->count] = ret->paths[ret->count];
        ret->places[ret->count++] = &places[i];
    }
}

/* What is of one kind in a file, and has one cure. */
struct group {
    enum kb_loose_kind kind;
    bool is_client;
    size_t count;
    struct kb_buf lines;
};

static bool is_of_client(const struct kb_loose_clients *clients, const struct kb_loose_entry *entry)
{
    for (size_t i = 0; i < clients->count; i++)
        if (clients->items[i].of_secret == entry)
            return true;
    return false;
}

static void add_line(struct group *group, int line)
{
    if (group->count++ < LINES_SHOWN)
        kb_buf_fmt(&group->lines, "%s%d", group->count > 1 ? ", " : "", line);
}

/* The command, unless quotes make its path too long, or it has bytes that are not shown. */
static void say_import(const char *path, struct kb_buf *out)
{
    kb_buf_str(out, "keybearer import ");
    kb_shell_word(out, path);
    if (!out->failed && kb_text_is_printable(path, strlen(path), 1, PATH_MAX))
        return;
    kb_buf_reset(out);
    kb_buf_str(out, "keybearer import, with the path of that file");
}

static void report_group(const struct kb_loose_place *place, const char *path, struct group *group,
    struct kb_report_scan *ret)
{
    KB_AUTO(kb_buf_clear) struct kb_buf cure = KB_BUF_INIT(COMMAND_MAX);

    if (group->count > LINES_SHOWN)
        kb_buf_fmt(&group->lines, " and %zu more", group->count - LINES_SHOWN);
    if (group->is_client)
        say_import(path, &cure);
    else
        kb_buf_str(&cure, place->cure);
    kb_pairs_add(&ret->found, path, kb_buf_text(&group->lines));
    kb_pairs_add(&ret->what, place->word, kb_loose_say(group->kind));
    kb_pairs_add(&ret->next, kb_buf_text(&cure), "");
}

static void report_crowd(const char *path, struct kb_report_scan *ret)
{
    KB_AUTO(kb_buf_clear) struct kb_buf why = KB_BUF_INIT(COMMAND_MAX);

    kb_buf_fmt(&why, "%s behind its first %d values", path, KB_LOOSE_ENTRIES_MAX);
    kb_pairs_add(&ret->unread, path, kb_buf_text(&why));
}

static void report_file(const struct kb_loose_place *place, const char *path,
    const struct kb_buf *text, struct kb_report_scan *ret)
{
    KB_AUTO(kb_loose_entries_clear) struct kb_loose_entries entries = {0};
    static struct kb_loose_clients clients; /* large */
    const char *bytes = kb_buf_text(text);

    kb_loose_parse(place->format, bytes, text->len, &entries);
    kb_loose_find_clients(bytes, &entries, &clients);
    for (int group = 0; group < 2 * KB_LOOSE_KINDS; group++) {
        struct group found = {.kind = (enum kb_loose_kind)(group / 2),
            .is_client = group % 2,
            .lines = KB_BUF_INIT(256)};

        for (size_t i = 0; i < entries.count; i++) {
            const struct kb_loose_entry *entry = &entries.items[i];

            if (entry->kind == found.kind && kb_loose_is_credential(bytes, entry) &&
                is_of_client(&clients, entry) == found.is_client)
                add_line(&found, entry->line);
        }
        if (found.count > 0)
            report_group(place, path, &found, ret);
        kb_buf_clear(&found.lines);
    }
    if (entries.failed)
        report_crowd(path, ret);
}

static void look_at(
    const struct kb_loose_place *place, const char *path, struct kb_report_scan *ret)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_LOOSE_FILE_MAX);
    struct kb_error why = KB_ERROR_INIT;
    enum kb_err rc = kb_loose_read(path, &text, &why);

    if (!rc)
        report_file(place, path, &text, ret);
    else if (rc != KB_ERR_NOT_FOUND)
        kb_pairs_add(&ret->unread, path, why.msg);
}

enum kb_err helper_scan(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err)
{
    static struct candidates candidates; /* large */
    enum kb_err rc;

    (void)argv;
    if (argc != 0)
        return kb_fail(err, KB_ERR_USAGE, "scan takes no argument");
    find_candidates(&candidates, &frame->report.scan);
    rc = confine_to_files(candidates.files, candidates.count, NULL, err);
    for (size_t i = 0; !rc && i < candidates.count; i++)
        look_at(candidates.places[i], candidates.paths[i], &frame->report.scan);
    return rc;
}
