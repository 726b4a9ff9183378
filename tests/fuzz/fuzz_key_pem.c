/*
 * A key in PEM, and certificates for a key that is there: what is taken signs, and is of the key.
 */
#include "key.h"

/* RFC 8037 appendix A.1. */
static const char key[] = "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g";

static void take_certificates(const uint8_t *data, size_t size)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf hash = KB_BUF_INIT(KB_THUMBPRINT_MAX);
    struct kb_error err = KB_ERROR_INIT;
    enum kb_err rc;

    client.proof = KB_PROOF_KEY;
    client.alg = KB_JWS_EDDSA;
    MUST(kb_secret_set(&client.pkcs8, key, strlen(key), NULL) == KB_OK);
    rc = kb_key_take_certificates(&client, (const char *)data, size, &err);
    must_be_presentable(rc, &err);
    if (rc) {
        MUST(rc == KB_ERR_USAGE && client.chain.count == 0);
        return;
    }
    MUST(client.chain.count > 0 && kb_client_check(&client, NULL) == KB_OK);
    MUST(kb_signer.thumbprint(&client, KB_THUMBPRINT_SHA256, &hash, NULL) == KB_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_key(data, size);
    take_certificates(data, size);
    return 0;
}
