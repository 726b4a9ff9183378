/* What git writes to a credential helper, for every verb that reads it. */
#include "protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char get[] = "get", store[] = "store", erase[] = "erase";

    call_protocol("git", get, data, size);
    call_protocol("git", store, data, size);
    call_protocol("git", erase, data, size);
    return 0;
}
