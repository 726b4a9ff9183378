"""A server that wants more than it is due: more requests, a longer wait, another's place."""

import threading
import time

from harness import RATE_LIMITED, SERVER, blocked, main, need_proc
from hostile_server import SLOW, HostileServer, HostileTest, answer, good_body, stopwatch

MANY = 12 if SLOW else 60
GATE = 5  # seconds, far below the client's patience with a silent server


class GreedTest(HostileTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(HostileServer())
        self.store(self.server)

    def crowd(self, behaviour):
        """MANY clients that ask for the same token before the first request is answered."""
        need_proc(self, "locks")
        gate = threading.Event()
        arrived = threading.Event()

        def play(connection, _):
            arrived.set()
            gate.wait(60)
            connection.sendall(behaviour)

        path, config = self.place(self.server, play, timeout=60)
        env = {"KEYBEARER_CONFIG": config, "KEYBEARER_LOG": None}
        running = self.box.start_many(MANY, ["keybearer", "token", "work"], env=env)
        arrived.wait(60)
        self.let_them_come(running)
        gate.set()
        return path, [one.wait() for one in running]

    def let_them_come(self, running):
        """Until all but the leader wait for it, or it would soon give up a silent server."""
        end = time.monotonic() + GATE
        while time.monotonic() < end and len(blocked()) < len(running) - 1:
            time.sleep(0.02)

    def test_a_token_without_a_life_is_fetched_once_for_all_who_wait(self):
        path, answers = self.crowd(answer(good_body(self.server.issued[0], expires_in=0)))
        for said in answers:
            self.assertEqual(self.server.issued[0], self.assertOk(said).text)
        # Those who were not yet waiting ask for themselves, together.
        self.assertLessEqual(self.server.count(path), 3 + MANY // 4)

    def test_a_failure_is_asked_for_once(self):
        for reply, status, most in (
            (answer("{", status="200 OK"), SERVER, 1), (answer("", status="503 x"), SERVER, 3),
            (answer("", "Retry-After: 60", status="429 x"), RATE_LIMITED, 1),
        ):
            with self.subTest(status=status, most=most):
                path, answers = self.crowd(reply)
                for said in answers:
                    self.assertFails(said, status)
                self.assertLessEqual(self.server.count(path), most)

    def test_attempts_share_one_deadline(self):
        """Three slow failures do not take three times as long."""

        def slow(connection, _):
            threading.Event().wait(1.5)
            connection.sendall(answer("", status="503 x"))

        path, config = self.place(self.server, slow, timeout=2)
        with stopwatch() as taken:
            failed = self.ask(config)
        self.assertNotEqual(0, failed.status, failed)
        self.assertLessEqual(self.server.count(path), 2)
        self.assertLess(taken[0], 2 + 20)

    def test_a_good_answer_does_not_end_a_pause(self):
        """A request that was on its way before the server asked for silence."""
        gate = threading.Event()
        arrived = threading.Event()
        good = answer(good_body(self.server.issued[0]), "RateLimit-Remaining: 5")

        def late(connection, _):
            arrived.set()
            gate.wait(60)
            connection.sendall(good)

        _, early = self.place(self.server, late, timeout=60)
        _, refused = self.place(self.server, answer("", "Retry-After: 200", status="429 x"))
        path, after = self.place(self.server, good)
        running = self.box.start(["keybearer", "token", "work"], env={"KEYBEARER_CONFIG": early})
        arrived.wait(60)
        self.assertFails(self.ask(refused), RATE_LIMITED)
        gate.set()
        self.assertOk(running.wait())
        self.assertFails(self.ask(after), RATE_LIMITED)
        self.assertEqual(0, self.server.count(path))

    def test_each_profile_keeps_its_own_token(self):
        """Whatever a server answers to one, the other asks for itself."""
        other = self.enterContext(HostileServer())
        self.store(other, name="other")
        mine = self.assertOk(self.box.keybearer("token", "work")).text
        self.server.play("/oauth/token", answer(
            good_body("stolen", client_id=other.client_id, profile="other", scope="other",
                      issuer=other.origin, aud=other.token_url),
            "Location: " + other.token_url, "Set-Cookie: a=b", "Zuora-Track-Id: other"))
        self.assertOk(self.box.keybearer("refresh", "work"))
        self.assertEqual("stolen", self.assertOk(self.box.keybearer("token", "work")).text)
        self.assertEqual(other.issued[0], self.assertOk(self.box.keybearer("token", "other")).text)
        self.assertNotEqual(mine, other.issued[0])

    def test_a_server_chooses_no_header_of_an_answer(self):
        """Neither Zuora's nor others': what tools get is the configuration's."""
        config = self.configuration(self.server.token_url, match=["https://api.example"],
                                    api_headers={"Zuora-Entity-Ids": "mine"})
        self.box.keybearer("forget", "work")
        body = good_body(self.server.issued[0], headers={"X-Evil": ["1"]}, username="evil",
                         Authorization="Basic eA==")
        self.server.play("/oauth/token", answer(
            body, "Zuora-Entity-Ids: evil", "Zuora-Track-Id: evil", "X-Evil: 1"))
        said = self.ask_with(config, b'{"uri":"https://api.example/x"}', "get")
        self.assertEqual({"Authorization": [f"Bearer {self.server.issued[0]}"],
                          "Zuora-Entity-Ids": ["mine"]}, self.assertOk(said).json()["headers"])

    def ask_with(self, config, stdin, *arguments):
        return self.box.keybearer(*arguments, stdin=stdin, env={"KEYBEARER_CONFIG": config})


if __name__ == "__main__":
    main()
