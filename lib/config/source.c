/*
 * Where things stand in a configuration. Places are found by name, only once an error
 * needs them: a correct file is never searched.
 */
#include "source.h"

#include "slip.h"

#include "base/json_lex.h"
#include "base/json_place.h"
#include "base/strings.h"
#include "config/settings.h"

#include <string.h>

enum kb_err kb_config_source_set(struct kb_config_source *source, const char *path,
    const char *text, size_t len, struct kb_error *err)
{
    source->path = path;
    kb_buf_reset(&source->text);
    kb_buf_add(&source->text, text, len);
    if (source->text.failed)
        return kb_fail(err, KB_ERR_CONFIG, "%s is larger than %u bytes",
            path ? path : "the profile", KB_CONFIG_MAX);
    kb_json_blank_comments(source->text.data, source->text.len);
    return KB_OK;
}

bool kb_config_source_is_blank(const struct kb_config_source *source)
{
    return strspn(kb_buf_text(&source->text), " \t\r\n") == source->text.len;
}

/* Who typed options has never seen the text that they became, so it has no lines. */
static enum kb_err blame_options(struct kb_error *err)
{
    if (!err->hint[0])
        kb_hint(err, "keybearer help add");
    err->place.line = err->place.column = 0;
    return err->code = KB_ERR_USAGE;
}

/* Puts the place before the message of ERR, which tells of line and column already. */
static enum kb_err blame_file(const struct kb_config_source *source, struct kb_error *err)
{
    const struct kb_error cause = *err;
    const struct kb_error_place *place = &cause.place;
    size_t len = strlen(source->path), shown = sizeof(err->place.file) - 1;

    kb_fail(
        err, KB_ERR_CONFIG, "%s:%d:%d: %s", source->path, place->line, place->column, cause.msg);
    kb_hint(err, "%s", cause.hint);
    err->place = *place;
    kb_text_copy(
        err->place.file, sizeof(err->place.file), source->path + (len > shown ? len - shown : 0));
    return KB_ERR_CONFIG;
}

enum kb_err kb_config_source_parse(
    const struct kb_config_source *source, struct json_object **ret, struct kb_error *err)
{
    enum kb_err rc = kb_json_parse(kb_buf_text(&source->text), source->text.len, ret, err);

    if (!rc || rc == KB_ERR_SYSTEM)
        return rc;
    if (!err)
        return KB_ERR_CONFIG;
    if (!source->path)
        return blame_options(err);
    kb_config_explain(kb_buf_text(&source->text), source->text.len, err);
    return blame_file(source, err);
}

/* The start of element NUMBER (from 1) of the array at START; START where there is none. */
static size_t find_element(const struct kb_buf *text, size_t start, size_t number)
{
    size_t at = start;

    if (number == 0 || text->data[start] != '[')
        return start;
    for (size_t i = 0; i < number; i++) {
        /* first behind the bracket, later behind the comma */
        size_t separator = i == 0 ? start : kb_json_skip_value(text->data, text->len, at);
        struct kb_json_token token = kb_json_next(text->data, text->len, separator);
        at = kb_json_next(text->data, text->len, token.end).start;
    }
    return at;
}

static size_t find_place(const struct kb_buf *text, const struct kb_config_place *place)
{
    const char *const steps[] = {
        place->profile ? "profiles" : NULL,
        place->profile,
        place->key,
        place->member,
    };
    struct kb_json_span span = {0};

    span.value_start = kb_json_next(text->data, text->len, 0).start;
    span.key_start = span.value_start;
    for (size_t i = 0; i < KB_COUNT(steps); i++) {
        if (steps[i] && !kb_json_find(text->data, text->len, span.value_start, steps[i], &span))
            break;
    }
    return place->at_name ? span.key_start : find_element(text, span.value_start, place->element);
}

enum kb_err kb_config_source_blame(const struct kb_config_source *source,
    const struct kb_config_place *place, enum kb_err code, struct kb_error *err)
{
    const struct kb_setting *setting = kb_setting_find(place->key);

    if (code == KB_ERR_SYSTEM || !err)
        return code == KB_ERR_SYSTEM ? code : KB_ERR_CONFIG;
    err->place.key = setting ? setting->key : NULL;
    err->place.option = setting ? setting->option : NULL;
    if (!source->path)
        return blame_options(err);
    kb_json_position(source->text.data, source->text.len, find_place(&source->text, place),
        &err->place.line, &err->place.column);
    return blame_file(source, err);
}

void kb_config_source_clear(struct kb_config_source *source)
{
    kb_buf_clear(&source->text);
}
