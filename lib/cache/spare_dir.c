/*
 * Spare directories: "keybearer-UID-" and 8 random hexadecimal digits, below /dev/shm.
 *
 * A name that can be known beforehand can be taken beforehand, and so can a second one. A
 * random one cannot; and it is found again by its owner, which nobody else can become. The
 * first in the order of their names counts. Must never touch what is another user's.
 */
#include "spare_dir.h"

#include "base/file.h"
#include "base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RANDOM_BYTES 4
#define MATCHES_MAX 10000 /* somebody who made more than that has won */
#define FOUND_MAX 16
#define TRIES 8

static size_t put_prefix(struct kb_spare_name *name)
{
    return (size_t)snprintf(name->text, sizeof(name->text), "keybearer-%u-", (unsigned)geteuid());
}

static bool has_the_form(const char *name)
{
    struct kb_spare_name prefix;
    size_t len = put_prefix(&prefix), digits = 2 * (size_t)RANDOM_BYTES;

    return strncmp(name, prefix.text, len) == 0 && strlen(name) == len + digits &&
           strspn(name + len, "0123456789abcdef") == digits;
}

static bool is_ours(int parent, const char *name, mode_t forbidden)
{
    struct stat st;

    return fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode) &&
           st.st_uid == geteuid() && (st.st_mode & forbidden) == 0;
}

struct list {
    struct kb_spare_name names[FOUND_MAX];
    size_t count;
};

/* In order; what does not fit falls off the end. */
static void insert(struct list *list, const char *name)
{
    size_t at = list->count;

    while (at > 0 && strcmp(list->names[at - 1].text, name) > 0)
        at--;
    if (at == FOUND_MAX)
        return;
    size_t behind = (list->count < FOUND_MAX ? list->count : FOUND_MAX - 1) - at;
    memmove(&list->names[at + 1], &list->names[at], behind * sizeof(list->names[0]));
    (void)snprintf(list->names[at].text, sizeof(list->names[at].text), "%.31s", name);
    list->count = at + behind + 1;
}

/* Of NAME, which is not ours; a directory of our own with another mode is in nobody's way. */
static void note_stranger(int parent, const char *name, uid_t *stranger)
{
    struct stat st;

    if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_uid != geteuid())
        *stranger = st.st_uid;
}

static enum kb_err refuse_crowd(uid_t whose, struct kb_error *err)
{
    kb_fail(err, KB_ERR_DENIED, "user %u filled the shared memory with names like ours",
        (unsigned)whose);
    return kb_hinted(err, KB_ERR_DENIED,
        "%sfind /dev/shm -maxdepth 1 -user %u -name 'keybearer-%u-*' -exec rm -r {} +",
        geteuid() && whose != geteuid() ? "have root run: " : "", (unsigned)whose,
        (unsigned)geteuid());
}

/* Whoever fills the place decides which name comes last: it may be our own. */
static enum kb_err list_ours(int parent, mode_t forbidden, struct list *ret, struct kb_error *err)
{
    KB_AUTO(kb_dir_end_list) DIR *listing = kb_dir_list(parent);
    const struct dirent *entry = NULL;
    uid_t whose = geteuid();
    size_t matches = 0;

    if (!listing)
        return kb_fail_sys(err,
            errno == EACCES || errno == EPERM ? KB_ERR_UNAVAILABLE : KB_ERR_SYSTEM, errno,
            "cannot list the shared memory");
    while (errno = 0, (entry = readdir(listing)) != NULL) {
        if (!has_the_form(entry->d_name))
            continue;
        if (is_ours(parent, entry->d_name, forbidden))
            insert(ret, entry->d_name);
        else
            note_stranger(parent, entry->d_name, &whose);
        if (++matches > MATCHES_MAX)
            return refuse_crowd(whose, err);
    }
    return errno ? kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot list the shared memory") : KB_OK;
}

enum kb_err kb_spare_dir_find(
    int parent, mode_t forbidden, size_t n, struct kb_spare_name *ret, struct kb_error *err)
{
    struct list list = {.count = 0};
    enum kb_err rc = list_ours(parent, forbidden, &list, err);

    if (rc)
        return rc;
    if (n >= list.count)
        return kb_fail(err, KB_ERR_NOT_FOUND, "there is no directory for the cache yet");
    *ret = list.names[n];
    return KB_OK;
}

static enum kb_err make_one(int parent, struct kb_spare_name *ret, struct kb_error *err)
{
    unsigned char random[RANDOM_BYTES];

    for (int tries = 0; tries < TRIES; tries++) {
        size_t len = put_prefix(ret);
        enum kb_err rc = kb_random(random, sizeof(random), err);

        if (rc)
            return rc;
        sodium_bin2hex(ret->text + len, sizeof(ret->text) - len, random, sizeof(random));
        if (mkdirat(parent, ret->text, 0700) == 0)
            return KB_OK;
        if (errno != EEXIST)
            return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot create %s", ret->text);
    }
    return kb_fail(err, KB_ERR_UNAVAILABLE, "every name for a directory is taken");
}

enum kb_err kb_spare_dir_make(int parent, struct kb_spare_name *ret, struct kb_error *err)
{
    struct kb_spare_name made, first;
    enum kb_err rc = make_one(parent, &made, err);

    if (!rc)
        rc = kb_spare_dir_find(parent, S_IRWXG | S_IRWXO, 0, &first, err);
    if (rc)
        return rc;
    /* Two at once: the one that sorts behind is empty, and nobody will look for it. */
    if (strcmp(first.text, made.text) != 0)
        (void)unlinkat(parent, made.text, AT_REMOVEDIR);
    *ret = first;
    return KB_OK;
}
