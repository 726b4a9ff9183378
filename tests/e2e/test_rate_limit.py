"""A server that asks for patience gets it, from every process and every profile."""

from harness import RATE_LIMITED, SERVER, SandboxTest, main, wait_until
from token_server import Reply, TokenServer, rate_limited


class RateLimitTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        for name in ("one", "two"):
            added = self.box.add_profile(name, self.server, "--scope", name)
            self.assertEqual(0, added.status, added)
            self.box.keybearer("forget", name)
        self.asked = self.server.count

    def requests(self):
        return self.server.count - self.asked

    def test_retry_after_holds_for_all_processes_and_profiles(self):
        self.server.behave(lambda request: rate_limited(Retry_After="120"))
        for name in ("one", "one", "two", "two"):
            refused = self.box.keybearer("token", name)
            self.assertFails(refused, RATE_LIMITED, "127.0.0.1")
        self.assertEqual(1, self.requests())

    def test_a_refused_answer_names_the_wait_and_status_shows_it(self):
        self.server.behave(lambda request: rate_limited(Retry_After="120"))
        refused = self.box.keybearer("token", "one")
        self.assertRegex(refused.stderr, rb"\b1(1\d|20) ?s|2 min|1 min")
        status = self.assertOk(self.box.keybearer("status", "--json", "one")).json()
        self.assertGreater(status["profiles"][0]["pause_s"], 60)
        self.assertEqual("rate_limited", status["profiles"][0]["last_error"])

    def test_status_tells_the_last_failure_until_a_success(self):
        """When, what, and what to do; what the server said of it is no line or code of its own."""
        self.box.keybearer("refresh", "one")
        self.server.behave(lambda request: Reply(400, {
            "error": "invalid_scope", "error_description": "no\x1b[31m\nlast error"}))
        self.box.keybearer("refresh", "one")
        [profile] = self.assertOk(self.box.keybearer("status", "--json", "one")).json()["profiles"]
        self.assertEqual("denied", profile["last_error"])
        self.assertIn("invalid_scope", profile["last_error_message"])
        self.assertRegex(profile["last_error_at"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertIn("scope", profile["last_error_hint"])
        page = self.assertOk(self.box.keybearer("status", "one"))
        self.assertNotIn(b"\x1b", page.stdout)
        self.assertEqual(1, page.text.count("\n  last error  "))
        self.assertIn(f"\n              ({profile['last_error_hint']})\n", page.text)
        self.server.behave(lambda request: self.server.issue())
        self.assertOk(self.box.keybearer("refresh", "one"))
        [profile] = self.box.keybearer("status", "--json", "one").json()["profiles"]
        self.assertEqual([], [name for name in profile if name.startswith("last_error")])

    def test_no_requests_left_means_a_pause_of_a_minute(self):
        self.server.behave(lambda request: rate_limited(X_RateLimit_Remaining_minute="0"))
        for name in ("one", "two"):
            self.assertEqual(RATE_LIMITED, self.box.keybearer("token", name).status)
        self.assertEqual(1, self.requests())
        self.assertRegex(self.box.said[-1].stderr.decode(),
                         rf"error: 127\.0\.0\.1:{self.server.port} asked for a pause "
                         r"\(its rate limit is used up\); \d+ s are left\n")

    def test_a_busy_server_is_not_said_to_have_a_limit(self):
        self.server.behave(lambda request: Reply(503, headers={"Retry-After": "30"}))
        self.assertFails(self.box.keybearer("token", "one"), SERVER)
        refused = self.assertFails(self.box.keybearer("token", "two"), RATE_LIMITED)
        self.assertRegex(refused.stderr.decode(), rf"error: 127\.0\.0\.1:{self.server.port} "
                         r"asked for a pause; \d+ s are left\n")
        self.assertEqual(1, self.requests())

    def test_a_429_without_a_time_is_not_repeated_at_once(self):
        self.server.behave(lambda request: rate_limited(X_RateLimit_Remaining_minute="7"))
        for name in ("one", "one", "two"):
            self.assertFails(self.box.keybearer("token", name), RATE_LIMITED, "127.0.0.1")
        self.assertEqual(1, self.requests())

    def test_add_makes_a_pause_as_any_other_exchange(self):
        self.server.behave(lambda request: rate_limited(Retry_After="120"))
        refused = self.box.add_profile("three", self.server)
        self.assertFails(refused, RATE_LIMITED, "asked to wait 120 s")
        for name in ("three", "four"):
            self.assertFails(self.box.add_profile(name, self.server), RATE_LIMITED, "asked for a pause; 1")
        self.assertFails(self.box.keybearer("refresh", "one"), RATE_LIMITED)
        self.assertEqual(1, self.requests())

    def test_a_cached_token_is_handed_out_during_the_pause(self):
        cached = self.box.keybearer("token", "two").text
        self.server.behave(lambda request: rate_limited(Retry_After="120"))
        self.assertEqual(RATE_LIMITED, self.box.keybearer("token", "one").status)
        self.assertEqual(cached, self.assertOk(self.box.keybearer("token", "two")).text)

    def test_a_short_wait_is_over_after_it(self):
        self.server.script(rate_limited(Retry_After="1"))
        first = self.box.keybearer("token", "one")
        if first.status:  # it may also have waited inside its deadline
            self.assertEqual(RATE_LIMITED, first.status, first)
            wait_until(lambda: self.box.keybearer("token", "one").status == 0, "the wait is over")
        self.assertOk(self.box.keybearer("token", "one"))

    def test_a_pause_hides_what_was_left_before(self):
        self.assertOk(self.box.keybearer("token", "one"))
        self.assertIn("exchanges left", self.box.keybearer("status", "one").text)
        self.server.behave(lambda request: rate_limited(Retry_After="120"))
        self.assertEqual(RATE_LIMITED, self.box.keybearer("refresh", "one").status)
        shown = self.assertOk(self.box.keybearer("status", "one")).text
        self.assertIn("may be asked again in", shown)
        self.assertNotIn("exchanges left", shown)

    def test_status_shows_what_is_left(self):
        self.assertOk(self.box.keybearer("token", "one"))
        shown = self.assertOk(self.box.keybearer("status", "--json", "one")).json()
        profile = shown["profiles"][0]
        self.assertEqual(100, profile["rate_limit"])
        self.assertEqual(100 - self.server.count, profile["rate_limit_remaining"])


if __name__ == "__main__":
    main()
