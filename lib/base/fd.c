/*
 * Closing a descriptor at the end of a block.
 */
#include "base/fd.h"

#include <unistd.h>

void kb_fd_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}
