"""What is printed, by a second reader that is stricter than any caller.

JSON by Python's parser, which here refuses a name twice; the expiry by RFC 3339's own
grammar; docker's errors byte for byte. What git, docker and curl themselves make of the
answers is tested in tests/e2e.
"""

import calendar
import datetime
import json
import re
import time

from harness import main
from strangers import NOT_FOUND_TEXT, OTHER, VICTIM, StrangersTest
from token_server import Reply, refused

# RFC 3339, full-date "T" full-time, with no fraction and in UTC: the one form that Bazel reads.
RFC_3339 = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z", re.ASCII)


def seconds_of(text):
    """TEXT as seconds since 1970; fails for a date that no calendar has."""
    fields = [int(field) for field in RFC_3339.fullmatch(text).groups()]
    return calendar.timegm(datetime.datetime(*fields).timetuple())


class JsonTest(StrangersTest):
    def test_reread_pages(self):
        for words in (["list"], ["show", "victim"], ["status"], ["status", "victim"], ["doctor"],
                      ["version"]):
            with self.subTest(words):
                result = self.box.keybearer(*words, "--json")
                page = self.strict_json(result.stdout)
                self.assertIsInstance(page, dict)
                self.assertEqual(page, json.loads(result.stdout))
                self.assertTrue(result.stdout.endswith(b"}\n"))
                self.assertIsNone(self.owner(result))

    def test_reread_pages_after_a_failure(self):
        self.server.behave(lambda request: refused(message='say "no" \\ \u2028 \U0001f600 </x>'))
        self.assertNotEqual(0, self.box.keybearer("refresh", "victim").status)
        for words in (["status"], ["status", "victim"], ["doctor"]):
            self.strict_json(self.box.keybearer(*words, "--json").stdout)

    def test_reread_no_profiles(self):
        for name in self.matches:
            self.assertEqual(0, self.box.keybearer("remove", "--yes", name).status)
        self.assertEqual({"profiles": []}, self.strict_json(
            self.box.keybearer("list", "--json").stdout))
        for words in (["status"], ["doctor"]):
            self.strict_json(self.box.keybearer(*words, "--json").stdout)
        listed = self.box.run(["docker-credential-keybearer", "list"])
        self.assertEqual({}, self.strict_json(listed.stdout))

    def test_reread_get(self):
        answer = self.strict_json(self.assertOk(self.get(f"https://{VICTIM}/v1")).stdout)
        self.assertEqual({"headers", "expires"}, set(answer))
        self.assertEqual([f"Bearer {self.tokens['victim']}"], answer["headers"]["Authorization"])
        for values in answer["headers"].values():
            self.assertTrue(values and all(isinstance(value, str) for value in values))

    def test_reread_docker(self):
        answer = self.strict_json(self.assertOk(self.docker(VICTIM)).stdout)
        self.assertEqual({"ServerURL": VICTIM, "Username": "victim",
                          "Secret": self.tokens["victim"]}, answer)
        listed = self.box.run(["docker-credential-keybearer", "list"])
        self.assertEqual({}, self.strict_json(listed.stdout))  # no address of ours is a registry
        registry = ("--registry", "registry.example")
        self.assertEqual(0, self.box.add_profile("r", self.server, *registry).status)
        listed = self.box.run(["docker-credential-keybearer", "list"])
        self.assertEqual({"registry.example": "oauth2"}, self.strict_json(listed.stdout))

    def test_reread_the_strangest_token(self):
        """Every character that a token may hold, in each protocol as itself."""
        token = "".join(map(chr, range(0x21, 0x7F)))
        self.server.issued.append(token)
        self.server.behave(lambda request: Reply(200, {
            "access_token": token, "token_type": "Bearer", "expires_in": 3600}))
        self.assertEqual(0, self.box.keybearer("refresh", "victim").status)
        self.assertEqual(f"{token}\n".encode(), self.box.keybearer("token", "victim").stdout)
        self.assertEqual(token, self.strict_json(self.docker(VICTIM).stdout)["Secret"])
        headers = self.strict_json(self.get(f"https://{VICTIM}/").stdout)["headers"]
        self.assertEqual([f"Bearer {token}"], headers["Authorization"])
        git = self.git(f"protocol=https\nhost={VICTIM}\n").stdout
        self.assertIn(f"\npassword={token}\n".encode(), git)


class ExpiryTest(StrangersTest):
    def test_reread_rfc_3339(self):
        """The date in `get`'s answer is the second that git is told, and it is not too late."""
        for lifetime in (120, 3599, 7200, 86_400, 10_000_000):
            with self.subTest(lifetime):
                self.server.lifetime = lifetime
                before = int(time.time())
                self.assertEqual(0, self.box.keybearer("refresh", "victim").status)
                text = self.strict_json(self.get(f"https://{VICTIM}/").stdout)["expires"]
                expiry = seconds_of(text)
                git = self.git(f"protocol=https\nhost={VICTIM}\n").text
                self.assertIn(f"password_expiry_utc={expiry}", git.split("\n"))
                self.assertGreater(expiry, before)
                self.assertLessEqual(expiry, int(time.time()) + min(lifetime, 86_400))


class DockerErrorTest(StrangersTest):
    """Clients compare the first three byte for byte, and show a person the others."""

    def test_reread_fixed_texts(self):
        for action, stdin, text in (
            ("get", "nobody.example", NOT_FOUND_TEXT),
            ("get", "", b"no credentials server URL\n"),
            ("erase", "\n", b"no credentials server URL\n"),
            ("store", '{"Username":"u","Secret":"s"}', b"no credentials server URL\n"),
            ("store", '{"ServerURL":"","Username":"u","Secret":"s"}',
             b"no credentials server URL\n"),
            ("store", '{"ServerURL":"x.example","Secret":"s"}', b"no credentials username\n"),
        ):
            with self.subTest(action=action, stdin=stdin):
                failed = self.docker(stdin, action)
                self.assertEqual((1, text, b""), (failed.status, failed.stdout, failed.stderr))

    def test_reread_other_errors_are_one_line_and_no_fixed_text(self):
        """A failure that looked like "not found" would send the client on to other helpers."""
        self.assertEqual(0, self.box.keybearer("forget", "victim").status)
        self.server.behave(lambda request: refused())
        for action, stdin in (("get", VICTIM), ("store", "{"), ("frob", "")):
            with self.subTest(action):
                failed = self.docker(stdin, action)
                self.assertEqual((1, b""), (failed.status, failed.stderr))
                self.assertRegex(failed.stdout, rb"\A[\x20-\x7e]+\n\Z")
                self.assertNotIn(b"credentials not found", failed.stdout)
                self.assertNotIn(b"no credentials", failed.stdout)


if __name__ == "__main__":
    main()
