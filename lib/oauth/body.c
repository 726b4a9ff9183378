/*
 * The formats of a body. Must write every field, and nothing else.
 */
#include "oauth/form.h"
#include "oauth/rows.h"

#include <string.h>

static enum kb_err form(
    const struct kb_parts *parts, struct kb_http_request *request, struct kb_error *err)
{
    struct kb_buf *body = &request->body;

    for (size_t i = 0; i < parts->count; i++) {
        const struct kb_field *field = &parts->fields[i];

        if (i > 0)
            kb_buf_byte(body, '&');
        kb_form_encode(body, field->name, strlen(field->name));
        kb_buf_byte(body, '=');
        kb_form_encode(body, field->value.bytes, field->value.len);
    }
    body->failed |= parts->failed;
    return kb_buf_check(body, "the token request", err);
}

const struct kb_body kb_bodies[] = {
    [KB_BODY_FORM] = {"application/x-www-form-urlencoded", form},
};
