"""Reads the rules: tests/mutations/*.txt, in the form that README.md describes."""

import functools
import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


@functools.cache
def sources_of(test):
    """The files of TEST, as ctest calls it; where none has its name, all of its folder."""
    folder, _, name = test.partition(".")
    files = [path for path in sorted((ROOT / "tests" / folder).rglob("*"))
             if path.is_file() and path.suffix != ".pyc"]
    name = name.removeprefix("test_").replace(".", "_")
    own = [path for path in files if path.stem.removeprefix("test_").removeprefix("fuzz_") == name]
    return frozenset(own or files)


@dataclass
class Edit:
    file: str
    old: list = field(default_factory=list)
    new: list = field(default_factory=list)

    def problem(self, text):
        """Why the edit does not fit TEXT, or None."""
        if not self.old or self.old == self.new:
            return "changes nothing"
        count = len(self._places(text.split("\n")))
        return None if count == 1 else f"its old lines occur {count} times in {self.file}"

    def apply(self, text):
        lines = text.split("\n")
        [at] = self._places(lines)
        lines[at:at + len(self.old)] = self.new
        return "\n".join(lines)

    def _places(self, lines):
        size = len(self.old)
        return [i for i in range(len(lines) - size + 1) if lines[i:i + size] == self.old]


@dataclass
class Rule:
    name: str
    where: str
    says: str = ""
    tests: list = field(default_factory=list)
    edits: list = field(default_factory=list)

    def digest(self):
        """Of the rule, and of all files that decide whether it is held."""
        edits = [(edit.file, edit.old, edit.new) for edit in self.edits]
        found = hashlib.sha256(repr((self.says, self.tests, edits)).encode())
        files = {ROOT / edit.file for edit in self.edits}
        for path in sorted(files.union(*map(sources_of, self.tests))):
            found.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
        return found.hexdigest()[:16]

    def problems(self):
        if not self.says or not self.tests or not self.edits:
            yield "lacks its rule, its tests or its change"
        texts = {}
        for edit in self.edits:
            path = ROOT / edit.file
            if edit.file not in texts and not path.is_file():
                yield f"there is no {edit.file}"
                return
            text = texts.get(edit.file) or path.read_text()
            problem = edit.problem(text)
            if problem:
                yield problem
                return
            texts[edit.file] = edit.apply(text)


class Reader:
    """One file, line by line."""

    def __init__(self, path):
        self.rules = []
        for number, line in enumerate(path.read_text().splitlines(), 1):
            self.where = f"{path.relative_to(ROOT)}:{number}"
            if line and not line.startswith("#"):
                self._take(line)

    def _take(self, line):
        key, _, rest = line.partition(" ")
        if key == "==":
            self.rules.append(Rule(rest.strip(), self.where))
        elif not self.rules:
            self._refuse("a rule begins with ==")
        elif key == "rule:":
            self.rules[-1].says = rest
        elif key == "tests:":
            self.rules[-1].tests = rest.split()
        elif key == "file:":
            self.rules[-1].edits.append(Edit(rest))
        elif line[0] in "-+" and self.rules[-1].edits:
            self._take_change(line)
        else:
            self._refuse("neither a key nor a changed line")

    def _take_change(self, line):
        edits = self.rules[-1].edits
        if line[0] == "-" and edits[-1].new:  # another place in the same file
            edits.append(Edit(edits[-1].file))
        (edits[-1].old if line[0] == "-" else edits[-1].new).append(line[1:])

    def _refuse(self, why):
        raise SystemExit(f"{self.where}: {why}")


def read():
    return [rule for path in sorted(HERE.glob("*.txt")) for rule in Reader(path).rules]


def select(rules, pattern):
    return [rule for rule in rules if re.search(pattern, rule.name)]
