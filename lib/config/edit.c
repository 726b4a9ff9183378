/*
 * A whole profile into the text of a configuration, and out of it.
 */
#include "config/edit.h"

#include "splice.h"

#include "base/json_edit.h"
#include "base/json_write.h"

#include <string.h>

/* Gives an empty text a document, keeping the comments that it may consist of. */
static enum kb_err begin_document(struct kb_splice *edit, const char *path, const char *schema)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_CONFIG_MAX);
    size_t kept = kb_json_trim_back(kb_buf_text(&edit->text), edit->text.len);

    kb_buf_add(&text, edit->text.data, kept);
    if (kept > 0)
        kb_buf_byte(&text, '\n');
    struct kb_json_writer w = kb_json_writer(&text, (int)strlen(KB_SPLICE_UNIT));
    kb_json_open(&w, '{');
    if (schema)
        kb_json_string_member(&w, "$schema", schema);
    kb_json_close(&w);
    kb_buf_byte(&text, '\n');
    enum kb_err rc = kb_buf_check(&text, "the configuration", edit->err);
    return rc ? rc : kb_splice_begin(edit, path, text.data, text.len);
}

static void set_profile(
    const struct kb_splice *edit, const char *name, const char *object, struct kb_buf *out)
{
    KB_AUTO(kb_buf_clear) struct kb_buf profiles = KB_BUF_INIT(KB_CONFIG_MAX);
    struct kb_json_span all, one;

    if (!kb_splice_find_profiles(edit, &all)) {
        kb_buf_str(&profiles, "{\n" KB_SPLICE_UNIT);
        kb_splice_append_member(&profiles, name, object, KB_SPLICE_UNIT);
        kb_buf_str(&profiles, "\n}");
        kb_splice_insert_member(
            edit, kb_splice_root(edit), 1, "profiles", kb_buf_text(&profiles), out);
        out->failed = out->failed || profiles.failed;
    } else if (kb_splice_find(edit, all.value_start, name, &one)) {
        kb_splice_replace(edit, &one, object, out);
    } else {
        kb_splice_insert_member(edit, all.value_start, 2, name, object, out);
    }
}

enum kb_err kb_config_set_profile(const char *path, const char *old, size_t len, const char *schema,
    const char *name, const char *object, struct kb_buf *out, struct kb_error *err)
{
    KB_AUTO(kb_splice_clear)
    struct kb_splice edit = {KB_CONFIG_SOURCE_INIT, KB_BUF_INIT(KB_CONFIG_MAX), err};
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_CONFIG_MAX);

    enum kb_err rc = kb_splice_begin(&edit, path, old, len);
    if (!rc && kb_config_source_is_blank(&edit.blanked))
        rc = begin_document(&edit, path, schema);
    if (rc)
        return rc;
    set_profile(&edit, name, object, &text);
    return kb_splice_deliver(path, &text, out, err);
}

enum kb_err kb_config_remove_profile(const char *path, const char *old, size_t len,
    const char *name, struct kb_buf *out, struct kb_error *err)
{
    KB_AUTO(kb_splice_clear)
    struct kb_splice edit = {KB_CONFIG_SOURCE_INIT, KB_BUF_INIT(KB_CONFIG_MAX), err};
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_CONFIG_MAX);
    struct kb_json_span one;

    enum kb_err rc = kb_splice_begin(&edit, path, old, len);
    if (!rc)
        rc = kb_splice_find_profile(&edit, path, name, &one);
    if (rc)
        return rc;
    kb_splice_cut(&edit, one.key_start, one.value_end, &text);
    return kb_splice_deliver(path, &text, out, err);
}
