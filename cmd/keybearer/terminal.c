/*
 * The person's terminal around a helper that may ask something on it. The helper gives the
 * echo back itself, but not when it was killed. Must never touch a terminal that echoes, nor one
 * that somebody else has hidden.
 */
#include "front.h"

#include "base/file.h"
#include "base/quiet.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

void terminal_remember(struct terminal *ret)
{
    KB_AUTO(kb_fd_close) int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

    ret->known = fd >= 0 && tcgetattr(fd, &ret->before) == 0;
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

void terminal_give_back(const struct terminal *terminal)
{
    KB_AUTO(kb_fd_close) int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct termios now, quiet;

    if (!terminal->known || fd < 0 || tcgetattr(fd, &now) < 0)
        return;
    quiet = kb_quiet_settings(&terminal->before);
    if ((terminal->before.c_lflag & ECHO) && kb_quiet_is(&now, &quiet) &&
        tcgetpgrp(fd) == getpgrp())
        set_quietly(fd, &terminal->before);
}
