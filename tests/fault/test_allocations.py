"""The n-th allocation fails, for every n and every command, in the front and in the helpers.

What the heap cannot give ends the program: status 12, one line, nothing on standard output.
A mapping that the kernel refuses, as for a secret, is an error or no matter.
"""

import itertools
import os
import resource
import shutil
import signal
import struct

from harness import (
    NOT_FOUND, SYSTEM, SandboxTest, figures, find_program, main, need_keyrings, wait_until,
)
from keyring import keyring
from test_terminal import Shell
from token_server import TokenServer

SHIM = os.environ.get("KB_TEST_SHORT_OF_MEMORY", "")
FULL = bool(os.environ.get("KB_TEST_FULL"))
SPARSE = 10
PLAN = struct.Struct("64s5Q")  # as in short_of_memory.c
HEAP, MAPPED = 0, 1
NEVER = 2**63

FRONT, FETCH, HELPER = "keybearer", "keybearer-fetch", "keybearer-helper"
OUT_OF_MEMORY = (
    b"keybearer: error: out of memory\n"
    b"keybearer: hint: end other programs or raise the memory limit, then try again\n"
)
REQUEST = b'{"uri": "https://api.example.com/v1/accounts"}'
GIT = b"protocol=https\nhost=api.example.com\npath=v1\n\n"
ADDRESSES = ("--match", "https://api.example.com/v1", "--match", "https://registry.example.com")


class ShortOfMemory(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        # Thousands of exchanges: one token, which is searched for once.
        token = self.server.issue()
        self.server.behave(lambda request: token)
        self.plan = self.box.path("plan")
        self.variables = {"LD_PRELOAD": SHIM, "KB_SHORT_PLAN": self.plan}
        self.add("work", *ADDRESSES)
        self.runs = 0

    def tearDown(self):
        super().tearDown()
        if self.runs:
            print(f"{self.id()}: {self.runs} runs in which an allocation failed")
            figures(**{"failed allocations": self.runs})

    def add(self, name, *options):
        added = self.box.add_profile(name, self.server, *options)
        self.assertEqual(0, added.status, added)

    def fail(self, program, kind, first, last=None):
        """Of PROGRAM's next run, the allocations FIRST to LAST, or this one."""
        with open(self.plan, "wb") as file:
            file.write(PLAN.pack(program.encode(), kind, first, last or first, 0, 0))

    def counts(self):
        """How many allocations there were, and how many of them failed."""
        with open(self.plan, "rb") as file:
            return PLAN.unpack(file.read())[-2:]

    def sweep(self, program, kind, words, step=1, for_good=False, stdin=b""):
        """
        Runs WORDS with one allocation failing, the first, the second, ..., or all from there
        on; of the later ones, unless KB_TEST_FULL is set, each STEP-th of SPARSE. Yields every
        result but the last: there nothing failed, and all went well.
        """
        number, step = 1, 1 if FULL else step * SPARSE
        while True:
            self.fail(program, kind, number, NEVER if for_good else None)
            result = self.box.run(words, stdin=stdin, env=self.variables)
            count, failed = self.counts()
            result.argv.append(f"with allocation {number} of {program} failing")
            self.assertTrue(count or kind == MAPPED, f"{program} did not run: {result}")
            if not failed:
                self.assertOk(result)
                return
            self.runs += 1
            yield result
            number += 1 if number < 8 else step

    def assertOutOfMemory(self, result):
        self.assertEqual(SYSTEM, result.status, result)
        self.assertEqual(b"", result.stdout, result)
        self.assertEqual(OUT_OF_MEMORY, result.stderr, result)


FRONT_COMMANDS = (
    (["get"], REQUEST), (["token", "work"], b""), (["header", "work"], b""),
    (["git", "get"], GIT), (["git", "store"], GIT), (["git", "erase"], GIT),
    (["docker", "get"], b"registry.example.com"), (["docker", "list"], b""),
    (["list"], b""), (["list", "--json"], b""), (["show", "work"], b""),
    (["show", "work", "--json"], b""), (["status"], b""), (["status", "--json"], b""),
    (["doctor"], b""), (["refresh", "work"], b""), (["run", "work", "--", "true"], b""),
    (["unlock"], b""), (["version"], b""), (["help"], b""), (["help", "get"], b""),
)


class FrontTest(ShortOfMemory):
    def test_no_memory_every_command_with_a_cached_token(self):
        need_keyrings(self)
        for words, stdin in FRONT_COMMANDS:
            words = ["keybearer", *words]
            for for_good, step in ((False, 1), (True, 11)):
                self.box.keybearer("token", "work")  # `git erase` drops it
                for result in self.sweep(FRONT, HEAP, words, step, for_good, stdin):
                    self.assertOutOfMemory(result)

    def test_no_memory_without_a_token(self):
        """The helper is asked; a token that came in the meantime is the next one's."""
        for words, stdin in ((["get"], REQUEST), (["forget", "work"], b"")):
            words = ["keybearer", *words]
            self.box.keybearer("forget", "work")
            for result in self.sweep(FRONT, HEAP, words, stdin=stdin):
                self.assertOutOfMemory(result)
                self.box.keybearer("forget", "work")

    def test_no_memory_commands_that_change_something(self):
        """Here the front fails, before the helper does anything or after it did all."""
        secret = self.server.client_secret.encode() + b"\n"
        add = ["keybearer", "add", "new", "--token-url", self.server.token_url,
               "--store", "sealed-file", "--client-id", self.server.client_id,
               "--client-secret-stdin"]
        for words, stdin in ((add, secret), (["keybearer", "remove", "--yes", "new"], b""),
                             (["keybearer", "passwd", "--passphrase-stdin"], b"a passphrase\n"),
                             (["keybearer", "lock"], b"")):
            before = add if "remove" in words else None
            for result in self.sweep(FRONT, HEAP, words, stdin=stdin):
                self.assertOutOfMemory(result)
                if before:
                    self.box.run(before, stdin=secret)
            self.assertOk(self.box.keybearer("refresh", "work"))

    def test_no_memory_no_answer_for_strangers(self):
        """Nor "not mine", which would send the caller elsewhere."""
        for words, stdin in ((["get"], b'{"uri": "https://other.example.com/"}'),
                             (["git", "get"], b"protocol=https\nhost=other.example.com\n\n"),
                             (["docker", "get"], b"other.example.com"),
                             (["no-such-command"], b"")):
            words = ["keybearer", *words]
            for number in itertools.count(1):
                self.fail(FRONT, HEAP, number)
                result = self.box.run(words, stdin=stdin, env=self.variables)
                if not self.counts()[1]:
                    break
                self.runs += 1
                self.assertOutOfMemory(result)
            self.assertGreater(number, 1)

    def test_no_memory_a_limit_of_the_kernel(self):
        """As small as it may be: first the program does not start at all, then it ends well."""
        statuses = []
        for limit in range(0, 4 << 20, 8192):

            def set_limit(limit=limit):
                resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))

            result = self.box.run(["keybearer", "list"], preexec_fn=set_limit)
            if result.status == 0:
                break
            statuses.append(result.status)
            if result.status == SYSTEM:
                self.assertOutOfMemory(result)
        self.assertOk(result)
        began = statuses.index(SYSTEM)
        self.assertEqual({SYSTEM}, set(statuses[began:]))
        self.assertLessEqual(set(statuses[:began]), {127, -signal.SIGSEGV, -signal.SIGKILL})

    def test_no_memory_memory_for_secrets(self):
        """What is not on the heap."""
        for words in (["status"], ["doctor"]):
            for result in self.sweep(FRONT, MAPPED, ["keybearer", *words]):
                self.assertEqual(b"", result.stderr, result)


class HelperTest(ShortOfMemory):
    def setUp(self):
        super().setUp()
        self.add("zuora", "--preset", "zuora", "--environment", "SBX")
        self.box.keybearer("token", "zuora")
        self.secret = self.server.client_secret.encode() + b"\n"
        self.old = self.box.path("old")
        self.trees = [os.path.join(self.box.config, "keybearer"), self.box.vault]
        for i, tree in enumerate(self.trees):
            shutil.copytree(tree, f"{self.old}/{i}")

    def put_back(self):
        for i, tree in enumerate(self.trees):
            shutil.rmtree(tree)
            shutil.copytree(f"{self.old}/{i}", tree)

    def is_old(self):
        """Whether every file is as it was; names that are ours only while we write do not count."""
        return all(self.files(tree) == self.files(f"{self.old}/{i}")
                   for i, tree in enumerate(self.trees))

    @staticmethod
    def files(tree):
        found = {}
        for entry in os.scandir(tree):
            if not entry.name.startswith(".kb-tmp-") and entry.name != "lock":
                with open(entry.path, "rb") as file:
                    found[entry.name] = file.read()
        return found

    def assertError(self, result):
        """A typed error and nothing else, or all as if nothing had happened."""
        if result.status == 0:
            self.assertEqual(b"", result.stderr, result)
        else:
            self.assertFails(result, result.status)
            self.assertIn(result.status, range(1, 15))

    def every_fault(self, program, words, step, stdin=b""):
        """Results of both kinds of faults, each kind from the old state."""
        words = ["keybearer", *words]
        for for_good in (False, True):
            for result in self.sweep(program, HEAP, words, step, for_good, stdin):
                self.assertOutOfMemory(result)
                yield result
            self.put_back()
            step *= 7
        for result in self.sweep(program, MAPPED, words, 1, False, stdin):
            self.assertError(result)
            yield result

    def test_no_memory_an_exchange(self):
        for _ in self.every_fault(FETCH, ["refresh", "work"], 61):
            pass
        self.assertOk(self.box.keybearer("refresh", "work"))

    def test_no_memory_run(self):
        """The command does not run without its variables."""
        words = ["run", "zuora", "--", "sh", "-c", 'test "$ZUORA_CLIENT_SECRET" && echo ran']
        for result in self.every_fault(HELPER, words, 5):
            self.assertIn(result.stdout, (b"", b"ran\n"))

    def test_no_memory_reports(self):
        """`status` and `doctor` say of the store what the helper said of itself."""
        for verb in ("status", "doctor"):
            for kind in (HEAP, MAPPED):
                for result in self.sweep(HELPER, kind, ["keybearer", verb], 11):
                    self.assertIn(result.status, (0, 1), result)
                    self.assertEqual(b"", result.stderr, result)
                    if kind == HEAP:
                        self.assertIn(b"out of memory", result.stdout)

    def test_no_memory_add(self):
        words = ["add", "new", "--token-url", self.server.token_url, "--store", "sealed-file",
                 "--client-id", self.server.client_id, "--client-secret-stdin"]
        for result in self.every_fault(HELPER, words, 83, self.secret):
            self.assertUsable(result, words, self.secret)

    def test_no_memory_remove(self):
        for result in self.every_fault(HELPER, ["remove", "--yes", "zuora"], 11):
            self.assertUsable(result, ["remove", "--yes", "zuora"], statuses=(0, NOT_FOUND))

    def test_no_memory_passwd(self):
        words = ["passwd", "--passphrase-stdin"]
        for result in self.every_fault(HELPER, words, 2, b"a new passphrase\n"):
            self.assertUsable(result, words, b"a new passphrase\n")

    def test_no_memory_unlock_and_lock(self):
        need_keyrings(self)
        for words in (["unlock"], ["lock"]):
            for _ in self.every_fault(HELPER, words, 2):
                self.assertTrue(self.is_old())
        self.assertOk(self.box.keybearer("token", "work"))

    def assertUsable(self, result, again, stdin=b"", statuses=(0,)):
        """The old state; or one in which the other profile works, and another try does."""
        if result.status != 0 and not self.is_old():
            self.assertOk(self.box.keybearer("refresh", "work"))
            repeated = self.box.keybearer(*again, stdin=stdin)
            self.assertIn(repeated.status, statuses, repeated)
        self.put_back()


class KeyringTest(ShortOfMemory):
    """GLib and libsecret, which have threads of their own."""

    def setUp(self):
        super().setUp()
        if not (find_program("gnome-keyring-daemon") and find_program("dbus-daemon")):
            self.skipTest("gnome-keyring or dbus-daemon is not installed")
        self.enterContext(keyring(self.box))
        self.add("desk", "--store", "secret-service")

    def test_no_memory_the_secret_service(self):
        for words, step in ((["refresh", "desk"], 151), (["unlock", "desk"], 61)):
            late = 0
            for result in self.sweep(HELPER, HEAP, ["keybearer", *words], step):
                if result.status == 0 and not result.stderr:
                    late += 1  # the bus's thread, when all had been said already
                else:
                    self.assertOutOfMemory(result)
            self.assertLess(late, self.runs / 10)
            for result in self.sweep(HELPER, MAPPED, ["keybearer", *words]):
                if result.status:
                    self.assertEqual(b"", result.stdout, result)
                    self.assertRegex(result.stderr, rb"(?m)^keybearer: error: .*\n.*hint: .+\n\Z")
        self.assertOk(self.box.keybearer("refresh", "desk"))


class TerminalTest(ShortOfMemory):
    def test_no_memory_the_echo_comes_back(self):
        """Whatever fails between the hidden question and the long answer's last byte."""
        passphrase = self.box.keybearer("passwd", "--passphrase-stdin", stdin=b"a passphrase\n")
        self.assertEqual(0, passphrase.status, passphrase)
        self.box.keybearer("lock")
        shell = Shell(self.box)
        self.addCleanup(shell.close)
        answer = "no passphrase of mine " * 100
        self.box.secret(answer)
        settings = " ".join(f"{name}={value}" for name, value in self.variables.items())
        command = f"{settings} KEYBEARER_KEY_FILE= keybearer unlock\n"

        def ask():
            shell.type(command)
            shell.wait_for("Passphrase of the vault: ")
            asked = self.counts()[0]
            self.assertFalse(shell.echoes())
            shell.type(answer + "\n")
            if shell.wait_for_one_of("ready> ", "Passphrase of the vault: ") != "ready> ":
                shell.type("\x03")
                shell.wait_for("ready> ")
            wait_until(shell.echoes, "the terminal echoes")
            return asked

        self.fail(HELPER, HEAP, NEVER)
        asked = ask()
        self.assertGreater(asked, 1)
        for number in range(asked + 1, asked + 8):
            with self.subTest(number - asked):
                self.fail(HELPER, HEAP, number)
                ask()


if __name__ == "__main__":
    main()
