"""KWallet as the Secret Service of a sandbox, with one wallet whose password is known."""

import contextlib
import hashlib
import os
import secrets
import subprocess

from harness import background, wait_until
from keyring import Keyring

PASSWORD = "wallet password"
WALLET = "kdewallet"

SETTINGS = f"""\
[Wallet]
Enabled=true
First Use=false
Default Wallet={WALLET}
Close When Idle=false
Leave Open=true
Prompt on Open=false

[org.freedesktop.secrets]
apiEnabled=true
"""


class Wallet:
    def __init__(self, box):
        self._box = box
        self._folder = os.path.join(box.data, "kwalletd")
        self._salt = secrets.token_bytes(56)

    def make(self):
        """The file of a new one is seen as a collection when the service starts anew."""
        os.makedirs(self._folder)
        with open(os.path.join(self._folder, f"{WALLET}.salt"), "wb") as file:
            file.write(self._salt)
        with open(os.path.join(self._box.config, "kwalletrc"), "w") as file:
            file.write(SETTINGS)
        with self.service():
            self._log_in()
            made = os.path.join(self._folder, f"{WALLET}.kwl")
            wait_until(lambda: os.path.exists(made), "kwalletd makes a wallet")

    def _call(self, method, *arguments):
        program = ["dbus-send", "--session", "--print-reply", "--dest=org.kde.kwalletd5",
                   "/modules/kwalletd5", f"org.kde.KWallet.{method}", f"string:{WALLET}", *arguments]
        env = self._box.environment()
        return subprocess.run(program, env=env, check=True, capture_output=True, text=True).stdout

    def _log_in(self):
        """As the login does it, which knows the password."""
        key = hashlib.pbkdf2_hmac("sha512", PASSWORD.encode(), self._salt, 50000, 56)
        self._call("pamOpen", f"array:byte:{','.join(map(str, key))}", "int32:0")
        wait_until(lambda: "true" in self._call("isOpen"), "the wallet opens")

    def lock(self):
        """Closed, and on the disk: a few seconds' changes are lost with a service that is killed."""
        self._call("close", "boolean:true")
        wait_until(lambda: "false" in self._call("isOpen"), "the wallet closes")

    @contextlib.contextmanager
    def service(self, opened=False):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with background(["kwalletd5"], env=self._box.environment(), **quiet) as process:
            wait_until(self._answers, "kwalletd answers")
            if opened:
                self._log_in()
            yield process

    def _answers(self):
        names = ["string:org.freedesktop.Secret.Service", "string:Collections"]
        asked = Keyring(self._box).call(
            "/org/freedesktop/secrets", "org.freedesktop.DBus.Properties.Get", *names)
        return asked.returncode == 0
