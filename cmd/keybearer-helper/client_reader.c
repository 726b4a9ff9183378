/*
 * The client for `exec`: a part reads the store, confined, and says what it found, the one line of
 * kb_client_encode(). The parent must never read a store, nor leave the command a child that it did
 * not start.
 */
#include "helper.h"
#include "own_client.h"
#include "part.h"

#include "core/client_decode.h"

/* The store ends by itself before that. */
enum { PATIENCE_MS = STORE_MS + 1000 };

#define WHO "the process that reads the store"

static enum kb_err load(const struct kb_profile *profile, struct kb_buf *out, struct kb_error *err)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    struct kb_card_client own;
    enum kb_err rc = confine(
        &(struct needs){.vault = NEED_READ, .clients = NEED_READ, .file = profile->ca_file}, err);

    if (!rc)
        rc = own_client_find(profile, &own, err);
    if (!rc)
        rc = own_client_load(profile, &own, false, &client, err);
    if (!rc)
        kb_client_encode(&client, out);
    return rc ? rc : kb_buf_check(out, "the client", err);
}

static void serve(void *context)
{
    KB_AUTO(kb_buf_clear) struct kb_buf line = KB_BUF_INIT(KB_FRAME_MAX);
    struct kb_error err = KB_ERROR_INIT;
    enum kb_err rc = load(context, &line, &err);

    part_answer(&line, rc, &err);
}

enum kb_err read_client(
    const struct kb_profile *profile, struct kb_client *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf line = KB_BUF_INIT(KB_FRAME_MAX);
    KB_AUTO(part_end) struct part part = PART_INIT;
    struct kb_profile shown = *profile; /* the part has its own copy, which it only reads */
    enum kb_err rc = part_begin(&part, serve, &shown, err);

    if (!rc)
        rc = part_hear(&part, WHO, kb_deadline_in_ms(PATIENCE_MS), &line, err);
    return rc ? rc : kb_client_decode(kb_buf_text(&line), line.len, ret, err);
}
