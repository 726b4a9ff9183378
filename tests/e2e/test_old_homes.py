"""Homes of older releases (tests/golden/homes), opened by these programs."""

import os
import shutil

from harness import DENIED, LOCKED, NETWORK, SandboxTest, main
from token_server import TokenServer

HOMES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../golden/homes")
THEN = "http://127.0.0.1:9"
NAMES = ("work", "billing")
PASSPHRASE = b"correct horse battery staple\n"


class OldHomeTest(SandboxTest):
    """Release 0.1.0: two clients that are named by their profiles, without a bond."""

    RELEASE = "0.1.0"

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.box.guard(self.server)

    def open(self, kind):
        """A copy of the home, as its owner had it."""
        source, home = os.path.join(HOMES, self.RELEASE, kind), self.box.env["HOME"]
        shutil.copytree(source, home, dirs_exist_ok=True)
        for folder, _, names in os.walk(home):
            os.chmod(folder, 0o700)
            for name in names:
                os.chmod(os.path.join(folder, name), 0o600)
        for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "KEYBEARER_CONFIG", "KEYBEARER_KEY_FILE"):
            self.box.env.pop(variable, None)
        if os.path.exists(f"{home}/machine.key"):
            self.box.env["KEYBEARER_KEY_FILE"] = f"{home}/machine.key"
        self.config = f"{home}/.config/keybearer/config.json"
        with open(self.config) as file:
            self.text = file.read()

    def keybearer(self, *words, **run):
        return self.box.keybearer(*words, **run)

    def write(self, text):
        with open(self.config, "w") as file:
            file.write(text)

    def opens(self):
        """As it was left: the client is read, and only then the server asked, which is not there any more."""
        listed = self.assertOk(self.keybearer("list")).text
        for name in NAMES:
            self.assertIn(name, listed)
            self.assertIn("not bound", self.assertOk(self.keybearer("status", name)).text)
            self.assertFails(self.keybearer("refresh", name), NETWORK, THEN.removeprefix("http://"))

    def is_adopted(self):
        """The provider has moved: its new address gets nothing before a person said so."""
        self.write(self.text.replace(THEN, self.server.origin))
        for name in NAMES:
            self.assertFails(self.keybearer("refresh", name), DENIED, f"was stored for {THEN}")
            self.assertEqual(0, self.server.connections)
        for name in NAMES:
            self.assertOk(self.keybearer("adopt", name, "--yes"))
            self.assertNotIn("not bound", self.assertOk(self.keybearer("status", name)).text)
        for name in NAMES:
            self.assertOk(self.keybearer("refresh", name))
        answer = self.keybearer("get", stdin=b'{"uri":"https://api.example.com/v1/accounts"}')
        self.assertIn(f"Bearer {self.server.token}", self.assertOk(answer).text)
        answer = self.box.run(["git-credential-keybearer", "get"], stdin=b"protocol=https\nhost=git.example.com\n\n")
        self.assertIn("username=robot", self.assertOk(answer).text)

    def test_with_a_key_file(self):
        self.open("key-file")
        self.opens()
        self.is_adopted()

    def test_with_a_passphrase(self):
        self.open("passphrase")
        self.assertFails(self.keybearer("refresh", "work"), LOCKED)
        self.assertOk(self.keybearer("unlock", "--passphrase-stdin", stdin=PASSPHRASE))
        self.opens()
        self.is_adopted()


if __name__ == "__main__":
    main()
