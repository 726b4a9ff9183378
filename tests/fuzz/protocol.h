/*
 * Calls of a protocol with any bytes on its stdin, as the front makes them.
 */
#ifndef KB_TESTS_FUZZ_PROTOCOL_H
#define KB_TESTS_FUZZ_PROTOCOL_H

#include "fuzz.h"

#include "base/file.h"
#include "base/json.h"
#include "proto/proto.h"

#include <sys/mman.h>
#include <unistd.h>

static inline int input_of(const uint8_t *data, size_t size)
{
    int fd = memfd_create("request", MFD_CLOEXEC);

    MUST(fd >= 0 && kb_write_all(fd, data, size, NULL) == KB_OK);
    MUST(lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

static inline void must_be_json(const struct kb_buf *text)
{
    KB_AUTO(kb_json_release) struct json_object *object = NULL;

    MUST(kb_json_parse(kb_buf_text(text), text->len, &object, NULL) == KB_OK);
}

/* Whose whole answer is one object. */
static inline bool answers_in_json(const struct kb_proto *proto)
{
    static const char *const words[] = {
        "cargo", "docker", "get", "google", "headers", "kubectl", "nuget", "reclient", "terraform"};

    for (size_t i = 0; i < KB_COUNT(words); i++) {
        if (proto == kb_proto_by_word(words[i])->proto)
            return true;
    }
    return false;
}

static inline void answer_with_a_token(
    const struct kb_proto *proto, const struct kb_request *request, struct kb_reply *reply)
{
    struct kb_route route = {
        .ours = true, .covers_host = true, .profile = "work", .username = "oauth2"};
    KB_AUTO(kb_token_clear) struct kb_token token = KB_TOKEN_INIT;
    const struct kb_clock now = {.wall_ms = 1893455000000, .boot_ms = 5000000};
    const struct kb_answer answer = {
        .request = request, .route = &route, .token = &token, .now = now};
    struct kb_error err = KB_ERROR_INIT;

    MUST(kb_secret_set(&token.value, "AZaz09-._~+/==", 14, NULL) == KB_OK);
    kb_token_set_life(&token, 3600, now);
    enum kb_err rc = proto->write(&answer, reply, &err);
    must_be_presentable(rc, &err);
    if (rc)
        proto->refuse(request, &err, reply);
    else if (answers_in_json(proto))
        must_be_json(&reply->out);
}

/* Whole lines of printable ASCII; only a person who says so gets the last one OPEN. */
static inline void must_be_lines(const struct kb_buf *text, bool open)
{
    MUST(!text->failed);
    MUST(open || text->len == 0 || text->data[text->len - 1] == '\n');
    for (size_t i = 0; i < text->len; i++)
        MUST(text->data[i] == '\n' || (text->data[i] >= 0x20 && text->data[i] <= 0x7e));
}

/* One turn of NAME's conversation: what is asked is answered, or declined. False: it is over. */
static inline bool take_a_turn(const char *name, struct kb_talk *talk, bool answer)
{
    const struct kb_proto *proto = talk->proto;
    bool may_stay_open =
        strcmp(name, "token") == 0 || strcmp(name, "header") == 0 || strcmp(name, "vault") == 0;
    struct kb_error err = KB_ERROR_INIT;
    enum kb_turn turn = KB_TURN_MORE;
    enum kb_err rc = kb_talk_next(talk, &turn, &err);
    bool asked = !rc && turn == KB_TURN_REQUEST && talk->request.op == KB_OP_GET;

    must_be_presentable(rc, &err);
    MUST(rc || turn != KB_TURN_MORE);
    if (rc)
        proto->refuse(&talk->request, &err, &talk->reply);
    else if (asked && answer)
        answer_with_a_token(proto, &talk->request, &talk->reply);
    else if (asked)
        proto->decline(&talk->request, &talk->reply);
    must_be_lines(&talk->reply.out, may_stay_open);
    must_be_lines(&talk->reply.note, false);
    return !rc && turn != KB_TURN_END;
}

/*
 * Calls NAME as a command with ARGC words, and DATA as its stdin, to the end. PROFILE is what the
 * name of the program names, or NULL.
 */
static inline void call_by_link(
    const char *name, const char *profile, int argc, char *argv[], const uint8_t *data, size_t size)
{
    KB_AUTO(kb_fd_close) int in = input_of(data, size);
    KB_AUTO(kb_talk_clear)
    struct kb_talk talk = kb_talk(kb_proto_by_word(name)->proto, argc, argv, in);
    size_t turns = 0;

    talk.profile = profile;
    while (take_a_turn(name, &talk, size % 2 == 0)) {
        kb_talk_answered(&talk);
        MUST(++turns <= size + 2); /* each takes something */
    }
}

static inline void call_with_arguments(
    const char *name, int argc, char *argv[], const uint8_t *data, size_t size)
{
    call_by_link(name, NULL, argc, argv, data, size);
}

/*
 * The same with the words that DATA holds, separated by NUL bytes. BY_LINK: the first is of the
 * program's name, unless it is empty.
 */
static inline void call_with_words(const char *name, bool by_link, const uint8_t *data, size_t size)
{
    enum { WORDS_MAX = 20 };
    struct input in = {data, size};
    char *words[WORDS_MAX], *argv[WORDS_MAX];
    int argc = take_arguments(&in, words, WORDS_MAX), link = by_link && argc > 0;

    memcpy(argv, words, (size_t)argc * sizeof(*argv));
    call_by_link(name, link && *words[0] ? words[0] : NULL, argc - link, argv + link, data, size);
    for (int i = 0; i < argc; i++)
        free(words[i]);
}

/* The same for a protocol that is told one VERB (NULL: none). */
static inline void call_protocol(const char *name, char *verb, const uint8_t *data, size_t size)
{
    char *argv[] = {verb, NULL};

    call_with_arguments(name, verb ? 1 : 0, argv, data, size);
}

#endif
