/*
 * The state of a configuration's text while it is edited; base/json_edit.h finds and splices. Must
 * never write out what was parsed: that would lose the comments. Places come from the text with its
 * comments blanked, bytes from the original.
 */
#include "splice.h"

#include "base/json_edit.h"

static const struct kb_json_layout layout = {"\n", KB_SPLICE_UNIT, true};

static struct kb_json_text text_of(const struct kb_splice *edit)
{
    return (struct kb_json_text){
        kb_buf_text(&edit->text), kb_buf_text(&edit->blanked.text), edit->text.len};
}

void kb_splice_clear(struct kb_splice *edit)
{
    kb_config_source_clear(&edit->blanked);
    kb_buf_clear(&edit->text);
}

/* --- Places ----------------------------------------------------------------------- */

size_t kb_splice_root(const struct kb_splice *edit)
{
    const struct kb_json_text text = text_of(edit);

    return kb_json_text_root(&text);
}

bool kb_splice_find(
    const struct kb_splice *edit, size_t object, const char *name, struct kb_json_span *ret)
{
    const struct kb_json_text text = text_of(edit);

    return kb_json_text_find(&text, object, name, ret);
}

bool kb_splice_find_profiles(const struct kb_splice *edit, struct kb_json_span *ret)
{
    return kb_splice_find(edit, kb_splice_root(edit), "profiles", ret);
}

enum kb_err kb_splice_find_profile(
    const struct kb_splice *edit, const char *path, const char *name, struct kb_json_span *ret)
{
    struct kb_json_span all;

    if (!kb_splice_find_profiles(edit, &all) || !kb_splice_find(edit, all.value_start, name, ret))
        return kb_fail(edit->err, KB_ERR_NOT_FOUND, "%s has no profile \"%s\"", path, name);
    return KB_OK;
}

bool kb_splice_indentation(const struct kb_splice *edit, size_t at, struct kb_buf *ret)
{
    const struct kb_json_text text = text_of(edit);

    return kb_json_text_indentation(&text, at, ret);
}

/* --- Writing ---------------------------------------------------------------------- */

void kb_splice_append_member(
    struct kb_buf *out, const char *name, const char *value, const char *indentation)
{
    kb_json_add_member(out, &layout, name, value, indentation);
}

void kb_splice_insert_member(const struct kb_splice *edit, size_t object, int depth,
    const char *name, const char *value, struct kb_buf *out)
{
    const struct kb_json_text text = text_of(edit);

    kb_json_insert_member(&text, &layout, object, depth, name, value, out);
}

void kb_splice_replace(const struct kb_splice *edit, const struct kb_json_span *span,
    const char *value, struct kb_buf *out)
{
    const struct kb_json_text text = text_of(edit);

    kb_json_replace_value(&text, &layout, span, value, out);
}

void kb_splice_cut(const struct kb_splice *edit, size_t start, size_t end, struct kb_buf *out)
{
    const struct kb_json_text text = text_of(edit);
    const struct kb_json_span span = {.key_start = start, .value_end = end};

    kb_json_cut_member(&text, &span, out);
}

/* --- Begin and end ---------------------------------------------------------------- */

/* A "profiles" that is no object is the reader's to report, not ours to splice. */
static enum kb_err check_shape(const struct kb_splice *edit)
{
    const struct kb_config_place place = {.key = "profiles"};
    struct kb_json_span all;

    if (!kb_splice_find_profiles(edit, &all) || edit->blanked.text.data[all.value_start] == '{')
        return KB_OK;
    kb_fail(edit->err, KB_ERR_CONFIG, "\"profiles\" must be an object");
    return kb_config_source_blame(&edit->blanked, &place, KB_ERR_CONFIG, edit->err);
}

/* Takes TEXT as the state to edit; it must be JSON, or the places would mean nothing. */
enum kb_err kb_splice_begin(struct kb_splice *edit, const char *path, const char *text, size_t len)
{
    KB_AUTO(kb_json_release) struct json_object *document = NULL;

    enum kb_err rc = kb_config_source_set(&edit->blanked, path, text, len, edit->err);
    if (rc)
        return rc;
    kb_buf_reset(&edit->text);
    kb_buf_add(&edit->text, text, len);
    rc = kb_buf_check(&edit->text, "the configuration", edit->err);
    if (rc || kb_config_source_is_blank(&edit->blanked))
        return rc;
    rc = kb_config_source_parse(&edit->blanked, &document, edit->err);
    return rc ? rc : check_shape(edit);
}

/* Appends TEXT to OUT if it is a correct configuration. */
enum kb_err kb_splice_deliver(
    const char *path, const struct kb_buf *text, struct kb_buf *out, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;

    enum kb_err rc = kb_buf_check(text, "the configuration", err);
    if (!rc)
        rc = kb_config_parse(path, kb_buf_text(text), text->len, &config, err);
    if (rc)
        return rc;
    kb_buf_add(out, text->data, text->len);
    return kb_buf_check(out, "the configuration", err);
}
