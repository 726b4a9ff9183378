/* A token's type, the interactive mode, and the command line, for a client of Google's. */
#include "protocol.h"

#define WORDS_MAX 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    char *type = take_until(&in, '\0'), *interactive = take_until(&in, '\0');
    char *words[WORDS_MAX], *argv[WORDS_MAX];
    int argc = take_arguments(&in, words, WORDS_MAX);

    MUST(setenv("GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE", type, 1) == 0);
    MUST(setenv("GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE", interactive, 1) == 0);
    memcpy(argv, words, (size_t)argc * sizeof(*argv));
    call_with_arguments("google", argc, argv, data, size);
    for (int i = 0; i < argc; i++)
        free(words[i]);
    free(type);
    free(interactive);
    return 0;
}
