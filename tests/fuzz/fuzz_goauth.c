/* The command lines of `goauth`, their words separated by NUL bytes, and a refusal after them. */
#include "protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    call_with_words("goauth", false, data, size);
    return 0;
}
