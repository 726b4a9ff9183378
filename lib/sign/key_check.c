/*
 * Whether a client can sign with an algorithm, and the words for when it cannot.
 */
#include "fit.h"
#include "library.h"
#include "load.h"
#include "sign/key.h"

/* "RS256, RS384 or PS512": what KIND signs with. */
static void append_algs(enum kb_sign_kind kind, struct kb_buf *out)
{
    const char *names[KB_JWS_HS256 + 1] = {NULL};
    size_t count = 0;

    for (enum kb_jws_alg alg = KB_JWS_RS256; alg < KB_JWS_HS256; alg++) {
        if (kb_sign_fits(kind, alg))
            names[count++] = kb_jws_alg_name(alg);
    }
    kb_text_append_choices(names, "", out);
}

enum kb_err kb_sign_check_secret(
    const struct kb_client *client, enum kb_jws_alg alg, struct kb_error *err)
{
    if (client->proof & KB_PROOF_SECRET)
        return KB_OK;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_CONFIG, "%s signs with a secret, and the client has none",
            kb_jws_alg_name(alg)),
        "choose an algorithm of the client's key, or store a client with a secret");
}

enum kb_err kb_sign_check_kind(enum kb_sign_kind kind, enum kb_jws_alg alg, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf fitting = KB_BUF_INIT(256);

    if (kb_sign_fits(kind, alg))
        return KB_OK;
    append_algs(kind, &fitting);
    return kb_hinted(err,
        kb_fail(err, KB_ERR_CONFIG, "the client's key cannot sign with %s: it is for %s",
            kb_jws_alg_name(alg), kb_buf_text(&fitting)),
        "set \"client_alg\" to one of them, or give the client another key");
}

enum kb_err kb_key_check(const struct kb_client *client, enum kb_jws_alg alg, struct kb_error *err)
{
    KB_SIGN_QUIET;
    KB_AUTO(kb_sign_key_clear) struct kb_sign_key key = KB_SIGN_KEY_INIT;
    enum kb_err rc;

    if (kb_jws_alg_needs_secret(alg))
        return kb_sign_check_secret(client, alg, err);
    rc = kb_sign_load_client(client, &key, err);
    return rc ? rc : kb_sign_check_kind(key.kind, alg, err);
}
