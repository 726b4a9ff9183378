"""The executable of an external account, with a client made of google-auth's rules."""

import json
import os
import shlex
import subprocess
import time

from harness import LOCKED, SERVER, SandboxTest, main
from token_server import Reply, TokenServer

TYPE = "urn:ietf:params:oauth:token-type:"


class RefreshError(Exception):
    """What the client shows: no subject token."""


class Pluggable:
    """
    The credential source `executable` of a configuration. It reads the OUTPUT_FILE first, then
    starts COMMAND without a shell, with what it says on standard error among its answer.
    """

    def __init__(self, box, command="keybearer google work", kind="jwt", interactive=False, output_file=None):
        self.box, self.command, self.kind = box, command, kind
        self.interactive, self.output_file = interactive, output_file

    def environment(self, revoke="0"):
        env = {"GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES": "1",
               "GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE": "//iam.googleapis.com/projects/1/x",
               "GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE": TYPE + self.kind,
               "GOOGLE_EXTERNAL_ACCOUNT_ID": "",
               "GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE": "1" if self.interactive else "0",
               "GOOGLE_EXTERNAL_ACCOUNT_REVOKE": revoke}
        if self.output_file:
            env["GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE"] = self.output_file
        return env

    def subject_token(self):
        if self.output_file and os.path.exists(self.output_file):
            with open(self.output_file, encoding="utf-8") as file:
                return self.parse(json.load(file))
        return self.parse(self.answer(self.run()))

    def run(self, revoke="0"):
        return self.box.run(shlex.split(self.command), env=self.environment(revoke), stderr=subprocess.STDOUT)

    def answer(self, done):
        if done.status != 0:
            raise RefreshError(f"Executable exited with non-zero return code {done.status}. Error: {done.stdout}")
        return json.loads(done.stdout)

    def parse(self, response):
        if response["version"] > 1:
            raise RefreshError("Executable returned unsupported version")
        if not response["success"]:
            raise RefreshError("Executable returned unsuccessful response: "
                               f"code: {response['code']}, message: {response['message']}.")
        if "expiration_time" in response and response["expiration_time"] < time.time():
            raise RefreshError("The token returned by the executable is expired.")
        if response["token_type"] not in (TYPE + "jwt", TYPE + "id_token"):
            raise RefreshError("Executable returned unsupported token type.")
        return response["id_token"]


class GoogleTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        added = self.box.add_profile("work", self.server)
        self.assertEqual(0, added.status, added)

    def test_both_types(self):
        for kind in ("jwt", "id_token"):
            with self.subTest(kind):
                client = Pluggable(self.box, kind=kind)
                response = client.answer(client.run())
                self.assertEqual(self.server.token, client.parse(response))
                self.assertEqual(TYPE + kind, response["token_type"])
                self.assertLessEqual(response["expiration_time"], time.time() + self.server.lifetime - 60)

    def test_no_file_is_written(self):
        path = self.box.path("work", "gx.cache")
        client = Pluggable(self.box, output_file=path)
        asked = self.server.count
        for _ in range(3):
            self.assertEqual(self.server.token, client.subject_token())
        self.assertFalse(os.path.exists(path))
        self.assertEqual(asked, self.server.count)

    def test_a_failure_is_an_answer(self):
        self.box.keybearer("forget", "work")
        self.server.behave(lambda request: Reply(500, {}))
        for command, code in (("keybearer google work", SERVER), ("keybearer google play", 4),
                              ("keybearer google --play work", 2), ("keybearer google work play", 2)):
            with self.subTest(command), self.assertRaisesRegex(RefreshError, f"code: {code}, message: ."):
                Pluggable(self.box, command).subject_token()
            self.assertEqual(0, self.box.said[-1].status)

    def test_a_locked_vault_is_an_answer(self):
        self.box.keybearer("lock")
        self.box.env.pop("KEYBEARER_KEY_FILE")
        with self.assertRaisesRegex(RefreshError, f"code: {LOCKED}, message: .*the vault is locked"):
            Pluggable(self.box).subject_token()

    def test_another_type_gets_nothing(self):
        asked = self.server.count
        with self.assertRaisesRegex(RefreshError, "code: 2, message: a token of type"):
            Pluggable(self.box, kind="saml2").subject_token()
        self.assertEqual(asked, self.server.count)

    def test_the_interactive_mode_is_refused(self):
        """Its standard output is the person's terminal, and a revocation looks at `success` only."""
        client = Pluggable(self.box, interactive=True, output_file=self.box.path("work", "gx.cache"))
        for revoke in ("0", "1"):
            with self.assertRaisesRegex(RefreshError, "non-zero return code 2.*the interactive mode"):
                client.answer(client.run(revoke))
        self.assertFalse(os.path.exists(client.output_file))

    def test_a_terminal_sees_a_token_only_when_asked(self):
        token = self.box.keybearer("token", "work").text.encode()
        refused = self.box.run_on_tty(["keybearer", "google", "work"])
        self.assertEqual(0, refused.status, refused)
        self.assertIn(b'"success":false', refused.stdout)
        self.assertNotIn(token, refused.stdout)
        shown = self.box.run_on_tty(["keybearer", "google", "--show", "work"])
        self.assertIn(token, shown.stdout)
        self.box.said.clear()  # on a terminal stderr and stdout are one

    def test_standard_input_is_left_alone(self):
        answer = self.box.run_with_open_end(["keybearer", "google", "work"], b"the person's words\n")
        self.assertIn(self.server.token.encode(), self.assertOk(answer).stdout)


if __name__ == "__main__":
    main()
