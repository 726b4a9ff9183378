"""Runs the tests named as arguments, MODULE.CLASS.TEST or less. Status 77: all of them were skipped."""

import sys
import unittest

from harness import SKIP_STATUS, need_memory


def main():
    need_memory()
    tests = unittest.defaultTestLoader.loadTestsFromNames(sys.argv[1:])
    result = unittest.TextTestRunner().run(tests)
    for _, reason in result.skipped:
        print(f"skipped: {reason}")
    if not result.wasSuccessful() or not result.testsRun:
        sys.exit(1)
    if len(result.skipped) == result.testsRun:
        sys.exit(SKIP_STATUS)


if __name__ == "__main__":
    main()
