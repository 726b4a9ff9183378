/*
 * What `add` tells the front: where the client is now, what it replaced, and who may have its
 * tokens.
 */
#include "add.h"

#include "base/strings.h"
#include "config/match.h"
#include "core/registry.h"
#include "own_client.h"

#include <stdlib.h>
#include <string.h>

/* Docker knows no path: it would take the token for the whole host. A mail server has no images. */
static void append_keys(const struct kb_url *url, struct kb_buf *out)
{
    KB_AUTO(kb_strings_clear) struct kb_strings keys = {0};

    if (strcmp(url->path, "/") == 0 && !kb_url_is_mail(url))
        kb_registry_add_keys(url, &keys);
    for (size_t i = 0; i < keys.count; i++)
        kb_buf_fmt(out, "%s%s", i > 0 ? " " : "", keys.items[i]);
}

/* Two profiles that a user name tells apart. One of them may get all that names none. */
static void report_beside(const struct kb_config *config, const struct kb_profile *profile,
    const struct kb_url *url, const char *address, struct kb_report_add *ret)
{
    const struct kb_profile *other = kb_match_beside_at(config, profile, url);

    if (!other)
        return;
    kb_pairs_add(&ret->beside, address, other->name);
    kb_pairs_add(&ret->users,
        kb_match_gets(config, profile, url, false) ? "" : kb_profile_told_username(profile),
        kb_match_gets(config, other, url, false) ? "" : kb_profile_told_username(other));
}

/*
 * Where registries are named, nothing else is one. Docker names no profile and no user, so it gets
 * a line only where it gets this profile.
 */
static void report_match(
    const struct addition *add, const struct kb_config *config, struct kb_report_add *ret)
{
    const struct kb_profile *profile = add->profile;
    bool may_be_registry = ret->serves_git && profile->registries.count == 0;

    for (size_t i = 0; i < profile->match_count; i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf address = KB_BUF_INIT(2048), keys = KB_BUF_INIT(1024);
        const struct kb_url *url = &profile->match[i];
        const struct kb_profile *rival = kb_match_rival_at(config, profile, url);
        bool is_own = i < profile->own_match_count;

        if (is_own)
            kb_url_append_for_git(url, &address);
        if (kb_match_gets(config, profile, url, true) && (!is_own || may_be_registry))
            append_keys(url, &keys);
        kb_pairs_add(&ret->addresses, kb_buf_text(&address), kb_buf_text(&keys));
        if (rival && is_own)
            kb_pairs_add(&ret->rivals, kb_buf_text(&address), rival->name);
        if (!rival)
            report_beside(config, profile, url, kb_buf_text(&address), ret);
    }
}

static enum kb_store_level level_of(const struct addition *add)
{
    struct kb_store_context context =
        own_client_context(add->profile->name, &add->client.ref, &add->client.bound, false);
    struct kb_store_status status;

    return add->store->status(&context, &status, NULL) ? KB_STORE_UNKNOWN : status.level;
}

/* Whole, so that the command that removes it can be run anywhere; as it was given where it is long.
 */
static void put_path(const char *path, char ret[static PATH_MAX])
{
    char whole[PATH_MAX];

    kb_text_copy(ret, PATH_MAX, realpath(path, whole) ? whole : path);
}

void add_report(const struct addition *add, struct kb_report_add *ret)
{
    const struct kb_profile *profile = add->profile;
    const struct kb_config *config = add->object.len > 0 ? &add->stored : &add->config;
    const struct kb_profile *rival = kb_match_rival(config, profile);
    KB_AUTO(kb_buf_clear) struct kb_buf endpoint = KB_BUF_INIT(sizeof(ret->endpoint));

    kb_text_copy(ret->profile, sizeof(ret->profile), profile->name);
    kb_text_copy(ret->store, sizeof(ret->store), profile->store);
    kb_url_append_authority(&profile->token_url, &endpoint);
    kb_text_copy(ret->endpoint, sizeof(ret->endpoint), kb_buf_text(&endpoint));
    kb_text_copy(ret->rival, sizeof(ret->rival), rival ? rival->name : "");
    kb_text_copy(ret->left_behind, sizeof(ret->left_behind), add->left.msg);
    kb_text_copy(ret->warning, sizeof(ret->warning), add->facts.warning);
    ret->level = level_of(add);
    ret->life_ms = add->token.life_ms;
    ret->replaced = add->replaces;
    ret->overtaken = add->overtaken;
    ret->rotated = add->object.len == 0;
    ask_shorten(&add->client.id, ret->id);
    ask_shorten(&add->former_id, ret->former_id);
    ret->same_id = kb_secret_equal(&add->client.id, &add->former_id);
    ret->same_client = add->same_client;
    ret->proof = add->client.proof;
    if (add->key.input.is_file && !add->key.was_encrypted)
        put_path(add->options.client_key, ret->key_file);
    ret->serves_git = profile->serves_git;
    report_match(add, config, ret);
}
