/*
 * The only file that writes to stdout; to stderr only trace.c writes besides, its log. Every write
 * is checked: half a token is worse than none, and a caller must learn of it.
 */
#include "front.h"

#include "colour.h"

#include "base/error_text.h"
#include "base/file.h"
#include "base/out_of_memory.h"
#include "base/say.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int output_error(const struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(4096);

    trace_failure(err->code);
    kb_error_append(err, &text);
    colour_message(STDERR_FILENO, &text);
    /* Where stderr is closed too, the exit status is all that is left to say. */
    if (kb_write_all(STDERR_FILENO, kb_buf_text(&text), text.len, NULL))
        return KB_ERR_SYSTEM;
    return (int)err->code;
}

void output_error_at_once(const struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(4096);

    trace_failure(err->code);
    kb_error_append(err, &text);
    colour_message(STDERR_FILENO, &text);
    kb_say_at_once(STDERR_FILENO, &text);
}

static int output_whole(const struct kb_buf *text, int status)
{
    struct kb_error err = KB_ERROR_INIT;

    if (kb_buf_check(text, "the answer", &err))
        return output_error(&err);
    if (text->len > 0 && kb_write_all(STDOUT_FILENO, text->data, text->len, &err)) {
        if (err.sys == EPIPE) /* whoever closes a pipe wants no more, and no word about it */
            return KB_ERR_SYSTEM;
        kb_fail_sys(&err, KB_ERR_SYSTEM, err.sys, "cannot write the answer to standard output");
        kb_hint(&err, "check that standard output is open and has room");
        return output_error(&err);
    }
    return status;
}

int output(struct kb_buf *page, int status)
{
    kb_buf_make_harmless(page);
    return output_whole(page, status);
}

int output_findings(struct kb_buf *page, int status)
{
    kb_buf_make_harmless(page);
    colour_findings(STDOUT_FILENO, page);
    return output_whole(page, status);
}

void output_unasked(const struct kb_buf *text)
{
    if (text->len > 0 && !text->failed)
        KB_IGNORE(kb_write_all(STDOUT_FILENO, text->data, text->len, NULL));
}

bool output_is_watched(void)
{
    return isatty(STDERR_FILENO);
}

void output_progress(struct kb_buf *lines)
{
    kb_buf_make_harmless(lines);
    if (output_is_watched())
        kb_say_at_once(STDERR_FILENO, lines);
}

int output_reply(const struct kb_reply *reply)
{
    /* Beside an answer that is no failure it is for whoever looks: the answer goes on without. */
    if (reply->note.len > 0 &&
        kb_write_all(STDERR_FILENO, kb_buf_text(&reply->note), reply->note.len, NULL) &&
        reply->status != 0)
        return KB_ERR_SYSTEM;
    return output_whole(&reply->out, 0);
}

void kb_out_of_memory(void)
{
    static const char text[] = "keybearer: error: " KB_OUT_OF_MEMORY "\n"
                               "keybearer: hint: " KB_OUT_OF_MEMORY_HINT "\n";

    KB_IGNORE(kb_write_all(STDERR_FILENO, text, strlen(text), NULL));
    _exit(KB_ERR_SYSTEM);
}
