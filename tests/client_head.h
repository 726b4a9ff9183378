/*
 * The head of a sealed client of version 1, which no program writes any more: NAME.kbc.
 */
#ifndef KB_TESTS_CLIENT_HEAD_H
#define KB_TESTS_CLIENT_HEAD_H

#include "base/pack.h"
#include "vault_format.h"

static inline void pack_client_head(const struct kb_vault_record *client, struct kb_buf *out)
{
    kb_buf_add(out, "KBCLIENT", 8);
    kb_pack_u8(out, KB_VAULT_VERSION);
    kb_buf_add(out, client->vault_id, sizeof(client->vault_id));
    kb_pack_text(out, client->profile);
    kb_pack_text(out, client->token_url);
    kb_buf_add(out, client->nonce, sizeof(client->nonce));
    kb_pack_u32(out, (uint32_t)client->ciphertext_len);
}

#endif
