"""The credential-helper `get` protocol, and one exchange for many answers."""

import calendar
import json
import os
import time

from harness import BIN, DENIED, NOT_FOUND, USAGE, SandboxTest, main
from token_server import TokenServer


def ask(uri):
    return json.dumps({"uri": uri}).encode()


class GetTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        added = self.box.add_profile("work", self.server, "--match", "https://api.example.com/v1")
        self.assertEqual(0, added.status, added)

    def get(self, uri, **options):
        return self.box.keybearer("get", stdin=ask(uri), **options)

    def test_answer_holds_the_header_and_the_strict_expiry(self):
        answer = self.assertOk(self.get("https://api.example.com/v1/accounts")).json()
        self.assertEqual({"headers", "expires"}, set(answer))
        self.assertEqual({"Authorization": [f"Bearer {self.server.token}"]}, answer["headers"])
        self.assertRegex(answer["expires"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")

    def test_printed_expiry_lies_before_the_real_one_by_the_margin(self):
        answer = self.assertOk(self.get("https://api.example.com/v1")).json()
        expires = calendar.timegm(time.strptime(answer["expires"], "%Y-%m-%dT%H:%M:%SZ"))
        self.assertLessEqual(expires, time.time() + self.server.lifetime - 60)
        self.assertGreater(expires, time.time())

    def test_second_answer_makes_no_request(self):
        first = self.assertOk(self.get("https://api.example.com/v1"))
        asked = self.server.count
        for _ in range(5):
            self.assertEqual(first.stdout, self.assertOk(self.get("https://api.example.com/v1")).stdout)
        self.assertEqual(asked, self.server.count)

    def test_the_link_answers_too(self):
        linked = self.box.run(["credential-helper-keybearer", "get"], ask("https://api.example.com/v1"))
        self.assertIn(self.server.token.encode(), self.assertOk(linked).stdout)

    def test_addresses_that_are_not_ours_get_nothing(self):
        asked = self.server.count
        for uri in (
            "https://api.example.com",
            "https://api.example.com/v10",
            "https://api.example.com.attacker.example/v1",
            "https://api.example.com:8443/v1",
            "https://API.example.com@attacker.example/v1",
            "http://api.example.com/v1",
            "https://example.com/v1",
            "https://api.example.com\n/v1",
            "https://*.example.com/",
        ):
            with self.subTest(uri):
                refused = self.get(uri)
                self.assertIn(refused.status, (NOT_FOUND, USAGE, DENIED), refused)
                self.assertEqual(b"", refused.stdout)
        self.assertEqual(asked, self.server.count)

    def test_requests_that_break_the_protocol(self):
        for text in (
            b"", b"{}", b"[]", b"not json", b'{"uri": 7}',
            b'{"uri": "https://api.example.com/v1"} junk',
            b'{"uri": "https://api.example.com/v1", "uri": "https://api.example.com/v1"}',
        ):
            with self.subTest(text):
                self.assertFails(self.box.keybearer("get", stdin=text), USAGE)

    def test_a_caller_that_keeps_its_end_open(self):
        """It is answered when its object is complete. A silent one would be refused in the end."""
        text = b'{"a": "}", "b": [{}], "uri": "https://api.example.com/v1"}'
        for request in (text, text + b"\n", b"\n" + text + b"\r\n  "):
            with self.subTest(request):
                answer = self.box.run_with_open_end(["keybearer", "get"], request)
                self.assertIn(self.server.token.encode(), self.assertOk(answer).stdout)

    def test_by_hand_on_a_terminal(self):
        """A person is refused at once, and sees what is waited for, and how to see a token."""
        waits = (b'reading a request such as {"uri":"https://HOST/"} from the terminal '
                 b"(Ctrl-D ends it) ...")
        request = ask("https://nobody.example.com/").decode()
        refused_ = self.box.run_on_tty(["keybearer", "get", "--profile", "work"])
        self.assertEqual(USAGE, refused_.status, refused_)
        self.assertNotIn(b"reading", refused_.stdout)
        self.assertIn(b"refusing to show a token", refused_.stdout)
        self.assertIn(b"to see it: keybearer get --show --profile work\r\n", refused_.stdout)
        shown = self.box.run_on_tty(["keybearer", "get", "--show"], [(waits, request)])
        self.assertEqual(NOT_FOUND, shown.status, shown)
        shown = self.box.run_on_tty(["keybearer", "token", "work"])
        self.assertNotIn(waits, shown.stdout)

    def test_by_hand_on_a_terminal_whose_errors_go_elsewhere(self):
        """What is said to who waits is not written into a file."""
        said = self.box.path("said")
        line = 'echo ready; exec "$0" get --show 2>"$1"'
        request = ask("https://nobody.example.com/").decode()
        self.box.run_on_tty(["sh", "-c", line, os.path.join(BIN, "keybearer"), said],
                            [(b"ready", request)])
        with open(said, "rb") as file:
            told = file.read()
        self.assertNotIn(b"reading a request", told)
        self.assertIn(b"no profile serves", told)

    def test_a_fragment_says_nothing_of_whose_an_address_is(self):
        self.assertOk(self.get("https://api.example.com/v1/x#frag"))
        for word in ("token", "header"):
            self.assertOk(self.box.keybearer(word, "https://api.example.com/v1#frag"))
        self.assertFails(self.get("https://api.example.com#@attacker.example/v1"), NOT_FOUND)
        self.assertFails(self.get("https://api.example.com/#/v1"), NOT_FOUND)

    def test_unknown_members_are_ignored(self):
        text = b'{"uri": "https://api.example.com/v1", "future": {"x": [1]}}'
        self.assertOk(self.box.keybearer("get", stdin=text))


if __name__ == "__main__":
    main()
