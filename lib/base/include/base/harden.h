/*
 * What both programs do before anything else.
 */
#ifndef KB_BASE_HARDEN_H
#define KB_BASE_HARDEN_H

/*
 * Opens missing descriptors 0..2 on /dev/null, sets umask 077, forbids core dumps,
 * makes the process undumpable, sets no_new_privs, ignores SIGPIPE. Aborts when the
 * standard descriptors cannot be opened; the rest is best effort.
 */
void kb_harden_process(void);

/*
 * Removes environment variables that make libraries write secrets, load code, or
 * trust other authorities or proxies than the profile says.
 */
void kb_harden_environment(void);

#endif
