/*
 * A private JWK, alone and as the one of a set: both are read, or none.
 */
#include "key.h"

static enum kb_err read_in_set(const uint8_t *data, size_t size, struct kb_key_file *ret)
{
    KB_AUTO(kb_buf_clear) struct kb_buf set = KB_BUF_INIT(size + 16);

    kb_buf_str(&set, "{\"keys\":[");
    kb_buf_add(&set, data, size);
    kb_buf_str(&set, "]}");
    MUST(!set.failed);
    return kb_key_read(set.data, set.len, answer_test, NULL, ret, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KB_AUTO(kb_key_file_clear) struct kb_key_file alone = KB_KEY_FILE_INIT, one = KB_KEY_FILE_INIT;

    read_key(data, size);
    /* A set is larger, and two levels deeper. */
    if (!kb_key_read((const char *)data, size, NULL, NULL, &alone, NULL) && data[0] == '{' &&
        !read_in_set(data, size, &one))
        MUST(kb_secret_equal(&alone.pkcs8, &one.pkcs8) && alone.alg == one.alg);
    return 0;
}
