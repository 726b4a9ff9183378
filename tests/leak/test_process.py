"""What /proc shows of our processes holds no secret, and a cached token starts none.

Arguments and environment of whatever runs below this test are read over and over, as fast as
it goes, until the last process is gone. An ordinary user sees no environment of processes
that made themselves undumpable, and root sees all.
"""

import ctypes
import os
import subprocess
import time

from harness import SandboxTest, figures, find_program, main, need_keyrings, need_proc
from keyring import keyring
from token_server import TokenServer

FULL = bool(os.environ.get("KB_TEST_FULL"))
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER
REQUEST = b'{"uri": "https://api.example.com/v1/accounts"}'
GIT = b"protocol=https\nhost=api.example.com\npath=v1\n\n"
ADDRESSES = ("--match", "https://api.example.com/v1", "--match", "https://registry.example.com")


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(child) for child in file.read().split()]
    except OSError:  # it ended meanwhile
        return []


def content(pid, name):
    try:
        with open(f"/proc/{pid}/{name}", "rb") as file:
            return file.read()
    except OSError:
        return b""


class Watch:
    """Everything different that was seen of the processes below this one."""

    def __init__(self):
        # What a program leaves behind becomes a child of ours, not of process 1.
        ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
        self.seen = set()  # (environment, arguments)
        self.looks = 0
        self.most = 0  # processes at once: the program, and what it started
        self.seconds = 0
        self.others = set()  # children of ours that are none of the programs

    def left_behind(self):
        return set(children(os.getpid())) - self.others

    def until_all_ended(self, running):
        began = time.monotonic()
        front = running.process
        while front.poll() is None:
            self.most = max(self.most, self.look([front.pid]))
        while orphans := self.left_behind():
            self.look(orphans)
            for pid in orphans:
                os.waitpid(pid, os.WNOHANG)
        self.seconds += time.monotonic() - began
        return running.wait()

    def look(self, pids):
        """At PIDS and all below them; how many there were."""
        count = len(pids)
        for pid in pids:
            # In this order, so that an environment is never taken for that of the program before.
            environment = content(pid, "environ")
            arguments = content(pid, "cmdline")
            if arguments:  # else it ended between the two
                self.seen.add((environment, arguments))
            self.looks += 1
            count += self.look(children(pid))
        return count

    def arguments(self):
        return {arguments for _, arguments in self.seen}

    def __str__(self):
        rate = self.looks / max(self.seconds, 0.001)
        return f"{self.looks} looks, {rate:.0f} a second, {len(self.seen)} different"


class ProcessTest(SandboxTest):
    def setUp(self):
        super().setUp()
        need_proc(self)
        self.server = self.enterContext(TokenServer())
        self.watch = Watch()
        self.secret = self.server.client_secret.encode() + b"\n"

    def tearDown(self):
        super().tearDown()
        print(f"{self.id()}: {self.watch}")
        figures(**{"looks at processes": self.watch.looks})

    def add(self, name, *options):
        added = self.box.add_profile(name, self.server, *options)
        self.assertEqual(0, added.status, added)

    def look_at(self, *words, stdin=b"", **run):
        result = self.watch.until_all_ended(self.box.start(["keybearer", *words], stdin, **run))
        self.assertEqual(0, result.status, result)
        return result

    def finds(self):
        """(what, where, arguments) of every secret that was seen."""
        needles = self.box.needles()
        self.assertNotEqual([], needles)
        for environment, arguments in self.watch.seen:
            for what, needle in needles:
                if needle in environment:
                    yield what, "environment", arguments
                if needle in arguments:
                    yield what, "arguments", arguments

    def assertSaw(self, *programs):
        """Each was caught with its arguments at least once."""
        seen = b" ".join(self.watch.arguments())
        for program in programs:
            self.assertIn(program.encode(), seen)

    def test_watched_the_watch_sees_what_is_shown(self):
        self.box.guard(self.server)
        argv = ["sh", "-c", "sleep 1; exit", self.server.client_secret]
        self.watch.until_all_ended(self.box.start(argv, env={"SECRET": self.server.client_secret}))
        found = {where for _, where, _ in self.finds()}
        self.assertEqual({"environment", "arguments"}, found)

    def test_watched_a_cached_token(self):
        self.add("work", *ADDRESSES)
        for _ in range(1000 if FULL else 60):
            self.look_at("get", stdin=REQUEST)
            self.look_at("git", "get", stdin=GIT)
            self.look_at("docker", "get", stdin=b"registry.example.com")
        self.assertEqual(1, self.watch.most)
        self.assertSaw("keybearer\0get")
        self.assertEqual([], list(self.finds()))

    def test_watched_an_exchange(self):
        self.add("work", *ADDRESSES, "--client-auth", "client_secret_post")
        for _ in range(1000 if FULL else 20):
            self.look_at("refresh", "work")
            self.assertOk(self.box.keybearer("forget", "work"))
            self.look_at("get", stdin=REQUEST)
        self.assertSaw("keybearer\0get", "keybearer\0refresh", "fetch\0work")
        self.assertEqual([], list(self.finds()))

    def test_watched_a_renewal_in_the_background(self):
        """Its helper outlives the front."""
        self.add("work", *ADDRESSES, "--min-ttl", "0")
        self.server.lifetime = 4
        for _ in range(100 if FULL else 5):
            self.look_at("refresh", "work")
            self.look_at("token", "work")
        self.assertSaw("fetch\0work")
        self.assertEqual([], list(self.finds()))

    def test_watched_administration(self):
        need_keyrings(self)
        passphrase = "a passphrase that nobody sees"
        self.box.secret(passphrase)
        self.box.guard(self.server)
        add = ["--token-url", self.server.token_url, "--client-id", self.server.client_id,
               "--store", "sealed-file", "--client-secret-stdin", *ADDRESSES]
        for _ in range(20 if FULL else 2):
            self.look_at("add", "work", *add, stdin=self.secret)
            self.look_at("status")
            self.look_at("doctor")
            self.look_at("unlock")
            self.look_at("passwd", "--passphrase-stdin", stdin=passphrase.encode() + b"\n")
            self.look_at("lock")
            self.look_at("remove", "--yes", "work")
        verbs = ("add", "inspect", "doctor", "unlock", "passwd", "lock", "remove")
        self.assertSaw(*(f"keybearer-helper\0{verb}\0" for verb in verbs))
        self.assertEqual([], list(self.finds()))

    def test_watched_keys(self):
        """One that is made, one from a file, and the passphrase of that."""
        if not find_program("openssl"):
            self.skipTest("openssl is not installed")
        number, passphrase = "a private number: thirty-two b..", "a passphrase that nobody sees"
        self.box.secret(number, passphrase)
        sealed = self.box.path("sealed.pem")
        der = bytes.fromhex("302e020100300506032b657004220420") + number.encode()
        subprocess.run(["openssl", "pkcs8", "-topk8", "-inform", "DER", "-out", sealed, "-passout",
                        f"pass:{passphrase}"], input=der, check=True)
        self.server.behave(lambda request: self.server.issue())
        self.box.guard(self.server)
        add = ["--token-url", self.server.token_url, "--client-auth", "private_key_jwt", "--client-id",
               self.server.client_id, "--store", "sealed-file"]
        for _ in range(20 if FULL else 2):
            self.look_at("add", "work", *add, "--client-key", sealed, "--client-key-passphrase-stdin",
                         stdin=f"{passphrase}\n".encode())
            self.look_at("refresh", "work")
            self.look_at("keygen", "work", "--replace")
            self.look_at("add", "work")
            self.look_at("remove", "--yes", "work")
        self.assertSaw(*(f"keybearer-helper\0{verb}\0" for verb in ("add", "keygen", "fetch", "remove")))
        self.assertEqual([], list(self.finds()))

    def test_watched_run(self):
        """The command's environment is what `run` is for; the helper that becomes it has it too."""
        self.add("zuora", "--preset", "zuora", "--environment", "SBX")
        for _ in range(100 if FULL else 5):
            self.box.keybearer("forget", "zuora")
            self.look_at("run", "zuora", "--", "sh", "-c", "sleep 0.2; exit")
        self.assertSaw("keybearer\0run", "keybearer-helper\0exec", "sh\0-c")
        for what, where, arguments in self.finds():
            self.assertEqual("environment", where, (what, arguments))
            command = (b"keybearer-helper\0exec\0", b"sh\0", b"sleep\0")
            self.assertTrue(arguments.startswith(command), (what, arguments))

    def test_watched_the_secret_service(self):
        if not (find_program("gnome-keyring-daemon") and find_program("dbus-daemon")):
            self.skipTest("gnome-keyring or dbus-daemon is not installed")
        with keyring(self.box):
            self.watch.others = set(children(os.getpid()))
            self.add("desk", "--store", "secret-service")
            for _ in range(100 if FULL else 5):
                self.look_at("refresh", "desk")
        self.assertSaw("fetch\0desk")
        self.assertEqual([], list(self.finds()))


if __name__ == "__main__":
    main()
