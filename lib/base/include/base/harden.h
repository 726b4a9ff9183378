/*
 * What both programs do before anything else.
 */
#ifndef KB_BASE_HARDEN_H
#define KB_BASE_HARDEN_H

#include "base/error.h"

#include <signal.h>

/*
 * Opens missing descriptors 0..2 on /dev/null (stdout so that writing to it fails), sets
 * umask 077, makes the process undumpable (no core dump, no ptrace by others of this user),
 * blocks SIGPIPE and SIGXFSZ. KB_ERR_SYSTEM when the standard descriptors cannot be opened: then
 * nothing else may be. The rest is best effort. Call it once.
 */
KB_CHECKED enum kb_err kb_harden_process(struct kb_error *err);

/*
 * For a process that will not become a program of the person's: nothing that it starts can
 * gain privileges (no_new_privs).
 */
void kb_harden_privileges(void);

/* The same, and the core limit is zero from now on. */
void kb_harden_for_good(void);

/*
 * Gives back what kb_harden_process() took and exec(2) would hand on: umask and signals.
 * Right before this process becomes the program that the person asked for.
 */
void kb_harden_undo(void);

/*
 * The signals that were blocked before kb_harden_process(): for a program of the person's that is
 * started beside this process.
 */
const sigset_t *kb_harden_callers_signals(void);

/*
 * Removes environment variables that make libraries write secrets, load code, or
 * trust other authorities or proxies than the profile says.
 */
void kb_harden_environment(void);

#endif
