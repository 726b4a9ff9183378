/*
 * new_session [revoked] PROGRAM [ARGUMENT...]: runs PROGRAM with a fresh session keyring that
 * does not lead to the user keyring, as a second login or a service manager gives it; or with
 * one that was revoked, as it is left when its login ended.
 */
#include <linux/keyctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    int revoked = argc > 2 && strcmp(argv[1], "revoked") == 0;

    if (argc < 2) {
        fputs("usage: new_session [revoked] PROGRAM [ARGUMENT...]\n", stderr);
        return 2;
    }
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0) {
        perror("new_session: keyctl");
        return 77;
    }
    if (revoked && syscall(SYS_keyctl, KEYCTL_REVOKE, KEY_SPEC_SESSION_KEYRING) < 0) {
        perror("new_session: revoke");
        return 77;
    }
    argv += revoked + 1;
    execvp(argv[0], argv);
    perror(argv[0]);
    return 127;
}
