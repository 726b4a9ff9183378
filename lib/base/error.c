/*
 * The error table and the two ways to fill an error. Must never allocate, print, or
 * let a byte outside 0x20..0x7e into a message.
 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/*
 * A row a code. The hint is for errors whose author had no better one: it must be true for each
 * command, and when nothing was stored.
 */
static const struct {
    const char *name;
    const char *hint;
} table[] = {
    [KB_OK] = {"ok", ""},
    [KB_ERR_FAILED] = {"failed", "keybearer status"},
    [KB_ERR_USAGE] = {"usage", "keybearer help"},
    [KB_ERR_CONFIG] = {"config", "correct the configuration; man keybearer-config lists its keys"},
    [KB_ERR_NOT_FOUND] = {"not_found", "keybearer list"},
    [KB_ERR_LOCKED] = {"locked", "keybearer unlock"},
    [KB_ERR_DENIED] = {"denied", "look at its owner and its mode, and at those of the directories "
                                 "above it"},
    [KB_ERR_NETWORK] = {"network", "check the address, the connection and https_proxy; try again"},
    [KB_ERR_RATE_LIMITED] = {"rate_limited", "wait, then try again"},
    [KB_ERR_SERVER] = {"server", "try again later, or ask who runs the server"},
    [KB_ERR_TIMEOUT] = {"timeout", "try again; KEYBEARER_LOG=1 shows what takes so long"},
    [KB_ERR_CORRUPT] = {"corrupt", "restore the file from a backup, or run keybearer add again"},
    [KB_ERR_SYSTEM] = {"system", "check free space, permissions and limits; try again"},
    [KB_ERR_UNAVAILABLE] = {"unavailable", "keybearer doctor"},
    [KB_ERR_DISMISSED] = {"dismissed", "run the command again and answer the prompt"},
    [KB_ERR_NOT_RUNNABLE] = {"not_runnable", "check the command"},
    [KB_ERR_NO_COMMAND] = {"no_command",
        "check the command's name and PATH, and that the first line of a script names a program "
        "that exists"},
};

/* A character that could steer a terminal, or that is not ASCII, becomes '?'. */
static void make_printable(char *text)
{
    for (; *text; text++) {
        if (*text < 0x20 || *text > 0x7e)
            *text = '?';
    }
}

enum kb_err kb_fail_sys(struct kb_error *err, enum kb_err code, int sys, const char *fmt, ...)
{
    va_list args;

    if (!err)
        return code;
    va_start(args, fmt);
    vsnprintf(err->msg, sizeof(err->msg), fmt, args);
    va_end(args);
    if (sys) {
        size_t len = strlen(err->msg);
        const char *text = strerrordesc_np(sys);
        snprintf(err->msg + len, sizeof(err->msg) - len, ": %s", text ? text : "unknown error");
    }
    make_printable(err->msg);
    err->code = code;
    err->sys = sys;
    err->hint[0] = '\0';
    err->place = (struct kb_error_place){.line = 0};
    return code;
}

enum kb_err kb_hinted(struct kb_error *err, enum kb_err code, const char *fmt, ...)
{
    va_list args;

    if (!err)
        return code;
    va_start(args, fmt);
    vsnprintf(err->hint, sizeof(err->hint), fmt, args);
    va_end(args);
    make_printable(err->hint);
    return code;
}

const char *kb_err_name(enum kb_err code)
{
    return kb_err_known(code) ? table[code].name : "unknown";
}

const char *kb_err_hint(const struct kb_error *err)
{
    if (err->hint[0])
        return err->hint;
    return kb_err_known(err->code) ? table[err->code].hint : "";
}

int kb_err_known(unsigned long number)
{
    return number < KB_COUNT(table) && table[number].name;
}
