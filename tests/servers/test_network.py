"""No network, no name, no listener, a connection that dies: a typed error, or the cache."""

import os
import socket
import struct
import subprocess

from harness import BIN, NETWORK, TIMEOUT, USAGE, find_program, main
from hostile_server import HostileServer, HostileTest, answer, good_body, stopwatch


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def after_hello(ending):
    def play(connection):
        connection.recv(65536)
        ending(connection)

    return play


def connect_reply(status):
    def play(connection):
        connection.recv(65536)
        connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
        connection.close()

    return play


def half_close(connection):
    connection.shutdown(socket.SHUT_WR)
    connection.recv(65536)
    connection.close()


class DeadNetworkTest(HostileTest):
    def assertNoAnswer(self, url, *statuses):
        server = HostileServer()
        self.enterContext(server)
        server.token_url = url
        with stopwatch() as taken:
            failed = self.box.add_profile("work", server, "--timeout", "5")
        self.assertIn(failed.status, statuses, failed)
        self.assertFails(failed, failed.status)
        self.assertLess(taken[0], 30)

    def test_no_network_nobody_listens(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        self.assertNoAnswer(f"https://127.0.0.1:{port}/token", NETWORK)

    def test_no_network_a_name_without_an_address(self):
        self.assertNoAnswer("https://no-such-host.invalid/token", NETWORK, TIMEOUT)

    def test_no_network_addresses_that_are_none(self):
        for host in ("256.1.1.1", "999999999999", "-", "a" * 64 + ".invalid", "xn--a.invalid"):
            with self.subTest(host):
                self.assertNoAnswer(f"https://{host}/token", USAGE, NETWORK, TIMEOUT)

    def test_no_network_at_all(self):
        probe = ["unshare", "-rn", "true"]
        if not find_program("unshare") or subprocess.run(probe, capture_output=True).returncode:
            self.skipTest("cannot make a network namespace")
        with HostileServer() as server:
            self.watch(server)
            server.token_url = "https://198.51.100.1/token"
            self.box.guard(server)
            options = ["--client-id", server.client_id, "--client-secret-stdin",
                       "--store", "sealed-file", "--timeout", "5"]
            failed = self.box.run(
                ["unshare", "-rn", os.path.join(BIN, "keybearer"), "add", "work",
                 "--token-url", server.token_url, *options],
                stdin=server.client_secret.encode() + b"\n")
        self.assertFails(failed, NETWORK, "198.51.100.1")

    def test_no_network_connections_that_die_in_the_handshake(self):
        for name, play, tries in (
            ("reset at once", reset, 3),
            ("reset in the handshake", after_hello(reset), 3),
            ("closed at once", lambda connection: connection.close(), 3),
            ("closed in the handshake", after_hello(lambda connection: connection.close()), 3),
            ("half closed", half_close, 3),
            ("an alert", after_hello(
                lambda connection: connection.sendall(b"\x15\x03\x03\x00\x02\x02\x28")), 1),
        ):
            with self.subTest(name), HostileServer(on_accept=play) as server:
                self.watch(server)
                failed = self.box.add_profile("work", server)
                self.assertFails(failed, NETWORK, "127.0.0.1")
                self.assertEqual(tries, server.connections)

    def test_no_network_a_proxy_that_refuses(self):
        """What it refuses for good is asked once: who counts wrong passwords locks accounts."""
        for status, tries, words in (
            ("407 Who", 1, "refuses the user name and password"),
            ("403 Never", 1, "refuses to connect"),
            ("503 Down", 3, "HTTP 503"),
        ):
            with self.subTest(status), HostileServer(on_accept=connect_reply(status)) as proxy:
                self.watch(proxy)
                self.box.env["https_proxy"] = f"http://me:hunter2@127.0.0.1:{proxy.port}"
                proxy.token_url = "https://sso.example.com/token"
                failed = self.box.add_profile("work", proxy)
                self.assertFails(failed, NETWORK, "sso.example.com", words)
                self.assertNotIn(b"hunter2", failed.stderr)
                self.assertEqual(tries, proxy.connections)

    def test_no_network_connections_that_die_behind_the_request(self):
        """The request may have arrived: it is not sent again."""
        server = self.enterContext(HostileServer())
        self.store(server)
        whole = answer(good_body(server.issued[0]))
        for name, play in (
            ("reset", lambda connection, _: reset(connection)),
            ("half closed", lambda connection, _: half_close(connection)),
            ("reset in the answer", lambda connection, _: (
                connection.sendall(whole[:100]), reset(connection))),
        ):
            with self.subTest(name):
                path, config = self.place(server, play)
                self.assertFails(self.ask(config), NETWORK, "127.0.0.1")
                self.assertEqual(1, server.count(path))

    def test_no_network_the_cache_needs_no_network(self):
        with HostileServer() as server:
            self.store(server)
            token = self.assertOk(self.box.keybearer("token", "work")).text
            asked = server.count()
            for play in (reset, half_close, lambda connection: None):
                server.on_accept = play
                self.assertEqual(token, self.assertOk(self.box.keybearer("token", "work")).text)
            self.assertEqual(asked, server.count())
            self.assertEqual(asked, server.connections)
        self.assertEqual(token, self.assertOk(self.box.keybearer("token", "work")).text)
        self.box.env["https_proxy"] = "http://127.0.0.1:1"
        self.assertEqual(token, self.assertOk(self.box.keybearer("token", "work")).text)

    def test_no_network_a_failed_renewal_keeps_the_token(self):
        with HostileServer() as server:
            self.store(server)
            token = self.assertOk(self.box.keybearer("token", "work")).text
        self.assertFails(self.box.keybearer("refresh", "work"), NETWORK)
        self.assertEqual(token, self.assertOk(self.box.keybearer("token", "work")).text)


if __name__ == "__main__":
    main()
