/*
 * `adopt`: the helper shows what changes, asks, and binds the client again; here its report
 * becomes one line a fact.
 */
#include "front.h"

#include <string.h>

enum { COLUMN = 28, WIDTH = 80 };

/* A value that is too long for the rest of the line has one to itself, whole. */
static void describe_bond(struct kb_buf *out, const char *what, const char *before, const char *now)
{
    size_t longest = strlen(before) > strlen(now) ? strlen(before) : strlen(now);
    int column = COLUMN + strlen("(before: )") + longest > WIDTH ? 4 : COLUMN;

    if (column == COLUMN)
        kb_buf_fmt(out, "  %-25s %s\n", what, now);
    else
        kb_buf_fmt(out, "  %s\n%*s%s\n", what, column, "", now);
    if (strcmp(before, now) != 0)
        kb_buf_fmt(out, "%*s(before: %s)\n", column, "", before);
}

/* Parts that are in neither bond have nothing to say. */
static void describe_bonds(
    struct kb_buf *out, const struct kb_bond *before, const struct kb_bond *now)
{
    for (size_t i = 0; i < KB_BOND_PARTS; i++) {
        struct kb_bond_change part = kb_bond_change(before, now, i);
        const char *nothing = part.words->nothing;

        if (*part.was || *part.is)
            describe_bond(out, part.words->title, *part.was ? part.was : nothing,
                *part.is ? part.is : nothing);
    }
}

void describe_adopt(struct kb_buf *out, const struct kb_report *report)
{
    const struct kb_report_adopt *adopt = &report->adopt;

    if (adopt->already) {
        kb_buf_str(out, "Nothing to adopt: the client is bound as the profile asks for.\n");
    } else {
        kb_buf_str(out, "Adopted. The client is bound to:\n");
        describe_bonds(out, &adopt->before, &adopt->now);
    }
    if (*adopt->config_before)
        kb_buf_fmt(out, "It came from %s.\n", adopt->config_before);
    if (*adopt->left_behind)
        report_words(out, "Note: %s.", adopt->left_behind);
}
