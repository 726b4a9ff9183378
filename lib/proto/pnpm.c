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

static enum kb_err pnpm_start(struct kb_talk *talk, enum kb_turn *ret, struct kb_error *err)
{
    const struct kb_option options[] = {{.name = "show", .flag = &talk->request.terminal_ok}};
    enum kb_err rc = kb_proto_set_subject(talk, options, KB_COUNT(options), false, err);

    *ret = KB_TURN_REQUEST;
    return rc ? rc : kb_proto_set_profile_of_link(talk, err);
}

static enum kb_err pnpm_write(
    const struct kb_answer *answer, struct kb_reply *reply, struct kb_error *err)
{
    enum kb_err rc = kb_answer_check_authorization(answer, err);

    return rc ? rc : kb_answer_write_token(answer, answer->route->api_prefix, "\n", reply, err);
}

const struct kb_proto kb_proto_pnpm = {
    .details = "  --show              print the answer to a terminal, too\n"
               "\n"
               "Without PROFILE, there must be only one profile. See keybearer-pnpm(1).\n",
    .naming = {.before = "keybearer pnpm ", .behind = ""},
    .start = pnpm_start,
    .feed = kb_feed_once,
    .write = pnpm_write,
    .decline = kb_reply_decline,
    .refuse = kb_reply_refuse,
};
