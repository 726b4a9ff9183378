/*
 * What TLS takes from memory. Must never write a private key to anything but a struct kb_secret.
 */
#include "pem.h"
#include "sign/key.h"

#include <string.h>

enum kb_err kb_key_write_tls(const struct kb_client *client, struct kb_buf *ret_certificates,
    struct kb_secret *ret_key, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf key = KB_BUF_INIT(KB_SIGN_BASE64_MAX);
    enum kb_err rc;

    if (!(client->proof & KB_PROOF_KEY) || client->chain.count == 0)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_CONFIG, "the client has no key with a certificate"),
            "keybearer add %s --client-key FILE --client-cert FILE", client->profile);
    for (size_t i = 0; i < client->chain.count; i++)
        kb_sign_pem_write(ret_certificates, "CERTIFICATE", client->chain.items[i],
            strlen(client->chain.items[i]));
    rc = kb_buf_check(ret_certificates, "the client's certificates", err);
    if (rc)
        return rc;
    kb_sign_pem_write(&key, "PRIVATE KEY", client->pkcs8.bytes, client->pkcs8.len);
    return kb_secret_from_buf(ret_key, &key, err);
}
