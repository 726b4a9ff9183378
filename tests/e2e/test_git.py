"""git itself, against git http-backend behind a door that wants the current token."""

import json
import os
import re
import shlex
import subprocess

from git_server import GitServer
from harness import SandboxTest, USAGE, main
from imap_server import ImapServer
from token_server import TokenServer, refused


def version():
    told = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(int(number) for number in re.findall(r"\d+", told)[:2])


class GitTest(SandboxTest):
    leak_ignore = ("home/.git-credentials",)  # git's own, where we are not alone

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.repositories = self.box.path("repositories")
        self.git("init", "-q", "--bare", f"{self.repositories}/demo.git")
        self.git("-C", f"{self.repositories}/demo.git", "config", "http.receivepack", "true")
        self.door = self.enterContext(GitServer(self.repositories, self.server.accepts))
        self.url = f"{self.door.origin}/demo.git"
        self.git("config", "--global", "credential.helper", "keybearer")
        self.git("config", "--global", "user.name", "tester")
        self.git("config", "--global", "user.email", "tester@example.com")
        added = self.box.add_profile(
            "forge", self.server, "--match", self.door.origin, "--username", "robot"
        )
        self.assertEqual(0, added.status, added)

    def git(self, *arguments):
        return self.box.run(["git", *arguments])

    def clone(self, name):
        return self.git("clone", "-q", self.url, name)

    def commit_and_push(self, clone):
        with open(os.path.join(self.box.work, clone, "file"), "w") as file:
            file.write("content\n")
        for words in (["add", "file"], ["commit", "-qm", "first"], ["push", "-q", "origin", "HEAD"]):
            self.assertEqual(0, (done := self.git("-C", clone, *words)).status, done)

    def test_clone_push_clone(self):
        self.assertEqual(0, (cloned := self.clone("one")).status, cloned)
        self.commit_and_push("one")
        self.assertEqual(0, self.clone("two").status)
        with open(os.path.join(self.box.work, "two", "file")) as file:
            self.assertEqual("content\n", file.read())
        self.assertEqual({("Basic", "robot", self.server.token)}, set(self.door.credentials))

    def test_a_rejected_token_is_replaced_on_the_next_try(self):
        self.clone("one")
        rejected = self.server.token
        self.server.revoke(rejected)
        asked = self.server.count
        self.assertNotEqual(0, self.clone("two").status)  # git erases, and gives up
        self.assertEqual(0, (third := self.clone("three")).status, third)
        self.assertEqual(asked + 1, self.server.count)
        self.assertNotEqual(rejected, self.server.token)

    def test_erase_of_another_token_keeps_ours(self):
        kept = self.box.keybearer("token", "forge").text
        request = f"protocol=http\nhost=127.0.0.1:{self.door.port}\nusername=robot\npassword=old\n"
        erased = self.box.run(["git-credential-keybearer", "erase"], request.encode())
        self.assertEqual(b"", self.assertOk(erased).stdout)
        self.assertEqual(kept, self.box.keybearer("token", "forge").text)

    def test_a_foreign_host_gets_nothing(self):
        with GitServer(self.repositories, lambda token: False) as foreign:
            asked = self.server.count
            failed = self.git("ls-remote", f"{foreign.origin}/demo.git")
            self.assertNotEqual(0, failed.status)
            self.assertEqual([], foreign.credentials)
            self.assertNotIn(b"keybearer", failed.stderr)
            self.assertEqual(asked, self.server.count)

    def test_bearer_when_the_caller_can_and_the_server_wants_it(self):
        request = (
            "capability[]=authtype\ncapability[]=state\nprotocol=http\n"
            f'host=127.0.0.1:{self.door.port}\nwwwauth[]=Bearer realm="git"\n'
        )
        answer = self.assertOk(self.box.run(["git-credential-keybearer", "get"], request.encode()))
        lines = answer.text.split("\n")
        self.assertEqual(
            ["capability[]=authtype", "authtype=Bearer", f"credential={self.server.token}",
             "ephemeral=1"],
            lines[:4],
        )
        self.assertRegex(lines[4], r"^password_expiry_utc=\d+$")

    def test_git_stops_when_the_host_is_ours_but_no_token_can_be_had(self):
        self.box.keybearer("forget", "forge")
        self.server.behave(lambda request: refused())
        failed = self.clone("one")
        self.assertEqual(128, failed.status, failed)
        self.assertIn(b"told us to quit", failed.stderr)
        self.assertIn(b"keybearer: error: ", failed.stderr)
        self.assertEqual([], self.door.credentials)

    def clone_as(self, user):
        """A clone whose remote names USER, with a helper behind ours that knows everybody."""
        asked = self.box.path("asked")
        self.git("config", "--global", "--add", "credential.helper",
                 f"!f() {{ if [ $1 = get ]; then cat >>'{asked}'; fi; }}; f")
        url = self.url.replace("://", f"://{user}@")
        done = self.git("clone", "-q", url, f"as-{user}")
        with open(asked, "a+") as file:
            file.seek(0)
            return done, file.read()

    def test_a_token_of_no_account_goes_out_under_its_own_name(self):
        self.edit(username=None, token_username="x-token-auth")
        done, _ = self.clone_as("jdoe")
        self.assertEqual(0, done.status, done)
        self.assertIn(("Basic", "x-token-auth", self.server.token), self.door.credentials)
        self.assertNotIn(("Basic", "jdoe", self.server.token), self.door.credentials)

    def test_a_path_that_git_does_not_tell(self):
        """One line names the command, and with that it works."""
        self.edit(match=[f"{self.door.origin}/demo.git"])
        failed = self.clone("one")
        self.assertNotEqual(0, failed.status, failed)
        command = f"git config --global credential.{self.door.origin}.useHttpPath true"
        self.assertEqual(1, failed.stderr.count(b"keybearer"), failed)
        self.assertIn(command.encode(), failed.stderr)
        self.assertEqual([], self.door.credentials)
        self.assertEqual(0, self.box.run(command.split()).status)
        self.assertEqual(0, (done := self.clone("two")).status, done)
        # a path that is not ours, and a host that is not, are nobody's business
        request = f"protocol=http\nhost=127.0.0.1:{self.door.port}\npath=x\n".encode()
        self.assertOk(self.box.run(["git-credential-keybearer", "get"], request))
        self.assertOk(self.get(1))

    def test_the_lines_of_add_for_a_path(self):
        self.git("config", "--global", "--unset", "credential.helper")
        added = self.box.add_profile("forge", self.server, "--match", f"{self.door.origin}/demo.git")
        lines = [line.split("git config", 1)[1] for line in added.text.splitlines()
                 if "git config" in line]
        self.assertEqual(2, len(lines), added)
        for line in lines:
            self.assertEqual(0, self.git("config", *line.split()).status)
        self.assertEqual(0, (done := self.clone("one")).status, done)

    # --- another helper beside us ---

    def test_the_lines_of_add_for_two_at_one_address(self):
        """One for all repositories goes; each clone names its profile."""
        self.git("config", "--global", "--unset", "credential.helper")
        self.git("config", "--global", f"credential.{self.door.origin}.helper", "keybearer")
        added = self.box.add_profile(
            "other", self.server, "--match", self.door.origin, "--username", "robot", "--same-address")
        said = self.assertOk(added).text
        self.assertNotIn("credHelpers", said)
        self.assertNotEqual(0, self.clone("none").status)
        lines = [shlex.split(line.strip().removeprefix("git ")) for line in said.splitlines()
                 if "git config" in line]
        unset, *named = [words[words.index("config") + 1:] for words in lines]
        self.assertEqual(0, (done := self.git("config", *unset)).status, done)
        self.assertEqual(["keybearer --profile other", "keybearer --profile forge"],
                         [helper for _, helper in named])
        for name, (key, helper) in zip(("one", "two"), named):
            cloned = self.git("clone", "-q", "-c", f"{key}={helper}", self.url, name)
            self.assertEqual(0, cloned.status, cloned)
            self.assertEqual(0, (pulled := self.git("-C", name, "fetch")).status, pulled)

    def test_the_lines_of_add_for_a_user_name(self):
        """One helper for all; whoever names no user gets the profile without an account."""
        self.edit(username=None, token_username="x-token-auth")
        self.git("config", "--global", "--unset", "credential.helper")
        added = self.box.add_profile(
            "bob", self.server, "--match", self.door.origin, "--username", "bob")
        lines = [shlex.split(line.strip().removeprefix("git ")) for line in
                 self.assertOk(added).text.splitlines() if "git config" in line]
        helper, user = [words[words.index("config") + 1:] for words in lines]
        self.assertEqual(0, (done := self.git("config", *helper)).status, done)
        self.assertEqual(0, (done := self.clone("one")).status, done)
        self.assertEqual({"x-token-auth"}, {name for _, name, _ in self.door.credentials})
        self.door.credentials.clear()
        self.assertEqual(0, (done := self.git("-C", "one", "config", *user)).status, done)
        self.assertEqual(0, (done := self.git("-C", "one", "fetch")).status, done)
        key, name = user
        done = self.git("clone", "-q", "-c", f"{key}={name}", self.url, "two")
        self.assertEqual(0, done.status, done)
        self.assertEqual({"bob"}, {name for _, name, _ in self.door.credentials})

    def test_the_lines_of_add_for_two_accounts(self):
        """What git is told to name decides; without a name nobody is served."""
        added = self.box.add_profile(
            "bob", self.server, "--match", self.door.origin, "--username", "o'brien")
        self.assertIn("are refused from now on", self.assertOk(added).text)
        failed = self.clone("none")
        self.assertNotEqual(0, failed.status, failed)
        self.assertIn(f"git config credential.{self.door.origin}.username NAME".encode(),
                      failed.stderr)
        for name in ("robot", "o'brien"):
            word = name.replace("'", r"'\''")
            self.assertIn(f"git config credential.{self.door.origin}.username '{word}'\n", added.text)
            self.door.credentials.clear()
            done = self.git("clone", "-q", "-c", f"credential.{self.door.origin}.username={name}",
                            self.url, name)
            self.assertEqual(0, done.status, done)
            self.assertEqual({name}, {user for _, user, _ in self.door.credentials})

    def kept(self):
        """What git's `store` wrote down."""
        try:
            with open(os.path.join(self.box.home, ".git-credentials")) as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def doctors_notes(self):
        checks = self.box.keybearer("doctor", "--json").json()["checks"]
        return [check["text"] for check in checks if check["check"] == "git"]

    def test_store_beside_us(self):
        """A git that knows no better tells it our token: doctor says so."""
        self.git("config", "--global", "--add", "credential.helper", "store")
        place = os.path.join(self.box.home, ".git-credentials")
        self.assertNotIn(place, "".join(self.doctors_notes()))
        self.assertEqual(0, (done := self.clone("one")).status, done)
        self.assertEqual(version() < (2, 46), self.server.token in self.kept())
        if self.kept():
            (note,) = self.doctors_notes()
            self.assertIn(place, note)

    def test_store_beside_us_and_out_of_the_list(self):
        """The lines of the manual."""
        self.git("config", "--global", "credential.helper", "store")
        key = f"credential.{self.door.origin}.helper"
        self.git("config", "--global", key, "")
        self.git("config", "--global", "--add", key, "keybearer")
        self.assertEqual(0, (done := self.clone("one")).status, done)
        self.commit_and_push("one")
        self.assertEqual("", self.kept())

    def test_store_beside_us_knows_another_host(self):
        """Before us or behind us: what is not ours is its to answer."""
        with GitServer(self.repositories, lambda token: token == "jane's own") as foreign:
            login = foreign.origin.replace("://", "://jane:jane%27s%20own@")
            with open(os.path.join(self.box.home, ".git-credentials"), "w") as file:
                file.write(f"{login}\n")
            for helpers in (("keybearer", "store"), ("store", "keybearer")):
                with self.subTest(helpers):
                    self.git("config", "--global", "--unset-all", "credential.helper")
                    for helper in helpers:
                        self.git("config", "--global", "--add", "credential.helper", helper)
                    done = self.git("ls-remote", f"{foreign.origin}/demo.git")
                    self.assertEqual((0, b""), (done.status, done.stderr), done)
                    self.assertEqual(0, (done := self.git("ls-remote", self.url)).status, done)
        self.assertEqual({("Basic", "jane", "jane's own")}, set(foreign.credentials))

    def test_an_account_is_not_lent_to_another(self):
        done, asked = self.clone_as("jane")
        self.assertNotEqual(0, done.status, done)
        self.assertIn("username=jane\n", asked)
        self.assertEqual({("Basic", "jane", "")}, set(self.door.credentials))
        self.assertNotIn(b"keybearer", done.stderr)
        done, _ = self.clone_as("robot")
        self.assertEqual(0, done.status, done)
        self.assertIn(("Basic", "robot", self.server.token), self.door.credentials)

    def edit(self, name="forge", **settings):
        """The profile NAME, a copy of `forge` if there is none, with SETTINGS; None takes one away."""
        with open(self.box.config_file) as file:
            config = json.load(file)
        profiles = config["profiles"]
        profile = {**profiles.get(name, profiles["forge"]), **settings}
        profiles[name] = {key: value for key, value in profile.items() if value is not None}
        with open(self.box.config_file, "w") as file:
            json.dump(config, file)

    def test_a_person_who_types_another_word(self):
        """git hears nothing of an operation that we do not know; a person reads what to type."""
        shown = self.box.run_on_tty(["keybearer", "git", "setup"])
        self.assertEqual(USAGE, shown.status)
        self.assertIn(b"keybearer setup git", shown.stdout)

    def get(self, port, operation="get"):
        request = f"protocol=http\nhost=127.0.0.1:{port}\nusername=robot\n"
        return self.box.run(["git-credential-keybearer", operation], request.encode())

    def assertGitStops(self, text):
        """At our host; of another one nothing is said, and `erase` never has an answer."""
        answer = self.get(self.door.port)
        self.assertEqual((0, b"quit=1\n"), (answer.status, answer.stdout), answer)
        self.assertIn(text.encode(), answer.stderr)
        foreign = self.assertOk(self.get(1))
        self.assertEqual((b"", b""), (foreign.stdout, foreign.stderr))
        self.assertEqual(b"", self.get(self.door.port, "erase").stdout)

    def test_git_stops_when_the_client_is_for_another_endpoint(self):
        self.edit(token_url="http://127.0.0.1:1/token")
        self.assertGitStops("keybearer adopt forge")
        cloned = self.clone("one")
        self.assertEqual(128, cloned.status, cloned)
        self.assertIn(b"told us to quit", cloned.stderr)

    def test_git_stops_when_no_client_is_stored(self):
        self.edit(name="other")
        self.edit(match=["http://127.0.0.1:2"])
        self.assertGitStops("no client is stored for other")

    def test_git_stops_when_the_authorities_cannot_be_used(self):
        ca_file = self.box.path("ca.pem")
        self.edit(ca_file=ca_file)
        self.assertGitStops("ca_file: ")
        with open(ca_file, "w"):
            os.chmod(ca_file, 0o666)
        self.assertGitStops(f"chmod go-w {ca_file}")

    def test_git_stops_when_two_profiles_have_its_host(self):
        self.edit(name="other")
        self.assertGitStops("profiles forge, other match")

    def test_git_goes_on_when_nobody_knows_whose_the_host_is(self):
        with open(self.box.config_file, "a") as file:
            file.write("{")
        answer = self.get(self.door.port)
        self.assertEqual((0, b""), (answer.status, answer.stdout), answer)
        self.assertIn(b"keybearer: error: ", answer.stderr)

    def test_what_is_not_read_is_silence_and_a_reason_in_the_log(self):
        host = f"127.0.0.1:{self.door.port}"
        for request, reason in (
            (f"protocol=http\nhost={host}\nhost={host}\n", "host is given twice"),
            (f"protocol=http\nhost={host}\nusername=a\nusername=a\n", "username is given twice"),
            (f"protocol=http\nhost={host}\nusername=a\tb\n", "user name"),
            (f"protocol=http\nhost={host}\npath=a/../b\n", "'..' segment"),
            ("protocol=https\nhost=b\u00fccher.example\n", "ASCII"),
            ("protocol=https\nhost=git.example.com.\n", "trailing dot"),
            (f"host={host}\n", "protocol and host are both needed"),
            ("protocol\n", "no '='"),
        ):
            for verb in ("get", "erase"):
                with self.subTest(request=request, verb=verb):
                    ask = ["git-credential-keybearer", verb], request.encode()
                    self.assertEqual(b"", self.assertOk(self.box.run(*ask)).stdout)
                    told = self.box.run(*ask, env={"KEYBEARER_LOG": "1"})
                    self.assertEqual((0, b""), (told.status, told.stdout), told)
                    self.assertRegex(told.stderr, rb"\Akeybearer: log: [ -~]+\n\Z")
                    self.assertIn(reason.encode(), told.stderr)

    def test_verbs_that_have_nothing_to_say(self):
        self.assertEqual(
            b"version 0\ncapability authtype\n",
            self.assertOk(self.box.run(["git-credential-keybearer", "capability"])).stdout[:31],
        )
        for verb in ("store", "approve-all"):
            silent = self.assertOk(self.box.run(["git-credential-keybearer", verb], b"protocol=http\n"))
            self.assertEqual(b"", silent.stdout)


MESSAGE = b"""From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
From: A Person <a@example.com>
Date: Mon, 1 Jan 2030 00:00:00 +0000
Subject: [PATCH] one

---
"""


class MailTest(SandboxTest):
    """git send-email and git imap-send take a token as a password."""

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.mail = self.enterContext(ImapServer(self.server.accepts))
        addresses = (f"imap://127.0.0.1:{self.mail.port}", "imap://127.0.0.1", "smtp://mail.example.com:587",
                     "imaps://mail.example.com")
        added = self.box.add_profile("mail", self.server, *(f"--match={address}" for address in addresses))
        self.assertEqual(0, added.status, added)
        self.lines = added.text
        self.git("config", "--global", "credential.helper", "keybearer")

    def git(self, *arguments, **options):
        return self.box.run(["git", *arguments], **options)

    def imap_send(self, host, port):
        """An older git does not tell its helpers the port."""
        for key, value in (("host", f"imap://{host}"), ("port", str(port)), ("user", "alice"), ("folder", "Drafts")):
            self.git("config", "--global", f"imap.{key}", value)
        return self.git("imap-send", "-q", stdin=MESSAGE)

    def test_imap_send(self):
        done = self.imap_send("127.0.0.1", self.mail.port)
        self.assertEqual(0, done.status, done)
        self.assertEqual([("alice", self.server.token)], self.mail.logins)
        self.assertIn(b"Subject: [PATCH] one", self.mail.messages[0])

    def test_a_foreign_mail_server_gets_nothing(self):
        asked = self.server.count
        with ImapServer(lambda token: True) as foreign:
            self.assertNotEqual(0, self.imap_send("localhost", foreign.port).status)
            self.assertEqual([], foreign.logins)
        self.assertEqual(asked, self.server.count)

    def fill(self, request):
        return self.git("credential", "fill", stdin=request.encode())

    def test_send_email(self):
        """As Git.pm asks for it, which is what git send-email does."""
        request = "protocol=smtp\nhost=mail.example.com:587\nusername=alice@example.com\n"
        filled = self.assertOk(self.fill(request)).text.split("\n")
        self.assertIn(f"password={self.server.token}", filled)
        self.assertIn("username=alice@example.com", filled)
        self.assertIn("host=mail.example.com:587", filled)
        approved = self.git("credential", "approve", stdin="\n".join([*filled, ""]).encode())
        self.assertOk(approved)
        for other in ("protocol=smtp\nhost=mail.example.com\nusername=alice@example.com\n",
                      "protocol=smtp\nhost=evil.example:587\nusername=alice@example.com\n"):
            refused_one = self.fill(other)
            self.assertNotEqual(0, refused_one.status, refused_one)
            self.assertNotIn(self.server.token.encode(), refused_one.stdout)

    def test_a_token_that_was_refused_is_replaced(self):
        request = "protocol=smtp\nhost=mail.example.com:587\nusername=alice\n"
        old = self.server.token
        rejected = self.git("credential", "reject", stdin=f"{request}password={old}\n".encode())
        self.assertOk(rejected)
        self.assertNotIn(f"password={old}", self.assertOk(self.fill(request)).text)

    def test_the_lines_of_add(self):
        self.git("config", "--global", "--unset", "credential.helper")
        for address in ("smtp://mail.example.com:587", "imaps://mail.example.com:993"):
            protocol, host = address.split("://")
            request = f"protocol={protocol}\nhost={host}\nusername=alice\n"
            self.assertNotEqual(0, self.fill(request).status)
            command = f"git config --global credential.{address}.helper keybearer"
            self.assertIn(command, self.lines)
            self.assertEqual(0, self.box.run(command.split()).status)
            self.assertIn(f"password={self.server.token}", self.fill(request).text)
        self.assertIn("mail    keybearer token mail", self.lines)
        for foreign in ("curl", "docker", "useHttpPath"):
            self.assertNotIn(foreign, self.lines)


if __name__ == "__main__":
    main("git", "git-http-backend")
