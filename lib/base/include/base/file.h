/*
 * Files that only their owner may touch: checked on the descriptor in use,
 * replaced atomically, never followed through a link.
 */
#ifndef KB_BASE_FILE_H
#define KB_BASE_FILE_H

#include "base/buf.h"
#include "base/error.h"
#include "base/fd.h"

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>

/* Who may own and read a file that we trust. */
enum kb_file_trust {
    KB_FILE_PRIVATE,    /* ours, no bit for group or others, one link */
    KB_FILE_OURS,       /* ours or root's, and nobody else may write to it (base/trust.h):
                           the configuration, certificate authorities */
    KB_FILE_CREDENTIAL, /* ours or root's, nothing for others, not writable by the group:
                           what a service manager hands out */
};

/*
 * Appends the file NAME below directory DIRFD (or AT_FDCWD) to RET.
 *
 * Opens with O_NOFOLLOW and O_NONBLOCK; refuses everything but a regular file
 * that TRUST allows. One that is replaced meanwhile is opened again. KB_ERR_NOT_FOUND: it
 * does not exist. KB_ERR_DENIED: it exists and cannot be trusted or read; the hint, if there is
 * one, is what helps, and ends with NAME.
 * KB_ERR_CORRUPT: larger than RET's cap. KB_ERR_SYSTEM: the rest.
 */
KB_CHECKED enum kb_err kb_file_read(int dirfd, const char *name, enum kb_file_trust trust,
    struct kb_buf *ret, struct kb_error *err);

/*
 * The same for absolute PATH, which may lead through links and directories that nobody but
 * we and root can change: KB_ERR_DENIED, and the command that mends it, for others.
 */
KB_CHECKED enum kb_err kb_file_read_linked(
    const char *path, enum kb_file_trust trust, struct kb_buf *ret, struct kb_error *err);

/* Whether that would be read: for a file that a library is going to open by its name. */
KB_CHECKED enum kb_err kb_file_check_linked(
    const char *path, enum kb_file_trust trust, struct kb_error *err);

/*
 * Atomically makes NAME below DIRFD a 0600 file of LEN bytes: temporary file with
 * O_EXCL, write, fsync, rename, fsync of the directory. On failure the old file is there as
 * before (after the last step it is written again, as far as the disk still takes it) and no
 * temporary file is left. DATA must be ciphertext or public.
 */
KB_CHECKED enum kb_err kb_file_replace(
    int dirfd, const char *name, const void *data, size_t len, struct kb_error *err);

/* The two halves of kb_file_replace: between them the bytes are on the disk, not in their place. */
struct kb_file_draft {
    int dirfd; /* the caller's; -1: there is no draft */
    const char *name;
    char temporary[32];
};

#define KB_FILE_DRAFT_INIT ((struct kb_file_draft){.dirfd = -1})

/* DIRFD and NAME must live as long as the draft. */
KB_CHECKED enum kb_err kb_file_draft(int dirfd, const char *name, const void *data, size_t len,
    struct kb_file_draft *ret, struct kb_error *err);

/* Puts the draft into its place. Afterwards there is none, whatever came of it. */
KB_CHECKED enum kb_err kb_file_commit(struct kb_file_draft *draft, struct kb_error *err);

/* Removes a draft that is not to be; for KB_AUTO. */
void kb_file_discard(struct kb_file_draft *draft);

/*
 * As kb_file_replace without waiting for the disk: for records whose loss costs one request, and
 * for what is in memory anyway.
 */
KB_CHECKED enum kb_err kb_file_replace_volatile(
    int dirfd, const char *name, const void *data, size_t len, struct kb_error *err);

/*
 * Atomically makes NAME below DIRFD a symbolic link to TARGET, in the place of the file or link
 * that may be there. On failure that is there as before, and nothing temporary is left.
 */
KB_CHECKED enum kb_err kb_file_replace_link(
    int dirfd, const char *name, const char *target, struct kb_error *err);

/*
 * Removes temporary files and links that a killed writer left below DIRFD. Only for who holds the
 * lock that all writers of the directory take. Best effort.
 */
void kb_file_sweep_temporary(int dirfd);

/* A listing of its own, so that DIRFD's position is nobody's business; NULL with errno. */
DIR *kb_dir_list(int dirfd);

/* For KB_AUTO. Takes pointers to NULL. */
void kb_dir_end_list(DIR **listing);

/* Removes NAME; a file that is not there is no error. */
KB_CHECKED enum kb_err kb_file_remove(int dirfd, const char *name, struct kb_error *err);

/*
 * Opens directory PATH, creating it and missing parents with 0700 when CREATE.
 * It must be a directory of ours with no bit for others than us, else KB_ERR_DENIED
 * with the chmod as hint. The caller closes *RET_FD.
 */
KB_CHECKED enum kb_err kb_dir_open(
    const char *path, bool create, int *ret_fd, struct kb_error *err);

/* Makes directory PATH and its missing parents, all 0700. One that is there is left as it is. */
KB_CHECKED enum kb_err kb_dir_make(const char *path, struct kb_error *err);

/* Writes all of it, through short writes, EINTR and EAGAIN: waits as long as the reader does. */
KB_CHECKED enum kb_err kb_write_all(int fd, const void *data, size_t len, struct kb_error *err);

#endif
