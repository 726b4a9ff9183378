"""Breaks one rule at a time in a copy of the source, and expects a test to fail.

A rule is held when the copy builds and one of its tests fails; the same tests pass before.
The working tree is only read.
"""

import argparse
import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as xml
from pathlib import Path

import table

PROGRAMS = ["keybearer", "keybearer-helper", "keybearer-fetch"]
HELD, SURVIVED, SKIPPED, ERROR = "held", "SURVIVED", "skipped", "ERROR"


running = set()  # processes, each the leader of a group of its own


def run(*command, seconds=None, env=None):
    """What COMMAND said and its status; a negative one when it took more than SECONDS."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace",
                               env={**os.environ, **(env or {})}, start_new_session=True)
    running.add(process)
    try:
        said, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        said, _ = process.communicate()
    finally:
        running.discard(process)
    return subprocess.CompletedProcess(command, process.returncode, said)


def must(*command):
    done = run(*command)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}:\n{done.stdout}")
    return done.stdout


class Copy:
    """A source tree of its own, built."""

    def __init__(self, top, jobs):
        self.source, self.jobs = top / "source", jobs
        self.build = self.source / "build/dev"
        self.junit = top / "results.xml"
        leave_out = shutil.ignore_patterns("build", ".git", "__pycache__")
        shutil.copytree(table.ROOT, self.source, ignore=leave_out, symlinks=True)
        programs = table.ROOT / "build/programs"
        if programs.is_dir():
            (self.source / "build").mkdir()
            (self.source / "build/programs").symlink_to(programs)
        # What a change leaves unused is a warning, and no error.
        must("cmake", "-S", self.source, "--preset", "dev", "-DKEYBEARER_WERROR=OFF")
        must("cmake", "--build", self.build, "-j", str(jobs))
        listing = must("ctest", "--test-dir", self.build, "--show-only=json-v1")
        self.commands = {test["name"]: test["command"] for test in json.loads(listing)["tests"]}

    def targets(self, tests):
        """What must be built for TESTS: their own programs, or the installed ones."""
        found = set()
        for command in (self.commands[test] for test in tests):
            paths = [Path(word) for word in command]
            found.update(str(path.relative_to(self.build)) for path in paths
                         if path.is_relative_to(self.build) and path.is_file())
            program = next(path for path in paths if path.name != "apart")
            if not program.is_relative_to(self.build):
                found.update(PROGRAMS)
        return sorted(found)

    def make(self, tests):
        return run("cmake", "--build", self.build, "-j", str(self.jobs),
                   "--target", *self.targets(tests))

    def test(self, tests, *options, seconds=None, case=None):
        """
        Each of TESTS that ran: its status ("run", "fail", "notrun") and its seconds. With CASE, of
        Python's tests that one alone.
        """
        names = "|".join(name.replace(".", r"\.") for name in tests)
        self.junit.unlink(missing_ok=True)
        done = run("ctest", "--test-dir", self.build, "-R", f"^({names})$", "--output-on-failure",
                   "--output-junit", self.junit, *options, seconds=seconds,
                   env=case and {"KB_TEST_ONLY": f"*.{case}"})
        if done.returncode < 0:
            return {test: ("fail", seconds) for test in tests}, done.stdout
        cases = xml.parse(self.junit).getroot().iter("testcase")
        return {case.get("name"): (case.get("status"), float(case.get("time")))
                for case in cases}, done.stdout


class Noticed:
    """
    What is known of each rule from the last time: the test and the case that noticed its break,
    and what the rule, the files that it breaks and its tests were then. That case is tried first
    the next time, since the others may take minutes; and with --changed a rule of which nothing
    changed counts as held.
    """

    FILE = table.HERE / "noticed.tsv"
    CASE = re.compile(r"^(?:FAIL|ERROR): \S+ \(__main__\.([\w.]+)\)", re.MULTILINE)

    def __init__(self):
        lines = self.FILE.read_text().splitlines() if self.FILE.exists() else []
        self.rows = {line.split("\t")[0]: line.split("\t")[1:] for line in lines}

    def is_as_it_was(self, rule):
        return self.rows.get(rule.name, ["", "", ""])[2] == rule.digest()

    def of(self, rule, tests):
        test, case, _ = self.rows.get(rule.name, ["", "", ""])
        return (test, case) if case and test in tests else (None, None)

    def by(self, rule, test, text):
        found = self.CASE.search(text)
        self.rows[rule.name] = [test, found[1] if found else "", rule.digest()]

    def keep(self, rules):
        """For the RULES that there are."""
        names = {rule.name for rule in rules}
        lines = ["\t".join([name, *row]) for name, row in sorted(self.rows.items()) if name in names]
        self.FILE.write_text("".join(f"{line}\n" for line in lines))


class Workshop:
    """Copies that work off one queue of rules, and what became of each rule."""

    def __init__(self, rules, workers):
        self.queue = queue.Queue()
        for rule in rules:
            self.queue.put(rule)
        self.all, self.workers = rules, workers
        self.lock = threading.Lock()
        self.results = {}
        self.failed = None
        self.noticed = Noticed()

    def baseline(self, copy):
        """How long each test takes that passes as long as nothing is broken."""
        names = sorted({test for rule in self.all for test in rule.tests})
        unknown = [name for name in names if name not in copy.commands]
        if unknown:
            raise SystemExit(f"there are no tests {' '.join(unknown)}")
        states, text = copy.test(names, "-j", str(copy.jobs))
        failed = [name for name, (status, _) in states.items() if status == "fail"]
        if failed:
            raise SystemExit(f"{text}\nThese fail with every rule in place: {' '.join(failed)}")
        self.usual = {name: took for name, (status, took) in states.items() if status == "run"}

    def patience(self, tests):
        """Seconds after which TESTS count as hanging, which is a way to fail."""
        return 60 + 4 * sum(self.usual[test] for test in tests)

    def check(self, copy, rule):
        tests = [test for test in rule.tests if test in self.usual]
        if not tests:
            return SKIPPED, f"{', '.join(rule.tests)} cannot run here"
        kept = {edit.file: (copy.source / edit.file).read_text() for edit in rule.edits}
        try:
            for edit in rule.edits:
                path = copy.source / edit.file
                path.write_text(edit.apply(path.read_text()))
            built = copy.make(tests)
            if built.returncode:
                return ERROR, f"does not build:\n{built.stdout}"
            return self.play(copy, rule, tests)
        finally:
            for name, text in kept.items():
                (copy.source / name).write_text(text)

    def play(self, copy, rule, tests):
        """The case that noticed it last time comes first; if that does not, all of TESTS."""
        last, case = self.noticed.of(rule, tests)
        rounds = [([last], case), (tests, None)] if case else [(tests, None)]
        for these, alone in rounds:
            states, text = copy.test(these, "--stop-on-failure", case=alone,
                                     seconds=self.patience(these))
            if states.get("stage", [""])[0] == "fail":
                return ERROR, f"cannot be installed:\n{text}"
            failed = [test for test in these if states.get(test, [""])[0] == "fail"]
            if failed:
                with self.lock:
                    self.noticed.by(rule, failed[0], text)
                return HELD, " ".join([*failed, *([alone] if alone else [])])
        return SURVIVED, " ".join(tests)

    def work(self, copy):
        while not self.failed:
            try:
                rule = self.queue.get_nowait()
            except queue.Empty:
                return
            begin = time.monotonic()
            state, why = self.check(copy, rule)
            with self.lock:
                self.results[rule.name] = state
                print(f"{state:8} {rule.name} ({time.monotonic() - begin:.0f} s): {why}", flush=True)
                if state in (SURVIVED, ERROR):
                    print(f"         {rule.where}: {rule.says}", flush=True)

    def begin(self, top, number, ready):
        try:
            copy = Copy(top / str(number), 2 if self.workers == 1 else 1)
            if number == 0:
                self.baseline(copy)
                ready.set()
            ready.wait()
            self.work(copy)
        except BaseException as why:  # the other workers are to end, too
            self.failed = self.failed or why
            ready.set()

    def run(self, top):
        ready = threading.Event()
        threads = [threading.Thread(target=self.begin, args=(top, number, ready))
                   for number in range(self.workers)]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
        except BaseException as why:  # we are told to end
            self.failed = why
            for process in list(running):
                os.killpg(process.pid, signal.SIGKILL)
            for thread in threads:
                thread.join()
        if self.failed:
            raise self.failed


def report(rules, results, before):
    count = {state: [rule.name for rule in rules if results.get(rule.name) == state]
             for state in (HELD, SURVIVED, SKIPPED, ERROR)}
    as_before = f", {before} of them unchanged since they were tried" if before else ""
    print(f"\nfigure: {len(count[HELD]) + before} of {len(rules) + before} rules are held by a test"
          f"{as_before}")
    for state, what in ((SKIPPED, "not checked here"), (SURVIVED, "held by no test"),
                        (ERROR, "not checked, the change is wrong")):
        if count[state]:
            print(f"{what}: {' '.join(count[state])}")
    return not count[SURVIVED] and not count[ERROR]


def main():
    parser = argparse.ArgumentParser(prog="scripts/mutations", description=__doc__)
    parser.add_argument("--only", metavar="PATTERN", default="",
                        help="the rules whose name holds this regular expression")
    parser.add_argument("--part", metavar="K/N", default="1/1",
                        help="the K-th of N equal parts of them, for a machine each")
    parser.add_argument("--list", action="store_true", help="name the rules, run nothing")
    parser.add_argument("--learn", action="store_true",
                        help="keep which case of a test noticed each, and what the rule was then")
    parser.add_argument("--changed", action="store_true",
                        help="leave out those of which nothing changed since a test noticed them")
    parser.add_argument("-j", type=int, default=1, metavar="COPIES", help="work on so many at once")
    options = parser.parse_args()

    rules = table.select(table.read(), options.only)
    wrong = [f"{rule.where}: {rule.name} {why}" for rule in rules for why in rule.problems()]
    if wrong or not rules:
        raise SystemExit("\n".join(wrong) or f"no rule is called {options.only}")
    part, parts = map(int, options.part.split("/"))
    rules = rules[part - 1 :: parts]
    known, before = Noticed(), len(rules)
    if options.changed:
        rules = [rule for rule in rules if not known.is_as_it_was(rule)]
    before -= len(rules)
    if options.list:
        for rule in rules:
            print(f"{rule.name}: {rule.says}")
        return
    if not rules:
        sys.exit(0 if report(rules, {}, before) else 1)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    workshop = Workshop(rules, max(1, min(options.j, len(rules))))
    try:
        with tempfile.TemporaryDirectory(prefix="keybearer-mutations.") as top:
            os.chmod(top, 0o711)  # some tests start the programs as somebody else
            workshop.run(Path(top))
    finally:
        if options.learn:
            workshop.noticed.keep(table.read())
    sys.exit(0 if report(rules, workshop.results, before) else 1)


if __name__ == "__main__":
    main()
