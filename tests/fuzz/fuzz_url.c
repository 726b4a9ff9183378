/* URLs: what was read is written so that it reads the same again. */
#include "fuzz.h"

#include "../same_origin.h"

static void must_round_trip(const struct kb_url *url)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(4096);
    struct kb_url again = KB_URL_INIT;

    kb_url_append(url, &text);
    MUST(!text.failed);
    MUST(kb_text_is_visible(kb_buf_text(&text), text.len, 1, 4096));
    MUST(kb_url_parse(kb_buf_text(&text), text.len, &again, NULL) == KB_OK);
    MUST(same_origin(url, &again) && strcmp(url->path, again.path) == 0);
    MUST(strcmp(url->query, again.query) == 0 && kb_url_path_covers(url, &again));
}

/* What may be an endpoint: never a server of mail, nor anything in clear but on this machine. */
static void must_be_secure(const struct kb_url *url)
{
    struct kb_error err = KB_ERROR_INIT;
    bool https = strcmp(url->scheme, "https") == 0, http = strcmp(url->scheme, "http") == 0;
    enum kb_err rc = kb_url_check_secure(url, &err);

    must_be_presentable(rc, &err);
    MUST((rc == KB_OK) == (https || (http && kb_url_is_loopback(url))));
    MUST(kb_url_is_mail(url) == !(https || http));
}

/* What is suggested would be taken. */
static void must_be_right(const char *typed)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(4096);
    struct kb_url url = KB_URL_INIT;

    if (!kb_url_suggest(typed, &text)) {
        MUST(text.len == 0);
        return;
    }
    MUST(!kb_url_parse(kb_buf_text(&text), text.len, &url, NULL));
    MUST(kb_url_is_mail(&url) || !kb_url_check_secure(&url, NULL));
    MUST(!url.query[0] && !strstr(url.path, "//"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kb_error err = KB_ERROR_INIT;
    struct kb_url url = KB_URL_INIT;
    char text[2048];
    enum kb_err rc = kb_url_parse((const char *)data, size, &url, &err);

    must_be_presentable(rc, &err);
    if (rc == KB_OK) {
        must_round_trip(&url);
        must_be_secure(&url);
    }
    size = size < sizeof(text) ? size : sizeof(text) - 1;
    memcpy(text, data, size);
    text[size] = '\0';
    must_be_right(text);
    rc = kb_url_from_parts("https", text, &url, &err);
    must_be_presentable(rc, &err);
    if (rc == KB_OK)
        must_round_trip(&url);
    MUST(kb_url_from_parts("https", "example.com", &url, &err) == KB_OK);
    rc = kb_url_set_path(&url, text, &err);
    must_be_presentable(rc, &err);
    must_round_trip(&url);
    return 0;
}
