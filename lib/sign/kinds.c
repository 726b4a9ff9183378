/*
 * RFC 7518 section 3.1, RFC 8037 section 3.1, and the curves' names of RFC 5480 and RFC 8410.
 */
#include "kinds.h"

#include <openssl/obj_mac.h>

static const unsigned char p256[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const unsigned char p384[] = {0x2b, 0x81, 0x04, 0x00, 0x22};
static const unsigned char p521[] = {0x2b, 0x81, 0x04, 0x00, 0x23};

const struct kb_sign_kind_facts kb_sign_kinds[KB_SIGN_KINDS] = {
    [KB_SIGN_RSA] = {.name = "RSA", .kty = "RSA", .alg = KB_JWS_RS256, .digest = "SHA256"},
    [KB_SIGN_P256] = {.name = "P-256",
        .kty = "EC",
        .crv = "P-256",
        .size = 32,
        .curve = {p256, sizeof(p256)},
        .group = NID_X9_62_prime256v1,
        .alg = KB_JWS_ES256,
        .digest = "SHA256"},
    [KB_SIGN_P384] = {.name = "P-384",
        .kty = "EC",
        .crv = "P-384",
        .size = 48,
        .curve = {p384, sizeof(p384)},
        .group = NID_secp384r1,
        .alg = KB_JWS_ES384,
        .digest = "SHA384"},
    [KB_SIGN_P521] = {.name = "P-521",
        .kty = "EC",
        .crv = "P-521",
        .size = 66,
        .curve = {p521, sizeof(p521)},
        .group = NID_secp521r1,
        .alg = KB_JWS_ES512,
        .digest = "SHA512"},
    [KB_SIGN_ED25519] =
        {.name = "Ed25519", .kty = "OKP", .crv = "Ed25519", .size = 32, .alg = KB_JWS_EDDSA},
};

static const struct {
    const char *digest;
    enum kb_sign_kind kind;
    bool pss;
} algs[] = {
    [KB_JWS_RS256] = {"SHA256", KB_SIGN_RSA, false},
    [KB_JWS_RS384] = {"SHA384", KB_SIGN_RSA, false},
    [KB_JWS_RS512] = {"SHA512", KB_SIGN_RSA, false},
    [KB_JWS_PS256] = {"SHA256", KB_SIGN_RSA, true},
    [KB_JWS_PS384] = {"SHA384", KB_SIGN_RSA, true},
    [KB_JWS_PS512] = {"SHA512", KB_SIGN_RSA, true},
    [KB_JWS_ES256] = {"SHA256", KB_SIGN_P256, false},
    [KB_JWS_ES384] = {"SHA384", KB_SIGN_P384, false},
    [KB_JWS_ES512] = {"SHA512", KB_SIGN_P521, false},
    [KB_JWS_EDDSA] = {NULL, KB_SIGN_ED25519, false},
    /* Of a secret, which no kind of key signs for. */
    [KB_JWS_HS256] = {"SHA256", KB_SIGN_KINDS, false},
    [KB_JWS_HS384] = {"SHA384", KB_SIGN_KINDS, false},
    [KB_JWS_HS512] = {"SHA512", KB_SIGN_KINDS, false},
};

const char *kb_sign_digest(enum kb_jws_alg alg)
{
    return algs[alg].digest;
}

bool kb_sign_is_pss(enum kb_jws_alg alg)
{
    return algs[alg].pss;
}

bool kb_sign_fits(enum kb_sign_kind kind, enum kb_jws_alg alg)
{
    return algs[alg].kind == kind;
}

enum kb_sign_kind kb_sign_kind_for(enum kb_jws_alg alg)
{
    return algs[alg].kind;
}
