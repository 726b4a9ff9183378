/*
 * getrandom(2) until all is there. Must never leave a byte unfilled and say that all is well.
 */
#include "base/random.h"

#include <errno.h>
#include <sys/random.h>
#include <sys/types.h>

enum kb_err kb_random(void *bytes, size_t len, struct kb_error *err)
{
    unsigned char *next = bytes;

    while (len > 0) {
        ssize_t got = getrandom(next, len, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return kb_fail(err, KB_ERR_SYSTEM, "the kernel gave no random bytes");
        next += got;
        len -= (size_t)got;
    }
    return KB_OK;
}
