/*
 * Decides which process fetches a token. The locks are lock_file.c's; here is the order of
 * the two of them.
 *
 * A resumed leader of the first lock and the leader of the second may both ask the
 * server: one exchange too many, and both answers are good. A lock that cannot be had
 * at all lets everybody lead: a cache fault never fails a request.
 */
#include "cache/flight.h"

#include "base/file.h"
#include "lock_file.h"
#include "record.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

struct lock_name {
    char text[56];
};

static struct lock_name name_of(const struct kb_cache_key *key, int tier)
{
    struct lock_name name;

    (void)snprintf(name.text, sizeof(name.text), "%s.%d",
        kb_record_name_for_all(KB_LOCK_PREFIX[0], key).text, tier);
    return name;
}

/* KB_ERR_TIMEOUT: held by somebody else for WAIT_MS. Else KB_OK, whatever became of the lock. */
static enum kb_err take(const struct kb_cache *cache, const struct kb_cache_key *key, int tier,
    int wait_ms, int *ret_fd)
{
    int fd = -1;

    if (cache->dir >= 0 &&
        kb_lock_take(cache->dir, name_of(key, tier).text, wait_ms, &fd, NULL) == KB_ERR_TIMEOUT)
        return KB_ERR_TIMEOUT;
    *ret_fd = fd;
    return KB_OK;
}

/*
 * The mark is the lock file's mode: to change that takes no room, which is what a cache lacks that
 * takes no record.
 */
#define MODE_USUAL (S_IRUSR | S_IWUSR)
#define MODE_VAIN (S_IRUSR | S_IWUSR | S_IXUSR)

/* Whatever else lies there is not ours to change. */
void kb_flight_tell(const struct kb_cache *cache, const struct kb_cache_key *key, bool is_cached)
{
    mode_t mode = is_cached ? MODE_USUAL : MODE_VAIN;
    struct stat st;

    if (cache->dir < 0)
        return;
    KB_AUTO(kb_fd_close)
    int fd =
        openat(cache->dir, name_of(key, 1).text, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1 ||
        (st.st_mode & ALLPERMS) == mode)
        return;
    KB_IGNORE(fchmod(fd, mode)); /* where it fails the others wait their turn */
}

bool kb_flight_is_vain(const struct kb_cache *cache, const struct kb_cache_key *key)
{
    struct stat st;

    return cache->dir >= 0 &&
           fstatat(cache->dir, name_of(key, 1).text, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(st.st_mode) && st.st_mode & S_IXUSR;
}

enum kb_err kb_flight_lead(const struct kb_cache *cache, const struct kb_cache_key *key,
    int patience_ms, int *ret_fd, struct kb_error *err)
{
    for (int tier = 1; tier <= 2; tier++) {
        if (!take(cache, key, tier, patience_ms, ret_fd))
            return KB_OK;
    }
    return kb_fail(err, KB_ERR_TIMEOUT, "two other processes tried to get this token and gave up");
}

enum kb_err kb_flight_try(
    const struct kb_cache *cache, const struct kb_cache_key *key, int *ret_fd, struct kb_error *err)
{
    if (!take(cache, key, 1, 0, ret_fd))
        return KB_OK;
    return kb_fail(err, KB_ERR_TIMEOUT, "another process is getting this token");
}
