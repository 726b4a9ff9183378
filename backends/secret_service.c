/*
 * The store "secret-service": one item a client in the desktop's keyring. The only file
 * that includes libsecret.
 *
 * Speaks to the service itself, not through libsecret's password functions: those obey
 * SECRET_BACKEND and may write a file of their own. Searches without unlocking, and not where the
 * search alone would ask a person; prompts only when the caller may; refuses a keyring that lies in
 * clear on the disk; waits for no call longer than the deadline (bounded_call.h).
 *
 * An item: attributes {xdg:schema, profile, ref}, content one line as kb_client_encode()
 * writes it. One line, because a line end inside a secret makes gnome-keyring lose the
 * whole file when it is kept in clear. An item of version 1 has no attribute ref; what an `add`
 * of that time was replacing, if it was killed, has a schema of its own.
 */
#include "backends/library.h"
#include "backends/store.h"
#include "base/buf.h"
#include "bounded_call.h"
#include "core/client_decode.h"
#include "keyring_file.h"
#include "session_bus.h"
#include "stores.h"

#include <libsecret/secret.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define SERVICE_NAME "org.freedesktop.secrets"
#define SCHEMA_NAME "org.keybearer.Client"
#define FORMER_SCHEMA_NAME "org.keybearer.FormerClient"
#define SCHEMA_ATTRIBUTE "xdg:schema"
#define PROFILE_ATTRIBUTE "profile"
#define REF_ATTRIBUTE "ref"
#define CONTENT_TYPE "text/plain"
#define CONTENT_MAX KB_CLIENT_MAX
#define COLLECTIONS_MAX 64 /* more than anybody has */
#define KEYS_MAX 4         /* that somebody's are all too short is no matter of luck */

/* What people see in seahorse, before the profile. */
#define LABEL "keybearer: "

struct session {
    const struct kb_store_context *context;
    struct kb_bounded bounded;
    GDBusConnection *bus;
    SecretService *service;
    bool is_garbled; /* one end cannot read what the other wrote; in another session it may */
};

static void session_close(struct session *session)
{
    g_clear_object(&session->service);
    g_clear_object(&session->bus);
    kb_bounded_close(&session->bounded);
}

static void items_free(GList **items)
{
    g_list_free_full(*items, g_object_unref);
    *items = NULL;
}

static enum kb_err locked(const struct session *session, struct kb_error *err)
{
    return kb_hinted(err, kb_fail(err, KB_ERR_LOCKED, "the keyring is locked"),
        "keybearer unlock %s", session->context->profile);
}

static enum kb_err not_stored(const struct session *session, struct kb_error *err)
{
    const char *profile = session->context->profile;

    return kb_hinted(err,
        kb_fail(err, KB_ERR_NOT_FOUND, "no client is stored for %s in the keyring", profile),
        "keybearer add %s", profile);
}

/*
 * How a service says that it does not know the session, or has no key that fits what came in it:
 * by the specification, and as KWallet does. libsecret drops the name of an error that nobody has
 * given a number.
 */
static GQuark session_errors(void)
{
    static const GDBusErrorEntry entries[] = {
        {0, "org.freedesktop.Secret.Error.NoSession"},
        {1, "org.qtproject.QtDBus.Error.InvalidObjectPath"},
    };
    static gsize domain;

    g_dbus_error_register_error_domain(
        "keybearer-session-errors", &domain, entries, KB_COUNT(entries));
    return (GQuark)domain;
}

/* Puts the way to the other store behind the hint of an ERR with code RC, which may have none. */
static enum kb_err or_other_store(
    const struct session *session, enum kb_err rc, struct kb_error *err)
{
    char before[sizeof(err->hint)];
    const char *profile = session->context->profile, *chooser = session->context->chooser;

    if (!err)
        return rc;
    snprintf(before, sizeof(before), "%.300s%s", err->hint, *err->hint ? ", or " : "");
    if (chooser && strcmp(chooser, "move") == 0)
        return kb_hinted(err, rc, "%sdo nothing: the client stays where it is", before);
    if (chooser)
        return kb_hinted(err, rc, "%suse keybearer %s %s [OPTION]... --store sealed-file", before,
            chooser, profile);
    return kb_hinted(err, rc,
        "%skeybearer edit %s, set \"store\": \"sealed-file\", then keybearer add %s", before,
        profile, profile);
}

/* Takes over ERROR (NULL: the call never ended); WHAT says what was tried. */
static enum kb_err call_failed(
    const struct session *session, GError *error, const char *what, struct kb_error *err)
{
    bool is_locked = g_error_matches(error, SECRET_ERROR, SECRET_ERROR_IS_LOCKED);
    bool is_gone = g_error_matches(error, SECRET_ERROR, SECRET_ERROR_NO_SUCH_OBJECT);

    if (!is_locked && !is_gone)
        return kb_session_bus_fail(&session->bounded, error, what, err);
    g_error_free(error);
    return is_locked ? locked(session, err) : not_stored(session, err);
}

/* The name is given, because libsecret's default can be set by the environment. */
static SecretService *open_once(
    struct kb_bounded *bounded, SecretServiceFlags flags, GError **error)
{
    secret_service_open(
        SECRET_TYPE_SERVICE, SERVICE_NAME, flags, bounded->cancellable, kb_bounded_done, bounded);
    GAsyncResult *done = kb_bounded_wait(bounded);
    return done ? secret_service_open_finish(done, error) : NULL;
}

/*
 * libsecret writes a public key without its leading zeros, which one in 256 has, and KWallet takes
 * none that is shorter. The next key is another one.
 */
static SecretService *open_with_some_key(
    struct kb_bounded *bounded, SecretServiceFlags flags, GError **error)
{
    SecretService *service = open_once(bounded, flags, error);

    for (int i = 1; i < KEYS_MAX && !service &&
                    g_error_matches(*error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
         i++) {
        g_clear_error(error);
        service = open_once(bounded, flags, error);
    }
    return service;
}

static enum kb_err open_service(
    struct session *session, SecretServiceFlags flags, struct kb_error *err)
{
    GError *error = NULL;
    bool there = false;
    struct kb_bounded *bounded = &session->bounded;
    enum kb_err rc = kb_session_bus_open(bounded, &session->bus, err);

    if (rc)
        return rc == KB_ERR_UNAVAILABLE ? or_other_store(session, rc, err) : rc;
    rc = kb_session_bus_has(session->bus, SERVICE_NAME, bounded, &there, err);
    if (rc)
        return rc;
    if (!there) {
        rc = kb_fail(err, KB_ERR_UNAVAILABLE, "there is no Secret Service on the session bus");
        kb_hint(err, "install gnome-keyring or KeePassXC");
        return or_other_store(session, rc, err);
    }
    kb_bounded_watch(bounded, session->bus, SERVICE_NAME);
    session->service = open_with_some_key(bounded, flags, &error);
    if (session->service)
        return KB_OK;
    return call_failed(session, error, "open the Secret Service", err);
}

/* CONTEXT must outlive *SESSION; session_close() also after a failure. */
static enum kb_err session_open(struct session *session, const struct kb_store_context *context,
    SecretServiceFlags flags, struct kb_error *err)
{
    session->context = context;
    kb_bounded_open(&session->bounded, kb_store_quiet_deadline(context));
    return open_service(session, flags, err);
}

/* Those that are searched for. An item of ours has its schema, too. */
static GHashTable *attributes_for(const struct kb_store_context *context)
{
    GHashTable *attributes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    char ref[KB_REF_TEXT];

    g_hash_table_insert(attributes, g_strdup(PROFILE_ATTRIBUTE), g_strdup(context->profile));
    if (context->ref) {
        kb_ref_format(context->ref, ref);
        g_hash_table_insert(attributes, g_strdup(REF_ATTRIBUTE), g_strdup(ref));
    }
    return attributes;
}

/*
 * A service may answer a search with more than was asked for; and whoever asks for a client of
 * version 1 is answered with those that have a reference, too.
 */
static bool item_is_ours(
    SecretItem *item, const struct kb_store_context *context, const char *schema)
{
    g_autoptr(GHashTable) has = secret_item_get_attributes(item);
    char ref[KB_REF_TEXT];

    if (context->ref)
        kb_ref_format(context->ref, ref);
    return has && g_strcmp0(g_hash_table_lookup(has, SCHEMA_ATTRIBUTE), schema) == 0 &&
           g_strcmp0(g_hash_table_lookup(has, PROFILE_ATTRIBUTE), context->profile) == 0 &&
           g_strcmp0(g_hash_table_lookup(has, REF_ATTRIBUTE), context->ref ? ref : NULL) == 0;
}

/*
 * gnome-keyring knows the items of a keyring that was not unlocked since it started, and shows
 * hashes of their attributes instead of these. It finds them by all but the schema, which is
 * another one until then. Such an item may be ours.
 */
static bool is_veiled(SecretItem *item)
{
    g_autoptr(GHashTable) has = secret_item_get_attributes(item);

    return secret_item_get_locked(item) && (!has || !g_hash_table_contains(has, PROFILE_ATTRIBUTE));
}

static SecretItem *first_veiled(GList *items)
{
    for (GList *at = items; at; at = at->next)
        if (is_veiled(at->data))
            return at->data;
    return NULL;
}

/* What is SCHEMA's, and what is veiled. */
static enum kb_err search_schema(
    struct session *session, const char *schema, GList **ret, struct kb_error *err)
{
    GError *error = NULL;
    g_autoptr(GHashTable) attributes = attributes_for(session->context);

    secret_service_search(session->service, NULL, attributes, SECRET_SEARCH_ALL,
        session->bounded.cancellable, kb_bounded_done, &session->bounded);
    GAsyncResult *done = kb_bounded_wait(&session->bounded);
    GList *found = done ? secret_service_search_finish(session->service, done, &error) : NULL;
    if (!done || error)
        return call_failed(session, error, "search the keyring", err);
    GList *next;
    for (GList *at = found; at; at = next) {
        next = at->next;
        if (is_veiled(at->data) || item_is_ours(at->data, session->context, schema))
            continue;
        g_object_unref(at->data);
        found = g_list_delete_link(found, at);
    }
    *ret = found;
    return KB_OK;
}

static enum kb_err search(struct session *session, GList **ret, struct kb_error *err)
{
    return search_schema(session, SCHEMA_NAME, ret, err);
}

/* All that is to go: with a client of version 1 what it was replacing. */
static enum kb_err search_all(struct session *session, GList **ret, struct kb_error *err)
{
    GList *found = NULL, *former = NULL;
    enum kb_err rc = search(session, &found, err);

    if (!rc && !session->context->ref)
        rc = search_schema(session, FORMER_SCHEMA_NAME, &former, err);
    if (rc)
        items_free(&found);
    else
        *ret = g_list_concat(found, former);
    return rc;
}

/* --- what a search cannot see ------------------------------------------------------- */

/*
 * KeePassXC shows nothing of a locked database, and when all are locked it answers a search with a
 * dialog, or with nothing. gnome-keyring lists and finds what is in a locked keyring, though it may
 * veil it. So a collection that is locked and shows no item may hold ours: while there is one, an
 * empty search says nothing.
 */
struct view {
    size_t count;
    bool any_open;
    char *hidden; /* the path of the first such collection, or NULL */
};

static void view_clear(struct view *view)
{
    g_clear_pointer(&view->hidden, g_free);
}

/* A reply that holds something else than TYPE answers no question; then *RET is NULL. */
static enum kb_err ask_collection(struct session *session, const char *path, const char *property,
    const char *type, GVariant **ret, struct kb_error *err)
{
    GError *error = NULL;

    g_dbus_connection_call(session->bus, SERVICE_NAME, path, "org.freedesktop.DBus.Properties",
        "Get", g_variant_new("(ss)", "org.freedesktop.Secret.Collection", property),
        G_VARIANT_TYPE("(v)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, G_MAXINT,
        session->bounded.cancellable, kb_bounded_done, &session->bounded);
    GAsyncResult *done = kb_bounded_wait(&session->bounded);
    g_autoptr(GVariant) reply =
        done ? g_dbus_connection_call_finish(session->bus, done, &error) : NULL;
    if (!reply)
        return call_failed(session, error, "look at the keyrings", err);
    g_variant_get(reply, "(v)", ret);
    if (!g_variant_is_of_type(*ret, G_VARIANT_TYPE(type)))
        g_clear_pointer(ret, g_variant_unref);
    return KB_OK;
}

static enum kb_err look_at(
    struct session *session, const char *path, struct view *view, struct kb_error *err)
{
    g_autoptr(GVariant) is_locked = NULL;
    g_autoptr(GVariant) items = NULL;
    enum kb_err rc = ask_collection(session, path, "Locked", "b", &is_locked, err);

    if (rc)
        return rc;
    if (!is_locked || !g_variant_get_boolean(is_locked)) {
        view->any_open = true;
        return KB_OK;
    }
    if (view->hidden)
        return KB_OK;
    rc = ask_collection(session, path, "Items", "ao", &items, err);
    if (!rc && (!items || g_variant_n_children(items) == 0))
        view->hidden = g_strdup(path);
    return rc;
}

static enum kb_err look_at_all(struct session *session, struct view *ret, struct kb_error *err)
{
    g_autoptr(GVariant) known =
        g_dbus_proxy_get_cached_property(G_DBUS_PROXY(session->service), "Collections");
    enum kb_err rc = KB_OK;

    view_clear(ret);
    *ret = (struct view){.count = 0};
    if (!known || !g_variant_is_of_type(known, G_VARIANT_TYPE("ao")))
        return KB_OK;
    ret->count = g_variant_n_children(known);
    for (size_t i = 0; !rc && i < ret->count && i < COLLECTIONS_MAX; i++) {
        const char *path;
        g_variant_get_child(known, i, "&o", &path);
        rc = look_at(session, path, ret, err);
    }
    return rc;
}

/* Whether a search would come back without having asked a person. */
static bool can_search(const struct view *view)
{
    return view->any_open || !view->hidden;
}

static enum kb_err check_single(const struct session *session, GList *items, struct kb_error *err)
{
    const char *profile = session->context->profile;

    if (!items)
        return not_stored(session, err);
    if (items->next)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_CORRUPT, "%u clients are stored for %s in the keyring, not one",
                g_list_length(items), profile),
            "delete the wrong ones with seahorse, or all with keybearer remove %s", profile);
    return KB_OK;
}

/* Asks for OBJECT, a collection or an item, to be unlocked, if the caller may be asked. */
static enum kb_err unlock(struct session *session, void *object, struct kb_error *err)
{
    GError *error = NULL;
    KB_AUTO(items_free) GList *unlocked = NULL;
    GList only = {.data = object};

    if (!session->context->interactive)
        return locked(session, err);
    session->bounded.deadline = session->context->deadline;
    kb_bounded_watch_prompt(&session->bounded, session->bus);
    secret_service_unlock(
        session->service, &only, session->bounded.cancellable, kb_bounded_done, &session->bounded);
    GAsyncResult *done = kb_bounded_wait(&session->bounded);
    kb_bounded_leave_prompt(&session->bounded);
    int count = done ? secret_service_unlock_finish(session->service, done, &unlocked, &error) : 0;
    if (!done || error)
        return call_failed(session, error, "unlock the keyring", err);
    if (count > 0)
        return KB_OK;
    if (session->bounded.gone || g_cancellable_is_cancelled(session->bounded.cancellable))
        return call_failed(session, NULL, "unlock the keyring", err);
    return kb_hinted(err,
        kb_fail(err, KB_ERR_DISMISSED,
            "the keyring was not unlocked: its prompt was closed, or could not be shown"),
        "try again, and answer the prompt; if none appears, unlock the keyring on the desktop");
}

static enum kb_err default_collection(
    struct session *session, SecretCollection **ret, struct kb_error *err)
{
    GError *error = NULL;

    secret_collection_for_alias(session->service, SECRET_COLLECTION_DEFAULT, SECRET_COLLECTION_NONE,
        session->bounded.cancellable, kb_bounded_done, &session->bounded);
    GAsyncResult *done = kb_bounded_wait(&session->bounded);
    SecretCollection *collection = done ? secret_collection_for_alias_finish(done, &error) : NULL;
    if (!done || error)
        return call_failed(session, error, "find the default keyring", err);
    if (!collection) {
        enum kb_err rc =
            kb_fail(err, KB_ERR_UNAVAILABLE, "the Secret Service has no default keyring");
        kb_hint(err, "make one with seahorse or KWalletManager");
        return or_other_store(session, rc, err);
    }
    *ret = collection;
    return KB_OK;
}

static const char *object_path(void *object)
{
    return g_dbus_proxy_get_object_path(G_DBUS_PROXY(object));
}

static enum kb_err unlock_path(struct session *session, const char *path, struct kb_error *err)
{
    GError *error = NULL;

    secret_service_load_collections(
        session->service, session->bounded.cancellable, kb_bounded_done, &session->bounded);
    GAsyncResult *done = kb_bounded_wait(&session->bounded);
    if (!done || !secret_service_load_collections_finish(session->service, done, &error))
        return call_failed(session, error, "look at the keyrings", err);
    KB_AUTO(items_free) GList *all = secret_service_get_collections(session->service);
    for (GList *at = all; at; at = at->next)
        if (g_strcmp0(object_path(at->data), path) == 0)
            return unlock(session, at->data, err);
    return locked(session, err);
}

/* The default one first: that is where clients are stored. */
static enum kb_err unlock_hidden(
    struct session *session, const struct view *view, struct kb_error *err)
{
    g_autoptr(SecretCollection) usual = NULL;

    if (!default_collection(session, &usual, NULL) && secret_collection_get_locked(usual))
        return unlock(session, usual, err);
    return unlock_path(session, view->hidden, err);
}

static enum kb_err none_there(struct kb_error *err)
{
    return kb_hinted(err, kb_fail(err, KB_ERR_UNAVAILABLE, "the Secret Service shows no keyring"),
        "open it there (in KeePassXC: its database), then try again");
}

typedef enum kb_err search_fn(struct session *session, GList **ret, struct kb_error *err);

/* What SEARCH_FOR finds; if need be after an unlocking, which shows whose the items are. */
static enum kb_err search_unveiled(
    struct session *session, search_fn *search_for, GList **ret, struct kb_error *err)
{
    for (int turn = 0; turn < COLLECTIONS_MAX; turn++) {
        KB_AUTO(items_free) GList *found = NULL;
        SecretItem *veiled;
        enum kb_err rc = search_for(session, &found, err);

        if (rc)
            return rc;
        veiled = first_veiled(found);
        if (!veiled) {
            *ret = g_steal_pointer(&found);
            return KB_OK;
        }
        rc = unlock(session, veiled, err);
        if (rc)
            return rc;
    }
    return locked(session, err); /* it says that it is open, and is not */
}

/* The same; nothing only where nothing is hidden from the search. */
static enum kb_err find(
    struct session *session, search_fn *search_for, GList **ret, struct kb_error *err)
{
    KB_AUTO(view_clear) struct view view = {0};
    enum kb_err rc = KB_OK;

    for (int turn = 0; !rc && turn < COLLECTIONS_MAX; turn++) {
        rc = look_at_all(session, &view, err);
        if (!rc && can_search(&view))
            rc = search_unveiled(session, search_for, ret, err);
        if (rc || *ret)
            return rc;
        if (!view.hidden)
            return view.count > 0 ? KB_OK : none_there(err);
        rc = unlock_hidden(session, &view, err);
    }
    return rc ? rc : locked(session, err); /* it says that it is open, and is not */
}

static enum kb_err unlock_all(struct session *session, GList *items, struct kb_error *err)
{
    enum kb_err rc = KB_OK;

    for (GList *at = items; at && !rc; at = at->next)
        if (secret_item_get_locked(at->data))
            rc = unlock(session, at->data, err);
    return rc;
}

/* What lies on the disk behind the collection that holds ITEM. */
static enum kb_keyring_file file_of_item(SecretItem *item)
{
    g_autofree char *collection = g_path_get_dirname(object_path(item));

    return kb_keyring_file_look(collection);
}

static enum kb_err check_sealed(
    const struct session *session, enum kb_keyring_file file, struct kb_error *err)
{
    enum kb_err rc;

    if (file != KB_KEYRING_FILE_PLAIN)
        return KB_OK;
    rc =
        kb_fail(err, KB_ERR_DENIED, "the keyring has no password: its file holds secrets in clear");
    kb_hint(err, "set its password with seahorse");
    return or_other_store(session, rc, err);
}

static enum kb_err not_a_client(const struct session *session, struct kb_error *err)
{
    const char *profile = session->context->profile;

    return kb_hinted(err,
        kb_fail(err, KB_ERR_CORRUPT, "what the keyring holds for %s is not a client of keybearer",
            profile),
        "keybearer add %s", profile);
}

static bool type_is_text(const char *type)
{
    size_t len = strlen(CONTENT_TYPE);

    return type && g_ascii_strncasecmp(type, CONTENT_TYPE, len) == 0 &&
           (type[len] == '\0' || type[len] == ';');
}

static enum kb_err decode(
    const struct session *session, SecretValue *value, struct kb_client *ret, struct kb_error *err)
{
    gsize len = 0;
    const char *bytes = value ? secret_value_get(value, &len) : NULL;

    if (!bytes || len == 0 || len > CONTENT_MAX || memchr(bytes, '\0', len) ||
        !type_is_text(secret_value_get_content_type(value)))
        return not_a_client(session, err);
    enum kb_err rc = kb_client_decode(bytes, len, ret, err);
    return rc == KB_ERR_CORRUPT ? not_a_client(session, err) : rc;
}

static enum kb_err load_item(
    struct session *session, SecretItem *item, struct kb_client *ret, struct kb_error *err)
{
    GError *error = NULL;

    secret_item_load_secret(item, session->bounded.cancellable, kb_bounded_done, &session->bounded);
    GAsyncResult *done = kb_bounded_wait(&session->bounded);
    bool is_read = done && secret_item_load_secret_finish(item, done, &error);
    session->is_garbled = g_error_matches(error, SECRET_ERROR, SECRET_ERROR_PROTOCOL);
    if (!is_read)
        return call_failed(session, error, "read the keyring", err);
    g_autoptr(SecretValue) value = secret_item_get_secret(item);
    return decode(session, value, ret, err);
}

static enum kb_err load_single(struct session *session, struct kb_client *ret, struct kb_error *err)
{
    KB_AUTO(items_free) GList *items = NULL;
    enum kb_err rc = find(session, search, &items, err);

    if (!rc)
        rc = check_single(session, items, err);
    if (!rc)
        rc = check_sealed(session, file_of_item(items->data), err);
    if (!rc)
        rc = unlock_all(session, items, err);
    if (!rc)
        rc = load_item(session, items->data, ret, err);
    return rc;
}

static enum kb_err load_once(const struct kb_store_context *context, struct kb_client *ret,
    bool *ret_garbled, struct kb_error *err)
{
    KB_AUTO(session_close) struct session session = {0};
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    enum kb_err rc = session_open(&session, context, SECRET_SERVICE_OPEN_SESSION, err);

    if (!rc)
        rc = load_single(&session, &client, err);
    if (!rc)
        rc = kb_store_check_client(context, &client, err);
    if (!rc)
        kb_client_move(ret, &client);
    *ret_garbled = session.is_garbled || rc == KB_ERR_CORRUPT;
    return rc;
}

/*
 * libsecret and KWallet make two keys of a shared secret with a leading zero, which one in 256 has.
 * So what cannot be read is read in a second session.
 */
static enum kb_err load(
    const struct kb_store_context *context, struct kb_client *ret, struct kb_error *err)
{
    struct kb_error why = KB_ERROR_INIT;
    bool garbled;
    enum kb_err rc = load_once(context, ret, &garbled, &why);

    if (garbled)
        return load_once(context, ret, &garbled, err);
    if (rc && err)
        *err = why;
    return rc;
}

/* Deletes all of ITEMS but the one at object path KEEP (NULL: all). */
static enum kb_err delete_items(
    struct session *session, GList *items, const char *keep, struct kb_error *err)
{
    for (GList *at = items; at; at = at->next) {
        GError *error = NULL;

        if (g_strcmp0(object_path(at->data), keep) == 0)
            continue;
        secret_item_delete(
            at->data, session->bounded.cancellable, kb_bounded_done, &session->bounded);
        GAsyncResult *done = kb_bounded_wait(&session->bounded);
        if (!done || !secret_item_delete_finish(at->data, done, &error))
            return call_failed(session, error, "delete from the keyring", err);
    }
    return KB_OK;
}

/*
 * KeePassXC takes {TITLE} and its like in what it gives back for placeholders, and fills them in.
 * JSON has another spelling for a brace that stands in a string.
 */
static void spell_braces(const struct kb_buf *json, struct kb_buf *out)
{
    bool in_string = false;

    for (size_t i = 0; i < json->len; i++) {
        char c = json->data[i];

        if (c == '\\') {
            kb_buf_byte(out, c);
            kb_buf_byte(out, json->data[++i]);
        } else if (in_string && (c == '{' || c == '}')) {
            kb_buf_str(out, c == '{' ? "\\u007b" : "\\u007d");
        } else {
            in_string = in_string != (c == '"');
            kb_buf_byte(out, c);
        }
    }
}

static enum kb_err encode(const struct kb_client *client, SecretValue **ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf json = KB_BUF_INIT(CONTENT_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf line = KB_BUF_INIT(CONTENT_MAX);

    kb_client_encode(client, &json);
    enum kb_err rc = kb_buf_check(&json, "the client", err);
    if (rc)
        return rc;
    spell_braces(&json, &line);
    rc = kb_buf_check(&line, "the client", err);
    if (!rc)
        *ret = secret_value_new(line.data, (gssize)line.len, CONTENT_TYPE);
    return rc;
}

static enum kb_err create_item(struct session *session, SecretCollection *collection,
    const struct kb_client *client, SecretItem **ret, struct kb_error *err)
{
    GError *error = NULL;
    g_autoptr(SecretValue) value = NULL;
    const struct kb_store_context *context = session->context;
    GQuark refusals = session_errors();
    enum kb_err rc = encode(client, &value, err);

    if (rc)
        return rc;
    g_autofree char *label = g_strconcat(LABEL, context->profile, NULL);
    g_autoptr(GHashTable) attributes = attributes_for(context);
    g_hash_table_insert(attributes, g_strdup(SCHEMA_ATTRIBUTE), g_strdup(SCHEMA_NAME));
    secret_item_create(collection, NULL, attributes, label, value, SECRET_ITEM_CREATE_REPLACE,
        session->bounded.cancellable, kb_bounded_done, &session->bounded);
    GAsyncResult *done = kb_bounded_wait(&session->bounded);
    SecretItem *item = done ? secret_item_create_finish(done, &error) : NULL;
    session->is_garbled = error && error->domain == refusals;
    if (!item)
        return call_failed(session, error, "write to the keyring", err);
    *ret = item;
    return KB_OK;
}

/* Byte for byte, as the line that is stored. */
static bool is_same(const struct kb_client *a, const struct kb_client *b)
{
    KB_AUTO(kb_buf_clear) struct kb_buf one = KB_BUF_INIT(CONTENT_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf other = KB_BUF_INIT(CONTENT_MAX);

    kb_client_encode(a, &one);
    kb_client_encode(b, &other);
    return !one.failed && !other.failed && one.len == other.len &&
           sodium_memcmp(one.data, other.data, one.len) == 0;
}

/* A service that says yes may still have kept nothing, or something else. */
static enum kb_err check_kept(
    struct session *session, const struct kb_client *client, struct kb_error *err)
{
    KB_AUTO(kb_client_clear) struct kb_client kept = KB_CLIENT_INIT;
    enum kb_err rc = load_single(session, &kept, err);

    if (rc)
        return rc;
    if (is_same(&kept, client))
        return KB_OK;
    return kb_fail(err, KB_ERR_CORRUPT, "the keyring did not keep what was stored for %s",
        session->context->profile);
}

static enum kb_err replace(struct session *session, SecretCollection *collection,
    const struct kb_client *client, struct kb_error *err)
{
    KB_AUTO(items_free) GList *old = NULL;
    g_autoptr(SecretItem) item = NULL;
    enum kb_err rc = search_unveiled(session, search, &old, err);

    if (!rc)
        rc = unlock_all(session, old, err);
    if (!rc)
        rc = create_item(session, collection, client, &item, err);
    if (!rc)
        rc = delete_items(session, old, object_path(item), err);
    if (!rc)
        rc = check_kept(session, client, err);
    return rc;
}

static enum kb_err save_once(const struct kb_store_context *context, const struct kb_client *client,
    bool *ret_garbled, struct kb_error *err)
{
    KB_AUTO(session_close) struct session session = {0};
    g_autoptr(SecretCollection) collection = NULL;
    enum kb_err rc = kb_store_check_fit(context, client, err);

    if (!rc)
        rc = session_open(&session, context, SECRET_SERVICE_OPEN_SESSION, err);
    if (!rc)
        rc = default_collection(&session, &collection, err);
    if (!rc)
        rc = check_sealed(&session, kb_keyring_file_look(object_path(collection)), err);
    if (!rc && secret_collection_get_locked(collection))
        rc = unlock(&session, collection, err);
    if (!rc)
        rc = replace(&session, collection, client, err);
    *ret_garbled = session.is_garbled;
    return rc;
}

/*
 * As load(): KWallet refuses what it cannot read. Only then there is a second session; whatever
 * else is refused stays refused.
 */
static enum kb_err save(
    const struct kb_store_context *context, const struct kb_client *client, struct kb_error *err)
{
    struct kb_error why = KB_ERROR_INIT;
    bool garbled;
    enum kb_err rc = save_once(context, client, &garbled, &why);

    if (garbled)
        rc = save_once(context, client, &garbled, &why);
    if (garbled)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_SYSTEM,
                "cannot write to the keyring: neither of two sessions with its service worked"),
            "restart the keyring service, or log in again");
    if (rc && err)
        *err = why;
    return rc;
}

static enum kb_err check_gone(struct session *session, struct kb_error *err)
{
    KB_AUTO(items_free) GList *items = NULL;
    enum kb_err rc = search_unveiled(session, search_all, &items, err);

    if (rc || !items)
        return rc;
    const char *profile = session->context->profile;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_SYSTEM, "the keyring still holds a client for %s", profile),
        "delete \"" LABEL "%s\" with seahorse", profile);
}

static enum kb_err remove_client(const struct kb_store_context *context, struct kb_error *err)
{
    KB_AUTO(session_close) struct session session = {0};
    KB_AUTO(items_free) GList *items = NULL;
    enum kb_err rc = session_open(&session, context, SECRET_SERVICE_NONE, err);

    if (!rc)
        rc = find(&session, search_all, &items, err);
    if (!rc && !items)
        rc = not_stored(&session, err);
    if (!rc)
        rc = unlock_all(&session, items, err);
    if (!rc)
        rc = delete_items(&session, items, NULL, err);
    if (!rc)
        rc = check_gone(&session, err);
    return rc;
}

static enum kb_err check(const struct kb_store_context *context, struct kb_error *err)
{
    KB_AUTO(session_close) struct session session = {0};
    g_autoptr(SecretCollection) collection = NULL;
    enum kb_err rc = session_open(&session, context, SECRET_SERVICE_NONE, err);

    if (!rc)
        rc = default_collection(&session, &collection, err);
    if (!rc)
        rc = check_sealed(&session, kb_keyring_file_look(object_path(collection)), err);
    if (!rc && secret_collection_get_locked(collection))
        rc = unlock(&session, collection, err);
    return rc;
}

static void describe(
    SecretCollection *collection, enum kb_keyring_file file, struct kb_store_status *status)
{
    g_autofree char *label = secret_collection_get_label(collection);
    int len =
        snprintf(status->detail, sizeof(status->detail), "keyring \"%.64s\"%s", label ? label : "",
            file == KB_KEYRING_FILE_PLAIN ? " lies in clear on the disk: refused" : "");

    for (int i = 0; i < len; i++)
        if (!g_ascii_isprint(status->detail[i]))
            status->detail[i] = '?';
}

static enum kb_store_level level_of(enum kb_keyring_file file)
{
    static const enum kb_store_level levels[] = {
        [KB_KEYRING_FILE_UNKNOWN] = KB_STORE_UNKNOWN,
        [KB_KEYRING_FILE_SEALED] = KB_STORE_STRONG,
        [KB_KEYRING_FILE_PLAIN] = KB_STORE_WEAK,
    };

    return levels[file];
}

static enum kb_err status(
    const struct kb_store_context *context, struct kb_store_status *ret, struct kb_error *err)
{
    struct kb_store_context quiet = *context;
    KB_AUTO(session_close) struct session session = {0};
    KB_AUTO(items_free) GList *items = NULL;
    KB_AUTO(view_clear) struct view view = {0};
    g_autoptr(SecretCollection) collection = NULL;

    quiet.interactive = false;
    enum kb_err rc = session_open(&session, &quiet, SECRET_SERVICE_OPEN_SESSION, err);
    if (!rc)
        rc = default_collection(&session, &collection, err);
    if (!rc)
        rc = look_at_all(&session, &view, err);
    if (!rc && can_search(&view))
        rc = search(&session, &items, err);
    if (rc)
        return rc;
    /* A reference is nobody else's; by its profile alone, a veiled item may be anybody's. */
    bool is_unclear = !session.context->ref && first_veiled(items);
    enum kb_keyring_file file =
        items ? file_of_item(items->data) : kb_keyring_file_look(object_path(collection));
    /* The service chose the algorithm: libsecret offers an encrypted one first. */
    const char *algorithm = secret_service_get_session_algorithms(session.service);
    *ret = (struct kb_store_status){
        .level = level_of(file),
        .present = items && !is_unclear,
        .mark = items ? secret_item_get_modified(items->data) : 0,
        .locked =
            items ? secret_item_get_locked(items->data) : secret_collection_get_locked(collection),
        .unseen = is_unclear || (!items && view.hidden),
        .refused = file == KB_KEYRING_FILE_PLAIN,
        .in_clear = g_strcmp0(algorithm, "plain") == 0,
    };
    describe(collection, file, ret);
    return KB_OK;
}

const char *kb_secret_service_library(void)
{
    static char version[32];

    snprintf(version, sizeof(version), "%d.%d.%d", SECRET_MAJOR_VERSION, SECRET_MINOR_VERSION,
        SECRET_MICRO_VERSION);
    return version;
}

bool kb_secret_service_answers(struct kb_deadline deadline)
{
    const struct kb_store_context nobody = {.profile = "", .deadline = deadline};
    KB_AUTO(session_close) struct session session = {0};
    g_autoptr(SecretCollection) collection = NULL;

    return !session_open(&session, &nobody, SECRET_SERVICE_NONE, NULL) &&
           !default_collection(&session, &collection, NULL);
}

const struct kb_store kb_store_secret_service = {
    .name = "secret-service",
    .load = load,
    .save = save,
    .remove = remove_client,
    .check = check,
    .status = status,
};
