/* Strict JSON: whatever is accepted, the lexer can walk, and it holds no comment. */
#include "fuzz.h"

#include "base/json.h"
#include "base/json_lex.h"
#include "base/json_place.h"

static void walk_accepted(const char *text, size_t len, char *copy)
{
    struct kb_json_span span;
    size_t end = kb_json_skip_value(text, len, 0);

    MUST(kb_json_next(text, len, end).kind == KB_JSON_END);
    if (kb_json_find(text, len, kb_json_next(text, len, 0).start, "a", &span))
        MUST(span.key_start < span.value_start && span.value_start < span.value_end);
    kb_json_blank_comments(copy, len);
    MUST(memcmp(copy, text, len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KB_AUTO(kb_json_release) struct json_object *object = NULL;
    struct kb_error err = KB_ERROR_INIT;
    const char *text = (const char *)data;
    char *copy = malloc(size ? size : 1);
    enum kb_err rc = kb_json_parse(text, size, &object, &err);

    MUST(copy);
    must_be_presentable(rc, &err);
    if (size > 0)
        memcpy(copy, data, size);
    if (rc == KB_OK)
        walk_accepted(text, size, copy);
    kb_json_blank_comments(copy, size);
    free(copy);
    return 0;
}
