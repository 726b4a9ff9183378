"""What surrounds a call must not change what it does: environment, descriptors, umask, modes."""

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import threading

from certificates import Authority
from harness import (
    BIN, CONFIG, DENIED, NETWORK, UNAVAILABLE, SandboxTest, find_program, main, need_proc,
    not_under_memcheck, signals_of, wait_until,
)
from proxy import Proxy
from token_server import Reply, TokenServer

OTHER_UID = 64330  # nobody's


def need_chown(test):
    """Only root can give a file away, and not in every container."""
    try:
        os.chown(test.box.work, OTHER_UID, -1)
    except OSError:
        test.skipTest("no file can be given away here")
    os.chown(test.box.work, os.geteuid(), -1)


class EnvironmentTest(SandboxTest):
    def setUp(self):
        super().setUp()
        if not find_program("openssl"):
            self.skipTest("openssl is not installed")
        place = self.box.path("authority")
        os.mkdir(place)
        self.authority = Authority(place)
        self.server = self.enterContext(TokenServer(certificate=self.authority.good()))

    def bait(self):
        """Every variable and file that a library would take for an order; what it would write."""
        written = [self.box.path(name) for name in ("session-keys", "dbus-log", "libsecret-store")]
        settings = self.box.path("openssl.cnf")
        with open(settings, "w") as file:
            file.write("openssl_conf = broken\n[broken]\nengines = missing\n")
        self.box.env.update(
            SSLKEYLOGFILE=written[0], GNUTLS_KEYLOGFILE=written[0],
            SSL_CERT_FILE=self.authority.ca_file, SSL_CERT_DIR=os.path.dirname(settings),
            CURL_CA_BUNDLE=self.authority.ca_file, CURL_SSL_BACKEND="none",
            OPENSSL_CONF=settings, OPENSSL_MODULES=self.box.work, OPENSSL_ENGINES=self.box.work,
            G_DBUS_DEBUG="all", G_MESSAGES_DEBUG="all", SECRET_BACKEND="file",
            SECRET_FILE_TEST_PATH=written[2], SECRET_FILE_TEST_PASSWORD="x",
            MALLOC_CHECK_="3", LD_LIBRARY_PATH=self.box.work, GIO_EXTRA_MODULES=self.box.work,
        )
        return written

    def test_library_variables_what_makes_libraries_write_or_trust(self):
        written = self.bait()
        refused = self.box.add_profile("work", self.server)
        self.assertFails(refused, NETWORK, "127.0.0.1")  # the authority in SSL_CERT_FILE
        self.assertEqual(0, self.server.count)
        added = self.box.add_profile("work", self.server, "--ca-file", self.authority.ca_file)
        self.assertEqual(0, added.status, added)
        self.assertOk(self.box.keybearer("refresh", "work"))
        self.assertOk(self.box.keybearer("status"))
        self.assertEqual([], [path for path in written if os.path.exists(path)])

    def test_library_variables_run_gives_the_command_its_own_environment(self):
        """The helper that becomes the command cleans its environment, not the command's."""
        options = ["--preset", "zuora", "--environment", "SBX", "--ca-file"]
        added = self.box.add_profile("zuora", self.server, *options, self.authority.ca_file)
        self.assertEqual(0, added.status, added)
        written = self.bait()
        answer = self.box.keybearer("run", "zuora", "--", "sh", "-c", "echo $SSLKEYLOGFILE")
        self.assertEqual(written[0], self.assertOk(answer).text)
        self.assertEqual([], [path for path in written if os.path.exists(path)])

    def test_proxy_baits_for_curl(self):
        trap = self.enterContext(TokenServer())
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
            self.box.env[name] = trap.origin
        with open(self.box.path("home", ".netrc"), "w") as file:
            file.write("machine 127.0.0.1 login trap password trap\n")
        os.chmod(self.box.path("home", ".netrc"), 0o600)
        with open(self.box.path("home", ".curlrc"), "w") as file:
            file.write(f"proxy = {trap.origin}\ninsecure\n")
        self.box.env["CURL_HOME"] = self.box.home
        added = self.box.add_profile("work", self.server, "--ca-file", self.authority.ca_file)
        self.assertEqual(0, added.status, added)
        self.assertNotIn("authorization", self.server.requests[0].headers)
        self.assertEqual(0, trap.connections)

    def test_proxy_sees_one_connect_and_no_secret(self):
        certificate = self.authority.named("DNS:token.example.com")
        server = self.enterContext(TokenServer(certificate=certificate))
        proxy = self.enterContext(Proxy(server.port))
        server.token_url = f"https://token.example.com:{server.port}/oauth/token"
        self.box.env["https_proxy"] = proxy.url
        added = self.box.add_profile("work", server, "--ca-file", self.authority.ca_file)
        self.assertEqual(0, added.status, added)
        self.assertEqual(1, len(proxy.requests))
        wanted = f"CONNECT token.example.com:{server.port} HTTP/1.1\r\n".encode()
        self.assertTrue(proxy.requests[0].startswith(wanted), proxy.requests)
        seen = proxy.requests[0] + proxy.tunnelled
        for text in (server.client_secret, server.client_id, server.token, "client_secret"):
            self.assertNotIn(text.encode(), seen)

    def test_proxy_none_is_used(self):
        certificate = self.authority.named("DNS:token.example.com")
        server = self.enterContext(TokenServer(certificate=certificate))
        proxy = self.enterContext(Proxy(server.port))
        server.token_url = f"https://token.example.com:{server.port}/oauth/token"
        self.box.env.update(https_proxy=proxy.url, no_proxy="example.com")
        self.assertFails(self.box.add_profile("work", server), NETWORK, "token.example.com")
        self.assertEqual([], proxy.requests)


class HostTest(SandboxTest):
    """No variable makes keybearer answer for another host."""

    VARIABLES = {
        "CODESPACES": "true", "GITHUB_TOKEN": "x", "GH_HOST": "evil.example.com",
        "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "credential.useHttpPath",
        "GIT_CONFIG_VALUE_0": "true", "KEYBEARER_HOST": "evil.example.com",
        "KEYBEARER_MATCH": "https://evil.example.com", "KEYBEARER_PROFILE": "work",
        "HOSTALIASES": "/dev/null", "https_proxy": "http://127.0.0.1:1", "DOCKER_CONFIG": "/",
        "CREDENTIALS_DIRECTORY": "/", "XDG_CONFIG_DIRS": "/tmp",
    }

    def test_no_variable_widens_the_hosts(self):
        server = self.enterContext(TokenServer())
        added = self.box.add_profile("work", server, "--match", "https://api.example.com")
        self.assertEqual(0, added.status, added)
        asked = server.count
        self.box.env.update(self.VARIABLES)
        for request in (b"protocol=https\nhost=evil.example.com\n\n",
                        b"protocol=http\nhost=api.example.com\n\n"):
            answer = self.box.run(["git-credential-keybearer", "get"], stdin=request)
            self.assertEqual((0, b"", b""), (answer.status, answer.stdout, answer.stderr))
        for host in ("https://evil.example.com/", "http://api.example.com/"):
            answer = self.box.keybearer("get", stdin=json.dumps({"uri": host}).encode())
            self.assertNotIn(server.token.encode(), answer.stdout)
        self.assertEqual(asked, server.count)
        request = b"protocol=https\nhost=api.example.com\n\n"
        answer = self.box.run(["git-credential-keybearer", "get"], stdin=request)
        self.assertIn(server.token.encode(), answer.stdout)


class DescriptorTest(SandboxTest):
    """A helper at work, looked at from outside."""

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        added = self.box.add_profile("work", self.server)
        self.assertEqual(0, added.status, added)

    def look(self, function, **popen):
        """FUNCTION(pid of the helper) while it waits for the server."""
        need_proc(self)
        gate = threading.Event()
        self.addCleanup(gate.set)
        asked = self.server.count
        self.server.behave(lambda request: Reply(gate=gate, hang_up=True))
        running = self.box.start(["keybearer", "refresh", "work"], **popen)
        wait_until(lambda: self.server.count > asked, "the helper asks the server")
        try:
            return function(self.child_of(running.process.pid))
        except PermissionError:
            self.skipTest("an undumpable process can only be looked at by root")
        finally:
            gate.set()
            running.wait()

    @staticmethod
    def child_of(pid):
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return int(file.read().split()[0])

    @not_under_memcheck("valgrind has descriptors of its own")
    def test_inherited_descriptors_are_closed(self):
        left, right = socket.socketpair()
        kept = [os.open(self.box.config_file, os.O_RDONLY) for _ in range(20)]
        kept += [left.fileno(), right.fileno()]

        def descriptors(pid):
            names = os.listdir(f"/proc/{pid}/fd")
            return {int(fd): os.readlink(f"/proc/{pid}/fd/{fd}") for fd in names}

        found = self.look(descriptors, pass_fds=kept)
        left.close()
        right.close()
        for fd in kept[:-2]:
            os.close(fd)
        self.assertEqual("/dev/null", found.pop(0))
        files = [path for fd, path in found.items() if fd > 2 and path.startswith("/")]
        allowed = (os.path.join(self.box.runtime, "keybearer"), "/dev/urandom")
        strange = [path for path in files if not path.startswith(allowed)]
        self.assertEqual([], strange)
        self.assertNotIn(self.box.config_file, found.values())
        self.assertTrue(found[3].startswith("pipe:"))
        self.assertLess(len(found), 14, found)

    @not_under_memcheck("valgrind has variables of its own")
    def test_the_environment_is_built(self):
        self.box.env.update(GIT_DIR="/x", LD_LIBRARY_PATH="/x", AWS_SECRET_ACCESS_KEY="x",
                            SSLKEYLOGFILE="/x", PYTHONPATH="/x")

        def environment(pid):
            with open(f"/proc/{pid}/environ", "rb") as file:
                return {entry.split(b"=")[0].decode() for entry in file.read().split(b"\0")}

        found = self.look(environment) - {""}
        allowed = {"HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "LC_ALL",
                   "KEYBEARER_KEY_FILE", "GNUTLS_NO_IMPLICIT_INIT"}
        self.assertEqual(set(), found - allowed)

    def test_arguments_hold_no_secret(self):
        def arguments(pid):
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                return file.read()

        found = self.look(arguments)
        self.assertNotIn(self.server.client_secret.encode(), found)
        self.assertNotIn(self.server.client_id.encode(), found)


class SignalTest(SandboxTest):
    def test_the_callers_signals(self):
        """A caller may ignore SIGCHLD and block signals: calls work, and `run` hands both on."""
        need_proc(self)
        server = self.enterContext(TokenServer())

        def odd():
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD, signal.SIGTERM})

        added = self.box.add_profile("work", server, preexec_fn=odd)
        self.assertEqual(0, added.status, added)
        self.assertOk(self.box.keybearer("refresh", "work", preexec_fn=odd))
        self.assertOk(self.box.keybearer("token", "work", preexec_fn=odd))
        for option in ((), ("--token-only",)):
            page = self.assertOk(self.box.keybearer(
                "run", *option, "work", "--", "cat", "/proc/self/status", preexec_fn=odd)).text
            masks = dict(line.split(":\t") for line in page.splitlines() if ":\t" in line)
            blocked = signals_of(masks["SigBlk"])
            self.assertLessEqual({signal.SIGCHLD, signal.SIGTERM}, blocked)
            self.assertNotIn(signal.SIGPIPE, blocked)
            self.assertIn(signal.SIGCHLD, signals_of(masks["SigIgn"]))
        server.behave(lambda request: Reply(hang_up=True))
        self.assertFails(self.box.keybearer("refresh", "work", preexec_fn=odd), NETWORK, "broke")


class ModeTest(SandboxTest):
    """Each of the twelve mode bits, on everything that is read."""

    HARMLESS = 0o7000 | 0o700  # what only concerns the owner, and set-id bits on data

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        added = self.box.add_profile("work", self.server)
        self.assertEqual(0, added.status, added)

    def places(self):
        """path -> the bits that must be refused, and with which command to mend them."""
        return {
            self.box.config_file: (0o022, "chmod go-w"),
            self.box.vault: (0o077, "chmod 700"),
            os.path.join(self.box.vault, "vault.kbv"): (0o077, "chmod 600"),
            self.box.cards_folder: (0o077, "chmod 700"),
            self.box.client_file("work"): (0o077, "chmod 600"),
            self.box.key_file: (0o037, "chmod 600"),
        }

    def test_open_files_every_bit_of_every_file(self):
        self.box.keybearer("lock")
        for path, (refused, command) in self.places().items():
            before = stat.S_IMODE(os.stat(path).st_mode)
            for bit in (1 << n for n in range(12)):
                if before & bit:
                    continue
                with self.subTest(path=path, bit=oct(bit)):
                    os.chmod(path, before | bit)
                    self.box.keybearer("forget", "work")
                    answer = self.box.keybearer("token", "work")
                    if bit & refused and not self.is_in_ones_own_group(path, bit):
                        self.assertIn(answer.status, (CONFIG, DENIED), answer)
                        self.mend(answer, command, path)
                    self.assertEqual(0, self.box.keybearer("token", "work").status)
                os.chmod(path, before)

    def is_in_ones_own_group(self, path, bit):
        """What a umask of 002 makes, where each user has a group: no harm in the configuration."""
        group = os.stat(path).st_gid
        return path == self.box.config_file and bit == 0o020 and group == os.getegid() == os.geteuid()

    def mend(self, answer, command, path):
        """The hint is a command, and it helps."""
        hint = answer.stderr.decode().splitlines()[1]
        self.assertIn(f"{command} {path}", hint)
        start = hint.index(command)
        subprocess.run(["sh", "-c", hint[start:]], check=True)

    def test_open_files_the_cache_directory(self):
        """Never an error: another place is used, or none."""
        cache = os.path.join(self.box.runtime, "keybearer")
        for bit in (1 << n for n in range(12)):
            if 0o700 & bit:
                continue
            with self.subTest(bit=oct(bit)):
                os.chmod(cache, 0o700 | bit)
                self.assertOk(self.box.keybearer("token", "work"))
                used = self.box.keybearer("status", "--json").json()["cache"]["path"]
                self.assertEqual(not bit & 0o077, used == cache)
        os.chmod(cache, 0o755)
        page = self.box.keybearer("doctor").stdout.decode()
        self.assertIn("token cache", page)
        self.box.keybearer("remove", "--yes", "work")

    def test_open_files_what_is_no_file(self):
        """Of a card or a sealed client it is said what stands in its place; no chmod would help."""
        aside = self.box.path("aside")
        kinds = {
            "link": (lambda path: os.symlink(aside, path), "symbolic link", "or: rm {}"),
            "hard link": (lambda path: os.link(aside, path), "hard link", "-samefile {}"),
            "FIFO": (lambda path: os.mkfifo(path, 0o600), "a FIFO", "hint: rm {}"),
            "directory": (lambda path: os.mkdir(path, 0o700), "a directory", "hint: ls -ld {}"),
        }
        [card] = os.listdir(self.box.cards_folder)
        for path in (os.path.join(self.box.cards_folder, card), self.box.client_file("work")):
            self.box.keybearer("forget", "work")
            os.rename(path, aside)
            for kind, (make, what, hint) in kinds.items():
                with self.subTest(path=path, kind=kind):
                    make(path)
                    refused = self.box.keybearer("token", "work")
                    self.assertFails(refused, DENIED, path, what)
                    self.assertIn(hint.format(path) + "\n", refused.stderr.decode())
                    (os.rmdir if kind == "directory" else os.unlink)(path)
            os.rename(aside, path)
        self.assertOk(self.box.keybearer("token", "work"))

    def test_open_files_another_owner(self):
        need_chown(self)
        self.box.keybearer("lock")
        for path, (_, _) in self.places().items():
            with self.subTest(path):
                os.chown(path, OTHER_UID, -1)
                self.box.keybearer("forget", "work")
                answer = self.box.keybearer("token", "work")
                os.chown(path, 0, -1)
                self.assertIn(answer.status, (CONFIG, DENIED), answer)
                self.assertEqual(b"", answer.stdout)
                self.assertIn(b"another user", answer.stderr)
                self.assertIn(f"run keybearer as uid {OTHER_UID}".encode(), answer.stderr)
                self.assertEqual(0, self.box.keybearer("token", "work").status)


class UmaskTest(SandboxTest):
    def test_modes_whatever_the_umask(self):
        server = self.enterContext(TokenServer())
        for mask in (0o000, 0o022, 0o077, 0o777):
            with self.subTest(oct(mask)):
                self.box.keybearer("lock")
                for top in (os.path.join(self.box.config, "keybearer"),
                            os.path.join(self.box.data, "keybearer"),
                            os.path.join(self.box.runtime, "keybearer")):
                    shutil.rmtree(top, ignore_errors=True)
                added = self.box.add_profile(
                    "work", server, preexec_fn=lambda mask=mask: os.umask(mask) and None)
                self.assertEqual(0, added.status, added)
                self.check_modes()

    def check_modes(self):
        count = 0
        for top in (self.box.config, self.box.data, self.box.runtime):
            for where, directories, names in os.walk(os.path.join(top, "keybearer")):
                self.assertEqual(0o700, stat.S_IMODE(os.stat(where).st_mode), where)
                for name in names:
                    path = os.path.join(where, name)
                    self.assertEqual(0o600, stat.S_IMODE(os.stat(path).st_mode), path)
                    count += 1
        self.assertGreaterEqual(count, 6)


class RuntimeDirectoryTest(SandboxTest):
    """Wherever XDG_RUNTIME_DIR leads, the token is printed."""

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        added = self.box.add_profile("work", self.server)
        self.assertEqual(0, added.status, added)

    def assertElsewhere(self, directory):
        env = {"XDG_RUNTIME_DIR": directory}
        try:
            self.assertOk(self.box.keybearer("token", "work", env=env))
            cache = self.box.keybearer("status", "--json", env=env).json()["cache"]
            if directory:
                self.assertFalse(cache["path"].startswith(directory), cache)
                self.assertEqual([], os.listdir(directory) if os.path.isdir(directory) else [])
        finally:
            self.box.keybearer("forget", "work", env=env)

    def make(self, mode=0o700, top=None):
        path = os.path.join(top or self.box.runtime, "other")
        os.mkdir(path)
        os.chmod(path, mode)
        return path

    def test_runtime_dir_unset_relative_and_missing(self):
        for directory in (None, "run", "", "/nonexistent", self.box.key_file):
            with self.subTest(directory):
                self.assertElsewhere(directory)

    def test_runtime_dir_writable_by_others(self):
        self.assertElsewhere(self.make(0o777))

    def test_runtime_dir_readable_by_others(self):
        """0755: others cannot make anything in it, and ours in it is 0700."""
        directory = self.make(0o755)
        env = {"XDG_RUNTIME_DIR": directory}
        self.assertOk(self.box.keybearer("token", "work", env=env))
        inside = os.path.join(directory, "keybearer")
        self.assertEqual(0o700, stat.S_IMODE(os.stat(inside).st_mode))
        self.box.keybearer("lock", env=env)

    def test_runtime_dir_somebody_elses(self):
        need_chown(self)
        directory = self.make()
        os.chown(directory, OTHER_UID, -1)
        self.assertElsewhere(directory)

    def test_runtime_dir_on_disk(self):
        directory = self.make(top=self.box.root)
        kind = subprocess.check_output(["stat", "-f", "-c", "%T", directory]).strip()
        if kind in (b"tmpfs", b"ramfs"):
            self.skipTest("everything here is tmpfs")
        self.assertElsewhere(directory)

    def test_runtime_dir_no_place_at_all(self):
        """Where nothing is in memory: no cache, and it is said; the token is printed."""
        kind = subprocess.check_output(["stat", "-f", "-c", "%T", self.box.root]).strip()
        if kind in (b"tmpfs", b"ramfs"):
            self.skipTest("everything here is tmpfs")
        private = ["unshare", "--user", "--map-root-user", "--mount"]
        if not find_program("unshare") or subprocess.run([*private, "true"],
                                                         capture_output=True).returncode != 0:
            self.skipTest("user namespaces are forbidden here")
        disk = self.box.path("disk")
        os.mkdir(disk, 0o700)
        script = (f"mount --bind {disk} /dev/shm && "
                  f"if [ -d /run/user ]; then mount --bind {disk} /run/user; fi && exec \"$@\"")
        program = os.path.join(BIN, "keybearer")
        env = {"XDG_RUNTIME_DIR": disk}

        def hidden(*words):
            return self.box.run([*private, "sh", "-c", script, "sh", program, *words], env=env)

        asked = self.server.count
        for _ in range(2):
            answer = self.assertOk(hidden("token", "work"))
            self.assertEqual(self.server.token, answer.text)
        self.assertEqual(asked + 2, self.server.count)
        failed = hidden("run", "--file", "T", "work", "--", "true")
        self.assertFails(failed, UNAVAILABLE, "not on tmpfs")
        self.assertEqual(asked + 2, self.server.count)
        cache = hidden("status", "--json").json()["cache"]
        self.assertEqual("none", cache["protection"])
        self.assertIn("tmpfs", cache["reason"])
        doctor = hidden("doctor").stdout
        self.assertIn(b"weak  token cache: none", doctor)
        self.assertEqual([], os.listdir(disk))


if __name__ == "__main__":
    main()
