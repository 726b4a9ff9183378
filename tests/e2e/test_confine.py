"""The helpers' confinement: what is out of reach while they hold a secret, and from when on."""

import ctypes
import errno
import json
import os
import re
import subprocess
import threading
import unittest

import tracing
from certificates import Authority
from harness import (
    BIN, NETWORK, NOT_FOUND, TOOLS, SandboxTest, find_program, main, need_keyrings, need_proc,
    wait_until,
)
from keyring import keyring
from token_server import Reply, TokenServer

SOURCES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../cmd/keybearer-helper")
CREATE_RULESET = 444  # the same number on every architecture that keybearer runs on
TEMPORARY = ".kb-tmp-"  # in the name of a file before it is in its place


def landlock_version():
    libc = ctypes.CDLL(None, use_errno=True)
    return libc.syscall(CREATE_RULESET, None, 0, 1)


@unittest.skipIf(landlock_version() < 1, "this kernel has no Landlock")
class ConfinementTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())

    def add(self, name="work", *options, **run):
        added = self.box.add_profile(name, self.server, *options, **run)
        self.assertEqual(0, added.status, added)


class TokenFileTest(ConfinementTest):
    """A file of a token that lies behind a link in the home: the whole home is too much for its sake."""

    def link_to(self, number):
        link = os.path.join(self.box.home, "link")
        os.symlink(f"folder{number}", link + "_new")
        os.rename(link + "_new", link)

    def answer(self, request):
        if self.server.count > 1:
            return self.server.issue()
        self.link_to(2)
        return Reply(503)

    def test_the_home_stays_closed(self):
        """However it is spelled: what the link leads to later is out of reach until the next call."""
        for number in (1, 2):
            os.mkdir(os.path.join(self.box.home, f"folder{number}"))
            with open(os.path.join(self.box.home, f"folder{number}", "token"), "w") as file:
                file.write(f"h.assertion-{number}.s")
        self.server.behave(self.answer)
        for number, home in enumerate((self.box.home, os.path.join(self.box.home, "folder1", ".."))):
            with self.subTest(home):
                self.link_to(1)
                self.server.requests.clear()
                self.assertOk(self.box.keybearer(
                    "add", f"work{number}", "--store", "sealed-file", "--token-url", self.server.token_url,
                    "--client-id", "the-id", "--client-auth", "client_assertion_file",
                    "--client-assertion-file", os.path.join(home, "link", "token")))
                self.assertEqual(["h.assertion-1.s"] * 2,
                                 [request.form["client_assertion"] for request in self.server.requests])


class IntruderTest(ConfinementTest):
    """Foreign code in a helper, at the moment when it holds the client's secret."""

    def setUp(self):
        super().setUp()
        need_proc(self)

    def fetch_command(self, program, profile):
        """How the front starts PROGRAM: its words are the helper's own affair."""
        gate = threading.Event()
        self.addCleanup(gate.set)
        asked = self.server.count
        self.server.behave(lambda request: Reply(gate=gate, hang_up=True))
        running = self.box.start(["keybearer", "refresh", profile])
        wait_until(lambda: self.server.count > asked, "the helper asks the server")
        front = running.process.pid
        with open(f"/proc/{front}/task/{front}/children") as file:
            helper = file.read().split()[0]
        with open(f"/proc/{helper}/cmdline") as file:
            words = file.read().split("\0")[1:-1]
        gate.set()
        running.wait()
        return [os.path.join(BIN, "../libexec/keybearer", program), *words]

    def attempts(self, command):
        """What the intruder could do: attempt -> "done" or an errno."""
        report, report_end = os.pipe()
        frame, frame_end = os.pipe()
        env = self.box.environment({"LD_PRELOAD": os.path.join(TOOLS, "libintruder.so")})

        options = [env.get("ASAN_OPTIONS"), "verify_asan_link_order=0"]
        env["ASAN_OPTIONS"] = ":".join(filter(None, options))

        def place_descriptors():
            os.dup2(report_end, 9)
            os.dup2(frame_end, 3)

        subprocess.run(
            command, env=env, cwd=self.box.work, close_fds=False, preexec_fn=place_descriptors,
            stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
        )
        os.close(report_end)
        os.close(frame_end)
        with open(report) as file:
            lines = dict(line.split() for line in file)
        os.close(frame)
        return {name: how if how == "done" else int(how) for name, how in lines.items()}

    def check(self, program, profile):
        with open(self.box.path("home", "private"), "w") as file:
            file.write("mine")
        tried = self.attempts(self.fetch_command(program, profile))
        self.assertEqual({"done"}, {tried.pop("cache"), tried.pop("vault")})
        self.assertEqual(12, len(tried), tried)
        self.assertEqual({errno.EACCES}, set(tried.values()), tried)
        self.assertTrue(os.path.exists(self.box.path("home", "private")))

    def test_a_helper_for_sealed_files(self):
        self.add()
        self.check("keybearer-fetch", "work")

    def test_a_helper_for_the_secret_service(self):
        if not find_program("gnome-keyring-daemon"):
            self.skipTest("gnome-keyring-daemon is not installed")
        with keyring(self.box):
            self.add("work")
            self.add("desk", "--store", "secret-service")
            self.check("keybearer-helper", "desk")


class OrderTest(ConfinementTest):
    """Confined first; then the store, the bus, the terminal."""

    def assertConfinedFirst(self, calls):
        """At least one process reads a store, and each is confined by then.

        The front may open the terminal: it gives the echo back after a helper that was killed.
        """
        helpers = 0
        for process in tracing.by_process(calls).values():
            names = [call.name for call in process]
            front = not any("/libexec/" in call.path for call in process if call.name == "execve")
            touches = [i for i, call in enumerate(process) if self.is_touch(call) and not (
                front and (call.path == "/dev/tty" or TEMPORARY in call.path))]
            if not touches:
                continue
            helpers += 1
            self.assertIn("landlock_restrict_self", names)
            confined = names.index("landlock_restrict_self")
            self.assertEqual("0", process[confined].result)
            self.assertLess(confined, touches[0], process[touches[0]])
            self.assertLess(self.privileges_dropped(process), confined)
        self.assertNotEqual(0, helpers)

    @staticmethod
    def is_touch(call):
        """A sealed client, the vault's file, the key file, one of secrets in clear, one that is written, a bus,
        the terminal."""
        if call.name == "connect":
            return "AF_UNIX" in call.arguments and call.path.endswith("bus")
        touches = call.name in ("openat", "unlinkat") and "O_PATH" not in call.arguments
        path = call.path if touches else ""
        return (path.endswith((".kbr", ".kbc", ".kbv", "machine.key", "/.env")) or path == "/dev/tty"
                or TEMPORARY in path)

    @staticmethod
    def privileges_dropped(process):
        return next(i for i, call in enumerate(process)
                    if call.name == "prctl" and "PR_SET_NO_NEW_PRIVS" in call.arguments)

    def trace(self, *words, **options):
        tracing.need_strings(self)
        result, calls = tracing.trace(self.box, ["keybearer", *words], **options)
        self.assertEqual(0, result.status, result)
        return calls

    def test_every_verb_of_the_helpers(self):
        need_keyrings(self)
        tracing.need_strings(self)
        secret = (self.server.client_secret + "\n").encode()
        self.box.guard(self.server)
        verbs = {
            "add": (["add", "work", "--token-url", self.server.token_url, "--store", "sealed-file",
                     "--client-id", self.server.client_id, "--client-secret-stdin"], secret),
            "fetch": (["refresh", "work"], b""),
            "scan": (["doctor"], b""),
            "import": (["import", ".env", "--delete", "--yes", "--store", "sealed-file", "--same-address",
                        "--token-url", self.server.token_url], b""),
            "keygen": (["keygen", "other", "--store", "sealed-file"], b""),
            "adopt": (["adopt", "work", "--yes"], b""),
            "inspect": (["status"], b""),
            "unlock": (["unlock"], b""),
            "passwd": (["passwd", "--passphrase-stdin"], b"a new passphrase\n"),
            "rename": (["rename", "work", "office"], b""),
            "match": (["match", "add", "office", "https://api.example.com"], b""),
            "edit": (["edit"], b""),
            "exec": (["run", "zuora", "--", "true"], b""),
            "lock": (["lock"], b""),
            "remove": (["remove", "--yes", "office"], b""),
        }
        self.box.env["EDITOR"] = 'f() { echo >> "$1"; }; f'
        table = []
        for source in ("main.c", "main_fetch.c"):
            with open(os.path.join(SOURCES, source)) as file:
                table += re.findall(r'\.name = "(\w+)"', file.read())
        elsewhere = {"consent", "doctor", "identify", "look", "move"}
        self.assertEqual(set(), set(table) - set(verbs) - elsewhere, "a verb that nobody tries")
        self.add("zuora", "--preset", "zuora", "--environment", "SBX")
        for name, (words, stdin) in verbs.items():
            with self.subTest(name):
                if name == "adopt":
                    self.change_authorities()
                if name == "scan":
                    put_client(self)
                self.assertConfinedFirst(self.trace(*words, stdin=stdin))

    def test_a_look_has_nothing_to_give(self):
        """`doctor --online`: no store, no card, no cache, no key file; confined, then connected."""
        self.add()
        calls = self.trace("doctor", "--online")
        looks = [process for process in tracing.by_process(calls).values()
                 if any(call.name == "execve" and "6c6f6f6b" in call.arguments.replace("\\x", "")
                        for call in process)]
        self.assertEqual(1, len(looks))
        names = [call.name for call in looks[0]]
        [connected] = [i for i, call in enumerate(looks[0]) if call.name == "connect" and "AF_INET" in call.arguments]
        self.assertEqual("0", looks[0][names.index("landlock_restrict_self")].result)
        self.assertLess(names.index("landlock_restrict_self"), connected)
        places = (self.box.vault, self.box.cards_folder, self.box.runtime, self.box.key_file)
        for call in looks[0]:
            if call.name in ("open", "openat", "openat2"):
                self.assertFalse(call.path.startswith(places), call)
            self.assertNotEqual("keyctl", call.name)

    def change_authorities(self):
        """So that there is something to adopt."""
        authorities = self.box.path("ca.pem")
        with open(self.box.config_file) as file:
            config = json.load(file)
        config["profiles"]["work"]["ca_file"] = authorities
        pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"  # by its look
        for path, text in ((authorities, pem), (self.box.config_file, json.dumps(config))):
            with open(path, "w") as file:
                file.write(text)

    def test_looking_for_a_client(self):
        """`identify`, which a front asks that finds no card."""
        tracing.need_strings(self)
        self.add()
        for card in os.listdir(self.box.cards_folder):
            os.unlink(os.path.join(self.box.cards_folder, card))
        result, calls = tracing.trace(self.box, ["keybearer", "token", "work"])
        self.assertFails(result, NOT_FOUND, "no client is stored for work")
        self.assertConfinedFirst(calls)

    def test_the_secret_service(self):
        if not find_program("gnome-keyring-daemon"):
            self.skipTest("gnome-keyring-daemon is not installed")
        with keyring(self.box):
            self.add("desk", "--store", "secret-service")
            for words in (["refresh", "desk"], ["status"], ["unlock", "desk"],
                          ["move", "desk", "--store", "sealed-file"], ["remove", "--yes", "desk"]):
                with self.subTest(words):
                    self.assertConfinedFirst(self.trace(*words))


def put_client(test):
    """The client of TEST's server, in clear in the working directory."""
    path = os.path.join(test.box.work, ".env")
    with open(path, "w") as file:
        file.write(f"ACME_CLIENT_ID={test.server.client_id}\nACME_CLIENT_SECRET={test.server.client_secret}\n")
    return path


class ImportTest(ConfinementTest):
    """Three processes: who reads a file of secrets, who has store and network, who changes the file."""

    READ_FILE, WRITE_FILE = "LANDLOCK_ACCESS_FS_READ_FILE", "LANDLOCK_ACCESS_FS_WRITE_FILE"

    def setUp(self):
        super().setUp()
        tracing.need_strings(self)
        self.box.guard(self.server)
        self.file = put_client(self)

    def processes(self, *words):
        result, calls = tracing.trace(self.box, ["keybearer", *words])
        self.assertEqual(0, result.status, result)
        return list(tracing.by_process(calls).values())

    @staticmethod
    def opens(process, end):
        return any(call.name == "openat" and "O_PATH" not in call.arguments and call.path.endswith(end)
                   and not call.failed for call in process)

    @staticmethod
    def names(process):
        return {call.name for call in process}

    def rules(self, process):
        """What is in reach: path -> the rights, as strace calls them."""
        found = {}
        for call in process:
            if call.name == "landlock_add_rule":
                rights, path = re.search(r"allowed_access=([\w|]+), parent_fd=\d+<((?:[^>])*)>", call.arguments).groups()
                found[tracing.unescape(path)] = set(rights.split("|"))
        return found

    def assertAlone(self, process):
        """It reads one file in clear, and reaches no store, no network and no program."""
        self.assertTrue(any(call.name == "prctl" and "PR_SET_SECCOMP" in call.arguments and call.result == "0"
                            for call in process))
        self.assertEqual(set(), self.names(process) & {"socket", "connect", "execve"})
        self.assertFalse(self.opens(process, (".kbr", ".kbv", ".card", "machine.key", "config.json")))

    def test_who_touches_what(self):
        processes = self.processes("import", ".env", "--delete", "--yes", "--store", "sealed-file",
                                   "--token-url", self.server.token_url)
        readers = [process for process in processes if self.opens(process, "/.env")]
        self.assertEqual(2, len(readers))
        (storing,) = [process for process in processes if self.opens(process, ".kbv")]
        self.assertNotIn(storing, readers)
        self.assertIn("connect", self.names(storing))
        for process in readers:
            self.assertAlone(process)
            rules = {path: rights for path, rights in self.rules(process).items()
                     if not path.startswith("/proc/")}
            self.assertEqual({self.READ_FILE}, rules.pop(self.file))
            if not any("renameat" in name for name in self.names(process)):
                self.assertEqual({}, rules)
                continue
            self.assertEqual([self.box.work], list(rules))
            self.assertIn(self.WRITE_FILE, rules[self.box.work])
            self.assertNotIn(self.READ_FILE, rules[self.box.work])

    def test_who_looks_for_doctor(self):
        (reader,) = [process for process in self.processes("doctor") if self.opens(process, "/.env")]
        self.assertIn("keybearer-helper", next(call.path for call in reversed(reader) if call.name == "execve"))
        confined = next(at for at, call in enumerate(reader) if call.name == "landlock_restrict_self")
        self.assertAlone(reader[confined - 1:])
        self.assertEqual([self.file], [path for path in self.rules(reader) if not path.startswith("/proc/")])
        os.unlink(self.file)

    def test_a_dry_run_has_no_store_and_no_network(self):
        for process in self.processes("import", ".env", "--dry-run", "--delete")[1:]:
            self.assertFalse(self.opens(process, (".kbr", ".kbv", "machine.key")))
            self.assertNotIn("connect", self.names(process))
        os.unlink(self.file)


class ReachTest(ConfinementTest):
    """What the libraries need is still in reach."""

    def test_nothing_that_is_looked_for_is_refused(self):
        """Also with names to resolve and certificates to find."""
        tracing.need_strings(self)
        self.box.guard(self.server)
        self.server.token_url = "https://no-such-host.invalid/oauth/token"
        words = ["keybearer", "add", "work", "--token-url", self.server.token_url, "--store",
                 "sealed-file", "--client-id", "x", "--client-secret-stdin"]
        result, calls = tracing.trace(self.box, words, stdin=b"secret\n")
        self.assertEqual(NETWORK, result.status, result)
        opened = [call for call in calls if call.name == "openat"]
        self.assertTrue(any(call.path == "/etc/hosts" for call in opened))
        self.assertEqual([], [call for call in opened if call.error == "EACCES"])

    def test_a_name_in_etc_hosts_and_an_authority_anywhere(self):
        if not find_program("openssl"):
            self.skipTest("openssl is not installed")
        private = ["unshare", "--user", "--map-root-user", "--mount"]
        if subprocess.run([*private, "true"], capture_output=True).returncode != 0:
            self.skipTest("user namespaces are forbidden here")
        place = self.box.path("authority")
        os.mkdir(place)
        authority = Authority(place)
        certificate = authority.named("DNS:token.example.com")
        server = self.enterContext(TokenServer(certificate=certificate))
        self.box.guard(server)
        hosts = self.box.path("hosts")
        with open(hosts, "w") as file:
            file.write("127.0.0.1 token.example.com\n")
        script = f'mount --bind {hosts} /etc/hosts && exec "$@"'
        add = [os.path.join(BIN, "keybearer"), "add", "work", "--token-url",
               f"https://token.example.com:{server.port}/oauth/token", "--store", "sealed-file",
               "--ca-file", authority.ca_file, "--client-id", server.client_id,
               "--client-secret-stdin"]
        stdin = (server.client_secret + "\n").encode()
        added = self.box.run([*private, "sh", "-c", script, "sh", *add], stdin=stdin)
        self.assertEqual(0, added.status, added)

    def test_a_configuration_behind_a_link(self):
        """As dotfile managers make them: the file that is written lies elsewhere."""
        repository = self.box.path("dotfiles")
        os.mkdir(repository)
        with open(os.path.join(repository, "config.json"), "w") as file:
            file.write("{}")
        os.makedirs(os.path.dirname(self.box.config_file), mode=0o700)
        os.symlink(os.path.join(repository, "config.json"), self.box.config_file)
        self.add()
        with open(os.path.join(repository, "config.json")) as file:
            self.assertIn('"work"', file.read())
        self.assertOk(self.box.keybearer("refresh", "work"))
        self.assertOk(self.box.keybearer("remove", "--yes", "work"))

    def test_a_first_add_in_a_bare_home(self):
        """Nothing is there yet: not even the directories above."""
        bare = self.box.path("home", "bare")
        env = {"XDG_CONFIG_HOME": f"{bare}/c", "XDG_DATA_HOME": f"{bare}/d"}
        self.add(env=env)
        self.assertOk(self.box.keybearer("refresh", "work", env=env))

    def test_a_configuration_that_cannot_be_made(self):
        """The error is the one that it always was, not that of the confinement."""
        env = {"XDG_CONFIG_HOME": self.box.key_file}
        failed = self.box.add_profile("work", self.server, env=env)
        self.assertFails(failed, failed.status, self.box.key_file, "Not a directory")


class FrontTest(SandboxTest):
    """no_new_privs everywhere, but for what `run` becomes."""

    SHOW = "grep NoNewPrivs /proc/self/status"

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        added = self.box.add_profile("work", self.server)
        self.assertEqual(0, added.status, added)

    def test_every_way_to_start_it(self):
        tracing.need_strace(self)
        for words in (
            ["keybearer", "get"], ["keybearer", "token", "work"], ["keybearer", "list"],
            ["keybearer", "status"], ["git-credential-keybearer", "get"],
            ["docker-credential-keybearer", "list"], ["credential-helper-keybearer", "get"],
        ):
            with self.subTest(words):
                _, calls = tracing.trace(self.box, words, ("-e", "trace=prctl"))
                first = next(iter(tracing.by_process(calls).values()))
                self.assertTrue(any("PR_SET_NO_NEW_PRIVS" in call.arguments for call in first))

    def test_the_command_of_run_is_free(self):
        """`sudo` must work in it; and it may write, and start what it likes."""
        need_proc(self)
        added = self.box.add_profile(
            "zuora", self.server, "--preset", "zuora", "--environment", "SBX")
        self.assertEqual(0, added.status, added)
        before = subprocess.check_output(["sh", "-c", self.SHOW])
        for profile in ("work", "zuora"):
            with self.subTest(profile):
                script = f"{self.SHOW}; echo free > here && cat here"
                answer = self.box.keybearer("run", profile, "--", "sh", "-c", script)
                self.assertEqual(before + b"free\n", self.assertOk(answer).stdout)

    def test_run_reads_the_client_in_another_process(self):
        tracing.need_strings(self)
        added = self.box.add_profile(
            "zuora", self.server, "--preset", "zuora", "--environment", "SBX")
        self.assertEqual(0, added.status, added)
        script = "grep -c . /proc/self/limits"
        _, calls = tracing.trace(self.box, ["keybearer", "run", "zuora", "--", "sh", "-c", script])
        front = calls[0].pid
        for call in calls:
            if call.name == "openat" and call.path.endswith((".kbr", "machine.key")):
                self.assertNotEqual(front, call.pid)

    def test_run_says_what_is_wrong_with_the_store(self):
        added = self.box.add_profile(
            "zuora", self.server, "--preset", "zuora", "--environment", "SBX")
        self.assertEqual(0, added.status, added)
        os.unlink(self.box.client_file("zuora"))
        failed = self.box.keybearer("run", "zuora", "--", "true")
        self.assertFails(failed, 4, "zuora")


if __name__ == "__main__":
    main()
