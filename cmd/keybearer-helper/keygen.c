/*
 * `keygen NAME`: a key that never was on a disk. It is stored for a client that `add` completes
 * when the provider knows the key; until then nothing uses it. The client in use stays. Must never
 * show more of it than its public part.
 */
#include "helper.h"

#include "base/options.h"
#include "base/strings.h"
#include "core/cards.h"
#include "core/public_key.h"
#include "oauth/rows.h"
#include "own_client.h"
#include "sign/key.h"

#include <stdio.h>
#include <string.h>

struct generation {
    const char *name, *format_name, *alg_name, *store;
    bool replaces, yes;
    struct ask ask;
    enum kb_public_format format;
    struct made_key made; /* of before */
    bool certifies;       /* with a certificate in its place, which the key signs */
    struct kb_config config;
    const struct kb_profile *profile; /* NULL: there is none yet */
    struct kb_client key;
    struct kb_error left; /* why the key of before may still be in a store */
};

static void clear(struct generation *g)
{
    kb_config_clear(&g->config);
    kb_client_clear(&g->key);
}

/* --- the command line --------------------------------------------------------------- */

static enum kb_err choose_format(struct generation *g, struct kb_error *err)
{
    g->certifies = g->format_name && strcmp(g->format_name, "certificate") == 0;
    if (!g->format_name || g->certifies || kb_public_format_find(g->format_name, &g->format))
        return KB_OK;
    return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "there is no such --format"),
        "pem, jwk, jwks or certificate");
}

static enum kb_err parse(int argc, char *argv[], struct generation *g, struct kb_error *err)
{
    const struct kb_option table[] = {
        {.name = "alg", .value = &g->alg_name},
        {.name = "format", .value = &g->format_name},
        {.name = "store", .value = &g->store},
        {.name = "replace", .flag = &g->replaces},
        {.name = "yes", .flag = &g->yes},
        {.name = "passphrase-stdin", .flag = &g->ask.passphrase_on_stdin},
    };
    int operands = 0;
    enum kb_err rc = kb_options_parse(argc, argv, table, KB_COUNT(table), false, &operands, err);

    if (!rc)
        rc = kb_options_expect(1, operands, argv, err);
    if (rc)
        return rc;
    g->name = argv[0];
    if (!kb_profile_name_ok(g->name))
        return kb_fail(err, KB_ERR_USAGE,
            "\"%s\" cannot name a profile: use letters, digits, '.', '_' and '-'", g->name);
    return choose_format(g, err);
}

/* --- what is made, and where it goes ------------------------------------------------ */

static enum kb_err choose_algorithm(struct generation *g, struct kb_error *err)
{
    const char *name = g->alg_name;

    g->key.alg = KB_JWS_ES256;
    if (!name && g->profile)
        name = g->profile->client_alg;
    if (!name || (kb_jws_alg_from_name(name, &g->key.alg) && !kb_jws_alg_needs_secret(g->key.alg)))
        return KB_OK;
    if (!g->alg_name)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE, "profile %s signs with its secret: %s", g->name, name),
            "for a key, give --alg, and change \"client_alg\" of the profile");
    return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "there is no such --alg for a key"),
        "ES256 (unless said otherwise), ES384, ES512, EdDSA, RS256, PS256, ...");
}

static enum kb_err find_profile(struct generation *g, struct kb_error *err)
{
    enum kb_err rc = kb_config_load_profile(g->name, &g->config, &g->profile, err);

    if (rc == KB_ERR_NOT_FOUND) {
        g->profile = NULL;
        rc = KB_OK;
    }
    return rc;
}

enum { STORE_PROBE_MS = 3000 };

static enum kb_err choose_store(struct generation *g, struct kb_error *err)
{
    if (g->store && !kb_store_find(g->store))
        return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "there is no such --store"),
            "secret-service or sealed-file");
    if (!g->store && g->profile)
        g->store = g->profile->store;
    return KB_OK;
}

/* Where the store is still open, the vault may become it. */
static enum kb_err confine_to(const struct generation *g, struct kb_error *err)
{
    bool may_make = !g->store || kb_is_vault(g->store);

    return confine(&(struct needs){.vault = may_make ? NEED_MAKE : NEED_CHANGE,
                       .clients = NEED_MAKE,
                       .config = NEED_READ,
                       .terminal = true},
        err);
}

/* The provider may have its public part already. */
static enum kb_err consent(struct generation *g, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf question = KB_BUF_INIT(1024);
    char instead[KB_PROFILE_NAME_MAX + 64];
    struct kb_card card;
    const struct kb_card_client *made = NULL;

    g->made.goes = g->replaces;
    if (g->replaces && !kb_cards_read(g->name, &card, NULL))
        made = kb_card_made_key(&card);
    if (!made)
        return KB_OK;
    g->made.agreed = made->ref;
    if (g->yes)
        return KB_OK;
    kb_buf_fmt(&question,
        "There is a key for %s already, which has no client yet, and keybearer has no other\n"
        "copy of it. Replace it for good? ",
        g->name);
    snprintf(instead, sizeof(instead), "keybearer keygen %s --replace --yes", g->name);
    return ask_consent(&question, instead, err);
}

/* Fails before a person is asked for a passphrase, where that can be known. */
static enum kb_err prepare_store(struct generation *g, struct kb_error *err)
{
    struct kb_store_context context = own_client_context(g->name, &g->key.ref, &g->key.bound, true);
    enum kb_err rc = g->replaces ? KB_OK : check_key_is_new(g->name, err);

    if (!g->store)
        g->store = kb_store_default(kb_deadline_in_ms(STORE_PROBE_MS));
    context.chooser = "keygen";
    if (!rc)
        rc = kb_store_find(g->store)->check(&context, err);
    if (!rc)
        rc = consent(g, err);
    if (rc || !kb_is_vault(g->store))
        return rc;
    rc = vault_check(err);
    if (!rc)
        rc = vault_prepare(&g->ask, err);
    terminal_close();
    return rc;
}

/*
 * Who is given a set of keys knows this one by its kid, so that assertions must name it. Who is
 * given anything else may have another name for it.
 */
static enum kb_err show_key(struct generation *g, struct kb_buf *ret_text, struct kb_error *err)
{
    struct kb_card_key key;
    enum kb_err rc = describe_key(&g->key, &key, err);

    if (rc)
        return rc;
    if (g->format != KB_PUBLIC_PEM) {
        kb_str_set(&g->key.kid, key.jwk);
        kb_text_copy(key.kid, sizeof(key.kid), key.jwk);
    }
    return kb_public_key_write(&key, g->format, ret_text, err);
}

/* The client has it from then on. */
static enum kb_err certify_key(struct generation *g, struct kb_buf *ret_text, struct kb_error *err)
{
    int64_t now_s = kb_clock_seconds(kb_clock_now().wall_ms);
    enum kb_err rc = kb_key_make_certificate(&g->key, g->name, now_s, ret_text, err);

    return rc ? rc : kb_key_take_certificates(&g->key, ret_text->data, ret_text->len, err);
}

static enum kb_err make_key(struct generation *g, struct kb_buf *ret_text, struct kb_error *err)
{
    enum kb_err rc = kb_key_make(g->key.alg, &g->key.pkcs8, err);

    if (rc)
        return rc;
    return g->certifies ? certify_key(g, ret_text, err) : show_key(g, ret_text, err);
}

static enum kb_err make_and_store(
    struct generation *g, struct kb_buf *ret_text, struct kb_error *err)
{
    enum kb_err rc = kb_ref_make(&g->key.ref, err);

    kb_text_copy(g->key.profile, sizeof(g->key.profile), g->name);
    g->key.proof = KB_PROOF_KEY;
    g->key.bound = kb_bond_nowhere();
    if (!rc)
        rc = prepare_store(g, err);
    if (!rc)
        rc = make_key(g, ret_text, err);
    return rc ? rc : store_key(g->profile, g->store, &g->key, &g->made, &g->left, err);
}

/* --- the whole ---------------------------------------------------------------------- */

static enum kb_err report(const struct generation *g, const struct kb_buf *text,
    struct kb_report_keygen *ret, struct kb_error *err)
{
    const struct kb_store_context context =
        own_client_context(g->name, &g->key.ref, &g->key.bound, false);
    struct kb_store_status status;

    if (!kb_text_copy(ret->text, sizeof(ret->text), kb_buf_text(text)))
        return kb_fail(err, KB_ERR_SYSTEM, "the public key is too long");
    kb_text_copy(ret->profile, sizeof(ret->profile), g->name);
    kb_text_copy(ret->store, sizeof(ret->store), g->store);
    kb_text_copy(ret->left_behind, sizeof(ret->left_behind), g->left.msg);
    ret->is_configured = g->profile != NULL;
    ret->is_idle = g->profile && !(kb_client_auth_needs(g->profile) & KB_PROOF_KEY);
    if (!kb_store_find(g->store)->status(&context, &status, NULL))
        ret->level = status.level;
    return KB_OK;
}

enum kb_err helper_keygen(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err)
{
    KB_AUTO(clear) struct generation g = {.format = KB_PUBLIC_PEM};
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(sizeof(frame->report.keygen.text) - 1);
    enum kb_err rc = parse(argc, argv, &g, err);

    if (!rc)
        rc = find_profile(&g, err);
    if (!rc)
        rc = choose_algorithm(&g, err);
    if (!rc)
        rc = choose_store(&g, err);
    if (!rc)
        rc = confine_to(&g, err);
    if (!rc)
        rc = make_and_store(&g, &text, err);
    return rc ? rc : report(&g, &text, &frame->report.keygen, err);
}
