/*
 * The record of a client: what is read is fit to be sent, is written so that it reads the same
 * again, and is bound to one place.
 */
#include "fuzz.h"

#include "core/client_decode.h"
#include "core/url.h"

static struct kb_buf line_of(const struct kb_client *client)
{
    struct kb_buf line = KB_BUF_INIT(65536);

    kb_client_encode(client, &line);
    MUST(!line.failed && kb_text_is_printable(line.data, line.len, 1, 65536));
    return line;
}

/* Whatever spaces and escapes there were: the second line is like the first. */
static void must_round_trip(const struct kb_client *client)
{
    KB_AUTO(kb_buf_clear) struct kb_buf line = line_of(client);
    KB_AUTO(kb_client_clear) struct kb_client again = KB_CLIENT_INIT;

    /* Escapes may make a line too long that was read. */
    if (line.len > KB_CLIENT_MAX)
        return;
    MUST(kb_client_decode(line.data, line.len, &again, NULL) == KB_OK);
    KB_AUTO(kb_buf_clear) struct kb_buf second = line_of(&again);
    MUST(line.len == second.len && memcmp(line.data, second.data, line.len) == 0);
}

static void must_be_bound(const struct kb_client *client)
{
    struct kb_bond elsewhere = client->bound;
    struct kb_error err = KB_ERROR_INIT;
    struct kb_url url;

    MUST(kb_url_parse(client->bound.token, strlen(client->bound.token), &url, NULL) == KB_OK);
    MUST(strcmp(url.path, "/") == 0 && !*url.query);
    MUST(kb_bond_check(&client->bound, &client->bound, "work", &err) == KB_OK);
    elsewhere.ca[0] ^= 1;
    MUST(kb_bond_check(&client->bound, &elsewhere, "work", &err) == KB_ERR_DENIED);
    elsewhere = client->bound;
    elsewhere.token[strlen(elsewhere.token) - 1] ^= 1;
    MUST(kb_bond_check(&client->bound, &elsewhere, "work", &err) == KB_ERR_DENIED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    struct kb_error err = KB_ERROR_INIT;
    enum kb_err rc = kb_client_decode((const char *)data, size, &client, &err);

    must_be_presentable(rc, &err);
    if (rc) {
        MUST(kb_secret_is_empty(&client.id) && kb_secret_is_empty(&client.secret));
        MUST(kb_secret_is_empty(&client.pkcs8) && !client.kid && client.chain.count == 0);
        MUST(!client.token_url);
        return 0;
    }
    MUST(kb_client_check(&client, NULL) == KB_OK);
    if (client.token_url) {
        struct kb_url url;
        MUST(kb_url_parse(client.token_url, strlen(client.token_url), &url, NULL) == KB_OK);
        return 0;
    }
    MUST(kb_profile_name_ok(client.profile));
    must_round_trip(&client);
    must_be_bound(&client);
    return 0;
}
