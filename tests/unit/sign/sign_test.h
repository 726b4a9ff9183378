/*
 * What the tests of this layer share: the keys in keys/, which are test data and open nothing.
 */
#ifndef KB_TESTS_SIGN_TEST_H
#define KB_TESTS_SIGN_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../read_all.h"
#include "base/base64.h"
#include "base/file.h"
#include "sign/key.h"
#include "sign/signer.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define assert_mentions(haystack, needle)                                                          \
    do {                                                                                           \
        if (!strstr((haystack), (needle)))                                                         \
            fail_msg("\"%s\" does not mention \"%s\"", (haystack), (needle));                      \
    } while (0)

/* Of keys/NAME; for the caller to clear. */
static inline struct kb_buf text_of(const char *name)
{
    KB_AUTO(kb_fd_close) int fd = -1;
    struct kb_buf text = KB_BUF_INIT(1 << 20);
    char path[512];

    (void)snprintf(path, sizeof(path), "%s/%s", KB_TEST_KEYS, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read_all(fd, &text, NULL))
        fail_msg("%s cannot be read", path);
    return text;
}

/* What somebody answers who is asked for a passphrase; NULL: he closes the question. */
struct person {
    const char *passphrase;
    int asked;
};

static inline enum kb_err person_answers(void *context, struct kb_secret *ret, struct kb_error *err)
{
    struct person *person = context;

    person->asked++;
    if (!person->passphrase)
        return kb_fail(err, KB_ERR_DISMISSED, "dismissed");
    return kb_secret_set(ret, person->passphrase, strlen(person->passphrase), err);
}

/* A client that was stored with what FILE has; FILE is empty afterwards. */
static inline struct kb_client client_with(struct kb_key_file *file)
{
    struct kb_client client = KB_CLIENT_INIT;

    client.proof = KB_PROOF_KEY;
    client.alg = file->alg;
    client.kid = KB_TAKE(file->kid);
    client.chain = file->chain;
    file->chain = (struct kb_strings){0};
    kb_secret_move(&client.pkcs8, &file->pkcs8);
    assert_int_equal(kb_client_check(&client, NULL), KB_OK);
    return client;
}

static inline struct kb_client client_of_text(const char *text, size_t len)
{
    KB_AUTO(kb_key_file_clear) struct kb_key_file file = KB_KEY_FILE_INIT;
    struct person person = {.passphrase = "test"};
    struct kb_error err = KB_ERROR_INIT;

    if (kb_key_read(text, len, person_answers, &person, &file, &err))
        fail_msg("%.40s: %s", text, err.msg);
    return client_with(&file);
}

static inline struct kb_client client_of(const char *name)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = text_of(name);

    return client_of_text(kb_buf_text(&text), text.len);
}

#endif
