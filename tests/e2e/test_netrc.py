"""`netrc` into a pipe, for curl itself and for Python's reader; never into a file."""

import netrc
import os
import threading

from door import Door
from harness import CONFIG, NOT_FOUND, SandboxTest, USAGE, main
from token_server import TokenServer


class NetrcTest(SandboxTest):
    """netrc knows no ports, so the door is a proxy before a server that has the usual one."""

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.page = "http://127.0.0.1/file"
        self.door = self.enterContext(Door(self.server.accepts, {self.page: b"content\n"}))
        added = self.box.add_profile("work", self.server, "--match", "http://127.0.0.1",
                                     "--match", "https://git.example.com/team",
                                     "--match", "https://git.example.com:8443",
                                     "--username", "robot")
        self.assertEqual(0, added.status, added)

    def bash(self, command, **run):
        return self.box.run(["bash", "-o", "pipefail", "-c", command], **run)

    def netrc(self, words):
        return self.bash(f"keybearer netrc {words} | cat")

    def curl(self, page):
        return self.bash(f"curl -sS -f -x {self.door.origin} --netrc-file <(keybearer netrc work)"
                         f" {page}")

    def test_curl_gets_a_page(self):
        done = self.assertOk(self.curl(self.page))
        self.assertEqual(b"content\n", done.stdout)
        self.assertEqual({("Basic", "robot", self.server.token)}, set(self.door.credentials))

    def test_curl_at_another_host(self):
        self.assertNotEqual(0, self.curl("http://127.0.0.2/file").status)
        self.assertEqual([], self.door.credentials)

    def test_another_reader(self):
        """Each host once, whatever its paths; none for a port."""
        answer = self.assertOk(self.netrc("work"))
        self.assertEqual(2, answer.stdout.count(b"\n"))
        fifo = self.box.path("netrc")
        os.mkfifo(fifo, 0o600)
        writer = threading.Thread(target=self.feed, args=(fifo, answer.stdout))
        writer.start()
        hosts = netrc.netrc(fifo).hosts
        writer.join()
        login = ("robot", self.server.token)
        self.assertEqual({"127.0.0.1", "git.example.com"}, set(hosts))
        for user, _, password in hosts.values():
            self.assertEqual(login, (user, password))

    @staticmethod
    def feed(fifo, content):
        with open(fifo, "wb") as file:
            file.write(content)

    def test_a_url(self):
        answer = self.assertOk(self.netrc("https://git.example.com/team/x"))
        self.assertEqual(f"machine git.example.com login robot password {self.server.token}\n",
                         answer.stdout.decode())
        self.assertFails(self.netrc("https://git.example.com/other"), NOT_FOUND, "no profile serves")
        self.assertFails(self.netrc("https://git.example.com:8443/"), USAGE, "port 8443")

    def test_never_into_a_file(self):
        asked = self.server.count
        for words in ("work", "--show work", "https://git.example.com/team/x"):
            refused = self.bash(f"keybearer netrc {words} >saved")
            self.assertFails(refused, USAGE, "refusing to write a token into a file")
            self.assertEqual(0, os.path.getsize(os.path.join(self.box.work, "saved")))
        self.assertEqual(asked, self.server.count)

    def test_a_terminal_sees_a_token_only_when_asked(self):
        refused = self.box.run_on_tty(["keybearer", "netrc", "work"])
        self.assertEqual(USAGE, refused.status, refused)
        self.assertNotIn(self.server.token.encode(), refused.stdout)
        self.box.said.clear()  # on a terminal stderr and stdout are one
        shown = self.box.run_on_tty(["keybearer", "netrc", "--show", "work"])
        self.assertIn(self.server.token.encode(), shown.stdout)
        self.box.said.clear()

    def test_failures(self):
        self.assertFails(self.netrc("wrok"), NOT_FOUND, 'no profile "wrok"')
        self.assertFails(self.netrc(""), USAGE, "one profile or URL is needed")
        added = self.box.add_profile("ports", self.server, "--match", "https://git.example.com:444")
        self.assertEqual(0, added.status, added)
        self.assertFails(self.netrc("ports"), CONFIG, "which knows no ports")


if __name__ == "__main__":
    main("curl", "bash")
