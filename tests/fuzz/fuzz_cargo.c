/* cargo's requests, a line each, behind our greeting. */
#include "protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    call_protocol("cargo", (char[]){"--cargo-plugin"}, data, size);
    return 0;
}
