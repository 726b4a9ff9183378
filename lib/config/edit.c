/*
 * Which members of a configuration are set and cut; base/json_edit.h does it. Must never give out
 * what could not be read back.
 */
#include "config/edit.h"

#include "source.h"

#include "base/json_edit.h"
#include "base/json_write.h"

#include <string.h>

#define UNIT "  " /* one level of indentation, where the file shows no other habit */

struct edit {
    struct kb_config_source blanked;
    struct kb_buf text; /* as its owner wrote it */
    struct kb_error *err;
};

static void clear_edit(struct edit *edit)
{
    kb_config_source_clear(&edit->blanked);
    kb_buf_clear(&edit->text);
}

/* --- Places ----------------------------------------------------------------------- */

static const struct kb_json_layout layout = {"\n", UNIT, true};

static struct kb_json_text text_of(const struct edit *edit)
{
    return (struct kb_json_text){
        kb_buf_text(&edit->text), kb_buf_text(&edit->blanked.text), edit->text.len};
}

static bool find_profiles(const struct kb_json_text *text, struct kb_json_span *ret)
{
    return kb_json_text_find(text, kb_json_text_root(text), "profiles", ret);
}

/* What the text is without the white space at its end. */
static size_t length_of(const struct kb_buf *text)
{
    size_t len = text->len;

    while (len > 0 && strchr(" \t\r\n", text->data[len - 1]))
        len--;
    return len;
}

/* --- The two edits ---------------------------------------------------------------- */

/* A "profiles" that is no object is the reader's to report, not ours to splice. */
static enum kb_err check_shape(const struct edit *edit)
{
    const struct kb_config_place place = {.key = "profiles"};
    const struct kb_json_text text = text_of(edit);
    struct kb_json_span all;

    if (!find_profiles(&text, &all) || text.blanked[all.value_start] == '{')
        return KB_OK;
    kb_fail(edit->err, KB_ERR_CONFIG, "\"profiles\" must be an object");
    return kb_config_source_blame(&edit->blanked, &place, KB_ERR_CONFIG, edit->err);
}

/* Takes TEXT as the state to edit; it must be JSON, or the places would mean nothing. */
static enum kb_err begin(struct edit *edit, const char *path, const char *text, size_t len)
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

/* Gives an empty text a document, keeping the comments that it may consist of. */
static enum kb_err begin_document(struct edit *edit, const char *path, const char *schema)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_CONFIG_MAX);
    size_t kept = length_of(&edit->text);

    kb_buf_add(&text, edit->text.data, kept);
    if (kept > 0)
        kb_buf_byte(&text, '\n');
    struct kb_json_writer w = kb_json_writer(&text, (int)strlen(UNIT));
    kb_json_open(&w, '{');
    if (schema)
        kb_json_string_member(&w, "$schema", schema);
    kb_json_close(&w);
    kb_buf_byte(&text, '\n');
    enum kb_err rc = kb_buf_check(&text, "the configuration", edit->err);
    return rc ? rc : begin(edit, path, text.data, text.len);
}

static void set_profile(
    const struct edit *edit, const char *name, const char *object, struct kb_buf *out)
{
    KB_AUTO(kb_buf_clear) struct kb_buf profiles = KB_BUF_INIT(KB_CONFIG_MAX);
    const struct kb_json_text text = text_of(edit);
    struct kb_json_span all, one;

    if (!find_profiles(&text, &all)) {
        kb_buf_str(&profiles, "{\n" UNIT);
        kb_json_add_member(&profiles, &layout, name, object, UNIT);
        kb_buf_str(&profiles, "\n}");
        kb_json_insert_member(
            &text, &layout, kb_json_text_root(&text), 1, "profiles", kb_buf_text(&profiles), out);
        out->failed = out->failed || profiles.failed;
    } else if (kb_json_text_find(&text, all.value_start, name, &one)) {
        kb_json_replace_value(&text, &layout, &one, object, out);
    } else {
        kb_json_insert_member(&text, &layout, all.value_start, 2, name, object, out);
    }
}

/* Appends TEXT to OUT if it is a correct configuration. */
static enum kb_err deliver(
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

enum kb_err kb_config_set_profile(const char *path, const char *old, size_t len, const char *schema,
    const char *name, const char *object, struct kb_buf *out, struct kb_error *err)
{
    KB_AUTO(clear_edit)
    struct edit edit = {KB_CONFIG_SOURCE_INIT, KB_BUF_INIT(KB_CONFIG_MAX), err};
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_CONFIG_MAX);

    enum kb_err rc = begin(&edit, path, old, len);
    if (!rc && kb_config_source_is_blank(&edit.blanked))
        rc = begin_document(&edit, path, schema);
    if (rc)
        return rc;
    set_profile(&edit, name, object, &text);
    return deliver(path, &text, out, err);
}

enum kb_err kb_config_remove_profile(const char *path, const char *old, size_t len,
    const char *name, struct kb_buf *out, struct kb_error *err)
{
    KB_AUTO(clear_edit)
    struct edit edit = {KB_CONFIG_SOURCE_INIT, KB_BUF_INIT(KB_CONFIG_MAX), err};
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_CONFIG_MAX);
    struct kb_json_span all, one;

    enum kb_err rc = begin(&edit, path, old, len);
    if (rc)
        return rc;
    const struct kb_json_text whole = text_of(&edit);
    if (!find_profiles(&whole, &all) || !kb_json_text_find(&whole, all.value_start, name, &one))
        return kb_fail(err, KB_ERR_NOT_FOUND, "%s has no profile \"%s\"", path, name);
    kb_json_cut_member(&whole, &one, &text);
    return deliver(path, &text, out, err);
}
