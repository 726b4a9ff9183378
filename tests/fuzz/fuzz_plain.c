/*
 * The command lines of `token`, `header` and `reclient`, their words separated by NUL bytes. Their
 * input is never read.
 */
#include "protocol.h"

#define WORDS_MAX 16

static void call(const char *name, const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    char *words[WORDS_MAX], *argv[WORDS_MAX];
    int argc = take_arguments(&in, words, WORDS_MAX);

    memcpy(argv, words, (size_t)argc * sizeof(*argv));
    call_with_arguments(name, argc, argv, data, size);
    for (int i = 0; i < argc; i++)
        free(words[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    call("token", data, size);
    call("header", data, size);
    call("reclient", data, size);
    return 0;
}
