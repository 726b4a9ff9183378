/*
 * The key files that providers hand out: Google's of a service account, Box's of an app. Each
 * holds PEM as a text, and who the client is.
 */
#include "core/url.h"
#include "found.h"
#include "pem.h"

#include <string.h>

enum { TOKEN_URL_MAX = 2048 }; /* bytes */

struct file {
    struct kb_sign_json json;
    size_t object;
};

/* --- Google --------------------------------------------------------------------------- */

/* Whether TYPE says so, which no other file of Google's does. */
static bool is_google(const struct file *file)
{
    KB_AUTO(kb_buf_clear) struct kb_buf type = KB_BUF_INIT(64);

    return !kb_sign_json_take(file->json, file->object, "type", &type, NULL) &&
           strcmp(kb_buf_text(&type), "service_account") == 0;
}

static enum kb_err take_key(const struct file *file, const char *name, kb_key_ask *ask,
    void *context, struct kb_sign_found *found, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_KEY_FILE_MAX);
    KB_AUTO(kb_sign_pem_clear) struct kb_sign_pem pem = KB_SIGN_PEM_INIT;
    enum kb_err rc = kb_sign_json_take(file->json, file->object, name, &text, err);

    if (!rc)
        rc = kb_sign_pem_read(kb_buf_text(&text), text.len, &pem, err);
    return rc ? rc : kb_sign_pem_key(&pem, ask, context, &found->key, err);
}

static enum kb_err check_token_url(const char *url, struct kb_error *err)
{
    struct kb_url parsed;

    if (url && kb_url_parse(url, strlen(url), &parsed, NULL))
        return kb_fail(err, KB_ERR_USAGE, "the token endpoint in the key file is not a URL");
    return KB_OK;
}

static enum kb_err read_google(const struct file *file, kb_key_ask *ask, void *context,
    struct kb_sign_found *found, struct kb_error *err)
{
    struct kb_key_file *into = &found->file;
    enum kb_err rc = take_key(file, "private_key", ask, context, found, err);

    if (!rc)
        rc = kb_sign_json_name(
            file->json, file->object, "private_key_id", KB_CLIENT_KID_MAX, &into->kid, err);
    if (!rc)
        rc = kb_sign_json_name(
            file->json, file->object, "client_email", KB_CLIENT_ID_MAX, &into->client_id, err);
    if (!rc)
        rc = kb_sign_json_name(
            file->json, file->object, "token_uri", TOKEN_URL_MAX, &into->token_url, err);
    return rc ? rc : check_token_url(into->token_url, err);
}

/* --- Box ------------------------------------------------------------------------------ */

/* The file itself has the passphrase of its key: CONTEXT is the buffer with it. */
static enum kb_err give_passphrase(void *context, struct kb_secret *ret, struct kb_error *err)
{
    const struct kb_buf *passphrase = context;

    return kb_secret_set(ret, passphrase->data, passphrase->len, err);
}

static enum kb_err take_box_key(const struct file *auth, kb_key_ask *ask, void *context,
    struct kb_sign_found *found, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf passphrase = KB_BUF_INIT(KB_CLIENT_SECRET_MAX);
    enum kb_err rc = kb_sign_json_take(auth->json, auth->object, "passphrase", &passphrase, err);

    if (!rc && passphrase.len > 0) {
        ask = give_passphrase;
        context = &passphrase;
    }
    if (!rc)
        rc = take_key(auth, "privateKey", ask, context, found, err);
    if (rc == KB_ERR_DENIED && passphrase.len > 0)
        return kb_fail(err, KB_ERR_USAGE, "the file does not have the passphrase of its key");
    return rc ? rc
              : kb_sign_json_name(auth->json, auth->object, "publicKeyID", KB_CLIENT_KID_MAX,
                    &found->file.kid, err);
}

static enum kb_err read_box(const struct file *app, kb_key_ask *ask, void *context,
    struct kb_sign_found *found, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf secret = KB_BUF_INIT(KB_CLIENT_SECRET_MAX);
    struct file auth = {.json = app->json};
    enum kb_err rc = KB_OK;

    if (!kb_sign_json_object(app->json, app->object, "appAuth", &auth.object))
        return kb_fail(err, KB_ERR_USAGE, "the key's file has no private key in it");
    rc = take_box_key(&auth, ask, context, found, err);
    if (!rc)
        rc = kb_sign_json_name(
            app->json, app->object, "clientID", KB_CLIENT_ID_MAX, &found->file.client_id, err);
    if (!rc)
        rc = kb_sign_json_take(app->json, app->object, "clientSecret", &secret, err);
    return rc ? rc : kb_secret_from_buf(&found->file.secret, &secret, err);
}

/* --- either --------------------------------------------------------------------------- */

enum kb_err kb_sign_read_provider(struct kb_sign_json json, size_t object, kb_key_ask *ask,
    void *context, struct kb_sign_found *found, struct kb_error *err)
{
    struct file file = {json, object};

    if (is_google(&file))
        return read_google(&file, ask, context, found, err);
    if (kb_sign_json_object(json, object, "boxAppSettings", &file.object))
        return read_box(&file, ask, context, found, err);
    return KB_ERR_NOT_FOUND;
}
