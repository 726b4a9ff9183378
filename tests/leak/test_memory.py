"""No process of ours ends with a secret in its memory, whatever it did.

A find is eight bytes in a row of a client secret, a token, a refresh token or a passphrase:
raw, escaped as in a form or a URL, or in base64. Every process is searched that ended.
"""

import os
import secrets
import subprocess
import unittest

from scanned import TOOLS, ScannedTest
from certificates import Authority
from harness import CONFIG, CORRUPT, DENIED, USAGE, find_program, main, need_keyrings, wait_until
from keyring import keyring
from token_server import Reply

REQUEST = b'{"uri": "https://api.example.com/v1/accounts"}'
ADDRESS = "https://api.example.com/v1"


class ScannerTest(ScannedTest):
    """What the other tests rely on: where a secret is left, it is found."""

    def finds_in(self, where):
        text = secrets.token_urlsafe(48)
        self.scanner.forget()
        self.scanner.search_for("planted", text)
        folder, program = TOOLS, os.path.join(TOOLS, "leave_behind")
        command = self.scanner.command([program, where], folder)
        subprocess.run(command, input=text.encode(), check=True)
        self.assertEqual({"leave_behind": 1}, dict(self.scanner.ended))
        return self.scanner.finds

    def test_memory_the_scanner_finds_what_is_left(self):
        for where in ("freed", "stack", "static", "unreadable"):
            with self.subTest(where):
                self.assertRegex("\n".join(self.finds_in(where)), "of the planted in leave_behind")

    def test_memory_the_scanner_finds_nothing_where_nothing_is(self):
        self.assertEqual([], self.finds_in("nowhere"))


only_in_full = unittest.skipUnless(
    os.environ.get("KB_TEST_FULL"), "what its neighbours do; KB_TEST_FULL=1 tries it"
)


class Exchanges:
    """The tests of every combination of store, method and transport below."""

    options = ()  # of `add`
    server_options = {}
    fetch = "keybearer_fetch"  # which helper asks for the token

    def setUp(self):
        super().setUp()
        self.server = self.serve(**self.server_options)

    def add(self, *options):
        self.scanner.forget()
        options = ("--match", ADDRESS, *self.options, *options)
        return self.box.add_profile("work", self.server, *options)

    def added(self, *options):
        added = self.add(*options)
        self.assertEqual(0, added.status, added)
        self.scanner.forget()

    def fetched(self, *arguments, **run):
        """A call that costs a token request."""
        result = self.box.keybearer(*arguments, **run)
        self.assertClean(keybearer=1, **{self.fetch: 1})
        return result

    def test_memory_from_add_to_remove(self):
        self.add()
        self.assertClean(keybearer=1, keybearer_helper=1)
        self.box.keybearer("forget", "work")
        self.assertClean(keybearer=1)
        self.assertOk(self.fetched("token", "work"))
        self.assertOk(self.fetched("refresh", "work"))
        for arguments in (["token", "work"], ["header", "work"], ["get"], ["docker", "get"]):
            stdin = ADDRESS.encode() if "docker" in arguments else REQUEST
            answer = self.assertOk(self.box.keybearer(*arguments, stdin=stdin))
            self.assertIn(self.server.token, answer.text)
            self.assertClean(keybearer=1)
        git = b"protocol=https\nhost=api.example.com\npath=v1\n\n"
        self.box.keybearer("git", "get", stdin=git)
        self.assertClean(keybearer=1)
        self.assertEqual(0, self.box.keybearer("remove", "--yes", "work").status)
        self.assertClean(keybearer=1, keybearer_helper=1)

    def test_memory_a_renewal_in_the_background(self):
        self.added("--min-ttl", "0")
        self.server.lifetime = 4
        self.assertOk(self.fetched("refresh", "work"))
        self.assertOk(self.box.keybearer("token", "work"))
        self.assertEqual([], self.scanner.finds)

    def test_memory_replies_that_are_no_token(self):
        """Each holds a token, cut or unusable."""
        self.added()
        whole = self.server.issue().payload()
        replies = {
            "refused": Reply(401, whole),
            "broken": Reply(500, whole),
            "not JSON": Reply(200, whole[:-1]),
            "two tokens": Reply(200, whole[:-1] + b"," + whole[1:]),
            "of another type": Reply(200, whole.replace(b"bearer", b"mac")),
            "no token": Reply(200, whole.replace(b"access_token", b"id_token")),
            "a long one": Reply(200, whole.replace(b'": "', b'": "' + 50000 * b"x", 1)),
            "not called JSON": Reply(200, whole, content_type="text/plain"),
            "in a header": Reply(401, b"{}", {"X-Token": self.server.token}),
            "moved": Reply(302, whole, {"Location": f"/?token={self.server.token}"}),
            "cut": Reply(200, whole, cut_after=len(whole) - 2),
        }
        for name, reply in replies.items():
            with self.subTest(name):
                self.server.behave(lambda request, reply=reply: reply)
                self.assertNotEqual(0, self.fetched("refresh", "work").status)

    def test_memory_a_server_that_echoes_the_request(self):
        self.added()

        def echo(request):
            sent = request.body.decode() + " " + request.headers.get("authorization", "")
            message = f"no: {sent} {self.server.client_secret}"
            return Reply(400, {"error": "invalid_client", "error_description": message})

        self.server.behave(echo)
        self.assertNotEqual(0, self.fetched("refresh", "work").status)

    def test_memory_a_connection_that_breaks(self):
        self.added()
        self.server.behave(lambda request: Reply(hang_up=True))
        self.assertNotEqual(0, self.fetched("refresh", "work").status)

    def test_memory_an_answer_that_does_not_end(self):
        self.added("--timeout", "3")
        self.server.behave(lambda request: Reply(200, 40 * b" ", drip=0.1))
        self.assertNotEqual(0, self.fetched("refresh", "work").status)

    def test_memory_a_client_of_another_endpoint(self):
        self.added()
        with open(self.box.config_file) as file:
            text = file.read()
        with open(self.box.config_file, "w") as file:
            file.write(text.replace("/oauth/token", "/elsewhere").replace("127.0.0.1", "localhost"))
        self.assertNotEqual(0, self.box.keybearer("token", "work").status)
        self.assertClean(keybearer=1)

    def test_memory_run(self):
        """
        The command gets its variables, and they are nowhere else: but the process that
        reads the store for it was born with its environment, where the token is already.
        """
        self.added("--preset", "zuora", "--environment", "SBX")
        for option in ([], ["--token-only"]):
            self.box.keybearer("forget", "work")
            self.scanner.forget()
            script = 'test "$BEARER_TOKEN"'
            ran = self.box.keybearer("run", *option, "work", "--", "sh", "-c", script)
            self.assertEqual(0, ran.status, ran)
            environment = "of the token in keybearer-helper, [stack]"
            self.assertClean(0 if option else 1, environment, **{self.fetch: 1})
        self.box.keybearer("forget", "work")
        self.scanner.forget()
        ran = self.box.keybearer("run", "--token-only", "--file", "T", "work", "--", "sh", "-c", script)
        self.assertEqual(0, ran.status, ran)
        # Who started them and who removes the file; who renews it is killed, and may not be searched.
        wait_until(lambda: self.scanner.forked >= 2, "they have ended")
        self.assertClean(None, **{self.fetch: 1})

    def test_memory_import(self):
        """Three processes have the file or the secret: its reader, its rewriter, and who stores it."""
        path = os.path.join(self.box.work, ".env")
        words = ["import", ".env", "--delete", "--yes", "--token-url", self.server.token_url, *self.options]
        if "--store" not in words:
            words += ["--store", "sealed-file"]
        for reply, status in ((Reply(401, {"error": "invalid_client"}), False), (None, True)):
            with open(path, "w") as file:
                file.write(f"A_CLIENT_ID={self.server.client_id}\nA_CLIENT_SECRET='{self.server.client_secret}'\n")
            self.scanner.forget()
            if not status:
                self.server.script(reply)
                self.assertEqual(0, self.box.keybearer("doctor").status)
                self.assertEqual([], self.scanner.finds)
                self.scanner.forget()
            done = self.box.keybearer(*words)
            self.assertEqual(status, done.status == 0, done)
            self.assertClean(2, keybearer=1, keybearer_helper=1)
        self.assertEqual(0, os.path.getsize(path))

    def test_memory_a_refused_client_is_not_added(self):
        self.server.behave(lambda request: Reply(401, {"error": "invalid_client"}))
        self.assertNotEqual(0, self.add().status)
        self.assertClean(keybearer=1, keybearer_helper=1)


class SealedFile(Exchanges, ScannedTest):
    """The secret in the form, the client in the vault."""

    def test_memory_a_vault_that_does_not_open(self):
        self.added()
        self.box.keybearer("lock")
        self.scanner.forget()
        locked = self.fetched("refresh", "work", env={"KEYBEARER_KEY_FILE": None})
        self.assertNotEqual(0, locked.status)

    def test_memory_a_vault_that_was_changed(self):
        self.added()
        with open(self.box.client_file("work"), "r+b") as file:
            file.seek(-1, os.SEEK_END)
            last = file.read(1)[0]
            file.seek(-1, os.SEEK_END)
            file.write(bytes([last ^ 1]))
        self.assertEqual(CORRUPT, self.fetched("refresh", "work").status)

    def test_memory_passphrases(self):
        need_keyrings(self)
        texts = [secrets.token_urlsafe(32) for _ in range(2)]
        for text in texts:
            self.scanner.search_for("passphrase", text)
        first, second = (text.encode() + b"\n" for text in texts)
        self.box.env.pop("KEYBEARER_KEY_FILE")
        secret = self.server.client_secret.encode() + b"\n"
        self.scanner.forget()
        added = self.box.add_profile(
            "work", self.server, "--passphrase-stdin", stdin=secret + first
        )
        self.assertEqual(0, added.status, added)
        self.assertClean(keybearer=1, keybearer_helper=1)
        for arguments, stdin, failure in (
            (["passwd", "--passphrase-stdin"], first + second, 0),
            (["lock"], b"", 0),
            (["unlock", "--passphrase-stdin"], first, DENIED),
            (["unlock", "--passphrase-stdin"], second, 0),
        ):
            self.assertEqual(failure, self.box.keybearer(*arguments, stdin=stdin).status)
            self.assertClean(keybearer=1, keybearer_helper=1)
        self.assertOk(self.fetched("refresh", "work"))

    def test_memory_a_secret_that_is_typed(self):
        """Also the one that was refused, with which the next is compared."""
        self.box.guard(self.server)
        refused = secrets.token_urlsafe(32)
        self.scanner.search_for("refused secret", refused)
        self.scanner.forget()
        question = b"Client secret (not shown): "
        shown = self.box.run_on_tty(
            ["keybearer", "add", "work", "--token-url", self.server.token_url,
             "--client-id", self.server.client_id, "--store", "sealed-file"],
            [(question, refused), (question, self.server.client_secret)],
        )
        self.assertEqual(0, shown.status, shown)
        self.assertClean(keybearer=1, keybearer_helper=1)


class KeysTest(ScannedTest):
    """A key from a file, encrypted or not, on its way into the store and into a signature."""

    def setUp(self):
        super().setUp()
        if not find_program("openssl"):
            self.skipTest("openssl is not installed")
        self.server = self.serve()
        self.server.behave(lambda request: self.server.issue())
        number = secrets.token_hex(16)  # 32 bytes that are a private number of Ed25519
        self.passphrase = secrets.token_urlsafe(32)
        self.scanner.search_for("key", number)
        self.scanner.search_for("passphrase", self.passphrase)
        der = bytes.fromhex("302e020100300506032b657004220420") + number.encode()
        self.clear = subprocess.run(["openssl", "pkey", "-inform", "DER"], input=der, check=True,
                                    capture_output=True).stdout
        self.sealed = self.box.path("sealed.pem")
        subprocess.run(["openssl", "pkcs8", "-topk8", "-out", self.sealed, "-passout",
                        f"pass:{self.passphrase}"], input=self.clear, check=True)
        self.scanner.forget()

    def add(self, *options, **run):
        return self.box.keybearer(
            "add", "work", "--token-url", self.server.token_url, "--client-auth", "private_key_jwt",
            "--client-id", self.server.client_id, "--store", "sealed-file", *options, **run)

    def test_memory_a_key_that_is_piped_in(self):
        self.assertOk(self.add("--client-key", "-", stdin=self.clear))
        self.assertClean(keybearer=1, keybearer_helper=1)
        self.assertOk(self.box.keybearer("refresh", "work"))
        self.assertClean(keybearer=1, keybearer_fetch=1)
        self.assertOk(self.box.keybearer("add", "work"))  # keeps the key
        self.assertClean(keybearer=1, keybearer_helper=1)

    def test_memory_a_key_that_is_encrypted(self):
        words = ("--client-key", self.sealed, "--client-key-passphrase-stdin")
        self.assertOk(self.add(*words, stdin=f"{self.passphrase}\n".encode()))
        self.assertClean(keybearer=1, keybearer_helper=1)
        self.assertFails(self.add(*words, stdin=f"{self.passphrase}x\n".encode()), DENIED)
        self.assertClean(keybearer=1, keybearer_helper=1)

    def test_memory_a_key_that_is_refused(self):
        """It is not what the profile needs; there is something wrong behind it."""
        self.assertFails(self.add("--client-key", "-", "--client-alg", "RS256", stdin=self.clear), CONFIG)
        self.assertClean(keybearer=1, keybearer_helper=1)
        self.assertFails(self.add("--client-key", "-", stdin=2 * self.clear), USAGE)
        self.assertClean(keybearer=1, keybearer_helper=1)


class ProvidersTest(ScannedTest):
    """What leaves otherwise than in a form: in the address, in JSON, in files, in two steps, to TLS."""

    def setUp(self):
        super().setUp()
        self.server = self.serve()

    def exchange(self, *options, status=0):
        """`add` and `refresh`, which end with nothing in their memory."""
        self.scanner.forget()
        self.assertEqual(status, self.box.add_profile("work", self.server, *options).status)
        self.assertClean(keybearer=1, keybearer_helper=1)
        if status == 0:
            self.assertOk(self.box.keybearer("refresh", "work"))
            self.assertClean(keybearer=1, keybearer_fetch=1)

    def test_memory_fields_in_the_address(self):
        self.exchange("--body", "query")
        self.server.behave(lambda request: Reply(401, {"error": "invalid_client", "error_description": request.query}))
        self.exchange("--body", "query", status=DENIED)

    def test_memory_fields_in_json(self):
        self.exchange("--body", "json")

    def test_memory_two_steps(self):
        self.exchange("--second-url", self.server.second_url)
        self.exchange("--second-url", self.server.second_url, "--second-form", "t={token}", status=DENIED)

    def test_memory_a_token_from_a_file(self):
        text = secrets.token_urlsafe(48)
        self.scanner.search_for("subject token", text)
        path = self.box.path("subject")
        with open(path, "w") as file:
            file.write(text)
        self.server.behave(lambda request: self.server.issue())
        self.exchange("--grant", "token-exchange", "--subject-token-file", path)
        self.server.behave(lambda request: Reply(400, {"error": "invalid_grant", "error_description": text}))
        self.exchange("--grant", "token-exchange", "--subject-token-file", path, status=DENIED)
        os.unlink(path)


@only_in_full
class SealedFileBasic(Exchanges, ScannedTest):
    """The secret in an Authorization header, escaped."""

    options = ("--client-auth", "client_secret_basic")
    server_options = {"auth": "basic"}


class SealedFileTls(Exchanges, ScannedTest):
    """Over TLS, from a server that would rather speak HTTP/2; certificates that are refused."""

    def setUp(self):
        super(Exchanges, self).setUp()
        if not find_program("openssl"):
            self.skipTest("openssl is not installed")
        place = self.box.path("authority")
        os.mkdir(place)
        self.authority = Authority(place)
        self.server = self.serve(certificate=self.authority.good())
        # What this server cannot speak: a client that took the offer would fail.
        self.server.offer_protocols("h2", "http/1.1")
        self.options = ("--ca-file", self.authority.ca_file)

    def test_memory_an_unknown_authority(self):
        self.options = ()
        self.assertNotEqual(0, self.add().status)
        self.assertClean(keybearer=1, keybearer_helper=1)

    def test_memory_a_certificate_that_changed(self):
        self.added()
        self.server.__exit__()
        self.serve(certificate=self.authority.wrong_name(), port=self.server.port)
        self.assertNotEqual(0, self.fetched("refresh", "work").status)


@only_in_full
class SealedFileTlsBasic(SealedFileTls):
    def setUp(self):
        super().setUp()
        self.options += ("--client-auth", "client_secret_basic")
        self.server.auth = "basic"


class Keyring(Exchanges, ScannedTest):
    """The client in gnome-keyring, over an encrypted session."""

    options = ("--store", "secret-service")
    fetch = "keybearer_helper"

    def setUp(self):
        if not (find_program("gnome-keyring-daemon") and find_program("dbus-daemon")):
            self.skipTest("gnome-keyring or dbus-daemon is not installed")
        super().setUp()
        self.service = self.enterContext(keyring(self.box))

    def fetched(self, *arguments, **run):
        result = self.box.keybearer(*arguments, **run)
        self.assertClean(keybearer=1, keybearer_helper=1)
        return result

    def test_memory_a_locked_keyring(self):
        self.added()
        self.service.lock()
        self.assertNotEqual(0, self.fetched("refresh", "work").status)


@only_in_full
class KeyringBasic(Keyring):
    options = ("--store", "secret-service", "--client-auth", "client_secret_basic")
    server_options = {"auth": "basic"}


if __name__ == "__main__":
    main()
