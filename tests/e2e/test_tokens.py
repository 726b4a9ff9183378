"""
keybearer-tokens(7), by its own lines: each command on the page is taken out of the configuration as
its program reads it, run as the program runs it, and its output is read by the program's rules.
"""

import configparser
import json
import os
import re
import time
import tomllib

from certificates import Authority
from harness import NOT_FOUND, SERVER, SandboxTest, find_program, main
from pages import blocks, page
from smtp_server import SmtpServer
from token_server import Reply, TokenServer

MAIL = b"From: alice@example.com\nTo: bob@example.com\nSubject: one\n\nHello.\n"
PAGE = "keybearer-tokens.7"


def settings(block, **options):
    """The one section of a configuration of NAME = VALUE lines."""
    parser = configparser.ConfigParser(interpolation=None, **options)
    parser.read_string(block)
    return parser[parser.sections()[0]]


def quoted(pattern, block):
    """What stands in quotes behind each line's PATTERN."""
    return re.findall(pattern + r'\s+"([^"]*)"$', block, re.M)


class TokensTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        added = self.box.add_profile("work", self.server, "--match", "https://api.example.com",
                                     "--match", "https://files.example.com")
        self.assertEqual(0, added.status, added)
        self.page = blocks(PAGE)

    def assertToken(self, done):
        """Exactly the token on a line: right for who strips, and for who takes the first line."""
        self.assertEqual(f"{self.server.token}\n", self.assertOk(done).stdout.decode())

    def in_shell(self, command, stdin=b"not for us\n"):
        """Its input may be a file of the program's, or a terminal that never ends."""
        done = self.box.run(["sh", "-c", command], stdin)
        self.assertEqual(done.stdout, self.box.run_with_open_end(["sh", "-c", command], stdin).stdout)
        return done

    def test_every_block_is_tried_here(self):
        count = {section: len(found) for section, found in self.page.items()}
        self.assertEqual({"Claude Code": 1, "Codex": 1, "Restish": 1, "rclone": 1, "pgAdmin": 1,
                          "Mail programs": 4}, count)

    def test_the_address_above_them(self):
        (command,) = re.findall(r"^\.Dl (.*)$", page(PAGE), re.M)
        self.assertToken(self.in_shell(command))
        self.assertFails(self.box.keybearer("token", "https://evil.example.com"), NOT_FOUND)

    def test_claude_code(self):
        self.assertToken(self.in_shell(json.loads(self.page["Claude Code"][0])["apiKeyHelper"]))

    def test_codex(self):
        """No shell, nothing to read, five seconds."""
        config = tomllib.loads(self.page["Codex"][0])
        auth = config["model_providers"][config["model_provider"]]["auth"]
        self.box.keybearer("token", "work")
        began = time.monotonic()
        self.assertToken(self.box.run([auth["command"], *auth["args"]]))
        self.assertLess(time.monotonic() - began, 5)

    def restish(self, uri, body=None):
        params = json.loads(self.page["Restish"][0])["corp"]["profiles"]["default"]["auth"]["params"]
        self.assertEqual("true", params["omitbody"])
        request = {"method": "GET", "uri": uri, "headers": {"Accept": ["application/json"]}}
        if body is not None:
            request["body"] = body
        return self.box.run(["sh", "-c", params["commandline"]], json.dumps(request).encode())

    def test_restish(self):
        wanted = {"Authorization": [f"Bearer {self.server.token}"]}
        for body in (None, "", 'x"}' * 100000):
            answer = self.assertOk(self.restish("https://api.example.com/items?q=1", body))
            self.assertEqual(wanted, answer.json()["headers"])
        refused = self.restish("https://evil.example.com/items", "https://api.example.com/")
        self.assertFails(refused, NOT_FOUND)

    def test_rclone(self):
        """Split at spaces, without a shell."""
        command = settings(self.page["rclone"][0])["bearer_token_command"]
        self.assertToken(self.box.run(command.split(" ")))

    def test_pgadmin(self):
        (command,) = self.page["pgAdmin"][0].splitlines()
        self.assertToken(self.in_shell(command))

    def test_mail_programs(self):
        msmtp, isync, mutt, aerc = self.page["Mail programs"]
        commands = quoted("^passwordeval", msmtp) + quoted("^PassCmd", isync)
        commands += quoted(r"^set \w+_oauth_refresh_command =", mutt)
        commands += [value for name, value in settings(aerc).items() if name.endswith("-cred-cmd")]
        self.assertEqual(6, len(commands))
        for command in commands:
            self.assertToken(self.in_shell(command, b"From: a mail\n\nthat is to be sent\n"))

    def msmtp(self, port, ca_file):
        """The page's lines, with a server of ours in place of theirs."""
        ours = {"host": "127.0.0.1", "port": str(port)}
        lines = [f"{name} {ours.get(name, rest)}" for name, _, rest in
                 (line.partition(" ") for line in self.page["Mail programs"][0].splitlines())]
        lines += ["tls_starttls off", f"tls_trust_file {ca_file}", ""]
        path = self.box.path("home", ".msmtprc")
        with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write("\n".join(lines))
        return self.box.run(["msmtp", "bob@example.com"], MAIL)

    def test_msmtp_itself(self):
        if not find_program("msmtp"):
            self.skipTest("not installed: msmtp")
        os.mkdir(self.box.path("ca"))
        authority = Authority(self.box.path("ca"))
        smtp = self.enterContext(SmtpServer(self.server.accepts, authority.good()))
        self.assertOk(self.msmtp(smtp.port, authority.ca_file))
        ((before, token),) = smtp.credentials
        self.assertEqual(self.server.token, token)
        self.assertTrue(before.startswith("n,a=alice@example.com,\x01"), before)
        (message,) = smtp.messages
        self.assertTrue(message.endswith(MAIL.replace(b"\n", b"\r\n")), message)  # the command took none of it

    def test_a_failure_is_no_token(self):
        """Nothing on standard output, which a program might send, and a status that it sees."""
        self.box.keybearer("forget", "work")
        self.server.behave(lambda request: Reply(500, {}))
        self.assertFails(self.box.keybearer("token", "work"), SERVER)
        self.assertFails(self.restish("https://api.example.com/items"), SERVER)


if __name__ == "__main__":
    main()
