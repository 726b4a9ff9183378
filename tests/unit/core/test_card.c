/*
 * Cards: their name, their text, which client is chosen, and the folder that they lie in.
 */
#include "core_test.h"

#include "base/clock.h"
#include "core/cards.h"
#include "core/store_status.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define REF "000102030405060708090a0b0c0d0e0f"
#define OTHER "ffffffffffffffffffffffffffffffff"
#define BOUND "\"bound\":{\"token\":\"https://h\",\"ca\":\"system\"}"
#define CLIENT "{\"ref\":\"" REF "\",\"store\":\"sealed-file\"," BOUND ",\"since\":1}"
#define WITH_KEY(public)                                                                           \
    "{\"ref\":\"" REF "\",\"store\":\"s\"," BOUND ",\"public\":" public ",\"since\":1}"
#define HASH "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
#define KEY "{\"alg\":\"ES256\",\"spki\":\"AQID\",\"jkt\":\"" HASH "\"}"
#define NOWHERE "\"bound\":{\"ca\":\"none\"}"
#define UNFINISHED                                                                                 \
    "{\"ref\":\"" OTHER "\",\"store\":\"s\"," NOWHERE ",\"public\":" KEY ",\"since\":2}"
#define HEAD "KBCARD1\n{\"v\":1,\"profile\":\"p\",\"config\":\"/c\",\"clients\":["
#define END "]}\n"

static struct kb_card card_of(const char *text)
{
    struct kb_card card = {.count = 0};
    struct kb_error err = KB_ERROR_INIT;

    if (kb_card_parse(text, strlen(text), &card, &err))
        fail_msg("%s: %s", text, err.msg);
    return card;
}

static void test_a_card_round_trips(void **state)
{
    const char *const texts[] = {
        HEAD CLIENT END,
        HEAD CLIENT ",{\"ref\":\"" OTHER "\",\"store\":\"s\",\"since\":0}" END,
        HEAD "{\"ref\":\"" REF "\",\"store\":\"s\",\"since\":0}" END,
        HEAD "{\"ref\":\"" REF "\",\"store\":\"s\"," BOUND ",\"since\":9,\"spare\":true}" END,
        HEAD WITH_KEY(KEY) END,
        HEAD WITH_KEY("{\"alg\":\"EdDSA\",\"kid\":\"a \\\"k\\\"\",\"spki\":\"AQI=\",\"jkt\":\"" HASH
                      "\",\"x5t#S256\":\"" HASH "\"}") END,
        HEAD UNFINISHED "," CLIENT END,
        "KBCARD1\n{\"v\":1,\"profile\":\"p\",\"config\":\"/h\\u00fcll/\\\"\",\"clients\":[" CLIENT
            END,
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(texts); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_CARD_MAX);
        struct kb_card card = card_of(texts[i]);
        kb_card_format(&card, &text);
        assert_string_equal(kb_buf_text(&text), texts[i]);
    }
}

static void test_anything_else_is_refused(void **state)
{
    const char *const texts[] = {
        "",
        "KBCARD1\n",
        "KBCARD1\n{}",
        "KBCARD2\n" CLIENT,
        HEAD END,
        HEAD CLIENT END "\n",
        HEAD CLIENT "]}",
        HEAD " " CLIENT END,
        HEAD CLIENT "," CLIENT END,
        HEAD CLIENT ",1" END,
        HEAD "{}" END,
        HEAD "{\"ref\":\"" REF "\",\"store\":\"s\"," BOUND ",\"since\":9,\"spare\":false}" END,
        HEAD "{\"ref\":\"" REF "\",\"store\":\"s\"," BOUND ",\"since\":9,\"more\":1}" END,
        HEAD "{\"ref\":\"" REF "\",\"store\":\"s\"," BOUND ",\"since\":-1}" END,
        HEAD "{\"ref\":\"" REF "\",\"store\":\"s\"," BOUND ",\"since\":\"1\"}" END,
        HEAD "{\"ref\":\"" REF "\",\"store\":\"\"," BOUND ",\"since\":1}" END,
        HEAD "{\"ref\":\"" REF "\",\"store\":\"s\",\"bound\":{},\"since\":1}" END,
        HEAD "{\"ref\":\"" REF "\",\"store\":\"s\",\"bound\":null,\"since\":1}" END,
        HEAD WITH_KEY("{}") END,
        HEAD WITH_KEY("null") END,
        HEAD WITH_KEY("{\"alg\":\"HS256\",\"spki\":\"AQID\",\"jkt\":\"" HASH "\"}") END,
        HEAD WITH_KEY("{\"alg\":\"none\",\"spki\":\"AQID\",\"jkt\":\"" HASH "\"}") END,
        HEAD WITH_KEY("{\"alg\":\"ES256\",\"spki\":\"A-_D\",\"jkt\":\"" HASH "\"}") END,
        HEAD WITH_KEY("{\"alg\":\"ES256\",\"spki\":\"AQID\",\"jkt\":\"" HASH "x\"}") END,
        HEAD WITH_KEY("{\"alg\":\"ES256\",\"spki\":\"AQID\",\"jkt\":\"\"}") END,
        HEAD WITH_KEY("{\"alg\":\"ES256\",\"kid\":\"\",\"spki\":\"AQID\",\"jkt\":\"" HASH "\"}")
            END,
        HEAD WITH_KEY("{\"alg\":\"ES256\",\"kid\":\"\\n\",\"spki\":\"AQID\",\"jkt\":\"" HASH "\"}")
            END,
        HEAD WITH_KEY("{\"alg\":\"ES256\",\"spki\":\"AQID\",\"jkt\":\"" HASH "\",\"x\":1}") END,
        HEAD "{\"ref\":\"00\",\"store\":\"s\"," BOUND ",\"since\":1}" END,
        "KBCARD1\n{\"v\":2,\"profile\":\"p\",\"config\":\"/c\",\"clients\":[" CLIENT END,
        "KBCARD1\n{\"v\":1,\"profile\":\"..\",\"config\":\"/c\",\"clients\":[" CLIENT END,
        "KBCARD1\n{\"v\":1,\"profile\":\"p\",\"config\":\"c\",\"clients\":[" CLIENT END,
        "KBCARD1\n{\"v\":1,\"config\":\"/c\",\"profile\":\"p\",\"clients\":[" CLIENT END,
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(texts); i++) {
        struct kb_card card = {.count = 7};
        struct kb_error err = KB_ERROR_INIT;
        if (kb_card_parse(texts[i], strlen(texts[i]), &card, &err) != KB_ERR_CORRUPT)
            fail_msg("accepted %s", texts[i]);
        assert_int_equal(card.count, 7);
    }
}

/* Each client of a full card with the longest key there is, in a configuration with a long path. */
static void test_the_largest_card_has_room(void **state)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_CARD_MAX);
    struct kb_card card = card_of(HEAD WITH_KEY(KEY) END);
    struct kb_card_key *key = &card.clients[0].key;

    (void)state;
    memset(card.config + 1, 'c', PATH_MAX - 2);
    memset(key->kid, '"', KB_CLIENT_KID_MAX);
    memset(key->spki, 'A', KB_CARD_SPKI_TEXT - 1);
    memset(card.clients[0].bound.second, 'x', KB_BOND_ORIGIN_TEXT - 1);
    memset(card.clients[0].bound.revocation, 'x', KB_BOND_ORIGIN_TEXT - 1);
    memset(card.clients[0].bound.audience, '"', KB_BOND_TEXT_MAX);
    memset(card.clients[0].bound.assertion_file, '"', KB_BOND_TEXT_MAX);
    memset(card.clients[0].bound.subject_file, '"', KB_BOND_TEXT_MAX);
    while (kb_card_put(&card, &card.clients[0]))
        continue;
    kb_card_format(&card, &text);
    assert_false(text.failed);
}

static void test_a_newer_card_is_called_newer(void **state)
{
    static const char text[] =
        "KBCARD1\n{\"v\":2,\"profile\":\"p\",\"config\":\"/c\",\"clients\":[" CLIENT END;
    struct kb_card card;
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    assert_int_equal(kb_card_parse(text, strlen(text), &card, &err), KB_ERR_CORRUPT);
    assert_mentions(err.msg, "newer keybearer");
}

static void test_names(void **state)
{
    char one[KB_CARD_NAME_TEXT], other[KB_CARD_NAME_TEXT];

    (void)state;
    kb_card_name("/c", "p", one);
    assert_string_equal(one + 32, ".card");
    kb_card_name("/c", "p", other);
    assert_string_equal(one, other);
    kb_card_name("/cp", "", other);
    assert_string_not_equal(one, other);
    kb_card_name("/d", "p", other);
    assert_string_not_equal(one, other);
}

/* --- the choice --------------------------------------------------------------------- */

static const struct kb_bond here = {.token = "https://h", .ca = "system"};
static const struct kb_bond there = {.token = "https://i", .ca = "system"};

static void test_the_newest_that_fits_is_chosen(void **state)
{
    struct kb_card card = card_of(HEAD CLIENT END);
    struct kb_card_client newer = card.clients[0];

    (void)state;
    newer.ref.bytes[0]++;
    assert_true(kb_card_put(&card, &newer));
    assert_ptr_equal(kb_card_pick(&card, "sealed-file", &here), &card.clients[0]);
    card.clients[0].bound = there;
    assert_ptr_equal(kb_card_pick(&card, "sealed-file", &here), &card.clients[1]);
    assert_ptr_equal(kb_card_pick(&card, "sealed-file", &there), &card.clients[0]);
    assert_null(kb_card_pick(&card, "secret-service", &here));
    card.clients[1].version_1 = true; /* fits as far as a card can say */
    assert_ptr_equal(kb_card_pick(&card, "sealed-file", &here), &card.clients[1]);
}

static void test_a_spare_client_is_never_chosen(void **state)
{
    struct kb_card card = card_of(HEAD CLIENT END);
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    card.clients[0].spare = true;
    assert_null(kb_card_pick(&card, "sealed-file", &here));
    assert_int_equal(kb_card_refuse(&card, "sealed-file", &here, &err), KB_ERR_NOT_FOUND);
    assert_mentions(err.hint, "keybearer add p");
}

/* A key that keygen made is nobody's client, whatever is asked for; a spare one is nobody's key. */
static void test_an_unfinished_key_is_never_chosen(void **state)
{
    struct kb_card card = card_of(HEAD UNFINISHED END);
    struct kb_bond nowhere = kb_bond_nowhere();
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    assert_null(kb_card_pick(&card, "s", &nowhere));
    assert_null(kb_card_in_use(&card, "s"));
    assert_int_equal(kb_card_refuse(&card, "s", &here, &err), KB_ERR_NOT_FOUND);
    assert_mentions(err.hint, "keybearer add p");
    assert_ptr_equal(kb_card_made_key(&card), &card.clients[0]);
    card.clients[0].spare = true;
    assert_null(kb_card_made_key(&card));
}

static void test_why_none_fits(void **state)
{
    struct kb_card card = card_of(HEAD CLIENT END);
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    assert_int_equal(kb_card_refuse(&card, "sealed-file", &there, &err), KB_ERR_DENIED);
    assert_mentions(err.msg, "https://h, not for https://i");
    assert_int_equal(kb_card_refuse(&card, "secret-service", &here, &err), KB_ERR_NOT_FOUND);
}

static void test_putting_and_dropping(void **state)
{
    struct kb_card card = card_of(HEAD CLIENT END);
    struct kb_card_client fresh = card.clients[0];
    struct kb_ref last;

    (void)state;
    assert_true(kb_ref_parse(OTHER, &fresh.ref));
    while (card.count < KB_CARD_CLIENTS_MAX) {
        fresh.ref.bytes[0]++;
        assert_true(kb_card_put(&card, &fresh));
    }
    assert_false(kb_card_put(&card, &fresh));
    assert_true(kb_ref_equal(&card.clients[0].ref, &fresh.ref));
    last = card.clients[KB_CARD_CLIENTS_MAX - 1].ref;
    kb_card_drop(&card, &last);
    kb_card_drop(&card, &last);
    kb_card_drop(&card, &fresh.ref);
    assert_int_equal(card.count, KB_CARD_CLIENTS_MAX - 2);
    assert_null(kb_card_find(&card, &last));
    assert_null(kb_card_find(&card, &fresh.ref));
    fresh.ref.bytes[0]--;
    assert_ptr_equal(kb_card_find(&card, &fresh.ref), &card.clients[0]);
}

/* --- the folder --------------------------------------------------------------------- */

static char home[64];

static int make_home(void **state)
{
    char path[128];

    (void)state;
    strcpy(home, "/tmp/kb-cards-XXXXXX");
    assert_non_null(mkdtemp(home));
    snprintf(path, sizeof(path), "%s/c.json", home);
    setenv("XDG_DATA_HOME", home, 1);
    setenv("KEYBEARER_CONFIG", path, 1);
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

static int remove_home(void **state)
{
    (void)state;
    return nftw(home, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static struct kb_config_identity folder(void)
{
    struct kb_config_identity identity;
    char path[KB_CARDS_PATH_MAX];

    assert_int_equal(kb_cards_path(path, NULL), KB_OK);
    assert_int_equal(kb_config_identify(path, &identity, NULL), KB_OK);
    return identity;
}

static struct kb_card own_card(void)
{
    struct kb_card card = card_of(HEAD CLIENT END);

    assert_int_equal(kb_config_path(card.config, sizeof(card.config), NULL), KB_OK);
    return card;
}

static void test_what_is_written_is_read(void **state)
{
    KB_AUTO(kb_cards_close) struct kb_cards cards = KB_CARDS_INIT;
    struct kb_card card = own_card(), back;
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    assert_int_equal(kb_cards_read("p", &back, &err), KB_ERR_NOT_FOUND);
    assert_int_equal(err.sys, ENOENT);
    assert_int_equal(kb_cards_open(&cards, NULL), KB_OK);
    assert_int_equal(kb_cards_write(&cards, &card, NULL), KB_OK);
    assert_int_equal(kb_cards_read("p", &back, NULL), KB_OK);
    assert_true(kb_ref_equal(&back.clients[0].ref, &card.clients[0].ref));
    assert_int_equal(kb_cards_read("q", &back, NULL), KB_ERR_NOT_FOUND);
    setenv("KEYBEARER_CONFIG", "/elsewhere/c.json", 1);
    assert_int_equal(kb_cards_read("p", &back, NULL), KB_ERR_NOT_FOUND);
    make_home(state);
}

static void test_a_card_without_clients_is_removed(void **state)
{
    KB_AUTO(kb_cards_close) struct kb_cards cards = KB_CARDS_INIT;
    struct kb_card card = own_card(), back;

    (void)state;
    assert_int_equal(kb_cards_open(&cards, NULL), KB_OK);
    assert_int_equal(kb_cards_write(&cards, &card, NULL), KB_OK);
    card.count = 0;
    assert_int_equal(kb_cards_write(&cards, &card, NULL), KB_OK);
    assert_int_equal(kb_cards_read("p", &back, NULL), KB_ERR_NOT_FOUND);
    assert_int_equal(kb_cards_write(&cards, &card, NULL), KB_OK);
}

/* So many looks find the folder's stamp of this tick, whatever the kernel's stamps are like. */
static int ticks, looks;

bool __real_kb_clock_is_in_this_tick(const struct timespec *stamp);
bool __wrap_kb_clock_is_in_this_tick(const struct timespec *stamp);

bool __wrap_kb_clock_is_in_this_tick(const struct timespec *stamp)
{
    looks++;
    return ticks-- > 0 || __real_kb_clock_is_in_this_tick(stamp);
}

static void test_a_change_waits_for_the_next_tick(void **state)
{
    KB_AUTO(kb_cards_close) struct kb_cards cards = KB_CARDS_INIT;
    struct kb_card card = own_card();

    (void)state;
    assert_int_equal(kb_cards_open(&cards, NULL), KB_OK);
    for (int change = 0; change < 2; change++) { /* writes it, removes it */
        ticks = 3;
        looks = 0;
        assert_int_equal(kb_cards_write(&cards, &card, NULL), KB_OK);
        assert_true(looks > 3);
        card.count = 0;
    }
}

/* Whoever knew the folder at any moment before a change finds another one after it. */
static void test_each_change_has_a_stamp_of_its_own(void **state)
{
    KB_AUTO(kb_cards_close) struct kb_cards cards = KB_CARDS_INIT;
    struct kb_card card = own_card(), back;
    struct kb_config_identity before, after;

    (void)state;
    assert_int_equal(kb_cards_open(&cards, NULL), KB_OK);
    for (int i = 0; i < 50; i++) {
        card.clients[0].since = i;
        before = folder();
        assert_int_equal(kb_cards_write(&cards, &card, NULL), KB_OK);
        after = folder();
        assert_memory_not_equal(&before.ctime, &after.ctime, sizeof(after.ctime));
        assert_int_equal(kb_cards_read("p", &back, NULL), KB_OK);
        assert_int_equal(back.clients[0].since, i);
    }
}

static void test_what_others_could_have_written_is_refused(void **state)
{
    KB_AUTO(kb_cards_close) struct kb_cards cards = KB_CARDS_INIT;
    struct kb_card card = own_card(), back;
    struct kb_error err = KB_ERROR_INIT;
    char name[KB_CARD_NAME_TEXT], path[256];

    (void)state;
    assert_int_equal(kb_cards_open(&cards, NULL), KB_OK);
    assert_int_equal(kb_cards_write(&cards, &card, NULL), KB_OK);
    kb_card_name(card.config, "p", name);
    snprintf(path, sizeof(path), "%s/keybearer/clients/%s", home, name);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(kb_cards_read("p", &back, &err), KB_ERR_DENIED);
    assert_mentions(err.msg, path);
    assert_mentions(err.hint, path);
}

static bool see(const struct kb_card *card, void *data)
{
    *(int *)data += card->count > 0;
    return true;
}

static void test_cards_of_all_configurations_are_seen(void **state)
{
    KB_AUTO(kb_cards_close) struct kb_cards cards = KB_CARDS_INIT;
    struct kb_card card = own_card();
    int seen = 0;

    (void)state;
    assert_int_equal(kb_cards_open(&cards, NULL), KB_OK);
    assert_int_equal(kb_cards_write(&cards, &card, NULL), KB_OK);
    strcpy(card.config, "/elsewhere/c.json");
    assert_int_equal(kb_cards_write(&cards, &card, NULL), KB_OK);
    strcpy(card.profile, "q");
    assert_int_equal(kb_cards_write(&cards, &card, NULL), KB_OK);
    assert_int_equal(kb_cards_each("p", see, &seen, NULL), KB_OK);
    assert_int_equal(seen, 2);
}

static void test_whoever_looks_at_all_is_told_of_one_that_cannot_be_read(void **state)
{
    KB_AUTO(kb_cards_close) struct kb_cards cards = KB_CARDS_INIT;
    struct kb_card card = own_card();
    struct kb_error err = KB_ERROR_INIT;
    char name[KB_CARD_NAME_TEXT];
    int seen = 0;
    (void)state;
    assert_int_equal(kb_cards_each(NULL, see, &seen, NULL), KB_OK);
    assert_int_equal(kb_cards_open(&cards, NULL), KB_OK);
    assert_int_equal(kb_cards_write(&cards, &card, NULL), KB_OK);
    strcpy(card.config, "/elsewhere/c.json");
    assert_int_equal(kb_cards_write(&cards, &card, NULL), KB_OK);
    kb_card_name(card.config, card.profile, name);
    assert_int_equal(fchmodat(cards.dir, name, 0644, 0), 0);
    assert_int_equal(kb_cards_each(NULL, see, &seen, &err), KB_ERR_DENIED);
    assert_non_null(strstr(err.msg, name));
    assert_int_equal(seen, 1);
}

static void test_whether_a_card_still_says_the_same(void **state)
{
    KB_AUTO(kb_cards_close) struct kb_cards cards = KB_CARDS_INIT;
    struct kb_card card = own_card(), none = card, other = card;
    (void)state;
    none.count = 0;
    other.clients[0].ref.bytes[0]++;
    assert_int_equal(kb_cards_open(&cards, NULL), KB_OK);
    assert_true(kb_cards_still_say(&cards, &none));
    assert_false(kb_cards_still_say(&cards, &card));
    assert_int_equal(kb_cards_write(&cards, &card, NULL), KB_OK);
    assert_false(kb_cards_still_say(&cards, &none));
    assert_true(kb_cards_still_say(&cards, &card));
    assert_false(kb_cards_still_say(&cards, &other));
}

static void test_a_store_of_another_release_is_called_as_the_card_does(void **state)
{
    (void)state;
    assert_string_equal(kb_say_store("sealed-file"), "the vault (sealed-file)");
    assert_string_equal(kb_say_store("secret-service"), "the keyring (secret-service)");
    assert_string_equal(kb_say_store("tpm"), "tpm");
}

#define IN_HOME(name) cmocka_unit_test_setup_teardown(name, make_home, remove_home)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_card_round_trips),
        cmocka_unit_test(test_anything_else_is_refused),
        cmocka_unit_test(test_the_largest_card_has_room),
        cmocka_unit_test(test_a_newer_card_is_called_newer),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_the_newest_that_fits_is_chosen),
        cmocka_unit_test(test_a_spare_client_is_never_chosen),
        cmocka_unit_test(test_an_unfinished_key_is_never_chosen),
        cmocka_unit_test(test_why_none_fits),
        cmocka_unit_test(test_putting_and_dropping),
        cmocka_unit_test(test_a_store_of_another_release_is_called_as_the_card_does),
        IN_HOME(test_what_is_written_is_read),
        IN_HOME(test_a_card_without_clients_is_removed),
        IN_HOME(test_a_change_waits_for_the_next_tick),
        IN_HOME(test_each_change_has_a_stamp_of_its_own),
        IN_HOME(test_what_others_could_have_written_is_refused),
        IN_HOME(test_cards_of_all_configurations_are_seen),
        IN_HOME(test_whoever_looks_at_all_is_told_of_one_that_cannot_be_read),
        IN_HOME(test_whether_a_card_still_says_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
