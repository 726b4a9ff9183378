"""`run`: a command with the token in its environment, and in nobody else's."""

import os

from harness import NOT_FOUND, SandboxTest, main
from token_server import TokenServer


class RunTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())

    def add(self, *options):
        added = self.box.add_profile("work", self.server, *options)
        self.assertEqual(0, added.status, added)

    def run_command(self, *command, **options):
        return self.box.keybearer("run", "work", "--", *command, **options)

    def test_the_command_finds_the_token(self):
        self.add()
        answer = self.assertOk(self.run_command("sh", "-c", 'printf %s "$BEARER_TOKEN"'))
        self.assertEqual(self.server.token, answer.text)

    def test_status_and_input_are_the_commands(self):
        self.add()
        self.assertEqual(7, self.run_command("sh", "-c", "exit 7").status)
        self.assertEqual("typed", self.assertOk(self.run_command("cat", stdin=b"typed")).text)

    def test_what_zuoras_own_tools_read(self):
        self.add("--preset", "zuora", "--environment", "SBX")
        script = 'printf "%s|%s|%s" "$ZUORA_CLIENT_ID" "$ZUORA_BASE_URL" "$ZUORA_ENVIRONMENT"'
        answer = self.assertOk(self.run_command("sh", "-c", script))
        wanted = f"{self.server.client_id}|https://rest.apisandbox.zuora.com|SBX"
        self.assertEqual(wanted, answer.text)
        script = 'printf %s "$ZUORA_CLIENT_SECRET"'
        self.assertEqual(self.server.client_secret, self.run_command("sh", "-c", script).text)

    def test_token_only_leaves_the_client_out(self):
        self.add("--preset", "zuora", "--environment", "SBX")
        script = 'printf "%s|%s" "$BEARER_TOKEN" "$ZUORA_CLIENT_SECRET"'
        answer = self.box.keybearer("run", "--token-only", "work", "--", "sh", "-c", script)
        self.assertEqual(f"{self.server.token}|", self.assertOk(answer).text)

    def test_the_command_has_no_children_that_it_did_not_start(self):
        script = "import os\ntry: os.waitpid(-1, 0)\nexcept ChildProcessError: print('none')"
        self.add("--min-ttl", "0")
        for lifetime in (3599, 4):
            self.server.lifetime = lifetime
            self.box.keybearer("forget", "work")
            for _ in range(2):
                answer = self.assertOk(self.run_command("python3", "-c", script))
                self.assertEqual("none\n", answer.stdout.decode())

    def test_a_command_that_cannot_be_run(self):
        """With the statuses of a shell, also where the helper is what becomes the command."""
        plain = self.box.path("work", "plain")
        with open(plain, "w"):
            pass
        script = self.box.path("work", "script")
        with open(script, "w") as file:
            file.write("#!/nonexistent/interpreter\n")
        os.chmod(script, 0o755)
        there = (
            (script, 127, b"is for is missing", b"head -n 1 " + script.encode()),
            (plain, 126, b"it is not executable", b"chmod +x " + plain.encode()),
            ("/", 126, b"it is a directory", b"name a program after --"),
        )
        for options in ([], ["--preset", "zuora", "--environment", "SBX"]):
            self.add(*options)
            with self.subTest(options):
                self.assertFails(self.run_command("no-such-command"), 127, "no-such-command")
                for path, status, why, hint in there:
                    failed = self.assertFails(self.run_command(path), status, path)
                    self.assertIn(why, failed.stderr)
                    self.assertIn(hint, failed.stderr)

    def test_a_profile_that_does_not_exist(self):
        self.add()
        failed = self.box.keybearer("run", "wrok", "--", "true")
        self.assertFails(failed, NOT_FOUND, "wrok")
        self.assertIn(b"work", failed.stderr)


if __name__ == "__main__":
    main()
