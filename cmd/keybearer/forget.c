/*
 * `forget`: drops one profile's cached token and its remembered failure, and what an exchange
 * that is under way brings.
 */
#include "front.h"

#include "base/file.h"
#include "config/identity.h"
#include "core/cards.h"

/* At once, and again when whoever was fetching one has cached it. */
static enum kb_err forget_client(const struct kb_cache *cache, const struct kb_profile *profile,
    const struct kb_ref *client, bool *ret_dropped, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int lock_fd = -1;
    struct kb_cache_key key = kb_cache_key_for_profile(profile, client);
    bool before = false, after = false;
    enum kb_err rc = kb_cache_forget(&key, &before, err);

    if (!rc)
        rc = obtain_lead(cache, profile, &key, &lock_fd, err);
    if (!rc)
        rc = kb_cache_forget(&key, &after, err);
    *ret_dropped = *ret_dropped || before || after;
    return rc;
}

/* One of release 0.1 has no card where none can be written. */
static enum kb_err forget_without_card(const struct kb_cache *cache,
    const struct kb_profile *profile, bool *ret_dropped, struct kb_error *err)
{
    struct kb_ref client;
    enum kb_err rc = client_find(profile, &client, err);

    if (rc)
        return rc == KB_ERR_NOT_FOUND ? KB_OK : rc; /* without a client there is no token */
    return forget_client(cache, profile, &client, ret_dropped, err);
}

/* What was cached for clients that are on the way out, too. */
static enum kb_err forget(const char *name, bool *ret_dropped, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    KB_AUTO(kb_cache_close) struct kb_cache cache = KB_CACHE_INIT;
    const struct kb_profile *profile;
    struct kb_card card;
    enum kb_err rc = kb_config_load_profile(name, &config, &profile, err);

    if (rc)
        return rc;
    kb_cache_open(&cache);
    if (cache.is_unknown)
        return kb_fail(err, KB_ERR_SYSTEM, "the token cache: %s", cache.why);
    /* Without a key, too: a record that cannot be read now may be read a moment later. */
    rc = kb_cards_read(name, &card, err);
    if (rc == KB_ERR_NOT_FOUND)
        return forget_without_card(&cache, profile, ret_dropped, err);
    for (size_t i = 0; !rc && i < card.count; i++)
        rc = forget_client(&cache, profile, &card.clients[i].ref, ret_dropped, err);
    return rc;
}

int verb_forget(int argc, char *argv[])
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(4096);
    struct kb_error err = KB_ERROR_INIT;
    bool dropped = false;

    if (report_options(argc, argv, 1, NULL, &err) || forget(argv[0], &dropped, &err))
        return output_error(&err);
    kb_buf_fmt(
        &out, dropped ? "Forgot the cached token of %s.\n" : "%s has no cached token.\n", argv[0]);
    report_crowd(&out);
    return output(&out, 0);
}
