"""GOAUTH, with a client that reads and asks as go 1.24 does.

Client is written from go's rules (cmd/go/internal/auth): one call before the first fetch; one
with the URL, and the refusal on standard input, after each status from 400 to 499; a header goes
to the URL that it was printed for, or to its whole host if that stands there without a slash.
"""

import re
import shlex
import shutil
from urllib.parse import urlsplit

from harness import DENIED, NOT_FOUND, SandboxTest, main
from token_server import Reply, TokenServer, refused

HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ([\x20-\x7e]+)")


class FormatError(Exception):
    """What go says of an answer that it cannot read."""


def read_answer(text):
    """URL -> headers."""
    told = {}
    while text:
        urls, text = take_lines(text, "URLs")
        headers, text = take_lines(text, "headers")
        fields = [HEADER.fullmatch(line) for line in headers]
        if not all(fields) or not all(urlsplit(url).netloc for url in urls):
            raise FormatError(urls + headers)
        for url in urls:
            told[url.removeprefix("https://")] = dict(field.groups() for field in fields)
    return told


def take_lines(text, what):
    lines = []
    while "\n" in text:
        line, _, text = text.partition("\n")
        if not line:
            return lines, text
        lines.append(line)
    raise FormatError(f"missing empty line after {what}")


class Client:
    """One process of go. ACCEPTS(URL, headers) is the server; `calls` counts ours."""

    def __init__(self, box, command, accepts):
        self.box, self.accepts = box, accepts
        self.command = shlex.split(command)
        self.told, self.results = None, []

    def run(self, *words, stdin=b""):
        env = {"GIT_TERMINAL_PROMPT": "0", "GCM_INTERACTIVE": "never"}
        result = self.box.run([*self.command, *words], stdin=stdin, env=env)
        self.results.append(result)
        return read_answer(result.stdout.decode()) if result.status == 0 else {}

    @property
    def calls(self):
        return len(self.results)

    def fetch(self, url):
        """Whether the server gave it."""
        if self.told is None:
            self.told = self.run()
        if self.accepts(url, self._headers(url)):
            return True
        self.told |= self.run(url, stdin=b"HTTP/1.1 401 Unauthorized\nServer: x\n\n")
        return self.accepts(url, self._headers(url))

    def _headers(self, url):
        rest = url.removeprefix("https://")
        return self.told.get(rest) or self.told.get(rest.partition("/")[0]) or {}


class GoauthTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.brought = []  # (URL, headers) of each fetch that had any

    def add(self, name, *matches, server=None):
        words = [word for match in matches for word in ("--match", match)]
        added = self.box.add_profile(name, server or self.server, *words)
        self.assertEqual(0, added.status, added)

    def accepts(self, url, headers):
        return self.accepts_of(self.server, url, headers)

    def accepts_of(self, server, url, headers):
        if headers:
            self.brought.append((url, headers))
        return headers == {"Authorization": f"Bearer {server.token}"}

    def client(self, words="", accepts=None):
        return Client(self.box, f"keybearer goauth {words}", accepts or self.accepts)

    def forget(self, name):
        self.assertEqual(0, self.box.keybearer("forget", name).status)

    def test_what_is_cached_needs_one_call(self):
        self.add("work", "https://go.example.com")
        go = self.client()
        for path in ("list", "v1.info", "v1.mod", "v1.zip"):
            self.assertTrue(go.fetch(f"https://go.example.com/m/@v/{path}"))
        self.assertEqual(1, go.calls)
        self.assertEqual(1, self.server.count)

    def test_the_first_call_asks_no_provider(self):
        self.add("work", "https://go.example.com")
        self.forget("work")
        asked = self.server.count
        go = self.client()
        self.assertEqual({}, go.run())
        self.assertEqual(asked, self.server.count)
        self.assertTrue(go.fetch("https://go.example.com/m/@v/list"))
        self.assertTrue(go.fetch("https://go.example.com/m/@v/v1.info"))
        self.assertEqual(3, go.calls)  # one more first call, and one with a URL
        self.assertEqual(asked + 1, self.server.count)

    def test_the_first_call_starts_no_helper(self):
        """Not for profiles whose clients nobody stored."""
        self.add("work", "https://go.example.com")
        self.add("bare", "https://bare.example.com")
        shutil.rmtree(self.box.cards_folder)
        answer = self.box.keybearer("goauth", env={"KEYBEARER_LOG": "1"})
        self.assertEqual((0, b""), (answer.status, answer.stdout))
        self.assertNotIn(b"helper", answer.stderr)

    def test_a_named_profile_is_asked_for_at_once(self):
        self.add("work", "https://go.example.com")
        self.add("other", "https://other.example.com")
        self.forget("work")
        go = self.client("--profile work")
        self.assertTrue(go.fetch("https://go.example.com/m/@v/list"))
        self.assertEqual(1, go.calls)
        self.assertFalse(go.fetch("https://other.example.com/m/@v/list"))

    def test_a_part_of_a_host_gets_its_token_only_there(self):
        """The rest of the host never sees it, in the same run and in the next one."""
        self.add("work", "https://go.example.com/team")
        for forgotten in (False, True):
            if forgotten:
                self.forget("work")
            go = self.client()
            self.assertTrue(go.fetch("https://go.example.com/team/m/@v/list"))
            self.assertFalse(go.fetch("https://go.example.com/other/m/@v/list"))
            self.assertFalse(go.fetch("https://go.example.com/teams"))
        self.assertTrue(all(url.startswith("https://go.example.com/team/")
                            for url, _ in self.brought), self.brought)

    def test_two_profiles_at_one_host(self):
        """Neither's token reaches the other's part, in whatever order go asks."""
        second = self.enterContext(TokenServer())
        self.add("whole", "https://go.example.com")
        self.add("team", "https://go.example.com/team", server=second)
        paths = ["m", "team/m", "n", "team/n"]
        for order in (paths, paths[::-1]):
            go = self.client(accepts=lambda url, headers: self.accepts_of(
                second if "/team/" in url else self.server, url, headers))
            for path in order:
                self.assertTrue(go.fetch(f"https://go.example.com/{path}"), path)
        for url, headers in self.brought:
            owner = second if "/team/" in url else self.server
            self.assertEqual({"Authorization": f"Bearer {owner.token}"}, headers, url)

    def test_who_names_a_profile_has_decided(self):
        self.add("whole", "https://go.example.com")
        self.add("team", "https://go.example.com/team")
        go = self.client("--profile whole")
        self.assertEqual({"go.example.com"}, set(go.run()))

    def test_not_ours(self):
        self.add("work", "https://go.example.com")
        go = self.client()
        self.assertFalse(go.fetch("https://proxy.example.com/m/@v/list"))
        for result in go.results:
            self.assertOk(result)
        self.assertEqual(b"", go.results[-1].stdout)
        self.assertEqual([], self.brought)

    def test_failures(self):
        self.add("work", "https://go.example.com")
        self.forget("work")
        self.server.behave(lambda request: refused())
        go = self.client()
        self.assertFalse(go.fetch("https://go.example.com/m/@v/list"))
        self.assertFails(go.results[-1], DENIED, "refused the client: HTTP 401")
        self.assertFails(self.box.keybearer("goauth", "--profile", "nobody"), NOT_FOUND, "nobody")

    def test_more_than_an_answer_holds(self):
        """What fits is told whole; go asks for the rest with its URL."""
        body = {"access_token": "t" * 49152, "token_type": "Bearer", "expires_in": 3599}
        self.server.behave(lambda request: Reply(200, body))
        self.box.secret(body["access_token"])
        for number in range(6):
            self.add(f"p{number}", f"https://h{number}.example.com")
        go = self.client()
        told = go.run()
        self.assertOk(go.results[-1])
        self.assertEqual({f"h{number}.example.com" for number in range(5)}, set(told))
        self.assertEqual({f"Bearer {body['access_token']}"},
                         {headers["Authorization"] for headers in told.values()})

    def test_no_profile_at_all(self):
        self.assertEqual({}, self.client().run())

    def test_the_first_call_leaves_standard_input_alone(self):
        """It is a person's terminal, which never ends."""
        self.add("work", "https://go.example.com")
        answer = self.box.run_with_open_end(["keybearer", "goauth"], b"")
        self.assertIn("go.example.com", read_answer(self.assertOk(answer).stdout.decode()))


if __name__ == "__main__":
    main()
