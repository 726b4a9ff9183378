"""Two hundred callers at once, for tokens that live for seconds, at a server that fails now and
then: nobody is given somebody else's token, or one that was over when they asked.

Both are judged by the server's own reckoning. Some of its profiles get a life of 2 s, some of 1 s,
some of 0, and some the same token again with what is left of its 5 s, rounded down.
"""

import collections
import json
import os
import random
import secrets
import subprocess
import sys
import threading
import time

from harness import BIN, NETWORK, RATE_LIMITED, SERVER, TIMEOUT, SandboxTest, figures, main
from token_server import Reply, TokenServer

FULL = bool(os.environ.get("KB_TEST_FULL"))
SLOW = bool(os.environ.get("KB_TEST_SLOW"))
WORKERS, PROFILES, SECONDS = (200, 50, 60) if FULL else (10, 5, 4) if SLOW else (40, 10, 5)
CROWD = 20  # workers in a process: Python lets only one thread of a process work
FAULTS, LATE = 0.08, 0.05  # of the token requests
LIVES = (2, 2, 2, 1, 0, "what is left")
WHOLE_LIFE = 5  # s, of a token that is handed out again
# What a caller may be told of a server that fails, or of one that all of this is too much for.
OF_THE_SERVER = (NETWORK, RATE_LIMITED, SERVER, TIMEOUT)
KEYBEARER = os.path.join(BIN, "keybearer")


def work(seconds, answers):
    """At least one call, however busy the machine is."""
    end = time.monotonic() + seconds
    while True:
        name = f"p{random.randrange(PROFILES)}"
        began = time.monotonic()
        front = subprocess.run([KEYBEARER, "token", name],
                               stdin=subprocess.DEVNULL, capture_output=True)
        answers.append((name, began, front.returncode, front.stdout.decode(), front.stderr.decode()))
        if time.monotonic() > end:
            break


def crowd(seconds, workers):
    """Some of the callers, as a process of their own; what they were answered, on stdout."""
    answers = []
    threads = [threading.Thread(target=work, args=[seconds, answers]) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    json.dump(answers, sys.stdout)


class Endpoint:
    """The server's side: which tokens it made, and until when each was good."""

    def __init__(self):
        self.ends = {}  # token: (scope, when it is over)
        self.current = {}  # scope: the token that is handed out again
        self.lock = threading.Lock()

    def answer(self, request):
        scope = request.form["scope"]
        chance = random.random()
        if chance < FAULTS:
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

    def judge(self, name, began, status, out, err):
        self.counts["calls"] += 1
        if status == 0:
            self.judge_token(name, out.rstrip("\n"), began)
        elif status in OF_THE_SERVER and not out:
            self.counts["failures of the server, told"] += 1
        else:
            self.wrong.append(f"{name}: status {status}, {out!r}, {err!r}")

    def judge_token(self, name, token, began):
        scope, end = self.endpoint.ends.get(token, (None, 0))
        if scope != name:
            self.wrong.append(f"{name} got {token!r}")
        elif end < began:
            self.wrong.append(f"{name}: its token was over for {began - end:.3f} s")
        else:
            self.counts["tokens"] += 1

    def test_dead_no_token_is_over_when_it_is_asked_for(self):
        words = [sys.executable, "-B", __file__, str(SECONDS), str(min(CROWD, WORKERS))]
        crowds = [subprocess.Popen(words, env={**os.environ, **self.box.env}, cwd=self.box.work,
                                   stdout=subprocess.PIPE, text=True)
                  for _ in range(0, WORKERS, CROWD)]
        for one in crowds:
            for answer in json.loads(one.communicate()[0]):
                self.judge(*answer)
        print(f"{WORKERS} workers, {PROFILES} profiles, {SECONDS} s: {dict(self.counts)}, "
              f"{self.server.count} token requests")
        figures(**{"calls for short lives": self.counts["calls"]})
        self.assertEqual([], self.wrong[:20])
        self.assertGreater(self.counts["tokens"], 0)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        sys.exit(crowd(float(sys.argv[1]), int(sys.argv[2])))
    main()
