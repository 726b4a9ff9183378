/*
 * pnpm's tokenHelper.
 *
 *   argv     [--show] [PROFILE]
 *   name     keybearer-pnpm-PROFILE: pnpm before 11 passes no argument, and nothing that names a
 *            registry
 *   stdout   "Bearer TOKEN", one line: the whole value of an Authorization header
 *   errors   stderr, which pnpm shows nobody, and the status; stdout stays empty
 *
 * Must never read stdin, which is a pipe of pnpm's, nor take the name of a link for less than the
 * whole of a profile's.
 */
#include "common.h"

#include "base/options.h"

static enum kb_err pnpm_start(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    const struct kb_option options[] = {{.name = "show", .flag = &talk->request.terminal_ok}};
    int operands = 0;
    enum kb_err rc =
        kb_options_parse(talk->argc, talk->argv, options, KB_COUNT(options), false, &operands, err);

    *ret = KB_TURN_REQUEST;
    if (!rc && operands > (talk->profile ? 0 : 1))
        rc = kb_fail(err, KB_ERR_USAGE, "one profile at a time, not also %s",
            talk->argv[talk->profile ? 0 : 1]);
    if (rc)
        return rc;
    return kb_proto_set_profile(&talk->request, operands ? talk->argv[0] : talk->profile, err);
}

static enum kb_err pnpm_write(
    const struct kb_answer *answer, struct kb_reply *reply, struct kb_error *err)
{
    enum kb_err rc = kb_answer_check_token(answer, err);

    if (rc)
        return rc;
    kb_buf_str(&reply->out, "Bearer ");
    kb_secret_append(&answer->token->value, &reply->out);
    kb_buf_byte(&reply->out, '\n');
    return kb_answer_finish(reply, err);
}

const struct kb_proto kb_proto_pnpm = {
    .details = "  --show              print the answer to a terminal, too\n"
               "\n"
               "Without PROFILE, there must be only one profile. See keybearer-pnpm(1).\n",
    .start = pnpm_start,
    .feed = kb_feed_once,
    .write = pnpm_write,
    .decline = kb_reply_decline,
    .refuse = kb_reply_refuse,
};
