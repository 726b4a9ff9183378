/*
 * Start-up hygiene. Must run before the first byte of input or secret is read.
 */
#include "base/harden.h"

#include "base/attr.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * A descriptor opened later must never land on 0..2 and be taken for the caller's. What
 * stands in for a closed stdout cannot be written to: an answer must not vanish silently.
 */
static enum kb_err open_standard_descriptors(struct kb_error *err)
{
    struct pollfd fds[3] = {{.fd = 0}, {.fd = 1}, {.fd = 2}};
    int ready;

    do {
        ready = poll(fds, KB_COUNT(fds), 0);
    } while (ready < 0 && errno == EINTR);
    if (ready < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "the standard descriptors");
    for (int fd = 0; fd < 3; fd++) {
        int mode = fd == STDOUT_FILENO ? O_RDONLY : O_RDWR;

        if ((fds[fd].revents & POLLNVAL) && open("/dev/null", mode) != fd)
            return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "/dev/null for a closed descriptor");
    }
    return KB_OK;
}

static mode_t callers_umask;
static sigset_t callers_signals;

/*
 * A write that fails is told of, or done without: its signal must not end us first. Blocked
 * and not ignored, because that is one call for both.
 */
static void block_signals_of_writes(void)
{
    sigset_t ours;

    sigemptyset(&ours);
    sigaddset(&ours, SIGPIPE);
    sigaddset(&ours, SIGXFSZ);
    sigprocmask(SIG_BLOCK, &ours, &callers_signals);
}

/* One that waits to be let through is dropped by being ignored for a moment. */
static void drop_waiting(int number)
{
    void (*callers)(int) = signal(number, SIG_IGN);

    signal(number, callers);
}

/* Four system calls: they are part of every answer's cost. */
enum kb_err kb_harden_process(struct kb_error *err)
{
    enum kb_err rc = open_standard_descriptors(err);

    callers_umask = umask(077);
    if (!KB_SANITIZED) /* LeakSanitizer traces its process at exit, which this forbids */
        prctl(PR_SET_DUMPABLE, 0);
    block_signals_of_writes();
    return rc;
}

/* One system call, part of every answer's cost like the four above. */
void kb_harden_privileges(void)
{
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

void kb_harden_for_good(void)
{
    static const struct rlimit no_core = {0, 0};

    kb_harden_privileges();
    setrlimit(RLIMIT_CORE, &no_core);
}

void kb_harden_undo(void)
{
    umask(callers_umask);
    drop_waiting(SIGPIPE);
    drop_waiting(SIGXFSZ);
    sigprocmask(SIG_SETMASK, &callers_signals, NULL);
}

const sigset_t *kb_harden_callers_signals(void)
{
    return &callers_signals;
}

/* A name ending in '*' stands for every variable that begins so. */
static const char *const dangerous[] = {
    /* make TLS libraries write session secrets, or load code and settings */
    "SSLKEYLOGFILE", "OPENSSL_*", "CURL_*", "GNUTLS_*", "GIO_*",
    /* change whom we trust, or who sees our requests */
    "SSL_CERT_FILE", "SSL_CERT_DIR", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY",
    /* make glib and libsecret log, or keep secrets elsewhere */
    "G_DBUS_DEBUG", "G_MESSAGES_DEBUG", "G_DEBUG", "G_ENABLE_DIAGNOSTIC", "SECRET_*",
    /* steer the allocator, the resolver and the locale's files */
    "MALLOC_*", "RES_OPTIONS", "LOCALDOMAIN", "HOSTALIASES", "LOCPATH", "NLSPATH"};

static bool is_dangerous(const char *entry)
{
    for (size_t i = 0; i < KB_COUNT(dangerous); i++) {
        size_t len = strlen(dangerous[i]);

        if (dangerous[i][len - 1] == '*' && strncmp(entry, dangerous[i], len - 1) == 0)
            return true;
        if (strncmp(entry, dangerous[i], len) == 0 && entry[len] == '=')
            return true;
    }
    return false;
}

/* In place: unsetenv() would have to be told the full name of every match. */
void kb_harden_environment(void)
{
    char **kept = environ;

    for (char **entry = environ; *entry; entry++) {
        if (!is_dangerous(*entry))
            *kept++ = *entry;
    }
    *kept = NULL;
}
