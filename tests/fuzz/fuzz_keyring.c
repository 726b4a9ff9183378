/*
 * "COLLECTION\nFILE": which file of a keyring a collection's path means, and whether it lies in
 * clear. Says so only of the file that is there, and of nothing outside the folder.
 */
#include "fuzz.h"

#include "base/file.h"
#include "keyring_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLAIN "[keyring]"
#define SEALED "GnomeKeyring\n\r\0\n"

static char home[] = "/tmp/keybearer-fuzz-XXXXXX";
static int home_fd = -1, keyrings = -1;

static void remove_home(void)
{
    (void)unlinkat(keyrings, "login.keyring", 0);
    (void)unlinkat(home_fd, "keyrings", AT_REMOVEDIR);
    (void)unlinkat(home_fd, "outside.keyring", 0);
    (void)rmdir(home);
}

static int open_dir(int dir, const char *name)
{
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    MUST(fd >= 0);
    return fd;
}

static void write_file(int dir, const char *name, const void *bytes, size_t len)
{
    KB_AUTO(kb_fd_close)
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    MUST(fd >= 0 && kb_write_all(fd, bytes, len, NULL) == KB_OK);
}

/* "../outside" would be in clear. */
static void make_home(void)
{
    if (keyrings >= 0)
        return;
    MUST(mkdtemp(home) && atexit(remove_home) == 0);
    MUST(setenv("XDG_DATA_HOME", home, 1) == 0);
    home_fd = open_dir(AT_FDCWD, home);
    MUST(mkdirat(home_fd, "keyrings", 0700) == 0);
    keyrings = open_dir(home_fd, "keyrings");
    write_file(home_fd, "outside.keyring", PLAIN, strlen(PLAIN));
}

/* What the bytes say by themselves. */
static enum kb_keyring_file content_of(const struct input *file)
{
    size_t plain = strlen(PLAIN), sealed = sizeof(SEALED) - 1;

    if (file->size >= sealed && memcmp(file->data, SEALED, sealed) == 0)
        return KB_KEYRING_FILE_SEALED;
    if (file->size >= plain && memcmp(file->data, PLAIN, plain) == 0)
        return KB_KEYRING_FILE_PLAIN;
    return KB_KEYRING_FILE_UNKNOWN;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input file = {data, size};
    KB_AUTO(kb_str_free) char *collection = take_until(&file, '\n');
    const char *slash = strrchr(collection, '/');

    make_home();
    write_file(keyrings, "login.keyring", file.data, file.size);
    enum kb_keyring_file looked = kb_keyring_file_look(collection);
    MUST(looked == KB_KEYRING_FILE_UNKNOWN || looked == content_of(&file));
    if (slash && strcmp(slash, "/login") == 0)
        MUST(looked == content_of(&file));
    if (slash && !strchr(slash, '_') && strcmp(slash, "/login") != 0)
        MUST(looked == KB_KEYRING_FILE_UNKNOWN);
    return 0;
}
