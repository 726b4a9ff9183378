/*
 * The text of a configuration and places in it, so that an error can name its line.
 * Private to the files that read and edit the configuration.
 */
#ifndef KB_CONFIG_SOURCE_H
#define KB_CONFIG_SOURCE_H

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "config/config.h"

#include <stdbool.h>
#include <stddef.h>

struct kb_config_source {
    const char *path;   /* borrowed; names the text in errors; NULL: options that were typed */
    struct kb_buf text; /* comments blanked, offsets as in the file */
};

#define KB_CONFIG_SOURCE_INIT ((struct kb_config_source){.text = KB_BUF_INIT(KB_CONFIG_MAX)})

/* As deep as its members are set; all NULL is the whole document. */
struct kb_config_place {
    const char *profile;
    const char *key;    /* a profile's, or, without a profile, the document's own */
    const char *member; /* of the key's object */
    size_t element;     /* of the key's array, from 1; 0: the whole */
    bool at_name;       /* the name, not the value, is what is wrong */
};

KB_CHECKED enum kb_err kb_config_source_set(struct kb_config_source *source, const char *path,
    const char *text, size_t len, struct kb_error *err);

/* Nothing but white space and comments. */
bool kb_config_source_is_blank(const struct kb_config_source *source);

/* The document; KB_ERR_CONFIG with its place for anything that is not strict JSON. */
KB_CHECKED enum kb_err kb_config_source_parse(
    const struct kb_config_source *source, struct json_object **ret, struct kb_error *err);

/*
 * Turns an error about a value into one about the file: puts FILE:LINE:COLUMN before its
 * message, keeps the hint, makes it KB_ERR_CONFIG, and fills its place. Where options were
 * typed it becomes KB_ERR_USAGE. Finding the place is left until something is wrong.
 * KB_ERR_SYSTEM passes unchanged. Returns the code.
 */
enum kb_err kb_config_source_blame(const struct kb_config_source *source,
    const struct kb_config_place *place, enum kb_err code, struct kb_error *err);

void kb_config_source_clear(struct kb_config_source *source);

#endif
