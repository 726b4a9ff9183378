/*
 * Kernel keys: every session of the user reads them, and every refusal has its code.
 */
#include "base/kernel_key.h"

#include "../sandbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define QUOTA_UID 64321 /* nobody's: its quota may be used up */

static char name[64];

static int make_name(void **state)
{
    (void)state;
    (void)snprintf(name, sizeof name, "keybearer:test:%d", (int)getpid());
    return 0;
}

static int remove_key(void **state)
{
    (void)state;
    return (int)kb_kernel_key_revoke(name, NULL) * !!keyrings_work();
}

static void need_keyrings(void)
{
    if (!keyrings_work()) {
        print_message("skipped: no kernel keyrings here\n");
        skip();
    }
}

static struct kb_secret key_of(char letter)
{
    struct kb_secret key = KB_SECRET_INIT;
    char bytes[KB_KERNEL_KEY_LEN];
    memset(bytes, letter, sizeof bytes);
    if (kb_secret_set(&key, bytes, sizeof bytes, NULL) != KB_OK)
        abort();
    return key;
}

static enum kb_err write_letter(char letter, unsigned ttl, struct kb_error *err)
{
    KB_AUTO(kb_secret_clear) struct kb_secret key = key_of(letter);
    return kb_kernel_key_write(name, &key, ttl, err);
}

static bool reads_letter(char letter)
{
    KB_AUTO(kb_secret_clear) struct kb_secret expected = key_of(letter);
    KB_AUTO(kb_secret_clear) struct kb_secret found = KB_SECRET_INIT;
    return kb_kernel_key_read(name, &found, NULL) == KB_OK && kb_secret_equal(&found, &expected);
}

static enum kb_err read_code(struct kb_error *err)
{
    KB_AUTO(kb_secret_clear) struct kb_secret found = KB_SECRET_INIT;
    return kb_kernel_key_read(name, &found, err);
}

static void a_key_is_written_replaced_and_revoked(void **state)
{
    (void)state;
    need_keyrings();
    struct kb_error err = KB_ERROR_INIT;
    assert_int_equal(read_code(&err), KB_ERR_NOT_FOUND);
    assert_int_equal(err.code, KB_ERR_NOT_FOUND);
    assert_int_equal(write_letter('a', 60, &err), KB_OK);
    assert_true(reads_letter('a'));
    assert_int_equal(write_letter('b', 0, &err), KB_OK);
    assert_true(reads_letter('b'));
    assert_int_equal(kb_kernel_key_revoke(name, &err), KB_OK);
    assert_int_equal(read_code(&err), KB_ERR_NOT_FOUND);
    assert_int_equal(kb_kernel_key_revoke(name, &err), KB_OK);
}

static void nobody_else_may_use_the_key(void **state)
{
    (void)state;
    need_keyrings();
    char text[256] = "";
    unsigned long permissions = 0;
    assert_int_equal(write_letter('a', 60, NULL), KB_OK);
    long id = syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, "user", name, 0);
    assert_true(id >= 0);
    assert_true(syscall(SYS_keyctl, KEYCTL_DESCRIBE, id, text, sizeof text - 1) > 0);
    /* type;uid;gid;permissions;name: of the possessor, the user, the group and all others */
    assert_int_equal(sscanf(text, "user;%*d;%*d;%lx;", &permissions), 1);
    assert_int_equal(permissions & 0xffff, 0);
}

static void a_failed_read_leaves_the_output_alone(void **state)
{
    (void)state;
    need_keyrings();
    KB_AUTO(kb_secret_clear) struct kb_secret old = key_of('o');
    KB_AUTO(kb_secret_clear) struct kb_secret same = key_of('o');
    assert_int_equal(kb_kernel_key_read(name, &old, NULL), KB_ERR_NOT_FOUND);
    assert_true(kb_secret_equal(&old, &same));
}

static void a_key_of_another_length_is_not_found(void **state)
{
    (void)state;
    need_keyrings();
    static const size_t lengths[] = {1, 31, 33, 1000};
    static const char bytes[1000];
    for (size_t i = 0; i < KB_COUNT(lengths); i++) {
        assert_true(
            syscall(SYS_add_key, "user", name, bytes, lengths[i], KEY_SPEC_USER_KEYRING) >= 0);
        assert_int_equal(read_code(NULL), KB_ERR_NOT_FOUND);
    }
}

static void an_expired_key_is_gone_and_can_be_written_again(void **state)
{
    (void)state;
    need_keyrings();
    assert_int_equal(write_letter('a', 1, NULL), KB_OK);
    for (int tries = 0; tries < 1000 && read_code(NULL) == KB_OK; tries++)
        usleep(20000);
    assert_int_equal(read_code(NULL), KB_ERR_NOT_FOUND);
    assert_int_equal(write_letter('b', 60, NULL), KB_OK);
    assert_true(reads_letter('b'));
}

static int read_in_bare_session(void *letter)
{
    CHILD_CHECK(join_bare_session());
    CHILD_CHECK(reads_letter(*(const char *)letter));
    return 0;
}

static int write_in_bare_session(void *letter)
{
    CHILD_CHECK(join_bare_session());
    CHILD_CHECK(write_letter(*(const char *)letter, 60, NULL) == KB_OK);
    CHILD_CHECK(reads_letter(*(const char *)letter));
    return 0;
}

static int revoke_in_bare_session(void *unused)
{
    (void)unused;
    CHILD_CHECK(join_bare_session());
    CHILD_CHECK(kb_kernel_key_revoke(name, NULL) == KB_OK);
    return 0;
}

static void sessions_share_the_key(void **state)
{
    (void)state;
    need_keyrings();
    char a = 'a', b = 'b';
    assert_int_equal(write_letter('a', 60, NULL), KB_OK);
    assert_int_equal(in_child(read_in_bare_session, &a), 0);
    assert_int_equal(in_child(write_in_bare_session, &b), 0);
    assert_true(reads_letter('b'));
    assert_int_equal(in_child(read_in_bare_session, &b), 0);
    assert_int_equal(in_child(revoke_in_bare_session, NULL), 0);
    assert_int_equal(read_code(NULL), KB_ERR_NOT_FOUND);
}

/* A key as add_key(2) makes it: only who possesses it may read it. */
static void default_permissions_are_no_trap(void **state)
{
    (void)state;
    need_keyrings();
    char bytes[KB_KERNEL_KEY_LEN], d = 'd';
    memset(bytes, d, sizeof bytes);
    assert_true(
        syscall(SYS_add_key, "user", name, bytes, sizeof bytes, KEY_SPEC_USER_KEYRING) >= 0);
    assert_int_equal(in_child(read_in_bare_session, &d), 0);
    assert_int_equal(in_child(revoke_in_bare_session, NULL), 0);
    assert_int_equal(read_code(NULL), KB_ERR_NOT_FOUND);
}

/* Somebody may have linked the key elsewhere. */
static void a_revoked_key_is_dead_wherever_it_is(void **state)
{
    (void)state;
    need_keyrings();
    char bytes[KB_KERNEL_KEY_LEN];
    assert_int_equal(write_letter('a', 60, NULL), KB_OK);
    long id = syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, "user", name, 0);
    assert_true(id >= 0);
    assert_int_equal(syscall(SYS_keyctl, KEYCTL_LINK, id, KEY_SPEC_PROCESS_KEYRING), 0);
    assert_int_equal(kb_kernel_key_revoke(name, NULL), KB_OK);
    assert_int_equal(syscall(SYS_keyctl, KEYCTL_READ, id, bytes, sizeof bytes), -1);
    assert_int_equal(errno, EKEYREVOKED);
}

static enum kb_err agree_on(char letter, unsigned ttl, char *ret_letter, struct kb_error *err)
{
    KB_AUTO(kb_secret_clear) struct kb_secret key = key_of(letter);
    enum kb_err rc = kb_kernel_key_agree(name, &key, ttl, err);
    *ret_letter = key.bytes[0];
    return rc;
}

static bool agrees_on(char letter, char expected)
{
    char agreed = '\0';
    return agree_on(letter, 60, &agreed, NULL) == KB_OK && agreed == expected &&
           reads_letter(expected);
}

static void the_first_key_is_everybodys(void **state)
{
    (void)state;
    need_keyrings();
    assert_true(agrees_on('a', 'a'));
    assert_true(agrees_on('b', 'a'));
    assert_int_equal(kb_kernel_key_revoke(name, NULL), KB_OK);
    assert_true(agrees_on('c', 'c'));
}

static int agree_in_bare_session(void *expected)
{
    CHILD_CHECK(join_bare_session());
    CHILD_CHECK(agrees_on('x', *(const char *)expected));
    return 0;
}

static void sessions_agree(void **state)
{
    (void)state;
    need_keyrings();
    char x = 'x';
    assert_int_equal(in_child(agree_in_bare_session, &x), 0);
    assert_true(agrees_on('y', 'x'));
    assert_int_equal(in_child(agree_in_bare_session, &x), 0);
}

/* The kernel removes a dead key minutes later; nobody waits for that. */
static void a_dead_key_is_replaced(void **state)
{
    (void)state;
    need_keyrings();
    char agreed;
    assert_int_equal(agree_on('a', 1, &agreed, NULL), KB_OK);
    for (int tries = 0; tries < 1000 && read_code(NULL) == KB_OK; tries++)
        usleep(20000);
    assert_true(agrees_on('b', 'b'));
    long id = syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, "user", name, 0);
    assert_int_equal(syscall(SYS_keyctl, KEYCTL_REVOKE, id), 0);
    assert_true(agrees_on('c', 'c'));
}

static void a_key_of_another_length_is_replaced(void **state)
{
    (void)state;
    need_keyrings();
    static const char bytes[33];
    for (size_t len = 31; len <= 33; len += 2) {
        assert_true(syscall(SYS_add_key, "user", name, bytes, len, KEY_SPEC_USER_KEYRING) >= 0);
        assert_true(agrees_on((char)('a' + len % 10), (char)('a' + len % 10)));
        assert_int_equal(kb_kernel_key_revoke(name, NULL), KB_OK);
    }
}

static void an_agreed_key_is_closed_to_others_and_ends(void **state)
{
    (void)state;
    need_keyrings();
    char text[256] = "", line[256], agreed;
    unsigned long permissions = 0;
    bool ends = false;
    assert_int_equal(agree_on('a', 90000, &agreed, NULL), KB_OK);
    long id = syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, "user", name, 0);
    assert_true(syscall(SYS_keyctl, KEYCTL_DESCRIBE, id, text, sizeof text - 1) > 0);
    assert_int_equal(sscanf(text, "user;%*d;%*d;%lx;", &permissions), 1);
    assert_int_equal(permissions & 0xffff, 0);
    FILE *keys = fopen("/proc/keys", "re");
    while (keys && fgets(line, sizeof line, keys))
        ends = ends || (strstr(line, name) && !strstr(line, " perm "));
    if (keys)
        (void)fclose(keys);
    assert_true(!keys || ends);
}

/* Before Linux 5.3 there is no such move. */
static int agree_on_an_old_kernel(void *sys)
{
    CHILD_CHECK(forbid_operation(SYS_keyctl, KEYCTL_MOVE, *(const int *)sys));
    CHILD_CHECK(agrees_on('o', 'o'));
    return 0;
}

static void an_older_kernel_gets_its_key_too(void **state)
{
    (void)state;
    need_keyrings();
    int answers[] = {EOPNOTSUPP, ENOSYS, EINVAL};
    for (size_t i = 0; i < KB_COUNT(answers); i++) {
        assert_int_equal(in_child(agree_on_an_old_kernel, &answers[i]), 0);
        assert_true(reads_letter('o'));
        assert_int_equal(kb_kernel_key_revoke(name, NULL), KB_OK);
    }
}

/* Without a lock: they may come from different directories. */
static void test_one_key_all_who_make_one_at_once_agree(void **state)
{
    (void)state;
    need_keyrings();
    enum { MAKERS = 16 };
    for (int round = 0; round < 5; round++) {
        int begin[2], answers[2];
        char letter, first = '\0';
        assert_int_equal(pipe(begin), 0);
        assert_int_equal(pipe(answers), 0);
        for (int i = 0; i < MAKERS; i++) {
            if (fork() == 0) {
                close(begin[1]);
                (void)!read(begin[0], &letter, 1);
                if (agree_on((char)('a' + i), 60, &letter, NULL) != KB_OK)
                    letter = '!';
                _exit(write(answers[1], &letter, 1) != 1);
            }
        }
        close(begin[0]);
        close(begin[1]); /* now */
        close(answers[1]);
        for (int i = 0; i < MAKERS; i++) {
            assert_int_equal(read(answers[0], &letter, 1), 1);
            first = first ? first : letter;
            assert_int_equal(letter, first);
        }
        close(answers[0]);
        while (wait(NULL) > 0)
            ;
        assert_true(reads_letter(first));
        assert_int_equal(kb_kernel_key_revoke(name, NULL), KB_OK);
    }
}

static int everything_unavailable(void *sys)
{
    struct kb_error err = KB_ERROR_INIT;
    CHILD_CHECK(forbid_keyrings(*(const int *)sys));
    CHILD_CHECK(read_code(&err) == KB_ERR_UNAVAILABLE && err.sys == *(const int *)sys);
    CHILD_CHECK(write_letter('a', 60, &err) == KB_ERR_UNAVAILABLE);
    CHILD_CHECK(kb_kernel_key_revoke(name, &err) == KB_ERR_UNAVAILABLE);
    return 0;
}

static void forbidden_keyrings_are_unavailable(void **state)
{
    (void)state;
    int refusals[] = {EPERM, ENOSYS, EACCES};
    for (size_t i = 0; i < KB_COUNT(refusals); i++)
        assert_int_equal(in_child(everything_unavailable, &refusals[i]), 0);
}

static int any_other_error_is_system(void *unused)
{
    (void)unused;
    struct kb_error err = KB_ERROR_INIT;
    CHILD_CHECK(forbid_keyrings(ENOMEM));
    CHILD_CHECK(read_code(&err) == KB_ERR_SYSTEM && err.sys == ENOMEM);
    CHILD_CHECK(write_letter('a', 60, &err) == KB_ERR_SYSTEM);
    return 0;
}

static void unexpected_errors_are_told_apart(void **state)
{
    (void)state;
    assert_int_equal(in_child(any_other_error_is_system, NULL), 0);
}

static int write_without_quota(void *unused)
{
    (void)unused;
    struct kb_error err = KB_ERROR_INIT;
    CHILD_CHECK(become(QUOTA_UID));
    CHILD_CHECK(join_bare_session());
    bool full = use_up_key_quota();
    char agreed;
    enum kb_err rc = write_letter('a', 60, NULL);
    enum kb_err agree_rc = agree_on('a', 60, &agreed, &err);
    clear_user_keyring();
    CHILD_CHECK(full);
    CHILD_CHECK(rc == KB_ERR_UNAVAILABLE && agree_rc == KB_ERR_UNAVAILABLE);
    CHILD_CHECK(strstr(err.msg, "quota") != NULL);
    return 0;
}

static void a_used_up_quota_is_unavailable(void **state)
{
    (void)state;
    need_keyrings();
    if (geteuid() != 0) {
        print_message("skipped: needs root, to become a user of its own\n");
        skip();
    }
    assert_int_equal(in_child(write_without_quota, NULL), 0);
}

#define KEY_TEST(function) cmocka_unit_test_teardown(function, remove_key)

int main(void)
{
    const struct CMUnitTest tests[] = {
        KEY_TEST(a_key_is_written_replaced_and_revoked),
        KEY_TEST(nobody_else_may_use_the_key),
        KEY_TEST(a_failed_read_leaves_the_output_alone),
        KEY_TEST(a_key_of_another_length_is_not_found),
        KEY_TEST(an_expired_key_is_gone_and_can_be_written_again),
        KEY_TEST(sessions_share_the_key),
        KEY_TEST(default_permissions_are_no_trap),
        KEY_TEST(a_revoked_key_is_dead_wherever_it_is),
        KEY_TEST(the_first_key_is_everybodys),
        KEY_TEST(sessions_agree),
        KEY_TEST(a_dead_key_is_replaced),
        KEY_TEST(a_key_of_another_length_is_replaced),
        KEY_TEST(an_agreed_key_is_closed_to_others_and_ends),
        KEY_TEST(an_older_kernel_gets_its_key_too),
        KEY_TEST(test_one_key_all_who_make_one_at_once_agree),
        KEY_TEST(forbidden_keyrings_are_unavailable),
        KEY_TEST(unexpected_errors_are_told_apart),
        KEY_TEST(a_used_up_quota_is_unavailable),
    };
    return cmocka_run_group_tests(tests, make_name, NULL);
}
