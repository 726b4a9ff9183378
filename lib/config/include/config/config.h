/*
 * The configuration file: strict JSON with comments, read whole, checked whole.
 *
 * No environment expansion inside. Every error names file, line and column; an unknown key
 * suggests the nearest known one. Keys: see keybearer-config(5).
 */
#ifndef KB_CONFIG_CONFIG_H
#define KB_CONFIG_CONFIG_H

#include "base/buf.h"
#include "base/error.h"
#include "core/place.h"
#include "core/profile.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#define KB_CONFIG_MAX (4U << 20) /* bytes */

struct kb_config {
    struct kb_profile *profiles; /* in the order of the file */
    size_t count;
    bool is_missing; /* there is no file */
};

#define KB_CONFIG_INIT ((struct kb_config){0})

/*
 * Reads PATH. A file that does not exist is an empty configuration, unless a link leads to where it
 * should be. KB_ERR_CONFIG for everything the person has to mend; the hint names `edit` for what
 * stands in it, so PATH is the one that `edit` opens.
 */
KB_CHECKED enum kb_err kb_config_load(
    const char *path, struct kb_config *ret, struct kb_error *err);

/*
 * The same for who wants to know all that is wrong: HEAR is told of each profile that has an error,
 * the first one in it, and *RET has the others. ERR must be given; a failure is one of the whole.
 */
KB_CHECKED enum kb_err kb_config_inspect(const char *path,
    void (*hear)(void *context, const struct kb_error *what), void *context, struct kb_config *ret,
    struct kb_error *err);

/* As kb_config_load(), from the usual path (core/place.h). */
KB_CHECKED enum kb_err kb_config_load_usual(struct kb_config *ret, struct kb_error *err);

/*
 * The same from memory; PATH only names the text in errors. For tests and for edits. PATH NULL:
 * the text stands for options that a person typed, errors name those and are KB_ERR_USAGE.
 */
KB_CHECKED enum kb_err kb_config_parse(
    const char *path, const char *text, size_t len, struct kb_config *ret, struct kb_error *err);

/* The profile NAME, or NULL. */
const struct kb_profile *kb_config_find(const struct kb_config *config, const char *name);

/* KB_ERR_NOT_FOUND for a profile that is not there, suggesting the nearest name. */
enum kb_err kb_config_no_profile(
    const struct kb_config *config, const char *name, struct kb_error *err);

#define KB_CONFIG_NONE_MAX (PATH_MAX + 64)
/* Why CONFIG, of the usual path, has no profiles: completes "there are none". Returns RET. */
const char *kb_config_say_none(const struct kb_config *config, char ret[static KB_CONFIG_NONE_MAX]);

void kb_config_clear(struct kb_config *config);

/*
 * Loads the configuration from its usual path and finds profile NAME in it: *RET is borrowed
 * from CONFIG, which the caller clears. KB_ERR_NOT_FOUND as kb_config_no_profile().
 */
KB_CHECKED enum kb_err kb_config_load_profile(const char *name, struct kb_config *config,
    const struct kb_profile **ret, struct kb_error *err);

#endif
