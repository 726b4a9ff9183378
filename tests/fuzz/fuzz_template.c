/*
 * Templates: what comes of one has no marks that it did not make, and no value leaves its string.
 */
#include "fuzz.h"

#include "base/json.h"
#include "core/template.h"

#include <json-c/json.h>

static const char value[] = "\",\"x\":\"\\{token}%";

static enum kb_err fill(
    void *context, const struct kb_template_word *word, struct kb_buf *out, struct kb_error *err)
{
    (void)err;
    MUST(word->word != KB_WORD_ID && word->word != KB_WORD_SECRET);
    MUST(strlen(word->profile) <= KB_PROFILE_NAME_MAX);
    MUST((word->word == KB_WORD_API_HEADER) == (word->header[0] != '\0'));
    *(bool *)context = true;
    kb_buf_str(out, value);
    return KB_OK;
}

static enum kb_err fill_harmlessly(
    void *context, const struct kb_template_word *word, struct kb_buf *out, struct kb_error *err)
{
    (void)context;
    (void)word;
    (void)err;
    kb_buf_str(out, "x");
    return KB_OK;
}

static void finish(const struct kb_buf *expanded, const char *with, struct kb_buf *whole)
{
    KB_AUTO(kb_secret_clear) struct kb_secret secret = KB_SECRET_INIT;

    MUST(kb_secret_set(&secret, with, strlen(with), NULL) == KB_OK);
    MUST(kb_template_finish(kb_buf_text(expanded), &secret, &secret, whole, NULL) == KB_OK);
}

/* A JSON template is the same JSON, but for the texts, whatever the values are. */
static void must_keep_its_form(const char *text, const struct kb_buf *hostile)
{
    KB_AUTO(kb_buf_clear) struct kb_buf expanded = KB_BUF_INIT(1U << 20);
    KB_AUTO(kb_buf_clear) struct kb_buf harmless = KB_BUF_INIT(1U << 20);
    struct json_object *object = NULL;

    MUST(kb_template_expand(text, fill_harmlessly, NULL, &expanded, NULL) == KB_OK);
    finish(&expanded, "x", &harmless);
    if (kb_json_parse(kb_buf_text(&harmless), harmless.len, &object, NULL))
        return;
    json_object_put(object);
    object = NULL;
    /* Two names that were different may be the same now, which kb_json_parse() refuses. */
    object = json_tokener_parse(kb_buf_text(hostile));
    MUST(object);
    json_object_put(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KB_AUTO(kb_buf_clear) struct kb_buf expanded = KB_BUF_INIT(1U << 20);
    KB_AUTO(kb_buf_clear) struct kb_buf whole = KB_BUF_INIT(1U << 20);
    struct input in = {data, size};
    struct kb_error err = KB_ERROR_INIT;
    char *text = take_until(&in, '\0');
    bool filled = false, has_words = false;
    enum kb_err rc = kb_template_expand(text, fill, &filled, &expanded, &err);

    must_be_presentable(rc, &err);
    MUST((kb_template_check(text, &has_words, NULL) == KB_OK) == (rc == KB_OK));
    if (!rc) {
        MUST(has_words == (filled || kb_template_is_unfinished(kb_buf_text(&expanded))));
        finish(&expanded, value, &whole);
        MUST(!kb_template_is_unfinished(kb_buf_text(&whole)));
        const char *first = text + strspn(text, " \t\r\n");
        if (first[0] == '[' || (first[0] == '{' && first[1] == '"'))
            must_keep_its_form(text, &whole);
    }
    free(text);
    whole.failed = expanded.failed = false;
    kb_buf_reset(&whole);
    /* What nobody expanded is refused, or finished: never read too far. */
    text = take_until(&in, '\0');
    rc = kb_template_finish(text, &KB_SECRET_INIT, &KB_SECRET_INIT, &whole, &err);
    must_be_presentable(rc, &err);
    free(text);
    return 0;
}
