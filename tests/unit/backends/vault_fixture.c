/*
 * A home of its own for each test of the vault.
 */
#include "vault_fixture.h"

#include "backends/vault.h"
#include "base/file.h"
#include "base/kernel_key.h"
#include "vault_format.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

char fixture_root[64];
char fixture_vault[128];
char fixture_key_file[128];
struct kb_error fixture_err;

const struct kb_vault_cost fixture_cost = {KB_VAULT_OPS_MIN, KB_VAULT_MEM_MIN};

int fixture_setup(void **state)
{
    (void)state;
    unsigned char key[32];
    assert_int_not_equal(sodium_init(), -1);
    strcpy(fixture_root, "/tmp/kb-vault-XXXXXX");
    assert_non_null(mkdtemp(fixture_root));
    snprintf(fixture_vault, sizeof(fixture_vault), "%s/keybearer/vault", fixture_root);
    snprintf(fixture_key_file, sizeof(fixture_key_file), "%s/key", fixture_root);
    setenv("XDG_DATA_HOME", fixture_root, 1);
    setenv("HOME", fixture_root, 1);
    unsetenv("KEYBEARER_KEY_FILE");
    unsetenv("CREDENTIALS_DIRECTORY");
    randombytes_buf(key, sizeof(key));
    fixture_write_path(fixture_key_file, key, sizeof(key), 0600);
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

int fixture_teardown(void **state)
{
    (void)state;
    /* Not to leave a key in the kernel; a test may have damaged the vault. */
    (void)!kb_vault_lock(&fixture_err);
    return nftw(fixture_root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void make_vault(const struct kb_vault_opener *opener)
{
    struct kb_error err = KB_ERROR_INIT;
    if (kb_vault_create_with(opener, FIXTURE_TTL, &err) != KB_OK)
        fail_msg("no vault: %s", err.msg);
}

void fixture_make_passphrase_vault(void)
{
    KB_AUTO(kb_secret_clear) struct kb_secret passphrase = fixture_secret(FIXTURE_PASSPHRASE);
    make_vault(&(struct kb_vault_opener){.passphrase = &passphrase, .cost = fixture_cost});
}

void fixture_make_key_file_vault(void)
{
    make_vault(&(struct kb_vault_opener){.key_file = fixture_key_file});
    setenv("KEYBEARER_KEY_FILE", fixture_key_file, 1);
}

struct kb_secret fixture_secret(const char *text)
{
    struct kb_secret secret = KB_SECRET_INIT;
    assert_int_equal(kb_secret_set(&secret, text, strlen(text), NULL), KB_OK);
    return secret;
}

struct kb_ref fixture_ref(const char *profile)
{
    struct kb_ref ref;
    crypto_generichash(
        ref.bytes, sizeof(ref.bytes), (const unsigned char *)profile, strlen(profile), NULL, 0);
    return ref;
}

const char *fixture_file(const char *profile)
{
    static char name[64];
    char text[KB_REF_TEXT];
    struct kb_ref ref = fixture_ref(profile);
    kb_ref_format(&ref, text);
    snprintf(name, sizeof(name), "%s%s", text, KB_VAULT_RECORD_SUFFIX);
    return name;
}

static struct kb_bond bond_of(const char *token_url)
{
    struct kb_profile profile = KB_PROFILE_INIT;
    struct kb_bond bond;
    assert_int_equal(kb_url_parse(token_url, strlen(token_url), &profile.token_url, NULL), KB_OK);
    assert_int_equal(kb_bond_of(&profile, &bond, NULL), KB_OK);
    return bond;
}

struct kb_client fixture_client(
    const char *profile, const char *id, const char *secret, const char *token_url)
{
    struct kb_client client = {
        .ref = fixture_ref(profile),
        .bound = bond_of(token_url),
        .proof = KB_PROOF_SECRET,
        .id = fixture_secret(id),
        .secret = fixture_secret(secret),
    };
    snprintf(client.profile, sizeof(client.profile), "%s", profile);
    return client;
}

struct kb_store_context fixture_context_1(const char *profile, const char *token_url)
{
    static struct kb_bond bonds[8]; /* more than any test holds at a time */
    static size_t next;
    struct kb_bond *bond = &bonds[next++ % KB_COUNT(bonds)];
    *bond = bond_of(token_url);
    return (struct kb_store_context){
        .profile = profile, .bond = bond, .deadline = kb_deadline_in_ms(20000)};
}

struct kb_store_context fixture_context(const char *profile, const char *token_url)
{
    static struct kb_ref refs[8];
    static size_t next;
    struct kb_store_context context = fixture_context_1(profile, token_url);
    struct kb_ref *ref = &refs[next++ % KB_COUNT(refs)];
    *ref = fixture_ref(profile);
    context.ref = ref;
    return context;
}

enum kb_err fixture_rewrap(const char *old_text, const char *new_text, const char *key_file)
{
    KB_AUTO(kb_secret_clear) struct kb_secret old = fixture_secret(old_text);
    KB_AUTO(kb_secret_clear) struct kb_secret new = fixture_secret(new_text);
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    unsigned char id[16];
    enum kb_err rc = kb_vault_open(&old, &key, id, &fixture_err);

    return rc ? rc : kb_vault_rewrap(&key, id, &new, key_file, &fixture_err);
}

void fixture_read(const char *name, struct kb_buf *ret)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", fixture_vault, name);
    assert_int_equal(kb_file_read(AT_FDCWD, path, KB_FILE_PRIVATE, ret, &fixture_err), KB_OK);
}

void fixture_write_path(const char *path, const void *bytes, size_t len, unsigned mode)
{
    KB_AUTO(kb_fd_close) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(kb_write_all(fd, bytes, len, NULL), KB_OK);
}

void fixture_write(const char *name, const void *bytes, size_t len)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", fixture_vault, name);
    fixture_write_path(path, bytes, len, 0600);
}

bool fixture_has_kernel_keyring(void)
{
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    assert_int_equal(kb_secret_random(&key, KB_KERNEL_KEY_LEN, NULL), KB_OK);
    char name[64];
    snprintf(name, sizeof(name), "keybearer:test:%ld", (long)getpid());
    bool works = kb_kernel_key_write(name, &key, 10, &fixture_err) == KB_OK;
    return works && kb_kernel_key_revoke(name, &fixture_err) == KB_OK;
}
