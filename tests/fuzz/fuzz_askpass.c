/*
 * Prompts of git and wget, behind what options there are; words are separated by NUL bytes.
 */
#include "protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    call_with_words("askpass", false, data, size);
    return 0;
}
