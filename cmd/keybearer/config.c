/*
 * `config check [FILE]`: what is wrong with a configuration, as every command would read it, and
 * what is right but will not do what it looks like. Must never change anything, nor ask a store.
 */
#include "front.h"

#include "base/json_write.h"
#include "base/options.h"
#include "base/trust.h"
#include "config/match.h"
#include "core/cards.h"
#include "core/url.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_MAX = 1024 };

struct report {
    struct kb_buf *out;
    struct kb_json_writer json;
    bool as_json;
    size_t errors, warnings;
};

/* --- findings ----------------------------------------------------------------------- */

static void as_text(struct report *report, const char *level, const char *text, const char *hint)
{
    KB_AUTO(kb_buf_clear) struct kb_buf line = KB_BUF_INIT(65536);
    char head[16];

    snprintf(head, sizeof(head), "%s: ", level);
    report_text(report->out, head, text);
    if (!*hint)
        return;
    kb_buf_fmt(&line, "(%s)", hint);
    report_text(report->out, "  ", kb_buf_text(&line));
}

/* ID is what programs know it by, and never changes. */
static void put(struct report *report, bool is_error, const char *id, const char *profile,
    const struct kb_error *what)
{
    const char *level = is_error ? "error" : "warning";

    report->errors += is_error;
    report->warnings += !is_error;
    if (!report->as_json) {
        as_text(report, level, what->msg, kb_err_hint(what));
        return;
    }
    kb_json_open(&report->json, '{');
    kb_json_string_member(&report->json, "id", id);
    kb_json_string_member(&report->json, "level", level);
    if (profile)
        kb_json_string_member(&report->json, "profile", profile);
    kb_json_string_member(&report->json, "text", what->msg);
    if (*kb_err_hint(what))
        kb_json_string_member(&report->json, "hint", kb_err_hint(what));
    if (what->place.line > 0) {
        kb_json_int_member(&report->json, "line", what->place.line);
        kb_json_int_member(&report->json, "column", what->place.column);
    }
    kb_json_close(&report->json);
}

static void hear(void *context, const struct kb_error *what)
{
    put(context, true, "profile", NULL, what);
}

/* --- what is right and will not work ------------------------------------------------ */

static void check_client(struct report *report, const struct kb_profile *profile)
{
    struct kb_error why = KB_ERROR_INIT;
    struct kb_ref client;
    enum kb_err rc = client_on_card(profile, &client, &why);

    if (rc == KB_ERR_NOT_FOUND)
        put(report, false, "no_client", profile->name, &why);
    else if (rc == KB_ERR_DENIED)
        put(report, false, "other_bond", profile->name, &why);
    else if (rc)
        put(report, false, "client_unknown", profile->name, &why);
}

/* One of two that a request by this address cannot tell apart; or whose turn never comes. */
static void check_address(struct report *report, const struct kb_profile *profile,
    const struct kb_profile *rival, const struct kb_url *address)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(2048);
    struct kb_error why = KB_ERROR_INIT;

    kb_url_append(address, &text);
    kb_fail(&why, KB_ERR_CONFIG, "profiles %s and %s have the same address, %.200s", profile->name,
        rival->name, kb_buf_text(&text));
    kb_hint(&why, "%s", kb_match_cure(kb_match_by_host(profile, rival)));
    put(report, false, "same_address", profile->name, &why);
}

/* Each pair once: by the profile that comes first in the file. */
static void check_addresses(struct report *report, const struct kb_config *config, size_t number)
{
    const struct kb_profile *profile = &config->profiles[number];

    for (size_t i = 0; i < profile->match_count; i++) {
        for (size_t k = number + 1; k < config->count; k++)
            if (kb_match_is_rival_at(&config->profiles[k], profile, &profile->match[i]))
                check_address(report, profile, &config->profiles[k], &profile->match[i]);
    }
}

/* The reader refuses a file that others can write; here it is the folder. */
static void check_folder(struct report *report, const char *path)
{
    char resolved[PATH_MAX];
    struct kb_error why = KB_ERROR_INIT;
    char *slash;

    if (kb_trust_resolve(path, resolved, NULL))
        return;
    slash = strrchr(resolved, '/');
    *slash = '\0';
    if (*resolved && kb_trust_check_dir(resolved, &why))
        put(report, false, "folder_writable", NULL, &why);
}

/* --- the whole ---------------------------------------------------------------------- */

/* A file of another name has no cards of its own here: nothing is said of clients. */
static void look(struct report *report, const char *path, bool is_usual)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    struct kb_error why = KB_ERROR_INIT;
    enum kb_err rc = kb_config_inspect(path, hear, report, &config, &why);

    if (!rc && config.is_missing)
        rc = kb_hinted(
            &why, kb_fail(&why, KB_ERR_NOT_FOUND, "%s does not exist", path), "keybearer help add");
    if (rc) {
        put(report, true, config.is_missing ? "missing" : "file", NULL, &why);
        return;
    }
    check_folder(report, path);
    for (size_t i = 0; i < config.count; i++) {
        check_addresses(report, &config, i);
        if (is_usual)
            check_client(report, &config.profiles[i]);
    }
}

static enum kb_err find_file(
    const char *named, char path[static PATH_MAX], bool *ret_usual, struct kb_error *err)
{
    char usual[PATH_MAX];
    enum kb_err rc = kb_config_path(usual, sizeof(usual), named ? NULL : err);

    *ret_usual = !rc;
    if (!named) {
        memcpy(path, usual, sizeof(usual));
        return rc;
    }
    if (!realpath(named, path))
        return kb_hinted(err, kb_fail(err, KB_ERR_NOT_FOUND, "%.200s cannot be found", named),
            "keybearer config check, without a file, checks the one that is used");
    *ret_usual = !rc && in_path_same(path, usual);
    return KB_OK;
}

static void sum_up(struct report *report, const char *path)
{
    if (report->errors + report->warnings == 0)
        kb_buf_fmt(report->out, "%s is right.\n", path);
    else
        kb_buf_fmt(report->out, "%s: errors: %zu, warnings: %zu.\n", path, report->errors,
            report->warnings);
}

static int check(const char *named, bool as_json)
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(1U << 20);
    struct report report = {.out = &out, .as_json = as_json};
    struct kb_error err = KB_ERROR_INIT;
    char path[PATH_MAX];
    bool is_usual;
    int status;

    if (find_file(named, path, &is_usual, &err))
        return output_error(&err);
    report.json = kb_json_writer(&out, 2);
    if (as_json) {
        kb_json_open(&report.json, '{');
        kb_json_string_member(&report.json, "file", path);
        kb_json_open_member(&report.json, "findings", '[');
    }
    look(&report, path, is_usual);
    if (as_json) {
        kb_json_close(&report.json);
        kb_json_bool_member(&report.json, "right", report.errors + report.warnings == 0);
        kb_json_close(&report.json);
        kb_buf_byte(&out, '\n');
    } else {
        sum_up(&report, path);
    }
    status = report.errors > 0 ? KB_ERR_CONFIG : report.warnings > 0 ? KB_ERR_FAILED : KB_OK;
    return as_json ? output(&out, status) : output_findings(&out, status);
}

int verb_config(int argc, char *argv[])
{
    bool as_json = false;
    const struct kb_option options[] = {{.name = "json", .flag = &as_json}};
    struct kb_error err = KB_ERROR_INIT;
    int operands = 0;
    enum kb_err rc =
        kb_options_parse(argc, argv, options, KB_COUNT(options), false, &operands, &err);

    if (!rc && (operands == 0 || strcmp(argv[0], "check") != 0))
        rc = kb_hinted(&err, kb_fail(&err, KB_ERR_USAGE, "config takes the word check"),
            "keybearer config check; to change it: keybearer edit");
    if (!rc && operands > 2)
        rc = kb_options_too_much("one file", argv[2], &err);
    return rc ? output_error(&err) : check(operands == 2 ? argv[1] : NULL, as_json);
}
