/*
 * `passwd`: replaces the passphrase, or the key file, that unlocks the vault.
 */
#include "front.h"

void describe_passwd(struct kb_buf *out, const struct kb_report *report)
{
    kb_buf_fmt(out, "The vault has a new %s.\n", report->key_file ? "key file" : "passphrase");
}
