/*
 * How a terminal is set while something hidden is typed: the helper sets it so, and the front
 * knows it again. Must never take for ours what another program has hidden.
 */
#ifndef KB_BASE_QUIET_H
#define KB_BASE_QUIET_H

#include <stdbool.h>
#include <termios.h>

/* As BEFORE, but whole lines, ended by the Enter key, with keys that end us, and without echo. */
struct termios kb_quiet_settings(const struct termios *before);

/* The same with echo, for an answer that is no secret. */
struct termios kb_quiet_settings_with_echo(const struct termios *before);

/*
 * Whether NOW is still as QUIET in all that these set. Whoever else hides what is
 * typed leaves ECHOE or ECHOK alone.
 */
bool kb_quiet_is(const struct termios *now, const struct termios *quiet);

/*
 * Whether this process is the one that may hide what is typed on the terminal FD: it is until
 * kb_quiet_release(), the end of the process, or until any descriptor of /dev/tty is closed. False,
 * and errno EBUSY, while another process of our session is; one of another session has another
 * terminal. Where nothing can be locked, true. Both may be called by a signal's handler.
 */
bool kb_quiet_claim(int fd);
void kb_quiet_release(int fd);

#endif
