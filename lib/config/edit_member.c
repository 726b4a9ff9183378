/*
 * Parts of a profile in the text of a configuration: its name, one setting, one address of a list.
 * Must never touch another byte: comments and habits are their owner's.
 */
#include "config/edit.h"

#include "splice.h"

#include "base/json_edit.h"
#include "base/json_lex.h"
#include "base/json_write.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { PROFILE_DEPTH = 3 }; /* of a profile's members */

static enum kb_err find_profile(const struct kb_splice *edit, const char *path, const char *name,
    struct kb_json_span *ret, struct kb_error *err)
{
    struct kb_json_span all;

    if (!kb_splice_find_profiles(edit, &all) || !kb_splice_find(edit, all.value_start, name, ret))
        return kb_fail(err, KB_ERR_NOT_FOUND, "%s has no profile \"%s\"", path, name);
    return KB_OK;
}

static void append_text(struct kb_buf *out, const char *text)
{
    struct kb_json_writer w = kb_json_writer(out, 0);

    kb_json_put_string(&w, text);
}

/* --- one setting -------------------------------------------------------------------- */

static void set_member(const struct kb_splice *edit, const struct kb_json_span *profile,
    const char *key, const char *value, struct kb_buf *out)
{
    struct kb_json_span member;

    if (kb_splice_find(edit, profile->value_start, key, &member))
        kb_splice_replace(edit, &member, value, out);
    else
        kb_splice_insert_member(edit, profile->value_start, PROFILE_DEPTH, key, value, out);
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
        rc = find_profile(&edit, path, profile, &one, err);
    if (rc)
        return rc;
    append_text(&value, text);
    set_member(&edit, &one, key, kb_buf_text(&value), &fresh);
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
    const struct kb_splice *edit, size_t array, const char *value, struct kb_buf *out)
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
        kb_buf_str(out, value);
        end = behind;
    } else if (kb_splice_indentation(edit, last, &indentation)) {
        kb_buf_byte(out, ',');
        kb_buf_add(out, text->data + behind, end - behind);
        kb_buf_fmt(out, "\n%s%s", kb_buf_text(&indentation), value);
    } else {
        kb_buf_fmt(out, ", %s", value);
        end = behind;
    }
    kb_buf_add(out, text->data + end, text->len - end);
    out->failed = out->failed || indentation.failed;
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
    enum kb_err rc = kb_splice_begin(&edit, path, old, len);

    if (!rc)
        rc = find_profile(&edit, path, profile, &one, err);
    if (rc)
        return rc;
    *ret_listed = !kb_splice_find(&edit, one.value_start, key, &list);
    if (!*ret_listed && edit.blanked.text.data[list.value_start] == '[') {
        append_text(&value, text);
        insert_element(&edit, list.value_start, kb_buf_text(&value), &fresh);
    } else {
        append_list(&value, first, text);
        set_member(&edit, &one, key, kb_buf_text(&value), &fresh);
    }
    fresh.failed = fresh.failed || value.failed;
    return kb_splice_deliver(path, &fresh, out, err);
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
    enum kb_err rc = kb_splice_begin(&edit, path, old, len);

    if (!rc)
        rc = find_profile(&edit, path, profile, &one, err);
    if (rc)
        return rc;
    *ret_listed = !kb_splice_find(&edit, one.value_start, key, &list);
    if (!*ret_listed && edit.blanked.text.data[list.value_start] == '[' &&
        find_element(&edit, list.value_start, number, &start, &end)) {
        kb_splice_cut(&edit, start, end, &fresh);
        return kb_splice_deliver(path, &fresh, out, err);
    }
    for (size_t i = 0; i < all->count; i++)
        if (i != number)
            kb_strings_add(&left, all->items[i]);
    append_list(&value, &left, NULL);
    set_member(&edit, &one, key, kb_buf_text(&value), &fresh);
    fresh.failed = fresh.failed || value.failed;
    return kb_splice_deliver(path, &fresh, out, err);
}

/* --- a name ------------------------------------------------------------------------- */

/* Bytes of the text that are to be another name. */
struct mention {
    size_t at, len;
};

static int earlier(const void *a, const void *b)
{
    const struct mention *one = a, *two = b;

    return (one->at > two->at) - (one->at < two->at);
}

static bool names_at(const char *text, size_t len, size_t at, const char *name)
{
    size_t name_len = strlen(name);

    return at + name_len + 1 < len && strncmp(text + at, name, name_len) == 0 &&
           text[at + name_len] == ':' && isalpha((unsigned char)text[at + name_len + 1]);
}

/*
 * The next {NAME:WORD} of the template in TEXT at or behind *AT, which is moved to the name. What
 * stands in two braces is text (core/template.h).
 */
static bool find_mention(const char *text, size_t len, size_t *at, const char *name)
{
    for (size_t i = *at; i + 1 < len; i++) {
        if (text[i] != '{')
            continue;
        if (text[i + 1] == '{' && names_at(text, len, i + 2, name)) {
            i += 2;
        } else if (names_at(text, len, i + 1, name)) {
            *at = i + 1;
            return true;
        }
    }
    return false;
}

static void note_mentions(const struct kb_splice *edit, size_t object,
    const struct kb_profile *profile, const char *name, struct kb_buf *ret)
{
    struct kb_json_span env, one;

    if (!kb_splice_find(edit, object, "env", &env))
        return;
    for (size_t i = 0; i < profile->env.count; i++) {
        size_t at = 0, len;
        const char *text;

        if (!kb_splice_find(edit, env.value_start, profile->env.items[i].name, &one))
            continue;
        text = edit->text.data + one.value_start;
        len = one.value_end - one.value_start;
        for (; find_mention(text, len, &at, name); at += strlen(name)) {
            const struct mention found = {one.value_start + at, strlen(name)};

            kb_buf_add(ret, &found, sizeof(found));
        }
    }
}

/* A name that was written with escapes was not found: better told than left pointing nowhere. */
static enum kb_err check_none_left(
    const char *path, const struct kb_buf *text, const char *name, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    enum kb_err rc = kb_config_parse(path, kb_buf_text(text), text->len, &config, err);

    for (size_t i = 0; !rc && i < config.count; i++) {
        const struct kb_pairs *env = &config.profiles[i].env;

        for (size_t n = 0; n < env->count; n++) {
            size_t at = 0;

            if (find_mention(env->items[n].value, strlen(env->items[n].value), &at, name))
                return kb_hinted(err,
                    kb_fail(err, KB_ERR_CONFIG,
                        "the env of profile %s names %s with a JSON escape in its name",
                        config.profiles[i].name, name),
                    "write {%s:...} there without an escape", name);
        }
    }
    return rc;
}

static void put_name(
    const struct kb_splice *edit, struct kb_buf *mentions, const char *to, struct kb_buf *out)
{
    struct mention *all = (void *)mentions->data;
    size_t count = mentions->len / sizeof(*all), at = 0;

    qsort(all, count, sizeof(*all), earlier);
    for (size_t i = 0; i < count; i++) {
        kb_buf_add(out, edit->text.data + at, all[i].at - at);
        kb_buf_str(out, to);
        at = all[i].at + all[i].len;
    }
    kb_buf_add(out, edit->text.data + at, edit->text.len - at);
}

enum kb_err kb_config_rename_profile(const char *path, const char *old, size_t len,
    const char *from, const char *to, size_t *ret_mentions, struct kb_buf *out,
    struct kb_error *err)
{
    KB_AUTO(kb_splice_clear) struct kb_splice edit = KB_SPLICE_INIT(err);
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf fresh = KB_BUF_INIT(KB_CONFIG_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf mentions = KB_BUF_INIT(KB_CONFIG_MAX);
    struct kb_json_span all, one;
    struct mention key;
    size_t count;
    enum kb_err rc = kb_splice_begin(&edit, path, old, len);

    if (!rc)
        rc = find_profile(&edit, path, from, &one, err);
    if (!rc)
        rc = kb_config_parse(path, old, len, &config, err);
    if (rc)
        return rc;
    kb_splice_find_profiles(&edit, &all);
    if (kb_splice_find(&edit, all.value_start, to, &one))
        return kb_fail(err, KB_ERR_USAGE, "there is a profile %s already", to);
    kb_splice_find(&edit, all.value_start, from, &one);
    key.at = one.key_start + 1;
    key.len = kb_json_next(edit.text.data, edit.text.len, one.key_start).end - one.key_start - 2;
    for (size_t i = 0; i < config.count; i++)
        if (kb_splice_find(&edit, all.value_start, config.profiles[i].name, &one))
            note_mentions(&edit, one.value_start, &config.profiles[i], from, &mentions);
    count = mentions.len / sizeof(key);
    kb_buf_add(&mentions, &key, sizeof(key));
    rc = kb_buf_check(&mentions, "the list of places", err);
    if (rc)
        return rc;
    put_name(&edit, &mentions, to, &fresh);
    rc = kb_buf_check(&fresh, "the configuration", err);
    if (!rc)
        rc = check_none_left(path, &fresh, from, err);
    if (!rc)
        rc = kb_splice_deliver(path, &fresh, out, err);
    if (!rc)
        *ret_mentions = count;
    return rc;
}
