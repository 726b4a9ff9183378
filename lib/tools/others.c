/*
 * Who else a tool asks. Must never start a program, nor know a tool: what its files say, and what
 * it says itself, is for its kind to read.
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

void kb_tool_others_said(const struct kb_tool *tool, const struct kb_profile *profile,
    const struct kb_buf *said, struct kb_others *others)
{
    if (kb_tool_takes(tool, profile))
        tool->kind->hear_others(profile, said, others);
}

bool kb_others_any(const struct kb_others *others)
{
    return others->before.count > 0 || others->behind.count > 0 || others->within.count > 0;
}
