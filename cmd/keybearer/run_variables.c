/*
 * What the command of `run` finds in its environment. Must never ask for a token before all
 * templates are known to be good, and never let a variable of the command's steer a helper.
 */
#include "run.h"

#include "base/alloc.h"
#include "base/base64.h"
#include "core/packed.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- Filling templates -------------------------------------------------------------- */

/* PROFILE's place among those whose token is wanted. */
static struct run_supply *supply_of(
    struct run_variables *variables, const struct kb_profile *profile)
{
    for (size_t i = 0; i < variables->supply_count; i++)
        if (variables->supplies[i].profile == profile)
            return &variables->supplies[i];
    variables->supplies =
        kb_grow(variables->supplies, variables->supply_count + 1, sizeof(*variables->supplies));
    variables->supplies[variables->supply_count].profile = profile;
    variables->supplies[variables->supply_count].token = KB_TOKEN_INIT;
    return &variables->supplies[variables->supply_count++];
}

static void append_basic(const struct run_supply *supply, struct kb_buf *out)
{
    KB_AUTO(kb_buf_clear) struct kb_buf pair = KB_BUF_INIT(KB_ENTRY_MAX);

    kb_buf_fmt(&pair, "%s:", kb_profile_told_username(supply->profile));
    kb_secret_append(&supply->token.value, &pair);
    kb_base64_encode(out, pair.data, pair.len);
}

/* False: WORD is none of a token's. Before there is a token, nothing comes of it. */
static bool append_token(struct run_variables *variables, const struct kb_profile *profile,
    enum kb_word word, struct kb_buf *out)
{
    const struct run_supply *supply;

    if (word != KB_WORD_TOKEN && word != KB_WORD_HEADER && word != KB_WORD_BASIC)
        return false;
    supply = supply_of(variables, profile);
    if (kb_secret_is_empty(&supply->token.value))
        return true;
    if (word == KB_WORD_HEADER)
        kb_profile_append_api_prefix(profile, out);
    if (word == KB_WORD_BASIC)
        append_basic(supply, out);
    else
        kb_secret_append(&supply->token.value, out);
    return true;
}

static enum kb_err say_what_lacks(
    const struct kb_profile *profile, const struct kb_template_word *word, struct kb_error *err)
{
    if (word->word == KB_WORD_API_HEADER)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_CONFIG, "profile %s has no header %s in api_headers", profile->name,
                word->header),
            "keybearer show %s", profile->name);
    if (word->word == KB_WORD_ADDRESS)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_CONFIG, "profile %s has no address", profile->name),
            "keybearer match add %s URL", profile->name);
    return kb_hinted(err,
        kb_fail(err, KB_ERR_CONFIG, "the provider has no name for the host of profile %s",
            profile->name),
        "{host} is the host itself");
}

struct filling {
    struct run_variables *variables;
    const char *refused; /* of the variable */
    bool lacks;          /* the profile has no such value */
};

/* A program that takes such a byte for the token's end may send what follows to another host. */
static enum kb_err check_token(
    const struct filling *filling, const struct kb_buf *value, struct kb_error *err)
{
    if (!filling->refused || !strpbrk(kb_buf_text(value), filling->refused))
        return KB_OK;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_CONFIG, "the token has one of the characters %s, which would end it",
            filling->refused),
        "keybearer token %s prints it", filling->variables->profile->name);
}

static enum kb_err fill(
    void *context, const struct kb_template_word *word, struct kb_buf *value, struct kb_error *err)
{
    struct filling *filling = context;
    struct run_variables *variables = filling->variables;
    const struct kb_profile *profile = variables->profile;

    if (*word->profile)
        profile = kb_config_find(variables->config, word->profile);
    if (!profile)
        return kb_config_no_profile(variables->config, word->profile, err);
    if (append_token(variables, profile, word->word, value))
        return check_token(filling, value, err);
    if (kb_variable_value(profile, word, value))
        return KB_OK;
    filling->lacks = true;
    return say_what_lacks(profile, word, err);
}

/* Says which variable it is that cannot be had. */
static enum kb_err blame(const char *name, struct kb_error *err)
{
    const struct kb_error why = *err;

    kb_fail(err, why.code, "%s: %s", name, why.msg);
    kb_hint(err, "%s", why.hint);
    return why.code;
}

/* *RET_LACKS: nothing comes of it, because it is a preset's and the profile has no such value. */
static enum kb_err expand(struct run_variables *variables, const struct kb_variable *variable,
    struct kb_buf *out, bool *ret_lacks, struct kb_error *err)
{
    struct filling filling = {.variables = variables, .refused = variable->refused};
    struct kb_error why = KB_ERROR_INIT;
    enum kb_err rc;

    *ret_lacks = false;
    if (variable->kind == KB_VARIABLE_FILE) {
        kb_buf_str(out, variable->text);
        return KB_OK;
    }
    rc = kb_template_expand(variable->text, fill, &filling, out, &why);
    *ret_lacks = rc && filling.lacks && variable->kind == KB_VARIABLE_PRESET;
    if (!rc || *ret_lacks)
        return KB_OK;
    *err = why;
    return blame(variable->name, err);
}

enum kb_err run_variables_check(struct run_variables *variables, struct kb_error *err)
{
    enum kb_err rc = KB_OK;

    for (size_t i = 0; !rc && i < variables->list.count; i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(KB_ENTRY_MAX);
        bool lacks;

        rc = expand(variables, &variables->list.items[i], &out, &lacks, err);
        if (!rc && !lacks && kb_template_is_unfinished(kb_buf_text(&out)))
            variables->wants_client = true;
    }
    return rc;
}

void run_variables_want_token(struct run_variables *variables)
{
    (void)supply_of(variables, variables->profile);
}

const struct run_supply *run_variables_own_supply(struct run_variables *variables)
{
    return supply_of(variables, variables->profile);
}

enum kb_err run_variables_supply(struct run_variables *variables, struct kb_error *err)
{
    enum kb_err rc = KB_OK;

    for (size_t i = 0; !rc && i < variables->supply_count; i++) {
        struct run_supply *supply = &variables->supplies[i];

        rc =
            obtain_by_name(supply->profile->name, OBTAIN_USABLE, &supply->key, &supply->token, err);
    }
    return rc;
}

void run_variables_clear(struct run_variables *variables)
{
    for (size_t i = 0; i < variables->supply_count; i++)
        kb_token_clear(&variables->supplies[i].token);
    free(variables->supplies);
    kb_variables_clear(&variables->list);
    *variables = RUN_VARIABLES_INIT;
}

/* --- An environment of them --------------------------------------------------------- */

static bool is_replaced(const struct kb_variables *list, const char *entry)
{
    for (size_t i = 0; i < list->count; i++) {
        size_t len = strlen(list->items[i].name);

        if (strncmp(entry, list->items[i].name, len) == 0 && entry[len] == '=')
            return true;
    }
    return false;
}

/* Our entries, but for those that the list replaces; returns how many. */
static size_t take_ours(const struct run_variables *variables, char **entries)
{
    size_t count = 0;

    for (char **entry = environ; *entry; entry++) {
        if (variables->wants_client || !is_replaced(&variables->list, *entry))
            entries[count++] = *entry;
    }
    return count;
}

static size_t count_ours(void)
{
    size_t count = 0;

    while (environ[count])
        count++;
    return count;
}

/* "NAME=VALUE", packed where the helper finishes it. *RET_LACKS: there is no such variable. */
static enum kb_err make_entry(struct run_variables *variables, const struct kb_variable *variable,
    struct kb_buf *out, bool *ret_lacks, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf value = KB_BUF_INIT(KB_ENTRY_MAX);
    enum kb_err rc = expand(variables, variable, &value, ret_lacks, err);

    if (rc)
        return rc;
    if (variables->wants_client) {
        kb_packed_put(variable->name, *ret_lacks ? NULL : kb_buf_text(&value), out);
    } else {
        kb_buf_fmt(out, "%s=", variable->name);
        kb_buf_add(out, value.data, value.len);
    }
    return kb_buf_check(out, "the value", err) ? blame(variable->name, err) : KB_OK;
}

enum kb_err run_environment_make(
    struct run_variables *variables, struct run_environment *ret, struct kb_error *err)
{
    size_t own = variables->list.count, count;
    enum kb_err rc = KB_OK;

    ret->entries = kb_alloc(count_ours() + own + 1, sizeof(*ret->entries));
    ret->own = kb_alloc(own + 1, sizeof(*ret->own));
    ret->own_count = own;
    count = take_ours(variables, ret->entries);
    for (size_t i = 0; !rc && i < own; i++) {
        bool lacks;

        ret->own[i] = KB_BUF_INIT(KB_ENTRY_MAX);
        rc = make_entry(variables, &variables->list.items[i], &ret->own[i], &lacks, err);
        if (!rc && (variables->wants_client || !lacks))
            ret->entries[count++] = ret->own[i].data;
    }
    ret->packed = variables->wants_client ? own : 0;
    return rc;
}

void run_environment_clear(struct run_environment *environment)
{
    for (size_t i = 0; i < environment->own_count; i++)
        kb_buf_clear(&environment->own[i]);
    free(environment->own);
    free(environment->entries);
    *environment = RUN_ENVIRONMENT_INIT;
}
