/*
 * What the fuzz targets share. Each target is one function that takes any bytes; libFuzzer
 * calls it with bytes of its own, replay.c with those of the kept corpus.
 */
#ifndef KB_TESTS_FUZZ_H
#define KB_TESTS_FUZZ_H

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
