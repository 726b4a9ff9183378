/*
 * The command line of `add`, its words separated by NUL bytes: what is accepted becomes a JSON
 * object that says just that, and the configuration takes it or says why not.
 */
#include "fuzz.h"

#include "base/json.h"
#include "config/edit.h"
#include "helper.h"

#define WORDS_MAX 64

static void must_hold(const struct json_object *object, const char *name, const char *given)
{
    const char *read = kb_json_string(object, name);

    MUST(!given == !read);
    MUST(!given || strcmp(given, read) == 0 || strstr(read, "\xef\xbf\xbd"));
}

static void must_be_what_was_said(const struct json_object *object, const struct add_options *said)
{
    size_t count;
    const struct kb_setting *settings = kb_settings(&count);

    for (size_t i = 0; i < count; i++) {
        const struct kb_strings *words = &said->settings.of[i];

        MUST(!kb_json_member(object, settings[i].key) == (words->count == 0));
        MUST(words->count < 2 || settings[i].flags & KB_SETTING_REPEATS);
        if (settings[i].type == KB_SETTING_TEXT)
            must_hold(object, settings[i].key, words->count ? words->items[0] : NULL);
    }
    MUST(!kb_json_member(object, "client_id") && !kb_json_member(object, "client-id"));
}

/* Only in an object can a name be said twice, and only our own are lists of pairs. */
static bool may_repeat(const struct add_options *said)
{
    size_t count;
    const struct kb_setting *settings = kb_settings(&count);
    bool may = false;

    for (size_t i = 0; i < count; i++)
        may = may || (settings[i].type == KB_SETTING_PAIRS && said->settings.of[i].count > 1);
    return may;
}

static void configure(const struct add_options *said)
{
    KB_AUTO(kb_buf_clear) struct kb_buf object = KB_BUF_INIT(65536), out = KB_BUF_INIT(1 << 20);
    KB_AUTO(kb_json_release) struct json_object *read = NULL;
    struct kb_error err = KB_ERROR_INIT;
    enum kb_err rc = kb_settings_write(&said->settings, &object, &err);

    must_be_presentable(rc, &err);
    if (rc)
        return;
    rc = kb_json_parse(object.data, object.len, &read, NULL);
    MUST(rc == KB_OK || may_repeat(said));
    if (!rc)
        must_be_what_was_said(read, said);
    rc = kb_config_set_profile(
        "config.json", NULL, 0, NULL, said->name, kb_buf_text(&object), &out, &err);
    must_be_presentable(rc, &err);
    MUST(rc == KB_OK || out.len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    char *words[WORDS_MAX], *argv[WORDS_MAX];
    int argc = take_arguments(&in, words, WORDS_MAX);
    struct add_options said = {0};
    struct kb_error err = KB_ERROR_INIT;

    memcpy(argv, words, (size_t)argc * sizeof(*argv));
    enum kb_err rc = add_options_parse(argc, argv, &said, &err);
    must_be_presentable(rc, &err);
    if (!rc) {
        MUST(kb_profile_name_ok(said.name));
        configure(&said);
    }
    kb_setting_words_clear(&said.settings);
    for (int i = 0; i < argc; i++)
        free(words[i]);
    return 0;
}
