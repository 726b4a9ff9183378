"""KeePassXC as the Secret Service, as the mock plays it: a database that is locked or closed, and one
that lets in each connection by itself."""

import contextlib
import os
import shutil

from harness import DENIED, DISMISSED, LOCKED, NOT_FOUND, UNAVAILABLE, SandboxTest, main
from keyring import mock_service
from token_server import Reply, TokenServer


class KeePassTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())

    @contextlib.contextmanager
    def service(self, behaviour):
        """It keeps what is stored; what it said is read when it has ended."""
        said = self.box.path("mock-said")
        with open(said, "ab") as file, mock_service(self.box, behaviour, stdout=file):
            yield

    def said(self):
        with open(self.box.path("mock-said"), "rb") as file:
            return file.read().split()

    def add(self):
        added = self.box.add_profile(
            "work", self.server, "--store", "secret-service", "--match", "https://git.example.com")
        self.assertEqual(0, added.status, added)

    def config(self):
        with open(self.box.config_file) as file:
            return file.read()

    # --- one connection at a time ---

    def test_unlock_fetches_where_only_its_own_connection_is_let_in(self):
        with self.service("mock_keepass_confirms"):
            self.add()
            self.assertOk(self.box.keybearer("forget", "work"))
            refused = self.assertFails(self.box.keybearer("token", "work"), LOCKED, "locked")
            self.assertIn(b"keybearer unlock work", refused.stderr)
            unlocked = self.assertOk(self.box.keybearer("unlock", "work"))
            self.assertIn("work has a new token", unlocked.text)
            self.assertNotIn("is unlocked", unlocked.text)
            self.assertIn("Confirm when passwords are retrieved by clients", unlocked.text)
            self.assertEqual(
                self.server.token, self.assertOk(self.box.keybearer("token", "work")).text)
        self.assertEqual([b"prompting"], self.said())

    def test_unlock_that_brings_no_token_says_so(self):
        with self.service("mock_keepass_confirms"):
            self.add()
            self.assertOk(self.box.keybearer("forget", "work"))
            self.server.script(Reply(401, {"error": "invalid_client"}))
            self.assertFails(self.box.keybearer("unlock", "work"), LOCKED, "no token")
            self.assertFails(self.box.keybearer("token", "work"), DENIED)

    def test_remove_asks_once(self):
        """Its look at the client and its removal are one connection's."""
        with self.service("mock_keepass_confirms"):
            self.add()
            self.assertOk(self.box.keybearer("remove", "--yes", "work"))
        self.assertEqual([b"prompting"], self.said())

    # --- a locked database ---

    def lock(self, behaviour):
        """The client is known here, and in a database that shows nothing of it."""
        with self.service("mock_keepass_confirms"):
            self.add()
        self.assertOk(self.box.keybearer("forget", "work"))
        return self.service(behaviour)

    def test_a_locked_database_keeps_its_secrets_and_its_profile(self):
        with self.lock("mock_keepass_locked_refuses"):
            before = self.config()
            refused = self.assertFails(self.box.keybearer("token", "work"), LOCKED)
            self.assertIn(b"keybearer unlock work", refused.stderr)
            self.assertFails(self.box.keybearer("unlock", "work"), DISMISSED)
            self.assertFails(self.box.keybearer("remove", "--yes", "work"), DISMISSED)
            self.assertEqual(before, self.config())
            self.assertEqual(1, len(self.box.references("work")))

    def test_nothing_that_may_not_ask_raises_a_dialog(self):
        with self.lock("mock_keepass_asks"):
            self.assertFails(self.box.keybearer("token", "work"), LOCKED)
            shown = self.assertOk(self.box.keybearer("status", "--json")).json()["profiles"][0]
            self.assertTrue(shown["locked"])
            self.assertNotIn("client_stored", shown)
            self.assertNotIn("bound", shown)
            self.assertIn("cannot be seen", self.assertOk(self.box.keybearer("status")).text)
            checks = self.box.keybearer("doctor", "--json").json()["checks"]
            (found,) = [check for check in checks if "cannot be seen" in check["text"]]
            self.assertEqual(("note", "keybearer unlock work"), (found["level"], found["hint"]))
            line = b"protocol=https\nhost=git.example.com\n\n"
            asked = self.box.run(["git-credential-keybearer", "get"], line)
            self.assertIn(b"locked", asked.stderr)
        self.assertEqual([], self.said())

    def test_without_a_card_nothing_is_called_missing_while_it_is_locked(self):
        """Release 0.1 stored clients without one: whether it did is seen once the database is unlocked."""
        with self.lock("mock_keepass_locked"):
            shutil.rmtree(self.box.cards_folder)
            self.assertFails(self.box.keybearer("token", "work"), LOCKED)
            self.assertFails(self.box.keybearer("unlock", "work"), NOT_FOUND, "no client is stored")
            self.assertFails(self.box.keybearer("token", "work"), NOT_FOUND)
        self.assertEqual([b"prompting"], self.said())

    # --- a service that ends ---

    def test_a_service_that_ends_at_its_prompt(self):
        with self.lock("mock_keepass_locked_dies"):
            refused = self.box.keybearer("unlock", "work")
            self.assertFails(refused, UNAVAILABLE, "the keyring service has ended")

    # --- another bus ---

    def test_a_stale_address(self):
        with self.service("mock_keepass_confirms"):
            os.symlink(self.box.path("bus"), os.path.join(self.box.runtime, "bus"))
            self.add()
            stale = {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={self.box.path('gone')}"}
            self.assertOk(self.box.keybearer("forget", "work"))
            refused = self.box.keybearer("token", "work", env=stale)
            self.assertFails(refused, UNAVAILABLE)
            self.assertIn(b"DBUS_SESSION_BUS_ADDRESS is stale: unset it", refused.stderr)
        refused = self.box.keybearer("token", "work", env=stale)
        self.assertNotIn(b"stale", self.assertFails(refused, UNAVAILABLE).stderr)


if __name__ == "__main__":
    main("dbus-daemon", "dbus-send")
