/*
 * `lock`: forgets the vault's key and the cache's session key. Both are tried even when one
 * fails: a half-done lock must still lock what it can.
 */
#include "helper.h"

#include "backends/vault.h"
#include "base/options.h"

enum kb_err helper_lock(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err)
{
    enum kb_err rc, vault, cache;

    rc = kb_options_expect(0, argc, argv, err);
    if (!rc)
        rc = confine(&(struct needs){.cache = NEED_CHANGE, .vault = NEED_READ}, err);
    if (rc)
        return rc;
    vault = kb_vault_lock(err);
    frame->report.vault = vault != KB_ERR_NOT_FOUND;
    if (!frame->report.vault)
        vault = KB_OK;
    cache = kb_cache_destroy(vault ? NULL : err);
    return vault ? vault : cache;
}
