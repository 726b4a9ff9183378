"""50 callers wait for one leader, which is killed or stopped at its system calls.

The leader is the front that got the token's lock, and the helper that it started. Whatever
becomes of it, each waiter gets a good token in time, and the server sees two requests at most.
KB_TEST_FULL=1 takes every distinct point.
"""

import collections
import contextlib
import json
import os
import random
import signal

from halting import (
    FRONT, FULL, HELPER, Halted, chosen, distinct, need_halting, points_of,
)
from harness import SYSTEM, TIMEOUT, SandboxTest, blocked, figures, main, need_proc, wait_until
from token_server import TokenServer

WAITERS = 50
SAMPLE = 6  # points of each process that are killed
STOPPED = 2  # points of each process that are stopped
AT_ONCE = 4  # leaders that stand still at the same time
TIMEOUT_S = 4  # of an exchange, on a busy machine
PATIENCE_S = 120  # far beyond what everybody may take together
COMMAND = ["keybearer", "get"]
LEADER_DIED = 128 + signal.SIGKILL


class Herd:
    """Callers of one address, all of them started."""

    def __init__(self, box, uri, count):
        self.running = box.start_many(count, COMMAND, json.dumps({"uri": uri}).encode())

    def settled(self):
        """All but one have ended or sleep at the lock: that one may be a second leader."""
        sleeping = blocked()
        busy = [one for one in self.running
                if one.process.poll() is None and one.process.pid not in sleeping]
        return len(busy) <= 1

    def results(self):
        return [one.wait() for one in self.running]


class WaitersTest(SandboxTest):
    def setUp(self):
        super().setUp()
        need_proc(self, "locks")
        self.server = self.enterContext(TokenServer())

    def add(self, name):
        """A profile whose token is its own, and is not there; the request's match is known."""
        uri = f"https://{name}.example.com"
        added = self.box.add_profile(
            name, self.server, "--match", uri, "--scope", name, "--timeout", str(TIMEOUT_S))
        self.assertEqual(0, added.status, added)
        self.assertOk(self.box.run(COMMAND, self.request(uri)))
        self.assertOk(self.box.keybearer("forget", name))
        return uri

    def locks(self):
        """The lock files there are, by inode: one that was made anew is another one."""
        directory = os.path.join(self.box.runtime, "keybearer")
        return {(name, os.stat(os.path.join(directory, name)).st_ino)
                for name in os.listdir(directory) if name.startswith("f-")}

    def request(self, uri):
        return json.dumps({"uri": uri}).encode()

    def points(self, uri):
        """Every point of a leader, of which the one run that it takes is one."""
        result, points = points_of(self.box, COMMAND, stdin=self.request(uri))
        self.assertEqual(0, result.status, result)
        self.assertEqual({FRONT, HELPER}, {point.process for point in points})
        return points

    def assertServed(self, results):
        """Everybody has a token that is good; the answers, each once."""
        for result in results:
            self.assertOk(result)
            (header,) = result.json()["headers"]["Authorization"]
            token = header.removeprefix("Bearer ")
            self.assertTrue(self.server.accepts(token), result)
        return {result.stdout for result in results}


class KilledLeaderTest(WaitersTest):
    def kill_at(self, point, uri):
        """What became of the leader that is killed there, with everybody waiting."""
        leader = Halted(self.box, COMMAND, point.process, point.call, stdin=self.request(uri))
        there = leader.wait_until_there()
        herd = Herd(self.box, uri, WAITERS)
        wait_until(herd.settled, f"the herd waits, {point}", PATIENCE_S)
        if there:
            leader.decide("k")
        return there, leader.wait(), herd.results()

    def assertLeaderTold(self, point, result):
        if point.process == FRONT:
            self.assertEqual(LEADER_DIED, result.status, result)
        elif result.status:  # before it had said everything
            self.assertFails(result, SYSTEM, "the helper")

    def run_points(self, points, uri):
        died = collections.Counter()
        for point in points:
            with self.subTest(point=point):
                self.assertOk(self.box.keybearer("forget", "work"))
                locks, asked = self.locks(), self.server.count
                there, leader, results = self.kill_at(point, uri)
                if not there:
                    died["missed"] += 1
                    continue
                self.assertLeaderTold(point, leader)
                self.assertEqual(1, len(self.assertServed(results)))
                requests = self.server.count - asked
                self.assertIn(requests, (1, 2))
                self.assertLessEqual(locks, self.locks())
                self.assertOk(self.box.run(COMMAND, self.request(uri)))
                self.assertEqual(asked + requests, self.server.count)
                died[f"{requests} requests"] += 1
                self.box.said.clear()  # nobody wrote an error but the leader, whose text is known
        return died

    def test_the_leader_is_killed(self):
        uri = self.add("work")
        points = self.points(uri)
        died = self.run_points(chosen(points, 2 * SAMPLE, self.id()), uri)
        print(f"{self._testMethodName}: {len(points)} points, {dict(died)}", flush=True)
        figures(points=len(points), **died)
        self.assertLessEqual(died["missed"], max(1, len(points) // 50))
        self.assertGreater(died["1 requests"], 0)


class StoppedLeaderTest(WaitersTest):
    """
    Stopped, not dead: its lock stays taken. Several leaders stand still at once, each before
    waiters of its own, because most of such a test is waiting.
    """

    def stand_still(self, points):
        """The leader of each profile at one of POINTS, with everybody waiting."""
        for (name, uri), point in zip(self.uris.items(), points):
            self.assertOk(self.box.keybearer("forget", name))
            yield Standing(self, point, name, uri)

    def requests(self, name):
        return sum(request.form["scope"] == name for request in self.server.requests)

    def run_points(self, points):
        stopped = collections.Counter()
        for first in range(0, len(points), AT_ONCE):
            for one in list(self.stand_still(points[first : first + AT_ONCE])):
                with self.subTest(point=one.point):
                    stopped[one.finish()] += 1
        return stopped

    def test_the_leader_is_stopped(self):
        self.uris = {name: self.add(name) for name in (f"p{n}" for n in range(AT_ONCE))}
        points = leading(self.points(self.uris["p0"]))
        some = distinct(points) if FULL else sample(points, STOPPED, self.id())
        stopped = self.run_points(some)
        print(f"{self._testMethodName}: {len(points)} points, {dict(stopped)}", flush=True)
        figures(points=len(points), **stopped)
        self.assertEqual(len(some), sum(stopped.values()))
        # Beside each other some make fewer calls than the one that was counted, at their end.
        self.assertLessEqual(stopped["missed"], max(1, len(some) // 5))


def leading(points):
    """Those at which the lock is held: the front's behind its flock(2), and the helper's."""
    locked = next(point.call for point in points if point.name == "flock")
    return [point for point in points if point.process == HELPER or point.call > locked]


def sample(points, count, seed):
    """COUNT points of each process."""
    some = []
    for process in (FRONT, HELPER):
        own = [point for point in points if point.process == process]
        some += random.Random(f"{seed} {process}").sample(own, count)
    return some


class Standing:
    """A leader that was stopped at a point, and those who wait for it."""

    def __init__(self, test, point, name, uri):
        self.test, self.point, self.name, self.uri = test, point, name, uri
        self.asked = test.requests(name)
        self.locks = test.locks()
        self.leader = Halted(test.box, COMMAND, *point[:2], stdin=test.request(uri))
        there = self.leader.wait_until_there()
        self.process = os.pidfd_open(there[0]) if there else None
        self.call = there and there[1]
        test.addCleanup(self.end)
        self.herd = Herd(test.box, uri, WAITERS)
        if there:
            wait_until(self.herd.settled, f"the herd waits, {point}", PATIENCE_S)
            self.leader.decide("s")

    def end(self):
        """What is left of the leader; by a descriptor, because its number may be another's."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.process, signal.SIGKILL)
        os.close(self.process)
        self.process = None

    def finish(self):
        """What became of it, once everybody was served."""
        test, missed = self.test, self.process is None
        test.assertServed(self.herd.results())
        requests = test.requests(self.name) - self.asked
        test.assertIn(requests, (1, 2))
        self.end()
        result = self.leader.wait()
        if self.call == "exit_group":  # which cannot be stopped: it ends as it wanted to
            test.assertServed([result])
        elif not missed and self.point.process == FRONT:
            test.assertEqual(LEADER_DIED, result.status, result)
        elif result.status != SYSTEM:  # ended by us, before it had become the helper
            test.assertIn(result.status, (0, TIMEOUT), result)
        test.assertLessEqual(self.locks, test.locks())
        test.assertServed([test.box.run(COMMAND, test.request(self.uri))])
        test.assertEqual(requests, test.requests(self.name) - self.asked)
        return "missed" if missed else f"{requests} requests"


if __name__ == "__main__":
    need_halting()
    main()
