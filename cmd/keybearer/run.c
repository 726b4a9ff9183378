/*
 * `run`: a command with the token in its environment, and in nobody else's. Where a variable wants
 * the client too, the helper becomes the command: only the helper may read a store.
 */
#include "run.h"

#include "base/alloc.h"
#include "base/become.h"
#include "base/harden.h"
#include "base/options.h"
#include "base/strings.h"
#include "config/match.h"
#include "config/programs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct command_line {
    bool token_only;
    struct kb_strings env;      /* NAME or NAME=TEXT */
    struct kb_strings programs; /* of --for */
    struct kb_strings files;    /* names of variables */
    const char *profile;
    char **command; /* ends with NULL */
    int count;
};

static void command_line_clear(struct command_line *line)
{
    kb_strings_clear(&line->env);
    kb_strings_clear(&line->programs);
    kb_strings_clear(&line->files);
}

/* What was typed before "--", where that is not behind a profile. */
struct before_dashes {
    bool are_there;
    int at;
    const char *option, *value; /* the last two words; NULL: there is none */
};

static struct before_dashes look_before_dashes(int argc, char *const argv[])
{
    int at = 0;

    while (at < argc && strcmp(argv[at], "--") != 0)
        at++;
    return (struct before_dashes){
        .are_there =
            at<argc, .at = at, .option = at> 1 && argv[at - 2][0] == '-' ? argv[at - 2] : NULL,
        .value = at > 0 ? argv[at - 1] : NULL,
    };
}

/* OPERANDS are in ARGV, at most a profile or a command. */
static enum kb_err too_few(
    int operands, char *const argv[], const struct before_dashes *before, struct kb_error *err)
{
    if (operands == 0)
        return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "a profile and a command are needed"),
            "keybearer run PROFILE -- COMMAND");
    if (!before->are_there || before->value == argv[0])
        return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "no command is named"),
            "keybearer run %s -- COMMAND", argv[0]);
    if (!before->option || strchr(before->option, '=') || before->value[0] == '-')
        return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "no profile is named"),
            "keybearer run PROFILE -- %s", argv[0]);
    return kb_hinted(err,
        kb_fail(err, KB_ERR_USAGE, "no profile is named: %s took \"%s\"", before->option,
            before->value),
        "keybearer run %s NAME %s -- %s", before->option, before->value, argv[0]);
}

/* An option behind what was taken for the profile: that is it, or the command that has the option.
 */
static enum kb_err misplaced(char *const argv[], bool is_command, struct kb_error *err)
{
    if (is_command)
        return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "no profile is named"),
            "keybearer run PROFILE -- %s ...", argv[0]);
    return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "%s must come before the profile", argv[1]),
        "keybearer run [OPTION]... PROFILE -- COMMAND");
}

static enum kb_err parse(int argc, char *argv[], struct command_line *line, struct kb_error *err)
{
    const struct before_dashes before = look_before_dashes(argc, argv);
    const struct kb_option options[] = {
        {.name = "token-only", .flag = &line->token_only},
        {.name = "env", .list = &line->env},
        {.name = "for", .list = &line->programs},
        {.name = "file", .list = &line->files},
    };
    int operands = 0;
    enum kb_err rc = kb_options_parse(argc, argv, options, KB_COUNT(options), true, &operands, err);
    bool dashes = operands > 1 && strcmp(argv[1], "--") == 0;

    if (rc)
        return rc;
    if (operands < (dashes ? 3 : 2))
        return too_few(operands, argv, &before, err);
    if (!dashes && argv[1][0] == '-')
        return misplaced(argv, before.are_there && before.at < argc - operands, err);
    line->profile = argv[0];
    line->command = argv + (dashes ? 2 : 1);
    line->count = operands - (dashes ? 2 : 1);
    line->command[line->count] = NULL;
    return KB_OK;
}

/* --- The variables ------------------------------------------------------------------ */

/* Whether one of the first COUNT of LIST, of which each is NAME or NAME=TEXT, is for NAME. */
static bool is_named(const struct kb_strings *list, size_t count, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < count; i++) {
        const char *other = list->items[i];

        if (strncmp(other, name, len) == 0 && (other[len] == '=' || other[len] == '\0'))
            return true;
    }
    return false;
}

/* One --env: without a TEXT it is the token. */
static enum kb_err put_named(
    struct kb_variables *list, const struct kb_strings *env, size_t number, struct kb_error *err)
{
    KB_AUTO(kb_str_free) char *name = kb_text_dup(env->items[number]);
    char *text = strchr(name, '=');
    enum kb_err rc;

    if (text)
        *text++ = '\0';
    rc = kb_variable_name_check(name, err);
    if (!rc && is_named(env, number, name))
        rc = kb_fail(err, KB_ERR_USAGE, "--env %s is given twice", name);
    if (!rc)
        kb_variables_put(list, name, text ? text : "{token}", KB_VARIABLE_TEMPLATE);
    return rc;
}

/* One --file. */
static enum kb_err put_file(
    struct kb_variables *list, const struct command_line *line, size_t number, struct kb_error *err)
{
    const char *name = line->files.items[number];
    enum kb_err rc = kb_variable_name_check(name, err);

    if (!rc && is_named(&line->env, line->env.count, name))
        rc = kb_fail(err, KB_ERR_USAGE, "give --env %s or --file %s, not both", name, name);
    if (!rc)
        kb_variables_put(list, name, "", KB_VARIABLE_FILE);
    return rc;
}

/* What has a protocol of ours needs no variable. */
static void suggest_protocol(const char *program, struct kb_error *err)
{
    const struct kb_proto_row *row = kb_proto_by_word(program);

    if (!row)
        row = kb_proto_of_program(program);
    if (row)
        kb_hint(err, "for %s there is another way: keybearer help %s", program, row->word);
}

static enum kb_err put_program(
    struct run_variables *variables, const char *program, struct kb_error *err)
{
    enum kb_err rc = kb_known_program_put(&variables->list, program, variables->profile, err);

    if (rc == KB_ERR_USAGE)
        suggest_protocol(program, err);
    return rc;
}

static enum kb_err choose(
    const struct command_line *line, struct run_variables *variables, struct kb_error *err)
{
    enum kb_err rc = KB_OK;

    kb_variables_put(&variables->list, "BEARER_TOKEN", "{token}", KB_VARIABLE_TEMPLATE);
    if (!line->token_only)
        kb_variables_put_profile(&variables->list, variables->profile);
    for (size_t i = 0; !rc && i < line->programs.count; i++)
        rc = put_program(variables, line->programs.items[i], err);
    for (size_t i = 0; !rc && i < line->env.count; i++)
        rc = put_named(&variables->list, &line->env, i, err);
    for (size_t i = 0; !rc && i < line->files.count; i++)
        rc = put_file(&variables->list, line, i, err);
    return rc;
}

/* --- Becoming the command ----------------------------------------------------------- */

/* keybearer-helper exec PROFILE PACKED COMMAND... */
static enum kb_err become_through_helper(const struct command_line *line,
    const struct run_environment *environment, struct kb_error *err)
{
    char **argv = kb_alloc((size_t)line->count + 5, sizeof(*argv));
    char program[] = "keybearer-helper", verb[] = "exec", packed[24];
    char *profile = kb_text_dup(line->profile);
    char path[PATH_MAX];
    enum kb_err rc = helper_path(program, path, err);

    snprintf(packed, sizeof(packed), "%zu", environment->packed);
    argv[0] = program;
    argv[1] = verb;
    argv[2] = profile;
    argv[3] = packed;
    memcpy(argv + 4, line->command, (size_t)line->count * sizeof(*argv));
    if (!rc) {
        kb_harden_undo();
        execve(path, argv, environment->entries);
        rc = kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot run %s", path);
        if (err->sys == ENOENT || err->sys == EACCES || err->sys == ENOEXEC)
            kb_hint(err, "install keybearer again");
    }
    free(argv);
    free(profile);
    return rc;
}

static enum kb_err become(const struct command_line *line,
    const struct run_environment *environment, struct kb_error *err)
{
    char **ours = environ;
    enum kb_err rc;

    if (environment->packed > 0)
        return become_through_helper(line, environment, err);
    environ = environment->entries;
    rc = kb_become(line->command, err);
    environ = ours;
    return rc;
}

/* --- The file ----------------------------------------------------------------------- */

static enum kb_err hint_place(enum kb_err rc, struct kb_error *err)
{
    if (rc != KB_ERR_UNAVAILABLE)
        return rc;
    return kb_hinted(err, rc, "a file with a token needs a place in memory: keybearer doctor");
}

/* Makes its place, and says it in the variables. */
static enum kb_err make_file(
    struct run_variables *variables, struct kb_token_file *ret, struct kb_error *err)
{
    enum kb_err rc = hint_place(kb_token_file_make(ret, err), err);

    if (rc)
        return rc;
    if (kb_template_is_unfinished(ret->path))
        return kb_fail(err, KB_ERR_UNAVAILABLE, "the path of the file holds a control character");
    kb_variables_set_file(&variables->list, ret->path);
    return KB_OK;
}

/* Starts who keeps it, and then writes it. */
static enum kb_err hand_over(struct run_variables *variables, struct run_keeper *keeper,
    bool *ret_is_keeper, struct kb_error *err)
{
    const struct run_supply *supply = run_variables_own_supply(variables);
    enum kb_err rc;

    keeper->profile = variables->profile;
    keeper->key = supply->key;
    keeper->life = supply->token;
    keeper->life.value = KB_SECRET_INIT;
    rc = run_keeper_start(keeper, ret_is_keeper, err);
    if (rc || *ret_is_keeper)
        return rc;
    return kb_token_file_write(&keeper->file, &supply->token.value, err);
}

/* --- All of it ---------------------------------------------------------------------- */

static enum kb_err prepare(const struct command_line *line, struct run_variables *variables,
    struct kb_token_file *file, struct kb_error *err)
{
    enum kb_err rc = choose(line, variables, err);
    bool wants_file = kb_variables_want_file(&variables->list);

    if (!rc)
        rc = run_variables_check(variables, err);
    if (!rc && wants_file)
        rc = hint_place(kb_token_file_find_place(err), err);
    if (wants_file)
        run_variables_want_token(variables);
    if (!rc)
        rc = run_variables_supply(variables, err);
    /* A key that ends the fetch must leave no empty directory. */
    return !rc && wants_file ? make_file(variables, file, err) : rc;
}

static void keeper_clear(struct run_keeper *keeper)
{
    kb_token_file_remove(&keeper->file);
}

/* An address may have been typed for the profile that serves it. */
static void suggest_profile(const struct kb_config *config, const char *typed, struct kb_error *err)
{
    KB_AUTO(kb_request_clear) struct kb_request request = KB_REQUEST_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf address = KB_BUF_INIT(sizeof(request.echoed));
    const struct kb_profile *profile = NULL;
    const char *text;

    request.has_url = true;
    request.any_scheme = !strstr(typed, "://");
    kb_buf_fmt(&address, "%s%s", request.any_scheme ? "https://" : "", typed);
    text = kb_buf_text(&address);
    if (kb_url_parse(text, strlen(text), &request.url, NULL))
        return;
    request.any_path = strcmp(request.url.path, "/") == 0;
    if (!kb_match(config, &request, &profile, NULL) && profile)
        kb_hint(
            err, "profile %s serves it: keybearer run %s -- COMMAND", profile->name, profile->name);
}

static enum kb_err run(const struct command_line *line, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    KB_AUTO(run_variables_clear) struct run_variables variables = RUN_VARIABLES_INIT;
    KB_AUTO(run_environment_clear) struct run_environment environment = RUN_ENVIRONMENT_INIT;
    KB_AUTO(keeper_clear) struct run_keeper keeper = RUN_KEEPER_INIT;
    bool is_keeper = false;
    enum kb_err rc = kb_config_load_profile(line->profile, &config, &variables.profile, err);

    variables.config = &config;
    if (rc == KB_ERR_NOT_FOUND)
        suggest_profile(&config, line->profile, err);
    if (!rc)
        rc = prepare(line, &variables, &keeper.file, err);
    if (!rc)
        rc = run_environment_make(&variables, &environment, err);
    if (rc)
        return rc;
    helper_reap();
    if (keeper.file.dir >= 0)
        rc = hand_over(&variables, &keeper, &is_keeper, err);
    if (is_keeper) {
        run_environment_clear(&environment);
        run_variables_clear(&variables);
        run_keeper_stay(&keeper);
    }
    return rc ? rc : become(line, &environment, err);
}

int verb_run(int argc, char *argv[])
{
    KB_AUTO(command_line_clear) struct command_line line = {0};
    struct kb_error err = KB_ERROR_INIT;

    if (!parse(argc, argv, &line, &err))
        run(&line, &err);
    return output_error(&err);
}
