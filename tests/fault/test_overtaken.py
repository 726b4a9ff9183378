"""A command that another one overtakes at the worst moment: stopped there, and let go again."""

import os
import signal

from halting import HELPER, Halted, need_halting, points_of
from harness import SandboxTest, main
from token_server import TokenServer

LANDLOCK_RESTRICT_SELF = "446"  # from then on a helper reaches only what it named before
LOCK = ["keybearer", "lock"]


class OvertakenTest(SandboxTest):
    def test_a_cache_that_is_made_while_lock_begins(self):
        """
        For `lock`, whose confinement knows nothing of them, vault and cache are not there. It may
        still revoke the session key that was made meanwhile. The next one locks all.
        """
        server = self.enterContext(TokenServer())
        _, points = points_of(self.box, LOCK)
        confining = [point for point in points
                     if point.process == HELPER and point.name == LANDLOCK_RESTRICT_SELF]
        if not confining:
            self.skipTest("the kernel has no Landlock")
        halted = Halted(self.box, LOCK, HELPER, confining[0].call)
        pid, _ = halted.wait_until_there()
        halted.decide("s")
        self.assertFalse(os.path.exists(os.path.join(self.box.runtime, "keybearer")))
        self.assertEqual(0, self.box.add_profile("work", server).status)
        os.kill(pid, signal.SIGCONT)
        self.assertOk(halted.wait())
        self.assertOk(self.box.keybearer("token", "work"))
        asked = server.count
        self.assertOk(self.box.keybearer("token", "work"))
        self.assertEqual(asked, server.count)
        self.assertOk(self.box.keybearer(*LOCK[1:]))
        self.assertOk(self.box.keybearer("token", "work"))
        self.assertEqual(asked + 1, server.count)


if __name__ == "__main__":
    need_halting()
    main()
