/*
 * A Secret Service with an empty default keyring that knows no encrypted sessions, as old or
 * small ones do. It never holds anything.
 */
#include <gio/gio.h>
#include <string.h>

#define ROOT "/org/freedesktop/secrets"
#define COLLECTION ROOT "/collection/mine"
#define SESSION ROOT "/session/1"

static const char interfaces[] =
    "<node>"
    " <interface name='org.freedesktop.Secret.Service'>"
    "  <method name='OpenSession'><arg type='s' direction='in'/><arg type='v' direction='in'/>"
    "   <arg type='v' direction='out'/><arg type='o' direction='out'/></method>"
    "  <method name='SearchItems'><arg type='a{ss}' direction='in'/>"
    "   <arg type='ao' direction='out'/><arg type='ao' direction='out'/></method>"
    "  <method name='ReadAlias'><arg type='s' direction='in'/>"
    "   <arg type='o' direction='out'/></method>"
    "  <property name='Collections' type='ao' access='read'/>"
    " </interface>"
    " <interface name='org.freedesktop.Secret.Collection'>"
    "  <property name='Items' type='ao' access='read'/>"
    "  <property name='Label' type='s' access='read'/>"
    "  <property name='Locked' type='b' access='read'/>"
    "  <property name='Created' type='t' access='read'/>"
    "  <property name='Modified' type='t' access='read'/>"
    " </interface>"
    "</node>";

static const char *const none[] = {NULL};

static void on_call(GDBusConnection *bus, const char *sender, const char *path,
    const char *interface, const char *method, GVariant *arguments, GDBusMethodInvocation *call,
    void *data)
{
    const char *algorithm = "";

    (void)bus, (void)sender, (void)path, (void)interface, (void)data;
    if (strcmp(method, "OpenSession") == 0)
        g_variant_get(arguments, "(&sv)", &algorithm, NULL);
    if (strcmp(algorithm, "plain") == 0)
        g_dbus_method_invocation_return_value(
            call, g_variant_new("(vo)", g_variant_new_string(""), SESSION));
    else if (strcmp(method, "SearchItems") == 0)
        g_dbus_method_invocation_return_value(call, g_variant_new("(^ao^ao)", none, none));
    else if (strcmp(method, "ReadAlias") == 0)
        g_dbus_method_invocation_return_value(call, g_variant_new("(o)", COLLECTION));
    else
        g_dbus_method_invocation_return_dbus_error(
            call, "org.freedesktop.DBus.Error.NotSupported", "nothing but plain");
}

static GVariant *on_get(GDBusConnection *bus, const char *sender, const char *path,
    const char *interface, const char *property, GError **error, void *data)
{
    static const char *const collections[] = {COLLECTION, NULL};

    (void)bus, (void)sender, (void)path, (void)interface, (void)error, (void)data;
    if (strcmp(property, "Collections") == 0)
        return g_variant_new_objv(collections, -1);
    if (strcmp(property, "Items") == 0)
        return g_variant_new_objv(none, -1);
    if (strcmp(property, "Label") == 0)
        return g_variant_new_string("mine");
    if (strcmp(property, "Locked") == 0)
        return g_variant_new_boolean(FALSE);
    return g_variant_new_uint64(0);
}

static gboolean offer(
    GDBusConnection *bus, GDBusNodeInfo *node, const char *path, const char *interface)
{
    static const GDBusInterfaceVTable vtable = {.method_call = on_call, .get_property = on_get};
    GDBusInterfaceInfo *info = g_dbus_node_info_lookup_interface(node, interface);

    return g_dbus_connection_register_object(bus, path, info, &vtable, NULL, NULL, NULL) != 0;
}

int main(void)
{
    GDBusNodeInfo *node = g_dbus_node_info_new_for_xml(interfaces, NULL);
    GDBusConnection *bus = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, NULL);

    if (!node || !bus || !offer(bus, node, ROOT, "org.freedesktop.Secret.Service") ||
        !offer(bus, node, COLLECTION, "org.freedesktop.Secret.Collection"))
        return 1;
    g_bus_own_name_on_connection(
        bus, "org.freedesktop.secrets", G_BUS_NAME_OWNER_FLAGS_NONE, NULL, NULL, NULL, NULL);
    g_main_loop_run(g_main_loop_new(NULL, FALSE));
    return 0;
}
