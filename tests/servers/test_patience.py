"""Every form of Retry-After, with 429 and 503: few requests, no long sleep, one memory."""

import time
from dataclasses import dataclass
from email.utils import formatdate

from harness import RATE_LIMITED, SERVER, main
from hostile_server import HostileServer, HostileTest, answer, sample, stopwatch

OWN_S = 15  # an endpoint that answers 429 without a time is left alone for that long
SHARED_S = 3  # a failure without a time is remembered for 5 s; programs take a part of it


def http_date(form, seconds):
    return time.strftime(form, time.gmtime(time.time() + seconds))


IMF, RFC850, ASCTIME = "%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"


@dataclass
class Case:
    name: str
    lines: list
    pause: int  # seconds the endpoint is left alone; 0: it did not say
    requests: int


def said(value, pause):
    lines = [f"Retry-After: {one}" for one in (value if isinstance(value, list) else [value])]
    return Case(f"Retry-After {value!r}", lines, pause, 1 if pause else 3)


def cases():
    wrong_day = http_date(IMF, 90)
    wrong_day = ("Sun" if wrong_day[:3] != "Sun" else "Mon") + wrong_day[3:]
    return [
        # Dates first: they age while the others have their turn.
        said(http_date(IMF, 90), 90), said(http_date(RFC850, 90), 90),
        said(http_date(ASCTIME, 90), 90), said(http_date(IMF, 100000), 300),
        said("120", 120), said("1", 1), said("300", 300), said("301", 300), said("86400", 300),
        said("9" * 30, 300), said("  60  ", 60), said("060", 60), said(["60", "60"], 60),
        said("0", 0), said(http_date(IMF, -90), 0), said("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        said("-1", 0), said("-120", 0), said("+120", 0), said("90.0", 90), said("90.01", 91), said("1.", 0),
        said("1e3", 0),
        said("0x10", 0), said("120 s", 0), said("120, 60", 0), said("soon", 0), said("", 0),
        said("\u00b2", 0), said(["60", "90"], 0), said(["60", "soon"], 0), said(wrong_day, 0),
        said("Mon, 30 Feb 2099 10:00:00 GMT", 0), said(http_date(IMF, 90).lower(), 0),
        said(http_date(IMF, 90)[:-3] + "EST", 0), said(http_date(IMF, 90) + " x", 0),
        Case("nothing", [], 0, 3), said(formatdate(time.time() + 90), 0), said("2099-01-01T00:00:00Z", 0),
    ]


class PatienceTest(HostileTest):
    """A pause belongs to an endpoint, so every case has a server."""

    timeout = 15
    clients = 8

    def setUp(self):
        super().setUp()
        # The vault: only one program can be the first.
        self.store(self.enterContext(HostileServer()))

    def check(self, case, status, verdict):
        server = HostileServer()
        with server:
            self.check_server(server, case, status, verdict)

    def check_server(self, server, case, status, verdict):
        name = f"p{server.port}"
        self.watch(server)
        added = self.box.add_profile(name, server, "--timeout", str(self.timeout))
        self.assertEqual(0, added.status, added)
        self.box.keybearer("forget", name)
        server.play("/oauth/token", answer("", *case.lines, status=status))
        with stopwatch() as taken:
            self.assertFails(self.box.keybearer("token", name), verdict, f"HTTP {status[:3]}")
            first = time.monotonic()
            if case.pause > 1:
                self.assert_pause(name, case.pause, status)
            again = self.box.keybearer("token", name)
        self.assertLess(taken[0], self.timeout + 20)
        if case.pause > 1 or time.monotonic() - first < SHARED_S and case.pause == 0:
            self.assertFails(again, verdict)
            self.assertEqual(1 + case.requests, server.count())

    def assert_pause(self, name, pause, status):
        shown = self.box.keybearer("status", "--json", name).json()["profiles"][0]
        self.assertLessEqual(shown["pause_s"], pause)
        self.assertGreater(shown["pause_s"], pause - 40)

    def test_retry_after_429(self):
        def check(case):
            if case.pause == 0:  # never repeated at once
                case.pause, case.requests = OWN_S, 1
            self.check(case, "429 x", RATE_LIMITED)

        self.all_at_once(check, sample(cases(), 1))

    def test_other_headers_429(self):
        unix = int(time.time()) + 90
        self.all_at_once(lambda case: self.check(case, "429 x", RATE_LIMITED), [
            Case(line, [line], pause, 1) for line, pause in (
                (f"X-RateLimit-Reset: {unix}", 90), (f"X-Rate-Limit-Reset: {unix}.5", 91),
                ("X-Rate-Limit-Reset: 90", 90), ('RateLimit: "a";r=9;t=9, "b";r=0;t=90', 90),
                ("RateLimit: limit=100, remaining=0, reset=90", 90),
                ('RateLimit: "default";r=0', 60), ("X-RateLimit-Remaining: 0", 60),
            )])

    def test_retry_after_503(self):
        self.all_at_once(lambda case: self.check(case, "503 x", SERVER), sample(cases(), 1))


if __name__ == "__main__":
    main()
