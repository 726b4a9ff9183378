/*
 * What stands where a change of a file goes. Must never tell what may be a credential: of what
 * stands in the way only the plain name of another helper, and what we put there ourselves.
 */
#include "look.h"

#include "tools/block.h"
#include "tools/member.h"

#include "base/file.h"
#include "base/strings.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

enum { HELPER_NAME_MAX = 40 };

/*
 * The suffix of a docker-credential- program. A password is seldom made like that; where a helper
 * is named there is none.
 */
static bool is_helper_name(const struct kb_strings *place, const char *text)
{
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i++) {
        if (!islower((unsigned char)text[i]) && !isdigit((unsigned char)text[i]) &&
            text[i] != '-' && text[i] != '.')
            return false;
    }
    return len > 0 && len <= HELPER_NAME_MAX && strcmp(place->items[0], "credHelpers") == 0;
}

enum kb_err kb_look_member(const char *file, const struct kb_buf *text,
    const struct kb_strings *place, const char *value, struct kb_found *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf there = KB_BUF_INIT(KB_EDITED_MAX);
    enum kb_member_kind kind;
    enum kb_err rc = kb_member_look(file, text, place, &kind, &there, err);

    if (rc)
        return rc;
    *ret = (struct kb_found){.standing = KB_STANDS_OTHER};
    if (kind == KB_MEMBER_MISSING)
        ret->standing = KB_STANDS_NOTHING;
    else if (kind == KB_MEMBER_TEXT && strcmp(kb_buf_text(&there), value) == 0)
        ret->standing = KB_STANDS_OURS;
    else if (kind == KB_MEMBER_TEXT && is_helper_name(place, kb_buf_text(&there)))
        kb_text_copy(ret->other, sizeof(ret->other), kb_buf_text(&there));
    return KB_OK;
}

/* Our marks say that it was ours; other lines between them may be the person's. */
static enum kb_err look_block(const char *file, const struct kb_buf *text,
    const struct kb_change *change, struct kb_found *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf there = KB_BUF_INIT(KB_EDITED_MAX);
    bool found;
    enum kb_err rc = kb_block_look(file, text, change->place.items[0], &found, &there, err);

    if (rc)
        return rc;
    *ret = (struct kb_found){.standing = KB_STANDS_NOTHING};
    if (found)
        ret->standing =
            strcmp(kb_buf_text(&there), change->value) == 0 ? KB_STANDS_OURS : KB_STANDS_CHANGED;
    else if (change->clashes && change->clashes(change, kb_buf_text(text)))
        ret->standing = KB_STANDS_OTHER;
    return KB_OK;
}

enum kb_err kb_look_link(
    const char *link, const char *target, struct kb_found *ret, struct kb_error *err)
{
    char there[PATH_MAX];
    ssize_t len = readlink(link, there, sizeof(there) - 1);

    if (len < 0 && errno != ENOENT && errno != ENOTDIR && errno != EINVAL)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "%s", link);
    *ret = (struct kb_found){.standing = KB_STANDS_OTHER};
    if (len < 0 && errno != EINVAL)
        ret->standing = KB_STANDS_NOTHING;
    else if (len >= 0 && (size_t)len == strlen(target) && memcmp(there, target, (size_t)len) == 0)
        ret->standing = KB_STANDS_OURS;
    return KB_OK;
}

enum kb_err kb_look_text(const struct kb_change *change, const struct kb_edited *file,
    struct kb_found *ret, struct kb_error *err)
{
    if (change->way == KB_WAY_JSON)
        return kb_look_member(file->path, &file->text, &change->place, change->value, ret, err);
    return look_block(file->path, &file->text, change, ret, err);
}

/* What is there already need not be made: then it does not matter that it could not be. */
static bool stands(const struct kb_change *change, const struct kb_edited *file)
{
    struct kb_found found = {0};

    return file->text.len > 0 && !kb_look_text(change, file, &found, NULL) &&
           found.standing == KB_STANDS_OURS;
}

enum kb_err kb_change_look(
    const struct kb_change *change, struct kb_found *ret, struct kb_error *err)
{
    KB_AUTO(kb_edited_clear) struct kb_edited file = KB_EDITED_INIT;
    struct kb_error why = KB_ERROR_INIT;
    enum kb_err rc;

    if (change->way == KB_WAY_LINK)
        return kb_look_link(change->file, change->value, ret, err);
    rc = kb_edited_read(change->file, &file, &why);
    if (!rc)
        return kb_look_text(change, &file, ret, err);
    if (rc == KB_ERR_DENIED && stands(change, &file)) {
        *ret = (struct kb_found){.standing = KB_STANDS_OURS};
        return KB_OK;
    }
    if (err)
        *err = why;
    return rc;
}

/* Whether VALUE, which may be NULL, is what stands at the place of CHANGE. */
static bool is_there(const struct kb_change *change, const char *value, struct kb_found *ret)
{
    KB_AUTO(kb_str_free) char *copy = NULL;
    struct kb_change other = *change;
    struct kb_found found = {0};

    if (!value || change->way == KB_WAY_COMMAND || change->way == KB_WAY_PRINT)
        return false;
    kb_str_set(&copy, value);
    other.value = copy;
    if (kb_change_look(&other, &found, NULL) || found.standing != KB_STANDS_OURS)
        return false;
    *ret = (struct kb_found){.standing = KB_STANDS_OTHER, .is_earlier = true};
    if (change->way != KB_WAY_BLOCK)
        kb_text_copy(ret->other, sizeof(ret->other), value);
    return true;
}

bool kb_found_is_in_the_way(const struct kb_found *found)
{
    return found->standing == KB_STANDS_CHANGED ||
           (found->standing == KB_STANDS_OTHER && !found->is_earlier && !*found->other);
}

void kb_change_recall(
    const struct kb_change *change, const struct kb_state *state, struct kb_found *found)
{
    const struct kb_done *done = kb_state_find(state, change);
    struct kb_found ours = {0};

    if (!done || (found->standing != KB_STANDS_OTHER && found->standing != KB_STANDS_CHANGED))
        return;
    if (!is_there(change, done->after, &ours) && !is_there(change, done->earlier, &ours))
        return;
    if (strcmp(done->config, change->config) == 0)
        *found = ours;
    else
        *found = (struct kb_found){.standing = KB_STANDS_OTHER, .is_of_other = true};
}
