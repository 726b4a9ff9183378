"""Thousands of answers from the cache: nobody else is asked, and all are the same."""

import os
import signal
import socket
import statistics
import time

from harness import BIN, SandboxTest, figures, main
from token_server import TokenServer

SLOW = os.environ.get("KB_TEST_SLOW")
GETS = 10000 if os.environ.get("KB_TEST_FULL") else 300
# A get that makes a child or a socket dies. LeakSanitizer starts a thread at the end.
CHILDLESS = [] if SLOW else [os.path.join(os.environ.get("KB_TEST_LOAD_TOOLS", ""), "childless")]
GET = [*CHILDLESS, os.path.join(BIN, "keybearer"), "get"]


class CachedTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.bus = self.enterContext(socket.socket(socket.AF_UNIX))
        self.bus.bind(self.box.path("bus"))
        self.bus.listen(8)
        self.bus.setblocking(False)
        self.box.env["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={self.box.path('bus')}"
        added = self.box.add_profile("work", self.server, "--match", "https://api.example.com")
        self.assertEqual(0, added.status, added)

    def get(self):
        return self.box.run(GET, b'{"uri": "https://api.example.com/"}')

    def connections(self):
        """How many clients wait at the bus."""
        count = 0
        while True:
            try:
                client, _ = self.bus.accept()
            except BlockingIOError:
                return count
            client.close()
            count += 1

    def test_a_cached_answer_asks_nobody(self):
        self.assertEqual(0, self.connections())
        first = self.assertOk(self.get()).stdout
        requests, connections = self.server.count, self.server.connections
        taken = []
        for _ in range(GETS):
            began = time.perf_counter()
            answer = self.get()
            taken.append(1000 * (time.perf_counter() - began))
            self.assertEqual((0, first, b""), (answer.status, answer.stdout, answer.stderr))
        self.box.said.clear()  # thousands of empty texts
        self.assertEqual((requests, connections), (self.server.count, self.server.connections))
        self.assertEqual(0, self.connections())
        taken.sort()
        print(f"{GETS} cached gets, with their start: median {statistics.median(taken):.1f} ms, "
              f"p99 {taken[len(taken) * 99 // 100]:.1f} ms")
        figures(**{"cached gets": GETS})

    def test_a_miss_would_be_noticed(self):
        if not CHILDLESS:
            self.skipTest("LeakSanitizer starts a thread")
        self.box.keybearer("forget", "work")
        self.assertEqual(-signal.SIGSYS, self.get().status)


if __name__ == "__main__":
    main()
