/*
 * Credentials helper of reclient, and of other programs on bazelbuild's remote-apis-sdks.
 *
 *   argv     [--show] [PROFILE]
 *   stdout   {"token": TOKEN, "headers": {"Authorization": VALUE}, "expiry": DATE}
 *   errors   stderr and the status; stdout stays empty
 *
 * DATE is Go's UnixDate. The client looks at it to see when to ask again, five minutes before, and
 * without it asks for every call that it makes: must never answer without one, nor write to stderr
 * on success, which the client logs as an error; must never read stdin.
 */
#include "common.h"

static enum kb_err reclient_start(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    const struct kb_option options[] = {{.name = "show", .flag = &talk->request.terminal_ok}};

    *ret = KB_TURN_REQUEST;
    return kb_proto_set_subject(talk, options, KB_COUNT(options), false, err);
}

static enum kb_err reclient_write(
    const struct kb_answer *answer, struct kb_reply *reply, struct kb_error *err)
{
    struct kb_json_writer json = kb_json_writer(&reply->out, 0);
    int64_t expiry = kb_token_printed_expiry(answer->token, answer->route->min_ttl, answer->now);
    char text[KB_CLOCK_UNIX_TEXT];
    enum kb_err rc = kb_answer_check_token(answer, err);

    if (!rc)
        rc = kb_answer_check_headers(answer, err);
    if (rc)
        return rc;
    if (expiry <= 0)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_CONFIG,
                "nobody says how long a token of profile %s lives, and reclient must know it",
                answer->route->profile),
            "keybearer edit %s, and set \"default_lifetime\"", answer->route->profile);
    kb_clock_unix_date(expiry, text);
    kb_json_open(&json, '{');
    kb_json_name(&json, "token");
    kb_json_put_secret(&json, "", &answer->token->value);
    kb_json_open_member(&json, "headers", '{');
    kb_answer_put_headers(&json, answer);
    kb_json_close(&json);
    kb_json_string_member(&json, "expiry", text);
    kb_json_close(&json);
    kb_buf_byte(&reply->out, '\n');
    return kb_answer_finish(reply, err);
}

const struct kb_proto kb_proto_reclient = {
    .details = "  --show              print the answer to a terminal, too\n"
               "\n"
               "Without PROFILE, there must be only one profile. See keybearer-reclient(1).\n",
    .naming = {.before = "keybearer reclient ", .behind = ""},
    .start = reclient_start,
    .feed = kb_feed_once,
    .write = reclient_write,
    .decline = kb_reply_decline,
    .refuse = kb_reply_refuse,
};
