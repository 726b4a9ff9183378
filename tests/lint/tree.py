"""The source tree as the rules see it. Each rule prints `file:line: why` and fails."""

import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SKIP_STATUS = 77

COMMENT_OR_LITERAL = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.DOTALL
)


def tracked():
    """The names of all files that belong to the project, from its top."""
    listing = subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], capture_output=True)
    if listing.returncode == 0:
        names = listing.stdout.decode().split("\0")
    else:  # an unpacked archive
        names = _walk()
    return [name for name in sorted(names) if os.path.isfile(os.path.join(ROOT, name))]


def _walk():
    for directory, below, names in os.walk(ROOT):
        below[:] = [name for name in below if name not in (".git", "build", "__pycache__")]
        for name in names:
            yield os.path.relpath(os.path.join(directory, name), ROOT)


def sources(*folders):
    """The C files below FOLDERS."""
    prefixes = tuple(folder + "/" for folder in folders)
    return [
        name for name in tracked() if name.startswith(prefixes) and name.endswith((".c", ".h"))
    ]


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8", errors="replace") as file:
        return file.read()


def code(name):
    """The text with comments and literals blanked; lines stay where they are."""
    return COMMENT_OR_LITERAL.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), read(name))


def find(pattern, name, text):
    """(where, match) of each find, `where` being file:line."""
    for match in re.finditer(pattern, text):
        yield f"{name}:{text.count(chr(10), 0, match.start()) + 1}", match


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIP_STATUS)


def finish(finds):
    for line in finds:
        print(line)
    sys.exit(1 if finds else 0)
