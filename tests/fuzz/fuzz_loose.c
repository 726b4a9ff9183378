/*
 * Files in which credentials may lie in clear, of every format: what is found lies in the text, is
 * within its caps, and cutting it leaves every other byte. What is cut is not found again.
 */
#include "fuzz.h"

#include "base/buf.h"
#include "loose/client.h"
#include "loose/cut.h"
#include "loose/parse.h"

enum { OUT_MAX = 1 << 20, PIECES_MAX = 2 * KB_LOOSE_CLIENTS_MAX };

static void must_be_inside(struct kb_loose_span span, size_t len)
{
    MUST(span.start <= span.end && span.end <= len);
}

static void check_entries(const struct kb_loose_entries *entries, const struct kb_buf *text)
{
    int lines = 1;

    for (size_t i = 0; i < text->len; i++)
        lines += text->data[i] == '\n';
    MUST(entries->count <= KB_LOOSE_ENTRIES_MAX);
    for (size_t i = 0; i < entries->count; i++) {
        const struct kb_loose_entry *entry = &entries->items[i];

        must_be_inside(entry->name, text->len);
        must_be_inside(entry->value, text->len);
        must_be_inside(entry->whole, text->len);
        MUST(entry->line >= 1 && entry->line <= lines);
        MUST(entry->cut == KB_LOOSE_KEEP ||
             (entry->whole.start <= entry->value.start && entry->value.end <= entry->whole.end));
        (void)kb_loose_is_credential(kb_buf_text(text), entry);
    }
}

static size_t take_pieces(
    const struct kb_loose_clients *clients, struct kb_loose_piece pieces[PIECES_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < clients->count; i++) {
        const struct kb_loose_entry *halves[] = {
            clients->items[i].of_id, clients->items[i].of_secret};

        MUST(kb_profile_name_ok(clients->items[i].name));
        for (size_t k = 0; k < KB_COUNT(halves); k++)
            if (!halves[k]->why_not && halves[k]->cut != KB_LOOSE_KEEP)
                pieces[count++] = (struct kb_loose_piece){halves[k]->whole, halves[k]->cut};
    }
    return count;
}

/* Whether PART is WHOLE without some of its bytes. */
static bool is_part(const struct kb_buf *part, const struct kb_buf *whole)
{
    size_t at = 0;

    for (size_t i = 0; i < whole->len && at < part->len; i++)
        at += whole->data[i] == part->data[at];
    return at == part->len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct kb_loose_clients clients;
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(OUT_MAX), left = KB_BUF_INIT(OUT_MAX);
    KB_AUTO(kb_loose_entries_clear) struct kb_loose_entries entries = {0}, after = {0};
    struct kb_loose_piece pieces[PIECES_MAX];
    struct input in = {data, size};
    enum kb_loose_format format = (enum kb_loose_format)(take_byte(&in) % (KB_LOOSE_URL_LINES + 1));
    size_t count;

    kb_buf_add(&text, in.data, in.size);
    kb_loose_parse(format, kb_buf_text(&text), text.len, &entries);
    check_entries(&entries, &text);
    kb_loose_find_clients(kb_buf_text(&text), &entries, &clients);
    count = take_pieces(&clients, pieces);
    if (count == 0 || !kb_loose_cut(&text, pieces, count, &left))
        return 0;
    MUST(left.len < text.len && is_part(&left, &text));
    kb_loose_parse(format, kb_buf_text(&left), left.len, &after);
    MUST(after.count + count == entries.count || entries.failed);
    return 0;
}
