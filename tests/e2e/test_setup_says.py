"""What `setup` says is true: after a failure, after `rename`, of tools that are not here, before a question."""

import json
import os
import pty
import re
import shutil
import signal
import sys

from harness import (
    BIN, DENIED, DISMISSED, NOT_FOUND, SYSTEM, USAGE, SandboxTest, capable, find_program, main,
    need_proc, signals_of, wait_until,
)
from token_server import TokenServer

STATE = ".local/state/keybearer/setup.json"


class SaysTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.tools = self.box._directory("tools")

    def profiles(self, **profiles):
        """Without clients: most of `setup` asks for none."""
        os.makedirs(os.path.dirname(self.box.config_file), mode=0o700, exist_ok=True)
        with open(os.open(self.box.config_file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
            json.dump({"profiles": {name: {
                "token_url": self.server.token_url, "store": "sealed-file", "username": "robot", **settings}
                for name, settings in profiles.items()}}, file)

    def rename(self, old, new):
        with open(self.box.config_file) as file:
            text = file.read()
        with open(self.box.config_file, "w") as file:
            file.write(text.replace(f'"{old}"', f'"{new}"'))

    def install(self, name, script="exit 0", by="/bin/sh"):
        path = os.path.join(self.tools, name)
        with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o755), "wb") as file:
            file.write(f"#!{by}\n{script}\n".encode())
        return path

    def home(self, *names):
        return os.path.join(self.box.home, *names)

    def write(self, text, *names):
        path = self.home(*names)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        return path

    def read(self, *names):
        with open(self.home(*names)) as file:
            return file.read()

    def tool(self, *words, **run):
        return self.box.keybearer("setup", *words, "--yes", **run)

    def said(self, *words, **run):
        return self.assertOk(self.tool(*words, **run)).text

    def table(self, **run):
        """tool -> [here, connected to, would fit]; then what is said below."""
        rows, _, below = self.assertOk(self.box.keybearer("setup", **run)).text.partition("\n\n")
        for line in rows.splitlines():
            self.assertLessEqual(len(line), 80, line)
        return {line[:10].strip(): [line[11:16].strip(), line[17:41].strip(), line[42:]]
                for line in rows.splitlines()[1:]}, below


class FailureTest(SaysTest):
    def test_a_tool_that_does_not_answer_is_asked_once(self):
        """It may take its whole time, and a table has many profiles."""
        self.profiles(**{name: {"match": f"https://{name}.example.com"} for name in ("a", "b", "c")})
        self.install("git", f'echo asked >> {self.box.path("asked")}; yes | head -c 500000')
        self.table(env={"PATH": f"{self.tools}:/usr/bin:/bin"})
        with open(self.box.path("asked")) as file:
            self.assertEqual("asked\n", file.read())

    def test_it_leaves_no_program_behind(self):
        """What a tool starts in the background ends with it."""
        self.profiles(a={"match": "https://a.example.com"})
        place = self.box.path("left")
        git = self.install("git", f"(while :; do date > {place}; sleep 0.01; done) > /dev/null 2>&1 &\n"
                            f"while [ ! -e {place} ]; do sleep 0.01; done; exit 1")
        self.table(env={"PATH": f"{self.tools}:/usr/bin:/bin"})
        wait_until(lambda: not self.is_running(git), "the end of what the tool started")

    def test_it_has_the_signals_of_the_person(self):
        """Ours are blocked, and a tool that writes into a pipe would not end."""
        need_proc(self)
        self.profiles(a={"match": "https://a.example.com"})
        place = self.box.path("mask")
        self.install("git", f"open('{place}', 'w').write(open('/proc/self/status').read()); exit(1)",
                     by=sys.executable)  # a shell begins with no signal blocked
        self.table(env={"PATH": f"{self.tools}:/usr/bin:/bin"},
                   preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1}))
        with open(place) as file:
            mask = re.search("SigBlk:\t(.*)", file.read())[1]
        self.assertEqual({signal.SIGUSR1}, signals_of(mask))

    def is_running(self, program):
        for number in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{number}/cmdline", "rb") as file:
                    if program.encode() in file.read():
                        return True
            except OSError:
                pass
        return False

    def test_nothing_is_connected_after_an_error(self):
        """What cannot be noted is not made, by a tool's own command either."""
        self.profiles(reg={"registry": "r.example.com"}, a={"match": "https://git.example.com"})
        for tool, line in (("docker", b'{ "credHelpers": { "r.example.com": "keybearer" } }'),
                           ("git", b"git config --global --add credential.https://git.example.com.helper keybearer")):
            with self.subTest(tool):
                failed = self.tool(tool, env={"XDG_STATE_HOME": "/proc"})
                self.assertEqual(SYSTEM, failed.status, failed)
                self.assertNotIn(b"is connected", failed.stdout)
                self.assertNotIn(b"undo", failed.stdout)
                self.assertIn(line, failed.stdout.partition(b"To do it by hand")[2])
                self.assertEqual(1, failed.stderr.count(b"error:"))
        self.assertEqual([], [name for name in (".docker", ".gitconfig") if os.path.exists(self.home(name))])

    def test_half_of_it_is_not_connected(self):
        self.profiles(work={"match": "https://npm.example.com"})
        os.chmod(self.write("a=b\n", ".npmrc"), 0o400)
        failed = self.tool("pnpm", "work")
        self.assertEqual(DENIED, failed.status, failed)
        self.assertNotIn(b"is connected", failed.stdout)
        again = self.tool("pnpm", "work")
        self.assertEqual(DENIED, again.status, again)
        self.assertNotIn(b"is connected", again.stdout)

    def test_a_git_that_fails_is_said_once(self):
        self.profiles(a={"match": ["https://one.example.com/x", "https://two.example.com"]},
                      b={"match": "https://three.example.com"})
        self.write("[us\n", ".gitconfig")
        failed = self.assertFails(self.tool("git"), 1, "git failed", "bad config line 1")
        self.assertIn(b"put that right", failed.stderr)
        os.unlink(self.home(".gitconfig"))
        os.mkdir(self.home(".gitconfig"))
        failed = self.tool("git")
        self.assertEqual(1, failed.stderr.count(b"error:"), failed)
        self.assertEqual(b"", failed.stdout)

    def test_undoing_says_it_once(self):
        self.profiles(a={"match": ["https://one.example.com/x", "https://two.example.com"]})
        self.said("git")
        text = self.read(".gitconfig")
        self.write("[us\n", ".gitconfig")
        failed = self.tool("git", "--undo")
        self.assertEqual(1, failed.stderr.count(b"error:"), failed)
        self.write(text, ".gitconfig")
        self.said("git", "--undo")
        self.assertFalse(os.path.exists(self.home(".gitconfig")))

    def test_files_that_a_tool_is_not_let_write(self):
        """git, kubectl and go would replace or write them, whatever their owner wishes."""
        self.profiles(a={"match": "https://git.example.com"})
        self.install("go", "echo netrc")
        self.install("kubectl", "exit 0")
        env = {"PATH": f"{self.tools}:{self.box.env['PATH']}"}
        for tool, name, by_hand in (("git", ".gitconfig", b"git config"), ("go", ".config/go/env", b"go env -w"),
                                    ("kubectl", ".kube/config", b"kubectl config set-credentials a")):
            path = self.write("# mine\n", name)

            def refused():
                failed = self.tool(tool, "a", env=env)
                self.assertEqual(DENIED, failed.status, failed)
                self.assertIn(by_hand, failed.stdout.partition(b"To do it by hand")[2])
                self.assertEqual("# mine\n", self.read(name))

            with self.subTest(tool):
                os.chmod(path, 0o444)
                refused()
                os.rename(path, f"{path}.real")
                os.symlink(f"{path}.real", path)
                refused()
                os.chmod(f"{path}.real", 0o644)
                os.link(f"{path}.real", f"{path}.other")
                refused()
                os.unlink(f"{path}.other")
                if capable(0):
                    os.chown(f"{path}.real", 65533, 65533)
                    refused()
                    os.chown(f"{path}.real", os.getuid(), os.getgid())
                self.said(tool, "a", env=env)

    def test_gits_other_file(self):
        """Where there is no ~/.gitconfig git writes to the one below ~/.config."""
        self.profiles(a={"match": "https://git.example.com"})
        os.chmod(self.write("# mine\n", ".config/git/config"), 0o444)
        self.assertEqual(DENIED, self.tool("git").status)
        self.assertEqual("# mine\n", self.read(".config/git/config"))
        self.assertFalse(os.path.exists(self.home(".gitconfig")))


class RenamedTest(SaysTest):
    def setUp(self):
        super().setUp()
        self.profiles(corp={"match": "https://git.example.com", "registry": "r.example.com"})

    def test_what_is_gone_is_marked_and_taken_back(self):
        self.said("claude", "corp")
        self.rename("corp", "work")
        table, below = self.table()
        self.assertEqual("corp (gone)", table["claude"][1])
        self.assertEqual("work", table["claude"][2])
        command = "keybearer setup claude corp --undo"
        self.assertIn(command, below)
        nothing = self.said("claude", "work", "--undo")
        self.assertIn("nothing to take back for Claude Code and work", nothing)
        self.assertIn(command, nothing)
        self.said("claude", "corp", "--undo")
        self.assertEqual("-", self.table()[0]["claude"][1])

    def test_what_names_no_profile_goes_with_the_new_name(self):
        """An address and a registry are the profile's, whatever it is called."""
        self.said("git")
        self.said("docker")
        self.rename("corp", "work")
        table, _ = self.table()
        self.assertEqual(["work", "work"], [table["git"][1], table["docker"][1]])
        for tool in ("git", "docker"):
            self.assertIn("Taken back", self.said(tool, "work", "--undo"))
        self.assertFalse(os.path.exists(self.home(STATE)))

    def test_our_earlier_value_is_replaced(self):
        before = '{\n  "model": "x"\n}\n'
        self.write(before, ".claude", "settings.json")
        self.said("claude", "corp")
        earlier = self.read(".claude", "settings.json")
        self.rename("corp", "work")
        said = self.said("claude", "work")
        self.assertIn('- "apiKeyHelper": "keybearer token corp"', said)
        self.assertEqual("keybearer token work", json.loads(self.read(".claude", "settings.json"))["apiKeyHelper"])
        self.write(earlier, ".claude", "settings.json")  # as a crash between note and file leaves it
        self.said("claude", "work")
        self.write(earlier, ".claude", "settings.json")
        self.said("claude", "work", "--undo")
        self.assertEqual(before, self.read(".claude", "settings.json"))

    def test_what_is_not_exactly_ours_is_not_replaced(self):
        self.said("claude", "corp")
        self.rename("corp", "work")
        text = self.read(".claude", "settings.json").replace("token corp", "token corp ")
        self.write(text, ".claude", "settings.json")
        self.assertEqual(DENIED, self.tool("claude", "work").status)
        self.assertEqual(text, self.read(".claude", "settings.json"))

    def test_a_link_to_where_keybearer_was(self):
        self.said("pnpm", "corp")
        link = self.home(".local/bin/keybearer-pnpm-corp")
        with open(self.home(STATE)) as file:
            state = json.load(file)
        for change in state["changes"]:
            if change["how"] == "link":
                change["after"] = "/old/keybearer"
        with open(self.home(STATE), "w") as file:
            json.dump(state, file)
        os.unlink(link)
        os.symlink("/old/keybearer", link)
        self.said("pnpm", "corp")
        self.assertEqual(os.path.realpath(f"{BIN}/keybearer"), os.readlink(link))
        self.said("pnpm", "--undo")
        self.assertFalse(os.path.lexists(link))


class TableTest(SaysTest):
    def test_what_fits(self):
        self.profiles(forge={"match": "https://git.example.com"}, reg={"registry": "r.example.com"})
        for env in ({}, {"PATH": "/nowhere"}):
            with self.subTest(env):
                table, _ = self.table(env=env)
                for tool, fits in (("git", "forge"), ("docker", "reg"), ("kubectl", "forge, reg"), ("pip", "forge"),
                                   ("curl", "forge"), ("terraform", "every profile"), ("claude", "forge, reg")):
                    self.assertEqual(fits, table[tool][2], tool)
                if env:
                    self.assertEqual({"no"}, {row[0] for row in table.values()})

    def test_what_fits_can_be_connected(self):
        self.profiles(forge={"match": "https://git.example.com"}, reg={"registry": "r.example.com"})
        for tool, (_, _, fits) in self.table()[0].items():
            for name in () if fits in ("-", "every profile") else fits.split(", "):
                done = self.box.keybearer("setup", tool, name, "--dry-run")
                self.assertIn(done.status, (0, NOT_FOUND) if b"PATH" in done.stderr else (0,), done)

    def test_a_tool_that_is_not_here_is_connected(self):
        self.profiles(forge={"match": "https://git.example.com"})
        for tool, names in (("cargo", "every profile"), ("bazel", "forge")):
            self.said(tool, "forge", env={"PATH": BIN})
            self.assertEqual(["no", names, "-"], self.table(env={"PATH": BIN})[0][tool])
        os.chmod(self.home(".cargo/config.toml"), 0o400)  # what need not be changed may be read-only
        self.assertEqual("every profile", self.table()[0]["cargo"][1])

    def test_many_profiles(self):
        self.profiles(**{f"profile-{n}": {"match": f"https://h{n}.example.com"} for n in range(9)})
        self.said("git")
        table, _ = self.table()
        self.assertEqual(["profile-0 and 8 more", "-"], table["git"][1:])
        self.assertEqual("profile-0, profile-1 and 7 more", table["curl"][2])
        self.profiles(**{"p" * 60: {"match": "https://h.example.com"}})
        self.assertEqual("1 profile", self.table()[0]["curl"][2])

    def test_without_profiles(self):
        self.profiles()
        table, below = self.table()
        self.assertEqual({"-"}, {row[2] for row in table.values()})
        self.assertIn("keybearer help add", below)


class ConnectedTest(SaysTest):
    def test_git_that_does_not_find_us(self):
        """Only that is said: what it gets then tells nothing."""
        self.profiles(a={"match": "https://git.example.com"})
        said = self.said("git", env={"PATH": os.path.dirname(find_program("git"))})
        self.assertIn("git is connected to a.\n", said)
        self.assertIn("Note: git-credential-keybearer is not in PATH", said)
        self.assertNotIn("keybearer token", said)

    def test_a_hint_that_shows_why(self):
        """`keybearer token` only where that fails."""
        added = self.box.add_profile("a", self.server, "--match", "https://git.example.com", "--username", "robot")
        self.assertEqual(0, added.status, added)
        self.install("git-credential-keybearer", "exit 1")
        env = {"PATH": f"{self.tools}:{self.box.env['PATH']}"}
        self.assertIn("gets no credential yet: keybearer doctor\n", self.said("git", env=env))
        self.said("git", "--undo")
        self.assertOk(self.box.keybearer("forget", "a"))
        self.server.behave(lambda _request: (500, {}, b""))
        self.assertIn("gets no credential yet: keybearer token a\n", self.said("git", env=env))

    def test_a_match_with_a_slash_at_its_end(self):
        """Both profiles fare the same, so that is said once."""
        for name in ("a", "b"):
            added = self.box.add_profile(name, self.server, "--match", f"https://git.example.com/{name}/",
                                         "--username", "robot")
            self.assertEqual(0, added.status, added)
        self.assertIn("git is connected to a and b, and gets a credential.\n", self.said("git"))

    def test_kubectl_without_a_match(self):
        server = self.box.path("server")
        self.install("kubectl", f'case "$*" in *--minify*) cat {server} 2>/dev/null ;; esac')
        env = {"PATH": f"{self.tools}:{self.box.env['PATH']}"}
        self.profiles(bare={})
        said = self.said("kubectl", env=env)  # the only profile need not be named
        self.assertIn("connected to bare, but gets no credential yet: keybearer match add bare https://SERVER", said)
        self.assertIn("Nothing was there any more: kubectl,", self.said("kubectl", "--undo", env=env))
        self.profiles(one={"match": "https://k8s.example.com"}, two={})
        self.assertFails(self.tool("kubectl", env=env), USAGE, "kubectl needs the name of a profile")
        for address, command in (("https://k8s.example.com/team", None), ("http://other.example.com", None),
                                 ("https://other.example.com:6443", "https://other.example.com:6443"),
                                 ("https://k8s.example.com.evil/a?\x1b[2J", None), ("", None)):
            with self.subTest(address):
                with open(server, "w") as file:
                    file.write(address)
                said = self.said("kubectl", "one", env=env)
                self.assertIn(f"keybearer match add one {command}\n" if command else "kubectl is connected to one.\n", said)

    def test_an_old_git_gives_store_our_tokens(self):
        self.profiles(a={"match": "https://git.example.com"})
        real = find_program("git")
        self.write("[credential]\n\thelper = store\n", ".gitconfig")
        for version, warned in (("2.45.9", True), ("2.46.0", False)):
            with self.subTest(version):
                self.install("git", f'exec {real} "$@"\n\0git/{version}\0')
                said = self.said("git", env={"PATH": f"{self.tools}:{self.box.env['PATH']}"})
                self.assertIn("before keybearer git asks store", said)
                self.assertEqual(warned, "gives keybearer's tokens to its other helpers, too: store writes them to "
                                         "~/.git-credentials" in said, said)
                self.said("git", "--undo")

    def test_docker_takes_what_add_says(self):
        """A profile without a registry, by its name."""
        added = self.box.add_profile("a", self.server, "--match", "https://r.example.com", "--username", "robot")
        self.assertIn(b'"r.example.com": "keybearer"', added.stdout)
        self.assertIn(b"keybearer setup, man keybearer", added.stdout)
        self.assertEqual(NOT_FOUND, self.tool("docker").status)
        self.said("docker", "a")
        self.assertEqual({"credHelpers": {"r.example.com": "keybearer"}}, json.loads(self.read(".docker/config.json")))
        self.assertEqual("a", self.table()[0]["docker"][1])


    def test_pip_is_told_where_its_link_is(self):
        self.profiles(a={"match": "https://pip.example.com"})
        for tool in ("pip", "uv"):
            folder = re.search(r'export PATH="(.*):\$PATH"', self.said(tool, "a"))[1]
            self.assertEqual(os.path.realpath(f"{BIN}/keybearer"), os.path.realpath(f"{folder}/keyring"))


class QuestionTest(SaysTest):
    def on_tty(self, *words, answers=(), **run):
        return self.box.run_on_tty(words, answers, **run)

    def test_a_question_needs_no_stdin(self):
        self.profiles(reg={"registry": "r.example.com"})
        command = f"exec {BIN}/keybearer setup docker reg </dev/null"
        done = self.on_tty("/bin/sh", "-c", command, answers=[(b"Make this change? (yes or no) ", "no")])
        self.assertEqual(DISMISSED, done.status, done)
        self.assertIn(b"hint: for later: keybearer setup docker reg\r\n", done.stdout)
        done = self.on_tty("/bin/sh", "-c", command, answers=[(b"Make this change? (yes or no) ", "yes")])
        self.assertEqual(0, done.status, done)
        self.assertTrue(os.path.exists(self.home(".docker/config.json")))

    def test_a_yes_with_a_null_byte_is_none(self):
        self.profiles(reg={"registry": "r.example.com"})
        done = self.on_tty("keybearer", "setup", "docker", "reg", answers=[
            (b"Make this change? (yes or no) ", "y\0"), (b"Please type yes or no: ", "no")])
        self.assertEqual(DISMISSED, done.status, done)
        self.assertFalse(os.path.exists(self.home(".docker")))

    def test_the_end_of_input_is_no_answer(self):
        """What is said then is in a line of its own."""
        self.profiles(reg={"registry": "r.example.com"})
        done = self.on_tty("keybearer", "setup", "docker", "reg",
                           answers=[(b"Make this change? (yes or no) ", "\x04")])
        self.assertEqual(DISMISSED, done.status, done)
        self.assertIn(b"\r\nkeybearer: error: no answer was given (Ctrl-D)", done.stdout)
        self.assertIn(b"hint: for later: keybearer setup docker reg\r\n", done.stdout)

    def test_nobody_is_asked_about_what_they_do_not_see(self):
        """The page goes to a file: the hint is the whole command."""
        self.profiles(reg={"registry": "r.example.com"})
        done = self.on_tty("/bin/sh", "-c", f"exec {BIN}/keybearer setup docker reg >{self.box.path('page')}")
        self.assertEqual(USAGE, done.status, done)
        self.assertIn(b"hint: keybearer setup docker reg --yes\r\n", done.stdout)
        self.assertFalse(os.path.exists(self.home(".docker")))

    def test_nobody_is_asked_about_what_another_terminal_shows(self):
        self.profiles(reg={"registry": "r.example.com"})
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        self.addCleanup(os.close, slave)
        done = self.on_tty("/bin/sh", "-c", f"exec {BIN}/keybearer setup docker reg >{os.ttyname(slave)}")
        self.assertEqual(USAGE, done.status, done)
        self.assertIn(b"hint: keybearer setup docker reg --yes\r\n", done.stdout)
        self.assertFalse(os.path.exists(self.home(".docker")))

    def test_the_terminal_by_its_other_name(self):
        self.profiles(reg={"registry": "r.example.com"})
        done = self.on_tty("/bin/sh", "-c", f"exec {BIN}/keybearer setup docker reg >/dev/tty",
                           answers=[(b"Make this change? (yes or no) ", "yes")])
        self.assertEqual(0, done.status, done)

    def test_add_shows_what_it_offers(self):
        self.install("docker")
        os.symlink(shutil.which("true"), os.path.join(self.tools, "skopeo"))

        def add(answer):
            return self.on_tty(
                "keybearer", "add", "one", "--token-url", self.server.token_url, "--store", "sealed-file",
                "--registry", "r.example.com", "--client-id", self.server.client_id,
                answers=[(b"secret", self.server.client_secret),
                         (b"Connect docker and podman now? (yes or no) ", answer)],
                env={"PATH": f"{BIN}:{self.tools}"})

        shown = add("no")
        self.assertEqual(0, shown.status, shown)
        before = shown.stdout.partition(b"Connect docker and podman now?")[0]
        for name in (b".docker/config.json", b"containers/auth.json"):
            self.assertIn(name, before.partition(b"can make these changes")[2])
        self.assertIn(b"For later: keybearer setup", shown.stdout)
        self.assertFalse(os.path.exists(self.home(".docker")))
        self.assertOk(self.box.keybearer("remove", "one", "--yes"))
        self.assertEqual(0, add("yes").status)
        self.assertTrue(os.path.exists(self.home(".docker/config.json")))


if __name__ == "__main__":
    main("git")
