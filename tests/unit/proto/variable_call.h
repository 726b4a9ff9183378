/*
 * Calls of a protocol that is told in its environment for which server a token is wanted, and must
 * never touch stdin.
 */
#ifndef KB_TEST_VARIABLE_CALL_H
#define KB_TEST_VARIABLE_CALL_H

#include "hostile.h"

/* VALUE of the variable NAME; NULL: it is not set. */
static inline void variable_call_read(struct proto_call *call, const struct kb_proto *proto,
    const char *words, const char *name, const char *value)
{
    if (value)
        setenv(name, value, 1);
    proto_call_read(call, proto, words, "the person's terminal");
    unsetenv(name);
    assert_int_equal(call->consumed, 0);
}

/* ORIGIN and PATH of the address that is asked for; NULL: there is none. */
struct variable_case {
    const char *words, *value, *profile, *origin, *path;
};

static inline void assert_variable_cases(const struct kb_proto *proto, const char *name,
    const struct variable_case cases[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf seen = KB_BUF_INIT(512);
        struct proto_call call;

        variable_call_read(&call, proto, cases[i].words, name, cases[i].value);
        assert_int_equal(call.rc, KB_OK);
        assert_requests(&call, KB_OP_GET);
        assert_string_equal(call.talk.request.profile, cases[i].profile);
        assert_int_equal(call.talk.request.has_url, cases[i].origin != NULL);
        if (cases[i].origin) {
            kb_url_append_origin(&call.talk.request.url, &seen);
            assert_string_equal(kb_buf_text(&seen), cases[i].origin);
            assert_string_equal(call.talk.request.url.path, cases[i].path);
        }
        proto_call_close(&call);
    }
}

#endif
