"""KWallet itself as the Secret Service: its wallet unlocked, locked, and not there."""

import os
import signal
import subprocess

from harness import DISMISSED, LOCKED, UNAVAILABLE, SandboxTest, main
from keyring import session_bus
from kwallet import PASSWORD, WALLET, Wallet
from screen import PROGRAMS, screen
from token_server import TokenServer

DIALOG = "KDE Wallet Service"
UNKNOWN_SESSION = "org.qtproject.QtDBus.Error.InvalidObjectPath"
STORE_SOMETHING = [
    "gdbus", "call", "--session", "--dest", "org.freedesktop.secrets",
    "--object-path", f"/org/freedesktop/secrets/collection/{WALLET}",
    "--method", "org.freedesktop.Secret.Collection.CreateItem",
    "{'org.freedesktop.Secret.Item.Label': <'something'>}",
    "('/org/freedesktop/secrets/session/none', [byte 1], [byte 1], 'text/plain')", "true",
]


class KWalletTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.screen = self.enterContext(screen(self.box))
        self.enterContext(session_bus(self.box))
        self.wallet = Wallet(self.box)

    def add(self):
        return self.box.add_profile("work", self.server, "--store", "secret-service")

    def locked(self):
        """A client is in the wallet, and that is locked."""
        self.wallet.make()
        with self.wallet.service(opened=True):
            self.assertEqual(0, (added := self.add()).status, added)
            self.assertOk(self.box.keybearer("forget", "work"))
            self.wallet.lock()
        return self.wallet.service()

    def assertToken(self):
        token = self.assertOk(self.box.keybearer("token", "work")).text
        self.assertEqual(self.server.token, token)

    def test_an_open_wallet(self):
        self.wallet.make()
        with self.wallet.service(opened=True):
            self.assertEqual(0, (added := self.add()).status, added)
            self.assertOk(self.box.keybearer("forget", "work"))
            self.assertToken()
            self.assertIn("is unlocked", self.assertOk(self.box.keybearer("unlock", "work")).text)
            self.assertOk(self.box.keybearer("remove", "--yes", "work"))
            self.assertEqual([], self.screen.dialogs())

    def test_a_session_that_it_does_not_know(self):
        """The error by which the store knows that another session may do."""
        self.wallet.make()
        with self.wallet.service(opened=True):
            self.assertEqual(0, (added := self.add()).status, added)
            refused = subprocess.run(STORE_SOMETHING, env=self.box.environment(),
                                     capture_output=True, text=True)
            self.assertIn(UNKNOWN_SESSION, refused.stderr)

    def test_a_locked_wallet(self):
        with self.locked():
            refused = self.assertFails(self.box.keybearer("token", "work"), LOCKED, "locked")
            self.assertIn(b"keybearer unlock work", refused.stderr)
            shown = self.assertOk(self.box.keybearer("status", "--json")).json()["profiles"][0]
            self.assertTrue(shown["locked"])
            self.assertOk(self.box.keybearer("doctor"))
            self.assertEqual([], self.screen.dialogs())
            unlocking = self.box.start(["keybearer", "unlock", "work"])
            self.screen.dismiss(DIALOG)
            self.assertFails(unlocking.wait(), DISMISSED)
            unlocking = self.box.start(["keybearer", "unlock", "work"])
            self.screen.enter(DIALOG, PASSWORD)
            self.assertIn("is unlocked", self.assertOk(unlocking.wait()).text)
            self.assertOk(self.box.keybearer("forget", "work"))
            self.assertToken()

    def test_it_ends_while_it_asks(self):
        with self.locked() as process:
            unlocking = self.box.start(["keybearer", "unlock", "work"])
            self.screen.wait_for(DIALOG)
            os.kill(process.pid, signal.SIGKILL)
            self.assertFails(unlocking.wait(), UNAVAILABLE, "the keyring service has ended")

    def test_no_wallet(self):
        with self.wallet.service():
            self.assertFails(self.add(), UNAVAILABLE, "no default keyring")


if __name__ == "__main__":
    main("kwalletd5", "dbus-daemon", "dbus-send", "gdbus", *PROGRAMS)
