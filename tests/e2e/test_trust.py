"""Who could have had a hand in it: files, directories and buses of others, and what they would get."""

import contextlib
import json
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from certificates import Authority
from harness import (
    BIN, CONFIG, DENIED, NOT_FOUND, UNAVAILABLE, USAGE, SandboxTest, background, find_program, main,
    not_under_memcheck, wait_until,
)
from keyring import keyring
from token_server import Reply, TokenServer

HERE = os.path.dirname(os.path.abspath(__file__))
OTHER_UID = 64331  # nobody's
# A bus wants to know its user by name.
HER_UID = pwd.getpwnam("nobody").pw_uid

HER_BUS = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>{listen}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


def as_her(*words):
    return ["setpriv", f"--reuid={HER_UID}", f"--regid={HER_UID}", "--clear-groups", *words]


def quietly():
    return {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


class ForeignBusTest(SandboxTest):
    """`su` keeps XDG_RUNTIME_DIR: the bus there, and the keyring on it, are another user's."""

    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("only root can start another user's bus")
        if not find_program("setpriv"):
            self.skipTest("setpriv is not installed")
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.hers = tempfile.mkdtemp(prefix="kb-hers-", dir="/tmp")
        self.addCleanup(shutil.rmtree, self.hers, ignore_errors=True)
        os.chown(self.hers, HER_UID, HER_UID)
        os.chmod(self.hers, 0o755)
        self.socket = os.path.join(self.hers, "bus")
        self.record = os.path.join(self.hers, "heard")
        self.box.env.pop("DBUS_SESSION_BUS_ADDRESS", None)

    @contextlib.contextmanager
    def her_keyring(self, listen):
        """A real bus and a real keyring of hers, which let everybody in."""
        for name in ("dbus-daemon", "gnome-keyring-daemon"):
            if not find_program(name):
                self.skipTest(f"{name} is not installed")
        settings = os.path.join(self.hers, "bus.conf")
        with open(settings, "w") as file:
            file.write(HER_BUS.format(listen=listen))
        env = {"PATH": os.environ["PATH"], "HOME": self.hers, "XDG_RUNTIME_DIR": self.hers,
               "XDG_DATA_HOME": self.hers, "DBUS_SESSION_BUS_ADDRESS": listen}
        bus = as_her("dbus-daemon", f"--config-file={settings}", "--nofork", "--nopidfile")
        daemon = as_her("gnome-keyring-daemon", "--foreground", "--components=secrets", "--unlock",
                        f"--control-directory={self.hers}")
        ping = as_her("dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.secrets",
                      "/org/freedesktop/secrets", "org.freedesktop.DBus.Peer.Ping")
        with background(bus, env=env, **quietly()):
            wait_until(lambda: subprocess.run(
                as_her("dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus",
                       "/", "org.freedesktop.DBus.ListNames"),
                env=env, **quietly()).returncode == 0, "her bus answers")
            with background(daemon, env=env, stdin=subprocess.PIPE, **quietly()) as process:
                process.stdin.write(b"her password")
                process.stdin.close()
                wait_until(lambda: subprocess.run(ping, env=env, **quietly()).returncode == 0,
                           "her keyring answers")
                yield

    @contextlib.contextmanager
    def listener(self, path):
        """A bus of hers that writes down what it hears."""
        with open(os.path.join(HERE, "foreign_bus.py")) as file:
            program = as_her(sys.executable, "-c", file.read(), path, self.record)
        with background(program, stdout=subprocess.PIPE) as process:
            self.assertEqual(b"listening\n", process.stdout.readline())
            yield
        process.stdout.close()

    def heard(self):
        with contextlib.suppress(FileNotFoundError), open(self.record, "rb") as file:
            return file.read()
        return b""

    def refused(self, **env):
        """No command takes the bus; each says whose it is."""
        added = self.box.add_profile("work", self.server, "--store", "secret-service", env=env)
        self.assertFails(added, UNAVAILABLE, f"uid {HER_UID}")
        self.assertIn(b"--store sealed-file", added.stderr)
        self.assertEqual(0, self.server.count)

    def test_foreign_bus_in_the_runtime_directory(self):
        with self.her_keyring(f"unix:path={self.socket}"):
            self.refused(XDG_RUNTIME_DIR=self.hers)

    def test_foreign_bus_by_its_address(self):
        with self.her_keyring(f"unix:path={self.socket}"):
            self.refused(DBUS_SESSION_BUS_ADDRESS=f"unix:path={self.socket}")

    def test_foreign_bus_without_a_file(self):
        name = f"kb-hers-{os.path.basename(self.hers)}"
        with self.her_keyring(f"unix:abstract={name}"):
            self.refused(DBUS_SESSION_BUS_ADDRESS=f"unix:abstract={name}")

    def test_foreign_bus_for_every_command(self):
        """A profile that is there already: the keyring of another is never asked for it."""
        os.makedirs(os.path.dirname(self.box.config_file), mode=0o700)
        profile = {"token_url": self.server.token_url, "store": "secret-service"}
        with open(self.box.config_file, "w") as file:
            json.dump({"profiles": {"work": profile}}, file)
        env = {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={self.socket}"}
        with self.her_keyring(f"unix:path={self.socket}"):
            for words in (["token", "work"], ["refresh", "work"], ["unlock", "work"]):
                with self.subTest(words):
                    failed = self.box.keybearer(*words, env=env)
                    self.assertFails(failed, UNAVAILABLE, f"uid {HER_UID}")
            for words in (["status"], ["doctor"]):
                page = self.box.keybearer(*words, env=env)
                self.assertIn(f"uid {HER_UID}".encode(), page.stdout, page)

    def test_foreign_bus_hears_nothing(self):
        """The owner of its file is looked at first: nobody even connects."""
        with self.listener(self.socket):
            for address in (
                f"unix:path={self.socket}", f"unix:path=/nonexistent;unix:path={self.socket}",
                f"unix:guid=0123456789abcdef0123456789abcdef,path={self.socket}",
                f"unix:path={self.socket.replace('/', '%2f')}",
                f"unix:path={self.socket};unix:path=/nonexistent",
            ):
                with self.subTest(address):
                    self.refused(DBUS_SESSION_BUS_ADDRESS=address)
            link = self.box.path("link")
            os.symlink(self.socket, link)
            self.refused(DBUS_SESSION_BUS_ADDRESS=f"unix:path={link}")
            self.assertEqual(b"", self.heard())

    def test_foreign_bus_hears_no_more_than_hello(self):
        """Without a file the kernel tells only who listens once we are connected."""
        name = f"kb-hers-{os.path.basename(self.hers)}"
        with self.listener(f"@{name}"):
            for address in (f"unix:abstract={name}",
                            f"unix:path=/nonexistent;unix:abstract={name}"):
                self.refused(DBUS_SESSION_BUS_ADDRESS=address)
        self.assertIn(b"AUTH", self.heard())
        members = {word for word in (b"Hello", b"NameHasOwner", b"OpenSession", b"AddMatch",
                                     b"ListActivatableNames") if word in self.heard()}
        self.assertEqual({b"Hello"}, members)

    def test_foreign_bus_where_a_bus_makes_its_own_name(self):
        """`dir`, `tmpdir` and `runtime` are for who listens, not for who connects."""
        env = {"XDG_RUNTIME_DIR": self.hers}
        with self.listener(self.socket):
            for address in (f"unix:dir={self.hers}", f"unix:tmpdir={self.hers}", "unix:runtime=yes"):
                with self.subTest(address):
                    env["DBUS_SESSION_BUS_ADDRESS"] = address
                    added = self.box.add_profile(
                        "work", self.server, "--store", "secret-service", env=env)
                    self.assertFails(added, UNAVAILABLE)
            self.assertEqual(b"", self.heard())


class PlaceTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())

    def add(self, *options, name="work", **run):
        return self.box.add_profile(name, self.server, *options, **run)

    def added(self, *options, **run):
        result = self.add(*options, **run)
        self.assertEqual(0, result.status, result)

    def mend(self, failed, given_away=None):
        """The hint is a command; but root is not told to take what it gave away."""
        hint = failed.stderr.decode().splitlines()[-1].removeprefix("keybearer: hint: ")
        if given_away and os.geteuid() == 0 and hint.startswith("run "):
            self.assertIn(f"run keybearer as uid {OTHER_UID}, or with a HOME", hint)
            os.chown(given_away, 0, -1)
            return
        self.assertRegex(hint, r"^(chmod|chown) ")
        subprocess.run(["sh", "-c", hint], check=True)


class ConfigurationPlaceTest(PlaceTest):
    """Who can write to a directory can put another file in the place of ours."""

    def setUp(self):
        super().setUp()
        self.directory = os.path.dirname(self.box.config_file)

    def test_open_place_of_the_configuration(self):
        self.added()
        for directory in (self.directory, self.box.config, self.box.home):
            os.chmod(directory, 0o777)
            self.box.keybearer("lock")
            for words in (["token", "work"], ["list"], ["status"], ["remove", "--yes", "work"],
                          ["add", "work", "--client-secret-stdin"]):
                with self.subTest(directory=directory, words=words):
                    failed = self.box.keybearer(*words, stdin=b"x\n")
                    below = os.path.relpath(self.box.config_file, directory)
                    self.assertFails(failed, CONFIG, f"replace {below}: ", directory)
                    self.assertIn(f"chmod go-w {directory}", failed.stderr.decode())
            page = self.box.keybearer("doctor").stdout.decode()
            self.assertIn("fail  configuration: ", page)
            self.assertIn(f"(chmod go-w {directory})", page)
            self.mend(failed)
            self.assertOk(self.box.keybearer("token", "work"))

    def test_open_place_for_a_new_configuration(self):
        """Before anybody is asked for a secret."""
        os.mkdir(self.directory)
        os.chmod(self.directory, 0o777)
        failed = self.add()
        self.assertFails(failed, CONFIG, self.directory)
        self.assertEqual((0, []), (self.server.count, os.listdir(self.directory)))
        self.mend(failed)
        self.added()

    def test_open_place_of_the_file_behind_a_link(self):
        """Links are resolved first, and so is what leads to them."""
        dotfiles = self.box.path("dotfiles")
        os.mkdir(dotfiles, 0o700)
        os.makedirs(self.directory, mode=0o700)
        with open(os.path.join(dotfiles, "config.json"), "w") as file:
            file.write("{}")
        os.symlink(os.path.join(dotfiles, "config.json"), self.box.config_file)
        self.added()
        for directory in (dotfiles, self.directory):
            with self.subTest(directory):
                os.chmod(directory, 0o777)
                self.box.keybearer("lock")
                self.assertFails(self.box.keybearer("token", "work"), CONFIG, directory)
                os.chmod(directory, 0o700)
        self.assertOk(self.box.keybearer("token", "work"))

    def test_a_link_that_leads_to_nothing(self):
        os.makedirs(self.directory, mode=0o700)
        os.symlink(self.box.path("gone"), self.box.config_file)
        said = f"{self.box.config_file} is a symbolic link to a file that does not exist"
        failed = [self.box.add_profile("work", self.server)]
        for words in (["token", "work"], ["token"], ["list"], ["status"], ["show", "work"],
                      ["remove", "--yes", "work"]):
            failed.append(self.box.keybearer(*words))
        for refused in failed:
            with self.subTest(refused.argv):
                self.assertFails(refused, CONFIG, said)
                self.assertIn(b"make that file, or remove the link", refused.stderr)
        doctor = self.box.keybearer("doctor", "--json").json()["checks"]
        self.assertIn(said, [check["text"] for check in doctor])
        self.assertEqual(0, self.server.count)

    def test_a_link_on_the_way_that_leads_to_nothing(self):
        os.symlink(self.box.path("gone"), self.directory)
        refused = self.box.keybearer("token", "work")
        self.assertFails(refused, CONFIG,
                         f"{self.directory} is a symbolic link to a file that does not exist")

    def test_a_named_configuration_that_is_not_there(self):
        """Whoever set the variable means another file; `add` makes it."""
        gone = self.box.path("gone.json")
        self.box.env["KEYBEARER_CONFIG"] = gone
        none = f": KEYBEARER_CONFIG names {gone}, which does not exist"
        self.assertFails(self.box.keybearer("token", "work"), NOT_FOUND,
                         f'there is no profile "work": there are none{none}')
        self.assertFails(self.box.keybearer("token"), NOT_FOUND, f"there are no profiles{none}")
        for verb in ("list", "status"):
            self.assertIn(f"There are no profiles{none}", self.assertOk(self.box.keybearer(verb)).text)
        doctor = self.box.keybearer("doctor", "--json").json()["checks"]
        self.assertIn(f"{gone}: there are no profiles{none}", [check["text"] for check in doctor])
        self.added()
        self.assertOk(self.box.keybearer("token", "work"))

    def test_the_error_says_each_path_once(self):
        """Two long paths in one line are read by nobody."""
        self.added()
        os.chmod(self.box.config, 0o777)
        refused = self.assertFails(
            self.box.keybearer("list"), CONFIG,
            f"others could replace keybearer/config.json: they may write to {self.box.config} (mode 0777)")
        self.assertLess(max(map(len, refused.stderr.splitlines())), 160)

    def test_a_group_of_ones_own(self):
        """A umask of 002 is no fault where each user has a group; another group is one."""
        self.added()
        for path in (self.box.home, self.box.config, self.directory, self.box.config_file):
            os.chmod(path, os.stat(path).st_mode | stat.S_IWGRP)
        self.box.keybearer("lock")
        if os.getegid() == os.geteuid():
            self.assertOk(self.box.keybearer("token", "work"))
        else:
            self.assertFails(self.box.keybearer("token", "work"), CONFIG)
        if os.geteuid() != 0:
            self.skipTest("only root can give a file to any group")
        for path in (self.box.home, self.directory, self.box.config_file):
            with self.subTest(path):
                os.chown(path, -1, OTHER_UID)
                self.box.keybearer("lock")
                failed = self.box.keybearer("token", "work")
                self.assertFails(failed, CONFIG, path)
                os.chown(path, -1, 0)

    def test_a_home_of_another_user(self):
        """As `sudo` without -H: what is ours in it can be replaced by its owner."""
        if os.geteuid() != 0:
            self.skipTest("only root can give a directory away")
        self.added()
        os.chown(self.box.home, OTHER_UID, OTHER_UID)
        os.chmod(self.box.home, 0o755)
        self.box.keybearer("lock")
        failed = self.box.keybearer("token", "work")
        self.assertFails(failed, CONFIG, self.box.home, f"uid {OTHER_UID}")
        self.assertNotIn(b"chown", failed.stderr)
        self.mend(failed, self.box.home)
        self.assertOk(self.box.keybearer("token", "work"))

    def test_a_home_of_nobody(self):
        """Where everybody is mapped, 65534 is not the machine's root but a user."""
        if os.geteuid() != 0:
            self.skipTest("only root can give a file away")
        self.added()
        self.box.keybearer("lock")
        for path in (self.box.config_file, self.directory):
            with self.subTest(path):
                os.chown(path, 65534, -1)
                self.assertFails(self.box.keybearer("token", "work"), CONFIG, path)
                os.chown(path, 0, -1)

    def test_a_mounted_configuration_and_key(self):
        """As Kubernetes mounts them: links to a directory of the day, in a sticky one."""
        self.added()
        volume = self.box.path("volume")
        os.makedirs(os.path.join(volume, "..2026_11_28"))
        os.chmod(volume, 0o1777)
        for source, name in ((self.box.config_file, "config.json"), (self.box.key_file, "key")):
            shutil.copy(source, os.path.join(volume, "..2026_11_28", name))
            os.chmod(os.path.join(volume, "..2026_11_28", name), 0o440)
            os.symlink(f"..data/{name}", os.path.join(volume, name))
        os.symlink("..2026_11_28", os.path.join(volume, "..data"))
        self.box.keybearer("lock")
        env = {"KEYBEARER_CONFIG": os.path.join(volume, "config.json"),
               "KEYBEARER_KEY_FILE": os.path.join(volume, "key")}
        self.assertOk(self.box.keybearer("adopt", "work", "--yes", env=env))
        self.assertOk(self.box.keybearer("token", "work", env=env))
        if os.geteuid() == 0:
            os.lchown(os.path.join(volume, "..data"), OTHER_UID, OTHER_UID)
            self.box.keybearer("lock")
            self.assertFails(self.box.keybearer("token", "work", env=env), CONFIG, "..data")

    def test_open_place_of_the_key_file(self):
        self.added()
        place = self.box.path("keys")
        os.mkdir(place)
        shutil.copy(self.box.key_file, place)
        os.chmod(place, 0o777)
        self.box.keybearer("lock")
        env = {"KEYBEARER_KEY_FILE": os.path.join(place, "machine.key")}
        failed = self.box.keybearer("token", "work", env=env)
        self.assertFails(failed, DENIED, place)
        self.mend(failed)
        self.assertOk(self.box.keybearer("token", "work", env=env))


class PodTest(SandboxTest):
    """A secret as Kubernetes mounts it: root's, for a group of the program's, which is not root."""

    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("only root can mount a secret for others")
        if not find_program("setpriv"):
            self.skipTest("setpriv is not installed")
        if closed := [str(way) for way in Path(BIN).resolve().parents if not way.stat().st_mode & 0o001]:
            self.skipTest(f"nobody else may enter {closed[-1]}, where the programs are")
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.pod = tempfile.mkdtemp(prefix="kb-pod-", dir="/dev/shm")  # its volume is in memory
        self.addCleanup(shutil.rmtree, self.pod, ignore_errors=True)
        os.chmod(self.pod, 0o755)
        for name in ("home", "run"):
            os.mkdir(os.path.join(self.pod, name), 0o700)
            os.chown(os.path.join(self.pod, name), HER_UID, HER_UID)
        self.volume = os.path.join(self.pod, "secrets")
        os.mkdir(self.volume)
        os.chown(self.volume, 0, OTHER_UID)
        os.chmod(self.volume, 0o3777)
        self.update("..2026_11_28", os.urandom(32))
        os.symlink("..data/key", os.path.join(self.volume, "key"))

    def update(self, day, key):
        """The new content gets a directory, and the link to it is replaced in one step."""
        directory, link = os.path.join(self.volume, day), os.path.join(self.volume, "..data")
        os.mkdir(directory, 0o755)
        path = os.path.join(directory, "key")
        with open(path, "wb") as file:
            file.write(key)
        os.chown(path, 0, OTHER_UID)
        os.chmod(path, 0o440)
        os.symlink(day, f"{link}_tmp")
        os.rename(f"{link}_tmp", link)

    def in_pod(self, *words, stdin=b"", groups=str(OTHER_UID)):
        home, run = (os.path.join(self.pod, name) for name in ("home", "run"))
        env = {"HOME": home, "XDG_RUNTIME_DIR": run, "XDG_CONFIG_HOME": None, "XDG_DATA_HOME": None,
               "KEYBEARER_KEY_FILE": os.path.join(self.volume, "key")}
        become = ["setpriv", f"--reuid={HER_UID}", f"--regid={HER_UID}", f"--groups={groups}"]
        program = os.path.join(BIN, "keybearer")
        return self.box.run([*become, program, *words], stdin, env=env, cwd="/")

    def test_a_key_of_roots_for_our_group(self):
        self.box.guard(self.server)
        added = self.in_pod(
            "add", "work", "--token-url", self.server.token_url, "--client-id", self.server.client_id,
            "--client-secret-stdin", "--store", "sealed-file",
            stdin=self.server.client_secret.encode() + b"\n")
        self.assertEqual(0, added.status, added)
        with open(os.path.join(self.volume, "key"), "rb") as file:
            key = file.read()
        for day in ("..2026_11_29", "..2026_11_30"):
            self.update(day, key)
            self.assertOk(self.in_pod("lock"))
            self.assertOk(self.in_pod("token", "work"))
        self.assertOk(self.in_pod("lock"))
        self.assertFails(self.in_pod("token", "work", groups=str(OTHER_UID + 1)), DENIED, "key")
        self.update("..2026_12_01", os.urandom(32))
        self.assertEqual(DENIED, (changed := self.in_pod("token", "work")).status, changed)


class AuthoritiesTest(PlaceTest):
    """Who writes `ca_file` chooses who may pass for the token endpoint."""

    def setUp(self):
        if not find_program("openssl"):
            self.skipTest("openssl is not installed")
        super().setUp()
        place = self.box.path("authority")
        os.mkdir(place, 0o700)
        self.authority = Authority(place)
        self.server = self.enterContext(TokenServer(certificate=self.authority.good()))
        self.place = self.box.path("place")
        os.mkdir(self.place, 0o755)
        self.ca_file = os.path.join(self.place, "ca.pem")
        shutil.copy(self.authority.ca_file, self.ca_file)
        os.chmod(self.ca_file, 0o644)

    def spoil(self):
        """What others could use: how it is made, and what the error names."""
        yield lambda: os.chmod(self.ca_file, 0o666), self.ca_file
        yield lambda: os.chmod(self.place, 0o777), self.place
        if os.geteuid() == 0:
            yield lambda: os.chown(self.ca_file, OTHER_UID, -1), self.ca_file
            yield lambda: os.chown(self.place, OTHER_UID, -1), self.place
            yield lambda: (os.chown(self.ca_file, -1, OTHER_UID), os.chmod(self.ca_file, 0o664)), \
                self.ca_file

    def test_open_authorities_for_a_new_profile(self):
        for spoil, named in self.spoil():
            spoil()
            with self.subTest(named):
                failed = self.add("--ca-file", self.ca_file)
                self.assertFails(failed, CONFIG, "ca_file", named)
                self.assertEqual(0, self.server.connections)
                self.mend(failed, named)
        self.added("--ca-file", self.ca_file)

    def test_open_authorities_of_a_profile(self):
        """No connection; doctor says the same; and who mends it need not wait."""
        self.added("--ca-file", self.ca_file)
        connections = self.server.connections
        for spoil, named in self.spoil():
            spoil()
            with self.subTest(named):
                failed = self.box.keybearer("refresh", "work")
                self.assertFails(failed, CONFIG, "ca_file", named)
                self.assertEqual(connections, self.server.connections)
                page = self.box.keybearer("doctor").stdout.decode()
                self.assertIn("fail  profile work: ca_file: ", page)
                self.mend(failed, named)
                self.box.keybearer("forget", "work")
                self.assertOk(self.box.keybearer("token", "work"))
                connections = self.server.connections

    def test_authorities_by_a_link(self):
        """As a package manager's store hands them out; the way there counts as well."""
        link = self.box.path("home", "ca.pem")
        os.symlink(self.ca_file, link)
        self.added("--ca-file", link)
        os.chmod(self.place, 0o777)
        self.assertFails(self.box.keybearer("refresh", "work"), CONFIG, self.place)


class LeftHelperTest(PlaceTest):
    """A helper that outlives its front holds nothing that its caller waits for."""

    def sanitized(self):
        """Then stderr stays open: what a sanitizer reports must be seen."""
        with open(os.path.join(BIN, "keybearer"), "rb") as file:
            return b"__asan_init" in file.read()

    def blocked(self):
        """A server that keeps whoever asks waiting."""
        gate = threading.Event()
        self.addCleanup(gate.set)
        self.server.behave(lambda request: Reply(gate=gate, hang_up=True))

    @contextlib.contextmanager
    def piped(self, *words, **options):
        """The program, and the end of the pipe that is its output."""
        pipes = {"stdout": subprocess.PIPE}
        if not self.sanitized():
            pipes["stderr"] = subprocess.STDOUT
        running = self.box.start(["keybearer", *words], **pipes, **options)
        try:
            yield running.process
        finally:
            running.process.stdout.close()
            running.process.kill()
            running.wait()

    def assertEnds(self, process):
        """Killed, it leaves a pipe that ends at once."""
        begun = time.monotonic()
        process.kill()
        self.assertEqual(b"", process.stdout.read())
        self.assertLess(time.monotonic() - begun, 2)

    @not_under_memcheck("the programs are scripts")
    def test_left_helper_holds_no_pipe(self):
        self.added()
        self.blocked()
        asked = self.server.count
        with self.piped("refresh", "work") as front:
            wait_until(lambda: self.server.count > asked, "the helper asks the server")
            helper = children(front.pid)[0]
            self.assertHoldsNothing(helper, (0, 1, 2))
            self.assertEnds(front)
            self.assertTrue(os.path.exists(f"/proc/{helper}"))
            os.kill(int(helper), signal.SIGKILL)

    def assertHoldsNothing(self, pid, standard):
        """Of its STANDARD descriptors; only root can look at them."""
        if os.geteuid() != 0:
            return
        names = {fd: os.readlink(f"/proc/{pid}/fd/{fd}") for fd in standard}
        if self.sanitized():
            del names[2]
        self.assertEqual({"/dev/null"}, set(names.values()))

    @not_under_memcheck("the programs are scripts")
    def test_left_helper_of_a_person(self):
        """`add` reads from standard input, and holds nothing else."""
        self.blocked()
        with self.start_add() as front:
            wait_until(lambda: self.server.count > 0, "the helper asks the server")
            self.assertHoldsNothing(children(front.pid)[0], (1, 2))
            self.assertEnds(front)

    def start_add(self):
        self.box.guard(self.server)
        return self.piped(
            "add", "work", "--token-url", self.server.token_url, "--store", "sealed-file",
            "--client-id", self.server.client_id, "--client-secret-stdin",
            stdin=self.server.client_secret.encode() + b"\n")

    @not_under_memcheck("the programs are scripts")
    def test_left_helper_that_reads_the_client(self):
        """`run` has a child read the store; a bus that says nothing keeps it there."""
        if not find_program("gnome-keyring-daemon"):
            self.skipTest("gnome-keyring-daemon is not installed")
        with keyring(self.box):
            self.added("--preset", "zuora", "--environment", "SBX", "--store", "secret-service")
            path = self.box.path("silent")
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(path)
                listener.listen()
                env = {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={path}"}
                with self.piped("run", "work", "--", "true", env=env) as program:
                    with listener.accept()[0]:
                        self.assertEnds(program)


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return file.read().split()


class SecretSettingsTest(PlaceTest):
    """What is in a setting can be read by others: no secret gets there."""

    NAMES = ("client_secret", "client_assertion", "assertion", "password", "code", "code_verifier",
             "device_code", "refresh_token", "access_token", "subject_token", "actor_token",
             "Password", "CLIENT_SECRET")
    HEADERS = ("Authorization", "proxy-authorization", "Cookie")

    def test_secret_in_a_setting(self):
        options = [(option, f"{name}=hunter2-long-enough")
                   for option in ("--form", "--claim", "--second-form") for name in self.NAMES]
        options += [(option, f"{name}: hunter2-long-enough")
                    for option in ("--header", "--api-header") for name in self.HEADERS]
        self.box.secret("hunter2-long-enough")
        for option in options:
            with self.subTest(option):
                failed = self.add(*option)
                self.assertFails(failed, USAGE, "no secret belongs in a setting")
                where = b"{token}" if option[0] == "--second-form" else b"--client-secret-stdin"
                self.assertIn(where, failed.stderr)
        self.assertEqual(0, self.server.connections)
        self.assertFalse(os.path.exists(self.box.config_file))


if __name__ == "__main__":
    main()
