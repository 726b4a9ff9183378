/*
 * A descriptor that closes itself.
 */
#ifndef KB_BASE_FD_H
#define KB_BASE_FD_H

/* Closes *FD if it is >= 0 and makes it -1; for KB_AUTO. */
void kb_fd_close(int *fd);

#endif
