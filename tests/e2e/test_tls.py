"""Certificates: the right one works, every other stops before a byte of the secret."""

import os

from certificates import Authority
from harness import NETWORK, SERVER, SandboxTest, main
from token_server import Reply, TokenServer


class TlsTest(SandboxTest):
    def setUp(self):
        super().setUp()
        place = self.box.path("authority")
        os.mkdir(place)
        self.authority = Authority(place)

    def add(self, certificate, *options):
        self.server = self.enterContext(TokenServer(certificate=certificate))
        return self.box.add_profile("work", self.server, *options)

    def assertRefused(self, added):
        """A server that was refused once is not looked at again."""
        self.assertFails(added, NETWORK, "127.0.0.1")
        self.assertEqual(0, self.server.count)
        self.assertEqual(1, self.server.connections)
        self.assertEqual([], self.box.keybearer("list", "--json").json()["profiles"])

    def test_an_authority_of_ones_own(self):
        added = self.add(self.authority.good(), "--ca-file", self.authority.ca_file)
        self.assertEqual(0, added.status, added)
        self.assertOk(self.box.keybearer("token", "work"))

    def test_an_unknown_authority(self):
        refused = self.add(self.authority.good())
        self.assertRefused(refused)
        self.assertIn(b"organisation's own: keybearer add work --store ", refused.stderr)
        self.assertIn(b" --ca-file FILE --client-id ID ", refused.stderr)

    def test_a_self_signed_certificate(self):
        self.assertRefused(self.add(self.authority.self_signed()))

    def test_a_certificate_for_another_name(self):
        self.assertRefused(
            self.add(self.authority.wrong_name(), "--ca-file", self.authority.ca_file)
        )

    def test_an_expired_certificate(self):
        self.assertRefused(self.add(self.authority.expired(), "--ca-file", self.authority.ca_file))

    def test_the_environment_adds_no_authority(self):
        self.box.env["SSL_CERT_FILE"] = self.box.env["CURL_CA_BUNDLE"] = self.authority.ca_file
        self.assertRefused(self.add(self.authority.good()))

    def test_the_environment_gets_no_session_keys(self):
        keys = self.box.path("session-keys")
        self.box.env["SSLKEYLOGFILE"] = keys
        added = self.add(self.authority.good(), "--ca-file", self.authority.ca_file)
        self.assertEqual(0, added.status, added)
        self.assertFalse(os.path.exists(keys))

    def test_redirects_are_not_followed(self):
        """Not even to a server whose certificate is good."""
        trap = self.enterContext(TokenServer(certificate=self.authority.good()))
        added = self.add(self.authority.good(), "--ca-file", self.authority.ca_file)
        self.assertEqual(0, added.status, added)
        for status in (301, 302, 303, 307, 308):
            with self.subTest(status):
                self.server.script(Reply(status, headers={"Location": trap.token_url}))
                self.assertFails(self.box.keybearer("refresh", "work"), SERVER, str(status))
        self.assertEqual(0, trap.connections)

    def test_plain_http_where_tls_was_promised(self):
        self.server = self.enterContext(TokenServer())
        self.server.token_url = self.server.token_url.replace("http:", "https:")
        refused = self.box.add_profile("work", self.server)
        self.assertRefused(refused)
        host = self.server.token_url.split("/")[2]
        self.assertIn(f"{host}: the server does not speak TLS on that port\n".encode(), refused.stderr)
        self.assertIn(f"hint: use http://{host}, ".encode(), refused.stderr)


if __name__ == "__main__":
    main("openssl")
