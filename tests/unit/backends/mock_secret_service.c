/*
 * A Secret Service with one item that misbehaves as it is told:
 *
 *     mock_secret_service BEHAVIOUR [ACTION NUMBER]
 *
 * The behaviours mock_keepass_... are those of KeePassXC 2.7, whose database is open or locked and
 * holds what was stored in it: "confirms" lets in one connection at a time, each after its own
 * prompt; "locked" answers a search with nothing, "asks" with a dialog and no answer, until
 * Unlock's prompt, which "locked_refuses" has dismissed, opened it. mock_fills_in takes what it
 * gives back for a text with placeholders, as KeePassXC does. Those called mock_veiled... are
 * gnome-keyring's with a keyring that is locked since its start: it shows hashes instead of
 * attributes, and finds nothing by schema. mock_veiled_other holds another program's item.
 *
 * Does ACTION (actions[] below) instead of answering the NUMBERth call it gets. Says
 * "prompting" on stdout when a person would be asked. Just enough of the interface to load, save
 * and remove one client. Speaks the "plain" session algorithm: what it holds is no secret.
 */
#include "../../../lib/base/include/base/attr.h"

#include <gio/gio.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOT "/org/freedesktop/secrets"
#define COLLECTION ROOT "/collection/mock"
#define ITEM COLLECTION "/1"
#define PROMPT ROOT "/prompt/1"
#define SESSION ROOT "/session/1"

/*
 * Of items. What a search of thousands that was given up leaves behind is not cleaned up, on
 * purpose (LAST_TURNS in bounded_call.c), and a sanitized program never gets through them in time.
 */
#define FLOOD (KB_SANITIZED ? 300 : 2000)

#define REF "000102030405060708090a0b0c0d0e0f" /* as secret_service_program.c asks for it */
#define CONTENT                                                                                    \
    "{\"v\":2,\"ref\":\"" REF "\",\"profile\":\"zuora\","                                          \
    "\"bound\":{\"token\":\"https://rest.zuora.com\",\"ca\":\"system\"},"                          \
    "\"id\":\"i\",\"proof\":{\"secret\":\"s\"}}"

static const char interfaces[] =
    "<node>"
    " <interface name='org.freedesktop.Secret.Service'>"
    "  <method name='OpenSession'><arg type='s' direction='in'/><arg type='v' direction='in'/>"
    "   <arg type='v' direction='out'/><arg type='o' direction='out'/></method>"
    "  <method name='SearchItems'><arg type='a{ss}' direction='in'/>"
    "   <arg type='ao' direction='out'/><arg type='ao' direction='out'/></method>"
    "  <method name='Unlock'><arg type='ao' direction='in'/>"
    "   <arg type='ao' direction='out'/><arg type='o' direction='out'/></method>"
    "  <method name='ReadAlias'><arg type='s' direction='in'/>"
    "   <arg type='o' direction='out'/></method>"
    "  <property name='Collections' type='ao' access='read'/>"
    " </interface>"
    " <interface name='org.freedesktop.Secret.Collection'>"
    "  <method name='CreateItem'><arg type='a{sv}' direction='in'/>"
    "   <arg type='(oayays)' direction='in'/><arg type='b' direction='in'/>"
    "   <arg type='o' direction='out'/><arg type='o' direction='out'/></method>"
    "  <property name='Items' type='ao' access='read'/>"
    "  <property name='Label' type='s' access='read'/>"
    "  <property name='Locked' type='b' access='read'/>"
    "  <property name='Created' type='t' access='read'/>"
    "  <property name='Modified' type='t' access='read'/>"
    " </interface>"
    " <interface name='org.freedesktop.Secret.Item'>"
    "  <method name='GetSecret'><arg type='o' direction='in'/>"
    "   <arg type='(oayays)' direction='out'/></method>"
    "  <method name='Delete'><arg type='o' direction='out'/></method>"
    "  <property name='Locked' type='b' access='read'/>"
    "  <property name='Attributes' type='a{ss}' access='read'/>"
    "  <property name='Label' type='s' access='read'/>"
    "  <property name='Created' type='t' access='read'/>"
    "  <property name='Modified' type='t' access='read'/>"
    " </interface>"
    " <interface name='org.freedesktop.Secret.Prompt'>"
    "  <method name='Prompt'><arg type='s' direction='in'/></method>"
    "  <method name='Dismiss'/>"
    "  <signal name='Completed'><arg type='b'/><arg type='v'/></signal>"
    " </interface>"
    " <interface name='org.freedesktop.Secret.Session'><method name='Close'/></interface>"
    "</node>";

static const char *behaviour;
static bool unlocked;
static bool deleted;
static GBytes *content;             /* of the item */
static GVariant *stored_attributes; /* NULL: those of the item that is there from the start */
static char *let_in;                /* the connection that mock_keepass_confirms lets in */
static char *asking;                /* the one whose prompt it is */
static int sessions;                /* ever opened */

static bool is(const char *name)
{
    return strcmp(behaviour, name) == 0;
}

static bool is_database(void)
{
    return strncmp(behaviour, "mock_keepass_locked", 19) == 0 || is("mock_keepass_asks");
}

static bool is_veiled(void)
{
    return strncmp(behaviour, "mock_veiled", 11) == 0;
}

static bool has_prompt(void)
{
    return strncmp(behaviour, "mock_prompt_", 12) == 0 || is("mock_unlocks") || is_database() ||
           is_veiled();
}

/* The item, for the one who sends CALL. */
static bool is_locked_for(const char *sender)
{
    return is("mock_keepass_confirms") && g_strcmp0(sender, let_in) != 0;
}

static bool is_locked(void)
{
    return has_prompt() && !unlocked;
}

static void refuse(GDBusMethodInvocation *call, const char *error)
{
    g_dbus_method_invocation_return_dbus_error(call, error, "as told");
}

static void open_session(GDBusMethodInvocation *call, GVariant *arguments)
{
    static int refused;
    const char *algorithm;
    g_variant_get(arguments, "(&sv)", &algorithm, NULL);
    /* KWallet says so of a key with a leading zero. */
    if (is("mock_short_key") && refused++ < 2)
        refuse(call, "org.freedesktop.DBus.Error.InvalidArgs");
    else if (strcmp(algorithm, "plain") == 0) {
        sessions++;
        g_dbus_method_invocation_return_value(
            call, g_variant_new("(vo)", g_variant_new_string(""), SESSION));
    } else
        refuse(call, "org.freedesktop.DBus.Error.NotSupported");
}

/* More items than anybody has: none of them exists. */
static void flood(GDBusMethodInvocation *call)
{
    GVariantBuilder paths;
    g_variant_builder_init(&paths, G_VARIANT_TYPE("ao"));
    for (int i = 0; i < FLOOD; i++) {
        g_autofree char *path = g_strdup_printf(COLLECTION "/n%d", i);
        g_variant_builder_add(&paths, "o", path);
    }
    g_dbus_method_invocation_return_value(call, g_variant_new("(aoao)", &paths, NULL));
}

static void search(GDBusMethodInvocation *call, GVariant *arguments)
{
    const char *const item[] = {ITEM, NULL};
    const char *const none[] = {NULL};
    g_autoptr(GVariant) wanted = g_variant_get_child_value(arguments, 0);
    bool by_schema = g_variant_lookup(wanted, "xdg:schema", "&s", NULL);
    if (is("mock_silent"))
        return;
    if (is("mock_exits"))
        exit(0);
    if (is("mock_floods")) {
        flood(call);
        return;
    }
    if (is("mock_keepass_asks") && is_locked()) {
        g_print("dialog\n");
        return;
    }
    bool nothing = deleted || (is_locked() && (is_database() || (is_veiled() && by_schema)));
    bool locked = is_locked() || is_locked_for(g_dbus_method_invocation_get_sender(call));
    const char *const *found = nothing ? none : item;
    g_dbus_method_invocation_return_value(
        call, g_variant_new("(^ao^ao)", locked ? none : found, locked ? found : none));
}

static void read_alias(GDBusMethodInvocation *call, GVariant *arguments)
{
    (void)arguments;
    g_dbus_method_invocation_return_value(call, g_variant_new("(o)", COLLECTION));
}

/*
 * Why it refuses a secret, in as many sessions as it is told: because it cannot decrypt it, by the
 * specification and as KWallet says so, or for another reason. NULL: it takes it.
 */
static const char *refusal(void)
{
    if (is("mock_refuses_once") && sessions == 1)
        return "org.freedesktop.DBus.Error.Failed";
    if ((is("mock_no_session") && sessions == 1) || is("mock_no_session_ever"))
        return "org.freedesktop.Secret.Error.NoSession";
    if ((is("mock_other_key") && sessions == 1) || (is("mock_other_key_twice") && sessions <= 2))
        return "org.qtproject.QtDBus.Error.InvalidObjectPath";
    return NULL;
}

/* Says yes, if it is not to refuse; what it keeps is another matter. */
static void create_item(GDBusMethodInvocation *call, GVariant *arguments)
{
    g_autoptr(GVariant) secret = g_variant_get_child_value(arguments, 1);
    g_autoptr(GVariant) bytes = g_variant_get_child_value(secret, 2);
    g_autoptr(GVariant) properties = g_variant_get_child_value(arguments, 0);
    if (is_database() && is_locked()) {
        refuse(call, "org.freedesktop.Secret.Error.IsLocked");
        return;
    }
    if (refusal()) {
        refuse(call, refusal());
        return;
    }
    if (strncmp(behaviour, "mock_keepass_", 13) == 0)
        stored_attributes = g_variant_lookup_value(
            properties, "org.freedesktop.Secret.Item.Attributes", G_VARIANT_TYPE("a{ss}"));
    g_free(let_in);
    let_in = g_strdup(g_dbus_method_invocation_get_sender(call));
    if (!is("mock_keeps_the_old")) {
        g_clear_pointer(&content, g_bytes_unref);
        content = g_variant_get_data_as_bytes(bytes);
    }
    deleted = is("mock_forgets");
    g_dbus_method_invocation_return_value(call, g_variant_new("(oo)", ITEM, "/"));
}

static void delete_item(GDBusMethodInvocation *call, GVariant *arguments)
{
    (void)arguments;
    deleted = !is("mock_never_deletes");
    g_dbus_method_invocation_return_value(call, g_variant_new("(o)", "/"));
}

static void unlock(GDBusMethodInvocation *call, GVariant *arguments)
{
    const char *const none[] = {NULL};
    (void)arguments;
    g_free(asking);
    asking = g_strdup(g_dbus_method_invocation_get_sender(call));
    g_dbus_method_invocation_return_value(call, g_variant_new("(^aoo)", none, PROMPT));
}

static void complete(GDBusConnection *bus, bool dismissed)
{
    const char *const item[] = {is_database() ? COLLECTION : ITEM, NULL};
    const char *const none[] = {NULL};
    GVariant *result = is("mock_prompt_nonsense") ? g_variant_new_string("yes")
                                                  : g_variant_new_objv(dismissed ? none : item, -1);
    unlocked = !dismissed;
    if (!dismissed) {
        g_free(let_in);
        let_in = g_strdup(asking);
    }
    g_dbus_connection_emit_signal(bus, NULL, PROMPT, "org.freedesktop.Secret.Prompt", "Completed",
        g_variant_new("(bv)", dismissed, result), NULL);
}

static void prompt(GDBusMethodInvocation *call, GVariant *arguments)
{
    (void)arguments;
    GDBusConnection *bus = g_dbus_method_invocation_get_connection(call);
    g_dbus_method_invocation_return_value(call, NULL);
    g_print("prompting\n");
    if (is("mock_prompt_dies") || is("mock_keepass_locked_dies"))
        exit(0);
    bool dismissed = is("mock_prompt_dismissed") || is("mock_keepass_locked_refuses");
    if (dismissed || is("mock_unlocks") || is("mock_prompt_nonsense") || is_veiled() ||
        strncmp(behaviour, "mock_keepass_", 13) == 0)
        complete(bus, dismissed);
}

static void dismiss(GDBusMethodInvocation *call, GVariant *arguments)
{
    (void)arguments;
    /* Neither of the two ever tells that the prompt is over; the deaf one does not answer. */
    if (!is("mock_prompt_deaf"))
        g_dbus_method_invocation_return_value(call, NULL);
}

static void get_secret(GDBusMethodInvocation *call, GVariant *arguments)
{
    (void)arguments;
    if (is("mock_gone")) {
        refuse(call, "org.freedesktop.Secret.Error.NoSuchObject");
        return;
    }
    if (is_locked_for(g_dbus_method_invocation_get_sender(call))) {
        refuse(call, "org.freedesktop.Secret.Error.IsLocked");
        return;
    }
    const char *type = is("mock_content_type") ? "application/octet-stream" : "text/plain";
    gsize len;
    g_autoptr(GString) text = g_string_new(NULL);
    const char *bytes = g_bytes_get_data(content, &len);
    g_string_append_len(text, bytes, (gssize)len);
    if (is("mock_fills_in"))
        g_string_replace(text, "{TITLE}", "zuora", 0);
    static int garbled;
    if (is("mock_garbles_once") && garbled++ == 0)
        g_string_assign(text, "\xff");
    GVariant *kept = g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, text->str, text->len, 1);
    /* Without encryption there are none, so libsecret cannot read it, as with another key. */
    static int unread;
    gsize extra = is("mock_unread_once") && unread++ == 0;
    GVariant *parameters = g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, "x", extra, 1);
    g_dbus_method_invocation_return_value(
        call, g_variant_new("((o@ay@ays))", SESSION, parameters, kept, type));
}

static void close_session(GDBusMethodInvocation *call, GVariant *arguments)
{
    (void)arguments;
    g_dbus_method_invocation_return_value(call, NULL);
}

static const struct {
    const char *name;
    void (*answer)(GDBusMethodInvocation *call, GVariant *arguments);
} methods[] = {
    {"OpenSession", open_session},
    {"SearchItems", search},
    {"Unlock", unlock},
    {"Prompt", prompt},
    {"Dismiss", dismiss},
    {"GetSecret", get_secret},
    {"ReadAlias", read_alias},
    {"CreateItem", create_item},
    {"Delete", delete_item},
    {"Close", close_session},
};

static void on_call(GDBusConnection *bus, const char *sender, const char *path,
    const char *interface, const char *method, GVariant *arguments, GDBusMethodInvocation *call,
    void *data)
{
    (void)bus, (void)sender, (void)path, (void)interface, (void)data;
    for (size_t i = 0; i < G_N_ELEMENTS(methods); i++)
        if (strcmp(methods[i].name, method) == 0)
            methods[i].answer(call, arguments);
}

static GVariant *attributes(void)
{
    GVariantBuilder builder;
    if (stored_attributes)
        return g_variant_ref(stored_attributes);
    g_variant_builder_init(&builder, G_VARIANT_TYPE("a{ss}"));
    if (is_veiled() && is_locked()) {
        g_variant_builder_add(&builder, "{ss}", "gkr:compat:hashed:profile", "0123");
        g_variant_builder_add(&builder, "{ss}", "xdg:schema", "org.freedesktop.Secret.Generic");
        return g_variant_builder_end(&builder);
    }
    if (!is("mock_no_attributes"))
        g_variant_builder_add(&builder, "{ss}", "xdg:schema",
            strncmp(behaviour, "mock_veiled_other", 17) == 0 ? "org.example.Other"
                                                             : "org.keybearer.Client");
    if (!is("mock_foreign") && !is("mock_no_attributes"))
        g_variant_builder_add(&builder, "{ss}", "profile", "zuora");
    g_variant_builder_add(&builder, "{ss}", "ref", REF);
    return g_variant_builder_end(&builder);
}

static GVariant *on_get(GDBusConnection *bus, const char *sender, const char *path,
    const char *interface, const char *property, GError **error, void *data)
{
    (void)bus, (void)interface, (void)error, (void)data;
    const char *const none[] = {NULL}, *const item[] = {ITEM, NULL},
                      *const all[] = {COLLECTION, NULL};
    if (strcmp(property, "Collections") == 0)
        return g_variant_new_objv(is("mock_keepass_closed") ? none : all, -1);
    if (strcmp(property, "Items") == 0)
        return g_variant_new_objv(deleted || (is_database() && is_locked()) ? none : item, -1);
    if (strcmp(property, "Locked") == 0)
        return g_variant_new_boolean(
            is_locked() || (strcmp(path, ITEM) == 0 && is_locked_for(sender)));
    if (strcmp(property, "Attributes") == 0)
        return attributes();
    if (strcmp(property, "Label") == 0)
        return g_variant_new_string("mock");
    return g_variant_new_uint64(0);
}

static void offer(
    GDBusConnection *bus, GDBusNodeInfo *node, const char *path, const char *interface)
{
    static const GDBusInterfaceVTable vtable = {.method_call = on_call, .get_property = on_get};
    GDBusInterfaceInfo *info = g_dbus_node_info_lookup_interface(node, interface);
    if (!g_dbus_connection_register_object(bus, path, info, &vtable, NULL, NULL, NULL))
        exit(1);
}

/* --- instead of the NUMBERth answer -------------------------------------------------- */

static int number; /* of the call that is not answered as it should be; 0: none */
static const char *action;

static void answer(GDBusConnection *bus, GDBusMessage *reply)
{
    g_dbus_connection_send_message(bus, reply, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
    g_object_unref(reply);
}

static void die(GDBusConnection *bus, GDBusMessage *call)
{
    (void)bus, (void)call;
    _exit(0);
}

static void say_nothing(GDBusConnection *bus, GDBusMessage *call)
{
    (void)bus, (void)call;
}

static void say_no(GDBusConnection *bus, GDBusMessage *call)
{
    answer(bus, g_dbus_message_new_method_error_literal(
                    call, "org.freedesktop.DBus.Error.Failed", "as told"));
}

/* A reply of a type that the method does not have; GDBus would not let it pass otherwise. */
static void say_nonsense(GDBusConnection *bus, GDBusMessage *call)
{
    GDBusMessage *reply = g_dbus_message_new_method_reply(call);
    g_dbus_message_set_body(reply, g_variant_new("(s)", "nonsense"));
    answer(bus, reply);
}

static const struct {
    const char *name;
    void (*act)(GDBusConnection *bus, GDBusMessage *call);
} actions[] = {
    {"die", die},
    {"silent", say_nothing},
    {"refuse", say_no},
    {"nonsense", say_nonsense},
};

/* Runs in GDBus's own thread, before anything else sees the message. */
static GDBusMessage *on_message(
    GDBusConnection *bus, GDBusMessage *message, gboolean incoming, void *data)
{
    (void)data;
    if (!incoming || g_dbus_message_get_message_type(message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL)
        return message;
    if (--number != 0)
        return message;
    for (size_t i = 0; i < G_N_ELEMENTS(actions); i++)
        if (strcmp(actions[i].name, action) == 0)
            actions[i].act(bus, message);
    g_object_unref(message);
    return NULL;
}

int main(int argc, char *argv[])
{
    if (argc != 2 && argc != 4)
        return 2;
    behaviour = argv[1];
    content = g_bytes_new_static(CONTENT, sizeof(CONTENT) - 1);
    if (argc == 4) {
        action = argv[2];
        number = atoi(argv[3]);
    }
    GDBusNodeInfo *node = g_dbus_node_info_new_for_xml(interfaces, NULL);
    GDBusConnection *bus = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, NULL);
    if (!node || !bus)
        return 1;
    offer(bus, node, ROOT, "org.freedesktop.Secret.Service");
    g_dbus_connection_add_filter(bus, on_message, NULL, NULL);
    offer(bus, node, COLLECTION, "org.freedesktop.Secret.Collection");
    offer(bus, node, ITEM, "org.freedesktop.Secret.Item");
    offer(bus, node, PROMPT, "org.freedesktop.Secret.Prompt");
    offer(bus, node, SESSION, "org.freedesktop.Secret.Session");
    g_bus_own_name_on_connection(
        bus, "org.freedesktop.secrets", G_BUS_NAME_OWNER_FLAGS_NONE, NULL, NULL, NULL, NULL);
    g_main_loop_run(g_main_loop_new(NULL, FALSE));
    return 0;
}
