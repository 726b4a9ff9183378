/*
 * Conversations: the caller's bytes, fed to the protocol until it has something to say. Must
 * never read before the protocol asks for it, nor a byte more than it may keep, and never
 * leave behind what was taken: it may hold a password.
 */
#include "proto/talk.h"

#include "common.h"

#include "base/json_lex.h"
#include "base/pipe.h"

#include <string.h>

struct kb_talk kb_talk(const struct kb_proto *proto, int argc, char *argv[], int fd)
{
    return (struct kb_talk){
        .proto = proto,
        .argc = argc,
        .argv = argv,
        .fd = fd,
        .in = KB_BUF_INIT(proto->input_max),
        .reply = KB_REPLY_INIT,
    };
}

static void drop_taken(struct kb_talk *talk)
{
    size_t left = talk->in.len - talk->taken;

    if (talk->taken > 0) {
        memmove(talk->in.data, talk->in.data + talk->taken, left);
        explicit_bzero(talk->in.data + left, talk->taken);
    }
    talk->in.len = left;
    talk->taken = 0;
}

static enum kb_err feed(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    enum kb_err rc = talk->proto->feed(talk, ret, err);

    drop_taken(talk);
    return rc;
}

static enum kb_err hear(struct kb_talk *talk, struct kb_error *err)
{
    int idle_s = talk->proto->idle_s;
    struct kb_deadline by = kb_deadline_in_ms(idle_s * INT64_C(1000));
    enum kb_err rc = kb_pipe_take(talk->fd, idle_s > 0 ? &by : NULL, &talk->in, &talk->ended, err);

    if (rc != KB_ERR_TIMEOUT)
        return rc;
    return kb_hinted(err, kb_fail(err, rc, "no input for %d seconds", idle_s),
        "write the whole request to standard input, and close it");
}

static enum kb_err listen_to(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    const struct kb_proto *proto = talk->proto;
    enum kb_err rc = feed(talk, ret, err);

    if (!rc && *ret == KB_TURN_MORE && !talk->ended && talk->waits) {
        enum kb_err refused = KB_TAKE(talk->waits)(talk, err);

        if (refused)
            return refused;
    }
    while (!rc && *ret == KB_TURN_MORE && !talk->ended) {
        rc = hear(talk, err);
        if (!rc)
            rc = feed(talk, ret, err);
    }
    if ((!rc && *ret == KB_TURN_MORE) || (rc == KB_ERR_USAGE && proto->skips_nonsense)) {
        *ret = KB_TURN_END;
        return KB_OK;
    }
    return rc;
}

enum kb_err kb_talk_next(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    enum kb_turn turn = KB_TURN_MORE;
    enum kb_err rc = KB_OK;

    if (!talk->answered) {
        talk->request.naming = talk->proto->naming.before ? &talk->proto->naming : NULL;
        rc = talk->proto->start(talk, &turn, err);
        talk->asked = talk->request;
    }
    if (!rc && turn == KB_TURN_MORE)
        rc = listen_to(talk, &turn, err);
    if (!rc)
        *ret = turn;
    return rc;
}

void kb_talk_answered(struct kb_talk *talk)
{
    kb_request_clear(&talk->request);
    kb_reply_clear(&talk->reply);
    talk->request = talk->asked;
    talk->answered++;
}

void kb_talk_clear(struct kb_talk *talk)
{
    kb_buf_clear(&talk->in);
    kb_request_clear(&talk->request);
    kb_reply_clear(&talk->reply);
}

enum kb_err kb_feed_once(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    *ret = talk->answered ? KB_TURN_END : KB_TURN_MORE;
    if (talk->answered || !talk->ended)
        return KB_OK;
    talk->taken = talk->in.len;
    return talk->proto->parse(talk, ret, err);
}

/*
 * Whether TEXT is a value of JSON with all that it opened closed; what is wrong with it, the
 * parser says. A look at the last byte spares looking at a long text with each part of it.
 */
static bool is_whole_object(const char *text, size_t len)
{
    struct kb_json_token token;
    long depth = 0;

    while (len > 0 && memchr(" \t\r\n", text[len - 1], 4))
        len--;
    if (len == 0 || text[len - 1] != '}')
        return false;
    for (token = kb_json_next(text, len, 0); token.kind != KB_JSON_END;
         token = kb_json_next(text, len, token.end)) {
        char c = (char)(token.kind == KB_JSON_PUNCTUATION ? text[token.start] : '\0');

        if (token.kind == KB_JSON_BAD)
            return false;
        depth += (c == '{' || c == '[') - (c == '}' || c == ']');
    }
    return depth <= 0;
}

enum kb_err kb_feed_object(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    *ret = talk->answered ? KB_TURN_END : KB_TURN_MORE;
    if (talk->answered || (!talk->ended && !is_whole_object(talk->in.data, talk->in.len)))
        return KB_OK;
    talk->taken = talk->in.len;
    return talk->proto->parse(talk, ret, err);
}

/* Of the first line, with its end; 0 while that has not come. */
static size_t line_len(const struct kb_talk *talk)
{
    const char *text = kb_buf_text(&talk->in);
    const char *end = memchr(text, '\n', talk->in.len);

    if (end)
        return (size_t)(end - text) + 1;
    return talk->ended ? talk->in.len : 0;
}

enum kb_err kb_feed_line(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    enum kb_err rc = KB_OK;

    *ret = KB_TURN_MORE;
    while (!rc && *ret == KB_TURN_MORE && (talk->taken = line_len(talk)) > 0) {
        rc = talk->proto->parse(talk, ret, err);
        if (!rc && *ret == KB_TURN_MORE) /* it has no answer, and the next one may be there */
            drop_taken(talk);
    }
    return rc;
}

const struct kb_action *kb_action_find(
    const struct kb_action actions[], size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(actions[i].name, word) == 0)
            return &actions[i];
    }
    return NULL;
}

bool kb_talk_act(struct kb_talk *talk, const struct kb_action actions[], size_t count,
    const char *word, enum kb_turn *ret)
{
    const struct kb_action *action = kb_action_find(actions, count, word);

    if (!action)
        return false;
    talk->request.op = action->op;
    kb_buf_str(&talk->reply.out, action->text);
    *ret = action->turn;
    return true;
}
