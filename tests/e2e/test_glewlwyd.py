"""A token from an OAuth server that this project did not write."""

import os

import glewlwyd
from harness import DENIED, SandboxTest, main


class GlewlwydTest(SandboxTest):
    leak_ignore = ("glewlwyd",)  # its own database

    def setUp(self):
        super().setUp()
        place = self.box.path("glewlwyd")
        os.mkdir(place)
        self.server = self.enterContext(glewlwyd.glewlwyd(place))

    def add(self, **run):
        return self.box.add_profile(
            "sso", self.server, "--client-auth", "client_secret_basic", "--scope", glewlwyd.SCOPE,
            **run,
        )

    def test_a_token_that_its_server_knows(self):
        self.assertEqual(0, (added := self.add()).status, added)
        token = self.assertOk(self.box.keybearer("token", "sso")).text
        self.server.issued.append(token)
        self.assertTrue(self.server.knows(token))
        self.assertEqual(token, self.box.keybearer("token", "sso").text)

    def test_a_wrong_secret(self):
        """Glewlwyd answers 403 with no body at all."""
        refused = self.add(stdin=b"not the secret\n")
        self.assertFails(refused, DENIED, "403")


if __name__ == "__main__":
    main("glewlwyd")
