"""`keyring` for pip itself, and for the other dialects of its callers; beside another keyring."""

import io
import os
import re
import shutil
import zipfile

from door import Door
from harness import BIN, CONFIG, FAILED, NOT_FOUND, SandboxTest, USAGE, main
from pages import examples
from token_server import TokenServer, refused

FOLDER = os.path.realpath(f"{BIN}/../libexec/keybearer/keyring")
KEYRING = f"{FOLDER}/keyring"
WHEEL = "demo-1.0-py3-none-any.whl"
# Another keyring, which writes down how it was called and what it was told.
OTHER = """#!/bin/sh
printf '%s\\n' "$@" >>"$0.called"
case " $* " in *" set "*) cat >"$0.told" ;; *" get "*) echo theirs ;; esac
"""


def wheel():
    """A package of nothing."""
    file = io.BytesIO()
    info = "demo-1.0.dist-info"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("demo.py", "")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n")
        archive.writestr(f"{info}/RECORD", "")
    return file.getvalue()


PAGES = {
    "/simple/demo/": f'<!DOCTYPE html><a href="/files/{WHEEL}">{WHEEL}</a>'.encode(),
    f"/files/{WHEEL}": wheel(),
}


class KeyringTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.door = self.enterContext(Door(self.server.accepts, PAGES))
        added = self.box.add_profile(
            "index", self.server, "--match", self.door.origin, "--username", "robot"
        )
        self.assertEqual(0, added.status, added)
        self.box.env["PATH"] = f"{FOLDER}:{self.box.env['PATH']}"
        self.service = f"{self.door.origin}/simple/"
        self.asked = self.server.count

    def break_server(self):
        self.box.keybearer("forget", "index")
        self.server.behave(lambda request: refused())

    def keyring(self, *words, **run):
        return self.box.run([KEYRING, *words], **run)

    def other(self, text=OTHER):
        """Another keyring behind ours in PATH; its path."""
        folder = self.box.path("other")
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, "keyring")
        with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o755), "w") as file:
            file.write(text)
        self.box.env["PATH"] = f"{FOLDER}:{folder}:{self.box.env['PATH']}"
        return path

    def called(self, other, suffix="called"):
        try:
            with open(f"{other}.{suffix}") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    # --- pip ---

    def for_pip(self, index, command):
        """COMMAND behind the manual's lines, with our folder and INDEX in them."""
        lines = examples("keybearer-keyring.1")[0].replace("/usr/local/libexec/keybearer/keyring", FOLDER)
        return re.sub("(?<=PIP_INDEX_URL=).*", index, lines) + command

    def pip(self, index):
        """An old pip starts no command where Python's own keyring can be imported: here it cannot."""
        hidden = self.box.path("hidden")
        os.makedirs(hidden, exist_ok=True)
        with open(os.path.join(hidden, "keyring.py"), "w") as file:
            file.write("raise ImportError\n")
        env = {"PYTHONPATH": hidden, "PIP_CONFIG_FILE": "/dev/null", "PIP_NO_CACHE_DIR": "1",
               "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        script = self.for_pip(index, "exec pip3 download --no-deps -q -d got --retries 0 demo")
        return self.box.run(["sh", "-ec", script], env=env)

    def passwords(self, door):
        """Whom pip sent what. It tries the user name alone first."""
        return {(user, password) for _, user, password in door.credentials if password}

    def test_the_shell_finds_ours(self):
        """As the manual wants it, where another one was the first."""
        self.box.env["PATH"] = f"{os.path.dirname(self.other())}:{self.box.env['PATH']}"
        done = self.box.run(["sh", "-ec", self.for_pip(self.service, "command -v keyring")])
        self.assertEqual((0, KEYRING), (done.status, done.text))

    def test_pip_gets_a_package(self):
        done = self.pip(self.door.url("/simple/", "robot"))
        self.assertEqual(0, done.status, done)
        self.assertTrue(os.path.exists(os.path.join(self.box.work, "got", WHEEL)))
        self.assertEqual({("robot", self.server.token)}, self.passwords(self.door))

    def test_pip_for_another_account(self):
        done = self.pip(self.door.url("/simple/", "jane"))
        self.assertNotEqual(0, done.status, done)
        self.assertEqual(set(), self.passwords(self.door))
        self.assertEqual(self.asked, self.server.count)

    def test_pip_at_another_index(self):
        """The other keyring is asked for it, in pip's words, and never told a token."""
        other = self.other()
        with Door(lambda token: token == "theirs", PAGES) as foreign:
            done = self.pip(foreign.url("/simple/", "robot"))
            self.assertEqual(0, done.status, done)
            self.assertEqual({("robot", "theirs")}, self.passwords(foreign))
            self.assertEqual(["get", f"{foreign.origin}/simple/", "robot"], self.called(other)[:3])
        self.assertEqual(self.asked, self.server.count)

    def test_pip_where_no_token_can_be_had(self):
        self.break_server()
        done = self.pip(self.door.url("/simple/", "robot"))
        self.assertNotEqual(0, done.status, done)
        self.assertEqual(set(), self.passwords(self.door))

    # --- the other dialects ---

    def test_a_password(self):
        for service in (self.service, self.door.authority):
            answer = self.assertOk(self.keyring("get", service, "robot"))
            self.assertEqual(f"{self.server.token}\n".encode(), answer.stdout)

    def test_json_of_pip_since_26_2(self):
        words = ["--mode=creds", "--output=json", "get", self.service]
        for user in ([], ["robot"]):
            answer = self.assertOk(self.keyring(*words, *user)).json()
            self.assertEqual({"username": "robot", "password": self.server.token}, answer)

    def test_two_lines_of_uv(self):
        answer = self.assertOk(self.keyring("get", self.service, "--mode", "creds"))
        self.assertEqual(f"robot\n{self.server.token}\n".encode(), answer.stdout)

    def test_a_failure_is_shown(self):
        self.break_server()
        failed = self.keyring("get", self.service, "robot")
        self.assertEqual(b"", failed.stdout)
        self.assertNotIn(failed.status, (0, USAGE), failed)
        self.assertIn(b"keybearer: error: ", failed.stderr)

    def test_a_terminal_sees_no_token(self):
        refused_ = self.box.run_on_tty([KEYRING, "get", self.service, "robot"])
        self.assertEqual(USAGE, refused_.status, refused_)
        self.assertIn(b"refusing to show a token", refused_.stdout)

    # --- what is not ours ---

    def test_without_another_keyring(self):
        self.box.env["PATH"] = FOLDER
        for service in ("https://pypi.org/simple/", "pypi.org", "Chrome Safe Storage"):
            silent = self.keyring("get", service, "robot")
            self.assertEqual((FAILED, b"", b""), (silent.status, silent.stdout, silent.stderr))
        self.assertFails(self.keyring("set", self.service, "robot", stdin=b"a password\n"), USAGE,
                         "no other keyring")

    def test_another_keyring_goes_on(self):
        other = self.other()
        for words in (["get", "https://pypi.org/simple/", "--mode", "creds"], ["diagnose"],
                      ["get", "Chrome Safe Storage", "me"], ["--list-backends"],
                      ["del", self.service, "robot"]):
            self.assertEqual(0, (done := self.keyring(*words)).status, done)
            self.assertEqual(words, self.called(other), "its words, as they stood")
            os.unlink(f"{other}.called")
        self.assertEqual(self.asked, self.server.count)

    def test_a_broken_configuration_hides_no_other_keyring(self):
        """Nobody knows whose a service is then; without another keyring the error is shown."""
        with open(self.box.config_file, "a") as file:
            file.write("{")
        path = self.box.env["PATH"]
        self.box.env["PATH"] = FOLDER
        self.assertFails(self.keyring("get", self.service, "robot"), CONFIG, self.box.config_file)
        self.box.env["PATH"] = path
        other = self.other()
        words = ["get", self.service, "robot"]
        answer = self.assertOk(self.keyring(*words))
        self.assertEqual(("theirs", words), (answer.text, self.called(other)))
        failed = self.keyring("--profile", "index", *words)
        self.assertFails(failed, CONFIG, self.box.config_file)

    def test_a_password_to_keep_reaches_the_other_keyring(self):
        other = self.other()
        done = self.keyring("set", self.service, "robot", stdin=b"a password\n")
        self.assertEqual(0, done.status, done)
        self.assertEqual(["a password"], self.called(other, "told"))

    def test_a_script_that_leads_back(self):
        """As a shim of pyenv may: no keyring there, so ours is the next."""
        self.other(f'#!/bin/sh\nexec {KEYRING} "$@"\n')
        silent = self.keyring("get", "pypi.org", "robot")
        self.assertEqual((FAILED, b"", b""), (silent.status, silent.stdout, silent.stderr))
        answer = self.assertOk(self.keyring("get", self.service, "robot"))
        self.assertEqual(self.server.token, answer.text)

    def test_another_keybearer_is_not_the_end(self):
        """A copy, as of another installation; behind both is the person's own keyring."""
        other = self.other()
        copy = self.box.path("copy")
        os.mkdir(copy)
        shutil.copy(KEYRING, f"{copy}/keyring")
        self.box.env["PATH"] = f"{FOLDER}:{copy}:{os.path.dirname(other)}:{self.box.env['PATH']}"
        answer = self.assertOk(self.keyring("get", "pypi.org", "robot"))
        self.assertEqual(b"theirs\n", answer.stdout)

    def test_what_stands_before_it_is_not_behind_it(self):
        other = self.other()
        self.box.env["PATH"] = f"{os.path.dirname(other)}:{FOLDER}"
        silent = self.keyring("get", "pypi.org", "robot")
        self.assertEqual((FAILED, b""), (silent.status, silent.stdout))
        self.assertEqual([], self.called(other))

    def test_a_named_profile_is_not_another_programs(self):
        other = self.other()
        failed = self.keyring("--profile", "index", "get", "https://pypi.org/simple/", "robot")
        self.assertFails(failed, NOT_FOUND, "profile index does not serve")
        self.assertEqual([], self.called(other))


if __name__ == "__main__":
    main("pip3")
