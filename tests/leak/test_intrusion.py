"""A process of ours leaves no core file, and lets no other process of the user in.

Root runs these tests without capabilities: with them it is more than the same user.
"""

import array
import contextlib
import ctypes
import errno
import fcntl
import os
import resource
import signal
import socket
import subprocess
import sys
import termios
import threading

from harness import BIN, PATIENCE, SandboxTest, find_program, main, skip, wait_until
from test_process import SUBREAPER, children
from token_server import Reply, TokenServer

LIBC = ctypes.CDLL(None, use_errno=True)
ATTACH, DETACH, SEIZE = 16, 17, 0x4206  # requests of ptrace()
PIDFD_GETFD = 438  # the same number everywhere


def error_of(result):
    return ctypes.get_errno() if result < 0 else 0


# --- what an intruder tries: 0 when it worked, or an errno ---------------------------


def trace(request):
    def attempt(pid):
        number = error_of(LIBC.ptrace(request, pid, None, None))
        if number == 0:
            os.kill(pid, signal.SIGSTOP)
            os.waitpid(pid, 0)
            LIBC.ptrace(DETACH, pid, None, None)
            os.kill(pid, signal.SIGCONT)
        return number

    return attempt


class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


def read_memory(pid):
    room = ctypes.create_string_buffer(8)
    here, there = Vector(ctypes.addressof(room), 8), Vector(first_address(pid), 8)
    return error_of(LIBC.process_vm_readv(pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0))


def first_address(pid):
    """Where PID's memory begins. Where that is not told: the right to look is tested first."""
    try:
        with open(f"/proc/{pid}/maps") as file:
            return int(file.readline().split("-")[0], 16)
    except PermissionError:
        return 4096


def take_descriptor(pid):
    handle = os.pidfd_open(pid)
    taken = LIBC.syscall(PIDFD_GETFD, handle, 0, 0)
    number = error_of(taken)
    for fd in (handle, taken):
        if fd >= 0:
            os.close(fd)
    return number


def open_of(name):
    def attempt(pid):
        try:
            os.close(os.open(f"/proc/{pid}/{name}", os.O_RDONLY))
        except OSError as error:
            return error.errno
        return 0

    return attempt


ATTEMPTS = {
    "PTRACE_ATTACH": trace(ATTACH),
    "PTRACE_SEIZE": trace(SEIZE),
    "process_vm_readv": read_memory,
    "pidfd_getfd": take_descriptor,
    **{f"/proc/PID/{name}": open_of(name) for name in ("mem", "maps", "environ")},
}


# --- whom it tries it on --------------------------------------------------------------


def unlimited_core():
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (most, most))


class MomentsTest(SandboxTest):
    """Programs that stand still at a known point: (front, helper), their process ids."""

    def setUp(self):
        super().setUp()
        LIBC.prctl(SUBREAPER, 1, 0, 0, 0)  # a helper without its front becomes our child
        self.server = self.enterContext(TokenServer())
        added = self.box.add_profile("work", self.server)
        self.assertEqual(0, added.status, added)

    @contextlib.contextmanager
    def started(self, *words, stdin=subprocess.DEVNULL):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        program = os.path.join(BIN, words[0])
        process = subprocess.Popen(
            [program if os.path.exists(program) else words[0], *words[1:]], stdin=stdin,
            env=self.box.environment(), cwd=self.box.work, preexec_fn=unlimited_core, **quiet)
        try:
            yield process
        finally:
            process.kill()
            process.wait()
            for orphan in children(os.getpid()):
                os.kill(orphan, signal.SIGKILL)
                os.waitpid(orphan, 0)

    @contextlib.contextmanager
    def reading_a_request(self):
        with self.started("keybearer", "get", stdin=subprocess.PIPE) as front, front.stdin as pipe:
            pipe.write(b'{"uri": ')
            pipe.flush()
            unread = array.array("i", [1])

            def all_is_read():
                fcntl.ioctl(pipe, termios.FIONREAD, unread)
                return unread[0] == 0

            wait_until(all_is_read, "the front reads")
            yield front.pid, None

    @contextlib.contextmanager
    def exchanging(self):
        """While the server says nothing."""
        gate = threading.Event()
        asked = self.server.count
        self.server.behave(lambda request: Reply(gate=gate, hang_up=True))
        try:
            with self.started("keybearer", "refresh", "work") as front:
                wait_until(lambda: self.server.count > asked, "the helper asks the server")
                yield front.pid, children(front.pid)[0]
        finally:
            gate.set()

    @contextlib.contextmanager
    def waiting_for_a_keyring(self):
        """On a bus where nobody answers. The client is said to be there."""
        (card,) = os.scandir(self.box.cards_folder)
        for path in (self.box.config_file, card.path):
            with open(path, "r+") as file:
                text = file.read().replace("sealed-file", "secret-service")
                file.seek(0)
                file.write(text)
        path = self.box.path("silent-bus")
        self.box.env["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={path}"
        with socket.socket(socket.AF_UNIX) as bus:
            bus.settimeout(PATIENCE)
            bus.bind(path)
            bus.listen()
            with self.started("keybearer", "refresh", "work") as front, bus.accept()[0]:
                yield front.pid, children(front.pid)[0]
        os.unlink(path)

    def moments(self):
        """(what stands still, a context that yields its process ids, which of them)."""
        yield "the front reads its request", self.reading_a_request, 0
        yield "the front waits for its helper", self.exchanging, 0
        yield "the helper waits for the server", self.exchanging, 1
        yield "the front waits for a keyring", self.waiting_for_a_keyring, 0
        yield "the helper waits for a keyring", self.waiting_for_a_keyring, 1


class CoreTest(MomentsTest):
    SIGNALS = (signal.SIGSEGV, signal.SIGABRT, signal.SIGQUIT)

    def dumps_core(self, pid, number):
        """Whether PID, which becomes or is a child of ours, leaves its memory to a file."""
        os.kill(pid, number)
        end = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        self.assertEqual(number, end.si_status)
        return end.si_code == os.CLD_DUMPED or bool(os.listdir(self.box.work))

    def test_no_core_file(self):
        with self.started("sleep", str(PATIENCE)) as other:
            if not self.dumps_core(other.pid, signal.SIGSEGV):
                self.skipTest("nothing leaves a core file here")
        for name in os.listdir(self.box.work):
            os.unlink(os.path.join(self.box.work, name))
        for what, moment, which in self.moments():
            for number in self.SIGNALS:
                with self.subTest(what, number=number), moment() as pair:
                    if which == 1:
                        os.kill(pair[0], signal.SIGKILL)
                        wait_until(lambda: pair[1] in children(os.getpid()), "we inherit it")
                    self.assertFalse(self.dumps_core(pair[which], number))


class IntruderTest(MomentsTest):
    def test_no_way_in(self):
        with self.started("sleep", str(PATIENCE)) as other:
            work = [name for name, attempt in ATTEMPTS.items() if attempt(other.pid) == 0]
        if "PTRACE_ATTACH" not in work:
            self.skipTest("no process may look into another here")
        print(f"tried: {', '.join(work)}")
        for what, moment, which in self.moments():
            with moment() as pair:
                for name in work:
                    with self.subTest(what, attempt=name):
                        self.assertIn(ATTEMPTS[name](pair[which]), (errno.EPERM, errno.EACCES))

    def test_no_way_in_for_gdb(self):
        if not find_program("gdb"):
            self.skipTest("gdb is not installed")

        def shown(pid):
            words = ["gdb", "-nx", "-q", "-batch", "-p", str(pid), "-ex", "info registers"]
            return subprocess.run(words, capture_output=True, stdin=subprocess.DEVNULL).stdout

        with self.started("sleep", str(PATIENCE)) as other:
            if b"rip" not in shown(other.pid) and b"pc " not in shown(other.pid):
                self.skipTest("gdb may not attach to anything here")
        with self.exchanging() as pair:
            for pid in pair:
                self.assertNotRegex(shown(pid), rb"(?m)^(rip|pc) ")


def drop_capabilities():
    """Starts this program anew without them, if it has any."""
    if not os.path.exists("/proc/self/status"):
        skip("/proc/self/status is not there")
    with open("/proc/self/status") as file:
        held = next(line.split()[1] for line in file if line.startswith("CapEff"))
    if int(held, 16) == 0:
        return
    words = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
    if not find_program("setpriv") or subprocess.run([*words, "true"]).returncode != 0:
        skip("this user has capabilities, and cannot give them up")
    os.execvp(words[0], [*words, sys.executable, "-B", os.path.abspath(__file__)])


if __name__ == "__main__":
    drop_capabilities()
    main()
