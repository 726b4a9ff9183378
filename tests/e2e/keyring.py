"""gnome-keyring-daemon on a bus of its own, for one sandbox."""

import contextlib
import os
import socket
import subprocess

from harness import background, wait_until

BUS = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""

LOGIN = "/org/freedesktop/secrets/collection/login"


def _listens(path):
    """Its file is there a moment before."""
    with socket.socket(socket.AF_UNIX) as caller:
        return caller.connect_ex(path) == 0


@contextlib.contextmanager
def session_bus(box):
    """A bus that starts no service by itself; the sandbox's programs find it."""
    path = box.path("bus")
    settings = box.path("bus.conf")
    with open(settings, "w") as file:
        file.write(BUS.format(socket=path))
    program = ["dbus-daemon", f"--config-file={settings}", "--nofork", "--nopidfile"]
    with background(program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        wait_until(lambda: _listens(path), "dbus-daemon listens")
        box.env["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={path}"
        yield


@contextlib.contextmanager
def mock_service(box, behaviour, **popen):
    """A Secret Service that misbehaves as it is told (mock_secret_service.c), on a bus of its own."""
    program = [os.environ["KB_TEST_MOCK_SERVICE"], behaviour]
    ping = ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.secrets",
            "/org/freedesktop/secrets", "org.freedesktop.DBus.Peer.Ping"]

    def answers():
        return subprocess.run(ping, env=box.environment(), capture_output=True).returncode == 0

    with session_bus(box), background(program, env=box.environment(), **popen) as mock:
        wait_until(answers, "the service answers")
        yield mock


class Keyring:
    def __init__(self, box):
        self._box = box

    def call(self, path, method, *arguments):
        """A D-Bus call; what it answered, as dbus-send prints it."""
        program = [
            "dbus-send", "--session", "--print-reply",
            "--dest=org.freedesktop.secrets", path, method, *arguments,
        ]
        env = self._box.environment()
        return subprocess.run(program, env=env, capture_output=True, text=True)

    def answers(self):
        peer = "org.freedesktop.DBus.Properties.Get"
        names = ["string:org.freedesktop.Secret.Collection", "string:Locked"]
        return self.call(LOGIN, peer, *names).returncode == 0

    def search(self, name, value):
        """What a search for items with this attribute answers."""
        method = "org.freedesktop.Secret.Service.SearchItems"
        return self.call("/org/freedesktop/secrets", method, f"dict:string:string:{name},{value}").stdout

    def lock(self):
        method = "org.freedesktop.Secret.Service.Lock"
        answer = self.call("/org/freedesktop/secrets", method, f"array:objpath:{LOGIN}")
        if LOGIN not in answer.stdout:
            raise AssertionError(f"not locked: {answer.stdout} {answer.stderr}")


PLAIN_COLLECTION = """\
[keyring]
display-name=Login
ctime=0
mtime=0
lock-on-idle=false
lock-after=false
"""


@contextlib.contextmanager
def keyring(box, plain=False, items="", locked=False):
    """
    The daemon with an unlocked default collection, or, LOCKED, one that was not unlocked since its
    start. PLAIN: one without a password, which the daemon keeps on disk in clear; with ITEMS,
    unless there is one already.
    """
    program = ["gnome-keyring-daemon", "--foreground", "--components=secrets"]
    if plain:
        _write_plain_collection(box, items)
    elif not locked:
        program.append("--unlock")
    control = box.path("keyring-control")
    os.makedirs(control, 0o700, exist_ok=True)
    program.append(f"--control-directory={control}")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with session_bus(box):
        with background(program, stdin=subprocess.PIPE, env=box.environment(), **quiet) as daemon:
            daemon.stdin.write(b"keyring password")
            daemon.stdin.close()
            service = Keyring(box)
            wait_until(service.answers, "gnome-keyring-daemon answers")
            yield service


def _write_plain_collection(box, items):
    directory = os.path.join(box.data, "keyrings")
    if os.path.exists(directory):
        return
    os.mkdir(directory, 0o700)
    for name, text in (("login.keyring", PLAIN_COLLECTION + items), ("default", "login")):
        with open(os.path.join(directory, name), "w") as file:
            file.write(text)
