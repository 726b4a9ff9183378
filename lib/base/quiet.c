#include "base/quiet.h"

static const tcflag_t echo = ECHO | ECHOE | ECHOK | ECHONL;
static const tcflag_t editing = ICANON | ISIG;

/* The shell of a background job may have set the terminal up for its own line editing. */
struct termios kb_quiet_settings(const struct termios *before)
{
    struct termios quiet = *before;

    quiet.c_iflag |= ICRNL;
    quiet.c_lflag |= editing;
    quiet.c_lflag &= ~echo;
    return quiet;
}

bool kb_quiet_is(const struct termios *now, const struct termios *quiet)
{
    const tcflag_t ours = echo | editing;

    return (now->c_lflag & ours) == (quiet->c_lflag & ours) &&
           (now->c_iflag & ICRNL) == (quiet->c_iflag & ICRNL);
}
