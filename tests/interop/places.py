"""Where a client is: installed here, or in a tree of Debian 13; and where those from npm are."""

import os
import re
import shlex
import subprocess

from harness import SEARCH, find_program

FOLDER = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(FOLDER))
TREE = os.path.join(ROOT, "build/debian13")
NPM = os.path.join(ROOT, "build/npm/node_modules")
MADE_BY = "sh scripts/clients makes it"
SANITIZED = os.environ.get("KB_TEST_SLOW")
# In a mount namespace: all of this is gone when its last process is, however that ends.
ENTER = """
set -e
tree=$1 root=$2
shift 2
mkdir -p "$tree$root"
mount --bind "$tree" "$tree"
mount --rbind /dev "$tree/dev"
mount --rbind /proc "$tree/proc"
mount --bind "$root" "$tree$root"
mount -t tmpfs -o mode=1777 tmp "$tree/tmp"
exec env TMPDIR=/tmp KB_TEST_PROGRAMS= PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$tree" "$@"
"""
NUMBER = re.compile(r"\d+(\.\d+)+|\d{8}")  # or a day


class Here:
    """This machine."""

    suffix = ""

    def missing(self, programs):
        """Why these cannot be run, or None."""
        absent = [os.path.relpath(name, ROOT) if "/" in name else name
                  for name in programs if not self.has(name)]
        return f"not installed: {', '.join(absent)}" if absent else None

    def has(self, name):
        return os.path.exists(name) if "/" in name else find_program(name) is not None

    def run(self, words):
        """(status, all that it said)"""
        env = os.environ | {"PYTHONPATH": f"{FOLDER}:{os.environ['PYTHONPATH']}", "PATH": SEARCH}
        done = subprocess.run(self.command(words), env=env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout.decode(errors="replace")

    def command(self, words):
        return words

    def version(self, command):
        found = NUMBER.search(self.run(shlex.split(command))[1])
        return found[0] if found else "of an unknown version"


class Debian13(Here):
    """A tree, with this project and what it built mounted into it under the same name."""

    suffix = "@debian13"

    def missing(self, programs):
        if not os.path.exists(f"{TREE}/.complete"):
            return f"there is no {os.path.relpath(TREE, ROOT)} ({MADE_BY}, as root)"
        if os.geteuid() != 0:
            return f"only root enters {os.path.relpath(TREE, ROOT)}"
        if SANITIZED:
            return "its libraries are not those of the sanitizers"
        status, said = self.run(["true"])
        return f"it cannot be entered: {said.strip()}" if status else super().missing(programs)

    def has(self, name):
        return os.path.lexists(f"{TREE}/usr/bin/{name}")

    def command(self, words):
        return ["unshare", "--mount", "sh", "-c", ENTER, "sh", TREE, ROOT, *words]


class WithoutRoot(Here):
    """This machine, as an ordinary user, also where root runs the tests."""

    suffix = "@user"

    def missing(self, programs):
        if self.run(["test", "-r", FOLDER])[0]:
            return "an ordinary user cannot read this tree"
        if self.run(["unshare", "--user", "true"])[0]:
            return "an ordinary user has no namespaces here"
        return super().missing(programs)

    def command(self, words):
        return [os.path.join(ROOT, "tests/tiers/as_ordinary_user"), *words]

    def version(self, command):
        """Some tell it only to who has a home."""
        return HERE.version(command)


HERE, DEBIAN_13, WITHOUT_ROOT = Here(), Debian13(), WithoutRoot()
