/*
 * The command lines of `token`, `header` and `reclient`, their words separated by NUL bytes. Their
 * input is never read.
 */
#include "protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    call_with_words("token", false, data, size);
    call_with_words("header", false, data, size);
    call_with_words("reclient", false, data, size);
    return 0;
}
