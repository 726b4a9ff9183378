/*
 * `help`: the two tables, as text; and which of their words was probably meant.
 */
#include "front.h"

#include "base/alloc.h"
#include "base/strings.h"
#include "config/programs.h"
#include "config/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the words beside an option stand. */
enum { HELP_COLUMN = 26 };

#define ENTRY "  %-10s %s\n"

static const char introduction[] =
    "keybearer keeps OAuth clients safe, and gives tools their bearer tokens.\n"
    "\n"
    "Usage: keybearer COMMAND [ARGUMENT]...\n"
    "\n";

static const char ending[] = "\n"
                             "First steps:\n"
                             "  keybearer add zuora --preset zuora --environment SBX\n"
                             "  keybearer token zuora | my-program\n"
                             "  keybearer help COMMAND, keybearer presets\n"
                             "\n"
                             "Manuals: keybearer(1), keybearer-config(5), keybearer-tokens(7);\n"
                             "keybearer help COMMAND names the manual of a tool.\n";

/* Those that a person types, or the others. */
static void list_protocols(struct kb_buf *out, bool by_person)
{
    size_t count;
    const struct kb_proto_row *rows = kb_protos(&count);

    for (size_t i = 0; i < count; i++) {
        if (rows[i].proto->by_person == by_person)
            kb_buf_fmt(out, ENTRY, rows[i].word, rows[i].summary);
    }
}

static void overview(struct kb_buf *out)
{
    size_t count;
    const struct verb *table = verbs(&count);

    kb_buf_str(out, introduction);
    kb_buf_str(out, "For people:\n");
    for (size_t i = 0; i < count; i++) {
        if (table[i].run == verb_run) /* the other ways to a token */
            list_protocols(out, true);
        kb_buf_fmt(out, ENTRY, table[i].name, table[i].summary);
    }
    kb_buf_str(out, "\nFor tools:\n");
    list_protocols(out, false);
    kb_buf_str(out, ending);
}

static void option_line(struct kb_buf *out, const struct kb_setting *setting)
{
    KB_AUTO(kb_buf_clear) struct kb_buf help = KB_BUF_INIT(1024);
    bool repeats = setting->flags & KB_SETTING_REPEATS;
    char left[64];
    int len = snprintf(left, sizeof(left), "  --%s %s", setting->option, setting->argument);

    kb_buf_str(&help, setting->help);
    if (setting->choices)
        kb_text_append_choices(setting->choices, "", &help);
    if (help.len == 0 && !repeats) {
        kb_buf_fmt(out, "%s\n", left);
        return;
    }
    if (len >= HELP_COLUMN)
        kb_buf_fmt(out, "%s\n%*s", left, HELP_COLUMN, "");
    else
        kb_buf_fmt(out, "%-*s", HELP_COLUMN, left);
    if (repeats)
        kb_buf_str(&help, help.len > 0 ? "; may be repeated" : "may be repeated");
    page_wrap(out, HELP_COLUMN, kb_buf_text(&help));
    kb_buf_byte(out, '\n');
}

static void options_of(struct kb_buf *out, enum kb_setting_group group)
{
    size_t count;
    const struct kb_setting *settings = kb_settings(&count);

    for (size_t i = 0; i < count; i++) {
        if (settings[i].option && settings[i].group == group)
            option_line(out, &settings[i]);
    }
}

static void add_page(struct kb_buf *out)
{
    kb_buf_str(out, "\nA provider that keybearer presets lists, and any other one:\n"
                    "  keybearer add zuora --preset zuora --environment SBX\n"
                    "  keybearer add corp --token-url https://login.example.com/oauth2/token \\\n"
                    "    --match https://git.example.com\n");
    kb_buf_str(out, "\nThe token request (see keybearer-config(5)):\n");
    options_of(out, KB_SETTING_ASKED);
    kb_buf_str(out, "\nWhat proves the client:\n");
    options_of(out, KB_SETTING_PROVED);
    kb_buf_str(out, "\nHow the reply is read:\n");
    options_of(out, KB_SETTING_READ);
    kb_buf_str(out, "\nWho may have the tokens:\n");
    options_of(out, KB_SETTING_SERVED);
    kb_buf_str(out, "  --same-address          add it although another profile has the address;\n"
                    "                          tools then need --profile\n");
    kb_buf_str(out, "\nThe client, and where it is kept:\n");
    options_of(out, KB_SETTING_KEPT);
    kb_buf_str(out,
        "  --client-id ID          the client id; without it you are asked\n"
        "  --client-key FILE       the client's key: PEM, JWK, or what Google or Box\n"
        "                          give; -: from standard input; see also help keygen\n"
        "  --yes                   do not ask before a key that keygen made goes for it\n"
        "  --client-cert FILE      certificates for the key, in PEM; - likewise\n"
        "  --client-key-passphrase-stdin\n"
        "                          read the passphrase of FILE from standard input,\n"
        "                          one line\n"
        "  --client-secret-stdin   read the secret from the next line\n"
        "  --passphrase-stdin      read the vault's passphrase from the next line\n");
}

static void program_variable(struct kb_buf *out, const char *name, const char *text)
{
    kb_buf_fmt(out, "%22s%s%s%s\n", "", name, text ? "=" : " (as --file)", text ? text : "");
}

/* The programs of `run --for`, with the variables of each. */
static void run_page(struct kb_buf *out)
{
    size_t count;
    const struct kb_known_program *programs = kb_known_programs(&count);

    kb_buf_str(out, "  --for PROGRAM       set what PROGRAM reads; may be repeated:\n");
    for (size_t i = 0; i < count; i++) {
        kb_buf_fmt(out, "    %-17s %s\n", programs[i].name, programs[i].title);
        for (size_t n = 0; n < KB_PROGRAM_VARIABLES_MAX && programs[i].variables[n].name; n++)
            program_variable(out, programs[i].variables[n].name, programs[i].variables[n].text);
    }
    kb_buf_str(out,
        "                      Where none of them names the host, PROGRAM sends the token\n"
        "                      wherever it is told to.\n");
}

static void page(struct kb_buf *out, const char *name, const char *arguments, const char *summary,
    const char *details)
{
    kb_buf_fmt(
        out, "Usage: keybearer %s%s%s\n%s\n", name, *arguments ? " " : "", arguments, summary);
    if (details)
        kb_buf_fmt(out, "\n%s", details);
}

/* What other programs call a command of ours; or WORD. */
static const char *our_name(const char *word)
{
    static const char *const names[][2] = {{"delete", "remove"}, {"rm", "remove"}, {"ls", "list"},
        {"login", "add"}, {"init", "add"}, {"connect", "setup"}, {"mv", "rename"}};

    for (size_t i = 0; i < KB_COUNT(names); i++) {
        if (strcmp(word, names[i][0]) == 0)
            return names[i][1];
    }
    return word;
}

/* What other programs have a command for, and we something else, or two. */
static bool hint_instead(const char *word, struct kb_error *err)
{
    static const char *const others[][2] = {
        {"rotate", "keybearer add NAME asks for the new secret of a profile"},
        {"update", "keybearer add NAME asks for the new secret of a profile"},
        {"logout",
            "keybearer remove NAME removes a profile; keybearer forget NAME, its cached token"},
    };

    for (size_t i = 0; i < KB_COUNT(others); i++) {
        if (strcmp(word, others[i][0]) == 0) {
            kb_hint(err, "%s", others[i][1]);
            return true;
        }
    }
    return false;
}

/* The command that was probably meant, or NULL. */
static const char *nearest_command(const char *word)
{
    size_t verb_count, row_count, count = 0;
    const struct verb *table = verbs(&verb_count);
    const struct kb_proto_row *rows = kb_protos(&row_count);
    const char **names = kb_alloc(verb_count + row_count, sizeof(*names)), *nearest;

    for (size_t i = 0; i < verb_count; i++)
        names[count++] = table[i].name;
    for (size_t i = 0; i < row_count; i++)
        names[count++] = rows[i].word;
    nearest = kb_text_nearest_within(
        strlen(word) > 2 ? 2 : 1, our_name(word), names, count); /* the names are short */
    free(names);
    return nearest;
}

/* One that has no protocol here, and finds a token in its environment. */
static bool is_run(const char *program)
{
    size_t count;
    const struct kb_known_program *programs = kb_known_programs(&count);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(program, programs[i].name) == 0)
            return true;
    }
    return false;
}

enum kb_err unknown_command(const char *word, struct kb_error *err)
{
    const struct kb_proto_row *row = kb_proto_of_program(word);
    const char *nearest = nearest_command(word);

    kb_fail(err, KB_ERR_USAGE, "unknown command \"%s\"", word);
    if (hint_instead(word, err))
        return KB_ERR_USAGE;
    if (row)
        return kb_hinted(err, KB_ERR_USAGE, "keybearer help %s", row->word);
    if (is_run(word))
        return kb_hinted(err, KB_ERR_USAGE, "keybearer run --for %s PROFILE -- COMMAND", word);
    return kb_hinted(err, KB_ERR_USAGE, "%s%s%s", nearest ? "did you mean " : "keybearer help",
        nearest ? nearest : "", nearest ? "?" : "");
}

enum kb_err help_page(struct kb_buf *out, const char *name, struct kb_error *err)
{
    const struct verb *verb = verb_find(name);
    const struct kb_proto_row *row = kb_proto_by_word(name);

    if (!verb && !row)
        row = kb_proto_of_program(name);
    if (verb)
        page(out, verb->name, verb->arguments, verb->summary, verb->details);
    else if (row)
        page(out, row->word, row->operands, row->summary, row->proto->details);
    else
        return unknown_command(name, err);
    if (verb && verb->describe == describe_add)
        add_page(out);
    if (verb && verb->run == verb_run)
        run_page(out);
    return KB_OK;
}

int help_for(const char *word)
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(16384);
    struct kb_error err = KB_ERROR_INIT;

    if (strcmp(word, "presets") == 0)
        presets_list(&out);
    else if (help_page(&out, word, &err))
        return output_error(&err);
    return output(&out, 0);
}

int verb_help(int argc, char *argv[])
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(16384);
    struct kb_error err = KB_ERROR_INIT;

    if (argc > 1) {
        kb_fail(&err, KB_ERR_USAGE, "help takes one command: \"%.64s\" is too much", argv[1]);
        return output_error(&err);
    }
    if (argc == 1)
        return help_for(argv[0]);
    overview(&out);
    return output(&out, 0);
}
