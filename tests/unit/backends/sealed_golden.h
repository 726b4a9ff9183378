/*
 * What the golden files of the sealed-file format hold: made up, and the same for every
 * version of the format.
 */
#ifndef KB_TESTS_SEALED_GOLDEN_H
#define KB_TESTS_SEALED_GOLDEN_H

#define GOLDEN_PASSPHRASE "golden passphrase, not a secret"

/* The reference is that of version 2; version 1 has none. */
struct golden_client {
    const char *profile, *id, *secret, *token_url, *ref;
};

static const struct golden_client golden_clients[] = {
    {"zuora-sandbox", "11111111-2222-3333-4444-555555555555", "golden=secret/with+marks",
        "https://rest.apisandbox.zuora.com/oauth/token", "00112233445566778899aabbccddeeff"},
    {"corp.git_1", "a", "back\\slash and \"quote\"",
        "https://sso.example.com:8443/oauth2/token?tenant=1", "0123456789abcdef0123456789abcdef"},
};

#endif
