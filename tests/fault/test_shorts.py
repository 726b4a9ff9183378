"""Reads and writes of one byte, calls that a signal interrupts, signals all the time: every
command succeeds, and leaves the same files as an undisturbed one.
"""

import json
import os
import re
import secrets
import signal
import threading
import time

from faults import FULL, disturbed, end_in_time
from harness import Sandbox, SandboxTest, figures, main, need_keyrings, wait_until
from token_server import TokenServer
from tracing import need_strace

ADDRESS = "https://api.example.com/v1"
REQUEST = json.dumps({"uri": f"{ADDRESS}/accounts"}).encode()
RHYTHMS = range(2, 12) if FULL else (2, 7)
RANDOM = re.compile("[0-9a-f]{32}")
ROUNDS = 50 if FULL else 2


class Commands(SandboxTest):
    """One life of a profile, from `add` to `remove`, here and in an undisturbed sandbox."""

    def setUp(self):
        super().setUp()
        need_keyrings(self)
        self.server = self.enterContext(TokenServer())
        self.calm = self.enterContext(Sandbox())
        self.key = secrets.token_bytes(48)

    def commands(self, box):
        """(name, words, stdin), in this order."""
        other = box.path("other.key")
        with open(os.open(other, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
            file.write(self.key)
        secret = self.server.client_secret.encode() + b"\n"
        add = ["--token-url", self.server.token_url, "--store", "sealed-file", "--match", ADDRESS,
               "--client-id", self.server.client_id, "--client-secret-stdin"]
        return [
            ("add", ["add", "work", *add], secret),
            ("add a second one", ["add", "two", *add[:-5], *add[-3:]], secret),
            ("get", ["get"], REQUEST),
            ("get", ["get"], REQUEST),
            ("forget", ["forget", "work"], b""),
            ("cold get", ["get"], REQUEST),
            ("refresh", ["refresh", "work"], b""),
            ("passwd", ["passwd", "--key-file", other], b""),
            ("status", ["status", "--json"], b""),
            ("list", ["list", "--json"], b""),
            ("lock", ["lock"], b""),
            ("unlock", ["unlock"], b""),
            ("token", ["token", "two"], b""),
            ("run", ["run", "work", "--", "sh", "-c", 'echo "$BEARER_TOKEN"'], b""),
            ("remove", ["remove", "--yes", "two"], b""),
        ]

    def run_in(self, box, run):
        """RUN(words, stdin) for each command; what they leave behind, after each."""
        box.guard(self.server)
        left = []
        for name, words, stdin in self.commands(box):
            result = run(words, stdin)
            self.assertEqual(0, result.status, (name, result))
            self.assertEqual(b"", result.stderr, (name, result))
            self.check(name, result)
            left.append((name, self.left_in(box)))
            if name == "passwd":
                box.env["KEYBEARER_KEY_FILE"] = words[-1]
        return left

    def check(self, name, result):
        if name in ("get", "cold get"):
            value = result.json()["headers"]["Authorization"][0]
            self.assertIn(value.removeprefix("Bearer "), self.server.issued)
        elif name in ("token", "run"):
            self.assertIn(result.text, self.server.issued)
        elif name == "status":
            self.assertTrue(all(one["client_stored"] for one in result.json()["profiles"]))

    def left_in(self, box):
        """Of the configuration every byte; of what is sealed, each file's size and mode, not its
        random name."""
        files = []
        for place, _, names in os.walk(box.home):
            for name in names:
                path = os.path.join(place, name)
                st = os.stat(path)
                with open(path, "rb") as file:
                    content = file.read() if name == "config.json" else st.st_size
                known = RANDOM.sub("RANDOM", os.path.relpath(path, box.home))
                files.append((known, st.st_mode, content))
        return sorted(files)

    def assertSame(self, run):
        wanted = self.run_in(self.calm, lambda words, stdin: self.calm.keybearer(*words, stdin=stdin))
        self.assertEqual(wanted, self.run_in(self.box, run))
        self.assertEqual(0, self.box.keybearer("refresh", "work").status)


class ShortTest(Commands):
    def setUp(self):
        super().setUp()
        need_strace(self)  # the same reasons forbid our own tool
        self.addCleanup(setattr, self, "box", self.box)

    def disturbed(self, order):
        def run(words, stdin):
            outcome = disturbed(self.box, order, ["keybearer", *words], stdin)
            if outcome is None:
                self.skipTest("processes may not be traced here")
            self.assertEqual([], outcome.crashes)
            self.hits += sum(outcome.hits.values())
            return outcome.result

        self.hits = 0
        self.assertSame(run)
        self.assertGreater(self.hits, 10)
        print(f"{order}: {self.hits} calls disturbed")
        figures(**{"calls disturbed": self.hits})

    def test_disturbed_one_byte_at_a_time(self):
        self.disturbed("short")

    def test_disturbed_interrupted_calls(self):
        for rhythm in RHYTHMS:
            with self.subTest(rhythm):
                with Sandbox() as self.calm, Sandbox() as self.box:
                    self.disturbed(f"interrupt:{rhythm}")
                    self.assertEqual([], self.box.leaks())


class StormTest(Commands):
    """A signal a millisecond, to the front and the helper."""

    SIGNALS = (signal.SIGALRM, signal.SIGCHLD, signal.SIGURG, signal.SIGWINCH, signal.SIGCONT)

    def setUp(self):
        super().setUp()
        if os.environ.get("KB_TEST_SLOW"):
            self.skipTest("signals disturb LeakSanitizer, which then never ends")

    def start(self, words, stdin=b""):
        """Whoever starts us may have SIGALRM ignored: else the first one would end us, rightly."""
        return self.box.start(
            ["keybearer", *words], stdin, start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGALRM, signal.SIG_IGN))

    def storm(self, running):
        while running.process.poll() is None:
            for number in self.SIGNALS:
                try:
                    os.killpg(running.process.pid, number)
                    self.sent += 1
                except ProcessLookupError:
                    pass
            time.sleep(0.001)

    def stormy(self, words, stdin):
        running = self.start(words, stdin)
        storm = threading.Thread(target=self.storm, args=(running,))
        storm.start()
        end_in_time(running)
        storm.join()
        return running.wait()

    def test_disturbed_signals_all_the_time(self):
        self.sent = 0
        self.assertSame(self.stormy)
        for _ in range(ROUNDS):
            self.assertOk(self.stormy(["get"], REQUEST))
            self.assertEqual(0, self.stormy(["refresh", "work"], b"").status)
        figures(signals=self.sent)

    def test_disturbed_who_waits_for_another_is_not_woken_too_soon(self):
        """Its own timer is one of the signals that come."""
        self.sent = 0
        gate = threading.Event()
        self.addCleanup(gate.set)
        added = self.box.add_profile("work", self.server)
        self.assertEqual(0, added.status, added)
        self.box.keybearer("forget", "work")
        asked = self.server.count
        self.server.behave(lambda request: gate.wait(60) and None)  # a token, but later
        leader = self.start(["token", "work"])
        wait_until(lambda: self.server.count > asked, "the leader's helper asks")
        waiters = [self.start(["token", "work"]) for _ in range(3)]
        storms = [threading.Thread(target=self.storm, args=(one,)) for one in (leader, *waiters)]
        for storm in storms:
            storm.start()
        wait_until(lambda: self.sent > 2000, "the storm")
        self.assertEqual([None] * 3, [one.process.poll() for one in waiters])
        gate.set()
        for storm in storms:
            storm.join()
        for one in (leader, *waiters):
            self.assertEqual(self.server.token, self.assertOk(one.wait()).text)
        self.assertEqual(asked + 1, self.server.count)


if __name__ == "__main__":
    main()
