/*
 * A Secret Service with one item that misbehaves as it is told:
 *
 *     mock_secret_service BEHAVIOUR
 *
 * Just enough of the interface for one load. Speaks the "plain" session algorithm: what it
 * holds is no secret.
 */
#include <gio/gio.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ROOT "/org/freedesktop/secrets"
#define ITEM ROOT "/collection/mock/1"
#define PROMPT ROOT "/prompt/1"
#define SESSION ROOT "/session/1"
#define CONTENT                                                                                    \
    "{\"v\":1,\"id\":\"i\",\"secret\":\"s\",\"token_url\":\"https://rest.zuora.com/oauth/token\"}"

static const char interfaces[] =
    "<node>"
    " <interface name='org.freedesktop.Secret.Service'>"
    "  <method name='OpenSession'><arg type='s' direction='in'/><arg type='v' direction='in'/>"
    "   <arg type='v' direction='out'/><arg type='o' direction='out'/></method>"
    "  <method name='SearchItems'><arg type='a{ss}' direction='in'/>"
    "   <arg type='ao' direction='out'/><arg type='ao' direction='out'/></method>"
    "  <method name='Unlock'><arg type='ao' direction='in'/>"
    "   <arg type='ao' direction='out'/><arg type='o' direction='out'/></method>"
    "  <property name='Collections' type='ao' access='read'/>"
    " </interface>"
    " <interface name='org.freedesktop.Secret.Item'>"
    "  <method name='GetSecret'><arg type='o' direction='in'/>"
    "   <arg type='(oayays)' direction='out'/></method>"
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

static bool is(const char *name)
{
    return strcmp(behaviour, name) == 0;
}

static bool has_prompt(void)
{
    return strncmp(behaviour, "mock_prompt_", 12) == 0 || is("mock_unlocks");
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
    const char *algorithm;
    g_variant_get(arguments, "(&sv)", &algorithm, NULL);
    if (strcmp(algorithm, "plain") == 0)
        g_dbus_method_invocation_return_value(
            call, g_variant_new("(vo)", g_variant_new_string(""), SESSION));
    else
        refuse(call, "org.freedesktop.DBus.Error.NotSupported");
}

static void search(GDBusMethodInvocation *call, GVariant *arguments)
{
    const char *const item[] = {ITEM, NULL};
    const char *const none[] = {NULL};
    (void)arguments;
    if (is("mock_silent"))
        return;
    if (is("mock_exits"))
        exit(0);
    g_dbus_method_invocation_return_value(
        call, g_variant_new("(^ao^ao)", is_locked() ? none : item, is_locked() ? item : none));
}

static void unlock(GDBusMethodInvocation *call, GVariant *arguments)
{
    const char *const none[] = {NULL};
    (void)arguments;
    g_dbus_method_invocation_return_value(call, g_variant_new("(^aoo)", none, PROMPT));
}

static void complete(GDBusConnection *bus, bool dismissed)
{
    const char *const item[] = {ITEM, NULL};
    const char *const none[] = {NULL};
    unlocked = !dismissed;
    g_dbus_connection_emit_signal(bus, NULL, PROMPT, "org.freedesktop.Secret.Prompt", "Completed",
        g_variant_new("(bv)", dismissed, g_variant_new_objv(dismissed ? none : item, -1)), NULL);
}

static void prompt(GDBusMethodInvocation *call, GVariant *arguments)
{
    (void)arguments;
    GDBusConnection *bus = g_dbus_method_invocation_get_connection(call);
    g_dbus_method_invocation_return_value(call, NULL);
    if (is("mock_prompt_dismissed") || is("mock_unlocks"))
        complete(bus, is("mock_prompt_dismissed"));
}

static void dismiss(GDBusMethodInvocation *call, GVariant *arguments)
{
    (void)arguments;
    /* Neither of the two ever tells that the prompt is over; the deaf one does not answer. */
    if (!is("mock_prompt_deaf"))
        g_dbus_method_invocation_return_value(call, NULL);
}

/* A reply of a type that the method does not have; GDBus would not let it pass otherwise. */
static void send_nonsense(GDBusMethodInvocation *call)
{
    GDBusMessage *reply =
        g_dbus_message_new_method_reply(g_dbus_method_invocation_get_message(call));
    g_dbus_message_set_body(reply, g_variant_new("(s)", "nonsense"));
    g_dbus_connection_send_message(g_dbus_method_invocation_get_connection(call), reply,
        G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
    g_object_unref(reply);
}

static void get_secret(GDBusMethodInvocation *call, GVariant *arguments)
{
    (void)arguments;
    if (is("mock_gone")) {
        refuse(call, "org.freedesktop.Secret.Error.NoSuchObject");
        return;
    }
    if (is("mock_signature")) {
        send_nonsense(call);
        return;
    }
    const char *type = is("mock_content_type") ? "application/octet-stream" : "text/plain";
    GVariant *content =
        g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, CONTENT, sizeof(CONTENT) - 1, 1);
    GVariant *parameters = g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, "", 0, 1);
    g_dbus_method_invocation_return_value(
        call, g_variant_new("((o@ay@ays))", SESSION, parameters, content, type));
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
    g_variant_builder_init(&builder, G_VARIANT_TYPE("a{ss}"));
    g_variant_builder_add(&builder, "{ss}", "xdg:schema", "org.keybearer.Client");
    if (!is("mock_foreign"))
        g_variant_builder_add(&builder, "{ss}", "profile", "zuora");
    return g_variant_builder_end(&builder);
}

static GVariant *on_get(GDBusConnection *bus, const char *sender, const char *path,
    const char *interface, const char *property, GError **error, void *data)
{
    (void)bus, (void)sender, (void)path, (void)interface, (void)error, (void)data;
    const char *const none[] = {NULL};
    if (strcmp(property, "Collections") == 0)
        return g_variant_new_objv(none, -1);
    if (strcmp(property, "Locked") == 0)
        return g_variant_new_boolean(is_locked());
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

int main(int argc, char *argv[])
{
    if (argc != 2)
        return 2;
    behaviour = argv[1];
    GDBusNodeInfo *node = g_dbus_node_info_new_for_xml(interfaces, NULL);
    GDBusConnection *bus = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, NULL);
    if (!node || !bus)
        return 1;
    offer(bus, node, ROOT, "org.freedesktop.Secret.Service");
    offer(bus, node, ITEM, "org.freedesktop.Secret.Item");
    offer(bus, node, PROMPT, "org.freedesktop.Secret.Prompt");
    offer(bus, node, SESSION, "org.freedesktop.Secret.Session");
    g_bus_own_name_on_connection(
        bus, "org.freedesktop.secrets", G_BUS_NAME_OWNER_FLAGS_NONE, NULL, NULL, NULL, NULL);
    g_main_loop_run(g_main_loop_new(NULL, FALSE));
    return 0;
}
