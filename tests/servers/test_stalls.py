"""A server that stalls, wherever it does, costs no more than the deadline."""

from harness import NETWORK, SERVER, TIMEOUT, UNDER_MEMCHECK, main
from hostile_server import (HostileServer, HostileTest, answer, drip, good_body, hold, sample,
                            stall_after, stopwatch)

SLACK = 20  # seconds: only a hang must not pass


class StallTest(HostileTest):
    timeout = 10 if UNDER_MEMCHECK else 4  # the helper's start counts
    clients = 24  # they wait, mostly

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(HostileServer())
        self.store(self.server)
        self.whole = answer(good_body(self.server.issued[0]), "X-Padding: " + "x" * 120)

    def check(self, behaviour, statuses=(TIMEOUT,)):
        path, config = self.place(self.server, behaviour)
        with stopwatch() as taken:
            said = self.ask(config)
        self.assertIn(said.status, statuses, said)
        self.assertFails(said, said.status, "127.0.0.1")
        self.assertLess(taken[0], self.timeout + SLACK)
        self.assertEqual(1, self.server.count(path))
        return path

    def check_next(self, path):
        """Its lock is free: the next one gets an answer."""
        self.server.play(path, self.whole)
        patient = self.configuration(self.server.origin + path, timeout=60)
        self.assertOk(self.ask(patient, "refresh", "work"))
        self.assertEqual(self.server.issued[0], self.assertOk(self.ask(patient)).text)

    def test_a_stall_after_every_byte(self):
        self.assertGreater(len(self.whole), 280)
        lengths = range(len(self.whole))
        self.all_at_once(lambda n: self.check(stall_after(self.whole[:n])), sample(lengths, 6))

    def test_an_end_after_every_byte(self):
        """Closed instead of stalled: an error at once."""
        lengths = range(len(self.whole))
        self.all_at_once(
            lambda n: self.check(self.whole[:n], (NETWORK, SERVER)), sample(lengths, 6))

    def test_stall_slow_loris(self):
        head, _, body = self.whole.partition(b"\r\n\r\n")
        chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"a" * 500
        pace = self.timeout / 10
        floods = {
            "a byte now and then": drip(self.whole, pace),
            "the body": lambda connection, _: (
                connection.sendall(head + b"\r\n\r\n"), drip(body, pace)(connection, None)),
            "chunk extensions": drip(chunked, pace),
            "interim replies": drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 50, pace / 2),
            "never a byte": lambda connection, _: hold(connection),
        }
        paths = []
        self.all_at_once(lambda name: paths.append(self.check(floods[name])), list(floods))
        self.all_at_once(self.check_next, paths)

    def test_stall_a_listener_that_never_reads(self):
        silent = self.enterContext(HostileServer(on_accept=hold))
        with stopwatch() as taken:
            refused = self.box.add_profile("silent", silent, "--timeout", "1")
        self.assertFails(refused, TIMEOUT, "127.0.0.1")
        self.assertLess(taken[0], 1 + SLACK)


if __name__ == "__main__":
    main()
