/*
 * The table of tools, and who is asked what has to change.
 */
#include "tools/tool.h"

#include "kinds.h"

#include "base/trust.h"

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

/* What lies in another person's home, their tools run and read: as root we would run it for them.
 */
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

static enum kb_err check_profiles(
    const struct kb_tool *tool, const struct kb_tool_ask *ask, struct kb_error *err)
{
    const struct kb_profile *profile = ask->profile;

    if (tool->scope == KB_TOOL_NAMED && !profile)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE, "%s is connected to one profile, which must be named",
                tool->title),
            "keybearer setup %s PROFILE; keybearer list shows the profiles", tool->word);
    if (profile && tool->kind->fits && !tool->kind->fits(profile))
        return kb_hinted(err,
            kb_fail(err, KB_ERR_NOT_FOUND, "profile %s has no address for %s", profile->name,
                tool->title),
            "man %s", tool->manual);
    return KB_OK;
}

enum kb_err kb_tool_plan(const struct kb_tool *tool, const struct kb_tool_ask *ask,
    struct kb_changes *ret, struct kb_error *err)
{
    size_t before = ret->count;
    enum kb_err rc = check_home(err);

    if (!rc)
        rc = check_profiles(tool, ask, err);
    if (!rc)
        rc = tool->kind->plan(ask, ret, err);
    if (rc)
        return rc;
    for (size_t i = before; i < ret->count; i++)
        ret->items[i].tool = tool;
    if (ret->count > before)
        return KB_OK;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_NOT_FOUND, "no profile has an address for %s", tool->title),
        "keybearer help add; man %s", tool->manual);
}
