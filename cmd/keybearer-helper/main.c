/*
 * Start of the helper: hygiene, one verb, one frame. Must never print: the front does.
 */
#include "helper.h"

#include "base/file.h"
#include "base/harden.h"
#include "base/secret.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FRAME_FD = 3 };

static const struct helper_verb table[] = {
    {"fetch", helper_fetch},
    {"inspect", helper_inspect},
    {"add", helper_add},
    {"remove", helper_remove},
    {"unlock", helper_unlock},
    {"lock", helper_lock},
    {"passwd", helper_passwd},
};

static enum kb_err perform(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err)
{
    for (size_t i = 0; i < KB_COUNT(table); i++) {
        if (strcmp(table[i].name, argv[1]) == 0)
            return table[i].run(argc - 2, argv + 2, frame, err);
    }
    return kb_fail(err, KB_ERR_USAGE, "the helper does not know \"%s\"", argv[1]);
}

static int send_frame(const struct kb_frame *frame)
{
    KB_AUTO(kb_buf_clear) struct kb_buf bytes = KB_BUF_INIT(KB_FRAME_MAX);

    kb_frame_pack(frame, &bytes);
    if (bytes.failed || kb_write_all(FRAME_FD, bytes.data, bytes.len, NULL))
        return KB_ERR_SYSTEM;
    return 0;
}

static int answer(int argc, char *argv[])
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    struct kb_error err = KB_ERROR_INIT;

    frame.kind = KB_FRAME_REPORT;
    if (perform(argc, argv, &frame, &err)) {
        kb_frame_clear(&frame);
        frame.kind = KB_FRAME_ERROR;
        frame.error = err;
    }
    return send_frame(&frame);
}

/* `run` made us the command's first life: there is no front left to print for us. */
static int become(int argc, char *argv[], char *const environment[])
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(4096);
    struct kb_error err = KB_ERROR_INIT;

    helper_exec(argc - 2, argv + 2, environment, &err);
    kb_buf_fmt(&text, "keybearer: error: %s\n", err.msg);
    if (*err.hint)
        kb_buf_fmt(&text, "keybearer: hint: %s\n", err.hint);
    if (kb_write_all(STDERR_FILENO, kb_buf_text(&text), text.len, NULL))
        return KB_ERR_SYSTEM;
    return (int)err.code;
}

/* The command gets its environment as the caller had it; ours is cleaned. */
static char **copy_environment(void)
{
    size_t count = 0;
    char **copy;

    while (environ[count])
        count++;
    copy = calloc(count + 1, sizeof(*copy));
    if (copy)
        memcpy(copy, environ, count * sizeof(*copy));
    return copy;
}

int main(int argc, char *argv[])
{
    char **callers_environment = copy_environment();
    int status;

    kb_harden_process();
    kb_harden_environment();
    if (argc < 2 || !callers_environment || sodium_init() < 0)
        return KB_ERR_USAGE;
    kb_secret_guard();
    if (strcmp(argv[1], "exec") == 0) {
        status = become(argc, argv, callers_environment);
    } else if (fcntl(FRAME_FD, F_GETFD) < 0) {
        status = KB_ERR_USAGE; /* not started by the front */
    } else {
        kb_harden_for_good();
        status = answer(argc, argv);
    }
    free(callers_environment);
    return status;
}
