/*
 * The client for `exec`: a child reads the store, confined, and says over a pipe what it
 * found. Either the one line of kb_client_encode(), or an error's frame.
 *
 * The child must never return into its parent's work; the parent must never read a store,
 * nor leave the command a child that it did not start.
 */
#include "helper.h"
#include "own_client.h"

#include "base/file.h"
#include "base/harden.h"
#include "base/pipe.h"
#include "core/client_decode.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* The store ends by itself before that. */
enum { PATIENCE_MS = STORE_MS + 1000 };

/* --- the child ---------------------------------------------------------------------- */

static enum kb_err load(const struct kb_profile *profile, struct kb_buf *out, struct kb_error *err)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    struct kb_card_client own;
    enum kb_err rc = confine(
        &(struct needs){.vault = NEED_READ, .clients = NEED_READ, .file = profile->ca_file}, err);

    if (!rc)
        rc = own_client_find(profile, &own, err);
    if (!rc)
        rc = own_client_load(profile, &own, false, &client, err);
    if (!rc)
        kb_client_encode(&client, out);
    return rc ? rc : kb_buf_check(out, "the client", err);
}

/*
 * The command's descriptors are none of our affair: should the parent be killed, nobody waits for
 * their end because of us. A sanitizer still reports where it can be seen.
 */
static void keep_only(int fd)
{
    int last = KB_SANITIZED ? STDOUT_FILENO : STDERR_FILENO;
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (nowhere < 0 || dup2(fd, HELPER_FRAME_FD) < 0)
        helper_leave(KB_ERR_SYSTEM);
    for (int standard = STDIN_FILENO; standard <= last; standard++) {
        if (dup2(nowhere, standard) < 0)
            helper_leave(KB_ERR_SYSTEM);
    }
    closefrom(HELPER_FRAME_FD + 1);
}

static void serve(const struct kb_profile *profile, int fd)
{
    KB_AUTO(kb_buf_clear) struct kb_buf bytes = KB_BUF_INIT(KB_FRAME_MAX);
    struct kb_frame frame = {.kind = KB_FRAME_ERROR};

    keep_only(fd);
    kb_harden_for_good();
    last_words_person_listens(false);
    if (load(profile, &bytes, &frame.error)) {
        kb_buf_reset(&bytes);
        kb_frame_pack(&frame, &bytes);
    }
    last_words_claim();
    if (bytes.failed || kb_write_all(HELPER_FRAME_FD, bytes.data, bytes.len, NULL))
        helper_leave(KB_ERR_SYSTEM);
}

/* --- the parent --------------------------------------------------------------------- */

static enum kb_err understand(
    const struct kb_buf *bytes, struct kb_client *ret, struct kb_error *err)
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;

    if (bytes->len > 0 && bytes->data[0] == '{')
        return kb_client_decode(bytes->data, bytes->len, ret, err);
    if (bytes->len == 0 || kb_frame_unpack(bytes->data, bytes->len, &frame, NULL) ||
        frame.kind != KB_FRAME_ERROR)
        return kb_fail(err, KB_ERR_SYSTEM, "the process that reads the store ended unexpectedly");
    *err = frame.error;
    return err->code;
}

enum kb_err read_client(
    const struct kb_profile *profile, struct kb_client *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf bytes = KB_BUF_INIT(KB_FRAME_MAX);
    KB_AUTO(kb_fd_close) int listen = -1;
    int ends[2];
    enum kb_err rc;
    pid_t child;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot make a pipe");
    listen = ends[0];
    child = fork();
    if (child == 0) {
        serve(profile, ends[1]);
        helper_leave(0);
    }
    close(ends[1]);
    if (child < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot start a process");
    rc = kb_pipe_hear(listen, "the store", kb_deadline_in_ms(PATIENCE_MS), &bytes, err);
    kill(child, SIGKILL); /* it has said all, or is late */
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        continue;
    return rc ? rc : understand(&bytes, ret, err);
}
