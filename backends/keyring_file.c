/*
 * Whether gnome-keyring keeps a collection in clear on the disk.
 *
 * A collection with an empty password (automatic login) is a text file with every secret
 * readable in it. The Secret Service does not tell, so the file itself is looked at:
 * $XDG_DATA_HOME/keyrings/NAME.keyring, where NAME is the last part of the collection's
 * object path with each _XX decoded. Reads the first 16 bytes, never more.
 */
#include "keyring_file.h"

#include "base/file.h"
#include "base/strings.h"
#include "core/place.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char sealed_start[16] = "GnomeKeyring\n\r\0\n";
static const char plain_start[9] = "[keyring]";

/* Undoes the escaping of an object path; false when the result could not be a file's name. */
static bool decode_name(const char *escaped, char *name, size_t size)
{
    size_t len = 0;

    for (const char *in = escaped; *in; in++) {
        int byte = (unsigned char)*in;
        if (*in == '_') {
            int high = kb_hex_value(in[1]);
            int low = high < 0 ? -1 : kb_hex_value(in[2]);
            if (low < 0)
                return false;
            byte = high * 16 + low;
            in += 2;
        }
        if (byte == 0 || byte == '/' || len + 1 >= size)
            return false;
        name[len++] = (char)byte;
    }
    name[len] = '\0';
    return len > 0;
}

static bool file_path(const char *name, char path[static PATH_MAX])
{
    const char *below, *base = kb_base_folder("XDG_DATA_HOME", "/.local/share", &below);

    return base &&
           snprintf(path, PATH_MAX, "%s%s/keyrings/%s.keyring", base, below, name) < PATH_MAX;
}

static enum kb_keyring_file classify(const char *start, size_t len)
{
    if (len >= sizeof(sealed_start) && memcmp(start, sealed_start, sizeof(sealed_start)) == 0)
        return KB_KEYRING_FILE_SEALED;
    if (len >= sizeof(plain_start) && memcmp(start, plain_start, sizeof(plain_start)) == 0)
        return KB_KEYRING_FILE_PLAIN;
    return KB_KEYRING_FILE_UNKNOWN;
}

enum kb_keyring_file kb_keyring_file_look(const char *collection)
{
    char name[NAME_MAX], path[PATH_MAX], start[sizeof(sealed_start)];
    const char *slash = strrchr(collection, '/');

    if (!slash || !decode_name(slash + 1, name, sizeof(name)) || !file_path(name, path))
        return KB_KEYRING_FILE_UNKNOWN;
    KB_AUTO(kb_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return KB_KEYRING_FILE_UNKNOWN;
    ssize_t len = read(fd, start, sizeof(start));
    return len < 0 ? KB_KEYRING_FILE_UNKNOWN : classify(start, (size_t)len);
}
