/*
 * A file of git's settings, and what git says of them itself: whatever that is, what is read of it
 * is a list of whole values, the same each time.
 */
#include "fuzz.h"

#include "tools/git_settings.h"

static void check(const char *text, const struct kb_strings *values, const struct kb_strings *again)
{
    MUST(values->count == again->count);
    for (size_t i = 0; i < values->count; i++) {
        MUST(*values->items[i] && strlen(values->items[i]) <= strlen(text) + strlen("true"));
        MUST(strcmp(values->items[i], again->items[i]) == 0);
    }
}

static void hear(const struct kb_url *address, const uint8_t *data, size_t size)
{
    KB_AUTO(kb_buf_clear) struct kb_buf said = KB_BUF_INIT(1 << 20);
    KB_AUTO(kb_git_answer_clear) struct kb_git_answer answer = KB_GIT_ASK(*address, "helper");

    kb_buf_add(&said, (const char *)data, size);
    kb_git_settings_hear(&said, &answer);
    for (size_t i = 0; i < answer.values.count; i++)
        MUST(*answer.values.items[i] && strlen(answer.values.items[i]) <= size + strlen("true"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kb_url address = KB_URL_INIT;
    struct input in = {data, size};
    char *text = take_until(&in, '\0');

    MUST(kb_url_from_parts("https", "git.example.com", &address, NULL) == KB_OK);
    KB_AUTO(kb_git_answer_clear) struct kb_git_answer first = KB_GIT_ASK(address, "helper");
    KB_AUTO(kb_git_answer_clear) struct kb_git_answer again = KB_GIT_ASK(address, "helper");
    kb_git_settings_read(text, &first);
    kb_git_settings_read(text, &again);
    MUST(first.is_sure == again.is_sure);
    check(text, &first.values, &again.values);
    check(text, &first.within, &again.within);
    free(text);
    hear(&address, data, size);
    return 0;
}
