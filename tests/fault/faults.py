"""What the tests of failing system calls share: which call may fail with which error, and the
tool that lets it (fail_call.c says how).
"""

import errno
import os
import re
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass

from harness import BIN, SKIP_STATUS

TOOL = os.path.join(os.environ.get("KB_TEST_FAULT_TOOLS", ""), "fail_call")
FULL = bool(os.environ.get("KB_TEST_FULL"))
DEADLINE = 60  # seconds that no command may take, whatever failed
SLOW = 3.0  # ... and from which on it is worth telling

# Each call that the programs make, with the errors that a kernel, a full or broken disk, a
# limit or a sandbox could answer it with.
DISK = "ENOSPC EIO EDQUOT EROFS"
RIGHTS = "EACCES EPERM"
SANDBOX = "EPERM ENOSYS"
ERRORS = {
    name: set(errors.split())
    for names, errors in {
        "openat": f"{DISK} {RIGHTS} EINTR EMFILE ENOMEM",
        "mkdir mkdirat renameat renameat2 linkat unlinkat": f"{DISK} {RIGHTS} ENOMEM",
        "read pread64": "EIO EINTR ENOMEM",
        "write pwrite64": f"{DISK} EINTR EPERM",
        "fsync fdatasync ftruncate fallocate": f"{DISK} EINTR",
        "fchmod": f"{DISK} EPERM",
        "newfstatat fstat statx access faccessat faccessat2 readlink readlinkat getdents64 lseek":
            "EIO EACCES ENOMEM",
        "fstatfs statfs": "EIO EINTR ENOMEM ENOSYS",
        "flock": "EINTR EIO ENOMEM ENOSYS EACCES",
        "fcntl dup dup2 dup3": "EMFILE EINTR EACCES ENOMEM",
        "close_range": "ENOSYS EMFILE ENOMEM EPERM",
        "mmap mremap": "ENOMEM EACCES EPERM",
        "mprotect mlock mlock2 madvise": "ENOMEM EACCES EPERM ENOSYS",
        "getrandom": "EINTR EIO ENOSYS EPERM",
        "add_key keyctl request_key": "EDQUOT ENOMEM EACCES EPERM ENOSYS EINTR",
        "pipe2 socketpair eventfd2 epoll_create1 memfd_create": "EMFILE ENOMEM EPERM",
        "clone clone3 vfork": "ENOMEM EPERM ENOSYS",
        "execve": "EACCES EIO ENOMEM EPERM EMFILE",
        "poll ppoll epoll_wait": "EINTR ENOMEM",
        "wait4 waitid nanosleep clock_nanosleep": "EINTR",
        "socket": "EMFILE ENOMEM EACCES EPERM",
        "connect bind": "EINTR EACCES EPERM ENOMEM",
        "sendto recvfrom sendmsg recvmsg": "EIO EINTR ENOMEM EPERM",
        "setsockopt getsockopt getsockname getpeername epoll_ctl": "ENOMEM EACCES",
        "landlock_create_ruleset landlock_add_rule landlock_restrict_self": f"{SANDBOX} ENOMEM",
        "prctl seccomp": SANDBOX,
        "ioctl": "EIO EINTR EPERM",
        "prlimit64 setrlimit": "EPERM ENOMEM",
        "setsid setitimer sysinfo": "EPERM",
    }.items()
    for name in names.split()
}

# Never answered with an error, or nothing that a program could do anything about. A close()
# that fails has closed all the same, and a brk() that fails says where the end was: the tool
# cannot imitate either.
HARMLESS = set(
    "brk close exit exit_group futex getegid geteuid getgid getpid getppid gettid getuid kill munlock"
    " munmap rseq rt_sigaction rt_sigprocmask rt_sigreturn sched_getaffinity set_robust_list"
    " shutdown umask uname".split()
)

# Of these a caller may meet one, and then no more: a program tries again.
PASSING = {"EINTR"}


@dataclass(frozen=True)
class Fault:
    """The N-th call NAME of LIFE fails with ERROR, or with `on` that one and all later ones."""

    life: int
    name: str
    number: int
    error: str
    on: bool = False

    @property
    def order(self):
        code = getattr(errno, self.error)
        return f"fail:{self.life}:{self.name}:{self.number}:{code}{':on' if self.on else ''}"

    def __str__(self):
        return f"life {self.life}: {self.name} {self.number}{' on' if self.on else ''}: {self.error}"


@dataclass
class Ended:
    life: int
    signal: int
    program: str


class Outcome:
    """What came of a disturbed run."""

    def __init__(self, result, seconds, lines):
        self.result = result
        self.seconds = seconds
        self.hits = Counter(line.split()[1] for line in lines if line.startswith("hit "))
        self.calls = [line.split()[1:] for line in lines if line.startswith("call ")]
        self.ended = [
            Ended(int(life), int(number), program)
            for life, number, program in re.findall(r"^ended (\d+) (\d+) (\S+)$", "\n".join(lines),
                                                    re.MULTILINE)
        ]

    @property
    def crashes(self):
        """Processes that a signal ended, but for a helper whose front gave it up."""
        return [one for one in self.ended if one.signal not in (0, signal.SIGTERM)]


def end_in_time(running):
    """Fails where the program, or with the tool all that it started, does not end."""
    try:
        running.process.wait(DEADLINE)
    except subprocess.TimeoutExpired:
        running.process.kill()
        raise AssertionError(f"after {DEADLINE} s not at its end: {running.wait()}") from None


def disturbed(box, order, argv, stdin=b"", env=None):
    """Runs ARGV while ORDER disturbs it. An Outcome, or None where tracing is forbidden."""
    report = box.path("report")
    program = os.path.join(BIN, argv[0])
    begun = time.monotonic()
    running = box.start([TOOL, report, order, program, *argv[1:]], stdin, env)
    end_in_time(running)
    seconds = time.monotonic() - begun
    result = running.wait()
    if result.status == SKIP_STATUS:
        return None
    with open(report) as file:
        lines = file.read().splitlines()
    os.unlink(report)
    return Outcome(result, seconds, lines)


def faults_of(calls):
    """Every fault that a run with CALLS, (life, name) in order, can meet."""
    faults = []
    for (life, name), count in Counter((int(life), name) for life, name in calls).items():
        if name in HARMLESS:
            continue
        for error in sorted(ERRORS[name]):
            for number in range(1, count + 1):
                faults.append(Fault(life, name, number, error))
                if error not in PASSING and number < count:
                    faults.append(Fault(life, name, number, error, on=True))
    return faults


def unknown_calls(calls):
    """Names that neither table has: a new one must be decided on."""
    return sorted({name for _, name in calls} - set(ERRORS) - HARMLESS)
