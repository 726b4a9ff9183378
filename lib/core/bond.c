/*
 * Bonds: made from a profile, compared, written and read. Must never take one origin, or one
 * set of authorities, for another: each has one spelling.
 */
#include "core/bond.h"

#include "core/ca_file.h"
#include "core/url.h"

#include <sodium.h>
#include <stddef.h>
#include <string.h>

#define SYSTEM "system"
#define DIGEST "sha256:"
#define NOBODY "none"

_Static_assert(sizeof(DIGEST) + (size_t)2 * crypto_hash_sha256_BYTES == KB_BOND_CA_TEXT,
    "the hash of a ca_file fits exactly");
_Static_assert(
    sizeof(((struct kb_url *)0)->host) + sizeof("https://[]:65535") <= KB_BOND_ORIGIN_TEXT,
    "every origin fits");

/* The members that are origins. Only the first is always there. */
static const struct part {
    const char *name, *what;
    size_t place;
} parts[] = {
    {"token", "", offsetof(struct kb_bond, token)},
    {"second", " as its second step", offsetof(struct kb_bond, second)},
    {"revocation", " for revocation", offsetof(struct kb_bond, revocation)},
};

static const char *origin_in(const struct kb_bond *bond, const struct part *part)
{
    return (const char *)bond + part->place;
}

static bool put_origin(const struct kb_url *url, char dst[static KB_BOND_ORIGIN_TEXT])
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_BOND_ORIGIN_TEXT - 1);

    kb_url_append_origin(url, &text);
    return !text.failed && kb_text_copy(dst, KB_BOND_ORIGIN_TEXT, kb_buf_text(&text));
}

/* --- from a profile ----------------------------------------------------------------- */

static enum kb_err put_authorities(
    const char *path, char dst[static KB_BOND_CA_TEXT], struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf content = KB_BUF_INIT(KB_CA_FILE_MAX);
    unsigned char digest[crypto_hash_sha256_BYTES];
    enum kb_err rc = kb_ca_file_read(path, &content, err);

    if (rc)
        return rc;
    crypto_hash_sha256(digest, (const unsigned char *)kb_buf_text(&content), content.len);
    memcpy(dst, DIGEST, sizeof(DIGEST));
    sodium_bin2hex(dst + sizeof(DIGEST) - 1, 2 * sizeof(digest) + 1, digest, sizeof(digest));
    return KB_OK;
}

/* Whoever is named in a signature can use it: what an endpoint gets may be meant for another. */
static const char *audience_of(const struct kb_profile *profile)
{
    const char *said = profile->assertion_audience;

    if (!said || strcmp(said, "token_endpoint") == 0)
        return "";
    if (strcmp(said, "issuer") == 0)
        return profile->issuer ? profile->issuer : "";
    return said;
}

enum kb_err kb_bond_of(const struct kb_profile *profile, struct kb_bond *ret, struct kb_error *err)
{
    struct kb_bond bond = {.ca = SYSTEM};
    enum kb_err rc = KB_OK;

    if (!put_origin(&profile->token_url, bond.token))
        return kb_fail(err, KB_ERR_CONFIG, "the token URL of %s is too long", profile->name);
    if (profile->second_url_text && !put_origin(&profile->second_url, bond.second))
        return kb_fail(err, KB_ERR_CONFIG, "the second URL of %s is too long", profile->name);
    if (!kb_text_copy(bond.audience, sizeof(bond.audience), audience_of(profile)))
        return kb_fail(err, KB_ERR_CONFIG, "the audience of %s is too long", profile->name);
    if (profile->ca_file)
        rc = put_authorities(profile->ca_file, bond.ca, err);
    if (!rc)
        *ret = bond;
    return rc;
}

bool kb_bond_set_token(struct kb_bond *bond, const char *token_url)
{
    struct kb_url url;

    return !kb_url_parse(token_url, strlen(token_url), &url, NULL) && put_origin(&url, bond->token);
}

/* --- of a key that has no client yet ------------------------------------------------ */

struct kb_bond kb_bond_nowhere(void)
{
    return (struct kb_bond){.ca = NOBODY};
}

bool kb_bond_is_nowhere(const struct kb_bond *bond)
{
    return strcmp(bond->ca, NOBODY) == 0;
}

/* --- comparing ---------------------------------------------------------------------- */

bool kb_bond_equal(const struct kb_bond *a, const struct kb_bond *b)
{
    for (size_t i = 0; i < KB_COUNT(parts); i++) {
        if (strcmp(origin_in(a, &parts[i]), origin_in(b, &parts[i])) != 0)
            return false;
    }
    return strcmp(a->audience, b->audience) == 0 && strcmp(a->ca, b->ca) == 0;
}

/* What is shown of an audience that is the endpoint. */
static const char *say_audience(const struct kb_bond *bond)
{
    return *bond->audience ? bond->audience : "the token endpoint";
}

enum kb_err kb_bond_check(const struct kb_bond *stored, const struct kb_bond *wanted,
    const char *name, struct kb_error *err)
{
    if (kb_bond_equal(stored, wanted))
        return KB_OK;
    if (kb_bond_is_nowhere(stored))
        return kb_hinted(err, kb_fail(err, KB_ERR_DENIED, "the key of %s has no client yet", name),
            "keybearer add %s", name);
    kb_fail(err, KB_ERR_DENIED,
        "the client of profile %s was stored for the certificate authorities %s, not for %s", name,
        stored->ca, wanted->ca);
    if (strcmp(stored->audience, wanted->audience) != 0)
        kb_fail(err, KB_ERR_DENIED,
            "the client of profile %s was stored to sign for %s, not for %s", name,
            say_audience(stored), say_audience(wanted));
    for (size_t i = KB_COUNT(parts); i-- > 0;) {
        const char *was = origin_in(stored, &parts[i]), *is = origin_in(wanted, &parts[i]);

        if (strcmp(was, is) != 0)
            kb_fail(err, KB_ERR_DENIED, "the client of profile %s was stored for %s%s, not for %s",
                name, *was ? was : "none", parts[i].what, *is ? is : "none");
    }
    kb_hint(err, "if that change is yours: keybearer adopt %s", name);
    return KB_ERR_DENIED;
}

/* --- as JSON ------------------------------------------------------------------------ */

void kb_bond_write(struct kb_json_writer *w, const struct kb_bond *bond)
{
    kb_json_open(w, '{');
    for (size_t i = 0; i < KB_COUNT(parts); i++) {
        if (*origin_in(bond, &parts[i]))
            kb_json_string_member(w, parts[i].name, origin_in(bond, &parts[i]));
    }
    if (*bond->audience)
        kb_json_string_member(w, "audience", bond->audience);
    kb_json_string_member(w, "ca", bond->ca);
    kb_json_close(w);
}

/* Only as put_origin() spells it. */
static bool is_origin(const char *text)
{
    struct kb_bond again;

    return kb_bond_set_token(&again, text) && strcmp(again.token, text) == 0;
}

static bool is_authorities(const char *text)
{
    const char *digits = text + sizeof(DIGEST) - 1;

    if (strcmp(text, SYSTEM) == 0 || strcmp(text, NOBODY) == 0)
        return true;
    return strlen(text) == KB_BOND_CA_TEXT - 1 && strncmp(text, DIGEST, sizeof(DIGEST) - 1) == 0 &&
           digits[strspn(digits, "0123456789abcdef")] == '\0';
}

static bool is_audience(const char *text)
{
    return kb_text_is_printable(text, strlen(text), 1, KB_BOND_AUDIENCE_MAX);
}

bool kb_bond_read(struct json_object *object, struct kb_bond *ret)
{
    struct kb_bond bond = {.ca = ""};
    const char *ca = kb_json_string(object, "ca"), *audience = kb_json_string(object, "audience");
    int members = 1 + (audience != NULL);

    if (!ca || !is_authorities(ca) || (audience && !is_audience(audience)))
        return false;
    kb_text_copy(bond.ca, sizeof(bond.ca), ca);
    kb_text_copy(bond.audience, sizeof(bond.audience), audience ? audience : "");
    for (size_t i = 0; i < KB_COUNT(parts); i++) {
        const char *origin = kb_json_string(object, parts[i].name);

        if (!origin)
            continue;
        if (!is_origin(origin))
            return false;
        kb_text_copy((char *)&bond + parts[i].place, KB_BOND_ORIGIN_TEXT, origin);
        members++;
    }
    if (json_object_object_length(object) != members ||
        (kb_bond_is_nowhere(&bond) ? members > 1 : !*bond.token))
        return false;
    *ret = bond;
    return true;
}
