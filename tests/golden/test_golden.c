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
    {"{{USERNAME}}", USERNAME},
    {"{{PROFILE}}", PROFILE},
    {"{{TOKEN}}", TEST_TOKEN},
    {"{{BASIC}}", "b2F1dGgyOkFaYXowOS0uX34rLz09"}, /* the user name and the token */
    {"{{BAD_TOKEN}}", "refused"},
    {"{{EXPIRES_UNIX}}", "1893456000"},
};

static const char vector_config[] =
    "{\"profiles\":{\"" PROFILE "\":{\"token_url\":\"https://sso.example.com/token\","
    "\"token_username\":\"" USERNAME "\",\"store\":\"sealed-file\","
    "\"match\":\"http://" HOST "\",\"registry\":\"" HOST "\"}}}";

static const char hub_config[] =
    "{\"profiles\":{\"" PROFILE "\":{\"token_url\":\"https://sso.example.com/token\","
    "\"token_username\":\"" USERNAME
    "\",\"store\":\"sealed-file\",\"match\":[\"https://docker.io\"]}}}";

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

/* The text of member NAME with its placeholders filled; "" when there is none. */
static void get_text(const struct json_object *object, const char *name, struct kb_buf *ret)
{
    struct json_object *member = json_object_object_get(object, name);
    const char *text = member ? json_object_get_string(member) : "";
    size_t left = member ? (size_t)json_object_get_string_len(member) : 0;

    kb_buf_reset(ret);
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

static int get_number(const struct json_object *object, const char *name, int absent)
{
    struct json_object *member = json_object_object_get(object, name);

    return member ? json_object_get_int(member) : absent;
}

/* --- one exchange ----------------------------------------------------------------------- */

struct exchange {
    const struct kb_proto *proto;
    struct kb_config config;
    struct proto_call call;
    const char *token;
    int life;
    bool failure;
};

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
    proto_call_close(&e->call);
}

/* Words of ARGV behind the one that names the protocol, joined by spaces. */
static void select_proto(struct exchange *e, const char *words, struct kb_buf *ret_rest)
{
    char copy[512], *rest = copy, *word;
    const struct kb_proto_row *row;

    assert_true(strlen(words) < sizeof(copy));
    strcpy(copy, words);
    row = kb_proto_by_program(strsep(&rest, " "));
    if (!row && rest && (word = strsep(&rest, " ")))
        row = kb_proto_by_word(word);
    e->proto = row ? row->proto : NULL;
    assert_non_null(e->proto);
    kb_buf_reset(ret_rest);
    kb_buf_str(ret_rest, rest ? rest : "");
}

static void answer_get(struct exchange *e, const struct kb_profile *profile)
{
    static const struct kb_ref client = {{1}};
    struct proto_stock stock;

    if (e->failure) {
        kb_fail(&e->call.err, KB_ERR_LOCKED, "the vault is locked");
        kb_hint(&e->call.err, "keybearer unlock");
        e->call.rc = KB_ERR_LOCKED;
        return;
    }
    proto_stock_open(&stock, e->token);
    kb_route_clear(&stock.route);
    assert_int_equal(
        kb_route_from_profile(profile, profile ? &client : NULL, &stock.route, NULL), KB_OK);
    kb_token_set_life(&stock.token, e->life, stock.now);
    proto_call_write(&e->call, e->proto, &stock);
    proto_stock_close(&stock);
}

static void answer_request(struct exchange *e)
{
    const struct kb_profile *profile = NULL;

    e->call.rc = kb_match(&e->config, &e->call.talk.request, &profile, &e->call.err);
    e->call.talk.reply.ours = profile != NULL;
    if (!e->call.rc && !profile)
        e->proto->decline(&e->call.talk.request, &e->call.talk.reply);
    else if (!e->call.rc && e->call.talk.request.op == KB_OP_GET)
        answer_get(e, profile);
    if (e->call.rc)
        e->proto->refuse(&e->call.talk.request, &e->call.err, &e->call.talk.reply);
}

static void run(struct exchange *e, const char *words, const struct kb_buf *input)
{
    KB_AUTO(kb_buf_clear) struct kb_buf rest = KB_BUF_INIT(512);

    select_proto(e, words, &rest);
    proto_call_read_bytes(&e->call, e->proto, kb_buf_text(&rest), kb_buf_text(input), input->len);
    if (e->call.rc || e->call.turn != KB_TURN_REQUEST)
        return;
    if (e->call.talk.request.op == KB_OP_LIST)
        e->call.rc = e->proto->extra->list(&e->config, &e->call.talk.reply, &e->call.err);
    else
        answer_request(e);
}

/* --- cases ------------------------------------------------------------------------------ */

static bool same(const char *name, const char *what, const char *seen, const char *wanted)
{
    if (strcmp(seen, wanted) == 0)
        return true;
    print_error("%s: %s\n--- seen\n%s\n--- wanted\n%s\n---\n", name, what, seen, wanted);
    return false;
}

/* The words of ARGV; none of them holds a space. */
static void join_argv(const struct json_object *object, struct kb_buf *ret)
{
    struct json_object *argv = json_object_object_get(object, "argv");

    for (size_t i = 0; i < json_object_array_length(argv); i++) {
        if (i > 0)
            kb_buf_byte(ret, ' ');
        kb_buf_str(ret, json_object_get_string(json_object_array_get_idx(argv, i)));
    }
}

static bool play_case(const struct json_object *object)
{
    KB_AUTO(kb_buf_clear)
    struct kb_buf words = KB_BUF_INIT(512), input = KB_BUF_INIT(65536), token = KB_BUF_INIT(4096),
                  wanted = KB_BUF_INIT(65536);
    const char *name = json_object_get_string(json_object_object_get(object, "name"));
    struct exchange e = {.token = TEST_TOKEN};
    bool ok;

    load_config(&e);
    get_text(object, "stdin", &input);
    get_text(object, "token", &token);
    if (token.len > 0)
        e.token = token.data;
    e.life = get_number(object, "life", TEST_LIFE);
    e.failure = get_number(object, "failure", 0);
    join_argv(object, &words);
    run(&e, kb_buf_text(&words), &input);
    get_text(object, "stdout", &wanted);
    ok = same(name, "stdout", proto_call_out(&e.call), kb_buf_text(&wanted));
    get_text(object, "stderr", &wanted);
    ok = same(name, "stderr", proto_call_note(&e.call), kb_buf_text(&wanted)) && ok;
    if (e.call.talk.reply.status != get_number(object, "status", -1) ||
        (get_number(object, "untouched", 0) && e.call.consumed > 0)) {
        print_error("%s: status %d, %ld bytes of stdin read\n", name, e.call.talk.reply.status,
            (long)e.call.consumed);
        ok = false;
    }
    close_exchange(&e);
    return ok;
}

static void test_cases(void **state)
{
    struct json_object *file = load(*state);
    size_t failed = 0;

    for (size_t i = 0; i < json_object_array_length(file); i++)
        failed += !play_case(json_object_array_get_idx(file, i));
    json_object_put(file);
    assert_int_equal(failed, 0);
}

/* --- vectors ---------------------------------------------------------------------------- */

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
};

static const struct configured *find_configured(const char *name)
{
    for (size_t i = 0; i < KB_COUNT(configured); i++) {
        if (strcmp(configured[i].name, name) == 0)
            return &configured[i];
    }
    return NULL;
}

static void join_vector_argv(
    const struct json_object *object, const struct configured *setting, struct kb_buf *ret)
{
    KB_AUTO(kb_buf_clear) struct kb_buf words = KB_BUF_INIT(512);
    const char *hole, *text;

    join_argv(object, &words);
    text = kb_buf_text(&words);
    hole = strstr(text, "{{CONFIGURED_ARGS}}");
    if (hole) {
        assert_non_null(setting);
        kb_buf_add(ret, text, (size_t)(hole - text));
        kb_buf_str(ret, setting->words);
        text = hole + strlen("{{CONFIGURED_ARGS}}");
    }
    for (hole = strstr(text, "{{HOST}}"); hole; hole = strstr(text, "{{HOST}}")) {
        kb_buf_add(ret, text, (size_t)(hole - text));
        kb_buf_str(ret, HOST);
        text = hole + strlen("{{HOST}}");
    }
    kb_buf_str(ret, text);
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

static void take_vector_config(
    struct exchange *e, const struct json_object *object, const struct kb_buf *input)
{
    struct json_object *situation = json_object_object_get(object, "situation");
    const char *text = vector_config;

    if (situation && strcmp(json_object_get_string(situation), "not-configured") == 0)
        text = empty_config;
    else if (strstr(kb_buf_text(input), "docker.io"))
        text = hub_config;
    take_config(e, text, strlen(text));
}

static bool play_vector(const struct json_object *object)
{
    KB_AUTO(kb_buf_clear)
    struct kb_buf words = KB_BUF_INIT(512), input = KB_BUF_INIT(65536), wanted = KB_BUF_INIT(65536);
    const char *name = json_object_get_string(json_object_object_get(object, "name"));
    const char *kind = json_object_get_string(json_object_object_get(object, "stdin_kind"));
    const struct configured *setting = find_configured(name);
    struct exchange e = {.token = TEST_TOKEN, .life = TEST_LIFE};
    const char *seen;
    bool ok = true;

    get_text(object, "stdin", &input);
    take_vector_config(&e, object, &input);
    if (strcmp(kind, "pipe") != 0)
        kb_buf_str(&input, "somebody else's");
    join_vector_argv(object, setting, &words);
    run(&e, kb_buf_text(&words), &input);
    get_text(object, "accepted_stdout", &wanted);
    seen = proto_call_out(&e.call);
    if (e.proto == proto_named("git"))
        ok = same_lines(name, seen, kb_buf_text(&wanted));
    else if (json_object_object_get(object, "accepted_stdout"))
        ok = same(name, "stdout", seen,
            setting && setting->wanted ? setting->wanted : kb_buf_text(&wanted));
    ok = same(name, "stderr", proto_call_note(&e.call), "") && ok;
    if (e.call.talk.reply.status != get_number(object, "accepted_exit", e.call.talk.reply.status) ||
        (strcmp(kind, "pipe") != 0 && e.call.consumed > 0)) {
        print_error("%s: status %d\n", name, e.call.talk.reply.status);
        ok = false;
    }
    close_exchange(&e);
    return ok;
}

static void test_vectors(void **state)
{
    struct json_object *file = load(*state);
    size_t failed = 0;

    for (size_t i = 0; i < json_object_array_length(file); i++)
        failed += !play_vector(json_object_array_get_idx(file, i));
    json_object_put(file);
    assert_int_equal(failed, 0);
}

#define CASES(file)                                                                                \
    {                                                                                              \
        .name = file, .test_func = test_cases, .initial_state = (char[])                           \
        {                                                                                          \
            file                                                                                   \
        }                                                                                          \
    }
#define VECTORS(file)                                                                              \
    {                                                                                              \
        .name = file, .test_func = test_vectors, .initial_state = (char[])                         \
        {                                                                                          \
            file                                                                                   \
        }                                                                                          \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASES("cases/git.json"),
        CASES("cases/docker.json"),
        CASES("cases/get.json"),
        CASES("cases/plain.json"),
        VECTORS("vectors/git.json"),
        VECTORS("vectors/docker.json"),
        VECTORS("vectors/token.json"),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
