/*
 * The vault's directory: where it is, and who may change it now. Private to this layer.
 */
#ifndef KB_BACKENDS_VAULT_DIR_H
#define KB_BACKENDS_VAULT_DIR_H

#include "backends/vault.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"

/*
 * As kb_vault_open_dir(), and nobody else changes the vault until *RET_FD is closed.
 * KB_ERR_TIMEOUT when somebody else holds it for longer than DEADLINE.
 */
KB_CHECKED enum kb_err kb_vault_dir_lock(
    bool create, struct kb_deadline deadline, int *ret_fd, struct kb_error *err);

/* Whether a directory could be created where the vault belongs. Creates nothing. */
KB_CHECKED enum kb_err kb_vault_dir_check_place(struct kb_error *err);

/*
 * Appends FILE of the directory DIR to RET: kb_file_read() for private files, with errors
 * that name the whole path. KB_ERR_NOT_FOUND is left for the caller to word.
 */
KB_CHECKED enum kb_err kb_vault_dir_read(
    int dir, const char *file, struct kb_buf *ret, struct kb_error *err);

/*
 * Rewrites ERR, which says with CODE what is wrong with FILE ("it is cut short"), so that
 * it names the file's path; HINT unless there is one already. Returns CODE.
 */
KB_CHECKED enum kb_err kb_vault_dir_blame(
    enum kb_err code, const char *file, const char *hint, struct kb_error *err);

#endif
