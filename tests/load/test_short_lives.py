"""Two hundred callers at once, for tokens that live for seconds, at a server that fails now and
then: nobody is given somebody else's token, or one that was over when they asked.

Both are judged by the server's own reckoning. Some of its profiles get a life of 2 s, some of 1 s,
some of 0, and some the same token again with what is left of its 5 s, rounded down.
"""

import collections
import os
import random
import secrets
import subprocess
import threading
import time

from harness import BIN, DENIED, SandboxTest, figures, main, raise_file_limit
from token_server import Reply, TokenServer

FULL = bool(os.environ.get("KB_TEST_FULL"))
SLOW = bool(os.environ.get("KB_TEST_SLOW"))
WORKERS, PROFILES, SECONDS = (200, 50, 60) if FULL else (10, 5, 4) if SLOW else (40, 10, 5)
FAULTS, LATE = 0.08, 0.05  # of the token requests
LIVES = (2, 2, 2, 1, 0, "what is left")
WHOLE_LIFE = 5  # s, of a token that is handed out again
KEYBEARER = os.path.join(BIN, "keybearer")


class Endpoint:
    """The server's side: which tokens it made, and until when each was good."""

    def __init__(self):
        self.ends = {}  # token: (scope, when it is over)
        self.current = {}  # scope: the token that is handed out again
        self.failed = set()  # scopes that met a fault
        self.lock = threading.Lock()

    def answer(self, request):
        scope = request.form["scope"]
        chance = random.random()
        if chance < FAULTS:
            self.failed.add(scope)
            return Reply(503, "<h1>oops</h1>", content_type="text/html")
        token, life = self.token(scope, LIVES[int(scope[1:]) % len(LIVES)])
        if chance < FAULTS + LATE:
            threading.Event().wait(0.3)
        body = {"access_token": token, "token_type": "bearer", "expires_in": life}
        return Reply(200, body)

    def token(self, scope, life):
        """(token, the life that is said)"""
        now = time.monotonic()
        with self.lock:
            if life != "what is left":
                return self.make(scope, now + life), life
            token = self.current.get(scope)
            if not token or self.ends[token][1] <= now:
                token = self.current[scope] = self.make(scope, now + WHOLE_LIFE)
            return token, int(self.ends[token][1] - now)

    def make(self, scope, end):
        token = f"{scope}~{secrets.token_hex(12)}"
        self.ends[token] = (scope, end)
        return token


class ShortLivesTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.endpoint = Endpoint()
        self.server = self.enterContext(TokenServer())
        self.counts = collections.Counter()
        self.wrong = []
        for number in range(PROFILES):
            added = self.box.add_profile(f"p{number}", self.server, "--scope", f"p{number}")
            self.assertEqual(0, added.status, added)
            self.box.keybearer("forget", f"p{number}")
        self.server.behave(self.endpoint.answer)

    def call(self, name):
        began = time.monotonic()
        front = subprocess.run([KEYBEARER, "token", name], env=self.box.env, cwd=self.box.work,
                               stdin=subprocess.DEVNULL, capture_output=True)
        self.counts["calls"] += 1
        if front.returncode == 0:
            self.judge(name, front.stdout.decode().rstrip("\n"), began)
        elif name in self.endpoint.failed and front.returncode != DENIED and not front.stdout:
            self.counts["failures of the server, told"] += 1
        else:
            self.wrong.append(f"{name}: status {front.returncode}, {front.stderr!r}")

    def judge(self, name, token, began):
        scope, end = self.endpoint.ends.get(token, (None, 0))
        if scope != name:
            self.wrong.append(f"{name} got {token!r}")
        elif end < began:
            self.wrong.append(f"{name}: its token was over for {began - end:.3f} s")
        else:
            self.counts["tokens"] += 1

    def work(self, end):
        while time.monotonic() < end:
            try:
                self.call(f"p{random.randrange(PROFILES)}")
            except Exception as fault:  # a worker that ends unseen would prove nothing
                self.wrong.append(repr(fault))

    def test_dead_no_token_is_over_when_it_is_asked_for(self):
        raise_file_limit(8 * WORKERS + 256)
        end = time.monotonic() + SECONDS
        workers = [threading.Thread(target=self.work, args=[end]) for _ in range(WORKERS)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        print(f"{WORKERS} workers, {PROFILES} profiles, {SECONDS} s: {dict(self.counts)}, "
              f"{self.server.count} token requests")
        figures(**{"calls for short lives": self.counts["calls"]})
        self.assertEqual([], self.wrong[:20])
        self.assertGreater(self.counts["tokens"], 0)
        # A life of two seconds serves more than one call, as long as calls come quicker than it ends.
        self.assertLess(self.server.count, 2 * self.counts["calls"])


if __name__ == "__main__":
    main()
