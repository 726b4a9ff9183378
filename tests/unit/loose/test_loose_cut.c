/*
 * What is left when entries are cut out: every other byte, as it was.
 */
#include "loose_test.h"

#include "loose/cut.h"

enum { MAX = 1 << 16, PIECES = 16 };

static const struct {
    const char *what;
    enum kb_loose_format format;
    const char *text, *left; /* all credentials, and what ends in _ID, are cut */
} rows[] = {
    {".env", KB_LOOSE_ENV, "# mine\nA=1\nX_CLIENT_ID=i\nX_CLIENT_SECRET='s'\n\nB=2",
        "# mine\nA=1\n\nB=2"},
    {"the last line, without an end", KB_LOOSE_ENV, "A=1\nX_CLIENT_SECRET=s", "A=1\n"},
    {"CRLF", KB_LOOSE_ENV, "A=1\r\nX_CLIENT_SECRET=s\r\nB=2\r\n", "A=1\r\nB=2\r\n"},
    {"alone", KB_LOOSE_ENV, "X_CLIENT_SECRET=s\n", ""},
    {"the first of an object", KB_LOOSE_JSON, "{\n  \"X_CLIENT_SECRET\": \"s\",\n  \"a\": 1\n}\n",
        "{\n  \"a\": 1\n}\n"},
    {"the last two", KB_LOOSE_JSON,
        "{\n  \"a\": 1,\n  \"X_CLIENT_ID\": \"i\",\n  \"X_CLIENT_SECRET\": \"s\"\n}\n",
        "{\n  \"a\": 1\n}\n"},
    {"all of an object", KB_LOOSE_JSON,
        "{\"env\": {\"X_CLIENT_ID\": \"i\", \"X_CLIENT_SECRET\": \"s\"}, \"b\": 2}",
        "{\"env\": {}, \"b\": 2}"},
    {"beside comments", KB_LOOSE_JSON,
        "{ // mine\n\t\"X_CLIENT_SECRET\": \"s\", /* b, */ \"b\": 2, // c\n}",
        "{ // mine\n\t/* b, */ \"b\": 2, // c\n}"},
    {"TOML", KB_LOOSE_TOML, "[a]\nX_CLIENT_SECRET = \"s\"\nb = \"2\"\n", "[a]\nb = \"2\"\n"},
    {"TOML's comment stays", KB_LOOSE_TOML, "[a]\n  X_CLIENT_SECRET = \"s\" # mine\nb = \"2\"\n",
        "[a]\n  # mine\nb = \"2\"\n"},
    {"a comment stays", KB_LOOSE_ENV,
        "A=1\nexport X_CLIENT_ID=\"i\" # mine\n\tX_CLIENT_SECRET=s  #too\r\n",
        "A=1\n# mine\n\t#too\r\n"},
    {"behind a mark of UTF-8", KB_LOOSE_ENV, "\xEF\xBB\xBFX_CLIENT_SECRET=s\nA=1\n",
        "\xEF\xBB\xBF"
        "A=1\n"},
    {"what shares its line with others stays", KB_LOOSE_ENV, "X_CLIENT_ID=i X_CLIENT_SECRET=s\n",
        "X_CLIENT_ID=i X_CLIENT_SECRET=s\n"},
    {"a comment before the comma stays", KB_LOOSE_JSON,
        "{\"X_CLIENT_SECRET\": \"s\" /* mine */, \"b\": 2}",
        "{\"X_CLIENT_SECRET\": \"s\" /* mine */, \"b\": 2}"},
    {"a comment before the value stays", KB_LOOSE_JSON, "{\"X_CLIENT_SECRET\": /* mine */ \"s\"}",
        "{\"X_CLIENT_SECRET\": /* mine */ \"s\"}"},
    {"a comment behind the last member stays", KB_LOOSE_JSON,
        "{\"b\": 2 /* b */, /* c */ \"X_CLIENT_SECRET\": \"s\" /* mine */}",
        "{\"b\": 2 /* b */ /* c */ /* mine */}"},
    {"what shares its line stays", KB_LOOSE_TOML, "a = { X_CLIENT_SECRET = \"s\" }\n",
        "a = { X_CLIENT_SECRET = \"s\" }\n"},
    {"a program stays", KB_LOOSE_SHELL, "export X_CLIENT_SECRET=s\n", "export X_CLIENT_SECRET=s\n"},
};

static size_t find_pieces(
    enum kb_loose_format format, const struct kb_buf *text, struct kb_loose_piece ret[PIECES])
{
    KB_AUTO(kb_loose_entries_clear) struct kb_loose_entries entries = {0};
    size_t count = 0;

    kb_loose_parse(format, kb_buf_text(text), text->len, &entries);
    for (size_t i = 0; i < entries.count && count < PIECES; i++)
        if (entries.items[i].cut != KB_LOOSE_KEEP)
            ret[count++] = (struct kb_loose_piece){entries.items[i].whole, entries.items[i].cut};
    return count;
}

static void test_every_other_byte_stays(void **state)
{
    (void)state;
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(MAX), left = KB_BUF_INIT(MAX);
        struct kb_loose_piece pieces[PIECES];
        size_t count;

        kb_buf_str(&text, rows[i].text);
        count = find_pieces(rows[i].format, &text, pieces);
        assert_true(kb_loose_cut(&text, pieces, count, &left));
        if (strcmp(kb_buf_text(&left), rows[i].left) != 0)
            fail_msg("%s:\n%s", rows[i].what, kb_buf_text(&left));
    }
}

static void refused(const char *what, struct kb_loose_piece one, struct kb_loose_piece two)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(MAX), left = KB_BUF_INIT(MAX);
    struct kb_loose_piece pieces[] = {one, two};

    kb_buf_str(&text, "0123456789");
    if (kb_loose_cut(&text, pieces, 2, &left))
        fail_msg("%s", what);
}

static void test_pieces_that_are_not_there(void **state)
{
    const struct kb_loose_piece good = {{0, 2}, KB_LOOSE_LINE};

    (void)state;
    refused("behind the end", good, (struct kb_loose_piece){{9, 11}, KB_LOOSE_LINE});
    refused("over another", good, (struct kb_loose_piece){{1, 3}, KB_LOOSE_LINE});
    refused("the same", good, good);
    refused("empty", good, (struct kb_loose_piece){{5, 5}, KB_LOOSE_LINE});
    refused("turned round", good, (struct kb_loose_piece){{6, 5}, KB_LOOSE_LINE});
    refused("what is not to be cut", good, (struct kb_loose_piece){{5, 6}, KB_LOOSE_KEEP});
    refused("a member without braces", good, (struct kb_loose_piece){{3, 10}, KB_LOOSE_MEMBER});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_other_byte_stays),
        cmocka_unit_test(test_pieces_that_are_not_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
