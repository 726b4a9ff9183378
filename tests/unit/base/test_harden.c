/*
 * Start-up hygiene, each rule in a child of its own.
 */
#include "base/harden.h"

#include "base/attr.h"

#include "../sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmocka.h>

static bool is_null_device(int fd)
{
    struct stat opened, null;
    return fstat(fd, &opened) == 0 && stat("/dev/null", &null) == 0 &&
           opened.st_rdev == null.st_rdev;
}

/* MISSING: bit N for descriptor N. */
static int start_without(void *missing)
{
    int copies[3];
    for (int fd = 0; fd < 3; fd++)
        copies[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 10);
    for (int fd = 0; fd < 3; fd++) {
        if (*(const int *)missing & 1 << fd)
            close(fd);
    }
    CHILD_CHECK(kb_harden_process(NULL) == KB_OK);
    for (int fd = 0; fd < 3; fd++) {
        struct stat now, before;
        if (*(const int *)missing & 1 << fd) {
            CHILD_CHECK(is_null_device(fd));
            continue;
        }
        CHILD_CHECK(fstat(fd, &now) == 0 && fstat(copies[fd], &before) == 0);
        CHILD_CHECK(now.st_dev == before.st_dev && now.st_ino == before.st_ino);
    }
    int next = open("/dev/null", O_RDONLY | O_CLOEXEC);
    CHILD_CHECK(next > 2);
    return 0;
}

static void missing_standard_descriptors_are_opened(void **state)
{
    (void)state;
    for (int missing = 0; missing < 8; missing++)
        assert_int_equal(in_child(start_without, &missing), 0);
}

static bool is_blocked(int number)
{
    sigset_t now;
    return sigprocmask(SIG_BLOCK, NULL, &now) == 0 && sigismember(&now, number) == 1;
}

/* A broken pipe and a full file: errors, and no signal is left for who comes after us. */
static int fail_to_write(void)
{
    static const struct rlimit no_room = {0, 0};
    int ends[2];
    FILE *file = tmpfile();
    CHILD_CHECK(file && pipe(ends) == 0 && close(ends[0]) == 0);
    CHILD_CHECK(write(ends[1], "x", 1) < 0 && errno == EPIPE);
    CHILD_CHECK(setrlimit(RLIMIT_FSIZE, &no_room) == 0);
    CHILD_CHECK(write(fileno(file), "x", 1) < 0 && errno == EFBIG);
    return 0;
}

static int process_state(void *unused)
{
    (void)unused;
    umask(022);
    CHILD_CHECK(kb_harden_process(NULL) == KB_OK);
    CHILD_CHECK(umask(077) == 077);
    CHILD_CHECK(is_blocked(SIGPIPE) && is_blocked(SIGXFSZ));
    CHILD_CHECK(fail_to_write() == 0);
#if !KB_SANITIZED
    CHILD_CHECK(prctl(PR_GET_DUMPABLE) == 0);
#endif
    kb_harden_undo();
    CHILD_CHECK(umask(077) == 022);
    CHILD_CHECK(!is_blocked(SIGPIPE) && !is_blocked(SIGXFSZ));
    CHILD_CHECK(signal(SIGPIPE, SIG_IGN) == SIG_DFL);
    CHILD_CHECK(signal(SIGXFSZ, SIG_IGN) == SIG_DFL);
    return 0;
}

static void umask_signals_and_dumps(void **state)
{
    (void)state;
    assert_int_equal(in_child(process_state, NULL), 0);
}

static int for_good(void *unused)
{
    (void)unused;
    struct rlimit core;
    kb_harden_for_good();
    CHILD_CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
    CHILD_CHECK(getrlimit(RLIMIT_CORE, &core) == 0);
    CHILD_CHECK(core.rlim_cur == 0 && core.rlim_max == 0);
    return 0;
}

static void no_privileges_and_no_core_file(void **state)
{
    (void)state;
    assert_int_equal(in_child(for_good, NULL), 0);
}

static int scrub(void *unused)
{
    (void)unused;
    static const char *const dangerous[] = {
        "SSLKEYLOGFILE",
        "OPENSSL_CONF",
        "OPENSSL_MODULES",
        "CURL_HOME",
        "CURL_CA_BUNDLE",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "http_proxy",
        "HTTP_PROXY",
        "all_proxy",
        "ALL_PROXY",
        "G_DBUS_DEBUG",
        "G_MESSAGES_DEBUG",
        "SECRET_BACKEND",
        "SECRET_FILE_TEST_PATH",
        "SECRET_FILE_TEST_PASSWORD",
        "MALLOC_CHECK_",
        "MALLOC_PERTURB_",
    };
    static const char *const harmless[] = {
        "HOME",
        "https_proxy",
        "no_proxy",
        "XDG_RUNTIME_DIR",
        "SSL_CERT_FILES",
        "MY_SSLKEYLOGFILE",
        "KEYBEARER_CONFIG",
    };
    CHILD_CHECK(clearenv() == 0);
    for (size_t i = 0; i < KB_COUNT(dangerous); i++) {
        CHILD_CHECK(setenv(dangerous[i], "x", 1) == 0);
        CHILD_CHECK(i >= KB_COUNT(harmless) || setenv(harmless[i], "x", 1) == 0);
    }
    kb_harden_environment();
    for (size_t i = 0; i < KB_COUNT(dangerous); i++)
        CHILD_CHECK(!getenv(dangerous[i]));
    for (size_t i = 0; i < KB_COUNT(harmless); i++)
        CHILD_CHECK(getenv(harmless[i]));
    return 0;
}

static void the_environment_is_scrubbed(void **state)
{
    (void)state;
    assert_int_equal(in_child(scrub, NULL), 0);
}

static int scrub_nothing(void *unused)
{
    (void)unused;
    char *none[] = {NULL};
    environ = none;
    kb_harden_environment();
    CHILD_CHECK(environ[0] == NULL);
    return 0;
}

static void an_empty_environment_is_fine(void **state)
{
    (void)state;
    assert_int_equal(in_child(scrub_nothing, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_standard_descriptors_are_opened),
        cmocka_unit_test(umask_signals_and_dumps),
        cmocka_unit_test(no_privileges_and_no_core_file),
        cmocka_unit_test(the_environment_is_scrubbed),
        cmocka_unit_test(an_empty_environment_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
