"""The token cache where the kernel or the login gives less than usual."""

import os
import subprocess

from harness import SandboxTest, main, need_keyrings, tool
from token_server import TokenServer


class IsolationTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())

    def add(self, **options):
        added = self.box.add_profile("work", self.server, **options)
        self.assertEqual(0, added.status, added)

    def token(self, prefix=(), **options):
        program = os.path.join(os.environ["KB_TEST_BIN"], "keybearer")
        answer = self.box.run([*prefix, program, "token", "work"], **options)
        self.assertEqual(0, answer.status, answer)
        return answer

    def cache(self, prefix=(), **options):
        program = os.path.join(os.environ["KB_TEST_BIN"], "keybearer")
        return self.box.run([*prefix, program, "status", "--json"], **options).json()["cache"]

    def requests_for(self, calls, prefix=(), **options):
        """How many exchanges CALLS cost, after the cache was emptied; all answers same."""
        self.box.keybearer("forget", "work", **options)
        asked = self.server.count
        tokens = {self.token(prefix, **options).text for _ in range(calls)}
        if self.server.count - asked == 1:
            self.assertEqual(1, len(tokens))
        return self.server.count - asked

    def test_the_usual_place(self):
        need_keyrings(self)
        self.add()
        self.assertEqual(1, self.requests_for(3))
        self.assertEqual("strong", self.cache()["protection"])

    def test_without_a_runtime_directory(self):
        changes = {"XDG_RUNTIME_DIR": None}
        self.add(env=changes)
        self.assertEqual(1, self.requests_for(3, env=changes))
        self.assertNotEqual("none", self.cache(env=changes)["protection"])
        self.box.keybearer("remove", "work", env=changes)

    def test_a_second_login_session(self):
        need_keyrings(self)
        self.add()
        first = self.token().text
        asked = self.server.count
        elsewhere = [tool("new_session")]
        self.assertEqual(first, self.token(elsewhere).text)
        self.assertEqual(asked, self.server.count)
        self.assertEqual("strong", self.cache(elsewhere)["protection"])

    def test_a_session_that_made_the_key_itself(self):
        need_keyrings(self)
        elsewhere = [tool("new_session")]
        self.add()
        self.box.keybearer("lock")
        asked = self.server.count
        first = self.token(elsewhere).text
        self.assertEqual(first, self.token().text)
        self.assertEqual(asked + 1, self.server.count)

    def test_keyrings_forbidden(self):
        self.add()
        self.box.keybearer("lock")
        for errno in ("EPERM", "ENOSYS"):
            with self.subTest(errno):
                self.box.keybearer("lock")
                prefix = [tool("no_keyctl"), errno]
                asked = self.server.count
                tokens = {self.token(prefix).text for _ in range(3)}
                self.assertEqual((1, 1), (len(tokens), self.server.count - asked))
                cache = self.cache(prefix)
                self.assertEqual("weak", cache["protection"])
                self.assertNotEqual("", cache["reason"])

    def test_a_runtime_directory_that_is_none(self):
        """Another place is found, and `status` names it."""
        self.add()
        nowhere = {"XDG_RUNTIME_DIR": self.box.key_file}
        self.assertEqual(1, self.requests_for(3, env=nowhere))
        self.assertNotIn(self.box.runtime, self.cache(env=nowhere)["path"])
        self.box.keybearer("remove", "work", env=nowhere)

    def test_a_runtime_directory_that_others_may_enter(self):
        self.add()
        shared = os.path.join(self.box.runtime, "keybearer")
        os.chmod(shared, 0o755)
        self.addCleanup(os.chmod, shared, 0o700)
        self.token()
        self.assertNotEqual(shared, self.cache()["path"])

    def test_a_runtime_directory_on_disk(self):
        on_disk = self.box.path("runtime")
        os.mkdir(on_disk, 0o700)
        if subprocess.check_output(["stat", "-f", "-c", "%T", on_disk]).strip() == b"tmpfs":
            self.skipTest("everything here is tmpfs")
        self.add(env={"XDG_RUNTIME_DIR": on_disk})
        self.assertEqual([], os.listdir(on_disk))

    def test_lock_makes_every_cached_token_unreadable(self):
        self.add()
        first = self.token().text
        self.assertEqual(0, self.box.keybearer("lock").status)
        self.assertNotEqual(first, self.token().text)


if __name__ == "__main__":
    main()
