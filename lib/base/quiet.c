#include "base/quiet.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const tcflag_t echo = ECHO | ECHOE | ECHOK | ECHONL;
static const tcflag_t editing = ICANON | ISIG;

/*
 * The shell of a background job may have set the terminal up for its own line editing, and a
 * program that was killed may have left it so.
 */
struct termios kb_quiet_settings_with_echo(const struct termios *before)
{
    struct termios heard = *before;

    heard.c_iflag |= ICRNL;
    heard.c_lflag |= editing | ECHO;
    return heard;
}

struct termios kb_quiet_settings(const struct termios *before)
{
    struct termios quiet = kb_quiet_settings_with_echo(before);

    quiet.c_lflag &= ~echo;
    return quiet;
}

bool kb_quiet_is(const struct termios *now, const struct termios *quiet)
{
    const tcflag_t ours = echo | editing;

    return (now->c_lflag & ours) == (quiet->c_lflag & ours) &&
           (now->c_iflag & ICRNL) == (quiet->c_iflag & ICRNL);
}

/*
 * /dev/tty is one file for all terminals, which nobody reads at a place: so each terminal has the
 * byte of its number there, to be locked. It needs no file of ours, and no other user's terminal.
 */
static bool lock(int fd, int what, short type, struct flock *ret)
{
    unsigned number;

    *ret = (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_len = 1};
    if (ioctl(fd, TIOCGDEV, &number) < 0)
        return false;
    ret->l_start = number;
    return fcntl(fd, what, ret) == 0;
}

enum { TRIES = 16 };

/* Anybody may lock bytes of /dev/tty, but nobody outside of our session is on our terminal. */
bool kb_quiet_claim(int fd)
{
    struct flock found = {.l_type = F_UNLCK};

    /* Given up in between, it may be ours now; where a policy forbids locks, it never will be. */
    for (int tries = 0; tries < TRIES && found.l_type == F_UNLCK; tries++) {
        if (lock(fd, F_SETLK, F_WRLCK, &found) || (errno != EAGAIN && errno != EACCES))
            return true;
        if (!lock(fd, F_GETLK, F_WRLCK, &found))
            return true;
    }
    if (found.l_type == F_UNLCK || found.l_pid <= 0 || getsid(found.l_pid) != getsid(0))
        return true;
    errno = EBUSY;
    return false;
}

void kb_quiet_release(int fd)
{
    struct flock found;

    (void)lock(fd, F_SETLK, F_UNLCK, &found);
}
