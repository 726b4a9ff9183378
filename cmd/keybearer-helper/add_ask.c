/*
 * Who the client is: what `add` asks a person for it, until the endpoint has issued a token. Must
 * never send a client again that was refused, nor make anything that outlives us.
 */
#include "add.h"

#include "base/strings.h"
#include "core/url.h"

#include <string.h>

/* What is asked for once more begins with what was given before. */
struct attempt {
    bool asks;         /* a person, who can answer otherwise once more */
    bool wants_secret; /* the client needs one, and no file gave it */
    bool again;
    struct kb_secret known_id;
    struct refused {
        struct kb_secret id, secret;
    } refused[ASK_TRIES]; /* by the server */
    size_t refused_count;
};

static void clear(struct attempt *attempt)
{
    kb_secret_clear(&attempt->known_id);
    for (size_t i = 0; i < ASK_TRIES; i++) {
        kb_secret_clear(&attempt->refused[i].id);
        kb_secret_clear(&attempt->refused[i].secret);
    }
}

static enum kb_err ask(struct addition *add, const struct attempt *attempt, struct kb_error *err)
{
    const struct ask_client known = {
        .id = &attempt->known_id,
        .is_given = add->options.client_id,
        .is_new = add->object.len > 0 && !add->replaces,
        .again = attempt->again,
        .without_secret = !attempt->wants_secret,
        .may_be_nameless = add->client.proof == KB_PROOF_NONE,
    };

    return ask_client(&add->options.ask, &known, &add->client.id, &add->client.secret, err);
}

static bool is_same(const struct kb_secret *one, const struct kb_secret *other)
{
    return kb_secret_equal(one, other) || (kb_secret_is_empty(one) && kb_secret_is_empty(other));
}

/* The key is one and the same each time. */
static bool was_refused(const struct attempt *attempt, const struct kb_client *client)
{
    for (size_t i = 0; i < attempt->refused_count; i++)
        if (is_same(&client->id, &attempt->refused[i].id) &&
            is_same(&client->secret, &attempt->refused[i].secret))
            return true;
    return false;
}

/* Some providers lock whoever is refused too often. */
static enum kb_err refuse_same(
    const struct addition *add, const struct attempt *attempt, struct kb_error *err)
{
    if (!was_refused(attempt, &add->client))
        return KB_OK;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_USAGE, "%s the same as before, so %s not sent once more",
            attempt->wants_secret ? "id and secret are" : "the id is",
            attempt->wants_secret ? "they were" : "it was"),
        "check the %s, and run the same command again", add_say_halves(add));
}

static void say_whom_we_ask(const struct kb_profile *profile)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(1024);

    kb_profile_append_asking(profile, &text);
    terminal_say(kb_buf_text(&text));
}

/* *RET_WRONG: another answer could have done it. */
static enum kb_err try_client(struct addition *add, const struct attempt *attempt,
    const struct kb_cache *cache, bool *ret_wrong, struct kb_error *err)
{
    enum kb_err rc = kb_client_check(&add->client, err);

    *ret_wrong = true;
    if (!rc)
        rc = refuse_same(add, attempt, err);
    if (rc)
        return rc;
    say_whom_we_ask(add->profile);
    rc = exchange(add->profile, &add->client, cache, &add->token, &add->facts, err);
    *ret_wrong = rc && add->facts.client_refused;
    return rc;
}

/* Nobody sits longer than that before a question. */
enum { PATIENCE_S = 60 };

/*
 * A cable, a VPN, a slow or busy server: who typed a secret should not have to type it again for
 * that. What fails the same way each time is not sent once more: a password that a proxy refuses, a
 * certificate, and a reply with a hint of its own says what else is to be mended.
 */
static bool may_pass(
    const struct addition *add, const struct attempt *attempt, const struct kb_error *err)
{
    if (!attempt->asks || add->facts.distrusted)
        return false;
    if (err->code == KB_ERR_NETWORK || err->code == KB_ERR_TIMEOUT)
        return add->facts.retry != KB_RETRY_NEVER;
    return err->code == KB_ERR_RATE_LIMITED || (err->code == KB_ERR_SERVER && !*err->hint);
}

static bool wants_once_more(
    const struct addition *add, const struct attempt *attempt, int *left, struct kb_error *err)
{
    int64_t wait_s = add->facts.retry == KB_RETRY_AFTER ? add->facts.wait_s : 0;

    if (!may_pass(add, attempt, err))
        return false;
    if (wait_s <= PATIENCE_S)
        return ask_once_more(left, wait_s, err);
    kb_hint(err, "wait %s, then run the same command again", kb_clock_say(wait_s).text);
    return false;
}

static enum kb_err try_until_it_is_heard(struct addition *add, const struct attempt *attempt,
    const struct kb_cache *cache, bool *ret_wrong, struct kb_error *err)
{
    int left = ASK_TRIES;
    enum kb_err rc;

    do
        rc = try_client(add, attempt, cache, ret_wrong, err);
    while (rc && !*ret_wrong && wants_once_more(add, attempt, &left, err));
    return rc;
}

static enum kb_err remember_refused(
    const struct kb_client *client, struct attempt *attempt, struct kb_error *err)
{
    struct refused *refused = &attempt->refused[attempt->refused_count++];
    enum kb_err rc = kb_secret_set(&refused->id, client->id.bytes, client->id.len, err);

    return rc ? rc : kb_secret_set(&refused->secret, client->secret.bytes, client->secret.len, err);
}

static enum kb_err remember(
    const struct addition *add, struct attempt *attempt, struct kb_error *err)
{
    const struct kb_client *client = &add->client;
    enum kb_err rc = add->facts.client_refused ? remember_refused(client, attempt, err) : KB_OK;

    attempt->again = true;
    return rc ? rc : kb_secret_set(&attempt->known_id, client->id.bytes, client->id.len, err);
}

static void say_what_may_help(const struct addition *add)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(8192);

    if (add->facts.known)
        kb_buf_fmt(&text, "Hint: %s.\n", add->facts.known);
    else if (add->needs & KB_PROOF_KEY)
        kb_buf_str(&text, "Hint: the provider must know the public key or the certificate of this "
                          "client.\n");
    if (text.len > 0 || add_say_other_place(add, &text))
        terminal_say(kb_buf_text(&text));
}

/* What cannot be one is told before anybody gives the secret for it. */
static enum kb_err know_given_id(const char *id, struct attempt *attempt, struct kb_error *err)
{
    KB_AUTO(kb_client_clear) struct kb_client alone = KB_CLIENT_INIT;
    enum kb_err rc = kb_secret_set(&alone.id, id, strlen(id), err);

    if (!rc && !*id)
        rc = kb_fail(err, KB_ERR_USAGE, "the client id is empty");
    alone.proof = KB_PROOF_NONE;
    if (!rc)
        rc = kb_client_check(&alone, err);
    if (!rc)
        kb_secret_move(&attempt->known_id, &alone.id);
    return rc;
}

/* A script has nobody to ask, and its secret would be read for nothing. */
static enum kb_err id_is_missing(const struct addition *add, struct kb_error *err)
{
    return kb_hinted(err,
        kb_fail(err, KB_ERR_USAGE, "--client-secret-stdin needs --client-id, too: no id is known"),
        "keybearer add %s ... --client-id ID --client-secret-stdin", add->options.name);
}

static enum kb_err know_id(
    const struct addition *add, struct attempt *attempt, struct kb_error *err)
{
    const struct kb_secret *former = &add->former_id;
    const char *given = add->options.client_id;

    if (!given)
        given = add->key.file.client_id;
    if (given && (*given || add->client.proof != KB_PROOF_NONE))
        return know_given_id(given, attempt, err);
    if (given)
        return KB_OK;
    if (kb_secret_is_empty(former))
        return add->options.ask.secret_on_stdin ? id_is_missing(add, err) : KB_OK;
    return kb_secret_set(&attempt->known_id, former->bytes, former->len, err);
}

/* In one line, if the terminal has room for it. */
static void say_where(const struct addition *add, struct kb_buf *out)
{
    static const char *const said[][2] = {
        [KB_PROOF_NONE] = {"The client id is sent to ", " and then kept"},
        [KB_PROOF_SECRET] = {"The secret is sent to ", " and then kept"},
        [KB_PROOF_KEY] = {"The key proves the client to ", " and is then kept"},
        [KB_PROOF_BOTH] = {"Secret and key prove the client to ", " and are then kept"},
    };
    const char *const *words = said[add->client.proof & KB_PROOF_BOTH];
    enum { COLUMNS = 80 };
    bool in_vault = kb_is_vault(add->profile->store);
    size_t middle;

    kb_buf_str(out, words[0]);
    kb_url_append_authority(&add->profile->token_url, out);
    kb_buf_str(out, ",");
    middle = out->len;
    kb_buf_fmt(out, "%s in %s.", words[1], in_vault ? "the vault" : "the desktop's keyring");
    if (!out->failed && out->len > COLUMNS)
        out->data[middle] = '\n';
    kb_buf_str(out, "\n");
}

/* What a script does. */
static const char *say_instead(const struct attempt *attempt, bool is_known)
{
    if (!attempt->wants_secret)
        return "run the same command with --client-id ID";
    return is_known
               ? "pipe the secret into the same command with --client-secret-stdin"
               : "pipe the secret into the same command with --client-id ID --client-secret-stdin";
}

/*
 * Where what is asked for goes, before it is given. Who knows the client's id is not asked for it:
 * what is typed next is the secret, as often as not.
 */
static enum kb_err introduce(
    const struct addition *add, const struct attempt *attempt, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(1024);
    bool is_known = !kb_secret_is_empty(&attempt->known_id);
    enum kb_err rc = terminal_open(say_instead(attempt, is_known), err);
    char name[KB_REPORT_ID];

    if (rc)
        return rc;
    say_where(add, &text);
    if (!is_known && *add->former_locked.msg)
        kb_buf_fmt(&text, "The stored id cannot be read: %s.\n", add->former_locked.msg);
    ask_shorten(&attempt->known_id, name);
    if (is_known && !add->options.client_id)
        kb_buf_fmt(&text, "Client id %s is kept (another one: --client-id ID).\n", name);
    terminal_say(kb_buf_text(&text));
    return KB_OK;
}

static void plan_questions(const struct addition *add, struct attempt *attempt)
{
    bool has_secret =
        !(add->client.proof & KB_PROOF_SECRET) || !kb_secret_is_empty(&add->client.secret);
    bool has_id = !kb_secret_is_empty(&attempt->known_id) || add->options.client_id;

    attempt->wants_secret = !has_secret || add->options.ask.secret_on_stdin;
    attempt->asks = !add->options.ask.secret_on_stdin && !(has_secret && has_id);
}

enum kb_err add_prove(struct addition *add, const struct kb_cache *cache, struct kb_error *err)
{
    KB_AUTO(clear) struct attempt attempt = {.again = false};
    int left = ASK_TRIES;
    enum kb_err rc = check_pause(&add->profile->token_url, cache, &add->facts, err);

    if (!rc)
        rc = know_id(add, &attempt, err);
    plan_questions(add, &attempt);
    if (!rc && attempt.asks)
        rc = introduce(add, &attempt, err);
    while (!rc) {
        bool wrong;

        add->facts = (struct kb_reply_facts){.limit = -1, .remaining = -1};
        rc = ask(add, &attempt, err);
        if (!rc)
            rc = add_fetch_key(add, err);
        if (rc)
            return rc;
        rc = try_until_it_is_heard(add, &attempt, cache, &wrong, err);
        if (!rc || !wrong || !attempt.asks || !ask_again(&left, err))
            return rc;
        say_what_may_help(add);
        rc = remember(add, &attempt, err);
    }
    return rc;
}
