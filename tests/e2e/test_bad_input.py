"""Whatever a person gets wrong: one error line, one hint, the documented status."""

import os
import re

from harness import BIN, CONFIG, DENIED, NETWORK, NOT_FOUND, USAGE, SandboxTest, main, not_under_memcheck
from token_server import TokenServer, refused


class CommandLineTest(SandboxTest):
    def test_wrong_use(self):
        for words in (
            ["frob"], ["add"], ["add", "a b", "--token-url", "https://t.example"],
            ["add", "x", "--frob"], ["run", "work"], ["token", "a", "b"], ["get", "extra"],
            ["show"], ["unlock", "--ttl", "soon"], ["add", "x", "--preset", "zuroa"],
            ["add", "x", "--store", "plaintext"], ["add", "x", "--client-secret", "abc"],
        ):
            with self.subTest(words):
                failed = self.box.keybearer(*words, stdin=b"{}")
                self.assertIn(failed.status, (USAGE, CONFIG), failed)
                self.assertFails(failed, failed.status)

    def test_wrong_options_are_named_as_they_were_typed(self):
        ours = ["add", "x", "--token-url", "https://t.example/token", "--store", "sealed-file"]
        for words, said in (
            (["--form", "a=1", "--form", "a=2"], "--form a is given twice"),
            (["--header", "X-A: 1", "--header", "X-A: 2"], "--header X-A is given twice"),
            (["--header", "X-A: "], "--header X-A is empty"),
            (["--form", "a"], '"a" is not of the form NAME=VALUE'),
            (["--username", "a:b"], "--username may hold only visible ASCII without ':'"),
            (["--match", "https://a.example", "--match", "https://127.0.0.1::"],
             "--match number 2: the address is refused"),
            (["--timeout", "500"], "--timeout must be a whole number of seconds from 1 to 120"),
            (["--timeout", "soon"], "--timeout is a number of seconds"),
            (["--client-auth", "mtls"], "--client-auth must be"),
            (["--audience", "a", "--audience", "b"], "--audience is given twice"),
        ):
            with self.subTest(words):
                failed = self.box.keybearer(*ours, *words)
                self.assertFails(failed, USAGE, said)

    def test_a_word_too_many_is_named(self):
        for words in (["add", "x", "odd"], ["list", "odd"], ["version", "odd"], ["doctor", "x", "odd"],
                      ["show", "x", "odd"], ["forget", "x", "odd"], ["refresh", "x", "odd"],
                      ["remove", "--yes", "x", "odd"], ["adopt", "x", "odd"], ["lock", "odd"],
                      ["passwd", "odd"], ["unlock", "x", "odd"], ["status", "x", "odd"],
                      ["token", "x", "odd"], ["header", "x", "odd"]):
            with self.subTest(words):
                failed = self.assertFails(self.box.keybearer(*words), USAGE, "odd")
                self.assertIn(f"hint: keybearer help {words[0]}\n".encode(), failed.stderr)

    def test_the_hint_names_the_command(self):
        for words in (["list", "--zzz"], ["add", "--zzz"], ["show"], ["remove"], ["token", "--zzz"]):
            with self.subTest(words):
                failed = self.assertFails(self.box.keybearer(*words), USAGE)
                self.assertIn(f"hint: keybearer help {words[0]}\n".encode(), failed.stderr)

    def test_what_was_meant(self):
        preset = ["add", "x", "--preset", "zuora", "--host"]
        for words, said, meant in (
            (["help", "ad"], 'unknown command "ad"', "did you mean add?"),
            (["ad"], 'unknown command "ad"', "did you mean add?"),
            (["delete", "work"], 'unknown command "delete"', "did you mean remove?"),
            (["rm", "work"], 'unknown command "rm"', "did you mean remove?"),
            (["ls"], 'unknown command "ls"', "did you mean list?"),
            (["pip"], 'unknown command "pip"', "keybearer help keyring\n"),
            (["help", "npm"], 'unknown command "npm"', "keybearer run --for npm PROFILE -- COMMAND"),
            (["help", "nosuch"], 'unknown command "nosuch"', "keybearer help\n"),
            (["token", ""], '"" cannot be the name', "keybearer list"),
            (["add", "x", "--token-url", "https://x.example/", "--registry", "https://r.example"],
             "--registry must be HOST or HOST:PORT", 'did you mean "r.example"?'),
            (["help", "login"], 'unknown command "login"', "did you mean add?"),
            (["init"], 'unknown command "init"', "did you mean add?"),
            (["connect"], 'unknown command "connect"', "did you mean setup?"),
            (["rotate", "x"], 'unknown command "rotate"', "keybearer add NAME asks for the new secret"),
            (["update", "x"], 'unknown command "update"', "keybearer add NAME asks for the new secret"),
            (["logout"], 'unknown command "logout"', "keybearer remove NAME removes a profile; "),
            (["mv", "x", "y"], 'unknown command "mv"', "did you mean rename?"),
            (["token", "git.example.com/team"], "cannot be the name of a profile",
             "did you mean https://git.example.com/team?"),
            (["list", "x"], 'this command takes no argument: "x" is too much', "keybearer help list"),
            (["show", "x", "y"], 'takes one name: "y" is too much', "keybearer help show"),
            (["status", "x", "y"], 'takes one name: "y" is too much', "keybearer help status"),
            (["unlock", "x", "y"], 'takes one name: "y" is too much', "keybearer help unlock"),
            (["add", "x", "--token-url", "https://x.example/", "--store", "vault"], "--store must be",
             'did you mean "sealed-file"?'),
            (["help", "add", "odd"], '"odd"', "keybearer help"),
            ([*preset, "https://x.example/"], "--host is the name of a host, not an address",
             'did you mean "x.example"?'),
            ([*preset, "x.example/y"], "not an address", 'did you mean "x.example"?'),
        ):
            with self.subTest(words):
                failed = self.assertFails(self.box.keybearer(*words), USAGE, said)
                self.assertIn(f"hint: {meant}".encode(), failed.stderr)
        failed = self.box.keybearer(*preset, "https://me:pa55word@x.example/")
        self.assertNotIn(b"pa55word", self.assertFails(failed, USAGE).stderr)

    def test_git_credential_keybearer_says_who_starts_it(self):
        for word in ("--help", "-h"):
            asked = self.box.run(["git-credential-keybearer", word])
            self.assertFails(asked, USAGE, "git-credential-keybearer [--profile NAME] [--show] get")
            self.assertIn(b"hint: man git-credential-keybearer\n", asked.stderr)

    def test_a_directory_in_the_place_of_the_configuration(self):
        os.makedirs(self.box.config_file)
        refused = self.assertFails(self.box.keybearer("list"), CONFIG, "is a directory")
        self.assertIn(f"hint: ls -ld {self.box.config_file}; ".encode(), refused.stderr)

    def test_help_and_version(self):
        for words in (["help"], ["--help"], ["version"], ["--version"], ["-V"], ["help", "add"], []):
            with self.subTest(words):
                self.assertNotEqual(b"", self.assertOk(self.box.keybearer(*words)).stdout)

    def test_help_for_the_name_of_a_tool(self):
        for name, word in (("uv", "keyring"), ("bazel", "get"), ("claude", "headers"),
                           ("podman", "docker"), ("dotnet", "nuget"),
                           ("git-credential-keybearer", "git"), ("credential-helper-keybearer", "get"),
                           ("keybearer-pnpm-work", "pnpm")):
            with self.subTest(name):
                page = self.assertOk(self.box.keybearer("help", name))
                self.assertEqual(self.box.keybearer("help", word).text, page.text)

    def test_help_of_a_program_for_a_tool(self):
        """Its tool takes what it prints for an answer; who reads a terminal is a person."""
        program = ["cargo-credential-keybearer", "--help"]
        failed = self.assertFails(self.box.run(program), USAGE, "unknown option --help")
        self.assertIn(b"hint: keybearer help cargo\n", failed.stderr)
        page = self.box.run_on_tty(program)
        self.assertEqual(0, page.status, page)
        self.assertIn(b"Usage: keybearer cargo", page.stdout)

    @not_under_memcheck("valgrind starts the program under its own name")
    def test_a_link_that_is_nobodys_says_what_is(self):
        for name, hint in (
            ("keybearer-kubectl-corp", "keybearer kubectl corp\n"),
            ("keybearer-pnpm-", "keybearer-pnpm-PROFILE and keybearer-vault-PROFILE are names of "),
            ("pnpm-corp", "keybearer-pnpm-PROFILE and keybearer-vault-PROFILE are names of "),
        ):
            with self.subTest(name):
                link = self.box.path(name)
                os.symlink(os.path.join(BIN, "keybearer"), link)
                failed = self.assertFails(self.box.run([link]), USAGE, f'"{name}"')
                self.assertIn(f"hint: {hint}".encode(), failed.stderr)

    @not_under_memcheck("valgrind starts the program under its own name")
    def test_a_link_that_is_nobodys(self):
        """Whoever starts one takes what we print for a token: pnpm did so with the page of help."""
        link = self.box.path("keybearer-npm-work")
        os.symlink(os.path.join(BIN, "keybearer"), link)
        for words in ([], ["get"], ["token", "work"], ["help"], ["--version"]):
            with self.subTest(words):
                self.assertFails(self.box.run([link, *words]), USAGE, '"keybearer-npm-work"')

    def test_the_link_of_get_needs_a_command(self):
        self.assertFails(self.box.run(["credential-helper-keybearer"]), USAGE, "needs a command")

    def test_no_profile_at_all(self):
        self.assertFails(self.box.keybearer("token", "work"), NOT_FOUND, "work")
        self.assertIn(b"keybearer help add", self.box.said[-1].stderr)


class ProfileTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())

    def piped(self, *words):
        """The box takes the output into a file, where netrc writes nothing."""
        return self.box.run(["bash", "-o", "pipefail", "-c", '"$@" | cat', "bash",
                             os.path.join(BIN, "keybearer"), *words])

    def test_an_address_without_its_scheme(self):
        self.assertOk(self.add("work", "--match", "https://git.example.com"))
        refused = self.assertFails(self.box.keybearer("token", "git.example.com"), NOT_FOUND)
        self.assertIn(b"hint: profile work serves it: keybearer token work\n", refused.stderr)
        for word in ("netrc", "kubectl", "headers"):
            with self.subTest(word):
                refused = self.assertFails(self.piped(word, "git.example.com"), NOT_FOUND)
                hint = f"hint: profile work serves it: keybearer {word} work\n"
                self.assertIn(hint.encode(), refused.stderr)
        self.assertOk(self.box.keybearer("token", "https://git.example.com"))

    def test_two_profiles_of_one_address(self):
        """The hint is a command that the tool has."""
        for name in ("corp", "corp2"):
            self.assertOk(self.add(name, "--match", "https://git.example.com", "--same-address"))
        for word, hint in (("token", "keybearer token corp, or keybearer token corp2"),
                           ("netrc", "keybearer netrc corp, or keybearer netrc corp2"),
                           ("askpass", "keybearer-askpass --profile corp PROMPT, or ")):
            with self.subTest(word):
                words = "Username for 'https://git.example.com': " if word == "askpass" else "https://git.example.com"
                refused = self.assertFails(self.piped(word, words), CONFIG, "match")
                self.assertIn(f"hint: {hint}".encode(), refused.stderr)
        self.assertOk(self.piped("netrc", "corp"))

    def test_by_hand_on_a_terminal(self):
        """The same command shows what is asked for, as far as it may be repeated."""
        self.assertOk(self.add("corp", "--match", "https://git.example.com"))
        for words, shown in (
            (["keybearer", "kubectl", "corp"], "keybearer kubectl --show corp"),
            (["keybearer", "vault", "get"], "keybearer vault --show get"),
            (["keybearer-askpass", "Username for 'https://git.example.com': "],
             "keybearer-askpass --show ..."),
            (["keybearer", "git", "get"], "keybearer git --show get"),
            (["keybearer", "docker", "get"], "keybearer token --show NAME"),
        ):
            with self.subTest(words):
                refused = self.box.run_on_tty(words)
                self.assertIn(f"to see it: {shown}".encode(), refused.stdout)
                self.assertNotIn(b"reading", refused.stdout)

    def add(self, name="work", *options, **run):
        return self.box.add_profile(name, self.server, *options, **run)

    def test_booleans_are_booleans(self):
        self.assertEqual(0, self.add().status)
        with open(self.box.config_file, "r+") as file:
            text = file.read().replace('"token_url"', '"strict_scope": true, "token_url"')
            file.seek(0)
            file.write(text)
        shown = self.assertOk(self.box.keybearer("show", "work", "--json"))
        self.assertIs(True, shown.json()["strict_scope"])
        self.assertIn("strict_scope       yes", self.assertOk(self.box.keybearer("show", "work")).text)

    def test_a_profile_without_an_address_is_told_so(self):
        text = self.assertOk(self.add()).text
        self.assertIn("git, docker and Bazel cannot find it", text)
        command = re.search(r"\n  keybearer (match add .*)\n", text)[1].replace("HOST", "git.example.org")
        self.assertOk(self.box.keybearer(*command.split()))
        self.assertOk(self.box.keybearer("token", "https://git.example.org"))
        text = self.assertOk(self.add("more", "--match", "https://git.example.com")).text
        self.assertNotIn("cannot find it", text)

    def test_a_mistyped_name_is_told_the_nearest(self):
        self.assertEqual(0, self.add().status)
        for verb in ("token", "header", "show", "forget", "refresh"):
            with self.subTest(verb):
                self.assertFails(self.box.keybearer(verb, "wokr"), NOT_FOUND, "wokr")
                self.assertIn(b"work", self.box.said[-1].stderr)

    def test_a_rejected_client_is_not_stored(self):
        self.server.behave(lambda request: refused())
        self.assertFails(self.add(), DENIED, "127.0.0.1")
        self.assertFalse(os.path.exists(self.box.config_file))
        self.assertFails(self.box.keybearer("token", "work"), NOT_FOUND)

    def test_a_wrong_secret_replaces_nothing(self):
        self.assertEqual(0, self.add().status)
        self.assertNotEqual(0, self.add(stdin=b"wrong\n").status)
        self.box.keybearer("forget", "work")
        self.assertOk(self.box.keybearer("token", "work"))

    def test_a_server_that_is_not_there(self):
        self.server.token_url = "http://127.0.0.1:1/oauth/token"
        self.assertFails(self.add(), NETWORK, "127.0.0.1")

    def test_a_host_that_has_no_address(self):
        self.server.token_url = "https://no-such-host.invalid/oauth/token"
        self.assertFails(self.add(), NETWORK, "no-such-host.invalid")

    def test_no_secret_on_standard_input(self):
        self.assertFails(self.add(stdin=b""), USAGE)
        self.assertFails(self.add(stdin=b"\n"), USAGE)
        self.assertEqual(0, self.server.count)

    def test_addresses_that_cannot_be_matched(self):
        for address in (
            "ftp://x.example", "https://", "https://u:p@x.example", "https://x.example/?q",
            "http://x.example", "https://x.example:0", "*", "imaps://x.example/INBOX", "pop3://x.example",
        ):
            with self.subTest(address):
                failed = self.add("work", "--match", address)
                self.assertIn(failed.status, (USAGE, CONFIG), failed)
                self.assertFails(failed, failed.status)

    def test_two_profiles_for_one_address(self):
        self.assertEqual(0, self.add("one", "--match", "https://x.example").status)
        self.assertEqual(0, self.add("two", "--match", "https://x.example", "--same-address").status)
        failed = self.box.keybearer("token", "https://x.example")
        self.assertEqual(CONFIG, failed.status, failed)
        self.assertRegex(failed.stderr, rb"one.*two|two.*one")


class ConfigurationTest(SandboxTest):
    def write(self, text):
        os.makedirs(os.path.dirname(self.box.config_file), mode=0o700, exist_ok=True)
        with open(self.box.config_file, "w") as file:
            file.write(text)

    def test_mistakes_are_named_by_line_and_column(self):
        for text, place in (
            ('{\n  "profiles": {\n    "a": {,}\n  }\n}\n', ":3:11"),
            ('{\n  "profiles": {\n    "a": { "token_ulr": "https://t.example" }\n  }\n}\n', ":3:"),
            ('{\n  "profiles": 7\n}\n', ":2:"),
            ('{\n  "profiles": {\n    "a": { "token_url": "http://t.example" }\n  }\n}\n', ":3:"),
            ('{ "profiles": {} }\n{}\n', ":2:1"),
            ('{\n  "profiles": {\n    "a": {},\n    "a": {}\n  }\n}\n', ":4:5"),
            ("{", ":1:"),
        ):
            with self.subTest(text):
                self.write(text)
                for words in (["token", "a"], ["list"], ["status"]):
                    failed = self.box.keybearer(*words)
                    self.assertFails(failed, CONFIG, self.box.config_file + place)

    def test_an_unknown_key_suggests_the_nearest(self):
        self.write('{ "profiles": { "a": { "token_ulr": "https://t.example" } } }')
        failed = self.box.keybearer("list")
        self.assertFails(failed, CONFIG)
        self.assertIn(b"token_url", failed.stderr)

    def test_comments_are_allowed(self):
        self.write(
            '// mine\n{ "profiles": { /* one */ "a": { "token_url": "https://t.example/",'
            ' "store": "sealed-file" } } }\n'
        )
        self.assertOk(self.box.keybearer("list"))

    def test_no_expansion_and_nothing_from_the_working_directory(self):
        with open(os.path.join(self.box.work, "config.json"), "w") as file:
            file.write("{ broken")
        self.assertOk(self.box.keybearer("list"))
        self.write('{ "profiles": { "a": { "token_url": "https://$HOME/" } } }')
        self.assertFails(self.box.keybearer("list"), CONFIG)


if __name__ == "__main__":
    main()
