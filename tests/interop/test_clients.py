"""
Each client of the table (clients.py) takes our answers, or is said to be missing: a line each. One
after the other, since the session key is one for all of a user's processes.
"""

import os
import re
import sys
from fnmatch import fnmatchcase

from clients import CLIENTS
from harness import BIN, SKIP_STATUS, figures
from places import FOLDER

REASON = re.compile(r"^skipped: (.*)$", re.MULTILINE)


def chosen():
    """With KB_TEST_ONLY those whose label fits one of its patterns."""
    patterns = os.environ.get("KB_TEST_ONLY", "*").split()
    return [client for client in CLIENTS
            if any(fnmatchcase(client.label, pattern) for pattern in patterns)]


def line_of(client):
    """What is said of it: its line, and all that its tests said if one failed."""
    if reason := client.missing():
        return f"SKIP {client.label}: {reason}", ""
    program = ["/usr/bin/python3", "-B", os.path.join(FOLDER, "one.py"), *client.tests.split()]
    status, said = client.place.run(program)
    if status == SKIP_STATUS:
        return f"SKIP {client.label}: {REASON.search(said)[1]}", ""
    word = "FAIL" if status else "PASS"
    return f"{word} {client.label} {client.place.version(client.version)}", said if status else ""


def main():
    if not BIN:
        sys.exit("KB_TEST_BIN must name the directory of the programs under test")
    told = [line_of(client) for client in chosen()]
    for line, said in told:
        if said:
            print(f"--- {line}\n{said}")
    lines = sorted(line for line, _ in told)
    figures(**{f"clients {what}": sum(line.startswith(word) for line in lines)
               for what, word in (("passed", "PASS"), ("skipped", "SKIP"))})
    print("\n".join(lines))
    sys.exit(any(line.startswith("FAIL") for line in lines))


if __name__ == "__main__":
    main()
