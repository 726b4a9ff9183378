/* A token's type, the interactive mode, and the command line, for a client of Google's. */
#include "protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    char *type = take_until(&in, '\0'), *interactive = take_until(&in, '\0');

    MUST(setenv("GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE", type, 1) == 0);
    MUST(setenv("GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE", interactive, 1) == 0);
    call_with_words("google", false, in.data, in.size);
    free(type);
    free(interactive);
    return 0;
}
