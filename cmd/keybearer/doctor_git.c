/*
 * `doctor` about git: does it keep keybearer's tokens from its other helpers? Must never start it:
 * whatever PATH names may be anybody's program.
 */
#include "doctor.h"

#include "git_tokens.h"

#include <limits.h>

/* Of the profiles whose tokens git asks for. False: there is none. */
static bool gather_others(const struct kb_config *config, struct kb_others *others)
{
    const struct kb_tool *git = kb_tool_by_word("git");
    bool is_served = false;

    for (size_t i = 0; i < config->count; i++) {
        is_served = is_served || kb_tool_takes(git, &config->profiles[i]);
        kb_tool_others(git, &config->profiles[i], others);
    }
    return is_served;
}

static void note_old(
    struct doctor_page *page, const struct git_version *git, const struct git_tokens *tokens)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT((size_t)2 * PATH_MAX);

    git_tokens_warn(&text, git, tokens);
    doctor_say(page, FINDING_NOTE, "git", GIT_TOKENS_CURE, "%s", kb_buf_text(&text));
}

void doctor_check_git(struct doctor_page *page, const struct kb_config *config)
{
    KB_AUTO(kb_others_clear) struct kb_others others = {.is_open = false};
    struct git_version git;
    struct git_tokens tokens;

    if (!gather_others(config, &others))
        return;
    git_version_find(&git);
    git_tokens_judge(&git, &others, &tokens);
    if (tokens.gives != GIT_GIVES_NOBODY)
        note_old(page, &git, &tokens);
    else if (git.keeps_tokens)
        doctor_say(page, FINDING_OK, "git", NULL,
            "%s in %s, which keeps keybearer's tokens from its other helpers", git.text, git.path);
    else if (*git.text)
        doctor_say(page, FINDING_OK, "git", NULL,
            "%s in %s; no other helper is set that it would give keybearer's tokens to", git.text,
            git.path);
}
