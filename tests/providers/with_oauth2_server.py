"""@node-oauth/oauth2-server. It takes the pair of Basic as it is, which RFC 6749 section 2.3.1 does not."""

from with_npm import NpmTest


class OAuth2ServerTest(NpmTest):
    name = package = "@node-oauth/oauth2-server"
    signs = "s+e/c=r&t%41"

    def check(self, method, **client):
        server = self.run_server("oauth2_server.mjs", self.client(method, **client))
        self.assertServed(server, self.add(server, method, "--scope", "read"))

    def test_client_secret_basic(self):
        self.check("client_secret_basic")

    def test_client_secret_basic_raw_with_signs(self):
        """Where nobody decodes it, it is another secret; an error's hint says what helps."""
        server = self.run_server("oauth2_server.mjs", self.client("client_secret_basic", client_secret=self.signs))
        refused = self.add(server, "client_secret_basic")
        self.assertRefused(server, refused, "client is invalid")
        self.assertIn(b"--client-auth client_secret_basic_raw", refused.stderr)
        self.assertServed(server, self.add(server, "client_secret_basic_raw"))

    def test_client_secret_post_with_signs(self):
        self.check("client_secret_post", client_secret=self.signs)

    def test_a_wrong_secret(self):
        server = self.run_server("oauth2_server.mjs", self.client("client_secret_post"))
        self.assertRefused(server, self.add(server, "client_secret_post", stdin=b"x\n"), "client is invalid")

    def test_private_key_jwt(self):
        self.skipTest("the server knows no assertions")
