/*
 * Could somebody else have changed this file, or put another one in its place? Whatever decides
 * where a secret goes must be in the hands of the person and of root alone: the file itself, and
 * every directory and link that its path leads through.
 *
 * Root's is what root owns. In a user namespace the kernel shows every owner that is not mapped
 * into it, the machine's root among them, as 65534: there that one counts as root, unless the
 * namespace has a user of that number.
 *
 * A group may write where it is the person's own: its number is the user's, as on systems that
 * give each user a group, and it is the group we run with. Where an access control list lets
 * more in, it may not. Who the members of a group are is not looked up.
 */
#ifndef KB_BASE_TRUST_H
#define KB_BASE_TRUST_H

#include "base/error.h"

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

/* Ours or root's. */
bool kb_trust_owner(uid_t owner);

/*
 * What to do about PATH, which OWNER has and ought to be ours: the hint of ERR. Root, who can take
 * everything, is not told to take a person's files away from that person.
 */
void kb_trust_hint_owner(struct kb_error *err, uid_t owner, const char *path, bool is_link);

/* Whether others may write to what ST describes: the file open as FD or, if that is -1, PATH. */
bool kb_trust_others_write(const struct stat *st, int fd, const char *path);

/*
 * Follows PATH, which is absolute, through all links. RET is where it leads, without any link
 * in it. Every directory on the way must be ours or root's, and no others may write to it, but
 * for a sticky one: there what the path goes on to must be ours or root's itself. So what was
 * found at RET stays there until we or root change it. What it is, and whose, is for
 * the caller to look at, when it is open.
 *
 * KB_ERR_NOT_FOUND (err->sys: ENOENT, ENOTDIR): the path leads nowhere; what there is of it was
 * found good. KB_ERR_DENIED: others could change what it leads to; the hint is the command
 * that mends it, or tells root where to run instead. KB_ERR_SYSTEM: the rest.
 */
KB_CHECKED enum kb_err kb_trust_resolve(
    const char *path, char ret[static PATH_MAX], struct kb_error *err);

/* The same for a directory that PATH leads to, and that is about to get a file. */
KB_CHECKED enum kb_err kb_trust_check_dir(const char *path, struct kb_error *err);

#endif
