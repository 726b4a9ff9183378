"""A private little world for one test: home, XDG directories, key file, bus, ports.

Every test makes a Sandbox, runs the installed programs in it, and ends with a search
for secrets in everything that they left behind or said on standard error.
"""

import base64
import contextlib
import ctypes
import fcntl
import hashlib
import json
import os
import pty
import re
import resource
import secrets
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import time
import unittest
from urllib.parse import quote, quote_plus

BIN = os.environ.get("KB_TEST_BIN", "")
TOOLS = os.environ.get("KB_TEST_TOOLS", "")  # small programs that CMake built
# Where servers may lie unpacked, as if that directory were the root.
PROGRAMS = os.environ.get("KB_TEST_PROGRAMS", "")
SEARCH = f"{PROGRAMS}/usr/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
# The programs are scripts then, which start valgrind (scripts/memcheck).
UNDER_MEMCHECK = bool(os.environ.get("KB_TEST_MEMCHECK"))
SKIP_STATUS = 77
PATIENCE = 120  # seconds that no single command may exceed

# Capabilities, by their numbers: see capable().
CAP_SYS_PTRACE = 19
# keyctl(2) asked for the user's keyring; its number differs from machine to machine.
SYS_KEYCTL = {"x86_64": 250, "aarch64": 219}
KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING = 0, -4

# Exit statuses, as keybearer(1) lists them.
FAILED, USAGE, CONFIG, NOT_FOUND, LOCKED, DENIED, NETWORK, RATE_LIMITED = range(1, 9)
SERVER, TIMEOUT, CORRUPT, SYSTEM, UNAVAILABLE, DISMISSED = range(9, 15)

SANITIZER_REPORT = re.compile(rb"AddressSanitizer|LeakSanitizer|runtime error:")


class Result:
    """What a finished program said. Bytes; `text` is its answer without the newline."""

    def __init__(self, argv, status, stdout, stderr):
        self.argv = argv
        self.status = status
        self.stdout = stdout
        self.stderr = stderr

    @property
    def text(self):
        return self.stdout.decode().rstrip("\n")

    def json(self):
        return json.loads(self.stdout)

    def __repr__(self):
        name = os.path.basename(self.argv[0])
        words = " ".join([name, *self.argv[1:]])
        return f"`{words}`: status {self.status}, out {self.stdout!r}, err {self.stderr!r}"


class Running:
    """A program started with its output going to files without a name."""

    def __init__(self, sandbox, argv, env, stdin=b"", **popen):
        self.argv = argv
        self._sandbox = sandbox
        self._out = tempfile.TemporaryFile()
        self._err = tempfile.TemporaryFile()
        with tempfile.TemporaryFile() as source:
            source.write(stdin)
            source.seek(0)
            popen.setdefault("stdout", self._out)
            popen.setdefault("stderr", self._err)
            self.process = subprocess.Popen(argv, stdin=source, env=env, **popen)

    def wait(self):
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        output = []
        for file in (self._out, self._err):
            file.seek(0)
            output.append(file.read())
            file.close()
        return self._sandbox.heard(Result(self.argv, status, *output))


class Sandbox:
    """Own HOME, XDG directories and key file. Use as a context manager, or `close` it."""

    def __init__(self):
        self.root = tempfile.mkdtemp(prefix="kb-e2e-")
        # The token cache wants a tmpfs; /dev/shm is one that everybody may write to.
        self.runtime = tempfile.mkdtemp(prefix="kb-e2e-", dir="/dev/shm")
        self.home = self._directory("home")
        self.config = self._directory("home/.config")
        self.data = self._directory("home/.local/share")
        self.work = self._directory("work")
        self.key_file = self.path("machine.key")
        with open(os.open(self.key_file, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
        self.env = {
            "PATH": f"{BIN}:{SEARCH}",
            "HOME": self.home,
            "XDG_CONFIG_HOME": self.config,
            "XDG_DATA_HOME": self.data,
            "XDG_RUNTIME_DIR": self.runtime,
            "TMPDIR": self._directory("tmp"),
            "KEYBEARER_KEY_FILE": self.key_file,
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C.UTF-8",
        }
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]
        self.said = []  # every standard error seen
        self._servers = []  # whose secrets and tokens are searched for at the end
        self._secrets = []  # other texts to search for

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if BIN:
            self.run(["keybearer", "lock"])
        for directory in (self.root, self.runtime):
            shutil.rmtree(directory, ignore_errors=True)

    def path(self, *names):
        return os.path.join(self.root, *names)

    def _directory(self, name):
        path = self.path(name)
        os.makedirs(path, mode=0o700)
        return path

    @property
    def config_file(self):
        return os.path.join(self.config, "keybearer", "config.json")

    @property
    def vault(self):
        return os.path.join(self.data, "keybearer", "vault")

    @property
    def cards_folder(self):
        return os.path.join(self.data, "keybearer", "clients")

    def cards(self, name=None):
        """What the cards say, of one profile or of all."""
        found = []
        for file in sorted(_files_below(self.cards_folder)):
            content = _content(file)
            if file.endswith(".card"):
                found.append(json.loads(content.removeprefix(b"KBCARD1\n")))
        return [card for card in found if name in (None, card["profile"])]

    def references(self, name, **wanted):
        """The references of a profile's clients, newest first; spare ones with spare=True."""
        return [client["ref"] for card in self.cards(name) for client in card["clients"]
                if client.get("spare", False) == wanted.get("spare", False)]

    def client_file(self, name):
        """The file of a profile's client in the vault, or None."""
        references = self.references(name)
        return os.path.join(self.vault, f"{references[0]}.kbr") if references else None

    def client_files(self):
        return sorted(name for name in os.listdir(self.vault) if name.endswith((".kbr", ".kbc", ".kbf")))

    # --- running programs ---

    def environment(self, changes=None):
        """The sandbox's variables with CHANGES; a value None takes one away."""
        env = dict(self.env)
        for name, value in (changes or {}).items():
            if value is None:
                env.pop(name, None)
            else:
                env[name] = value
        return env

    def start(self, argv, stdin=b"", env=None, **popen):
        popen.setdefault("cwd", self.work)
        return Running(self, self._resolve(argv), self.environment(env), stdin, **popen)

    def run(self, argv, stdin=b"", env=None, **popen):
        return self.start(argv, stdin, env, **popen).wait()

    def run_with_open_end(self, argv, stdin):
        """Runs ARGV, which is to end although its standard input does not: STDIN, and then nothing."""
        fifo = self.path("open-end")
        os.mkfifo(fifo)
        end = os.open(fifo, os.O_RDWR)
        try:
            os.write(end, stdin)
            return self.run(["sh", "-c", 'exec "$@" <"$0"', fifo, *argv])
        finally:
            os.close(end)
            os.unlink(fifo)

    def keybearer(self, *arguments, **options):
        return self.run(["keybearer", *arguments], **options)

    def start_many(self, count, argv, stdin=b"", env=None):
        """COUNT programs at once; wait() each."""
        raise_file_limit(2 * count + 256)
        return [self.start(argv, stdin, env) for _ in range(count)]

    def kill_session(self, running):
        """Kills a program that was started with start_new_session, and its children."""
        os.killpg(running.process.pid, signal.SIGKILL)
        running.wait()

    def run_on_tty(self, argv, answers=(), env=None):
        """
        Runs ARGV with a terminal as stdin, stdout, stderr and controlling terminal.
        ANSWERS are (prompt, line): once the bytes `prompt` appeared, the line is typed, or what
        it returns where it is to be called. Or ANSWERS is a function: given what appeared since
        the last line, it returns how many bytes of that are answered, and the line, or None.
        Result.stdout is all that the terminal showed.
        """
        master, slave = pty.openpty()

        def take_terminal():
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        process = subprocess.Popen(
            self._resolve(argv),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=self.environment(env),
            cwd=self.work,
            start_new_session=True,
            preexec_fn=take_terminal,
        )
        os.close(slave)
        try:
            shown = _converse(master, answers if callable(answers) else _in_turn(list(answers)))
            status = process.wait(PATIENCE)
        finally:
            process.kill()
            process.wait()
            os.close(master)
        return self.heard(Result(argv, status, shown, shown))

    def _resolve(self, argv):
        """Programs under test by their full path: never one that PATH happens to have."""
        ours = os.path.join(BIN, argv[0])
        return [ours if os.path.exists(ours) else argv[0], *argv[1:]]

    def heard(self, result):
        self.said.append(result)
        if SANITIZER_REPORT.search(result.stderr):
            raise AssertionError(f"sanitizer report: {result.stderr.decode()}")
        return result

    # --- keybearer in it ---

    def lend_client(self, profile, config):
        """CONFIG, another configuration, gets a card for the client of PROFILE in the usual one."""
        clients = os.path.join(self.data, "keybearer", "clients")
        with open(os.path.join(clients, _card_name(self.config_file, profile))) as file:
            card = file.read()
        card = card.replace(json.dumps(self.config_file), json.dumps(config))
        path = os.path.join(clients, _card_name(config, profile))
        with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write(card)

    def add_profile(self, name, server, *options, **run):
        """
        `keybearer add` in its scripted form, for SERVER's client; into the vault
        that the key file opens unless OPTIONS name another store.
        """
        self.guard(server)
        if "--store" not in options:
            options = ("--store", "sealed-file", *options)
        stdin = run.pop("stdin", (server.client_secret + "\n").encode())
        return self.keybearer(
            "add", name,
            "--token-url", server.token_url,
            "--client-id", server.client_id, "--client-secret-stdin",
            *options, stdin=stdin, **run,
        )

    def guard(self, server):
        """The server's secrets and tokens must not turn up anywhere."""
        if server not in self._servers:
            self._servers.append(server)

    def secret(self, *texts):
        """Neither must these."""
        self._secrets += texts

    # --- the search for leaks ---

    def leaks(self, ignore=()):
        """Where a secret or a token lies in clear: one line a find."""
        needles = self.needles()
        finds = [
            f"stderr of {result.argv}: {what}"
            for result in self.said
            for what, bytes_ in needles
            if bytes_ in result.stderr
        ]
        for top in (self.root, self.runtime):
            for path in _files_below(top):
                if any(path.startswith(name) for name in ignore):
                    continue
                content = _content(path)
                finds += [f"{path}: {what}" for what, bytes_ in needles if bytes_ in content]
        return finds

    def needles(self):
        """(what it is, its bytes) for everything that must not turn up, in every spelling."""
        needles = []
        for text in self._secrets:
            needles += _spellings("secret", text)
        for server in self._servers:
            needles += _spellings("client secret", server.client_secret)
            pair = f"{quote_plus(server.client_id)}:{quote_plus(server.client_secret)}"
            needles += _spellings("Basic pair", pair)
            for token in set(server.issued):
                needles += _spellings("token", token)
        return needles


def _card_name(config, profile):
    """As lib/core/card.c names it."""
    told = b"".join(text.encode() + b"\0" for text in ("keybearer card 1", config, profile))
    return hashlib.blake2b(told, digest_size=16).hexdigest() + ".card"


def _spellings(what, text):
    """TEXT as it may turn up; base64 at each of the three alignments."""
    raw = text.encode()
    spelled = {raw, quote(text, safe="").encode(), quote_plus(text).encode(), raw.hex().encode()}
    for shift in range(3):
        spelled.add(base64.b64encode(b"x" * shift + raw)[(0, 4, 4)[shift] : -4])
    return [(what, needle) for needle in spelled]


def _files_below(top):
    for directory, _, names in os.walk(top):
        for name in names:
            path = os.path.join(directory, name)
            if os.path.isfile(path) and not os.path.islink(path):
                yield path


def _content(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def _in_turn(answers):
    """The function that gives the ANSWERS, one after the other."""

    def answer(shown):
        if not answers or answers[0][0] not in shown:
            return None
        prompt, line = answers.pop(0)
        return shown.index(prompt) + len(prompt), line() if callable(line) else line

    return answer


def _converse(master, answer):
    """Reads all that the terminal shows, typing each answer after its prompt."""
    shown, seen = b"", 0
    deadline = time.monotonic() + PATIENCE
    while True:
        ready, _, _ = select.select([master], [], [], deadline - time.monotonic())
        if not ready:
            raise AssertionError(f"terminal went quiet; it showed {shown!r}")
        try:
            piece = os.read(master, 4096)
        except OSError:  # EIO: the last program left the terminal
            return shown
        if not piece:
            return shown
        shown += piece
        while found := answer(shown[seen:]):
            seen += found[0]
            os.write(master, found[1].encode() + b"\n")


def raise_file_limit(wanted):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))


def tool(name):
    """A small program that CMake built for the tests."""
    return os.path.join(TOOLS, name)


def find_program(name):
    """The full path of an external program, or None."""
    return shutil.which(name, path=f"{SEARCH}:/usr/lib/git-core")


@contextlib.contextmanager
def background(argv, **popen):
    """A server that runs for the length of a `with` block."""
    process = subprocess.Popen(argv, **popen)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_until(condition, what, seconds=PATIENCE):
    """Waits for something outside our control to become true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"never happened: {what}")
        time.sleep(0.02)


def blocked():
    """The processes that wait for a file lock."""
    with open("/proc/locks") as locks:
        waiting = [line.split() for line in locks if "->" in line]
    return {int(words[words.index("->") + 4]) for words in waiting}


class SandboxTest(unittest.TestCase):
    """A test case with a sandbox, `self.box`, that is searched for leaks at the end."""

    leak_ignore = ()  # names below the sandbox that may hold a token or a secret

    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.close)

    def tearDown(self):
        ignore = [self.box.path(name) for name in self.leak_ignore]
        self.assertEqual([], self.box.leaks(ignore))

    def assertOk(self, result):
        self.assertEqual(0, result.status, result)
        self.assertEqual(b"", result.stderr, result)
        return result

    def assertFails(self, result, status, *words, stdout=b""):
        """
        STATUS, STDOUT exactly, and on stderr one error line holding every one of WORDS
        and one hint line.
        """
        self.assertEqual(status, result.status, result)
        self.assertEqual(stdout, result.stdout, result)
        lines = result.stderr.decode().splitlines()
        self.assertEqual(2, len(lines), result)
        self.assertRegex(lines[0], r"^keybearer: error: .", result)
        self.assertRegex(lines[1], r"^keybearer: hint: .", result)
        for word in words:
            self.assertIn(word, lines[0], result)
        return result


def not_under_memcheck(reason):
    """For a test that scripts/memcheck cannot run."""
    return unittest.skipIf(UNDER_MEMCHECK, f"under memcheck {reason}")


def figures(**counts):
    """What a test counted: a whole run adds it up for docs/security-tests.md."""
    print(f"figures: {json.dumps(counts)}", flush=True)


def capable(number):
    """Whether we have the capability of that NUMBER, which root in a container may lack."""
    try:
        with open("/proc/self/status") as file:
            held = next(line.split()[1] for line in file if line.startswith("CapEff"))
    except FileNotFoundError:
        return os.geteuid() == 0
    return bool(int(held, 16) >> number & 1)


def need_proc(test, name="self/status"):
    """Skips a TEST that looks at processes where the kernel does not show them."""
    if not os.path.exists(f"/proc/{name}"):
        test.skipTest(f"/proc/{name} is not there")


def signals_of(mask):
    """The numbers of the signals in a MASK of /proc/self/status."""
    return {number for number in range(1, 65) if int(mask, 16) >> (number - 1) & 1}


def need_keyrings(test):
    """Skips a TEST of a session key in the kernel where that holds no keys for us."""
    number = SYS_KEYCTL.get(os.uname().machine)
    ask = ctypes.CDLL(None).syscall
    if number and ask(number, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 0) < 0:
        test.skipTest("the kernel's keyrings are forbidden here")


def need_memory():
    """Ends the program where the sandboxes' token caches would not lie in memory."""
    asked = subprocess.run(["stat", "-f", "-c", "%T", "/dev/shm"], capture_output=True)
    if asked.stdout.strip() not in (b"tmpfs", b"ramfs") or not os.access("/dev/shm", os.W_OK):
        skip("/dev/shm is no tmpfs that may be written to")


def skip(reason):
    """Ends the program so that ctest counts it as skipped."""
    print(f"skipped: {reason}")
    sys.exit(SKIP_STATUS)


def main(*programs):
    """
    Runs the tests of the calling file, or skips them when PROGRAMS are missing. With
    KB_TEST_ONLY those whose name fits one of its patterns.
    """
    if not BIN:
        sys.exit("KB_TEST_BIN must name the directory of the programs under test")
    need_memory()
    missing = [name for name in programs if not find_program(name)]
    if missing:
        skip(f"not installed: {', '.join(missing)}")
    only = os.environ.get("KB_TEST_ONLY", "").split()
    options = [word for pattern in only for word in ("-k", pattern)]
    program = unittest.main(exit=False, argv=[*sys.argv, *options])
    result = program.result
    for _, reason in result.skipped:
        print(f"skipped: {reason}")
    if not result.wasSuccessful():
        sys.exit(1)
    if result.testsRun and len(result.skipped) == result.testsRun:
        sys.exit(SKIP_STATUS)
