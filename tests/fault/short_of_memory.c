/*
 * Preloaded into the programs under test: allocations of one program fail, by number.
 *
 * KB_SHORT_PLAN names a file that holds a struct plan. It is mapped when a process begins,
 * before it is confined; the children that it forks count on in it. What libraries allocate
 * counts too, from this file's constructor on, which runs behind theirs.
 *
 * The front gives a helper a clean environment. What this file needs is put back into it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* test_allocations.py reads and writes it. */
struct plan {
    char program[64];       /* the last part of its path */
    uint64_t kind;          /* which allocations are counted */
    uint64_t first, last;   /* those that fail; the first of all is 1 */
    uint64_t count, failed; /* what happened */
};

enum { HEAP, MAPPED };

static struct plan *plan; /* NULL: nothing fails here */

static bool fails(uint64_t kind)
{
    uint64_t number;

    if (!plan || plan->kind != kind)
        return false;
    number = __atomic_add_fetch(&plan->count, 1, __ATOMIC_RELAXED);
    if (number < plan->first || number > plan->last)
        return false;
    __atomic_add_fetch(&plan->failed, 1, __ATOMIC_RELAXED);
    errno = ENOMEM;
    return true;
}

/* --- what allocates ------------------------------------------------------------------- */

/* What would have been called without us. Found when first wanted: that is before main(). */
#define NEXT(name)                                                                                 \
    static __typeof__(&name) next;                                                                 \
    if (!next)                                                                                     \
    *(void **)&next = dlsym(RTLD_NEXT, #name)

/* Where the programs' own malloc() gets its memory from, and its like. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t each);
void *__libc_memalign(size_t alignment, size_t size);

void *__libc_malloc(size_t size)
{
    NEXT(__libc_malloc);
    return fails(HEAP) ? NULL : next(size);
}

void *__libc_calloc(size_t count, size_t each)
{
    NEXT(__libc_calloc);
    return fails(HEAP) ? NULL : next(count, each);
}

void *__libc_memalign(size_t alignment, size_t size)
{
    NEXT(__libc_memalign);
    return fails(HEAP) ? NULL : next(alignment, size);
}

void *mmap(void *where, size_t length, int protection, int flags, int fd, off_t offset)
{
    NEXT(mmap);
    return fails(MAPPED) ? MAP_FAILED : next(where, length, protection, flags, fd, offset);
}

/* --- from the test to here, and on ---------------------------------------------------- */

static const char *const handed_on[] = {"LD_PRELOAD", "KB_SHORT_PLAN"};
enum { HANDED_ON = sizeof(handed_on) / sizeof(handed_on[0]), ENTRIES_MAX = 64 };

static char entries[HANDED_ON][PATH_MAX];

static void keep_environment(void)
{
    for (size_t i = 0; i < HANDED_ON; i++) {
        const char *value = getenv(handed_on[i]);

        if (value && strlen(value) < PATH_MAX / 2)
            stpcpy(stpcpy(stpcpy(entries[i], handed_on[i]), "="), value);
    }
}

static bool is_chosen(const char *program)
{
    char exe[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
    const char *slash;

    if (len < 0)
        return false;
    exe[len] = '\0';
    slash = strrchr(exe, '/');
    return slash && strcmp(slash + 1, program) == 0;
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("KB_SHORT_PLAN");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    struct plan *shared = MAP_FAILED;

    keep_environment();
    if (fd >= 0)
        shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (shared != MAP_FAILED && is_chosen(shared->program))
        plan = shared;
}

int posix_spawn(pid_t *ret, const char *path, const posix_spawn_file_actions_t *actions,
    const posix_spawnattr_t *attributes, char *const argv[], char *const env[])
{
    char *extended[ENTRIES_MAX + HANDED_ON + 1];
    size_t count = 0;

    NEXT(posix_spawn);
    while (env[count] && count < ENTRIES_MAX) {
        extended[count] = env[count];
        count++;
    }
    for (size_t i = 0; i < HANDED_ON; i++) {
        if (entries[i][0])
            extended[count++] = entries[i];
    }
    extended[count] = NULL;
    return next(ret, path, actions, attributes, argv, extended);
}
