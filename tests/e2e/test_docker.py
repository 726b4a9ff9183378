"""The verbs of a docker credential helper."""

import json
import os

from harness import FAILED, SandboxTest, main
from token_server import TokenServer, refused

NOT_FOUND_TEXT = b"credentials not found in native keychain\n"


class DockerTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())

    def add(self, address):
        added = self.box.add_profile(
            "registry", self.server, "--registry", address, "--username", "robot"
        )
        self.assertEqual(0, added.status, added)

    def docker(self, verb, stdin=b"", **options):
        return self.box.run(["docker-credential-keybearer", verb], stdin, **options)

    def test_every_spelling_of_our_address(self):
        self.add("registry.example.com")
        for address in (
            "registry.example.com", "https://registry.example.com", "registry.example.com:443",
            "https://registry.example.com/v2/", "registry.example.com/team/image",
            "https://registry.example.com:443", "registry.example.com\n",
        ):
            with self.subTest(address):
                answer = self.assertOk(self.docker("get", address.encode())).json()
                self.assertEqual(("robot", self.server.token), (answer["Username"], answer["Secret"]))

    def test_other_addresses_are_not_found(self):
        self.add("registry.example.com")
        for address in (
            "example.com", "registry.example.com.attacker.example", "registry.example.com:5000",
            "http://registry.example.com:80", "docker.io",
        ):
            with self.subTest(address):
                answer = self.docker("get", address.encode())
                self.assertEqual((FAILED, NOT_FOUND_TEXT, b""),
                                 (answer.status, answer.stdout, answer.stderr))

    def test_an_address_that_cannot_be_ours_has_its_reason_in_the_log(self):
        for address, reason in (("a.example.", b"trailing dot"), ("a.example:0", b"port")):
            told = self.docker("get", address.encode(), env={"KEYBEARER_LOG": "1"})
            self.assertEqual((FAILED, NOT_FOUND_TEXT), (told.status, told.stdout), told)
            self.assertRegex(told.stderr, rb"\Akeybearer: log: [ -~]+\n\Z")
            self.assertIn(reason, told.stderr)

    def test_a_failure_is_one_line_on_stdout(self):
        self.add("registry.example.com")
        self.box.keybearer("forget", "registry")
        self.server.behave(lambda request: refused())
        answer = self.docker("get", b"registry.example.com")
        self.assertEqual((FAILED, b""), (answer.status, answer.stderr), answer)
        self.assertEqual(1, answer.stdout.count(b"\n"), answer)
        self.assertNotEqual(NOT_FOUND_TEXT, answer.stdout)

    def test_list_names_our_addresses(self):
        self.assertEqual({}, self.assertOk(self.docker("list", b"unused")).json())
        self.add("registry.example.com")
        listed = self.assertOk(self.docker("list", b"unused")).json()
        self.assertEqual(["robot"], list(listed.values()))
        self.assertIn("registry.example.com", next(iter(listed)))

    def test_an_api_is_no_registry(self):
        """What is listed is asked for, and goes to the daemon: no API's token does."""
        self.add("registry.example.com")
        api = ("--match", "https://api.example.com", "--match", "https://docker.io")
        self.assertEqual(0, self.box.add_profile("api", self.server, *api).status)
        asked = self.server.count
        listed = self.assertOk(self.docker("list", b"unused")).json()
        self.assertEqual({"registry.example.com": "robot"}, listed)
        self.assertEqual(asked, self.server.count)
        for address in ("api.example.com", "docker.io", "https://index.docker.io/v1/"):
            self.assertOk(self.docker("get", address.encode()))

    def test_a_stored_password_is_kept_nowhere(self):
        password = "somebody's own password"
        login = {"ServerURL": "registry.example.com", "Username": "u", "Secret": password}
        self.docker("store", json.dumps(login).encode())
        for directory, _, names in os.walk(self.box.root):
            for name in names:
                with open(os.path.join(directory, name), "rb") as file:
                    self.assertNotIn(password.encode(), file.read())

    def store(self, address, secret, **options):
        login = {"ServerURL": address, "Username": "u", "Secret": secret}
        return self.docker("store", json.dumps(login).encode() + b"\n", **options)

    def test_what_is_not_kept_is_said(self):
        """Where the client looks for it: else it says "Login Succeeded" """
        self.add("registry.example.com")
        token = self.docker("get", b"registry.example.com").json()["Secret"]
        for address in ("registry.example.com", "ghcr.io", "https://index.docker.io/v1/", "a b"):
            for secret in ("hunter2", "two words", f"{token}x", token[:-1], token):
                if (address, secret) == ("registry.example.com", token):
                    continue
                with self.subTest(address=address, secret=secret):
                    refused = self.store(address, secret)
                    self.assertEqual((FAILED, b""), (refused.status, refused.stderr), refused)
                    self.assertRegex(refused.stdout, rb"\A[ -~]*nothing was stored[ -~]*\n\Z")
                    self.assertNotIn(secret.encode(), refused.stdout)

    def test_our_own_token_needs_no_keeping(self):
        self.add("registry.example.com")
        token = self.docker("get", b"registry.example.com").json()["Secret"]
        self.assertEqual(b"", self.assertOk(self.store("registry.example.com", token)).stdout)
        self.server.revoke(token)
        self.box.keybearer("forget", "registry")
        self.assertEqual(FAILED, self.store("registry.example.com", token).status)

    def test_our_own_token_after_another_took_its_place(self):
        """A `get` may renew in the background: docker brings back what it was handed."""
        self.add("registry.example.com")
        token = self.docker("get", b"registry.example.com").json()["Secret"]
        self.assertOk(self.box.keybearer("refresh", "registry"))
        self.assertNotEqual(token, self.docker("get", b"registry.example.com").json()["Secret"])
        self.assertEqual(b"", self.assertOk(self.store("registry.example.com", token)).stdout)

    def test_our_own_token_without_a_lifetime(self):
        self.server.lifetime = 0
        self.add("registry.example.com")
        token = self.docker("get", b"registry.example.com").json()["Secret"]
        self.assertEqual(b"", self.assertOk(self.store("registry.example.com", token)).stdout)

    def test_a_login_whose_end_stays_open(self):
        login = b'{"ServerURL":"ghcr.io","Username":"u","Secret":"}"}\n'
        refused = self.box.run_with_open_end(["docker-credential-keybearer", "store"], login)
        self.assertEqual(FAILED, refused.status, refused)
        self.assertIn(b"nothing was stored", refused.stdout)

    def test_erase_makes_the_next_get_fetch_anew(self):
        self.add("registry.example.com")
        first = self.docker("get", b"registry.example.com").json()["Secret"]
        self.assertEqual(b"", self.assertOk(self.docker("erase", b"registry.example.com")).stdout)
        self.assertNotEqual(first, self.docker("get", b"registry.example.com").json()["Secret"])

    def test_wrong_use(self):
        self.assertEqual((FAILED, b"no credentials server URL\n"),
                         ((empty := self.docker("get", b"")).status, empty.stdout))
        unknown = self.docker("frob")
        self.assertEqual(FAILED, unknown.status)
        self.assertEqual(b"docker-credential-keybearer: unknown action: frob\n", unknown.stdout)


if __name__ == "__main__":
    main()
