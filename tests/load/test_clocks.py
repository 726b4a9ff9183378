"""The clock is set, the machine sleeps, or it is another boot: no token is handed out past
its real end, a jump costs one request at most, and nobody waits for a time that does not come.
"""

import os
import subprocess
import threading
import time

import clocks
from clocks import set_clocks
from harness import BIN, TIMEOUT, SandboxTest, main, need_keyrings, skip
from token_server import Reply, TokenServer, refused

KEYBEARER = os.path.join(BIN, "keybearer")
LIFE = 3600
HOUR, YEAR = 3600, 365 * 86400
DAYS = 10 * 86400
STEPS = (HOUR, -HOUR, 10 * YEAR, -10 * YEAR)


class ClockTest(SandboxTest):
    def setUp(self):
        super().setUp()
        need_keyrings(self)
        set_clocks()
        self.addCleanup(set_clocks)
        self.server = self.enterContext(TokenServer(lifetime=LIFE))
        added = self.box.add_profile("work", self.server, "--match", "https://api.example.com")
        self.assertEqual(0, added.status, added)
        self.assertEqual("strong", self.box.keybearer("status", "--json").json()["cache"]["protection"])

    def token(self, prefix=()):
        return self.assertOk(self.box.run([*prefix, KEYBEARER, "token", "work"])).text

    def asks(self, gets=3, prefix=()):
        """How many requests it takes to be answered GETS times, always with the newest token."""
        before = self.server.count
        for _ in range(gets):
            self.assertEqual(self.token(prefix), self.server.token)
        return self.server.count - before

    def test_clock_the_clocks_are_shifted(self):
        """In the front and in a helper: else all below would hold anyway."""
        year = time.gmtime().tm_year
        set_clocks(wall=10 * YEAR)
        shown = self.assertOk(self.box.keybearer("get", stdin=b'{"uri":"https://api.example.com"}'))
        self.assertGreaterEqual(int(shown.json()["expires"][:4]), year + 9)
        self.assertEqual(2, self.server.count)
        self.assertEqual(0, self.asks())

    def test_clock_a_step_of_the_wall_clock(self):
        for step in STEPS:
            with self.subTest(step):
                set_clocks()
                self.box.keybearer("refresh", "work")
                set_clocks(wall=step)
                self.assertEqual(1 if step > 0 else 0, self.asks())
                set_clocks()
                self.assertLessEqual(self.asks(), 1)

    def test_clock_a_step_does_not_lengthen_a_life(self):
        """Real time goes by as well, on the clock that nobody can set."""
        for step in (0, *STEPS):
            for age, usable in ((LIFE - 400, True), (LIFE - 30, False), (LIFE + 1, False)):
                with self.subTest(step=step, age=age):
                    set_clocks()
                    self.box.keybearer("refresh", "work")
                    set_clocks(wall=age + step, boot=age)
                    self.assertEqual(0 if usable and step <= 0 else 1, self.asks())

    def test_clock_a_token_fetched_under_a_wrong_clock(self):
        """Its end counts from then, whatever the clock is set to afterwards."""
        for step in STEPS:
            with self.subTest(step):
                set_clocks(wall=step)
                self.box.keybearer("refresh", "work")
                old = self.server.token
                set_clocks(wall=0, boot=LIFE)  # the clock was set right, and time went by
                self.assertEqual(1, self.asks())
                self.assertNotEqual(old, self.server.token)

    def test_clock_the_machine_sleeps(self):
        set_clocks(boot=DAYS)
        self.assertEqual(1, self.asks())
        set_clocks(wall=DAYS, boot=2 * DAYS)
        self.assertEqual(1, self.asks())

    def test_clock_another_boot(self):
        """A record of a boot that was longer than this one: even if it survived."""
        set_clocks(boot=DAYS)
        self.box.keybearer("refresh", "work")
        set_clocks()
        self.assertEqual(1, self.asks())
        set_clocks(wall=-DAYS)
        self.assertEqual(0, self.asks())

    def test_clock_a_time_namespace(self):
        """The kernel's own: inside, more time has passed since boot."""
        inside = ["unshare", "--time", "--boottime", str(DAYS)]
        if subprocess.run([*inside, "true"], capture_output=True).returncode:
            self.skipTest("no time namespace can be made here")
        self.assertEqual(1, self.asks(prefix=inside))
        self.assertEqual(1, self.asks())
        self.assertEqual(0, self.asks())

    def test_clock_another_boot_id(self):
        """Nobody reads it: no record outlives the boot, nor does its key."""
        path = self.box.path("boot_id")
        with open(path, "w") as file:
            file.write("00000000-0000-0000-0000-000000000000\n")
        script = 'mount --bind "$1" /proc/sys/kernel/random/boot_id && shift && exec "$@"'
        inside = ["unshare", "--mount", "sh", "-c", script, "sh", path]
        if self.box.run([*inside, "true"]).status:
            self.skipTest("the boot id cannot be covered here")
        self.assertEqual(0, self.asks(prefix=inside))

    def test_clock_a_pause_ends_though_the_clock_is_set(self):
        """30 s after a refusal, on the clock that nobody can set."""
        for step in STEPS:
            with self.subTest(step):
                set_clocks()
                self.box.keybearer("refresh", "work")
                self.box.keybearer("forget", "work")
                self.server.script(refused())
                before = self.server.count
                self.assertNotEqual(0, self.box.keybearer("token", "work").status)
                set_clocks(wall=step)
                self.assertNotEqual(0, self.box.keybearer("token", "work").status)
                self.assertEqual(before + 1, self.server.count)
                set_clocks(wall=step, boot=31)
                self.assertEqual(1, self.asks())

    def test_clock_a_step_while_the_server_is_asked(self):
        """Whoever waits is answered, by one request and perhaps a second one."""
        for step in STEPS:
            with self.subTest(step):
                set_clocks()
                self.box.keybearer("forget", "work")
                arrived, jumped = threading.Event(), threading.Event()

                def answer(request):
                    arrived.set()
                    jumped.wait(60)

                self.server.behave(answer)
                before = self.server.count
                running = self.box.start_many(5, ["keybearer", "token", "work"])
                self.assertTrue(arrived.wait(60))
                set_clocks(wall=step)
                jumped.set()
                answers = {self.assertOk(one.wait()).text for one in running}
                self.server.behave(None)
                self.assertLessEqual(answers, set(self.server.issued[-2:]))
                self.assertLessEqual(self.server.count - before, 2)

    def test_clock_sleep_while_the_server_is_asked(self):
        """The deadline has passed when the machine wakes up: an error or the token, at once."""
        arrived, never = threading.Event(), threading.Event()
        self.addCleanup(never.set)

        def answer(request):
            arrived.set()
            never.wait(60)

        self.server.behave(answer)
        self.box.keybearer("forget", "work")
        running = self.box.start(["keybearer", "token", "work"])
        self.assertTrue(arrived.wait(60))
        set_clocks(boot=HOUR)
        asleep = running.wait()
        self.assertIn(asleep.status, (0, TIMEOUT), asleep)

    def test_clock_a_slow_reply_does_not_lengthen_a_life(self):
        """The token was made 20 s before it came, which are gone; its margin is 30 s."""

        def answer(request):
            reply = self.server.issue()
            set_clocks(wall=20, boot=20)
            return Reply(200, {**reply.body, "expires_in": 300})

        self.server.behave(answer)
        self.box.keybearer("forget", "work")
        self.token()
        self.server.behave(None)
        set_clocks(wall=275, boot=275)
        self.assertEqual(1, self.asks())


if __name__ == "__main__":
    if why := clocks.enter():
        skip(why)
    main()
