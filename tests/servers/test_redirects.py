"""No redirect is followed, whichever it is and wherever it leads."""

import itertools
import os

from certificates import Authority
from harness import SERVER, main
from hostile_server import HostileServer, HostileTest, answer, sample, server_context

STATUSES = (301, 302, 303, 307, 308)


class RedirectTest(HostileTest):
    def check_all(self, server, targets):
        self.server = server
        self.all_at_once(self.check, sample(list(itertools.product(STATUSES, targets)), 1))

    def check(self, case):
        status, target = case
        moved = answer("", f"Location: {target}", status=f"{status} Moved")
        path, config = self.place(self.server, moved)
        said = self.ask(config)
        self.assertFails(said, SERVER, f"HTTP {status}", "redirect")
        self.assertEqual(1, self.server.count(path))

    def test_redirect_plain(self):
        server = self.enterContext(HostileServer())
        trap = self.enterContext(HostileServer())
        self.store(server)
        self.check_all(server, (
            trap.token_url, f"http://127.0.0.1:{trap.port}", f"//127.0.0.1:{trap.port}/",
            f"http://localhost:{trap.port}/", f"https://127.0.0.1:{trap.port}/",
            f"ldap://127.0.0.1:{trap.port}/", f"ftp://127.0.0.1:{trap.port}/",
            f"gopher://127.0.0.1:{trap.port}/", f"dict://127.0.0.1:{trap.port}/",
            f"http://a:b@127.0.0.1:{trap.port}/", "file:///etc/passwd", "/oauth/token", "", "\\\\x",
        ))
        self.assertEqual(0, trap.connections)
        self.assertEqual(1, server.count("/oauth/token"))  # by `add`

    def test_redirect_over_tls(self):
        place = self.box.path("authority")
        os.mkdir(place)
        authority = Authority(place)
        context = server_context(*authority.good())
        server = self.enterContext(HostileServer(context))
        trap = self.enterContext(HostileServer(context))
        plain = self.enterContext(HostileServer())
        self.store(server, "--ca-file", authority.ca_file)
        self.check_all(server, (trap.token_url, plain.token_url, "file:///etc/passwd"))
        self.assertEqual(0, trap.connections + plain.connections)


if __name__ == "__main__":
    main("openssl")
