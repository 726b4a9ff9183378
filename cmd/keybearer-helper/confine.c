/*
 * The policy: which paths a helper needs. Must never name a directory of the person's but
 * our own, nor anything that comes from the working directory; but to who reads or changes a file
 * of secrets in clear, and has nothing else (confine_to_files()).
 *
 * Connecting to a socket is no access to a file: the session bus, nscd and the resolver's
 * socket stay in reach whatever is listed here.
 */
#include "helper.h"

#include "config_file.h"

#include "backends/store.h"
#include "backends/vault.h"
#include "base/file.h"
#include "base/landlock.h"
#include "base/offline.h"
#include "cache/cache.h"
#include "core/cards.h"
#include "core/place.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * What libraries read: code that they load, settings, certificates, names of hosts. A name
 * below another is here because it may be a link that leads out of it.
 */
static const char *const of_libraries[] = {
    "/usr",
    "/opt",
    "/lib",
    "/lib64",
    "/nix/store",
    "/gnu/store",
    "/etc",
    "/etc/resolv.conf", /* mostly to one of the next three */
    "/run/systemd/resolve",
    "/run/NetworkManager",
    "/run/resolvconf",
    "/var/lib/ca-certificates",
    "/proc/self",
    "/proc/sys/crypto", /* whether only certified algorithms may be used */
    "/sys/devices/system/cpu",
    "/dev/null",
    "/dev/random",
    "/dev/urandom",
};

enum { CACHES_MAX = 8, TOKEN_FILES = KB_COUNT(((struct needs *)0)->token_files) };

struct policy {
    struct kb_landlock_place places[KB_LANDLOCK_PLACES_MAX];
    size_t count;
    struct config_file config;
    char vault[KB_VAULT_PATH_MAX];
    char clients[KB_CARDS_PATH_MAX];
    char keyrings[PATH_MAX];
    char caches[CACHES_MAX][KB_CACHE_PATH_MAX];
    char token_files[TOKEN_FILES][PATH_MAX];
};
_Static_assert(KB_COUNT(of_libraries) + CACHES_MAX + NEED_MORE_MAX + 12 < KB_LANDLOCK_PLACES_MAX,
    "there must be room for the rest of the policy");

static void add(struct policy *policy, const char *path, enum kb_landlock_use use)
{
    if (path && *path && policy->count < KB_LANDLOCK_PLACES_MAX)
        policy->places[policy->count++] = (struct kb_landlock_place){path, use};
}

static void add_needed(struct policy *policy, const char *path, enum need need)
{
    if (need != NEED_NOTHING)
        add(policy, path, need == NEED_READ ? KB_LANDLOCK_READ : KB_LANDLOCK_KEEP);
}

/* Where a desktop's service keeps its files: how they begin tells whether they are sealed. */
static void add_keyrings(struct policy *policy)
{
    const char *below, *base = kb_base_folder("XDG_DATA_HOME", "/.local/share", &below);

    if (!base || !kb_store_find("secret-service"))
        return;
    snprintf(policy->keyrings, sizeof(policy->keyrings), "%s%s/keyrings", base, below);
    add(policy, policy->keyrings, KB_LANDLOCK_READ);
}

static void add_cache(struct policy *policy, enum need need)
{
    size_t n = 0;

    if (need == NEED_NOTHING)
        return;
    if (need == NEED_MAKE)
        kb_cache_make_place();
    while (n < CACHES_MAX && kb_cache_place(n, policy->caches[n]))
        add_needed(policy, policy->caches[n++], need);
    /* One with a random name is there, and is looked for. */
    if (n > KB_CACHE_PLACES_KNOWN)
        add(policy, KB_CACHE_SHARED_MEMORY, KB_LANDLOCK_LIST);
}

/* One that cannot be made is the store's to report, if it is this store that is used. */
static void add_vault(struct policy *policy, enum need need)
{
    KB_AUTO(kb_fd_close) int made = -1;

    if (need == NEED_NOTHING)
        return;
    if (need == NEED_MAKE)
        KB_IGNORE(kb_vault_open_dir(true, &made, NULL));
    if (!kb_vault_dir_path(policy->vault, NULL))
        add_needed(policy, policy->vault, need);
    add(policy, getenv("KEYBEARER_KEY_FILE"), KB_LANDLOCK_READ);
}

/* Whoever writes cards makes the folder for them, which says why it cannot. */
static enum kb_err add_clients(struct policy *policy, enum need need, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int made = -1;
    enum kb_err rc;

    if (need == NEED_NOTHING)
        return KB_OK;
    rc = kb_cards_path(policy->clients, err);
    if (!rc && need == NEED_MAKE)
        rc = kb_dir_open(policy->clients, true, &made, err);
    if (!rc)
        add_needed(policy, policy->clients, need);
    return rc;
}

/* A link to the file was followed: what may be written is the directory that it leads to. */
static enum kb_err add_config(struct policy *policy, enum need need, struct kb_error *err)
{
    enum kb_err rc;

    if (need == NEED_NOTHING)
        return KB_OK;
    rc = config_file_find(&policy->config, err);
    if (!rc && need == NEED_MAKE)
        rc = kb_dir_make(policy->config.path, err);
    if (!rc)
        add_needed(policy, policy->config.path, need);
    return rc;
}

static void add_token_files(struct policy *policy, const char *const files[TOKEN_FILES])
{
    for (size_t i = 0; i < TOKEN_FILES; i++) {
        if (!files[i])
            continue;
        find_token_place(files[i], policy->token_files[i]);
        add(policy, policy->token_files[i], KB_LANDLOCK_READ);
        add(policy, files[i], KB_LANDLOCK_READ); /* a later link may lead out of that place */
    }
}

enum kb_err confine(const struct needs *needs, struct kb_error *err)
{
    static struct policy policy; /* once in a process, and large */
    enum kb_err rc = add_config(&policy, needs->config, err);

    if (!rc)
        rc = add_clients(&policy, needs->clients, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < KB_COUNT(of_libraries); i++)
        add(&policy, of_libraries[i], KB_LANDLOCK_READ);
    add_keyrings(&policy);
    add_cache(&policy, needs->cache);
    add_vault(&policy, needs->vault);
    add(&policy, needs->file, KB_LANDLOCK_READ);
    add_token_files(&policy, needs->token_files);
    for (size_t i = 0; needs->more_files && i < needs->more_files->count && i < NEED_MORE_MAX; i++)
        add(&policy, needs->more_files->items[i], KB_LANDLOCK_READ);
    if (needs->terminal)
        add(&policy, "/dev/tty", KB_LANDLOCK_TALK);
    return kb_landlock_confine(policy.places, policy.count, err);
}

enum kb_err confine_to_files(
    const char *const files[], size_t count, const char *folder, struct kb_error *err)
{
    static struct policy policy;
    enum kb_err rc;

    /* Who a directory's owner is in a user namespace; and what a sanitizer needs. */
    add(&policy, KB_SANITIZED ? "/proc/self" : "/proc/self/uid_map", KB_LANDLOCK_READ);
    for (size_t i = 0; i < count; i++)
        add(&policy, files[i], KB_LANDLOCK_READ);
    add(&policy, folder, KB_LANDLOCK_REPLACE);
    rc = kb_landlock_confine(policy.places, policy.count, err);
    return rc ? rc : kb_offline(err);
}
