"""Some seconds of the soak, with more faults and kills than it has; scripts/soak runs it
for as long as you like."""

import unittest

from harness import main, need_proc
from soak import parse, soak


class SoakTest(unittest.TestCase):
    def test_a_short_soak(self):
        need_proc(self, "keys")
        options = ["--seconds", "15", "--life", "10", "--kills", "0.1", "--faults", "0.15"]
        self.assertTrue(soak(parse(options)))


if __name__ == "__main__":
    main()
