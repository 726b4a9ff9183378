"""An archive's programs: unpacked anywhere, moved, and in the reach of others.

The front is the one under test, but for where it looks for its helpers; those are the installed ones.
"""

import os
import re
import string
import shutil

from harness import BIN, DENIED, SYSTEM, SandboxTest, main, tool
from token_server import TokenServer

OTHER_UID = 64331  # nobody's
HELPERS = ("keybearer-helper", "keybearer-fetch")
FRAME_H = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../lib/core/include/core/frame.h")


DIGITS = string.digits + string.ascii_uppercase  # a version is one of them


def frame_version():
    with open(FRAME_H) as header:
        return int(re.search(r"KB_FRAME_VERSION (\d+)", header.read())[1])


class RelocatableTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.box.guard(self.server)
        self.unpack(self.box.path("unpacked"))

    def unpack(self, top):
        """As tar leaves an archive that a person unpacks."""
        self.top, self.libexec = top, f"{top}/libexec/keybearer"
        os.makedirs(f"{top}/bin")
        os.makedirs(self.libexec)
        shutil.copy(tool("relocatable_front"), f"{top}/bin/keybearer")
        os.symlink("keybearer", f"{top}/bin/git-credential-keybearer")
        for name in HELPERS:
            shutil.copy(os.path.join(BIN, "../libexec/keybearer", name), f"{self.libexec}/{name}")
        for folder, _, names in os.walk(top):
            for path in (folder, *(os.path.join(folder, name) for name in names)):
                os.chmod(path, 0o755)

    def keybearer(self, *words, **run):
        return self.box.run([f"{self.top}/bin/keybearer", *words], **run)

    def add(self):
        return self.keybearer("add", "work", "--token-url", self.server.token_url, "--match", "https://git.example.com",
                              "--client-id", self.server.client_id, "--client-secret-stdin",
                              "--store", "sealed-file", stdin=(self.server.client_secret + "\n").encode())

    def assertHinted(self, result, status, error, hint):
        self.assertIn(hint, self.assertFails(result, status, *error).stderr.decode().splitlines()[1])

    def plant(self, name, text):
        """Another program in a helper's place, which says when it is run."""
        self.marker = self.box.path("was-run")
        os.unlink(f"{self.libexec}/{name}")  # the last one that ran may not have ended
        with open(f"{self.libexec}/{name}", "w") as file:
            file.write(f"#!/bin/sh\n: >{self.marker}\n{text}\n")
        os.chmod(f"{self.libexec}/{name}", 0o755)


class PlaceTest(RelocatableTest):
    def test_it_works_and_can_be_moved(self):
        self.assertOk(self.add())
        self.assertOk(self.keybearer("refresh", "work"))
        moved = self.box.path("moved")
        os.rename(self.top, moved)
        self.top = moved
        self.assertOk(self.keybearer("refresh", "work"))
        self.assertOk(self.keybearer("run", "--env", "ID={id}", "work", "--", "true"))

    def test_a_link_may_lead_to_the_front(self):
        self.assertOk(self.add())
        self.assertOk(self.keybearer("forget", "work"))
        link = self.box.path("git-credential-keybearer")
        os.symlink(f"{self.top}/bin/git-credential-keybearer", link)
        answer = self.box.run([link, "get"], stdin=b"protocol=https\nhost=git.example.com\n\n")
        self.assertIn(f"password={self.server.token}", self.assertOk(answer).text)

    def test_nothing_is_beside_it(self):
        os.rename(self.libexec, self.box.path("elsewhere"))
        self.assertHinted(self.add(), SYSTEM, ["cannot start"], "bin and libexec belong together")


class ReachTest(RelocatableTest):
    """Whoever could have changed a helper gets nothing out of it."""

    def setUp(self):
        super().setUp()
        self.assertOk(self.add())
        self.plant("keybearer-fetch", "exit 1")
        self.plant("keybearer-helper", "exit 1")

    def assertRefused(self, error, hint=""):
        for call in (("refresh", "work"), ("run", "--env", "ID={id}", "work", "--", "true"), ("lock",)):
            self.assertHinted(self.keybearer(*call), DENIED, [error], hint)
        self.assertFalse(os.path.exists(self.marker))

    def test_the_planted_one_would_be_run(self):
        self.keybearer("refresh", "work")
        self.assertTrue(os.path.exists(self.marker))

    def test_others_may_write_to_it(self):
        for name in HELPERS:
            os.chmod(f"{self.libexec}/{name}", 0o757)
        self.assertRefused("others may write to", "chmod go-w")

    def test_others_may_write_to_a_folder(self):
        for folder in (self.libexec, f"{self.top}/libexec", self.top):
            with self.subTest(folder):
                os.chmod(folder, 0o777)
                self.assertRefused("others could replace", f"chmod go-w {folder}")
                os.chmod(folder, 0o755)

    def test_another_user_has_it(self):
        if os.geteuid() != 0:
            self.skipTest("only root gives files away")
        for name in HELPERS:
            os.chown(f"{self.libexec}/{name}", OTHER_UID, -1)
        self.assertRefused(f"belongs to uid {OTHER_UID}")

    def test_another_user_has_a_folder(self):
        if os.geteuid() != 0:
            self.skipTest("only root gives files away")
        os.chown(f"{self.top}/libexec", OTHER_UID, -1)
        self.assertRefused(f"belongs to uid {OTHER_UID}")

    def test_a_link(self):
        for name in HELPERS:
            os.rename(f"{self.libexec}/{name}", self.box.path(name))
            os.symlink(self.box.path(name), f"{self.libexec}/{name}")
        self.assertRefused("a link leads from", "unpack the archive")


class MixedVersionsTest(RelocatableTest):
    """A front of one release beside helpers of another, as when only one was replaced."""

    def test_both_are_named(self):
        ours = frame_version()
        self.assertOk(self.add())
        for theirs in (ours - 1, ours + 1):
            for name in HELPERS:
                self.plant(name, f"printf 'KBF{DIGITS[theirs]}and what only it knows' >&3")
            for call in (("refresh", "work"), ("lock",)):
                self.assertHinted(self.keybearer(*call), SYSTEM,
                                  [f"expects version {ours}", f"gave version {theirs}"],
                                  "install keybearer again, all of its programs")


if __name__ == "__main__":
    main()
