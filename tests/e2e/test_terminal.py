"""The terminal after a hidden question, however that question came to its end."""

import fcntl
import os
import pty
import re
import shutil
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
import unittest

from harness import (BIN, PATIENCE, SandboxTest, main, need_keyrings, need_proc, not_under_memcheck,
                     wait_until)
from token_server import CLIENT_SECRET, Reply, TokenServer

PASSPHRASE = "correct horse battery staple"
LOOK = 0.2  # seconds, after which a question looks up from its wait
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
        self.terminal = os.ttyname(slave)
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

    def processes(self):
        """Id, program, state and group of all that this shell has started, itself included."""
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{name}/stat") as file:
                    program, _, rest = file.read().partition(") ")
            except OSError:
                continue
            state, _, group, session = rest.split()[:4]
            if int(session) == self._process.pid:
                yield int(name), program.partition("(")[2], state, int(group)

    def helper(self, beside=None):
        """Process id and state of the helper that this shell's command has started, not of BESIDE.

        One that has ended may wait for long until somebody asks how.
        """
        for pid, program, state, _ in self.processes():
            if program == "keybearer-helpe" and pid != beside and state != "Z":
                return pid, state
        return None, None

    @staticmethod
    def waits(pid):
        """How often it gave up its processor to wait."""
        with open(f"/proc/{pid}/status") as file:
            return int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", file.read(), re.M)[1])

    @staticmethod
    def parent(pid):
        with open(f"/proc/{pid}/stat") as file:
            return int(file.read().rpartition(") ")[2].split()[1])

    @staticmethod
    def state(pid):
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(") ")[2][0]

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
                raise AssertionError(f"{texts!r} never came: {self.shown!r}, {self.settings()}, "
                                     f"in front {self.in_front()}, {list(self.processes())}")
            self.shown += os.read(self._master, 4096).decode()
        at, text = min(found)
        self._seen = at + len(text)
        return text

    def settings(self):
        return termios.tcgetattr(self._master)

    def echoes(self):
        return bool(self.settings()[3] & termios.ECHO)

    def in_front(self):
        """The process group in the foreground."""
        return os.tcgetpgrp(self._master)

    def takes_lines(self):
        """Whether it collects whole lines, and takes the Enter key for the end of one."""
        settings = self.settings()
        return bool(settings[3] & termios.ICANON and settings[0] & termios.ICRNL)


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

    def test_no_question_for_a_front_that_was_gone_before(self):
        """The kernel tells a helper of its front's end only from the moment that it asks for that."""
        helper = os.path.join(BIN, "../libexec/keybearer/keybearer-helper")
        script = "import os; reader, writer = os.pipe(); os.close(reader); os.dup2(writer, 3); " \
                 f"os.execv('{helper}', ['keybearer-helper', 'unlock'])"
        with open(self.box.path("work", "orphan.py"), "w") as file:
            file.write(script)
        self.shell.type(f"{sys.executable} orphan.py; echo en''ded\n")
        self.assertEqual("ended", self.shell.wait_for_one_of("ended", QUESTION))

    def test_echo_after_a_key_that_ends_it(self):
        for key in ("\x03", "\x1c"):  # Ctrl-C, Ctrl-\
            with self.subTest(key):
                self.ask()
                self.shell.type(key)
                self.assertEchoes(key)
                self.shell.wait_for("ready> ")

    def test_a_key_that_only_the_helper_hears_ends_both_without_a_word(self):
        """As where a script has `trap '' INT`: the front is told to ignore what its helper dies of."""
        for key, number in (("\x03", 2), ("\x1c", 3)):  # Ctrl-C, Ctrl-\
            with self.subTest(key):
                self.shell.type("sh -c 'trap \"\" INT QUIT; keybearer unlock; echo status:$?:'\n")
                self.shell.wait_for(QUESTION)
                self.shell.type(key)
                after = self.shell.wait_for(f"status:{128 + number}:")
                self.assertNotIn("keybearer:", after)
                self.shell.wait_for("ready> ")
                self.assertEchoes(key)

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
        self.assertUnlocked()

    @not_under_memcheck("no signal suspends a program")
    def test_hidden_again_after_a_stop_that_nobody_can_catch(self):
        """Here the person sets the terminal up for the shell; bash does it by itself."""
        front = self.ask()
        os.killpg(os.getpgid(front), signal.SIGSTOP)
        self.shell.wait_for("ready> ")
        self.shell.type("stty echo echoe echok\n")
        self.shell.wait_for("ready> ")
        self.assertEchoes("stty")
        self.shell.type("fg\n")
        self.shell.wait_for(QUESTION)
        self.assertFalse(self.shell.echoes())
        self.shell.type(PASSPHRASE + "\n")
        self.shell.wait_for("ready> ")
        self.assertEchoes("the answer")
        self.assertNotIn(PASSPHRASE, self.shell.shown)
        self.assertUnlocked()

    @not_under_memcheck("no signal suspends a program")
    def test_what_was_set_during_a_suspension_is_kept(self):
        self.ask()
        self.shell.type("\x1a")
        self.shell.wait_for("ready> ")
        self.assertEchoes("a suspension")
        self.shell.type("stty -ixon; fg\n")
        self.shell.wait_for(QUESTION)
        self.assertFalse(self.shell.echoes())
        self.shell.type(PASSPHRASE + "\n")
        self.shell.wait_for("ready> ")
        self.assertEchoes("the answer")
        self.assertFalse(self.shell.settings()[0] & termios.IXON)

    def assertUnlocked(self):
        shown = self.box.keybearer("status", "--json").json()
        self.assertFalse(shown["profiles"][0]["locked"], shown)

    @not_under_memcheck("no signal suspends a program")
    def test_continued_before_it_has_stopped(self):
        """The shell sees our front stop, and may continue both while the helper is not that far."""
        need_proc(self)
        if not shutil.which("strace"):
            raise unittest.SkipTest("needs strace")
        self.ask()
        helper, _ = self.shell.helper()
        slow = subprocess.Popen(
            ["strace", "-p", str(helper), "-e", "trace=tgkill,ioctl", "-e", "signal=none",
             "-e", "inject=ioctl:delay_exit=500000"],
            stderr=subprocess.PIPE, text=True)
        self.addCleanup(slow.stderr.close)
        self.addCleanup(slow.wait)
        self.addCleanup(slow.terminate)
        if "attached" not in slow.stderr.readline():
            raise unittest.SkipTest("nobody may trace here")
        self.shell.type("\x1a")
        self.shell.wait_for("ready> ")
        slow.stderr.readline()  # it is at work, and will be for seconds
        self.shell.type("fg\n")
        self.shell.wait_for(QUESTION)
        slow.terminate()
        slow.wait()
        self.assertFalse(self.shell.echoes())
        self.shell.type(PASSPHRASE + "\n")
        self.shell.wait_for("ready> ")
        self.assertEchoes("the answer")
        self.assertNotIn(PASSPHRASE, self.shell.shown)

    @not_under_memcheck("no signal suspends a program")
    def test_begun_in_the_background(self):
        """It asks once it is in the foreground, whatever the shell did to the terminal meanwhile."""
        need_proc(self)
        self.shell.type("stty -icanon -icrnl -echo; keybearer unlock &\n")
        wait_until(lambda: self.shell.helper()[1] == "T", "the helper stops")
        self.shell.type("stty icanon icrnl echo\n")
        wait_until(self.shell.takes_lines, "the shell takes lines")
        self.shell.type("fg\n")
        self.shell.wait_for(QUESTION)
        self.assertFalse(self.shell.echoes())
        self.assertTrue(self.shell.takes_lines())
        self.shell.type(PASSPHRASE + "\r")
        self.shell.wait_for("ready> ")
        self.assertEchoes("the answer")
        self.assertTrue(self.shell.takes_lines())
        self.assertNotIn(PASSPHRASE, self.shell.shown)

    @not_under_memcheck("no signal suspends a program")
    def test_echo_after_a_helper_from_the_background_was_killed(self):
        """As the helper found it, whatever the shell had set when the command began."""
        need_proc(self)
        self.shell.type("stty -icanon -icrnl -echo; keybearer unlock &\n")
        wait_until(lambda: self.shell.helper()[1] == "T", "the helper stops")
        self.shell.type("stty icanon icrnl echo\n")
        wait_until(self.shell.takes_lines, "the shell takes lines")
        self.shell.type("fg\n")
        self.shell.wait_for(QUESTION)
        self.assertFalse(self.shell.echoes())
        os.kill(self.shell.helper()[0], signal.SIGKILL)
        self.shell.wait_for("was stopped by signal 9")
        self.shell.wait_for("ready> ")
        self.assertTrue(self.shell.echoes())
        self.assertTrue(self.shell.takes_lines())

    BACKGROUND = "error: keybearer runs in the background, where it cannot ask on the terminal"

    def gate(self):
        """The path of a fifo: who reads it waits until open_gate()."""
        path = self.box.path("work", "gate")
        os.mkfifo(path)
        return path

    def open_gate(self):
        with open(self.box.path("work", "gate"), "w"):
            pass

    def test_keys_that_the_caller_blocks_end_it(self):
        """The question says that Ctrl-C does."""
        self.start_with("signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))")
        self.shell.type("\x03")
        self.shell.wait_for("ready> ")
        self.assertEchoes("Ctrl-C")

    def start_with(self, what):
        """Has a question from a command whose caller did WHAT with its signals."""
        with open(self.box.path("work", "start.py"), "w") as file:
            file.write(f"import os, signal\n{what}\nos.execvp('keybearer', ['keybearer', 'unlock'])\n")
        self.shell.type(f"{sys.executable} start.py\n")
        self.shell.wait_for(QUESTION)

    def test_a_key_that_suspends_nothing(self):
        """Where the front is not suspended, nobody would continue its helper."""
        self.start_with("signal.signal(signal.SIGTSTP, signal.SIG_IGN)")
        self.shell.type("\x1a")  # Ctrl-Z
        self.shell.type(PASSPHRASE + "\n")
        self.shell.wait_for("ready> ")
        self.assertEchoes("the answer")
        self.assertUnlocked()

    def test_a_closed_terminal_ends_it_without_a_signal(self):
        """As under nohup."""
        need_proc(self)
        self.start_with("signal.signal(signal.SIGHUP, signal.SIG_IGN)")
        self.shell.hang_up()
        wait_until(lambda: self.shell.helper() == (None, None), "the helper ends")

    @not_under_memcheck("no signal suspends a program")
    def test_no_question_from_a_background_that_does_not_stop(self):
        """What the shell takes for running it does not continue."""
        self.gate()
        self.shell.type("(trap '' TTOU; : <gate; exec keybearer unlock) &\n")
        self.shell.wait_for("ready> ")
        self.open_gate()
        said = self.shell.wait_for(self.BACKGROUND)
        self.assertNotIn(QUESTION, said)
        self.assertTrue(self.shell.echoes())

    def test_no_question_from_a_background_that_nobody_continues(self):
        self.gate()
        self.shell.type("(sh -c ': <gate; exec keybearer unlock' &)\n")
        self.shell.wait_for("ready> ")
        self.open_gate()
        said = self.shell.wait_for(self.BACKGROUND)
        self.assertNotIn(QUESTION, said)
        self.assertTrue(self.shell.echoes())

    def test_echo_after_the_shell_took_the_terminal_back(self):
        """The script ended, and did not wait for the command that asks."""
        self.gate()
        self.shell.type("sh -c 'keybearer unlock & : <gate'\n")
        self.shell.wait_for(QUESTION)
        self.assertFalse(self.shell.echoes())
        self.open_gate()
        self.assertEchoes("the end of the script")
        self.shell.wait_for(self.BACKGROUND)
        self.shell.wait_for("stty echo")

    def ask_twice(self, second="keybearer unlock"):
        """Two commands of one script: the SECOND begins after open_gate(); the first's helper."""
        need_proc(self)
        self.gate()
        with open(self.box.path("work", "both"), "w") as file:
            file.write(f"keybearer unlock & : <gate; {second}; echo second:$?:; wait\n")
        self.shell.type("sh ./both\n")
        self.shell.wait_for(QUESTION)
        return self.shell.helper()[0]

    ANOTHER = "error: another keybearer is asking on this terminal"

    def test_two_at_once_are_one_after_the_other(self):
        """The second would hear half of the answer, and the end of one would show the other's."""
        self.ask_twice()
        self.shell.type(PASSPHRASE[:7])
        self.open_gate()
        self.shell.wait_for(self.ANOTHER)
        self.shell.wait_for("second:2:")
        self.assertFalse(self.shell.echoes())
        self.shell.type(PASSPHRASE[7:] + "\n")
        self.shell.wait_for("ready> ")
        self.assertEchoes("the answer")
        self.assertNotIn(PASSPHRASE, self.shell.shown)
        self.assertUnlocked()

    def test_two_at_once_of_which_one_is_setup(self):
        self.ask_twice("keybearer setup claude work")
        self.shell.type(PASSPHRASE[:7])
        self.open_gate()
        self.shell.wait_for(self.ANOTHER)
        self.shell.wait_for("second:2:")
        self.shell.type(PASSPHRASE[7:] + "\n")
        self.shell.wait_for("ready> ")
        self.assertNotIn("yes or no", self.shell.shown)
        self.assertUnlocked()

    @not_under_memcheck("no signal suspends a program")
    def test_a_question_of_setup_that_is_suspended(self):
        """It lets another command ask, drops what was half typed, and is asked again."""
        need_proc(self)
        self.shell.type("keybearer setup claude work\n")
        self.shell.wait_for("Make this change? (yes or no) ")
        asking, _ = self.shell.helper()
        self.shell.type("ye\x1a")
        self.shell.wait_for("ready> ")
        wait_until(lambda: self.shell.state(asking) == "T", "the helper stops")
        self.ask()
        self.shell.type(PASSPHRASE + "\n")
        self.shell.wait_for("ready> ")
        self.shell.type("fg\n")
        self.shell.wait_for("Make this change? (yes or no) ")
        self.shell.type("s\n")
        self.shell.wait_for("Please type yes or no: ")
        self.shell.type("yes\n")
        self.shell.wait_for("is connected to work")

    def test_a_question_on_a_terminal_that_was_left_raw(self):
        """Enter and Ctrl-C are heard, the answer is seen, and then it is as it was left."""
        with open(self.box.path("work", "raw"), "w") as file:
            file.write("trap : INT; usual=$(stty -g)\nstty -icrnl -icanon -isig -echo; left=$(stty -g)\n"
                       "keybearer setup claude work; echo done:$?:\n"
                       'until test "$left" = "$(stty -g)"; do :; done; echo same:$?:\nstty "$usual"\n')
        for typed, status in (("no\r", 14), ("\x03", 130), ("yes\r", 0)):
            with self.subTest(typed):
                self.shell.type("sh ./raw\n")
                self.shell.wait_for("(yes or no) ")
                wait_until(lambda: self.shell.echoes() and self.shell.takes_lines(), "it is set up")
                self.shell.type(typed)
                self.shell.wait_for(f"done:{status}:")
                self.shell.wait_for("same:0:")
                self.shell.wait_for("ready> ")

    @not_under_memcheck("no signal suspends a program")
    def test_two_at_once_of_which_one_is_ending(self):
        """As right after Ctrl-C: the next command begins before the helper of the first is gone."""
        need_proc(self)
        with open(self.box.path("work", "both"), "w") as file:
            file.write("keybearer unlock; keybearer unlock\n")
        self.shell.type("sh ./both\n")
        self.shell.wait_for(QUESTION)
        ending, _ = self.shell.helper()
        os.kill(ending, signal.SIGSTOP)
        os.kill(self.shell.parent(ending), signal.SIGKILL)
        wait_until(lambda: self.shell.helper(ending)[0], "the second helper begins")
        second, _ = self.shell.helper(ending)
        begun = self.shell.waits(second)
        wait_until(lambda: self.shell.waits(second) > begun + 10, "it looks again and again")
        os.kill(ending, signal.SIGCONT)
        self.shell.wait_for(QUESTION)
        self.assertFalse(self.shell.echoes())
        self.shell.type(PASSPHRASE + "\n")
        self.shell.wait_for("ready> ")
        self.assertEchoes("the answer")
        self.assertUnlocked()

    @not_under_memcheck("no signal suspends a program")
    def test_two_at_once_when_the_first_comes_back(self):
        """It alone was stopped, and the second has the terminal now, hidden as the first did it."""
        first = self.ask_twice()
        os.kill(first, signal.SIGTSTP)
        self.assertEchoes("a suspension")
        wait_until(lambda: self.shell.state(first) == "T", "the helper stops")
        self.open_gate()
        self.shell.wait_for(QUESTION)
        os.kill(first, signal.SIGCONT)
        self.shell.wait_for(self.ANOTHER)
        self.assertFalse(self.shell.echoes())
        self.shell.type(PASSPHRASE + "\n")
        self.shell.wait_for("second:0:")
        self.shell.wait_for("ready> ")
        self.assertEchoes("the answer")

    @not_under_memcheck("no signal suspends a program")
    def test_two_at_once_of_which_one_is_suspended(self):
        """It lets the other ask, and its end does not show what is typed there."""
        need_proc(self)
        self.ask()
        suspended, _ = self.shell.helper()
        self.shell.type("\x1a")
        self.shell.wait_for("ready> ")
        wait_until(lambda: self.shell.state(suspended) == "T", "the helper stops")
        self.ask()
        os.kill(suspended, signal.SIGTERM)
        os.kill(suspended, signal.SIGCONT)
        wait_until(lambda: self.shell.state(suspended) == "Z", "the helper ends")
        self.assertFalse(self.shell.echoes())
        self.shell.type(PASSPHRASE + "\n")
        self.shell.wait_for("ready> ")
        self.assertEchoes("the answer")
        self.assertUnlocked()

    def add_in_the_background(self, server):
        """A command that fails without a question, once the gate that this returns is open."""
        gate = threading.Event()
        self.addCleanup(gate.set)
        server.behave(lambda request: Reply(401, {"error": "invalid_client"}, gate=gate))
        with open(self.box.path("work", "command"), "w") as file:
            file.write("echo wrong | keybearer add other --store sealed-file --token-url "
                       f"{server.token_url} --client-id x --client-secret-stdin &\n")
        self.shell.type(". ./command\n")
        wait_until(lambda: server.count == 1, "the server is asked")
        self.shell.type("stty -echo\n")
        wait_until(lambda: not self.shell.echoes(), "another program hides what is typed")
        return gate

    def test_what_another_program_hides_stays_hidden(self):
        with TokenServer() as server:
            gate = self.add_in_the_background(server)
            gate.set()
            self.shell.wait_for("error: ")
            self.shell.type("wait; echo en''ded\n")
            self.shell.wait_for("ended")
            self.assertFalse(self.shell.echoes())

    def test_what_another_program_hides_when_the_helper_is_killed(self):
        need_proc(self)
        with TokenServer() as server:
            self.add_in_the_background(server)
            os.kill(self.shell.helper()[0], signal.SIGKILL)
            self.shell.wait_for("was stopped by signal 9")
            self.shell.type("wait; echo en''ded\n")
            self.shell.wait_for("ended")
            self.assertFalse(self.shell.echoes())

    @not_under_memcheck("no signal suspends a program")
    def test_what_was_hidden_as_the_helper_hides_it_stays_hidden(self):
        """One that asks nothing is killed in the foreground: it was somebody else."""
        need_proc(self)
        with TokenServer() as server:
            self.add_in_the_background(server)
            self.shell.type("stty -echoe -echok; fg\n")
            helper, _ = self.shell.helper()
            wait_until(lambda: self.shell.in_front() == os.getpgid(helper), "it is in front")
            os.kill(helper, signal.SIGKILL)
            self.shell.wait_for("was stopped by signal 9")
            self.shell.wait_for("ready> ")
            self.assertFalse(self.shell.echoes())

    @not_under_memcheck("no signal suspends a program")
    def test_what_another_program_hides_after_a_question_stays_hidden(self):
        need_proc(self)
        self.ask()
        self.shell.type("\x1a")
        self.shell.wait_for("ready> ")
        self.assertEchoes("a suspension")
        self.shell.type("stty -echo\n")
        wait_until(lambda: not self.shell.echoes(), "another program hides what is typed")
        os.kill(self.shell.helper()[0], signal.SIGKILL)
        self.shell.type("bg\n")
        self.shell.wait_for("was stopped by signal 9")
        self.shell.type("wait; echo en''ded\n")
        self.shell.wait_for("ended")
        self.assertFalse(self.shell.echoes())

    def make_noise(self):
        """Somebody else writes there all the time; the process that does."""
        terminal = os.open(self.shell.terminal, os.O_WRONLY | os.O_NOCTTY)
        noise = subprocess.Popen(["yes", "noise"], stdout=terminal)
        os.close(terminal)
        self.addCleanup(noise.wait)
        self.addCleanup(noise.kill)
        return noise.pid

    @not_under_memcheck("no signal suspends a program")
    def test_asked_again_when_the_output_goes_on(self):
        """It was held when we came back, by a key here and by another program elsewhere."""
        need_proc(self)
        self.ask()
        self.shell.type("\x1a")
        self.shell.wait_for("ready> ")
        self.assertEchoes("a suspension")
        wait_until(lambda: self.shell.helper()[1] == "T", "the helper stops")
        # Its wait is over by then: when it is back it writes before it waits once more.
        later = time.monotonic() + 2 * LOOK
        wait_until(lambda: time.monotonic() > later, "its wait for a line is over")
        self.shell.type("\x13")  # Ctrl-S
        self.shell.type("fg >/dev/null\n")
        wait_until(lambda: not self.shell.echoes(), "the helper is back")
        wait_until(lambda: self.shell.helper()[1] == "S", "it waits")
        self.shell.type("\x11")  # Ctrl-Q
        self.shell.wait_for(QUESTION)

    def test_echo_though_the_output_is_held(self):
        need_proc(self)
        front = self.ask()
        noise = self.make_noise()
        self.shell.type("\x13")  # Ctrl-S
        wait_until(lambda: self.shell.state(noise) == "S", "who writes is held")
        os.kill(front, signal.SIGKILL)
        self.assertEchoes("the end of the front")


if __name__ == "__main__":
    main()
