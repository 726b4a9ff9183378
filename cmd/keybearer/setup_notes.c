/*
 * What `setup` says besides when a change stands: whom the tool finds, which variable it needs,
 * whom else it asks, and whether they get what is ours. Must never show the value of a helper that
 * is not ours: it may hold a password.
 */
#include "setup.h"

#include "base/shell_word.h"
#include "core/place.h"
#include "front.h"
#include "git_tokens.h"

#include <limits.h>
#include <string.h>

bool setup_is_found(const struct kb_tool *tool)
{
    char found[PATH_MAX];

    return !*tool->seeks || in_path_find(tool->seeks, NULL, found);
}

void setup_note_path(struct kb_buf *out, const struct kb_tool *tool)
{
    char own[PATH_MAX], found[PATH_MAX];

    if (!*tool->seeks || !in_path_own(own))
        return;
    if (!in_path_find(tool->seeks, NULL, found))
        report_words(out, "Note: %s is not in PATH, where %s looks for it: put %.*s there.",
            tool->seeks, tool->title, (int)(strrchr(own, '/') - own), own);
    else if (!in_path_same(found, own))
        report_words(out, "Note: %s, which %s finds, is not this keybearer.", found, tool->title);
}

/* A setting names a profile, or none, and no configuration. */
void setup_note_configuration(struct kb_buf *out, const struct kb_tool *tool)
{
    KB_AUTO(kb_buf_clear) struct kb_buf word = KB_BUF_INIT((size_t)2 * PATH_MAX);
    char path[PATH_MAX];

    if (!kb_config_is_other() || kb_config_path(path, sizeof(path), NULL))
        return;
    kb_shell_word(&word, path);
    report_words(out,
        "Note: %s needs KEYBEARER_CONFIG=%s in its environment, too: without it, keybearer reads "
        "the usual configuration there.",
        tool->title, kb_buf_text(&word));
}

static void note_names(struct kb_buf *out, const struct kb_tool *tool, const char *when,
    const struct kb_strings *names, const char *end)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(65536);

    setup_describe_names(&text, names);
    if (names->count > 0)
        report_words(out, "Note: %s %s asks %s%s.", when, tool->title, kb_buf_text(&text), end);
}

/* An old git hands our token to the others, and `store` writes it down. */
static void warn_of_old_git(struct kb_buf *out, const struct kb_others *others)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT((size_t)2 * PATH_MAX);
    struct git_tokens tokens;
    struct git_version git;

    git_version_find(&git);
    git_tokens_judge(&git, others, &tokens);
    if (tokens.gives == GIT_GIVES_NOBODY)
        return;
    kb_buf_str(&text, *git.text ? "Note: git " : "Note: ");
    git_tokens_warn(&text, &git, &tokens);
    report_words(out, "%s. To avoid that: %s.", kb_buf_text(&text), GIT_TOKENS_CURE);
}

/* Only git has other helpers beside ours. */
void setup_note_helpers(struct kb_buf *out, const struct setup_plan *plan)
{
    KB_AUTO(kb_others_clear) struct kb_others others = {.is_open = false};
    const struct kb_tool *tool = plan->tool;

    if (!tool->kind->others)
        return;
    setup_find_others(plan, &others);
    note_names(out, tool, "before keybearer", &others.before, "");
    note_names(out, tool, "behind keybearer", &others.behind, "");
    note_names(out, tool, "for a part of its addresses", &others.within, ", too");
    if (others.is_open)
        report_words(out, "Note: %s's files leave open whom else it asks.", tool->title);
    warn_of_old_git(out, &others);
}
