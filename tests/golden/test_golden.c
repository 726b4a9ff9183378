/*
 * Plays recorded exchanges: request and configuration in, stdout, stderr and status out.
 * Between reading and answering it does what the front does, with a fixed token.
 */
#include "../read_all.h"
#include "proto_call.h"

#include "base/file.h"
#include "config/identity.h"
#include "config/match.h"

#include <fcntl.h>
#include <glob.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#define HOST "127.0.0.1:8080"
#define USERNAME "oauth2"
#define PROFILE "work"

static const struct {
    const char *name, *value;
} placeholders[] = {
    {"{{VERSION}}", KB_VERSION},
    {"{{HOST}}", HOST},
    {"{{HOSTNAME}}", "127.0.0.1"},
    {"{{DIR}}", "/home/person/project"},
    {"{{USERNAME}}", USERNAME},
    {"{{PROFILE}}", PROFILE},
    {"{{TOKEN}}", TEST_TOKEN},
    {"{{BASIC}}", "b2F1dGgyOkFaYXowOS0uX34rLz09"}, /* the user name and the token */
    {"{{BAD_TOKEN}}", "refused"},
    {"{{EXPIRES_UNIX}}", "1893456000"},
    {"{{EXPIRES_RFC3339}}", "2030-01-01T00:00:00Z"},
    {"{{EXPIRES_UNIX_DATE}}", "Tue Jan  1 00:00:00 UTC 2030"},
    {"{{CA_BASE64}}", "LS0tLS1CRUdJTg=="},
    {"{{SHA256}}", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"{{HTTP_DATE}}", "Tue, 01 Jan 2030 00:00:00 GMT"},
    {"{{SERVER}}", "nginx"},
};

static const char vector_config[] =
    "{\"profiles\":{\"" PROFILE "\":{\"token_url\":\"https://sso.example.com/token\","
    "\"token_username\":\"" USERNAME "\",\"store\":\"sealed-file\","
    "\"match\":\"http://" HOST "\",\"registry\":\"" HOST "\"}}}";

static const char hub_config[] =
    "{\"profiles\":{\"" PROFILE "\":{\"token_url\":\"https://sso.example.com/token\","
    "\"token_username\":\"" USERNAME
    "\",\"store\":\"sealed-file\",\"match\":[\"https://docker.io\"]}}}";

/* A prompt of wget names no port. */
static const char portless_config[] =
    "{\"profiles\":{\"" PROFILE "\":{\"token_url\":\"https://sso.example.com/token\","
    "\"token_username\":\"" USERNAME
    "\",\"store\":\"sealed-file\",\"match\":\"http://127.0.0.1\"}}}";

/* Nobody covers the host, but a link names this profile. */
static const char elsewhere_config[] =
    "{\"profiles\":{\"" PROFILE "\":{\"token_url\":\"https://sso.example.com/token\","
    "\"store\":\"sealed-file\",\"match\":\"https://elsewhere.example.com\"}}}";

static const char empty_config[] = "{\"profiles\":{}}";

/* --- JSON files ----------------------------------------------------------------------- */

static struct json_object *load(const char *name)
{
    char path[4096];
    struct json_object *file;

    snprintf(path, sizeof(path), "%s/%s", GOLDEN_DIR, name);
    file = json_object_from_file(path);
    if (!json_object_is_type(file, json_type_array))
        fail_msg("cannot read %s", path);
    assert_true(json_object_array_length(file) > 0);
    return file;
}

/* Appends TEXT of LEFT bytes with its placeholders filled. */
static void fill(const char *text, size_t left, struct kb_buf *ret)
{
    while (left > 0) {
        size_t skip = 1, i;

        for (i = 0; i < KB_COUNT(placeholders); i++) {
            if (strncmp(text, placeholders[i].name, strlen(placeholders[i].name)) == 0)
                break;
        }
        if (i < KB_COUNT(placeholders)) {
            skip = strlen(placeholders[i].name);
            kb_buf_str(ret, placeholders[i].value);
        } else {
            kb_buf_byte(ret, *text);
        }
        text += skip;
        left -= skip;
    }
}

/* The text of member NAME, filled; "" when there is none. */
static void get_text(const struct json_object *object, const char *name, struct kb_buf *ret)
{
    struct json_object *member = json_object_object_get(object, name);

    kb_buf_reset(ret);
    if (member)
        fill(json_object_get_string(member), (size_t)json_object_get_string_len(member), ret);
}

static int get_number(const struct json_object *object, const char *name, int absent)
{
    struct json_object *member = json_object_object_get(object, name);

    return member ? json_object_get_int(member) : absent;
}

/* --- one exchange ----------------------------------------------------------------------- */

enum { WORDS_MAX = 12 };

struct exchange {
    const struct kb_proto *proto;
    const char *profile; /* whom the name of the link names */
    struct kb_config config;
    char *argv[WORDS_MAX + 1];
    int argc;
    const char *token;
    int life;
    bool failure;
    struct kb_buf out, note;
    int status;
    bool passed_on; /* another program of that name would answer */
    bool dropped;   /* the token would not be cached any more */
    off_t consumed;
};

#define EXCHANGE_INIT                                                                              \
    ((struct exchange){.token = TEST_TOKEN,                                                        \
        .life = TEST_LIFE,                                                                         \
        .out = KB_BUF_INIT(KB_REPLY_OUT_MAX),                                                      \
        .note = KB_BUF_INIT(65536)})

static void take_config(struct exchange *e, const char *text, size_t len)
{
    struct kb_error err = KB_ERROR_INIT;

    if (kb_config_parse("config.json", text, len, &e->config, &err))
        fail_msg("%s", err.msg);
}

static void load_config(struct exchange *e)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_CONFIG_MAX);
    KB_AUTO(kb_fd_close) int fd = open(GOLDEN_DIR "/config.json", O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(read_all(fd, &text, NULL), KB_OK);
    take_config(e, kb_buf_text(&text), text.len);
}

static void close_exchange(struct exchange *e)
{
    kb_config_clear(&e->config);
    for (int i = 0; i < e->argc; i++)
        free(e->argv[i]);
    kb_buf_clear(&e->out);
    kb_buf_clear(&e->note);
}

static void add_word(struct exchange *e, const char *word, size_t len)
{
    KB_AUTO(kb_buf_clear) struct kb_buf filled = KB_BUF_INIT(4096);

    assert_true(e->argc < WORDS_MAX);
    fill(word, len, &filled);
    e->argv[e->argc++] = strdup(kb_buf_text(&filled));
}

/* What a person wrote into the client's configuration; no word of it holds a space. */
static void add_configured(struct exchange *e, const char *words)
{
    assert_non_null(words);
    while (*words) {
        size_t len = strcspn(words, " ");

        add_word(e, words, len);
        words += len + (words[len] == ' ');
    }
}

static void take_argv(
    struct exchange *e, const struct json_object *object, const char *configured, const char *link)
{
    struct json_object *argv = json_object_object_get(object, "argv");

    for (size_t i = 0; i < json_object_array_length(argv); i++) {
        const char *word = json_object_get_string(json_object_array_get_idx(argv, i));

        if (strcmp(word, "{{CONFIGURED_ARGS}}") == 0)
            add_configured(e, configured);
        else if (strcmp(word, "{{LINK}}") == 0)
            add_word(e, link, strlen(link));
        else
            add_word(e, word, strlen(word));
    }
}

/* By the name of the program, else by the first word. Returns how many words that took. */
static int select_proto(struct exchange *e)
{
    const char *slash = strrchr(e->argv[0], '/');
    const struct kb_proto_row *row =
        kb_proto_by_program(slash ? slash + 1 : e->argv[0], &e->profile);
    int taken = 1;

    if (!row && e->argc > 1) {
        row = kb_proto_by_word(e->argv[1]);
        taken = 2;
    }
    if (!row)
        fail_msg("no protocol for %s", e->argv[0]);
    else
        e->proto = row->proto;
    return taken;
}

static enum kb_err write_answer(struct exchange *e, struct kb_talk *talk,
    const struct kb_profile *profile, struct kb_error *err)
{
    static const struct kb_ref client = {{1}};
    struct proto_stock stock;
    struct kb_answer answer;
    enum kb_err rc;

    if (e->failure)
        return kb_hinted(
            err, kb_fail(err, KB_ERR_LOCKED, "the vault is locked"), "keybearer unlock");
    proto_stock_open(&stock, e->token);
    kb_route_clear(&stock.route);
    assert_int_equal(kb_route_from_profile(profile, &client, &stock.route, NULL), KB_OK);
    stock.route.covers_host = kb_match_covers_host(&e->config, profile, &talk->request);
    kb_token_set_life(&stock.token, e->life, stock.now);
    answer = (struct kb_answer){.request = &talk->request,
        .route = &stock.route,
        .token = &stock.token,
        .profile = talk->request.op == KB_OP_GET_EACH ? profile : NULL,
        .config = talk->request.op == KB_OP_GET_EACH ? &e->config : NULL,
        .now = stock.now};
    rc = e->proto->write(&answer, &talk->reply, err);
    proto_stock_close(&stock);
    return rc;
}

static enum kb_err answer_each(struct exchange *e, struct kb_talk *talk, struct kb_error *err)
{
    const char *name = talk->request.profile;
    enum kb_err rc = KB_OK;

    if (*name && !kb_config_find(&e->config, name))
        return kb_config_no_profile(&e->config, name, err);
    for (size_t i = 0; !rc && i < e->config.count; i++)
        if (!*name || strcmp(name, e->config.profiles[i].name) == 0)
            rc = write_answer(e, talk, &e->config.profiles[i], err);
    return rc;
}

static bool is_cached(const struct exchange *e, const struct kb_secret *presented)
{
    return presented->len == strlen(e->token) &&
           memcmp(presented->bytes, e->token, presented->len) == 0;
}

/* As the front does it, with the one token for a cache. */
static enum kb_err answer(struct exchange *e, struct kb_talk *talk, struct kb_error *err)
{
    const struct kb_profile *profile = NULL;
    struct kb_near near = {0};
    enum kb_err rc;

    if (talk->request.op == KB_OP_LIST)
        return e->proto->extra->list(&e->config, &talk->reply, err);
    if (talk->request.op == KB_OP_GET_EACH)
        return answer_each(e, talk, err);
    rc = kb_match(&e->config, &talk->request, &profile, err);
    talk->reply.ours = profile != NULL;
    if (!rc && !profile) {
        kb_match_near(&e->config, &talk->request, &near);
        talk->reply.near = &near;
        e->proto->decline(&talk->request, &talk->reply);
        talk->reply.near = NULL;
    } else if (!rc && talk->request.op == KB_OP_GET)
        rc = write_answer(e, talk, profile, err);
    else if (!rc && talk->request.op == KB_OP_STORE && !is_cached(e, &talk->request.presented))
        rc = kb_proto_no_login(&talk->request, profile->name, err);
    else if (!rc && talk->request.op == KB_OP_ERASE)
        e->dropped = talk->request.presented.len == 0 || is_cached(e, &talk->request.presented);
    return rc;
}

/* False: the conversation is over. */
static bool take_turn(struct exchange *e, struct kb_talk *talk)
{
    enum kb_turn turn = KB_TURN_END;
    struct kb_error err = KB_ERROR_INIT;
    enum kb_err rc = kb_talk_next(talk, &turn, &err), refused = rc;

    if (!rc && turn == KB_TURN_END)
        return false;
    if (!rc && turn == KB_TURN_REQUEST)
        refused = answer(e, talk, &err);
    if (refused)
        e->proto->refuse(&talk->request, &err, &talk->reply);
    kb_buf_add(&e->out, talk->reply.out.data, talk->reply.out.len);
    kb_buf_add(&e->note, talk->reply.note.data, talk->reply.note.len);
    e->status = talk->reply.status;
    e->passed_on = talk->reply.pass_on != NULL;
    kb_talk_answered(talk);
    return !rc;
}

static void run(struct exchange *e, const struct kb_buf *input)
{
    char *argv[WORDS_MAX + 1]; /* the protocol reorders it */
    int taken = select_proto(e), fd = proto_call_input(kb_buf_text(input), input->len);
    struct kb_talk talk = kb_talk(e->proto, e->argc - taken, argv, fd);

    memcpy(argv, e->argv + taken, sizeof(argv) - (size_t)taken * sizeof(*argv));
    talk.profile = e->profile;
    while (take_turn(e, &talk))
        continue;
    e->consumed = lseek(fd, 0, SEEK_CUR);
    kb_talk_clear(&talk);
    close(fd);
}

/* The caller's environment, and nothing else. */
static void take_env(const struct json_object *object)
{
    struct json_object *env = json_object_object_get(object, "env");

    assert_int_equal(clearenv(), 0);
    assert_int_equal(setenv("KEYBEARER_CONFIG", "/home/me/config.json", 1), 0); /* hints name it */
    if (!env)
        return;
    json_object_object_foreach(env, name, text)
    {
        KB_AUTO(kb_buf_clear) struct kb_buf value = KB_BUF_INIT(65536);

        (void)text;
        get_text(env, name, &value);
        assert_int_equal(setenv(name, kb_buf_text(&value), 1), 0);
    }
}

/* --- cases ------------------------------------------------------------------------------ */

static bool same(const char *name, const char *what, const char *seen, const char *wanted)
{
    if (strcmp(seen, wanted) == 0)
        return true;
    print_error("%s: %s\n--- seen\n%s\n--- wanted\n%s\n---\n", name, what, seen, wanted);
    return false;
}

static bool play_case(const struct json_object *object)
{
    KB_AUTO(kb_buf_clear)
    struct kb_buf input = KB_BUF_INIT(65536), token = KB_BUF_INIT(4096),
                  wanted = KB_BUF_INIT(65536);
    const char *name = json_object_get_string(json_object_object_get(object, "name"));
    struct exchange e = EXCHANGE_INIT;
    bool ok;

    load_config(&e);
    get_text(object, "stdin", &input);
    get_text(object, "token", &token);
    if (token.len > 0)
        e.token = token.data;
    e.life = get_number(object, "life", TEST_LIFE);
    e.failure = get_number(object, "failure", 0);
    take_env(object);
    take_argv(&e, object, NULL, NULL);
    run(&e, &input);
    get_text(object, "stdout", &wanted);
    ok = same(name, "stdout", kb_buf_text(&e.out), kb_buf_text(&wanted));
    get_text(object, "stderr", &wanted);
    ok = same(name, "stderr", kb_buf_text(&e.note), kb_buf_text(&wanted)) && ok;
    if (e.status != get_number(object, "status", -1) ||
        (get_number(object, "untouched", 0) && e.consumed > 0)) {
        print_error("%s: status %d, %ld bytes of stdin read\n", name, e.status, (long)e.consumed);
        ok = false;
    }
    if (e.dropped != get_number(object, "dropped", 0)) {
        print_error("%s: the token is %sdropped\n", name, e.dropped ? "" : "not ");
        ok = false;
    }
    if (e.passed_on != get_number(object, "passed_on", 0)) {
        print_error("%s: %spassed on\n", name, e.passed_on ? "" : "not ");
        ok = false;
    }
    close_exchange(&e);
    return ok;
}

static size_t play_file(const char *name)
{
    struct json_object *file = load(name);
    size_t failed = 0;

    for (size_t i = 0; i < json_object_array_length(file); i++)
        failed += !play_case(json_object_array_get_idx(file, i));
    json_object_put(file);
    if (failed > 0)
        print_error("%zu of %s\n", failed, name);
    return failed;
}

/* Every file of the folder: tests/lint/documented.py sees that each protocol has one. */
static void test_cases(void **state)
{
    size_t failed = 0;
    glob_t files;

    (void)state;
    assert_int_equal(glob(GOLDEN_DIR "/cases/*.json", GLOB_ERR, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++)
        failed += play_file(files.gl_pathv[i] + strlen(GOLDEN_DIR "/"));
    globfree(&files);
    assert_int_equal(failed, 0);
}

/* --- vectors ---------------------------------------------------------------------------- */

#define GO_ORIGIN "https://" HOST
#define GO_HEADER "Authorization: Bearer " TEST_TOKEN "\n\n"
#define CARGO_HELLO "{\"v\":[1]}\n"

/* What a person writes into each client's configuration in place of {{CONFIGURED_ARGS}}. */
static const struct configured {
    const char *name, *words;
    const char *wanted; /* instead of accepted_stdout: the vector's note names this one too */
} configured[] = {
    {"cargo-token-from-stdout", "token --bearer", NULL},
    {"rclone-bearer-token-command", "token " PROFILE, NULL},
    {"msmtp-passwordeval-oauthbearer", "token " PROFILE, NULL},
    {"curl-header-from-stdin", "header " PROFILE, NULL},
    {"curl-config-from-stdin", "header --curl-config " PROFILE,
        "header = \"Authorization: Bearer " TEST_TOKEN "\"\n"},
    {"httpie-header-file", "token --bearer --no-newline " PROFILE, NULL},
    {"codex-provider-auth", "token " PROFILE, NULL},
    {"claude-code-api-key-helper", "token " PROFILE, NULL},
    {"pgadmin-passexec", "token " PROFILE, NULL},
    {"aerc-cred-cmd", "token " PROFILE, NULL},
    /* cargo took these, too: an expiry, "this is not mine", and that our own token is kept */
    {"get-read-no-headers", NULL,
        CARGO_HELLO "{\"Ok\":{\"kind\":\"get\",\"token\":\"Bearer " TEST_TOKEN
                    "\",\"cache\":\"expires\",\"expiration\":1893456000,"
                    "\"operation_independent\":true}}\n"},
    {"get-not-found", NULL, CARGO_HELLO "{\"Err\":{\"kind\":\"url-not-supported\"}}\n"},
    /* go took the URL alone, too: the origin spares it the next calls */
    {"url-info", "goauth",
        GO_ORIGIN "\n" GO_ORIGIN "/goproxy/loop.test/m/@v/v1.0.0.info\n\n" GO_HEADER},
    /* skopeo took any text with status 1 */
    {"store-other-login", NULL,
        "keybearer: nothing was stored, and no login is needed: profile " PROFILE
        " serves 127.0.0.1 (hint: keybearer status " PROFILE ")\n"},
    {"login-unsupported", NULL, CARGO_HELLO "{\"Ok\":{\"kind\":\"login\"}}\n"},
};

static const struct configured *find_configured(const char *name)
{
    for (size_t i = 0; i < KB_COUNT(configured); i++) {
        if (strcmp(configured[i].name, name) == 0)
            return &configured[i];
    }
    return NULL;
}

/* Every line that the client took is one of ours; where it took nothing, we say nothing. */
static bool same_lines(const char *name, const char *seen, const char *accepted)
{
    char copy[1024], *rest = copy, *line;

    if (!*accepted)
        return same(name, "stdout", seen, "");
    assert_true(strlen(accepted) < sizeof(copy));
    strcpy(copy, accepted);
    while ((line = strsep(&rest, "\n")) && *line) {
        char whole[1024];

        snprintf(whole, sizeof(whole), "%s\n", line);
        if (!strstr(seen, whole))
            return same(name, "stdout", seen, accepted);
    }
    return true;
}

/* Every member of ACCEPTED, of one line of JSON, is one of SEEN with the same value. */
static bool holds(struct json_object *seen, struct json_object *accepted)
{
    if (json_object_is_type(accepted, json_type_object) &&
        json_object_is_type(seen, json_type_object)) {
        json_object_object_foreach(accepted, key, value)
        {
            if (!holds(json_object_object_get(seen, key), value))
                return false;
        }
        return true;
    }
    return json_object_equal(seen, accepted);
}

/* The same lines in the same order, each with what the client took. */
static bool same_objects(const char *name, const char *seen, const char *accepted)
{
    const char *s = seen, *a = accepted;

    while (*s || *a) {
        size_t s_len = strcspn(s, "\n"), a_len = strcspn(a, "\n");
        KB_AUTO(kb_buf_clear) struct kb_buf one = KB_BUF_INIT(65536), other = KB_BUF_INIT(65536);
        bool ok;

        kb_buf_add(&one, s, s_len);
        kb_buf_add(&other, a, a_len);
        struct json_object *mine = json_tokener_parse(kb_buf_text(&one));
        struct json_object *theirs = json_tokener_parse(kb_buf_text(&other));
        ok = mine && theirs && holds(mine, theirs);
        json_object_put(mine);
        json_object_put(theirs);
        if (!ok)
            return same(name, "stdout", seen, accepted);
        s += s_len + (s[s_len] != '\0');
        a += a_len + (a[a_len] != '\0');
    }
    return true;
}

/* The same of one object; why there was no success is ours to say, in two strings. */
static bool same_success(const char *name, const char *seen, const char *accepted)
{
    struct json_object *mine = json_tokener_parse(seen), *theirs = json_tokener_parse(accepted);
    struct json_object *success = json_object_object_get(theirs, "success");
    bool failed = success && !json_object_get_boolean(success), ok = mine && success;
    static const char *const ours[] = {"code", "message"};

    for (size_t i = 0; ok && failed && i < KB_COUNT(ours); i++) {
        ok = json_object_is_type(json_object_object_get(mine, ours[i]), json_type_string);
        json_object_object_del(theirs, ours[i]);
    }
    ok = ok && holds(mine, theirs);
    json_object_put(mine);
    json_object_put(theirs);
    return ok || same(name, "stdout", seen, accepted);
}

/* JSON by its members, anything else as it stands. */
static bool same_answer(const char *name, const char *seen, const char *accepted)
{
    return *accepted == '{' ? same_objects(name, seen, accepted)
                            : same(name, "stdout", seen, accepted);
}

/* The same after our first line: both sides ask at once, so no request comes before it. */
static bool same_but_greeting(const char *name, const char *seen, const char *accepted)
{
    const char *end = strchr(seen, '\n');

    assert_non_null(end);
    return same_objects(name, end + 1, accepted);
}

/* How what a client took is compared with what we say: clients take more than one answer. */
struct vectors {
    const char *file;
    const char
        *configured; /* in place of {{CONFIGURED_ARGS}}, where the case has no words of its own */
    bool (*same)(const char *name, const char *seen, const char *accepted);
    const char *link; /* in place of {{LINK}}: the person's own, for one profile */
};

static bool same_text(const char *name, const char *seen, const char *accepted)
{
    return same(name, "stdout", seen, accepted);
}

static bool has_situation(const struct json_object *object, const char *wanted)
{
    struct json_object *situation = json_object_object_get(object, "situation");

    return situation && strcmp(json_object_get_string(situation), wanted) == 0;
}

static void take_vector_config(
    struct exchange *e, const struct json_object *object, const struct kb_buf *input, bool by_link)
{
    const char *text = vector_config;

    if (has_situation(object, "not-configured"))
        text = by_link ? elsewhere_config : empty_config;
    else if (strstr(kb_buf_text(input), "docker.io"))
        text = hub_config;
    else if (strcmp(json_object_get_string(json_object_object_get(object, "name")),
                 "wget-password") == 0)
        text = portless_config;
    take_config(e, text, strlen(text));
}

static bool play_vector(const struct vectors *vectors, const struct json_object *object)
{
    KB_AUTO(kb_buf_clear)
    struct kb_buf input = KB_BUF_INIT(65536), wanted = KB_BUF_INIT(65536);
    const char *name = json_object_get_string(json_object_object_get(object, "name"));
    const char *kind = json_object_get_string(json_object_object_get(object, "stdin_kind"));
    const struct configured *setting = find_configured(name);
    bool is_ours = strncmp(kind, "pipe", 4) == 0 && strcmp(kind, "pipe-without-eof") != 0;
    struct exchange e = EXCHANGE_INIT;
    bool ok = true;

    e.failure = has_situation(object, "failure");
    get_text(object, "stdin", &input);
    take_vector_config(&e, object, &input, vectors->link != NULL);
    if (!is_ours)
        kb_buf_str(&input, "somebody else's");
    take_env(object);
    take_argv(&e, object, setting ? setting->words : vectors->configured, vectors->link);
    run(&e, &input);
    get_text(object, "accepted_stdout", &wanted);
    if (json_object_object_get(object, "accepted_stdout"))
        ok = vectors->same(name, kb_buf_text(&e.out),
            setting && setting->wanted ? setting->wanted : kb_buf_text(&wanted));
    if (!json_object_object_get(object, "situation") && e.status == 0)
        ok = same(name, "stderr", kb_buf_text(&e.note), "") && ok;
    /* which status says that it failed is ours to choose */
    if ((e.status != 0) != (get_number(object, "accepted_exit", e.status) != 0) ||
        (!is_ours && e.consumed > 0)) {
        print_error("%s: status %d\n", name, e.status);
        ok = false;
    }
    close_exchange(&e);
    return ok;
}

static void test_vectors(void **state)
{
    const struct vectors *vectors = *state;
    struct json_object *file = load(vectors->file);
    size_t failed = 0;

    for (size_t i = 0; i < json_object_array_length(file); i++)
        failed += !play_vector(vectors, json_object_array_get_idx(file, i));
    json_object_put(file);
    assert_int_equal(failed, 0);
}

#define VECTORS(...)                                                                               \
    {                                                                                              \
        .name = (const struct vectors){__VA_ARGS__}.file, .test_func = test_vectors,               \
        .initial_state = &(struct vectors)                                                         \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        VECTORS("vectors/askpass.json", NULL, same_text, NULL),
        VECTORS("vectors/bazel.json", NULL, same_text, NULL),
        VECTORS("vectors/cargo.json", NULL, same_objects, NULL),
        VECTORS("vectors/docker.json", NULL, same_text, NULL),
        VECTORS("vectors/git.json", NULL, same_lines, NULL),
        VECTORS("vectors/goauth.json", "goauth", same_text, NULL),
        VECTORS("vectors/google.json", "google " PROFILE, same_success, NULL),
        VECTORS("vectors/headers.json", "headers " PROFILE, same_text, NULL),
        VECTORS("vectors/keyring.json", NULL, same_answer, NULL),
        VECTORS("vectors/kubectl.json", "kubectl " PROFILE, same_objects, NULL),
        VECTORS("vectors/nuget.json", NULL, same_but_greeting, NULL),
        VECTORS("vectors/pnpm.json", NULL, same_text, "/home/me/bin/keybearer-pnpm-" PROFILE),
        VECTORS("vectors/reclient.json", "reclient " PROFILE, same_objects, NULL),
        VECTORS("vectors/terraform.json", "", same_objects, NULL),
        VECTORS("vectors/token.json", NULL, same_text, NULL),
        VECTORS("vectors/vault.json", NULL, same_text, "/home/me/bin/keybearer-vault-" PROFILE),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
