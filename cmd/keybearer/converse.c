/*
 * The conversation with the caller of a protocol: hears what it wants, has it answered, and
 * writes each reply at once. Must never go on with a caller whom a reply did not reach.
 */
#include "front.h"

#include <unistd.h>

/* One turn. Fails where the talk cannot go on; a request that is refused does not end it. */
static enum kb_err take_turn(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    enum kb_err rc = kb_talk_next(talk, ret, err);
    enum kb_err refused = !rc && *ret == KB_TURN_REQUEST ? serve(talk, err) : rc;

    if (!rc && *ret != KB_TURN_REQUEST && err->code)
        trace(err->msg, "request not read", 0, "");
    if (refused)
        talk->proto->refuse(&talk->request, err, &talk->reply);
    return rc;
}

/* Else a person who started us by hand would see nothing happen. */
static void say_that_it_waits(void)
{
    KB_AUTO(kb_buf_clear) struct kb_buf line = KB_BUF_INIT(128);

    kb_buf_str(&line, "reading a request from the terminal (Ctrl-D ends it) ...\n");
    output_progress(&line);
}

int converse(const struct kb_proto *proto, const char *profile, int argc, char *argv[])
{
    KB_AUTO(kb_talk_clear) struct kb_talk talk = kb_talk(proto, argc, argv, STDIN_FILENO);
    enum kb_err rc = KB_OK;
    int status = 0;

    talk.profile = profile;
    if (isatty(STDIN_FILENO))
        talk.waits = say_that_it_waits;
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
