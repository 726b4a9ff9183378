#include "base/quiet.h"

#include <string.h>

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

static const char mark[4] = {'K', 'B', 'Q', '1'};

struct kb_quiet_note kb_quiet_note(const struct termios *before)
{
    struct kb_quiet_note note;

    memset(&note, 0, sizeof(note)); /* between the members, too: all of it is written */
    memcpy(note.mark, mark, sizeof(mark));
    note.before = *before;
    return note;
}

bool kb_quiet_take_note(const char **bytes, size_t *len, struct termios *ret)
{
    struct kb_quiet_note note;

    if (*len < sizeof(note) || memcmp(*bytes, mark, sizeof(mark)) != 0)
        return false;
    memcpy(&note, *bytes, sizeof(note));
    *bytes += sizeof(note);
    *len -= sizeof(note);
    *ret = note.before;
    return true;
}
