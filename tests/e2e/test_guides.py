"""
docs/guides as a person follows them: every command as printed, each page in a home of its own, with the
reader and the servers of test_readme.py. What cannot run says why, above its block.

Podman, docker and systemd are played: a program reads the same words or lines, and starts the command with
those files and variables and no others, and without the kernel's keyring, as they do.
"""

import os
import re
from pathlib import Path

import test_readme
from harness import BIN, SEARCH, SandboxTest, find_program, main, tool
from keyring import keyring
from test_readme import ROOT, blocks, commands

GUIDES = ROOT / "docs/guides"

# `run` of podman and docker. A mounted file counts at the path where it is in the container.
ENGINE = r"""#!/usr/bin/env python3
import os, sys, tempfile
words, places, env = sys.argv[1:], {}, {}
if words[:2] == ["secret", "create"]:
    os.symlink(words[3], os.path.join(os.environ["SECRETS"], words[2]))
    sys.exit()
assert words.pop(0) == "run"
while words[0].startswith("-"):
    option = words.pop(0)
    if option == "--rm" or "=" in option:
        continue
    value = words.pop(0)
    if option == "-v":
        outside, inside = value.split(":")[:2]
        assert os.path.exists(outside) and (value.endswith(":ro")), value
        places[inside] = outside
    elif option == "-e":
        name, env[name] = value.partition("=")[::2]
    elif option == "--secret":
        name, *rest = value.split(",")
        assert sorted(rest) == ["gid=%d" % os.getgid(), "mode=0400", "uid=%d" % os.getuid()], rest
        places["/run/secrets/" + name] = os.path.realpath(os.path.join(os.environ["SECRETS"], name))
    else:
        assert (option, value) == ("--user", "%d:%d" % (os.getuid(), os.getgid())), option
for name, value in env.items():
    if value.startswith("/run/secrets/"):
        env[name] = places[value]
image = words.pop(0)
assert image == "my-image", image
for name in ("PATH", "https_proxy", "SSL_CERT_FILE"):
    env[name] = os.environ[name]
env["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(dir=os.environ["XDG_RUNTIME_DIR"])  # a memory of its own
words = [os.environ["NO_KEYCTL"], "EPERM", *words]
if os.getuid() == 0:  # only root can make them read-only for one command
    mounts = "".join(f"mount --bind {at} {at} && mount -o remount,bind,ro {at} && " for at in places if os.path.isdir(at))
    words = ["unshare", "--mount", "sh", "-c", mounts + 'exec "$@"', "sh", *words]
os.execvpe(words[0], words, env)
"""


class PagesTest(SandboxTest):
    """What the pages say, held against each other and the programs."""

    def test_the_readme_leads_to_each(self):
        readme = (ROOT / "README.md").read_text()
        for path in GUIDES.glob("*.md"):
            self.assertIn(f"](docs/guides/{path.name})", readme)
        self.assertEqual({path.name for path in GUIDES.glob("*.md")},
                         {guide.file for guide in GuideTest.__subclasses__()}, "a guide without a test")

    def test_what_is_not_run_has_a_reason(self):
        for path in GUIDES.glob("*.md"):
            for block in blocks(path.read_text()):
                with self.subTest(path.name, line=block.line):
                    what, reason = block.note or ("", "")
                    self.assertIn(what, ("", "file", "not run"))
                    self.assertTrue(reason or not what, "without a reason")
                    self.assertIn(block.kind, ("sh", "ini", "text", "crontab"))
                    self.assertTrue(what or block.kind == "sh", "neither run nor a file")

    def test_links_lead_somewhere(self):
        for path in GUIDES.glob("*.md"):
            for target in re.findall(r"\]\(([^)#]+)", path.read_text()):
                with self.subTest(path.name, target=target):
                    self.assertTrue((path.parent / target).exists())

    def test_commands_in_the_text_are_there(self):
        for path in GUIDES.glob("*.md"):
            for command, rest in re.findall(r"`(?:KEYBEARER_\w+=\S+ )?keybearer ([a-z]+)([^`]*)`", path.read_text()):
                with self.subTest(path.name, command=command + rest):
                    explained = self.assertOk(self.box.keybearer("help", command)).text
                    for option in re.findall(r"--[a-z-]+", rest):
                        self.assertIn(option, explained)

    def test_messages_are_those_of_the_source(self):
        texts = test_readme.source_texts()
        for path in GUIDES.glob("*.md"):
            for message in re.findall(r"^\| `((?:the|no) [^`]+)`", path.read_text(), re.M):
                for piece in filter(None, (piece.strip() for piece in message.split("..."))):
                    with self.subTest(path.name, message=message):
                        self.assertTrue(any(piece in text for text in texts), piece)


class GuideTest(test_readme.ReaderTest):
    """One page, from its beginning to its end."""

    file = ""
    test_every_command = None

    def furnish(self):
        super().furnish()
        # Whatever else is installed on this machine is no part of a page.
        for name in ("git", "curl", "tar", "python3"):
            os.symlink(find_program(name), os.path.join(self.tools, name))
        self.box.env["PAGER"] = "cat"

    def use_key_file(self):
        """Where a page is not about the passphrase, and nobody has to wait for it."""
        path = self.box.path("reader.key")
        with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
            file.write(os.urandom(32))
        self.box.env["KEYBEARER_KEY_FILE"] = path

    def before(self, block):
        """What happens in the world between the blocks."""

    def answer(self, shown):
        question = shown.rpartition(b"\n")[2].decode().lower()
        if question.startswith("client id") and "[" in question:
            return len(shown), ""
        return super().answer(shown)

    def read_page(self, *served):
        path = GUIDES / self.file
        for block in blocks(path.read_text()):
            what, which = block.note or ("", "")
            self.before(block)
            if what == "file":
                self.write(which, block.text)
            elif what != "not run" and block.kind == "sh":
                for command, shown in commands(block):
                    self.run_as_printed(block, command, shown)
        self.assertLessEqual(set(served), self.world.served)


class LaptopTest(GuideTest):
    file = "laptop.md"

    def test_every_command(self):
        if not find_program("gnome-keyring-daemon"):
            self.skipTest("not installed: gnome-keyring-daemon")
        with keyring(self.box):
            self.read_page(("git.example.com", "team"))
            kept = self.box.keybearer("list").text
        self.assertIn("secret-service", kept)
        self.assertEqual([], self.box.client_files())


class ServerTest(GuideTest):
    file = "server.md"

    def before(self, block):
        if block.text.startswith("keybearer unlock"):
            self.assertOk(self.box.keybearer("lock"))
        if "passwd" in block.text:
            self.assertEqual(0, self.box.run_on_tty(["keybearer", "unlock"], self.answer).status)

    def test_every_command(self):
        self.read_page(("rest.apisandbox.zuora.com", "v1"))
        self.assertOk(self.box.keybearer("lock"))
        alone = {"KEYBEARER_KEY_FILE": f"{self.box.home}/machine.key"}
        self.assertOk(self.box.keybearer("token", "zuora", env=alone))


class CiTest(GuideTest):
    file = "ci.md"

    def before(self, block):
        if "remove ci" in block.text:
            self.assertIn("helper = keybearer", Path(self.box.home, ".gitconfig").read_text())
            self.assertIn("registry.example.com", Path(self.box.home, ".config/containers/auth.json").read_text())

    def test_every_command(self):
        self.read_page(("git.example.com", "team"))
        self.assertEqual([], self.box.client_files())
        for name in (".gitconfig", ".config/containers/auth.json", "machine.key"):
            self.assertFalse(os.path.exists(os.path.join(self.box.home, name)), name)


class ContainersTest(GuideTest):
    file = "containers.md"

    def test_every_command(self):
        """Each of them gets its token with the key file, and from the two folders that it was given."""
        for name in ("podman", "docker"):
            path = os.path.join(self.tools, name)
            with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o755), "w") as file:
                file.write(ENGINE)
        self.box.env.update({"SECRETS": self.box._directory("secrets"), "NO_KEYCTL": tool("no_keyctl")})
        asked = []
        self.world.behave(lambda request: asked.append(request))
        self.read_page()
        self.assertEqual(3, len(asked), "add, and each container")


class SystemdTest(GuideTest):
    file = "systemd.md"

    def test_every_command(self):
        self.read_page()
        unit = dict(re.findall(r"^(\w+)=(.*)$", Path(self.box.path("job.service")).read_text(), re.M))
        name, _, path = unit["LoadCredential"].partition(":")
        self.assertEqual("/etc/keybearer/job.key", path)
        place = self.box._directory("credentials")
        os.rename(f"{self.box.home}/job.key", f"{place}/{name}")
        os.chmod(f"{place}/{name}", 0o400)
        self.assertOk(self.box.keybearer("lock"))
        words = unit["ExecStart"].replace("/usr/bin/", f"{self.tools}/").replace("/usr/local/bin/", f"{self.tools}/")
        setting, _, value = unit["Environment"].replace("%d", place).partition("=")
        self.assertNotEqual(0, self.box.run(words.split()).status, "without the credential")
        self.assertOk(self.box.run(words.split(), env={setting: value}))


class NewMachineTest(GuideTest):
    file = "new-machine.md"

    def furnish(self):
        super().furnish()
        words = [f"{self.tools}/keybearer", "add", "zuora", "--preset", "zuora", "--environment", "SBX"]
        self.assertEqual(0, self.box.run_on_tty(words, self.answer).status)

    def before(self, block):
        if block.text.startswith("tar -C ~ -xzf"):
            self.change_machine()

    def test_every_command(self):
        self.read_page(("rest.apisandbox.zuora.com", "v1"))


class FromPlaintextTest(GuideTest):
    file = "from-plaintext.md"

    def furnish(self):
        super().furnish()
        self.use_key_file()
        self.write_client("OTHER=stays\n")
        self.write("home/.gitconfig", "[credential]\n\thelper = store\n")
        self.write("home/.git-credentials", "https://me:old-password@git.example.com\n")
        os.chmod(self.box.path("home/.git-credentials"), 0o600)

    def before(self, block):
        if block.text.startswith("git config"):
            self.assertNotIn("old-password", Path(self.box.home, ".git-credentials").read_text())

    def test_every_command(self):
        self.read_page(("git.example.com", "team"))
        self.assertEqual("OTHER=stays\nZUORA_BASE_URL=https://rest.apisandbox.zuora.com\n",
                         Path(self.box.path("work/.env")).read_text())
        self.assertFalse(os.path.exists(self.box.path("home/.git-credentials")))
        self.assertNotIn("store", Path(self.box.home, ".gitconfig").read_text())


class FromAnotherHelperTest(GuideTest):
    file = "from-another-helper.md"

    def furnish(self):
        super().furnish()
        self.use_key_file()
        self.write("home/.gitconfig", "[credential]\n\thelper = store\n")
        self.write("home/.git-credentials", "https://me:old-password@git.example.com\n")
        os.chmod(self.box.path("home/.git-credentials"), 0o600)
        self.write("home/.docker/config.json", '{"credHelpers": {"registry.example.com": "desktop"}}')

    def test_every_command(self):
        """The old password is gone, and no token was written in its place."""
        self.read_page(("git.example.com", "team"))
        self.assertEqual("", Path(self.box.home, ".git-credentials").read_text())
        registries = self.box.keybearer("setup", "docker", "--undo", "--yes")
        self.assertIn("desktop", Path(self.box.home, ".docker/config.json").read_text(), registries)


if __name__ == "__main__":
    main("openssl", "git", "curl", "tar")
