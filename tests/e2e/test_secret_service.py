"""The Secret Service: gnome-keyring-daemon on a private bus, open, locked, absent."""

import os

from harness import DENIED, LOCKED, NOT_FOUND, UNAVAILABLE, SandboxTest, main
from keyring import keyring, session_bus
from token_server import TokenServer


class SecretServiceTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())

    def add(self):
        return self.box.add_profile("work", self.server, "--store", "secret-service")

    def test_add_get_remove(self):
        with keyring(self.box):
            self.assertEqual(0, (added := self.add()).status, added)
            self.box.keybearer("forget", "work")
            answer = self.assertOk(self.box.keybearer("token", "work"))
            self.assertEqual(self.server.token, answer.text)
            self.assertEqual(0, self.box.keybearer("remove", "--yes", "work").status)
            self.assertFails(self.box.keybearer("token", "work"), NOT_FOUND)

    def test_run_reads_the_store_without_the_callers_debug_settings(self):
        """GLib would print every message to the service; the command still gets its variable."""
        with keyring(self.box):
            added = self.box.add_profile(
                "work", self.server, "--store", "secret-service",
                "--preset", "zuora", "--environment", "SBX",
            )
            self.assertEqual(0, added.status, added)
            script = 'printf "%s|%s" "$G_DBUS_DEBUG" "$ZUORA_CLIENT_ID"'
            ran = self.box.keybearer(
                "run", "work", "--", "sh", "-c", script, env={"G_DBUS_DEBUG": "all"}
            )
            self.assertEqual(f"all|{self.server.client_id}", self.assertOk(ran).text)

    def test_it_is_the_default_where_it_answers(self):
        with keyring(self.box):
            self.box.guard(self.server)
            added = self.box.keybearer(
                "add", "work", "--token-url", self.server.token_url,
                "--client-id", self.server.client_id, "--client-secret-stdin",
                stdin=self.server.client_secret.encode() + b"\n",
            )
            self.assertEqual(0, added.status, added)
            self.assertEqual("secret-service", self.status()["store"])
            self.assertEqual("strong", self.status()["protection"])

    def test_a_person_at_a_terminal(self):
        """No passphrase of ours is asked for; the stored id is kept at a rotation."""
        self.box.guard(self.server)
        asked = b"Client id (not shown while you type): "
        with keyring(self.box):
            words = ["keybearer", "add", "work", "--token-url", self.server.token_url]
            both = f"{self.server.client_id}\n{self.server.client_secret}"
            added = self.box.run_on_tty(words, [(asked, both)])
            self.assertEqual(0, added.status, added)
            self.assertNotIn(b"assphrase", added.stdout)
            self.assertIn(b" and then kept in the desktop's keyring.\r\n", added.stdout)
            self.server.client_secret = "rotated+secret/of=the&client"
            known = f"{self.server.client_id[:8]}...{self.server.client_id[-4:]}"
            asked = b"New client secret (not shown): "
            rotated = self.box.run_on_tty(words[:3], [(asked, self.server.client_secret)])
            self.assertEqual(0, rotated.status, rotated)
            self.assertIn(f"the secret of client {known} was replaced".encode(), rotated.stdout)
            self.assertOk(self.box.keybearer("refresh", "work"))

    def test_unlock_tells_whom_it_asks_on_a_terminal_only(self):
        with keyring(self.box):
            self.assertEqual(0, self.add().status)
            shown = self.box.run_on_tty(["keybearer", "unlock", "work"])
            self.assertEqual(0, shown.status, shown)
            self.assertTrue(shown.text.startswith(f"Asking 127.0.0.1:{self.server.port} ..."))
            self.assertEqual(b"", self.assertOk(self.box.keybearer("unlock", "work")).stderr)

    def status(self):
        shown = self.assertOk(self.box.keybearer("status", "--json"))
        return shown.json()["profiles"][0]

    def test_a_locked_keyring(self):
        with keyring(self.box) as service:
            self.assertEqual(0, self.add().status)
            self.box.keybearer("forget", "work")
            service.lock()
            asked = self.server.count
            refused = self.box.keybearer("token", "work")
            self.assertFails(refused, LOCKED)
            self.assertIn(b"unlock", refused.stderr)
            self.assertEqual(asked, self.server.count)
            self.assertTrue(self.status()["locked"])
            shown = self.box.keybearer("status").text
            self.assertIn("the keyring (secret-service), ", shown)
            self.assertIn("client stored, locked\n", shown)
            self.assertIn("(keybearer unlock work)\n", shown)
            self.assertIn("strong, locked", self.box.keybearer("doctor").stdout.decode())

    def test_a_keyring_that_was_not_unlocked_since_it_started(self):
        """gnome-keyring, where a person is logged in without a password: what is in it is found."""
        with keyring(self.box):
            self.assertEqual(0, self.add().status)
        self.assertOk(self.box.keybearer("forget", "work"))
        before = self.box.references("work")
        with keyring(self.box, locked=True) as service:
            for words in (["token", "work"], ["refresh", "work"]):
                refused = self.assertFails(self.box.keybearer(*words), LOCKED, "the keyring is locked")
                self.assertIn(b"keybearer unlock work", refused.stderr)
            self.assertTrue(self.status()["locked"])
            self.assertTrue(self.status()["client_stored"])
            checks = self.box.keybearer("doctor", "--json").json()["checks"]
            self.assertFalse([check for check in checks if "no client" in check["text"]])
            # Nobody answers the prompt that they ask for: there is no desktop.
            self.assertNotEqual(0, self.box.keybearer("unlock", "work").status)
            removed = self.box.keybearer("remove", "--yes", "work")
            self.assertNotEqual(0, removed.status)
            self.assertNotIn(b"no client is stored", removed.stderr)
            self.assertEqual(before, self.box.references("work"))
            self.assertIn("/login/", service.search("profile", "work"))
        with keyring(self.box) as service:
            self.assertOk(self.box.keybearer("refresh", "work"))
            self.assertOk(self.box.keybearer("remove", "--yes", "work"))
            self.assertNotIn("/login/", service.search("profile", "work"))

    def test_a_cached_token_needs_no_keyring(self):
        with keyring(self.box) as service:
            self.assertEqual(0, self.add().status)
            token = self.box.keybearer("token", "work").text
            service.lock()
            self.assertEqual(token, self.assertOk(self.box.keybearer("token", "work")).text)

    def test_lock_and_unlock_without_a_vault(self):
        """They name what there is: no vault, and a keyring that only the desktop locks."""
        with keyring(self.box):
            self.assertEqual(0, self.add().status)
            locked = self.assertOk(self.box.keybearer("lock"))
            self.assertNotIn("vault is locked", locked.text)
            self.assertIn("There is no vault to lock.", locked.text)
            self.assertIn("keyring stays as it is", locked.text)
            refused = self.assertFails(self.box.keybearer("unlock"), NOT_FOUND, "there is no vault")
            self.assertIn(b"keybearer unlock work", refused.stderr)

    def test_no_bus(self):
        refused = self.add()
        self.assertFails(refused, UNAVAILABLE)
        self.assertIn(b"hint: use keybearer add work [OPTION]... --store sealed-file\n", refused.stderr)
        self.assertEqual(0, self.server.count)
        self.assertFalse(os.path.exists(self.box.config_file))

    def test_no_bus_for_a_profile_that_is_there(self):
        """What the hint says works: --store alone would be refused."""
        with keyring(self.box):
            self.assertEqual(0, self.add().status)
        self.box.env.pop("DBUS_SESSION_BUS_ADDRESS", None)
        self.box.keybearer("forget", "work")
        way = (b'hint: keybearer edit work, set "store": "sealed-file", '
               b"then keybearer add work\n")
        renewed = ["add", "work", "--client-id", self.server.client_id, "--client-secret-stdin"]
        secret = self.server.client_secret.encode() + b"\n"
        for words in (["token", "work"], ["unlock", "work"], renewed):
            refused = self.assertFails(
                self.box.keybearer(*words, stdin=secret), UNAVAILABLE, "there is no session bus")
            self.assertIn(way, refused.stderr)
        with open(self.box.config_file) as file:
            settings = file.read()
        with open(self.box.config_file, "w") as file:
            file.write(settings.replace('"secret-service"', '"sealed-file"'))
        self.assertOk(self.box.keybearer(*renewed, stdin=secret))
        self.assertOk(self.box.keybearer("token", "work"))

    def test_remove_without_a_bus(self):
        """The profile goes; its client is told of, and goes with the next one on a desktop."""
        with keyring(self.box):
            self.assertEqual(0, self.add().status)
        self.box.env.pop("DBUS_SESSION_BUS_ADDRESS", None)
        removed = self.assertOk(self.box.keybearer("remove", "--yes", "work"))
        said = " ".join(removed.text.split())
        self.assertIn("Removed profile work.", said)
        self.assertIn("its client is still in the keyring (there is no session bus, so no Secret "
                      "Service); keybearer remove work, in a desktop session, removes it there.", said)
        self.assertFails(self.box.keybearer("token", "work"), NOT_FOUND, "there is no profile")
        checks = self.box.keybearer("doctor", "--json").json()["checks"]
        self.assertEqual(["keybearer remove work, in a desktop session"],
                         [check["hint"] for check in checks if "an old client" in check["text"]])
        again = self.assertFails(self.box.keybearer("remove", "--yes", "work"), UNAVAILABLE, "may keep a client")
        self.assertIn(b"hint: keybearer remove work, in a desktop session\n", again.stderr)
        with keyring(self.box) as service:
            self.assertIn("/login/", service.search("profile", "work"))
            self.assertOk(self.box.keybearer("remove", "--yes", "work"))
            self.assertNotIn("/login/", service.search("profile", "work"))
        self.assertEqual([], self.box.cards())

    def test_remove_without_a_bus_and_without_a_card(self):
        """As after a config.json was copied: nothing says whether there is a client."""
        with keyring(self.box):
            self.assertEqual(0, self.add().status)
        for name in os.listdir(self.box.cards_folder):
            os.remove(os.path.join(self.box.cards_folder, name))
        removed = self.assertOk(self.box.keybearer("remove", "--yes", "work"))
        self.assertIn("a client of work that is in the keyring stays there",
                      " ".join(removed.text.split()))
        self.assertFails(self.box.keybearer("remove", "--yes", "work"), NOT_FOUND)

    def test_a_bus_without_the_service(self):
        with session_bus(self.box):
            self.assertFails(self.add(), UNAVAILABLE)
            self.assertEqual(0, self.server.count)

    def test_a_bus_address_that_leads_nowhere(self):
        self.box.env["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={self.box.path('nowhere')}"
        self.assertFails(self.add(), UNAVAILABLE)

    def test_the_service_goes_away_after_add(self):
        with keyring(self.box):
            self.assertEqual(0, self.add().status)
        self.box.keybearer("forget", "work")
        self.assertFails(self.box.keybearer("token", "work"), UNAVAILABLE)

    def test_a_profile_that_moves_to_another_store(self):
        """Its client is gone from the old one, or `add` says that it may not be."""
        with keyring(self.box) as service:
            self.assertEqual(0, self.add().status)
            moved = self.assertOk(self.box.add_profile("work", self.server))
            self.assertNotIn("may still be there", moved.text)
            self.assertNotIn("/login/", service.search("profile", "work"))
            self.assertEqual(0, self.add().status)
        moved = self.assertOk(self.box.add_profile("work", self.server))
        self.assertIn("the old client of work may still be in secret-service", moved.text)
        checks = self.box.keybearer("doctor", "--json").json()["checks"]
        self.assertIn("an old client of work is still in the keyring (secret-service)",
                      [check["text"] for check in checks])
        removed = self.assertOk(self.box.keybearer("remove", "--yes", "work"))
        self.assertIn("the old client of work may still be in secret-service",
                      " ".join(removed.text.split()))
        self.assertFails(self.box.keybearer("token", "work"), NOT_FOUND)
        self.assertEqual([], self.box.client_files())
        with keyring(self.box) as service:
            self.assertIn("/login/", service.search("profile", "work"))
            self.assertOk(self.box.keybearer("remove", "--yes", "work"))
            self.assertNotIn("/login/", service.search("profile", "work"))

    def test_a_keyring_kept_in_clear(self):
        with keyring(self.box, plain=True):
            refused = self.add()
            self.assertFails(refused, DENIED)
            self.assertEqual(0, self.server.count)


if __name__ == "__main__":
    main("dbus-daemon", "dbus-send", "gnome-keyring-daemon")
