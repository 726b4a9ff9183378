/*
 * The key files of providers: what is read of one is fit to be a client, or is not there.
 */
#include "key.h"

#include "core/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KB_AUTO(kb_key_file_clear) struct kb_key_file file = KB_KEY_FILE_INIT;
    struct kb_url url;

    read_key(data, size);
    if (kb_key_read((const char *)data, size, NULL, NULL, &file, NULL))
        return 0;
    MUST(!file.client_id ||
         kb_text_is_printable(file.client_id, strlen(file.client_id), 1, KB_CLIENT_ID_MAX));
    MUST(!file.token_url ||
         kb_url_parse(file.token_url, strlen(file.token_url), &url, NULL) == KB_OK);
    MUST(file.secret.len <= KB_CLIENT_SECRET_MAX);
    return 0;
}
