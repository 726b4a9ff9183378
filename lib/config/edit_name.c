/*
 * The name of a profile in the text of a configuration: its own, and where a template of any
 * profile's env has it. Must never touch another byte, nor leave a template that names nobody.
 */
#include "config/edit.h"

#include "splice.h"

#include "base/json_lex.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

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
        rc = kb_splice_find_profile(&edit, path, from, &one);
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
