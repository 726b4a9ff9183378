"""Which file uses which, from the symbols of a build: uses.py [--check] BUILD [FOLDER]...

Without a folder: the folders, and what each uses. With folders: their files. A name is
followed by those whose functions it calls. --check fails where files use each other in a
circle: who reads one of them must read all.
"""

import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import tree

DEFINED, WANTED = "TDBRVW", "U"
LIBC = ("lib/base/end_without_memory", "lib/base/wipe_on_free")  # define names of libc


class Uses:
    """Files of BUILD by their names in the source, without the ending."""

    def __init__(self, build):
        self.of = defaultdict(set)
        self.files = set()
        homes, wants = defaultdict(set), []
        for path, symbol, kind in symbols(build):
            name = re.sub(r".*__/|CMakeFiles/[^/]+\.dir/|\.c\.o$", "", path)
            if not os.path.exists(os.path.join(tree.ROOT, f"{name}.c")):
                continue  # an object of a file that is gone
            self.files.add(name)
            if kind in DEFINED and name not in LIBC:
                homes[symbol].add(name)
            elif kind == WANTED:
                wants.append((name, symbol))
        for name, symbol in wants:
            self.of[name] |= {home for home in homes[symbol] if is_one_program(name, home)}
            self.of[name].discard(name)

    def circles(self):
        """The sets of files each of which can be reached from the others."""
        reach = {name: self.reached(name) for name in self.files}
        circles = {frozenset(other for other in reach[name] if name in reach[other])
                   for name in self.files if name in reach[name]}
        return sorted(map(sorted, circles))

    def reached(self, name):
        seen, left = set(), list(self.of[name])
        while left:
            if (one := left.pop()) not in seen:
                seen.add(one)
                left += self.of[one]
        return seen


def symbols(build):
    """(file, symbol, kind) of each that the product's objects define or want."""
    objects = [path.relative_to(build) for place in ("lib", "backends", "cmd")
               for path in sorted((build / place).rglob("*.c.o"))]
    said = subprocess.run(["nm", "-A", "-P", *objects], cwd=build, check=True, text=True,
                          capture_output=True).stdout if objects else ""
    for line in said.splitlines():
        path, symbol, kind = line.split()[:3]
        yield path.rstrip(":"), symbol, kind


def folder(name):
    return name.rpartition("/")[0]


def is_one_program(name, home):
    """Programs may define the same name; each means its own."""
    return not home.startswith("cmd/") or folder(name) == folder(home)


def print_folders(uses):
    below = defaultdict(set)
    for name in uses.files:
        below[folder(name)] |= {folder(used) for used in uses.of[name]}
    for name in sorted(below):
        print(f"{name} -> {' '.join(sorted(below[name] - {name}))}")


def print_folder(uses, wanted):
    names = sorted(name for name in uses.files if folder(name) == wanted)
    arrows = {name: sorted(Path(used).name for used in uses.of[name] if folder(used) == wanted)
              for name in names}
    print(f"{wanted}: {len(names)} files, {sum(map(len, arrows.values()))} arrows")
    for name in names:
        print(f"  {Path(name).name:<16} {' '.join(arrows[name])}".rstrip())


def main():
    words = [word for word in sys.argv[1:] if word != "--check"]
    if not shutil.which("nm"):
        tree.skip("binutils are not installed")
    uses = Uses(Path(words[0]))
    if not uses.files:
        tree.skip(f"{words[0]} is not built")
    if "--check" in sys.argv:
        tree.finish([f"these use each other: {', '.join(circle)}" for circle in uses.circles()])
    for name in words[1:]:
        print_folder(uses, name.rstrip("/"))
    if not words[1:]:
        print_folders(uses)


if __name__ == "__main__":
    main()
