"""
README.md as a reader follows it: every command runs as printed, in the order of the page.

A block of ```sh is one script; in a block of ```console each line after "$ " is a command, and
what follows it is what it prints, with "..." for what differs. Other blocks hold no commands; one
below `<!-- file: NAME -->` is the content of that file. A block that cannot run has
`<!-- not run: REASON -->` above it.

The reader has a home, a terminal and no keyring. The addresses of the page lead to a server of
ours: a proxy takes every host there, and `keybearer add` is told of its certificate.
"""

import hashlib
import json
import os
import re
import shutil
from collections import namedtuple
from pathlib import Path

import git_server
from certificates import Authority
from harness import BIN, SEARCH, SandboxTest, main, need_keyrings
from proxy import Proxy
from registry import write_oci_image
from token_server import Reply, TokenServer

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
HOSTS = ("rest.apisandbox.zuora.com", "rest.na.zuora.com", "rest.test.zuora.com", "sso.example.com", "git.example.com",
         "registry.example.com", "cache.example.com")
PASSPHRASE = "a passphrase of the reader's"

Block = namedtuple("Block", "line section kind note text")


def blocks(page):
    """The fenced blocks of PAGE: where, below which heading, of what kind, and the comment above."""
    section, lines, found = "", page.splitlines(), []
    number = 0
    while number < len(lines):
        line = lines[number]
        if line.startswith("#"):
            section = line.strip("# ")
        if line.startswith("```"):
            end = lines.index("```", number + 1)
            note = re.fullmatch(r"<!-- ([\w ]+): *(.*?) *-->", lines[number - 1])
            found.append(Block(number + 1, section, line[3:], note and note.groups(),
                               "\n".join(lines[number + 1 : end])))
            number = end
        number += 1
    return found


def commands(block):
    """(command, what it prints or None if the page does not say) of each command of BLOCK."""
    if block.kind == "sh":
        return [(block.text, None)]
    found = []
    for piece in re.split(r"^\$ ", block.text, flags=re.M)[1:]:
        lines = piece.split("\n")
        length = next(n for n, line in enumerate(lines, 1) if not line.endswith("\\"))
        found.append(("\n".join(lines[:length]), "\n".join(lines[length:]).strip("\n")))
    return found


def is_as_shown(shown, printed):
    pattern = ".*".join(re.escape(piece) for piece in shown.split("..."))
    return re.fullmatch(pattern, printed.replace("\r\n", "\n").strip("\n"), re.S)


class World(TokenServer):
    """All hosts of the page: tokens, an API, a git repository and a registry behind them."""

    def __init__(self, certificate, repositories, image):
        super().__init__(certificate=certificate)
        self.repositories, self.image = Path(repositories), Path(image)
        self.served = set()  # (host, first part of the path)

    def reply_to_api_request(self, request):
        credentials = git_server.credentials_in(request.headers.get("authorization"))
        if not credentials or not self.accepts(credentials[2]):
            return Reply(401, {}, {"WWW-Authenticate": 'Basic realm="world"'})
        host, path = request.headers["host"], request.path.partition("?")[0]
        self.served.add((host, path.split("/")[1]))
        if host == "registry.example.com":
            return self._image(path)
        file = self.repositories / path[1:]
        if path.startswith("/team/"):
            return Reply(200, file.read_bytes()) if file.is_file() else Reply(404)
        return Reply(200, {"success": True})

    def _image(self, path):
        """GET /v2/, /v2/team/app/manifests/1 and /v2/team/app/blobs/sha256:..."""
        entry = json.loads((self.image / "index.json").read_text())["manifests"][0]
        digest = entry["digest"] if "/manifests/" in path else path.rpartition("/")[2]
        file = self.image / "blobs" / digest.replace(":", "/")
        if not file.is_file():
            return Reply(200, {})
        kind = entry["mediaType"] if "/manifests/" in path else "application/octet-stream"
        return Reply(200, file.read_bytes(), content_type=kind)


class PageTest(SandboxTest):
    """What the page says, held against the source and the programs."""

    page = README.read_text()

    def test_what_is_not_run_has_a_reason(self):
        for block in blocks(self.page):
            what, reason = block.note or ("", "")
            with self.subTest(line=block.line):
                self.assertIn(what, ("", "file", "not run"))
                self.assertTrue(reason or not what, "without a reason")
                self.assertIn(block.kind, ("sh", "console", "json", "ini", "text", "toml", "crontab"))
            if what == "not run":
                print(f"not run, line {block.line}: {reason}")

    def test_messages_are_those_of_the_source(self):
        """The first column of the table."""
        told = re.findall(r"^\| `([^`]+)`", self.section("Troubleshooting by message"), re.M)
        self.assertGreater(len(told), 10)
        texts = source_texts()
        for message in told:
            for piece in re.split(r"\.\.\.|: HTTP \d+", message):
                piece = piece.strip(" :,")
                with self.subTest(message):
                    self.assertTrue(any(piece in text for text in texts), piece)

    def test_packages_are_those_of_the_list(self):
        listed = re.findall(r"^build (\S+)$", (ROOT / "scripts/packages.txt").read_text(), re.M)
        named = re.search(r"apt install ((?!\./)(?:.*\\\n)*.*)", self.section("Install"))[1]
        self.assertEqual(sorted(listed), sorted(named.replace("\\\n", " ").split()))

    def test_commands_in_the_text_are_there(self):
        """Each word and option of `keybearer ...` between two backticks."""
        told = re.findall(r"`keybearer ([a-z]+)([^`]*)`", self.page)
        self.assertGreater(len(told), 10)
        for command, rest in told:
            with self.subTest(command + rest):
                explained = self.assertOk(self.box.keybearer("help", command)).text
                for option in re.findall(r"--[a-z-]+", rest):
                    self.assertIn(option, explained)

    def section(self, name):
        return self.page.partition(f"\n## {name}\n")[2].partition("\n## ")[0]


def source_texts():
    """The texts in the source, cut at what they are filled with."""
    texts = set()
    for folder in ("lib", "backends", "cmd"):
        for path in (ROOT / folder).rglob("*.c"):
            source = re.sub(r'"\s*\n\s*"', "", path.read_text())
            for literal in re.findall(r'"((?:[^"\\\n]|\\.)*)"', source):
                texts.update(re.split(r"%[-+ #0]*[\d*]*(?:\.[\d*]+)?(?:hh?|ll?|[zjt])?[a-zA-Z]", literal))
    return texts


class ReaderTest(SandboxTest):
    """The page, from its beginning to its end, in one home."""

    def setUp(self):
        super().setUp()
        need_keyrings(self)  # without them a passphrase keeps no vault unlocked
        place = self.box.path("world")
        os.mkdir(place)
        authority = Authority(place)
        certificate = authority.named(",".join(f"DNS:{host}" for host in HOSTS))
        write_oci_image(self.box.path("image"))
        self.world = self.enterContext(
            World(certificate, self.box.path("repositories"), self.box.path("image")))
        self.box.guard(self.world)
        self.box.secret(PASSPHRASE)
        proxy = self.enterContext(Proxy(self.world.port))
        self.tools = self.box._directory("tools")
        self.tool("keybearer", f'case $1 in add) ca=yes ;; import) {BIN}/keybearer show zuora >/dev/null 2>&1 || ca=yes ;; esac\n'
                               f'[ -z "$ca" ] || set -- "$@" --ca-file {authority.ca_file}\n'
                               f'exec {BIN}/keybearer "$@"')
        for name in ("KEYBEARER_KEY_FILE", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
            del self.box.env[name]
        self.box.env.update({"PATH": f"{self.tools}:{BIN}:{SEARCH}", "https_proxy": proxy.url})
        for name in ("CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "SSL_CERT_FILE"):
            self.box.env[name] = authority.ca_file
        self.furnish()

    def tool(self, name, script):
        path = os.path.join(self.tools, name)
        with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o755), "w") as file:
            file.write(f"#!/bin/sh\n{script}\n")

    def furnish(self):
        """What the reader has: programs, a repository, and what an installation wrote."""
        self.tool("sudo", 'exec "$@"')
        for name in ("my-mcp-server", "report"):
            self.tool(name, 'test -n "$BEARER_TOKEN"')
        self.box.env["CLIENT_ID"] = self.world.client_id
        self.box.env["CLIENT_SECRET"] = self.world.client_secret
        self.write("home/.wgetrc", f"ca_certificate={self.box.env['SSL_CERT_FILE']}\n")
        self.write("work/report.py", 'import os\nassert os.environ["ZUORA_CLIENT_SECRET"]\n')
        self.write("home/.config/containers/policy.json",
                   '{"default": [{"type": "insecureAcceptAnything"}]}')
        repository = self.box.path("repositories/team/app.git")
        for words in (["init", "-q", "--bare", repository],
                      ["-C", repository, "update-server-info"]):
            self.assertOk(self.box.run(["git", *words]))
        installed = self.box.path("installed")
        self.write("installed", "")
        self.write("work/build/release/install_manifest.txt", installed)

    def write_client(self, more=""):
        """In clear, as programs are told of it."""
        self.write("work/.env", f"{more}ZUORA_CLIENT_ID={self.world.client_id}\n"
                                f"ZUORA_CLIENT_SECRET={self.world.client_secret}\n"
                                "ZUORA_BASE_URL=https://rest.apisandbox.zuora.com\n")

    def write(self, name, content):
        path = Path(self.box.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

    def change_machine(self):
        """To another home, with nothing in memory and nothing open; or back to the old one."""
        old, aside = self.box.home, self.box.path("old-home")
        if os.path.exists(aside):
            self.assertOk(self.box.keybearer("token", "zuora"))
        self.assertOk(self.box.keybearer("lock"))
        if os.path.exists(aside):
            os.rename(aside, old)
            self.box.env["HOME"] = old
        else:
            os.rename(old, aside)
            self.box.env["HOME"] = self.box._directory("new-home")
            shutil.copy(os.path.join(aside, "keybearer.tar.gz"), self.box.env["HOME"])

    def run_as_printed(self, block, command, shown):
        words = ["bash", "-e", "-o", "pipefail", "-c", command]
        done = self.box.run_on_tty(words, self.answer)
        self.assertEqual(0, done.status, f"README.md:{block.line}: {done}")
        self.assertNotIn(b"keybearer: error", done.stdout, f"README.md:{block.line}")
        done.stderr = b""  # the terminal shows what a command is to print, tokens too
        if shown is not None:
            printed = done.stdout.decode()
            self.assertTrue(is_as_shown(shown, printed), f"README.md:{block.line}: {printed}")

    def start_mcp(self, server):
        """As a client of MCP does: the program, or the command that prints headers."""
        if "command" in server:
            self.assertOk(self.box.run([f"{self.tools}/{server['command']}", *server["args"]]))
            return
        env = {"CLAUDE_CODE_MCP_SERVER_URL": server["url"]}
        done = self.box.run(["sh", "-c", server["headersHelper"]], env=env)
        self.assertIn("Authorization", json.loads(self.assertOk(done).stdout))

    def answer(self, shown):
        """What the reader types at what the terminal shows: (how much of that is read, the line)."""
        question = shown.rpartition(b"\n")[2].decode().lower()
        if question.endswith("(yes or no) "):
            return len(shown), "yes"
        if question.endswith(": "):
            for word, line in (("passphrase", PASSPHRASE), ("secret", self.world.client_secret),
                               ("id", self.world.client_id)):
                if word in question:
                    return len(shown), line
        return None

    def test_every_command(self):
        self.write_client()
        for block in blocks(README.read_text()):
            what, which = block.note or ("", "")
            if block.text.startswith(("tar -C ~ -xzf", "keybearer remove")):
                self.change_machine()
            if what == "file":
                self.write(f"home/{which.removeprefix('~/')}", block.text)
            elif what != "not run" and block.kind in ("sh", "console"):
                for command, shown in commands(block):
                    self.run_as_printed(block, command, shown)
            elif what != "not run" and block.kind == "json":
                for server in json.loads(block.text)["mcpServers"].values():
                    self.start_mcp(server)
        self.assertEqual({("rest.apisandbox.zuora.com", "v1"), ("git.example.com", "team"),
                          ("git.example.com", "api"), ("git.example.com", "files"), ("registry.example.com", "v2")},
                         self.world.served)
        self.assertFalse(os.path.exists(self.box.path("installed")))
        left = [link for link in Path(self.box.home).rglob("*keybearer*") if link.is_symlink()]
        self.assertEqual([], left, "links of tools")


if __name__ == "__main__":
    main("openssl", "git", "curl", "skopeo", "wget")
