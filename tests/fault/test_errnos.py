"""Whichever system call fails, and however: an answer that is right, or an error of ours.

Each command is run once to see which calls it makes, in the front, in the child that becomes
the helper, and in the helper; then again and again, with one of these calls failing, or one
and all of the same name that follow. What must hold is in `Sweep.check`.
"""

import json
import os
import random
import re
import secrets
import shutil

from faults import FULL, SLOW, Fault, disturbed, faults_of, unknown_calls
from harness import DENIED, DISMISSED, LOCKED, Result, SandboxTest, figures, main, need_keyrings
from token_server import TokenServer
from tracing import need_strace

SAMPLE = 7  # faults a command, in a plain run
ADDRESS = "https://api.example.com/v1"
REQUEST = json.dumps({"uri": f"{ADDRESS}/accounts"}).encode()

# json-c says this of its own accord, once, and goes on with another seed.
LIBRARY_TALK = re.compile(
    rb"error from getrandom\(\): (Input/output error|Operation not permitted)")


def contents(top):
    """What the files below TOP hold: name -> bytes."""
    found = {}
    for directory, _, names in os.walk(top):
        for name in names:
            path = os.path.join(directory, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, top)] = file.read()
    return found


class Sweep(SandboxTest):
    """One command, disturbed in every way. Subclasses say which, and what must be left."""

    argv = ()
    stdin = b""
    always = ()  # faults that the sample must have: each showed something once

    def setUp(self):
        super().setUp()
        need_strace(self)  # the same reasons forbid our own tool
        self.server = self.enterContext(TokenServer())
        added = self.box.add_profile("work", self.server, "--match", ADDRESS)
        self.assertEqual(0, added.status, added)
        self.prepare()
        self.keep()

    def prepare(self):
        """Whatever the command needs beside the profile "work" and its token."""

    def done(self, result):
        """The command said that all went well: so it must have. `self.fault` is what it met."""

    def undone(self, result):
        """It said that something failed: what was there before must be there."""

    def told_late(self, fault):
        """Whether FAULT can hide a success: in the front, which only hears of it, or in telling."""
        return fault.life == 0 or fault.name == "write"

    # --- the state between two runs ---

    def keep(self):
        self.kept = self.box.path("kept")
        shutil.copytree(self.box.home, self.kept)

    def restore(self):
        """The home as it was; what the cache holds is each command's own affair."""
        if contents(self.box.home) != contents(self.kept):
            shutil.rmtree(self.box.home)
            shutil.copytree(self.kept, self.box.home)

    def drop_cache(self):
        self.assertEqual(0, (locked := self.box.keybearer("lock")).status, locked)
        shutil.rmtree(os.path.join(self.box.runtime, "keybearer"), ignore_errors=True)

    # --- one disturbed run ---

    def words(self):
        return self.argv

    def disturb(self, order):
        return disturbed(self.box, order, ["keybearer", *self.words()], self.stdin)

    def assertTyped(self, result, fault):
        """Nothing on stdout; one error of ours and its hint, unless it was stderr that failed."""
        self.assertEqual(b"", result.stdout)
        self.assertIn(result.status, range(1, DISMISSED + 1))
        said = LIBRARY_TALK.sub(b"", result.stderr)
        if said == b"" and fault.name == "write" and fault.life == 0:
            return
        lines = said.decode().splitlines()
        self.assertEqual(2, len(lines))
        self.assertRegex(lines[0], r"^keybearer: error: .")
        self.assertRegex(lines[1], r"^keybearer: hint: .")

    def check(self, outcome, fault):
        result = outcome.result
        self.assertEqual([], outcome.crashes)
        if result.status == 0:
            self.assertEqual(b"", LIBRARY_TALK.sub(b"", result.stderr))
            self.done(result)
        else:
            self.assertTyped(result, fault)
            self.check_failed(result, fault)
        if fault.name != "unlinkat":  # nothing could have removed it; the next writer does
            left = [name for name in contents(self.box.home) if ".kb-tmp-" in name]
            self.assertEqual([], left)

    def check_failed(self, result, fault):
        """All as it was; or all as it should be, where nobody could say so."""
        try:
            self.undone(result)
        except AssertionError:
            if not self.told_late(fault):
                raise
            self.done(result)

    def token_works(self, profile="work", env=None):
        """A normal run afterwards: a token that the server takes."""
        answer = self.assertOk(self.box.keybearer("token", profile, env=env))
        self.assertIn(answer.text, self.server.issued)

    def refresh_works(self, profile="work", env=None):
        """The same without the cache, and whatever failure is remembered."""
        refreshed = self.box.keybearer("refresh", profile, env=env)
        self.assertEqual(0, refreshed.status, refreshed)

    def chosen(self, faults):
        if FULL or len(faults) <= SAMPLE:
            return faults
        dice = random.Random(type(self).__name__)
        return [*self.always, *dice.sample(faults, SAMPLE - len(self.always))]

    def run_faults(self):
        self.restore()
        first = self.disturb("list")
        if first is None:
            self.skipTest("processes may not be traced here")
        self.assertEqual(0, first.result.status, first.result)
        self.assertEqual([], unknown_calls(first.calls))
        faults = faults_of(first.calls)
        tally = {"done": 0, "undone": 0, "missed": 0}
        for fault in self.chosen(faults):
            with self.subTest(str(fault)):
                self.restore()
                self.fault = fault
                outcome = self.disturb(fault.order)
                if outcome.seconds > SLOW:
                    print(f"{outcome.seconds:.1f} s: {fault}")
                tally["missed"] += not outcome.hits
                tally["undone" if outcome.result.status else "done"] += 1
                try:
                    self.check(outcome, fault)
                except AssertionError as failure:
                    raise AssertionError(f"{failure}\nafter {outcome.result}") from None
        # What said nothing need not be searched for every token of thousands.
        self.box.said = [result for result in self.box.said if result.stderr]
        print(f"{type(self).__name__}: {len(first.calls)} calls, {len(faults)} faults: {tally}")
        figures(faults=sum(tally.values()), **tally)
        self.assertLess(tally["missed"], sum(tally.values()) / 2)


class Get(Sweep):
    argv, stdin = ["get"], REQUEST

    def done(self, result):
        if result.status == 0:
            header = result.json()["headers"]["Authorization"][0]
            self.assertIn(header.removeprefix("Bearer "), self.server.issued)


class CachedGetTest(Get):
    def restore(self):
        super().restore()
        self.assertOk(self.box.keybearer("get", stdin=REQUEST))

    def undone(self, result):
        self.assertOk(self.box.keybearer("get", stdin=REQUEST))

    def test_failing_call_cached_get(self):
        self.run_faults()


class ColdGetTest(Get):
    """Without a directory, a key or a record: all of it is made."""

    def restore(self):
        super().restore()
        self.drop_cache()

    def undone(self, result):
        self.refresh_works()
        self.assertOk(self.box.keybearer("get", stdin=REQUEST))

    def test_failing_call_cold_get(self):
        self.run_faults()


class Add(Sweep):
    def names(self):
        shown = self.assertOk(self.box.keybearer("list", "--json")).json()
        return sorted(profile["name"] for profile in shown["profiles"])


class AddTest(Add):
    """A second profile beside the first."""

    always = (Fault(2, "fsync", 4, "EIO"), Fault(2, "getrandom", 9, "EIO"))

    def words(self):
        return ["add", "two", "--token-url", self.server.token_url, "--store", "sealed-file",
                "--client-id", self.server.client_id, "--client-secret-stdin"]

    def prepare(self):
        self.box.guard(self.server)
        self.stdin = self.server.client_secret.encode() + b"\n"

    def done(self, result):
        self.assertEqual(["two", "work"], self.names())
        self.refresh_works("two")
        self.refresh_works("work")

    def undone(self, result):
        """
        All as it was; but where nothing can be written or removed any more, a card says what may be
        left, and `remove` takes that away.
        """
        if self.box.cards("two"):
            if not self.fault.on:
                self.assertEqual([], self.box.references("two"))
            self.assertEqual(0, (removed := self.box.keybearer("remove", "--yes", "two")).status, removed)
        self.assertEqual(contents(self.kept), contents(self.box.home))
        self.refresh_works("work")

    def test_failing_call_add(self):
        self.run_faults()


class AddOverTest(Add):
    """The same profile at another endpoint: client and settings change together or not at all."""

    def prepare(self):
        self.other = self.enterContext(TokenServer(client_secret="another " + secrets.token_hex(8)))
        self.box.guard(self.other)
        self.stdin = self.other.client_secret.encode() + b"\n"

    def words(self):
        return ["add", "work", "--token-url", self.other.token_url, "--store", "sealed-file",
                "--client-id", self.other.client_id, "--client-secret-stdin"]

    def asked(self, server):
        """What a refresh asks SERVER for, after the result."""
        before = server.count
        self.refresh_works()
        return server.count - before

    def done(self, result):
        self.assertEqual(1, self.asked(self.other))

    def undone(self, result):
        self.assertEqual(["work"], self.names())
        self.assertEqual(1, self.asked(self.server))

    def test_failing_call_add_over(self):
        self.run_faults()


class AdoptTest(Sweep):
    """The configuration names another endpoint: the client is bound to it, or still refused."""

    argv = ["adopt", "work", "--yes"]

    def prepare(self):
        self.other = self.enterContext(TokenServer())
        self.box.guard(self.other)
        with open(self.box.config_file) as file:
            text = file.read().replace(self.server.token_url, self.other.token_url)
        with open(self.box.config_file, "w") as file:
            file.write(text)

    def done(self, result):
        before = self.other.count
        self.refresh_works()
        self.assertEqual(before + 1, self.other.count)

    def undone(self, result):
        self.assertFails(self.box.keybearer("refresh", "work"), DENIED)
        self.assertEqual(0, self.box.keybearer(*self.argv).status)
        self.done(result)

    def test_failing_call_adopt(self):
        self.run_faults()


class PasswdTest(Sweep):
    """Another key file unlocks the vault, or still the first."""

    def prepare(self):
        self.other = self.box.path("other.key")
        with open(os.open(self.other, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
        self.argv = ["passwd", "--key-file", self.other]

    def restore(self):
        super().restore()
        self.drop_cache()

    def done(self, result):
        self.refresh_works(env={"KEYBEARER_KEY_FILE": self.other})

    def undone(self, result):
        self.assertEqual(contents(self.kept), contents(self.box.home))
        self.refresh_works()

    def test_failing_call_passwd(self):
        self.run_faults()


class RemoveTest(Sweep):
    """Stopped half way, the same command finishes."""

    argv = ["remove", "--yes", "work"]

    def restore(self):
        super().restore()
        self.assertOk(self.box.keybearer("token", "work"))

    def done(self, result):
        left = contents(self.box.home)
        self.assertEqual([], [name for name in left if name.endswith((".kbr", ".card"))])
        shown = self.assertOk(self.box.keybearer("list", "--json")).json()
        self.assertEqual([], shown["profiles"])

    def undone(self, result):
        again = self.box.keybearer("remove", "--yes", "work")
        self.assertEqual(0, again.status, again)
        self.done(again)

    def test_failing_call_remove(self):
        self.run_faults()


class ForgetTest(Sweep):
    argv = ["forget", "work"]
    always = (Fault(0, "keyctl", 1, "EINTR"), Fault(0, "openat", 2, "EMFILE"))

    def restore(self):
        super().restore()
        self.cached = self.assertOk(self.box.keybearer("token", "work")).text

    def done(self, result):
        """A place that may not be entered is no place of the cache: then nothing is cached."""
        answer = self.assertOk(self.box.keybearer("token", "work"))
        if self.fault.name != "openat" or self.fault.error not in ("EACCES", "EPERM", "EROFS"):
            self.assertNotEqual(self.cached, answer.text)

    def undone(self, result):
        self.token_works()

    def test_failing_call_forget(self):
        self.run_faults()


class StatusTest(Sweep):
    argv = ["status", "--json"]

    def restore(self):
        super().restore()
        self.token_works()

    def done(self, result):
        """What it could not find out it must not guess."""
        if result.status == 0:
            profile = result.json()["profiles"][0]
            self.assertEqual("work", profile["name"])
            self.assertTrue("store_error" in profile or profile["client_stored"])
        self.token_works()

    def undone(self, result):
        self.token_works()

    def test_failing_call_status(self):
        self.run_faults()


class LockTest(Sweep):
    """Afterwards neither the kernel nor the cache opens anything, or `lock` says that it failed."""

    argv = ["lock"]
    always = (Fault(2, "keyctl", 1, "EPERM"), Fault(2, "keyctl", 2, "EPERM", on=True))
    without_key_file = {"KEYBEARER_KEY_FILE": None}

    def restore(self):
        super().restore()
        unlocked = self.box.keybearer("unlock")
        self.assertEqual(0, unlocked.status, unlocked)
        self.refresh_works(env=self.without_key_file)

    def done(self, result):
        """Where the helper finds no keyring at all, nobody can tell it of a key."""
        if self.fault.on and self.fault.name == "keyctl" and self.fault.number == 1:
            return
        self.assertFails(self.box.keybearer("token", "work", env=self.without_key_file), LOCKED)

    def undone(self, result):
        self.token_works()
        self.assertEqual(0, self.box.keybearer("lock").status)
        self.assertFails(self.box.keybearer("token", "work", env=self.without_key_file), LOCKED)

    def assertTyped(self, result, fault):
        """What was locked is said, also where a token of `run --file` may be left."""
        if b"run --file may be left" in result.stderr:
            self.assertIn(b"cached token is forgotten", result.stdout)
            result = Result(result.argv, result.status, b"", result.stderr)
        super().assertTyped(result, fault)

    def test_failing_call_lock(self):
        need_keyrings(self)
        self.run_faults()


class UnlockTest(Sweep):
    argv = ["unlock"]
    without_key_file = {"KEYBEARER_KEY_FILE": None}

    def restore(self):
        super().restore()
        self.drop_cache()

    def done(self, result):
        self.refresh_works(env=self.without_key_file)

    def undone(self, result):
        self.refresh_works()

    def test_failing_call_unlock(self):
        need_keyrings(self)
        self.run_faults()


if __name__ == "__main__":
    main()
