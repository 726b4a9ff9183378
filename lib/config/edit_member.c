/*
 * Parts of a profile in the text of a configuration: one setting, one address of a list. Must
 * never touch another byte: comments and habits are their owner's.
 */
#include "config/edit.h"

#include "splice.h"

#include "base/json_edit.h"
#include "base/json_lex.h"
#include "base/json_write.h"

enum { PROFILE_DEPTH = 3 }; /* of a profile's members */

static void append_text(struct kb_buf *out, const char *text)
{
    struct kb_json_writer w = kb_json_writer(out, 0);

    kb_json_put_string(&w, text);
}

/* --- one setting -------------------------------------------------------------------- */

static void set_member(const struct kb_splice *edit, const struct kb_json_span *profile,
    const char *key, const struct kb_buf *value, struct kb_buf *out)
{
    struct kb_json_span member;
    const char *text = kb_buf_text(value);

    if (kb_splice_find(edit, profile->value_start, key, &member))
        kb_splice_replace(edit, &member, text, out);
    else
        kb_splice_insert_member(edit, profile->value_start, PROFILE_DEPTH, key, text, out);
    out->failed = out->failed || value->failed;
}

enum kb_err kb_config_set_text(const char *path, const char *old, size_t len, const char *profile,
    const char *key, const char *text, struct kb_buf *out, struct kb_error *err)
{
    KB_AUTO(kb_splice_clear) struct kb_splice edit = KB_SPLICE_INIT(err);
    KB_AUTO(kb_buf_clear) struct kb_buf fresh = KB_BUF_INIT(KB_CONFIG_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf value = KB_BUF_INIT(KB_CONFIG_MAX);
    struct kb_json_span one = {0};
    enum kb_err rc = kb_splice_begin(&edit, path, old, len);

    if (!rc)
        rc = kb_splice_find_profile(&edit, path, profile, &one);
    if (rc)
        return rc;
    append_text(&value, text);
    set_member(&edit, &one, key, &value, &fresh);
    return kb_splice_deliver(path, &fresh, out, err);
}

/* --- lists -------------------------------------------------------------------------- */

/* Where element NUMBER (from 0) of the array at ARRAY stands; false where there is none. */
static bool find_element(
    const struct kb_splice *edit, size_t array, size_t number, size_t *ret_start, size_t *ret_end)
{
    const struct kb_buf *text = &edit->blanked.text;
    struct kb_json_token token = kb_json_next(text->data, text->len, array + 1);

    while (text->data[token.start] != ']') {
        size_t end = kb_json_skip_value(text->data, text->len, token.start);

        if (number-- == 0) {
            *ret_start = token.start;
            *ret_end = end;
            return true;
        }
        token = kb_json_next(text->data, text->len, end);
        if (text->data[token.start] == ',')
            token = kb_json_next(text->data, text->len, token.end);
    }
    return false;
}

/* On a line of its own where the last one is, with whatever is said behind that. */
static void insert_element(
    const struct kb_splice *edit, size_t array, const struct kb_buf *value, struct kb_buf *out)
{
    const struct kb_buf *blanked = &edit->blanked.text, *text = &edit->text;
    KB_AUTO(kb_buf_clear) struct kb_buf indentation = KB_BUF_INIT(256);
    size_t bracket = kb_json_skip_value(blanked->data, blanked->len, array) - 1;
    size_t last = array, behind = array + 1, end;

    for (size_t i = 0; find_element(edit, array, i, &last, &behind);)
        i++;
    end = kb_json_trim_back(kb_buf_text(text), bracket);
    kb_buf_add(out, text->data, behind);
    if (last == array) {
        kb_buf_str(out, kb_buf_text(value));
        end = behind;
    } else if (kb_splice_indentation(edit, last, &indentation)) {
        kb_buf_byte(out, ',');
        kb_buf_add(out, text->data + behind, end - behind);
        kb_buf_fmt(out, "\n%s%s", kb_buf_text(&indentation), kb_buf_text(value));
    } else {
        kb_buf_fmt(out, ", %s", kb_buf_text(value));
        end = behind;
    }
    kb_buf_add(out, text->data + end, text->len - end);
    out->failed = out->failed || indentation.failed || value->failed;
}

/* [FIRST..., TEXT], in one line. */
static void append_list(struct kb_buf *out, const struct kb_strings *first, const char *text)
{
    kb_buf_byte(out, '[');
    for (size_t i = 0; i < first->count; i++) {
        append_text(out, first->items[i]);
        kb_buf_str(out, i + 1 < first->count || text ? ", " : "");
    }
    if (text)
        append_text(out, text);
    kb_buf_byte(out, ']');
}

/* Of a value that is no list yet a list is made: of what counts so far, which is in FIRST. */
enum kb_err kb_config_add_to_list(const char *path, const char *old, size_t len,
    const char *profile, const char *key, const struct kb_strings *first, const char *text,
    bool *ret_listed, struct kb_buf *out, struct kb_error *err)
{
    KB_AUTO(kb_splice_clear) struct kb_splice edit = KB_SPLICE_INIT(err);
    KB_AUTO(kb_buf_clear) struct kb_buf fresh = KB_BUF_INIT(KB_CONFIG_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf value = KB_BUF_INIT(KB_CONFIG_MAX);
    struct kb_json_span one = {0}, list = {0};
    bool listed;
    enum kb_err rc = kb_splice_begin(&edit, path, old, len);

    if (!rc)
        rc = kb_splice_find_profile(&edit, path, profile, &one);
    if (rc)
        return rc;
    listed = !kb_splice_find(&edit, one.value_start, key, &list);
    if (!listed && edit.blanked.text.data[list.value_start] == '[') {
        append_text(&value, text);
        insert_element(&edit, list.value_start, &value, &fresh);
    } else {
        append_list(&value, first, text);
        set_member(&edit, &one, key, &value, &fresh);
    }
    rc = kb_splice_deliver(path, &fresh, out, err);
    if (!rc)
        *ret_listed = listed;
    return rc;
}

enum kb_err kb_config_drop_from_list(const char *path, const char *old, size_t len,
    const char *profile, const char *key, const struct kb_strings *all, size_t number,
    bool *ret_listed, struct kb_buf *out, struct kb_error *err)
{
    KB_AUTO(kb_splice_clear) struct kb_splice edit = KB_SPLICE_INIT(err);
    KB_AUTO(kb_buf_clear) struct kb_buf fresh = KB_BUF_INIT(KB_CONFIG_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf value = KB_BUF_INIT(KB_CONFIG_MAX);
    KB_AUTO(kb_strings_clear) struct kb_strings left = {.count = 0};
    struct kb_json_span one = {0}, list = {0};
    size_t start, end;
    bool listed;
    enum kb_err rc = kb_splice_begin(&edit, path, old, len);

    if (!rc)
        rc = kb_splice_find_profile(&edit, path, profile, &one);
    if (rc)
        return rc;
    listed = !kb_splice_find(&edit, one.value_start, key, &list);
    if (!listed && edit.blanked.text.data[list.value_start] == '[' &&
        find_element(&edit, list.value_start, number, &start, &end)) {
        kb_splice_cut(&edit, start, end, &fresh);
    } else {
        for (size_t i = 0; i < all->count; i++)
            if (i != number)
                kb_strings_add(&left, all->items[i]);
        append_list(&value, &left, NULL);
        set_member(&edit, &one, key, &value, &fresh);
    }
    rc = kb_splice_deliver(path, &fresh, out, err);
    if (!rc)
        *ret_listed = listed;
    return rc;
}
