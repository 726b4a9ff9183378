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
#include "config/tools.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct order {
    bool token_only;
    struct kb_strings env;   /* NAME or NAME=TEXT */
    struct kb_strings tools; /* of --for */
    const char *profile;
    char **command; /* ends with NULL */
    int count;
};

static void order_clear(struct order *order)
{
    kb_strings_clear(&order->env);
    kb_strings_clear(&order->tools);
}

static enum kb_err parse(int argc, char *argv[], struct order *order, struct kb_error *err)
{
    const struct kb_option options[] = {
        {.name = "token-only", .flag = &order->token_only},
        {.name = "env", .list = &order->env},
        {.name = "for", .list = &order->tools},
    };
    int operands = 0;
    enum kb_err rc = kb_options_parse(argc, argv, options, KB_COUNT(options), true, &operands, err);
    bool dashes = operands > 1 && strcmp(argv[1], "--") == 0;

    if (rc)
        return rc;
    if (operands < (dashes ? 3 : 2))
        return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "a profile and a command are needed"),
            "keybearer run PROFILE -- COMMAND");
    if (!dashes && argv[1][0] == '-')
        return kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE, "%s must come before the profile", argv[1]),
            "keybearer run [OPTION]... PROFILE -- COMMAND");
    order->profile = argv[0];
    order->command = argv + (dashes ? 2 : 1);
    order->count = operands - (dashes ? 2 : 1);
    order->command[order->count] = NULL;
    return KB_OK;
}

/* --- The variables ------------------------------------------------------------------ */

static bool is_named_before(const struct kb_strings *env, size_t count, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < count; i++) {
        const char *other = env->items[i];

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
    if (!rc && is_named_before(env, number, name))
        rc = kb_fail(err, KB_ERR_USAGE, "--env %s is given twice", name);
    if (!rc)
        kb_variables_put(list, name, text ? text : "{token}", false);
    return rc;
}

static enum kb_err choose(
    const struct order *order, struct run_variables *variables, struct kb_error *err)
{
    enum kb_err rc = KB_OK;

    kb_variables_put(&variables->list, "BEARER_TOKEN", "{token}", false);
    if (!order->token_only)
        kb_variables_put_profile(&variables->list, variables->profile);
    for (size_t i = 0; !rc && i < order->tools.count; i++)
        rc = kb_tool_put(&variables->list, order->tools.items[i], variables->profile, err);
    for (size_t i = 0; !rc && i < order->env.count; i++)
        rc = put_named(&variables->list, &order->env, i, err);
    return rc;
}

/* --- Becoming the command ----------------------------------------------------------- */

/* keybearer-helper exec PROFILE PACKED COMMAND... */
static enum kb_err become_through_helper(
    const struct order *order, const struct run_environment *environment, struct kb_error *err)
{
    char **argv = kb_alloc((size_t)order->count + 5, sizeof(*argv));
    char program[] = "keybearer-helper", verb[] = "exec", packed[24];
    char *profile = kb_text_dup(order->profile);

    snprintf(packed, sizeof(packed), "%zu", environment->packed);
    argv[0] = program;
    argv[1] = verb;
    argv[2] = profile;
    argv[3] = packed;
    memcpy(argv + 4, order->command, (size_t)order->count * sizeof(*argv));
    kb_harden_undo();
    execve(KB_HELPER_PATH, argv, environment->entries);
    kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot run %s", KB_HELPER_PATH);
    if (err->sys == ENOENT || err->sys == EACCES || err->sys == ENOEXEC)
        kb_hint(err, "install keybearer again");
    free(argv);
    free(profile);
    return err->code;
}

static enum kb_err become(
    const struct order *order, const struct run_environment *environment, struct kb_error *err)
{
    char **ours = environ;
    enum kb_err rc;

    if (environment->packed > 0)
        return become_through_helper(order, environment, err);
    environ = environment->entries;
    rc = kb_become(order->command, err);
    environ = ours;
    return rc;
}

static enum kb_err run(const struct order *order, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    KB_AUTO(run_variables_clear) struct run_variables variables = RUN_VARIABLES_INIT;
    KB_AUTO(run_environment_clear) struct run_environment environment = RUN_ENVIRONMENT_INIT;
    enum kb_err rc = kb_config_load_profile(order->profile, &config, &variables.profile, err);

    variables.config = &config;
    if (!rc)
        rc = choose(order, &variables, err);
    if (!rc)
        rc = run_variables_check(&variables, err);
    if (!rc)
        rc = run_variables_supply(&variables, err);
    if (!rc)
        rc = run_environment_make(&variables, &environment, err);
    if (rc)
        return rc;
    helper_reap();
    return become(order, &environment, err);
}

int verb_run(int argc, char *argv[])
{
    KB_AUTO(order_clear) struct order order = {0};
    struct kb_error err = KB_ERROR_INIT;

    if (!parse(argc, argv, &order, &err))
        run(&order, &err);
    return output_error(&err);
}
