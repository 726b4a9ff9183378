/*
 * The answer to one request of a protocol. Must never answer for a request that no profile
 * serves, and never print anything: the protocol composes the reply.
 */
#include "front.h"

#include "config/identity.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What one answer is made from. Only the conversation outlives it. */
struct call {
    struct kb_talk *talk;
    struct subject subject;
    struct kb_cache cache;
    struct kb_route route;
};

/* --- of one profile ------------------------------------------------------------------- */

/* A file of passwords is for one program, once: on a disk it would outlive both. */
static enum kb_err check_file(struct kb_error *err)
{
    struct stat st;

    if (fstat(STDOUT_FILENO, &st) || !S_ISREG(st.st_mode))
        return KB_OK;
    return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "refusing to write a token into a file"),
        "let the shell make a pipe: curl --netrc-file <(keybearer netrc NAME) URL");
}

/* A token is for programs. On a terminal it stays in the scrollback, so a person must ask. */
enum kb_err check_output(const struct kb_talk *talk, struct kb_error *err)
{
    if (talk->proto->never_in_file && check_file(err))
        return err->code;
    if (talk->request.terminal_ok || !talk->to_terminal)
        return KB_OK;
    return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "refusing to show a token on the terminal"),
        "pipe it into the program that needs it; to see it: %s",
        talk->shown ? talk->shown : "keybearer token --show NAME");
}

/* For the log. */
static const char *why_not_ours(const struct kb_request *request, const struct kb_route *route)
{
    if (route->wants_path || kb_near_is_path(&route->near, &request->url))
        return "no profile serves this path of the host";
    if (*route->near.address)
        return "no profile serves this scheme and port of the host";
    if (*request->profile)
        return "the profile that was named does not serve this host";
    return request->username[0] ? "no profile serves this host and user name"
                                : "no profile serves this host";
}

static enum kb_err decline(struct kb_talk *talk, const struct kb_route *route)
{
    talk->reply.wants_path = route->wants_path;
    talk->reply.near = &route->near;
    talk->reply.ours = false;
    trace(why_not_ours(&talk->request, route), talk->request.url.host, 0, "");
    talk->proto->decline(&talk->request, &talk->reply);
    talk->reply.near = NULL; /* it goes with the route */
    return KB_OK;
}

/* The cached token goes only if it is the one that was refused. */
static enum kb_err erase(struct call *call, struct kb_error *err)
{
    bool dropped;
    enum kb_err rc;

    if (call->cache.is_unknown)
        return kb_fail(err, KB_ERR_SYSTEM, "the token cache: %s", call->cache.why);
    /* Nothing cached, or no cache: then the refused token is gone already. */
    if (call->cache.level == KB_PROTECTION_NONE)
        return KB_OK;
    rc = kb_cache_drop_token(
        &call->cache, &call->route.key, &call->talk->request.presented, &dropped, err);
    if (!rc)
        trace(dropped ? "the refused token was dropped" : "the refused token was not cached",
            call->route.profile, 0, "");
    return rc;
}

static enum kb_err get(struct call *call, struct kb_error *err)
{
    struct kb_talk *talk = call->talk;
    KB_AUTO(kb_token_clear) struct kb_token token = KB_TOKEN_INIT;
    struct kb_answer answer = {.request = &talk->request, .route = &call->route, .token = &token};
    enum kb_err rc = check_output(talk, err);

    if (!rc && talk->request.distrusted)
        rc = erase(call, err);
    if (!rc)
        rc = obtain_token(&call->cache, &call->subject, &call->route, &token, err);
    if (rc)
        return rc;
    if (!call->route.ours)
        return decline(talk, &call->route);
    answer.now = kb_clock_now();
    return talk->proto->write(&answer, &talk->reply, err);
}

/*
 * What we issued is ours to keep; whoever believes that anything else was kept would lose it. A
 * `get` may have begun a renewal, so the token that it handed out need not be the cached one.
 */
static enum kb_err store(struct call *call, struct kb_error *err)
{
    const struct kb_request *request = &call->talk->request;

    if (kb_cache_knows_token(&call->cache, &call->route.key, &request->presented))
        return KB_OK;
    return kb_proto_no_login(request, call->route.profile, err);
}

static void clear(struct call *call)
{
    kb_cache_close(&call->cache);
    kb_route_clear(&call->route);
}

/* --- of several ------------------------------------------------------------------------- */

/* How often the settings are read of a profile that changes while its token is obtained. */
enum { TRIES = 3 };

static enum kb_err write_for(struct call *call, const struct kb_config *config,
    const struct kb_profile *profile, const struct kb_token *token, struct kb_reply *reply,
    struct kb_error *err)
{
    const struct kb_answer answer = {.request = &call->talk->request,
        .route = &call->route,
        .token = token,
        .profile = profile,
        .config = config,
        .now = kb_clock_now()};

    return call->talk->proto->write(&answer, reply, err);
}

/*
 * For the profile that was named. *RET_CHANGED: other settings or another client have it by now;
 * their token is not for the addresses that were read, so nothing was written.
 */
static enum kb_err try_named(struct call *call, bool *ret_changed, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    KB_AUTO(kb_token_clear) struct kb_token token = KB_TOKEN_INIT;
    const char *name = call->talk->request.profile;
    const struct kb_profile *profile;
    struct kb_cache_key key;
    struct kb_ref client;
    enum kb_err rc = kb_config_load_profile(name, &config, &profile, err);

    if (rc == KB_ERR_NOT_FOUND)
        subject_suggest(&config, &call->talk->request, err);
    if (!rc)
        rc = client_find(profile, &client, err);
    if (!rc)
        rc = kb_route_from_profile(profile, &client, &call->route, err);
    if (rc)
        return rc;
    key = call->route.key;
    rc = obtain_token(&call->cache, &call->subject, &call->route, &token, err);
    if (rc)
        return rc;
    *ret_changed = memcmp(key.bytes, call->route.key.bytes, sizeof(key.bytes)) != 0;
    return *ret_changed ? KB_OK
                        : write_for(call, &config, profile, &token, &call->talk->reply, err);
}

static enum kb_err get_named(struct call *call, struct kb_error *err)
{
    enum kb_err rc = KB_OK;
    bool changed = true;

    for (int tries = 0; !rc && changed && tries < TRIES; tries++)
        rc = try_named(call, &changed, err);
    if (!rc && changed)
        rc = kb_hinted(err,
            kb_fail(err, KB_ERR_CONFIG, "the settings of profile %s change all the time",
                call->talk->request.profile),
            "try again when nobody changes them");
    return rc;
}

/* For one that nobody named: its whole part of the answer, or none. */
static enum kb_err add_cached(struct call *call, const struct kb_config *config,
    const struct kb_profile *profile, struct kb_error *err)
{
    struct kb_buf *out = &call->talk->reply.out;
    KB_AUTO(kb_token_clear) struct kb_token token = KB_TOKEN_INIT;
    KB_AUTO(kb_reply_clear) struct kb_reply part = KB_REPLY_INIT;
    struct kb_ref client;
    enum kb_err rc = client_on_card(profile, &client, err);

    if (!rc)
        rc = kb_route_from_profile(profile, &client, &call->route, err);
    if (rc || !obtain_cached(&call->cache, &call->route, &token))
        return rc;
    rc = write_for(call, config, profile, &token, &part, err);
    if (!rc && part.out.len > out->max - out->len)
        rc = kb_fail(err, KB_ERR_SYSTEM, "the answer has no room for its token");
    if (!rc)
        kb_buf_add(out, part.out.data, part.out.len);
    return rc;
}

/* What cannot be told of one is as good as not cached: the caller has no need of all. */
static enum kb_err get_cached(struct call *call, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    enum kb_err rc = kb_config_load_usual(&config, err);

    for (size_t i = 0; i < config.count; i++) {
        struct kb_error why = KB_ERROR_INIT;

        if (add_cached(call, &config, &config.profiles[i], &why))
            trace(why.msg, config.profiles[i].name, 0, "");
    }
    return rc;
}

static enum kb_err get_each(struct call *call, struct kb_error *err)
{
    enum kb_err rc = check_output(call->talk, err);

    if (rc)
        return rc;
    kb_cache_open(&call->cache);
    trace_cache(&call->cache);
    return *call->talk->request.profile ? get_named(call, err) : get_cached(call, err);
}

static enum kb_err list(struct kb_talk *talk, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    enum kb_err rc = kb_config_load_usual(&config, err);

    return rc ? rc : talk->proto->extra->list(&config, &talk->reply, err);
}

/* --------------------------------------------------------------------------------------- */

enum kb_err serve(struct kb_talk *talk, struct kb_error *err)
{
    KB_AUTO(clear)
    struct call call = {talk, {.request = &talk->request, .by_person = talk->proto->by_person},
        KB_CACHE_INIT, KB_ROUTE_INIT};
    enum kb_op op = talk->request.op;
    enum kb_err rc;

    if (op == KB_OP_LIST)
        return list(talk, err);
    if (op == KB_OP_GET_EACH)
        return get_each(&call, err);
    kb_cache_open(&call.cache);
    trace_cache(&call.cache);
    rc = subject_find(&call.cache, &call.subject, &call.route, err);
    talk->reply.ours = call.route.ours;
    if (rc)
        return rc;
    if (!call.route.ours)
        return decline(talk, &call.route);
    if (op == KB_OP_GET)
        return get(&call, err);
    return op == KB_OP_ERASE ? erase(&call, err) : store(&call, err);
}
