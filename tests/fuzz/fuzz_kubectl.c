/* What a client of Kubernetes asks for in its variable, with a profile named and without. */
#include "protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    char profile[] = "work", *argv[] = {profile, NULL}, *info = take_until(&in, '\0');

    MUST(setenv("KUBERNETES_EXEC_INFO", info, 1) == 0);
    call_with_arguments("kubectl", size % 3 == 0, argv, data, size);
    free(info);
    return 0;
}
