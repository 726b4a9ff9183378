"""The terminal after a hidden question, however that question came to its end."""

import os
import pty
import re
import select
import signal
import subprocess
import termios
import time

from harness import PATIENCE, SandboxTest, main, need_keyrings, need_proc, not_under_memcheck, wait_until
from token_server import CLIENT_SECRET, TokenServer

PASSPHRASE = "correct horse battery staple"
QUESTION = "Passphrase of the vault: "


class Shell:
    """An interactive sh on a terminal of its own: it does not mend a terminal's settings."""

    def __init__(self, box):
        self._master, slave = pty.openpty()
        self.shown = ""
        self._seen = 0
        self._process = subprocess.Popen(
            ["/bin/sh", "-i"], stdin=slave, stdout=slave, stderr=slave,
            env=box.environment({"PS1": "ready> ", "TERM": "dumb"}), cwd=box.work,
            start_new_session=True, preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR)),
        )
        os.close(slave)
        self.wait_for("ready> ")

    def close(self):
        self._process.kill()
        self._process.wait()
        os.close(self._master)

    def type(self, text):
        os.write(self._master, text.encode())

    def wait_for(self, text):
        """Until TEXT appears behind what was waited for before; returns what came before it."""
        deadline = time.monotonic() + PATIENCE
        while (at := self.shown.find(text, self._seen)) < 0:
            ready, _, _ = select.select([self._master], [], [], deadline - time.monotonic())
            if not ready:
                raise AssertionError(f"{text!r} never came: {self.shown!r}")
            self.shown += os.read(self._master, 4096).decode()
        before, self._seen = self.shown[self._seen : at], at + len(text)
        return before

    def echoes(self):
        return bool(termios.tcgetattr(self._master)[3] & termios.ECHO)


class TerminalTest(SandboxTest):
    def setUp(self):
        super().setUp()
        need_keyrings(self)
        del self.box.env["KEYBEARER_KEY_FILE"]
        self.box.secret(PASSPHRASE)
        lines = f"{CLIENT_SECRET}\n{PASSPHRASE}\n".encode()
        with TokenServer() as server:
            added = self.box.add_profile("work", server, "--passphrase-stdin", stdin=lines)
        self.assertEqual(0, added.status, added)
        self.assertEqual(0, self.box.keybearer("lock").status)
        self.shell = Shell(self.box)
        self.addCleanup(self.shell.close)

    @staticmethod
    def all_stopped(front):
        """Whether FRONT and its helper are: a shell says so as soon as the front is."""
        states = []
        with open(f"/proc/{front}/task/{front}/children") as children:
            processes = [front, *children.read().split()]
        for process in processes:
            with open(f"/proc/{process}/stat") as file:
                states.append(file.read().rpartition(") ")[2][0])
        return states == ["T", "T"]

    def ask(self):
        """Has a question on the terminal, without echo; the process id of the front."""
        self.shell.type("sh -c 'echo front:$$:; exec keybearer unlock'\n")
        before = self.shell.wait_for(QUESTION)
        self.assertFalse(self.shell.echoes())
        return int(re.search(r"front:(\d+):", before)[1])

    def assertEchoes(self, why):
        """With time for the helper, which ends by itself when its front is gone."""
        wait_until(self.shell.echoes, f"the terminal echoes after {why}")

    def test_echo_after_a_signal(self):
        for number in (
            signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGALRM,
            signal.SIGUSR1, signal.SIGKILL,
        ):
            with self.subTest(number):
                os.kill(self.ask(), number)
                self.assertEchoes(number)
                self.shell.wait_for("ready> ")

    def test_echo_after_the_helper_was_killed(self):
        need_proc(self)
        front = self.ask()
        with open(f"/proc/{front}/task/{front}/children") as children:
            (helper,) = children.read().split()
        os.kill(int(helper), signal.SIGKILL)
        self.shell.wait_for("was stopped by signal 9")
        self.shell.wait_for("ready> ")
        self.assertEchoes("the end of the helper")

    def test_echo_after_a_key_that_ends_it(self):
        for key in ("\x03", "\x1c"):  # Ctrl-C, Ctrl-\
            with self.subTest(key):
                self.ask()
                self.shell.type(key)
                self.assertEchoes(key)
                self.shell.wait_for("ready> ")

    def test_echo_after_a_wrong_answer(self):
        self.ask()
        self.shell.type("wrong\n")
        self.shell.wait_for("wrong passphrase")
        self.assertEchoes("a wrong passphrase")

    @not_under_memcheck("no signal suspends a program")
    def test_echo_suspended_and_continued(self):
        """The shell gets its echo; who comes back is asked again, and what was typed is lost."""
        need_proc(self)
        front = self.ask()
        for _ in range(2):
            self.shell.type("half a line")
            self.shell.type("\x1a")  # Ctrl-Z
            self.shell.wait_for("ready> ")
            self.assertEchoes("a suspension")
            wait_until(lambda: self.all_stopped(front), "the helper is suspended, too")
            self.shell.type("fg\n")
            self.shell.wait_for(QUESTION)
            self.assertFalse(self.shell.echoes())
        self.shell.type(PASSPHRASE + "\n")
        self.shell.wait_for("ready> ")
        self.assertEchoes("the answer")
        self.assertNotIn("half a line", self.shell.shown)
        self.assertNotIn(PASSPHRASE, self.shell.shown)
        unlocked = self.box.keybearer("passwd", "--key-file", self.box.key_file)
        self.assertNotEqual(0, unlocked.status)  # asks for the old passphrase, without a terminal
        shown = self.box.keybearer("status", "--json").json()
        self.assertFalse(shown["profiles"][0]["locked"], shown)


if __name__ == "__main__":
    main()
