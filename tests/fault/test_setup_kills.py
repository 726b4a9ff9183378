"""Kill -9 at the system calls of `setup` and of its undoing: a tool's file is the old one or the new one.

The same command then finishes the work, `--undo` gives the old bytes back, and nothing is left lying
about. KB_TEST_FULL=1 takes every distinct point.
"""

import collections
import json
import os

from halting import FRONT, Halted, World, chosen, need_halting, points_of
from harness import SandboxTest, figures, main
from token_server import TokenServer

JSON = b'{\n\t"psFormat": "x",\n\t"credHelpers": {\n\t\t"a.example.com": "pass"\n\t}\n}'
LINES = b"a=b\r\nc=d"


class SetupKillTest(SandboxTest):
    sample = 10

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        added = self.box.add_profile("work", self.server, "--registry", "r.example.com",
                                     "--match", "https://npm.example.com", "--username", "robot")
        self.assertEqual(0, added.status, added)
        self.world = World(self.box.home, without=(self.box.config, self.box.data))

    def put(self, name, content):
        path = os.path.join(self.box.home, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def files(self):
        """What a tool reads, and the links; not our state."""
        links = {os.path.join(folder, name): os.readlink(os.path.join(folder, name))
                 for folder, _, names in os.walk(self.box.home) for name in names
                 if os.path.islink(os.path.join(folder, name))}
        files = {path: content for path, content in self.world.now().items()
                 if "/.local/state" not in path and content[1] is not None}
        return {**files, **links}

    def remove_links(self):
        for path, content in self.files().items():
            if isinstance(content, str):
                os.unlink(path)

    def restore(self, before, files):
        self.remove_links()
        self.world.restore(before)
        for path, content in files.items():
            if isinstance(content, str):
                os.symlink(content, path)

    def without_rubbish(self, files):
        return {path: content for path, content in files.items() if ".kb-tmp-" not in path}

    def sweep(self, words, undo, states, undone_to=None):
        """
        WORDS are killed; each of the STATES that are then there is one that a person may see. Undone
        it is as it was before, or UNDONE_TO.
        """
        argv = ["keybearer", "setup", *words, "--yes"]
        before = self.world.now()
        old = self.files()
        result, points = points_of(self.box, argv)
        self.assertEqual(0, result.status, result)
        new = self.files()
        self.assertNotEqual(old, new)
        self.restore(before, old)
        count = collections.Counter()
        for point in chosen([point for point in points if point.process == FRONT], self.sample, self.id()):
            with self.subTest(point=point):
                halted = Halted(self.box, argv, point.process, point.call)
                there = halted.wait_until_there()
                if there:
                    halted.decide("k")
                halted.wait()
                seen = self.without_rubbish(self.files())
                self.assertIn(seen, (old, new, *states))
                count["old" if seen == old else "new" if seen == new else "between"] += 1
                again = self.box.keybearer("setup", *words, "--yes")
                self.assertEqual(0, again.status, again)
                self.assertEqual(new, self.files())
                undone = self.box.keybearer("setup", *undo, "--yes")
                self.assertEqual(0, undone.status, undone)
                self.assertNotIn(".kb-tmp-", " ".join([*self.world.now(), *self.files()]))
                if "--undo" not in words:
                    self.assertEqual(undone_to or old, self.files())
            self.restore(before, old)
        figures(points=len(points), **count)
        self.assertGreater(count["old"], 0)
        self.assertGreater(count["new"], 0)

    def test_killed_a_member(self):
        self.put(".docker/config.json", JSON)
        self.sweep(("docker",), ("docker", "--undo"), ())

    def test_killed_a_file_that_was_not_there(self):
        self.sweep(("docker",), ("docker", "--undo"), ())

    def test_killed_a_link_and_a_block(self):
        path = self.put(".npmrc", LINES)
        made = os.path.join(self.box.home, ".local/bin/keybearer-pnpm-work")
        self.assertEqual(0, self.box.keybearer("setup", "pnpm", "work", "--yes").status)
        between = {**self.files()}
        self.assertEqual(0, self.box.keybearer("setup", "pnpm", "--undo", "--yes").status)
        between[path] = self.files()[path]
        self.assertIn(made, between)
        self.sweep(("pnpm", "work"), ("pnpm", "--undo"), (between,))

    def test_killed_replacing_what_was_ours(self):
        """The name of the file's profile is the old one or the new one, and either is ours to undo."""
        self.put(".claude/settings.json", JSON)
        untouched = self.files()
        added = self.box.add_profile("other", self.server, "--match", "https://other.example.com")
        self.assertEqual(0, added.status, added)
        self.assertEqual(0, self.box.keybearer("setup", "claude", "other", "--yes").status)
        self.sweep(("claude", "work"), ("claude", "--undo"), (), untouched)

    def test_killed_replacing_a_link(self):
        """Whoever starts it meanwhile finds keybearer, at its old place or at its new one."""
        self.put(".npmrc", LINES)
        untouched = self.files()
        self.assertEqual(0, self.box.keybearer("setup", "pnpm", "work", "--yes").status)
        self.lead_links_to("/old/keybearer")
        self.sample = 100  # the turns of this are few, and one of them matters
        self.sweep(("pnpm", "work"), ("pnpm", "--undo"), (), untouched)

    def lead_links_to(self, target):
        """As if setup had been run when keybearer was there."""
        state = os.path.join(self.box.home, ".local/state/keybearer/setup.json")
        with open(state) as file:
            noted = json.load(file)
        for change in noted["changes"]:
            if change["how"] == "link":
                change["after"] = target
                os.unlink(change["file"])
                os.symlink(target, change["file"])
        with open(state, "w") as file:
            json.dump(noted, file)

    def test_killed_undoing(self):
        self.put(".docker/config.json", JSON)
        self.assertEqual(0, self.box.keybearer("setup", "docker", "--yes").status)
        self.sweep(("docker", "--undo"), ("docker",), ())


if __name__ == "__main__":
    need_halting()
    main()
