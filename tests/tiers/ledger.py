"""The ledger of the deep run in docs/security-tests.md: of each stage, the last whole pass."""

import datetime
import re
import subprocess
from dataclasses import dataclass

from suite import ROOT

PAGE = ROOT / "docs/security-tests.md"
ROW = re.compile(r"^\| `([\w-]+)` \| (\d+) \| (.*?) \| (\w*) \| ([\d-]*) \| (.*?) \|$", re.MULTILINE)


@dataclass(frozen=True)
class Pass:
    commit: str
    date: str
    figures: str


def git(*words):
    return subprocess.run(["git", "-C", ROOT, *words], capture_output=True, text=True)


def rows():
    """(name, minutes, what) of each stage that the page names, and its last pass."""
    return {name: ((name, int(minutes), what), Pass(commit, date, figures))
            for name, minutes, what, commit, date, figures in ROW.findall(PAGE.read_text())}


def row(stage, last):
    return (f"| `{stage.name}` | {stage.minutes} | {stage.what} | {last.commit} | {last.date} "
            f"| {last.figures} |")


def is_clean():
    """Whether the tree is the commit, but for the ledger itself."""
    changed = git("status", "--porcelain").stdout.splitlines()
    return all(line[3:] == str(PAGE.relative_to(ROOT)) for line in changed)


def record(stage, figures):
    """The stage has passed whole, as the tree is now."""
    commit = git("rev-parse", "--short=9", "HEAD").stdout.strip()
    new = row(stage, Pass(commit, datetime.date.today().isoformat(), figures))
    text = ROW.sub(lambda found: new if found[1] == stage.name else found[0], PAGE.read_text())
    PAGE.write_text(text)


def without_comments(text):
    """The lines of a C file as the compiler sees them, macros and all."""
    said = subprocess.run(["gcc", "-fpreprocessed", "-dD", "-E", "-P", "-x", "c", "-"], input=text,
                          capture_output=True, text=True, check=True).stdout
    return [line.rstrip() for line in said.splitlines() if line.strip()]


def is_another_program(name, commit):
    """Whether more than comments changed in file NAME since COMMIT."""
    before, path = git("show", f"{commit}:{name}"), ROOT / name
    if path.suffix not in (".c", ".h") or before.returncode or not path.is_file():
        return True
    return without_comments(before.stdout) != without_comments(path.read_text())


def stale(stage, last):
    """Why the stage must run again, or nothing."""
    if not last.commit:
        return "never ran"
    apart = [f":(exclude,glob){path}{'/**' if (ROOT / path).is_dir() else ''}" for path in stage.apart]
    changed = git("diff", "--name-only", last.commit, "--", *stage.covers, *apart)
    if changed.returncode:
        return f"commit {last.commit} is not here"
    names = changed.stdout.split()
    for name in names:
        if stage.reads_comments or is_another_program(name, last.commit):
            return f"{len(names)} files changed, such as {name}"
    return ""
