/*
 * `edit COPY ORIGINAL`, after the person's editor: what is in COPY becomes the configuration if it
 * is a right one, and if the configuration is still what is in ORIGINAL. On a terminal the person
 * may mend what is wrong. Must never put there what the reader would refuse, nor take part of it.
 */
#include "helper.h"

#include "base/file.h"
#include "base/options.h"
#include "base/strings.h"
#include "config_file.h"

#include <fcntl.h>
#include <string.h>

struct edition {
    struct kb_buf fresh, before;
};

static void clear(struct edition *e)
{
    kb_buf_clear(&e->fresh);
    kb_buf_clear(&e->before);
}

static bool is_same(const struct kb_buf *text, const char *bytes, size_t len)
{
    return text->len == len && memcmp(kb_buf_text(text), bytes, len) == 0;
}

/* The front keeps it, and says where. */
static const char take_over[] = "keybearer edit, and take over what you need";

/* Another writer's text must not be lost, nor the person's. */
static enum kb_err put(void *context, const char *path, const char *old, size_t len,
    struct kb_buf *out, struct kb_error *err)
{
    const struct edition *e = context;

    if (!is_same(&e->before, old, len))
        return kb_hinted(err,
            kb_fail(err, KB_ERR_CONFIG, "%s was changed by somebody else meanwhile", path), "%s",
            take_over);
    kb_buf_add(out, kb_buf_text(&e->fresh), e->fresh.len);
    return kb_buf_check(out, "the configuration", err);
}

static enum kb_err read(
    const char *copy, const char *original, struct edition *e, struct kb_error *err)
{
    enum kb_err rc = kb_file_read(AT_FDCWD, original, KB_FILE_OURS, &e->before, err);

    return rc ? rc : kb_file_read(AT_FDCWD, copy, KB_FILE_OURS, &e->fresh, err);
}

/* An editor that saved nothing must not take all profiles away. */
static enum kb_err refuse_empty(const struct edition *e, struct kb_error *err)
{
    const char *text = kb_buf_text(&e->fresh);

    if (e->fresh.len > strspn(text, " \t\r\n"))
        return KB_OK;
    return kb_hinted(err, kb_fail(err, KB_ERR_DISMISSED, "the text is empty: nothing was changed"),
        "keybearer remove NAME removes a profile");
}

/* WHY is what the reader says, with the line that it is about. No answer is no leave to drop it. */
static enum kb_err ask_again_or_give_up(
    const struct kb_error *why, struct kb_report_edit *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf question = KB_BUF_INIT(4096);
    enum kb_err rc;

    *err = *why;
    if (!terminal_is_there())
        return why->code;
    kb_buf_fmt(&question, "That is not right, and nothing was changed:\n  %s\n", why->msg);
    if (*why->hint)
        kb_buf_fmt(&question, "  (%s)\n", why->hint);
    kb_buf_str(&question, "Edit it again? Otherwise your text is dropped. ");
    rc = ask_yes(&question, "keybearer edit", &ret->again, err);
    if (rc)
        return kb_hinted(err, rc, "%s", take_over);
    ret->unchanged = !ret->again;
    return KB_OK;
}

/* What was wrong before stays so. */
static enum kb_err still_wrong(const struct kb_error *why, struct kb_error *err)
{
    return kb_hinted(err,
        kb_fail(err, why->code, "nothing was changed, and it is still wrong: %s", why->msg), "%s",
        *why->hint ? why->hint : "keybearer edit; man keybearer-config lists its keys");
}

static enum kb_err replace(struct edition *e, struct config_file *file, struct kb_error *err)
{
    KB_AUTO(kb_file_discard) struct kb_file_draft draft = KB_FILE_DRAFT_INIT;
    const struct config_edit edit = {put, e};
    enum kb_err rc = config_file_open(file, err);

    if (!rc)
        rc = config_file_draft(file, &edit, &draft, err);
    if (!rc && draft.dirfd >= 0)
        rc = config_file_commit(file, &draft, err);
    return rc;
}

static enum kb_err take(struct edition *e, struct kb_report_edit *ret, struct kb_error *err)
{
    KB_AUTO(config_file_close) struct config_file file = CONFIG_FILE_INIT;
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    struct kb_error why = KB_ERROR_INIT;
    enum kb_err rc = refuse_empty(e, err);

    if (rc)
        return rc;
    rc = config_file_find(&file, err);
    if (rc)
        return rc;
    ret->unchanged = is_same(&e->fresh, kb_buf_text(&e->before), e->before.len);
    if (kb_config_parse(file.whole, kb_buf_text(&e->fresh), e->fresh.len, &config, &why))
        return ret->unchanged ? still_wrong(&why, err) : ask_again_or_give_up(&why, ret, err);
    return ret->unchanged ? KB_OK : replace(e, &file, err);
}

enum kb_err helper_edit(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err)
{
    KB_AUTO(clear)
    struct edition e = {.fresh = KB_BUF_INIT(KB_CONFIG_MAX), .before = KB_BUF_INIT(KB_CONFIG_MAX)};
    enum kb_err rc = argc == 2 ? KB_OK : kb_fail(err, KB_ERR_USAGE, "edit takes two files");

    if (!rc)
        rc = confine(&(struct needs){.config = NEED_CHANGE, .terminal = true}, err);
    if (rc)
        return rc;
    rc = read(argv[0], argv[1], &e, err);
    return rc ? rc : take(&e, &frame->report.edit, err);
}
