/*
 * A file with one token that another program keeps fresh, as Kubernetes, CI services and SPIFFE do.
 * Who owns it, and who may read it, is that program's affair; links are followed, because that is
 * how such files are replaced. Must never wait for what is no file, nor take part of one.
 */
#include "helper.h"

#include "base/fd.h"
#include "base/strings.h"
#include "core/token.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static enum kb_err cannot_read(const char *path, struct kb_error *err)
{
    int sys = errno;
    bool is_named_wrong = sys == ENOENT || sys == ENOTDIR || sys == EACCES || sys == ELOOP;

    return kb_hinted(err,
        kb_fail_sys(err, is_named_wrong ? KB_ERR_CONFIG : KB_ERR_SYSTEM, sys, "%s", path),
        "see whether the program that keeps this token runs, and for whom it writes");
}

static enum kb_err not_one_token(const char *path, const char *what, struct kb_error *err)
{
    return kb_hinted(err, kb_fail(err, KB_ERR_CONFIG, "%s %s", path, what),
        "it must hold one token of visible ASCII, of at most %d bytes, and nothing else",
        KB_TOKEN_MAX);
}

/* One byte more than a token and a line end have is too much, whatever it is. */
static enum kb_err read_all(int fd, const char *path, struct kb_buf *ret, struct kb_error *err)
{
    ssize_t got;
    char *room;

    do {
        size_t want = kb_buf_room(ret, ret->max, &room);

        if (want == 0)
            return not_one_token(path, "is too long for a token", err);
        got = read(fd, room, want);
        if (got < 0 && errno != EINTR)
            return cannot_read(path, err);
        if (got > 0)
            kb_buf_took(ret, (size_t)got);
    } while (got != 0);
    return kb_buf_check(ret, path, err);
}

/* LF, or CR and LF: one line end, and no more. */
static size_t without_line_end(const char *bytes, size_t len)
{
    if (len == 0 || bytes[len - 1] != '\n')
        return len;
    return len > 1 && bytes[len - 2] == '\r' ? len - 2 : len - 1;
}

enum kb_err platform_token_read(const char *path, struct kb_secret *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_TOKEN_MAX + 3);
    KB_AUTO(kb_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    enum kb_err rc;
    size_t len;

    if (fd < 0 || fstat(fd, &st))
        return cannot_read(path, err);
    if (!S_ISREG(st.st_mode))
        return not_one_token(path, "is no regular file", err);
    rc = read_all(fd, path, &text, err);
    if (rc)
        return rc;
    len = without_line_end(kb_buf_text(&text), text.len);
    if (!kb_token_text_ok(kb_buf_text(&text), len))
        return not_one_token(path, len == 0 ? "is empty" : "holds no token", err);
    return kb_secret_set(ret, text.data, len, err);
}
