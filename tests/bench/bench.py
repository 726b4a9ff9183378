"""Measures keybearer against the targets of its design, in ratios.

    bench.py --build build/dev [--static build/static-front] [--only PART]...

Every ratio comes from one interleaved run: floor and candidates in each round, in
shuffled order, divided within the round, then the median. The floor is a static program
that writes 40 bytes and ends. Milliseconds are shown for orientation only.
The part "cold" needs nginx, curl, dbus and gnome-keyring.
"""

import argparse
import os
import sys

PARTS = ("hot", "parallel", "protocols", "completion", "cold", "counts")


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, help="a build tree of the preset dev")
    parser.add_argument("--static", help="a build tree of the preset static-front")
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--only", dest="parts", action="append", choices=PARTS)
    options = parser.parse_args()
    options.parts = options.parts or PARTS
    options.build = os.path.abspath(options.build)
    options.static = options.static and os.path.abspath(options.static)
    return options


def main():
    options = parse_options()
    # The end-to-end tests' sandbox, which this is built on, asks for it when it is imported.
    os.environ["KB_TEST_BIN"] = os.path.join(options.build, "stage", "bin")
    from measure import Bench, Table

    table = Table()
    Bench(options, table).run()
    sys.exit(1 if table.missed else 0)


if __name__ == "__main__":
    main()
