/*
 * `run`: a command with the token in its environment, and in nobody else's. Where the
 * provider's own SDK wants the client too (the preset says so), the helper becomes the
 * command: only the helper may read a store.
 */
#include "front.h"

#include "base/alloc.h"
#include "base/become.h"
#include "base/harden.h"
#include "base/options.h"
#include "config/preset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct order {
    bool token_only;
    const char *profile;
    char **command; /* ends with NULL */
    int count;
};

static enum kb_err parse(int argc, char *argv[], struct order *order, struct kb_error *err)
{
    const struct kb_option options[] = {{.name = "token-only", .flag = &order->token_only}};
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
            "keybearer run [--token-only] PROFILE -- COMMAND");
    order->profile = argv[0];
    order->command = argv + (dashes ? 2 : 1);
    order->count = operands - (dashes ? 2 : 1);
    order->command[order->count] = NULL;
    return KB_OK;
}

static enum kb_err export_token(const char *profile, struct kb_error *err)
{
    KB_AUTO(kb_token_clear) struct kb_token token = KB_TOKEN_INIT;
    enum kb_err rc = obtain_by_name(profile, false, &token, err);

    return rc ? rc : kb_become_export("BEARER_TOKEN", token.value.bytes, err);
}

/* keybearer-helper exec PROFILE COMMAND... */
static enum kb_err become_through_helper(const struct order *order, struct kb_error *err)
{
    char **argv = kb_alloc((size_t)order->count + 4, sizeof(*argv));
    char program[] = "keybearer-helper", verb[] = "exec";
    char *profile = kb_text_dup(order->profile);

    argv[0] = program;
    argv[1] = verb;
    argv[2] = profile;
    memcpy(argv + 3, order->command, (size_t)order->count * sizeof(*argv));
    kb_harden_undo();
    execv(KB_HELPER_PATH, argv);
    kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot run %s", KB_HELPER_PATH);
    if (err->sys == ENOENT || err->sys == EACCES || err->sys == ENOEXEC)
        kb_hint(err, "install keybearer again");
    free(argv);
    free(profile);
    return err->code;
}

static enum kb_err run(const struct order *order, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    const struct kb_profile *profile;
    enum kb_err rc = kb_config_load_profile(order->profile, &config, &profile, err);

    if (!rc)
        rc = export_token(profile->name, err);
    if (rc)
        return rc;
    helper_reap();
    if (order->token_only || !profile->preset || profile->preset->env_count == 0)
        return kb_become(order->command, err);
    return become_through_helper(order, err);
}

int verb_run(int argc, char *argv[])
{
    struct order order = {0};
    struct kb_error err = KB_ERROR_INIT;

    if (!parse(argc, argv, &order, &err))
        run(&order, &err);
    return output_error(&err);
}
