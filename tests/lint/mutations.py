"""The rules of tests/mutations: each still fits the source, and its tests are there."""

import functools
import sys
from collections import Counter
from pathlib import Path

import named_tests

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "mutations"))
import table  # noqa: E402


@functools.cache
def is_there(test):
    folder, _, name = test.partition(".")
    return named_tests.has_test(folder, name)


def problems(rule):
    yield from rule.problems()
    for test in rule.tests:
        if not is_there(test):
            yield f"there is no test {test}"


def main():
    rules = table.read()
    finds = [f"{rule.where}: {rule.name} {why}" for rule in rules for why in problems(rule)]
    finds += [f"{name} is the name of {count} rules"
              for name, count in Counter(rule.name for rule in rules).items() if count > 1]
    print("\n".join(finds))
    sys.exit(1 if finds or not rules else 0)


if __name__ == "__main__":
    main()
