"""Which files are opened, and what is written where: the golden list, baits, and secrets.

opened.txt is the list.
"""

import fnmatch
import os
import re

import tracing
from harness import SandboxTest, find_program, main, need_keyrings
from keyring import keyring
from token_server import TokenServer

LIST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "opened.txt")
REQUEST = b'{"uri": "https://api.example.com/v1"}'
GIT = b"protocol=https\nhost=api.example.com\n\n"

DESCRIPTOR = re.compile(r"(AT_FDCWD|\d+)<((?:\\.|[^>])*)>")
WRITES = {"write", "writev", "pwrite64", "pwritev", "sendto", "sendmsg", "sendmmsg"}


def directory_of(call):
    """The directory that a relative path of CALL begins at."""
    found = DESCRIPTOR.match(call.arguments)
    return tracing.unescape(found[2]) if found else ""


def whole_path(call):
    path = call.path
    return path if path.startswith("/") else os.path.join(directory_of(call), path)


class TraceTest(SandboxTest):
    def setUp(self):
        super().setUp()
        tracing.need_strings(self)
        need_keyrings(self)
        self.server = self.enterContext(TokenServer())
        added = self.add("work", "--match", "https://api.example.com")
        self.assertEqual(0, added.status, added)

    def add(self, name, *options):
        return self.box.add_profile(name, self.server, *options)

    def commands(self):
        """name -> (words, stdin); each ends with success. In this order."""
        secret = (self.server.client_secret + "\n").encode()
        return {
            "get, cached": (["keybearer", "get"], REQUEST),
            "git": (["git-credential-keybearer", "get"], GIT),
            "docker": (["docker-credential-keybearer", "get"], b"api.example.com"),
            "header": (["keybearer", "header", "work"], b""),
            "list": (["keybearer", "list"], b""),
            "complete": (["keybearer", "complete", "--", "show", ""], b""),
            "show": (["keybearer", "show", "work"], b""),
            "status": (["keybearer", "status"], b""),
            "doctor": (["keybearer", "doctor"], b""),
            "doctor, online": (["keybearer", "doctor", "--online"], b""),
            "refresh": (["keybearer", "refresh", "work"], b""),
            "run": (["keybearer", "run", "work", "--", "/bin/true"], b""),
            "run, with a file": (["keybearer", "run", "--file", "T", "work", "--", "/bin/true"], b""),
            "add": (["keybearer", "add", "more", "--token-url", self.server.token_url, "--store",
                     "sealed-file", "--client-id", self.server.client_id,
                     "--client-secret-stdin"], secret),
            "unlock": (["keybearer", "unlock"], b""),
            "passwd": (["keybearer", "passwd", "--passphrase-stdin"], b"a passphrase\n"),
            "lock": (["keybearer", "lock"], b""),
            "token": (["keybearer", "token", "work"], b""),
            "forget": (["keybearer", "forget", "work"], b""),
            "remove": (["keybearer", "remove", "--yes", "more"], b""),
        }

    def trace(self, words, stdin=b"", **run):
        result, calls = tracing.trace(self.box, words, stdin=stdin, **run)
        self.assertEqual(0, result.status, result)
        self.assertGreater(len(calls), 20)
        return calls


class WorkingDirectoryTest(TraceTest):
    """Nothing of the working directory is opened, run, or even looked at, but what doctor warns of."""

    BAITS = (
        ".netrc", ".curlrc", ".env", ".gitconfig", "config.json", "config.toml", "openssl.cnf",
        "git", "sh", "keybearer-helper", "keybearer-fetch", "libcurl.so.4", "libsecret-1.so.0",
        "libsodium.so.23", "libc.so.6", "libnss_files.so.2", "ca.pem", "machine.key",
    )

    def test_baits_in_the_working_directory(self):
        for name in self.BAITS:
            path = os.path.join(self.box.work, name)
            with open(path, "w") as file:
                file.write("#!/bin/sh\nexit 1\n")
            os.chmod(path, 0o755)
        for name, (words, stdin) in self.commands().items():
            with self.subTest(name):
                calls = self.trace(words, stdin, env={"PATH": "/usr/bin:/bin"})
                near = [call for call in calls if self.is_near(call)]
                if words[1] == "doctor":
                    near = [call for call in near if not self.is_warned_of(call)]
                self.assertEqual([], near)

    def is_warned_of(self, call):
        """A file of secrets in clear, or a folder of one; looked at by its full path, and never run."""
        places = (".env", ".npmrc", ".mcp.json", ".claude", ".cursor", ".vscode")
        below = os.path.relpath(call.path, self.box.work).split("/")[0]
        return call.path.startswith("/") and call.name != "execve" and (below in places or below == ".")

    def is_near(self, call):
        """Names something in the working directory, or a path relative to it."""
        if not call.strings or call.name in WRITES | {"read", "recvfrom", "getcwd", "connect"}:
            return False
        if call.name == "newfstatat" and call.strings[0] == b"":
            return False
        if not re.match(r'"|AT_FDCWD', call.arguments):
            return False  # relative to a directory that was opened by its full path
        path = call.path
        is_path = call.name.startswith(
            ("open", "stat", "lstat", "newfstat", "access", "faccess", "readlink", "exec", "mkdir",
             "unlink", "rename", "link", "symlink", "chmod", "statx"))
        return is_path and (not path.startswith("/") or path.startswith(self.box.work))


class GoldenTest(TraceTest):
    """The list of all that is opened; other distributions may leave out lines with a `?`."""

    def normal(self, path):
        """PATH without what differs between machines, users and versions."""
        for directory, name in (
            (self.box.home, "$HOME"), (self.box.runtime, "$RUNTIME"), (self.box.root, "$TOP"),
        ):
            if path == directory or path.startswith(directory + "/"):
                path = name + path[len(directory):]
        path = re.sub(r"^/(?:usr/)?lib(?:64|32)?/(?:[\w-]+-linux-gnu\w*/)?", "$LIB/", path)
        path = re.sub(r"\.so[.\d]*$", ".so", path)
        path = re.sub(r"\.kb-tmp-[0-9a-f]{16}$", ".kb-tmp-*", path)
        path = re.sub(r"/r-[0-9a-f]{8}(?=/|$)", "/r-*", path)
        path = re.sub(r"/([a-z])-[0-9a-f]{32}(\.2)?$", r"/\1-*\2", path)
        return re.sub(r"^/proc/\d+", "/proc/self", path)

    def programs(self, calls):
        """The paths that each program opened: "front", "fetch", "helper"."""
        found, current = {}, {}
        for call in calls:
            if call.name == "execve" and not call.failed:
                current[call.pid] = {"keybearer-fetch": "fetch", "keybearer-helper": "helper"}.get(
                    os.path.basename(call.path), "front")
            if call.name.startswith(("clone", "fork", "vfork")) and call.result.isdigit():
                current.setdefault(int(call.result), current.get(call.pid, "front"))
            if call.name in ("open", "openat", "openat2") and "O_PATH" not in call.arguments:
                program = current.get(call.pid, "helper")
                found.setdefault(program, set()).add(self.normal(whole_path(call)))
        return found

    def read_list(self):
        """program -> [(pattern, whether it must be seen)]"""
        rows, program = {}, None
        with open(LIST) as file:
            for line in file:
                line = line.split("#")[0].strip()
                if line.startswith("["):
                    program = line.strip("[]")
                elif line:
                    rows.setdefault(program, []).append((line.rstrip(" ?"), not line.endswith("?")))
        return rows

    def test_traced_every_opened_path_is_listed(self):
        if not find_program("gnome-keyring-daemon"):
            self.skipTest("gnome-keyring-daemon is not installed")
        seen = {}
        with keyring(self.box):
            self.assertEqual(0, self.add("desk", "--store", "secret-service").status)
            commands = self.commands()
            commands["secret-service"] = (["keybearer", "refresh", "desk"], b"")
            for words, stdin in commands.values():
                for program, paths in self.programs(self.trace(words, stdin)).items():
                    seen.setdefault(program, set()).update(paths)
        for program, rows in self.read_list().items():
            paths = seen.pop(program)
            with self.subTest(program):
                strange = {path for path in paths
                           if not any(fnmatch.fnmatchcase(path, row) for row, _ in rows)}
                self.assertEqual(set(), strange, "opened and not listed")
                unused = {row for row, must in rows if must
                          and not any(fnmatch.fnmatchcase(path, row) for path in paths)}
                self.assertEqual(set(), unused, "listed and not opened")
        self.assertEqual({}, seen)


class SecretTest(TraceTest):
    """The client's secret and the token go where they must, and nowhere else."""

    def test_traced_no_secret_in_any_other_write(self):
        for name, (words, stdin) in self.commands().items():
            with self.subTest(name):
                written = self.check(self.trace(words, stdin), in_file="--file" in words)
                if name == "refresh":
                    self.assertIn("client secret", written)
                if name in ("refresh", "get, cached"):
                    self.assertIn("token", written)

    def test_traced_with_the_secret_service(self):
        if not find_program("gnome-keyring-daemon"):
            self.skipTest("gnome-keyring-daemon is not installed")
        with keyring(self.box):
            self.check(self.trace(
                ["keybearer", "add", "desk", "--token-url", self.server.token_url, "--store",
                 "secret-service", "--client-id", self.server.client_id,
                 "--client-secret-stdin"], (self.server.client_secret + "\n").encode()))
            self.check(self.trace(["keybearer", "refresh", "desk"]))

    def check(self, calls, in_file=False):
        """What of the client and the token was written at all, each where it may be."""
        of_token = r"^(1<|3<pipe)"
        if in_file:
            of_token += rf"|<{self.box.runtime}/keybearer/r-[0-9a-f]{{8}}/\.kb-tmp-"
        written = set()
        for call in calls:
            if call.name not in WRITES | {"execve"}:
                continue
            data = b"".join(call.strings)
            found = {what for what, needle in self.box.needles() if needle in data}
            target = self.target(call)
            for what in found:
                allowed = of_token if what == "token" else r"<(socket|TCP)"
                self.assertRegex(target, allowed, f"{what}: {call.name}")
            written |= found
        return written

    @staticmethod
    def target(call):
        """The first descriptor, as strace names it: "3<pipe:[1234]>"."""
        found = re.match(r"(\d+)<((?:\\.|[^>])*)>", call.arguments)
        return f"{found[1]}<{tracing.unescape(found[2])}>" if found else ""


if __name__ == "__main__":
    main("strace")
