/*
 * Makes the fault vectors of the sealed-file format from the golden files of one version:
 *
 *     make_sealed_faults tests/golden/sealed/v1 >tests/golden/sealed/v1/faults.txt
 *
 * Each vector is one of the golden files with one fault, and what must be said about it. No
 * randomness goes in, so the same golden files always give the same text. Vectors may be added
 * to the end of a table; those that are checked in stay as they are. Not part of the normal
 * build.
 */
#include "../../client_head.h"
#include "../../read_all.h"
#include "base/file.h"
#include "sealed_client.h"
#include "sealed_golden.h"
#include "vault_slots.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLIENT_FILE "zuora-sandbox.kbc"
#define PROFILE "zuora-sandbox"
#define URL "https://rest.apisandbox.zuora.com/oauth/token"

/* Where the fields of the golden client are. */
enum {
    C_VERSION = 8,
    C_VAULT_ID = 9,
    C_PROFILE_LEN = C_VAULT_ID + KB_VAULT_ID_LEN,
    C_PROFILE = C_PROFILE_LEN + 4,
    C_URL_LEN = C_PROFILE + sizeof(PROFILE) - 1,
    C_URL = C_URL_LEN + 4,
    C_NONCE = C_URL + sizeof(URL) - 1,
    C_LEN = C_NONCE + KB_VAULT_NONCE_LEN,
    C_SEALED = C_LEN + 4,
};

/* And those of the golden vault: a slot for a passphrase, one for a key file, a digest. */
enum {
    V_VERSION = 7,
    V_ID = 8,
    V_COUNT = 24,
    V_PERSON = 25,
    V_SLOT_LEN = 97,
    V_MACHINE = V_PERSON + V_SLOT_LEN,
    V_DIGEST = V_MACHINE + V_SLOT_LEN,
    V_DIGEST_LEN = 32,
    S_KIND = 0,
    S_PASSES = 1,
    S_MEMORY = 5,
    S_SALT = 9,
    S_NONCE = 25,
    S_WRAPPED = 49,
    S_TAG = 81,
};

#define TO_END 100000 /* as a length: everything that follows */
#define END (-1)      /* as a place: behind the last byte; -2 is before the last byte */
#define BYTES(text) text, sizeof(text) - 1

/* At AT, CUT bytes give way to INSERT; then the byte there is xored with FLIP. */
struct fault {
    const char *name;
    int at, cut;
    const char *insert;
    size_t insert_len;
    unsigned char flip;
    const char *verdict, *says;
};

#define FLIP(name, at, bit, verdict, says)                                                         \
    {                                                                                              \
        name, at, 0, "", 0, bit, verdict, says                                                     \
    }

static const char start[] = "does not begin like";
static const char cut_short[] = "cut short";
static const char lengths[] = "lengths do not add up";
static const char changed[] = "changed since it was written";
static const char trailing[] = "it is damaged";
static const char damaged[] = "the stored client is damaged";

static const struct fault client_faults[] = {
    {"client-unchanged", END, 0, BYTES(""), 0, "ok", ""},
    {"client-empty", 0, TO_END, BYTES(""), 0, "corrupt", start},
    FLIP("client-magic-first-bit", 0, 0x01, "corrupt", start),
    FLIP("client-magic-last-bit", 7, 0x80, "corrupt", start),
    {"client-magic-lower-case", 0, 8, BYTES("kbclient"), 0, "corrupt", start},
    {"client-magic-of-the-vault", 0, 8, BYTES("KBVAULT\1"), 0, "corrupt", start},
    {"client-only-magic", 8, TO_END, BYTES(""), 0, "corrupt", cut_short},
    {"client-only-magic-and-version", 9, TO_END, BYTES(""), 0, "corrupt", lengths},
    {"client-version-0", C_VERSION, 1, BYTES("\0"), 0, "corrupt", "format version 0"},
    {"client-version-2", C_VERSION, 1, BYTES("\2"), 0, "corrupt", "format version 2"},
    {"client-version-255", C_VERSION, 1, BYTES("\377"), 0, "corrupt", "format version 255"},
    {"client-version-as-a-digit", C_VERSION, 1, BYTES("1"), 0, "corrupt", "format version 49"},
    {"client-cut-in-the-vault-id", C_VAULT_ID + 8, TO_END, BYTES(""), 0, "corrupt", lengths},
    FLIP("client-vault-id-first-bit", C_VAULT_ID, 0x01, "corrupt", "another vault"),
    FLIP("client-vault-id-last-bit", C_PROFILE_LEN - 1, 0x80, "corrupt", "another vault"),
    {"client-profile-length-0", C_PROFILE_LEN, 4, BYTES("\0\0\0\0"), 0, "corrupt", lengths},
    {"client-profile-one-longer", C_PROFILE_LEN, 1, BYTES("\16"), 0, "corrupt", lengths},
    {"client-profile-one-shorter", C_PROFILE_LEN, 1, BYTES("\14"), 0, "corrupt", lengths},
    {"client-profile-length-64", C_PROFILE_LEN, 1, BYTES("\100"), 0, "corrupt", lengths},
    {"client-profile-length-2g", C_PROFILE_LEN, 4, BYTES("\0\0\0\200"), 0, "corrupt", lengths},
    {"client-profile-length-4g", C_PROFILE_LEN, 4, BYTES("\377\377\377\377"), 0, "corrupt",
        lengths},
    {"client-profile-length-big-endian", C_PROFILE_LEN, 4, BYTES("\0\0\0\15"), 0, "corrupt",
        lengths},
    {"client-profile-with-nul", C_PROFILE + 3, 1, BYTES("\0"), 0, "corrupt", lengths},
    {"client-profile-another", C_PROFILE, 5, BYTES("other"), 0, "corrupt",
        "sealed for the profile \"other-sandbox\""},
    {"client-profile-upper-case", C_PROFILE, 1, BYTES("Z"), 0, "corrupt",
        "sealed for the profile \"Zuora-sandbox\""},
    {"client-profile-with-escape", C_PROFILE, 4, BYTES("\33[2J"), 0, "corrupt",
        "sealed for the profile \"?[2Ja-sandbox\""},
    {"client-url-length-0", C_URL_LEN, 4, BYTES("\0\0\0\0"), 0, "corrupt", lengths},
    {"client-url-one-longer", C_URL_LEN, 1, BYTES("\56"), 0, "corrupt", lengths},
    {"client-url-one-shorter", C_URL_LEN, 1, BYTES("\54"), 0, "corrupt", lengths},
    {"client-url-length-4g", C_URL_LEN, 4, BYTES("\377\377\377\377"), 0, "corrupt", lengths},
    {"client-url-with-nul", C_URL + 5, 1, BYTES("\0"), 0, "corrupt", lengths},
    {"client-url-another-host", C_URL + 8, 4, BYTES("evil"), 0, "denied",
        "was stored for https://evil.apisandbox.zuora.com, not for"},
    {"client-url-another-scheme", C_URL, 8, BYTES("https:/\\"), 0, "corrupt", damaged},
    {"client-url-not-one", C_URL, 4, BYTES("xxxx"), 0, "corrupt", damaged},
    {"client-url-with-user", C_URL + 8, 5, BYTES("a:b@c"), 0, "corrupt", damaged},
    {"client-url-with-line-end", C_URL + 36, 1, BYTES("\n"), 0, "corrupt", damaged},
    {"client-url-another-path", C_URL + 34, 5, BYTES("other"), 0, "corrupt", changed},
    {"client-url-host-upper-case", C_URL + 8, 4, BYTES("REST"), 0, "corrupt", changed},
    FLIP("client-nonce-first-bit", C_NONCE, 0x01, "corrupt", changed),
    FLIP("client-nonce-last-bit", C_LEN - 1, 0x80, "corrupt", changed),
    {"client-length-0", C_LEN, 4, BYTES("\0\0\0\0"), 0, "corrupt", lengths},
    {"client-length-of-a-tag", C_LEN, 4, BYTES("\20\0\0\0"), 0, "corrupt", lengths},
    {"client-length-17", C_LEN, 4, BYTES("\21\0\0\0"), 0, "corrupt", trailing},
    {"client-length-one-shorter", C_LEN, 1, BYTES("\242"), 0, "corrupt", trailing},
    {"client-length-one-longer", C_LEN, 1, BYTES("\244"), 0, "corrupt", lengths},
    {"client-length-above-the-limit", C_LEN, 4, BYTES("\21\200\0\0"), 0, "corrupt", lengths},
    {"client-length-4g", C_LEN, 4, BYTES("\377\377\377\377"), 0, "corrupt", lengths},
    FLIP("client-sealed-first-bit", C_SEALED, 0x01, "corrupt", changed),
    FLIP("client-sealed-middle-bit", C_SEALED + 60, 0x10, "corrupt", changed),
    FLIP("client-tag-first-bit", -17, 0x01, "corrupt", changed),
    FLIP("client-tag-last-bit", -2, 0x80, "corrupt", changed),
    {"client-cut-by-a-byte", -2, TO_END, BYTES(""), 0, "corrupt", lengths},
    {"client-cut-by-the-tag", -17, TO_END, BYTES(""), 0, "corrupt", lengths},
    {"client-cut-behind-the-head", C_SEALED, TO_END, BYTES(""), 0, "corrupt", lengths},
    {"client-with-nul-behind", END, 0, BYTES("\0"), 0, "corrupt", trailing},
    {"client-with-line-end-behind", END, 0, BYTES("\n"), 0, "corrupt", trailing},
    {"client-with-line-end-before", 0, 0, BYTES("\n"), 0, "corrupt", start},
    {"client-with-byte-order-mark", 0, 0, BYTES("\357\273\277"), 0, "corrupt", start},
    {"client-a-byte-lost", C_SEALED + 5, 1, BYTES(""), 0, "corrupt", lengths},
    {"client-a-byte-more", C_SEALED + 5, 0, BYTES("x"), 0, "corrupt", trailing},
};

static const char checksum[] = "checksum does not match";
static const char bounds[] = "outside the allowed bounds";
static const char slots[] = "number of slots";
static const char unknown_kind[] = "slot of an unknown kind";
static const char does_not_open[] = "does not unlock the vault";

/* As damage does it: the digest stays what it was. */
static const struct fault vault_damage[] = {
    {"vault-unchanged", END, 0, BYTES(""), 0, "ok", ""},
    {"vault-empty", 0, TO_END, BYTES(""), 0, "corrupt", start},
    FLIP("vault-magic-first-bit", 0, 0x01, "corrupt", start),
    {"vault-magic-of-a-client", 0, 8, BYTES("KBCLIENT"), 0, "corrupt", start},
    {"vault-only-magic", 7, TO_END, BYTES(""), 0, "corrupt", cut_short},
    FLIP("vault-version-bit", V_VERSION, 0x02, "corrupt", "format version 3"),
    FLIP("vault-id-bit", V_ID, 0x01, "corrupt", checksum),
    FLIP("vault-count-bit", V_COUNT, 0x01, "corrupt", checksum),
    FLIP("vault-kind-bit", V_PERSON + S_KIND, 0x01, "corrupt", checksum),
    FLIP("vault-passes-bit", V_PERSON + S_PASSES, 0x01, "corrupt", checksum),
    FLIP("vault-memory-bit", V_PERSON + S_MEMORY, 0x01, "corrupt", checksum),
    FLIP("vault-salt-bit", V_MACHINE + S_SALT, 0x01, "corrupt", checksum),
    FLIP("vault-nonce-bit", V_MACHINE + S_NONCE, 0x01, "corrupt", checksum),
    FLIP("vault-wrapped-bit", V_MACHINE + S_WRAPPED, 0x01, "corrupt", checksum),
    FLIP("vault-tag-bit", V_MACHINE + S_TAG, 0x01, "corrupt", checksum),
    FLIP("vault-digest-first-bit", V_DIGEST, 0x01, "corrupt", checksum),
    FLIP("vault-digest-last-bit", -2, 0x80, "corrupt", checksum),
    {"vault-cut-by-a-byte", -2, TO_END, BYTES(""), 0, "corrupt", checksum},
    {"vault-cut-by-the-digest", V_DIGEST, TO_END, BYTES(""), 0, "corrupt", checksum},
    {"vault-cut-behind-the-version", V_ID, TO_END, BYTES(""), 0, "corrupt", cut_short},
    {"vault-with-nul-behind", END, 0, BYTES("\0"), 0, "corrupt", checksum},
    {"vault-with-line-end-behind", END, 0, BYTES("\r\n"), 0, "corrupt", checksum},
    {"vault-a-slot-lost", V_PERSON, V_SLOT_LEN, BYTES(""), 0, "corrupt", checksum},
};

/* As somebody does it who can write the file: with a digest that fits. */
static const struct fault vault_forgeries[] = {
    {"vault-forged-version-0", V_VERSION, 1, BYTES("\0"), 0, "corrupt", "format version 0"},
    {"vault-forged-version-2", V_VERSION, 1, BYTES("\2"), 0, "corrupt", "format version 2"},
    FLIP("vault-forged-id", V_ID, 0x01, "denied", does_not_open),
    {"vault-forged-count-0", V_COUNT, 1, BYTES("\0"), 0, "corrupt", slots},
    {"vault-forged-count-1", V_COUNT, 1, BYTES("\1"), 0, "corrupt", trailing},
    {"vault-forged-count-3", V_COUNT, 1, BYTES("\3"), 0, "corrupt", slots},
    {"vault-forged-count-255", V_COUNT, 1, BYTES("\377"), 0, "corrupt", slots},
    {"vault-forged-kind-0", V_MACHINE, 1, BYTES("\0"), 0, "corrupt", unknown_kind},
    {"vault-forged-kind-3", V_MACHINE, 1, BYTES("\3"), 0, "corrupt", unknown_kind},
    {"vault-forged-kind-255", V_MACHINE, 1, BYTES("\377"), 0, "corrupt", unknown_kind},
    {"vault-forged-kind-costs-nothing", V_PERSON, 1, BYTES("\2"), 0, "corrupt", bounds},
    {"vault-forged-kind-costs-a-lot", V_PERSON, 9, BYTES("\2\0\0\0\0\0\0\0\0"), 0, "corrupt",
        "two slots of one kind"},
    {"vault-forged-passes-0", V_PERSON + S_PASSES, 4, BYTES("\0\0\0\0"), 0, "corrupt", bounds},
    {"vault-forged-passes-9", V_PERSON + S_PASSES, 4, BYTES("\11\0\0\0"), 0, "corrupt", bounds},
    {"vault-forged-passes-4g", V_PERSON + S_PASSES, 4, BYTES("\377\377\377\377"), 0, "corrupt",
        bounds},
    {"vault-forged-memory-0", V_PERSON + S_MEMORY, 4, BYTES("\0\0\0\0"), 0, "corrupt", bounds},
    {"vault-forged-memory-1-less", V_PERSON + S_MEMORY, 4, BYTES("\377\377\0\0"), 0, "corrupt",
        bounds},
    {"vault-forged-memory-1-more", V_PERSON + S_MEMORY, 4, BYTES("\1\0\20\0"), 0, "corrupt",
        bounds},
    {"vault-forged-memory-4-tib", V_PERSON + S_MEMORY, 4, BYTES("\377\377\377\377"), 0, "corrupt",
        bounds},
    {"vault-forged-key-file-passes", V_MACHINE + S_PASSES, 1, BYTES("\1"), 0, "corrupt", bounds},
    {"vault-forged-key-file-memory", V_MACHINE + S_MEMORY, 4, BYTES("\0\0\1\0"), 0, "corrupt",
        bounds},
    FLIP("vault-forged-salt", V_MACHINE + S_SALT, 0x01, "denied", does_not_open),
    FLIP("vault-forged-nonce", V_MACHINE + S_NONCE, 0x01, "denied", does_not_open),
    FLIP("vault-forged-wrapped-key", V_MACHINE + S_WRAPPED, 0x01, "denied", does_not_open),
    FLIP("vault-forged-tag", V_MACHINE + S_TAG, 0x01, "denied", does_not_open),
    {"vault-forged-byte-behind", V_DIGEST, 0, BYTES("x"), 0, "corrupt", trailing},
    {"vault-forged-byte-lost", V_MACHINE + S_TAG, 1, BYTES(""), 0, "corrupt", cut_short},
    {"vault-forged-without-its-slots", V_PERSON, 2 * V_SLOT_LEN, BYTES(""), 0, "corrupt",
        cut_short},
    /* Slots do not depend on one another: the key file's opens whatever the other's looks like. */
    FLIP("vault-forged-slot-of-the-other", V_PERSON + S_TAG, 0x01, "ok", ""),
};

/* The same for the slot of the passphrase, each at the price of a derivation. */
static const struct fault vault_forgeries_for_a_person[] = {
    {"vault-person-unchanged", V_DIGEST, 0, BYTES(""), 0, "ok", ""},
    FLIP("vault-person-forged-id", V_ID, 0x01, "denied", "wrong passphrase"),
    FLIP("vault-person-forged-passes", V_PERSON + S_PASSES, 0x03, "denied", "wrong passphrase"),
    FLIP("vault-person-forged-memory", V_PERSON + S_MEMORY, 0x01, "denied", "wrong passphrase"),
    FLIP("vault-person-forged-salt", V_PERSON + S_SALT, 0x01, "denied", "wrong passphrase"),
    FLIP("vault-person-forged-nonce", V_PERSON + S_NONCE, 0x01, "denied", "wrong passphrase"),
    FLIP("vault-person-forged-wrapped-key", V_PERSON + S_WRAPPED, 0x01, "denied",
        "wrong passphrase"),
    FLIP("vault-person-forged-tag", V_PERSON + S_TAG, 0x01, "denied", "wrong passphrase"),
};

#define RECORD(version, id, secret, url)                                                           \
    "{\"v\":" version ",\"id\":" id ",\"secret\":" secret ",\"token_url\":" url "}"

/* Sealed under the right key, and yet not a client. */
static const struct {
    const char *name, *plain;
    size_t len;
    const char *verdict, *says;
} contents[] = {
    {"content-good", BYTES(RECORD("1", "\"i\"", "\"s\"", "\"" URL "\"")), "ok", ""},
    {"content-empty", BYTES(""), "corrupt", lengths},
    {"content-one-byte", BYTES("x"), "corrupt", damaged},
    {"content-nothing-but-nul", BYTES("\0\0\0\0"), "corrupt", damaged},
    {"content-an-array", BYTES("[1,2,3,4]"), "corrupt", damaged},
    {"content-an-empty-object", BYTES("{}"), "corrupt", damaged},
    {"content-cut", BYTES("{\"v\":1,\"id\":\"i\",\"secret\":\"s\""), "corrupt", damaged},
    {"content-without-a-secret", BYTES("{\"v\":1,\"id\":\"i\",\"token_url\":\"" URL "\"}"),
        "corrupt", damaged},
    {"content-with-more",
        BYTES("{\"x\":1,\"v\":1,\"id\":\"i\",\"secret\":\"s\",\"token_url\":\"" URL "\"}"),
        "corrupt", damaged},
    {"content-with-two-secrets",
        BYTES("{\"v\":1,\"id\":\"i\",\"secret\":\"s\",\"secret\":\"t\",\"token_url\":\"" URL "\"}"),
        "corrupt", damaged},
    {"content-version-2", BYTES(RECORD("2", "\"i\"", "\"s\"", "\"" URL "\"")), "corrupt", damaged},
    {"content-version-text", BYTES(RECORD("\"1\"", "\"i\"", "\"s\"", "\"" URL "\"")), "corrupt",
        damaged},
    {"content-id-a-number", BYTES(RECORD("1", "7", "\"s\"", "\"" URL "\"")), "corrupt", damaged},
    {"content-secret-null", BYTES(RECORD("1", "\"i\"", "null", "\"" URL "\"")), "corrupt", damaged},
    {"content-secret-empty", BYTES(RECORD("1", "\"i\"", "\"\"", "\"" URL "\"")), "corrupt",
        damaged},
    {"content-secret-with-line-end", BYTES(RECORD("1", "\"i\"", "\"a\\nb\"", "\"" URL "\"")),
        "corrupt", damaged},
    {"content-secret-with-nul", BYTES(RECORD("1", "\"i\"", "\"a\\u0000b\"", "\"" URL "\"")),
        "corrupt", damaged},
    {"content-secret-not-ascii", BYTES(RECORD("1", "\"i\"", "\"\303\244\"", "\"" URL "\"")),
        "corrupt", damaged},
    {"content-wrong-utf8", BYTES(RECORD("1", "\"i\"", "\"\377\"", "\"" URL "\"")), "corrupt",
        damaged},
    {"content-url-another",
        BYTES(RECORD("1", "\"i\"", "\"s\"", "\"https://evil.example/oauth/token\"")), "corrupt",
        "names two token URLs"},
    {"content-url-nearly", BYTES(RECORD("1", "\"i\"", "\"s\"", "\"" URL "/\"")), "corrupt",
        "names two token URLs"},
    {"content-url-not-one", BYTES(RECORD("1", "\"i\"", "\"s\"", "\"token\"")), "corrupt", damaged},
    {"content-two-documents", BYTES(RECORD("1", "\"i\"", "\"s\"", "\"" URL "\"") "{}"), "corrupt",
        damaged},
    {"content-with-byte-order-mark",
        BYTES("\357\273\277" RECORD("1", "\"i\"", "\"s\"", "\"" URL "\"")), "corrupt", damaged},
};

static struct kb_error err;

static void must(bool done, const char *what)
{
    if (done)
        return;
    fprintf(stderr, "make_sealed_faults: %s: %s\n", what, err.msg);
    exit(1);
}

static void read_golden(const char *dir, const char *name, struct kb_buf *ret)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    KB_AUTO(kb_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
    must(fd >= 0 && !read_all(fd, ret, &err), path);
}

static void emit(const char *name, const char *file, const char *open_with, const char *verdict,
    const char *says, const struct kb_buf *bytes)
{
    printf("\nname: %s\nfile: %s\nopen: %s\nverdict: %s\nsays: %s\nbytes: ", name, file, open_with,
        verdict, says);
    for (size_t i = 0; i < bytes->len; i++)
        printf("%02x", (unsigned char)bytes->data[i]);
    putchar('\n');
}

static void apply(const struct kb_buf *good, const struct fault *fault, struct kb_buf *ret)
{
    size_t at = fault->at < 0 ? good->len - (size_t)(-fault->at - 1) : (size_t)fault->at;
    size_t rest = at + (size_t)fault->cut;
    must(at <= good->len, fault->name);
    kb_buf_reset(ret);
    kb_buf_add(ret, good->data, at);
    kb_buf_add(ret, fault->insert, fault->insert_len);
    if (rest < good->len)
        kb_buf_add(ret, good->data + rest, good->len - rest);
    if (fault->flip)
        ret->data[at] = (char)(ret->data[at] ^ fault->flip);
}

static void fix_digest(struct kb_buf *vault)
{
    must(vault->len > V_DIGEST_LEN, "too short for a digest");
    size_t body = vault->len - V_DIGEST_LEN;
    crypto_generichash_blake2b((unsigned char *)vault->data + body, V_DIGEST_LEN,
        (const unsigned char *)vault->data, body, NULL, 0);
}

static void emit_faults(const struct kb_buf *good, const char *file, const char *open_with,
    bool forge, const struct fault *faults, size_t count)
{
    KB_AUTO(kb_buf_clear) struct kb_buf bad = KB_BUF_INIT(KB_VAULT_CLIENT_FILE_MAX);
    for (size_t i = 0; i < count; i++) {
        apply(good, &faults[i], &bad);
        if (forge)
            fix_digest(&bad);
        emit(faults[i].name, file, open_with, faults[i].verdict, faults[i].says, &bad);
    }
}

struct seal {
    const char *name;
    const char *plain;
    size_t len;
    const char *head_profile; /* what is authenticated together with it */
    bool zero_key;
    const char *verdict, *says;
};

/* The head of the golden client before PLAIN, sealed with the golden client's nonce. */
static void emit_seal(
    const struct kb_buf *good, const struct kb_secret *key, const struct seal *seal)
{
    static const unsigned char zeros[KB_VAULT_KEY_LEN];
    unsigned char sealed[KB_VAULT_CLIENT_MAX];
    KB_AUTO(kb_buf_clear) struct kb_buf bad = KB_BUF_INIT(KB_VAULT_CLIENT_FILE_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf head = KB_BUF_INIT(KB_VAULT_CLIENT_FILE_MAX);
    struct kb_vault_record file;
    must(!kb_vault_client_unpack(good, &file, &err), "golden client");
    file.ciphertext_len = seal->len + KB_VAULT_TAG_LEN;
    pack_client_head(&file, &bad);
    snprintf(file.profile, sizeof(file.profile), "%s", seal->head_profile);
    pack_client_head(&file, &head);
    crypto_aead_xchacha20poly1305_ietf_encrypt(sealed, NULL, (const unsigned char *)seal->plain,
        seal->len, (const unsigned char *)head.data, head.len, NULL, file.nonce,
        seal->zero_key ? zeros : (const unsigned char *)key->bytes);
    kb_buf_add(&bad, sealed, file.ciphertext_len);
    emit(seal->name, CLIENT_FILE, "key-file", seal->verdict, seal->says, &bad);
}

static void emit_seals(const struct kb_buf *good, const struct kb_secret *key)
{
    static const char plain[] = RECORD("1", "\"i\"", "\"s\"", "\"" URL "\"");
    const struct seal others[] = {
        {"seal-of-another-profile", BYTES(plain), "corp.git_1", false, "corrupt", changed},
        {"seal-under-a-key-of-zeros", BYTES(plain), PROFILE, true, "corrupt", changed},
    };
    for (size_t i = 0; i < KB_COUNT(contents); i++)
        emit_seal(good, key,
            &(struct seal){contents[i].name, contents[i].plain, contents[i].len, PROFILE, false,
                contents[i].verdict, contents[i].says});
    for (size_t i = 0; i < KB_COUNT(others); i++)
        emit_seal(good, key, &others[i]);
}

static void emit_mixtures(const struct kb_buf *client, const struct kb_buf *other)
{
    KB_AUTO(kb_buf_clear) struct kb_buf bad = KB_BUF_INIT(KB_VAULT_CLIENT_FILE_MAX);
    kb_buf_add(&bad, client->data, client->len);
    kb_buf_add(&bad, client->data, client->len);
    emit("mixture-twice-the-same", CLIENT_FILE, "key-file", "corrupt", trailing, &bad);
    emit("mixture-the-other-profile", CLIENT_FILE, "key-file", "corrupt",
        "sealed for the profile \"corp.git_1\"", other);
}

static void emit_swapped_slots(const struct kb_buf *vault)
{
    KB_AUTO(kb_buf_clear) struct kb_buf bad = KB_BUF_INIT(KB_VAULT_FILE_MAX);
    kb_buf_add(&bad, vault->data, V_PERSON);
    kb_buf_add(&bad, vault->data + V_MACHINE, V_SLOT_LEN);
    kb_buf_add(&bad, vault->data + V_PERSON, V_SLOT_LEN);
    kb_buf_add(&bad, vault->data + V_DIGEST, V_DIGEST_LEN);
    fix_digest(&bad);
    emit("vault-slots-in-the-other-order", KB_VAULT_FILE, "key-file", "ok", "", &bad);
}

static void emit_single_slot(
    const struct kb_buf *vault, const char *name, int slot, const char *verdict, const char *says)
{
    KB_AUTO(kb_buf_clear) struct kb_buf bad = KB_BUF_INIT(KB_VAULT_FILE_MAX);
    kb_buf_add(&bad, vault->data, V_COUNT);
    kb_buf_byte(&bad, 1);
    kb_buf_add(&bad, vault->data + slot, V_SLOT_LEN);
    kb_buf_add(&bad, vault->data + V_DIGEST, V_DIGEST_LEN);
    fix_digest(&bad);
    emit(name, KB_VAULT_FILE, "key-file", verdict, says, &bad);
}

#define EMIT(good, file, open_with, forge, table)                                                  \
    emit_faults(good, file, open_with, forge, table, KB_COUNT(table))

int main(int argc, char *argv[])
{
    KB_AUTO(kb_buf_clear) struct kb_buf vault = KB_BUF_INIT(KB_VAULT_FILE_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf client = KB_BUF_INIT(KB_VAULT_CLIENT_FILE_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf other = KB_BUF_INIT(KB_VAULT_CLIENT_FILE_MAX);
    KB_AUTO(kb_secret_clear) struct kb_secret passphrase = KB_SECRET_INIT;
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    const struct kb_vault_opener person = {.passphrase = &passphrase};
    struct kb_vault parsed;
    must(argc == 2 && sodium_init() >= 0, "usage: make_sealed_faults GOLDEN-DIRECTORY");
    read_golden(argv[1], "vault/" KB_VAULT_FILE, &vault);
    read_golden(argv[1], "vault/" CLIENT_FILE, &client);
    read_golden(argv[1], "vault/corp.git_1.kbc", &other);
    must(!kb_secret_set(&passphrase, BYTES(GOLDEN_PASSPHRASE), &err), "memory");
    must(!kb_vault_unpack(&vault, &parsed, &err), "golden vault");
    must(!kb_vault_unwrap(&parsed, &person, &key, &err), "golden passphrase");

    printf(
        "# Made by tests/unit/backends/make_sealed_faults.c; see README.md beside this folder.\n");
    EMIT(&client, CLIENT_FILE, "key-file", false, client_faults);
    emit_mixtures(&client, &other);
    emit_seals(&client, &key);
    EMIT(&vault, KB_VAULT_FILE, "key-file", false, vault_damage);
    EMIT(&vault, KB_VAULT_FILE, "key-file", true, vault_forgeries);
    emit_swapped_slots(&vault);
    emit_single_slot(&vault, "vault-only-the-key-file", V_MACHINE, "ok", "");
    emit_single_slot(
        &vault, "vault-only-the-passphrase", V_PERSON, "denied", "was not made for a key file");
    EMIT(&vault, KB_VAULT_FILE, "passphrase", true, vault_forgeries_for_a_person);
    return 0;
}
