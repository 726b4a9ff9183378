/*
 * `lock`: forgets the vault's key and the cache's session key. Both are tried even when one
 * fails: a half-done lock must still lock what it can.
 */
#include "helper.h"

#include "backends/vault.h"

enum kb_err helper_lock(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err)
{
    struct kb_vault_status status;
    enum kb_err rc, vault, cache;

    (void)argv;
    if (argc != 0)
        return kb_fail(err, KB_ERR_USAGE, "lock takes no argument");
    rc = confine(&(struct needs){.cache = NEED_CHANGE, .vault = NEED_READ}, err);
    if (rc)
        return rc;
    frame->report.vault = kb_vault_status(&status, NULL) || status.exists;
    vault = kb_vault_lock(err);
    cache = kb_cache_destroy(vault ? NULL : err);
    return vault ? vault : cache;
}
