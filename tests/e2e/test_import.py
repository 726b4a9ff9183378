"""`import`: secrets that lie in files in clear become profiles, and go from the file only after that."""

import json
import os
import re
import shlex
import stat

from harness import (
    DENIED, NOT_FOUND, RATE_LIMITED, USAGE, SandboxTest, main,
)
from token_server import CLIENT_ID, CLIENT_SECRET, TokenServer, rate_limited, refused

OTHER_SECRET = "quite+another/secret=of-mine"
REST = b"# mine\n\nPORT=8080\r\nNAME='a b'\n"
STEERS = "\x1b]0;owned\x07\x1b[2J"


class ImportTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.file = self.box.path("work", ".env")

    def put(self, content, path=None, mode=0o600):
        path = path or self.file
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        os.chmod(path, mode)
        return path

    def get(self, path=None):
        with open(path or self.file, "rb") as file:
            return file.read()

    def pair(self, prefix="ACME_", secret=CLIENT_SECRET):
        return f"{prefix}CLIENT_ID={CLIENT_ID}\nexport {prefix}CLIENT_SECRET='{secret}'\n".encode()

    def run_import(self, *words, yes=True, endpoint=True, **run):
        options = ["--token-url", self.server.token_url] if endpoint else []
        options += ["--store", "sealed-file"] if endpoint else []
        return self.box.keybearer("import", *words, *options, *(["--yes"] if yes else []), **run)

    def assertShowsNothing(self, result):
        """Neither a value of the file, nor what could steer a terminal."""
        said = result.stdout + result.stderr
        for value in (CLIENT_SECRET, OTHER_SECRET, CLIENT_ID):
            self.assertNotIn(value.encode(), said)
        self.assertIsNone(re.search(rb"[^\n\x20-\x7e]", said), result)

    def profiles(self):
        return [profile["name"] for profile in self.box.keybearer("list", "--json").json()["profiles"]]


class FoundTest(ImportTest):
    def test_a_dry_run_shows_what_is_there_and_changes_nothing(self):
        self.put(REST + self.pair("ZUORA_") + b"ZUORA_BASE_URL=https://rest.apisandbox.zuora.com\n"
                 + b"X_CLIENT_ID=i\nX_CLIENT_SECRET=$(pass x)\n")
        before = self.get()
        shown = self.run_import(".env", "--dry-run", "--delete", endpoint=False)
        self.assertOk(shown)
        self.assertShowsNothing(shown)
        text = shown.text
        self.assertIn("ZUORA_CLIENT_ID (line 5), ZUORA_CLIENT_SECRET (line 6)", text)
        self.assertIn("profile zuora, for rest.apisandbox.zuora.com", text)
        self.assertIn("X_CLIENT_SECRET (line 9) has a $ or a backquote", " ".join(text.split()))
        self.assertIn("Nothing was changed", text)
        self.assertEqual(before, self.get())
        self.assertEqual(0, self.server.count)
        self.assertEqual([], self.profiles())

    def test_imported_and_kept(self):
        self.put(REST + self.pair())
        done = self.run_import(".env")
        self.assertOk(done)
        self.assertShowsNothing(done)
        self.assertIn("Profile acme is ready", done.text)
        self.assertIn("still lie in clear", done.text)
        self.assertIn("Backups", done.text)
        self.assertEqual(REST + self.pair(), self.get())
        self.assertEqual(1, self.server.count)
        self.assertOk(self.box.keybearer("token", "acme"))
        os.unlink(self.file)

    def test_imported_and_deleted(self):
        for content, left in (
            (REST + self.pair() + b"LAST=1", REST + b"LAST=1"),
            (self.pair(), b""),
        ):
            self.put(content, mode=0o640)
            done = self.run_import(".env", "--delete")
            self.assertOk(done)
            self.assertIn("was deleted from", done.text)
            self.assertEqual(left, self.get())
            self.assertEqual(0o640, stat.S_IMODE(os.stat(self.file).st_mode))
            self.assertEqual([".env"], os.listdir(os.path.dirname(self.file)))
            self.assertOk(self.box.keybearer("refresh", "acme"))

    def test_settings_of_a_tool(self):
        """By the tool's name, with comments, two servers, and what else is in it."""
        path = self.box.path("home", ".claude", "settings.json")
        self.put('{"model": "x" /* mine */}', path)
        servers = self.put(
            '{\n  "mcpServers": {\n    "a": { "env": {\n'
            f'      "ACME_CLIENT_ID": "{CLIENT_ID}", // which\n'
            f'      "ACME_CLIENT_SECRET": "{CLIENT_SECRET}",\n      "PORT": "1" }} }},\n'
            f'    "b": {{ "env": {{ "ACME_CLIENT_ID": "{CLIENT_ID}", '
            f'"ACME_CLIENT_SECRET": "{CLIENT_SECRET}" }} }}\n  }}\n}}\n',
            self.box.path("home", ".claude.json"))
        done = self.run_import("claude", "--delete")
        self.assertOk(done)
        self.assertEqual({"acme", "acme-2"}, set(self.profiles()))
        left = self.get(servers).decode()
        self.assertIn("// which", left)
        without = re.sub(r"//.*", "", left)
        self.assertEqual({"mcpServers": {"a": {"env": {"PORT": "1"}}, "b": {"env": {}}}},
                         json.loads(without))

    def test_a_name_of_the_persons_own(self):
        self.put(self.pair())
        self.assertOk(self.run_import(".env", "--delete", "--name", "billing"))
        self.assertEqual(["billing"], self.profiles())

    def test_without_a_client(self):
        for content, status, word in (
            ("PORT=1\n", NOT_FOUND, "has no id and secret"),
            (f"A_TOKEN={OTHER_SECRET}\n", NOT_FOUND, "has passwords or tokens"),
            (f"X_CLIENT_SECRET={OTHER_SECRET}\n", USAGE, "has no id beside it"),
            ("X_CLIENT_ID=i\nX_CLIENT_SECRET=`id`\n", USAGE, "has a $ or a backquote"),
        ):
            with self.subTest(content):
                self.put(content)
                failed = self.run_import(".env")
                self.assertFails(failed, status, word)
                self.assertShowsNothing(failed)
        self.assertEqual(0, self.server.count)
        os.unlink(self.file)

    def test_nobody_knows_whose_it_is(self):
        self.put(self.pair())
        failed = self.run_import(".env", endpoint=False)
        self.assertFails(failed, USAGE, "nothing says whose client ACME_CLIENT_ID (line 1) is")
        self.assertIn(b"--token-url URL", failed.stderr)
        os.unlink(self.file)

    def test_no_yes_without_a_terminal(self):
        self.put(self.pair())
        failed = self.run_import(".env", yes=False)
        self.assertFails(failed, USAGE, "no terminal")
        self.assertIn(b"add --yes", failed.stderr)
        self.assertEqual(0, self.server.count)
        os.unlink(self.file)


class ConversationTest(ImportTest):
    """On a terminal: whose a client is, and a yes."""

    ENDPOINT = b"(shown after Enter): "
    YES = b"(yes or no) "

    def converse(self, *answers):
        done = self.box.run_on_tty(["keybearer", "import", ".env", "--store", "sealed-file", "--delete"], answers)
        for value in (CLIENT_SECRET, OTHER_SECRET):
            self.assertNotIn(value.encode(), done.stdout)
        return done

    def test_asked_for_the_endpoint_and_a_yes(self):
        self.put(REST + self.pair())
        done = self.converse((self.ENDPOINT, self.server.token_url), (self.YES, "yes"))
        self.assertEqual(0, done.status, done)
        self.assertIn(b"ACME_CLIENT_ID (line 5): which token endpoint is it for?", done.stdout)
        self.assertIn(f"is sent to 127.0.0.1:{self.server.port}, and becomes profile acme".encode(), done.stdout)
        self.assertIn(b"these lines are deleted from the file", done.stdout)
        self.assertEqual(REST, self.get())

    def test_no_is_no(self):
        self.put(self.pair())
        done = self.converse((self.ENDPOINT, self.server.token_url), (self.YES, "no"))
        self.assertNotEqual(0, done.status)
        self.assertEqual(self.pair(), self.get())
        self.assertEqual((0, []), (self.server.count, self.profiles()))
        os.unlink(self.file)

    def test_the_secret_typed_in_place_of_the_endpoint_is_not_shown(self):
        self.put(self.pair())
        done = self.converse((self.ENDPOINT, OTHER_SECRET), (self.ENDPOINT, self.server.token_url), (self.YES, "no"))
        self.assertNotEqual(0, done.status)
        self.assertIn(b"That did not work", done.stdout)
        os.unlink(self.file)


class ProofTest(ImportTest):
    """What is not proved and stored is not deleted."""

    def test_a_client_that_is_refused_stays(self):
        content = self.put(REST + self.pair(secret=OTHER_SECRET)) and self.get()
        self.server.script(refused())
        failed = self.run_import(".env", "--delete")
        self.assertNotEqual(0, failed.status)
        self.assertShowsNothing(failed)
        self.assertEqual(content, self.get())
        self.assertEqual([], self.profiles())
        os.unlink(self.file)

    def test_of_two_only_the_one_that_was_proved_goes(self):
        self.put(self.pair("ONE_") + REST + self.pair("TWO_", OTHER_SECRET))
        self.server.behave(lambda request: refused() if self.server.count > 1 else self.server.issue())
        failed = self.run_import(".env", "--delete", "--same-address")
        self.assertNotEqual(0, failed.status)
        self.assertIn("Profile one is ready", failed.text)
        self.assertEqual(REST + self.pair("TWO_", OTHER_SECRET), self.get())
        self.assertEqual(["one"], self.profiles())
        os.unlink(self.file)

    def test_the_one_that_is_refused_is_named_and_the_others_are_tried(self):
        self.put(self.pair("ONE_", OTHER_SECRET) + self.pair("TWO_") + REST + self.pair("THREE_", OTHER_SECRET))
        self.server.behave(lambda request: self.server.issue() if self.server.count == 2 else refused())
        failed = self.run_import(".env", "--delete", "--same-address")
        self.assertEqual(DENIED, failed.status, failed)
        self.assertShowsNothing(failed)
        self.assertIn(b"ONE_CLIENT_ID (line 1): ", failed.stderr)
        self.assertIn("THREE_CLIENT_ID (line 9) failed, too: ", failed.text)
        self.assertIn("Profile two is ready", failed.text)
        self.assertEqual(self.pair("ONE_", OTHER_SECRET) + REST + self.pair("THREE_", OTHER_SECRET), self.get())
        self.assertEqual(["two"], self.profiles())
        os.unlink(self.file)

    def test_what_was_not_tried_is_said(self):
        """A server that asks to wait would say the same to the next."""
        self.put(self.pair("ONE_") + self.pair("TWO_"))
        self.server.behave(lambda request: rate_limited())
        failed = self.run_import(".env", "--delete", "--same-address")
        self.assertEqual(RATE_LIMITED, failed.status, failed)
        self.assertIn(b"ONE_CLIENT_ID (line 1): ", failed.stderr)
        self.assertIn("TWO_CLIENT_ID (line 3) was not tried", failed.text)
        self.assertEqual(self.pair("ONE_") + self.pair("TWO_"), self.get())
        os.unlink(self.file)

    def test_one_of_several_by_its_name(self):
        self.put(self.pair("ONE_") + REST + self.pair("TWO_"))
        failed = self.run_import(".env", "--name", "three")
        self.assertFails(failed, USAGE, "has 2 clients, none of which would be called three")
        self.assertOk(self.run_import(".env", "--delete", "--name", "two"))
        self.assertEqual(["two"], self.profiles())
        self.assertEqual(self.pair("ONE_") + REST, self.get())
        os.unlink(self.file)

    def test_a_link_that_leads_elsewhere_meanwhile(self):
        one, two = (self.put(REST + self.pair(), self.box.path("work", name)) for name in ("one", "two"))
        os.symlink(one, self.file)

        def answer(request):
            os.unlink(self.file)
            os.symlink(two, self.file)
            return self.server.issue()

        self.server.behave(answer)
        self.assertIn("it, or a link to it, was changed meanwhile", " ".join(
            self.run_import(".env", "--delete").text.split()))
        for path in (one, two):
            self.assertEqual(REST + self.pair(), self.get(path))
            os.unlink(path)

    def test_a_file_that_changes_meanwhile_stays(self):
        self.put(self.pair())
        changed = REST + self.pair()

        def answer(request):
            self.put(changed)
            return self.server.issue()

        self.server.behave(answer)
        done = self.run_import(".env", "--delete")
        self.assertNotEqual(0, done.status)
        self.assertIn("Nothing was deleted", done.text)
        self.assertEqual(changed, self.get())
        self.assertEqual(["acme"], self.profiles())
        self.server.behave(lambda request: self.server.issue())
        again = self.run_import(".env", "--delete")
        self.assertOk(again)
        self.assertEqual(REST, self.get())

    def test_a_change_that_keeps_size_and_time(self):
        self.put(self.pair(secret=CLIENT_SECRET))
        before = os.stat(self.file)
        other = self.pair().replace(b"ACME_CLIENT_ID", b"ACME_CLIENT_NO")

        def answer(request):
            with open(self.file, "r+b") as file:
                file.write(other)
            os.utime(self.file, ns=(before.st_atime_ns, before.st_mtime_ns))
            return self.server.issue()

        self.server.behave(answer)
        self.assertIn("Nothing was deleted", self.run_import(".env", "--delete").text)
        self.assertEqual(other, self.get())
        os.unlink(self.file)

    def test_another_profile_of_that_name_stays(self):
        added = self.box.add_profile("acme", self.server, "--scope", "mine")
        self.assertEqual(0, added.status, added)
        with open(self.box.config_file) as file:
            before = file.read()
        self.put(self.pair())
        failed = self.box.keybearer("import", ".env", "--yes", "--delete", "--token-url",
                                    "https://other.example.com/token")
        self.assertFails(failed, USAGE, "there is a profile acme already")
        self.assertEqual(self.pair(), self.get())
        self.assertEqual(1, self.server.count)
        self.assertOk(self.run_import(".env", "--delete"))  # the same place: a new client of it
        with open(self.box.config_file) as file:
            self.assertEqual(before, file.read())


class HostileTest(ImportTest):
    """Files as somebody could make them."""

    def refuse(self, status, *words, keeps=True):
        content = self.get() if keeps else None
        failed = self.run_import(".env", "--delete")
        self.assertFails(failed, status, *words)
        self.assertShowsNothing(failed)
        self.assertEqual(0, self.server.count)
        if keeps:
            self.assertEqual(content, self.get())

    def test_a_second_name(self):
        self.put(self.pair())
        os.link(self.file, self.file + "2")
        self.refuse(DENIED, "second name")
        os.unlink(self.file + "2")
        os.unlink(self.file)

    def test_a_dry_run_foresees_what_is_not_changed(self):
        def foresee(word, path=None):
            for words in (["--dry-run"], []):
                failed = self.run_import(path or ".env", "--delete", *words)
                self.assertNotEqual(0, failed.status)
                self.assertIn(word, failed.stderr)
            self.assertEqual(0, self.server.count)

        self.put(self.pair())
        os.link(self.file, self.file + "2")
        foresee(b"second name")
        os.unlink(self.file + "2")
        os.chmod(self.file, 0o400)
        foresee(b"read-only")
        os.unlink(self.file)
        path = self.put(f'{{"clientId": "{CLIENT_ID}", "clientSecret": "{CLIENT_SECRET}" xx',
                        self.box.path("work", "broken.json"))
        foresee(b"is not understood behind its secrets", path)
        os.unlink(path)

    def test_a_path_begins_no_line_of_ours(self):
        path = self.put(self.pair(), self.box.path("work", "a\nNothing was changed.env"))
        shown = self.run_import(path, "--dry-run")
        self.assertOk(shown)
        self.assertEqual(1, shown.stdout.count(b"\nNothing was changed"), shown)
        asked = self.box.run_on_tty(["keybearer", "import", path, "--token-url", self.server.token_url],
                                    [(b"(yes or no) ", "no")])
        self.assertNotIn(b"\nNothing was changed.env", asked.stdout.replace(b"\r", b""))
        self.assertIn(b"a?Nothing was changed.env", asked.stdout)
        os.unlink(path)

    def test_what_everybody_may_write(self):
        self.put(self.pair(), mode=0o666)
        self.refuse(DENIED)
        os.unlink(self.file)

    def test_read_only(self):
        self.put(self.pair(), mode=0o400)
        self.refuse(DENIED, "read-only")
        os.unlink(self.file)

    def test_a_pipe_is_not_waited_for(self):
        os.mkfifo(self.file)
        self.refuse(DENIED, "no regular file", keeps=False)

    def test_a_device(self):
        os.symlink("/dev/zero", self.file)
        self.refuse(DENIED, "no regular file", keeps=False)

    def test_standard_input(self):
        failed = self.run_import("/dev/stdin", stdin=self.pair())
        self.assertFails(failed, DENIED, "/dev/stdin is no regular file")
        self.assertShowsNothing(failed)

    def test_no_name(self):
        self.assertFails(self.run_import(""), USAGE, "needs a file")

    def test_too_large(self):
        self.put(self.pair() + b"x" * (10 << 20))
        self.refuse(USAGE, "has more than import reads, which is 4 MiB", keeps=False)
        os.unlink(self.file)

    def test_more_values_than_are_read(self):
        """The last one could be another value of a name that was read."""
        self.put(self.pair() + b"".join(b"N%d_TOKEN=abcdefgh\n" % i for i in range(4096))
                 + f"ACME_CLIENT_SECRET={OTHER_SECRET}\n".encode())
        self.refuse(USAGE, "has more than import reads, which is 4096 values")
        os.unlink(self.file)

    def test_anothers_file(self):
        if os.geteuid() != 0:
            self.skipTest("only root gives files away")
        self.put(self.pair())
        os.chown(self.file, 12345, -1)
        self.refuse(DENIED)
        os.unlink(self.file)

    def test_what_programs_noted_beside_it_stays(self):
        self.put(REST + self.pair())
        try:
            os.setxattr(self.file, "user.note", b"mine")
        except OSError:
            self.skipTest("this file system keeps no attributes")
        self.assertOk(self.run_import(".env", "--delete"))
        self.assertEqual(REST, self.get())
        self.assertEqual(b"mine", os.getxattr(self.file, "user.note"))

    def test_a_link_to_ones_own_file_stays(self):
        path = self.put(REST + self.pair(), self.box.path("home", "dotfiles", "env"))
        os.symlink(path, self.file)
        self.assertOk(self.run_import(".env", "--delete"))
        self.assertEqual(path, os.readlink(self.file))
        self.assertEqual(REST, self.get(path))

    def test_names_and_paths_that_steer_a_terminal(self):
        path = self.put(json.dumps({f"{STEERS}ACME_CLIENT_ID": CLIENT_ID,
                                    f"{STEERS}ACME_CLIENT_SECRET": CLIENT_SECRET}, ensure_ascii=False)
                        .replace("\\u001b", "\x1b").replace("\\u0007", "\x07"),
                        self.box.path("work", f"{STEERS}.json"))
        for words in (("--dry-run",), ()):
            self.assertShowsNothing(self.run_import(path, *words))
        os.unlink(path)

    def test_a_program_is_told_by_line_and_not_edited(self):
        path = self.put(b"# mine\nexport ACME_CLIENT_ID='i'\n" + self.pair("X_"),
                        self.box.path("home", ".bashrc"))
        failed = self.run_import(path, "--delete")
        self.assertFails(failed, USAGE, "is a program, and not edited: X_CLIENT_SECRET is on line 4")
        self.assertIn(b"without --delete", failed.stderr)
        self.assertOk(self.run_import(path))
        self.assertEqual(["x"], self.profiles())
        os.unlink(path)

    def test_what_shares_its_line_is_told(self):
        path = self.put(f'env = {{ ACME_CLIENT_ID = "{CLIENT_ID}", ACME_CLIENT_SECRET = "{CLIENT_SECRET}" }}\n',
                        self.box.path("home", ".codex", "config.toml"))
        self.assertFails(self.run_import("codex", "--delete"), USAGE, "has more than ACME_CLIENT_SECRET on line 1")
        self.assertOk(self.run_import("codex"))
        os.unlink(path)

    def test_the_id_is_told_where_only_that_shares_its_line(self):
        path = self.put(f'[env]\nACME_CLIENT_SECRET = "{CLIENT_SECRET}"\nACME_CLIENT_ID = "{CLIENT_ID}" // mine\n',
                        self.box.path("home", ".codex", "config.toml"))
        self.assertFails(self.run_import("codex", "--delete"), USAGE, "has more than ACME_CLIENT_ID on line 3")
        os.unlink(path)

    def test_npms_file_is_told_and_not_edited(self):
        path = self.put(f"ACME_CLIENT_ID={CLIENT_ID}\nACME_CLIENT_SECRET={CLIENT_SECRET}\n",
                        self.box.path("home", ".npmrc"))
        self.assertFails(self.run_import(path, "--delete"), USAGE,
                         "is npm's, and not edited: ACME_CLIENT_SECRET is on line 2")
        os.unlink(path)


class DoctorTest(ImportTest):
    """`doctor` names file, line and kind, and never a value."""

    FILES = {
        ".git-credentials": (f"https://me:{OTHER_SECRET}@h.example\n", "git", "a password"),
        ".netrc": (f"machine h login me password {OTHER_SECRET}\n", "netrc", "a password"),
        ".docker/config.json": (f'{{"auths": {{"h": {{"auth": "{OTHER_SECRET}"}}}}}}', "docker", "a password"),
        ".npmrc": (f"//h/:_authToken={OTHER_SECRET}\n", "npm", "a token"),
        ".cargo/credentials.toml": (f'[registry]\ntoken = "{OTHER_SECRET}"\n', "cargo", "a token"),
        ".terraform.d/credentials.tfrc.json":
            (f'{{"credentials": {{"h": {{"token": "{OTHER_SECRET}"}}}}}}', "terraform", "a token"),
        ".zshenv": (f"export A_PASSWORD={OTHER_SECRET}\n", "shell", "a password"),
        ".config/fish/config.fish": (f"set -gx A_TOKEN {OTHER_SECRET}\n", "shell", "a token"),
        ".cursor/mcp.json": (f'{{"env": {{"API_KEY": "{OTHER_SECRET}"}}}}', "cursor", "a key"),
    }

    def doctor(self, **run):
        said = self.box.keybearer("doctor", "--json", **run)
        self.assertOk(said)
        self.assertShowsNothing(said)
        return [check for check in said.json()["checks"] if check["check"].startswith("plaintext")]

    def test_each_file(self):
        self.assertEqual(["ok"], [check["level"] for check in self.doctor()])
        paths = [self.put(content, self.box.path("home", name)) for name, (content, _, _) in self.FILES.items()]
        checks = {check["text"].split(",")[0]: check for check in self.doctor()}
        for path, (content, word, kind) in zip(paths, self.FILES.values()):
            with self.subTest(word):
                check = checks.pop(path)
                self.assertEqual((f"plaintext {word}", "weak"), (check["check"], check["level"]))
                self.assertIn(f"line {content.count(chr(10), 0, content.index(OTHER_SECRET)) + 1}: {kind}",
                              check["text"])
                self.assertIn("keybearer ", check["hint"])
        self.assertEqual({}, checks)
        for path in paths:
            os.unlink(path)

    def test_the_cure_of_a_client_is_its_import(self):
        self.put(self.pair())
        (found,) = self.doctor()
        self.assertEqual("plaintext env", found["check"])
        self.assertEqual(f"keybearer import {self.file}", found["hint"])
        words = found["hint"].split()[1:]
        self.assertOk(self.box.keybearer(*words, "--delete", "--yes", "--store", "sealed-file",
                                         "--token-url", self.server.token_url))
        self.assertEqual(["ok"], [check["level"] for check in self.doctor()])

    def test_a_path_that_is_too_long_is_said(self):
        folder = self.box.path("work", *["d" * 200] * 10)
        path = self.put(f"A_TOKEN={OTHER_SECRET}\n", os.path.join(folder, ".env"))
        (check,) = self.doctor(cwd=folder)
        self.assertEqual("note", check["level"])
        self.assertIn("not looked at: .env, whose path is longer than", check["text"])
        os.unlink(path)

    def test_where_it_cannot_look_is_said(self):
        self.put(f"export A_TOKEN={OTHER_SECRET}\n", self.box.path("home", ".bashrc"))
        for home in (None, "", "home"):
            with self.subTest(home):
                said = self.box.keybearer("doctor", "--json", env={"HOME": home, "XDG_CONFIG_HOME": None})
                found = [check for check in said.json()["checks"] if check["check"] == "plaintext"]
                self.assertEqual(
                    [("note", f"not looked at: what is in {where}: HOME is no absolute path, or too long")
                     for where in ("the home folder", "~/.config")],
                    [(check["level"], check["text"]) for check in found])
        os.unlink(self.box.path("home", ".bashrc"))

    def test_a_working_directory_without_a_usable_path(self):
        folder = self.box.path("work", *["d" * 250] * 8)
        os.makedirs(folder)
        deep = os.open(folder, os.O_PATH | os.O_DIRECTORY)
        for _ in range(10):
            os.mkdir("d" * 250, dir_fd=deep)
            deeper = os.open("d" * 250, os.O_PATH | os.O_DIRECTORY, dir_fd=deep)
            os.close(deep)
            deep = deeper
        here = os.open(".", os.O_PATH | os.O_DIRECTORY)
        try:
            os.fchdir(deep)
            with open(".env", "wb") as file:
                file.write(self.pair())
            (check,) = self.doctor(cwd=".")
            failed = self.run_import(".env", cwd=".")
            os.unlink(".env")
        finally:
            os.fchdir(here)
            os.close(here)
            os.close(deep)
        self.assertEqual("note", check["level"])
        self.assertIn("what is in the working directory: its path is not known", check["text"])
        self.assertFails(failed, USAGE, "the working directory has no path that can be used")
        self.assertIn(b"change to another folder", failed.stderr)

    def test_the_cure_is_a_command_for_a_shell(self):
        folder = self.box.path("work", "it's $(mine)")
        path = self.put(self.pair(), os.path.join(folder, ".env"))
        (found,) = self.doctor(cwd=folder)
        self.assertEqual(["keybearer", "import", path], shlex.split(found["hint"]))
        os.unlink(path)

    def test_no_cure_with_bytes_that_are_not_shown(self):
        folder = self.box.path("work", "k\u00e4se")
        path = self.put(self.pair(), os.path.join(folder, ".env"))
        said = self.box.keybearer("doctor", cwd=folder)
        self.assertIn("(keybearer import, with the path of that file)", said.text)
        os.unlink(path)

    def test_no_half_of_a_cure(self):
        folder = self.box.path("work", *["'" * 200] * 3)
        path = self.put(self.pair(), os.path.join(folder, ".env"))
        (found,) = self.doctor(cwd=folder)
        self.assertIn(path, found["text"])
        self.assertEqual("keybearer import, with the path of that file", found["hint"])
        os.unlink(path)

    def test_hostile_files(self):
        home = self.box.path("home")
        os.mkfifo(os.path.join(home, ".netrc"))
        os.symlink("/dev/zero", os.path.join(home, ".npmrc"))
        os.symlink("/etc/shadow", os.path.join(home, ".zshenv"))
        os.symlink("nowhere", os.path.join(home, ".zshrc"))
        self.put(b"x" * (10 << 20), os.path.join(home, ".git-credentials"))
        self.put(f"export {STEERS}A_TOKEN={OTHER_SECRET}\n\x1b[2J\n", os.path.join(home, ".profile"))
        self.put("export A_TOKEN=$(touch executed)`touch executed`\n", os.path.join(home, ".bashrc"))
        self.put(f"A_TOKEN={OTHER_SECRET}\n", mode=0o666)
        said = " ".join(check["text"] for check in self.doctor())
        for name in (".netrc", ".npmrc", ".git-credentials", ".env"):
            self.assertIn(name, said)
        self.assertNotIn("token", said)
        for folder in (home, self.box.path("work")):
            self.assertNotIn("executed", os.listdir(folder))
        os.unlink(self.file)
        os.unlink(os.path.join(home, ".profile"))


if __name__ == "__main__":
    main()
