/*
 * The way to the session bus, and to a service on it.
 *
 * Owns the decision which bus is ours: DBUS_SESSION_BUS_ADDRESS, else the socket "bus"
 * in XDG_RUNTIME_DIR, and in both cases only if it is served by a process of our own user:
 * `su` keeps the variables of the user before, whose keyring is none of ours. Never lets GLib
 * autolaunch one: a bus of our own would have no keyring on it, and on a machine without a display
 * the attempt only fails obscurely.
 */
#include "session_bus.h"

#include "base/fd.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Enough for a list of several sockets; more is not an address. */
#define ADDRESS_MAX 4096

/* Only local sockets: "autolaunch:" starts a program, "tcp:" leaves the machine. */
static bool address_is_local(const char *address)
{
    if (strlen(address) > ADDRESS_MAX)
        return false;
    for (const char *one = address; one; one = strchr(one, ';')) {
        one += *one == ';';
        if (strncmp(one, "unix:", 5) != 0)
            return false;
    }
    return true;
}

static bool runtime_path(char path[static PATH_MAX], struct stat *st)
{
    const char *dir = getenv("XDG_RUNTIME_DIR");

    if (!dir || dir[0] != '/')
        return false;
    int len = snprintf(path, PATH_MAX, "%s/bus", dir);
    return len > 0 && len < PATH_MAX && stat(path, st) == 0 && S_ISSOCK(st->st_mode);
}

static bool runtime_socket(char address[static PATH_MAX])
{
    char path[PATH_MAX];
    struct stat st;

    if (!runtime_path(path, &st))
        return false;
    g_autofree char *escaped = g_dbus_address_escape_value(path);
    int len = snprintf(address, PATH_MAX, "unix:path=%s", escaped);
    return len > 0 && len < PATH_MAX;
}

/*
 * Whether a bus of ours listens in XDG_RUNTIME_DIR: then one that cannot be reached under another
 * address is of a login that is over, as in a tmux that outlived it.
 */
static bool runtime_bus_listens(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *given = getenv("DBUS_SESSION_BUS_ADDRESS");
    char path[PATH_MAX];
    struct stat st;

    if (!runtime_path(path, &st) || st.st_uid != geteuid() ||
        strlen(path) >= sizeof(address.sun_path) || (given && strstr(given, path)))
        return false;
    memcpy(address.sun_path, path, strlen(path) + 1);
    KB_AUTO(kb_fd_close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
}

static enum kb_err fix_address(struct kb_error *err)
{
    char address[PATH_MAX];
    const char *given = getenv("DBUS_SESSION_BUS_ADDRESS");

    if (given && *given) {
        if (address_is_local(given))
            return KB_OK;
        return kb_hinted(err,
            kb_fail(
                err, KB_ERR_UNAVAILABLE, "DBUS_SESSION_BUS_ADDRESS does not name a local socket"),
            "unset it");
    }
    if (!runtime_socket(address))
        return kb_fail(err, KB_ERR_UNAVAILABLE, "there is no session bus, so no Secret Service");
    if (setenv("DBUS_SESSION_BUS_ADDRESS", address, 1) != 0)
        return kb_fail(err, KB_ERR_SYSTEM, "out of memory");
    return KB_OK;
}

/* --- whose it is ------------------------------------------------------------------- */

static enum kb_err foreign_bus(unsigned owner, struct kb_error *err)
{
    return kb_hinted(err,
        kb_fail(err, KB_ERR_UNAVAILABLE, "the session bus belongs to uid %u, and you are uid %u",
            owner, geteuid()),
        "unset DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR, log in as yourself");
}

/* The file that ADDRESS, one of a list, connects to; NULL: none, or it is abstract. */
static char *socket_path(const char *address)
{
    g_auto(GStrv) keys = g_strsplit(address + strlen("unix:"), ",", -1);

    for (size_t i = 0; keys[i]; i++)
        if (g_str_has_prefix(keys[i], "path="))
            return g_uri_unescape_string(keys[i] + strlen("path="), NULL);
    return NULL;
}

/* Before anything is connected to. What cannot be looked at will not answer either. */
static enum kb_err check_files(struct kb_error *err)
{
    g_auto(GStrv) addresses = g_strsplit(getenv("DBUS_SESSION_BUS_ADDRESS"), ";", -1);

    for (size_t i = 0; addresses[i]; i++) {
        g_autofree char *path = socket_path(addresses[i]);
        struct stat st;
        if (path && stat(path, &st) == 0 && st.st_uid != geteuid())
            return foreign_bus(st.st_uid, err);
    }
    return KB_OK;
}

/*
 * The file may have been replaced since, and an abstract socket has none: so the kernel is
 * asked who listens at the other end. That one has heard no more than the handshake and Hello.
 */
static enum kb_err check_peer(GDBusConnection *bus, struct kb_error *err)
{
    GError *error = NULL;
    GIOStream *stream = g_dbus_connection_get_stream(bus);
    g_autoptr(GCredentials) peer = NULL;

    if (G_IS_SOCKET_CONNECTION(stream))
        peer = g_socket_get_credentials(
            g_socket_connection_get_socket(G_SOCKET_CONNECTION(stream)), &error);
    uid_t owner = peer ? g_credentials_get_unix_user(peer, NULL) : (uid_t)-1;
    g_clear_error(&error);
    if (owner == geteuid())
        return KB_OK;
    if (owner != (uid_t)-1)
        return foreign_bus(owner, err);
    return kb_hinted(err,
        kb_fail(err, KB_ERR_UNAVAILABLE, "the session bus does not say whose it is"),
        "unset DBUS_SESSION_BUS_ADDRESS");
}

/* --- errors ------------------------------------------------------------------------- */

/* No error at all: the call never ended. */
static bool is_timeout(const GError *error)
{
    return !error || g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ||
           g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) ||
           g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_TIMED_OUT) ||
           g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_TIMEOUT);
}

/* The service, or the whole bus, is not there or went away. */
static bool is_absence(const GError *error)
{
    static const GDBusError codes[] = {
        G_DBUS_ERROR_SERVICE_UNKNOWN,
        G_DBUS_ERROR_NAME_HAS_NO_OWNER,
        G_DBUS_ERROR_NO_REPLY,
        G_DBUS_ERROR_DISCONNECTED,
        G_DBUS_ERROR_SPAWN_EXEC_FAILED,
        G_DBUS_ERROR_SPAWN_FORK_FAILED,
        G_DBUS_ERROR_SPAWN_CHILD_EXITED,
        G_DBUS_ERROR_SPAWN_CHILD_SIGNALED,
        G_DBUS_ERROR_SPAWN_FAILED,
        G_DBUS_ERROR_SPAWN_SERVICE_INVALID,
        G_DBUS_ERROR_SPAWN_FILE_INVALID,
    };

    for (size_t i = 0; i < KB_COUNT(codes); i++)
        if (g_error_matches(error, G_DBUS_ERROR, (int)codes[i]))
            return true;
    return g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

enum kb_err kb_session_bus_fail(
    const struct kb_bounded *bounded, GError *error, const char *what, struct kb_error *err)
{
    g_autoptr(GError) owned = error;

    if (bounded->gone)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_UNAVAILABLE, "cannot %s: the keyring service has ended", what),
            "restart the keyring service, or log in again");
    if (bounded->nonsense)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_SYSTEM, "cannot %s: the answer of its prompt makes no sense", what),
            "restart the keyring service, or log in again");
    if (is_timeout(error))
        return kb_hinted(err, kb_fail(err, KB_ERR_TIMEOUT, "no answer in time: could not %s", what),
            "a dialog may be waiting on the desktop; else restart the keyring service");
    enum kb_err code = is_absence(error) ? KB_ERR_UNAVAILABLE : KB_ERR_SYSTEM;
    g_dbus_error_strip_remote_error(owned);
    return kb_hinted(err, kb_fail(err, code, "cannot %s: %s", what, owned->message),
        "restart the keyring service, or log in again");
}

/* A bus that does not exist any more and one that refuses are the same to the caller. */
static enum kb_err cannot_connect(
    const struct kb_bounded *bounded, GError *error, struct kb_error *err)
{
    if (is_timeout(error))
        return kb_session_bus_fail(bounded, error, "reach the session bus", err);
    kb_fail(err, KB_ERR_UNAVAILABLE, "the session bus cannot be reached: %s", error->message);
    if (runtime_bus_listens())
        kb_hint(err, "DBUS_SESSION_BUS_ADDRESS is stale: unset it, and the bus in "
                     "XDG_RUNTIME_DIR is used");
    g_error_free(error);
    return KB_ERR_UNAVAILABLE;
}

/*
 * KeePassXC lets in a connection, not a program. So a command has one, and whoever said yes to it
 * is not asked again for its next step, maybe while others wait. GLib forgets its own with the last
 * user.
 */
static void keep(GDBusConnection *bus)
{
    static GDBusConnection *kept;

    g_set_object(&kept, bus);
}

/* What libraries complain of is their own slips: libsecret's, when a service ends at its prompt. */
static void say_nothing(
    const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
    if (level & G_LOG_FLAG_FATAL)
        g_log_default_handler(domain, level, message, data);
}

enum kb_err kb_session_bus_open(
    struct kb_bounded *bounded, GDBusConnection **ret, struct kb_error *err)
{
    GError *error = NULL;
    enum kb_err rc = fix_address(err);

    g_log_set_default_handler(say_nothing, NULL);
    if (!rc)
        rc = check_files(err);
    if (rc)
        return rc;
    g_bus_get(G_BUS_TYPE_SESSION, bounded->cancellable, kb_bounded_done, bounded);
    GAsyncResult *done = kb_bounded_wait(bounded);
    g_autoptr(GDBusConnection) bus = done ? g_bus_get_finish(done, &error) : NULL;
    if (!bus)
        return cannot_connect(bounded, error, err);
    /* GLib's default is to kill the process when the bus goes away. */
    g_dbus_connection_set_exit_on_close(bus, FALSE);
    rc = check_peer(bus, err);
    if (rc)
        return rc;
    keep(bus);
    *ret = g_steal_pointer(&bus);
    return KB_OK;
}

static GVariant *ask_bus(GDBusConnection *bus, const char *method, GVariant *arguments,
    struct kb_bounded *bounded, GError **error)
{
    g_dbus_connection_call(bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
        "org.freedesktop.DBus", method, arguments, NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, G_MAXINT,
        bounded->cancellable, kb_bounded_done, bounded);
    GAsyncResult *done = kb_bounded_wait(bounded);
    return done ? g_dbus_connection_call_finish(bus, done, error) : NULL;
}

/* A reply of another type than the bus promises answers no question. */
static bool reply_is_true(GVariant *reply)
{
    gboolean value = FALSE;

    if (g_variant_is_of_type(reply, G_VARIANT_TYPE("(b)")))
        g_variant_get(reply, "(b)", &value);
    return value;
}

static bool reply_contains(GVariant *reply, const char *name)
{
    g_autofree const char **names = NULL;

    if (!g_variant_is_of_type(reply, G_VARIANT_TYPE("(as)")))
        return false;
    g_variant_get(reply, "(^a&s)", &names);
    return g_strv_contains(names, name);
}

enum kb_err kb_session_bus_has(GDBusConnection *bus, const char *name, struct kb_bounded *bounded,
    bool *ret, struct kb_error *err)
{
    GError *error = NULL;
    g_autoptr(GVariant) owned =
        ask_bus(bus, "NameHasOwner", g_variant_new("(s)", name), bounded, &error);

    if (!owned)
        return kb_session_bus_fail(bounded, error, "ask the session bus", err);
    if (reply_is_true(owned)) {
        *ret = true;
        return KB_OK;
    }
    g_autoptr(GVariant) names = ask_bus(bus, "ListActivatableNames", NULL, bounded, &error);
    if (!names)
        return kb_session_bus_fail(bounded, error, "ask the session bus", err);
    *ret = reply_contains(names, name);
    return KB_OK;
}
