"""What a program asked of the kernel: strace, read back as calls.

Strings of an undumpable process are hidden from an ordinary user's strace; a test that
needs them calls `need_strings()`.
"""

import os
import re
import subprocess
from dataclasses import dataclass

from harness import BIN, CAP_SYS_PTRACE, capable, find_program

CALL = re.compile(r"(\d+) +(\w+)\((.*)\) += (-?\d+|\?|0x[0-9a-f]+)(?: (E[A-Z]+))?.*")
UNFINISHED = re.compile(r"(\d+) +(.*) <unfinished \.\.\.>")
RESUMED = re.compile(r"(\d+) +<\.\.\. \w+ resumed>(.*)")
STRING = re.compile(r'"((?:\\.|[^"\\])*)"')


def unescape(text):
    """What strace wrote with backslashes, as text."""
    return os.fsdecode(text.encode("latin-1").decode("unicode_escape").encode("latin-1"))


@dataclass
class Call:
    pid: int
    name: str
    arguments: str
    result: str
    error: str  # "ENOENT", or ""

    @property
    def strings(self):
        return [os.fsencode(unescape(text)) for text in STRING.findall(self.arguments)]

    @property
    def path(self):
        return os.fsdecode(self.strings[0]) if self.strings else ""

    @property
    def failed(self):
        return bool(self.error)


def trace(box, argv, options=("-y",), **run):
    """Runs ARGV, with all that it starts; its Result and its calls, in order."""
    log = box.path("trace")
    program = os.path.join(BIN, argv[0])
    command = ["strace", "-f", "-qq", "-s", "99999", "-xx", *options, "-o", log]
    result = box.run([*command, program, *argv[1:]], **run)
    with open(log, encoding="latin-1") as file:
        calls = list(read(file))
    os.unlink(log)
    return result, calls


def read(lines):
    """strace's lines as calls; one that was interrupted by another process is put together."""
    open_calls = {}
    for line in lines:
        line = line.rstrip("\n")
        if begun := UNFINISHED.fullmatch(line):
            open_calls[begun[1]] = begun[2]
            continue
        if ended := RESUMED.fullmatch(line):
            line = f"{ended[1]} {open_calls.pop(ended[1], '')}{ended[2]}"
        if call := CALL.fullmatch(line):
            yield Call(int(call[1]), call[2], call[3], call[4], call[5] or "")


def by_process(calls):
    """The calls of each process, its threads among them."""
    owner = {int(call.result): call.pid for call in calls
             if call.name.startswith("clone") and "CLONE_THREAD" in call.arguments
             and not call.failed}
    found = {}
    for call in calls:
        pid = call.pid
        while pid in owner:
            pid = owner[pid]
        found.setdefault(pid, []).append(call)
    return found


def need_strace(test):
    if not find_program("strace"):
        test.skipTest("strace is not installed")
    if os.environ.get("KB_TEST_SLOW"):
        test.skipTest("LeakSanitizer wants to be the only one that traces")
    if subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True).returncode:
        test.skipTest("no process may be traced here")


def need_strings(test):
    need_strace(test)
    if not capable(CAP_SYS_PTRACE):
        test.skipTest("strace shows us no strings of an undumpable process")
