/*
 * `import FILE`: clients that lie in a file in clear become profiles. The order is: the file is
 * read; what may fail without an exchange; a person's yes; then each client is proved and stored;
 * and only then, where that was asked for, what is stored is deleted from the file. Must never read
 * the file, nor tell a value of it.
 */
#include "import.h"

#include "add.h"

#include "base/options.h"
#include "base/strings.h"

#include <stdio.h>

static void clear(struct importing **place)
{
    struct importing *import = *place;

    kb_setting_words_clear(&import->options.settings);
    kb_strings_clear(&import->files.names);
    import_found_clear(&import->found);
    part_end(&import->reader);
    part_end(&import->rewriter);
}

static enum kb_err parse(int argc, char *argv[], struct import_options *ret, struct kb_error *err)
{
    const struct kb_option own[] = {
        {.name = "name", .value = &ret->name},
        {.name = "dry-run", .flag = &ret->dry_run},
        {.name = "delete", .flag = &ret->deletes},
        {.name = "yes", .flag = &ret->yes},
        {.name = "same-address", .flag = &ret->same_address},
        {.name = "passphrase-stdin", .flag = &ret->ask.passphrase_on_stdin},
    };
    struct kb_option table[KB_SETTINGS_MAX + KB_COUNT(own)];
    size_t count = add_options_of_settings(table, &ret->settings);
    int operands = 0;
    enum kb_err rc;

    for (size_t i = 0; i < KB_COUNT(own); i++)
        table[count++] = own[i];
    rc = kb_options_parse(argc, argv, table, count, false, &operands, err);
    if (!rc && (operands == 0 || !*argv[0]))
        return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "import needs a file, or a tool's name"),
            "keybearer help import");
    if (!rc && operands > 1)
        return kb_options_too_much("one file", argv[1], err);
    if (!rc && ret->name && !kb_profile_name_ok(ret->name))
        return kb_fail(err, KB_ERR_USAGE,
            "\"%s\" cannot name a profile: use letters, digits, '.', '_' and '-'", ret->name);
    ret->file = argv[0];
    return rc;
}

/* What its file has besides is for another command. */
static enum kb_err refuse_without_client(const struct importing *import, struct kb_error *err)
{
    const struct import_found *found = &import->found;
    const char *path = import->files.paths[import->files.chosen];

    if (found->doubts.count > 0)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE, "no client in %s is understood: %s %s", path,
                found->doubts.items[0].name, found->doubts.items[0].value),
            "keybearer help add: it asks for the secret");
    if (found->has_others)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_NOT_FOUND,
                "%s has passwords or tokens, but no id and secret of a client", path),
            "keybearer doctor says what takes their place");
    return kb_hinted(err,
        kb_fail(err, KB_ERR_NOT_FOUND, "%s has no id and secret of a client", path),
        "keybearer help import");
}

/* What of CLIENT cannot be cut out of its file; NULL: all of it can. */
static const struct import_half *find_kept(const struct import_client *client)
{
    if (client->of_secret.piece.cut == KB_LOOSE_KEEP)
        return &client->of_secret;
    return client->of_id.piece.cut == KB_LOOSE_KEEP ? &client->of_id : NULL;
}

static enum kb_err refuse_cut(const char *path, enum kb_loose_format format,
    const struct import_half *half, struct kb_error *err)
{
    if (kb_loose_is_program(format))
        kb_fail(err, KB_ERR_USAGE, "%s is a program, and not edited: %s is on line %lld", path,
            half->name, (long long)half->line);
    else if (format == KB_LOOSE_NPMRC)
        kb_fail(err, KB_ERR_USAGE, "%s is npm's, and not edited: %s is on line %lld", path,
            half->name, (long long)half->line);
    else
        kb_fail(err, KB_ERR_USAGE, "%s has more than %s on line %lld, so that is not deleted", path,
            half->name, (long long)half->line);
    kb_hint(err, "the same command without --delete, then delete that line yourself");
    return KB_ERR_USAGE;
}

/* What is found is what can be worked with, before anybody is asked. */
static enum kb_err check_found(struct importing *import, struct kb_error *err)
{
    struct import_found *found = &import->found;
    const struct import_files *files = &import->files;

    if (found->count == 0)
        return refuse_without_client(import, err);
    if (found->count > 1 && import->options.name && !import_found_pick(found, import->options.name))
        return kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE, "%s has %zu clients, none of which would be called %s",
                files->paths[files->chosen], found->count, import->options.name),
            "the same command with --dry-run, and without --name, shows what they would be called");
    for (size_t i = 0; i < found->count && import->options.deletes; i++) {
        const struct import_half *kept = find_kept(&found->clients[i]);

        if (kept)
            return refuse_cut(
                files->paths[files->chosen], files->formats[files->chosen], kept, err);
    }
    return KB_OK;
}

/* Whether a part is to change the file. That of a program is refused with what was found. */
static bool will_rewrite(const struct importing *import)
{
    return import->options.deletes && !import->options.dry_run &&
           !kb_loose_is_program(import->files.formats[import->files.chosen]);
}

/* The files that profile NAME, if it is there, has its exchange read. */
static void add_files_of(const char *name, struct kb_strings *ret)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    const struct kb_profile *profile;

    if (kb_config_load_profile(name, &config, &profile, NULL))
        return;
    const char *const files[] = {
        profile->ca_file, kb_client_auth_file(profile), kb_grant_file(profile)};

    for (size_t i = 0; i < KB_COUNT(files); i++)
        if (files[i])
            kb_strings_add(ret, files[i]);
}

/* As `add` is, and to the files of the profiles that are there already. */
static enum kb_err confine_self(const struct importing *import, struct kb_error *err)
{
    KB_AUTO(kb_strings_clear) struct kb_strings more = {0};
    const struct import_options *options = &import->options;
    const struct kb_setting_words *words = &options->settings;
    const struct kb_strings *names = &import->files.names;
    const char *const token_files[] = {kb_setting_words_get(words, "client_assertion_file"),
        kb_setting_words_get(words, "subject_token_file")};

    if (options->dry_run)
        return confine_to_files(NULL, 0, NULL, err);
    if (options->name)
        add_files_of(options->name, &more);
    for (size_t i = 0; i < names->count && !options->name; i++)
        add_files_of(names->items[i], &more);
    if (more.count > NEED_MORE_MAX)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE, "the profiles of those names need more than %d files",
                NEED_MORE_MAX),
            "import one client at a time: the same command with --name NAME");
    return add_confine(kb_setting_words_get(words, "store"), kb_setting_words_get(words, "ca_file"),
        token_files, &more, err);
}

/* Up to the moment when all that is known is known. */
static enum kb_err look(struct importing *import, struct kb_error *err)
{
    enum kb_err rc = import_find_files(import->options.file, &import->files, err);

    import->files.will_be_cut = import->options.deletes;
    if (!rc)
        rc = import_choose_file(import, err);
    if (!rc && will_rewrite(import))
        rc = import_begin_rewriter(import, err);
    if (!rc)
        rc = confine_self(import, err);
    if (!rc)
        rc = import_hear_reader(import, err);
    part_end(&import->reader);
    if (rc == KB_ERR_NOT_FOUND && !*err->hint)
        kb_hint(err, "keybearer doctor names the files that have a secret");
    return rc ? rc : check_found(import, err);
}

static void report_half(const struct import_half *half, struct kb_pairs *ret)
{
    char line[24];

    snprintf(line, sizeof(line), "%lld", (long long)half->line);
    kb_pairs_add(ret, half->name, line);
}

static void report_found(const struct importing *import, struct kb_report_import *ret)
{
    const struct import_options *options = &import->options;

    kb_text_copy(ret->file, sizeof(ret->file), import->files.paths[import->files.chosen]);
    ret->dry_run = options->dry_run;
    ret->deletes = options->deletes;
    for (size_t i = 0; i < import->found.count; i++) {
        const struct import_client *client = &import->found.clients[i];
        KB_AUTO(kb_buf_clear) struct kb_buf whom = KB_BUF_INIT(1024);

        import_say_whom(options, client, &whom);
        kb_pairs_add(&ret->found, options->name ? options->name : client->name, kb_buf_text(&whom));
        report_half(&client->of_id, &ret->ids);
        report_half(&client->of_secret, &ret->secrets);
    }
    for (size_t i = 0; i < import->found.doubts.count; i++)
        kb_pairs_add(
            &ret->doubts, import->found.doubts.items[i].name, import->found.doubts.items[i].value);
}

/* What was stored stays, whatever comes after it. */
static void delete_stored(const struct importing *import, struct kb_report_import *ret)
{
    struct kb_error why = KB_ERROR_INIT;
    bool changed = false;

    if (import_cut(import, &changed, &why)) {
        kb_text_copy(ret->not_deleted, sizeof(ret->not_deleted), why.msg);
        return;
    }
    ret->deleted = !changed;
    if (changed)
        kb_text_copy(ret->not_deleted, sizeof(ret->not_deleted),
            "it, or a link to it, was changed meanwhile");
}

/* Whether another client may fare better: this one is not what its provider or profile takes. */
static bool is_clients_own(enum kb_err rc)
{
    return rc == KB_ERR_DENIED || rc == KB_ERR_USAGE;
}

/* The first failure is the command's; what else was not imported is told beside it. */
static void note_failure(
    const struct import_client *client, const struct kb_error *why, struct kb_report_import *ret)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_REPORT_LINE - 1);
    char name[KB_LOOSE_NAME_MAX + 32];

    snprintf(
        name, sizeof(name), "%s (line %lld)", client->of_id.name, (long long)client->of_id.line);
    if (why && ret->code == 0) {
        ret->code = why->code;
        kb_buf_fmt(&text, "%s: %s", name, why->msg);
        kb_text_copy(
            ret->failure, sizeof(ret->failure), text.failed ? why->msg : kb_buf_text(&text));
        kb_text_copy(ret->failure_hint, sizeof(ret->failure_hint), kb_err_hint(why));
        return;
    }
    kb_buf_fmt(&text, "failed, too: %s", why ? why->msg : "");
    kb_pairs_add(&ret->doubts, name, why ? kb_buf_text(&text) : "was not tried");
}

/* One after the other, until one fails for a reason that holds for the others, too. */
static void import_each(struct importing *import, struct kb_report_import *ret)
{
    struct import_found *found = &import->found;
    bool goes_on = true;

    for (size_t i = 0; i < found->count; i++) {
        struct kb_error why = KB_ERROR_INIT;
        enum kb_err rc =
            goes_on ? import_one(&import->options, &found->clients[i], ret, &why) : KB_OK;

        if (rc || !goes_on)
            note_failure(&found->clients[i], goes_on ? &why : NULL, ret);
        goes_on = goes_on && (!rc || is_clients_own(rc));
    }
}

static enum kb_err import_all(
    struct importing *import, struct kb_report_import *ret, struct kb_error *err)
{
    enum kb_err rc = KB_OK;

    if (import->found.count == 1)
        rc = import_one(&import->options, &import->found.clients[0], ret, err);
    else
        import_each(import, ret);
    terminal_close();
    if (ret->stored.count > 0 && import->options.deletes)
        delete_stored(import, ret);
    return rc;
}

enum kb_err helper_import(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err)
{
    static struct importing space = {
        .reader = {.hear = -1, .speak = -1}, .rewriter = {.hear = -1, .speak = -1}}; /* large */
    KB_AUTO(clear) struct importing *import = &space;
    struct kb_report_import *report = &frame->report.import;
    enum kb_err rc = parse(argc, argv, &import->options, err);

    if (!rc)
        rc = look(import, err);
    if (rc)
        return rc;
    report_found(import, report);
    if (import->options.dry_run)
        return KB_OK;
    rc = import_ask_providers(import, err);
    if (!rc && import->options.deletes)
        rc = import_await_rewriter(import, err);
    if (!rc)
        rc = import_consent(import, err);
    return rc ? rc : import_all(import, report, err);
}
