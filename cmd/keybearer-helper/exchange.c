/*
 * The exchange of a client for a token. Must never let a token live longer than from the question.
 */
#include "helper.h"

#include "base/random.h"
#include "oauth/token_request.h"
#include "sign/signer.h"

#include <sodium.h>

struct question {
    struct kb_oauth_context context;
    struct kb_token *token;
};

/* With another id each time: by it the provider's support finds the request. */
static enum kb_err build(void *context, struct kb_http_request *ret, struct kb_error *err)
{
    struct kb_oauth_context *oauth = &((struct question *)context)->context;
    unsigned char random[sizeof(oauth->fresh_id) / 2];
    enum kb_err rc;

    oauth->now = kb_clock_now();
    rc = kb_random(random, sizeof(random), err);
    if (rc)
        return rc;
    sodium_bin2hex(oauth->fresh_id, sizeof(oauth->fresh_id), random, sizeof(random));
    return kb_token_request_build(oauth, ret, err);
}

/* The server made the token at some time since the question: its life counts from there. */
static enum kb_err read_reply(void *context, const struct kb_http_reply *reply,
    struct kb_reply_facts *facts, struct kb_error *err)
{
    struct question *question = context;
    struct kb_oauth_context *oauth = &question->context;
    int64_t asked_boot_ms = oauth->now.boot_ms;
    enum kb_err rc;

    oauth->now = kb_clock_now();
    rc = kb_token_reply_read(oauth, reply, question->token, facts, err);
    if (!rc)
        kb_token_backdate(question->token, oauth->now.boot_ms - asked_boot_ms);
    return rc;
}

enum kb_err exchange(const struct kb_profile *profile, const struct kb_client *client,
    const struct kb_cache *cache, struct kb_token *token, struct kb_reply_facts *facts,
    struct kb_error *err)
{
    struct question question = {
        .context = {.profile = profile, .client = client, .signer = &kb_signer}, .token = token};
    const struct provider_request request = {
        .profile = profile,
        .endpoint = &profile->token_url,
        .context = &question,
        .build = build,
        .read = read_reply,
    };

    return ask_provider(&request, cache, facts, err);
}
