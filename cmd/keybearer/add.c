/*
 * `add`: the helper asks, proves, stores and writes the profile; here its report becomes
 * the lines that connect the person's tools.
 */
#include "front.h"

#include "base/shell_word.h"
#include "base/strings.h"
#include "config/config.h"
#include "config/match.h"
#include "core/client.h"

#include <limits.h>
#include <string.h>

/* What proves the client; of one that needs no proof here, what there is of it. */
static const char *say_proof(const struct kb_report_add *report)
{
    switch (report->proof) {
    case KB_PROOF_NONE:
        return "id";
    case KB_PROOF_KEY:
        return "key";
    case KB_PROOF_BOTH:
        return "proof";
    default:
        return "secret";
    }
}

static void describe_what(struct kb_buf *out, const struct kb_report_add *report)
{
    const char *name = report->profile;

    if (report->same_client)
        report_words(
            out, "Profile %s: client %s had that %s already.", name, report->id, say_proof(report));
    else if (report->same_id)
        report_words(out, "Profile %s: the %s of client %s was replaced.", name, say_proof(report),
            report->id);
    else if (*report->former_id && strcmp(report->id, report->former_id) == 0)
        report_words(out,
            "Profile %s: client %s was replaced by another one, whose id begins and ends in the "
            "same way.",
            name, report->id);
    else if (*report->former_id)
        report_words(
            out, "Profile %s: client %s was replaced by %s.", name, report->former_id, report->id);
    else if (report->rotated)
        report_words(out, "Profile %s: client %s is stored.", name, report->id);
    else
        report_words(out, "Profile %s is ready.", name);
}

static void describe_place(struct kb_buf *out, const struct kb_report_add *report)
{
    KB_AUTO(kb_buf_clear) struct kb_buf life = KB_BUF_INIT(64);
    bool is_known = report->level != KB_STORE_UNKNOWN;

    if (report->life_ms > 0)
        kb_buf_fmt(&life, " for %s", kb_clock_say(kb_clock_seconds(report->life_ms)).text);
    report_words(out, "Its client is in %s%s%s, and %s issued a token%s.",
        kb_say_store(report->store), is_known ? ", " : "",
        is_known ? kb_level_name(report->level) : "", report->endpoint, kb_buf_text(&life));
}

/* Two profiles have an address, and only the user name tells which one a tool wants. */
static void note_beside(struct kb_buf *out, const struct kb_report_add *report)
{
    const char *other = report->beside.items[0].value;
    const struct kb_pair *users = &report->users.items[0];

    if (!*users->name)
        report_words(out,
            "Note: profile %s has the same address: tools that name no user get the token of %s "
            "from now on.",
            other, report->profile);
    else if (!*users->value)
        report_words(out,
            "Note: profile %s has the same address: tools that name no user get its token, and "
            "docker can name none.",
            other);
    else
        report_words(out,
            "Note: profile %s has the same address: tools that name no user are refused from now "
            "on, for both. Docker can name none: %s.",
            other, kb_match_cure(true));
}

static void describe_proof(struct kb_buf *out, const struct kb_report_add *report)
{
    describe_what(out, report);
    describe_place(out, report);
    if (report->level == KB_STORE_WEAK)
        report_words(out, "Note: weak, because the key file lies on the disk of what it unlocks.");
    if (*report->no_cache)
        report_words(out, "Note: tokens are not cached here: %s.", report->no_cache);
    if (report->overtaken)
        report_words(out,
            "Note: another command added this profile while this one ran. All its settings were "
            "replaced.");
    else if (report->replaced)
        report_words(out, "Note: all settings of the profile that was there were replaced.");
    if (*report->rival && !report->rotated)
        report_words(out,
            "Note: profile %s has the same address: tools that give no more than that are refused "
            "from now on, for both. Docker can give no more: %s.",
            report->rival, kb_match_cure(true));
    if (report->beside.count > 0 && report->users.count > 0 && !report->rotated)
        note_beside(out, report);
    if (*report->left_behind)
        report_words(out, "Note: %s.", report->left_behind);
    if (*report->warning)
        report_words(out, "Note: %s.", report->warning);
}

/* One member of "credHelpers" for each of KEYS: one text, with spaces between them. */
static void describe_docker(struct kb_buf *out, const char *keys)
{
    kb_buf_str(out, "  docker  in ~/.docker/config.json:\n          \"credHelpers\": {");
    for (size_t len; *keys; keys += len + strspn(keys + len, " ")) {
        len = strcspn(keys, " ");
        kb_buf_fmt(out, " \"%.*s\": \"keybearer\"%s", (int)len, keys,
            keys[len] ? ",\n                          " : " }\n");
    }
}

/*
 * Each repository has the profile of its own: git asks all helpers that it knows, in turn, and the
 * one that names no profile would end that.
 */
static void describe_git_of_two(
    struct kb_buf *out, const char *profile, const char *rival, const char *address)
{
    kb_buf_fmt(out, "  git     git config --global --unset-all credential.%s.helper\n", address);
    kb_buf_fmt(out, "          in each repository of %s:\n", profile);
    kb_buf_fmt(out, "          git config credential.%s.helper 'keybearer --profile %s'\n", address,
        profile);
    kb_buf_fmt(out, "          in each of %s:\n", rival);
    kb_buf_fmt(out, "          git config credential.%s.helper 'keybearer --profile %s'\n", address,
        rival);
    kb_buf_fmt(out, "          (git clone -c credential.%s.helper='keybearer ...')\n", address);
}

static void describe_git_user(
    struct kb_buf *out, const char *profile, const char *user, const char *address)
{
    if (!*user)
        return;
    kb_buf_fmt(out, "          in each repository of %s:\n", profile);
    kb_buf_fmt(out, "          git config credential.%s.username ", address);
    kb_shell_quote(out, user);
    kb_buf_byte(out, '\n');
}

/* All repositories have one helper, which chooses by the user name that git names. */
static void describe_git_of_users(struct kb_buf *out, const char *profile, const char *other,
    const struct kb_pair *users, const char *address)
{
    kb_buf_fmt(out, "  git     git config --global credential.%s.helper keybearer\n", address);
    describe_git_user(out, profile, users->name, address);
    describe_git_user(out, other, users->value, address);
    kb_buf_fmt(out, "          (git clone -c credential.%s.username=...)\n", address);
}

/* Which member of LIST, of a name and the other profile, is for ADDRESS; its COUNT: none is. */
static size_t place_of(const struct kb_pairs *list, const char *address)
{
    size_t i = 0;

    while (i < list->count && strcmp(list->items[i].name, address) != 0)
        i++;
    return i;
}

/* git tells the path only where it is told to. */
static void describe_git(
    struct kb_buf *out, const struct kb_report_add *report, const char *address)
{
    const char *host = strstr(address, "://") + strlen("://");
    size_t rival = place_of(&report->rivals, address), beside = place_of(&report->beside, address);

    if (rival < report->rivals.count)
        describe_git_of_two(out, report->profile, report->rivals.items[rival].value, address);
    else if (beside < report->beside.count && beside < report->users.count)
        describe_git_of_users(out, report->profile, report->beside.items[beside].value,
            &report->users.items[beside], address);
    else
        kb_buf_fmt(out, "  git     git config --global credential.%s.helper keybearer\n", address);
    if (strchr(host, '/'))
        kb_buf_fmt(out, "          git config --global credential.%s.useHttpPath true\n", address);
}

static void describe_tools(
    struct kb_buf *out, const struct kb_report_add *report, const struct kb_pair *address)
{
    kb_buf_fmt(out, "\nConnect the tools that talk to %s:\n", address->name);
    if (report->serves_git)
        describe_git(out, report, address->name);
    if (*address->value)
        describe_docker(out, address->value);
    if (strncmp(address->name, "http", 4) == 0)
        kb_buf_fmt(out, "  curl    keybearer header %s | curl -H @- %s/...\n", report->profile,
            address->name);
    else
        kb_buf_fmt(
            out, "  mail    keybearer token %s    (the command for a password)\n", report->profile);
}

static void describe_registries(struct kb_buf *out, const struct kb_pairs *addresses)
{
    KB_AUTO(kb_buf_clear) struct kb_buf keys = KB_BUF_INIT(65536);

    for (size_t i = 0; i < addresses->count; i++) {
        if (!*addresses->items[i].name)
            kb_buf_fmt(&keys, "%s%s", keys.len > 0 ? " " : "", addresses->items[i].value);
    }
    if (keys.len == 0)
        return;
    kb_buf_str(out, "\nConnect docker, podman, skopeo and buildah:\n");
    describe_docker(out, kb_buf_text(&keys));
}

static void describe_no_address(struct kb_buf *out, const char *profile)
{
    kb_buf_fmt(out,
        "Note: it has no address, so git, docker and Bazel cannot find it. To give it\n"
        "one:\n  keybearer match add %s https://HOST\n",
        profile);
}

/* The old secret is of no use any more, where there is another one. */
static void describe_next(struct kb_buf *out, const struct kb_report_add *add)
{
    if (add->same_client)
        report_words(out, "Nothing else has to change here.");
    else if (*add->former_id)
        report_words(out,
            "Nothing else has to change here. Revoke the old %s at the provider, if it still "
            "works.",
            say_proof(add));
    else
        report_words(out,
            "Nothing else has to change here. If the %s is a new one, revoke the old one at the "
            "provider.",
            say_proof(add));
}

/* What a shell takes in quotes, and a terminal shows. */
static bool is_quotable(const char *path)
{
    return kb_text_is_printable(path, strlen(path), 1, PATH_MAX) && !strchr(path, '\'');
}

/* The key is in its store: a copy in clear is what it was put there against. */
static void describe_key_file(struct kb_buf *out, const char *path)
{
    if (!*path)
        return;
    if (is_quotable(path))
        kb_buf_fmt(out,
            "Note: the key also lies in clear in its file. To remove that:\n  shred -u '%s'\n",
            path);
    else
        report_words(
            out, "Note: the key also lies in clear in the file it came from: remove that.");
    report_words(out,
        "Backups and snapshots keep what they have of it. Where the disk has any, make "
        "a new key: keybearer help keygen.");
}

void describe_add(struct kb_buf *out, const struct kb_report *report)
{
    const struct kb_report_add *add = &report->add;

    describe_proof(out, add);
    describe_key_file(out, add->key_file);
    if (add->rotated) {
        describe_next(out, add);
        return;
    }
    if (add->addresses.count == 0)
        describe_no_address(out, add->profile);
    for (size_t i = 0; i < add->addresses.count; i++) {
        if (*add->addresses.items[i].name)
            describe_tools(out, add, &add->addresses.items[i]);
    }
    describe_registries(out, &add->addresses);
    kb_buf_fmt(out,
        "\nAny program:\n  keybearer run %s -- COMMAND\n  keybearer token %s | COMMAND\n"
        "\nOther tools: keybearer setup, man keybearer\n",
        add->profile, add->profile);
}
