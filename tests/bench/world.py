"""What the measurements share: a sandbox with one profile, and counts of system calls."""

import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))

REQUEST = json.dumps({"uri": "https://api.example.com/v1/accounts"}).encode()
ADDRESS = "https://api.example.com/v1"


class Unmeasurable(Exception):
    """Something that a measurement needs is missing here."""


def add_profile(box, server, name="work", match=ADDRESS, *options):
    added = box.add_profile(name, server, "--match", match, *options)
    if added.status != 0:
        raise AssertionError(added)


def check_answer(box, server):
    """The cached `get` must be right before it is worth measuring."""
    asked = server.count
    answer = box.keybearer("get", stdin=REQUEST)
    if answer.status != 0 or not any(token.encode() in answer.stdout for token in server.issued):
        raise AssertionError(answer)
    if server.count != asked:
        raise AssertionError("the answer did not come from the cache")


class Trace:
    """The system calls of a program and its children."""

    def __init__(self, lines):
        self.calls = [match[1] for line in lines if (match := re.match(r"(?:\d+ +)?(\w+)\(", line))]
        self.objects = [
            os.path.basename(match[1])
            for line in lines
            if (match := re.search(r'open(?:at)?\(.*"([^"]+\.so(?:\.\d+)*)".* = \d', line))
        ]

    def __len__(self):
        return len(self.calls)


def trace(box, argv, stdin, env=None):
    """Runs ARGV under strace."""
    path = box.path("trace")
    command = ["strace", "-f", "-o", path, *argv]
    try:
        traced = box.run(command, stdin=stdin, env=env)
    except FileNotFoundError:
        raise Unmeasurable("strace is not installed") from None
    if traced.status != 0:
        allowed = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True)
        if allowed.returncode != 0:
            raise Unmeasurable("strace may not trace here")
        raise AssertionError(traced)
    with open(path) as file:
        return Trace(file.read().splitlines())
