/*
 * The command line of `keyring`, its words separated by NUL bytes. Its input is never read.
 */
#include "protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    call_with_words("keyring", false, data, size);
    return 0;
}
