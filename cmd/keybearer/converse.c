/*
 * The conversation with the caller of a protocol: hears what it wants, has it answered, and
 * writes each reply at once. Must never go on with a caller whom a reply did not reach.
 */
#include "front.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* One turn. Fails where the talk cannot go on; a request that is refused does not end it. */
static enum kb_err take_turn(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    enum kb_err rc = kb_talk_next(talk, ret, err);
    enum kb_err refused = !rc && *ret == KB_TURN_REQUEST ? serve(talk, err) : rc;

    if (!rc && *ret != KB_TURN_REQUEST && err->code)
        trace(err->msg, "request not read", 0, "");
    if (!refused)
        return rc;
    trace_failure(err->code);
    talk->proto->refuse(&talk->request, err, &talk->reply);
    return rc;
}

/*
 * A person started us by hand, who is told at once what will not be shown; else that something is
 * to be typed.
 */
static enum kb_err before_waiting(const struct kb_talk *talk, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf line = KB_BUF_INIT(256);
    bool stores = talk->request.op == KB_OP_STORE;
    enum kb_err rc = talk->request.op == KB_OP_GET ? check_output(talk, err) : KB_OK;

    if (rc)
        return rc;
    kb_buf_fmt(&line, "reading %s from the terminal (Ctrl-D ends it) ...\n",
        stores || !talk->proto->reads ? "what is to be stored" : talk->proto->reads);
    output_progress(&line);
    return KB_OK;
}

/* Of no use to a shell as it stands, or maybe a secret. */
static bool is_to_be_left_out(const char *word)
{
    return !*word || word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789+-./:=_")];
}

/* The command as it was typed, with --show; as far as it may be shown itself. */
static void put_shown(struct kb_buf *out, const char *word, int argc, char *const argv[])
{
    kb_buf_fmt(
        out, "%s%s%s --show", program_invocation_short_name, word ? " " : "", word ? word : "");
    for (int i = 0; i < argc; i++) {
        if (is_to_be_left_out(argv[i])) {
            kb_buf_str(out, " ...");
            return;
        }
        kb_buf_fmt(out, " %s", argv[i]);
    }
}

int converse(
    const struct kb_proto *proto, const char *word, const char *profile, int argc, char *argv[])
{
    KB_AUTO(kb_buf_clear) struct kb_buf shown = KB_BUF_INIT(256);
    KB_AUTO(kb_talk_clear) struct kb_talk talk = kb_talk(proto, argc, argv, STDIN_FILENO);
    enum kb_err rc = KB_OK;
    int status = 0;

    talk.profile = profile;
    if (isatty(STDIN_FILENO))
        talk.waits = before_waiting;
    talk.to_terminal = isatty(STDOUT_FILENO);
    if (!proto->has_no_show && talk.to_terminal)
        put_shown(&shown, word, argc, argv);
    if (shown.len > 0 && !shown.failed)
        talk.shown = kb_buf_text(&shown);
    while (!rc) {
        struct kb_error err = KB_ERROR_INIT;
        enum kb_turn turn = KB_TURN_END;
        int unwritten;

        rc = take_turn(&talk, &turn, &err);
        if (!rc && turn == KB_TURN_END)
            break;
        if (talk.reply.pass_on && !pass_on(talk.reply.pass_on, argc, argv, &err))
            break;
        status = talk.reply.status;
        unwritten = output_reply(&talk.reply);
        if (unwritten)
            return unwritten;
        kb_talk_answered(&talk);
    }
    return status;
}
