#!/bin/sh
# The Secret Service store against the real gnome-keyring, each scenario with a HOME, a
# bus and a keyring of its own.
#
#     run_secret_service.sh PROGRAM SCENARIO [MOCK]
#
# Scenarios named mock_... run against MOCK, a service that misbehaves, instead; those named
# every_... start it themselves.
set -u

program=$1
scenario=$2
mock=${3-}

for tool in gnome-keyring-daemon dbus-run-session gdbus; do
    if ! command -v "$tool" >/dev/null 2>&1; then
        echo "skipped: $tool is not installed"
        exit 77
    fi
done

home=$(mktemp -d /tmp/kb-secret-XXXXXX) || exit 1
trap 'rm -rf "$home"' EXIT
mkdir -m 700 "$home/run" "$home/services" "$home/data" || exit 1
export HOME="$home" XDG_RUNTIME_DIR="$home/run" XDG_DATA_HOME="$home/data"
unset DISPLAY WAYLAND_DISPLAY DBUS_SESSION_BUS_ADDRESS GNOME_KEYRING_CONTROL \
    KEYBEARER_KEY_FILE XDG_CONFIG_HOME XDG_CACHE_HOME

# A bus that can start only what lies in $home/services.
cat >"$home/bus.conf" <<CONF
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=$home</listen>
  <servicedir>$home/services</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
CONF

on_bus() {
    dbus-run-session --config-file="$home/bus.conf" -- "$@"
}

# Runs the program on the bus beside a service in the background, once that has its name.
beside() {
    on_bus sh -c '
        eval "$SERVICE" &
        service=$!
        tries=200
        until gdbus call --session --dest org.freedesktop.DBus --object-path / \
                --method org.freedesktop.DBus.NameHasOwner org.freedesktop.secrets |
                grep -q true; do
            tries=$((tries - 1))
            [ "$tries" -gt 0 ] || exit 1
            sleep 0.05
        done
        "$@"
        status=$?
        kill "$service" 2>/dev/null
        exit $status' sh "$program" "$scenario"
}

# gnome-keyring only complains about capabilities on its stderr.
keyring='gnome-keyring-daemon --foreground --components=secrets'
with_login_keyring() {
    SERVICE="printf 'test password' | exec $keyring --unlock >/dev/null 2>&1"
    export SERVICE
    beside
}
with_locked_keyrings() {
    SERVICE="exec $keyring --start >/dev/null 2>&1"
    export SERVICE
    beside
}

case $scenario in
no_bus | bad_address | silent_bus)
    "$program" "$scenario"
    ;;
no_service)
    on_bus "$program" "$scenario"
    ;;
dying_service)
    printf '[D-BUS Service]\nName=org.freedesktop.secrets\nExec=/bin/false\n' \
        >"$home/services/org.freedesktop.secrets.service"
    on_bus "$program" "$scenario"
    ;;
plain_keyring)
    # What gnome-keyring writes for a keyring without a password.
    mkdir -m 700 "$home/data/keyrings"
    printf 'my_ring' >"$home/data/keyrings/default"
    cat >"$home/data/keyrings/my_ring.keyring" <<'KEYRING'
[keyring]
display-name=Mine
ctime=0
mtime=0
lock-on-idle=false

[1]
item-type=0
display-name=keybearer: zuora
secret={"v":1,"id":"a","secret":"b","token_url":"https://rest.zuora.com/oauth/token"}
mtime=0
ctime=0

[1:attribute0]
name=xdg:schema
type=string
value=org.keybearer.Client

[1:attribute1]
name=profile
type=string
value=zuora
KEYRING
    with_locked_keyrings || exit 1
    if grep -rq must-not-be-on-disk "$home/data"; then
        echo "the refused secret is on disk" >&2
        exit 1
    fi
    ;;
no_default)
    with_locked_keyrings
    ;;
every_load | every_unlock | every_save | every_remove)
    on_bus "$program" "$scenario" "$mock"
    ;;
mock_*)
    SERVICE="exec '$mock' $scenario"
    export SERVICE
    beside
    ;;
*)
    with_login_keyring
    ;;
esac
