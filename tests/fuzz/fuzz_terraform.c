/* terraform's command lines, their words separated by NUL bytes, and what it wants to be stored. */
#include "protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *argv[] = {(char[]){"store"}, (char[]){"tf.example"}, NULL};

    call_with_words("terraform", false, data, size);
    call_with_arguments("terraform", 2, argv, data, size);
    return 0;
}
