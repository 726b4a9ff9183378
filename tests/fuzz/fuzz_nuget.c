/* NuGet's messages, a line each, after our greeting. */
#include "protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    call_protocol("nuget", (char[]){"-Plugin"}, data, size);
    return 0;
}
