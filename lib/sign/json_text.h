/*
 * A JSON text that holds a key, without json-c: it could not wipe its copies. json-c sees the
 * text only with all strings blanked, and says whether it is one.
 */
#ifndef KB_SIGN_JSON_TEXT_H
#define KB_SIGN_JSON_TEXT_H

#include "base/buf.h"
#include "base/error.h"
#include "base/json_place.h"

#include <stdbool.h>

struct kb_sign_json {
    const char *text;
    size_t len;
};

/* Objects are named by the offset of their '{'. */
KB_CHECKED enum kb_err kb_sign_json_check(
    struct kb_sign_json json, size_t *ret_object, struct kb_error *err);

/* The member NAME of OBJECT, of whatever type but null. */
bool kb_sign_json_has(struct kb_sign_json json, size_t object, const char *name);

/* The same where it is an object. */
bool kb_sign_json_object(struct kb_sign_json json, size_t object, const char *name, size_t *ret);

/*
 * Replaces *RET by the string NAME of OBJECT, empty where there is none. KB_ERR_USAGE: it is no
 * string, longer than RET's cap, or escapes what is not ASCII.
 */
KB_CHECKED enum kb_err kb_sign_json_take(struct kb_sign_json json, size_t object, const char *name,
    struct kb_buf *ret, struct kb_error *err);

/* Item INDEX of the array NAME of OBJECT; false: there is none. */
bool kb_sign_json_item(struct kb_sign_json json, size_t object, const char *name, size_t index,
    struct kb_json_span *ret);

/* The same as kb_sign_json_take(), of the value at ITEM. */
KB_CHECKED enum kb_err kb_sign_json_take_item(struct kb_sign_json json,
    const struct kb_json_span *item, struct kb_buf *ret, struct kb_error *err);

/* *RET becomes the string NAME of OBJECT: printable, at most MAX bytes. It stays without one. */
KB_CHECKED enum kb_err kb_sign_json_name(struct kb_sign_json json, size_t object, const char *name,
    size_t max, char **ret, struct kb_error *err);

#endif
