/*
 * What both programs do before anything else.
 */
#ifndef KB_BASE_HARDEN_H
#define KB_BASE_HARDEN_H

/*
 * Opens missing descriptors 0..2 on /dev/null, sets umask 077, forbids core dumps,
 * makes the process undumpable, ignores SIGPIPE. Aborts when the standard descriptors
 * cannot be opened; the rest is best effort. Call it once.
 */
void kb_harden_process(void);

/* No program started from here on gains privileges. Not for a process that becomes another. */
void kb_harden_privileges(void);

/*
 * Gives back what kb_harden_process() took and exec(2) would hand on: umask, core limit,
 * SIGPIPE. Right before this process becomes the program that the person asked for.
 */
void kb_harden_undo(void);

/*
 * Removes environment variables that make libraries write secrets, load code, or
 * trust other authorities or proxies than the profile says.
 */
void kb_harden_environment(void);

#endif
