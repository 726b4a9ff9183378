"""Kill -9 at the system calls of `import --delete`: never is a secret deleted that is not stored.

The file is the old one or the new one. The same command then finishes the work. KB_TEST_FULL=1 takes
every distinct point. And a file that changes between its reader and its rewriter stays as it is.
"""

import collections
import os
import signal

from halting import FRONT, HELPER, Halted, World, chosen, need_halting, points_of
from harness import NOT_FOUND, SandboxTest, figures, main, need_proc, wait_until
from token_server import CLIENT_ID, CLIENT_SECRET, TokenServer

READER, REWRITER = 3, 4  # which the helper starts, in this order
LEFT = b"# mine\r\nPORT=1\n"
FULL = LEFT + f"ACME_CLIENT_ID={CLIENT_ID}\nACME_CLIENT_SECRET='{CLIENT_SECRET}'\n".encode()


class ImportKillTest(SandboxTest):
    sample = 8

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        added = self.box.add_profile("other", self.server)
        self.assertEqual(0, added.status, added)
        self.file = self.box.path("work", ".env")
        with open(self.file, "wb") as file:
            file.write(FULL)
        self.world = World(self.box.work, self.box.config, self.box.data)
        self.words = ["import", ".env", "--delete", "--yes", "--same-address", "--store", "sealed-file",
                      "--token-url", self.server.token_url]

    def content(self):
        with open(self.file, "rb") as file:
            return file.read()

    def check(self, process):
        before = self.world.now()
        result, points = points_of(self.box, ["keybearer", *self.words])
        self.assertEqual(0, result.status, result)
        self.assertEqual(LEFT, self.content())
        self.assertEqual({FRONT, HELPER, READER, REWRITER}, {point.process for point in points})
        self.world.restore(before)
        count = collections.Counter()
        some = chosen([point for point in points if point.process in (FRONT, process)], self.sample, self.id())
        for point in [point for point in some if point.process == process]:
            with self.subTest(point=point):
                halted = Halted(self.box, ["keybearer", *self.words], point.process, point.call)
                if halted.wait_until_there():
                    halted.decide("k")
                halted.wait()
                seen = self.content()
                self.assertIn(seen, (FULL, LEFT))
                count["deleted" if seen == LEFT else "kept"] += 1
                if seen == LEFT:
                    self.assertOk(self.box.keybearer("refresh", "acme"))
                again = self.box.keybearer(*self.words)
                self.assertEqual(NOT_FOUND if seen == LEFT else 0, again.status, again)
                self.assertEqual(LEFT, self.content())
                self.assertOk(self.box.keybearer("refresh", "acme"))
                if again.status == 0:
                    self.assertEqual([".env"], os.listdir(self.box.work))
            self.world.restore(before)
        figures(points=len(points), **count)
        os.unlink(self.file)
        return count

    def test_killed_the_one_with_the_store(self):
        self.assertGreater(self.check(HELPER)["kept"], 0)

    def test_killed_the_rewriter(self):
        count = self.check(REWRITER)
        self.assertGreater(count["kept"], 0)
        self.assertGreater(count["deleted"], 0)

    @staticmethod
    def siblings(pid):
        with open(f"/proc/{pid}/stat") as file:
            parent = file.read().rsplit(")", 1)[1].split()[1]
        with open(f"/proc/{parent}/task/{parent}/children") as file:
            return file.read().split()

    def test_changed_between_reader_and_rewriter(self):
        """Of the same length: what stands where the secret stood is somebody else's."""
        need_proc(self)
        halted = Halted(self.box, ["keybearer", *self.words], REWRITER, 1)
        pid, _ = halted.wait_until_there()
        halted.decide("s")
        wait_until(lambda: self.siblings(pid) == [str(pid)], "the reader has read, and ended")
        other = FULL.replace(b"ACME_CLIENT_ID", b"ACME_CLIENT_NO")
        with open(self.file, "wb") as file:
            file.write(other)
        os.kill(pid, signal.SIGCONT)
        result = halted.wait()
        self.assertNotEqual(0, result.status)
        self.assertIn(b"Nothing was deleted", result.stdout)
        self.assertEqual(other, self.content())
        self.assertOk(self.box.keybearer("refresh", "acme"))
        os.unlink(self.file)


if __name__ == "__main__":
    need_halting()
    main()
