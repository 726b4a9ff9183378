"""What `add` leaves behind: a proved profile, or nothing at all."""

import fcntl
import os

from harness import (
    CONFIG, CORRUPT, DENIED, NOT_FOUND, RATE_LIMITED, SERVER, TIMEOUT, USAGE, SandboxTest, main,
)
from token_server import Reply, TokenServer

NEW_SECRET = "rotated+secret/of=the&client"


class AddTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())

    def rotate_secret(self, name):
        return self.box.keybearer(
            "add", name, "--client-id", self.server.client_id, "--client-secret-stdin",
            stdin=f"{self.server.client_secret}\n".encode())

    def rotate(self, secret):
        return self.box.keybearer(
            "add", "work", "--client-id", self.server.client_id, "--client-secret-stdin",
            stdin=secret.encode() + b"\n",
        )

    def config(self):
        with open(self.box.config_file) as file:
            return file.read()

    def test_a_refused_client_leaves_nothing(self):
        self.server.script(Reply(401, {"error": "invalid_client"}))
        self.assertFails(self.box.add_profile("work", self.server), DENIED)
        self.assertFalse(os.path.exists(self.box.config_file))
        self.assertFails(self.box.keybearer("token", "work"), NOT_FOUND)

    def test_a_new_secret_for_an_old_profile(self):
        self.assertOk(self.box.add_profile("work", self.server, "--scope", "a.read"))
        before = self.config()
        self.server.client_secret = NEW_SECRET
        self.box.secret(NEW_SECRET)
        self.assertOk(self.rotate(NEW_SECRET))
        self.assertEqual(before, self.config())
        self.assertEqual("a.read", self.server.requests[-1].form["scope"])
        self.box.keybearer("forget", "work")
        self.assertOk(self.box.keybearer("token", "work"))

    def test_the_secret_that_was_stored(self):
        """Nothing is to be revoked: it is in use."""
        self.assertOk(self.box.add_profile("work", self.server))
        same = self.assertOk(self.rotate(self.server.client_secret)).text
        self.assertRegex(same, "Profile work: client .* had that secret already")
        self.assertNotIn("evoke", same)
        self.assertOk(self.box.keybearer("token", "work"))
        self.server.client_secret = NEW_SECRET
        self.box.secret(NEW_SECRET)
        new = self.assertOk(self.rotate(NEW_SECRET)).text
        self.assertIn("was replaced", new)
        self.assertIn("Revoke the old secret", new)

    def test_a_wrong_new_secret_keeps_the_old_one(self):
        self.assertOk(self.box.add_profile("work", self.server))
        self.assertFails(self.rotate("not the secret"), DENIED)
        self.box.keybearer("forget", "work")
        self.assertOk(self.box.keybearer("token", "work"))

    def test_a_wrong_first_secret(self):
        """There is no profile yet: the hint may not name a command that needs one."""
        self.server.script(Reply(401, {"error": "invalid_client"}))
        refused = self.box.add_profile("work", self.server)
        self.assertFails(refused, DENIED)
        self.assertIn(b"run the same command again", refused.stderr)
        self.assertNotIn(b"keybearer add", refused.stderr)

    def test_hints_of_a_first_add_name_no_profile(self):
        """Nothing of what failed before anything was stored can be looked at, or edited."""
        waits = {"Retry-After": "30"}
        for reply, status, hint in (
            (Reply(503, {"error": "temporarily_unavailable"}), SERVER, "try again later"),
            (Reply(400, {"error": "invalid_request"}), DENIED, "correct what the command asks for"),
            (Reply(400, {"error": "invalid_scope"}), DENIED, "correct --scope"),
            (Reply(404, {}), SERVER, f"correct the options that make the address {self.server.token_url}"),
            (Reply(200, {"access_token": "x"}), SERVER,
             "if the provider documents that: --token-type 'none'"),
            (Reply(200, {"token_type": "Bearer"}), SERVER,
             "it has no text at access_token; if the provider documents another place: set --token-path"),
            (Reply(415, {}), SERVER, "this server may want another body than form: set --body"),
            (Reply(429, {"error": "slow_down"}, waits), RATE_LIMITED, "wait, then try again"),
        ):
            with self.subTest(hint):
                self.server.behave(lambda request: reply)
                failed = self.box.add_profile("work", self.server, "--scope", "a.read")
                self.assertFails(failed, status)
                told = failed.stderr.decode().splitlines()[-1]
                self.assertTrue(told.startswith(f"keybearer: hint: {hint}"), failed)
                for untrue in ("keybearer", "work", "configuration"):
                    self.assertNotIn(untrue, told.removeprefix("keybearer: hint: "))

    def test_hints_of_a_stored_profile(self):
        """The same failures, of a profile that can be looked at and edited."""
        self.assertOk(self.box.add_profile("work", self.server, "--scope", "a.read"))
        for reply, hint in (
            (Reply(503, {"error": "temporarily_unavailable"}), "try again later"),
            (Reply(400, {"error": "invalid_request"}), "keybearer show work"),
            (Reply(400, {"error": "invalid_scope"}), 'correct "scope" of profile work'),
            (Reply(404, {}), "correct the address of the token endpoint of profile work"),
            (Reply(200, {"access_token": "x"}),
             'if the provider documents that: "token_type": "none" in profile work'),
        ):
            with self.subTest(hint):
                self.server.behave(lambda request: reply)
                for words in (["add", "work", "--client-id", self.server.client_id,
                               "--client-secret-stdin"], ["refresh", "work"]):
                    failed = self.box.keybearer(*words, stdin=self.server.client_secret.encode() + b"\n")
                    told = failed.stderr.decode().splitlines()[-1]
                    self.assertTrue(told.startswith(f"keybearer: hint: {hint}"), failed)

    def test_hints_of_a_first_add_name_the_option(self):
        """Who typed it has not seen the key of a configuration."""
        for reply, words, status, hint in (
            (Reply(400, {"error": "invalid_scope"}), ("--scope", "a"), DENIED, "correct --scope"),
            (Reply(400, {"error": "invalid_scope"}), (), DENIED, "set --scope"),
            (Reply(404), (), SERVER, "correct the options that make the address"),
            (None, ("--client-id", "a:b", "--client-auth", "client_secret_basic_raw"), CONFIG,
             "set --client-auth to client_secret_basic"),
        ):
            with self.subTest(hint):
                self.server.behave(lambda request: reply)
                command = ["add", "work", "--token-url", self.server.token_url, *words]
                if "--client-id" not in words:
                    command += ["--client-id", self.server.client_id]
                failed = self.box.keybearer(*command, "--client-secret-stdin", "--store", "sealed-file",
                                            stdin=f"{self.server.client_secret}\n".encode())
                self.assertFails(failed, status)
                self.assertIn(hint.encode(), failed.stderr)
                self.assertNotIn(b'"', failed.stderr.splitlines()[1])

    def test_a_first_add_while_the_endpoint_asks_to_wait(self):
        self.assertOk(self.box.add_profile("work", self.server))
        self.server.behave(lambda request: Reply(429, {}, {"Retry-After": "30"}))
        self.assertFails(self.box.keybearer("refresh", "work"), RATE_LIMITED)
        failed = self.box.add_profile("home", self.server)
        self.assertFails(failed, RATE_LIMITED, "asked for a pause; ")
        self.assertIn(b"hint: wait, then try again", failed.stderr)

    def test_all_settings_are_replaced(self):
        first = self.assertOk(self.box.add_profile("work", self.server, "--scope", "a.read"))
        self.assertNotIn("replaced", first.text)
        again = self.assertOk(self.box.add_profile("work", self.server))
        self.assertIn("all settings of the profile that was there were replaced", again.text)

    def test_an_address_that_another_profile_has(self):
        match = ("--match", "https://api.example.com/v1")
        self.assertOk(self.box.add_profile("work", self.server, *match))
        asked = self.server.count
        refused = self.box.add_profile("home", self.server, *match)
        self.assertFails(refused, USAGE, "profile work serves the same address")
        self.assertIn(b"--profile home", refused.stderr)
        self.assertEqual(asked, self.server.count)
        self.assertFails(self.box.keybearer("show", "home"), NOT_FOUND)
        rival = self.assertOk(self.box.add_profile("home", self.server, *match, "--same-address"))
        self.assertIn("profile work has the same address", rival.text)
        self.assertIn("--profile home", rival.text)
        self.assertNotIn("credHelpers", rival.text)
        self.assertOk(self.rotate(self.server.client_secret))  # a new secret changes no address

    def test_a_user_name_at_an_address_that_another_profile_has(self):
        """Whoever names nobody goes on to get the profile without an account; git can name a user."""
        address = "https://git.example.com"
        refused = "tools that name no user are refused from now on, for both"
        named = f"git config credential.{address}.username "
        docker = '"credHelpers": { "git.example.com": "keybearer" }'

        def add(name, *options):
            said = self.assertOk(
                self.box.add_profile(name, self.server, "--match", address, *options)).text
            self.assertIn(f"git config --global credential.{address}.helper keybearer\n", said)
            return said

        def served():
            request = b"protocol=https\nhost=git.example.com\n\n"
            answer = self.box.run(["git-credential-keybearer", "get"], request).text
            return dict(line.split("=", 1) for line in answer.splitlines()).get("username")

        self.assertIn(docker, add("corp"))
        said = add("bob", "--username", "bob")
        self.assertIn("Note: profile corp has the same address: tools that name no user get its token",
                      said)
        self.assertIn(f"in each repository of bob:\n          {named}'bob'\n", said)
        self.assertNotIn("credHelpers", said)
        self.assertNotIn("repository of corp", said)
        self.assertEqual("oauth2", served())
        again = add("corp")
        self.assertIn("profile bob has the same address: tools that name no user get the token of corp",
                      again)
        self.assertIn(f"in each repository of bob:\n          {named}'bob'\n", again)
        self.assertIn(docker, again)
        self.assertNotIn("Note: profile", self.assertOk(self.rotate_secret("bob")).text)
        self.assertOk(self.box.keybearer("remove", "--yes", "corp"))
        self.assertEqual("bob", served())
        said = add("alice", "--username", "alice")
        self.assertIn(f"Note: profile bob has the same address: {refused}", said)
        self.assertIn(f"{named}'alice'\n", said)
        self.assertIn(f"{named}'bob'\n", said)
        self.assertNotIn("credHelpers", said)
        self.assertIsNone(served())

    def test_a_registry_of_two_accounts(self):
        """Docker names no user: it has a line only where it gets this profile."""
        registry = ("--registry", "r.example", "--match", "https://git.example")
        self.assertOk(self.box.add_profile("corp", self.server, *registry))
        said = self.assertOk(self.box.add_profile("bob", self.server, *registry, "--username", "bob"))
        self.assertNotIn("credHelpers", said.text)
        again = self.assertOk(self.box.add_profile("corp", self.server, *registry))
        self.assertIn('"r.example": "keybearer"', again.text)

    def test_one_of_two_addresses_that_another_profile_has(self):
        """Only there git must be told which profile it is to use."""
        shared, own = "https://shared.example.com", "https://own.example.com"
        self.assertOk(self.box.add_profile("work", self.server, "--match", shared))
        said = self.assertOk(self.box.add_profile(
            "home", self.server, "--match", own, "--match", shared, "--same-address")).text
        self.assertIn(f"git config --global credential.{own}.helper keybearer\n", said)
        self.assertIn(f"git config --global --unset-all credential.{shared}.helper\n", said)
        self.assertIn(f"git config credential.{shared}.helper 'keybearer --profile work'\n", said)
        self.assertNotIn(f"credential.{own}.helper 'keybearer --profile", said)

    def test_a_registry_that_another_profile_has(self):
        """Docker can name no profile, so no option of git's helps."""
        registry = ("--registry", "r.example")
        self.assertOk(self.box.add_profile("work", self.server, *registry))
        refused = self.box.add_profile("home", self.server, *registry)
        self.assertFails(refused, USAGE, "profile work serves the same address")
        cure = "keep that address in \"match\" or \"registry\" of one of them only (keybearer edit)"
        self.assertIn(f"hint: {cure}; or add --same-address".encode(), refused.stderr)
        self.assertNotIn(b"--profile", refused.stderr)
        rival = self.assertOk(self.box.add_profile("home", self.server, *registry, "--same-address"))
        self.assertIn(cure, rival.text)

    def test_the_lines_for_docker(self):
        hub = ('"credHelpers": { "https://index.docker.io/v1/": "keybearer",\n' + 27 * " " +
               '"docker.io": "keybearer" }')
        for words, docker, others in (
            (("--match", "https://r.example"), '"credHelpers": { "r.example": "keybearer" }', "r.example"),
            (("--match", "https://docker.io"), hub, "docker.io"),
            (("--registry", "index.docker.io"), hub, None),
            (("--registry", "r.example:5000", "--match", "https://git.example"),
             '"credHelpers": { "r.example:5000": "keybearer" }', "git.example"),
            (("--match", "https://git.example/team"), None, "git.example/team"),
        ):
            with self.subTest(words):
                said = self.assertOk(self.box.add_profile("work", self.server, *words)).text
                self.assertEqual(1 if docker else 0, said.count("credHelpers"), said)
                self.assertIn(docker or "", said)
                self.assertEqual(1 if others else 0, said.count("curl -H"), said)
                self.assertIn(f"credential.https://{others}.helper" if others else "", said)

    def test_a_profile_that_is_not_there_needs_a_provider(self):
        none = self.assertFails(self.rotate(NEW_SECRET), USAGE, 'there is no profile "work"')
        self.assertIn(b"hint: a new profile needs --preset or --token-url: keybearer help add\n",
                      none.stderr)
        self.assertOk(self.box.add_profile("worker", self.server))
        for options in ((), ("--store", "sealed-file")):
            mistyped = self.box.keybearer("add", "wroker", *options, stdin=b"")
            self.assertFails(mistyped, USAGE, 'there is no profile "wroker"')
            self.assertIn(b'hint: did you mean "worker"? A new profile needs --preset or --token-url',
                          mistyped.stderr)

    def test_one_setting_of_a_profile_that_is_there(self):
        """Without all of them it is no command: the one that changes it is named, and what comes after."""
        self.assertOk(self.box.add_profile("work", self.server))
        for options, said in (
            (("--store", "secret-service"), "keybearer move work --store secret-service"),
            (("--match", "https://git.example.com/a/"), "keybearer match add work https://git.example.com/a"),
            (("--match", "git@git.example.com:a"), "keybearer match add work https://git.example.com/a"),
            (("--match", "https://a", "--match", "https://b"), "keybearer match add work URL, for each of them"),
            (("--registry", "r.example"), 'keybearer edit work, and set "registry"'),
            (("--scope", "a b"), 'keybearer edit work, and set "scope"'),
            (("--host", "h.example"), 'keybearer edit work, and set "host": "h.example", then: keybearer adopt work'),
            (("--timeout", "9", "--scope", "a"), "for a new secret: keybearer add work; to change its "
             "settings: keybearer edit work"),
        ):
            with self.subTest(options):
                refused = self.box.keybearer("add", "work", *options)
                self.assertFails(refused, USAGE, "all settings must be given again")
                self.assertTrue(refused.stderr.endswith(f"hint: {said}\n".encode()), refused)

    def test_a_secret_from_a_variable_that_is_not_set(self):
        self.assertIn("hint: if it comes from a variable: is that set?", self.assertFails(
            self.box.add_profile("work", self.server, stdin=b"\n"), USAGE,
            "the client secret is missing on standard input").stderr.decode())

    def test_a_first_vault_without_key_file_or_terminal(self):
        """CI: a key file is most often what such a place has."""
        refused = self.box.add_profile("work", self.server, start_new_session=True,
                                       env={"KEYBEARER_KEY_FILE": None})
        self.assertFails(refused, USAGE, "there is no terminal to ask on")
        self.assertIn(b"hint: pipe the passphrase into the same command with --passphrase-stdin, or "
                      b"set KEYBEARER_KEY_FILE to the path of the vault's key file\n", refused.stderr)

    def test_who_issued_a_token(self):
        """With its port: another one is another server."""
        self.assertIn(f", and 127.0.0.1:{self.server.port} issued a token",
                      self.assertOk(self.box.add_profile("work", self.server)).text)

    def test_endless_input_ends(self):
        command = f"keybearer add work --token-url {self.server.token_url} --client-id x"
        endless = f"{command} --client-secret-stdin --store sealed-file </dev/zero"
        self.assertFails(self.box.run(["sh", "-c", endless]), USAGE, "longer than")

    def test_several_first_profiles_at_once(self):
        """One of them makes the vault."""
        words = ["--token-url", self.server.token_url, "--client-id", self.server.client_id,
                 "--client-secret-stdin", "--store", "sealed-file"]
        secret = f"{self.server.client_secret}\n".encode()
        running = [self.box.start(["keybearer", "add", f"p{i}", *words], secret) for i in range(8)]
        for one in running:
            self.assertOk(one.wait())

    def test_remove_where_nothing_was_ever_added(self):
        removed = self.box.keybearer("remove", "--yes", "work")
        self.assertFails(removed, NOT_FOUND, 'there is no profile "work": there are none yet')
        self.assertIn(b"hint: keybearer help add", removed.stderr)

    def test_remove_twice_leads_to_no_other_profile(self):
        self.assertOk(self.box.add_profile("corp", self.server))
        self.assertOk(self.box.add_profile("corp2", self.server))
        self.assertOk(self.box.keybearer("remove", "--yes", "corp2"))
        again = self.assertFails(self.box.keybearer("remove", "--yes", "corp2"), NOT_FOUND, "no profile")
        self.assertIn(b"hint: keybearer list\n", again.stderr)
        shown = self.assertFails(self.box.keybearer("show", "corp2"), NOT_FOUND)
        self.assertIn(b'did you mean "corp"?', shown.stderr)

    def test_remove_takes_a_client_that_lost_its_profile(self):
        self.assertOk(self.box.add_profile("work", self.server))
        os.unlink(self.box.config_file)
        self.assertOk(self.box.keybearer("remove", "--yes", "work"))
        self.assertEqual([], self.box.client_files())
        self.assertFails(self.box.keybearer("remove", "--yes", "work"), NOT_FOUND)

    def test_remove_where_the_card_of_nobody_is_damaged(self):
        """It names no store then; nor does the error."""
        self.assertOk(self.box.add_profile("work", self.server))
        (card,) = os.listdir(self.box.cards_folder)
        with open(os.path.join(self.box.cards_folder, card), "w") as file:
            file.write("KBCARD1\n{")
        os.unlink(self.box.config_file)
        self.assertFails(self.box.keybearer("remove", "--yes", "work"), CORRUPT,
                         'there is no profile "work", but a store may keep a client for it')

    def test_comments_of_the_owner_survive(self):
        self.assertOk(self.box.add_profile("work", self.server))
        commented = self.config().replace('"work"', '/* mine */ "work"') + "// the end\n"
        with open(self.box.config_file, "w") as file:
            file.write(commented)
        self.assertOk(self.box.add_profile("home", self.server))
        self.assertIn("/* mine */", self.config())
        self.assertIn("// the end", self.config())
        self.assertOk(self.box.keybearer("token", "work"))

    def test_a_configuration_that_somebody_writes(self):
        self.assertOk(self.box.add_profile("work", self.server))
        before = self.config()
        directory = os.open(os.path.dirname(self.box.config_file), os.O_RDONLY)
        self.addCleanup(os.close, directory)
        fcntl.flock(directory, fcntl.LOCK_EX)
        self.assertFails(self.box.add_profile("home", self.server), TIMEOUT, "another keybearer")
        self.assertEqual(before, self.config())
        fcntl.flock(directory, fcntl.LOCK_UN)
        self.assertOk(self.box.add_profile("home", self.server))


if __name__ == "__main__":
    main()
