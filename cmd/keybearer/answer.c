/*
 * One call of a protocol. Must never answer for a request that no profile serves, and
 * never print anything that the protocol did not compose.
 */
#include "front.h"

#include <unistd.h>

/* The pieces of one call, owned here and nowhere else. */
struct call {
    const struct kb_proto *proto;
    struct kb_request request;
    struct kb_reply reply;
    struct kb_cache cache;
    struct kb_route route;
};

static enum kb_err list(struct call *call, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    char path[PATH_MAX];
    enum kb_err rc = kb_config_path(path, sizeof(path), err);

    if (!rc)
        rc = kb_config_load(path, &config, err);
    return rc ? rc : call->proto->list(&config, &call->reply, err);
}

/* A token is for programs. On a terminal it stays in the scrollback, so a person must ask. */
static enum kb_err check_terminal(const struct call *call, struct kb_error *err)
{
    if (call->request.terminal_ok || !isatty(STDOUT_FILENO))
        return KB_OK;
    return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "refusing to show a token on the terminal"),
        "pipe it into the program that needs it (all but docker take --show)");
}

static void decline(struct call *call)
{
    call->reply.ours = false;
    trace("no profile serves this host", call->request.url.host, 0, "");
    call->proto->decline(&call->request, &call->reply);
}

static enum kb_err get(struct call *call, struct kb_error *err)
{
    const struct subject subject = {.request = &call->request};
    KB_AUTO(kb_token_clear) struct kb_token token = KB_TOKEN_INIT;
    struct kb_answer answer = {.request = &call->request, .route = &call->route, .token = &token};
    enum kb_err rc = check_terminal(call, err);

    if (!rc)
        rc = obtain_token(&call->cache, &subject, &call->route, &token, err);
    if (rc)
        return rc;
    if (!call->route.ours) {
        decline(call);
        return KB_OK;
    }
    answer.now = kb_clock_now();
    return call->proto->write(&answer, &call->reply, err);
}

/* The cached token goes only if it is the one that was refused. */
static enum kb_err erase(struct call *call, struct kb_error *err)
{
    bool dropped;

    if (call->cache.is_unknown)
        return kb_fail(err, KB_ERR_SYSTEM, "the token cache: %s", call->cache.why);
    /* Nothing cached, or no cache: then the refused token is gone already. */
    if (call->cache.level == KB_PROTECTION_NONE)
        return KB_OK;
    return kb_cache_drop_token(
        &call->cache, &call->route.key, &call->request.rejected, &dropped, err);
}

static enum kb_err perform(struct call *call, struct kb_error *err)
{
    const struct subject subject = {.request = &call->request};
    enum kb_err rc;

    if (call->request.op == KB_OP_TEXT || call->request.op == KB_OP_NONE)
        return KB_OK;
    if (call->request.op == KB_OP_LIST)
        return list(call, err);
    kb_cache_open(&call->cache);
    rc = subject_find(&call->cache, &subject, &call->route, err);
    call->reply.ours = call->route.ours;
    if (rc)
        return rc;
    if (!call->route.ours) {
        decline(call);
        return KB_OK;
    }
    if (call->request.op == KB_OP_GET)
        return get(call, err);
    return call->request.op == KB_OP_ERASE ? erase(call, err) : KB_OK;
}

static void clear(struct call *call)
{
    kb_request_clear(&call->request);
    kb_reply_clear(&call->reply);
    kb_cache_close(&call->cache);
    kb_route_clear(&call->route);
}

int answer(const struct kb_proto *proto, int argc, char *argv[])
{
    KB_AUTO(clear)
    struct call call = {proto, KB_REQUEST_INIT, KB_REPLY_INIT, KB_CACHE_INIT, KB_ROUTE_INIT};
    struct kb_error err = KB_ERROR_INIT;
    enum kb_err rc = proto->read(argc, argv, STDIN_FILENO, &call.request, &call.reply, &err);

    if (!rc)
        rc = perform(&call, &err);
    if (rc)
        proto->refuse(&call.request, &err, &call.reply);
    return output_reply(&call.reply);
}
