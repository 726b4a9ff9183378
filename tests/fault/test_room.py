"""No room, no names left, no right to write: an error of ours or a way round, and what was
there stays. A full disk as such is in e2e.disk.
"""

import os
import resource
import shutil
import stat
import subprocess
import unittest

from faults import DEADLINE, FULL
from harness import BIN, DENIED, DISMISSED, SYSTEM, Result, SandboxTest, main, not_under_memcheck
from test_disk import NamespaceTest
from token_server import TokenServer

REQUEST = b'{"uri": "https://api.example.com/v1/accounts"}'
MATCH = ("--match", "https://api.example.com/v1")


class Typed:
    def assertTyped(self, result, *statuses):
        self.assertIn(result.status, statuses or range(DISMISSED + 1), result)
        if result.status:
            self.assertFails(result, result.status)


class LittleRoomTest(Typed, NamespaceTest):
    """A home with room for 0, 1, 2... more pages of 4 KiB, of which each step takes some."""

    mounts = 'mount -t tmpfs -o size=64k,mode=700 none "$HOME"'
    pages = range(17) if FULL else (0, 1, 2, 4, 5, 7)

    def within(self, *words):
        return self.box.run([*self.inside, *words])

    def fill(self, pages):
        """Leaves room for PAGES."""
        script = ('mkdir -p "$HOME/x"; cat /dev/zero >"$HOME/x/filler" 2>/dev/null; '
                  f'rm -f "$HOME/x/room"; truncate -s -{4096 * pages} "$HOME/x/filler"')
        self.within("sh", "-c", script)

    def empty(self):
        self.within("rm", "-rf", self.box.path("home", "x"))

    def contents(self):
        """What lies in the home, as one archive; but for the filler and for times."""
        packed = self.within("tar", "-C", self.box.home, "--exclude=./x", "--mtime=@0",
                             "--sort=name", "-cf", "-", ".")
        self.assertEqual(0, packed.status, packed)
        return packed.stdout

    def test_no_room_a_step_that_does_not_fit_changes_nothing(self):
        self.assertEqual(0, (added := self.add("one")).status, added)
        other = self.box.path("other.key")
        shutil.copy(self.box.key_file, other)
        done = set()
        for pages in self.pages:
            for words in (["add", "two"], ["passwd", "--key-file", other], ["remove", "--yes", "two"]):
                with self.subTest(pages=pages, words=words[0]):
                    self.fill(pages)
                    before = self.contents()
                    result = self.add("two") if words[0] == "add" else self.keybearer(*words)
                    if result.status:
                        # Without "two", there is nothing to remove.
                        self.assertTyped(result, SYSTEM, 4)
                        self.assertEqual(before, self.contents())
                    else:
                        done.add(words[0])
                    self.assertEqual(0, self.keybearer("refresh", "one").status)
                    self.assertNotIn(b".kb-tmp-", self.within("find", self.box.home).stdout)
                    self.empty()
        self.assertEqual({"add", "passwd", "remove"}, done)


class FewNamesTest(Typed, NamespaceTest):
    """A home and a place for the cache that take a number of files more, and no further."""

    mounts = ('mount -t tmpfs -o size=1m,nr_inodes=100,mode=700 none "$HOME" && '
              'mkdir -m 700 "$HOME/run" && '
              'mount -t tmpfs -o size=64k,nr_inodes=100,mode=700 none "$HOME/run"')
    names = range(14) if FULL else (0, 1, 4, 7, 8, 12)

    def setUp(self):
        super().setUp()
        self.box.env["XDG_RUNTIME_DIR"] = os.path.join(self.box.home, "run")

    def leave(self, place, names):
        script = (f'rm -rf "{place}/x"; mkdir "{place}/x"; i=0; '
                  f'while true >"{place}/x/$i"; do i=$((i+1)); done 2>/dev/null; '
                  f'while [ $i -gt 0 ] && [ $n -gt 0 ]; do '
                  f'i=$((i-1)); n=$((n-1)); rm "{place}/x/$i"; done')
        self.box.run([*self.inside, "sh", "-c", f"n={names}; {script}"])

    def free(self, place):
        self.box.run([*self.inside, "rm", "-rf", f"{place}/x"])

    def test_no_room_a_home_without_names(self):
        done = 0
        for names in self.names:
            with self.subTest(names=names):
                self.leave(self.box.home, names)
                added = self.add("one")
                self.assertTyped(added, 0, SYSTEM, DENIED)
                self.assertEqual(["one"] if added.status == 0 else [], self.listed())
                done += added.status == 0
                self.free(self.box.home)
                if added.status == 0:
                    self.assertEqual(0, self.keybearer("refresh", "one").status)
                    self.assertEqual(0, self.keybearer("remove", "--yes", "one").status)
                self.box.run([*self.inside, "rm", "-rf", self.box.path("home", ".config"),
                              self.box.path("home", ".local")])
        self.assertNotEqual(0, done)
        self.assertEqual(0, self.add("one").status)

    def test_no_room_a_cache_without_names(self):
        self.assertEqual(0, (added := self.add("one")).status, added)
        place = self.box.env["XDG_RUNTIME_DIR"]
        for names in self.names:
            with self.subTest(names=names):
                self.keybearer("lock")
                self.box.run([*self.inside, "rm", "-rf", f"{place}/keybearer"])
                self.leave(place, names)
                for _ in range(2):
                    answer = self.assertOk(self.keybearer("token", "one"))
                    self.assertIn(answer.text, self.server.issued)
                self.assertTyped(self.keybearer("status"), 0)
                self.assertTyped(self.keybearer("forget", "one"), 0, SYSTEM)
                self.assertTyped(self.keybearer("lock"), 0)
                self.free(place)

    def test_no_room_a_full_cache(self):
        self.assertEqual(0, (added := self.add("one")).status, added)
        place = self.box.env["XDG_RUNTIME_DIR"]
        self.box.run([*self.inside, "sh", "-c", f'cat /dev/zero >"{place}/filler" 2>/dev/null'])
        for words in (["token", "one"], ["refresh", "one"], ["forget", "one"], ["token", "one"],
                      ["status"], ["lock"], ["token", "one"]):
            result = self.keybearer(*words)
            self.assertEqual(0, result.status, result)
            if words[0] == "token":
                self.assertEqual(self.server.token, result.text)


@not_under_memcheck("valgrind writes its report to a file, and gets the signal")
class NoFileGrowsTest(Typed, SandboxTest):
    """`ulimit -f 0`: every write to a file fails, and a signal comes with it."""

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        added = self.box.add_profile("work", self.server, *MATCH)
        self.assertEqual(0, added.status, added)

    def limited(self, *words, stdin=b"", **popen):
        """Its output goes to pipes, which have no such limit."""
        popen.setdefault("stdout", subprocess.PIPE)
        argv = [os.path.join(BIN, "keybearer"), *words]
        done = subprocess.run(
            argv, input=stdin, stderr=subprocess.PIPE, env=self.box.environment(), timeout=DEADLINE,
            cwd=self.box.work, **popen,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)))
        return self.box.heard(Result(argv, done.returncode, done.stdout or b"", done.stderr))

    def get(self):
        answer = self.assertOk(self.limited("get", stdin=REQUEST))
        self.assertIn(self.server.token, answer.text)

    def test_no_room_tokens_flow(self):
        self.get()
        self.box.keybearer("forget", "work")
        self.get()
        self.box.keybearer("lock")
        self.get()
        self.get()
        self.assertEqual(0, self.limited("refresh", "work").status)

    def test_no_room_changes_are_refused(self):
        with open(self.box.config_file, "rb") as file:
            before = file.read()
        add = ["add", "two", "--token-url", self.server.token_url, "--store", "sealed-file",
               "--client-id", self.server.client_id, "--client-secret-stdin"]
        secret = self.server.client_secret.encode() + b"\n"
        self.assertTyped(self.limited(*add, stdin=secret), SYSTEM)
        self.assertTyped(self.limited("passwd", "--key-file", self.box.key_file), SYSTEM)
        self.assertTyped(self.limited("status"), 0)
        self.assertTyped(self.limited("lock"), 0)
        with open(self.box.config_file, "rb") as file:
            self.assertEqual(before, file.read())
        self.assertEqual(0, self.box.keybearer("refresh", "work").status)

    def test_no_room_an_answer_that_goes_to_a_file(self):
        with open(self.box.path("answer"), "w+b") as file:
            failed = self.limited("get", stdin=REQUEST, stdout=file)
            self.assertTyped(failed, SYSTEM)
            self.assertEqual(b"", file.read())

    def test_no_room_a_command_that_is_run_keeps_the_signal(self):
        """What blocks it is ours alone: `run` gives the command what the caller had."""
        script = "echo x > probe"
        failed = self.limited("run", "work", "--", "sh", "-c", f"exec /bin/sh -c '{script}'")
        self.assertEqual(-25, failed.status, failed)  # SIGXFSZ


@unittest.skipIf(os.geteuid() == 0, "root may write everywhere; the same tests run as a user")
class ReadOnlyDirectoriesTest(Typed, SandboxTest):
    """Mode 0500 where something would have to be written."""

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        added = self.box.add_profile("work", self.server, *MATCH)
        self.assertEqual(0, added.status, added)
        self.addCleanup(self.restore)
        self.changed = []

    def close(self, path):
        self.changed.append(path)
        os.chmod(path, stat.S_IRUSR | stat.S_IXUSR)

    def restore(self):
        while self.changed:
            os.chmod(self.changed.pop(), stat.S_IRWXU)

    def check(self, path, *refused):
        """Those of the commands whose name is in REFUSED fail, the rest works."""
        self.close(path)
        commands = {
            "add": lambda: self.box.add_profile("two", self.server),
            "passwd": lambda: self.box.keybearer("passwd", "--key-file", self.box.key_file),
            "refresh": lambda: self.box.keybearer("refresh", "work"),
            "get": lambda: self.box.keybearer("get", stdin=REQUEST),
            "forget": lambda: self.box.keybearer("forget", "work"),
            "lock": lambda: self.box.keybearer("lock"),
            "remove": lambda: self.box.keybearer("remove", "--yes", "work"),
        }
        for name, command in commands.items():
            with self.subTest(name):
                self.assertTyped(command(), *([SYSTEM, DENIED] if name in refused else [0]))
        self.restore()

    def test_no_room_for_the_configuration(self):
        self.check(os.path.dirname(self.box.config_file), "add", "remove")
        self.assertEqual(0, self.box.keybearer("refresh", "work").status)

    def test_no_room_for_the_vault(self):
        self.check(self.box.vault, "add", "passwd", "remove")
        self.assertEqual(0, self.box.keybearer("refresh", "work").status)

    def test_no_room_for_the_cache(self):
        """What is in it can be read, and not be dropped."""
        self.assertOk(self.box.keybearer("get", stdin=REQUEST))
        self.check(os.path.join(self.box.runtime, "keybearer"), "forget", "lock")


if __name__ == "__main__":
    main()
