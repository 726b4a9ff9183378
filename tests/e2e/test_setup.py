"""`setup`: the tools themselves use the credential between connecting and taking back."""

import json
import os
import shutil

from cargo_registry import CRATE, CargoRegistry
from git_server import GitServer
from harness import (
    BIN, DENIED, DISMISSED, NOT_FOUND, USAGE, SandboxTest, figures, find_program, main,
)
from registry import registry, write_oci_image
from token_server import TokenServer


class SetupTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())

    def add(self, name, *options):
        added = self.box.add_profile(name, self.server, *options)
        self.assertEqual(0, added.status, added)

    def setup_tool(self, *words):
        return self.assertOk(self.box.keybearer("setup", *words, "--yes")).text

    def read(self, *names):
        with open(os.path.join(self.box.home, *names), "rb") as file:
            return file.read()

    def write(self, content, *names):
        path = os.path.join(self.box.home, *names)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
        return path

    @property
    def state(self):
        return os.path.join(self.box.home, ".local/state/keybearer/setup.json")


class GitTest(SetupTest):
    def setUp(self):
        super().setUp()
        repositories = self.box.path("repositories")
        self.assertOk(self.git("init", "-q", "--bare", f"{repositories}/team/demo.git"))
        self.door = self.enterContext(GitServer(repositories, self.server.accepts))
        self.url = f"{self.door.origin}/team/demo.git"

    def git(self, *arguments):
        return self.box.run(["git", *arguments])

    def clone(self, name):
        return self.git("clone", "-q", self.url, name).status

    def test_a_helper_list_that_is_emptied_behind_it(self):
        """The line stands, and git does not ask keybearer."""
        self.add("forge", "--match", self.door.origin, "--username", "robot")
        self.setup_tool("git")
        with open(os.path.join(self.box.home, ".gitconfig"), "a") as file:
            file.write("[credential]\n\thelper =\n")
        self.assertIn("but gets no credential yet: keybearer doctor", self.setup_tool("git"))

    def test_a_clone_works_in_between(self):
        self.add("forge", "--match", self.door.origin, "--username", "robot")
        self.assertNotEqual(0, self.clone("before"))
        said = self.setup_tool("git")
        self.assertIn(f"git config --global --add credential.{self.door.origin}.helper keybearer", said)
        self.assertIn("git is connected to forge, and gets a credential.", said)
        self.assertIn("To undo it: keybearer setup git --undo", said)
        self.assertEqual(0, self.clone("between"))
        self.assertIn(("Basic", "robot", self.server.token), self.door.credentials)
        settings = self.read(".gitconfig")
        self.assertEqual("git is connected to forge, and gets a credential.", self.setup_tool("git"))
        self.assertEqual(settings, self.read(".gitconfig"))
        self.assertIn("Taken back: git", self.setup_tool("git", "--undo"))
        self.assertNotEqual(0, self.clone("after"))
        self.assertFalse(os.path.exists(os.path.join(self.box.home, ".gitconfig")))
        self.assertFalse(os.path.exists(self.state))

    def test_a_path_needs_useHttpPath(self):
        self.add("team", "--match", f"{self.door.origin}/team", "--username", "robot")
        self.setup_tool("git", "team")
        self.assertEqual(0, self.clone("between"))
        self.assertIn(b"useHttpPath = true", self.read(".gitconfig"))
        self.setup_tool("git", "--undo")
        self.assertFalse(os.path.exists(os.path.join(self.box.home, ".gitconfig")))

    def test_settings_of_the_person_stay(self):
        text = b"# mine\n[user]\n\tname = me ; x\n[credential]\n\thelper = cache\n[alias]\n  a = b"
        self.write(text, "dotfiles", "gitconfig")
        os.symlink("dotfiles/gitconfig", os.path.join(self.box.home, ".gitconfig"))
        self.add("forge", "--match", self.door.origin, "--username", "robot")
        said = self.setup_tool("git")
        self.assertIn("before keybearer git asks cache", said)
        self.assertIn(text, self.read("dotfiles", "gitconfig"))
        self.setup_tool("git", "--undo")
        self.assertEqual(text.rstrip(b"\n"), self.read("dotfiles", "gitconfig").rstrip(b"\n"))
        self.assertTrue(os.path.islink(os.path.join(self.box.home, ".gitconfig")))

    def test_a_helper_that_holds_a_password_is_not_shown(self):
        self.box.secret("pa55-in-a-helper")
        path = self.write(b'[credential]\n\thelper = "!echo password=pa55-in-a-helper"\n', ".gitconfig")
        self.addCleanup(os.unlink, path)
        self.leak_ignore = ("home/.gitconfig",)
        self.add("forge", "--match", self.door.origin, "--username", "robot")
        said = self.setup_tool("git")
        self.assertIn("before keybearer git asks a command", said)
        self.assertNotIn("pa55", said)

    def test_what_was_changed_since_is_left(self):
        self.add("forge", "--match", self.door.origin, "--username", "robot")
        self.setup_tool("git")
        key = f"credential.{self.door.origin}.helper"
        self.assertOk(self.git("config", "--global", "--replace-all", key, "other"))
        self.assertIn("Nothing was there any more", self.setup_tool("git", "--undo"))
        self.assertEqual("other", self.git("config", "--global", key).text)

    def test_no_credential_is_said(self):
        self.add("forge", "--match", self.door.origin, "--username", "robot")
        self.assertOk(self.box.keybearer("forget", "forge"))
        self.server.behave(lambda _request: (500, {}, b""))
        self.assertIn("but gets no credential yet: keybearer token forge", self.setup_tool("git"))

    def test_a_repository_cannot_lead_it(self):
        """Started in a project whose settings name another helper, and with git's own variables."""
        self.add("forge", "--match", self.door.origin, "--username", "robot")
        self.git("init", "-q", "evil")
        evil = os.path.join(self.box.work, "evil")
        mark = self.box.path("started")
        self.git("-C", evil, "config", "credential.helper", f"!touch {mark}; false")
        done = self.box.keybearer("setup", "git", "--yes", cwd=evil, env={
            "GIT_DIR": f"{evil}/.git", "GIT_CONFIG_COUNT": "1", "GIT_ASKPASS": f"{evil}/x",
            "GIT_CONFIG_KEY_0": "credential.helper", "GIT_CONFIG_VALUE_0": f"!touch {mark}; false"})
        self.assertOk(done)
        self.assertFalse(os.path.exists(mark))

    def test_without_git(self):
        self.add("forge", "--match", self.door.origin, "--username", "robot")
        failed = self.box.keybearer("setup", "git", "--yes", env={"PATH": BIN})
        self.assertEqual(NOT_FOUND, failed.status, failed)
        self.assertEqual(1, failed.stderr.count(b"error:"), failed)
        self.assertEqual(b"", failed.stdout)  # what would not work by hand either


class ContainersTest(SetupTest):
    def test_skopeo_in_between(self):
        if not find_program("skopeo") or not find_program("docker-registry"):
            self.skipTest("not installed: skopeo, docker-registry")
        os.mkdir(self.box.path("registry-home"))
        write_oci_image(self.box.path("image"))
        ours = self.enterContext(registry(self.box.path("registry-home"), self.server.accepts))
        self.add("reg", "--registry", ours.address, "--username", "robot")
        words = ["skopeo", "--insecure-policy", "copy", "-q", "--dest-tls-verify=false",
                 f"oci:{self.box.path('image')}", f"docker://{ours.address}/demo/app:1"]
        self.assertNotEqual(0, self.box.run(words).status)
        for tool in ("podman", "docker"):  # both files are skopeo's
            with self.subTest(tool):
                said = self.setup_tool(tool)
                self.assertIn("and gets a credential" if tool == "podman" else "docker is connected", said)
                self.assertOk(self.box.run(words))
                self.setup_tool(tool, "--undo")
                self.assertNotEqual(0, self.box.run(words).status)
        self.assertEqual({("Basic", "robot", self.server.token), ("Basic", "", "")},
                         {*ours.credentials, ("Basic", "", "")})  # that is skopeo's own
        self.assertFalse(os.path.exists(os.path.join(self.box.home, ".docker")))
        self.assertFalse(os.path.exists(os.path.join(self.box.config, "containers")))

    def test_another_helper_comes_back(self):
        self.add("reg", "--registry", "r.example.com", "--username", "robot")
        text = b'{\n\t"credHelpers": {\n\t\t"r.example.com": "secretservice"\n\t}\n}'
        self.write(text, ".docker", "config.json")
        said = self.setup_tool("docker")
        self.assertIn('- "r.example.com": "secretservice"', said)
        self.assertEqual(text.replace(b"secretservice", b"keybearer"), self.read(".docker", "config.json"))
        self.assertIn('+ "r.example.com": "secretservice"', self.setup_tool("docker", "--undo"))
        self.assertEqual(text, self.read(".docker", "config.json"))

    def test_another_helper_that_is_gone_since_does_not_come_back(self):
        self.add("reg", "--registry", "r.example.com", "--username", "robot")
        self.write(b'{"credHelpers": {"r.example.com": "secretservice"}}', ".docker", "config.json")
        self.setup_tool("docker")
        text = b'{\n  "psFormat": "x"\n}\n'
        self.write(text, ".docker", "config.json")
        self.setup_tool("docker")
        self.assertNotIn("secretservice", self.setup_tool("docker", "--undo"))
        self.assertEqual(text, self.read(".docker", "config.json"))

    def test_what_may_be_a_password_stops_it(self):
        self.box.secret("S3cret-Value")
        self.leak_ignore = ("home/.docker/config.json",)
        self.add("reg", "--registry", "r.example.com", "--username", "robot")
        text = b'{"credHelpers": {"r.example.com": "S3cret-Value"}}'
        self.write(text, ".docker", "config.json")
        failed = self.box.keybearer("setup", "docker", "--yes")
        self.assertEqual(DENIED, failed.status, failed)
        self.assertIn(b"r.example.com", failed.stderr)
        self.assertNotIn(b"S3cret", failed.stdout + failed.stderr)
        self.assertEqual(text, self.read(".docker", "config.json"))

    def test_what_came_later_stays(self):
        """By the person's hand and by docker's: beside ours, and in its place."""
        self.add("reg", "--registry", "r.example.com", "--username", "robot")
        self.setup_tool("docker")
        settings = json.loads(self.read(".docker", "config.json"))
        settings["credHelpers"]["other.example.com"] = "pass"
        settings["auths"] = {}
        self.write(json.dumps(settings).encode(), ".docker", "config.json")
        self.setup_tool("docker", "--undo")
        self.assertEqual({"credHelpers": {"other.example.com": "pass"}, "auths": {}},
                         json.loads(self.read(".docker", "config.json")))
        self.setup_tool("docker")
        settings["credHelpers"]["r.example.com"] = "pass"
        self.write(json.dumps(settings).encode(), ".docker", "config.json")
        self.assertIn("now pass", self.setup_tool("docker", "--undo"))
        self.assertEqual(settings, json.loads(self.read(".docker", "config.json")))
        self.assertIn("nothing to take back for docker", self.setup_tool("docker", "--undo"))


class OtherToolsTest(SetupTest):
    def test_cargo_in_between(self):
        if not find_program("cargo"):
            self.skipTest("not installed: cargo")
        ours = self.enterContext(CargoRegistry(
            lambda value: value == f"Bearer {self.server.token}"))
        self.add("work", "--match", f"{ours.origin}/index")
        for name in ("src", ".cargo"):
            os.mkdir(os.path.join(self.box.work, name))
        for name, text in (("src/lib.rs", ""), ("Cargo.toml",
                '[package]\nname = "app"\nversion = "0.1.0"\n[dependencies]\n'
                f'{CRATE} = {{ version = "1", registry = "demo" }}\n'),
                (".cargo/config.toml", f'[registries.demo]\nindex = "{ours.index}"\n')):
            with open(os.path.join(self.box.work, name), "w") as file:
                file.write(text)
        text = b"[net]\r\nretry = 3"
        self.write(text, ".cargo", "config.toml")
        self.assertNotEqual(0, self.box.run(["cargo", "fetch", "-q"]).status)
        self.setup_tool("cargo")
        self.assertOk(self.box.run(["cargo", "fetch", "-q"]))
        self.setup_tool("cargo", "--undo")
        self.assertEqual(text, self.read(".cargo", "config.toml"))

    def test_kubectl_and_its_file(self):
        """kubectl writes its file itself; a user that is somebody else's is left alone."""
        if not find_program("kubectl"):
            self.skipTest("not installed: kubectl")
        self.add("work", "--match", "https://k8s.example.com")
        done = self.box.keybearer("setup", "kubectl", "work", "--yes")
        if b"unknown flag" in done.stderr:
            self.skipTest("kubectl is older than 1.30")
        self.assertOk(done)
        self.assertIn(b"command: keybearer", self.read(".kube", "config"))
        self.assertIn("kubectl is connected to work", self.setup_tool("kubectl", "work"))
        self.setup_tool("kubectl", "--undo")
        self.assertNotIn(b"keybearer", self.read(".kube", "config"))
        self.assertOk(self.box.run(["kubectl", "config", "set-credentials", "work", "--username=x"]))
        failed = self.box.keybearer("setup", "kubectl", "work", "--yes")
        self.assertEqual(DENIED, failed.status, failed)

    def test_go_by_its_own_command(self):
        """A go that keeps its variables as go does."""
        self.add("work", "--match", "https://go.example.com")
        tools = self.box.path("tools")
        os.mkdir(tools)
        kept = self.box.path("go-env")
        with open(os.open(f"{tools}/go", os.O_CREAT | os.O_WRONLY, 0o755), "w") as file:
            file.write(f'#!/bin/sh\ncase "$2" in -w) printf "%s\\n" "${{3#*=}}" >{kept} ;; '
                       f'-u) rm {kept} ;; *) cat {kept} 2>/dev/null || echo netrc ;; esac\n')
        path = {"PATH": f"{tools}:{self.box.env['PATH']}"}
        self.assertOk(self.box.keybearer("setup", "go", "--yes", env=path))
        with open(kept) as file:
            self.assertEqual("keybearer goauth; netrc\n", file.read())
        self.assertOk(self.box.keybearer("setup", "go", "--undo", "--yes", env=path))
        self.assertFalse(os.path.exists(kept))
        with open(kept, "w") as file:
            file.write("off\n")
        failed = self.box.keybearer("setup", "go", "--yes", env=path)
        self.assertEqual(DENIED, failed.status, failed)
        self.assertIn(b"go env -w GOAUTH='keybearer goauth; netrc'", failed.stdout)

    def test_links_of_the_person(self):
        self.add("work", "--match", "https://npm.example.com/")
        self.setup_tool("pnpm", "work")
        link = os.path.join(self.box.home, ".local/bin/keybearer-pnpm-work")
        self.assertEqual(f"//npm.example.com/:tokenHelper={link}".encode(), self.read(".npmrc").splitlines()[1])
        self.assertEqual(f"Bearer {self.server.token}", self.assertOk(self.box.run([link])).text)
        self.setup_tool("pnpm", "--undo")
        self.assertFalse(os.path.lexists(link))
        self.assertFalse(os.path.exists(os.path.join(self.box.home, ".npmrc")))
        self.setup_tool("pnpm", "work")
        os.unlink(link)
        os.symlink("/bin/true", link)
        self.assertIn("Left as it is", self.setup_tool("pnpm", "--undo"))
        self.assertTrue(os.path.islink(link))
        failed = self.box.keybearer("setup", "pnpm", "work", "--yes")
        self.assertEqual(DENIED, failed.status, failed)
        self.assertEqual("/bin/true", os.readlink(link))

    def test_every_row(self):
        """Each tool: shown, made, twice is once, taken back; then the home is as it was."""
        self.add("work", "--match", "https://api.example.com", "--registry", "r.example.com",
                 "--username", "robot")
        before = self.files()
        table = self.setup_table().partition("\n\n")[0].splitlines()
        tools = [line.split()[0] for line in table[1:]]
        self.assertGreater(len(tools), 10)
        for tool in tools:
            if tool in ("git", "kubectl", "go"):
                continue  # their own commands, above
            with self.subTest(tool):
                self.assertOk(self.box.keybearer("setup", tool, "work", "--dry-run"))
                self.assertEqual(before, self.files())
                self.setup_tool(tool, "work")
                made = self.files()
                self.setup_tool(tool, "work")
                self.assertEqual(made, self.files())
                self.setup_tool(tool, "--undo")
                self.assertEqual(before, self.files())
        figures(tools=len(tools))

    def setup_table(self):
        return self.assertOk(self.box.keybearer("setup")).text

    def files(self):
        return sorted((os.path.join(folder, name), self.read(folder, name))
                      for folder, _, names in os.walk(self.box.home) for name in names
                      if not os.path.islink(os.path.join(folder, name)))


class AskingTest(SetupTest):
    def setUp(self):
        super().setUp()
        self.add("reg", "--registry", "r.example.com", "--username", "robot")
        self.file = os.path.join(self.box.home, ".docker", "config.json")

    def on_terminal(self, answer, *words):
        return self.box.run_on_tty(["keybearer", "setup", *words], [(b"(yes or no) ", answer)])

    def test_in_a_pipe_it_needs_yes(self):
        refused = self.box.keybearer("setup", "docker")
        self.assertEqual(USAGE, refused.status, refused)
        self.assertIn(b'"r.example.com": "keybearer"', refused.stdout)
        self.assertIn(b"--yes", refused.stderr)
        self.assertFalse(os.path.exists(self.file))

    def test_on_a_terminal_it_asks(self):
        for answer in ("no", "", "N"):
            with self.subTest(answer):
                self.assertEqual(DISMISSED, self.on_terminal(answer, "docker").status)
                self.assertFalse(os.path.exists(self.file))
        self.assertEqual(0, self.on_terminal("yes", "docker").status)
        self.assertTrue(os.path.exists(self.file))
        self.assertEqual(DISMISSED, self.on_terminal("no", "--undo").status)
        self.assertTrue(os.path.exists(self.file))
        self.assertEqual(0, self.on_terminal("Y", "docker", "--undo").status)
        self.assertFalse(os.path.exists(self.file))

    def test_another_word_is_asked_again(self):
        again = b"Please type yes or no: "
        for answers, status in ((("yess", "yes"), 0), (("nyes", "no"), DISMISSED), (("a", "b", "c"), DISMISSED)):
            with self.subTest(answers):
                said = self.box.run_on_tty(["keybearer", "setup", "docker"],
                                           list(zip((b"(yes or no) ", again, again), answers)))
                self.assertEqual(status, said.status, said)
                self.assertEqual(status == 0, os.path.exists(self.file))
                if status == 0:
                    self.assertEqual(0, self.on_terminal("y", "docker", "--undo").status)

    def test_dry_run_changes_nothing(self):
        for words in (("docker",), ("docker", "--undo"), ("--undo",)):
            self.assertOk(self.box.keybearer("setup", *words, "--dry-run"))
            self.assertFalse(os.path.exists(self.file))
        self.assertFalse(os.path.exists(self.state))

    def test_wrong_words(self):
        self.assertFails(self.box.keybearer("setup", "dokcer"), USAGE, "no tool")
        self.assertFails(self.box.keybearer("setup", "docker", "nobody"), NOT_FOUND, "nobody")
        self.assertFails(self.box.keybearer("setup", "docker", "reg", "more"), USAGE, "more")
        self.assertFails(self.box.keybearer("setup", "pnpm"), NOT_FOUND, "no profile has an address for pnpm")
        self.assertIn(b"keybearer setup docker reg", self.box.keybearer("setup", "reg", "docker").stderr)
        self.assertIn(b"keybearer setup TOOL reg", self.box.keybearer("setup", "reg").stderr)
        self.assertFails(self.box.keybearer("setup", "git"), NOT_FOUND, "git")

    def test_undo_outlives_the_profile(self):
        self.setup_tool("docker")
        self.assertOk(self.box.keybearer("remove", "reg", "--yes"))
        self.setup_tool("--undo")
        self.assertFalse(os.path.exists(self.file))

    def test_add_offers_it_on_a_terminal(self):
        tools = self.box.path("tools")
        os.mkdir(tools)
        os.symlink(shutil.which("true"), os.path.join(tools, "docker"))
        env = {"PATH": f"{BIN}:{tools}"}

        def add(name, *answers):
            return self.box.run_on_tty(
                ["keybearer", "add", name, "--token-url", self.server.token_url, "--store", "sealed-file",
                 "--registry", f"{name}.example.com", "--client-id", self.server.client_id],
                [(b"secret", self.server.client_secret), *answers], env=env)

        no = add("one", (b"Connect docker now? (yes or no) ", "no"))
        self.assertEqual(0, no.status, no)
        self.assertFalse(os.path.exists(self.file))
        yes = add("two", (b"Connect docker now? (yes or no) ", "yes"))
        self.assertEqual(0, yes.status, yes)
        self.assertEqual({"credHelpers": {"two.example.com": "keybearer"}}, json.loads(self.read(self.file)))


if __name__ == "__main__":
    main("git")
