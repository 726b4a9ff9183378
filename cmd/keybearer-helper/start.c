/*
 * The life of a helper: hygiene, one verb, one frame. Must never print: the front does.
 */
#include "helper.h"

#include "base/attr.h"
#include "base/file.h"
#include "base/flock.h"
#include "base/harden.h"
#include "base/secret.h"
#include "base/strings.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where the kernel gives no random bytes, libsodium would abort. The front tells of our end. */
static void no_random_bytes(void)
{
    _exit(KB_ERR_SYSTEM);
}

int helper_begin(void)
{
    if (kb_harden_process(NULL))
        return KB_ERR_SYSTEM;
    kb_harden_environment();
    sodium_set_misuse_handler(no_random_bytes);
    if (sodium_init() < 0)
        return KB_ERR_SYSTEM;
    kb_secret_guard();
    return 0;
}

/*
 * With its front gone nobody hears the answer; a prompt must not stay on the terminal. A front that
 * was gone before the kernel knew of our wish has left a pipe that nobody reads.
 */
static void end_with_front(void)
{
    struct pollfd frame = {.fd = HELPER_FRAME_FD};

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (poll(&frame, 1, 0) > 0 && frame.revents & POLLERR)
        _exit(KB_ERR_SYSTEM);
}

static enum kb_err perform(const struct helper_verb *table, size_t count, int argc, char *argv[],
    struct kb_frame *frame, struct kb_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(table[i].name, argv[1]) != 0)
            continue;
        if (!table[i].outlives_front)
            end_with_front();
        frame->kind = table[i].report ? KB_FRAME_REPORT : KB_FRAME_TOKEN;
        frame->report.kind = table[i].report;
        return table[i].run(argc - 2, argv + 2, frame, err);
    }
    return kb_fail(err, KB_ERR_USAGE, "the helper does not know \"%s\"", argv[1]);
}

static int send_frame(const struct kb_frame *frame)
{
    KB_AUTO(kb_buf_clear) struct kb_buf bytes = KB_BUF_INIT(KB_FRAME_MAX);

    kb_frame_pack(frame, &bytes);
    last_words_claim();
    if (bytes.failed || kb_write_all(HELPER_FRAME_FD, bytes.data, bytes.len, NULL))
        return KB_ERR_SYSTEM;
    return 0;
}

int helper_answer(const struct helper_verb *table, size_t count, int argc, char *argv[])
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    struct kb_error err = KB_ERROR_INIT;

    if (argc < 2 || fcntl(HELPER_FRAME_FD, F_GETFD) < 0)
        return KB_ERR_USAGE; /* not started by the front */
    kb_harden_for_good();
    if (perform(table, count, argc, argv, &frame, &err)) {
        enum kb_frame_kind kind =
            frame.kind == KB_FRAME_CHANGED ? KB_FRAME_CHANGED : KB_FRAME_ERROR;

        kb_frame_clear(&frame);
        frame.kind = kind;
        frame.error = err;
    } else if (frame.kind == KB_FRAME_REPORT) {
        kb_text_copy(frame.report.no_lock, sizeof(frame.report.no_lock), kb_flock_missing());
    }
    frame.journal = (struct kb_report){.kind = KB_REPORT_JOURNAL, .journal = *journal()};
    return send_frame(&frame);
}

#if KB_SANITIZED
/* LeakSanitizer cannot hold GLib's threads still, and says so on stderr now and then. */
static bool is_alone(void)
{
    struct stat tasks;

    return stat("/proc/self/task", &tasks) == 0 && tasks.st_nlink == 3; /* ".", ".." and us */
}
#endif

void helper_leave(int status)
{
    close(HELPER_FRAME_FD);
#if KB_SANITIZED
    if (is_alone())
        exit(status); /* looks for leaks */
#endif
    _exit(status);
}
