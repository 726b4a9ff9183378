/*
 * Writing the configuration. Must never leave a file that does not parse, and never lose
 * what another writer put there a moment before.
 */
#include "config_file.h"

#include "base/edited.h"
#include "base/file.h"
#include "base/flock.h"
#include "base/place.h"
#include "base/trust.h"
#include "config/edit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOCK_WAIT_MS = 5000 };

/* Whatever is wrong with the place is the configuration's fault. */
static enum kb_err unusable(const struct kb_error *why, struct kb_error *err)
{
    return kb_hinted(err,
        kb_fail(err, why->code == KB_ERR_SYSTEM ? KB_ERR_SYSTEM : KB_ERR_CONFIG, "%s", why->msg),
        "%s", why->hint);
}

/* A dotfile manager's link leads to the file to replace. */
enum kb_err config_file_find(struct config_file *file, struct kb_error *err)
{
    struct kb_error why = KB_ERROR_INIT;
    char named[PATH_MAX];
    size_t directory;
    enum kb_err rc = kb_config_path(named, sizeof(named), err);

    if (rc)
        return rc;
    rc = kb_trust_resolve(named, file->whole, &why);
    if (why.sys == ENOENT)
        memcpy(file->whole, named, sizeof(named));
    else if (rc)
        return unusable(&why, err);
    file->name = strrchr(file->whole, '/') + 1;
    directory = (size_t)(file->name - file->whole) - 1;
    memcpy(file->path, file->whole, directory);
    file->path[directory] = '\0';
    return KB_OK;
}

static enum kb_err cannot_write(const struct config_file *file, struct kb_error *err)
{
    return kb_hinted(err,
        kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot write the configuration in %s", file->path),
        "make %s writable; if a package or a dotfile manager keeps the file there, change it in "
        "that",
        file->path);
}

/*
 * Anybody may look into it: nothing in it is secret. Who may write to it chooses where the
 * client goes.
 */
static enum kb_err open_directory(struct config_file *file, struct kb_error *err)
{
    struct kb_error why = KB_ERROR_INIT;
    enum kb_err rc = kb_dir_make(file->path, err);

    if (rc)
        return rc;
    if (kb_trust_check_dir(file->path, &why))
        return unusable(&why, err);
    file->dir = open(file->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return file->dir < 0 ? cannot_write(file, err) : KB_OK;
}

static enum kb_err lock(const struct config_file *file, struct kb_error *err)
{
    int sys = kb_flock_dir(file->dir, file->path, LOCK_WAIT_MS);

    if (sys == EWOULDBLOCK)
        return kb_fail(err, KB_ERR_TIMEOUT, "another keybearer is writing the configuration in %s",
            file->path);
    return sys ? kb_fail_sys(err, KB_ERR_SYSTEM, sys, "cannot lock %s", file->path) : KB_OK;
}

enum kb_err config_file_open(struct config_file *file, struct kb_error *err)
{
    enum kb_err rc = config_file_find(file, err);

    if (!rc)
        rc = open_directory(file, err);
    if (!rc)
        rc = lock(file, err);
    if (!rc)
        kb_file_sweep_temporary(file->dir);
    return rc;
}

void config_file_close(struct config_file *file)
{
    kb_fd_close(&file->dir);
}

/* Of another link we would have the file that it leads to by now. */
static enum kb_err refuse_dangling(const struct config_file *file, struct kb_error *err)
{
    struct stat st;

    if (fstatat(file->dir, file->name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISLNK(st.st_mode) ||
        fstatat(file->dir, file->name, &st, 0) == 0 || errno != ENOENT)
        return KB_OK;
    return kb_hinted(err,
        kb_fail(
            err, KB_ERR_CONFIG, "%s is a symbolic link to a file that does not exist", file->whole),
        "make that file, or remove the link");
}

/* A change while it is read is one that came later. */
static enum kb_err read_text(struct config_file *file, struct kb_buf *ret, struct kb_error *err)
{
    enum kb_err rc = kb_config_identify(file->whole, &file->seen, err);

    if (!rc)
        rc = refuse_dangling(file, err);
    if (!rc)
        rc = kb_file_read(file->dir, file->name, KB_FILE_OURS, ret, err);
    return rc == KB_ERR_NOT_FOUND ? KB_OK : rc;
}

/*
 * What changes nothing needs no right to write: a managed configuration may well be read-only. It
 * would be replaced, for which its own mode says nothing; but who took the right away meant it.
 */
static enum kb_err check_writable(const struct config_file *file, struct kb_error *err)
{
    struct kb_error why = KB_ERROR_INIT;
    struct stat st;

    if (faccessat(file->dir, ".", W_OK, AT_EACCESS) != 0)
        return cannot_write(file, err);
    if (fstatat(file->dir, file->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        kb_edited_check_mode(&st, file->whole, &why))
        return unusable(&why, err);
    return KB_OK;
}

/* Where the schema is, for editors. */
static const char *schema_path(char beside[static PATH_MAX])
{
    return KB_RELOCATABLE && !kb_place_beside(2, "share/keybearer/config.schema.json", beside, NULL)
               ? beside
               : KB_SCHEMA_PATH;
}

/* The text after the edit; OUT is only complete on success. */
static enum kb_err edited(struct config_file *file, const struct config_edit *edit,
    struct kb_buf *out, bool *ret_changed, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf old = KB_BUF_INIT(KB_CONFIG_MAX);
    enum kb_err rc = read_text(file, &old, err);

    if (!rc)
        rc = edit->apply(edit->context, file->whole, kb_buf_text(&old), old.len, out, err);
    if (rc)
        return rc;
    *ret_changed = out->len != old.len || memcmp(out->data, old.data, old.len) != 0;
    return *ret_changed ? check_writable(file, err) : KB_OK;
}

static enum kb_err set_profile(void *context, const char *path, const char *old, size_t len,
    struct kb_buf *out, struct kb_error *err)
{
    const struct config_profile *profile = context;
    char schema[PATH_MAX];

    return kb_config_set_profile(
        path, old, len, schema_path(schema), profile->name, profile->object, out, err);
}

struct config_edit config_edit_profile(struct config_profile *profile)
{
    return (struct config_edit){set_profile, profile};
}

enum kb_err config_file_preview(struct config_file *file, const struct config_edit *edit,
    struct kb_config *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf fresh = KB_BUF_INIT(KB_CONFIG_MAX);
    bool changed;
    enum kb_err rc = edited(file, edit, &fresh, &changed, err);

    return rc ? rc : kb_config_parse(file->whole, kb_buf_text(&fresh), fresh.len, ret, err);
}

enum kb_err config_file_draft(struct config_file *file, const struct config_edit *edit,
    struct kb_file_draft *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf fresh = KB_BUF_INIT(KB_CONFIG_MAX);
    bool changed;
    enum kb_err rc = edited(file, edit, &fresh, &changed, err);

    if (rc || !changed)
        return rc;
    return kb_file_draft(file->dir, file->name, fresh.data, fresh.len, ret, err);
}

enum kb_err config_file_draft_removal(struct config_file *file, const char *name,
    struct kb_file_draft *ret, struct kb_file_draft *ret_old, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf old = KB_BUF_INIT(KB_CONFIG_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf fresh = KB_BUF_INIT(KB_CONFIG_MAX);
    enum kb_err rc = read_text(file, &old, err);

    if (!rc)
        rc = kb_config_remove_profile(file->whole, kb_buf_text(&old), old.len, name, &fresh, err);
    if (!rc)
        rc = check_writable(file, err);
    if (!rc)
        rc = kb_file_draft(file->dir, file->name, fresh.data, fresh.len, ret, err);
    return rc ? rc : kb_file_draft(file->dir, file->name, old.data, old.len, ret_old, err);
}

/* A change of mode or links alone is no other text: the times of the inode are not compared. */
static bool is_same(const struct kb_config_identity *a, const struct kb_config_identity *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->mtime.tv_sec == b->mtime.tv_sec && a->mtime.tv_nsec == b->mtime.tv_nsec;
}

static enum kb_err check_unchanged(const struct config_file *file, struct kb_error *err)
{
    struct kb_config_identity now;
    enum kb_err rc = kb_config_identify(file->whole, &now, err);

    if (rc || is_same(&now, &file->seen))
        return rc;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_CONFIG, "%s was changed by somebody else meanwhile", file->whole),
        "run the command again");
}

enum kb_err config_file_commit(
    struct config_file *file, struct kb_file_draft *draft, struct kb_error *err)
{
    struct kb_config_identity fresh;
    char path[PATH_MAX + sizeof(draft->temporary)];
    enum kb_err rc = check_unchanged(file, err);

    /* By its temporary name: once it is in its place, an editor may be there before us. */
    snprintf(path, sizeof(path), "%s/%s", file->path, draft->temporary);
    if (!rc)
        rc = kb_config_identify(path, &fresh, err);
    if (rc) {
        kb_file_discard(draft);
        return rc;
    }
    rc = kb_file_commit(draft, err);
    if (!rc)
        file->seen = fresh;
    return rc;
}
