/*
 * Between a protocol and json-c, which keeps copies that nobody can wipe: what it takes never has
 * "hunter2" in it. For the tests of protocols that are brought a secret in JSON; linked with
 * --wrap=kb_json_parse.
 */
#ifndef KB_TEST_BEFORE_JSON_H
#define KB_TEST_BEFORE_JSON_H

#include "proto_call.h"

#include "base/json.h"

enum kb_err __real_kb_json_parse(
    const char *text, size_t len, struct json_object **ret, struct kb_error *err);
enum kb_err __wrap_kb_json_parse(
    const char *text, size_t len, struct json_object **ret, struct kb_error *err);

enum kb_err __wrap_kb_json_parse(
    const char *text, size_t len, struct json_object **ret, struct kb_error *err)
{
    enum kb_err rc = __real_kb_json_parse(text, len, ret, err);

    if (!rc)
        assert_null(memmem(text, len, "hunter2", 7));
    return rc;
}

#endif
