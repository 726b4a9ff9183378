/*
 * What every step of reading a reply needs: where things stand, whose reply it is, and a place for
 * what is odd beside the answer.
 */
#include "reading.h"

#include "base/json.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The longest name on a path that a configuration can hold is shorter. */
#define NAME_MAX_BYTES 255

bool kb_reading_find(const struct json_object *body, const char *path, struct json_object **ret)
{
    const struct json_object *here = body;
    struct json_object *found = NULL;
    char name[NAME_MAX_BYTES + 1];

    for (;;) {
        size_t len = strcspn(path, ".");

        if (len > NAME_MAX_BYTES || !json_object_is_type(here, json_type_object))
            return false;
        memcpy(name, path, len);
        name[len] = '\0';
        if (!json_object_object_get_ex(here, name, &found))
            return false;
        path += len;
        if (*path++ == '\0')
            break;
        here = found;
    }
    *ret = found;
    return true;
}

const struct kb_url *kb_reading_endpoint(const struct kb_reading *r)
{
    return r->is_second ? &r->profile->second_url : &r->profile->token_url;
}

void kb_reading_append_endpoint(const struct kb_reading *r, struct kb_buf *out)
{
    kb_buf_str(out, r->is_second ? "the second endpoint " : "the token endpoint ");
    kb_url_append_authority(kb_reading_endpoint(r), out);
}

void kb_reading_warn(const struct kb_reading *r, const char *fmt, ...)
{
    char *warning = r->facts->warning;
    size_t size = sizeof(r->facts->warning), used = strlen(warning);
    va_list args;

    if (used > 0)
        used += (size_t)snprintf(warning + used, size - used, "; ");
    if (used >= size)
        return;
    va_start(args, fmt);
    vsnprintf(warning + used, size - used, fmt, args);
    va_end(args);
}
