"""A full disk, a cache without room and a read-only home: told, and nothing lost."""

import os
import shutil
import subprocess
import threading

from harness import SYSTEM, SandboxTest, background, blocked, main, need_proc, wait_until
from token_server import TokenServer


class NamespaceTest(SandboxTest):
    """Commands run where mounts of our own are visible, in a user namespace."""

    mounts = ""  # shell commands

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.before()
        script = f"set -e\n{self.mounts}\necho ready\nexec cat"
        holder = self.enterContext(
            background(
                ["unshare", "-Urm", "sh", "-c", script],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env=self.box.environment(),
            )
        )
        self.addCleanup(holder.stdout.close)
        self.addCleanup(holder.stdin.close)
        if holder.stdout.readline() != b"ready\n":
            self.skipTest("user and mount namespaces are not allowed here")
        self.inside = ["nsenter", f"--target={holder.pid}", "-U", "-m", "--preserve-credentials"]
        self.addCleanup(self.keybearer, "lock")  # its keys lie in the namespace's own keyring

    def before(self):
        """What happens outside, before the mounts."""

    def keybearer(self, *words, stdin=b""):
        program = shutil.which("keybearer", path=self.box.env["PATH"])
        return self.box.run([*self.inside, program, *words], stdin)

    def add(self, name, *options):
        self.box.guard(self.server)
        return self.keybearer(
            "add", name, "--token-url", self.server.token_url, "--store", "sealed-file",
            "--client-id", self.server.client_id, "--client-secret-stdin", *options,
            stdin=self.server.client_secret.encode() + b"\n",
        )

    def listed(self):
        shown = self.assertOk(self.keybearer("list", "--json"))
        return [profile["name"] for profile in shown.json()["profiles"]]


class FullDiskTest(NamespaceTest):
    mounts = 'mount -t tmpfs -o size=64k,mode=700 none "$HOME"'

    def fill(self):
        script = 'mkdir -p "$HOME/x"; cat /dev/zero >"$HOME/x/filler" 2>/dev/null; true'
        self.box.run([*self.inside, "sh", "-c", script])

    def test_what_was_there_stays_and_nothing_is_half_written(self):
        self.assertEqual(0, (added := self.add("one")).status, added)
        self.fill()
        failed = self.add("two")
        self.assertFails(failed, SYSTEM)
        self.assertEqual(["one"], self.listed())
        self.assertEqual(0, self.keybearer("refresh", "one").status)
        find = self.box.run([*self.inside, "find", self.box.home, "-name", "*.tmp*"])
        self.assertEqual(b"", find.stdout)
        self.box.run([*self.inside, "rm", self.box.path("home", "x", "filler")])
        self.assertEqual(0, self.add("two").status)
        self.assertEqual(["one", "two"], sorted(self.listed()))

    def test_a_first_profile_that_does_not_fit(self):
        self.fill()
        self.assertFails(self.add("one"), SYSTEM)
        self.assertEqual([], self.listed())


class FullConfigurationTest(NamespaceTest):
    mounts = 'mount -t tmpfs -o size=64k,mode=700 none "$XDG_CONFIG_HOME"'

    def test_a_client_whose_profile_does_not_fit_is_taken_back(self):
        self.assertOk(self.add("one"))
        before = sorted(os.listdir(self.box.vault))
        self.box.run([*self.inside, "sh", "-c", 'cat /dev/zero >"$XDG_CONFIG_HOME/x" 2>/dev/null'])
        self.assertFails(self.add("two"), SYSTEM)
        self.assertEqual(["one"], self.listed())
        self.assertEqual(before, sorted(os.listdir(self.box.vault)))


class FullCacheTest(NamespaceTest):
    """What cannot be cached cannot be shared: who waited for it goes on alone."""

    CALLERS = 6
    mounts = 'mount -t tmpfs -o size=64k,mode=700 none "$XDG_RUNTIME_DIR"'

    def start(self):
        program = shutil.which("keybearer", path=self.box.env["PATH"])
        return self.box.start([*self.inside, program, "token", "one"])

    def herd(self, late):
        """One has asked the server, the others wait for it; LATE() answers whoever asks after it."""
        arrived, answer_now = threading.Event(), threading.Event()

        def answer(request):
            if arrived.is_set():
                late()
                return None
            arrived.set()
            answer_now.wait(60)
            return None

        asked = self.server.count
        self.server.behave(answer)
        running = [self.start()]
        self.assertTrue(arrived.wait(60))
        running += [self.start() for _ in range(self.CALLERS - 1)]
        waiting = {one.process.pid for one in running[1:]}
        wait_until(lambda: waiting <= blocked(), "the others wait")
        answer_now.set()
        tokens = [self.assertOk(one.wait()).text for one in running]
        return len(set(tokens)), self.server.count - asked

    def test_nobody_waits_for_what_cannot_be_cached(self):
        need_proc(self, "locks")
        self.assertOk(self.add("one", "--timeout", "120"))  # more than they need to come together
        self.assertOk(self.keybearer("forget", "one"))
        fill = 'cat /dev/zero >"$XDG_RUNTIME_DIR/filler" 2>/dev/null; true'
        self.box.run([*self.inside, "sh", "-c", fill])
        together = threading.Barrier(self.CALLERS - 1)
        self.assertEqual((self.CALLERS, self.CALLERS), self.herd(lambda: together.wait(100)))
        self.box.run([*self.inside, "rm", f"{self.box.runtime}/filler"])
        self.server.behave(None)
        self.assertEqual(0, self.keybearer("refresh", "one").status)
        self.assertOk(self.keybearer("forget", "one"))
        self.assertEqual((1, 1), self.herd(lambda: None))


class ReadOnlyHomeTest(NamespaceTest):
    mounts = 'mount --bind "$HOME" "$HOME" && mount -o remount,ro,bind "$HOME"'

    def before(self):
        added = self.box.add_profile("one", self.server)
        self.assertEqual(0, added.status, added)

    def test_tokens_flow_and_changes_are_refused(self):
        self.assertEqual(0, self.keybearer("refresh", "one").status)
        self.assertOk(self.keybearer("token", "one"))
        self.assertFails(self.add("two"), SYSTEM)
        self.assertFails(self.keybearer("remove", "--yes", "one"), SYSTEM)
        self.assertOk(self.keybearer("token", "one"))
        self.assertEqual(["one"], self.listed())


class ReadOnlyConfigurationTest(NamespaceTest):
    """As a dotfile manager keeps it: what changes nothing in it needs no right to write."""

    mounts = 'mount --bind "$XDG_CONFIG_HOME" "$XDG_CONFIG_HOME" && ' \
             'mount -o remount,ro,bind "$XDG_CONFIG_HOME"'

    def before(self):
        self.assertEqual(0, self.box.add_profile("one", self.server).status)

    def rotate(self, *options):
        self.server.client_secret += "-rotated"
        self.box.guard(self.server)
        return self.keybearer(
            "add", "one", "--client-id", self.server.client_id, "--client-secret-stdin", *options,
            stdin=self.server.client_secret.encode() + b"\n")

    def test_a_rotated_secret_can_be_stored(self):
        settings = ["--token-url", self.server.token_url, "--store", "sealed-file"]
        for options in ([], settings):
            with self.subTest(options):
                self.assertOk(self.rotate(*options))
                self.assertEqual(0, self.keybearer("refresh", "one").status)

    def test_other_settings_cannot(self):
        asked = self.server.count
        refused = self.rotate("--token-url", self.server.token_url, "--scope", "more",
                              "--store", "sealed-file")
        self.assertFails(refused, SYSTEM, "cannot write the configuration")
        self.assertIn(b"keybearer add one", refused.stderr)
        kept = self.keybearer("remove", "--yes", "one")
        self.assertFails(kept, SYSTEM, "cannot write the configuration")
        self.assertIn(b"if a package or a dotfile manager keeps the file there", kept.stderr)
        self.assertEqual(asked, self.server.count)
        self.assertEqual(["one"], self.listed())


if __name__ == "__main__":
    main("unshare", "nsenter")
