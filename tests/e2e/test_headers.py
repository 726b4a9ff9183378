"""Header commands, with a client made of the rules of Claude Code's headersHelper."""

import http.client
import json
from urllib.parse import urlsplit

from harness import NOT_FOUND, SERVER, USAGE, SandboxTest, main
from token_server import Reply, TokenServer


class HelperError(Exception):
    """No headers: the client does not connect."""


class Client:
    """
    A client of MCP servers whose settings name a server's URL and a command. It starts the command
    in a shell, with the server in its environment, takes one object of strings, and sends these
    headers in front of its static ones.
    """

    def __init__(self, box, url, helper, static=None):
        self.box, self.url, self.helper, self.static = box, url, helper, static or {}

    def headers(self):
        env = {"CLAUDE_CODE_MCP_SERVER_NAME": "a server", "CLAUDE_CODE_MCP_SERVER_URL": self.url}
        done = self.box.run(["sh", "-c", self.helper], env=env)
        if done.status != 0 or not done.stdout:
            raise HelperError(done)
        headers = json.loads(done.stdout)
        if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
            raise HelperError(f"no flat object of strings: {done}")
        return {**self.static, **headers}

    def connect(self):
        url = urlsplit(self.url)
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30)
        connection.request("GET", url.path, headers=self.headers())
        return connection.getresponse().status


class HeadersTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        added = self.box.add_profile("work", self.server, "--match", self.server.origin,
                                     "--api-header", "X-Org:blue")
        self.assertEqual(0, added.status, added)

    def client(self, url=None, helper="keybearer headers", **options):
        return Client(self.box, url or f"{self.server.origin}/api/mcp", helper, **options)

    def test_the_door_opens(self):
        for helper in ("keybearer headers", "keybearer headers work",
                       f"keybearer headers {self.server.origin}"):
            with self.subTest(helper):
                self.assertEqual(200, self.client(helper=helper).connect())
                sent = self.server.api_requests[-1]
                self.assertEqual((self.server.token, "blue"), (sent.bearer, sent.headers["x-org"]))
                self.assertOk(self.box.said[-1])

    def test_its_headers_win(self):
        client = self.client(static={"Authorization": "Bearer old", "X-Static": "1"})
        self.assertEqual(200, client.connect())
        self.assertEqual("1", self.server.api_requests[-1].headers["x-static"])

    def test_a_stranger_s_project_gets_nothing(self):
        """It names its own server, and every command that it can think of."""
        with TokenServer() as stranger:
            asked = self.server.count
            for helper in ("keybearer headers", "keybearer headers work",
                           f"keybearer headers {self.server.origin}/api/mcp"):
                for url in (f"{stranger.origin}/api/mcp", f"{stranger.origin}/{self.server.origin}",
                            f"{stranger.origin}?{self.server.origin}", f"{self.server.origin}@127.0.0.1"):
                    with self.subTest(helper=helper, url=url):
                        with self.assertRaises(HelperError):
                            self.client(url, helper).connect()
                        self.assertEqual(b"", self.box.said[-1].stdout)
                        self.assertIn(self.box.said[-1].status, (NOT_FOUND, USAGE))
            self.assertEqual((0, asked), (stranger.connections, self.server.count))

    def test_nothing_is_guessed_without_a_server(self):
        self.assertFails(self.box.keybearer("headers"), USAGE, "no profile or address")

    def test_a_failure_leaves_standard_output_empty(self):
        self.box.keybearer("forget", "work")
        self.server.behave(lambda request: Reply(500, {}))
        with self.assertRaises(HelperError):
            self.client().headers()
        self.assertFails(self.box.said[-1], SERVER)

    def test_a_terminal_sees_a_token_only_when_asked(self):
        token = self.box.keybearer("token", "work").text.encode()
        refused = self.box.run_on_tty(["keybearer", "headers", "work"])
        self.assertEqual(USAGE, refused.status, refused)
        self.assertNotIn(token, refused.stdout)
        shown = self.box.run_on_tty(["keybearer", "headers", "--show", "work"])
        self.assertIn(token, shown.stdout)
        self.box.said.clear()  # on a terminal stderr and stdout are one

    def test_standard_input_is_left_alone(self):
        answer = self.box.run_with_open_end(["keybearer", "headers", "work"], b"the person's words\n")
        self.assertIn(self.server.token.encode(), self.assertOk(answer).stdout)


if __name__ == "__main__":
    main()
