"""tinyproxy, which wants a user name and a password of everybody."""

import os
import re
import socket
import subprocess

from certificates import Authority
from harness import NETWORK, SandboxTest, background, main, wait_until
from proxy import Proxy
from test_terminal import Shell
from token_server import CLIENT_ID, CLIENT_SECRET, TokenServer

SETTINGS = """\
Port {port}
Listen 127.0.0.1
Allow 127.0.0.1
LogFile "{log}"
LogLevel Connect
BasicAuth me right-password
Upstream http 127.0.0.1:{next}
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class ProxyTest(SandboxTest):
    leak_ignore = ("tinyproxy.conf",)

    def setUp(self):
        super().setUp()
        place = self.box.path("authority")
        os.mkdir(place)
        authority = Authority(place)
        certificate = authority.named("DNS:token.example.com")
        self.server = self.enterContext(TokenServer(certificate=certificate))
        self.server.token_url = f"https://token.example.com:{self.server.port}/oauth/token"
        self.ca_file = authority.ca_file
        self.behind = self.enterContext(Proxy(self.server.port))
        self.box.secret("right-password", "wrong-password")
        self.start()

    def start(self):
        """At another port while somebody else has taken the one that was free."""
        self.log = self.box.path("tinyproxy.log")
        settings = self.box.path("tinyproxy.conf")
        for _ in range(20):
            self.port = free_port()
            with open(settings, "w") as file:
                file.write(SETTINGS.format(
                    port=self.port, log=self.log, next=self.behind.url.rpartition(":")[2]))
            proxy = self.enterContext(background(["tinyproxy", "-d", "-c", settings],
                                                 stderr=subprocess.DEVNULL))
            wait_until(lambda: self.listens() or proxy.poll() is not None, "tinyproxy listens")
            if proxy.poll() is None:
                return
        self.fail("tinyproxy finds no free port")

    def listens(self):
        """It opens its log once it does."""
        try:
            return os.path.getsize(self.log) > 0
        except FileNotFoundError:
            return False

    def asked(self):
        """How often it was asked to connect."""
        with open(self.log) as file:
            return len(re.findall(r"CONNECT token\.example\.com", file.read()))

    def log_in_with(self, login):
        self.box.env["https_proxy"] = f"http://{login}127.0.0.1:{self.port}"

    def add(self):
        return self.box.add_profile("work", self.server, "--ca-file", self.ca_file,
                                    "--match", "https://git.example.com")

    def test_the_right_password(self):
        self.log_in_with("me:right-password@")
        self.assertEqual(0, (added := self.add()).status, added)
        self.assertEqual((1, 1), (self.asked(), self.server.count))

    def test_a_refusal_is_remembered(self):
        """A proxy that counts wrong passwords locks accounts."""
        self.log_in_with("me:right-password@")
        self.assertEqual(0, self.add().status)
        self.assertOk(self.box.keybearer("forget", "work"))
        line = b"protocol=https\nhost=git.example.com\n\n"
        for login, words in (("me:wrong-password@", "refuses the user name and password"),
                             ("", "wants a user name and a password")):
            with self.subTest(login):
                self.log_in_with(login)
                asked = self.asked()
                for verb in ("token", "token", "refresh", "token"):
                    failed = self.box.keybearer(verb, "work")
                    self.assertFails(failed, NETWORK, "token.example.com", words)
                    self.assertIn(b"https_proxy", failed.stderr)
                git = self.box.run(["git-credential-keybearer", "get"], line)
                self.assertIn(words.encode(), git.stderr)
                self.assertEqual(asked + 2, self.asked())  # refresh, which a person types
        self.log_in_with("me:right-password@")
        token = self.assertOk(self.box.keybearer("token", "work")).text  # at once: it was corrected
        self.assertEqual(self.server.token, token)

    def test_add_is_refused_once(self):
        self.log_in_with("me:wrong-password@")
        self.assertFails(self.add(), NETWORK, "refuses the user name and password")
        self.assertEqual((1, 0), (self.asked(), self.server.count))

    def test_add_on_a_terminal_is_refused_once(self):
        """The same once more would be the same wrong password once more."""
        self.log_in_with("me:wrong-password@")
        shell = Shell(self.box)
        self.addCleanup(shell.close)
        shell.type(f"keybearer add work --token-url {self.server.token_url} "
                   f"--store sealed-file --ca-file {self.ca_file}\n")
        shell.wait_for("Client id (not shown while you type): ")
        shell.type(f"{CLIENT_ID}\n{CLIENT_SECRET}\n")
        self.assertEqual("ready> ", shell.wait_for_one_of("ready> ", "Press Enter"))
        self.assertIn("refuses the user name and password", shell.shown)
        self.assertEqual((1, 0), (self.asked(), self.server.count))


if __name__ == "__main__":
    main("tinyproxy", "openssl")
