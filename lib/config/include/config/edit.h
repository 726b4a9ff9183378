/*
 * Adds and removes a profile in the text of a configuration, leaving every other
 * byte, comments included, as its owner wrote it.
 */
#ifndef KB_CONFIG_EDIT_H
#define KB_CONFIG_EDIT_H

#include "base/buf.h"
#include "base/error.h"

#include <stddef.h>

/*
 * Appends to OUT the text OLD (LEN bytes; may be empty or absent, then a new file with
 * "$schema": SCHEMA is made) with profile NAME set to the JSON object OBJECT. An existing
 * profile of that name is replaced in place. The result has been parsed again: it is
 * a valid configuration that holds the profile, or the call fails with KB_ERR_CONFIG.
 */
KB_CHECKED enum kb_err kb_config_set_profile(const char *path, const char *old, size_t len,
    const char *schema, const char *name, const char *object, struct kb_buf *out,
    struct kb_error *err);

/* The same without profile NAME. KB_ERR_NOT_FOUND when it is not there. */
KB_CHECKED enum kb_err kb_config_remove_profile(const char *path, const char *old, size_t len,
    const char *name, struct kb_buf *out, struct kb_error *err);

#endif
