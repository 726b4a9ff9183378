/*
 * What the tests of this layer share.
 */
#ifndef KB_TESTS_CONFIG_TEST_H
#define KB_TESTS_CONFIG_TEST_H

#include "../core/core_test.h"

#include "config/config.h"

/* The configuration in TEXT, which must be correct. */
static inline struct kb_config config_of(const char *text)
{
    struct kb_config config = KB_CONFIG_INIT;
    struct kb_error err = KB_ERROR_INIT;

    if (kb_config_parse("test.json", text, strlen(text), &config, &err))
        fail_msg("%s (%s)", err.msg, err.hint);
    return config;
}

#endif
