/*
 * Makes the golden files of the sealed-file format, once for each version of it:
 *
 *     make_sealed_golden DIRECTORY
 *
 * DIRECTORY, which must not exist, gets a vault with a passphrase and a key file, two
 * clients, and what opens them. Never run again for a version whose files are checked in:
 * the point of those is that they stay as they are. Not part of the normal build.
 */
#include "backends/store.h"
#include "backends/vault.h"
#include "base/file.h"
#include "sealed_golden.h"
#include "vault_slots.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct kb_error err;

static void must(bool done, const char *what)
{
    if (done)
        return;
    fprintf(stderr, "make_sealed_golden: %s: %s\n", what, err.msg);
    exit(1);
}

static void make_vault(const char *key_file)
{
    KB_AUTO(kb_secret_clear) struct kb_secret passphrase = KB_SECRET_INIT;
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    unsigned char id[16];
    const struct kb_vault_opener opener = {
        .passphrase = &passphrase,
        .cost = {KB_VAULT_OPS_MIN, KB_VAULT_MEM_MIN},
    };
    must(!kb_secret_set(&passphrase, GOLDEN_PASSPHRASE, strlen(GOLDEN_PASSPHRASE), &err), "memory");
    must(!kb_vault_create_with(&opener, 60, &err), "vault");
    must(!kb_vault_open(&passphrase, &key, id, &err), "vault key");
    must(!kb_vault_rewrap(&key, id, NULL, key_file, &err), "key file slot");
}

static void save_client(const struct golden_client *golden)
{
    KB_AUTO(kb_client_clear) struct kb_client client = {.proof = KB_PROOF_SECRET};
    struct kb_profile profile = KB_PROFILE_INIT;
    const struct kb_store_context context = {.profile = golden->profile,
        .ref = &client.ref,
        .bond = &client.bound,
        .deadline = kb_deadline_in_ms(20000)};
    must(kb_ref_parse(golden->ref, &client.ref), "reference");
    must(!kb_url_parse(golden->token_url, strlen(golden->token_url), &profile.token_url, &err) &&
             !kb_bond_of(&profile, &client.bound, &err),
        "bond");
    snprintf(client.profile, sizeof(client.profile), "%s", golden->profile);
    must(!kb_secret_set(&client.id, golden->id, strlen(golden->id), &err), "memory");
    must(!kb_secret_set(&client.secret, golden->secret, strlen(golden->secret), &err), "memory");
    must(!kb_store_find("sealed-file")->save(&context, &client, &err), "client");
}

/* The vault is made where XDG_DATA_HOME points, then moved to its flat place. */
int main(int argc, char *argv[])
{
    char path[4096], target[4096];
    unsigned char key[KB_VAULT_KEY_FILE_MIN];
    must(argc == 2 && argv[1][0] == '/' && sodium_init() >= 0, "usage: ABSOLUTE-DIRECTORY");
    must(mkdir(argv[1], 0700) == 0, "the directory exists");
    setenv("XDG_DATA_HOME", argv[1], 1);
    KB_AUTO(kb_fd_close) int dir = -1;
    must(!kb_dir_open(argv[1], false, &dir, &err), "directory");
    randombytes_buf(key, sizeof(key));
    must(!kb_file_replace(dir, "key-file.bin", key, sizeof(key), &err), "key file");
    snprintf(path, sizeof(path), "%s/key-file.bin", argv[1]);
    setenv("KEYBEARER_KEY_FILE", path, 1);
    make_vault(path);
    for (size_t i = 0; i < KB_COUNT(golden_clients); i++)
        save_client(&golden_clients[i]);
    must(!kb_vault_lock(&err), "lock");
    snprintf(path, sizeof(path), "%s/keybearer/vault", argv[1]);
    snprintf(target, sizeof(target), "%s/vault", argv[1]);
    must(rename(path, target) == 0, "move");
    snprintf(path, sizeof(path), "%s/keybearer", argv[1]);
    must(remove(path) == 0, "clean up");
    return 0;
}
