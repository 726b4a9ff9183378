/*
 * What the fuzz targets share. Each target is one function that takes any bytes; libFuzzer
 * calls it with bytes of its own, replay.c with those of the kept corpus.
 */
#ifndef KB_TESTS_FUZZ_H
#define KB_TESTS_FUZZ_H

#include "base/attr.h"
#include "base/error.h"
#include "base/strings.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A rule that no input may break. */
#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition);          \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* What is left of the bytes of one run. */
struct input {
    const uint8_t *data;
    size_t size;
};

/*
 * The next bytes up to SEPARATOR, or all that are left, as a string that the caller frees: in
 * memory of its own, so that the sanitizers see a byte too many. A NUL ends it early.
 */
static inline char *take_until(struct input *in, char separator)
{
    const uint8_t *end = in->size ? memchr(in->data, separator, in->size) : NULL;
    size_t len = end ? (size_t)(end - in->data) : in->size;
    char *text = malloc(len + 1);

    MUST(text);
    if (len > 0)
        memcpy(text, in->data, len);
    text[len] = '\0';
    in->size -= end ? len + 1 : len;
    in->data += end ? len + 1 : len;
    return text;
}

/* Up to CAP pieces of the input, separated by NUL bytes, as the arguments of a command. */
static inline int take_arguments(struct input *in, char *argv[], int cap)
{
    int count = 0;

    while (in->size > 0 && count < cap)
        argv[count++] = take_until(in, '\0');
    return count;
}

/* The next byte, 0 at the end. */
static inline uint8_t take_byte(struct input *in)
{
    if (in->size == 0)
        return 0;
    in->size--;
    return *in->data++;
}

/* RC agrees with ERR, whose texts cannot steer a terminal. */
static inline void must_be_presentable(enum kb_err rc, const struct kb_error *err)
{
    if (rc == KB_OK)
        return;
    MUST(rc == err->code && err->msg[0] != '\0');
    MUST(kb_text_is_printable(err->msg, strlen(err->msg), 1, sizeof(err->msg)));
    MUST(kb_text_is_printable(err->hint, strlen(err->hint), 0, sizeof(err->hint)));
}

#endif
