/*
 * The numbers that a key is made of, whatever file they stand in. They are the file's, or the
 * buffer's that it was decoded into, and no copy.
 */
#ifndef KB_SIGN_PARTS_H
#define KB_SIGN_PARTS_H

#include "base/der.h"
#include "base/error.h"
#include "kinds.h"

/* As they stand in PKCS#1. */
enum { KB_RSA_N, KB_RSA_E, KB_RSA_D, KB_RSA_P, KB_RSA_Q, KB_RSA_DP, KB_RSA_DQ, KB_RSA_QI };
/* Of a curve: the private number, and the public point as SEC1 has it (Ed25519: its 32 bytes). */
enum { KB_CURVE_D, KB_CURVE_POINT };

#define KB_SIGN_PARTS 8

struct kb_sign_parts {
    enum kb_sign_kind kind;
    struct kb_der part[KB_SIGN_PARTS]; /* big-endian; a point may be missing, nothing else */
};

/* How DER may say it. */
enum kb_sign_form {
    KB_SIGN_PKCS8, /* RFC 5208, version 1 */
    KB_SIGN_PKCS1, /* RFC 8017 appendix A.1.2 */
    KB_SIGN_SEC1,  /* RFC 5915 */
};

/* All of DER as FORM says. KB_ERR_USAGE with what it is instead. */
KB_CHECKED enum kb_err kb_sign_parts_read(
    struct kb_der der, enum kb_sign_form form, struct kb_sign_parts *ret, struct kb_error *err);

#endif
