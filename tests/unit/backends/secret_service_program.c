/*
 * The Secret Service store against a real service: one scenario a call.
 *
 *     secret_service_program SCENARIO [MOCK]
 *
 * run_secret_service.sh prepares the bus and the keyring that a scenario needs. The scenarios
 * "every_..." start MOCK (mock_secret_service.c) themselves, again and again. Exit 0 when what
 * must hold holds; else the reason is on stderr.
 */
#include "backends/store.h"
#include "base/file.h"
#include "stores.h"

#include <arpa/inet.h>
#include <libsecret/secret.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define SCHEMA "org.keybearer.Client"
#define FORMER_SCHEMA "org.keybearer.FormerClient"
#define URL "https://rest.zuora.com/oauth/token"
#define PROFILE "zuora"
#define REF "000102030405060708090a0b0c0d0e0f" /* of its client, here and in the mock */

#define HANGS_MS 40000 /* that no call takes, however busy the machine is */

static struct kb_error err;

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "line %d: %s\n  (%d: %s; hint: %s)\n", __LINE__, #condition, err.code, \
                err.msg, err.hint);                                                                \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

static const struct kb_store *store(void)
{
    return &kb_store_secret_service;
}

/* The same for each call with one profile. */
static struct kb_ref ref_of(const char *profile)
{
    struct kb_ref ref;
    crypto_generichash(
        ref.bytes, sizeof(ref.bytes), (const unsigned char *)profile, strlen(profile), NULL, 0);
    if (strcmp(profile, PROFILE) == 0)
        MUST(kb_ref_parse(REF, &ref));
    return ref;
}

static const struct kb_bond bond = {.token = "https://rest.zuora.com", .ca = "system"};

static struct kb_store_context context_for(const char *profile)
{
    static struct kb_ref refs[4]; /* more than are in use at a time */
    static size_t next;
    struct kb_ref *ref = &refs[next++ % KB_COUNT(refs)];
    *ref = ref_of(profile);
    return (struct kb_store_context){
        .profile = profile, .ref = ref, .bond = &bond, .deadline = kb_deadline_in_ms(HANGS_MS)};
}

static struct kb_store_context context_1_for(const char *profile)
{
    struct kb_store_context context = context_for(profile);
    context.ref = NULL;
    return context;
}

static struct kb_client client_for(const struct kb_store_context *context, const char *secret)
{
    struct kb_client client = {
        .ref = *context->ref, .bound = *context->bond, .proof = KB_PROOF_SECRET};
    snprintf(client.profile, sizeof(client.profile), "%s", context->profile);
    MUST(!kb_secret_set(&client.id, "id", 2, &err));
    MUST(!kb_secret_set(&client.secret, secret, strlen(secret), &err));
    return client;
}

/* The store waits 5 s for a keyring, which a busy machine may need: whether to ask again. */
static bool too_late(enum kb_err result, int *tries)
{
    return result == KB_ERR_TIMEOUT && ++*tries < 5;
}

static enum kb_err save_in(const struct kb_store_context *context, const char *secret)
{
    KB_AUTO(kb_client_clear) struct kb_client client = client_for(context, secret);
    enum kb_err result;
    int tries = 0;
    do
        result = store()->save(context, &client, &err);
    while (too_late(result, &tries));
    return result;
}

static enum kb_err save(const char *profile, const char *secret)
{
    struct kb_store_context context = context_for(profile);
    return save_in(&context, secret);
}

static enum kb_err load_in(const struct kb_store_context *context, struct kb_client *ret)
{
    enum kb_err result;
    int tries = 0;
    do
        result = store()->load(context, ret, &err);
    while (too_late(result, &tries));
    return result;
}

/* Whether PROFILE's secret is SECRET; or, for NULL, only the code. */
static enum kb_err load(const char *profile, const char *secret)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    struct kb_store_context context = context_for(profile);
    enum kb_err result = load_in(&context, &client);
    if (!result && secret)
        MUST(strcmp(client.secret.bytes, secret) == 0);
    return result;
}

static enum kb_err remove_profile(const char *profile)
{
    struct kb_store_context context = context_for(profile);
    enum kb_err result;
    int tries = 0;
    do
        result = store()->remove(&context, &err);
    while (too_late(result, &tries));
    /* What was too late may have removed it all the same. */
    return tries > 0 && result == KB_ERR_NOT_FOUND ? KB_OK : result;
}

static enum kb_err check(void)
{
    struct kb_store_context context = context_for(PROFILE);
    enum kb_err result;
    int tries = 0;
    do
        result = store()->check(&context, &err);
    while (too_late(result, &tries));
    return result;
}

static enum kb_err status(const char *profile, struct kb_store_status *ret)
{
    struct kb_store_context context = context_for(profile);
    enum kb_err result;
    int tries = 0;
    do
        result = store()->status(&context, ret, &err);
    while (too_late(result, &tries));
    return result;
}

static bool is_default(const char *name)
{
    return strcmp(kb_store_default(kb_deadline_in_ms(HANGS_MS)), name) == 0;
}

/* What the keyring holds, behind the store's back. Without a REF: of version 1. */
static void put_raw(const char *schema, const char *profile, const char *ref, const char *more,
    const char *content, gssize len)
{
    SecretService *service = secret_service_get_sync(SECRET_SERVICE_OPEN_SESSION, NULL, NULL);
    SecretCollection *collection =
        secret_collection_for_alias_sync(service, "default", SECRET_COLLECTION_NONE, NULL, NULL);
    GHashTable *attributes = g_hash_table_new(g_str_hash, g_str_equal);
    SecretValue *value = secret_value_new(content, len, "text/plain");
    g_hash_table_insert(attributes, (char *)(uintptr_t) "xdg:schema", (char *)(uintptr_t)schema);
    if (ref)
        g_hash_table_insert(attributes, (char *)(uintptr_t) "ref", (char *)(uintptr_t)ref);
    g_hash_table_insert(attributes, (char *)(uintptr_t) "profile", (char *)(uintptr_t)profile);
    if (more)
        g_hash_table_insert(attributes, (char *)(uintptr_t)more, (char *)(uintptr_t) "1");
    SecretItem *item = secret_item_create_sync(
        collection, NULL, attributes, "raw", value, SECRET_ITEM_CREATE_NONE, NULL, NULL);
    MUST(item != NULL);
    g_object_unref(item);
    secret_value_unref(value);
    g_hash_table_unref(attributes);
    g_object_unref(collection);
    g_object_unref(service);
}

static void lock_default(void)
{
    SecretService *service = secret_service_get_sync(SECRET_SERVICE_NONE, NULL, NULL);
    SecretCollection *collection =
        secret_collection_for_alias_sync(service, "default", SECRET_COLLECTION_NONE, NULL, NULL);
    MUST(collection != NULL);
    GList only = {.data = collection};
    MUST(secret_service_lock_sync(service, &only, NULL, NULL, NULL) == 1);
    g_object_unref(collection);
    g_object_unref(service);
}

static void every_call_says(enum kb_err wanted)
{
    struct kb_store_status ignored;
    MUST(load(PROFILE, NULL) == wanted);
    MUST(err.hint[0] != '\0');
    MUST(save(PROFILE, "x") == wanted);
    MUST(remove_profile(PROFILE) == wanted);
    MUST(check() == wanted);
    MUST(status(PROFILE, &ignored) == wanted);
    MUST(is_default("sealed-file"));
}

static void no_bus(void)
{
    unsetenv("DBUS_SESSION_BUS_ADDRESS");
    unsetenv("XDG_RUNTIME_DIR");
    every_call_says(KB_ERR_UNAVAILABLE);
    setenv("XDG_RUNTIME_DIR", "/nonexistent", 1);
    every_call_says(KB_ERR_UNAVAILABLE);
}

/* A socket that sees whoever follows DBUS_SESSION_BUS_ADDRESS. */
static int listen_on_tcp(void)
{
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(place);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    char address[64];

    MUST(bind(fd, (struct sockaddr *)&place, size) == 0 && listen(fd, 1) == 0);
    MUST(getsockname(fd, (struct sockaddr *)&place, &size) == 0);
    snprintf(address, sizeof(address), "tcp:host=127.0.0.1,port=%u", ntohs(place.sin_port));
    setenv("DBUS_SESSION_BUS_ADDRESS", address, 1);
    return fd;
}

static void refused_unasked(void)
{
    MUST(load(PROFILE, NULL) == KB_ERR_UNAVAILABLE);
    MUST(strstr(err.msg, "does not name a local socket"));
}

static void bad_address(void)
{
    static const char *const elsewhere[] = {
        "autolaunch:",
        "autolaunch:scope=*user",
        "unixexec:path=/bin/false",
        "tcp:host=127.0.0.1,port=1",
        "unix:path=/nonexistent;autolaunch:",
        "nonsense",
    };
    for (size_t i = 0; i < KB_COUNT(elsewhere); i++) {
        setenv("DBUS_SESSION_BUS_ADDRESS", elsewhere[i], 1);
        refused_unasked();
    }
    struct pollfd listener = {.fd = listen_on_tcp(), .events = POLLIN};
    refused_unasked();
    MUST(poll(&listener, 1, 0) == 0); /* nobody came */
    close(listener.fd);

    static const char *const absent[] = {"unix:path=/nonexistent", "unix:"};
    for (size_t i = 0; i < KB_COUNT(absent); i++) {
        setenv("DBUS_SESSION_BUS_ADDRESS", absent[i], 1);
        MUST(load(PROFILE, NULL) == KB_ERR_UNAVAILABLE);
    }
}

/* A bus that accepts and says nothing, found through XDG_RUNTIME_DIR. */
static void silent_bus(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct kb_store_context context = context_for(PROFILE);
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/bus", getenv("HOME"));
    MUST(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(fd, 8) == 0);
    unsetenv("DBUS_SESSION_BUS_ADDRESS");
    setenv("XDG_RUNTIME_DIR", getenv("HOME"), 1);

    context.deadline = kb_deadline_in_ms(300);
    MUST(store()->load(&context, &client, &err) == KB_ERR_TIMEOUT);
    MUST(err.hint[0] != '\0');
    MUST(strcmp(kb_store_default(kb_deadline_in_ms(300)), "sealed-file") == 0);
    /* Nobody can be asked, so nobody is waited for longer than 5 s. */
    struct kb_deadline limit = kb_deadline_in_ms(15000);
    context.deadline = kb_deadline_in_ms(600000);
    MUST(store()->load(&context, &client, &err) == KB_ERR_TIMEOUT);
    MUST(!kb_deadline_passed(limit));
    close(fd);
}

static void no_service(void)
{
    every_call_says(KB_ERR_UNAVAILABLE);
    MUST(strstr(err.msg, "Secret Service") != NULL);
}

/* A service file is there, but what it starts ends at once. */
static void dying_service(void)
{
    MUST(load(PROFILE, NULL) == KB_ERR_UNAVAILABLE);
    MUST(is_default("sealed-file"));
}

static void round_trip(void)
{
    struct kb_store_status now;
    MUST(is_default("secret-service"));
    MUST(check() == KB_OK);
    MUST(status(PROFILE, &now) == KB_OK && !now.present && !now.locked);
    MUST(load(PROFILE, NULL) == KB_ERR_NOT_FOUND);
    MUST(strstr(err.hint, "keybearer add " PROFILE) != NULL);
    MUST(remove_profile(PROFILE) == KB_ERR_NOT_FOUND);

    MUST(save(PROFILE, "first \"secret\" \\") == KB_OK);
    MUST(save("other", "not this one") == KB_OK);
    MUST(load(PROFILE, "first \"secret\" \\") == KB_OK);
    MUST(save(PROFILE, "second") == KB_OK);
    MUST(load(PROFILE, "second") == KB_OK);
    MUST(load("zuor", NULL) == KB_ERR_NOT_FOUND);
    MUST(load("", NULL) == KB_ERR_NOT_FOUND);
    MUST(status(PROFILE, &now) == KB_OK && now.present && now.level == KB_STORE_STRONG);

    MUST(remove_profile(PROFILE) == KB_OK);
    MUST(load(PROFILE, NULL) == KB_ERR_NOT_FOUND);
    MUST(load("other", "not this one") == KB_OK);
}

static void bound(void)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    struct kb_store_context context = context_for(PROFILE);
    MUST(save(PROFILE, "x") == KB_OK);
    struct kb_bond other = bond;
    snprintf(other.token, sizeof(other.token), "https://evil.example");
    context.bond = &other;
    MUST(load_in(&context, &client) == KB_ERR_DENIED);
    MUST(client.secret.bytes == NULL);
    other = bond;
    memset(other.ca, 'a', sizeof(other.ca) - 1);
    MUST(load_in(&context, &client) == KB_ERR_DENIED);
    MUST(client.secret.bytes == NULL);
}

static enum kb_err load_1(const char *secret)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    struct kb_store_context context = context_1_for(PROFILE);
    enum kb_err result = load_in(&context, &client);
    if (!result)
        MUST(client.token_url && strcmp(client.secret.bytes, secret) == 0);
    return result;
}

/* What release 0.1 stored: neither is taken for the other, and it goes with what it replaced. */
static void version_1(void)
{
    static const char old[] = "{\"v\":1,\"id\":\"a\",\"secret\":\"old\",\"token_url\":\"" URL "\"}";
    struct kb_store_context context = context_1_for(PROFILE);
    struct kb_bond other = bond;
    MUST(load_1(NULL) == KB_ERR_NOT_FOUND);
    put_raw(SCHEMA, PROFILE, NULL, NULL, old, -1);
    put_raw(FORMER_SCHEMA, PROFILE, NULL, NULL, old, -1);
    MUST(load(PROFILE, NULL) == KB_ERR_NOT_FOUND);
    MUST(save(PROFILE, "new") == KB_OK);
    MUST(load_1("old") == KB_OK);
    MUST(load(PROFILE, "new") == KB_OK);
    snprintf(other.token, sizeof(other.token), "https://evil.example");
    context.bond = &other;
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    MUST(load_in(&context, &client) == KB_ERR_DENIED && !client.secret.bytes);
    MUST(store()->remove(&context, &err) == KB_OK);
    MUST(load_1(NULL) == KB_ERR_NOT_FOUND);
    MUST(load(PROFILE, "new") == KB_OK);
    put_raw(FORMER_SCHEMA, PROFILE, NULL, NULL, old, -1);
    MUST(store()->remove(&context, &err) == KB_OK);
    MUST(store()->remove(&context, &err) == KB_ERR_NOT_FOUND);
    MUST(load(PROFILE, "new") == KB_OK);
}

static void two_items(void)
{
    MUST(save(PROFILE, "x") == KB_OK);
    put_raw(SCHEMA, PROFILE, REF, "extra", "{}", -1);
    MUST(load(PROFILE, NULL) == KB_ERR_CORRUPT);
    MUST(strstr(err.msg, PROFILE) && strstr(err.hint, "keybearer remove " PROFILE));
    /* Storing again, like removing, leaves exactly one or none. */
    MUST(save(PROFILE, "y") == KB_OK);
    MUST(load(PROFILE, "y") == KB_OK);
    put_raw(SCHEMA, PROFILE, REF, "extra", "{}", -1);
    MUST(remove_profile(PROFILE) == KB_OK);
    MUST(load(PROFILE, NULL) == KB_ERR_NOT_FOUND);
}

static void wrong_content(void)
{
    static char large[1 << 20];
    memset(large, 'x', sizeof(large));
    const struct {
        const char *profile, *content;
        gssize len;
    } cases[] = {
        {"empty", "", 0},
        {"word", "password", 8},
        {"nul", "{\"v\":1}\0", 8},
        {"large", large, 70000},
        {"huge", large, sizeof(large)},
        {"members", "{\"v\":1,\"id\":\"a\",\"secret\":\"b\"}", -1},
        {"version", "{\"v\":2,\"id\":\"a\",\"secret\":\"b\",\"token_url\":\"" URL "\"}", -1},
        {"type", "{\"v\":1,\"id\":1,\"secret\":\"b\",\"token_url\":\"" URL "\"}", -1},
    };
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct kb_ref ref = ref_of(cases[i].profile);
        char text[KB_REF_TEXT];
        kb_ref_format(&ref, text);
        put_raw(SCHEMA, cases[i].profile, text, NULL, cases[i].content, cases[i].len);
        MUST(load(cases[i].profile, NULL) == KB_ERR_CORRUPT);
        MUST(strstr(err.msg, "xxxxxxxx") == NULL);
    }
}

static void locked(void)
{
    struct kb_store_status now;
    MUST(save(PROFILE, "x") == KB_OK);
    lock_default();
    MUST(load(PROFILE, NULL) == KB_ERR_LOCKED);
    MUST(strstr(err.hint, "keybearer") != NULL);
    MUST(save(PROFILE, "y") == KB_ERR_LOCKED);
    MUST(save("another", "y") == KB_ERR_LOCKED);
    MUST(remove_profile(PROFILE) == KB_ERR_LOCKED);
    MUST(check() == KB_ERR_LOCKED);
    MUST(status(PROFILE, &now) == KB_OK && now.locked && now.present);
    MUST(load("absent", NULL) == KB_ERR_NOT_FOUND);
}

static void plain_keyring(void)
{
    struct kb_store_status now;
    MUST(save(PROFILE, "must-not-be-on-disk") == KB_ERR_DENIED);
    MUST(strstr(err.hint, "sealed-file") != NULL);
    MUST(check() == KB_ERR_DENIED);
    struct kb_store_context context = context_1_for(PROFILE);
    MUST(store()->status(&context, &now, &err) == KB_OK && now.present);
    MUST(now.level == KB_STORE_WEAK && strstr(now.detail, "in clear") != NULL);
    MUST(load_1(NULL) == KB_ERR_DENIED);
}

static void no_default(void)
{
    MUST(save(PROFILE, "x") == KB_ERR_UNAVAILABLE);
    MUST(check() == KB_ERR_UNAVAILABLE);
    MUST(strstr(err.msg, "no default keyring") != NULL);
    MUST(load(PROFILE, NULL) == KB_ERR_NOT_FOUND);
    MUST(is_default("sealed-file"));
}

static const struct {
    const char *name;
    void (*run)(void);
} scenarios[] = {
    {"no_bus", no_bus},
    {"bad_address", bad_address},
    {"silent_bus", silent_bus},
    {"no_service", no_service},
    {"dying_service", dying_service},
    {"round_trip", round_trip},
    {"bound", bound},
    {"version_1", version_1},
    {"two_items", two_items},
    {"wrong_content", wrong_content},
    {"locked", locked},
    {"plain_keyring", plain_keyring},
    {"no_default", no_default},
};

/* What a service that misbehaves as NAME says (mock_secret_service.c) makes of a load. */
static const struct {
    const char *name;
    bool interactive;
    enum kb_err wanted;
} misbehaviours[] = {
    {"mock_good", false, KB_OK},
    {"mock_unlocks", true, KB_OK},
    {"mock_silent", false, KB_ERR_TIMEOUT},
    {"mock_exits", false, KB_ERR_UNAVAILABLE},
    {"mock_foreign", false, KB_ERR_NOT_FOUND},
    {"mock_gone", false, KB_ERR_NOT_FOUND},
    {"mock_short_key", false, KB_OK},
    {"mock_garbles_once", false, KB_OK},
    {"mock_unread_once", false, KB_OK},
    {"mock_content_type", false, KB_ERR_CORRUPT},
    {"mock_no_attributes", false, KB_ERR_NOT_FOUND},
    {"mock_prompt_dismissed", true, KB_ERR_DISMISSED},
    {"mock_prompt_never", true, KB_ERR_TIMEOUT},
    {"mock_prompt_deaf", true, KB_ERR_TIMEOUT},
    {"mock_prompt_deaf", false, KB_ERR_LOCKED},
    {"mock_prompt_dies", true, KB_ERR_UNAVAILABLE},
    {"mock_prompt_nonsense", true, KB_ERR_SYSTEM},
    {"mock_keepass_locked", false, KB_ERR_LOCKED},
    {"mock_keepass_locked", true, KB_OK},
    {"mock_keepass_confirms", false, KB_ERR_LOCKED},
    {"mock_keepass_confirms", true, KB_OK},
    {"mock_veiled", false, KB_ERR_LOCKED},
    {"mock_veiled", true, KB_OK},
    {"mock_veiled_other", false, KB_ERR_LOCKED},
    {"mock_veiled_other", true, KB_ERR_NOT_FOUND},
};

/* --- a service that lies ------------------------------------------------------------- */

static void forgets(void)
{
    MUST(save(PROFILE, "x") == KB_ERR_NOT_FOUND);
}

static void keeps_the_old(void)
{
    MUST(save(PROFILE, "x") == KB_ERR_CORRUPT);
    MUST(strstr(err.msg, "did not keep") != NULL);
}

/* In another session it is taken. */
static void refuses_a_session(void)
{
    MUST(save(PROFILE, "x") == KB_OK);
    MUST(load(PROFILE, "x") == KB_OK);
}

static void refused_sessions(void)
{
    MUST(save(PROFILE, "x") == KB_ERR_SYSTEM);
    MUST(strstr(err.msg, "neither of two sessions") != NULL);
    MUST(strstr(err.hint, "restart the keyring service") != NULL);
}

/* Another session might do, but nobody knows that. */
static void refuses_once(void)
{
    MUST(save(PROFILE, "x") == KB_ERR_SYSTEM);
    MUST(strstr(err.msg, "as told") != NULL);
}

/* There is no third try: the second command finds the two refusals used up. */
static void refuses_two_sessions(void)
{
    refused_sessions();
    refuses_a_session();
}

/* What is stored is no template of anybody's. */
static void fills_in(void)
{
    static const char *const secrets[] = {
        "{TITLE}", "a{TITLE}b{TITLE}", "\\{TITLE}\"{TITLE}", "}{"};
    for (size_t i = 0; i < KB_COUNT(secrets); i++) {
        MUST(save(PROFILE, secrets[i]) == KB_OK);
        MUST(load(PROFILE, secrets[i]) == KB_OK);
    }
}

/* Of a locked database nothing is known: neither that a client is gone, nor that there is none. */
static void locked_refuses(void)
{
    struct kb_store_status now;
    struct kb_store_context context = context_for(PROFILE);
    MUST(remove_profile(PROFILE) == KB_ERR_LOCKED);
    MUST(strstr(err.hint, "keybearer unlock " PROFILE) != NULL);
    MUST(status(PROFILE, &now) == KB_OK && now.locked && now.unseen && !now.present);
    context.interactive = true;
    MUST(store()->remove(&context, &err) == KB_ERR_DISMISSED);
}

/* Nothing that may not ask leads to a dialog: the mock would say nothing more. */
static void asks(void)
{
    struct kb_store_status now;
    struct kb_store_context context = context_for(PROFILE);
    MUST(status(PROFILE, &now) == KB_OK && now.locked && now.unseen);
    MUST(load(PROFILE, NULL) == KB_ERR_LOCKED);
    context.interactive = true;
    MUST(store()->remove(&context, &err) == KB_OK);
}

/* Whose an item is, a keyring tells that was unlocked once; until then it is nobody's to remove. */
static void veiled_removes(void)
{
    struct kb_store_status now;
    struct kb_store_context context = context_for(PROFILE);
    struct kb_store_context old = context_1_for(PROFILE);
    MUST(status(PROFILE, &now) == KB_OK && now.locked && now.present && !now.unseen);
    MUST(store()->status(&old, &now, &err) == KB_OK && now.locked && now.unseen && !now.present);
    MUST(remove_profile(PROFILE) == KB_ERR_LOCKED);
    MUST(strstr(err.hint, "keybearer unlock " PROFILE) != NULL);
    MUST(load_1(NULL) == KB_ERR_LOCKED);
    context.interactive = true;
    MUST(store()->remove(&context, &err) == KB_OK);
    MUST(remove_profile(PROFILE) == KB_ERR_NOT_FOUND);
}

/* What only looked like ours stays where it is. */
static void veiled_other_stays(void)
{
    struct kb_store_context context = context_for(PROFILE);
    context.interactive = true;
    MUST(store()->remove(&context, &err) == KB_ERR_NOT_FOUND);
}

static void closed(void)
{
    MUST(remove_profile(PROFILE) == KB_OK);
    MUST(remove_profile(PROFILE) == KB_ERR_UNAVAILABLE);
    MUST(strstr(err.hint, "database") != NULL);
}

static void never_deletes(void)
{
    MUST(remove_profile(PROFILE) == KB_ERR_SYSTEM);
    MUST(strstr(err.msg, "still holds") != NULL);
}

/* More items than anybody has, and none of them exists: refused, one way or another, in time. */
static void floods(void)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    struct kb_store_context context = context_for(PROFILE);
    struct kb_deadline limit = kb_deadline_in_ms(HANGS_MS);
    MUST(store()->load(&context, &client, &err) != KB_OK);
    MUST(err.hint[0] != '\0');
    MUST(!kb_deadline_passed(limit));
}

/* --- a service that fails at each of its answers ------------------------------------- */

#define SHORT_MS 400 /* with a service that says nothing */
#define LONG_MS 5000 /* with one that answers, on a busy machine */

static const char *mock;

static bool service_is_there(GDBusConnection *bus)
{
    gboolean there = FALSE;
    g_autoptr(GVariant) reply = g_dbus_connection_call_sync(bus, "org.freedesktop.DBus", "/",
        "org.freedesktop.DBus", "NameHasOwner", g_variant_new("(s)", "org.freedesktop.secrets"),
        NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
    MUST(reply != NULL);
    g_variant_get(reply, "(b)", &there);
    return there;
}

static void wait_for_service(bool there)
{
    g_autoptr(GDBusConnection) bus = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, NULL);
    struct kb_deadline limit = kb_deadline_in_ms(20000);
    MUST(bus != NULL);
    while (service_is_there(bus) != there) {
        MUST(!kb_deadline_passed(limit));
        usleep(2000);
    }
}

static pid_t start_mock(const char *behaviour, const char *action, int number)
{
    char text[16];
    snprintf(text, sizeof(text), "%d", number);
    pid_t pid = fork();
    if (pid == 0) {
        execl(mock, mock, behaviour, action, text, (char *)NULL);
        _exit(127);
    }
    wait_for_service(true);
    return pid;
}

static void stop_mock(pid_t pid)
{
    kill(pid, SIGKILL);
    MUST(waitpid(pid, NULL, 0) == pid);
    wait_for_service(false);
}

static enum kb_err perform(const char *verb, int patience_ms)
{
    struct kb_store_context context = context_for(PROFILE);
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    context.deadline = kb_deadline_in_ms(patience_ms);
    context.interactive = strcmp(verb, "unlock") == 0;
    if (strcmp(verb, "remove") == 0)
        return store()->remove(&context, &err);
    if (strcmp(verb, "save") != 0)
        return store()->load(&context, &client, &err);
    KB_AUTO(kb_client_clear) struct kb_client fresh = client_for(&context, "x");
    return store()->save(&context, &fresh, &err);
}

static bool typed(enum kb_err code)
{
    return code == KB_ERR_UNAVAILABLE || code == KB_ERR_TIMEOUT || code == KB_ERR_SYSTEM ||
           code == KB_ERR_NOT_FOUND || code == KB_ERR_CORRUPT || code == KB_ERR_DISMISSED;
}

/* An error of its own, in time, with a next step; or it made no difference. */
static enum kb_err fail_once(const char *verb, const char *action, int number, int patience_ms)
{
    pid_t pid =
        start_mock(strcmp(verb, "unlock") == 0 ? "mock_unlocks" : "mock_good", action, number);
    struct kb_deadline limit = kb_deadline_in_ms(HANGS_MS);
    enum kb_err result = perform(verb, patience_ms);
    if (result != KB_OK && !(typed(result) && err.hint[0])) {
        fprintf(stderr, "%s, %s at call %d:\n", verb, action, number);
        MUST(typed(result) && err.hint[0] != '\0');
    }
    MUST(!kb_deadline_passed(limit));
    stop_mock(pid);
    return result;
}

/* A call that never comes cannot fail. */
static void fail_at_none(const char *verb, const char *action, int number)
{
    enum kb_err result;
    int tries = 0;
    do
        result = fail_once(verb, action, number, LONG_MS);
    while (too_late(result, &tries));
    MUST(result == KB_OK);
}

/* VERB makes fewer than LAST calls. */
static void fail_at_every_answer(const char *verb, int last)
{
    static const char *const actions[] = {"die", "silent", "refuse", "nonsense"};
    for (size_t i = 0; i < KB_COUNT(actions); i++) {
        int patience_ms = strcmp(actions[i], "silent") == 0 ? SHORT_MS : LONG_MS;
        int failures = 0;
        for (int number = 1; number < last; number++)
            failures += fail_once(verb, actions[i], number, patience_ms) != KB_OK;
        fprintf(stderr, "%s, %s: %d of %d calls failed\n", verb, actions[i], failures, last - 1);
        MUST(failures > 2);
        fail_at_none(verb, actions[i], last);
    }
}

static void every_load(void)
{
    fail_at_every_answer("load", 9);
}

static void every_unlock(void)
{
    fail_at_every_answer("unlock", 12);
}

static void every_save(void)
{
    fail_at_every_answer("save", 14);
}

static void every_remove(void)
{
    fail_at_every_answer("remove", 7);
}

/* With everything there, the choice is the same every time. */
static void every_choice(void)
{
    int runs = getenv("KB_TEST_FULL") ? 1000 : 100;
    for (int i = 0; i < runs; i++)
        MUST(is_default("secret-service"));
}

static const struct {
    const char *name;
    void (*run)(void);
} more_scenarios[] = {
    {"mock_forgets", forgets},
    {"mock_keeps_the_old", keeps_the_old},
    {"mock_refuses_once", refuses_once},
    {"mock_no_session", refuses_a_session},
    {"mock_no_session_ever", refused_sessions},
    {"mock_other_key", refuses_a_session},
    {"mock_other_key_twice", refuses_two_sessions},
    {"mock_fills_in", fills_in},
    {"mock_never_deletes", never_deletes},
    {"mock_keepass_locked_refuses", locked_refuses},
    {"mock_keepass_asks", asks},
    {"mock_keepass_closed", closed},
    {"mock_veiled_removes", veiled_removes},
    {"mock_veiled_other_stays", veiled_other_stays},
    {"mock_floods", floods},
    {"every_load", every_load},
    {"every_unlock", every_unlock},
    {"every_save", every_save},
    {"every_remove", every_remove},
    {"every_choice", every_choice},
};

static bool run_misbehaviour(const char *name)
{
    bool known = false;
    for (size_t i = 0; i < KB_COUNT(misbehaviours); i++) {
        KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
        struct kb_store_context context = context_for(PROFILE);
        if (strcmp(misbehaviours[i].name, name) != 0)
            continue;
        known = true;
        context.interactive = misbehaviours[i].interactive;
        context.deadline =
            kb_deadline_in_ms(misbehaviours[i].wanted == KB_ERR_TIMEOUT ? 1500 : LONG_MS);
        enum kb_err result = store()->load(&context, &client, &err);
        if (result != misbehaviours[i].wanted)
            fprintf(stderr, "%s: wanted %d, got ", name, misbehaviours[i].wanted);
        MUST(result == misbehaviours[i].wanted);
    }
    return known;
}

int main(int argc, char *argv[])
{
    if (argc < 2 || argc > 3 || sodium_init() < 0)
        return 2;
    mock = argv[2];
    for (size_t i = 0; i < KB_COUNT(scenarios); i++) {
        if (strcmp(scenarios[i].name, argv[1]) != 0)
            continue;
        scenarios[i].run();
        return 0;
    }
    for (size_t i = 0; i < KB_COUNT(more_scenarios); i++) {
        if (strcmp(more_scenarios[i].name, argv[1]) != 0)
            continue;
        more_scenarios[i].run();
        return 0;
    }
    if (run_misbehaviour(argv[1]))
        return 0;
    fprintf(stderr, "no scenario %s\n", argv[1]);
    return 2;
}
