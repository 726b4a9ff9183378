"""A link for Vault, started as Vault and OpenBao start their token helper, before a server of theirs."""

import os
import re
import urllib.request

from door import Door
from harness import BIN, FAILED, NOT_FOUND, SandboxTest, USAGE, main
from pages import examples, page
from token_server import TokenServer, refused


class VaultTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.vault = self.enterContext(Door(self.server.accepts, {"/v1/secret": b"{}"}))
        added = self.box.add_profile("work", self.server, "--match", self.vault.origin)
        self.assertEqual(0, added.status, added)
        self.path = self.link("work")

    def link(self, profile):
        path = self.box.path(f"keybearer-vault-{profile}")
        os.symlink(f"{BIN}/keybearer", path)
        return path

    def helper(self, operation, address=None, stdin=b"", path=None):
        """As both programs do it: a shell with the path and one word; OpenBao sets both variables."""
        env = {"VAULT_ADDR": address, "BAO_ADDR": address} if address else {}
        command = ["/bin/sh", "-c", f"{path or self.path} {operation}"]
        return self.box.run(command, stdin, env)

    def token(self, address=None, path=None):
        """What a client makes of `get`: an error of a failure, and of what cannot be printed."""
        answer = self.helper("get", address, path=path)
        self.assertEqual(0, answer.status, answer)
        token = answer.stdout.decode()
        self.assertTrue(token.isprintable(), "configured Vault token contains non-printable ...")
        return token

    def test_the_token_opens_the_vault(self):
        for address in (None, self.vault.origin):
            token = self.token(address)
            self.assertEqual(self.server.token, token)
            request = urllib.request.Request(f"{self.vault.origin}/v1/secret",
                                             headers={"Authorization": f"Bearer {token}"})
            with urllib.request.urlopen(request) as reply:
                self.assertEqual(200, reply.status)

    def test_the_server_chooses(self):
        self.assertEqual(self.server.token, self.token(self.vault.origin, f"{BIN}/keybearer vault"))

    def test_another_server_gets_nothing(self):
        asked = self.server.count
        for path in (self.path, f"{BIN}/keybearer vault"):
            for address in ("https://vault.example.com:8200", "unix:///run/vault.sock"):
                self.assertEqual("", self.token(address, path))
                told = self.box.said[-1].stderr  # only a link names the profile that was meant
                self.assertEqual(path == self.path, told.startswith(b"keybearer: error: "), told)
        self.assertEqual(asked, self.server.count)

    def test_the_lines_of_the_manual(self):
        """Its link leads to our programs, and its profile has the address that it names."""
        link, setting, address, why = (text.replace("/usr/local/bin", BIN).replace("/home/me", self.box.home)
                                       for text in examples("keybearer-vault.1"))
        (match,) = re.findall(r"^\.Ql (https://\S+) :$", page("keybearer-vault.1"), re.M)
        self.assertEqual(0, self.box.add_profile("work", self.server, "--match", match).status)
        self.assertOk(self.box.run(["sh", "-ec", link]))
        (path,) = re.findall(r'^token_helper = "(.*)"$', setting)
        (server,) = re.findall(r"^export VAULT_ADDR=(.*)$", address, re.M)
        self.assertEqual(self.server.token, self.token(server, path))
        self.assertEqual("", self.token("https://vault.example.com", path), "without its port")
        told = self.box.run(["sh", "-ec", why], env={"VAULT_ADDR": "https://vault.example.com"})
        self.assertEqual((0, b""), (told.status, told.stdout))
        self.assertIn(b"profile work does not serve https://vault.example.com\n", told.stderr)
        self.assertIn(f"hint: profile work serves {match}\n".encode(), told.stderr)

    def test_an_agent_gets_the_token_in_its_servers_place(self):
        command, env = [self.path, "get"], {"VAULT_ADDR": self.vault.origin}
        for name in ("VAULT_AGENT_ADDR", "BAO_AGENT_ADDR"):
            ours = self.box.run(command, env={**env, name: self.vault.origin})
            self.assertEqual(self.server.token, self.assertOk(ours).text)
            foreign = self.box.run(command, env={**env, name: "http://127.0.0.1:1"})
            self.assertEqual((0, b""), (foreign.status, foreign.stdout))
            self.assertIn(b"and its agent\n", foreign.stderr)

    def test_get_and_erase_do_not_read(self):
        for operation in ("get", "erase"):
            self.assertOk(self.box.run_with_open_end([self.path, operation], b"somebody else's"))

    def test_erase_drops_the_token(self):
        first = self.token()
        self.assertOk(self.helper("erase", "https://vault.example.com:8200"))
        self.assertEqual(first, self.token(), "another server's")
        self.assertEqual(b"", self.assertOk(self.helper("erase")).stdout)
        self.assertNotEqual(first, self.token())

    def test_a_login_is_not_lost_in_silence(self):
        for address in (None, self.vault.origin, "https://vault.example.com:8200"):
            refused_ = self.helper("store", address, b"hvs.personal")
            self.assertFails(refused_, FAILED, "nothing was stored")
            self.assertNotIn(b"hvs.personal", refused_.stderr)
        self.assertOk(self.helper("store", None, self.token().encode()))

    def test_failures(self):
        self.assertFails(self.helper("list"), USAGE, "one operation")
        self.assertFails(self.helper("get", path=self.link("wrok")), NOT_FOUND, 'no profile "wrok"')
        self.box.keybearer("forget", "work")
        self.server.behave(lambda request: refused())
        failed = self.helper("get")
        self.assertNotEqual(0, failed.status)
        self.assertEqual(b"", failed.stdout)
        self.assertIn(b"keybearer: error: ", failed.stderr)


if __name__ == "__main__":
    main()
