"""A link for pnpm, started as pnpm starts its tokenHelper, before a registry that wants its answer."""

import os
import re
import urllib.error
import urllib.request

from door import Door
from harness import BIN, NOT_FOUND, SandboxTest, USAGE, main
from pages import examples
from token_server import TokenServer, refused


class PnpmTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.door = self.enterContext(Door(self.server.accepts, {"/demo": b"{}"}))
        added = self.box.add_profile("work", self.server)
        self.assertEqual(0, added.status, added)

    def link(self, profile):
        path = self.box.path(f"keybearer-pnpm-{profile}")
        os.symlink(f"{BIN}/keybearer", path)
        return path

    def helper(self, setting):
        """
        What pnpm sends for this tokenHelper: it takes an absolute path, has a shell start it with
        a pipe for its input, trims the end, and wants a scheme before the token.
        """
        self.assertTrue(os.path.isabs(setting) and os.path.exists(setting.split()[0]))
        started = self.box.run_with_open_end(["/bin/sh", "-c", setting], b"somebody else's")
        value = started.stdout.decode().rstrip()
        self.assertEqual(started.status == 0, bool(re.match("[A-Za-z]+ ", value)), started)
        return started, value

    def fetch(self, value):
        request = urllib.request.Request(f"{self.door.origin}/demo",
                                         headers={"Authorization": value})
        try:
            with urllib.request.urlopen(request) as reply:
                return reply.status
        except urllib.error.HTTPError as error:
            return error.code

    def test_a_link_opens_the_registry(self):
        started, value = self.helper(self.link("work"))
        self.assertOk(started)
        self.assertEqual(f"Bearer {self.server.token}\n".encode(), started.stdout)
        self.assertEqual(200, self.fetch(value))

    def test_arguments_since_11(self):
        started, value = self.helper(f"{BIN}/keybearer pnpm work")
        self.assertOk(started)
        self.assertEqual(200, self.fetch(value))

    def test_the_lines_of_the_manual(self):
        """The link leads to our programs, not to those of an installation; npm is with_npm.NpmTest's."""
        link, old, new, _, _ = (text.replace("/usr/local/bin", BIN).replace("/home/me", self.box.home)
                                for text in examples("keybearer-pnpm.1"))
        self.assertOk(self.box.run(["sh", "-ec", link]))
        for text in (old, new):
            (setting,) = re.findall(r"^//npm\.example\.com/:tokenHelper=(.*)$", text, re.M)
            started, value = self.helper(setting)
            self.assertOk(started)
            self.assertEqual(200, self.fetch(value))

    def test_each_link_is_its_profiles(self):
        other = self.enterContext(TokenServer(client_id="another"))
        self.assertEqual(0, self.box.add_profile("other", other).status)
        for profile, server in (("work", self.server), ("other", other)):
            _, value = self.helper(self.link(profile))
            self.assertEqual(f"Bearer {server.token}", value)

    def test_help_names_what_a_link_chooses(self):
        page = self.assertOk(self.box.keybearer("help")).text
        for word in ("pnpm", "vault"):
            self.assertIn(f"  {word} ", page)
            explained = self.assertOk(self.box.keybearer("help", word)).text
            self.assertIn(f"keybearer-{word}(1)", explained)

    def test_failures(self):
        started, _ = self.helper(self.link("wrok"))
        self.assertFails(started, NOT_FOUND, 'no profile "wrok"')
        started, _ = self.helper(self.link("work") + " other")
        self.assertFails(started, USAGE, "takes one profile")
        self.box.keybearer("forget", "work")
        self.server.behave(lambda request: refused())
        started, _ = self.helper(self.box.path("keybearer-pnpm-work"))
        self.assertEqual(b"", started.stdout)
        self.assertIn(b"keybearer: error: ", started.stderr)


if __name__ == "__main__":
    main()
