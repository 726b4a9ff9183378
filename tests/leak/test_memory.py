"""L5: no process of ours ends with a secret in its memory, whatever it did."""

import secrets
import threading

from scanned import SCANNER, TOOLS, ScannedTest
import subprocess
import os

from certificates import Authority
from harness import main
from keyring import keyring
from token_server import Reply, refused


class SealedFileTest(ScannedTest):
    """The profile's client lies in the sealed file."""

    def setUp(self):
        super().setUp()
        self.server = self.serve()

    def add(self, *options, **run):
        self.scanner.forget()
        return self.box.add_profile("work", self.server, *options, **run)

    def cold(self):
        """A token request, however it ends."""
        self.box.keybearer("forget", "work")
        self.scanner.forget()
        return self.box.keybearer("token", "work")

    def test_l5_add_get(self):
        self.add()
        self.assertClean(keybearer=1, keybearer_helper=1)
        self.assertOk(self.cold())
        self.assertClean(keybearer=1, keybearer_fetch=1)
        self.assertOk(self.box.keybearer("token", "work"))
        self.assertClean(keybearer=1)


if __name__ == "__main__":
    main()
