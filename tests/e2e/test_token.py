"""`token` and `header`, for pipes."""

from harness import NOT_FOUND, USAGE, SandboxTest, main
from token_server import TokenServer


class TokenTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        added = self.box.add_profile("work", self.server, "--match", self.server.origin)
        self.assertEqual(0, added.status, added)

    def test_token_is_one_bare_line(self):
        answer = self.assertOk(self.box.keybearer("token", "work"))
        self.assertEqual(self.server.token + "\n", answer.stdout.decode())

    def test_header_is_one_whole_line(self):
        answer = self.assertOk(self.box.keybearer("header", "work"))
        self.assertEqual(f"Authorization: Bearer {self.server.token}\n", answer.stdout.decode())

    def test_an_address_names_the_profile(self):
        answer = self.assertOk(self.box.keybearer("token", f"{self.server.origin}/api/x"))
        self.assertEqual(self.server.token, answer.text)

    def test_a_foreign_address_gets_nothing(self):
        self.assertFails(self.box.keybearer("token", "https://other.example"), NOT_FOUND)

    def test_a_terminal_sees_a_token_only_when_asked(self):
        refused = self.box.run_on_tty(["keybearer", "token", "work"])
        self.assertEqual(USAGE, refused.status, refused)
        self.assertNotIn(self.server.token.encode(), refused.stdout)
        self.box.said.clear()  # on a terminal stderr and stdout are one
        shown = self.box.run_on_tty(["keybearer", "token", "--show", "work"])
        self.assertEqual((0, self.server.token.encode() + b"\r\n"), (shown.status, shown.stdout))
        self.box.said.clear()

    def test_refresh_and_forget(self):
        first = self.box.keybearer("token", "work").text
        self.assertEqual(0, self.box.keybearer("refresh", "work").status)
        second = self.box.keybearer("token", "work").text
        self.assertNotEqual(first, second)
        asked = self.server.count
        self.assertEqual(0, self.box.keybearer("forget", "work").status)
        self.assertEqual(asked, self.server.count)
        self.assertNotIn(self.box.keybearer("token", "work").text, (first, second))


if __name__ == "__main__":
    main()
