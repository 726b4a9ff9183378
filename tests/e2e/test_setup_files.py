"""Files of tools as they really are, and as somebody could make them: `setup` keeps every other byte."""

import json
import os
import re
import stat

from harness import CORRUPT, DENIED, USAGE, SandboxTest, capable, main
from token_server import TokenServer

REGISTRY = "r.example.com"
STEERS = "\x1b]0;owned\x07\x1b[2J"
CAP_DAC_OVERRIDE = 1

JSON = {
    "missing": None,
    "empty": b"",
    "blank": b"\n \n",
    "braces": b"{}",
    "docker's own": b'{\n\t"auths": {\n\t\t"https://index.docker.io/v1/": {}\n\t}\n}',
    "CRLF": b'{\r\n    "psFormat": "x",\r\n    "experimental": "enabled"\r\n}\r\n',
    "one line": b'{"auths":{},"credsStore":"","x":[{"y":null}]}',
    "unknown keys": b'{ "z" : {"deep":{"er":[1,2,{"a":"\\u00e9\\n"}]}} ,\n"HttpHeaders":{"A":"b"}}\n\n\n',
    "other helpers": b'{\n  "credHelpers": {\n    "a.example.com": "pass"\n  }\n}\n',
    "a megabyte": b'{\n  "auths": {' + b",".join(
        b'\n    "h%d.example.com": {"identitytoken": ""}' % i for i in range(22000)) + b"\n  }\n}\n",
}
LINES = {
    "missing": None,
    "empty": b"",
    "usual": b"# mine\nregistry=https://registry.npmjs.org/\n",
    "no line end": b"a=b\nc=d",
    "CRLF": b"; x\r\na=b\r\n",
    "CRLF, no line end": b"a=b\r\nc=d",
    "a megabyte": b"# a comment that repeats\n" * 42000,
    "one long line": b"x=" + b"y" * 1000000,
}


class FilesTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        added = self.box.add_profile("work", self.server, "--registry", REGISTRY,
                                     "--match", "https://npm.example.com", "--username", "robot")
        self.assertEqual(0, added.status, added)
        self.docker = os.path.join(self.box.home, ".docker", "config.json")
        self.npmrc = os.path.join(self.box.home, ".npmrc")

    def put(self, path, content):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if content is not None:
            with open(path, "wb") as file:
                file.write(content)

    def get(self, path):
        try:
            with open(path, "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None

    def tool(self, *words):
        return self.box.keybearer("setup", *words, "--yes")

    def refused(self, status, *words):
        """Nothing is changed, nothing printed raw, and the lines are told."""
        failed = self.tool(*words)
        self.assertEqual(status, failed.status, failed)
        self.assertIsNone(re.search(rb"[^\n\x20-\x7e]", failed.stdout + failed.stderr), failed)
        self.assertIn(b"To do it by hand", failed.stdout)
        return failed

    def sweep(self, tool, path, files):
        for what, content in files.items():
            with self.subTest(what):
                self.put(path, content)
                self.assertOk(self.tool(tool, "work"))
                made = self.get(path)
                self.assertNotEqual(content, made)
                self.assertOk(self.tool(tool, "work"))
                self.assertEqual(made, self.get(path))
                self.assertOk(self.tool(tool, "--undo"))
                self.assertEqual(content, self.get(path))
                if content is not None:
                    os.unlink(path)


class KeptTest(FilesTest):
    def test_json(self):
        self.sweep("docker", self.docker, JSON)

    def test_lines(self):
        self.sweep("pnpm", self.npmrc, LINES)

    def test_what_is_put_is_read_by_the_tool(self):
        for what, content in JSON.items():
            with self.subTest(what):
                self.put(self.docker, content)
                self.assertOk(self.tool("docker"))
                before = json.loads(content) if content and content.strip() else {}
                after = json.loads(self.get(self.docker))
                self.assertEqual("keybearer", after["credHelpers"].pop(REGISTRY))
                if not after["credHelpers"]:
                    del after["credHelpers"]
                self.assertEqual(before, after)
                self.assertOk(self.tool("docker", "--undo"))

    def test_a_link_of_dotfiles_stays(self):
        content = b'{\n\t"psFormat": "x"\n}\n'
        target = self.box.path("home", "dotfiles", "docker.json")
        self.put(target, content)
        os.makedirs(os.path.dirname(self.docker))
        os.symlink("../dotfiles/docker.json", self.docker)
        self.assertOk(self.tool("docker"))
        self.assertIn(REGISTRY.encode(), self.get(target))
        self.assertOk(self.tool("docker", "--undo"))
        self.assertEqual("../dotfiles/docker.json", os.readlink(self.docker))
        self.assertEqual(content, self.get(target))

    def test_modes_stay(self):
        for mode in (0o600, 0o644, 0o640, 0o700):
            self.put(self.docker, b"{}")
            os.chmod(self.docker, mode)
            self.assertOk(self.tool("docker"))
            self.assertEqual(mode, stat.S_IMODE(os.stat(self.docker).st_mode))
            self.assertOk(self.tool("docker", "--undo"))
            self.assertEqual(mode, stat.S_IMODE(os.stat(self.docker).st_mode))
            os.unlink(self.docker)
        self.assertOk(self.tool("docker"))
        self.assertEqual(0o600, stat.S_IMODE(os.stat(self.docker).st_mode))

    def test_blocks_of_two_profiles(self):
        added = self.box.add_profile("more", self.server, "--match", "https://more.example.com")
        self.assertEqual(0, added.status, added)
        for order in (("work", "more"), ("more", "work")):
            self.put(self.npmrc, b"a=b")
            for name in ("work", "more"):
                self.assertOk(self.tool("pnpm", name))
            for name in order:
                self.assertOk(self.tool("pnpm", name, "--undo"))
            self.assertEqual(b"a=b", self.get(self.npmrc))

    def test_lines_that_came_later_stay(self):
        self.put(self.npmrc, b"a=b")
        self.assertOk(self.tool("pnpm", "work"))
        with open(self.npmrc, "ab") as file:
            file.write(b"later=1\n")
        self.assertOk(self.tool("pnpm", "--undo"))
        self.assertEqual(b"a=b\nlater=1\n", self.get(self.npmrc))


class HostileTest(FilesTest):
    def test_no_json(self):
        for content in (b'{"auths": {', b"[1]", b'{"a": 1, "a": 2}', b"{} x", b"// mine\n{}", b"\xff\xfe{\0}\0",
                        b'{"credHelpers": []}', f'{{"a": "{STEERS}"}}'.encode(), STEERS.encode()):
            with self.subTest(content):
                self.put(self.docker, content)
                self.refused(CORRUPT, "docker")
                self.assertEqual(content, self.get(self.docker))

    def test_broken_blocks(self):
        for content in (b"# keybearer begin work\nx\n", b"a\0b\n"):
            self.put(self.npmrc, content)
            self.refused(CORRUPT, "pnpm", "work")
            self.assertEqual(content, self.get(self.npmrc))

    def test_ten_megabytes(self):
        for tool, path in (("docker", self.docker), ("pnpm", self.npmrc)):
            self.put(path, b"x" * (10 << 20))
            self.refused(CORRUPT, tool, "work")
            self.assertEqual(10 << 20, os.path.getsize(path))

    def test_no_regular_file(self):
        makers = (os.mkdir, os.mkfifo, lambda path: os.symlink("/dev/zero", path),
                  lambda path: os.symlink("/nowhere/at/all", path), lambda path: os.symlink(path, path))
        os.makedirs(os.path.dirname(self.docker))
        for make in makers:
            make(self.docker)
            before = os.lstat(self.docker)
            self.refused(DENIED, "docker")
            self.assertEqual(before, os.lstat(self.docker))
            os.rmdir(self.docker) if os.path.isdir(self.docker) else os.unlink(self.docker)

    def test_a_link_to_somebody_elses_file(self):
        if not capable(0):
            self.skipTest("only who has CAP_CHOWN gives files away")
        theirs = self.box.path("theirs.json")
        self.put(theirs, b"{}")
        os.makedirs(os.path.dirname(self.docker))
        os.symlink(theirs, self.docker)
        os.chown(theirs, 65533, 65533)
        self.refused(DENIED, "docker")
        self.assertEqual(b"{}", self.get(theirs))

    def test_a_folder_that_others_may_change(self):
        folder = os.path.dirname(self.docker)
        self.put(self.docker, b"{}")
        os.chmod(folder, 0o777)
        self.refused(DENIED, "docker")
        os.chmod(folder, 0o700)
        os.chmod(self.docker, 0o666)
        self.refused(DENIED, "docker")
        self.assertEqual(b"{}", self.get(self.docker))

    def test_two_names(self):
        self.put(self.docker, b"{}")
        os.link(self.docker, self.box.path("other"))
        self.refused(DENIED, "docker")
        self.assertEqual(b"{}", self.get(self.docker))

    def test_read_only(self):
        self.put(self.docker, b"{}")
        os.chmod(self.docker, 0o400)
        failed = self.refused(DENIED, "docker")
        self.assertIn(b"read-only", failed.stderr)
        self.assertIn(b'{ "credHelpers": { "r.example.com": "keybearer" } }', failed.stdout)
        os.chmod(self.docker, 0o600)
        if capable(CAP_DAC_OVERRIDE):
            return  # for whom no folder is read-only
        os.chmod(os.path.dirname(self.docker), 0o500)
        self.refused(DENIED, "docker")
        os.chmod(os.path.dirname(self.docker), 0o700)

    def test_a_link_is_in_the_way(self):
        link = os.path.join(self.box.home, ".local/bin/keybearer-pnpm-work")
        self.put(link, b"mine")
        self.refused(DENIED, "pnpm", "work")
        self.assertEqual(b"mine", self.get(link))

    def test_a_damaged_state(self):
        self.assertOk(self.tool("docker"))
        state = os.path.join(self.box.home, ".local/state/keybearer/setup.json")
        whole = json.loads(self.get(state))
        made = self.get(self.docker)
        for change in ({"how": "shell"}, {"place": []}, {"place": "x"}, {"file": "relative"}, {"tool": "rm"}):
            broken = json.loads(json.dumps(whole))
            broken["changes"][0].update(change)
            self.put(state, json.dumps(broken).encode())
            failed = self.tool("docker", "--undo")
            self.assertEqual(CORRUPT, failed.status, failed)
            self.assertEqual(made, self.get(self.docker))
        self.put(state, json.dumps(whole).encode())
        os.chmod(state, 0o644)
        failed = self.assertFails(self.tool("docker", "--undo"), DENIED)
        self.assertIn(f"chmod 600 {state}\n".encode(), failed.stderr)

    def test_codes_in_what_is_shown(self):
        """A profile's name and addresses cannot hold any; a tool's settings and its own words can."""
        tools = self.box.path("tools")
        os.mkdir(tools)
        with open(os.open(f"{tools}/kubectl", os.O_CREAT | os.O_WRONLY, 0o755), "w") as file:
            file.write("#!/bin/sh\nprintf '\\033[2Jowned\\n' >&2\n"
                       'case "$2" in view) exit 0 ;; *) exit 1 ;; esac\n')
        failed = self.box.keybearer("setup", "kubectl", "work", "--yes",
                                    env={"PATH": f"{tools}:{self.box.env['PATH']}"})
        self.assertEqual(1, failed.status, failed)
        self.assertIn(b"?[2Jowned", failed.stderr)
        self.assertIsNone(re.search(rb"[^\n\x20-\x7e]", failed.stdout + failed.stderr), failed)

    def test_a_tool_that_does_not_end_is_not_waited_for_by_its_output(self):
        """One that floods is cut off."""
        tools = self.box.path("tools")
        os.mkdir(tools)
        with open(os.open(f"{tools}/go", os.O_CREAT | os.O_WRONLY, 0o755), "w") as file:
            file.write("#!/bin/sh\nexec yes\n")
        failed = self.box.keybearer("setup", "go", "--yes", env={"PATH": f"{tools}:{self.box.env['PATH']}"})
        self.assertIn(b"answer is too long", failed.stderr)
        self.assertNotEqual(USAGE, failed.status)


if __name__ == "__main__":
    main()
