/*
 * The person's terminal after a helper that asked something on it. The helper gives the echo back
 * itself, but not when it was killed. How the terminal was set, only the helper knows: we may have
 * begun in the background, while the shell had set it up for itself. Must never touch a terminal
 * that echoes, nor one that somebody else has hidden.
 */
#include "front.h"

#include "base/file.h"
#include "base/quiet.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static struct {
    bool known;
    struct termios before;
} hidden;

void terminal_hidden(const struct termios *before)
{
    hidden.known = true;
    hidden.before = *before;
}

/* Who is in the background by now would be stopped for it. Nothing waits for what is written. */
static void set_quietly(int fd, const struct termios *settings)
{
    sigset_t stop, callers;

    sigemptyset(&stop);
    sigaddset(&stop, SIGTTOU);
    sigprocmask(SIG_BLOCK, &stop, &callers);
    tcflush(fd, TCIFLUSH);
    tcsetattr(fd, TCSANOW, settings);
    sigprocmask(SIG_SETMASK, &callers, NULL);
}

void terminal_give_back(void)
{
    KB_AUTO(kb_fd_close)
    int fd = hidden.known ? open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
    struct termios now, quiet;

    if (fd < 0 || tcgetattr(fd, &now) < 0)
        return;
    quiet = kb_quiet_settings(&hidden.before);
    if (kb_quiet_is(&now, &quiet) && tcgetpgrp(fd) == getpgrp() && kb_quiet_claim(fd))
        set_quietly(fd, &hidden.before);
}
