"""Builds the tests of a preset and runs them with ctest, as ourselves or as an ordinary user.

    suite.py [--user] PRESET [CTEST-OPTION...]

Behind ctest's output come a line for each client, the figures that tests gave, what was skipped and
why, and last ctest's own summary.
"""

import collections
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
STAGE = "stage"  # what ctest calls the installation inside the build tree
AS_ORDINARY_USER = HERE / "as_ordinary_user"
JOBS = os.environ.get("KB_TEST_JOBS", str(1 + (os.cpu_count() or 1)))

TEST_OF_LOG = re.compile(r"^\d+/\d+ Testing: (.*)$", re.MULTILINE)
SKIPPED = re.compile(r"^skipped: (.*)$", re.MULTILINE)
FIGURES = re.compile(r"^figures: (.*)$", re.MULTILINE)
CLIENT = re.compile(r"^(?:PASS|SKIP|FAIL) \S+ .*$", re.MULTILINE)
SUMMARY = re.compile(r"\d+% tests passed")


def say(what):
    print(f"\n== {what}", flush=True)


def quietly(*command, **options):
    """Runs COMMAND; what it said is shown when it fails, which ends the program."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **options)
    if done.returncode:
        sys.stdout.buffer.write(done.stdout)
        raise SystemExit(f"failed: {' '.join(map(str, command))}")


# --- a tree and its builds ---


def readable_by_ordinary_user(path):
    return os.geteuid() != 0 or not subprocess.run(
        [AS_ORDINARY_USER, "test", "-r", path / "README.md"]).returncode


@contextlib.contextmanager
def tree_for_ordinary_user():
    """The source tree; or a copy of it, where it lies in a place of root's own."""
    if readable_by_ordinary_user(ROOT):
        yield ROOT
        return
    for number in (signal.SIGHUP, signal.SIGTERM):  # the copy goes then, too
        signal.signal(number, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="keybearer-test.") as top:
        os.chmod(top, 0o755)
        copy = Path(top) / "source"
        shutil.copytree(ROOT, copy, symlinks=True, ignore=not_copied)
        quietly("chmod", "-R", "a+rX", copy)
        yield copy


def not_copied(place, names):
    """The history, and of what is built all but the unpacked servers."""
    if place == str(ROOT):
        return {".git"}
    return set(names) - {"programs"} if place == str(ROOT / "build") else set()


def configure(tree, preset):
    quietly("cmake", "--preset", preset, cwd=tree)
    return tree / "build" / preset


def make(place, targets=()):
    """Makes TARGETS, or everything."""
    words = ["--target", *targets] if targets else []
    quietly("cmake", "--build", place, "-j", "2", *words)


def build(place, targets=()):
    """
    The same, and installs the programs anew into the stage. Where the preset has none inside the
    build tree, nothing is installed: that would be into the real system.
    """
    make(place, targets)
    if STAGE in listed(place):
        quietly("cmake", "--install", place, env=os.environ | {"CMAKE_INSTALL_ALWAYS": "1"})


# --- tests ---


def listed(place):
    """All that ctest knows of the build in PLACE, by name."""
    listing = subprocess.run(["ctest", "--test-dir", place, "--show-only=json-v1"], check=True,
                             capture_output=True, text=True)
    return {test["name"]: test for test in json.loads(listing.stdout)["tests"]}


def tests_of(place):
    """The tests of the build in PLACE. The stage is there already, and is none."""
    return {name: test for name, test in listed(place).items() if name != STAGE}


def properties(test):
    return {each["name"]: each["value"] for each in test["properties"]}


def quoted(value):
    """VALUE as an argument of CMake's language: nothing in it means anything."""
    text = ";".join(value) if isinstance(value, list) else str(value)
    return f"[==[{text}]==]"


def as_ordinary_user(command):
    """COMMAND by an ordinary user. Only root can give a test a namespace of its own: first."""
    namespace = 1 if Path(command[0]).name == "apart" else 0
    return [*command[:namespace], str(AS_ORDINARY_USER), *command[namespace:]]


def entry(test, as_user, cost=0):
    """TEST in the words of ctest's own file. What it needs installed is installed before."""
    command = as_ordinary_user(test["command"]) if as_user else test["command"]
    known = properties(test) | {"COST": cost}
    for name in ("DEPENDS", "FIXTURES_REQUIRED"):
        known.pop(name, None)
    settings = " ".join(f"{name} {quoted(value)}" for name, value in known.items())
    words = " ".join(map(quoted, command))
    name = test["name"]
    return f"add_test({name} {words})\nset_tests_properties({name} PROPERTIES {settings})\n"


def write_tests(place, entries):
    place.mkdir(parents=True, exist_ok=True)
    (place / "CTestTestfile.cmake").write_text("".join(entries))
    return place


def run_tests(place, *options):
    """One run of ctest in PLACE; its status."""
    log = place / "Testing/Temporary/LastTest.log"
    log.unlink(missing_ok=True)
    ctest = subprocess.Popen(
        ["ctest", "--test-dir", place, "--output-on-failure", "-j", JOBS, *options],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, errors="replace")
    summary = []
    for line in ctest.stdout:
        if summary or SUMMARY.match(line):
            summary.append(line)
        else:
            print(line, end="", flush=True)
    status = ctest.wait()
    if log.exists():
        said = log.read_text(errors="replace")
        show_clients(said)
        show_figures(said)
        show_skipped(said)
    print("\n" + "".join(summary), end="", flush=True)
    return status


def show_clients(log):
    """The lines of interop.clients and of providers.*."""
    if lines := CLIENT.findall(log):
        say("other people's programs")
        print("\n".join(sorted(lines)))


def show_figures(log):
    """The sums of what tests counted."""
    sums = collections.Counter()
    for counted in FIGURES.findall(log):
        sums.update(json.loads(counted))
    for name, count in sums.items():
        print(f"figure: {count} {name}")


def show_skipped(log):
    """The reasons, each with the tests that gave it."""
    found = {}
    pieces = TEST_OF_LOG.split(log)[1:]
    for name, said in zip(pieces[::2], pieces[1::2]):
        for reason in SKIPPED.findall(said):
            found.setdefault(reason, []).append(name)
    say(f"skipped here: {sum(map(len, found.values()))}")
    for reason, names in sorted(found.items()):
        print(f"{len(names):4}  {reason} ({', '.join(sorted(set(names)))})")


def main():
    words = sys.argv[1:]
    as_user = words[0] == "--user"
    preset, *options = words[1:] if as_user else words
    with tree_for_ordinary_user() if as_user else contextlib.nullcontext(ROOT) as tree:
        say(f"build {preset}")
        place = configure(tree, preset)
        build(place)
        entries = [entry(test, as_user) for test in tests_of(place).values()]
        say("tests")
        return run_tests(write_tests(ROOT / "build/suite" / preset, entries), *options)


if __name__ == "__main__":
    sys.exit(main())
