/*
 * Key files: what unlocks the vault on a machine without a person.
 *
 * Owns the rules about where a key file may lie and how long it must be. Never keeps
 * its content: that goes into the caller's wiping buffer and from there into one hash.
 */
#include "key_file.h"

#include "backends/vault.h"
#include "base/file.h"
#include "vault_dir.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const char *kb_key_file_from_environment(void)
{
    const char *path = getenv("KEYBEARER_KEY_FILE");

    return path && *path ? path : NULL;
}

/* Both with every link resolved; a directory or file that does not exist holds nothing. */
static bool resolves_below(const char *path, const char *dir)
{
    char real_path[PATH_MAX], real_dir[PATH_MAX];

    if (!realpath(path, real_path) || !realpath(dir, real_dir))
        return false;
    size_t len = strlen(real_dir);
    return strncmp(real_path, real_dir, len) == 0 && real_path[len] == '/';
}

static enum kb_err check_place(const char *path, struct kb_error *err)
{
    if (path[0] != '/')
        return kb_hinted(err,
            kb_fail(
                err, KB_ERR_CONFIG, "the key file must be named by an absolute path, not %s", path),
            "set KEYBEARER_KEY_FILE to an absolute path");
    char vault[KB_VAULT_PATH_MAX];
    enum kb_err rc = kb_vault_dir_path(vault, err);
    if (rc)
        return rc;
    if (resolves_below(path, vault))
        return kb_hinted(err,
            kb_fail(err, KB_ERR_DENIED, "key file %s lies inside the vault it unlocks", path),
            "move it to another disk, or into the service manager's credentials");
    return KB_OK;
}

/* A key file of the wrong kind is a fault of the set-up, not of the vault. */
static enum kb_err read_file(const char *path, struct kb_buf *ret, struct kb_error *err)
{
    enum kb_err rc = kb_file_read_linked(path, KB_FILE_CREDENTIAL, ret, err);

    if (rc == KB_ERR_NOT_FOUND)
        return kb_hinted(err, kb_fail(err, KB_ERR_CONFIG, "key file %s does not exist", path),
            "correct KEYBEARER_KEY_FILE; only for a new vault: "
            "(umask 077; head -c 32 /dev/urandom > %s)",
            path);
    if (rc == KB_ERR_CORRUPT)
        return kb_fail(err, KB_ERR_DENIED, "key file %s is not one: it holds more than %d bytes",
            path, KB_KEY_FILE_MAX);
    return rc;
}

enum kb_err kb_key_file_read(const char *path, struct kb_buf *ret, struct kb_error *err)
{
    enum kb_err rc = check_place(path, err);

    if (!rc)
        rc = read_file(path, ret, err);
    if (rc)
        return rc;
    if (ret->len < KB_VAULT_KEY_FILE_MIN)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_DENIED, "key file %s holds %zu bytes; at least %d are needed", path,
                ret->len, KB_VAULT_KEY_FILE_MIN),
            "make one with head -c 32 /dev/urandom > FILE; chmod 600 FILE");
    return KB_OK;
}

enum kb_err kb_vault_check_key_file(const char *path, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf content = KB_BUF_INIT(KB_KEY_FILE_MAX);

    return kb_key_file_read(path, &content, err);
}

bool kb_key_file_is_beside(const char *path, int vault_dir)
{
    const char *credentials = getenv("CREDENTIALS_DIRECTORY");

    if (credentials && *credentials && resolves_below(path, credentials))
        return false;
    struct stat file, vault;
    return stat(path, &file) != 0 || fstat(vault_dir, &vault) != 0 || file.st_dev == vault.st_dev;
}
