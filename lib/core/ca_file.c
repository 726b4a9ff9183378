/*
 * May the authorities in this file be trusted? What they say is for the TLS library to read:
 * it opens the file by its name, and finds what was checked here, since nobody else can put
 * another one there.
 */
#include "core/ca_file.h"

#include "base/file.h"

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
