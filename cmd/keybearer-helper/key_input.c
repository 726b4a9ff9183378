/*
 * A key or certificates from a file or a pipe. Must never wait for who does not write, read what
 * does not end, nor show a byte of it, or of the path: who mixes options up gives a key there.
 */
#include "helper.h"

#include "base/pipe.h"
#include "sign/key.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATIENCE_MS = 30000 };

static enum kb_err no_file(const char *option, int sys, struct kb_error *err)
{
    kb_fail_sys(err, KB_ERR_USAGE, sys, "the file of --%s cannot be read", option);
    kb_hint(err, "--%s takes the path of a file, or - for what is piped in", option);
    return KB_ERR_USAGE;
}

/* Looked at before it is opened, too: to open a device may do something. */
static enum kb_err check_kind(
    const char *option, const struct stat *st, bool *ret_is_file, struct kb_error *err)
{
    *ret_is_file = S_ISREG(st->st_mode);
    if (*ret_is_file || S_ISFIFO(st->st_mode))
        return KB_OK;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_USAGE, "what --%s names is neither a file nor a pipe", option),
        "--%s takes the path of a file, or - for what is piped in", option);
}

static enum kb_err open_path(struct key_input *input, const char *path, struct kb_error *err)
{
    struct stat st;
    enum kb_err rc;

    if (stat(path, &st) < 0)
        return no_file(input->option, errno, err);
    rc = check_kind(input->option, &st, &input->is_file, err);
    if (rc)
        return rc;
    input->fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (input->fd < 0 || fstat(input->fd, &st) < 0)
        return no_file(input->option, errno, err);
    return check_kind(input->option, &st, &input->is_file, err);
}

/* A terminal would show what is pasted into it, and keep it. */
static enum kb_err take_stdin(struct key_input *input, struct kb_error *err)
{
    if (isatty(STDIN_FILENO))
        return kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE, "--%s - reads a pipe, and standard input is a terminal",
                input->option),
            "--%s FILE, or pipe it into the same command", input->option);
    input->fd = STDIN_FILENO;
    return KB_OK;
}

enum kb_err key_input_open(
    const char *option, const char *path, struct key_input *ret, struct kb_error *err)
{
    struct key_input input = {.option = option, .fd = -1};
    enum kb_err rc;

    if (!path)
        return KB_OK;
    rc = strcmp(path, "-") == 0 ? take_stdin(&input, err) : open_path(&input, path, err);
    if (rc)
        key_input_close(&input);
    else
        *ret = input;
    return rc;
}

/* What was in no pipe has an end that comes at once. */
static enum kb_err read_all(const struct key_input *input, struct kb_buf *ret, struct kb_error *err)
{
    struct kb_deadline by = kb_deadline_in_ms(PATIENCE_MS);
    struct kb_error why = KB_ERROR_INIT;
    bool ended = false;
    enum kb_err rc = KB_OK;

    while (!rc && !ended)
        rc = kb_pipe_take(input->fd, &by, ret, &ended, &why);
    if (rc == KB_ERR_TIMEOUT)
        return kb_fail(err, rc, "what --%s names did not come to its end", input->option);
    if (rc == KB_ERR_USAGE)
        return kb_fail(
            err, rc, "what --%s names is longer than %d bytes", input->option, KB_KEY_FILE_MAX);
    return rc ? no_file(input->option, why.sys, err) : KB_OK;
}

enum kb_err key_input_read(
    const struct key_input *input, struct kb_secret *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_KEY_FILE_MAX);
    enum kb_err rc = read_all(input, &text, err);

    if (!rc && text.len == 0)
        rc = kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "what --%s names is empty", input->option),
            "--%s takes the path of a file, or - for what is piped in", input->option);
    return rc ? rc : kb_secret_from_buf(ret, &text, err);
}

void key_input_close(struct key_input *input)
{
    if (input->fd > STDERR_FILENO)
        close(input->fd);
    input->fd = -1;
}
