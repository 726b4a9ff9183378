/*
 * Counts and removes files of the cache directory by their names.
 *
 * Never goes below the directory, and never touches "." and "..".
 */
#include "sweep.h"

#include "base/clock.h"
#include "base/file.h"
#include "lock_file.h"
#include "record.h"
#include "token_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool kb_sweep_of_a_key(const char *name, void *unused)
{
    bool is_lock = strncmp(name, KB_LOCK_PREFIX, strlen(KB_LOCK_PREFIX)) == 0;
    bool is_pause = name[0] == KB_PAUSE_LETTER && name[1] == '-';

    return !is_lock && !is_pause && !kb_is_token_dir(name, unused);
}

/* The next name that is wanted, or NULL at the end. */
static const char *next_name(DIR *listing, kb_sweep_wanted *wanted, void *context)
{
    const struct dirent *entry = NULL;

    while ((entry = readdir(listing)) != NULL) {
        const char *name = entry->d_name;
        bool is_itself = strcmp(name, ".") == 0 || strcmp(name, "..") == 0;

        if (!is_itself && (!wanted || wanted(name, context)))
            return name;
    }
    return NULL;
}

size_t kb_sweep_count(int dirfd, kb_sweep_wanted *wanted, void *context)
{
    KB_AUTO(kb_dir_end_list) DIR *listing = kb_dir_list(dirfd);
    size_t count = 0;

    while (listing && next_name(listing, wanted, context))
        count++;
    return count;
}

enum kb_err kb_sweep_remove(int dirfd, kb_sweep_wanted *wanted, void *context, struct kb_error *err)
{
    KB_AUTO(kb_dir_end_list) DIR *listing = kb_dir_list(dirfd);

    if (!listing)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot list a directory of the cache");
    enum kb_err rc = KB_OK;
    const char *name = NULL;
    while ((name = next_name(listing, wanted, context)) != NULL) {
        if (unlinkat(dirfd, name, 0) != 0 && errno != ENOENT && !rc)
            rc = kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot remove the cached %s", name);
    }
    return rc;
}

bool kb_sweep_is_old(int dirfd, const char *name, int hours)
{
    struct stat st;

    if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return true;
    int64_t age = kb_clock_seconds(kb_clock_now().wall_ms) - (int64_t)st.st_mtim.tv_sec;
    return age > hours * INT64_C(3600) || age < -hours * INT64_C(3600);
}

struct age {
    int dirfd, hours;
    const char *key_id;
};

static bool is_sealed_by(const char *name, const char *key_id)
{
    size_t len = strlen(key_id);

    return len > 0 && strlen(name) > 2 + len && strncmp(name + 2, key_id, len) == 0 &&
           name[2 + len] == '-';
}

static bool is_old(const char *name, void *context)
{
    const struct age *age = context;

    return kb_sweep_of_a_key(name, NULL) && !is_sealed_by(name, age->key_id) &&
           kb_sweep_is_old(age->dirfd, name, age->hours);
}

void kb_sweep_old(int dirfd, const char *key_id, int hours)
{
    struct age age = {dirfd, hours, key_id};

    KB_IGNORE(kb_sweep_remove(dirfd, is_old, &age, NULL));
}
