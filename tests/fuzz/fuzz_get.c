/* The JSON request of the credential-helper protocol. */
#include "protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    call_protocol("get", NULL, data, size);
    return 0;
}
