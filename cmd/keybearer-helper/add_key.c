/*
 * Where the key of a client that is added comes from: the command, keygen, or the client of before.
 * Must never give a key to a profile of another endpoint than the one it was made for.
 */
#include "add.h"

#include "base/strings.h"
#include "config/preset.h"
#include "oauth/rows.h"
#include "own_client.h"

#include <string.h>

void add_key_clear(struct given_key *key)
{
    key_input_close(&key->input);
    key_input_close(&key->certificate_input);
    kb_key_file_clear(&key->file);
    kb_secret_clear(&key->certificates);
}

const char *add_say_halves(const struct addition *add)
{
    static const char *const names[] = {
        [KB_PROOF_NONE] = "client id",
        [KB_PROOF_SECRET] = "client id and secret",
        [KB_PROOF_KEY] = "client id and key",
        [KB_PROOF_BOTH] = "client id, secret and key",
    };

    if (kb_client_auth_file(add->profile))
        return "client id and the assertion in its file";
    return names[add->client.proof & KB_PROOF_BOTH];
}

static bool is_made(const struct addition *add)
{
    return *add->key.made.store;
}

/* --- what the command gives --------------------------------------------------------- */

enum kb_err add_open_key(struct addition *add, struct kb_error *err)
{
    const struct add_options *options = &add->options;
    enum kb_err rc = key_input_open("client-key", options->client_key, &add->key.input, err);

    return rc ? rc
              : key_input_open(
                    "client-cert", options->client_cert, &add->key.certificate_input, err);
}

/* lib/sign says what is wrong with a text, and does not know where it came from. */
static enum kb_err name_input(
    const struct key_input *input, enum kb_err rc, const struct kb_error *why, struct kb_error *err)
{
    if (rc == KB_ERR_USAGE)
        return kb_hinted(err, kb_fail(err, rc, "--%s: %s", input->option, why->msg), "%s",
            *why->hint ? why->hint : "see whether that is the whole file, as it was made");
    if (rc)
        *err = *why;
    return rc;
}

static enum kb_err ask_passphrase_of_key(void *context, struct kb_secret *ret, struct kb_error *err)
{
    struct addition *add = context;

    add->key.was_encrypted = true;
    return ask_key_passphrase(&add->options.ask, ret, err);
}

static enum kb_err read_key(struct addition *add, struct kb_error *err)
{
    KB_AUTO(kb_secret_clear) struct kb_secret text = KB_SECRET_INIT;
    struct kb_error why = KB_ERROR_INIT;
    struct ask *ask = &add->options.ask;
    int left = ASK_TRIES;
    enum kb_err rc = key_input_read(&add->key.input, &text, err);

    if (rc)
        return rc;
    do
        rc = kb_key_read(text.bytes, text.len, ask_passphrase_of_key, add, &add->key.file, &why);
    while (rc == KB_ERR_DENIED && !ask->key_passphrase_on_stdin && ask_again(&left, &why));
    return name_input(&add->key.input, rc, &why, err);
}

enum kb_err add_read_key(struct addition *add, struct kb_error *err)
{
    struct kb_setting_words *words = &add->options.settings;
    const char *token_url;
    enum kb_err rc = KB_OK;

    if (add->key.input.fd >= 0)
        rc = read_key(add, err);
    if (!rc && add->key.certificate_input.fd >= 0)
        rc = key_input_read(&add->key.certificate_input, &add->key.certificates, err);
    token_url = add->key.file.token_url;
    if (!rc && token_url && kb_setting_words_any(words) && !kb_setting_words_get(words, "preset") &&
        !kb_setting_words_get(words, "token_url"))
        kb_setting_words_add(words, "token_url", token_url);
    return rc;
}

/* --- whether it fits ---------------------------------------------------------------- */

static enum kb_err check_origin(const struct addition *add, struct kb_error *err)
{
    const struct kb_profile *profile = add->profile;
    struct kb_bond said = {.token = ""};

    if (!add->key.file.token_url)
        return KB_OK;
    if (!kb_bond_set_token(&said, add->key.file.token_url))
        return kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE, "the key file names a token endpoint that is no URL"),
            "download the key file again");
    if (strcmp(said.token, add->client.bound.token) == 0)
        return KB_OK;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_USAGE, "the key file is for %s, and profile %s asks %s", said.token,
            profile->name, add->client.bound.token),
        "check %s, and which key file that is", kb_setting_say(profile, "token_url").text);
}

static enum kb_err check_algorithm(const struct addition *add, struct kb_error *err)
{
    const char *name = add->profile->client_alg;
    enum kb_jws_alg alg;
    enum kb_err rc;

    if (!name || !kb_jws_alg_from_name(name, &alg) || kb_jws_alg_needs_secret(alg))
        return KB_OK;
    rc = kb_key_check(&add->client, alg, err);
    if (rc && is_made(add))
        kb_hint(err, "for such a key: keybearer keygen %s --alg %s --replace", add->profile->name,
            name);
    else if (rc)
        kb_hint(err, "give another key, or another %s if the provider takes it",
            kb_setting_say(add->profile, "client_alg").text);
    return rc;
}

static enum kb_err refuse_without_certificate(const struct addition *add, struct kb_error *err)
{
    const char *name = add->profile->name;

    kb_fail(err, KB_ERR_USAGE, "profile %s proves its client by %s, which needs a certificate",
        name, add->profile->client_auth);
    if (is_made(add))
        kb_hint(
            err, "for a key with one: keybearer keygen %s --format certificate --replace", name);
    else
        kb_hint(err, "add --client-cert FILE to the same command");
    return KB_ERR_USAGE;
}

/* A key that no request would use is a mistake, but for one with a certificate for TLS. */
static enum kb_err check_use(const struct addition *add, struct kb_error *err)
{
    if (add->client.chain.count == 0 && kb_profile_proves_by_tls(add->profile))
        return refuse_without_certificate(add, err);
    if (add->needs & KB_PROOF_KEY || add->client.chain.count > 0)
        return KB_OK;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_USAGE,
            "profile %s proves its client by %s, which uses no key without a certificate",
            add->profile->name, add->profile->client_auth),
        "for a signature set %s to private_key_jwt, or %s to jwt-bearer",
        kb_setting_say(add->profile, "client_auth").text,
        kb_setting_say(add->profile, "grant").text);
}

static enum kb_err take_certificates(struct addition *add, struct kb_error *err)
{
    const struct kb_secret *pem = &add->key.certificates;
    struct kb_error why = KB_ERROR_INIT;
    enum kb_err rc = KB_OK;

    if (!kb_secret_is_empty(pem))
        rc = kb_key_take_certificates(&add->client, pem->bytes, pem->len, &why);
    return name_input(&add->key.certificate_input, rc, &why, err);
}

/* The client has its key now. */
static enum kb_err finish_key(struct addition *add, struct kb_error *err)
{
    enum kb_err rc;

    add->client.proof |= KB_PROOF_KEY;
    rc = take_certificates(add, err);
    if (!rc)
        rc = check_use(add, err);
    return rc ? rc : check_algorithm(add, err);
}

/* --- which one ---------------------------------------------------------------------- */

/* FROM is nobody's client afterwards. */
static enum kb_err take_key(struct addition *add, struct kb_client *from, struct kb_error *err)
{
    struct kb_client *client = &add->client;

    kb_secret_move(&client->pkcs8, &from->pkcs8);
    client->alg = from->alg;
    client->kid = KB_TAKE(from->kid);
    client->chain = from->chain;
    from->chain = (struct kb_strings){0};
    return finish_key(add, err);
}

static enum kb_err take_file(struct addition *add, struct kb_error *err)
{
    struct kb_key_file *file = &add->key.file;
    struct kb_client *client = &add->client;

    kb_secret_move(&client->pkcs8, &file->pkcs8);
    client->alg = file->alg;
    client->kid = KB_TAKE(file->kid);
    client->chain = file->chain;
    file->chain = (struct kb_strings){0};
    if (client->proof & KB_PROOF_SECRET)
        kb_secret_move(&client->secret, &file->secret);
    return finish_key(add, err);
}

static bool wants_key(const struct addition *add)
{
    return add->needs & KB_PROOF_KEY || add->key.certificate_input.fd >= 0;
}

/* Whether the client shows a certificate when it connects, beside its secret. */
static bool shows_certificate(const struct addition *add, const struct kb_card *card)
{
    const struct kb_profile *profile = add->profile;
    const struct kb_card_client *former = kb_card_in_use(card, profile->store);

    return add->needs & KB_PROOF_SECRET && ((profile->preset && profile->preset->client_cert) ||
                                               (former && *former->key.certificate));
}

/* The key that keygen made is the client's from now on. */
static void take_made(struct addition *add, const struct kb_card_client *made)
{
    add->key.made = *made;
    add->key.end_of_made = (struct made_key){true, made->ref};
    add->client.proof |= KB_PROOF_KEY;
}

static enum kb_err refuse_secret(const struct addition *add, struct kb_error *err)
{
    return kb_hinted(err,
        kb_fail(err, KB_ERR_USAGE, "profile %s proves its client by %s, which takes no secret",
            add->profile->name, add->profile->client_auth),
        "run the same command without --client-secret-stdin");
}

/* Whoever made a key for a profile that is new has no secret to type. */
static bool is_mistaken_for_secret(const struct addition *add)
{
    return add->object.len > 0 && !add->replaces && add->needs & KB_PROOF_SECRET &&
           !add->options.ask.secret_on_stdin;
}

static enum kb_err refuse_to_forget_key(const struct addition *add, struct kb_error *err)
{
    const char *name = add->profile->name;

    if (add->profile->preset && add->profile->preset->client_cert)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE, "keygen made a key for %s, which has no certificate", name),
            "for one with it: keybearer keygen %s --format certificate --replace", name);
    return kb_hinted(err,
        kb_fail(err, KB_ERR_USAGE, "keygen made a key for %s, and %s does not use it", name,
            add->profile->client_auth),
        "add %s private_key_jwt to the same command; or, for a client without it, first: "
        "keybearer remove %s",
        kb_setting_say(add->profile, "client_auth").text, name);
}

/* The key of the command takes the place of one that keygen made, which nothing else keeps. */
static enum kb_err consent(struct addition *add, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf question = KB_BUF_INIT(1024);
    const char *name = add->profile->name;
    struct kb_card card;
    const struct kb_card_client *made = NULL;

    add->key.end_of_made.goes = true;
    if (!kb_cards_read(name, &card, NULL))
        made = kb_card_made_key(&card);
    if (!made)
        return KB_OK;
    add->key.end_of_made.agreed = made->ref;
    if (add->options.yes)
        return KB_OK;
    kb_buf_fmt(&question,
        "keygen made a key for %s, which keybearer has no other copy of. With --client-key that\n"
        "one goes. Remove it for good? ",
        name);
    return ask_consent(&question,
        "add --yes to the same command; without --client-key it takes the key that keygen made",
        err);
}

/* Where the client has no use for the key that keygen made, that stays, for another. */
static enum kb_err choose_made(struct addition *add, struct kb_error *err)
{
    const struct kb_card_client *made;
    struct kb_card card;

    if (kb_cards_read(add->profile->name, &card, NULL))
        return KB_OK;
    made = kb_card_made_key(&card);
    if (!made)
        return KB_OK;
    if (wants_key(add) || (*made->key.certificate && shows_certificate(add, &card)))
        take_made(add, made);
    else if (is_mistaken_for_secret(add))
        return refuse_to_forget_key(add, err);
    return KB_OK;
}

enum kb_err add_choose_proof(struct addition *add, struct kb_error *err)
{
    enum kb_err rc = KB_OK;

    add->needs = kb_client_auth_needs(add->profile);
    add->client.proof = add->needs;
    if (add->options.ask.secret_on_stdin && !(add->needs & KB_PROOF_SECRET))
        return refuse_secret(add, err);
    if (add->key.input.fd >= 0) {
        rc = check_origin(add, err);
        if (!rc)
            rc = take_file(add, err);
        return rc ? rc : consent(add, err);
    }
    return choose_made(add, err);
}

enum kb_err add_keep_key(struct addition *add, struct kb_client *former, struct kb_error *err)
{
    bool has_own = is_made(add) || !kb_secret_is_empty(&add->client.pkcs8);

    if (!(former->proof & KB_PROOF_KEY) || has_own ||
        !(wants_key(add) || (former->chain.count > 0 && add->needs & KB_PROOF_SECRET)))
        return KB_OK;
    return take_key(add, former, err);
}

enum kb_err add_check_key(const struct addition *add, struct kb_error *err)
{
    const char *name = add->profile->name;

    if (!wants_key(add) || is_made(add) || !kb_secret_is_empty(&add->client.pkcs8))
        return KB_OK;
    if (*add->former_locked.msg)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_LOCKED, "the stored key of %s cannot be read: %s", name,
                add->former_locked.msg),
            "%s; for another key: --client-key FILE", kb_err_hint(&add->former_locked));
    if (!(add->needs & KB_PROOF_KEY))
        return kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE, "a certificate is of no use without its key"),
            "give that, too: --client-key FILE");
    return kb_hinted(err,
        kb_fail(err, KB_ERR_USAGE, "profile %s proves its client by %s, which needs a key", name,
            add->profile->client_auth),
        "add --client-key FILE to the same command; or make a key first: keybearer keygen %s",
        name);
}

enum kb_err add_fetch_key(struct addition *add, struct kb_error *err)
{
    const struct kb_card_client *made = &add->key.made;
    const struct kb_bond nowhere = kb_bond_nowhere();
    KB_AUTO(kb_client_clear) struct kb_client key = KB_CLIENT_INIT;
    struct kb_store_context context =
        own_client_context(add->profile->name, &made->ref, &nowhere, true);
    enum kb_err rc = KB_OK;

    if (!is_made(add) || !kb_secret_is_empty(&add->client.pkcs8))
        return KB_OK;
    if (kb_is_vault(made->store))
        rc = vault_prepare(&add->options.ask, err);
    if (!rc)
        rc = kb_store_find(made->store)->load(&context, &key, err);
    return rc ? rc : take_key(add, &key, err);
}
