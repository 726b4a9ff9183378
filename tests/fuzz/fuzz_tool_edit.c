/*
 * A file of a tool's: as JSON a member is set and removed, as lines a block is. Both leave the
 * bytes that were there; what is refused changes nothing, and the error quotes nothing.
 */
#include "fuzz.h"

#include "base/json.h"
#include "tools/block.h"
#include "tools/member.h"

enum { OUT_MAX = 5 << 20 };

static bool is_same(const struct kb_buf *one, const struct kb_buf *other)
{
    return one->len == other->len &&
           (one->len == 0 || memcmp(one->data, other->data, one->len) == 0);
}

static void edit_member(const struct kb_buf *text, const struct kb_strings *path)
{
    KB_AUTO(kb_buf_clear)
    struct kb_buf with = KB_BUF_INIT(OUT_MAX), again = KB_BUF_INIT(OUT_MAX),
                  after = KB_BUF_INIT(OUT_MAX), value = KB_BUF_INIT(OUT_MAX);
    KB_AUTO(kb_json_release) struct json_object *document = NULL;
    struct kb_error err = KB_ERROR_INIT;
    enum kb_member_kind kind = KB_MEMBER_OTHER, now = KB_MEMBER_MISSING;
    int made = -1, none = -1, left = -1;
    enum kb_err rc = kb_member_look("file", text, path, &kind, &value, &err);

    must_be_presentable(rc, &err);
    if (rc) {
        MUST(kb_member_set("file", text, path, "keybearer", &with, &made, NULL));
        return;
    }
    MUST(kb_member_set("file", text, path, "keybearer", &with, &made, &err) == KB_OK);
    MUST(kb_json_parse(kb_buf_text(&with), with.len, &document, NULL) == KB_OK);
    kb_buf_reset(&value);
    MUST(kb_member_look("file", &with, path, &now, &value, NULL) == KB_OK);
    MUST(now == KB_MEMBER_TEXT && strcmp(kb_buf_text(&value), "keybearer") == 0);
    MUST(kb_member_set("file", &with, path, "keybearer", &again, &none, NULL) == KB_OK);
    MUST(none == 0 && is_same(&with, &again));
    MUST(kb_member_remove("file", &with, path, made, &after, &left, NULL) == KB_OK);
    if (kind == KB_MEMBER_MISSING)
        MUST(left == 0 && is_same(text, &after));
}

static void edit_block(const struct kb_buf *text)
{
    KB_AUTO(kb_buf_clear)
    struct kb_buf with = KB_BUF_INIT(OUT_MAX), again = KB_BUF_INIT(OUT_MAX),
                  after = KB_BUF_INIT(OUT_MAX), lines = KB_BUF_INIT(OUT_MAX);
    struct kb_error err = KB_ERROR_INIT;
    bool found = false, joined = false, ignored;
    enum kb_err rc = kb_block_look("file", text, "p", &found, &lines, &err);

    must_be_presentable(rc, &err);
    if (rc) {
        MUST(kb_block_set("file", text, "p", "x\n", &with, &joined, NULL));
        return;
    }
    MUST(kb_block_set("file", text, "p", "one\ntwo\n", &with, &joined, NULL) == KB_OK);
    MUST(kb_block_set("file", &with, "p", "one\ntwo\n", &again, &ignored, NULL) == KB_OK);
    MUST(is_same(&with, &again));
    kb_buf_reset(&lines);
    MUST(kb_block_remove("file", &with, "p", joined, &after, NULL) == KB_OK);
    if (!found)
        MUST(is_same(text, &after));
    MUST(kb_block_look("file", &after, "p", &found, &lines, NULL) == KB_OK && !found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(OUT_MAX);
    KB_AUTO(kb_strings_clear) struct kb_strings one = {0}, two = {0};

    if (size > 0)
        kb_buf_add(&text, data, size);
    kb_strings_add(&one, "apiKeyHelper");
    kb_strings_add(&two, "credHelpers");
    kb_strings_add(&two, "r.example");
    edit_member(&text, &one);
    edit_member(&text, &two);
    edit_block(&text);
    return 0;
}
