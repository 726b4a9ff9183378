"""The token cache where the kernel or the login gives less than usual."""

import os
import shutil
import subprocess

from harness import (
    RATE_LIMITED, SandboxTest, background, main, need_keyrings, tool, wait_until,
)
from token_server import TokenServer, rate_limited

STRANGER = 1234


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
        self.box.keybearer("remove", "--yes", "work", env=changes)

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
        self.box.keybearer("remove", "--yes", "work", env=nowhere)

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

    def sides(self):
        """Two ways to see the same directory and not the same keyring as everybody else."""
        same_user = "--map-root-user" if os.geteuid() == 0 else "--map-current-user"
        with background(["unshare", "--user", same_user, "sleep", "600"]) as holder:
            namespace = f"/proc/{holder.pid}/ns/user"
            wait_until(lambda: holder.poll() is not None
                       or os.readlink(namespace) != os.readlink("/proc/self/ns/user"), "a namespace")
            inside = ["nsenter", f"--user={namespace}", "--preserve-credentials"]
            if self.box.run([*inside, "true"]).status == 0:
                yield "user namespace", inside
            else:
                print("skipped: no user namespace can be made here")
        yield "keyctl forbidden", [tool("no_keyctl"), "EPERM"]

    def test_two_keys_nobody_wipes_the_others_records(self):
        self.add()
        for name, inside in self.sides():
            for order in ((), inside), (inside, ()):
                with self.subTest(name, first=" ".join(order[0])):
                    self.box.keybearer("lock")
                    asked = self.server.count
                    for prefix in order * 10:
                        self.token(prefix)
                    self.assertLessEqual(self.server.count - asked, 2)

    def test_two_keys_a_pause_holds_on_both_sides(self):
        self.add()
        self.server.behave(lambda request: rate_limited(Retry_After="300"))
        program = os.path.join(os.environ["KB_TEST_BIN"], "keybearer")
        asked = self.server.count
        for name, inside in self.sides():
            with self.subTest(name):
                self.box.keybearer("lock")  # which keeps it
                for prefix in ((), inside) * 5:
                    refused = self.box.run([*prefix, program, "token", "work"])
                    self.assertEqual(RATE_LIMITED, refused.status, refused)
                self.assertEqual(1, self.server.count - asked)

    def test_two_keys_what_nobody_can_open_any_more_goes(self):
        """And what somebody may still be able to open stays, whoever makes the next key."""
        self.add()
        self.token()
        place = os.path.join(self.box.runtime, "keybearer")
        for name, hours in (("t-01234567-" + 32 * "0", 24), ("t-01234567-" + 32 * "1", 26),
                            (".kb-tmp-0123456789abcdef", 26), ("f-" + 32 * "0" + ".1", 1000)):
            path = os.path.join(place, name)
            with open(path, "w"):
                pass
            then = os.stat(path).st_mtime - 3600 * hours
            os.utime(path, (then, then))
        os.utime(os.path.join(place, "f-swept"), (0, 0))
        self.box.keybearer("refresh", "work")
        left = os.listdir(place)
        self.assertIn("t-01234567-" + 32 * "0", left)
        self.assertIn("f-" + 32 * "0" + ".1", left)
        self.assertNotIn("t-01234567-" + 32 * "1", left)
        self.assertNotIn(".kb-tmp-0123456789abcdef", left)

    def test_lock_covers_what_was_cached_elsewhere(self):
        """By cron, which has no such variable, or in another session."""
        for elsewhere in (None, os.path.join(self.box.runtime, "other")):
            with self.subTest(elsewhere):
                if elsewhere:
                    os.mkdir(elsewhere, 0o700)
                changes = {"XDG_RUNTIME_DIR": elsewhere}
                self.add()
                there = self.token(env=changes).text
                self.assertEqual(there, self.token(env=changes).text)
                here = self.token().text
                self.assertEqual(0, self.box.keybearer("lock").status)
                self.assertNotEqual(there, self.token(env=changes).text)
                self.assertNotEqual(here, self.token().text)
                self.box.keybearer("lock", env=changes)

    def test_lock_does_not_claim_what_it_cannot_reach(self):
        """A weak key lies in each directory: in one that only another value names it stays."""
        self.add()
        self.box.keybearer("lock")
        program = os.path.join(os.environ["KB_TEST_BIN"], "keybearer")
        weak = [tool("no_keyctl"), "EPERM"]
        there = self.token(weak).text
        elsewhere = {"XDG_RUNTIME_DIR": None}
        locked = self.assertOk(self.box.run([*weak, program, "lock"], env=elsewhere))
        self.assertEqual(there, self.token(weak).text)
        self.assertNotIn("every cached token", locked.text)
        self.assertIn("another XDG_RUNTIME_DIR is served until it expires", locked.text)
        for prefix in ((), weak):  # a key in a file is seen also by who has the keyring
            there = self.token(weak).text
            locked = self.assertOk(self.box.run([*prefix, program, "lock"]))
            self.assertIn("another XDG_RUNTIME_DIR", locked.text)
            self.assertNotEqual(there, self.token(weak).text)

    def test_lock_says_that_it_reached_all(self):
        need_keyrings(self)
        self.add()
        self.token()
        locked = self.assertOk(self.box.keybearer("lock"))
        self.assertEqual("The vault is locked, and every cached token is forgotten.", locked.text)

    def test_lock_forget_covers_what_cron_cached(self):
        changes = {"XDG_RUNTIME_DIR": None}
        self.add()
        there = self.token(env=changes).text
        forgot = self.assertOk(self.box.keybearer("forget", "work"))
        self.assertIn("Forgot", forgot.text)
        self.assertNotEqual(there, self.token(env=changes).text)

    def taken_place(self):
        """/dev/shm/keybearer-UID, made by somebody else; the variables of who would use it."""
        path = f"/dev/shm/keybearer-{os.geteuid()}"
        if os.geteuid() != 0 or os.path.exists("/run/user/0"):
            self.skipTest("needs root, to give a directory away, and nobody logged in as root")
        if os.path.exists(path):
            os.rename(path, f"{path}.aside")
            self.addCleanup(os.rename, f"{path}.aside", path)
        os.mkdir(path, 0o755)
        self.addCleanup(os.rmdir, path)
        os.chown(path, STRANGER, STRANGER)
        return path, {"XDG_RUNTIME_DIR": None}

    def test_taken_place_another_one_is_used(self):
        path, changes = self.taken_place()
        self.add()
        self.assertEqual(1, self.requests_for(5, env=changes))
        running = [self.box.start(["keybearer", "token", "work"], env=changes) for _ in range(10)]
        answers = {self.assertOk(one.wait()).text for one in running}
        self.assertEqual(1, len(answers))
        self.assertEqual("strong", self.cache(env=changes)["protection"])
        used = self.cache(env=changes)["path"]
        self.assertRegex(used, f"^{path}-[0-9a-f]{{8}}$")
        self.addCleanup(shutil.rmtree, used)  # it keeps the pause
        self.assertEqual([], os.listdir(path))
        self.assertEqual(0, self.box.keybearer("lock").status)
        self.assertNotIn(self.token(env=changes).text, answers)
        self.server.behave(lambda request: rate_limited(Retry_After="120"))
        self.box.keybearer("lock")
        asked = self.server.count
        for _ in range(3):
            refused = self.box.keybearer("token", "work", env=changes)
            self.assertEqual(RATE_LIMITED, refused.status, refused)
        self.assertEqual(asked + 1, self.server.count)

    def test_taken_place_the_stranger_and_the_cure_are_named(self):
        path, changes = self.taken_place()
        self.add()
        for env in (changes, None):  # cron's trouble shows wherever the person looks
            status = self.assertOk(self.box.keybearer("status", env=env)).text
            self.assertIn(f"{path} was made by user {STRANGER}", status)
            self.assertIn(f"rm -r {path}", status)
            [finding] = self.cache(env=env)["passed_over"]
            self.assertIn(f"user {STRANGER}", finding["text"])
            self.assertIn(f"rm -r {path}", finding["hint"])
            doctor = self.box.keybearer("doctor", "--json", env=env).json()["checks"]
            [finding] = [one for one in doctor if path in one["text"] and one["level"] == "weak"]
            self.assertIn(f"user {STRANGER}", finding["text"])
            self.assertIn(f"rm -r {path}", finding["hint"])

    def test_lock_makes_every_cached_token_unreadable(self):
        self.add()
        first = self.token().text
        self.assertEqual(0, self.box.keybearer("lock").status)
        self.assertNotEqual(first, self.token().text)


if __name__ == "__main__":
    main()
