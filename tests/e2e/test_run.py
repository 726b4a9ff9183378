"""`run`: a command with the token in its environment, and in nobody else's."""

import os

from harness import BIN, NOT_FOUND, SandboxTest, main
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

    def run_in(self, environment):
        """The environment of a command that `run` gets in ENVIRONMENT, which may name one twice."""
        names = (b"BEARER_TOKEN", b"ZUORA_", b"FOREIGN", b"odd")
        command = [f"{BIN}/keybearer", "run", "work", "--", "cat", "/proc/self/environ"]
        script = "import ctypes, sys\nfrom os import fsencode\n" \
                 "words = lambda texts: (ctypes.c_char_p * (len(texts) + 1))(*map(fsencode, texts), None)\n" \
                 f"command, environment = {command!r}, sys.argv[1:]\n" \
                 "ctypes.CDLL(None).execve(fsencode(command[0]), words(command), words(environment))"
        usual = [f"{name}={value}" for name, value in self.box.environment().items()]
        got = self.assertOk(self.box.run(["python3", "-c", script, *environment[:1], *usual,
                                          *environment[1:]])).stdout.split(b"\0")
        return sorted(entry.decode() for entry in got if entry.startswith(names))

    def test_a_name_that_stands_twice(self):
        """Programs differ in which of the two they read."""
        self.add()
        foreign = ["BEARER_TOKEN=a", "FOREIGN=1", "FOREIGN=2", "BEARER_TOKEN=b", "odd"]
        kept = ["FOREIGN=1", "FOREIGN=2", "odd"]
        self.assertEqual([f"BEARER_TOKEN={self.server.token}", *kept], self.run_in(foreign))
        self.add("--preset", "zuora", "--environment", "SBX")
        foreign += ["ZUORA_CLIENT_SECRET=a", "ZUORA_ENVIRONMENT=PROD_NA", "ZUORA_CLIENT_SECRET=b",
                    "ZUORA_CLIENT_ID=a", "ZUORA_BASE_URL=a", "ZUORA_BASE_URL=b"]
        ours = [f"BEARER_TOKEN={self.server.token}", *kept[:2],
                "ZUORA_BASE_URL=https://rest.apisandbox.zuora.com",
                f"ZUORA_CLIENT_ID={self.server.client_id}",
                f"ZUORA_CLIENT_SECRET={self.server.client_secret}"]
        self.assertEqual([*ours, "ZUORA_ENVIRONMENT=SBX", "odd"], self.run_in(foreign))

    def test_the_environment_of_another_host(self):
        """It is not ours to name: the address is no published one."""
        self.add("--preset", "zuora")
        self.assertEqual(
            [f"BEARER_TOKEN={self.server.token}", f"ZUORA_BASE_URL={self.server.origin}",
             f"ZUORA_CLIENT_ID={self.server.client_id}",
             f"ZUORA_CLIENT_SECRET={self.server.client_secret}"],
            self.run_in(["ZUORA_ENVIRONMENT=PROD_NA", "ZUORA_ENVIRONMENT=SBX"]))

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
            ("/", 126, b"it is a directory", b"name a program in it"),
        )
        for options in ([], ["--preset", "zuora", "--environment", "SBX"]):
            self.add(*options)
            with self.subTest(options):
                self.assertFails(self.run_command("no-such-command"), 127, "no-such-command")
                for path, status, why, hint in there:
                    failed = self.assertFails(self.run_command(path), status, path)
                    self.assertIn(why, failed.stderr)
                    self.assertIn(hint, failed.stderr)

    def test_a_command_without_dashes_that_is_not_there(self):
        """The hint speaks of nothing that was not typed."""
        self.add()
        failed = self.box.keybearer("run", "work", "no-such-command")
        self.assertNotIn(b"--", self.assertFails(failed, 127, "no-such-command").stderr)

    def test_a_profile_that_does_not_exist(self):
        self.add()
        failed = self.box.keybearer("run", "wrok", "--", "true")
        self.assertFails(failed, NOT_FOUND, "wrok")
        self.assertIn(b"work", failed.stderr)


if __name__ == "__main__":
    main()
