"""The conversation with a person: it loses nothing, shows no secret, makes nothing before its time.

On a terminal of 80 columns that knows nothing but lines (TERM=dumb).
"""

import os
import pty
import re
import shutil
import sys
import termios
import threading
import time

from harness import (
    BIN, DENIED, DISMISSED, NETWORK, RATE_LIMITED, SERVER, TIMEOUT, USAGE, SandboxTest, find_program,
    main, need_keyrings, need_proc, not_under_memcheck, wait_until,
)
from certificates import Authority
from test_terminal import COLUMNS, PASSPHRASE, QUESTION, Shell
from token_server import CLIENT_ID, CLIENT_SECRET, Reply, TokenServer, rate_limited

ID = "Client id (not shown while you type): "
BLIND_ID = "Client id (not shown): "
SECRET = "Client secret (not shown): "
NEW_ONE = "New client secret (not shown): "
OTHER = "New client secret (Enter: give the id again, too; not shown): "
NEW = "New passphrase for the vault: "
REPEAT = "Repeat the passphrase: "
CHOICE = "Number, name, or another host (shown after Enter): "
AGAIN = "Please try again"
MORE = "Press Enter to try the same once more (Ctrl-C ends this): "
WAIT = "Press Enter to try the same once more, in {} (Ctrl-C ends this): "
PROMPT = "ready> "
SHORT_ID = f"{CLIENT_ID[:8]}...{CLIENT_ID[-4:]}"
NEW_SECRET = "rotated+secret/of=the&client"
OTHER_ID = "0c2d4e6f-3c1d-4e6f-9a7b-f5f1b8a28a1b"
TERMINAL_TAKES = 4094  # bytes of a line that no terminal cuts


class ConversationTest(SandboxTest):
    def setUp(self):
        super().setUp()
        need_keyrings(self)
        self.key_file = self.box.env.pop("KEYBEARER_KEY_FILE")
        self.server = self.enterContext(TokenServer())
        self.box.guard(self.server)
        self.box.secret(PASSPHRASE, NEW_SECRET)
        self.shell = Shell(self.box)
        self.addCleanup(self.shell.close)

    def tearDown(self):
        """Whatever was said: no secret, and no line that the terminal would break."""
        super().tearDown()
        needles = [what for what, bytes_ in self.box.needles() if bytes_ in self.shell.shown.encode()]
        self.assertEqual([], needles, self.shell.shown)
        # An error is one line, and so is what quotes it, or the shell; paths and hosts are in them.
        others = re.compile("^keybearer: |^That did not work: |--token-url |Stopped ")
        ours = [line for line in self.shell.shown.splitlines() if not others.search(line)]
        self.assertEqual([], [line for line in ours if len(line) > COLUMNS])
        self.assertNotIn("\x1b", self.shell.shown)

    def start(self, *words):
        """Begins a command; its own line would be longer than the terminal."""
        with open(self.box.path("work", "command"), "w") as file:
            file.write(" ".join(["keybearer", *words]) + "\n")
        self.shell.type(". ./command\n")

    def start_add(self, *options):
        self.start("add", "work", "--store", "sealed-file", "--token-url", self.server.token_url,
                   *options)
        self.shell.wait_for(ID)

    def answer(self, text, then):
        self.shell.type(text + "\n")
        return self.shell.wait_for(then)

    def interrupt(self, key="\x03"):  # Ctrl-C
        self.shell.type(key)
        self.shell.wait_for(PROMPT)
        wait_until(self.shell.echoes, f"the terminal echoes after {key!r}")

    def export(self, name, value):
        with open(self.box.path("work", "command"), "w") as file:
            file.write(f"export {name}={value}\n")
        self.shell.type(". ./command\n")
        self.shell.wait_for(PROMPT)

    def ends(self, *words):
        """The command ends; all of WORDS are in what it said last."""
        said = self.shell.wait_for(PROMPT)
        for word in words:
            self.assertIn(word, said)
        self.assertTrue(self.shell.echoes())
        self.shell.type("echo status:$?:\n")
        self.shell.wait_for("status:$?:")
        self.shell.wait_for("status:")
        status = int(self.shell.wait_for(":"))
        self.shell.wait_for(PROMPT)
        return status

    def added(self):
        lines = f"{CLIENT_SECRET}\n{PASSPHRASE}\n".encode()
        self.assertOk(self.box.add_profile("work", self.server, "--passphrase-stdin", stdin=lines))

    def made(self):
        """All files that `add` made; empty folders may stay behind."""
        return sorted(
            os.path.join(folder, name)
            for top in (self.box.config, self.box.data)
            for folder, _, names in os.walk(top) for name in names
        )

    def content(self):
        found = {}
        for path in self.made():
            with open(path, "rb") as file:
                found[path] = file.read()
        return found


class AddTest(ConversationTest):
    def finish(self):
        self.answer(PASSPHRASE, REPEAT)
        self.shell.type(PASSPHRASE + "\n")
        self.assertEqual(0, self.ends("Profile work is ready", "keybearer run work -- COMMAND"))
        self.assertOk(self.box.keybearer("token", "work"))

    def test_id_and_secret_in_one_paste(self):
        self.start_add()
        self.assertFalse(self.shell.echoes())
        asked = self.answer(f"{CLIENT_ID}\n{CLIENT_SECRET}", NEW)
        self.assertEqual(1, asked.count(SHORT_ID))
        self.assertNotIn(CLIENT_ID, asked)
        self.assertIn(f"Asking 127.0.0.1:{self.server.port} ...", asked)
        self.assertIn("The client will be kept in the vault", asked)
        self.assertFalse(self.shell.echoes())
        self.finish()

    def test_where_the_secret_goes_is_said_first(self):
        self.start("add", "work", "--store", "sealed-file", "--token-url", self.server.token_url)
        self.assertIn(f"The secret is sent to 127.0.0.1:{self.server.port}, and then kept in the vault."
                      "\r\n", self.shell.wait_for(ID))
        self.interrupt()
        self.start("add", "work", "--store", "sealed-file", "--preset", "zuora", "--host",
                   "rest.a-name-that-is-somewhat-longer.example.com")
        self.assertIn("The secret is sent to rest.a-name-that-is-somewhat-longer.example.com,\r\n"
                      "and then kept in the vault.\r\n", self.shell.wait_for(ID))
        self.interrupt()

    def test_id_and_secret_in_two_pastes(self):
        self.start_add()
        self.assertTrue(self.answer(CLIENT_ID, SECRET).startswith(f"{SHORT_ID}\r\n"))
        self.assertFalse(self.shell.echoes())
        self.answer(CLIENT_SECRET, NEW)
        self.finish()

    def test_the_secret_at_the_question_for_the_id(self):
        """As many bytes of it are shown as tell an id from another; of a short one less than half."""
        for answer, shown in ((CLIENT_SECRET, f"{CLIENT_SECRET[:6]}...{CLIENT_SECRET[-3:]}"),
                              ("hunter2-hunter", "hun...r"), ("abc", "...")):
            with self.subTest(answer):
                self.start_add()
                self.assertEqual(f"{shown}\r\n", self.answer(answer, SECRET))
                self.interrupt()

    def test_line_ends_of_another_system(self):
        self.start_add()
        self.answer(f"{CLIENT_ID}\n\n{CLIENT_SECRET}\n", NEW)
        self.finish()

    def test_nothing_is_made_before_the_proof(self):
        self.start_add()
        gate = threading.Event()
        self.addCleanup(gate.set)
        self.server.script(Reply(401, {"error": "invalid_client"}, gate=gate))
        self.answer(f"{CLIENT_ID}\nnot the secret", "Asking")
        self.assertEqual([], self.made())
        gate.set()
        self.shell.wait_for(AGAIN)
        self.assertEqual([], self.made())
        self.interrupt()
        self.assertEqual([], self.made())
        self.assertEqual(1, self.server.count)

    def test_nothing_is_made_before_the_passphrase(self):
        self.start_add()
        self.answer(f"{CLIENT_ID}\n{CLIENT_SECRET}", NEW)
        self.assertEqual(1, len(self.server.issued))
        self.assertEqual([], self.made())
        self.interrupt()
        self.assertEqual([], self.made())

    def test_a_wrong_secret_is_asked_for_again(self):
        self.start_add()
        refused = self.answer(f"{CLIENT_ID}\nnot the secret", AGAIN)
        self.assertIn("That did not work", refused)
        self.shell.wait_for(OTHER)
        self.answer(CLIENT_SECRET, NEW)
        self.assertEqual(2, self.server.count)
        self.finish()

    def test_a_wrong_id_is_asked_for_again(self):
        self.start_add()
        self.answer(f"{OTHER_ID}\n{CLIENT_SECRET}", AGAIN)
        self.shell.wait_for(OTHER)
        self.answer("", BLIND_ID)
        self.answer(f"{CLIENT_ID}\n{CLIENT_SECRET}", NEW)
        self.assertNotIn(CLIENT_ID, self.shell.shown)
        self.finish()

    def test_the_secret_once_more_where_the_id_may_be_given_again(self):
        """Somebody who was refused, and answers the wrong question: it is not shown."""
        self.start_add()
        self.answer(f"{CLIENT_ID}\nwrong", AGAIN)
        self.shell.wait_for(OTHER)
        self.answer("", BLIND_ID)
        self.answer(CLIENT_SECRET, SECRET)
        self.assertNotIn(CLIENT_SECRET, self.shell.shown)
        self.interrupt()
        self.assertEqual(1, self.server.count)

    def test_id_and_secret_in_one_paste_after_a_refusal(self):
        """The first line is not taken for the secret, nor shown; with the known id it is understood."""
        self.start_add()
        self.answer(f"{CLIENT_ID}\nwrong", AGAIN)
        self.shell.wait_for(OTHER)
        self.assertIn("more than one line came", self.answer(f"{OTHER_ID}\n{CLIENT_SECRET}", OTHER))
        self.assertNotIn(OTHER_ID, self.shell.shown)
        self.assertEqual(1, self.server.count)
        self.answer(f"{CLIENT_ID}\n{CLIENT_SECRET}", NEW)
        self.assertEqual(CLIENT_SECRET, self.server.requests[-1].form["client_secret"])
        self.finish()

    def test_a_secret_with_a_space_does_not_lose_the_id(self):
        self.start_add()
        self.assertIn("ends with a space", self.answer(f"{CLIENT_ID}\n{CLIENT_SECRET} ", AGAIN))
        self.shell.wait_for(OTHER)
        self.answer(CLIENT_SECRET, NEW)
        self.assertEqual(1, self.server.count)
        self.finish()

    def test_what_came_with_the_copy_of_an_id(self):
        self.start_add()
        self.answer(f" \t{CLIENT_ID} \t\n{CLIENT_SECRET}\t", NEW)
        self.assertEqual(CLIENT_ID, self.server.requests[0].form["client_id"])
        self.assertEqual(CLIENT_SECRET, self.server.requests[0].form["client_secret"])
        self.finish()

    def test_what_cannot_be_an_id_is_told_before_the_secret(self):
        """It may be anything, and so may be what came behind it: neither is shown, or kept."""
        self.start_add()
        wrong = f"{CLIENT_ID} {CLIENT_SECRET}"
        said = self.answer(f"{wrong}\n{CLIENT_SECRET}", BLIND_ID)
        self.assertIn("there is a space in the client id", said)
        self.assertNotIn(SECRET, said)
        self.assertNotIn(CLIENT_ID[:8], self.shell.shown)
        self.answer(f"{CLIENT_ID}\n{CLIENT_SECRET}", NEW)
        self.assertEqual(1, self.server.count)
        self.finish()

    def test_a_given_id_that_cannot_be_one(self):
        self.start("add", "work", "--store", "sealed-file", "--token-url", self.server.token_url,
                   "--client-id", f"'{CLIENT_ID} '")
        self.assertEqual(USAGE, self.ends("the client id begins or ends with a space"))
        self.assertNotIn(SECRET, self.shell.shown)

    def test_a_certificate_that_is_not_trusted(self):
        """The same once more cannot help: the hint is a whole command."""
        if not find_program("openssl"):
            self.skipTest("openssl is not installed")
        os.mkdir(self.box.path("authority"))
        certificate = Authority(self.box.path("authority")).good()
        server = self.enterContext(TokenServer(certificate=certificate))
        self.start("add", "work", "--store", "sealed-file", "--token-url", server.token_url)
        self.shell.wait_for(ID)
        self.shell.type(f"{CLIENT_ID}\n{CLIENT_SECRET}\n")
        self.assertEqual("ready> ", self.shell.wait_for_one_of("ready> ", MORE))
        self.assertIn(f"organisation's own: keybearer add work --store sealed-file "
                      f"--token-url {server.token_url} --ca-file FILE\r\n", self.shell.shown)
        self.assertEqual(1, server.connections)

    def test_another_place_is_named_with_the_next_command(self):
        self.start("add", "work", "--store", "sealed-file", "--preset", "zuora", "--environment",
                   "SBX", "--token-url", self.server.token_url)
        self.shell.wait_for(ID)
        command = ("keybearer add work --preset zuora --store sealed-file "
                   f"--token-url {self.server.token_url} --environment NAME")
        said = self.answer(f"{CLIENT_ID}\nwrong", OTHER)
        self.assertIn(f"It was sent to 127.0.0.1:{self.server.port}.\r\n", said)
        self.assertIn(f"    {command}\r\n", said)
        for number in range(2):
            self.shell.type(f"wrong {number}\n")
            if number == 0:
                self.shell.wait_for(OTHER)
        self.assertEqual(DENIED, self.ends(
            f"hint: check client id and secret (sent to 127.0.0.1:{self.server.port}); "
            "for another environment: the same command with --environment NAME\r\n"))

    def test_three_wrong_secrets(self):
        self.start_add()
        for number in range(3):
            self.shell.type(f"{CLIENT_ID}\nwrong {number}\n")
            if number < 2:
                self.shell.wait_for(AGAIN)
                self.shell.wait_for(OTHER)
        self.assertEqual(DENIED, self.ends("error: the token endpoint", "run the same command again"))
        self.assertEqual(3, self.server.count)
        self.assertEqual([], self.made())

    def test_a_refused_client_is_not_sent_twice(self):
        self.start_add()
        self.answer(f"{CLIENT_ID}\nwrong", AGAIN)
        self.shell.wait_for(OTHER)
        self.assertIn("were not sent once more", self.answer(f"{CLIENT_ID}\nwrong", AGAIN))
        self.assertEqual(1, self.server.count)
        self.shell.wait_for(OTHER)
        self.answer(CLIENT_SECRET, NEW)
        self.finish()

    def test_none_of_the_refused_clients_is_sent_twice(self):
        self.start_add()
        for secret in ("wrong", "wrong, too"):
            self.answer(f"{CLIENT_ID}\n{secret}", AGAIN)
            self.shell.wait_for(OTHER)
        self.shell.type(f"{CLIENT_ID}\nwrong\n")
        self.assertEqual(USAGE, self.ends("error: id and secret are the same as before"))
        self.assertEqual(2, self.server.count)

    def test_a_given_id_is_not_asked_for(self):
        self.start("add", "work", "--store", "sealed-file", "--token-url", self.server.token_url,
                   "--client-id", CLIENT_ID)
        self.shell.wait_for(SECRET)
        self.answer("wrong", AGAIN)
        self.shell.wait_for(SECRET)
        self.answer(CLIENT_SECRET, NEW)
        self.finish()

    def test_what_another_try_cannot_mend_is_told_at_once(self):
        self.server.script(Reply(404, "<html>no such page</html>"))
        self.start_add()
        self.shell.type(f"{CLIENT_ID}\n{CLIENT_SECRET}\n")
        self.assertEqual(SERVER, self.ends("error: ", "correct the options that make the address"))
        self.assertEqual(1, self.server.count)

    def test_a_busy_server_is_asked_again_when_its_time_has_come(self):
        """Enter may be pressed at once; nothing has to be typed again."""
        self.server.script(rate_limited(Retry_After="5"))
        self.start_add()
        self.answer(f"{CLIENT_ID}\n{CLIENT_SECRET}", WAIT.format("5 s"))
        began = time.monotonic()
        said = self.answer("", NEW)
        self.assertIn("Waiting until that time is over", said)
        self.assertGreater(time.monotonic() - began, 1)
        self.assertEqual(2, self.server.count)
        self.finish()

    def test_a_server_that_wants_a_long_wait(self):
        self.server.script(rate_limited(Retry_After="90"))
        self.start_add()
        self.shell.type(f"{CLIENT_ID}\n{CLIENT_SECRET}\n")
        status = self.ends("it asked to wait 90 s", "hint: wait ", ", then run the same command again")
        self.assertEqual(RATE_LIMITED, status)
        self.assertEqual(1, self.server.count)

    def test_a_known_wait_is_told_before_anything_is_asked(self):
        self.added()
        self.server.script(rate_limited(Retry_After="90"))
        self.assertFails(self.box.keybearer("refresh", "work"), RATE_LIMITED)
        for words in (["other", "--store", "sealed-file", "--token-url", self.server.token_url],
                      ["work"]):
            self.start("add", *words)
            said = self.shell.wait_for("asked for a pause; ")
            self.assertNotIn("lient ", said.replace(". ./command", ""))
            self.shell.wait_for(PROMPT)

    def test_a_server_that_fails_for_a_moment(self):
        for reply in (Reply(500, "<html>oops</html>"), Reply(200, "<html>log in</html>")):
            with self.subTest(reply.status):
                name = f"work{reply.status}"
                self.server.behave(lambda request: reply)
                self.start("add", name, "--store", "sealed-file", "--token-url",
                           self.server.token_url)
                self.shell.wait_for(ID)
                self.answer(f"{CLIENT_ID}\n{CLIENT_SECRET}", MORE)
                self.server.behave(None)
                self.answer("", NEW)
                self.interrupt()

    def test_a_server_that_fails_three_times(self):
        self.server.behave(lambda request: Reply(500, "<html>oops</html>"))
        self.start_add()
        self.answer(f"{CLIENT_ID}\n{CLIENT_SECRET}", MORE)
        self.answer("", MORE)
        self.shell.type("\n")
        self.assertEqual(SERVER, self.ends("HTTP 500"))

    def test_passphrases_that_differ(self):
        self.start_add()
        self.answer(f"{CLIENT_ID}\n{CLIENT_SECRET}", NEW)
        self.answer(PASSPHRASE, REPEAT)
        self.assertIn("the two passphrases differ", self.answer("another", AGAIN))
        self.shell.wait_for(NEW)
        self.assertEqual([], self.made())
        self.finish()

    def test_a_passphrase_that_is_too_long(self):
        self.start_add()
        self.answer(f"{CLIENT_ID}\n{CLIENT_SECRET}", NEW)
        self.answer("x" * 1025, REPEAT)
        self.assertIn("longer than 1024 bytes", self.answer("x" * 1025, AGAIN))
        self.shell.wait_for(NEW)
        self.finish()

    def test_a_pasted_secret_that_the_terminal_cuts(self):
        long = "s" * (TERMINAL_TAKES + 1)
        for paste in (f"{CLIENT_ID}\n{long}{long}", f"{CLIENT_ID}\n{long}", long):
            with self.subTest(len(paste)):
                self.start_add()
                self.shell.type(paste + "\n")
                self.assertEqual(USAGE, self.ends("longer than", "the same command with --client-"))
                self.assertNotIn("sss", self.shell.shown)
                self.assertEqual(0, self.server.count)
                self.assertEqual([], self.made())

    def test_a_long_paste_that_is_whole(self):
        self.start_add()
        self.answer(f"{CLIENT_ID}\n" + "s" * TERMINAL_TAKES, AGAIN)
        self.assertEqual(self.server.count, 1)
        self.assertEqual("s" * TERMINAL_TAKES, self.server.requests[0].form["client_secret"])
        self.interrupt()

    def test_the_locked_vault_comes_last(self):
        self.added()
        self.assertOk(self.box.keybearer("lock"))
        self.start("add", "other", "--store", "sealed-file", "--token-url", self.server.token_url)
        self.shell.wait_for(ID)
        why = self.answer(f"{CLIENT_ID}\n{CLIENT_SECRET}", QUESTION)
        self.assertIn("the vault. It is locked", why)
        self.answer("wrong", AGAIN)
        self.shell.wait_for(QUESTION)
        self.shell.type(PASSPHRASE + "\n")
        self.assertEqual(0, self.ends("Profile other is ready"))

    def test_another_command_makes_the_vault_meanwhile(self):
        """The passphrase that was chosen is not the vault's, and is not dropped without a word."""
        self.start_add()
        self.answer(f"{CLIENT_ID}\n{CLIENT_SECRET}", NEW)
        lines = f"{CLIENT_SECRET}\n{PASSPHRASE}\n".encode()
        self.assertOk(self.box.add_profile("other", self.server, "--passphrase-stdin", stdin=lines))
        self.answer("chosen, and too late", REPEAT)
        self.assertIn("Another command made the vault",
                      self.answer("chosen, and too late", QUESTION))
        self.shell.type(PASSPHRASE + "\n")
        self.assertEqual(0, self.ends("Profile work is ready"))

    def test_a_bad_key_file_is_told_before_anything_is_asked(self):
        self.export("KEYBEARER_KEY_FILE", self.box.path("missing.key"))
        self.start("add", "work", "--store", "sealed-file", "--token-url", self.server.token_url)
        self.ends("does not exist")
        self.assertEqual(0, self.server.count)

    def test_words_of_the_server_do_not_steer_the_terminal(self):
        self.server.script(Reply(401, {"error": "invalid_client",
                                       "error_description": "\x1b]0;mine\x07\x9b2J\r\u202e"}))
        self.start_add()
        self.answer(f"{CLIENT_ID}\nwrong", AGAIN)
        self.interrupt()
        for text in ("\x1b", "\x07", "\x9b", "\u202e"):
            self.assertNotIn(text, self.shell.shown)

    def test_an_id_does_not_steer_the_terminal(self):
        self.start_add()
        self.assertNotIn("[2J", self.answer("\x1b[2Jid\x07\u202e", BLIND_ID))
        self.interrupt()
        self.assertEqual(0, self.server.count)
        for text in ("\x1b", "\x07", "\u202e"):
            self.assertNotIn(text, self.shell.shown)

    @not_under_memcheck("no signal suspends a program")
    def test_suspended_while_the_server_is_asked(self):
        need_proc(self)
        gate = threading.Event()
        self.addCleanup(gate.set)
        self.server.script(Reply(401, {"error": "invalid_client"}, gate=gate))
        self.start_add()
        self.answer(f"{CLIENT_ID}\nwrong", "Asking")
        self.shell.type("\x1a")
        self.shell.wait_for(PROMPT)
        wait_until(lambda: self.shell.helper()[1] == "T", "the helper stops")
        self.assertTrue(self.shell.echoes())
        self.shell.type("fg\n")
        wait_until(lambda: not self.shell.echoes(), "the terminal is quiet again")
        gate.set()
        self.shell.wait_for(AGAIN)
        self.interrupt()

    def test_ended_while_the_server_is_asked(self):
        gate = threading.Event()
        self.addCleanup(gate.set)
        self.server.script(Reply(gate=gate))
        self.start_add()
        self.answer(f"{CLIENT_ID}\n{CLIENT_SECRET}", "Asking")
        self.interrupt()
        self.assertEqual([], self.made())

    def test_a_slow_server_is_named(self):
        gate = threading.Event()
        self.addCleanup(gate.set)
        self.server.script(Reply(200, {}, gate=gate))
        self.start_add("--timeout", "3")
        self.answer(f"{CLIENT_ID}\n{CLIENT_SECRET}", f"Asking 127.0.0.1:{self.server.port} ...")
        self.assertIn("no complete answer within 3 s", self.shell.wait_for(MORE))
        self.shell.type("\x04")
        self.assertEqual(TIMEOUT, self.ends("no complete answer within 3 s", "--timeout"))
        self.assertEqual([], self.made())

    def test_a_server_that_comes_back(self):
        """Nothing has to be typed again."""
        self.server.behave(lambda request: Reply(hang_up=True))
        self.start_add()
        self.answer(f"{CLIENT_ID}\n{CLIENT_SECRET}", MORE)
        self.assertFalse(self.shell.echoes())
        self.server.behave(None)
        self.answer("", NEW)
        self.finish()

    def test_a_server_that_does_not_come_back(self):
        self.server.behave(lambda request: Reply(hang_up=True))
        self.start_add()
        self.answer(f"{CLIENT_ID}\n{CLIENT_SECRET}", MORE)
        self.answer("", MORE)
        self.shell.type("\n")
        self.assertEqual(NETWORK, self.ends("error: "))
        self.assertEqual([], self.made())


class RotationTest(ConversationTest):
    def setUp(self):
        super().setUp()
        self.added()
        self.server.client_secret = NEW_SECRET

    def test_the_stored_id_is_kept(self):
        """Whoever pastes the new secret at once is right."""
        self.start("add", "work")
        kept = f"Client id {SHORT_ID} is kept (another one: --client-id ID).\r\n"
        self.assertIn(kept, self.shell.wait_for(NEW_ONE))
        self.shell.type(f"{NEW_SECRET}\n")
        said = f"Profile work: the secret of client {SHORT_ID} was replaced."
        self.assertEqual(0, self.ends(said, "Nothing else has to change here"))
        self.assertEqual(CLIENT_ID, self.server.requests[-1].form["client_id"])
        self.assertEqual(1, len(self.box.references("work")))

    def test_the_stored_id_with_the_secret(self):
        for paste, said in ((f"{CLIENT_ID}\n{NEW_SECRET}\n", "was replaced"),
                            (f"\n{NEW_SECRET}\n", "had that secret already")):
            asked = self.server.count
            self.start("add", "work")
            self.shell.wait_for(NEW_ONE)
            self.shell.type(paste)
            self.assertEqual(0, self.ends(said))
            self.assertEqual(asked + 1, self.server.count)
            self.assertNotIn(CLIENT_ID, self.shell.shown)

    def test_another_id_with_the_secret(self):
        """It might be anything: neither line is shown, or sent."""
        asked = self.server.count
        self.start("add", "work")
        self.shell.wait_for(NEW_ONE)
        for again in (NEW_ONE, NEW_ONE, PROMPT):
            self.shell.type(f"{OTHER_ID}\n{NEW_SECRET}\n")
            self.assertIn("more than one line came", self.shell.wait_for(again))
        self.assertNotIn(OTHER_ID, self.shell.shown)
        self.assertEqual(asked, self.server.count)

    def test_another_client(self):
        self.server.client_id = OTHER_ID
        self.start("add", "work", "--client-id", OTHER_ID)
        self.shell.wait_for(SECRET)
        self.shell.type(f"{NEW_SECRET}\n")
        other = f"{OTHER_ID[:8]}...{OTHER_ID[-4:]}"
        self.assertEqual(0, self.ends(f"client {SHORT_ID} was replaced by {other}"))

    def test_another_client_that_looks_the_same(self):
        self.server.client_id = CLIENT_ID[:12] + "9" * (len(CLIENT_ID) - 16) + CLIENT_ID[-4:]
        self.assertNotEqual(CLIENT_ID, self.server.client_id)
        self.start("add", "work", "--client-id", self.server.client_id)
        self.shell.wait_for(SECRET)
        self.shell.type(f"{NEW_SECRET}\n")
        self.assertEqual(0, self.ends(f"client {SHORT_ID} was replaced by another one"))

    def test_a_locked_vault_says_afterwards_what_was_replaced(self):
        self.assertOk(self.box.keybearer("lock"))
        self.start("add", "work")
        self.assertIn("The stored id cannot be read: the vault is locked.\r\n",
                      self.shell.wait_for(BLIND_ID))
        self.assertNotIn(CLIENT_ID, self.answer(f"{CLIENT_ID}\n{NEW_SECRET}", QUESTION))
        self.shell.type(PASSPHRASE + "\n")
        self.assertEqual(0, self.ends(f"the secret of client {SHORT_ID} was replaced"))

    def test_a_wrong_new_secret_keeps_the_old_client(self):
        before = self.content()
        self.start("add", "work")
        self.shell.wait_for(NEW_ONE)
        self.answer("wrong", AGAIN)
        self.interrupt()
        self.assertEqual(before, self.content())

    def test_a_wrong_secret_leads_to_no_other_settings(self):
        """A command with a preset alone would drop all others of a profile that is there."""
        lines = f"{NEW_SECRET}\n{PASSPHRASE}\n".encode()
        self.assertOk(self.box.add_profile("work", self.server, "--passphrase-stdin", "--preset",
                                           "zuora", "--scope", "a.read", stdin=lines))
        self.start("add", "work")
        self.shell.wait_for(NEW_ONE)
        said = self.answer("wrong", OTHER)
        self.assertIn(f"It was sent to 127.0.0.1:{self.server.port}; to see all settings: "
                      "keybearer show work\r\n", said)
        self.assertNotIn("--preset", said)
        self.interrupt()


class ChoiceTest(ConversationTest):
    """The provider is out of reach; the proxy, which is our server, hears whom we ask for."""

    def setUp(self):
        super().setUp()
        self.export("https_proxy", self.server.origin)
        self.start("add", "work", "--store", "sealed-file", "--preset", "zuora")
        self.list = self.shell.wait_for(CHOICE)
        self.assertFalse(self.shell.echoes())

    def asked(self, host):
        self.assertIn(f"Asking {host} ...", self.answer(f"{CLIENT_ID}\n{CLIENT_SECRET}", MORE))
        self.interrupt()
        self.assertEqual([], self.made())

    def test_a_number(self):
        self.assertRegex(self.list, r"(?m)^ +3  SBX +rest\.apisandbox\.zuora\.com ")
        self.answer("3", ID)
        self.asked("rest.apisandbox.zuora.com")

    def test_a_name_after_what_is_none(self):
        for wrong in ("0", "12", "", "sandbox"):
            self.assertIn("is neither in the list nor a host", self.answer(wrong, AGAIN))
            self.shell.wait_for(CHOICE)
            if wrong == "12":
                break
        self.answer("csbx_eu", ID)
        self.asked("rest.test.eu.zuora.com")

    def test_another_host(self):
        self.answer("rest.example.com", ID)
        self.asked("rest.example.com")

    def test_one_paste_for_all(self):
        said = self.answer(f"SBX\n{CLIENT_ID}\n{CLIENT_SECRET}", MORE)
        self.assertIn("Asking rest.apisandbox.zuora.com ...", said)
        self.interrupt()

    def test_a_paste_behind_a_wrong_one(self):
        """It is thrown away: none of it is an environment, and the secret must not be shown."""
        self.answer(f"nowhere\n{CLIENT_ID}\n{CLIENT_SECRET}", AGAIN)
        self.shell.wait_for(CHOICE)
        self.answer("3", ID)
        self.interrupt()
        self.assertNotIn(CLIENT_ID, self.shell.shown)

    def test_a_wrong_one_is_neither_shown_nor_quoted(self):
        """It may be the secret."""
        for wrong in ("nowhere", "no/where.example.com"):
            self.answer(wrong, CHOICE)
            self.assertNotIn(wrong, self.shell.shown)

    def test_the_secret_instead_of_an_environment(self):
        self.answer(CLIENT_SECRET, CHOICE)
        self.assertNotIn(CLIENT_SECRET, self.shell.shown)
        self.assertIn("csbx_eu\r\n", self.answer("csbx_eu", ID))
        self.interrupt()

    def test_three_wrong_ones(self):
        for number in range(3):
            self.shell.type(f"nowhere{number}\n")
            if number < 2:
                self.shell.wait_for(CHOICE)
        self.assertEqual(USAGE, self.ends("neither in the list", "keybearer presets zuora"))


class NeedsTest(ConversationTest):
    """What a preset needs is asked for, one after the other; what it is nobody may see."""

    HOST = "host (such as sso.example.com; not shown): "
    TENANT = "tenant (such as example; not shown): "

    def begin(self, *options):
        self.export("https_proxy", self.server.origin)
        self.start("add", "work", "--store", "sealed-file", "--preset", "keycloak", *options)

    def goes_on(self):
        said = self.answer(f"{CLIENT_ID}\n{CLIENT_SECRET}", MORE)
        self.assertIn("Asking login.example.com ...", said)
        self.interrupt()
        self.assertEqual([], self.made())
        self.assertNotIn("hidden-realm", self.shell.shown)

    def test_one_after_the_other(self):
        self.begin()
        self.shell.wait_for(self.HOST)
        self.assertIn("--tenant: the realm.", self.answer("login.example.com", self.TENANT))
        self.answer("hidden-realm", ID)
        self.goes_on()

    def test_only_what_no_option_says(self):
        self.begin("--host", "login.example.com")
        self.assertNotIn(self.HOST, self.shell.wait_for(self.TENANT))
        self.answer("hidden-realm", ID)
        self.goes_on()

    def test_an_empty_answer(self):
        self.begin("--host", "login.example.com")
        self.shell.wait_for(self.TENANT)
        self.assertIn("the answer is empty", self.answer("", AGAIN))
        self.shell.wait_for(self.TENANT)
        self.answer("hidden-realm", ID)
        self.goes_on()

    def test_what_cannot_be_one(self):
        self.begin("--host", "login.example.com")
        self.shell.wait_for(self.TENANT)
        self.shell.type("a/b\n")
        self.assertEqual(USAGE, self.ends("--tenant may hold only"))
        self.assertEqual([], self.made())


class ScriptTest(SandboxTest):
    """Without a terminal nothing is asked, and nothing is said but the error."""

    def test_the_environments_are_named(self):
        words = ["add", "work", "--preset", "zuora", "--client-id", "x"]
        refused = self.box.keybearer(*words, "--client-secret-stdin", stdin=b"secret\n")
        self.assertFails(refused, USAGE, "needs --environment or --host")
        self.assertIn(b"--environment PROD, PROD_NA, SBX, ", refused.stderr)
        self.assertFails(self.box.keybearer(*words, start_new_session=True), USAGE, "--environment")

    def test_all_that_is_missing_is_named(self):
        words = ["add", "work", "--preset", "salesforce-jwt", "--client-id", "x"]
        refused = self.box.keybearer(*words, "--client-secret-stdin", stdin=b"secret\n")
        self.assertFails(
            refused, USAGE, "needs --environment or --host, --tenant and --claim sub=VALUE")
        self.assertIn(b"tenant: the name in My Domain; sub: the user name", refused.stderr)

    def test_a_secret_from_a_pipe_without_an_id(self):
        """Where one is stored it is kept; where none is known, nothing is read, or asked."""
        with TokenServer() as server:
            words = ["--store", "sealed-file", "--token-url", server.token_url]
            secret = f"{CLIENT_SECRET}\n".encode()
            for run in (self.box.keybearer, lambda *words, stdin: self.box.run_on_tty(
                    ["keybearer", *words], env={"PATH": f"{BIN}:/usr/bin:/bin"})):
                refused = run("add", "work", *words, "--client-secret-stdin", stdin=secret)
                self.assertEqual(USAGE, refused.status, refused)
                said = refused.stdout + refused.stderr
                self.assertIn(b"keybearer add work ... --client-id ID --client-secret-stdin", said)
                self.assertNotIn(b"not shown", said)
            self.assertEqual(0, server.count)
            self.assertOk(self.box.add_profile("work", server))
            self.assertOk(self.box.keybearer("add", "work", "--client-secret-stdin", stdin=secret))
            self.assertEqual(CLIENT_ID, server.requests[-1].form["client_id"])

    def test_a_wrong_secret_of_a_stored_profile(self):
        """The hint is not the command that was just run."""
        with TokenServer() as server:
            self.assertOk(self.box.add_profile("work", server, "--preset", "zuora"))
            server.behave(lambda request: Reply(401, {"error": "invalid_client"}))
            refused = self.box.keybearer("add", "work", "--client-id", CLIENT_ID,
                                         "--client-secret-stdin", stdin=b"wrong\n")
            self.assertFails(refused, DENIED)
            self.assertNotIn(b"if the secret was changed", refused.stderr)
            self.assertIn(f"(sent to 127.0.0.1:{server.port}), and run the same command again".encode(),
                          refused.stderr)
            self.assertIn(b"; keybearer show work shows where it goes\n", refused.stderr)
            self.assertNotIn(b"--preset", refused.stderr)

    def test_a_refused_first_client_has_a_hint_of_one_line(self):
        """With the whole command where that has room in it."""
        for secret, options, end in (
            (b"wrong\n", (), b"--client-id ID --client-secret-stdin\n"),
            (b"wrong\n", ("--scope", "s" * 60), b"the same command with --token-url URL\n"),
        ):
            with self.subTest(end), TokenServer() as server:
                server.behave(lambda request: Reply(401, {"error": "invalid_client"}))
                refused = self.box.run(
                    ["keybearer", "add", "z", "--preset", "zuora", "--token-url", server.token_url,
                     "--client-id", CLIENT_ID, "--client-secret-stdin", *options], secret)
                self.assertFails(refused, DENIED)
                hint = refused.stderr.splitlines(keepends=True)[-1]
                self.assertIn(b"; for another address: ", hint)
                self.assertTrue(hint.endswith(end), hint)
                self.assertLessEqual(len(hint), 180)

    def test_a_wrong_secret_is_not_asked_for_again(self):
        with TokenServer() as server:
            refused = self.box.add_profile("work", server, stdin=b"wrong\nsecond\n")
            self.assertFails(refused, DENIED)
            self.assertEqual(1, server.count)
            self.assertOk(self.box.add_profile("work", server))

    def test_a_secret_of_any_length_from_a_pipe(self):
        with TokenServer(client_secret="s" * 5000) as server:
            self.assertOk(self.box.add_profile("work", server))

    def on_tty(self, line):
        """What the sh command LINE has shown, whose standard output is not the terminal."""
        shown = self.box.run_on_tty(["sh", "-c", f"{line} >/dev/null"],
                                    env={"PATH": f"{BIN}:/usr/bin:/bin"})
        self.assertEqual(0, shown.status, shown)
        return shown.stdout.decode()

    def test_who_waits_is_told_whom_we_ask(self):
        """A person at a terminal, when a token is fetched: not of a cached one, and no pipe."""
        with TokenServer() as server:
            self.assertOk(self.box.add_profile("work", server, "--match", server.origin))
            said = f"Asking 127.0.0.1:{server.port} ...\r\n"
            for words in ("token work", f"token {server.origin}/x", "header work", "run work true"):
                with self.subTest(words):
                    self.assertOk(self.box.keybearer("forget", "work"))
                    asked = server.count
                    self.assertEqual(said, self.on_tty(f"keybearer {words}"))
                    self.assertEqual(asked + 1, server.count)
                    self.assertEqual("", self.on_tty(f"keybearer {words}"))
                    self.assertOk(self.box.keybearer("forget", "work"))
                    self.assertEqual(b"", self.assertOk(self.box.keybearer(*words.split())).stderr)
            for _ in range(2):
                self.assertEqual(said, self.on_tty("keybearer refresh work"))
            self.assertEqual(b"", self.assertOk(self.box.keybearer("refresh", "work")).stderr)

    def test_nobody_is_told_of_a_request_that_is_not_sent(self):
        """A locked vault, a key file that is not there, a pause that is known."""
        def shown(words, env):
            result = self.box.run_on_tty(["sh", "-c", f"keybearer {words} >/dev/null"],
                                         env={"PATH": f"{BIN}:/usr/bin:/bin", **env})
            self.assertNotEqual(0, result.status, result)
            return result.stdout.decode()

        with TokenServer() as server:
            self.assertOk(self.box.add_profile("work", server))
            self.assertOk(self.box.keybearer("lock"))
            asked = server.count
            for words in ("token work", "header work", "run work true", "refresh work"):
                for wrong in (None, "/nowhere/key"):
                    with self.subTest(words, key_file=wrong):
                        said = shown(words, {"KEYBEARER_KEY_FILE": wrong})
                        self.assertIn("keybearer: error: ", said)
                        self.assertNotIn("Asking", said)
            self.assertEqual(asked, server.count)
            server.behave(lambda request: rate_limited(Retry_After="120"))
            self.assertIn("Asking", shown("token work", {}))
            self.assertNotIn("Asking", shown("refresh work", {}))
            self.assertEqual(asked + 1, server.count)

    def test_nobody_waits_for_a_terminal_that_takes_nothing(self):
        """Who is stopped, or held, while it has the lock would keep all others from a token."""
        with TokenServer() as server:
            self.assertOk(self.box.add_profile("work", server))
            for log in ("0", "1"):
                with self.subTest("its output is held", log=log):
                    self.assertOk(self.box.keybearer("forget", "work"))
                    master, slave = pty.openpty()
                    self.addCleanup(os.close, master)
                    self.addCleanup(os.close, slave)
                    termios.tcflow(slave, termios.TCOOFF)
                    self.assertOk(self.box.run(["keybearer", "token", "work"],
                                               env={"KEYBEARER_LOG": log}, stderr=slave))
                with self.subTest("it stops who writes in the background", log=log):
                    self.assertOk(self.box.keybearer("forget", "work"))
                    line = "set -m; stty tostop; keybearer token work >/dev/null & wait $!"
                    shown = self.box.run_on_tty(
                        ["sh", "-c", line],
                        env={"PATH": f"{BIN}:/usr/bin:/bin", "KEYBEARER_LOG": log})
                    self.assertEqual(0, shown.status, shown)

    def test_tools_are_told_nothing(self):
        """Their standard error is not ours, though it may be a terminal."""
        with TokenServer() as server:
            self.assertOk(self.box.add_profile(
                "work", server, "--match", server.origin, "--token-username", "oauth2"))
            host = f"127.0.0.1:{server.port}"
            for line in (
                f"printf 'protocol=http\\nhost={host}\\n\\n' | keybearer git get",
                f"printf {host} | keybearer docker get",
                f"printf '{{\"uri\":\"{server.origin}/x\"}}' | keybearer get",
            ):
                with self.subTest(line):
                    self.assertOk(self.box.keybearer("forget", "work"))
                    asked = server.count
                    self.assertEqual("", self.on_tty(line))
                    self.assertEqual(asked + 1, server.count)

    def test_a_timeout_names_its_limit(self):
        gate = threading.Event()
        self.addCleanup(gate.set)
        with TokenServer() as server:
            self.assertOk(self.box.add_profile("work", server))
            with open(self.box.config_file) as file:
                config = file.read()
            with open(self.box.config_file, "w") as file:
                file.write(config.replace('"work": {', '"work": {"timeout": 3,'))
            server.behave(lambda request: Reply(200, {}, gate=gate))
            late = self.box.keybearer("refresh", "work")
            self.assertFails(late, TIMEOUT, "no complete answer within 3 s")
            self.assertIn(b'set "timeout" of profile work', late.stderr)
            late = self.box.add_profile("other", server, "--timeout", "3")
            self.assertFails(late, TIMEOUT, "no complete answer within 3 s")
            self.assertIn(b"set --timeout", late.stderr)
            gate.set()


class PasswdTest(ConversationTest):
    OLD = "Old passphrase: "

    def setUp(self):
        super().setUp()
        self.added()
        self.fresh = "a staple of correct horses"
        self.box.secret(self.fresh)

    def test_the_old_one_is_checked_before_the_new_one_is_asked_for(self):
        self.start("passwd")
        self.shell.wait_for(self.OLD)
        self.assertNotIn(NEW, self.answer("wrong", self.OLD))
        self.answer(PASSPHRASE, NEW)
        self.answer(self.fresh, REPEAT)
        self.answer("another", NEW)
        self.answer(self.fresh, REPEAT)
        self.shell.type(self.fresh + "\n")
        self.assertEqual(0, self.ends("The vault has a new passphrase"))
        self.assertOk(self.box.keybearer("lock"))
        line = f"{self.fresh}\n".encode()
        self.assertOk(self.box.keybearer("unlock", "--passphrase-stdin", stdin=line))

    def test_three_wrong_old_ones(self):
        before = self.content()
        self.start("passwd")
        for _ in range(3):
            self.shell.wait_for(self.OLD)
            self.shell.type("wrong\n")
        self.assertEqual(DENIED, self.ends("wrong passphrase"))
        self.assertEqual(before, self.content())

    def test_the_way_out_of_a_forgotten_one(self):
        """As the hint says: the vault goes, and the profile gets its client anew."""
        refused = self.box.keybearer("unlock", "--passphrase-stdin", stdin=b"forgotten\n")
        self.assertFails(refused, DENIED, "wrong passphrase")
        self.assertIn(f"rm -r {self.box.vault}, then keybearer add NAME".encode(), refused.stderr)
        shutil.rmtree(self.box.vault)
        added = self.box.keybearer(
            "add", "work", "--client-id", CLIENT_ID, "--client-secret-stdin", "--passphrase-stdin",
            stdin=f"{CLIENT_SECRET}\n{self.fresh}\n".encode())
        self.assertOk(added)
        self.assertNotIn("may still be", added.text)
        self.assertOk(self.box.keybearer("refresh", "work"))

    def test_the_key_file_is_looked_at_first(self):
        short = self.box.path("short.key")
        with open(os.open(short, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
            file.write(b"too short")
        for path, why in ((self.box.path("none.key"), "does not exist"), (short, "at least 32")):
            with self.subTest(why):
                self.start("passwd", "--key-file", path)
                said = self.shell.wait_for(why)
                self.assertNotIn("passphrase: ", said)
                self.shell.wait_for(PROMPT)
        self.start("passwd", "--key-file", self.key_file)
        self.shell.wait_for(self.OLD)
        self.shell.type(PASSPHRASE + "\n")
        self.assertEqual(0, self.ends("The vault has a new key file"))


class InterruptionTest(ConversationTest):
    """At each question of each command: what ends it leaves the echo and the stores whole."""

    def conversations(self):
        """(words of the command, its questions with the answers that lead there)"""
        add = ["add", "new", "--store", "sealed-file", "--token-url", self.server.token_url]
        to_proof = [(ID, CLIENT_ID), (SECRET, CLIENT_SECRET)]
        yield add, [*to_proof, (QUESTION, None)]
        yield ["add", "new", "--preset", "zuora"], [(CHOICE, "SBX"), (ID, None)]
        yield ["add", "new", "--preset", "uber"], [("scope (such as eats.store; not shown): ", None)]
        yield ["unlock"], [(QUESTION, None)]
        yield ["passwd"], [(PasswdTest.OLD, PASSPHRASE), (NEW, "fresh"), (REPEAT, None)]

    def at_each_question(self):
        self.added()
        self.assertOk(self.box.keybearer("lock"))
        before = self.content()
        for words, questions in self.conversations():
            for last in range(len(questions)):
                with self.subTest(words=words[0], question=questions[last][0]):
                    yield words, questions[: last + 1]
                    self.assertEqual(before, self.content())

    def lead_to(self, words, questions):
        self.start(*words)
        for question, answer in questions[:-1]:
            self.shell.wait_for(question)
            self.shell.type(answer + "\n")
        self.shell.wait_for(questions[-1][0])
        self.assertFalse(self.shell.echoes())

    def test_keys_that_end_it(self):
        for words, questions in self.at_each_question():
            for key in ("\x03", "\x1c"):  # Ctrl-C, Ctrl-\
                self.lead_to(words, questions)
                self.shell.type("half a line")
                self.interrupt(key)
            self.lead_to(words, questions)
            self.shell.type("\x04")  # Ctrl-D
            self.assertEqual(DISMISSED, self.ends("no answer was given (Ctrl-D)"))

    @not_under_memcheck("no signal suspends a program")
    def test_suspended_and_continued(self):
        need_proc(self)
        for words, questions in self.at_each_question():
            self.lead_to(words, questions)
            self.shell.type("half a line\x1a")
            self.shell.wait_for(PROMPT)
            wait_until(lambda: self.shell.helper()[1] == "T", "the helper stops")
            self.assertTrue(self.shell.echoes())
            self.shell.type("fg\n")
            self.shell.wait_for(questions[-1][0])
            self.assertFalse(self.shell.echoes())
            self.interrupt()
            self.assertNotIn("half a line", self.shell.shown)

    def test_a_terminal_that_is_closed(self):
        need_proc(self)
        for words, questions in self.at_each_question():
            self.lead_to(words, questions)
            self.assertIsNotNone(self.shell.helper()[0])
            self.shell.hang_up()
            wait_until(lambda: self.shell.helper() == (None, None), "the helper ends")
            self.shell.close()
            self.shell = Shell(self.box)
            self.addCleanup(self.shell.close)


if __name__ == "__main__":
    sys.argv.append("--failfast")  # a wait for nothing takes minutes; once is enough
    main()
