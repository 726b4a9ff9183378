/* How a terminal is set for a hidden answer, and how that is told from what others set. */
#include "base/quiet.h"

#include "base/attr.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* As getty leaves it, with what a shell changes for its own line editing taken out. */
static const struct termios usual = {
    .c_iflag = ICRNL | IXON,
    .c_lflag = ICANON | ISIG | IEXTEN | ECHO | ECHOE | ECHOK,
};

static void what_is_set(void **state)
{
    (void)state;
    struct termios editing = usual;
    editing.c_iflag &= ~(tcflag_t)ICRNL;
    editing.c_lflag &= ~(tcflag_t)(ICANON | ISIG);
    const struct termios rows[] = {usual, editing};
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        struct termios quiet = kb_quiet_settings(&rows[i]);
        assert_int_equal(quiet.c_lflag, ICANON | ISIG | IEXTEN);
        assert_int_equal(quiet.c_iflag, ICRNL | IXON);
    }
}

static void what_is_ours(void **state)
{
    (void)state;
    struct termios quiet = kb_quiet_settings(&usual), now = quiet;
    assert_true(kb_quiet_is(&now, &quiet));
    now.c_iflag &= ~(tcflag_t)IXON; /* it is not ours to set */
    assert_true(kb_quiet_is(&now, &quiet));
}

static void what_is_not(void **state)
{
    (void)state;
    const struct termios quiet = kb_quiet_settings(&usual);
    struct termios getpass = usual;
    getpass.c_lflag &= ~(tcflag_t)ECHO; /* as `stty -echo`, and most who ask for a password */
    assert_false(kb_quiet_is(&usual, &quiet));
    assert_false(kb_quiet_is(&getpass, &quiet));
    static const tcflag_t flags[] = {ECHO, ECHOE, ECHOK, ECHONL, ICANON, ISIG};
    for (size_t i = 0; i < KB_COUNT(flags); i++) {
        struct termios now = quiet;
        now.c_lflag ^= flags[i];
        assert_false(kb_quiet_is(&now, &quiet));
    }
    struct termios now = quiet;
    now.c_iflag ^= ICRNL;
    assert_false(kb_quiet_is(&now, &quiet));
}

/*
 * In the place of the system's: the lock cannot be had when it is tried, and nobody has it a moment
 * later. So it is as many times as REFUSALS says.
 */
static int tries, refusals;

int fcntl(int fd, int command, ...)
{
    va_list arguments;

    (void)fd;
    va_start(arguments, command);
    va_arg(arguments, struct flock *)->l_type = F_UNLCK;
    va_end(arguments);
    if (command != F_SETLK || tries++ >= refusals)
        return 0;
    errno = EAGAIN;
    return -1;
}

static void claim(int refused)
{
    int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(terminal >= 0);
    tries = 0;
    refusals = refused;
    assert_true(kb_quiet_claim(terminal));
    close(terminal);
}

static void a_terminal_that_is_given_up_meanwhile(void **state)
{
    (void)state;
    claim(1);
    assert_int_equal(tries, 2);
}

static void a_policy_that_forbids_locks(void **state)
{
    (void)state;
    claim(1000);
    assert_true(tries < 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_set),
        cmocka_unit_test(what_is_ours),
        cmocka_unit_test(what_is_not),
        cmocka_unit_test(a_terminal_that_is_given_up_meanwhile),
        cmocka_unit_test(a_policy_that_forbids_locks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
