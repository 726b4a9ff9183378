"""KeePassXC itself as the Secret Service: its database unlocked and locked, each of its two settings on and off."""

import os
import signal

from harness import DISMISSED, LOCKED, UNAVAILABLE, SandboxTest, main, wait_until
from keepassxc import ACCESS, PASSWORD, UNLOCK, entries, keepassxc, make_database
from keyring import session_bus
from screen import PROGRAMS, screen
from token_server import TokenServer

GIT = b"protocol=https\nhost=git.example.com\n\n"


class KeePassXCTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.screen = self.enterContext(screen(self.box))
        self.enterContext(session_bus(self.box))
        self.database = make_database(self.box)

    def service(self, **settings):
        return keepassxc(self.box, self.database, **settings)

    def add(self):
        added = self.box.add_profile(
            "work", self.server, "--store", "secret-service", "--match", "https://git.example.com")
        self.assertEqual(0, added.status, added)
        self.assertOk(self.box.keybearer("forget", "work"))

    def closed(self, **settings):
        """A client is in the database, and that is locked."""
        with self.service():
            self.add()
        return self.service(opened=False, **settings)

    def answered(self, command, *answers):
        """A command during which a person gives ANSWERS, and no dialog more is shown."""
        yes = ["--yes"] if command == "remove" else []
        running = self.box.start(["keybearer", command, "work", *yes])
        for answer in answers:
            answer()
        result = running.wait()
        self.assertEqual([], self.screen.dialogs())
        return result

    def open(self):
        self.screen.enter(UNLOCK, PASSWORD)

    def allow(self):
        self.screen.accept(ACCESS)

    def deny(self):
        self.screen.dismiss(ACCESS)

    def assertQuiet(self):
        """Nothing that may not ask raises a dialog, or waits for one; all say what to do."""
        refused = self.assertFails(self.box.keybearer("token", "work"), LOCKED, "locked")
        self.assertIn(b"keybearer unlock work", refused.stderr)
        shown = self.assertOk(self.box.keybearer("status", "--json")).json()["profiles"][0]
        self.assertTrue(shown["locked"])
        self.assertIn("keybearer unlock work", self.box.keybearer("doctor").text)
        git = self.box.run(["git-credential-keybearer", "get"], GIT)
        self.assertIn(b"keybearer unlock work", git.stderr)
        self.assertEqual([], self.screen.dialogs())

    def assertToken(self):
        token = self.assertOk(self.box.keybearer("token", "work")).text
        self.assertEqual(self.server.token, token)

    # --- an unlocked database ---

    def test_open_and_asking_for_each(self):
        with self.service():
            self.add()
            self.assertQuiet()
            self.assertFails(self.answered("unlock", self.deny), DISMISSED)
            unlocked = self.assertOk(self.answered("unlock", self.allow))
            self.assertIn("work has a new token", unlocked.text)
            self.assertIn("Confirm when passwords are retrieved by clients", unlocked.text)
            self.assertNotIn("is unlocked", unlocked.text)
            self.assertToken()

    def test_open_and_not_asking(self):
        with self.service(confirm=False):
            self.add()
            self.assertToken()
            self.assertIn("is unlocked", self.assertOk(self.answered("unlock")).text)
            self.assertOk(self.box.keybearer("forget", "work"))
            self.assertToken()
            self.assertOk(self.answered("remove"))

    def test_remove_asks_once(self):
        with self.service():
            self.add()
            self.assertFails(self.answered("remove", self.deny), DISMISSED)
            self.assertEqual(1, len(self.box.references("work")))
            self.assertOk(self.answered("remove", self.allow))

    def test_a_secret_is_no_template(self):
        """What is given back is a text with placeholders to it."""
        self.server.client_secret = "{TITLE}-{TITLE}-{REF:T@T:keybearer}"
        with self.service(confirm=False):
            self.add()
            self.assertToken()

    def test_what_is_removed_is_in_its_recycle_bin(self):
        with self.service(confirm=False):
            self.add()
            self.assertOk(self.answered("remove"))
            wait_until(lambda: "Recycle Bin/keybearer: work" in entries(self.box, self.database),
                       "KeePassXC writes its database")
        self.assertNotIn("keybearer: work", entries(self.box, self.database))

    # --- a locked one ---

    def lock_and_unlock(self, **settings):
        with self.closed(**settings):
            self.assertQuiet()
            for command in ("unlock", "remove"):
                refused = self.answered(command, lambda: self.screen.dismiss(UNLOCK))
                self.assertFails(refused, DISMISSED)
            self.assertEqual(1, len(self.box.references("work")))
            answers = [self.open]
            if settings.get("confirm", True):
                answers.append(self.allow)
            self.assertOk(self.answered("unlock", *answers))
            self.assertToken()

    def test_locked_and_asking_before_a_search(self):
        self.lock_and_unlock()

    def test_locked_and_not_asking_before_a_search(self):
        self.lock_and_unlock(search=False)

    def test_locked_and_not_asking_for_each(self):
        self.lock_and_unlock(confirm=False)

    def test_locked_and_not_asking_at_all(self):
        self.lock_and_unlock(confirm=False, search=False)

    def test_locked_remove_leaves_nothing(self):
        with self.closed(search=False):
            self.assertOk(self.answered("remove", self.open, self.allow))
            self.assertEqual([], self.box.references("work"))

    def test_locked_add_asks_for_the_database(self):
        with self.service(opened=False):
            adding = self.box.start(
                ["keybearer", "add", "work", "--token-url", self.server.token_url, "--client-id",
                 self.server.client_id, "--client-secret-stdin", "--store", "secret-service"],
                self.server.client_secret.encode() + b"\n")
            self.open()
            self.assertEqual(0, (added := adding.wait()).status, added)
            self.assertToken()

    # --- one that ends ---

    def test_it_ends_while_it_asks(self):
        for settings, title in (({"opened": True}, ACCESS), ({"opened": False}, UNLOCK)):
            with self.subTest(title):
                with self.service():
                    self.add()
                with self.service(**settings) as process:
                    running = self.box.start(["keybearer", "unlock", "work"])
                    self.screen.wait_for(title)
                    os.kill(process.pid, signal.SIGKILL)
                    self.assertFails(running.wait(), UNAVAILABLE, "the keyring service has ended")


if __name__ == "__main__":
    main("keepassxc", "keepassxc-cli", "dbus-daemon", "dbus-send", *PROGRAMS)
