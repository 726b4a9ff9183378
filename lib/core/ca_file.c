/*
 * May the authorities in this file be trusted? What they say is for the TLS library to read:
 * it opens the file by its name, and finds what was checked here, since nobody else can put
 * another one there.
 */
#include "core/ca_file.h"

#include "base/file.h"

#include <string.h>

/* Whatever is wrong with the file is the configuration's fault. */
static enum kb_err blame(const struct kb_error *why, struct kb_error *err)
{
    return kb_hinted(err,
        kb_fail(err, why->code == KB_ERR_SYSTEM ? KB_ERR_SYSTEM : KB_ERR_CONFIG, "ca_file: %s",
            why->msg),
        "%s", why->hint[0] ? why->hint : "mend that file, or name another one as ca_file");
}

enum kb_err kb_ca_file_check(const char *path, struct kb_error *err)
{
    struct kb_error why = KB_ERROR_INIT;

    if (!path || !kb_file_check_linked(path, KB_FILE_OURS, &why))
        return KB_OK;
    return blame(&why, err);
}

enum kb_err kb_ca_file_read(const char *path, struct kb_buf *ret, struct kb_error *err)
{
    struct kb_error why = KB_ERROR_INIT;

    if (!kb_file_read_linked(path, KB_FILE_OURS, ret, &why))
        return KB_OK;
    return blame(&why, err);
}

/* At the beginning of a line. */
static const char *find_line(const char *text, const char *line)
{
    const char *at = text;

    while ((at = strstr(at, line)) != NULL && at > text && at[-1] != '\n')
        at++;
    return at;
}

/* Between both lines stands a DER sequence in base64, which begins with 'M'. */
static bool holds(const char *text, const char *begin, const char *end)
{
    for (const char *at = text; (at = find_line(at, begin)) != NULL;) {
        at += strlen(begin);
        at += strspn(at, " \t\r\n");
        if (*at == 'M' && find_line(at, end))
            return true;
    }
    return false;
}

/* The names that OpenSSL takes. */
static bool holds_certificate(const char *text)
{
    return holds(text, "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----") ||
           holds(text, "-----BEGIN X509 CERTIFICATE-----", "-----END X509 CERTIFICATE-----") ||
           holds(text, "-----BEGIN TRUSTED CERTIFICATE-----", "-----END TRUSTED CERTIFICATE-----");
}

enum kb_err kb_ca_file_check_form(const char *path, const char *setting, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf content = KB_BUF_INIT(KB_CA_FILE_MAX);
    enum kb_err rc = path ? kb_ca_file_read(path, &content, err) : KB_OK;

    if (rc || !path || holds_certificate(kb_buf_text(&content)))
        return rc;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_CONFIG, "%s cannot be read as PEM certificates", path),
        "it must hold certificates as PEM; or name another file with %s", setting);
}
