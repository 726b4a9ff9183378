/*
 * The link's name and the command line of `pnpm`, separated by NUL bytes. Its input is never read.
 */
#include "protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    call_with_words("pnpm", true, data, size);
    return 0;
}
