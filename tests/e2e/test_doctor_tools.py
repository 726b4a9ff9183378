"""`doctor` about tools: to whom each is connected, who else it asks, and the command that mends it."""

import json
import os

from harness import BIN, SandboxTest, find_program, main
from token_server import TokenServer

TOOLS = ("git", "docker", "podman", "cargo", "go", "kubectl", "bazel", "terraform", "pnpm", "pip", "curl", "claude")


class ToolsTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.place = self.box._directory("tools")
        self.started = self.box.path("started")
        self.box.env["PATH"] = f"{self.place}:{BIN}"
        for name in ("GOAUTH", "GOENV"):
            self.box.env.pop(name, None)

    def install(self, *names):
        """Programs that leave a trace if anybody starts them."""
        for name in names:
            path = os.path.join(self.place, name)
            with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o755), "w") as file:
                file.write(f'#!/bin/sh\necho "$0" >> {self.started}\n')

    def write(self, name, text):
        path = os.path.join(self.box.home, name)
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        return path

    def add(self, name, *options):
        added = self.box.add_profile(name, self.server, *options)
        self.assertEqual(0, added.status, added)

    def add_git(self, name="forge", host="git.example.com"):
        self.add(name, "--match", f"https://{host}", "--username", "robot")

    def findings(self, **run):
        """word -> (level, text, hint) of each tool; nothing was started for it."""
        answer = self.box.keybearer("doctor", "--json", **run)
        self.assertEqual(b"", answer.stderr)
        self.assertFalse(os.path.exists(self.started), "a tool was started")
        return {check["check"][len("tool "):]: (check["level"], check["text"], check.get("hint"))
                for check in answer.json()["checks"] if check["check"].startswith("tool ")}

    def state(self, *changes):
        """As `setup` notes them."""
        path = os.path.join(self.box.home, ".local/state/keybearer/setup.json")
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        whole = {"version": 1, "changes": [
            {"file": "", "made": 0, "joined": False, "created": False, "folders": 0, **change}
            for change in changes]}
        with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
            json.dump(whole, file)


class TableTest(ToolsTest):
    def test_nothing_is_said_without_tools(self):
        self.add_git()
        self.assertEqual({}, self.findings())

    def test_nothing_is_proposed_without_profiles(self):
        self.install(*TOOLS)
        self.assertEqual({}, self.findings())

    def test_every_tool_that_is_here(self):
        """Each is in the table once, none is started, and each cure is a command of ours."""
        self.install(*TOOLS)
        self.add_git()
        found = self.findings()
        self.assertEqual(set(TOOLS) | {"mcp"}, set(found))
        self.assertEqual(("note", "not connected to forge", "keybearer setup git forge"), found["git"])
        self.assertEqual(("note", "connected to no profile", "keybearer setup kubectl forge"), found["kubectl"])
        self.assertEqual(("note", "not connected", "keybearer setup cargo"), found["cargo"])
        self.assertEqual(("ok", "no profile has an address for it", None), found["docker"])
        self.assertEqual(("ok", "connected by hand; no file shows it", "keybearer setup curl PROFILE"),
                         found["curl"])
        for level, _, hint in found.values():
            self.assertTrue(level == "ok" or hint.startswith("keybearer setup "), hint)

    def test_a_choice_of_profiles_is_the_persons(self):
        self.install("git", "kubectl")
        self.add_git("forge")
        self.add_git("home", "home.example.com")
        found = self.findings()
        self.assertEqual(("note", "not connected to forge, home", "keybearer setup git"), found["git"])
        self.assertEqual("keybearer setup kubectl PROFILE", found["kubectl"][2])

    def test_many_names(self):
        """Some of them, and how many more there are."""
        self.install("git")
        self.add_git()
        with open(self.box.config_file, "w") as file:
            json.dump({"profiles": {f"profile-{n}": {
                "token_url": self.server.origin, "store": "sealed-file", "match": f"https://h{n}.example.com",
                "username": "me"} for n in range(40)}}, file)
        os.chmod(self.box.config_file, 0o600)
        _, text, hint = self.findings()["git"]
        self.assertLess(len(text), 250)
        self.assertRegex(text, r" and 2\d more$")
        self.assertEqual("keybearer setup git", hint)

    def test_on_a_terminal(self):
        """80 columns; what is true of several tools is said once."""
        self.install(*TOOLS)
        self.add_git()
        page = self.box.run_on_tty([f"{BIN}/keybearer", "doctor"]).stdout.decode().replace("\r\n", "\n")
        self.assertIn("ok    tools pip, curl, mcp: connected by hand", page)
        begin = page.index("note  tool git")
        for line in page[begin:page.index("connected by hand")].splitlines():
            self.assertLessEqual(len(line), 80)

    def test_a_damaged_note(self):
        self.install("git")
        self.add_git()
        self.state()
        with open(os.path.join(self.box.home, ".local/state/keybearer/setup.json"), "w") as file:
            file.write("{")
        checks = {check["check"]: check for check in self.box.keybearer("doctor", "--json").json()["checks"]}
        self.assertEqual("fail", checks["tools"]["level"])
        self.assertIn("tool git", checks)


class GitTest(ToolsTest):
    OURS = '[credential "https://git.example.com"]\n\thelper = keybearer\n'

    def setUp(self):
        super().setUp()
        self.install("git")
        self.add_git()
        self.box.env["GIT_CONFIG_NOSYSTEM"] = "1"

    def git(self, text=None, **run):
        if text is not None:
            self.write(".gitconfig", text)
        return self.findings(**run)["git"]

    def test_what_setup_makes_is_seen(self):
        """The real git writes its file."""
        real = find_program("git")
        if not real:
            self.skipTest("not installed: git")
        path = f"{os.path.dirname(real)}:{BIN}"
        self.assertOk(self.box.keybearer("setup", "git", "--yes", env={"PATH": path}))
        self.assertEqual(("ok", "connected to forge", None), self.git())
        self.assertOk(self.box.keybearer("setup", "git", "--undo", "--yes", env={"PATH": path}))
        self.assertEqual("not connected to forge", self.git()[1])

    def test_by_hand(self):
        for text in (self.OURS, "[credential]\n\thelper = keybearer\n",
                     '[credential "https://git.example.com:443/"]\nhelper="keybearer" # x\n',
                     '[Credential "git.example.com"] Helper = /opt/bin/git-credential-keybearer\r\n',
                     '[user]\n\tname = "a;b\\\n  c"\n' + self.OURS,
                     '[credential]\n\thelper = keybearer --profile forge\n'):
            with self.subTest(text):
                self.assertEqual(("ok", "connected to forge", None), self.git(text))

    def test_not(self):
        for text in ('[credential "https://git.example.com.evil"]\n\thelper = keybearer\n',
                     '[credential "https://git.example.com/team"]\n\thelper = keybearer\n',
                     '[credential "http://git.example.com"]\n\thelper = keybearer\n',
                     "[credential]\n\thelper = keybearer\n\thelper =\n",
                     "# [credential]\n; helper = keybearer\n[credentials]\nhelper = keybearer\n"):
            with self.subTest(text):
                level, said, hint = self.git(text)
                self.assertEqual(("note", "not connected to forge", "keybearer setup git forge"), (level, said, hint))

    def test_what_leaves_it_open(self):
        """Other files, patterns, and what git would refuse are not guessed at."""
        for text in ("[include]\n\tpath = other\n", '[credential "https://*.example.com"]\n\thelper = x\n',
                     '[credential "unclosed\n', "[credential]\n\thelper = a\\q\n"):
            with self.subTest(text):
                level, said, hint = self.git(text)
                self.assertEqual(("note", "keybearer setup git forge"), (level, hint))
                self.assertIn("its files leave open", said)
        os.chmod(self.write(".gitconfig", self.OURS), 0o666)
        self.assertIn("its files leave open", self.git()[1])
        os.unlink(os.path.join(self.box.home, ".gitconfig"))
        os.mkfifo(os.path.join(self.box.home, ".gitconfig"), 0o600)
        self.assertIn("its files leave open", self.git()[1])

    def test_who_else_is_asked(self):
        self.assertEqual(("note", "connected to forge; before keybearer it asks cache", "man git-credential-keybearer"),
                         self.git("[credential]\n\thelper = cache --timeout=9\n" + self.OURS))
        self.assertEqual(("ok", "connected to forge; behind keybearer it asks store, libsecret",
                          "man git-credential-keybearer"),
                         self.git(self.OURS + "[credential]\nhelper=store\nhelper=/usr/lib/git-credential-libsecret\n"))
        self.assertEqual(("ok", "connected to forge", None),
                         self.git("[credential]\n\thelper = cache\n[credential]\n\thelper =\n" + self.OURS))

    def test_a_helper_of_a_part(self):
        self.assertEqual(("note", "connected to forge; for a part of its addresses it asks store, too",
                          "man git-credential-keybearer"),
                         self.git(self.OURS + '[credential "https://git.example.com/team"]\n\thelper = store\n'))

    def install_git(self, version="2.39.5", script=""):
        """The real git, by which only setup may go."""
        real = find_program("git")
        if not real:
            self.skipTest("not installed: git")
        with open(os.path.join(self.place, "git"), "w") as file:
            file.write(f'#!/bin/sh\n{script}\nexec {real} "$@"\n\0git/{version}\0')
        return os.path.dirname(real)

    def both(self, text, version="2.39.5", script="", **env):
        """What setup says of git's settings TEXT, what doctor says of the tool, and of git."""
        self.write(".gitconfig", text)
        real = self.install_git(version, script)
        said = self.assertOk(self.box.keybearer(
            "setup", "git", "--yes", env={"PATH": f"{self.place}:{BIN}:{real}", **env})).text
        checks = {check["check"]: check for check in self.box.keybearer(
            "doctor", "--json", env={"PATH": f"{self.place}:{BIN}", **env}).json()["checks"]}
        return said, checks["tool git"], checks["git"]

    def test_setup_and_doctor_say_the_same(self):
        """Who else is asked, and whether an old git gives them a token: one answer in both."""
        part = '[credential "https://git.example.com/team"]\n\thelper = store\n'
        for text, others, gives in (
            ("", [], None), ("[credential]\n\thelper = cache\n", ["before keybearer {} asks cache"], "gives"),
            ("[credential]\n\thelper = cache\n[credential]\n\thelper =\n", [], None),
            ('[credential "https://git.example.com"]\n\thelper = !x\n', ["before keybearer {} asks a command"], "gives"),
            (part, ["for a part of its addresses {} asks store, too"], "gives"),
            ('[credential "https://other.example.com"]\n\thelper = store\n', [], None),
            ('[credential "https://me@other.org"]\n\thelper = store\n', [], None),
            ('[credential "gitlab.corp.net/team"]\n\thelper = store\n', [], None),
            ('[credential "https://*.corp.net"]\n\thelper = store\n', [], None),
            ('[credential "https://"]\n\thelper = store\n', ["before keybearer {} asks store"], "gives"),
            ('[credential "https://me@git.example.com"]\n\thelper = store\n',
             ["files leave open whom else it asks"], "may give"),
            ('[credential "https://*.example.com"]\n\thelper = store\n',
             ["files leave open whom else it asks"], "may give"),
            ('[includeIf "gitdir:~/x"]\n\tpath = other\n', ["files leave open whom else it asks"], "may give"),
        ):
            for version, keeps in ("2.39.5", False), ("2.46.0", True):
                with self.subTest(text, git=version):
                    said, tool, git = self.both(text, version)
                    for words in others:
                        self.assertIn(words.format("git"), said)
                        self.assertIn(words.format("it"), tool["text"])
                        self.assertEqual("man git-credential-keybearer", tool["hint"])
                    if not others:
                        self.assertNotIn("asks", said)
                        self.assertEqual("connected to forge", tool["text"])
                    warns = f" {gives} keybearer's tokens to its other helpers" if gives and not keeps else ""
                    self.assertEqual(bool(warns), "keybearer's tokens" in said, said)
                    self.assertEqual("note" if warns else "ok", git["level"], git)
                    self.assertIn(warns, said)
                    self.assertIn(warns, git["text"])

    def test_setup_asks_git_what_its_files_leave_open(self):
        """doctor, which starts nothing, says that they do."""
        include = f"[include]\n\tpath = {self.box.home}/other\n"
        for other, asks, gives in (
            ("", None, None), ("[credential]\n\thelper = store\n", "before keybearer git asks store.", "gives"),
            ('[credential "https://other.org"]\n\thelper = store\n', None, None),
            ('[credential "https://git.example.com/team"]\n\thelper = cache\n',
             "for a part of its addresses git asks cache, too.", "gives"),
        ):
            with self.subTest(other):
                self.write("other", other)
                said, tool, git = self.both(include)
                self.assertIn("leave open whom else it asks", tool["text"])
                self.assertEqual("note", tool["level"])
                self.assertIn(" may give keybearer's tokens", git["text"])
                self.assertNotIn("leave open", said)
                self.assertIn(asks or "", said)
                self.assertEqual(bool(asks), "asks" in said, said)
                self.assertEqual(bool(gives), f" {gives} keybearer's tokens" in said, said)
        self.assertIn("leave open", self.both(include, GIT_CONFIG_COUNT="0")[0])
        said = self.both(include, script='case "$*" in *get-regexp*) exit 3; esac')[0]
        self.assertIn("leave open", said)
        self.assertIn(" may give keybearer's tokens", said)

    def test_setup_finds_the_settings_of_gits_own_prefix(self):
        path = self.write("prefix", "[credential]\n\thelper = cache\n")
        said, tool, _ = self.both("", script=f"export GIT_CONFIG_NOSYSTEM=0 GIT_CONFIG_SYSTEM={path}")
        self.assertIn("before keybearer git asks cache.", said)
        self.assertEqual("connected to forge", tool["text"])

    def test_which_file_store_writes(self):
        """It is named where it is known."""
        usual = "other helpers, too: store writes them to ~/.git-credentials"
        for helper, named in (("store", True), ("/usr/lib/git-core/git-credential-store ", True), ("store --file /x/y", False),
                              ("store --file=/x/y", False), ("cache", False), ("!git credential-store", False)):
            with self.subTest(helper):
                said, _, git = self.both(f'[credential]\n\thelper = "{helper}"\n')
                self.assertEqual(named, git["text"].endswith(usual), git)
                self.assertTrue(named or git["text"].endswith("gives keybearer's tokens to its other helpers, too"), git)
                self.assertEqual(named, usual in said)

    def test_a_helper_that_holds_a_password_is_not_shown(self):
        self.box.secret("pa55-in-a-helper")
        self.addCleanup(os.unlink, os.path.join(self.box.home, ".gitconfig"))
        self.leak_ignore = ("home/.gitconfig",)
        level, text, _ = self.git(self.OURS + '[credential]\n\thelper = "!echo password=pa55-in-a-helper"\n')
        self.assertEqual(("ok", "connected to forge; behind keybearer it asks a command"), (level, text))

    def test_files_that_git_reads(self):
        self.write(".config/git/config", self.OURS)
        for env in ({"XDG_CONFIG_HOME": f"{self.box.home}/.config"},
                    {"GIT_CONFIG_GLOBAL": f"{self.box.home}/.config/git/config"}):
            with self.subTest(env):
                env["KEYBEARER_CONFIG"] = self.box.config_file
                self.assertEqual("connected to forge", self.git(env=env)[1])
        self.assertEqual("not connected to forge", self.git(env={"GIT_CONFIG_GLOBAL": "/dev/null"})[1])
        os.unlink(os.path.join(self.box.home, ".config/git/config"))
        self.assertIn("its files leave open", self.git(env={"GIT_CONFIG_COUNT": "1"})[1])

    def test_a_path(self):
        """Without useHttpPath git does not tell it, and nobody could choose by it."""
        self.add("forge", "--match", "https://git.example.com/team", "--username", "robot")
        text = '[credential "https://git.example.com/team"]\n\thelper = keybearer\n'
        self.assertEqual("not connected to forge", self.git(text)[1])
        self.assertEqual("connected to forge", self.git(text + "\tuseHttpPath\n")[1])

    def test_a_profile_that_is_gone(self):
        self.write(".gitconfig", self.OURS)
        self.state({"tool": "git", "profile": "old", "how": "command", "after": "keybearer",
                    "place": ["credential.https://old.example.com.helper"]})
        level, text, hint = self.git()
        self.assertEqual(("note", "keybearer setup git old --undo"), (level, hint))
        self.assertEqual("connected to forge; still connected to old, of which there is no profile", text)


class OtherToolsTest(ToolsTest):
    def test_a_registry(self):
        self.install("docker", "skopeo")
        self.add("images", "--registry", "registry.example.com")
        self.write(".docker/config.json", '{"credHelpers": {"registry.example.com": "desktop"}}')
        found = self.findings()
        self.assertEqual(("note", "not connected to images; in the place of keybearer stands desktop",
                          "keybearer setup docker images"), found["docker"])
        self.assertOk(self.box.keybearer("setup", "docker", "images", "--yes"))
        self.assertOk(self.box.keybearer("setup", "podman", "images", "--yes", env={"PATH": BIN}))
        found = self.findings()
        self.assertEqual(("ok", "connected to images", None), found["docker"])
        self.assertEqual(("ok", "connected to images", None), found["podman"])
        os.unlink(os.path.join(self.place, "docker"))
        self.assertEqual(("ok", "connected to images, but not in PATH", None), self.findings()["docker"])

    def test_a_registry_with_a_password(self):
        """What may be one is not shown."""
        self.install("docker")
        self.box.secret("Pa55word")
        self.addCleanup(os.unlink, os.path.join(self.box.home, ".docker/config.json"))
        self.leak_ignore = ("home/.docker/config.json",)
        self.add("images", "--registry", "registry.example.com")
        self.write(".docker/config.json", '{"credHelpers": {"registry.example.com": "Pa55word"}}')
        self.assertEqual(("note", "not connected to images", "keybearer setup docker images"),
                         self.findings()["docker"])

    def test_tools_of_every_profile(self):
        self.install("cargo", "terraform", "go")
        self.add_git()
        self.assertOk(self.box.keybearer("setup", "cargo", "--yes"))
        self.assertOk(self.box.keybearer("setup", "terraform", "--yes"))
        found = self.findings()
        for tool in ("cargo", "terraform"):
            self.assertEqual(("ok", "connected to every profile", None), found[tool])
        self.assertEqual(("note", "not connected", "keybearer setup go"), found["go"])
        for env in ({"GOAUTH": "keybearer goauth; netrc"}, {"GOENV": self.write("go.env", "A=b\nGOAUTH=keybearer goauth\n")}):
            with self.subTest(env):
                self.assertEqual("connected to every profile", self.findings(env=env)["go"][1])
        self.assertEqual("not connected", self.findings(env={"GOAUTH": "git /x", **env})["go"][1])

    def test_tools_of_one_profile(self):
        self.install("bazel", "claude", "kubectl")
        self.add_git()
        self.assertOk(self.box.keybearer("setup", "bazel", "forge", "--yes"))
        self.assertOk(self.box.keybearer("setup", "claude", "forge", "--yes"))
        self.state_of_kubectl()
        found = self.findings()
        for tool in ("bazel", "claude", "kubectl"):
            self.assertEqual(("ok", "connected to forge", None), found[tool], tool)
        with open(os.path.join(self.box.home, ".bazelrc"), "w"):
            pass
        self.assertEqual(("note", "not connected to forge", "keybearer setup bazel forge"), self.findings()["bazel"])

    def state_of_kubectl(self):
        """Only kubectl could say; the note counts."""
        path = os.path.join(self.box.home, ".local/state/keybearer/setup.json")
        with open(path) as file:
            whole = json.load(file)
        whole["changes"].append({"tool": "kubectl", "profile": "forge", "how": "command", "file": "", "place": ["forge"],
                                 "after": "forge", "made": 0, "joined": False, "created": False, "folders": 0})
        with open(path, "w") as file:
            json.dump(whole, file)


if __name__ == "__main__":
    main()
