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

/* Where a member of a bond is, and how long it may be with its NUL. */
#define PLACE(member) offsetof(struct kb_bond, member), sizeof(((struct kb_bond *)0)->member)

_Static_assert(sizeof(DIGEST) + (size_t)2 * crypto_hash_sha256_BYTES == KB_BOND_CA_TEXT,
    "the hash of a ca_file fits exactly");
_Static_assert(
    sizeof(((struct kb_url *)0)->host) + sizeof("https://[]:65535") <= KB_BOND_ORIGIN_TEXT,
    "every origin fits");

/* What is text and not always there, but for the token endpoint. */
static const struct part {
    const char *name;
    size_t place, size;
    const char *stored, *what, *not_; /* "stored FOR x AS ITS SECOND STEP, not FOR y" */
    struct kb_bond_words words;
    bool is_origin;
} parts[] = {
    {"token", PLACE(token), "for ", "", "for ", {"token endpoint", "none"}, true},
    {"second", PLACE(second), "for ", " as its second step", "for ", {"second endpoint", "none"},
        true},
    {"revocation", PLACE(revocation), "for ", " for revocation", "for ",
        {"revocation endpoint", "none"}, true},
    {"audience", PLACE(audience), "to sign for ", "", "for ",
        {"signatures for", "the token endpoint"}, false},
    {"assertion_file", PLACE(assertion_file), "to send ", " as its assertion", "",
        {"assertion", "no file"}, false},
    {"subject_file", PLACE(subject_file), "to exchange ", "", "", {"token to exchange", "no file"},
        false},
};

_Static_assert(KB_COUNT(parts) + 1 == KB_BOND_PARTS, "all of them, and the authorities");

static const char *text_in(const struct kb_bond *bond, const struct part *part)
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

static bool copy_path(char dst[static KB_BOND_TEXT_MAX + 1], const char *path)
{
    return kb_text_copy(dst, KB_BOND_TEXT_MAX + 1, path ? path : "");
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
    /* Another file may hold another secret, which would go to the same place. */
    if (!copy_path(bond.assertion_file, profile->client_assertion_file) ||
        !copy_path(bond.subject_file, profile->subject_token_file))
        return kb_fail(err, KB_ERR_CONFIG, "the path of a file of %s is too long", profile->name);
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
        if (strcmp(text_in(a, &parts[i]), text_in(b, &parts[i])) != 0)
            return false;
    }
    return strcmp(a->ca, b->ca) == 0;
}

static const char *say(const char *text, const struct part *part)
{
    return *text ? text : part->words.nothing;
}

struct kb_bond_change kb_bond_change(const struct kb_bond *was, const struct kb_bond *is, size_t i)
{
    static const struct kb_bond_words authorities = {"certificate authorities", ""};

    if (i >= KB_COUNT(parts))
        return (struct kb_bond_change){&authorities, was->ca, is->ca};
    return (struct kb_bond_change){
        &parts[i].words, text_in(was, &parts[i]), text_in(is, &parts[i])};
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
    for (size_t i = KB_COUNT(parts); i-- > 0;) {
        const struct part *part = &parts[i];
        const char *was = text_in(stored, part), *is = text_in(wanted, part);

        if (strcmp(was, is) != 0)
            kb_fail(err, KB_ERR_DENIED, "the client of profile %s was stored %s%s%s, not %s%s",
                name, part->stored, say(was, part), part->what, part->not_, say(is, part));
    }
    kb_hint(err, "if that change is yours: keybearer adopt %s", name);
    return KB_ERR_DENIED;
}

/* --- as JSON ------------------------------------------------------------------------ */

void kb_bond_write(struct kb_json_writer *w, const struct kb_bond *bond)
{
    kb_json_open(w, '{');
    for (size_t i = 0; i < KB_COUNT(parts); i++) {
        if (*text_in(bond, &parts[i]))
            kb_json_string_member(w, parts[i].name, text_in(bond, &parts[i]));
    }
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

static bool is_line(const char *text)
{
    return kb_text_is_printable(text, strlen(text), 1, KB_BOND_TEXT_MAX);
}

bool kb_bond_read(struct json_object *object, struct kb_bond *ret)
{
    struct kb_bond bond = {.ca = ""};
    const char *ca = kb_json_string(object, "ca");
    int members = 1;

    if (!ca || !is_authorities(ca))
        return false;
    kb_text_copy(bond.ca, sizeof(bond.ca), ca);
    for (size_t i = 0; i < KB_COUNT(parts); i++) {
        const char *text = kb_json_string(object, parts[i].name);

        if (!text)
            continue;
        if (!kb_text_copy((char *)&bond + parts[i].place, parts[i].size, text) ||
            !(parts[i].is_origin ? is_origin(text) : is_line(text)))
            return false;
        members++;
    }
    if (json_object_object_length(object) != members ||
        (kb_bond_is_nowhere(&bond) ? members > 1 : !*bond.token))
        return false;
    *ret = bond;
    return true;
}
