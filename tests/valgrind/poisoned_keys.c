/*
 * No branch and no address depends on a key. To memcheck the keys here were never written, so
 * it reports each that does. Only libsodium looks whether a seal fits, and what it says of that
 * is no secret: poisoned_keys.suppressions names the place.
 *
 * Ends with 0 when all went as it must; what memcheck finds is its own affair. poisoned_keys.sh
 * gives it directories of its own: it destroys the token cache that it finds.
 */
#include "cache/record.h"
#include "core/client.h"
#include "sealed_client.h"
#include "vault_slots.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <valgrind/memcheck.h>

#define PROFILE "work"
#define URL "https://auth.example.com/token"
#define TEXT "what is sealed"

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #condition, err.msg);     \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

static struct kb_error err;

static void poison(const struct kb_secret *key)
{
    VALGRIND_MAKE_MEM_UNDEFINED(key->bytes, key->len);
}

/* What is decided by a key on purpose is known again. */
static bool known(bool decided)
{
    VALGRIND_MAKE_MEM_DEFINED(&decided, sizeof(decided));
    return decided;
}

static void publish(struct kb_buf *bytes)
{
    VALGRIND_MAKE_MEM_DEFINED(bytes->data, bytes->len);
}

static struct kb_secret random_key(void)
{
    struct kb_secret key = KB_SECRET_INIT;

    MUST(!kb_secret_random(&key, KB_VAULT_KEY_LEN, &err));
    poison(&key);
    return key;
}

static void session_key(void)
{
    KB_AUTO(kb_cache_close) struct kb_cache cache = KB_CACHE_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf plain = KB_BUF_INIT(64);
    KB_AUTO(kb_record_clear) struct kb_record record = {0};
    const struct kb_cache_key name = {{1}};

    kb_buf_str(&plain, TEXT);
    kb_cache_create(&cache);
    MUST(cache.level != KB_PROTECTION_NONE);
    poison(&cache.key);
    MUST(!kb_record_write(&cache, KB_RECORD_TOKEN, &name, &plain, &err));
    MUST(!kb_record_read(&cache, KB_RECORD_TOKEN, &name, &record, &err));
    VALGRIND_MAKE_MEM_DEFINED(&record.len, sizeof(record.len));
    VALGRIND_MAKE_MEM_DEFINED(record.plain, record.len);
    MUST(!kb_cache_destroy(&err));
    MUST(record.len == strlen(TEXT) && memcmp(record.plain, TEXT, record.len) == 0);
}

static void vault_key_in_a_slot(void)
{
    KB_AUTO(kb_secret_clear) struct kb_secret key = random_key(), again = KB_SECRET_INIT;
    const struct kb_vault_opener opener = {.key_file = getenv("POISONED_KEY_FILE")};
    struct kb_vault vault = {0};

    MUST(!kb_vault_wrap(&vault, &opener, &key, &err));
    VALGRIND_MAKE_MEM_DEFINED(&vault, sizeof(vault));
    MUST(!kb_vault_unwrap(&vault, &opener, &again, &err));
    poison(&again);
    MUST(known(kb_secret_equal(&key, &again)));
}

static void client_under_a_vault_key(void)
{
    static const unsigned char id[KB_VAULT_ID_LEN] = "0123456789abcde";
    KB_AUTO(kb_secret_clear) struct kb_secret key = random_key();
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf sealed = KB_BUF_INIT(KB_VAULT_CLIENT_FILE_MAX);
    struct kb_vault_record file;

    client.proof = KB_PROOF_SECRET;
    client.bound = (struct kb_bond){.token = "https://auth.example.com", .ca = "system"};
    MUST(
        !kb_secret_set(&client.id, "id", 2, &err) && !kb_secret_set(&client.secret, TEXT, 4, &err));
    MUST(!kb_sealed_record_make(&client, id, &key, &sealed, &err));
    publish(&sealed);
    sealed.data[sealed.len - 1] ^= 1; /* what opens would be read, and JSON has branches */
    MUST(!kb_sealed_record_look(&sealed, &client.ref, &file, &err));
    MUST(kb_sealed_record_open(&file, id, &key, &client, &err) == KB_ERR_CORRUPT);
}

/* A comparison takes the same way for equal and unequal secrets. */
static void comparisons(void)
{
    KB_AUTO(kb_secret_clear) struct kb_secret one = random_key(), other = random_key();
    KB_AUTO(kb_secret_clear) struct kb_secret copy = KB_SECRET_INIT;

    MUST(!kb_secret_set(&copy, one.bytes, one.len, &err));
    MUST(known(kb_secret_equal(&one, &copy)));
    MUST(!known(kb_secret_equal(&one, &other)));
}

static void keys_in_guarded_memory(void)
{
    kb_secret_guard();
    comparisons();
    client_under_a_vault_key();
}

int main(void)
{
    MUST(getenv("POISONED_KEY_FILE"));
    MUST(sodium_init() >= 0);
    session_key();
    vault_key_in_a_slot();
    client_under_a_vault_key();
    comparisons();
    keys_in_guarded_memory();
    return 0;
}
