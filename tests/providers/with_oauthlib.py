"""oauthlib."""

from with_debian import DebianTest


class OAuthlibTest(DebianTest):
    name = package = "oauthlib"

    def check(self, method):
        server = self.run_server("oauthlib_server.py", self.client(method, client_secret="s+e/c=r&t %41"))
        self.assertServed(server, self.add(server, method, "--scope", "read"))

    def test_client_secret_basic(self):
        self.check("client_secret_basic")

    def test_client_secret_post(self):
        self.check("client_secret_post")

    def test_a_wrong_secret(self):
        server = self.run_server("oauthlib_server.py", self.client("client_secret_post"))
        self.assertRefused(server, self.add(server, "client_secret_post", stdin=b"x\n"), "invalid_client")

    def test_a_wrong_scope(self):
        server = self.run_server("oauthlib_server.py", self.client("client_secret_post"))
        refused = self.add(server, "client_secret_post", "--scope", "write")
        self.assertNotEqual(0, refused.status)
        self.assertIn(b"invalid_scope", refused.stderr)

    def test_private_key_jwt(self):
        self.skipTest("its servers know no assertions")
