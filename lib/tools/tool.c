/*
 * The table of tools, and who is asked what has to change.
 */
#include "tools/tool.h"

#include "kinds.h"

#include "base/strings.h"
#include "base/trust.h"
#include "core/place.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define KB_PROGRAMS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define KB_TOOL(word, way, scope, programs, seeks, manual, title)                                  \
    {#word, title, KB_WAY_##way, KB_TOOL_##scope, programs, seeks, manual, &kb_tool_##word},
static const struct kb_tool table[] = {
#include "tools.def"
};
#undef KB_TOOL

const struct kb_tool *kb_tools(size_t *ret_count)
{
    *ret_count = KB_COUNT(table);
    return table;
}

const struct kb_tool *kb_tool_by_word(const char *word)
{
    for (size_t i = 0; i < KB_COUNT(table); i++) {
        if (strcmp(table[i].word, word) == 0)
            return &table[i];
    }
    return NULL;
}

bool kb_tool_fits(const struct kb_tool *tool, const struct kb_profile *profile)
{
    return tool->scope == KB_TOOL_FITS && tool->kind->fits(profile);
}

bool kb_tool_takes(const struct kb_tool *tool, const struct kb_profile *profile)
{
    const struct kb_tool_kind *kind = tool->kind;

    return !kind->fits || kind->fits(profile) || (kind->takes && kind->takes(profile));
}

const struct kb_profile *kb_tool_first(
    const struct kb_tool *tool, const struct kb_config *config, size_t *ret_count)
{
    const struct kb_profile *first = NULL;

    *ret_count = 0;
    for (size_t i = 0; i < config->count; i++) {
        if (kb_tool_takes(tool, &config->profiles[i]) && (*ret_count)++ == 0)
            first = &config->profiles[i];
    }
    return first;
}

static enum kb_err none_fits(const struct kb_tool *tool, struct kb_error *err)
{
    return kb_hinted(err,
        kb_fail(err, KB_ERR_NOT_FOUND, "no profile has an address for %s", tool->title),
        "keybearer help add; man %s", tool->manual);
}

/* What lies in another's home, their tools run and read: as root we would run it for them. */
static enum kb_err check_home(struct kb_error *err)
{
    const char *home = getenv("HOME");
    struct kb_error why = KB_ERROR_INIT;
    enum kb_err rc = home && home[0] == '/' ? kb_trust_check_dir(home, &why) : KB_ERR_NOT_FOUND;

    if (!rc || rc == KB_ERR_NOT_FOUND)
        return KB_OK;
    if (err)
        *err = why;
    return rc;
}

/* A profile that is not named is the only one that there is. */
static enum kb_err choose_profile(
    const struct kb_tool *tool, struct kb_tool_ask *ask, struct kb_error *err)
{
    const struct kb_profile *first;
    size_t count;

    if (tool->scope == KB_TOOL_NAMED && !ask->profile) {
        first = kb_tool_first(tool, ask->config, &count);
        if (count > 1)
            return kb_hinted(err,
                kb_fail(err, KB_ERR_USAGE, "%s needs the name of a profile", tool->title),
                "keybearer setup %s %s; keybearer list shows the others", tool->word, first->name);
        if (!first)
            return none_fits(tool, err);
        ask->profile = first;
    }
    if (ask->profile && !kb_tool_takes(tool, ask->profile))
        return kb_hinted(err,
            kb_fail(err, KB_ERR_NOT_FOUND, "profile %s has no address for %s", ask->profile->name,
                tool->title),
            "man %s", tool->manual);
    return KB_OK;
}

enum kb_err kb_tool_plan(const struct kb_tool *tool, const struct kb_tool_ask *ask,
    struct kb_changes *ret, struct kb_error *err)
{
    struct kb_tool_ask chosen = *ask;
    char config[PATH_MAX];
    size_t before = ret->count;
    enum kb_err rc = check_home(err);

    if (!rc)
        rc = choose_profile(tool, &chosen, err);
    if (!rc)
        rc = tool->kind->plan(&chosen, ret, err);
    if (rc)
        return rc;
    kb_tool_configuration(config);
    for (size_t i = before; i < ret->count; i++) {
        ret->items[i].tool = tool;
        kb_str_set(&ret->items[i].config, *ret->items[i].profile ? config : "");
    }
    return ret->count > before ? KB_OK : none_fits(tool, err);
}
