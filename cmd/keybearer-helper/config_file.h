/*
 * The configuration file as something to write: only `add` and `remove` do. Writers take a
 * lock on its directory, so that two of them never lose each other's profile.
 */
#ifndef KB_HELPER_CONFIG_FILE_H
#define KB_HELPER_CONFIG_FILE_H

#include "base/attr.h"
#include "base/error.h"
#include "core/config.h"

/* KB_ERR_SYSTEM or KB_ERR_DENIED now rather than after a person has typed a secret. */
KB_CHECKED enum kb_err config_file_check_writable(struct kb_error *err);

/*
 * Reads the configuration as it would be with profile NAME set to OBJECT, without writing.
 * Clear *RET.
 */
KB_CHECKED enum kb_err config_file_preview(
    const char *name, const char *object, struct kb_config *ret, struct kb_error *err);

KB_CHECKED enum kb_err config_file_set(const char *name, const char *object, struct kb_error *err);
KB_CHECKED enum kb_err config_file_remove(const char *name, struct kb_error *err);

#endif
