"""KEYBEARER_LOG tells what was decided and what it took, never a secret, an id or a token."""

import os
import re
import shutil
import threading

from certificates import Authority
from harness import (DENIED, NETWORK, RATE_LIMITED, SandboxTest, blocked, find_program, main,
                     need_proc, wait_until)
from token_server import Reply, TokenServer, rate_limited, refused

LINE = re.compile(r"keybearer: log: ([^:]+): ([ -~]+)")
GET = b'{"uri": "https://api.example.com/"}'


class LogTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        added = self.box.add_profile("work", self.server, "--match", "https://api.example.com")
        self.assertEqual(0, added.status, added)
        self.box.env["KEYBEARER_LOG"] = "1"
        self.host = f"127.0.0.1:{self.server.port}"

    def tearDown(self):
        """The id, too, which no other test looks for on standard error."""
        for said in self.box.said:
            self.assertNotIn(self.server.client_id.encode(), said.stderr, said)
        super().tearDown()

    def lines(self, said):
        """(subject, event) of each line of the log, numbers as N, and long times as short ones."""
        told = [LINE.fullmatch(line) for line in said.stderr.decode().splitlines()
                if line.startswith("keybearer: log: ")]
        self.assertTrue(all(told), said)
        return [(line[1], re.sub(r"\b\d+ (ms|s)\b", r"N \1",
                                 re.sub(r"\b\d+\.\d s\b", "0 ms", line[2]))) for line in told]

    def assertTells(self, said, *events):
        """EVENTS come in this order, with others between them; a subject other than work first."""
        lines = iter(self.lines(said))
        for event in events:
            wanted = event if isinstance(event, tuple) else ("work", event)
            self.assertIn(wanted, lines, said)

    def assertKeepsQuiet(self, said, *words):
        for word in words:
            self.assertNotIn(word.encode(), said.stderr, said)

    def forget(self):
        self.box.keybearer("forget", "work", env={"KEYBEARER_LOG": None})

    def edit(self, old, new):
        with open(self.box.config_file) as file:
            text = file.read()
        self.assertIn(old, text)
        with open(self.box.config_file, "w") as file:
            file.write(text.replace(old, new))

    def answered(self, status):
        return f"{self.host} answered with HTTP {status} after N ms"

    @staticmethod
    def silent(host):
        return f"{host} gave no whole answer, given up after N ms"

    def test_a_hit(self):
        said = self.box.keybearer("token", "work")
        self.assertEqual(0, said.status, said)
        level = self.box.keybearer("status", "--json").json()["cache"]["protection"]
        place = f"in {self.box.runtime}/keybearer, its key is {level}"
        told = self.lines(said)
        self.assertEqual(("cache", place), told[0], said)
        self.assertEqual(("work", "cached token, life left N ms"), told[-1], said)
        self.assertEqual(3, len(told), said)

    def test_a_miss(self):
        self.forget()
        said = self.box.keybearer("token", "work")
        self.assertTells(said, "no token is cached", "no other process asks for it",
                         "a helper asks for a token, at most N ms", "the store sealed-file took N ms",
                         self.answered(200), "the token was put into the cache",
                         ("fetch", "the helper took N ms"))
        self.assertEqual(1, said.stderr.count(b"log: cache: "), said)

    def test_the_profile_of_a_request(self):
        """Not remembered while the configuration may be edited unnoticed: moments, but how many?"""
        host = "api.example.com"
        self.edit("{", "{ ")
        told = []

        def is_remembered():
            told.append(self.lines(self.box.run(["keybearer", "get"], GET)))
            return (host, "the profile of this address is remembered") in told[-1]

        wait_until(is_remembered, "the profile is remembered")
        self.assertIn((host, "looking for the profile of this address in the configuration"), told[0])
        self.assertIn(("work", "cached token, life left N ms"), told[-1])

    def test_a_host_that_nobody_serves(self):
        host, request = "other.example.com", b'{"uri":"https://other.example.com/"}'
        self.edit("{", "{ ")
        told = []

        def is_remembered():
            told.append(self.lines(self.box.run(["keybearer", "get"], request)))
            return (host, "it is remembered that nobody serves this address") in told[-1]

        wait_until(is_remembered, "that is remembered")
        self.assertIn((host, "no profile serves this host"), told[-1])

    def test_a_path_that_nobody_serves(self):
        self.edit("https://api.example.com", "https://api.example.com/v1")
        asks = {b"https://api.example.com/v2": "no profile serves this path of the host",
                b"http://api.example.com/v1": "no profile serves this scheme and port of the host"}
        for uri, event in asks.items():
            said = self.box.run(["keybearer", "get"], b'{"uri":"' + uri + b'"}')
            self.assertTells(said, ("api.example.com", event))
        self.assertIn(b"to add an address: keybearer match add work URL",
                      self.box.run(["keybearer", "get"], b'{"uri":"https://api.example.com/v2"}').stderr)

    def test_a_name_is_not_called_an_address(self):
        self.edit("{", "{ ")
        self.assertTells(self.box.keybearer("token", "work"), "looking for it in the configuration")

    def test_a_token_that_is_over(self):
        self.server.lifetime = 1
        self.box.keybearer("refresh", "work")
        self.server.behave(lambda request: refused(503))

        def is_over():
            said = self.box.keybearer("token", "work")
            return ("work", "cached token has expired, over for N ms") in self.lines(said)

        wait_until(is_over, "the token expires")

    def test_a_refusal_and_who_comes_after_it(self):
        self.forget()
        self.server.script(refused(401))
        said = self.box.keybearer("token", "work")
        self.assertEqual(DENIED, said.status, said)
        self.assertTells(said, self.answered(401), "this failure counts for everybody for N s")
        said = self.box.keybearer("token", "work")
        self.assertTells(said, "no token is cached",
                         "the last exchange failed, which counts for another N ms")
        self.assertKeepsQuiet(said, "a helper asks")

    def test_each_attempt(self):
        self.forget()
        self.server.script(Reply(503), Reply(hang_up=True))
        said = self.box.keybearer("token", "work")
        self.assertEqual(NETWORK, said.status, said)
        self.assertTells(said, self.answered(503), self.silent(self.host),
                         "this failure counts for everybody for N s")

    def test_a_pause(self):
        self.forget()
        self.server.script(rate_limited(Retry_After="120"))
        said = self.box.keybearer("token", "work")
        self.assertEqual(RATE_LIMITED, said.status, said)
        self.assertTells(said, self.answered(429), f"{self.host} wants no request for N s from now on")
        said = self.box.keybearer("refresh", "work")
        self.assertTells(said, f"{self.host} wants no request for N s; none was sent")
        self.assertKeepsQuiet(said, "answered with")

    def test_a_waiter(self):
        need_proc(self, "locks")
        self.forget()
        answer_now = threading.Event()
        self.server.behave(lambda request: answer_now.wait(60) and None)
        first = self.box.start(["keybearer", "token", "work"])
        wait_until(lambda: self.server.count == 2, "the first one asks")
        second = self.box.start(["keybearer", "token", "work"])
        wait_until(lambda: second.process.pid in blocked(), "the second one waits")
        answer_now.set()
        self.assertTells(first.wait(), "no other process asks for it", self.answered(200))
        said = second.wait()
        self.assertTells(said, "another process asks for it; waiting, at most N ms", "waited N ms",
                         "cached token, life left N ms")
        self.assertKeepsQuiet(said, "a helper asks")

    def test_a_renewal_in_the_background(self):
        """Within the last 0.4 s of a life of 4 s, no more; before the last 3.6 s, not yet."""
        self.edit('"work": {', '"work": {"refresh_ahead": 4,')
        self.server.lifetime = 4
        self.box.keybearer("refresh", "work")

        def renews():
            said = self.box.run(["keybearer", "get"], GET)
            return ("work", "renewing in the background") in self.lines(said)

        wait_until(renews, "the token is to be renewed soon")

    def test_a_certificate_that_is_not_trusted(self):
        if not find_program("openssl"):
            self.skipTest("not installed: openssl")
        place = self.box.path("authority")
        os.mkdir(place)
        with TokenServer(certificate=Authority(place).good()) as server:
            said = self.box.add_profile("tls", server)
            self.assertEqual(NETWORK, said.status, said)
            self.assertTells(said, ("tls", self.silent(f"127.0.0.1:{server.port}")),
                             ("add", "the helper took N ms"))

    def test_where_there_is_no_cache_yet(self):
        place = os.path.join(self.box.runtime, "keybearer")
        shutil.rmtree(place)
        said = self.box.keybearer("token", "work")
        self.assertEqual(0, said.status, said)
        self.assertTells(said, ("cache", f"not there: there is no {place} yet"),
                         "no token is cached")
        self.assertIn(f"cache: in {place}, its key is ".encode(), said.stderr, said)

    def test_a_token_that_git_refused(self):
        git = b"protocol=https\nhost=api.example.com\n"
        for password, event in (("other", "the refused token was not cached"),
                                (self.server.token, "the refused token was dropped")):
            said = self.box.run(["git-credential-keybearer", "erase"],
                                git + f"username=oauth2\npassword={password}\n\n".encode())
            self.assertTells(said, event)

    def test_a_helper_that_fetches_nothing(self):
        said = self.box.keybearer("status")
        self.assertTells(said, ("inspect", "the helper took N ms"))

    def test_silence_unless_it_is_asked_for(self):
        for value in (None, "", "0"):
            self.forget()
            self.assertOk(self.box.keybearer("token", "work", env={"KEYBEARER_LOG": value}))


if __name__ == "__main__":
    main()
