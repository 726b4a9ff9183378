"""Halting a process of ours at a chosen system call, and what a sandbox keeps for ever."""

import os
import random
import socket
import stat
import unittest
from collections import namedtuple

from harness import BIN, SKIP_STATUS, skip

HALT_AT = os.path.join(os.environ.get("KB_TEST_FAULT_TOOLS", ""), "halt_at")
FULL = bool(os.environ.get("KB_TEST_FULL"))

FRONT, HELPER = 1, 2  # processes in the order in which they begin

# Before and after these a state may begin; a sample of the points has all of them.
TURNS = ("renameat", "unlinkat", "mkdirat", "mkdir", "fsync", "add_key")

LOOK = "look"  # a call whose absence nobody else can tell

Point = namedtuple("Point", "process call name")


class Halted:
    """A program under halt_at, and what halt_at says of it."""

    def __init__(self, box, argv, process, call, **run):
        ours, theirs = socket.socketpair()
        with theirs:
            theirs.set_inheritable(True)
            number = str(theirs.fileno())
            command = [HALT_AT, number, str(process), str(call)]
            program = os.path.join(BIN, argv[0])
            self._running = box.start([*command, program, *argv[1:]],
                                      pass_fds=[theirs.fileno()], **run)
        self._channel = ours
        self._said = ours.makefile("r")

    def wait_until_there(self):
        """The point as (pid, name of the call), or None when all ended without coming there."""
        line = self._said.readline().split()
        return (int(line[1]), line[2]) if line and line[0] == "at" else None

    def decide(self, letter):
        self._channel.sendall(letter.encode())

    def wait(self):
        self.calls = [line.split() for line in self._said]
        self._said.close()
        self._channel.close()
        result = self._running.wait()
        if result.status == SKIP_STATUS:
            raise unittest.SkipTest(result.stderr.decode().strip())
        return result


def need_halting():
    """Ends the program where nothing can be halted."""
    if os.environ.get("KB_TEST_SLOW"):
        skip("LeakSanitizer wants to be the only one that traces")


def points_of(box, argv, **run):
    """Every system call of every process of ARGV, which runs once; its Result too."""
    halted = Halted(box, argv, FRONT, 0, **run)
    result = halted.wait()
    points, counts = [], {}
    for _, process, name in halted.calls:
        counts[process] = counts.get(process, 0) + 1
        points.append(Point(int(process), counts[process], name))
    return result, points


def distinct(points):
    """Without those at which a process leaves what it would have left at its point before."""
    before, some = {}, []
    for point in points:
        if before.get(point.process) != LOOK:
            some.append(point)
        before[point.process] = point.name
    return some


def chosen(points, count, seed):
    """
    All distinct POINTS for a whole run; else COUNT around the turns, a third as many others, and the last
    of the front, where everything is done.
    """
    if FULL:
        return distinct(points)
    turns = set()
    for process in {point.process for point in points}:
        own = [point for point in points if point.process == process]
        for at, point in enumerate(own):
            if point.name in TURNS:
                turns.update(own[at : at + 2])
    rest = [point for point in points if point not in turns]
    some = random.Random(seed).sample(rest, min(count // 3, len(rest)))
    last = max(point for point in points if point.process == FRONT)
    return sorted({*spread(sorted(turns), count), *some, last})


def spread(points, count):
    """COUNT of POINTS at equal distances, the first and the last among them."""
    if len(points) <= count:
        return points
    return [points[at * (len(points) - 1) // (count - 1)] for at in range(count)]


class World:
    """The files below some directories: what they are, and as they were again."""

    def __init__(self, *tops, without=()):
        self._tops = tops
        self._without = without

    def now(self):
        """Path: (mode, content), None for a directory's content. Sockets and links are left out."""
        found = {}
        for top in self._tops:
            for directory, below, names in os.walk(top):
                below[:] = [name for name in below
                            if os.path.join(directory, name) not in self._without]
                found[directory] = (_mode(directory), None)
                for name in names:
                    path = os.path.join(directory, name)
                    if stat.S_ISREG(os.lstat(path).st_mode):
                        found[path] = (_mode(path), _content(path))
        return found

    def restore(self, before):
        for path in sorted(self.now(), reverse=True):
            if path not in before:
                os.rmdir(path) if os.path.isdir(path) else os.unlink(path)
        now = self.now()
        for path, (mode, content) in sorted(before.items()):
            if now.get(path) == (mode, content):
                continue
            if content is None:
                os.makedirs(path, exist_ok=True)
            else:
                with open(path, "wb") as file:
                    file.write(content)
            os.chmod(path, mode)


def _mode(path):
    return stat.S_IMODE(os.lstat(path).st_mode)


def _content(path):
    with open(path, "rb") as file:
        return file.read()
