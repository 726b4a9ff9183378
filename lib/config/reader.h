/*
 * One profile's object, read by a table of its keys. Private to config.c.
 */
#ifndef KB_CONFIG_READER_H
#define KB_CONFIG_READER_H

#include "core/profile.h"
#include "source.h"

/* *RET is untouched on failure. The error names the place of what is wrong. */
KB_CHECKED enum kb_err kb_config_read_profile(const struct kb_config_source *source,
    const char *name, struct json_object *object, struct kb_profile *ret, struct kb_error *err);

#endif
