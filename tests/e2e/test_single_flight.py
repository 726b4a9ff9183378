"""Many callers at once: one token request, one failure for all, and every profile its own token."""

import contextlib
import fcntl
import os
import threading
import time

from harness import (DENIED, PATIENCE, SERVER, SandboxTest, blocked, main, need_proc,
                     raise_file_limit, wait_until)
from token_server import Reply, TokenServer, refused

# A sanitizer makes each start ten times slower; no server is that patient.
SLOW = os.environ.get("KB_TEST_SLOW")
HERD, PROFILES = (100, 10) if SLOW else (500, 50)
# Of a profile: nobody gives up before the last one of the herd has come to the lock.
LONG = ("--timeout", "120")
FEW = 10
GATE = 5  # seconds, far below the client's patience with a silent server


def waits_for_a_lock(running):
    with open("/proc/locks") as locks:
        return any("->" in line and f" {running.process.pid} " in line for line in locks)


def outlive(life, born=None):
    """Until a token is over that was made at BORN, or is already there, and lives LIFE seconds."""
    end = (born or time.monotonic()) + life
    wait_until(lambda: time.monotonic() > end, "the token's life is over")


class SingleFlightTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        added = self.box.add_profile(
            "work", self.server, "--match", "https://api.example.com", *LONG)
        self.assertEqual(0, added.status, added)
        self.assertEqual(0, self.box.keybearer("refresh", "work").status)

    @contextlib.contextmanager
    def leading(self):
        """
        Holds the locks of all tokens that were fetched before, as their leaders would. Whoever
        misses one of them waits until the block ends.
        """
        directory = os.path.join(self.box.runtime, "keybearer")
        with contextlib.ExitStack() as held:
            for name in os.listdir(directory):
                if name.startswith("f-") and name.endswith(".1"):
                    lock = held.enter_context(open(os.path.join(directory, name)))
                    fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def assertAllWait(self, running):
        def waiting():
            sleeping = blocked()
            return all(one.process.pid in sleeping or one.process.poll() is not None
                       for one in running)

        wait_until(waiting, "everybody waits", PATIENCE)
        self.assertEqual({None}, {one.process.poll() for one in running})

    def herd(self, reply=None):
        """
        HERD callers find no token, and wait, all of them, before the first one may ask for
        it. Returns their results and how many requests there were.
        """
        need_proc(self, "locks")
        asked = self.server.count
        self.server.behave(lambda request: reply() if reply else None)
        request = b'{"uri": "https://api.example.com/"}'
        with self.leading():
            running = self.box.start_many(HERD, ["keybearer", "get"], request)
            self.assertAllWait(running)
        self.released = time.monotonic()
        return [one.wait() for one in running], self.server.count - asked

    def test_herd_an_expired_token_is_fetched_once(self):
        self.server.lifetime = 1
        self.assertEqual(0, self.box.keybearer("refresh", "work").status)
        outlive(1)
        self.server.lifetime = 3599
        results, requests = self.herd()
        self.assertEqual(1, requests)
        self.assertEqual({0}, {result.status for result in results})
        self.assertEqual(1, len({result.stdout for result in results}))
        self.assertIn(self.server.token.encode(), results[0].stdout)

    def test_a_token_of_unknown_life_is_for_all_who_waited(self):
        """It cannot be cached, but nobody's turn at the lock needs a request of its own.

        Each request serves whoever asked before it was sent: the first one a few, the second
        one nearly all.
        """
        self.box.keybearer("forget", "work")
        results, requests = self.herd(
            lambda: Reply(200, {"access_token": os.urandom(9).hex(), "token_type": "bearer"})
        )
        self.assertLessEqual(requests, HERD // 20)
        self.assertEqual({0}, {result.status for result in results}, results[0])
        self.assertEqual(requests, len({result.stdout for result in results}))
        asked = self.server.count
        self.assertOk(self.box.keybearer("token", "work"))
        self.assertEqual(asked + 1, self.server.count)

    def test_dead_a_token_that_may_have_ended_is_not_for_who_asked_later(self):
        """It was made before they asked, and nobody knows for how long it was good after that."""
        for life in (0, 1):
            with self.subTest(life=life):
                self.box.keybearer("forget", "work")
                asked = self.server.count
                arrived, answer_now = threading.Event(), threading.Event()
                born = None

                def answer(request):
                    nonlocal born
                    reply, born = self.server.issue(), time.monotonic()
                    reply.body["expires_in"] = life
                    if not arrived.is_set():
                        arrived.set()
                        answer_now.wait(60)
                    return reply

                self.server.behave(answer)
                first = self.box.start(["keybearer", "token", "work"])
                self.assertTrue(arrived.wait(60))
                outlive(life, born)
                second = self.box.start(["keybearer", "token", "work"])
                wait_until(lambda: waits_for_a_lock(second), "the second one waits")
                answer_now.set()
                tokens = [self.assertOk(one.wait()).text for one in (first, second)]
                self.assertEqual(2, self.server.count - asked)
                self.assertEqual(self.server.issued[-2:], tokens)

    def test_dead_lives_of_seconds(self):
        """A token is handed out again as long as it lives, and never after that."""
        made = {}

        def answer(request):
            reply = self.server.issue()
            made[reply.body["access_token"]] = time.monotonic()
            return reply

        self.server.behave(answer)
        for life in (1, 2):
            self.server.lifetime = life
            self.box.keybearer("forget", "work")
            asked = self.server.count
            end = time.monotonic() + 2 * life
            calls = 0
            while (began := time.monotonic()) < end:
                token = self.assertOk(self.box.keybearer("token", "work")).text
                self.assertLess(began, made[token] + life)
                calls += 1
            if not SLOW:
                self.assertLess(self.server.count - asked, calls)

    def fail_together(self, reply, status, held_back, attempts):
        """
        A failure counts for everybody for HELD_BACK seconds; an exchange makes ATTEMPTS. A
        machine that needs longer than that for the herd may see another exchange.
        """
        self.box.keybearer("forget", "work")
        results, requests = self.herd(reply)
        exchanges = 1 + (time.monotonic() - self.released) // held_back
        self.assertEqual({status}, {result.status for result in results}, results[0])
        self.assertEqual({b""}, {result.stdout for result in results})
        self.assertEqual({2}, {result.stderr.count(b"\n") for result in results}, results[0])
        self.assertLessEqual(len({result.stderr for result in results}), exchanges)
        self.assertLessEqual(requests, attempts * exchanges)

    def test_herd_a_refusal_is_shared(self):
        self.fail_together(refused, DENIED, held_back=30, attempts=1)

    def test_herd_a_server_failure_is_shared(self):
        """One exchange; it may try again inside its deadline, as the rules allow."""
        failure = lambda: Reply(500, "<h1>oops</h1>", content_type="text/html")
        self.fail_together(failure, SERVER, held_back=5, attempts=3)

    def test_herd_every_profile_gets_its_own_token(self):
        need_proc(self, "locks")
        names = [f"p{number}" for number in range(PROFILES)]
        for name in names:
            added = self.box.add_profile(
                name, self.server, "--match", f"https://{name}.example.com", "--scope", name, *LONG
            )
            self.assertEqual(0, added.status, added)
            self.box.keybearer("refresh", name)
            self.box.keybearer("forget", name)
        issued = {name: [] for name in names}

        def answer(request):
            reply = self.server.issue(request.form["scope"])
            issued[request.form["scope"]].append(reply.body["access_token"])
            return reply

        self.server.behave(answer)
        requests = [f'{{"uri": "https://{name}.example.com/"}}'.encode() for name in names]
        raise_file_limit(2 * HERD + 256)
        with self.leading():
            running = [self.box.start(["keybearer", "get"], requests[number % PROFILES])
                       for number in range(HERD)]
            self.assertAllWait(running)
        answers = [self.assertOk(one.wait()) for one in running]
        self.assertEqual({name: 1 for name in names}, {name: len(issued[name]) for name in names})
        for number, answer in enumerate(answers):
            [token] = issued[names[number % PROFILES]]
            self.assertEqual([f"Bearer {token}"], answer.json()["headers"]["Authorization"])

    def test_a_person_who_asks_is_not_held_up_by_a_shared_failure(self):
        self.server.behave(lambda request: refused())
        self.box.keybearer("forget", "work")
        self.assertEqual(DENIED, self.box.keybearer("token", "work").status)
        asked = self.server.count
        self.assertEqual(DENIED, self.box.keybearer("token", "work").status)
        self.assertEqual(asked, self.server.count)
        self.server.behave(None)
        self.assertEqual(0, self.box.keybearer("refresh", "work").status)
        self.assertEqual(0, self.box.keybearer("token", "work").status)

    def refresh_together(self, reply, status):
        """One request is everybody's who waited, whatever it brings; who comes later asks anew."""
        need_proc(self, "locks")
        asked = self.server.count
        self.server.behave(lambda request: reply())
        with self.leading():
            running = self.box.start_many(FEW, ["keybearer", "refresh", "work"])
            self.assertAllWait(running)
        results = [one.wait() for one in running]
        self.assertEqual({status}, {result.status for result in results}, results[0])
        self.assertEqual(asked + 1, self.server.count)
        self.assertEqual(status, self.box.keybearer("refresh", "work").status)
        self.assertEqual(asked + 2, self.server.count)

    def test_refresh_herd_a_refusal_is_shared(self):
        self.refresh_together(refused, DENIED)

    def test_refresh_herd_a_token_of_unknown_life_is_shared(self):
        for life in ({}, {"expires_in": 0}):
            with self.subTest(life):
                self.refresh_together(lambda: Reply(200, {
                    "access_token": os.urandom(9).hex(), "token_type": "bearer", **life}), 0)

    def test_refresh_a_failure_is_not_for_who_asked_after_the_server_was_asked(self):
        """A person may have mended it in between."""
        need_proc(self, "locks")
        asked = self.server.count
        arrived, answer_now = threading.Event(), threading.Event()

        def answer(request):
            if arrived.is_set():
                return None
            arrived.set()
            answer_now.wait(60)
            return refused()

        self.server.behave(answer)
        first = self.box.start(["keybearer", "refresh", "work"])
        self.assertTrue(arrived.wait(60))
        second = self.box.start(["keybearer", "refresh", "work"])
        wait_until(lambda: waits_for_a_lock(second), "the second one waits")
        answer_now.set()
        self.assertEqual([DENIED, 0], [one.wait().status for one in (first, second)])
        self.assertEqual(asked + 2, self.server.count)

    def test_a_dead_leader_does_not_hold_the_others_up(self):
        self.box.keybearer("forget", "work")
        started, never = threading.Event(), threading.Event()
        self.addCleanup(never.set)

        def answer(request):
            if not started.is_set():
                started.set()
                never.wait(60)
            return None

        self.server.behave(answer)
        leader = self.box.start(["keybearer", "token", "work"], start_new_session=True)
        self.assertTrue(started.wait(60))
        self.box.kill_session(leader)
        answer = self.assertOk(self.box.keybearer("token", "work"))
        self.assertEqual(self.server.token, answer.text)

    def test_a_helper_goes_on_for_all_when_its_front_is_killed(self):
        self.box.keybearer("forget", "work")
        asked = self.server.count
        started, again = threading.Event(), threading.Event()

        def answer(request):
            (again if started.is_set() else started).set()
            again.wait(GATE)
            return None

        self.server.behave(answer)
        leader = self.box.start(["keybearer", "token", "work"])
        self.assertTrue(started.wait(60))
        leader.process.kill()
        leader.wait()
        answer = self.assertOk(self.box.keybearer("token", "work"))
        self.assertEqual(self.server.token, answer.text)
        self.assertEqual(asked + 1, self.server.count)


if __name__ == "__main__":
    main()
