"""What each environment variable may choose, and what none can: the table in SECURITY.md."""

import json
import os
import re
import shutil
from pathlib import Path

from harness import CONFIG, DENIED, LOCKED, NOT_FOUND, SandboxTest, main
from token_server import TokenServer

ROOT = Path(__file__).resolve().parents[2]
OTHER_UID = 64332  # nobody's
# The functions of ours that are told the name of a variable.
ASKING = "getenv|is_set|variable|absolute_from_environment|either"


def looked_at():
    """Every variable that a source of ours asks for, or that a helper is given."""
    found = set()
    for folder in ("lib", "backends", "cmd"):
        for path in (ROOT / folder).rglob("*.c"):
            for names in re.findall(rf"\b(?:{ASKING})\(([^()]*)\)", path.read_text()):
                found |= set(re.findall(r'"(\w+)"', names))
    helper = (ROOT / "cmd/keybearer/helper.c").read_text()
    begin = helper.index("passed_on[] = {")
    return found | set(re.findall(r'"(\w+)"', helper[begin : helper.index("};", begin)]))


def documented():
    """The names in the first column of the table of variables."""
    page = (ROOT / "SECURITY.md").read_text()
    begin = page.index("| variable |")
    rows = page[begin : page.index("\n\n", begin)].splitlines()[2:]
    return {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}


class TableTest(SandboxTest):
    def test_variable_table_is_complete(self):
        self.assertGreater(len(looked_at()), 20)
        self.assertEqual(set(), looked_at() - documented(), "looked at, and not in SECURITY.md")


class VariableTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        added = self.box.add_profile("work", self.server, "--match", "https://api.example.com")
        self.assertEqual(0, added.status, added)
        self.box.keybearer("lock")
        self.asked = self.server.count

    def assertNothingAsked(self):
        self.assertEqual(self.asked, self.server.count)

    def elsewhere(self, name="elsewhere"):
        path = self.box.path(name)
        os.makedirs(path, mode=0o700)
        return path

    def give_away(self, path):
        if os.geteuid() != 0:
            self.skipTest("only root can give a directory away")
        os.chown(path, OTHER_UID, OTHER_UID)


class PlaceVariablesTest(VariableTest):
    """HOME and XDG_*: places of the person's. Nothing that another user owns is taken there."""

    def test_variable_home_and_config_home(self):
        for env in ({"HOME": self.elsewhere("one"), "XDG_CONFIG_HOME": None},
                    {"XDG_CONFIG_HOME": self.elsewhere("two")}):
            with self.subTest(env):
                self.assertFails(self.box.keybearer("token", "work", env=env), NOT_FOUND, "work")
        self.assertNothingAsked()

    def test_variable_places_two_spellings_are_one(self):
        """A slash too many makes no other configuration, and no other vault."""
        for env in ({"XDG_CONFIG_HOME": self.box.config + "/"},
                    {"XDG_CONFIG_HOME": self.box.home + "//./.config"},
                    {"XDG_CONFIG_HOME": None, "HOME": self.box.home + "/", "XDG_DATA_HOME": None},
                    {"XDG_DATA_HOME": self.box.data + "/./"}):
            with self.subTest(env):
                self.assertOk(self.box.keybearer("refresh", "work", env=env))

    def test_variable_relative_places(self):
        """Never below the working directory."""
        shutil.copytree(self.box.config, os.path.join(self.box.work, "c"))
        for env in ({"XDG_CONFIG_HOME": "c", "HOME": "/nonexistent"},
                    {"XDG_CONFIG_HOME": None, "HOME": "."}, {"KEYBEARER_CONFIG": "c/config.json"}):
            with self.subTest(env):
                failed = self.box.keybearer("token", "work", env=env)
                self.assertIn(failed.status, (CONFIG, NOT_FOUND), failed)
        self.assertNothingAsked()

    def test_variable_data_home(self):
        """Another vault holds no client of this one."""
        env = {"XDG_DATA_HOME": self.elsewhere()}
        failed = self.box.keybearer("refresh", "work", env=env)
        self.assertIn(failed.status, (NOT_FOUND, LOCKED), failed)
        self.assertNothingAsked()

    def test_variable_places_of_another_user(self):
        config, data = self.elsewhere("c"), self.elsewhere("d")
        shutil.copytree(os.path.join(self.box.config, "keybearer"), os.path.join(config, "keybearer"))
        shutil.copytree(os.path.join(self.box.data, "keybearer"), os.path.join(data, "keybearer"))
        self.give_away(os.path.join(config, "keybearer"))
        self.give_away(os.path.join(data, "keybearer", "vault"))
        for env, status in (({"XDG_CONFIG_HOME": config}, CONFIG), ({"XDG_DATA_HOME": data}, DENIED)):
            with self.subTest(env):
                self.assertFails(self.box.keybearer("refresh", "work", env=env), status)
        self.assertNothingAsked()


class OwnVariablesTest(VariableTest):
    """KEYBEARER_*."""

    def test_variable_configuration_of_another_user(self):
        path = os.path.join(self.elsewhere(), "kb.json")
        shutil.copy(self.box.config_file, path)
        self.give_away(path)
        failed = self.box.keybearer("token", "work", env={"KEYBEARER_CONFIG": path})
        self.assertFails(failed, CONFIG, path, "another user")
        self.assertNothingAsked()

    def test_variable_configuration_with_another_endpoint(self):
        """As a repository might bring it: the client is bound to the endpoint it was added for."""
        trap = self.enterContext(TokenServer())
        path = os.path.join(self.elsewhere(), "kb.json")
        profile = {"token_url": trap.token_url, "store": "sealed-file"}
        with open(path, "w") as file:
            json.dump({"profiles": {"work": profile}}, file)
        failed = self.box.keybearer("refresh", "work", env={"KEYBEARER_CONFIG": path})
        self.assertNotEqual(0, failed.status)
        self.assertEqual(0, trap.connections)
        self.assertNothingAsked()

    def test_variable_key_file(self):
        """It unlocks the vault it was made for, or nothing; nothing is written to it."""
        other = self.box.path("other.key")
        with open(os.open(other, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
            file.write(b"k" * 32)
        failed = self.box.keybearer("refresh", "work", env={"KEYBEARER_KEY_FILE": other})
        self.assertFails(failed, DENIED)
        self.assertFails(self.box.keybearer(
            "refresh", "work", env={"KEYBEARER_KEY_FILE": self.box.config_file}), DENIED)
        self.assertNothingAsked()
        with open(other, "rb") as file:
            self.assertEqual(b"k" * 32, file.read())

    def test_variable_credentials_directory(self):
        """It says how well a key file is kept, and names none."""
        place = self.elsewhere()
        shutil.copy(self.box.key_file, os.path.join(place, "keybearer.key"))
        env = {"CREDENTIALS_DIRECTORY": place, "KEYBEARER_KEY_FILE": None}
        self.assertFails(self.box.keybearer("refresh", "work", env=env), LOCKED)
        self.assertNothingAsked()

    def test_variable_log(self):
        """It switches lines on stderr on, and can name no file."""
        path = self.box.path("log")
        for value in ("1", path, "file", "/dev/stdout", "2", "%s%n"):
            with self.subTest(value):
                result = self.box.keybearer("refresh", "work", env={"KEYBEARER_LOG": value})
                self.assertEqual(0, result.status, result)
                for line in result.stderr.decode().splitlines():
                    self.assertRegex(line, r"^keybearer: log: (work|cache|fetch): [ -~]+$")
                self.assertNotIn(b"log:", result.stdout)
        self.assertFalse(os.path.exists(path))
        self.assertEqual([], os.listdir(self.box.work))


class OthersVariablesTest(VariableTest):
    """What everybody sets, and what may not matter."""

    def test_variable_path(self):
        """It finds the command of `run`, and nothing of ours."""
        place, trace = self.elsewhere(), self.box.path("started")
        for name in ("keybearer", "keybearer-helper", "keybearer-fetch", "sh", "dbus-launch",
                     "dbus-daemon", "git", "curl", "pinentry", "marked"):
            with open(os.path.join(place, name), "w") as file:
                file.write(f"#!/bin/sh\necho {name} >> {trace}\n")
            os.chmod(os.path.join(place, name), 0o755)
        env = {"PATH": place}
        for words in (["refresh", "work"], ["token", "work"], ["status"], ["doctor"], ["unlock"],
                      ["run", "work", "--", "/bin/true"]):
            with self.subTest(words):
                result = self.box.keybearer(*words, env=env)
                self.assertIn(result.status, (0, 1), result)
        self.assertFalse(os.path.exists(trace))
        self.assertOk(self.box.keybearer("run", "work", "--", "marked", env=env))
        with open(trace) as file:
            self.assertEqual("marked\n", file.read())

    def test_variable_editor(self):
        """It is started by `edit`, with a copy, and by nothing else."""
        place, trace = self.elsewhere(), self.box.path("started")
        editor = os.path.join(place, "marked")
        with open(editor, "w") as file:
            file.write(f'#!/bin/sh\necho "$@" >> {trace}\n')
        os.chmod(editor, 0o755)
        for name in ("VISUAL", "EDITOR"):
            env = {name: editor}
            for words in (["refresh", "work"], ["config", "check"], ["doctor"], ["match", "add", "work",
                          f"https://{name.lower()}.example.com"]):
                self.assertIn(self.box.keybearer(*words, env=env).status, (0, 1))
            self.assertFalse(os.path.exists(trace))
            self.assertOk(self.box.keybearer("edit", env=env))
            with open(trace) as file:
                self.assertNotIn(self.box.config_file, file.read())
            os.unlink(trace)

    def test_variable_names_and_languages(self):
        """Who and where the person is, and how the terminal speaks, changes nothing that is done."""
        token = self.box.keybearer("token", "work").text
        asked = self.server.count
        usual = self.box.keybearer("list").stdout
        for env in ({"USER": "somebody", "LOGNAME": "somebody"}, {"LANG": "tr_TR.UTF-8"},
                    {"LC_ALL": "../../tmp/x", "LANG": "C"}, {"TERM": "../../tmp/x"},
                    {"DISPLAY": ":99", "WAYLAND_DISPLAY": "/tmp/x"}):
            with self.subTest(env):
                self.assertEqual(token, self.box.keybearer("token", "work", env=env).text)
                self.assertEqual(usual, self.box.keybearer("list", env=env).stdout)
                cache = self.box.keybearer("status", "--json", env=env).json()["cache"]
                self.assertTrue(cache["path"].startswith(self.box.runtime), cache)
        self.assertEqual(asked, self.server.count)
        self.assertOk(self.box.keybearer("refresh", "work", env={"USER": "x", "LC_ALL": "x"}))

    def test_variable_that_another_tool_invented(self):
        """Codespaces, CI systems and tools of the kind: none adds a host or an authority."""
        self.box.env.update(
            CODESPACES="true", GITHUB_TOKEN="x", GH_HOST="evil.example", CI="1",
            GIT_SSL_NO_VERIFY="1", CURL_CA_BUNDLE="/tmp/x", REQUESTS_CA_BUNDLE="/tmp/x",
            NODE_TLS_REJECT_UNAUTHORIZED="0", BEARER_TOKEN="x", ZUORA_CLIENT_SECRET="x",
            KEYBEARER_MATCH="https://evil.example", KEYBEARER_PROFILE="work")
        failed = self.box.keybearer("get", stdin=b'{"uri":"https://evil.example/"}')
        self.assertFails(failed, NOT_FOUND, "evil.example")
        self.assertNothingAsked()
        self.assertEqual(0, self.box.keybearer("get", stdin=b'{"uri":"https://api.example.com/"}').status)


if __name__ == "__main__":
    main()
