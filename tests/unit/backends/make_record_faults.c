/*
 * Makes the fault vectors of the client files of version 2 from its golden files:
 *
 *     make_record_faults tests/golden/sealed/v2 >tests/golden/sealed/v2/faults.txt
 *
 * Each vector is the golden REF.kbr with one fault, or a good head over a plaintext with one
 * fault. No randomness goes in. Vectors may be added to the end of a table; those that are checked
 * in stay as they are. Not part of the normal build.
 */
#include "../../read_all.h"
#include "base/file.h"
#include "sealed_client.h"
#include "sealed_golden.h"
#include "vault_slots.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REF "00112233445566778899aabbccddeeff"
#define CLIENT_FILE REF ".kbr"

enum {
    R_VERSION = 5,
    R_VAULT_ID = 6,
    R_KIND = R_VAULT_ID + KB_VAULT_ID_LEN,
    R_REF = R_KIND + 1,
    R_NONCE = R_REF + KB_REF_LEN,
    R_LEN = R_NONCE + KB_VAULT_NONCE_LEN,
    R_SEALED = R_LEN + 4,
};

#define TO_END 100000
#define END (-1)
#define BYTES(text) text, sizeof(text) - 1

static const char start[] = "does not begin like";
static const char lengths[] = "lengths do not add up";
static const char changed[] = "changed since it was written";
static const char damaged[] = "the stored client is damaged";
static const char newer[] = "stored by a newer keybearer";

/* At AT, CUT bytes give way to INSERT; then the byte there is xored with FLIP. */
static const struct fault {
    const char *name;
    int at, cut;
    const char *insert;
    size_t insert_len;
    unsigned char flip;
    const char *verdict, *says;
} faults[] = {
    {"record-unchanged", END, 0, BYTES(""), 0, "ok", ""},
    {"record-empty", 0, TO_END, BYTES(""), 0, "corrupt", start},
    {"record-magic", 0, 0, BYTES(""), 1, "corrupt", start},
    {"record-magic-of-version-1", 0, 6, BYTES("KBCLIENT\1"), 0, "corrupt", start},
    {"record-only-magic", R_VERSION, TO_END, BYTES(""), 0, "corrupt", "cut short"},
    {"record-version-1", R_VERSION, 1, BYTES("\1"), 0, "corrupt", "format version 1"},
    {"record-version-3", R_VERSION, 1, BYTES("\3"), 0, "corrupt", "format version 3"},
    {"record-vault-id", R_VAULT_ID, 0, BYTES(""), 0x80, "corrupt", "another vault"},
    {"record-kind-0", R_KIND, 1, BYTES("\0"), 0, "corrupt", "something else than a client"},
    {"record-kind-login", R_KIND, 1, BYTES("\2"), 0, "corrupt", "something else than a client"},
    {"record-ref-first-bit", R_REF, 0, BYTES(""), 1, "corrupt", "under another name"},
    {"record-ref-last-bit", R_NONCE - 1, 0, BYTES(""), 0x80, "corrupt", "under another name"},
    {"record-nonce", R_NONCE, 0, BYTES(""), 1, "corrupt", changed},
    {"record-length-0", R_LEN, 4, BYTES("\0\0\0\0"), 0, "corrupt", lengths},
    {"record-length-of-a-tag", R_LEN, 4, BYTES("\20\0\0\0"), 0, "corrupt", lengths},
    {"record-length-4g", R_LEN, 4, BYTES("\377\377\377\377"), 0, "corrupt", lengths},
    {"record-length-17", R_LEN, 4, BYTES("\21\0\0\0"), 0, "corrupt", "it is damaged"},
    {"record-sealed-first-bit", R_SEALED, 0, BYTES(""), 1, "corrupt", changed},
    {"record-one-byte-more", END, 0, BYTES("x"), 0, "corrupt", "it is damaged"},
    {"record-one-byte-less", -2, 1, BYTES(""), 0, "corrupt", lengths},
};

#define BOUND "{\"token\":\"https://rest.apisandbox.zuora.com\",\"ca\":\"system\"}"
#define HEAD_OF(ref, profile, bound, id)                                                           \
    "{\"v\":2,\"ref\":" ref ",\"profile\":" profile ",\"bound\":" bound ",\"id\":" id ",\"proof\"" \
    ":"
#define HEAD HEAD_OF("\"" REF "\"", "\"zuora-sandbox\"", BOUND, "\"i\"")
#define KEY(members) HEAD "{\"key\":{" members "}}}"

static const struct content {
    const char *name, *plain, *verdict, *says;
} contents[] = {
    {"content-secret", HEAD "{\"secret\":\"s\"}}", "ok", ""},
    {"content-none", HEAD "{\"none\":true}}", "ok", ""},
    {"content-key", KEY("\"alg\":\"ES256\",\"pkcs8\":\"AQID\""), "ok", ""},
    {"content-key-with-name-and-chain",
        KEY("\"alg\":\"RS256\",\"pkcs8\":\"AQID\",\"kid\":\"k\",\"chain\":[\"AQID\",\"AQI=\"]"),
        "ok", ""},
    {"content-secret-and-key",
        HEAD "{\"secret\":\"s\",\"key\":{\"alg\":\"EdDSA\",\"pkcs8\":\"AQID\"}}}", "ok", ""},
    {"content-key-without-id",
        HEAD_OF("\"" REF "\"", "\"zuora-sandbox\"", BOUND,
            "\"\"") "{\"key\":{\"alg\":\"ES256\",\"pkcs8\":\"AQID\"}}}",
        "ok", ""},
    {"content-not-json", "secret", "corrupt", damaged},
    {"content-version-1",
        "{\"v\":1,\"id\":\"i\",\"secret\":\"s\",\"token_url\":"
        "\"https://rest.apisandbox.zuora.com/oauth/token\"}",
        "corrupt", "holds another client"},
    {"content-version-3", "{\"v\":3}", "corrupt", newer},
    {"content-version-as-text", "{\"v\":\"2\"}", "corrupt", damaged},
    {"content-unknown-proof", HEAD "{\"tpm\":\"x\"}}", "corrupt", newer},
    {"content-unknown-algorithm", KEY("\"alg\":\"XS1\",\"pkcs8\":\"AQID\""), "corrupt", newer},
    {"content-no-proof", HEAD "{}}", "corrupt", damaged},
    {"content-proof-as-text", HEAD "\"s\"}", "corrupt", damaged},
    {"content-secret-twice", HEAD "{\"secret\":\"s\",\"secret\":\"t\"}}", "corrupt", damaged},
    {"content-secret-empty", HEAD "{\"secret\":\"\"}}", "corrupt", damaged},
    {"content-secret-null", HEAD "{\"secret\":null}}", "corrupt", damaged},
    {"content-secret-with-space", HEAD "{\"secret\":\"s \"}}", "corrupt", damaged},
    {"content-secret-with-line-end", HEAD "{\"secret\":\"s\\n\"}}", "corrupt", damaged},
    {"content-none-false", HEAD "{\"none\":false}}", "corrupt", damaged},
    {"content-none-and-secret", HEAD "{\"none\":true,\"secret\":\"s\"}}", "corrupt", damaged},
    {"content-one-member-more", HEAD "{\"secret\":\"s\"},\"more\":1}", "corrupt", damaged},
    {"content-one-member-less",
        "{\"v\":2,\"ref\":\"" REF "\",\"profile\":\"zuora-sandbox\",\"bound\":" BOUND
        ",\"proof\":{\"secret\":\"s\"}}",
        "corrupt", damaged},
    {"content-another-ref",
        HEAD_OF("\"ffffffffffffffffffffffffffffffff\"", "\"zuora-sandbox\"", BOUND,
            "\"i\"") "{\"secret\":\"s\"}}",
        "corrupt", "holds another client"},
    {"content-ref-in-upper-case",
        HEAD_OF("\"00112233445566778899AABBCCDDEEFF\"", "\"zuora-sandbox\"", BOUND,
            "\"i\"") "{\"secret\":\"s\"}}",
        "corrupt", damaged},
    {"content-ref-too-short",
        HEAD_OF("\"00\"", "\"zuora-sandbox\"", BOUND, "\"i\"") "{\"secret\":\"s\"}}", "corrupt",
        damaged},
    {"content-another-profile",
        HEAD_OF("\"" REF "\"", "\"corp.git_1\"", BOUND, "\"i\"") "{\"secret\":\"s\"}}", "corrupt",
        "is another client"},
    {"content-no-profile-name",
        HEAD_OF("\"" REF "\"", "\"..\"", BOUND, "\"i\"") "{\"secret\":\"s\"}}", "corrupt", damaged},
    {"content-another-origin",
        HEAD_OF("\"" REF "\"", "\"zuora-sandbox\"",
            "{\"token\":\"https://evil.example\",\"ca\":\"system\"}",
            "\"i\"") "{\"secret\":\"s\"}}",
        "denied", "stored for https://evil.example, not for"},
    {"content-another-second-step",
        HEAD_OF("\"" REF "\"", "\"zuora-sandbox\"",
            "{\"token\":\"https://rest.apisandbox.zuora.com\",\"second\":\"https://h\",\"ca\":"
            "\"system\"}",
            "\"i\"") "{\"secret\":\"s\"}}",
        "denied", "stored for https://h as its second step, not for none"},
    {"content-other-authorities",
        HEAD_OF("\"" REF "\"", "\"zuora-sandbox\"",
            "{\"token\":\"https://rest.apisandbox.zuora.com\",\"ca\":\"sha256:"
            "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}",
            "\"i\"") "{\"secret\":\"s\"}}",
        "denied", "authorities sha256:0123456789abcdef"},
    {"content-origin-with-path",
        HEAD_OF("\"" REF "\"", "\"zuora-sandbox\"",
            "{\"token\":\"https://rest.apisandbox.zuora.com/oauth\",\"ca\":\"system\"}",
            "\"i\"") "{\"secret\":\"s\"}}",
        "corrupt", damaged},
    {"content-origin-with-port",
        HEAD_OF("\"" REF "\"", "\"zuora-sandbox\"",
            "{\"token\":\"https://rest.apisandbox.zuora.com:443\",\"ca\":\"system\"}",
            "\"i\"") "{\"secret\":\"s\"}}",
        "corrupt", damaged},
    {"content-no-authorities",
        HEAD_OF("\"" REF "\"", "\"zuora-sandbox\"",
            "{\"token\":\"https://rest.apisandbox.zuora.com\"}", "\"i\"") "{\"secret\":\"s\"}}",
        "corrupt", damaged},
    {"content-short-hash",
        HEAD_OF("\"" REF "\"", "\"zuora-sandbox\"",
            "{\"token\":\"https://rest.apisandbox.zuora.com\",\"ca\":\"sha256:ab\"}",
            "\"i\"") "{\"secret\":\"s\"}}",
        "corrupt", damaged},
    {"content-id-empty",
        HEAD_OF("\"" REF "\"", "\"zuora-sandbox\"", BOUND, "\"\"") "{\"secret\":\"s\"}}", "corrupt",
        damaged},
    {"content-id-empty-beside-both",
        HEAD_OF("\"" REF "\"", "\"zuora-sandbox\"", BOUND,
            "\"\"") "{\"secret\":\"s\",\"key\":{\"alg\":\"ES256\",\"pkcs8\":\"AQID\"}}}",
        "corrupt", damaged},
    {"content-id-as-number",
        HEAD_OF("\"" REF "\"", "\"zuora-sandbox\"", BOUND, "7") "{\"secret\":\"s\"}}", "corrupt",
        damaged},
    {"content-key-without-algorithm", KEY("\"pkcs8\":\"AQID\""), "corrupt", damaged},
    {"content-key-without-key", KEY("\"alg\":\"ES256\""), "corrupt", damaged},
    {"content-key-empty", KEY("\"alg\":\"ES256\",\"pkcs8\":\"\""), "corrupt", damaged},
    {"content-key-not-base64", KEY("\"alg\":\"ES256\",\"pkcs8\":\"A-_D\""), "corrupt", damaged},
    {"content-key-unpadded", KEY("\"alg\":\"ES256\",\"pkcs8\":\"AQI\""), "corrupt", damaged},
    {"content-key-stray-bits", KEY("\"alg\":\"ES256\",\"pkcs8\":\"AQJ=\""), "corrupt", damaged},
    {"content-key-member-more", KEY("\"alg\":\"ES256\",\"pkcs8\":\"AQID\",\"x\":1"), "corrupt",
        damaged},
    {"content-key-name-empty", KEY("\"alg\":\"ES256\",\"pkcs8\":\"AQID\",\"kid\":\"\""), "corrupt",
        damaged},
    {"content-chain-empty", KEY("\"alg\":\"ES256\",\"pkcs8\":\"AQID\",\"chain\":[]"), "corrupt",
        damaged},
    {"content-chain-of-six",
        KEY("\"alg\":\"ES256\",\"pkcs8\":\"AQID\",\"chain\":"
            "[\"AQID\",\"AQID\",\"AQID\",\"AQID\",\"AQID\",\"AQID\"]"),
        "corrupt", damaged},
    {"content-chain-not-base64",
        KEY("\"alg\":\"ES256\",\"pkcs8\":\"AQID\",\"chain\":[\"-----BEGIN\"]"), "corrupt", damaged},
};

static struct kb_error err;

static void must(bool done, const char *what)
{
    if (done)
        return;
    (void)fprintf(stderr, "make_record_faults: %s: %s\n", what, err.msg);
    exit(1);
}

static void read_golden(const char *directory, const char *name, struct kb_buf *ret)
{
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    KB_AUTO(kb_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
    must(fd >= 0 && !read_all(fd, ret, &err), path);
}

static void emit(
    const char *name, const char *verdict, const char *says, const struct kb_buf *bytes)
{
    must(!bytes->failed, name);
    printf("\nname: %s\nfile: %s\nopen: key-file\nverdict: %s\nsays: %s\nbytes: ", name,
        CLIENT_FILE, verdict, says);
    for (size_t i = 0; i < bytes->len; i++)
        printf("%02x", (unsigned char)bytes->data[i]);
    printf("\n");
}

static void emit_fault(const struct kb_buf *good, const struct fault *fault)
{
    KB_AUTO(kb_buf_clear) struct kb_buf bad = KB_BUF_INIT(KB_VAULT_CLIENT_FILE_MAX);
    size_t at = fault->at >= 0 ? (size_t)fault->at : good->len + 1 - (size_t)-fault->at;
    size_t cut = (size_t)fault->cut < good->len - at ? (size_t)fault->cut : good->len - at;
    kb_buf_add(&bad, good->data, at);
    kb_buf_add(&bad, fault->insert, fault->insert_len);
    kb_buf_add(&bad, good->data + at + cut, good->len - at - cut);
    if (fault->flip)
        bad.data[at] = (char)(bad.data[at] ^ fault->flip);
    emit(fault->name, fault->verdict, fault->says, &bad);
}

/* The head of the golden client before PLAIN, sealed with the golden client's nonce. */
static void emit_content(
    const struct kb_buf *good, const struct kb_secret *key, const struct content *content)
{
    unsigned char sealed[KB_VAULT_CLIENT_MAX];
    KB_AUTO(kb_buf_clear) struct kb_buf bad = KB_BUF_INIT(KB_VAULT_CLIENT_FILE_MAX);
    struct kb_vault_record file;
    size_t len = strlen(content->plain);
    must(!kb_vault_record_unpack(good, &file, &err), "golden client");
    file.ciphertext_len = len + KB_VAULT_TAG_LEN;
    kb_vault_record_pack_head(&file, &bad);
    crypto_aead_xchacha20poly1305_ietf_encrypt(sealed, NULL, (const unsigned char *)content->plain,
        len, (const unsigned char *)bad.data, bad.len, NULL, file.nonce,
        (const unsigned char *)key->bytes);
    kb_buf_add(&bad, sealed, file.ciphertext_len);
    emit(content->name, content->verdict, content->says, &bad);
}

int main(int argc, char *argv[])
{
    KB_AUTO(kb_buf_clear) struct kb_buf vault = KB_BUF_INIT(KB_VAULT_FILE_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf client = KB_BUF_INIT(KB_VAULT_CLIENT_FILE_MAX);
    KB_AUTO(kb_secret_clear) struct kb_secret passphrase = KB_SECRET_INIT;
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    const struct kb_vault_opener person = {.passphrase = &passphrase};
    struct kb_vault parsed;
    must(argc == 2 && sodium_init() >= 0, "usage: make_record_faults GOLDEN-DIRECTORY");
    read_golden(argv[1], "vault/" KB_VAULT_FILE, &vault);
    read_golden(argv[1], "vault/" CLIENT_FILE, &client);
    must(!kb_secret_set(&passphrase, BYTES(GOLDEN_PASSPHRASE), &err), "memory");
    must(!kb_vault_unpack(&vault, &parsed, &err), "golden vault");
    must(!kb_vault_unwrap(&parsed, &person, &key, &err), "golden passphrase");
    printf(
        "# Made by tests/unit/backends/make_record_faults.c; see README.md beside this folder.\n");
    for (size_t i = 0; i < KB_COUNT(faults); i++)
        emit_fault(&client, &faults[i]);
    for (size_t i = 0; i < KB_COUNT(contents); i++)
        emit_content(&client, &key, &contents[i]);
    return 0;
}
