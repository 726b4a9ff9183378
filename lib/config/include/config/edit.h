/*
 * Changes a profile, or a part of one, in the text of a configuration, leaving every other
 * byte, comments included, as its owner wrote it. What comes out of each call has been parsed
 * again: it is a valid configuration, or the call fails with KB_ERR_CONFIG. KB_ERR_NOT_FOUND: there
 * is no such profile.
 */
#ifndef KB_CONFIG_EDIT_H
#define KB_CONFIG_EDIT_H

#include "base/buf.h"
#include "base/error.h"
#include "base/strings.h"

#include <stdbool.h>
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

/*
 * With profile FROM called TO, also where templates of any profile's env name it. *RET_MENTIONS:
 * how many of those there were. KB_ERR_USAGE: there is a profile TO already.
 */
KB_CHECKED enum kb_err kb_config_rename_profile(const char *path, const char *old, size_t len,
    const char *from, const char *to, size_t *ret_mentions, struct kb_buf *out,
    struct kb_error *err);

/* With the string TEXT as KEY of PROFILE. */
KB_CHECKED enum kb_err kb_config_set_text(const char *path, const char *old, size_t len,
    const char *profile, const char *key, const char *text, struct kb_buf *out,
    struct kb_error *err);

/*
 * With TEXT at the end of the list KEY of PROFILE. Where the file has a single string there, or
 * nothing (then *RET_LISTED), it gets a list: of FIRST, which is what counted so far, and TEXT.
 */
KB_CHECKED enum kb_err kb_config_add_to_list(const char *path, const char *old, size_t len,
    const char *profile, const char *key, const struct kb_strings *first, const char *text,
    bool *ret_listed, struct kb_buf *out, struct kb_error *err);

/*
 * Without element NUMBER (from 0) of the list KEY of PROFILE, which counts as ALL. Where the file
 * has no list there, it gets one of the others; *RET_LISTED: it said nothing.
 */
KB_CHECKED enum kb_err kb_config_drop_from_list(const char *path, const char *old, size_t len,
    const char *profile, const char *key, const struct kb_strings *all, size_t number,
    bool *ret_listed, struct kb_buf *out, struct kb_error *err);

#endif
