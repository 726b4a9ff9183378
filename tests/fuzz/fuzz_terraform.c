/* terraform's command lines, their words separated by NUL bytes, and what it wants to be stored. */
#include "protocol.h"

#define WORDS_MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    char *words[WORDS_MAX], *argv[WORDS_MAX];
    int argc = take_arguments(&in, words, WORDS_MAX);

    memcpy(argv, words, (size_t)argc * sizeof(*argv));
    call_with_arguments("terraform", argc, argv, data, size);
    for (int i = 0; i < argc; i++)
        free(words[i]);
    argv[0] = (char[]){"store"};
    argv[1] = (char[]){"tf.example"};
    call_with_arguments("terraform", 2, argv, data, size);
    return 0;
}
