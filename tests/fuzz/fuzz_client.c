/*
 * The record of a client: what is read is fit to be sent, is written so that it reads the same
 * again, and goes to no other origin.
 */
#include "fuzz.h"

#include "core/client.h"
#include "core/url.h"

static void must_be_same(const struct kb_client *a, const struct kb_client *b)
{
    MUST(kb_secret_equal(&a->id, &b->id) && kb_secret_equal(&a->secret, &b->secret));
    MUST(strcmp(a->token_url, b->token_url) == 0);
}

static void must_round_trip(const struct kb_client *client)
{
    KB_AUTO(kb_buf_clear) struct kb_buf line = KB_BUF_INIT(65536);
    KB_AUTO(kb_client_clear) struct kb_client again = KB_CLIENT_INIT;

    kb_client_encode(client, &line);
    MUST(!line.failed && kb_text_is_printable(line.data, line.len, 1, 65536));
    MUST(kb_client_decode(line.data, line.len, &again, NULL) == KB_OK);
    must_be_same(client, &again);
}

static void must_be_bound(const struct kb_client *client)
{
    static const char elsewhere[] = "https://elsewhere.invalid/token";
    struct kb_error err = KB_ERROR_INIT;
    struct kb_url url;

    MUST(kb_url_parse(client->token_url, strlen(client->token_url), &url, NULL) == KB_OK);
    MUST(kb_client_check_bound(client->token_url, client->token_url, "work", &err) == KB_OK);
    if (strcmp(url.host, "elsewhere.invalid") != 0)
        MUST(kb_client_check_bound(client->token_url, elsewhere, "work", &err) == KB_ERR_DENIED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    struct kb_error err = KB_ERROR_INIT;
    enum kb_err rc = kb_client_decode((const char *)data, size, &client, &err);

    must_be_presentable(rc, &err);
    if (rc) {
        MUST(kb_secret_is_empty(&client.id) && kb_secret_is_empty(&client.secret));
        MUST(!client.token_url);
        return 0;
    }
    MUST(kb_client_check(&client, NULL) == KB_OK);
    must_round_trip(&client);
    must_be_bound(&client);
    return 0;
}
