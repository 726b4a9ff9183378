/*
 * The exchange of a client for a token, in one step or two. Must never let a token live longer than
 * from the question, and never let the first token of two out of here.
 */
#include "helper.h"

#include "base/random.h"
#include "base/strings.h"
#include "oauth/second_request.h"
#include "oauth/token_request.h"
#include "sign/signer.h"

#include <sodium.h>

/* What an attempt may show that the next one need not: a file's token each, and the assertions. */
enum { SHOWN = 2 + KB_ASSERTION_USES };

struct question {
    struct kb_oauth_context context;
    struct kb_secret client_assertion, subject_token; /* of the profile's files, as they are now */
    struct kb_secret assertions[KB_ASSERTION_USES];
    struct kb_secret earlier[(KB_REPORT_TRIES - 1) * SHOWN]; /* of the attempts before this one */
    struct kb_token *token;
};

static void clear(struct question *question)
{
    kb_secret_clear(&question->client_assertion);
    kb_secret_clear(&question->subject_token);
    for (size_t i = 0; i < KB_ASSERTION_USES; i++)
        kb_secret_clear(&question->assertions[i]);
    for (size_t i = 0; i < KB_COUNT(question->earlier); i++)
        kb_secret_clear(&question->earlier[i]);
}

static enum kb_err add_earlier(
    struct question *question, const struct kb_secret *shown, struct kb_error *err)
{
    struct kb_secret *place = &question->earlier[question->context.earlier_count];

    if (kb_secret_is_empty(shown) || question->context.earlier_count == KB_COUNT(question->earlier))
        return KB_OK;
    question->context.earlier_count++;
    return kb_secret_set(place, shown->bytes, shown->len, err);
}

/* A server may say something of what was sent to it before, and an assertion lives for minutes. */
static enum kb_err remember_attempt(struct question *question, struct kb_error *err)
{
    enum kb_err rc = add_earlier(question, &question->client_assertion, err);

    if (!rc)
        rc = add_earlier(question, &question->subject_token, err);
    for (size_t i = 0; i < KB_ASSERTION_USES && !rc; i++)
        rc = add_earlier(question, &question->assertions[i], err);
    return rc;
}

/*
 * PATH NULL: there is none. A file that was replaced since we were confined may be out of reach by
 * now: then the token that it held for the attempt before is good for this one, too.
 */
static enum kb_err read_file(
    const char *path, struct kb_secret *secret, const struct kb_secret **ret, struct kb_error *err)
{
    struct kb_error why = KB_ERROR_INIT;
    enum kb_err rc = path ? platform_token_read(path, secret, &why) : KB_OK;

    if (rc && kb_secret_is_empty(secret)) {
        *err = why;
        return rc;
    }
    *ret = path ? secret : NULL;
    return KB_OK;
}

/* Whoever keeps such a file replaces it when its token has nearly expired. */
static enum kb_err read_files(struct question *question, struct kb_error *err)
{
    struct kb_oauth_context *oauth = &question->context;
    enum kb_err rc = read_file(kb_client_auth_file(oauth->profile), &question->client_assertion,
        &oauth->client_assertion, err);

    return rc ? rc
              : read_file(kb_grant_file(oauth->profile), &question->subject_token,
                    &oauth->subject_token, err);
}

/* With another id each time: by it the provider's support finds the request. */
static enum kb_err build(void *context, struct kb_http_request *ret, struct kb_error *err)
{
    struct question *question = context;
    struct kb_oauth_context *oauth = &question->context;
    unsigned char random[sizeof(oauth->fresh_id) / 2];
    enum kb_err rc;

    oauth->now = kb_clock_now();
    rc = kb_random(random, sizeof(random), err);
    if (rc)
        return rc;
    sodium_bin2hex(oauth->fresh_id, sizeof(oauth->fresh_id), random, sizeof(random));
    if (oauth->first_token)
        return kb_second_request_build(oauth, ret, err);
    rc = remember_attempt(question, err);
    if (!rc)
        rc = read_files(question, err);
    return rc ? rc : kb_token_request_build(oauth, ret, err);
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

/* The first step; or the second, once there is a first token. */
static enum kb_err take_step(struct question *question, struct kb_deadline deadline,
    const struct kb_cache *cache, struct kb_reply_facts *facts, struct kb_error *err)
{
    const struct kb_profile *profile = question->context.profile;
    bool is_second = question->context.first_token;
    const struct provider_request request = {
        .profile = profile,
        .endpoint = is_second ? &profile->second_url : &profile->token_url,
        .deadline = deadline,
        .continues = is_second,
        .context = question,
        .build = build,
        .read = read_reply,
    };

    return ask_provider(&request, cache, facts, err);
}

/* What the first step said holds for both: it was asked first, and warned of its scope. */
static void add_first(const struct kb_reply_facts *first, struct kb_reply_facts *facts)
{
    KB_AUTO(kb_buf_clear) struct kb_buf both = KB_BUF_INIT(2 * sizeof(facts->warning));
    const char *between = *first->warning && *facts->warning ? "; " : "";

    kb_buf_fmt(&both, "%s%s%s", first->warning, between, facts->warning);
    kb_text_copy(facts->warning, sizeof(facts->warning), kb_buf_text(&both));
    facts->asked_boot_ms = first->asked_boot_ms;
}

/* A second endpoint that asked for silence is not told what the first would give for it. */
static enum kb_err take_both(struct question *question, struct kb_deadline deadline,
    const struct kb_cache *cache, struct kb_reply_facts *facts, struct kb_error *err)
{
    KB_AUTO(kb_token_clear) struct kb_token first = KB_TOKEN_INIT;
    struct kb_token *wanted = question->token;
    struct kb_reply_facts of_first;
    enum kb_err rc;

    *facts = (struct kb_reply_facts){.limit = -1, .remaining = -1};
    rc = check_pause(&question->context.profile->second_url, cache, facts, err);
    if (rc)
        return rc;
    question->token = &first;
    rc = take_step(question, deadline, cache, facts, err);
    question->token = wanted;
    if (rc)
        return rc;
    of_first = *facts;
    question->context.first_token = &first.value;
    rc = take_step(question, deadline, cache, facts, err);
    question->context.first_token = NULL;
    add_first(&of_first, facts);
    return rc;
}

enum kb_err exchange(const struct kb_profile *profile, const struct kb_client *client,
    const struct kb_cache *cache, struct kb_token *token, struct kb_reply_facts *facts,
    struct kb_error *err)
{
    KB_AUTO(clear)
    struct question question = {
        .context = {.profile = profile, .client = client, .signer = &kb_signer}, .token = token};
    struct kb_deadline deadline = kb_deadline_in_ms((int64_t)profile->timeout * 1000);

    question.context.assertions = question.assertions;
    question.context.earlier = question.earlier;
    return profile->second_url_text ? take_both(&question, deadline, cache, facts, err)
                                    : take_step(&question, deadline, cache, facts, err);
}
