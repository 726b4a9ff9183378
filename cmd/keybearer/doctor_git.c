/*
 * `doctor` about git: does it keep keybearer's tokens from its other helpers? Must never start it:
 * whatever PATH names may be anybody's program.
 */
#include "doctor.h"

#include "git_version.h"

#include <limits.h>

/* Whether git asks for the tokens of any of them. */
static bool serve_git(const struct kb_config *config)
{
    size_t count;

    return kb_tool_first(kb_tool_by_word("git"), config, &count) != NULL;
}

static void note_old(struct doctor_page *page, const struct git_version *git, const char *file)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT((size_t)2 * PATH_MAX);

    git_version_warn(&text, git, file);
    doctor_say(page, FINDING_NOTE, "git", GIT_VERSION_CURE, "%s", kb_buf_text(&text));
}

void doctor_check_git(struct doctor_page *page, const struct kb_config *config)
{
    KB_AUTO(kb_others_clear) struct kb_others others = {.is_open = false};
    struct git_version git;
    char file[PATH_MAX];

    if (!serve_git(config))
        return;
    for (size_t i = 0; i < config->count; i++)
        kb_tool_others(kb_tool_by_word("git"), &config->profiles[i], &others);
    git_version_find(&git);
    if (git_version_gives(&git, &others, file))
        note_old(page, &git, file);
    else if (git.keeps_tokens)
        doctor_say(page, FINDING_OK, "git", NULL,
            "%s in %s, which keeps keybearer's tokens from its other helpers", git.text, git.path);
    else if (*git.text)
        doctor_say(page, FINDING_OK, "git", NULL,
            "%s in %s; no other helper is set that it would give keybearer's tokens to", git.text,
            git.path);
}
