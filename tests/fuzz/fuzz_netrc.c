/*
 * The command line of `netrc`, its words separated by NUL bytes; and a line for any user name and
 * token: four words beside its own three, none with a character that readers take differently.
 */
#include "protocol.h"

static void must_be_one_line(const char *out, const char *name, const char *token)
{
    char line[KB_TOKEN_MAX + 512];

    snprintf(line, sizeof(line), "machine git.example.com login %s password %s\n", name, token);
    MUST(strcmp(out, line) == 0);
    MUST(strcspn(name, " \t\r\n\"\\") == strlen(name) && *name != '#' && *name != '\'');
    MUST(strcspn(token, " \t\r\n\"\\") == strlen(token) && *token != '#' && *token != '\'');
}

static void write_line(const struct kb_profile *profile, const char *name, const char *token)
{
    const struct kb_proto *proto = kb_proto_by_word("netrc")->proto;
    struct kb_request request = KB_REQUEST_INIT;
    KB_AUTO(kb_token_clear) struct kb_token held = KB_TOKEN_INIT;
    struct kb_route route = {.ours = true, .profile = "work"};
    const struct kb_answer answer = {
        .request = &request, .route = &route, .profile = profile, .token = &held};
    struct kb_reply reply = KB_REPLY_INIT;
    struct kb_error err = KB_ERROR_INIT;

    if (kb_text_copy(route.username, sizeof(route.username), name) &&
        !kb_secret_set(&held.value, token, strlen(token), NULL)) {
        enum kb_err rc = proto->write(&answer, &reply, &err);

        must_be_presentable(rc, &err);
        MUST(!rc || reply.out.len == 0);
        if (!rc)
            must_be_one_line(kb_buf_text(&reply.out), name, token);
    }
    kb_reply_clear(&reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    char *name = take_until(&in, '\0'), *token = take_until(&in, '\0'), work[] = "work";
    struct kb_url match = KB_URL_INIT;
    const struct kb_profile profile = {
        .name = work, .match = &match, .match_count = 1, .own_match_count = 1};

    MUST(kb_url_parse("https://git.example.com", 23, &match, NULL) == KB_OK);
    write_line(&profile, name, token);
    free(name);
    free(token);
    call_with_words("netrc", false, data, size);
    return 0;
}
