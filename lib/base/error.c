/*
 * The error table and the two ways to fill an error. Must never allocate, print, or
 * let a byte outside 0x20..0x7e into a message.
 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {
    [KB_OK] = "ok",
    [KB_ERR_FAILED] = "failed",
    [KB_ERR_USAGE] = "usage",
    [KB_ERR_CONFIG] = "config",
    [KB_ERR_NOT_FOUND] = "not_found",
    [KB_ERR_LOCKED] = "locked",
    [KB_ERR_DENIED] = "denied",
    [KB_ERR_NETWORK] = "network",
    [KB_ERR_RATE_LIMITED] = "rate_limited",
    [KB_ERR_SERVER] = "server",
    [KB_ERR_TIMEOUT] = "timeout",
    [KB_ERR_CORRUPT] = "corrupt",
    [KB_ERR_SYSTEM] = "system",
    [KB_ERR_UNAVAILABLE] = "unavailable",
    [KB_ERR_DISMISSED] = "dismissed",
};

/* A character that could steer a terminal, or that is not ASCII, becomes '?'. */
static void make_printable(char *text)
{
    for (; *text; text++) {
        if (*text < 0x20 || *text > 0x7e)
            *text = '?';
    }
}

static void append_errno(char *msg, size_t cap, int sys)
{
    size_t len = strlen(msg);
    const char *text = strerrordesc_np(sys);

    snprintf(msg + len, cap - len, ": %s", text ? text : "unknown error");
}

enum kb_err kb_fail(struct kb_error *err, enum kb_err code, const char *fmt, ...)
{
    va_list args;

    if (!err)
        return code;
    va_start(args, fmt);
    vsnprintf(err->msg, sizeof(err->msg), fmt, args);
    va_end(args);
    make_printable(err->msg);
    err->code = code;
    err->sys = 0;
    err->hint[0] = '\0';
    return code;
}

enum kb_err kb_fail_sys(struct kb_error *err, enum kb_err code, int sys, const char *fmt, ...)
{
    va_list args;

    if (!err)
        return code;
    va_start(args, fmt);
    vsnprintf(err->msg, sizeof(err->msg), fmt, args);
    va_end(args);
    append_errno(err->msg, sizeof(err->msg), sys);
    make_printable(err->msg);
    err->code = code;
    err->sys = sys;
    err->hint[0] = '\0';
    return code;
}

enum kb_err kb_hint(struct kb_error *err, const char *fmt, ...)
{
    va_list args;

    if (!err)
        return KB_ERR_FAILED;
    va_start(args, fmt);
    vsnprintf(err->hint, sizeof(err->hint), fmt, args);
    va_end(args);
    make_printable(err->hint);
    return err->code;
}

const char *kb_err_name(enum kb_err code)
{
    return (size_t)code < KB_COUNT(names) ? names[code] : "unknown";
}

int kb_err_known(unsigned long number)
{
    return number < KB_COUNT(names);
}
