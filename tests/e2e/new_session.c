/*
 * new_session PROGRAM [ARGUMENT...]: runs PROGRAM with a fresh session keyring that does
 * not lead to the user keyring, as a second login or a service manager gives it.
 */
#include <linux/keyctl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    if (argc < 2) {
        fputs("usage: new_session PROGRAM [ARGUMENT...]\n", stderr);
        return 2;
    }
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0) {
        perror("new_session: keyctl");
        return 77;
    }
    execvp(argv[1], argv + 1);
    perror(argv[1]);
    return 127;
}
