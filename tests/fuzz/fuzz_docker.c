/* What docker and its relatives write to a credential helper, for every verb that reads it. */
#include "protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char get[] = "get", store[] = "store", erase[] = "erase";

    call_protocol("docker", get, data, size);
    call_protocol("docker", store, data, size);
    call_protocol("docker", erase, data, size);
    return 0;
}
