/*
 * Cards as text, and the choice of a client. Pure: cards.c owns the folder. What is read is
 * exactly what would be written, or refused.
 */
#include "core/card.h"

#include "base/json.h"

#include <json-c/json.h>
#include <sodium.h>
#include <string.h>

#define MAGIC "KBCARD1\n"
#define MAGIC_LEN (sizeof(MAGIC) - 1)
#define VERSION 1

/* --- its name ----------------------------------------------------------------------- */

/* Each text goes in with its NUL, which it cannot hold, so that no two inputs run together. */
void kb_card_name(const char *path, const char *profile, char dst[static KB_CARD_NAME_TEXT])
{
    static const char label[] = "keybearer card 1";
    crypto_generichash_state hash;
    struct kb_ref name;

    crypto_generichash_init(&hash, NULL, 0, sizeof(name.bytes));
    crypto_generichash_update(&hash, (const unsigned char *)label, sizeof(label));
    crypto_generichash_update(&hash, (const unsigned char *)path, strlen(path) + 1);
    crypto_generichash_update(&hash, (const unsigned char *)profile, strlen(profile) + 1);
    crypto_generichash_final(&hash, name.bytes, sizeof(name.bytes));
    kb_ref_format(&name, dst);
    memcpy(dst + KB_REF_TEXT - 1, KB_CARD_SUFFIX, sizeof(KB_CARD_SUFFIX));
}

/* --- writing ------------------------------------------------------------------------ */

static void write_key(struct kb_json_writer *w, const struct kb_card_key *key)
{
    if (!*key->alg)
        return;
    kb_json_open_member(w, "public", '{');
    kb_json_string_member(w, "alg", key->alg);
    if (*key->kid)
        kb_json_string_member(w, "kid", key->kid);
    kb_json_string_member(w, "spki", key->spki);
    kb_json_string_member(w, "jkt", key->jwk);
    if (*key->certificate)
        kb_json_string_member(w, "x5t#S256", key->certificate);
    kb_json_close(w);
}

static void write_client(struct kb_json_writer *w, const struct kb_card_client *client)
{
    char ref[KB_REF_TEXT];

    kb_ref_format(&client->ref, ref);
    kb_json_open(w, '{');
    kb_json_string_member(w, "ref", ref);
    kb_json_string_member(w, "store", client->store);
    if (!client->version_1) {
        kb_json_name(w, "bound");
        kb_bond_write(w, &client->bound);
    }
    write_key(w, &client->key);
    kb_json_int_member(w, "since", client->since);
    if (client->spare)
        kb_json_bool_member(w, "spare", true);
    kb_json_close(w);
}

void kb_card_format(const struct kb_card *card, struct kb_buf *out)
{
    struct kb_json_writer w = kb_json_writer(out, 0);

    kb_buf_str(out, MAGIC);
    kb_json_open(&w, '{');
    kb_json_int_member(&w, "v", VERSION);
    kb_json_string_member(&w, "profile", card->profile);
    kb_json_string_member(&w, "config", card->config);
    kb_json_open_member(&w, "clients", '[');
    for (size_t i = 0; i < card->count; i++)
        write_client(&w, &card->clients[i]);
    kb_json_close(&w);
    kb_json_close(&w);
    kb_buf_byte(out, '\n');
}

/* --- reading ------------------------------------------------------------------------ */

/* The member NAME; -1 where it is no number. */
static int64_t number_of(struct json_object *object, const char *name)
{
    struct json_object *number = kb_json_member(object, name);

    return json_object_is_type(number, json_type_int) ? json_object_get_int64(number) : -1;
}

static bool is_made_of(const char *text, const char *bytes, size_t min)
{
    return strlen(text) >= min && text[strspn(text, bytes)] == '\0';
}

#define ALPHANUMERIC "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static bool take_thumbprint(const char *text, char dst[static KB_CARD_THUMBPRINT_TEXT])
{
    return text && is_made_of(text, ALPHANUMERIC "-_", KB_CARD_THUMBPRINT_TEXT - 1) &&
           kb_text_copy(dst, KB_CARD_THUMBPRINT_TEXT, text);
}

/* What is left out is empty: is_as_we_write() sees to that it was left out. */
static bool parse_key(struct json_object *object, struct kb_card_key *ret)
{
    const char *alg = kb_json_string(object, "alg"), *kid = kb_json_string(object, "kid");
    const char *spki = kb_json_string(object, "spki"), *jwk = kb_json_string(object, "jkt");
    const char *certificate = kb_json_string(object, "x5t#S256");
    enum kb_jws_alg known;

    return alg && kb_jws_alg_from_name(alg, &known) && !kb_jws_alg_needs_secret(known) &&
           kb_text_copy(ret->alg, sizeof(ret->alg), alg) &&
           (!kid || (kb_text_is_printable(kid, strlen(kid), 1, KB_CLIENT_KID_MAX) &&
                        kb_text_copy(ret->kid, sizeof(ret->kid), kid))) &&
           spki && is_made_of(spki, ALPHANUMERIC "+/=", 4) &&
           kb_text_copy(ret->spki, sizeof(ret->spki), spki) && take_thumbprint(jwk, ret->jwk) &&
           (!certificate || take_thumbprint(certificate, ret->certificate));
}

static bool parse_client(struct json_object *object, struct kb_card_client *ret)
{
    struct json_object *bound = kb_json_member(object, "bound");
    struct json_object *key = kb_json_member(object, "public");
    struct json_object *spare = kb_json_member(object, "spare");
    const char *ref = kb_json_string(object, "ref"), *store = kb_json_string(object, "store");
    int members = 3 + (bound != NULL) + (key != NULL) + (spare != NULL);

    ret->version_1 = !bound;
    ret->spare = json_object_is_type(spare, json_type_boolean) && json_object_get_boolean(spare);
    ret->since = number_of(object, "since");
    return json_object_is_type(object, json_type_object) &&
           json_object_object_length(object) == members && ref && kb_ref_parse(ref, &ret->ref) &&
           store && *store && kb_text_copy(ret->store, sizeof(ret->store), store) &&
           kb_text_is_visible(store, strlen(store), 1, sizeof(ret->store) - 1) &&
           (!bound || kb_bond_read(bound, &ret->bound)) && ret->since >= 0 &&
           (!key || parse_key(key, &ret->key)) && (!spare || ret->spare);
}

static bool read_clients(struct json_object *list, struct kb_card *card)
{
    size_t count = 0;

    if (!json_object_is_type(list, json_type_array))
        return false;
    count = json_object_array_length(list);
    if (count == 0 || count > KB_CARD_CLIENTS_MAX)
        return false;
    for (; card->count < count; card->count++) {
        struct kb_card_client *client = &card->clients[card->count];

        if (!parse_client(json_object_array_get_idx(list, card->count), client) ||
            kb_card_find(card, &client->ref))
            return false;
    }
    return true;
}

static bool read_card(struct json_object *object, struct kb_card *card)
{
    const char *profile = kb_json_string(object, "profile");
    const char *config = kb_json_string(object, "config");

    return json_object_object_length(object) == 4 && profile && kb_profile_name_ok(profile) &&
           kb_text_copy(card->profile, sizeof(card->profile), profile) && config &&
           config[0] == '/' && kb_text_copy(card->config, sizeof(card->config), config) &&
           read_clients(kb_json_member(object, "clients"), card);
}

/* What json-c read another way than it was written, or was written another way than we do. */
static bool is_as_we_write(const struct kb_card *card, const char *text, size_t len)
{
    KB_AUTO(kb_buf_clear) struct kb_buf again = KB_BUF_INIT(KB_CARD_MAX);

    kb_card_format(card, &again);
    return !again.failed && again.len == len && memcmp(again.data, text, len) == 0;
}

enum kb_err kb_card_parse(const char *text, size_t len, struct kb_card *ret, struct kb_error *err)
{
    KB_AUTO(kb_json_release) struct json_object *object = NULL;
    struct kb_card card = {.count = 0};

    if (len <= MAGIC_LEN || len > KB_CARD_MAX || memcmp(text, MAGIC, MAGIC_LEN) != 0 ||
        kb_json_parse(text + MAGIC_LEN, len - MAGIC_LEN, &object, NULL))
        return kb_fail(err, KB_ERR_CORRUPT, "it is not a card of keybearer");
    if (number_of(object, "v") != VERSION)
        return kb_fail(err, KB_ERR_CORRUPT, "it was written by a newer keybearer");
    if (!read_card(object, &card) || !is_as_we_write(&card, text, len))
        return kb_fail(err, KB_ERR_CORRUPT, "it is damaged, or was written by a newer keybearer");
    *ret = card;
    return KB_OK;
}

/* --- choosing ----------------------------------------------------------------------- */

const struct kb_card_client *kb_card_pick(
    const struct kb_card *card, const char *store, const struct kb_bond *bond)
{
    for (size_t i = 0; i < card->count; i++) {
        const struct kb_card_client *client = &card->clients[i];

        if (!client->spare && !kb_bond_is_nowhere(&client->bound) &&
            strcmp(client->store, store) == 0 &&
            (!bond || client->version_1 || kb_bond_equal(&client->bound, bond)))
            return client;
    }
    return NULL;
}

const struct kb_card_client *kb_card_in_use(const struct kb_card *card, const char *store)
{
    return kb_card_pick(card, store, NULL);
}

const struct kb_card_client *kb_card_made_key(const struct kb_card *card)
{
    for (size_t i = 0; i < card->count; i++) {
        if (!card->clients[i].spare && kb_bond_is_nowhere(&card->clients[i].bound))
            return &card->clients[i];
    }
    return NULL;
}

const struct kb_card_client *kb_card_find(const struct kb_card *card, const struct kb_ref *ref)
{
    for (size_t i = 0; i < card->count; i++) {
        if (kb_ref_equal(&card->clients[i].ref, ref))
            return &card->clients[i];
    }
    return NULL;
}

enum kb_err kb_card_refuse(
    const struct kb_card *card, const char *store, const struct kb_bond *bond, struct kb_error *err)
{
    const struct kb_card_client *other = kb_card_in_use(card, store);

    if (other)
        return kb_bond_check(&other->bound, bond, card->profile, err);
    return kb_hinted(err,
        kb_fail(err, KB_ERR_NOT_FOUND, "no client is stored for %s in %s", card->profile, store),
        "keybearer add %s", card->profile);
}

bool kb_card_put(struct kb_card *card, const struct kb_card_client *client)
{
    if (card->count == KB_CARD_CLIENTS_MAX)
        return false;
    memmove(card->clients + 1, card->clients, card->count * sizeof(*client));
    card->clients[0] = *client;
    card->count++;
    return true;
}

void kb_card_drop(struct kb_card *card, const struct kb_ref *ref)
{
    const struct kb_card_client *gone = kb_card_find(card, ref);
    size_t index = gone ? (size_t)(gone - card->clients) : card->count;

    if (!gone)
        return;
    card->count--;
    memmove(card->clients + index, card->clients + index + 1,
        (card->count - index) * sizeof(card->clients[0]));
}
