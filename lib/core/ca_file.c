/*
 * May the authorities in this file be trusted? What they say is for the TLS library to read:
 * it opens the file by its name, and finds what was checked here, since nobody else can put
 * another one there.
 */
#include "core/ca_file.h"

#include "base/file.h"

enum kb_err kb_ca_file_check(const char *path, struct kb_error *err)
{
    struct kb_error why = KB_ERROR_INIT;
    enum kb_err rc = path ? kb_file_check_linked(path, KB_FILE_OURS, &why) : KB_OK;

    if (!rc)
        return KB_OK;
    rc = rc == KB_ERR_SYSTEM ? rc : KB_ERR_CONFIG;
    kb_fail(err, rc, "ca_file: %s", why.msg);
    kb_hint(err, "%s",
        why.hint[0] ? why.hint : "correct \"ca_file\" of the profile in the configuration");
    return rc;
}
