/*
 * Judges what git does with keybearer's tokens, by its version and its other helpers. Must never
 * state as a fact what only may be, nor name a file that nobody saw or set.
 */
#include "git_tokens.h"

#include "git_files.h"

#include "base/strings.h"

static enum git_gives judge(
    const struct git_version *git, const struct kb_others *others, bool has_file)
{
    bool is_known = *git->text;

    if (git->keeps_tokens || (!is_known && !has_file))
        return GIT_GIVES_NOBODY;
    if (kb_others_any(others))
        return GIT_GIVES;
    return others->is_open || has_file ? GIT_MAY_GIVE : GIT_GIVES_NOBODY;
}

void git_tokens_judge(
    const struct git_version *git, const struct kb_others *others, struct git_tokens *ret)
{
    bool has_file = git_store_file(ret->file);

    if (!has_file)
        kb_text_copy(
            ret->file, sizeof(ret->file), others->has_usual_file ? "~/.git-credentials" : "");
    ret->gives = judge(git, others, has_file);
}

void git_tokens_warn(
    struct kb_buf *out, const struct git_version *git, const struct git_tokens *tokens)
{
    if (tokens->gives == GIT_GIVES_NOBODY)
        return;
    if (*git->text)
        kb_buf_fmt(out, "%s in %s", git->text, git->path);
    else
        kb_buf_str(out, "a git before 2.46");
    kb_buf_fmt(out, " %s keybearer's tokens to its other helpers, too",
        tokens->gives == GIT_GIVES ? "gives" : "may give");
    if (*tokens->file)
        kb_buf_fmt(out, ": store writes them to %s", tokens->file);
}
