"""Standard descriptors that are full, closed or somebody else's, for every command.

An answer that could not be delivered is a failure by the exit status, never a death by
SIGPIPE, and what was to be printed turns up nowhere else: not in a file that took the number
of a closed descriptor (the search at the end of each test), and not in what a caller left open.
"""

import os

from harness import SYSTEM, UNDER_MEMCHECK, SandboxTest, main, need_keyrings
from strangers import SLOW
from token_server import TokenServer

GIT = b"protocol=https\nhost=x.example\n"
CARGO = b'{"v":1,"registry":{"index-url":"sparse+https://x.example/i/"},"kind":"get"}\n'
NUGET = (b'{"RequestId":"7","Type":"Request","Method":"GetAuthenticationCredentials",'
         b'"Payload":{"Uri":"https://x.example/v3/index.json"}}\n')
PASSPHRASE = b"a long passphrase of the tests"

# What is run before, the command, its input. Each leaves the profile "work" as it was.
READING = [
    ((), ["keybearer", "token", "work"], b""),
    ((), ["keybearer", "token", "--no-newline", "https://x.example/"], b""),
    ((), ["keybearer", "header", "--all", "work"], b""),
    ((), ["keybearer", "get"], b'{"uri":"https://x.example"}'),
    ((), ["git-credential-keybearer", "get"], GIT),
    ((), ["git-credential-keybearer", "erase"], GIT + b"password=none\n"),
    ((), ["git-credential-keybearer", "capability"], b""),
    ((), ["docker-credential-keybearer", "get"], b"x.example"),
    ((), ["docker-credential-keybearer", "get"], b"nobody.example"),
    ((), ["docker-credential-keybearer", "list"], b""),
    ((), ["docker-credential-keybearer", "version"], b""),
    ((), ["docker-credential-keybearer", "frob"], b""),
    ((), ["cargo-credential-keybearer", "--cargo-plugin"], CARGO),
    ((), ["keybearer", "goauth"], b""),
    ((), ["keybearer", "goauth", "https://x.example/m"], b""),  # what came decides nothing
    ((), ["terraform-credentials-keybearer", "get", "x.example"], b""),
    ((), ["terraform-credentials-keybearer", "get", "nobody.example"], b""),
    ((), ["nuget-plugin-keybearer", "-Plugin"], NUGET),
    ((), ["keybearer", "status"], b""),
    ((), ["keybearer", "status", "--json"], b""),
    ((), ["keybearer", "list"], b""),
    ((), ["keybearer", "show", "work"], b""),
    ((), ["keybearer", "doctor"], b""),
    ((), ["keybearer", "version"], b""),
    ((), ["keybearer", "help"], b""),
    ((), ["keybearer"], b""),
    (("forget", "work"), ["keybearer", "token", "work"], b""),  # a helper is started
    ((), ["keybearer", "refresh", "work"], b""),
    ((), ["keybearer", "forget", "work"], b""),
]
FAILING = [
    ((), ["keybearer", "token", "nobody"], b""),
    ((), ["keybearer", "get"], b"{}"),
    ((), ["keybearer", "frob"], b""),
    ((), ["git-credential-keybearer", "--frob"], b""),
    ((), ["cargo-credential-keybearer"], b""),
    ((), ["terraform-credentials-keybearer", "store", "x.example"], b'{"token":"none"}'),
]
OUTPUT_FAULTS = (">/dev/full", ">&-", "1</dev/null", ">/dev/full 2>/dev/full", ">&- 2>&-",
                 "<&- >&- 2>&-")
ERROR_FAULTS = ("2>&-", "2>/dev/full", "2</dev/null")


class DescriptorTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.box.secret(PASSPHRASE.decode())
        self.add("work", "--match", "https://x.example")

    def add(self, name, *options):
        added = self.box.add_profile(name, self.server, *options)
        self.assertEqual(0, added.status, added)

    def redirected(self, fault, before, words, stdin):
        """WORDS with its descriptors as the shell's FAULT has them."""
        if before:
            self.assertEqual(0, self.box.keybearer(*before).status)
        return self.box.run(["sh", "-c", f'exec "$@" {fault}', "sh", *words],
                            stdin)

    def assertAlive(self, result):
        """It ended by itself."""
        self.assertGreaterEqual(result.status, 0, result)
        self.assertLess(result.status, 128, result)

    def assertWorks(self):
        """Whatever failed before, nothing is lost."""
        got = self.assertOk(self.box.keybearer("token", "work"))
        self.assertEqual(self.server.token, got.text)

    def test_descriptors_output_that_cannot_be_written(self):
        for case in READING:
            said = self.redirected("", *case)
            for fault in OUTPUT_FAULTS:
                if case[2] and "<&-" in fault:
                    continue  # it would have nothing to answer
                if UNDER_MEMCHECK and ">&-" in fault:
                    continue  # valgrind opens a file of its own in that place
                with self.subTest(words=case[1], fault=fault):
                    result = self.redirected(fault, *case)
                    self.assertAlive(result)
                    self.assertEqual(b"", result.stdout, result)
                    self.assertEqual(SYSTEM if said.stdout else said.status, result.status, result)
        self.assertWorks()

    def test_descriptors_a_reader_that_went_away(self):
        for before, words, stdin in READING:
            said = self.redirected("", before, words, stdin)
            with self.subTest(words):
                reader, writer = os.pipe()
                os.close(reader)
                result = self.box.run(words, stdin, stdout=writer)
                os.close(writer)
                self.assertAlive(result)
                self.assertEqual(SYSTEM if said.stdout else said.status, result.status, result)
        self.assertWorks()

    def test_descriptors_errors_that_cannot_be_written(self):
        """An answer does not suffer; a failure keeps a status that says so."""
        for case in READING:
            said = self.redirected("", *case)
            for fault in ERROR_FAULTS:
                with self.subTest(words=case[1], fault=fault):
                    result = self.redirected(fault, *case)
                    self.assertEqual(said.status, result.status, result)
                    self.assertEqual(bool(said.stdout), bool(result.stdout), result)
        for case in FAILING:
            for fault in (*ERROR_FAULTS, *OUTPUT_FAULTS):
                with self.subTest(words=case[1], fault=fault):
                    result = self.redirected(fault, *case)
                    self.assertAlive(result)
                    self.assertNotEqual(0, result.status, result)
                    self.assertEqual(b"", result.stdout, result)
        self.assertWorks()

    def test_descriptors_no_input(self):
        """A closed standard input is an empty request, and no answer."""
        asked = self.server.count
        for _, words, stdin in READING:
            if stdin:
                with self.subTest(words):
                    result = self.redirected("<&-", (), words, b"")
                    self.assertAlive(result)
                    self.assertNotIn(self.server.token.encode(), result.stdout)
        added = self.redirected("<&-", (), ["keybearer", "add", "other", "--token-url",
                                            self.server.token_url, "--store", "sealed-file",
                                            "--client-id", "x", "--client-secret-stdin"], b"")
        self.assertNotEqual(0, added.status, added)
        self.assertNotIn(b"other", self.box.keybearer("list").stdout)
        self.assertEqual(asked, self.server.count)

    def test_descriptors_changes_that_cannot_be_reported(self):
        """`add`, `passwd`, `unlock`, `lock`, `remove`: done as a whole or not at all, and the
        vault opens afterwards."""
        need_keyrings(self)
        add = ["keybearer", "add", "other", "--store", "sealed-file", "--token-url",
               self.server.token_url, "--client-id", self.server.client_id,
               "--client-secret-stdin"]
        commands = ((add, self.server.client_secret.encode() + b"\n"),
                    (["keybearer", "passwd", "--passphrase-stdin"], PASSPHRASE + b"\n"),
                    (["keybearer", "unlock", "--passphrase-stdin"], PASSPHRASE + b"\n"),
                    (["keybearer", "lock"], b""), (["keybearer", "remove", "--yes", "other"], b""))
        for fault in (">/dev/full", ">&-", "2>&-", ">&- 2>&-")[:: 3 if SLOW else 1]:
            for words, stdin in commands:
                with self.subTest(words=words[:3], fault=fault):
                    result = self.redirected(fault, (), words, stdin)
                    self.assertIn(result.status, (0, SYSTEM), result)
                    self.assertEqual(0, self.box.keybearer("status").status)
            names = [p["name"] for p in self.box.keybearer("list", "--json").json()["profiles"]]
            self.assertEqual(["work"], names)
            self.assertOk(self.box.keybearer("token", "work"))

    def test_descriptors_what_a_caller_left_open(self):
        """git leaves sockets open for its helpers: nothing is written to any of them."""
        files = [self.box.path("work", f"descriptor{fd}") for fd in range(3, 10)]
        fault = " ".join(f"{fd}>'{path}'" for fd, path in zip(range(3, 10), files))
        for closed in ("", ">&-"):
            for before, words, stdin in READING + FAILING:
                with self.subTest(words=words, closed=closed):
                    self.assertAlive(self.redirected(f"{fault} {closed}", before, words, stdin))
                    self.assertEqual([0] * len(files), [os.path.getsize(path) for path in files])


if __name__ == "__main__":
    main()
