"""Random commands of several persons, at once and killed, against the rules of reference.py.

    test_model.py                  the kept plans and some random ones (KB_TEST_FULL=1: an hour)
    test_model.py --seed N         the plan that this seed makes; shrunk, if it fails
    test_model.py --plan FILE      the steps of a file, as a failed run printed them

A failing run prints its seed and the shortest plan that still fails. Plans worth keeping lie in
tests/model/kept, and are played every time.
"""

import argparse
import json
import os
import sys
import time
import unittest

import clocks
from harness import figures, main
from plans import failure, plan_of, shrunk

KEPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "kept")
FULL = bool(os.environ.get("KB_TEST_FULL"))
LENGTH = 60
RUNS, SECONDS = 5, 3300


def as_tuples(value):
    return tuple(map(as_tuples, value)) if isinstance(value, list) else value


def read_plan(path):
    with open(path) as file:
        return [as_tuples(step) for step in json.load(file)]


def written(plan):
    """As a file in tests/model/kept: a step a line."""
    return "[" + ",\n ".join(map(json.dumps, plan)) + "]"


def complaint(plan):
    """What is wrong with PLAN, and with the shortest one that fails like it; or None."""
    why = failure(plan)
    if not why:
        return None
    shortest = shrunk(plan)
    return f"{why}\nthe shortest plan:\n{written(shortest)}\n{failure(shortest) or 'not each time'}"


class ModelTest(unittest.TestCase):
    def check(self, plan):
        if why := complaint(plan):
            self.fail(why)

    def test_kept_plans(self):
        for name in sorted(os.listdir(KEPT)):
            with self.subTest(name):
                self.check(read_plan(os.path.join(KEPT, name)))

    def test_random_commands(self):
        first = int(os.environ.get("KB_TEST_SEED") or time.time_ns() // 1000 % 1_000_000_000)
        begin, runs = time.monotonic(), 0
        while time.monotonic() - begin < SECONDS if FULL else runs < RUNS:
            print(f"seed {first + runs}", flush=True)
            self.check(plan_of(first + runs, LENGTH))
            runs += 1
        figures(runs=runs, steps=runs * LENGTH)


def by_hand(options):
    plan = read_plan(options.plan) if options.plan else plan_of(options.seed, LENGTH)
    why = complaint(plan)
    print(why or "nothing wrong")
    return 1 if why else 0


if __name__ == "__main__":
    if why := clocks.enter():
        print(f"skipped: in the model nobody sets the clock: {why}")
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int)
    parser.add_argument("--plan")
    options, _ = parser.parse_known_args()
    if options.seed is not None or options.plan:
        sys.exit(by_hand(options))
    main()
