"""The reader of token replies against a second one, strict_reader.py: the same verdict, and
the same token, life and warning about the scope, for 20,000 replies; KB_TEST_FULL=1: 1,000,000.

    test_token_reply.py NUMBER...    shows single questions, and what both readers say
"""

import os
import subprocess
import sys
import unittest

# What is no JSON is listed there.
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "servers"))

from harness import figures
from mutated_replies import encoded, question
from strict_reader import SETTINGS, read

READER = os.environ["KB_TEST_READER"]
FULL = "KB_TEST_FULL" in os.environ
COUNT = 1_000_000 if FULL else 20_000
AT_ONCE = 10_000


def ask_ours(numbers):
    """The answer lines of lib/oauth."""
    asked = b"".join(encoded(number) for number in numbers)
    done = subprocess.run([READER], input=asked, capture_output=True, timeout=600, check=True)
    return done.stdout.decode("ascii").splitlines()


def ask_strict(number):
    """The same line, by the other reader; a refusal without its code."""
    setting, content_type, body = question(number)
    token = read(content_type, body, SETTINGS[setting])
    return f"token {token.life} {token.text} {token.warning}" if token else "refused"


def without_code(line):
    return "refused" if line.startswith("refused ") else line


def describe(number, ours, strict):
    setting, content_type, body = question(number)
    return (f"question {number}: {SETTINGS[setting]}, {content_type!r}, {body!r}\n"
            f"  ours:   {ours}\n  strict: {strict}")


class TokenReplyTest(unittest.TestCase):
    def test_two_readers_agree(self):
        accepted, disagreements = 0, []
        for start in range(0, COUNT, AT_ONCE):
            numbers = range(start, start + AT_ONCE)
            ours = ask_ours(numbers)
            self.assertEqual(AT_ONCE, len(ours))
            for number, said in zip(numbers, ours):
                strict = ask_strict(number)
                accepted += strict != "refused"
                if without_code(said) != strict:
                    disagreements.append(describe(number, said, strict))
        figures(replies=COUNT, accepted=accepted, disagreements=len(disagreements))
        self.assertFalse(disagreements, "\n".join(disagreements[:10]))
        # A test of refusals only, or of tokens only, would say little.
        self.assertGreater(accepted, COUNT // 5)
        self.assertLess(accepted, COUNT * 4 // 5)


def main():
    if len(sys.argv) == 1:
        unittest.main()
    for number in map(int, sys.argv[1:]):
        print(describe(number, ask_ours([number])[0], ask_strict(number)))


if __name__ == "__main__":
    main()
