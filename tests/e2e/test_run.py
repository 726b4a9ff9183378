"""`run`: a command with the token in its environment, and in nobody else's."""

import base64
import glob
import json
import math
import os
import select
import signal
import subprocess
import sys
import threading
import time
import unittest
from urllib.parse import quote

from harness import (BIN, CONFIG, NOT_FOUND, SYSTEM, USAGE, SandboxTest, main, not_under_memcheck,
                     wait_until)
from token_server import Reply, TokenServer
from tracing import need_strace

# Prints the variables that its arguments name, as JSON; null for one that is not there.
PRINT = [sys.executable, "-c",
         "import json, os, sys; print(json.dumps([os.environ.get(n) for n in sys.argv[1:]]))"]


class RunTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())

    def add(self, *options):
        added = self.box.add_profile("work", self.server, *options)
        self.assertEqual(0, added.status, added)

    def run_command(self, *command, **options):
        return self.box.keybearer("run", "work", "--", *command, **options)

    def variables(self, options, *names, **run):
        """What a command of `run OPTIONS work` finds in the variables NAMES."""
        answer = self.box.keybearer("run", *options, "work", "--", *PRINT, *names, **run)
        return self.assertOk(answer).json()

    def assertHint(self, failed, hint):
        self.assertEqual(f"keybearer: hint: {hint}", failed.stderr.decode().splitlines()[1], failed)

    def refuse(self, status, options, *words, hint=None):
        """`run OPTIONS work` fails, with all the WORDS, and has asked the server nothing."""
        asked = len(self.server.requests)
        self.box.keybearer("forget", "work")
        failed = self.box.keybearer("run", *options, "work", "--", "sh", "-c", "echo started")
        self.assertFails(failed, status, *words)
        if hint:
            self.assertHint(failed, hint)
        self.assertEqual(asked, len(self.server.requests))

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

    def test_a_variable_is_the_token(self):
        self.add()
        self.assertEqual([self.server.token] * 2,
                         self.variables(["--env", "GH_TOKEN"], "GH_TOKEN", "BEARER_TOKEN"))

    def test_a_variable_is_what_its_text_says(self):
        self.add("--match", "https://registry.example:8443/x", "--username", "robot")
        token = self.server.token
        basic = base64.b64encode(f"robot:{token}".encode()).decode()
        texts = {
            "A": ("{header}", f"Bearer {token}"),
            "B": ('{"auths":{"{host}":{"auth":"{basic}"}}}',
                  f'{{"auths":{{"registry.example:8443":{{"auth":"{basic}"}}}}}}'),
            "C": ("authorization={header%}", f"authorization=Bearer%20{quote(token, safe='')}"),
            "D": ("{username}@{url}", f"robot@{self.server.origin}"),
            "E": ("{{token}} {}", "{token} {}"),
            "F": ("{id}:{secret}", f"{self.server.client_id}:{self.server.client_secret}"),
            "G": ("{secret%}", quote(self.server.client_secret, safe="")),
            "H": ("", ""),
            "npm_config_//registry.example/:_authToken": ("{token}", token),
        }
        options = [word for name, (text, _) in texts.items() for word in ("--env", f"{name}={text}")]
        wanted = [expanded for _, expanded in texts.values()]
        self.assertEqual(wanted, self.variables(options, *texts))

    def test_a_header_is_what_the_api_takes(self):
        for options, prefix in (
            (("--api-header-name", "X-Shopify-Access-Token"), ""),
            (("--api-header-prefix", "token"), "token "),
            (("--api-header-prefix", "none"), ""),
        ):
            with self.subTest(options):
                self.add(*options)
                token = self.server.token
                self.assertEqual([prefix + token, token],
                                 self.variables(["--env", "A={header}"], "A", "BEARER_TOKEN"))

    def test_a_token_stays_in_its_string(self):
        """JSON that a server's token could otherwise add members to."""
        hostile = 'x","evil":"\\y'
        self.add()
        self.box.keybearer("forget", "work")
        self.server.script(Reply(200, {"access_token": hostile, "token_type": "bearer",
                                       "expires_in": 3599}))
        texts = self.variables(["--env", 'A={"bearer":{"h":"{token}"}}', "--env", 'B=\n {"h":"{token}"}'], *"AB")
        self.assertEqual([{"bearer": {"h": hostile}}, {"h": hostile}], list(map(json.loads, texts)))

    def test_a_token_stays_in_its_entry(self):
        """Deno would take what follows a semicolon for a token of another host."""
        self.add("--match", "https://h.example")
        options = ["run", "--for", "deno", "work", "--", *PRINT, "DENO_AUTH_TOKENS"]
        self.assertEqual([f"{self.server.token}@h.example"],
                         self.assertOk(self.box.keybearer(*options)).json())
        for hostile in ("a@evil.example;b", "a;b", "a:b"):
            self.box.keybearer("forget", "work")
            self.server.script(Reply(200, {"access_token": hostile, "token_type": "bearer",
                                           "expires_in": 3599}))
            failed = self.assertFails(self.box.keybearer(*options), CONFIG, "DENO_AUTH_TOKENS", "@;:")
            self.assertNotIn(hostile.encode(), failed.stderr)
            # What the command line says itself is for nobody else to refuse.
            own = self.assertOk(self.box.keybearer(*options[:3], "--env", "DENO_AUTH_TOKENS", *options[3:]))
            self.assertEqual([hostile], own.json())

    def test_what_a_program_reads(self):
        self.add("--match", "https://my-registry.example:8443", "--username", "robot")
        token = self.server.token
        basic = base64.b64encode(f"robot:{token}".encode()).decode()
        host = "my-registry.example:8443"
        wanted = {
            "COMPOSER_AUTH": json.dumps({"bearer": {host: token}}, separators=(",", ":")),
            "DOCKER_AUTH_CONFIG": json.dumps({"auths": {host: {"auth": basic}}}, separators=(",", ":")),
            "OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer%20{quote(token, safe='')}",
            "TF_TOKEN_my__registry_example:8443": token,
            "TWINE_USERNAME": "robot", "TWINE_PASSWORD": "mine",
        }
        programs = [word for name in ("composer", "docker", "otel", "terraform", "twine")
                    for word in ("--for", name)]
        # What the command line says itself comes over it, wherever it stands.
        found = self.variables(["--env", "TWINE_PASSWORD=mine", *programs], *wanted)
        self.assertEqual(list(wanted.values()), found)

    def test_a_program_that_is_not_known(self):
        self.add()
        self.refuse(USAGE, ["--for", "composr"], "composr")
        self.refuse(USAGE, ["--for", "GH"], hint="did you mean gh?")
        for name, command in (("git", "git"), ("kubectl", "kubectl"), ("pip", "keyring"), ("curl", "header")):
            self.refuse(USAGE, ["--for", name], f'does not know "{name}"',
                        hint=f"for {name} there is another way: keybearer help {command}")
        shown = self.assertOk(self.box.keybearer("help", "run")).text
        for name in ("composer", "COMPOSER_AUTH", "TF_TOKEN_{host}", "twine"):
            self.assertIn(name, shown)

    def test_a_program_gets_the_host_with_the_token(self):
        self.add("--match", "https://h.example:8443/x/", "--match", "https://other.example")
        found = self.variables(["--for", "twine", "--for", "vault", "--for", "gh"], "TWINE_REPOSITORY_URL",
                               "VAULT_ADDR", "VAULT_AGENT_ADDR", "GH_HOST", "GH_TOKEN", "GH_ENTERPRISE_TOKEN",
                               env={"VAULT_AGENT_ADDR": "http://127.0.0.1:1"})
        address = "https://h.example:8443/x/"
        self.assertEqual([address, address, "", "h.example:8443", None, self.server.token], found)

    def test_a_program_for_a_profile_without_an_address(self):
        """The token endpoint is no place for the token."""
        self.add()
        self.refuse(CONFIG, ["--for", "composer"], "profile work has no address",
                    hint="keybearer match add work URL")
        self.refuse(CONFIG, ["--env", "A={address}"], "A: profile work has no address",
                    hint="keybearer match add work URL")

    def test_a_host_that_terraform_would_take_for_another(self):
        self.add("--match", "https://my_host.example")
        self.refuse(CONFIG, ["--for", "terraform"], "my_host.example")

    def test_several_profiles_feed_one_command(self):
        self.add()
        other = self.enterContext(TokenServer())
        added = self.box.add_profile("2nd.one", other, "--match", "https://b.example")
        self.assertEqual(0, added.status, added)
        found = self.variables(["--env", "A={token} {2nd.one:token} {2nd.one:host}"], "A")
        self.assertEqual([f"{self.server.token} {other.token} b.example"], found)

    def test_what_is_missing_is_named(self):
        cases = (
            (["work"], "no command is named", "keybearer run work -- COMMAND"),
            (["work", "--"], "no command is named", "keybearer run work -- COMMAND"),
            (["--token-only", "work"], "no command is named", "keybearer run work -- COMMAND"),
            (["--", "env"], "no profile is named", "keybearer run PROFILE -- env"),
            (["--", "sh", "-c", "true"], "no profile is named", "keybearer run PROFILE -- sh ..."),
            (["work", "--env", "A", "--", "env"], "--env must come before the profile",
             "keybearer run [OPTION]... PROFILE -- COMMAND"),
            (["--token-only", "--", "env"], "no profile is named", "keybearer run PROFILE -- env"),
            (["--env=A", "--", "env"], "no profile is named", "keybearer run PROFILE -- env"),
            (["--token-only", "--env=A", "--", "env"], "no profile is named", "keybearer run PROFILE -- env"),
            (["--env", "work", "--", "true"], '--env took "work"', "keybearer run --env NAME work -- true"),
            (["--for", "work", "--", "true"], '--for took "work"', "keybearer run --for NAME work -- true"),
            ([], "a profile and a command are needed", "keybearer run PROFILE -- COMMAND"),
            (["--"], "a profile and a command are needed", "keybearer run PROFILE -- COMMAND"),
        )
        for words, said, hint in cases:
            with self.subTest(words):
                failed = self.assertFails(self.box.keybearer("run", *words), USAGE, said)
                self.assertHint(failed, hint)

    def test_an_address_in_the_place_of_a_profile(self):
        self.add("--match", "https://git.example.com", "--match", "https://api.example.com/x")
        for typed in ("https://git.example.com", "https://git.example.com/repository", "git.example.com",
                      "https://api.example.com", "api.example.com/x/y"):
            with self.subTest(typed):
                failed = self.assertFails(self.box.keybearer("run", typed, "--", "true"), NOT_FOUND)
                self.assertHint(failed, "profile work serves it: keybearer run work -- COMMAND")
        for typed in ("https://other.example.com", "http://git.example.com", "https://api.example.com/y"):
            with self.subTest(typed):
                failed = self.assertFails(self.box.keybearer("run", typed, "--", "true"), NOT_FOUND)
                self.assertNotIn(b"serves it", failed.stderr)

    def test_no_page_of_help_is_wider_than_a_screen(self):
        pages = [["help"], ["help", "presets"]]
        pages += [["help", line.split()[0]] for line in self.box.keybearer("help").text.splitlines()
                  if line.startswith("  ") and line.split()[0].isalpha() and line.split()[0] != "keybearer"]
        self.assertGreater(len(pages), 20)
        for words in pages:
            wide = [line for line in self.assertOk(self.box.keybearer(*words)).text.splitlines()
                    if len(line) > 80]
            self.assertEqual([], wide, words)

    def test_what_cannot_be_had_is_said_before_anything_is_asked(self):
        self.add()
        self.refuse(USAGE, ["--env", "A={tokne}"], "A:", "{tokne}")
        self.refuse(USAGE, ["--env", "A={TOKEN}"], "A:", hint="did you mean {token}? {{TOKEN}} is the text")
        self.refuse(USAGE, ["--env", "A={other:}"], "A:", "{other:}",
                    hint="did you mean {other:token}? {{other:}} is the text")
        self.refuse(USAGE, ["--env", "A={token"], "A:")
        self.refuse(USAGE, ["--env", "A={{token}-{host}}"], "A:", "}}")
        self.refuse(USAGE, ["--env", "A=\x01="], "control character")
        self.refuse(USAGE, ["--env", "A B={token}"], "A B")
        self.refuse(USAGE, ["--env", "=x"], "cannot name a variable")
        self.refuse(USAGE, ["--env", "A", "--env", "A=x"], "given twice")
        self.refuse(USAGE, ["--env", "A={other:secret}"], "{other:secret}")
        self.refuse(CONFIG, ["--env", "A={environment}"], "A:", "work")
        self.refuse(CONFIG, ["--env", "A={api_header:X-Y}"], "A:", "X-Y")
        self.refuse(NOT_FOUND, ["--env", "A={wrok:token}"], "wrok")

    def test_variables_of_the_profile(self):
        """The default; what the command line says comes over it."""
        self.add("--env", "A={token}", "--env", "B=text", "--env", "C={header}",
                 "--api-header", "X-Y: z", "--env", "D={api_header:x-y}")
        token = self.server.token
        self.assertEqual([token, "text", f"Bearer {token}", "z"], self.variables([], *"ABCD"))
        self.assertEqual(["a", "text", token], self.variables(["--env", "A=a", "--env", "C"], *"ABC"))
        self.assertEqual([None, None, token, token, None], self.variables(
            ["--token-only", "--env", "C"], "A", "B", "C", "BEARER_TOKEN", "D"))
        shown = self.assertOk(self.box.keybearer("show", "work", "--json")).json()
        self.assertEqual({"A": "{token}", "B": "text", "C": "{header}", "D": "{api_header:x-y}"},
                         shown["env"])

    def test_what_every_zuora_program_reads(self):
        self.add("--preset", "zuora", "--environment", "SBX",
                 "--api-header", "Zuora-Version: 2025-08-12",
                 "--api-header", "Zuora-Entity-Ids: 01234567-89ab-cdef-0123-456789abcdef")
        url = "https://rest.apisandbox.zuora.com"
        wanted = {
            "ZUORA_BASE_URL": url, "BASE_URL": url, "ENDPOINT_BASE": url, "ZUORA_ENDPOINT": url,
            "ZUORA_BASEURL": url, "BILLING_BASE_URL": url, "ZUORA_ENVIRONMENT": "SBX",
            "ZR_ENV": "sandbox", "ZUORA_VERSION": "2025-08-12",
            "ZUORA_ENTITY_IDS": "01234567-89ab-cdef-0123-456789abcdef", "ZUORA_ORG_IDS": None,
        }
        for name in ("ZUORA_CLIENT_ID", "CLIENT_ID", "ZR_CLIENT_ID"):
            wanted[name] = self.server.client_id
        for name in ("ZUORA_CLIENT_SECRET", "CLIENT_SECRET", "ZR_CLIENT_SECRET"):
            wanted[name] = self.server.client_secret
        # What the caller has there would be another tenant's.
        env = dict.fromkeys(wanted, "old")
        self.assertEqual(list(wanted.values()), self.variables([], *wanted, env=env))

    def test_a_variable_of_a_preset_that_is_not_wanted(self):
        """Without the client in any variable, nobody reads the store."""
        self.add("--preset", "zuora", "--environment", "SBX")
        self.assertEqual(["x", None], self.variables(
            ["--token-only", "--env", "CLIENT_ID=x"], "CLIENT_ID", "ZUORA_CLIENT_ID"))

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
                    "ZUORA_CLIENT_ID=a", "ZUORA_BASE_URL=a", "ZUORA_BASE_URL=b", "ZUORA_ORG_IDS=a"]
        ours = [f"BEARER_TOKEN={self.server.token}", *kept[:2],
                *self.zuora_urls("https://rest.apisandbox.zuora.com"),
                f"ZUORA_CLIENT_ID={self.server.client_id}",
                f"ZUORA_CLIENT_SECRET={self.server.client_secret}"]
        self.assertEqual(sorted([*ours, "ZUORA_ENVIRONMENT=SBX", "odd"]), self.run_in(foreign))

    @staticmethod
    def zuora_urls(url):
        return [f"{name}={url}" for name in ("ZUORA_BASEURL", "ZUORA_BASE_URL", "ZUORA_ENDPOINT")]

    def test_the_environment_of_another_host(self):
        """It is not ours to name: the address is no published one."""
        self.add("--preset", "zuora")
        self.assertEqual(
            sorted([f"BEARER_TOKEN={self.server.token}", *self.zuora_urls(self.server.origin),
                    f"ZUORA_CLIENT_ID={self.server.client_id}",
                    f"ZUORA_CLIENT_SECRET={self.server.client_secret}"]),
            self.run_in(["ZUORA_ENVIRONMENT=PROD_NA", "ZUORA_ENVIRONMENT=SBX"]))

    def test_the_commands_variables_are_not_the_helpers(self):
        """They would show it another configuration, another vault, another bus."""
        self.add("--preset", "zuora", "--environment", "SBX")
        names = ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "KEYBEARER_CONFIG", "XDG_RUNTIME_DIR",
                 "KEYBEARER_KEY_FILE"]
        options = [word for name in names for word in ("--env", f"{name}=/nowhere")]
        found = self.variables(options, *names, "ZUORA_CLIENT_SECRET")
        self.assertEqual(["/nowhere"] * len(names) + [self.server.client_secret], found)
        answer = self.box.keybearer("run", "--env", "LD_PRELOAD=/nowhere", "work", "--", "true")
        self.assertEqual([0, 1], [answer.status, answer.stderr.count(b"ld.so")], answer)

    def test_a_path_of_the_commands_own(self):
        """As env(1): the command is looked for where its own PATH says."""
        self.add()
        tool = self.box.path("work", "mytool")
        with open(os.open(tool, os.O_CREAT | os.O_WRONLY, 0o755), "w") as file:
            file.write("#!/bin/sh\nprintf mine")
        for text in ("", "{secret}"):
            answer = self.box.keybearer("run", "--env", f"PATH={self.box.work}", "--env", f"A={text}",
                                        "work", "--", "mytool")
            self.assertEqual("mine", self.assertOk(answer).text)

    def test_exec_is_run_by_run_only(self):
        self.add()
        helper = os.path.join(BIN, "../libexec/keybearer/keybearer-helper")
        for words in ([], ["work"], ["work", "1"], ["work", "0", "true"], ["work", "1", "true"],
                      ["work", "-1", "true"], ["work", "99999", "true"], ["work", "x", "true"]):
            with self.subTest(words):
                self.assertFails(self.box.run([helper, "exec", *words]), USAGE, "run only")

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


# Where the keepers are the command's parent: in a container, and where the command adopts orphans.
OUTSIDE = unittest.skipIf(os.stat("/proc/self/ns/pid").st_ino != 0xeffffffc,
                          "this is a container: the keepers are not outside")
CONTAINER = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
ADOPTS = [sys.executable, "-c",
          "import ctypes, os, sys; ctypes.CDLL(None).prctl(36, 1); os.execvp(sys.argv[1], sys.argv[1:])"]

# Counts each SIGTERM, with a line, and ends with the count on SIGUSR1.
COUNT = [sys.executable, "-c", """
import os, signal, sys
count = []
signal.signal(signal.SIGTERM, lambda *_: (count.append(1), os.write(1, b"\\n")))
signal.signal(signal.SIGUSR1, lambda *_: sys.exit(len(count)))
print(flush=True)
while True: signal.pause()
"""]

# Waits until the file in $T holds something else, and prints both. All that it sees is whole.
FOLLOW = [sys.executable, "-u", "-c", """
import os, time
read = lambda: open(os.environ["T"]).read()
first = latest = read()
print(first)
while latest == first:
    time.sleep(0.01)
    latest = read()
print(latest)
"""]


class FileTest(SandboxTest):
    """`run --file`: a token in a file that is kept fresh, for as long as the command runs."""

    patience = 60

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.mark = ("--env", f"MARK={self.box.root}")  # tells our processes from other tests'

    def add(self, *options):
        added = self.box.add_profile("work", self.server, *options)
        self.assertEqual(0, added.status, added)

    def tearDown(self):
        self.assertGone()
        super().tearDown()

    def run_command(self, *command, **options):
        return self.box.keybearer("run", "--file", "T", "work", "--", *command, **options)

    def start(self, *command, through=(), **popen):
        """A command of `run`, once it said something: its process, and that line."""
        process = subprocess.Popen(
            [*through, os.path.join(BIN, "keybearer"), "run", *self.mark, "--file", "T", "work", "--",
             *command],
            env=self.box.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, **popen)
        self.addCleanup(process.communicate)
        self.addCleanup(self.kill, process)
        return process, self.line(process.stdout)

    @staticmethod
    def line(pipe):
        """The next line of a PIPE without a buffer."""
        if not select.select([pipe], [], [], FileTest.patience)[0]:
            raise AssertionError("nothing is said")
        return pipe.readline().decode().rstrip("\n")

    def kill(self, process):
        """With its keepers: where one is the parent of the command, that one is another process."""
        process.kill()
        for one in self.processes():
            try:
                os.kill(one, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def folders(self):
        return glob.glob(os.path.join(self.box.runtime, "keybearer", "r-*"))

    def assertGone(self):
        try:
            wait_until(lambda: not self.folders(), "the file is removed", FileTest.patience)
        except AssertionError:
            FileTest.patience = 1  # what is broken once need not be waited for again
            raise

    def assertInOrder(self, first, second):
        """Both are tokens, and the second is a later one: how much later is the machine's load."""
        self.assertLess(self.server.issued.index(first), self.server.issued.index(second))

    def marked(self, place):
        """The processes whose PLACE in /proc has the mark."""
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{name}/{place}", "rb") as file:
                    words = file.read().split(b"\0")
            except OSError:
                continue
            if self.mark[1].encode() in words:
                yield int(name)

    def keepers(self, process):
        """All of this test's that are keybearer still, but PROCESS: its keepers, and other ones."""
        return [one for one in self.marked("cmdline") if one != process.pid]

    def processes(self):
        """All of this test's that start() has led to."""
        return {*self.marked("cmdline"), *self.marked("environ")}

    def states(self):
        """Of each process, what it is, waits for and holds: for a failure that is hard to repeat."""
        found = []
        for pid in self.processes():
            top = f"/proc/{pid}"
            try:
                with open(f"{top}/wchan") as wchan, open(f"{top}/stat") as stat:
                    held = [os.readlink(f"{top}/fd/{fd}") for fd in os.listdir(f"{top}/fd")]
                    found.append((stat.read()[:60], wchan.read(), held))
            except OSError:
                continue  # it ended meanwhile
        return found

    @staticmethod
    def is_dead(pid):
        """Then it holds no descriptor any more."""
        try:
            with open(f"/proc/{pid}/stat") as file:
                return file.read().rpartition(")")[2].split()[0] in "ZX"
        except OSError:
            return True

    def test_the_file_holds_the_token_and_is_private(self):
        self.add()
        script = 'cat "$T"; stat -c " %a %h" "$T"; stat -c %a "${T%/*}"; printf %s "$T"'
        answer = self.assertOk(self.run_command("sh", "-c", script))
        *facts, path = answer.text.splitlines()
        self.assertEqual([f"{self.server.token} 600 1", "700"], facts)
        self.assertTrue(path.startswith(self.box.runtime + "/"), path)
        self.assertGone()

    def test_it_is_replaced_before_its_token_dies(self):
        self.server.lifetime = 4
        self.add()
        answer = self.assertOk(self.run_command(*FOLLOW))
        self.assertInOrder(*answer.text.split())
        self.assertGone()

    def test_it_is_the_same_file_for_all_names(self):
        self.add()
        answer = self.box.keybearer(
            "run", "--token-only", "--file", "T", "--file", "U", "--for", "gcloud", "work", "--", *PRINT,
            "T", "U", "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", "BEARER_TOKEN")
        *paths, token = self.assertOk(answer).json()
        self.assertEqual(([paths[0]] * 3, self.server.token), (paths, token))

    def test_the_helper_becomes_the_command_with_a_file_too(self):
        self.add("--env", "A={secret}")
        script = 'cat "$T"; printf " %s" "$A"'
        answer = self.assertOk(self.run_command("sh", "-c", script))
        self.assertEqual(f"{self.server.token} {self.server.client_secret}", answer.text)
        self.assertGone()

    @OUTSIDE
    def test_the_command_is_the_process_that_was_started(self):
        """So signals, job control, a supervisor's messages and the exit status are its own."""
        self.add()
        process, line = self.start("sh", "-c", 'echo $$; read line; exit "$line"')
        self.assertEqual(str(process.pid), line)
        process.stdin.write(b"7\n")
        process.stdin.flush()
        self.assertEqual(7, process.wait())
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGUSR1):
            process, _ = self.start("sh", "-c", "echo; read line")
            process.send_signal(number)
            self.assertEqual(-number, process.wait())
            self.assertGone()

    @OUTSIDE
    def test_one_signal_is_one(self):
        """Also where it is sent to the whole group, as a shell's kill %1 and timeout(1) do."""
        self.add()
        process, _ = self.start(*COUNT, start_new_session=True)
        os.killpg(process.pid, signal.SIGTERM)
        self.line(process.stdout)
        os.killpg(process.pid, signal.SIGUSR1)
        self.assertEqual(1, process.wait())

    def test_the_command_has_no_children_that_it_did_not_start(self):
        script = "import os\ntry: os.waitpid(-1, 0)\nexcept ChildProcessError: print('none')"
        self.add()
        self.assertEqual("none", self.assertOk(self.run_command("python3", "-c", script)).text)

    def containers(self):
        """Ways to start a command whose keepers could not outlive it, or would be its children."""
        yield "adopts", ADOPTS
        if self.box.run([*CONTAINER, "true"]).status == 0:
            yield "first", CONTAINER
            yield "second", [*CONTAINER, "sh", "-c", '"$@"; exit $?', "sh"]

    def test_a_command_that_takes_its_keepers_with_it(self):
        """The file is gone before anybody knows of the command's end."""
        self.add()
        script = ("import os, sys\n"
                  "print(open(os.environ['T']).read())\n"
                  "try: os.waitpid(-1, 0)\n"
                  "except ChildProcessError: sys.exit(7)\n")
        for name, through in self.containers():
            with self.subTest(name):
                answer = self.box.run([*through, os.path.join(BIN, "keybearer"), "run", "--file", "T",
                                       "work", "--", sys.executable, "-c", script])
                self.assertEqual([], self.folders())
                self.assertEqual((7, self.server.token, b""),
                                 (answer.status, answer.text, answer.stderr))

    def test_it_is_replaced_in_a_container(self):
        self.server.lifetime = 4
        self.add()
        for name, through in self.containers():
            with self.subTest(name):
                process, first = self.start(*FOLLOW, through=through)
                self.assertInOrder(first, self.line(process.stdout))
                self.assertEqual(0, process.wait())
                self.assertEqual([], self.folders())

    def test_a_parent_hands_on_what_it_gets(self):
        self.add()
        process, _ = self.start(*COUNT, through=ADOPTS)
        process.send_signal(signal.SIGTERM)
        self.line(process.stdout)
        process.send_signal(signal.SIGUSR1)
        self.assertEqual(1, process.wait())

    def test_a_parent_ends_as_its_command(self):
        self.add()
        wanted = {"adopts": -signal.SIGTERM, "first": 128 + signal.SIGTERM, "second": 128 + signal.SIGTERM}
        for name, through in self.containers():
            with self.subTest(name):
                process, _ = self.start("sh", "-c", "echo; kill $$", through=through,
                                        stderr=subprocess.DEVNULL)
                self.assertEqual(wanted[name], process.wait())
        failed = self.box.run([*ADOPTS, os.path.join(BIN, "keybearer"), "run", "--file", "T", "work", "--",
                               "no-such-command"])
        self.assertFails(failed, 127, "no-such-command")

    def test_the_command_adopts_orphans_as_its_caller_did(self):
        self.add()
        script = "import ctypes; flag = ctypes.c_int(); ctypes.CDLL(None).prctl(37, ctypes.byref(flag)); " \
                 "print(flag.value)"
        answer = self.box.run([*ADOPTS, os.path.join(BIN, "keybearer"), "run", "--file", "T", "work", "--",
                               sys.executable, "-c", script])
        self.assertEqual("1", self.assertOk(answer).text)

    def test_a_parent_leaves_no_zombies(self):
        """As the first process of a container, it has the children of those that ended."""
        self.add()
        script = ("import os, sys, time\n"
                  "ends = os.pipe()\n"
                  "child = os.fork()\n"
                  "if child == 0:\n"
                  "    orphan = os.fork()\n"
                  "    if orphan: os.write(ends[1], b'%d' % orphan)\n"
                  "    os._exit(0)\n"
                  "os.waitpid(child, 0)\n"
                  "orphan = int(os.read(ends[0], 20))\n"
                  "for _ in range(3000):\n"
                  "    try: os.kill(orphan, 0)\n"
                  "    except ProcessLookupError: sys.exit(7)\n"
                  "    time.sleep(0.01)\n")
        for name, through in self.containers():
            if through is not CONTAINER:
                continue
            with self.subTest(name):
                answer = self.box.run([*through, os.path.join(BIN, "keybearer"), "run", "--file", "T",
                                       "work", "--", sys.executable, "-c", script])
                self.assertEqual((7, b""), (answer.status, answer.stderr))

    @not_under_memcheck("valgrind needs descriptors of its own")
    def test_a_parent_that_cannot_keep(self):
        self.add()
        self.assertOk(self.run_command("true"))
        script = "import os, resource, sys\n" \
                 "resource.setrlimit(resource.RLIMIT_NOFILE, (10, 10))\n" \
                 "os.execv(sys.argv[1], sys.argv[1:])"
        failed = self.box.run([*ADOPTS, sys.executable, "-c", script, os.path.join(BIN, "keybearer"),
                               "run", "--file", "T", "work", "--", "echo", "started"])
        self.assertFails(failed, SYSTEM, "cannot start who keeps the file")
        self.assertEqual([], self.folders())

    def test_a_caller_that_ignores_the_end_of_its_children(self):
        """So does the command then, as it always did."""
        self.add()
        script = "import signal; print(signal.getsignal(signal.SIGCHLD) == signal.SIG_IGN)"
        ignoring = "import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); " \
                   "os.execv(sys.argv[1], sys.argv[1:])"
        answer = self.box.run([sys.executable, "-c", ignoring, os.path.join(BIN, "keybearer"), "run",
                               "--file", "T", "work", "--", sys.executable, "-c", script])
        self.assertEqual("True", self.assertOk(answer).text)

    @not_under_memcheck("valgrind needs descriptors of its own")
    def test_a_keeper_that_cannot_start(self):
        """No command runs then, also where the kernel tells nobody how a child ended."""
        self.add()
        self.assertOk(self.run_command("true"))  # a helper would lack descriptors, too
        script = "import os, resource, signal, sys\n" \
                 "signal.signal(signal.SIGCHLD, int(sys.argv[1]))\n" \
                 "resource.setrlimit(resource.RLIMIT_NOFILE, (10, 10))\n" \
                 "os.execv(sys.argv[2], sys.argv[2:])"
        for ends in (signal.SIG_DFL, signal.SIG_IGN):
            with self.subTest(ends):
                failed = self.box.run([sys.executable, "-c", script, str(int(ends)),
                                       os.path.join(BIN, "keybearer"), "run", "--file", "T", "work",
                                       "--", "echo", "started"])
                self.assertFails(failed, SYSTEM, "cannot start who keeps the file")
                self.assertEqual([], self.folders())

    def test_nobody_holds_the_commands_pipes(self):
        """Its output ends when the command closes it, not when it ends."""
        self.add()
        process, _ = self.start("sh", "-c", "echo; exec >&-; read line")
        self.assertEqual(b"", process.stdout.read())
        process.stdin.close()
        self.assertNotEqual(0, process.wait())
        process.stdin = None
        self.assertGone()

    @OUTSIDE
    def test_the_commands_keys_reach_no_keeper(self):
        """From its first moment on: one that such a key ended would leave the file."""
        self.add()
        script = ("import os\n"
                  "def session(process):\n"
                  "    try: return os.getsid(process)\n"
                  "    except ProcessLookupError: return -1\n"
                  "all = map(int, filter(str.isdigit, os.listdir('/proc')))\n"
                  "print([one for one in all if session(one) == os.getsid(0)], flush=True)\n"
                  "input()\n")
        process, line = self.start(sys.executable, "-c", script, start_new_session=True)
        self.assertEqual(f"[{process.pid}]", line)
        process.kill()

    def test_job_control(self):
        self.add()
        starts = [[]]
        if self.box.run([*CONTAINER, "true"]).status == 0:
            starts.append(CONTAINER)
        for start in starts:
            with self.subTest(start):
                shown = self.box.run_on_tty([*start, "bash", "--norc", "-i"], [
                    (b"ready> ", "keybearer run --file T work -- "
                                 "sh -c 'echo at''-work; while read x; do echo \"got.$x\"; done'"),
                    (b"at-work\r\n", "\x1a"),
                    (b"Stopped", "fg"),
                    (b"fg\r\nkeybearer run", "hello"),
                    (b"got.hello", "\x03"),
                    (b"ready> ", "echo status=$?"),
                    (b"status=130", "exit"),
                ], env={"PS1": "ready> "})
                self.assertEqual(0, shown.status, shown)
                self.assertGone()

    def test_a_command_that_cannot_be_run(self):
        for options in ([], ["--env", "A={secret}"]):
            self.add(*options)
            self.assertFails(self.run_command("no-such-command"), 127, "no-such-command")
            self.assertGone()

    @not_under_memcheck("strace would see valgrind")
    def test_a_command_that_is_killed_while_it_starts(self):
        """The keepers are there before the token is."""
        need_strace(self)
        self.add()
        self.assertOk(self.run_command("true"))
        killed = set()
        for call in ("pidfd_open", "clone", "clone3", "renameat", "renameat2", "linkat", "execve:when=2"):
            name, *when = call.split(":")
            rule = ":".join([name, "signal=SIGKILL", *(when or ["when=1"])])
            done = self.box.run(["strace", "-qq", "-o", "/dev/null", "-e", f"trace={name}", "-e",
                                 f"inject={rule}", os.path.join(BIN, "keybearer"), "run", "--file", "T",
                                 "work", "--", "true"])
            if done.status == -signal.SIGKILL:
                killed.add(name)
            wait_until(lambda: not glob.glob(os.path.join(self.box.runtime, "keybearer", "r-*", "token")),
                       f"the token is gone after {call}")
        self.assertLessEqual({"pidfd_open", "execve"}, killed)
        self.assertOk(self.box.keybearer("lock"))

    def test_a_key_that_ends_the_first_fetch(self):
        """It leaves nothing."""
        gate = threading.Event()
        self.addCleanup(gate.set)
        self.add()
        self.box.keybearer("forget", "work")
        asked = len(self.server.requests)
        self.server.behave(lambda _: Reply(200, gate=gate))
        process = subprocess.Popen([os.path.join(BIN, "keybearer"), "run", "--file", "T", "work", "--", "true"],
                                   env=self.box.environment(), start_new_session=True)
        self.addCleanup(process.kill)
        wait_until(lambda: len(self.server.requests) > asked, "the server is asked")
        os.killpg(process.pid, signal.SIGINT)
        self.assertEqual(-signal.SIGINT, process.wait())
        self.assertEqual([], self.folders())

    def test_a_renewer_that_was_killed(self):
        """As the kernel may do where memory is short: another one follows."""
        self.server.lifetime = 4
        self.add()
        for through in ([], ADOPTS):
            with self.subTest(through):
                process, first = self.start(*FOLLOW, through=through)
                os.kill(self.renewer(process), signal.SIGKILL)
                self.assertInOrder(first, self.line(process.stdout))
                self.assertEqual(0, process.wait())
                self.assertGone()

    def renewer(self, process):
        """The one of PROCESS's keepers that another keeper started."""
        def parent(pid):
            with open(f"/proc/{pid}/stat") as file:
                return int(file.read().rpartition(")")[2].split()[1])
        def found():
            keepers = self.keepers(process)
            if process.args[0] in ADOPTS:
                keepers.append(process.pid)
            return [one for one in keepers if one != process.pid and parent(one) in keepers]
        wait_until(lambda: len(found()) == 1, "the renewer is there")
        return found()[0]

    @OUTSIDE
    def test_a_keeper_that_was_killed(self):
        """The next one removes what is left, but not what somebody keeps; and so does lock."""
        self.add()
        living, _ = self.start("sh", "-c", "echo; read line")
        wait_until(lambda: len(self.keepers(living)) == 2, "both keepers are there")
        kept = self.folders()
        for sweep in (["run", "--file", "T", "work", "--", "true"], ["lock"]):
            others = self.keepers(living)
            killed, _ = self.start("sh", "-c", "echo; read line")
            own = lambda: set(self.keepers(killed)) - set(others)
            wait_until(lambda: len(own()) == 2, "both keepers are there")
            keepers = own()
            for keeper in keepers:
                os.kill(keeper, signal.SIGKILL)
            wait_until(lambda: all(map(self.is_dead, keepers)), "they are dead")
            killed.kill()
            killed.wait()
            left = set(self.folders()) - set(kept)
            self.assertEqual(1, len(left))
            self.assertOk(self.box.keybearer(*sweep))
            wait_until(lambda: self.folders() == kept, "only the living one's is left")
        living.stdin.close()
        living.wait()
        living.stdin = None
        self.assertGone()

    def test_a_lock_that_cannot_remove_what_is_left(self):
        """What it did is said all the same."""
        self.add()
        self.assertOk(self.run_command("true"))
        link = os.path.join(self.box.runtime, "keybearer", "r-00000000")
        os.symlink("/", link)
        failed = self.box.keybearer("lock")
        os.unlink(link)
        self.assertIn(b"The vault is locked, and every", failed.stdout)
        self.assertFails(failed, SYSTEM, "may be left in clear", link, stdout=failed.stdout)

    def test_a_renewal_that_fails(self):
        """Nobody is told while the old token lives, and then once; it is tried again all the time."""
        self.server.lifetime = 2
        self.add()
        self.box.keybearer("forget", "work")
        begin, failing = len(self.server.issued), [True]
        self.server.behave(lambda _: Reply(500, {"error": "server_error"})
                           if failing[0] and len(self.server.issued) > begin else None)
        process, first = self.start(*FOLLOW, stderr=subprocess.PIPE)
        self.assertIn("has expired", self.line(process.stderr))
        failing[0] = False
        second = self.line(process.stdout)
        self.assertInOrder(first, second)
        rest = process.stderr.read()
        self.assertNotIn(b"error", rest)
        self.assertEqual(0, process.wait())
        self.assertGone()

    def test_a_renewal_of_which_nobody_reads(self):
        """Who has complained into a pipe that is full tries again nonetheless."""
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        os.set_blocking(writer, False)
        for size in (4096, 1):
            try:
                while True:
                    os.write(writer, b"x" * size)
            except BlockingIOError:
                pass
        os.set_blocking(writer, True)
        self.server.lifetime = 2
        self.add()
        self.box.keybearer("forget", "work")
        begin, failed = len(self.server.issued), []

        def fail_once_issued(_):
            if len(self.server.issued) == begin:
                return None
            failed.append(time.monotonic())
            return Reply(500, {"error": "server_error"})

        self.server.behave(fail_once_issued)
        process, _ = self.start("sh", "-c", "echo; read line", stderr=writer)
        os.close(writer)
        # A failure is shared for five seconds at least. In them the token dies, and is complained of.
        wait_until(lambda: failed and failed[-1] - failed[0] > 4, "it is tried again", 60)
        process.stdin.close()
        process.wait()
        process.stdin = None

    @not_under_memcheck("an exchange takes longer than that")
    def test_lives_of_a_second(self):
        """The next token is there before the old one is dead: of one second, where the machine has time for it."""
        times = []
        self.add()
        begin = time.monotonic()
        self.assertEqual(0, self.box.keybearer("refresh", "work").status)
        life = self.server.lifetime = math.ceil(3 * (time.monotonic() - begin))
        self.assertEqual(0, self.box.keybearer("refresh", "work").status)
        self.server.behave(lambda _: times.append(time.monotonic()))
        process, _ = self.start("sh", "-c", "echo; read line")
        wait_until(lambda: any(b - a < 0.9 * life for a, b in zip(times, times[1:])), "it is asked in time")
        process.stdin.close()
        process.wait()
        process.stdin = None

    def test_another_client_of_that_name(self):
        """What it gets is not for the servers of a command that began before."""
        self.server.lifetime = 2
        self.add("--match", "https://old.example")
        process, first = self.start("sh", "-c", 'cat "$T"; echo; read line; cat "$T"',
                                    stderr=subprocess.PIPE)
        other = self.enterContext(TokenServer())
        added = self.box.add_profile("work", other, "--match", "https://new.example")
        self.assertEqual(0, added.status, added)
        asked = len(other.requests)
        self.assertIn("profile work or its client has changed", self.line(process.stderr))
        self.assertIn("start the command again", self.line(process.stderr))
        process.stdin.write(b"\n")
        process.stdin.flush()
        last = process.stdout.read().decode()
        self.assertIn(first, self.server.issued)
        self.assertIn(last, self.server.issued)
        self.assertEqual(asked, len(other.requests))
        process.wait()

    @unittest.skipIf(os.environ.get("KB_TEST_SLOW"), "a sanitized helper has our stderr, for its report")
    def test_a_command_that_ends_while_its_token_is_renewed(self):
        """Whoever waits for the end of its stderr does not wait for the token server."""
        self.server.lifetime, gate = 2, threading.Event()
        self.addCleanup(gate.set)
        self.add("--timeout", "120")
        self.box.keybearer("forget", "work")
        begin, asked = len(self.server.issued), len(self.server.requests)
        self.server.behave(lambda _: Reply(200, gate=gate) if len(self.server.issued) > begin else None)
        process, _ = self.start("sh", "-c", "echo; read line", stderr=subprocess.PIPE)
        wait_until(lambda: len(self.server.requests) > asked + 1, "the token is being renewed")
        process.stdin.close()
        ended = select.select([process.stderr], [], [], 20)[0]
        self.assertTrue(ended, f"stderr is held: {self.states()}")
        self.assertEqual(b"", process.stderr.read())
        process.wait()
        process.stdin = None

    def test_what_cannot_be(self):
        self.add()
        for options, words in ((["--file", "T", "--env", "T"], ["not both"]),
                               (["--file", "A=B"], ["cannot name a variable"])):
            failed = self.box.keybearer("run", *options, "work", "--", "true")
            self.assertFails(failed, USAGE, *words)


if __name__ == "__main__":
    main()
