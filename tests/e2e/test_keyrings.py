"""Keyrings that fail, refuse or are full of other people's keys: the session bus's and the
kernel's."""

import contextlib
import os
import secrets
import select
import shutil
import socket
import subprocess
import tempfile
import time

from harness import (
    BIN, CORRUPT, DENIED, LOCKED, SYSTEM, TIMEOUT, UNAVAILABLE, SandboxTest, main,
    need_keyrings, tool, wait_until)
from keyring import keyring, mock_service
from token_server import CLIENT_SECRET, Reply, TokenServer

PASSPHRASE = "correct horse battery staple"
KEYBEARER = os.path.join(BIN, "keybearer")
SESSION_KEY = "keybearer:session:2"
DIRECTORIES = 300 if os.environ.get("KB_TEST_FULL") else 10
RUNS = 1000 if os.environ.get("KB_TEST_FULL") else 5 if os.environ.get("KB_TEST_SLOW") else 20
FOREIGN_ITEM = """
[1]
item-type=0
display-name=somebody else's
secret=none of our business
mtime=0
ctime=0

[1:attribute0]
name=what
type=string
value=foreign
"""

MOCK_REFERENCE = "000102030405060708090a0b0c0d0e0f"  # tests/unit/backends/mock_secret_service.c


class SessionBusTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())

    def add(self, **options):
        return self.box.add_profile("work", self.server, "--store", "secret-service", **options)

    def test_no_service_a_bus_that_says_nothing(self):
        path = self.box.path("silent")
        with socket.socket(socket.AF_UNIX) as silent:
            silent.bind(path)
            silent.listen(8)
            started = time.monotonic()
            self.assertFails(self.add(env={"DBUS_SESSION_BUS_ADDRESS": f"unix:path={path}"}), TIMEOUT)
            self.assertLess(time.monotonic() - started, 30)
        self.assertEqual(0, self.server.count)

    def test_no_service_no_bus_is_started(self):
        """Not by libdbus's way of it, with a display to start one for, nor by GLib's."""
        trace = self.box.path("started")
        for name in ("dbus-launch", "dbus-daemon"):
            program = os.path.join(self.box.work, name)
            with open(program, "w") as file:
                file.write(f"#!/bin/sh\n: >{trace}\n")
            os.chmod(program, 0o755)
        path = f"{self.box.work}:{self.box.env['PATH']}"
        for address in (None, "", "autolaunch:"):
            with self.subTest(address):
                changes = {"PATH": path, "DISPLAY": ":99", "DBUS_SESSION_BUS_ADDRESS": address}
                self.assertFails(self.add(env=changes), UNAVAILABLE)
                self.assertFalse(os.path.exists(trace))
        self.assertFalse(os.path.exists(os.path.join(self.box.home, ".dbus")))

    def test_a_keyring_in_clear_is_left_alone(self):
        """Nothing is added to it, and what others keep in it survives its service."""
        ring = os.path.join(self.box.data, "keyrings", "login.keyring")
        for start in ("first", "again"):
            with self.subTest(start), keyring(self.box, plain=True, items=FOREIGN_ITEM) as service:
                self.assertFails(self.add(), DENIED)
                self.assertIn("/login/", service.search("what", "foreign"))
        with open(ring) as file:
            self.assertIn("none of our business", file.read())
        self.assertEqual(0, self.server.count)  # and tearDown finds the secret nowhere

    def take_the_mocks_client(self):
        """The profile `zuora` has the client that the mock's item names."""
        (reference,) = self.box.references("zuora")
        (card,) = os.listdir(self.box.cards_folder)
        path = os.path.join(self.box.cards_folder, card)
        with open(path, "r+") as file:
            text = file.read().replace(reference, MOCK_REFERENCE)
            file.seek(0)
            file.write(text)

    def test_nobody_waits_for_somebody_elses_prompt(self):
        """A keyring's prompt is open; who writes the configuration meanwhile is not held up."""
        with keyring(self.box):  # "zuora" is the profile of the mock's item
            added = self.box.add_profile("zuora", self.server, "--store", "secret-service")
            self.assertEqual(0, added.status, added)
        self.take_the_mocks_client()
        add = ["add", "new", "--token-url", self.server.token_url, "--client-id", "x",
               "--client-secret-stdin", "--store", "secret-service"]
        for words in (["remove", "--yes", "zuora"], add):
            with self.subTest(words[0]), self.prompt_of(words):
                other = self.box.add_profile("other", self.server)
                self.assertEqual(0, other.status, other)

    def test_a_client_that_cannot_be_removed_keeps_its_profile(self):
        with keyring(self.box):
            self.assertOk(self.box.add_profile("zuora", self.server, "--store", "secret-service"))
        self.take_the_mocks_client()
        with open(self.box.config_file, "rb") as file:
            before = file.read()
        with mock_service(self.box, "mock_never_deletes"):
            self.assertFails(self.box.keybearer("remove", "--yes", "zuora"), SYSTEM, "still holds")
        with open(self.box.config_file, "rb") as file:
            self.assertEqual(before, file.read())
        left = os.listdir(os.path.dirname(self.box.config_file))
        self.assertEqual([os.path.basename(self.box.config_file)], left)

    @contextlib.contextmanager
    def prompt_of(self, words):
        """The command sits before a prompt that nobody answers."""
        with mock_service(self.box, "mock_prompt_never", stdout=subprocess.PIPE) as mock, mock.stdout:
            asking = self.box.start([KEYBEARER, *words], stdin=b"secret\n", start_new_session=True)
            try:
                ready, _, _ = select.select([mock.stdout], [], [], 30)
                self.assertTrue(ready, "nobody was asked")
                yield
            finally:
                self.box.kill_session(asking)

    def test_the_same_store_every_time(self):
        """A keyring, an unlocked vault and a key file are there; the profile's store is asked."""
        with keyring(self.box), TokenServer(client_id="of-the-vault") as other:
            self.assertEqual(0, self.box.add_profile("second", other).status)
            self.assertEqual(0, self.add().status)
            (reference,) = self.box.references("work")
            shutil.copy(self.box.client_file("second"),
                        os.path.join(self.box.vault, f"{reference}.kbr"))
            asked = self.server.count
            for _ in range(RUNS):
                self.box.keybearer("forget", "work")
                self.assertEqual(0, self.box.keybearer("token", "work").status)
            self.assertEqual(asked + RUNS, self.server.count)
            shown = self.assertOk(self.box.keybearer("status", "--json", "work")).json()
            self.assertEqual("secret-service", shown["profiles"][0]["store"])


class KernelTest(SandboxTest):
    """Needs keyctl, and a kernel that has keyrings."""

    def setUp(self):
        super().setUp()
        need_keyrings(self)
        self.server = self.enterContext(TokenServer())

    def add(self):
        added = self.box.add_profile("work", self.server)
        self.assertEqual(0, added.status, added)

    def token(self, prefix=(), **options):
        return self.assertOk(self.box.run([*prefix, KEYBEARER, "token", "work"], **options)).text

    def cache(self, prefix=()):
        return self.box.run([*prefix, KEYBEARER, "status", "--json"]).json()["cache"]

    def keyctl(self, script, data=b"", check=True):
        """A shell script in a session that possesses the user keyring."""
        words = ["keyctl", "session", "-", "sh", "-c", f"keyctl link @u @s; {script}"]
        done = subprocess.run(words, input=data, capture_output=True, check=check)
        return done.stdout

    def has_session_key(self):
        script = f"keyctl read $(keyctl search @u user {SESSION_KEY}) >/dev/null && echo there"
        return self.keyctl(script, check=False).endswith(b"there\n")

    def requests(self, action):
        asked = self.server.count
        action()
        return self.server.count - asked

    def test_session_key_a_session_key_that_expired_or_was_revoked(self):
        """A new one, one request, and never a token under the old one."""
        self.add()
        for what in ("timeout $key 1", "revoke $key", "unlink $key @u"):
            with self.subTest(what):
                first = self.token()
                verb = f"key=$(keyctl search @u user {SESSION_KEY}); keyctl {what}"
                self.keyctl(verb)
                wait_until(lambda: not self.has_session_key(), "the key is gone")
                tokens = []
                self.assertEqual(1, self.requests(lambda: tokens.extend(self.token() for _ in "ab")))
                self.assertNotEqual(first, tokens[0])
                self.assertEqual(tokens[0], tokens[1])
                self.assertEqual("strong", self.cache()["protection"])

    def test_session_key_tokens_of_every_length(self):
        self.add()
        for length in (1, 100, 1000, 4096, 16384, 49151, 49152):
            with self.subTest(length):
                token = secrets.token_hex(length)[:length]
                if length > 16:
                    self.box.secret(token)
                body = {"access_token": token, "token_type": "bearer", "expires_in": 3599}
                self.server.script(Reply(200, body))
                self.box.keybearer("forget", "work")
                self.assertEqual(1, self.requests(lambda: self.assertEqual(token, self.token())))
                self.assertEqual(0, self.requests(lambda: self.assertEqual(token, self.token())))

    def test_session_key_no_room_for_another_key(self):
        """The token is printed, cached, and still there once there is room again."""
        self.add()
        full = [tool("no_keyctl"), "EDQUOT"]
        self.box.keybearer("lock")
        tokens = []
        self.assertEqual(1, self.requests(lambda: tokens.extend(self.token(full) for _ in "abc")))
        self.assertEqual(1, len(set(tokens)))
        cache = self.cache(full)
        self.assertEqual("weak", cache["protection"])
        self.assertIn("quota", cache["reason"])
        self.assertEqual(0, self.requests(lambda: self.assertEqual(tokens[0], self.token())))

    def test_gone_a_session_keyring_that_was_revoked(self):
        self.add()
        first = self.token()
        revoked = [tool("new_session"), "revoked"]
        self.assertLessEqual(self.requests(lambda: self.token(revoked)), 1)
        self.assertEqual(0, self.requests(lambda: self.token(revoked)))
        self.assertIn(self.token(), (first, self.server.token))

    def test_gone_a_runtime_directory_that_was_removed(self):
        self.add()
        first = self.token()
        shutil.rmtree(os.path.join(self.box.runtime, "keybearer"))
        tokens = []
        self.assertEqual(1, self.requests(lambda: tokens.extend(self.token() for _ in "ab")))
        self.assertNotEqual(first, tokens[0])

    def test_a_key_of_our_name_that_is_not_ours(self):
        """Put there by another session of the same user: too short, too long, closed to all."""
        self.add()
        for length in (0, 1, 31, 33, 1000):
            with self.subTest(length):
                self.box.keybearer("lock")
                data = b"k" * length
                if length:
                    self.keyctl(f"keyctl padd user {SESSION_KEY} @u", data)
                self.assertEqual(1, self.requests(lambda: [self.token() for _ in "ab"]))
                self.assertEqual("strong", self.cache()["protection"])
        self.box.keybearer("lock")
        script = f"key=$(keyctl padd user {SESSION_KEY} @u); keyctl setperm $key 0; echo $key"
        key = self.keyctl(script, b"k" * 32).split()[-1].decode()
        try:
            self.assertEqual(1, self.requests(lambda: [self.token() for _ in "ab"]))
            self.assertEqual("weak", self.cache()["protection"])
        finally:
            self.keyctl(f"keyctl unlink {key} @u")

    def test_one_key_for_every_runtime_directory(self):
        """Each job has its own: they must not use up the quota of all of the user's programs."""
        self.add()
        for number in range(DIRECTORIES):
            with tempfile.TemporaryDirectory(dir=self.box.runtime) as fresh:
                self.token(env={"XDG_RUNTIME_DIR": fresh})
        self.assertEqual(1, self.keyctl("keyctl show @u").count(b"keybearer:session:"))
        self.box.keybearer("lock")
        self.assertEqual(0, self.keyctl("keyctl show @u").count(b"keybearer:session:"))

    def test_many_keys_of_our_kind(self):
        """They cost nothing but the time of a search; ours is found among them."""
        self.add()
        first = self.token()
        names = [f"keybearer:session:{secrets.token_hex(16)}" for _ in range(100)]
        script = "; ".join(f"printf %032d 1 | keyctl padd user {name} @u" for name in names)
        self.keyctl(script)
        try:
            self.assertEqual(0, self.requests(lambda: self.assertEqual(first, self.token())))
        finally:
            words = "; ".join(f"keyctl unlink $(keyctl search @u user {name}) @u" for name in names)
            self.keyctl(words)


class VaultWithoutKeyringTest(SandboxTest):
    """A vault that cannot stay unlocked, because the kernel keeps no key for it."""

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.box.secret(PASSPHRASE)

    def add(self, **options):
        lines = f"{CLIENT_SECRET}\n{PASSPHRASE}\n".encode()
        return self.box.add_profile(
            "work", self.server, "--passphrase-stdin", stdin=lines, **options)

    def run_without(self, errno, *words, **options):
        return self.box.run([tool("no_keyctl"), errno, KEYBEARER, *words], **options)

    def test_no_kernel_keys_a_passphrase_names_the_next_step(self):
        need_keyrings(self)
        no_key_file = {"KEYBEARER_KEY_FILE": None}
        self.assertEqual(0, self.add(env=no_key_file).status)
        self.box.keybearer("lock")
        for errno in ("EPERM", "ENOSYS", "EDQUOT"):
            with self.subTest(errno):
                refused = self.run_without(
                    errno, "unlock", "--passphrase-stdin",
                    stdin=f"{PASSPHRASE}\n".encode(), env=no_key_file)
                self.assertFails(refused, UNAVAILABLE)
                self.assertIn(b"keybearer passwd --key-file", refused.stderr)
                locked = self.run_without(errno, "refresh", "work", env=no_key_file)
                self.assertFails(locked, LOCKED)

    def test_no_kernel_keys_add_says_so_before_it_asks(self):
        for errno in ("EPERM", "ENOSYS"):
            with self.subTest(errno):
                refused = self.run_without(
                    errno, "add", "work", "--token-url", self.server.token_url, "--client-id", "x",
                    "--store", "sealed-file", env={"KEYBEARER_KEY_FILE": None})
                self.assertFails(refused, UNAVAILABLE)
                self.assertIn(b"KEYBEARER_KEY_FILE", refused.stderr)
        self.assertEqual([], os.listdir(self.box.vault))
        self.assertEqual(0, self.server.count)

    def test_no_kernel_keys_a_key_file_works(self):
        self.assertEqual(0, self.box.add_profile("work", self.server).status)
        for errno in ("EPERM", "ENOSYS", "EDQUOT"):
            with self.subTest(errno):
                self.assertEqual(0, self.run_without(errno, "refresh", "work").status)

    def test_a_vault_key_that_is_not_the_vaults(self):
        """Put there under its name by somebody else: an error with a way out, and no harm."""
        need_keyrings(self)
        no_key_file = {"KEYBEARER_KEY_FILE": None}
        self.assertEqual(0, self.add(env=no_key_file).status)
        with open(os.path.join(self.box.vault, "vault.kbv"), "rb") as file:
            name = "keybearer:vault:" + file.read(24)[8:].hex()
        subprocess.run(
            ["keyctl", "session", "-", "sh", "-c",
             f"keyctl link @u @s; keyctl padd user {name} @u"],
            input=secrets.token_bytes(32), capture_output=True, check=True)
        wrong = self.box.keybearer("refresh", "work", env=no_key_file)
        self.assertFails(wrong, CORRUPT)
        self.assertIn(b"keybearer lock", wrong.stderr)
        self.box.keybearer("lock")
        opened = self.box.keybearer(
            "unlock", "--passphrase-stdin", stdin=f"{PASSPHRASE}\n".encode(), env=no_key_file)
        self.assertEqual(0, opened.status, opened)
        self.assertEqual(0, self.box.keybearer("refresh", "work", env=no_key_file).status)


if __name__ == "__main__":
    main("dbus-daemon", "dbus-send", "gnome-keyring-daemon", "keyctl")
