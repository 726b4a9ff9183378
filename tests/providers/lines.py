"""Runs tests of servers that are not ours, and says a line for each: PASS, SKIP or FAIL, and of which version."""

import os
import sys
import unittest
from fnmatch import fnmatchcase

from harness import BIN, SKIP_STATUS, figures, need_memory


def label(test):
    return f"{test.name}:{test._testMethodName.removeprefix('test_')}"


def is_chosen(test):
    """With KB_TEST_ONLY those whose label fits one of its patterns; without KB_TEST_FULL a sample."""
    patterns = os.environ.get("KB_TEST_ONLY", "*").split()
    is_sampled = os.environ.get("KB_TEST_FULL") or test._testMethodName not in test.only_in_full
    return is_sampled and any(fnmatchcase(label(test), pattern) for pattern in patterns)


def chosen(modules):
    for suite in map(unittest.defaultTestLoader.loadTestsFromName, modules):
        for case in suite:
            yield from filter(is_chosen, case)


def main(*modules):
    if not BIN:
        sys.exit("KB_TEST_BIN must name the directory of the programs under test")
    need_memory()
    tests = list(chosen(modules))
    result = unittest.TextTestRunner().run(unittest.TestSuite(tests))
    skipped = {label(test): reason for test, reason in result.skipped}
    failed = {label(test) for test, _ in (*result.failures, *result.errors) if hasattr(test, "_testMethodName")}
    lines = []
    for test in tests:
        name = label(test)
        word = "FAIL" if name in failed else "PASS"
        lines.append(f"SKIP {name}: {skipped[name]}" if name in skipped else f"{word} {name} {type(test).version()}")
    figures(**{f"proofs {what}": sum(line.startswith(word) for line in lines)
               for what, word in (("passed", "PASS"), ("skipped", "SKIP"))})
    print("\n".join(sorted(lines)))
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(SKIP_STATUS if len(skipped) == len(tests) else 0)
