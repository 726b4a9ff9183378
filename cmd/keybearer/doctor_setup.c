/*
 * `doctor` about what the person set up: stores, and the names that tools look for.
 */
#include "doctor.h"

#include "base/alloc.h"
#include "base/strings.h"
#include "config/match.h"
#include "config/settings.h"
#include "core/ca_file.h"
#include "front.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- stores ------------------------------------------------------------------------- */

/* No other check is called like that, whatever the profile's name. */
struct about {
    char text[sizeof("profile ") + KB_PROFILE_NAME_MAX];
};

static struct about about(const struct kb_profile *profile)
{
    struct about label;

    snprintf(label.text, sizeof(label.text), "profile %s", profile->name);
    return label;
}

enum { NAMES_MAX = 16384 }; /* bytes of a line */

/* What is true of several profiles in a store is said once, with their names; each in JSON. */
struct shared {
    enum finding finding;
    struct kb_buf names;
    size_t count;
    char text[1024], next[512];
};

struct shares {
    struct doctor_page *page;
    struct shared *items;
    size_t count;
};

static struct shared *share_of(
    struct shares *shares, enum finding finding, const char *next, const char *text)
{
    for (size_t i = 0; i < shares->count; i++) {
        struct shared *item = &shares->items[i];

        if (item->finding == finding && item->names.len < NAMES_MAX &&
            strcmp(item->text, text) == 0 && strcmp(item->next, next) == 0)
            return item;
    }
    shares->items = kb_grow(shares->items, shares->count + 1, sizeof(*shares->items));
    shares->items[shares->count] =
        (struct shared){.finding = finding, .names = KB_BUF_INIT((size_t)2 * NAMES_MAX)};
    kb_text_copy(shares->items[shares->count].text, sizeof(shares->items->text), text);
    kb_text_copy(shares->items[shares->count].next, sizeof(shares->items->next), next);
    return &shares->items[shares->count++];
}

static void share(struct shares *shares, enum finding finding, const struct kb_profile *profile,
    const char *next, const char *fmt, ...) KB_PRINTF(5, 6);

static void share(struct shares *shares, enum finding finding, const struct kb_profile *profile,
    const char *next, const char *fmt, ...)
{
    struct shared *item;
    char text[sizeof(item->text)];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (shares->page->as_json) {
        doctor_say(shares->page, finding, about(profile).text, next, "%s", text);
        return;
    }
    item = share_of(shares, finding, next, text);
    kb_buf_fmt(&item->names, "%s%s", item->count++ > 0 ? ", " : "", profile->name);
}

static void say_shares(struct shares *shares)
{
    for (size_t i = 0; i < shares->count; i++) {
        struct shared *item = &shares->items[i];
        KB_AUTO(kb_buf_clear) struct kb_buf about_all = KB_BUF_INIT((size_t)3 * NAMES_MAX);

        kb_buf_fmt(
            &about_all, "profile%s %s", item->count > 1 ? "s" : "", kb_buf_text(&item->names));
        doctor_say(
            shares->page, item->finding, kb_buf_text(&about_all), item->next, "%s", item->text);
        kb_buf_clear(&item->names);
    }
    free(shares->items);
}

static void judge_store(
    struct shares *shares, const struct kb_profile *profile, const struct kb_report_inspect *report)
{
    const struct kb_store_status *store = &report->status;
    enum finding finding = FINDING_OK;
    char next[512] = "";

    if (store->level == KB_STORE_WEAK)
        finding = FINDING_WEAK;
    else if (store->level == KB_STORE_UNKNOWN)
        finding = FINDING_NOTE;
    if (store->refused || (!store->present && !store->unseen) || store->broken)
        finding = FINDING_FAIL;
    if (store->refused)
        kb_text_copy(next, sizeof(next), "set a password for it, or use the store sealed-file");
    else if (finding == FINDING_FAIL || *store->next)
        kb_text_copy(next, sizeof(next), store->next);
    else if (store->locked)
        snprintf(next, sizeof(next), "keybearer unlock %s", profile->name);
    share(shares, finding, profile, next, "%s, %s%s%s%s", kb_say_store(profile->store),
        kb_level_name(store->level),
        store->present  ? (store->locked ? ", locked" : "")
        : store->unseen ? ", locked: its clients cannot be seen"
                        : ", no client stored",
        *store->detail ? ": " : "", store->detail);
    if (report->unbound) {
        snprintf(next, sizeof(next), "keybearer adopt %s", profile->name);
        share(shares, FINDING_WEAK, profile, next,
            "the client is not bound to its certificate authorities");
    }
    if (store->in_clear)
        share(shares, FINDING_WEAK, profile,
            "use gnome-keyring or KeePassXC, or the store sealed-file",
            "the Secret Service encrypts nothing on the session bus");
}

/* A service that does not answer is waited for once, not once a profile. */
static bool is_silent(const struct kb_error *why)
{
    return why->code == KB_ERR_UNAVAILABLE || why->code == KB_ERR_TIMEOUT;
}

static void check_settings(
    struct doctor_page *page, const struct kb_config *config, const struct kb_profile *profile)
{
    const struct kb_profile *rival = kb_match_rival(config, profile);
    struct kb_error err = KB_ERROR_INIT;

    if (rival)
        doctor_say(page, FINDING_NOTE, about(profile).text,
            kb_match_cure(kb_match_by_host(profile, rival)),
            "profile %s has the same address: tools that give no more are refused", rival->name);
    if (kb_ca_file_check_form(profile->ca_file, kb_setting_say(profile, "ca_file").text, &err))
        doctor_say(page, FINDING_FAIL, about(profile).text, kb_err_hint(&err), "%s", err.msg);
}

void doctor_check_stores(struct doctor_page *page, const struct kb_config *config)
{
    struct kb_error silent = KB_ERROR_INIT;
    struct shares shares = {.page = page};

    for (size_t i = 0; i < config->count; i++) {
        struct kb_report_inspect report;
        const struct kb_profile *profile = &config->profiles[i];
        bool on_bus = strcmp(profile->store, "secret-service") == 0;
        struct kb_error err = on_bus ? silent : KB_ERROR_INIT;

        check_settings(page, config, profile);
        if (!err.code && !store_inspect(profile, &report, &err)) {
            judge_store(&shares, profile, &report);
            continue;
        }
        share(&shares, FINDING_FAIL, profile, kb_err_hint(&err), "%s: %s",
            kb_say_store(profile->store), err.msg);
        if (on_bus && is_silent(&err))
            silent = err;
    }
    say_shares(&shares);
}

/* --- links -------------------------------------------------------------------------- */

static void check_link(
    struct doctor_page *page, const char *own, const char *name, const char *tool)
{
    char found[PATH_MAX], hint[PATH_MAX + 64];
    int folder = (int)(strrchr(own, '/') - own);

    snprintf(hint, sizeof(hint), "put %.*s first in the PATH of %s", folder, own, tool);
    if (!in_path_find(name, NULL, found))
        doctor_say(page, FINDING_NOTE, name, hint, "not in PATH, where it is sought by %s", tool);
    else if (!in_path_same(own, found))
        doctor_say(page, FINDING_WEAK, name, hint, "%s is not this keybearer", found);
    else
        doctor_say(page, FINDING_OK, name, NULL, "%s", found);
}

/*
 * In FOLDER, which begins with "~/". Nothing is said where there is not even what holds it: then
 * the TOOL was never used here.
 */
static void check_plugin(struct doctor_page *page, const char *own, const char *name,
    const char *folder, const char *tool)
{
    const char *home = getenv("HOME");
    char found[PATH_MAX], above[PATH_MAX], hint[2 * PATH_MAX];
    int bin = (int)(strrchr(own, '/') - own), holder = (int)(strrchr(folder, '/') - folder);

    if (!home)
        return;
    snprintf(found, sizeof(found), "%s%s/%s", home, folder + 1, name);
    snprintf(above, sizeof(above), "%s%.*s", home, holder - 1, folder + 1);
    snprintf(
        hint, sizeof(hint), "mkdir -p %s && ln -sf %.*s/%s %s/", folder, bin, own, name, folder);
    if (in_path_same(own, found))
        doctor_say(page, FINDING_OK, name, NULL, "%s", found);
    else if (!access(found, F_OK))
        doctor_say(page, FINDING_WEAK, name, hint, "%s is not this keybearer", found);
    else if (!access(above, F_OK))
        doctor_say(
            page, FINDING_NOTE, name, hint, "not in %s, where it is sought by %s", folder, tool);
}

/* It hides another program, so it is found only where the person chose that. */
static void check_hiding_link(struct doctor_page *page, const char *own, const char *name)
{
    char found[PATH_MAX];

    if (in_path_find(name, NULL, found) && in_path_same(own, found))
        doctor_say(page, FINDING_OK, name, NULL, "%s", found);
}

static void check_links_of(
    struct doctor_page *page, const char *own, const struct kb_proto_row *row)
{
    for (const char *const *link = row->links; *row->sought && *link; link++) {
        const char *slash = strrchr(*link, '/');

        if (slash)
            check_hiding_link(page, own, slash + 1);
        else if (row->sought[0] == '~')
            check_plugin(page, own, *link, row->sought, row->word);
        else
            check_link(page, own, *link, row->sought);
    }
}

void doctor_check_links(struct doctor_page *page)
{
    size_t count;
    const struct kb_proto_row *protos = kb_protos(&count);
    char own[PATH_MAX];

    if (!in_path_own(own)) {
        doctor_say(page, FINDING_NOTE, "links", "mount /proc",
            "not looked at: without /proc it is not known where this keybearer is installed");
        return;
    }
    for (size_t i = 0; i < count; i++)
        check_links_of(page, own, &protos[i]);
}
