"""Whoever edits the configuration cannot send a stored secret elsewhere."""

from harness import main
from hostile_server import HostileServer, HostileTest


class EditedEndpointTest(HostileTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(HostileServer())
        self.trap = self.enterContext(HostileServer())
        self.store(self.server)
        self.box.keybearer("forget", "work")
        self.before = self.server.connections

    def assertBound(self, url, command):
        said = self.ask(self.configuration(url), *command)
        self.assertNotEqual(0, said.status, said)
        self.assertEqual(b"", said.stdout, said)
        self.assertIn(b"was stored for %s, not for" % self.server.origin.encode(), said.stderr, said)
        self.assertEqual((self.before, 0), (self.server.connections, self.trap.connections))

    def test_foreign_endpoint_another_origin(self):
        port = self.server.port
        for url in (
            self.trap.token_url, f"http://localhost:{port}/oauth/token",
            f"https://127.0.0.1:{port}/oauth/token", f"https://localhost:{self.trap.port}/",
            f"http://127.0.0.2:{port}/oauth/token", f"http://[::1]:{port}/oauth/token",
            "https://127.0.0.1/oauth/token", f"https://rest.zuora.com:{port}/oauth/token",
            f"https://evil.example/127.0.0.1:{port}",
        ):
            for command in (("token", "work"), ("refresh", "work"), ("header", "work")):
                with self.subTest(url=url, command=command[0]):
                    self.assertBound(url, command)

    def test_foreign_endpoint_urls_that_name_two_hosts(self):
        """Not even read as a configuration."""
        port = self.server.port
        for url in (
            f"http://127.0.0.1:{port}@127.0.0.1:{self.trap.port}/", f"http://127.0.0.1:{port}\\@x/",
            f"http://u:p@127.0.0.1:{port}/", f"http://127.0.0.1:{port}#@127.0.0.1:{self.trap.port}/",
            f"http://127.0.0.1%00.example:{port}/", f"http://127.0.0.1:{port}\r\nHost: x/",
        ):
            with self.subTest(url):
                said = self.ask(self.configuration(url))
                self.assertNotEqual(0, said.status, said)
                self.assertEqual(b"", said.stdout, said)
        self.assertEqual((self.before, 0), (self.server.connections, self.trap.connections))

    def test_foreign_endpoint_another_path_is_the_same_owner(self):
        self.server.play("/other?x=1", self.server.behaviour_of("/oauth/token"))
        said = self.ask(self.configuration(f"{self.server.origin}/other?x=1"))
        self.assertEqual(self.server.issued[0], self.assertOk(said).text)
        self.assertEqual(1, self.server.count("/other?x=1"))

    def test_foreign_endpoint_a_token_of_another_endpoint_is_not_handed_out(self):
        self.assertOk(self.box.keybearer("token", "work"))
        self.before = self.server.connections
        self.assertBound(self.trap.token_url, ("token", "work"))


if __name__ == "__main__":
    main()
