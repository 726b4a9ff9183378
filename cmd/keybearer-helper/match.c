/*
 * `match add NAME URL`, `match remove NAME URL`: one address into the list of a profile, or out of
 * it. Every other byte of the configuration stays. Must never let an address of the preset's own go
 * because another one was added.
 */
#include "helper.h"

#include "base/options.h"
#include "base/strings.h"
#include "config/edit.h"
#include "config/match.h"
#include "config_file.h"
#include "core/url.h"

#include <stdio.h>
#include <string.h>

struct matching {
    const char *name, *text;
    bool adds, same_address;
    bool listed_now; /* in the file, which said nothing of them */
    struct kb_config config, after;
    const struct kb_profile *profile;
    struct kb_strings listed; /* the profile's own addresses, whoever named them */
    size_t number;            /* of the one to remove among them */
    struct kb_url url;
};

static void clear(struct matching *m)
{
    kb_config_clear(&m->config);
    kb_config_clear(&m->after);
    kb_strings_clear(&m->listed);
}

static enum kb_err usage(struct kb_error *err)
{
    return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "match takes add or remove, a name and a URL"),
        "keybearer match add NAME URL");
}

static enum kb_err swapped(const struct matching *m, const char *verb, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf meant = KB_BUF_INIT(KB_REPORT_PAIR_TEXT);

    kb_fail(err, KB_ERR_USAGE, "the name comes first, then the URL");
    if (kb_url_suggest(m->name, &meant))
        return kb_hinted(
            err, KB_ERR_USAGE, "keybearer match %s %s %s", verb, m->text, kb_buf_text(&meant));
    return kb_hinted(err, KB_ERR_USAGE, "keybearer match %s %s URL", verb, m->text);
}

/* The whole command, with what the address was probably meant to be; else OTHERWISE. */
static enum kb_err hint_address(
    const struct matching *m, enum kb_err code, const char *otherwise, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf meant = KB_BUF_INIT(KB_REPORT_PAIR_TEXT);

    if (!kb_profile_name_ok(m->name) || !kb_url_suggest(m->text, &meant))
        return kb_hinted(err, code, "%s", otherwise);
    return kb_hinted(err, code, "keybearer match %s %s %s", m->adds ? "add" : "remove", m->name,
        kb_buf_text(&meant));
}

static enum kb_err parse(int argc, char *argv[], struct matching *m, struct kb_error *err)
{
    const struct kb_option options[] = {{.name = "same-address", .flag = &m->same_address}};
    int operands = 0;
    enum kb_err rc =
        kb_options_parse(argc, argv, options, KB_COUNT(options), false, &operands, err);

    if (rc)
        return rc;
    if (operands != 3)
        return usage(err);
    m->adds = strcmp(argv[0], "add") == 0;
    if (!m->adds && strcmp(argv[0], "remove") != 0)
        return usage(err);
    if (!m->adds && m->same_address)
        return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "--same-address goes with match add"),
            "keybearer match remove NAME URL");
    m->name = argv[1];
    m->text = argv[2];
    if (strstr(m->name, "://") && kb_profile_name_ok(m->text))
        return swapped(m, argv[0], err);
    rc = kb_url_parse(m->text, strlen(m->text), &m->url, err);
    if (rc)
        return hint_address(m, KB_ERR_USAGE, "a URL is https://HOST or https://HOST/PATH", err);
    kb_url_drop_end_slash(&m->url);
    return KB_OK;
}

/* --- what is there ------------------------------------------------------------------ */

/* The number of the address among the FIRST..END of the profile; END where it is not there. */
static size_t find(const struct matching *m, size_t first, size_t end)
{
    while (first < end && !kb_url_equal(&m->profile->match[first], &m->url))
        first++;
    return first;
}

/* As they would be written, in the order in which the file or the preset has them. */
static enum kb_err list(struct matching *m, struct kb_error *err)
{
    for (size_t i = 0; i < m->profile->own_match_count; i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_REPORT_PAIR_TEXT);
        enum kb_err rc;

        kb_url_append(&m->profile->match[i], &text);
        rc = kb_buf_check(&text, "the address", err);
        if (rc)
            return rc;
        kb_strings_add(&m->listed, kb_buf_text(&text));
    }
    return KB_OK;
}

static enum kb_err not_there(const struct matching *m, struct kb_error *err)
{
    const struct kb_profile *profile = m->profile;
    bool of_registry =
        find(m, profile->own_match_count, profile->match_count) < profile->match_count;

    kb_fail(err, KB_ERR_NOT_FOUND, "profile %s has no match %s", m->name, m->text);
    if (of_registry)
        kb_hint(err, "it is one of its registries: keybearer edit %s, \"registry\"", m->name);
    else
        kb_hint(err, "keybearer show %s lists them", m->name);
    return KB_ERR_NOT_FOUND;
}

/* --- the edit ----------------------------------------------------------------------- */

static enum kb_err change(void *context, const char *path, const char *old, size_t len,
    struct kb_buf *out, struct kb_error *err)
{
    struct matching *m = context;

    if (m->adds)
        return kb_config_add_to_list(
            path, old, len, m->name, "match", &m->listed, m->text, &m->listed_now, out, err);
    return kb_config_drop_from_list(
        path, old, len, m->name, "match", &m->listed, m->number, &m->listed_now, out, err);
}

/* As `add` refuses it: whoever asks by the address alone would get the token of neither. */
static enum kb_err refuse_rival(const struct matching *m, struct kb_error *err)
{
    const struct kb_profile *fresh = kb_config_find(&m->after, m->name);
    const struct kb_profile *rival = kb_match_rival_at(&m->after, fresh, &m->url);

    if (!rival || m->same_address)
        return KB_OK;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_USAGE, "profile %s serves the same address", rival->name),
        "give another URL; or keybearer match remove %s %s; or --same-address, and then --profile "
        "%s in the tools that use it",
        rival->name, m->text, m->name);
}

/* What is wrong is wrong with what was typed: the file has not got it. */
static enum kb_err blame_typed(
    const struct matching *m, const struct config_file *file, struct kb_error *err)
{
    const struct kb_error what = *err;
    char place[PATH_MAX + 32];
    size_t len = (size_t)snprintf(
        place, sizeof(place), "%s:%d:%d: ", file->whole, what.place.line, what.place.column);

    if (what.code != KB_ERR_CONFIG || strncmp(what.msg, place, len) != 0)
        return what.code;
    return hint_address(m, kb_fail(err, KB_ERR_USAGE, "%s", what.msg + len), what.hint, err);
}

static enum kb_err apply(struct matching *m, struct config_file *file, struct kb_error *err)
{
    KB_AUTO(kb_file_discard) struct kb_file_draft draft = KB_FILE_DRAFT_INIT;
    const struct config_edit edit = {change, m};
    enum kb_err rc = config_file_preview(file, &edit, &m->after, err);

    if (rc)
        return blame_typed(m, file, err);
    if (m->adds)
        rc = refuse_rival(m, err);
    if (!rc)
        rc = config_file_draft(file, &edit, &draft, err);
    if (!rc && draft.dirfd >= 0)
        rc = config_file_commit(file, &draft, err);
    return rc;
}

/* --- the whole ---------------------------------------------------------------------- */

static void report(const struct matching *m, struct kb_report_match *ret)
{
    const struct kb_profile *fresh = kb_config_find(&m->after, m->name);
    const struct kb_profile *beside = fresh ? kb_match_beside_at(&m->after, fresh, &m->url) : NULL;

    ret->none = fresh && fresh->match_count == 0;
    ret->listed = m->listed_now && m->listed.count > 0;
    if (m->adds && beside)
        kb_text_copy(ret->beside, sizeof(ret->beside), beside->name);
}

static enum kb_err match(
    struct matching *m, struct config_file *file, struct kb_report_match *ret, struct kb_error *err)
{
    size_t count;
    enum kb_err rc = kb_config_load_profile(m->name, &m->config, &m->profile, err);

    if (!rc)
        rc = list(m, err);
    if (rc)
        return rc;
    count = m->profile->own_match_count;
    m->number = find(m, 0, count);
    ret->already = m->adds && m->number < count;
    if (ret->already)
        return KB_OK;
    if (!m->adds && m->number == count)
        return not_there(m, err);
    rc = apply(m, file, err);
    if (!rc)
        report(m, ret);
    return rc;
}

/* Before the lock: of a profile that is not there, there may be no folder either. */
static enum kb_err require_profile(const char *name, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    const struct kb_profile *profile;

    return kb_config_load_profile(name, &config, &profile, err);
}

enum kb_err helper_match(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err)
{
    KB_AUTO(config_file_close) struct config_file file = CONFIG_FILE_INIT;
    KB_AUTO(clear) struct matching m = {.name = NULL};
    struct kb_report_match *ret = &frame->report.match;
    enum kb_err rc = parse(argc, argv, &m, err);

    if (!rc)
        rc = confine(&(struct needs){.config = NEED_CHANGE}, err);
    if (!rc)
        rc = require_profile(m.name, err);
    if (!rc)
        rc = config_file_open(&file, err);
    if (!rc)
        rc = match(&m, &file, ret, err);
    if (rc)
        return rc;
    kb_text_copy(ret->profile, sizeof(ret->profile), m.name);
    kb_text_copy(ret->address, sizeof(ret->address), m.text);
    ret->added = m.adds;
    return KB_OK;
}
