"""The plain run: each test once, in the build that plain.txt gives it, all in one run of ctest."""

import sys
from fnmatch import fnmatchcase
from pathlib import Path

import suite

TABLE = Path(__file__).resolve().parent / "plain.txt"
RUNNER = "tests/apart"  # what many tests are run by: ctest knows no command without it
PROGRAMS = ("keybearer", "keybearer-helper", "keybearer-fetch")

# Where a test may run: the preset, and whether an ordinary user runs it.
WHERE = {"sanitized": ("asan", False), "developed": ("dev", False), "user": ("dev", True)}
PRESETS = ("asan", "dev")
NOT_HERE = "deep"


class Row:
    """A line of the table: tests by a pattern of their names, where they run, for how long."""

    def __init__(self, line):
        self.pattern, self.where, *seconds = line.split()
        self.cost = float(seconds[0]) if seconds else 0.0
        if self.where not in (*WHERE, NOT_HERE):
            raise SystemExit(f"{TABLE.name}: {self.pattern}: nothing runs {self.where}")


def table():
    lines = TABLE.read_text().splitlines()
    return [Row(line) for line in lines if line.strip() and not line.startswith("#")]


def row_of(name, rows):
    return next((row for row in rows if fnmatchcase(name, row.pattern)), None)


def preset_of(row):
    """Where its tests are built, or None."""
    return WHERE[row.where][0] if row.where in WHERE else None


def assigned(rows, tests):
    """
    (test, its row) for each test of the plain run, and what is wrong with the table; TESTS are
    those of each preset.
    """
    plan, problems, used = [], [], set()
    for name in sorted({name for known in tests.values() for name in known}):
        row = row_of(name, rows)
        used.add(row)
        if row is None:
            problems.append(f"{name} has no row")
        elif row.where == NOT_HERE:
            continue
        elif name in tests[preset_of(row)]:
            plan.append((tests[preset_of(row)][name], row))
        else:
            problems.append(f"{name} is not built where its row says: {row.where}")
    problems += [f"{row.pattern} is the row of no test" for row in rows
                 if row not in used and row.where != NOT_HERE]
    return plan, problems


def needed(place, plan, preset):
    """
    What those tests of PLAN that run in PRESET need to be built: nothing else is. ctest knows no
    command yet for a program that is not there: that of a unit test has its name.
    """
    found = set(PROGRAMS)
    for test, row in plan:
        if preset_of(row) != preset:
            continue
        known = suite.properties(test)
        unbuilt = Path(known["WORKING_DIRECTORY"]) / test["name"].partition(".")[2]
        words = [*test.get("command", [str(unbuilt)]), *known.get("ENVIRONMENT", ())]
        for path in (Path(word.partition("=")[2] or word) for word in words):
            if place in path.parents and not path.is_relative_to(place / "stage"):
                found.add(str(path.relative_to(place)) + ("/all" if path.is_dir() else ""))
    return found


def plan_for(places):
    """What runs where. Ends the program when the table does not say so for every test."""
    known = {preset: suite.tests_of(place) for preset, place in places.items()}
    plan, problems = assigned(table(), known)
    if problems:
        raise SystemExit(f"{TABLE.name}:\n" + "\n".join(problems))
    return plan


def main():
    with suite.tree_for_ordinary_user() as tree:
        suite.say("build")
        places = {preset: suite.configure(tree if preset == "dev" else suite.ROOT, preset)
                  for preset in PRESETS}
        suite.build(places["asan"])  # nearly all of its tests run
        suite.make(places["dev"], [RUNNER])
        suite.build(places["dev"], needed(places["dev"], plan_for(places), "dev"))
        entries = [suite.entry(test, WHERE[row.where][1], row.cost)
                   for test, row in plan_for(places)]
        suite.say("tests")
        return suite.run_tests(suite.write_tests(suite.ROOT / "build/plain", entries))


if __name__ == "__main__":
    sys.exit(main())
