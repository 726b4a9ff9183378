"""KEYBEARER_LOG=file: a log in a fixed place, for tools that swallow standard error."""

import fcntl
import json
import os
import re
import stat

from harness import DENIED, SandboxTest, main
from token_server import TokenServer, refused

FULL = 1 << 20
LINE = re.compile(rb"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ (\d+) ([^:]+): ([ -~]+)\n")
OLD = b"2026-01-01T00:00:00Z 1 work: " + 70 * b"." + b"\n"


class LogFileTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        added = self.box.add_profile("work", self.server)
        self.assertEqual(0, added.status, added)
        self.folder = os.path.join(self.box.home, ".local", "state", "keybearer")
        self.log = os.path.join(self.folder, "log")
        self.box.env["KEYBEARER_LOG"] = "file"

    def token(self, **run):
        """Whatever is the matter with the log."""
        said = self.box.keybearer("token", "work", **run)
        self.assertEqual((0, b""), (said.status, said.stderr), said)
        return said

    def lines(self, path=None):
        """(process, subject, event) of each."""
        with open(path or self.log, "rb") as file:
            told = [LINE.fullmatch(line) for line in file]
        self.assertTrue(all(told))
        return [match.groups() for match in told]

    def fill(self, size, mode=0o600):
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        with open(os.open(self.log, os.O_CREAT | os.O_WRONLY, mode), "wb") as file:
            file.write(-(-size // len(OLD)) * OLD)

    def doctor(self):
        page = self.box.keybearer("doctor", "--json").json()
        [log] = [check for check in page["checks"] if check["check"] == "log"]
        return log

    def test_the_lines(self):
        self.token()
        told = self.lines()
        self.assertIn((b"work", b"cached token, life left"), [(who, what[:23]) for _, who, what in told])
        self.assertEqual(1, len({process for process, _, _ in told}))
        self.assertEqual(0o600, stat.S_IMODE(os.stat(self.log).st_mode))
        self.assertEqual(0o700, stat.S_IMODE(os.stat(self.folder).st_mode))
        self.assertEqual(("ok", self.log), (self.doctor()["level"], self.doctor()["text"]))

    def test_a_failure_is_named_and_not_repeated(self):
        """A server may have said something of what it was sent."""
        self.server.behave(lambda request: refused(message="words of the server"))
        for words in (["refresh", "work"], ["credential-helper", "get"]):
            self.box.keybearer(*words, stdin=b"{}")
        with open(self.log, "rb") as file:
            log = file.read()
        self.assertIn(b" failed: denied\n", log)
        self.assertNotIn(b"words", log)

    def test_a_tools_call_that_fails(self):
        self.server.behave(lambda request: refused())
        self.box.keybearer("forget", "work")
        self.assertEqual(DENIED, self.box.keybearer("token", "work").status)
        self.assertIn((b"failed", b"denied"), [line[1:] for line in self.lines()])

    def test_other_values_are_for_standard_error(self):
        for value in ("1", "FILE", "file ", "files", "/dev/stdout"):
            said = self.box.keybearer("token", "work", env={"KEYBEARER_LOG": value})
            self.assertIn(b"keybearer: log: ", said.stderr)
        self.token(env={"KEYBEARER_LOG": "0"})
        self.assertFalse(os.path.exists(self.folder))

    def test_where_it_is(self):
        elsewhere = self.box.path("state")
        self.token(env={"XDG_STATE_HOME": elsewhere})
        self.assertNotEqual([], self.lines(os.path.join(elsewhere, "keybearer", "log")))
        self.assertFalse(os.path.exists(self.folder))
        self.token(env={"XDG_STATE_HOME": "state"})
        self.assertNotEqual([], self.lines())
        self.assertEqual([], os.listdir(self.box.work))

    def test_a_hundred_at_once(self):
        """Each line is whole, and none is lost, also while the file is put aside."""
        self.fill(FULL - 20 * len(OLD))
        with open(self.log, "rb") as file:
            before = len(file.readlines())
        started = self.box.start_many(100, ["keybearer", "token", "work"])
        for process in started:
            said = process.wait()
            self.assertEqual((0, b""), (said.status, said.stderr), said)
        told = self.lines(self.log + ".1")[before:] + self.lines()
        self.assertEqual(100, len({process for process, _, _ in told}))
        self.assertEqual(100, sum(what.startswith(b"cached token") for _, _, what in told))
        self.assertEqual(["log", "log.1"], sorted(os.listdir(self.folder)))

    def test_a_full_one_is_put_aside(self):
        self.fill(FULL)
        with open(self.log + ".1", "wb") as file:
            file.write(b"older\n")
        self.token()
        self.assertEqual(-(-FULL // len(OLD)), len(self.lines(self.log + ".1")))
        self.assertLess(len(self.lines()), 10)

    def test_somebody_else_puts_it_aside(self):
        """Who comes meanwhile writes on, and does not wait for a process that may be stopped."""
        self.fill(FULL)
        with open(self.log, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self.token()
            self.assertEqual(["log"], os.listdir(self.folder))
            self.assertGreater(os.path.getsize(self.log), FULL + 100)
        self.token()
        self.assertEqual(["log", "log.1"], sorted(os.listdir(self.folder)))

    def test_a_link_in_the_place_of_the_former(self):
        victim = self.box.path("victim")
        self.fill(FULL)
        os.symlink(victim, self.log + ".1")
        self.token()
        self.assertFalse(os.path.exists(victim))
        self.assertFalse(os.path.islink(self.log + ".1"))

    def test_one_that_cannot_be_put_aside_has_an_end(self):
        self.fill(2 * FULL - 100)
        os.makedirs(os.path.join(self.log + ".1", "mine"))
        for _ in range(3):
            self.token()
        self.assertLess(os.path.getsize(self.log), 2 * FULL + 300)

    def with_room_for(self, size, *words):
        """Where no file grows beyond SIZE bytes, as on a disk that is full."""
        limited = ["sh", "-c", f'ulimit -f {size // 512}; exec "$@"', "sh", *self.box._resolve(["keybearer"])]
        return self.box.run([*limited, *words])

    def test_no_room(self):
        """doctor says so; the next line does not go on in the one that was cut off."""
        self.fill(512 * 20)
        os.truncate(self.log, 512 * 20 - 10)
        with open(self.log, "r+b") as file:
            file.seek(-1, os.SEEK_END)
            file.write(b"\n")
        self.assertEqual(0, self.with_room_for(512 * 20, "token", "work").status)
        self.assertEqual(512 * 20, os.path.getsize(self.log))
        page = json.loads(self.with_room_for(512 * 20, "doctor", "--json").stdout)
        self.assertEqual(["fail"], [check["level"] for check in page["checks"] if check["check"] == "log"])
        self.token()
        with open(self.log, "rb") as file:
            ended, *whole = file.read()[512 * 20 - 10:].splitlines(keepends=True)
        self.assertEqual(11, len(ended))
        self.assertTrue(whole and all(map(LINE.fullmatch, whole)), whole)

    def test_what_is_no_log_of_ours(self):
        victim = self.box.path("victim")
        with open(os.open(victim, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write("mine\n")
        os.makedirs(self.folder, mode=0o700)
        for make in (lambda: os.symlink(victim, self.log), lambda: os.link(victim, self.log),
                     lambda: os.mkfifo(self.log, 0o600)):
            make()
            self.token()
            found = self.doctor()
            self.assertEqual(("fail", f"rm {self.log}"), (found["level"], found["hint"]))
            os.unlink(self.log)
        os.mkdir(self.log)
        self.assertEqual(f"rm -r {self.log}", self.doctor()["hint"])
        with open(victim) as file:
            self.assertEqual("mine\n", file.read())

    def test_where_others_may_look(self):
        for mode in (0o644, 0o660, 0o606):
            self.fill(1)
            os.chmod(self.log, mode)
            size = os.path.getsize(self.log)
            self.token()
            self.assertEqual(size, os.path.getsize(self.log))
            self.assertEqual(f"chmod 600 {self.log}", self.doctor()["hint"])
            os.unlink(self.log)
        os.chmod(self.folder, 0o755)
        self.token()
        self.assertEqual([], os.listdir(self.folder))
        self.assertIn(f"chmod 700 {self.folder}", self.doctor()["hint"])

    def test_a_place_that_nobody_can_write(self):
        os.makedirs(self.folder, mode=0o700)
        os.mkdir(self.log)
        self.token()
        self.assertEqual("fail", self.doctor()["level"])
        self.assertNotIn(b"log", self.token(env={"HOME": None, "XDG_STATE_HOME": None,
                                                 "KEYBEARER_CONFIG": self.box.config_file}).stderr)


if __name__ == "__main__":
    main()
