/* Lines that nobody waits for: in time where there is room, not at all where there is none. */
#include "base/say.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

static void say(int fd, const char *text)
{
    KB_AUTO(kb_buf_clear) struct kb_buf line = KB_BUF_INIT(64);
    kb_buf_add(&line, text, strlen(text));
    kb_say_at_once(fd, &line);
}

static void assert_hears(int fd, const char *expected)
{
    char heard[64];
    ssize_t len = read(fd, heard, sizeof(heard));
    assert_int_equal(len, strlen(expected));
    assert_memory_equal(heard, expected, strlen(expected));
}

/* Others have FD too: for them it must stay as it was. */
static void assert_waits_for_others(int fd)
{
    assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
}

static void fill(int fd)
{
    static const char much[4096];
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    while (write(fd, much, sizeof(much)) > 0) {
    }
    assert_int_equal(fcntl(fd, F_SETFL, 0), 0);
}

static void a_pipe(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    say(ends[1], "heard\n");
    assert_hears(ends[0], "heard\n");
    fill(ends[1]);
    say(ends[1], "lost\n");
    assert_waits_for_others(ends[1]);
    close(ends[0]);
    close(ends[1]);
}

static void a_socket(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    say(ends[1], "heard\n");
    assert_hears(ends[0], "heard\n");
    fill(ends[1]);
    say(ends[1], "lost\n");
    assert_waits_for_others(ends[1]);
    close(ends[0]);
    say(ends[1], "nobody is there\n");
    close(ends[1]);
}

static void a_file_that_others_write_to(void **state)
{
    (void)state;
    char path[] = "/tmp/kb-say-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(write(fd, "theirs\n", 7), 7);
    say(fd, "ours\n");
    assert_int_equal(write(fd, "theirs\n", 7), 7);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    assert_hears(fd, "theirs\nours\ntheirs\n");
    close(fd);
}

static void a_terminal_whose_output_is_held(void **state)
{
    (void)state;
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(master >= 0);
    assert_int_equal(grantpt(master), 0);
    assert_int_equal(unlockpt(master), 0);
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(slave >= 0);
    say(slave, "heard\n");
    assert_hears(master, "heard\r\n");
    assert_int_equal(tcflow(slave, TCOOFF), 0);
    say(slave, "lost\n");
    assert_int_equal(tcflow(slave, TCOON), 0);
    say(slave, "again\n");
    assert_hears(master, "again\r\n");
    assert_waits_for_others(slave);
    close(slave);
    close(master);
}

static void nothing(void **state)
{
    (void)state;
    say(-1, "nobody is there\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pipe),
        cmocka_unit_test(a_socket),
        cmocka_unit_test(a_file_that_others_write_to),
        cmocka_unit_test(a_terminal_whose_output_is_held),
        cmocka_unit_test(nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
