/*
 * `adopt NAME [--from FILE] [--yes]`: the client that was stored for something else becomes this
 * profile's: for another token endpoint or other certificate authorities, for this configuration
 * after it moved, or from release 0.1. Shows what changes, asks, and stores the client anew.
 *
 * Must never let a secret go anywhere by itself: who may have it is what the person said yes to.
 */
#include "helper.h"

#include "base/options.h"
#include "base/strings.h"
#include "core/ca_file.h"
#include "core/url.h"
#include "own_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The cards of other configurations that have a client of that name. */
struct others {
    const char *store, *own;
    const char *wanted;               /* the only one that counts; NULL: all do */
    struct kb_card first, last, gone; /* GONE: one whose configuration is not there any more */
    size_t count, gone_count;
};

/* What one `adopt` works with. */
struct adoption {
    const char *name;
    bool yes;
    struct kb_config config;
    const struct kb_profile *profile;
    struct kb_card own; /* of the profile; count 0: there is none */
    struct others others;
    struct kb_bond bond;         /* as the profile asks for it now */
    struct kb_card_client from;  /* the client as it is */
    const struct kb_card *taken; /* of another configuration, where the client is from there */
    bool gone;                   /* and that is not there any more */
    struct kb_client client;
    struct kb_error left;
};

static void clear(struct adoption *adopt)
{
    kb_config_clear(&adopt->config);
    kb_client_clear(&adopt->client);
}

static enum kb_err parse(int argc, char *argv[], struct adoption *adopt, struct kb_error *err)
{
    const struct kb_option options[] = {
        {.name = "yes", .flag = &adopt->yes}, {.name = "from", .value = &adopt->others.wanted}};
    int operands = 0;
    enum kb_err rc =
        kb_options_parse(argc, argv, options, KB_COUNT(options), false, &operands, err);

    if (!rc)
        rc = kb_options_expect(1, operands, argv, err);
    adopt->name = argv[0];
    return rc;
}

/* --- the client to take --------------------------------------------------------------- */

static bool see_other(const struct kb_card *card, void *data)
{
    struct others *others = data;

    if (strcmp(card->config, others->own) == 0 || !kb_card_in_use(card, others->store) ||
        (others->wanted && strcmp(card->config, others->wanted) != 0))
        return true;
    if (others->count++ == 0)
        others->first = *card;
    others->last = *card;
    if (access(card->config, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR)) {
        others->gone = *card;
        others->gone_count++;
    }
    return true;
}

/* Of two keys that keygen made, `add` could take one only, and the other would go with it. */
static enum kb_err check_made_keys(const struct adoption *adopt, struct kb_error *err)
{
    if (!adopt->gone || !kb_card_made_key(adopt->taken) || !kb_card_made_key(&adopt->own))
        return KB_OK;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_USAGE,
            "keygen made a key for %s that waits for its client, and another in %s", adopt->name,
            adopt->taken->config),
        "for the one of this configuration: keybearer add %s", adopt->name);
}

/* One that moved here comes before one that is still used elsewhere; it must be clear which. */
static enum kb_err find_foreign(struct adoption *adopt, struct kb_error *err)
{
    const struct others *others = &adopt->others;

    adopt->gone = others->gone_count == 1;
    if (!adopt->gone && others->count > 1)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE,
                "%zu other configurations have a client named %s, such as %s and %s", others->count,
                adopt->name, others->first.config, others->last.config),
            "keybearer adopt %s --from FILE", adopt->name);
    if (others->count == 0)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_NOT_FOUND, "there is no client that %s could adopt", adopt->name),
            "keybearer add %s", adopt->name);
    adopt->taken = adopt->gone ? &others->gone : &others->first;
    adopt->from = *kb_card_in_use(adopt->taken, adopt->profile->store);
    return check_made_keys(adopt, err);
}

/*
 * On the own card first, and of that the one that is bound so already; then what release 0.1
 * stored; then on others'.
 */
static enum kb_err find(struct adoption *adopt, struct kb_error *err)
{
    const char *store = adopt->profile->store;
    const struct kb_card_client *own;
    enum kb_err rc = kb_cards_read(adopt->name, &adopt->own, err);

    if (rc && rc != KB_ERR_NOT_FOUND)
        return rc;
    own = kb_card_pick(&adopt->own, store, &adopt->bond);
    if (!own)
        own = kb_card_in_use(&adopt->own, store);
    if (own) {
        adopt->from = *own;
        return KB_OK;
    }
    rc = own_client_version_1(adopt->profile, true, &adopt->from, err);
    return rc == KB_ERR_NOT_FOUND ? find_foreign(adopt, err) : rc;
}

static bool is_adopted(const struct adoption *adopt)
{
    return !adopt->taken && !adopt->from.version_1 &&
           kb_bond_equal(&adopt->from.bound, &adopt->bond);
}

/* --- what a killed one left ----------------------------------------------------------- */

/* Whether the card of a configuration that is gone still names a client that came from there. */
static bool was_taken_over(const struct kb_card *gone, const struct kb_card *own)
{
    for (size_t i = 0; i < own->count; i++) {
        if (kb_card_find(gone, &own->clients[i].ref))
            return true;
    }
    return false;
}

/*
 * The client is bound already. An `adopt` that was killed after that has left the client with
 * the old bond: nothing may stay behind of it.
 */
static enum kb_err finish(struct adoption *adopt, struct kb_report_adopt *ret, struct kb_error *err)
{
    KB_AUTO(kb_cards_close) struct kb_cards cards = KB_CARDS_INIT;
    const struct kb_card *gone = &adopt->others.gone;
    struct kb_error why = KB_ERROR_INIT;
    enum kb_err rc = KB_OK;

    ret->already = true;
    if (adopt->own.count == 1)
        return KB_OK;
    rc = kb_cards_open(&cards, err);
    if (!rc && kb_cards_still_say(&cards, &adopt->own)) {
        bool taken = was_taken_over(gone, &adopt->own) && kb_cards_still_say(&cards, gone);

        rc = own_client_keep_one(
            &cards, &adopt->own, &adopt->from.ref, OTHER_CLIENTS, taken ? gone : NULL, &why, err);
    }
    kb_text_copy(ret->left_behind, sizeof(ret->left_behind), why.msg);
    return rc;
}

/* --- the client ----------------------------------------------------------------------- */

/* Its own bond comes from where it is sealed, not from the card. */
static enum kb_err load(struct adoption *adopt, struct kb_error *err)
{
    struct kb_store_context context =
        own_client_context(adopt->name, own_client_ref(&adopt->from), NULL, true);
    struct kb_bond *bound = &adopt->client.bound;
    enum kb_err rc = kb_store_find(adopt->from.store)->load(&context, &adopt->client, err);

    if (rc || !adopt->client.token_url)
        return rc;
    if (!kb_bond_set_token(bound, adopt->client.token_url))
        return kb_fail(err, KB_ERR_CORRUPT, "the stored client is damaged");
    kb_text_copy(bound->ca, sizeof(bound->ca), "not bound");
    return KB_OK;
}

/* --- asking --------------------------------------------------------------------------- */

enum { COLUMN = 28, WIDTH = 80 };

/* A value that is too long for the rest of the line has one to itself, whole. */
static void describe_change(struct kb_buf *out, const char *what, const char *was, const char *is)
{
    const char *now = "now: ";
    size_t longest = strlen(was) > strlen(is) ? strlen(was) : strlen(is);
    int column = COLUMN + strlen(now) + longest > WIDTH ? 4 : COLUMN;

    if (column == COLUMN)
        kb_buf_fmt(out, "  %-25s %s\n", what, was);
    else
        kb_buf_fmt(out, "  %s\n%*s%s\n", what, column, "", was);
    if (strcmp(was, is) != 0)
        kb_buf_fmt(out, "%*s%s%s\n", column, "", now, is);
}

static void describe_addresses(const struct kb_profile *profile, struct kb_buf *out)
{
    for (size_t i = 0; i < profile->match_count; i++) {
        kb_buf_fmt(out, "  %-25s ", i == 0 ? "its tokens are for" : "");
        kb_url_append(&profile->match[i], out);
        kb_buf_byte(out, '\n');
    }
}

static const char *say(const char *text, const char *nothing)
{
    return *text ? text : nothing;
}

static void describe(const struct adoption *adopt, struct kb_buf *out)
{
    const struct kb_bond *was = &adopt->client.bound, *is = &adopt->bond;

    kb_buf_fmt(out, "The client of profile %s was stored for:\n", adopt->name);
    for (size_t i = 0; i < KB_BOND_PARTS; i++) {
        struct kb_bond_change part = kb_bond_change(was, is, i);

        if (*part.was || *part.is)
            describe_change(out, part.words->title, say(part.was, part.words->nothing),
                say(part.is, part.words->nothing));
    }
    if (adopt->profile->ca_file)
        kb_buf_fmt(out, "  %-25s (%s)\n", "", adopt->profile->ca_file);
    describe_addresses(adopt->profile, out);
    if (!adopt->taken)
        return;
    describe_change(out, "configuration", adopt->taken->config, adopt->own.config);
    kb_buf_str(out, adopt->gone
                        ? "  That configuration is not there any more. Its client moves here.\n"
                        : "  That configuration is still there, and keeps a client of its own.\n");
}

static void ask_about_file(const char *file, struct kb_buf *out)
{
    if (*file)
        kb_buf_fmt(out, "May it send what is in %s from now on? ", file);
    else
        kb_buf_str(out, "May it go without that file from now on? ");
}

/* What the yes would allow. */
static void put_question(const struct adoption *adopt, struct kb_buf *out)
{
    static const char *const use[] = {
        [KB_PROOF_NONE] = "id be sent",
        [KB_PROOF_SECRET] = "secret be sent",
        [KB_PROOF_KEY] = "key prove it",
        [KB_PROOF_BOTH] = "secret and key prove it",
    };
    const struct kb_bond *was = &adopt->client.bound, *is = &adopt->bond;

    if (strcmp(was->token, is->token) != 0)
        kb_buf_fmt(out, "May its %s to %s from now on? ", use[adopt->client.proof & KB_PROOF_BOTH],
            is->token);
    else if (strcmp(was->second, is->second) != 0)
        kb_buf_fmt(
            out, "May its first token be sent to %s from now on? ", say(is->second, "nobody"));
    else if (strcmp(was->audience, is->audience) != 0)
        kb_buf_fmt(
            out, "May it sign for %s from now on? ", say(is->audience, "its token endpoint"));
    else if (strcmp(was->assertion_file, is->assertion_file) != 0)
        ask_about_file(is->assertion_file, out);
    else if (strcmp(was->subject_file, is->subject_file) != 0)
        ask_about_file(is->subject_file, out);
    else if (strcmp(was->ca, is->ca) != 0)
        kb_buf_str(out, "May these certificate authorities say from now on who gets its secret? ");
    else
        kb_buf_str(out, "May this configuration use it from now on? ");
}

static enum kb_err ask(const struct adoption *adopt, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf question = KB_BUF_INIT(16384);
    char instead[KB_PROFILE_NAME_MAX + 64];
    enum kb_err rc;

    if (adopt->yes)
        return KB_OK;
    describe(adopt, &question);
    put_question(adopt, &question);
    snprintf(instead, sizeof(instead), "keybearer adopt %s --yes", adopt->name);
    rc = ask_consent(&question, instead, err);
    if (rc == KB_ERR_DISMISSED && !err->hint[0])
        kb_hint(err, "keybearer show %s", adopt->name);
    return rc;
}

/* --- the whole ------------------------------------------------------------------------ */

/* The same proof under a new reference: what was cached with the old bond is nobody's now. */
static enum kb_err bind_again(struct adoption *adopt, struct kb_error *err)
{
    const struct adopted adopted = {&adopt->own, adopt->gone ? adopt->taken : NULL};
    const struct made_key made = {.goes = false};
    struct kb_client *client = &adopt->client;
    enum kb_err rc = kb_ref_make(&client->ref, err);

    if (rc)
        return rc;
    free(KB_TAKE(client->token_url));
    kb_text_copy(client->profile, sizeof(client->profile), adopt->name);
    client->bound = adopt->bond;
    return store_client(adopt->profile, client, NULL, &adopted, &made, &adopt->left, err);
}

static enum kb_err adopt_client(
    struct adoption *adopt, struct kb_report_adopt *ret, struct kb_error *err)
{
    enum kb_err rc = load(adopt, err);

    if (!rc)
        rc = ask(adopt, err);
    if (rc)
        return rc;
    ret->before = adopt->client.bound;
    ret->now = adopt->bond;
    rc = bind_again(adopt, err);
    kb_text_copy(ret->left_behind, sizeof(ret->left_behind), adopt->left.msg);
    if (adopt->taken)
        kb_text_copy(ret->config_before, sizeof(ret->config_before), adopt->taken->config);
    return rc;
}

enum kb_err helper_adopt(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err)
{
    KB_AUTO(clear) struct adoption adopt = {.yes = false};
    enum kb_err rc = parse(argc, argv, &adopt, err);

    if (!rc)
        rc = kb_config_load_profile(adopt.name, &adopt.config, &adopt.profile, err);
    if (!rc)
        rc = kb_ca_file_check_form(
            adopt.profile->ca_file, kb_setting_say(adopt.profile, "ca_file").text, err);
    if (!rc)
        rc = kb_bond_of(adopt.profile, &adopt.bond, err);
    if (!rc)
        rc = own_client_new_card(adopt.name, &adopt.own, err);
    if (rc)
        return rc;
    adopt.others.store = adopt.profile->store;
    adopt.others.own = adopt.own.config;
    rc = confine(&(struct needs){.vault = NEED_CHANGE,
                     .clients = NEED_MAKE,
                     .config = NEED_READ,
                     .terminal = !adopt.yes,
                     .file = adopt.profile->ca_file},
        err);
    if (!rc)
        rc = kb_cards_each(adopt.name, see_other, &adopt.others, err);
    if (!rc)
        rc = find(&adopt, err);
    if (rc)
        return rc;
    if (is_adopted(&adopt))
        return finish(&adopt, &frame->report.adopt, err);
    return adopt_client(&adopt, &frame->report.adopt, err);
}
