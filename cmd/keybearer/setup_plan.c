/*
 * What `setup` would change for one tool: looked at, told, made. Must never say that something was
 * made after it failed, nor say one failure twice.
 */
#include "setup.h"

#include "base/alloc.h"
#include "front.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE_MAX = 1 << 20 };

void setup_plan_clear(struct setup_plan *plan)
{
    kb_changes_clear(&plan->changes);
    free(plan->found);
    free(plan->why);
    free(plan->told);
    kb_strings_clear(&plan->lies);
    *plan = (struct setup_plan){0};
}

/* --- looking ---------------------------------------------------------------------------- */

/* The folder beside our helpers whose link hides another program's name. */
static bool find_keyring(char ret[static PATH_MAX])
{
    char helper[PATH_MAX];
    const char *slash;

    if (helper_path("keybearer-helper", helper, NULL))
        return false;
    slash = strrchr(helper, '/');
    return snprintf(ret, PATH_MAX, "%.*s/keyring", (int)(slash - helper), helper) < PATH_MAX &&
           access(ret, X_OK) == 0;
}

/* Not of what is there, failed, or is the person's to do. */
static bool is_to_be_made(const struct setup_plan *plan, size_t i)
{
    return !plan->why[i].code && plan->changes.items[i].way != KB_WAY_PRINT &&
           plan->found[i].standing != KB_STANDS_OURS;
}

/* A tool that failed once is not asked again. */
static const struct kb_error *failure_before(const struct setup_plan *plan, size_t i)
{
    for (size_t k = 0; k < i && plan->changes.items[i].way == KB_WAY_COMMAND; k++) {
        if (plan->changes.items[k].way == KB_WAY_COMMAND && plan->why[k].code)
            return &plan->why[k];
    }
    return NULL;
}

static enum kb_err look(const struct setup_plan *plan, const struct kb_state *state, size_t i,
    struct kb_found *ret, struct kb_error *err)
{
    const struct kb_change *change = &plan->changes.items[i];
    const struct kb_error *before = failure_before(plan, i);
    enum kb_err rc;

    if (before) {
        *err = *before;
        return before->code;
    }
    rc = setup_look(change, ret, err);
    if (rc)
        return rc;
    kb_change_recall(change, state, ret);
    return setup_check(change, ret, err);
}

/* Half of a profile's changes is a tool that fails: what FAILED stops those FROM there. */
static void spread_failure(struct setup_plan *plan, size_t failed, size_t from)
{
    const char *profile = plan->changes.items[failed].profile;

    for (size_t i = from; i < plan->changes.count; i++) {
        if (is_to_be_made(plan, i) && strcmp(plan->changes.items[i].profile, profile) == 0)
            plan->why[i] = plan->why[failed];
    }
}

static void count(struct setup_plan *plan)
{
    for (size_t i = 0; i < plan->changes.count; i++) {
        plan->failed += plan->why[i].code ? 1 : 0;
        plan->to_make += is_to_be_made(plan, i);
        plan->by_hand += !plan->why[i].code && plan->changes.items[i].way == KB_WAY_PRINT;
    }
}

/* A link on the way may lead elsewhere by the time that the person has answered. */
static void note_where_it_lies(struct setup_plan *plan)
{
    char lies[PATH_MAX];

    for (size_t i = 0; i < plan->changes.count; i++) {
        kb_way_lies(plan->changes.items[i].way, plan->changes.items[i].file, lies);
        kb_strings_add(&plan->lies, lies);
    }
}

static void look_at_all(struct setup_plan *plan)
{
    KB_AUTO(kb_state_clear) struct kb_state state = KB_STATE_INIT;

    /* Where it cannot be read, that is said before anything is made. */
    KB_IGNORE(kb_state_open(false, &state, NULL));
    plan->found = kb_alloc(plan->changes.count, sizeof(*plan->found));
    plan->why = kb_alloc(plan->changes.count, sizeof(*plan->why));
    plan->told = kb_alloc(plan->changes.count, sizeof(*plan->told));
    for (size_t i = 0; i < plan->changes.count; i++) {
        struct kb_error err = KB_ERROR_INIT;

        if (look(plan, &state, i, &plan->found[i], &err))
            plan->why[i] = err;
    }
    for (size_t i = 0; i < plan->changes.count; i++) {
        if (plan->why[i].code)
            spread_failure(plan, i, 0);
    }
    note_where_it_lies(plan);
    count(plan);
}

enum kb_err setup_plan(const struct kb_tool *tool, const struct kb_config *config,
    const struct kb_profile *profile, struct setup_plan *ret, struct kb_error *err)
{
    char front[PATH_MAX], keyring[PATH_MAX];
    struct kb_tool_ask ask = {.config = config, .profile = profile, .front = front};
    enum kb_err rc;

    if (!in_path_own(front))
        return kb_fail(err, KB_ERR_SYSTEM, "without /proc it is not known where this keybearer is");
    if (find_keyring(keyring))
        ask.keyring = keyring;
    ret->tool = tool;
    ret->config = config;
    ret->profile = profile;
    rc = kb_tool_plan(tool, &ask, &ret->changes, err);
    if (!rc)
        look_at_all(ret);
    return rc;
}

/* --- telling ---------------------------------------------------------------------------- */

/* Each profile's changes behind its name. */
void setup_plan_describe(struct kb_buf *out, const struct setup_plan *plan)
{
    const char *profile = NULL;

    for (size_t i = 0; i < plan->changes.count; i++) {
        const struct kb_change *change = &plan->changes.items[i];

        if (!is_to_be_made(plan, i) && (plan->why[i].code || change->way != KB_WAY_PRINT))
            continue;
        if (!profile || strcmp(profile, change->profile) != 0)
            kb_buf_fmt(out, "%s, %s%s:\n", plan->tool->title,
                *change->profile ? "profile " : "for every",
                *change->profile ? change->profile : " profile");
        profile = change->profile;
        setup_describe(out, change, &plan->found[i]);
    }
    setup_note_configuration(out, plan->tool);
}

static bool shows_the_same(const struct setup_plan *one, const struct setup_plan *other)
{
    KB_AUTO(kb_buf_clear) struct kb_buf shown = KB_BUF_INIT(PAGE_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf now = KB_BUF_INIT(PAGE_MAX);

    setup_plan_describe(&shown, one);
    setup_plan_describe(&now, other);
    return !shown.failed && !now.failed && strcmp(kb_buf_text(&shown), kb_buf_text(&now)) == 0;
}

/* The profile may be gone by now, or have other addresses. */
static enum kb_err plan_again(const struct setup_plan *shown, struct kb_config *config,
    struct setup_plan *ret, struct kb_error *err)
{
    const struct kb_profile *profile = NULL;
    enum kb_err rc = shown->profile
                         ? kb_config_load_profile(shown->profile->name, config, &profile, err)
                         : kb_config_load_usual(config, err);

    return rc ? rc : setup_plan(shown->tool, config, profile, ret, err);
}

enum kb_err setup_plan_check_still(const struct setup_plan *plan, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    KB_AUTO(setup_plan_clear) struct setup_plan now = {0};
    struct kb_error why = KB_ERROR_INIT;

    if (!plan_again(plan, &config, &now, &why) && shows_the_same(plan, &now) &&
        kb_strings_same(&plan->lies, &now.lies))
        return KB_OK;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_CONFIG, "what was shown of %s changed meanwhile; nothing was changed",
            plan->tool->title),
        "run the command again: it shows what would be changed now");
}

/* A tool that is not there, or does not work, does not work by hand either. */
static bool helps_by_hand(const struct setup_plan *plan, size_t i)
{
    const struct kb_change *change = &plan->changes.items[i];
    enum kb_err code = plan->why[i].code;
    struct stat st;

    if (plan->lacks_state || change->way != KB_WAY_COMMAND)
        return true;
    if (change->file && stat(change->file, &st) == 0 && !S_ISREG(st.st_mode))
        return false;
    return code != KB_ERR_FAILED && code != KB_ERR_NOT_FOUND && code != KB_ERR_TIMEOUT;
}

static bool is_same(const struct kb_error *one, const struct kb_error *other)
{
    return one->code == other->code && strcmp(one->msg, other->msg) == 0;
}

/* WHY, and the lines of all changes that failed for it. */
static int tell_one(struct setup_plan *plan, const struct kb_error *why)
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(PAGE_MAX);
    const struct kb_change *before = NULL;
    int status = output_error(why);

    for (size_t i = 0; i < plan->changes.count; i++) {
        if (plan->told[i] || !plan->why[i].code || !is_same(&plan->why[i], why))
            continue;
        plan->told[i] = true;
        if (!helps_by_hand(plan, i))
            continue;
        setup_describe_lines(&out, &plan->changes.items[i], before);
        before = &plan->changes.items[i];
    }
    return output(&out, status);
}

int setup_plan_tell(struct setup_plan *plan)
{
    int status = 0;

    for (size_t i = 0; i < plan->changes.count; i++) {
        if (plan->why[i].code && !plan->told[i]) {
            int said = tell_one(plan, &plan->why[i]);

            status = status ? status : said;
        }
    }
    return status;
}

/* --- making ----------------------------------------------------------------------------- */

void setup_plan_make(struct setup_plan *plan)
{
    KB_AUTO(kb_state_clear) struct kb_state state = KB_STATE_INIT;
    struct kb_error lacking = KB_ERROR_INIT;

    if (kb_state_open(true, &state, &lacking))
        plan->lacks_state = true;
    for (size_t i = 0; i < plan->changes.count; i++) {
        const struct kb_change *change = &plan->changes.items[i];
        struct kb_error err = lacking;

        if (!is_to_be_made(plan, i))
            continue;
        if (!plan->lacks_state && !setup_make(change, &state, &err))
            continue;
        plan->why[i] = err;
        spread_failure(plan, i, i + 1);
    }
}
