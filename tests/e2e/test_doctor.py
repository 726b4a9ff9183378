"""`doctor`: each thing that it looks at, when it is well and when it is not."""

import itertools
import os
import re
import resource
import shutil
import subprocess
import unittest

from harness import (
    BIN, DENIED, FAILED, RATE_LIMITED, SandboxTest, find_program, main, need_keyrings, need_proc,
    not_under_memcheck, tool,
)
from keyring import keyring, mock_service
from token_server import Reply, TokenServer, rate_limited, refused

LEVELS = {"ok", "note", "weak", "fail"}


class DoctorTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())

    def add(self, name="work", *options, **run):
        added = self.box.add_profile(name, self.server, *options, **run)
        self.assertEqual(0, added.status, added)

    def doctor(self, prefix=(), status=0, **run):
        """check -> (level, text); the first finding of each."""
        program = os.path.join(BIN, "keybearer")
        answer = self.box.run([*prefix, program, "doctor", "--json"], **run)
        self.assertEqual(status, answer.status, answer)
        self.assertEqual(b"", answer.stderr)
        page = answer.json()
        found = {}
        for check in page["checks"]:
            self.assertIn(check["level"], LEVELS)
            found.setdefault(check["check"], (check["level"], check["text"]))
        worst = max((check["level"] for check in page["checks"]),
                    key=["ok", "note", "weak", "fail"].index)
        self.assertEqual(worst, page["worst"])
        return found


class WellTest(DoctorTest):
    def test_a_machine_that_is_well(self):
        need_keyrings(self)
        self.add()
        found = self.doctor()
        self.assertEqual("ok", found["configuration"][0])
        self.assertIn(self.box.config_file, found["configuration"][1])
        for check in ("token cache", "privileges", "libraries"):
            self.assertEqual("ok", found[check][0], found[check])

    def test_what_is_built_in_is_named(self):
        """Only where archives were linked; here they are those of the installed libraries."""
        found = self.doctor()
        _, built_in = found.get("built into keybearer-fetch", ("ok", ""))
        for library in filter(None, built_in.split(", ")):
            self.assertIn(library, found["libraries"][1].split(", "))

    def test_as_text(self):
        self.add()
        odd = self.box.path("a\nfail  line of its own: config.json")
        page = self.assertOk(self.box.keybearer("doctor", env={"KEYBEARER_CONFIG": odd}))
        self.assertIn("a?fail  line of its own", page.text)
        *lines, empty, summary = page.text.splitlines()
        self.assertEqual("", empty)
        for line in lines:
            self.assertNotIn("fail  line", line[:10])
            self.assertRegex(line, r"^(ok|note|weak|fail) +\S.*: .|^      \(.+\)$")
        counts = [sum(line.startswith(f"{level} ") for line in lines)
                  for level in ("ok", "note", "weak", "fail")]
        self.assertRegex(summary, r"^(all|something) .*\(%d ok, %d note, %d weak, %d fail\)$"
                         % tuple(counts))

    def test_no_alarm_about_a_library(self):
        """Debian mends one without changing its version: none is called faulty by its number."""
        page = self.box.keybearer("doctor").stdout
        self.assertIn(b"libcurl ", page)
        self.assertNotIn(b"CVE-", page)
        for library in ("libcurl", "OpenSSL", "json-c"):
            self.assertNotIn(library, self.doctor())

    def test_it_changes_nothing(self):
        self.add()

        def everything():
            return {(where, name) for top in (self.box.home, self.box.runtime)
                    for where, _, names in os.walk(top) for name in names}

        before = everything()
        self.assertOk(self.box.keybearer("doctor"))
        self.assertEqual(before, everything())
        self.box.keybearer("lock")
        nowhere = os.path.join(self.box.runtime, "fresh")
        os.mkdir(nowhere, 0o700)
        found = self.doctor(env={"XDG_RUNTIME_DIR": nowhere, "XDG_DATA_HOME": nowhere}, status=1)
        self.assertEqual("ok", found["token cache"][0])
        self.assertEqual([], os.listdir(nowhere))

    def test_nobody_is_asked(self):
        self.add()
        asked = self.server.count
        self.doctor()
        self.assertEqual(asked, self.server.count)


class ConfigurationTest(DoctorTest):
    def test_without_profiles(self):
        self.assertEqual("note", self.doctor()["configuration"][0])

    def test_one_with_an_error(self):
        self.add()
        with open(self.box.config_file, "a") as file:
            file.write("{")
        found = self.doctor(status=FAILED)
        self.assertEqual("fail", found["configuration"][0])
        self.assertIn(self.box.config_file, found["configuration"][1])
        self.assertIn("confinement", found)  # the rest is looked at all the same

    def test_one_that_others_may_write(self):
        self.add()
        os.chmod(self.box.config_file, 0o622)
        self.assertEqual("fail", self.doctor(status=FAILED)["configuration"][0])
        page = self.box.keybearer("doctor").stdout.decode()
        self.assertIn(f"others may write {self.box.config_file} (mode 0622)", page)
        self.assertIn(f"chmod go-w {self.box.config_file}", page)


class StoreTest(DoctorTest):
    def test_a_sealed_file_and_its_key_file(self):
        self.add()
        level, text = self.doctor()["profile work"]
        self.assertEqual("weak", level)  # the key file lies on the same disk
        self.assertIn(b"(the key file lies on the disk of what it unlocks: move it to another one",
                      self.box.keybearer("doctor").stdout)
        self.assertIn("sealed-file", text)

    def test_what_several_profiles_share_is_said_once(self):
        for name in ("work", "home"):
            self.add(name)
        page = self.box.keybearer("doctor").text
        self.assertIn("\nweak  profiles work, home: ", page)
        self.assertEqual(1, page.count("the key file lies on the disk"), page)
        found = self.doctor()
        self.assertEqual(found["profile work"], found["profile home"])

    def test_a_key_file_that_is_gone(self):
        self.add()
        self.box.keybearer("lock")
        gone = self.box.path("gone.key")
        setup = {"KEYBEARER_KEY_FILE": gone}
        level, text = self.doctor(status=FAILED, env=setup)["profile work"]
        self.assertEqual("fail", level)
        self.assertIn(f"key file {gone} does not exist", text)
        page = self.assertOk(self.box.keybearer("status", env=setup))
        self.assertIn(f"key file {gone} does not exist", page.text)

    def test_a_client_that_is_gone(self):
        self.add()
        os.unlink(self.box.client_file("work"))
        level, text = self.doctor(status=FAILED)["profile work"]
        self.assertEqual("fail", level)
        self.assertIn("no client stored", text)

    def test_an_address_of_two_profiles(self):
        self.add("work", "--match", "https://git.example.com")
        self.add("home", "--match", "https://git.example.com/", "--same-address")
        page = self.assertOk(self.box.keybearer("doctor"))
        self.assertIn("profile home has the same address", page.text)
        self.assertIn("profile work has the same address", page.text)

    def test_a_registry_of_two_profiles(self):
        """Docker can name no profile, so that is not the advice."""
        for name, options in (("work", ()), ("home", ("--same-address",))):
            self.add(name, "--registry", "registry.example.com", *options)
        page = self.assertOk(self.box.keybearer("doctor")).text
        self.assertIn('keep that address in "match" or "registry" of one of them only', page)
        self.assertNotIn("--profile", page)

    def test_no_secret_service(self):
        self.need_keyring()
        with keyring(self.box):
            self.add("desk", "--store", "secret-service")
        level, text = self.doctor(status=FAILED)["profile desk"]
        self.assertEqual("fail", level)
        self.assertIn("secret-service", text)

    def test_an_encrypted_keyring(self):
        self.need_keyring()
        with keyring(self.box):
            self.add("desk", "--store", "secret-service")
            self.assertEqual("ok", self.doctor()["profile desk"][0])

    def test_a_keyring_in_plaintext(self):
        self.need_keyring()
        self.add("desk")
        self.keep_in_the_keyring("desk")
        with keyring(self.box, plain=True):
            level, text = self.doctor(status=FAILED)["profile desk"]
        self.assertEqual("fail", level)
        self.assertIn("in clear", text)

    def test_a_service_without_encrypted_sessions(self):
        if not (find_program("dbus-daemon") and find_program("dbus-send")):
            self.skipTest("dbus-daemon or dbus-send is not installed")
        self.add("desk")
        self.keep_in_the_keyring("desk")
        with mock_service(self.box, "mock_good"):
            page = self.box.keybearer("doctor").stdout.decode()
            status = self.box.keybearer("status", "--json").json()
        self.assertRegex(page, r"weak  profile desk: .*encrypts nothing")
        self.assertTrue(status["profiles"][0]["in_clear_on_bus"])

    def need_keyring(self):
        if not find_program("gnome-keyring-daemon"):
            self.skipTest("gnome-keyring-daemon is not installed")

    def keep_in_the_keyring(self, name):
        """The profile says so; nothing is stored there."""
        with open(self.box.config_file) as file:
            text = file.read()
        with open(self.box.config_file, "w") as file:
            file.write(text.replace('"sealed-file"', '"secret-service"'))


class OutcomeTest(DoctorTest):
    """What the last exchange came to, without another one."""

    def test_a_client_that_was_refused(self):
        self.add()
        self.server.behave(lambda _request: refused(401))
        self.assertFails(self.box.keybearer("refresh", "work"), DENIED)
        asked = self.server.count
        failed = self.box.keybearer("doctor")
        self.assertEqual(FAILED, failed.status)
        page = failed.text
        self.assertIn("its last exchange failed, ", page)
        self.assertIn("keybearer add work", page)
        self.assertEqual(asked, self.server.count)
        self.server.behave(lambda _request: self.server.issue())
        self.assertOk(self.box.keybearer("refresh", "work"))
        self.assertNotIn("last exchange", self.box.keybearer("doctor").text)

    def test_a_pause(self):
        self.add()
        self.server.behave(lambda _request: rate_limited(Retry_After="600"))
        self.assertFails(self.box.keybearer("refresh", "work"), RATE_LIMITED)
        page = self.assertOk(self.box.keybearer("doctor")).text
        self.assertRegex(page, r"note  profile work: its endpoint may be asked again in \d+ ")
        self.assertNotIn("last exchange", page)


class MachineTest(DoctorTest):
    def test_keyrings_forbidden(self):
        self.add()
        self.box.keybearer("lock")
        forbidden = [tool("no_keyctl"), "EPERM"]
        self.box.run([*forbidden, os.path.join(BIN, "keybearer"), "token", "work"])
        found = self.doctor(forbidden)
        self.assertEqual("weak", found["kernel keyring"][0])
        self.assertEqual("weak", found["token cache"][0])

    def test_memory_that_cannot_be_locked(self):
        def forbid_locking():
            resource.setrlimit(resource.RLIMIT_MEMLOCK, (0, 0))

        if os.geteuid() == 0:
            self.skipTest("root may lock memory without a limit")
        self.assertEqual("weak", self.doctor(preexec_fn=forbid_locking)["memory"][0])
        self.add(preexec_fn=forbid_locking)

    def test_no_landlock(self):
        """An older kernel: all works, and `doctor` and `status` say what is missing."""
        self.add()
        program = [tool("no_landlock")]
        self.assertEqual("weak", self.doctor(program)["confinement"][0])
        keybearer = os.path.join(BIN, "keybearer")
        self.assertOk(self.box.run([*program, keybearer, "refresh", "work"]))
        page = self.box.run([*program, keybearer, "status"]).stdout
        self.assertIn(b"not confined", page)
        self.assertEqual(0, self.box.run([*program, keybearer, "status", "--json"])
                         .json()["helpers"]["landlock"])


class LinkTest(DoctorTest):
    NAME = "git-credential-keybearer"

    @not_under_memcheck("there are no links, but scripts")
    def test_ours(self):
        need_proc(self)
        self.assertEqual("ok", self.doctor()[self.NAME][0])

    @not_under_memcheck("there are no links, but scripts")
    @unittest.skipIf(os.environ.get("KB_TEST_SLOW"), "a sanitizer looks into /proc")
    def test_ours_without_proc(self):
        """Some containers have none. The front finds itself by the name that it was started by."""
        need_proc(self)
        hidden = [*(["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "-rm"]),
                  "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"]
        if subprocess.run([*hidden, "true"], capture_output=True).returncode:
            self.skipTest("/proc cannot be hidden here")
        program = os.path.join(BIN, "keybearer")
        page = self.box.run([*hidden, program, "doctor", "--json"]).json()
        levels = {check["check"]: check["level"] for check in page["checks"]}
        self.assertEqual("ok", levels[self.NAME], page)

    def test_none(self):
        self.assertEqual("note", self.doctor(env={"PATH": "/nonexistent::relative"})[self.NAME][0])

    SOUGHT = {"credential-helper-keybearer": "Bazel", NAME: "git",
              "docker-credential-keybearer": "docker", "cargo-credential-keybearer": "cargo",
              "keybearer-askpass": "git and wget", "nuget-plugin-keybearer": "NuGet"}

    def links(self, found):
        """The names of the front, and what was said of each."""
        return {name: said for name, said in found.items() if "keybearer" in name.split("-")}

    @not_under_memcheck("there are no links, but scripts")
    def test_each_is_sought_by_its_tools(self):
        """One that a tool finds elsewhere, or that hides a program, only where there is a reason to."""
        need_proc(self)
        found = self.links(self.doctor())
        self.assertEqual({name: ("ok", os.path.join(BIN, name)) for name in self.SOUGHT}, found)
        found = self.links(self.doctor(env={"PATH": "/nonexistent"}))
        self.assertEqual({name: ("note", f"not in PATH, where it is sought by {tools}")
                          for name, tools in self.SOUGHT.items()}, found)
        hiding = os.path.realpath(f"{BIN}/../libexec/keybearer/keyring")
        self.assertEqual(("ok", f"{hiding}/keyring"),
                         self.doctor(env={"PATH": hiding}).get("keyring"))

    @not_under_memcheck("there are no links, but scripts")
    def test_terraforms_plugins(self):
        need_proc(self)
        name, place = "terraform-credentials-keybearer", self.box.path("home", ".terraform.d")
        link = os.path.join(place, "plugins", name)
        os.mkdir(place)
        self.assertEqual(("note", "not in ~/.terraform.d/plugins, where it is sought by terraform"),
                         self.doctor()[name])
        page = self.box.keybearer("doctor").stdout.decode()
        command = re.search(r"\((mkdir -p .*)\)", page)[1]
        self.assertEqual(0, self.box.run(["sh", "-c", command]).status, command)
        self.assertEqual(("ok", link), self.doctor()[name])
        os.unlink(link)
        with open(link, "w"):
            pass
        self.assertEqual(("weak", f"{link} is not this keybearer"), self.doctor()[name])

    def test_what_is_no_program(self):
        """A shell passes it over."""
        os.makedirs(self.box.path("home", self.NAME))
        found = self.doctor(env={"PATH": f"{self.box.home}:{BIN}"})
        self.assertEqual("ok", found[self.NAME][0])

    def test_of_another_installation(self):
        copy = self.box.path("keybearer")
        shutil.copy(os.path.join(BIN, "keybearer"), copy)
        page = self.box.run([copy, "doctor", "--json"]).json()
        levels = {check["check"]: check["level"] for check in page["checks"]}
        self.assertEqual("weak", levels[self.NAME])

    def test_somebody_elses(self):
        theirs = self.box.path("home", self.NAME)
        with open(theirs, "w") as file:
            file.write("#!/bin/sh\n")
        os.chmod(theirs, 0o755)
        found = self.doctor(env={"PATH": f"{self.box.home}:{BIN}"})
        self.assertEqual("weak", found[self.NAME][0])
        self.assertIn(theirs, found[self.NAME][1])


class GitTest(DoctorTest):
    """A git that is too old to keep tokens from its other helpers is named, and never started."""

    def setUp(self):
        super().setUp()
        self.configure("[credential]\n\thelper = store\n")

    def configure(self, text):
        with open(os.path.join(self.box.home, ".gitconfig"), "w") as file:
            file.write(text)

    def test_no_other_helper(self):
        """What no helper is given needs no hint. What cannot be known may have one."""
        self.add("work", "--match", "https://git.example.com")
        for text, level in (
            ("", "ok"), ("[user]\n\tname = me\n", "ok"),
            ("[credential \"https://git.example.com\"]\n\thelper = keybearer\n", "ok"),
            ("[credential] helper = \"keybearer --profile work\"\n", "ok"),
            ("[credential]\nhelper = keybearer\n  Helper=cache\n", "note"),
            ("[credential \"https://other.example\"]\n\thelper = store\n", "ok"),
            ("[credential \"https://git.example.com\"]\n\thelper = store\n", "note"),
            ("[credential \"https://*.example.com\"]\n\thelper = store\n", "note"),
            ("[Credential \"https://GIT.Example.com\"]\n\thelper = store\n", "note"),
            ("[includeIf \"gitdir:~/team/\"]\n\tpath = other\n", "note"),
            ("[credential] helper = store", "note"), ("[include]\n\tpath = other\n", "note"),
        ):
            with self.subTest(text):
                self.configure(text)
                self.assertEqual(level, self.put(b"\0git/2.39.5\0")[0])

    def test_variables_that_bring_settings(self):
        """What they say is not looked at: it may name a helper."""
        self.configure("")
        self.add("work", "--match", "https://git.example.com")
        for name in ("GLOBAL", "SYSTEM", "COUNT", "PARAMETERS"):
            with self.subTest(name):
                self.assertEqual("note", self.put(b"\0git/2.39.5\0", **{f"GIT_CONFIG_{name}": "1"})[0])

    def put(self, content, **variables):
        place = self.box.path("tools")
        os.makedirs(place, exist_ok=True)
        self.git, started = os.path.join(place, "git"), self.box.path("started")
        with open(self.git, "wb") as file:
            file.write(f"#!/bin/sh\ntouch {started}\nexit\n".encode() + content)
        os.chmod(self.git, 0o755)
        found = self.doctor(env={"PATH": f"{place}:{BIN}", **variables})
        self.assertFalse(os.path.exists(started))
        return found.get("git")

    def test_versions(self):
        self.add("work", "--match", "https://git.example.com")
        for content, level in (
            (b"\0git/2.39.5\0", "note"), (b"\0git/2.45.99\0", "note"), (b"\0git/1.9.rc\0", "note"),
            (b"\0git/2.46.0\0", "ok"), (b"\0git/2.100.1\0", "ok"), (b"\0git/3.0-rc1\0", "ok"),
            (b"\xffgit/2.39.5\0", "note"), (b"\0git/config\0" + bytes(3 << 20) + b"git/2.47.3\0", "ok"),
        ):
            with self.subTest(content[-12:]):
                found, text = self.put(content)
                self.assertEqual(level, found)
                self.assertIn(f" in {self.git}", text)
                self.assertIn(content.split(b"git/")[-1].rstrip(b"\0").decode(), text)

    def test_what_has_no_version(self):
        self.add("work", "--match", "https://git.example.com")
        for content in (b"", b"x git/2.39.5", b"\0https://git/2.39.5\0", b"\0git/two\0", b"\0git/2\0", b"\0git/2.x\0", b"\0git/",
                        b"\0git/2.39.5\x1b[31m\0"):
            with self.subTest(content):
                self.assertIsNone(self.put(content))

    def test_a_long_version(self):
        """A vendor's words behind the numbers change nothing."""
        self.add("work", "--match", "https://git.example.com")
        for numbers, level in ((b"2.39.5", "note"), (b"2.46.0", "ok")):
            with self.subTest(numbers):
                found, text = self.put(b"\0git/" + numbers + b".of-some-vendor" * 3 + b"\0")
                self.assertEqual(level, found)
                self.assertIn(f"{numbers.decode()}.of-some-vendor", text)

    def test_the_file_of_store(self):
        """It is named, but for a git that keeps tokens from it."""
        self.add("work", "--match", "https://git.example.com")
        for folder, place in ((self.box.config, "git/credentials"), (self.box.home, ".git-credentials")):
            path = os.path.join(folder, place)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w"):
                pass
            for content, begin in ((b"\0git/2.39.5\0", "2.39.5 in "), (b"", "a git before 2.46 ")):
                with self.subTest(place, git=content):
                    found, text = self.put(content)
                    self.assertEqual("note", found)
                    self.assertTrue(text.startswith(begin), text)
                    self.assertTrue(text.endswith(f" writes them to {path}"), text)
            self.assertEqual("ok", self.put(b"\0git/2.46.0\0")[0])

    def test_only_where_git_is_served(self):
        self.add("work")
        self.assertIsNone(self.put(b"\0git/2.39.5\0"))
        self.add("images", "--registry", "registry.example.com")
        self.assertIsNone(self.put(b"\0git/2.39.5\0"))

    def test_an_apis_preset(self):
        """Its own host is no git's, unless the profile names a user to ask with."""
        api = ("--preset", "zuora", "--host", "rest.zuora.com")
        self.add("billing", *api)
        self.assertIsNone(self.put(b"\0git/2.39.5\0"))
        for option in ("--username", "--token-username"):
            with self.subTest(option):
                self.add("billing", *api, option, "me")
                self.assertEqual("note", self.put(b"\0git/2.39.5\0")[0])

    def test_the_real_one(self):
        git = find_program("git")
        if not git:
            self.skipTest("not installed: git")
        self.add("work", "--match", "https://git.example.com")
        said = subprocess.run([git, "--version"], capture_output=True, check=True).stdout.decode()
        self.assertIn(said.removeprefix("git version ").split()[0], self.doctor()["git"][1])


class ListTest(DoctorTest):
    """`list` is a table that fits 80 columns, whatever the names."""

    def test_columns_stay_whole(self):
        long = "n" * 63
        self.add("a", "--match", "https://git.example.com", "--match", "https://x.example.com/y")
        self.add("middling-name")
        self.add(long, "--match", "https://z.example.com")
        page = self.assertOk(self.box.keybearer("list")).text
        self.assertEqual([
            "PROFILE        STORE           ADDRESSES",
            "a              sealed-file     https://git.example.com/",
            "                               https://x.example.com/y",
            "middling-name  sealed-file     (by its name only)",
            long,
            "               sealed-file     https://z.example.com/",
        ], page.splitlines())


class StatusTest(DoctorTest):
    """`status` names the scope that the last reply left out, until one grants it."""

    def reply(self, scope):
        body = {"access_token": "t" * 32, "token_type": "Bearer", "expires_in": 3599}
        return Reply(200, {**body, "scope": scope})

    def test_a_narrower_scope(self):
        self.server.behave(lambda request: self.reply("a.read"))
        self.add("work", "--scope", "a.read b.write")
        page = self.assertOk(self.box.keybearer("status")).stdout.decode()
        self.assertRegex(page, r"last reply +.*b\.write")
        profile = self.box.keybearer("status", "--json").json()["profiles"][0]
        self.assertIn("b.write", profile["last_reply_warning"])
        self.server.behave(lambda request: self.reply("a.read b.write"))
        self.assertOk(self.box.keybearer("refresh", "work"))
        self.assertNotIn(b"last reply", self.box.keybearer("status").stdout)


class TerminalTest(DoctorTest):
    """On a terminal no line of `status` and `doctor` is longer than the screen is wide."""

    def on_terminal(self, *words, columns=None):
        size = ["sh", "-c", f'stty columns {columns}; exec "$@"', "sh"] if columns else []
        said = self.box.run_on_tty([*size, os.path.join(BIN, "keybearer"), *words])
        return said.stdout.decode().replace("\r\n", "\n").rstrip("\n").split("\n")

    def assertFits(self, lines, width):
        for line in lines:
            if len(line) > width:  # a path, or a command that is to be copied
                self.assertRegex(line, r"^\s*(\S+|\((keybearer|chmod|rm) .*\)|token cache: \S+)$")

    def test_status(self):
        self.add("work")
        self.server.behave(lambda request: Reply(400, {
            "error": "invalid_request", "error_description": " ".join(["some words of the server"] * 6)}))
        self.box.keybearer("refresh", "work")
        piped = self.assertOk(self.box.keybearer("status")).text
        (error,) = [line for line in piped.split("\n") if line.startswith("  last error")]
        self.assertGreater(len(error), 160)
        [profile] = self.box.keybearer("status", "--json").json()["profiles"]
        hint = "(" + profile["last_error_hint"].split()[0]
        for columns, width in ((None, 80), (60, 60), (20, 40), (200, 200)):
            with self.subTest(columns=columns):
                lines = self.on_terminal("status", columns=columns)
                self.assertFits(lines, width)
                at = next(n for n, line in enumerate(lines) if line.startswith("  last error"))
                below = list(itertools.takewhile(
                    lambda line: line.startswith(" " * 14) and not line.strip().startswith(hint),
                    lines[at + 1:]))
                whole = " ".join([lines[at], *(line.strip() for line in below)])
                self.assertEqual(error.rpartition(" (")[0], whole.rpartition(" (")[0])
                for line, after in zip([lines[at], *below], below):
                    self.assertGreater(len(line) + 1 + len(after.split()[0]), width)

    def test_doctor(self):
        self.add("work")
        self.assertFits(self.on_terminal("doctor"), 80)

    def test_a_command_stays_whole(self):
        """Not only our own: two words of two lines are no command to copy."""
        self.box.env["KEYBEARER_CONFIG"] = config = self.box.path("w" * 70, "config.json")
        os.mkdir(os.path.dirname(config), 0o700)
        self.add("work")
        os.chmod(config, 0o622)
        lines = self.on_terminal("doctor")
        self.assertFits(lines, 80)
        self.assertIn(f"      (chmod go-w {config})", lines)

    def test_a_line_end_in_a_path_begins_no_line(self):
        self.box.env["XDG_RUNTIME_DIR"] = f"{self.box.runtime}/a\nkeybearer: fine"
        for words in (["status"], ["doctor"]):
            page = self.box.keybearer(*words).stdout
            self.assertNotIn(b"\nkeybearer: fine", page)


if __name__ == "__main__":
    main()
