"""Random commands of several persons, at once and killed, against the rules of reference.py.

    test_model.py                  some steps (KB_TEST_FULL=1: an hour of runs)
    test_model.py --seed N         the run that begins with this seed, and shrunk if it fails
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

from harness import figures, main
from reference import Wrong
from world import plan_of, play

HERE = os.path.dirname(os.path.abspath(__file__))
FULL = bool(os.environ.get("KB_TEST_FULL"))
LENGTH = 40
RUNS, SECONDS = 2, 3600


def failure(plan):
    """What is wrong with PLAN, or None."""
    try:
        play(plan)
    except Wrong as why:
        return why
    return None


def shrunk(plan):
    """A plan as short as could be found in which something is wrong, too."""
    why = failure(plan)
    if why is None:
        return plan
    plan = plan[: why.args[0] + 1]
    piece = len(plan) // 2
    while piece:
        at = 0
        while at < len(plan):
            shorter = plan[:at] + plan[at + piece :]
            if shorter and failure(shorter):
                plan = shorter
            else:
                at += piece
        piece //= 2
    return plan


def as_tuples(value):
    return tuple(map(as_tuples, value)) if isinstance(value, list) else value


def read_plan(path):
    with open(path) as file:
        return [as_tuples(step) for step in json.load(file)]


class ModelTest(unittest.TestCase):
    def check(self, name, plan):
        why = failure(plan)
        if why is None:
            return
        shortest = shrunk(plan)
        self.fail(f"{name}: {why}\nthe shortest plan:\n{json.dumps(shortest)}\n{failure(shortest)}")

    def test_kept_plans(self):
        for name in sorted(os.listdir(os.path.join(HERE, "kept"))):
            with self.subTest(name):
                self.check(name, read_plan(os.path.join(HERE, "kept", name)))

    def test_random_commands(self):
        first = int(os.environ.get("KB_TEST_SEED") or time.time_ns() // 1000 % 1_000_000_000)
        begin, runs = time.monotonic(), 0
        while time.monotonic() - begin < SECONDS if FULL else runs < RUNS:
            seed = first + runs
            print(f"seed {seed}", flush=True)
            self.check(f"seed {seed}", plan_of(seed, LENGTH))
            runs += 1
        figures(runs=runs, steps=runs * LENGTH)


def by_hand(options):
    plan = read_plan(options.plan) if options.plan else plan_of(options.seed, LENGTH)
    why = failure(plan)
    print(why or "nothing wrong")
    if why:
        print(json.dumps(shrunk(plan)))
    return 1 if why else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int)
    parser.add_argument("--plan")
    options, _ = parser.parse_known_args()
    if options.seed is not None or options.plan:
        sys.exit(by_hand(options))
    main()
