/*
 * `passwd`: replaces the passphrase, or the key file, that unlocks the vault; or takes the latter
 * away.
 */
#include "front.h"

#include <stdlib.h>

static bool is_key_file_named(void)
{
    const char *path = getenv("KEYBEARER_KEY_FILE");

    return path && *path;
}

void describe_passwd(struct kb_buf *out, const struct kb_report *report)
{
    if (report->passwd.removed) {
        kb_buf_str(out, "No key file unlocks the vault any more, only its passphrase.\n");
        if (is_key_file_named())
            kb_buf_str(out, "Unset KEYBEARER_KEY_FILE, which still names one.\n");
        return;
    }
    kb_buf_fmt(
        out, "The vault has a new %s.\n", report->passwd.key_file ? "key file" : "passphrase");
}
