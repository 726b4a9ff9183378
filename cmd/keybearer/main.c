/*
 * Start of the front: hygiene first, then the table of protocols, then the table of
 * verbs. Must never parse anything but the words that choose between them.
 */
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

    /* `run` becomes the person's command, which may well be sudo. */
    if (!verb || verb->run != verb_run)
        kb_harden_privileges();
    if (row || verb)
        kb_error_text_of(row ? row->word : verb->name);
    if ((row || verb) && asks_for_help(argc, argv))
        return verb_help(1, &word);
    if (row)
        return converse(row->proto, NULL, argc, argv);
    if (verb && verb->describe)
        return report_described(verb, argc, argv);
    if (verb)
        return verb->run ? verb->run(argc, argv) : verb_help(argc, argv);
    unknown_command(word, &err);
    return output_error(&err);
}

/* Whoever starts us by a link takes what we print for an answer: never a page of help. */
static int refuse_name(const char *name)
{
    struct kb_error err = KB_ERROR_INIT;

    if (kb_proto_is_link(name)) {
        kb_fail(&err, KB_ERR_USAGE, "%s needs a command", name);
        kb_hint(&err, "%s get", name);
    } else {
        kb_fail(&err, KB_ERR_USAGE, "keybearer was started as \"%s\", a name that it does not know",
            name);
        kb_hint(&err, "keybearer help");
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
        return converse(row->proto, profile, argc - 1, argv + 1);
    }
    if (!is_own_name && (argc < 2 || !kb_proto_is_link(name)))
        return refuse_name(name);
    if (argc < 2)
        return verb_help(0, NULL);
    return run_command(argv[1], argc - 2, argv + 2);
}
