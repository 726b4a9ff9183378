/*
 * The vault's directory: where it is, and who may change it now.
 *
 * Owns the path and the lock. The lock is on the directory itself, so there is no lock
 * file to lose; it also queues key derivations, each of which takes hundreds of megabytes.
 */
#include "vault_dir.h"

#include "backends/vault.h"
#include "base/file.h"
#include "base/flock.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum kb_err kb_vault_dir_path(char path[static KB_VAULT_PATH_MAX], struct kb_error *err)
{
    return kb_data_path("vault", path, err);
}

enum kb_err kb_vault_open_dir(bool create, int *ret_fd, struct kb_error *err)
{
    char path[KB_VAULT_PATH_MAX];
    enum kb_err rc = kb_vault_dir_path(path, err);

    if (rc)
        return rc;
    rc = kb_dir_open(path, create, ret_fd, err);
    if (rc == KB_ERR_NOT_FOUND)
        return kb_hinted(err, kb_fail(err, KB_ERR_NOT_FOUND, "there is no vault in %s", path),
            "keybearer add NAME [OPTION]... --store sealed-file");
    return rc;
}

static enum kb_err take_lock(int fd, struct kb_deadline deadline, struct kb_error *err)
{
    char path[KB_VAULT_PATH_MAX];
    enum kb_err rc = kb_vault_dir_path(path, err);

    if (rc)
        return rc;
    int sys = kb_flock_dir(fd, path, kb_deadline_left_ms(deadline));

    if (sys == EWOULDBLOCK)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_TIMEOUT, "another keybearer is changing the vault"),
            "wait for it to end, then try again");
    return sys ? kb_fail_sys(err, KB_ERR_SYSTEM, sys, "cannot lock the vault") : KB_OK;
}

enum kb_err kb_vault_dir_lock(
    bool create, struct kb_deadline deadline, int *ret_fd, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int fd = -1;
    enum kb_err rc = kb_vault_open_dir(create, &fd, err);

    if (!rc)
        rc = take_lock(fd, deadline, err);
    if (rc)
        return rc;
    kb_file_sweep_temporary(fd);
    *ret_fd = fd;
    fd = -1;
    return KB_OK;
}

/* Cuts PATH at its last slash; false at the root. */
static bool go_up(char *path)
{
    char *slash = strrchr(path, '/');

    if (!slash || slash[1] == '\0')
        return false;
    slash[slash == path ? 1 : 0] = '\0';
    return true;
}

enum kb_err kb_vault_dir_check_place(struct kb_error *err)
{
    char path[KB_VAULT_PATH_MAX];
    enum kb_err rc = kb_vault_dir_path(path, err);

    if (rc)
        return rc;
    while (access(path, F_OK) != 0 && errno == ENOENT && go_up(path))
        continue;
    if (access(path, W_OK | X_OK) == 0)
        return KB_OK;
    return kb_hinted(err,
        kb_fail_sys(err, KB_ERR_DENIED, errno, "the vault cannot be made below %s", path),
        "chmod u+rwx %s, or set XDG_DATA_HOME to a directory of yours", path);
}

enum kb_err kb_vault_dir_blame(
    enum kb_err code, const char *file, const char *hint, struct kb_error *err)
{
    char path[KB_VAULT_PATH_MAX];

    if (!err || kb_vault_dir_path(path, NULL))
        return code;
    struct kb_error what = *err;
    return kb_hinted(err, kb_fail(err, code, "%s/%s cannot be used: %s", path, file, what.msg),
        "%s", what.hint[0] ? what.hint : hint);
}

/* kb_file_read() knows the file by its name only; the command must work from anywhere. */
static void complete_hint(const char *path, const char *file, struct kb_error *err)
{
    struct kb_error what = *err;
    size_t hint = strlen(what.hint), name = strlen(file);

    if (hint > name && strcmp(what.hint + hint - name, file) == 0)
        kb_hint(err, "%.*s%s/%s", (int)(hint - name), what.hint, path, file);
    else if (hint == 0)
        kb_hint(err, "it must be a file of yours alone: look at %s/%s", path, file);
}

enum kb_err kb_vault_dir_read(int dir, const char *file, struct kb_buf *ret, struct kb_error *err)
{
    char path[KB_VAULT_PATH_MAX];
    enum kb_err rc = kb_file_read(dir, file, KB_FILE_PRIVATE, ret, err);

    if (rc != KB_ERR_DENIED || kb_vault_dir_path(path, NULL))
        return rc;
    rc = kb_vault_dir_blame(rc, file, "", err);
    if (err)
        complete_hint(path, file, err);
    return rc;
}
