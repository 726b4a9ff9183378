/*
 * Who else a tool asks. Must never start a program, nor know a tool: what its files say is for its
 * kind to read.
 */
#include "tools/others.h"

void kb_others_clear(struct kb_others *others)
{
    kb_strings_clear(&others->before);
    kb_strings_clear(&others->behind);
    kb_strings_clear(&others->within);
}

void kb_tool_others(
    const struct kb_tool *tool, const struct kb_profile *profile, struct kb_others *others)
{
    if (tool->kind->others && kb_tool_takes(tool, profile))
        tool->kind->others(profile, others);
}

bool kb_others_any(const struct kb_others *others)
{
    return others->is_open || others->before.count > 0 || others->behind.count > 0 ||
           others->within.count > 0;
}

bool kb_others_have(const struct kb_others *others, const char *name)
{
    return kb_strings_has(&others->before, name) || kb_strings_has(&others->behind, name) ||
           kb_strings_has(&others->within, name);
}
