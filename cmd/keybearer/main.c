/*
 * Start of the front: hygiene first, then the table of protocols, then the table of
 * verbs. Must never parse anything but the words that choose between them.
 */
#include "complete.h"
#include "front.h"

#include "base/error_text.h"
#include "base/harden.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

static bool asks_for_help(int argc, char *argv[])
{
    return argc == 1 && (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0);
}

static int run_command(char *word, int argc, char *argv[])
{
    const struct kb_proto_row *row = kb_proto_by_word(word);
    const struct verb *verb = verb_find(word);
    struct kb_error err = KB_ERROR_INIT;

    /* What `run` and `edit` start is the person's command, which may well be sudo. */
    if (!verb || (verb->run != verb_run && verb->run != verb_edit))
        kb_harden_privileges();
    if (strcmp(word, "complete") == 0)
        return complete(argc, argv);
    if (row || verb)
        kb_error_text_of(row ? row->word : verb->name);
    if ((row || verb) && asks_for_help(argc, argv))
        return help_for(word);
    if (row)
        return converse(row->proto, word, NULL, argc, argv);
    if (verb && verb->describe)
        return report_described(verb, argc, argv);
    if (verb)
        return verb->run ? verb->run(argc, argv) : verb_help(argc, argv);
    unknown_command(word, &err);
    return output_error(&err);
}

/* Its help is the other program's. */
static bool hides_another(const struct kb_proto_row *row)
{
    return strchr(row->links[0], '/') != NULL;
}

/* "keybearer-kubectl-NAME", of a protocol that no link's name chooses: NAME; else NULL. */
static const char *name_in(const char *link, const struct kb_proto_row *row)
{
    const char *word = strncmp(link, "keybearer-", 10) == 0 ? link + 10 : "";
    size_t len = strlen(row->word);
    bool is_its = strncmp(word, row->word, len) == 0 && word[len] == '-';

    return is_its && row->proto->naming.before && kb_profile_name_ok(word + len + 1)
               ? word + len + 1
               : NULL;
}

static void hint_name(const char *link, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf links = KB_BUF_INIT(sizeof(err->hint) / 2);
    size_t count;
    const struct kb_proto_row *rows = kb_protos(&count);

    for (size_t i = 0; i < count; i++) {
        const struct kb_naming *naming = &rows[i].proto->naming;
        const char *profile = name_in(link, &rows[i]);

        if (profile) {
            kb_hint(err, "%s%s%s", naming->before, profile, naming->behind);
            return;
        }
        if (rows[i].chosen_by == KB_BY_PROFILE)
            kb_buf_fmt(&links, "%s%sPROFILE", links.len > 0 ? " and " : "", rows[i].links[0]);
    }
    kb_hint(err, "%s are names of links; keybearer list shows the profiles", kb_buf_text(&links));
}

/* Whoever starts us by a link takes what we print for an answer: never a page of help. */
static int refuse_name(const char *name)
{
    struct kb_error err = KB_ERROR_INIT;

    if (kb_proto_by_link(name)) {
        kb_fail(&err, KB_ERR_USAGE, "%s needs a command", name);
        kb_hint(&err, "%s get", name);
    } else {
        kb_fail(&err, KB_ERR_USAGE, "keybearer was started as \"%s\", a name that it does not know",
            name);
        hint_name(name, &err);
    }
    return output_error(&err);
}

/* Where the kernel gives no random bytes, libsodium would abort. */
static void no_random_bytes(void)
{
    struct kb_error err = KB_ERROR_INIT;

    kb_fail(&err, KB_ERR_SYSTEM, "the kernel gave no random bytes");
    _exit(output_error(&err));
}

int main(int argc, char *argv[])
{
    const char *name = program_invocation_short_name;
    bool is_own_name = strcmp(name, "keybearer") == 0;
    const struct kb_proto_row *row;
    const char *profile;
    struct kb_error err = KB_ERROR_INIT;

    if (kb_harden_process(&err))
        return output_error(&err);
    sodium_set_misuse_handler(no_random_bytes);
    if (argc < 1)
        return KB_ERR_USAGE;
    row = kb_proto_by_program(name, &profile);
    if (row) {
        kb_harden_privileges();
        kb_error_text_of(row->word);
        /* What a tool reads is an answer; a terminal is read by a person. */
        if (asks_for_help(argc - 1, argv + 1) && !hides_another(row) && isatty(STDOUT_FILENO))
            return help_for(row->word);
        return converse(row->proto, NULL, profile, argc - 1, argv + 1);
    }
    if (!is_own_name && (argc < 2 || !kb_proto_by_link(name)))
        return refuse_name(name);
    if (argc < 2)
        return verb_help(0, NULL);
    return run_command(argv[1], argc - 2, argv + 2);
}
