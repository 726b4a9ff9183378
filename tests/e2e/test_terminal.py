"""The terminal after a hidden question, however that question came to its end."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

from harness import PATIENCE, SandboxTest, main, need_keyrings, need_proc, not_under_memcheck, wait_until
from token_server import CLIENT_SECRET, TokenServer

PASSPHRASE = "correct horse battery staple"
QUESTION = "Passphrase of the vault: "
COLUMNS = 80


class Shell:
    """An interactive sh on a terminal of its own: it does not mend a terminal's settings."""

    def __init__(self, box):
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
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
        self.hang_up()

    def hang_up(self):
        """Whoever sat at the terminal closed it."""
        if self._master is not None:
            os.close(self._master)
        self._master = None

    def helper(self):
        """The process id of the helper that this shell's command has started, and its state."""
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{name}/stat") as file:
                    program, _, rest = file.read().partition(") ")
            except OSError:
                continue
            state, _, _, session = rest.split()[:4]
            if program.endswith("(keybearer-helpe") and int(session) == self._process.pid:
                return int(name), state
        return None, None

    def type(self, text):
        os.write(self._master, text.encode())

    def wait_for(self, text):
        """Until TEXT appears behind what was waited for before; returns what came before it."""
        seen = self._seen
        self.wait_for_one_of(text)
        return self.shown[seen : self._seen - len(text)]

    def wait_for_one_of(self, *texts):
        """The same for several: until the first of them appears; returns that."""
        deadline = time.monotonic() + PATIENCE
        while not (found := [(at, text) for text in texts
                             if (at := self.shown.find(text, self._seen)) >= 0]):
            ready, _, _ = select.select([self._master], [], [], deadline - time.monotonic())
            if not ready:
                raise AssertionError(f"{texts!r} never came: {self.shown!r}")
            self.shown += os.read(self._master, 4096).decode()
        at, text = min(found)
        self._seen = at + len(text)
        return text

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
        """The terminal stays quiet while somebody may try again, and no longer."""
        self.ask()
        for _ in range(2):
            self.shell.type("wrong\n")
            self.shell.wait_for("That did not work: wrong passphrase")
            self.shell.wait_for(QUESTION)
            self.assertFalse(self.shell.echoes())
        self.shell.type("wrong\n")
        self.shell.wait_for("error: wrong passphrase")
        self.shell.wait_for("ready> ")
        self.assertEchoes("a wrong passphrase")

    @not_under_memcheck("no signal suspends a program")
    def test_echo_suspended_and_continued(self):
        """The shell gets its echo; who comes back is asked again, and what was typed is lost."""
        self.ask()
        for _ in range(2):
            self.shell.type("half a line")
            self.shell.type("\x1a")  # Ctrl-Z
            self.shell.wait_for("ready> ")
            self.assertEchoes("a suspension")
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
