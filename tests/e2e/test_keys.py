"""Keys of clients: made here or taken from files, shown while all is locked, and in no file in clear."""

import base64
import hashlib
import json
import os
import subprocess
import unittest

from harness import (
    CONFIG, CORRUPT, DENIED, LOCKED, NOT_FOUND, TIMEOUT, USAGE, SandboxTest, capable, main, need_keyrings,
    need_proc, wait_until,
)
from token_server import TokenServer, refused

CAP_DAC_OVERRIDE = 1
PASSPHRASE = "a passphrase for one key file"
CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
NUMBER = {"ES256": 32, "ES384": 48, "ES512": 66}
HASH = {"256": "sha256", "384": "sha384", "512": "sha512"}


def openssl(*words, stdin=None):
    return subprocess.run(["openssl", *words], input=stdin, check=True, capture_output=True).stdout


def unpadded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def padded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def in_der(raw):
    """The two numbers of an ECDSA signature, as openssl wants them."""
    half = len(raw) // 2
    numbers = b""
    for part in (raw[:half], raw[half:]):
        digits = part.lstrip(b"\0") or b"\0"
        if digits[0] & 0x80:
            digits = b"\0" + digits
        numbers += b"\2" + bytes([len(digits)]) + digits
    length = bytes([len(numbers)]) if len(numbers) < 128 else b"\x81" + bytes([len(numbers)])
    return b"0" + length + numbers


class KeysTest(SandboxTest):
    """The files that a person has are in FILES; the search for leaks passes over that folder only."""

    leak_ignore = ("files",)

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.server.behave(self.answer)
        self.box.guard(self.server)
        self.files = self.box.path("files")
        os.mkdir(self.files)
        self.public = None  # the key that the provider knows, as PEM
        self.asked = None  # header and claims of the last assertion

    # --- the provider ---

    def answer(self, request):
        assertion = request.form.get("client_assertion")
        return self.server.issue() if assertion and self.is_signed(assertion) else refused()

    def is_signed(self, assertion):
        head, claims, signature = assertion.split(".")
        self.asked = json.loads(padded(head)), json.loads(padded(claims))
        self.box.secret(assertion)
        algorithm = self.asked[0]["alg"]
        names = {name: os.path.join(self.files, name) for name in ("public", "signed", "signature")}
        raw = padded(signature)
        for name, content in (("public", self.public or b""), ("signed", f"{head}.{claims}".encode()),
                              ("signature", in_der(raw) if algorithm[0] == "E" and algorithm != "EdDSA" else raw)):
            with open(names[name], "wb") as file:
                file.write(content)
        if algorithm == "EdDSA":
            words = ["pkeyutl", "-verify", "-pubin", "-inkey", names["public"], "-rawin", "-in",
                     names["signed"], "-sigfile", names["signature"]]
        else:
            words = ["dgst", f"-{HASH[algorithm[2:]]}", "-verify", names["public"], "-signature",
                     names["signature"], names["signed"]]
        return subprocess.run(["openssl", *words], capture_output=True).returncode == 0

    # --- files ---

    def path(self, name):
        return os.path.join(self.files, name)

    def write(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return self.path(name)

    def make(self, name="key.pem", kind=("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")):
        """A new key in a file, which the provider knows then."""
        pem = openssl("genpkey", *kind)
        self.public = openssl("pkey", "-pubout", stdin=pem)
        self.private = openssl("pkey", "-outform", "DER", stdin=pem)
        return self.write(name, pem)

    def certificate(self):
        """Of a new key, and the key."""
        path = self.make()
        openssl("req", "-x509", "-new", "-key", path, "-subj", "/CN=work", "-days", "2", "-out",
                self.path("certificate.pem"))
        return self.path("certificate.pem"), path

    def assertNotInClear(self):
        """No part of the private key lies in a file that is not the person's, or was said."""
        middle = self.private[len(self.private) // 3:][:36]
        needles = {middle, middle.hex().encode()}
        for shift in range(3):
            needles.add(base64.b64encode(b"x" * shift + middle)[(0, 4, 4)[shift]:-4])
            needles.add(base64.urlsafe_b64encode(b"x" * shift + middle)[(0, 4, 4)[shift]:-4])
        for top in (self.box.root, self.box.runtime):
            for folder, _, names in os.walk(top):
                for name in names:
                    path = os.path.join(folder, name)
                    if folder == self.files or not os.path.isfile(path):
                        continue
                    with open(path, "rb") as file:
                        content = file.read()
                    self.assertEqual([], [needle for needle in needles if needle in content], path)
        for said in self.box.said:
            for needle in needles:
                self.assertNotIn(needle, said.stdout + said.stderr, said)

    # --- keybearer ---

    def add(self, *options, name="work", auth="private_key_jwt", **run):
        if "--client-id" not in options:
            options = ("--client-id", self.server.client_id, *options)
        return self.box.keybearer("add", name, "--token-url", self.server.token_url, "--client-auth", auth,
                                  "--store", "sealed-file", *options, **run)

    def keygen(self, *options, name="work"):
        made = self.box.keybearer("keygen", name, *options)
        self.assertOk(made)
        return made.stdout

    def show(self, *options, name="work"):
        return self.assertOk(self.box.keybearer("show", name, *options))

    def assertNothing(self):
        self.assertEqual([], self.box.cards())
        self.assertFalse(os.path.exists(self.box.config_file))


class FileTest(KeysTest):
    def take(self, path, *options, **run):
        added = self.add("--client-key", path, *options, **run)
        self.assertOk(added)
        self.assertNotInClear()
        return added.text

    def test_every_kind_of_key_in_pem(self):
        for kind in (
            ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
            ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"),
            ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"),
            ("-algorithm", "ED25519"),
            ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
        ):
            with self.subTest(kind):
                path = self.make(kind=kind)
                told = self.take(path)
                self.assertIn(f"shred -u '{path}'", told)
                self.assertIn("Backups", told)
                self.assertEqual(self.public, self.show("--public-key").stdout)

    def test_older_forms_of_pem(self):
        path = self.make()
        self.take(self.write("sec1.pem", openssl("ec", "-in", path)))
        path = self.make(kind=("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"))
        self.take(self.write("pkcs1.pem", openssl("rsa", "-traditional", "-in", path)))

    def test_a_jwk(self):
        self.make(kind=("-algorithm", "ED25519"))
        public = openssl("pkey", "-pubin", "-outform", "DER", stdin=self.public)
        jwk = {"kty": "OKP", "crv": "Ed25519", "kid": "of the file", "d": unpadded(self.private[-32:]),
               "x": unpadded(public[-32:])}
        self.take(self.write("key.jwk", json.dumps(jwk)))
        self.assertEqual("of the file", self.asked[0]["kid"])
        self.assertIn("of the file", self.show().text)

    def google(self, token_url):
        with open(self.make(kind=("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"))) as file:
            pem = file.read()
        return self.write("google.json", json.dumps({
            "type": "service_account", "project_id": "p", "private_key_id": "g1", "private_key": pem,
            "client_email": "robot@p.example", "client_id": "1", "token_uri": token_url}))

    def test_a_file_that_says_whose_key_it_is_and_where(self):
        path = self.google(self.server.token_url)
        added = self.box.keybearer("add", "work", "--client-auth", "private_key_jwt", "--client-key", path,
                                   "--store", "sealed-file")
        self.assertOk(added)
        self.assertEqual("robot@p.example", self.asked[1]["iss"])
        self.assertIn(self.server.token_url, self.show().text)
        self.assertNotInClear()

    def test_a_file_that_is_for_another_endpoint(self):
        path = self.google("https://oauth2.example.com/token")
        self.assertFails(self.add("--client-key", path), USAGE, "https://oauth2.example.com", "127.0.0.1")
        self.assertEqual([], self.server.requests)
        self.assertNothing()

    def test_a_new_key_goes_to_no_endpoint_that_the_client_is_not_bound_to(self):
        self.assertOk(self.add("--client-key", self.make()))
        with TokenServer() as other:
            with open(self.box.config_file) as file:
                config = file.read()
            with open(self.box.config_file, "w") as file:
                file.write(config.replace(self.server.token_url, other.token_url))
            self.assertFails(self.box.keybearer("add", "work", "--client-key", self.make("new.pem")), DENIED,
                             self.server.origin, other.origin)
            self.assertEqual([], other.requests)

    def test_an_encrypted_key(self):
        path = self.make()
        openssl("pkcs8", "-topk8", "-in", path, "-out", self.path("sealed.pem"), "-passout",
                f"pass:{PASSPHRASE}")
        self.box.secret(PASSPHRASE, "a wrong one")
        told = self.take(self.path("sealed.pem"), "--client-key-passphrase-stdin",
                         stdin=f"{PASSPHRASE}\n".encode())
        self.assertNotIn("in clear", told)
        self.assertOk(self.box.keybearer("remove", "--yes", "work"))
        wrong = self.add("--client-key", self.path("sealed.pem"), "--client-key-passphrase-stdin",
                         stdin=b"a wrong one\n")
        self.assertFails(wrong, DENIED, "passphrase of the key is wrong")
        self.assertFails(self.add("--client-key", self.path("sealed.pem")), USAGE, "no terminal")

    def test_an_encrypted_key_on_a_terminal(self):
        path = self.make()
        openssl("pkcs8", "-topk8", "-in", path, "-out", self.path("sealed.pem"), "-passout",
                f"pass:{PASSPHRASE}")
        added = self.box.run_on_tty(
            ["keybearer", "add", "work", "--token-url", self.server.token_url, "--client-auth",
             "private_key_jwt", "--client-id", self.server.client_id, "--store", "sealed-file",
             "--client-key", self.path("sealed.pem")],
            [(b"Passphrase of the key (not shown): ", "a slip"),
             (b"Passphrase of the key (not shown): ", PASSPHRASE)])
        self.assertEqual(0, added.status, added)
        self.assertNotIn(PASSPHRASE.encode(), added.stdout)
        self.assertNotIn(b"secret", added.stdout)

    def test_the_lines_of_a_script_come_in_their_order(self):
        """The key's passphrase, the secret, the vault's passphrase."""
        need_keyrings(self)
        certificate, path = self.certificate()
        openssl("pkcs8", "-topk8", "-in", path, "-out", self.path("sealed.pem"), "-passout",
                f"pass:{PASSPHRASE}")
        self.server.behave(None)
        added = self.add("--client-key", self.path("sealed.pem"), "--client-cert", certificate,
                         "--client-key-passphrase-stdin", "--client-secret-stdin", "--passphrase-stdin",
                         auth="client_secret_post", env={"KEYBEARER_KEY_FILE": None},
                         stdin=f"{PASSPHRASE}\n{self.server.client_secret}\nof the vault\n".encode())
        self.assertOk(added)

    def test_what_is_piped_in(self):
        with open(self.make(), "rb") as file:
            pem = file.read()
        told = self.take("-", stdin=pem)
        self.assertNotIn("shred", told)
        for option, value in (("--client-secret-stdin", ()), ("--passphrase-stdin", ()),
                              ("--client-cert", ("-",))):
            both = self.add("--client-key", "-", option, *value, stdin=pem)
            self.assertFails(both, USAGE, "all of standard input")

    def test_a_terminal_is_no_pipe(self):
        """What is pasted there would be shown."""
        failed = self.box.run_on_tty(["keybearer", "add", "work", "--token-url", self.server.token_url,
                                      "--client-auth", "private_key_jwt", "--client-id", "x",
                                      "--client-key", "-"])
        self.assertEqual(USAGE, failed.status, failed)
        self.assertIn(b"is a terminal", failed.stdout)

    def test_a_link_is_followed(self):
        path = self.make()
        os.symlink(path, self.path("link"))
        told = self.take(self.path("link"))
        self.assertIn(f"shred -u '{path}'", told)

    def test_what_cannot_be_a_key_file(self):
        unreadable = self.make("unreadable.pem")
        os.chmod(unreadable, 0)
        os.mkdir(self.path("folder"))
        pem = "-----BEGIN PRIVATE KEY-----\n" + "QUJD" * 250_000 + "\n-----END PRIVATE KEY-----\n"
        for path, why in (
            (self.path("missing"), "No such file"), (self.path("folder"), "neither a file nor a pipe"),
            ("/dev/zero", "neither a file nor a pipe"), ("/dev/null", "neither a file nor a pipe"),
            (self.write("large.pem", pem), "longer than 65536 bytes"), (self.write("empty", ""), "empty"),
            (self.write("other", "hello\n"), "--client-key: the key's file is neither PEM nor JSON"),
            (self.write("public.pem", self.public), "--client-key: the key's file has a public key only"),
            (self.write("short.pem", "-----BEGIN PRIVATE KEY-----\nAQID\n-----END PRIVATE KEY-----\n"),
             "--client-key: the key is damaged"),
            (self.write("weak.pem", openssl("genrsa", "1024")), "--client-key: the RSA key has 1024 bits"), (unreadable, "Permission denied"),
        ):
            if path == unreadable and capable(CAP_DAC_OVERRIDE):
                continue
            with self.subTest(path):
                self.assertFails(self.add("--client-key", path), USAGE, why)
        endless = self.box.run(["sh", "-c", 'exec "$@" </dev/zero', "sh", self.box._resolve(["keybearer"])[0],
                                "add", "work", "--token-url", self.server.token_url, "--client-key", "-"])
        self.assertFails(endless, USAGE, "longer than 65536 bytes")
        self.assertEqual([], self.server.requests)
        self.assertNothing()

    def test_a_key_in_place_of_its_file_is_not_repeated(self):
        with open(self.make()) as file:
            pem = file.read()
        self.box.secret(pem.splitlines()[1])
        self.assertFails(self.add("--client-key", pem), USAGE)
        self.assertFails(self.add("--client-cert", pem), USAGE)

    def test_a_pipe_that_somebody_writes_late(self):
        """It is waited for; a pipe that nobody writes is not waited for in open(2)."""
        need_proc(self)
        with open(self.make(), "rb") as file:
            pem = file.read()
        fifo = self.path("fifo")
        os.mkfifo(fifo)
        running = self.box.start(["keybearer", "add", "work", "--token-url", self.server.token_url,
                                  "--client-auth", "private_key_jwt", "--client-id", self.server.client_id,
                                  "--store", "sealed-file", "--client-key", fifo])
        end = None

        def opens():
            nonlocal end
            try:
                end = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                return False  # nobody reads it yet
            return True

        wait_until(opens, "the helper opens the pipe")
        os.set_blocking(end, True)
        os.write(end, pem[:40])
        os.write(end, pem[40:])
        os.close(end)
        told = self.assertOk(running.wait())
        self.assertNotIn("shred", told.text)

    @unittest.skipUnless(os.environ.get("KB_TEST_FULL"), "it takes half a minute; KB_TEST_FULL=1 tries it")
    def test_a_pipe_that_nobody_writes(self):
        fifo = self.path("fifo")
        os.mkfifo(fifo)
        self.assertFails(self.add("--client-key", fifo), TIMEOUT, "--client-key")
        self.assertNothing()

    def test_a_certificate_for_the_key(self):
        certificate, path = self.certificate()
        self.take(path, "--client-cert", certificate)
        der = openssl("x509", "-in", certificate, "-outform", "DER")
        thumbprint = unpadded(hashlib.sha256(der).digest())
        self.assertEqual(thumbprint, self.asked[0]["x5t#S256"])
        self.assertEqual(thumbprint, self.show("--json").json()["key"]["x5t#S256"])

    def test_a_certificate_of_another_key(self):
        certificate, _ = self.certificate()
        other = self.make("other.pem")
        self.assertFails(self.add("--client-key", other, "--client-cert", certificate), USAGE,
                         "--client-cert: no certificate that was given belongs to the key")
        self.assertNothing()


class BesideASecretTest(KeysTest):
    """A client with a secret, and with a key whose certificate it shows when it connects."""

    def setUp(self):
        super().setUp()
        self.server.behave(None)
        certificate, key = self.certificate()
        self.assertOk(self.rotate("--client-key", key, "--client-cert", certificate))
        self.first = self.card()

    def rotate(self, *options):
        return self.add(*options, "--client-secret-stdin", auth="client_secret_post",
                        stdin=f"{self.server.client_secret}\n".encode())

    def card(self):
        return self.show("--json").json()["key"]["x5t#S256"]

    def keygen(self, *options):
        made = self.box.keybearer("keygen", "work", "--replace", "--yes", *options)
        self.assertOk(made)
        return made.stdout

    def test_the_next_secret_takes_the_key_that_keygen_made(self):
        der = openssl("x509", "-outform", "DER", stdin=self.keygen("--format", "certificate"))
        self.assertOk(self.rotate())
        self.assertEqual(unpadded(hashlib.sha256(der).digest()), self.card())
        self.assertNotEqual(self.first, self.card())

    def test_a_key_without_a_certificate_waits_for_another_client(self):
        made = self.keygen()
        self.assertOk(self.rotate())
        self.assertEqual(made, self.box.keybearer("show", "work", "--public-key").stdout)
        self.assertFails(self.box.keybearer("keygen", "work"), USAGE, "there is a key for work already")

    def test_a_key_that_is_made_meanwhile_waits_as_well(self):
        made = []

        def make_and_issue(_):
            made.append(self.keygen())
            return self.server.issue()

        self.server.behave(make_and_issue)
        self.assertOk(self.rotate())
        self.assertEqual(made, [self.box.keybearer("show", "work", "--public-key").stdout])


class NeedTest(KeysTest):
    """What the profile needs is asked for, and nothing else."""

    def test_a_profile_that_needs_a_key_says_what_to_give(self):
        failed = self.add()
        self.assertFails(failed, USAGE, "private_key_jwt, which needs a key")
        self.assertIn(b"--client-key FILE", failed.stderr)
        self.assertIn(b"keybearer keygen work", failed.stderr)
        typed = self.box.run_on_tty(["keybearer", "add", "work", "--token-url", self.server.token_url,
                                     "--client-auth", "private_key_jwt", "--store", "sealed-file"])
        self.assertEqual(USAGE, typed.status, typed)
        self.assertIn(b"keybearer keygen work", typed.stdout)

    def test_a_key_of_keygen_is_not_taken_for_a_secret(self):
        self.assertOk(self.box.keybearer("keygen", "work", "--store", "sealed-file"))
        failed = self.box.keybearer("add", "work", "--token-url", self.server.token_url)
        self.assertFails(failed, USAGE, "keygen made a key for work, and client_secret_post does not use it")
        self.assertIn(b"add --client-auth private_key_jwt to the same command", failed.stderr)

    def test_keygen_says_what_comes_next(self):
        made = ["keybearer", "keygen", "work", "--replace", "--store", "sealed-file"]
        first = self.box.run_on_tty(made).stdout.replace(b"\r\n", b"\n")
        self.assertIn(b"  keybearer add work --token-url URL --client-auth private_key_jwt\n", first)
        self.assertLessEqual(max(len(line) for line in first.splitlines()), 80)
        self.assertOk(self.box.keybearer("remove", "--yes", "work"))
        self.server.behave(None)
        self.assertOk(self.box.add_profile("work", self.server))
        self.assertIn(b'keybearer edit work, and set "client_auth" to private_key_jwt', self.box.run_on_tty(made).stdout)

    def test_a_key_of_keygen_that_signs_otherwise(self):
        self.assertOk(self.box.keybearer("keygen", "work", "--store", "sealed-file"))
        failed = self.add("--client-alg", "RS256")
        self.assertFails(failed, CONFIG, "cannot sign with RS256")
        self.assertIn(b"keybearer keygen work --alg RS256 --replace", failed.stderr)

    def test_a_method_that_needs_a_certificate(self):
        failed = self.box.keybearer(
            "add", "work", "--token-url", "https://127.0.0.1:1/token", "--client-auth", "tls_client_auth",
            "--client-id", "x", "--store", "sealed-file", "--client-key", self.make())
        self.assertFails(failed, USAGE, "tls_client_auth, which needs a certificate")
        self.assertIn(b"add --client-cert FILE to the same command", failed.stderr)

    def test_a_key_that_nothing_would_use(self):
        failed = self.add("--client-key", self.make(), auth="client_secret_post")
        self.assertFails(failed, USAGE, "uses no key")
        self.assertNothing()

    def test_a_secret_that_nothing_would_use(self):
        failed = self.add("--client-key", self.make(), "--client-secret-stdin", stdin=b"a secret\n")
        self.assertFails(failed, USAGE, "takes no secret")

    def test_only_the_id_is_asked_for(self):
        self.make()
        added = self.box.run_on_tty(
            ["keybearer", "add", "work", "--token-url", self.server.token_url, "--client-auth",
             "private_key_jwt", "--store", "sealed-file", "--client-key", self.path("key.pem")],
            [(b"Client id (not shown while you type): ", self.server.client_id)])
        self.assertEqual(0, added.status, added)
        self.assertNotIn(b"ecret", added.stdout)

    def test_a_client_without_an_id(self):
        self.server.behave(lambda request: self.server.issue())
        typed = self.box.run_on_tty(
            ["keybearer", "add", "work", "--token-url", self.server.token_url, "--client-auth", "none",
             "--store", "sealed-file"], [(b"Client id (Enter: it has none; not shown): ", "")])
        self.assertEqual(0, typed.status, typed)
        self.assertOk(self.add("--client-id", "", name="other", auth="none"))
        self.assertNotIn("client_id", self.server.requests[-1].form)
        asked = self.server.count
        self.assertFails(self.add("--client-id", "", "--client-key", self.make()), USAGE, "the client id is empty")
        secret = self.add("--client-id", "", "--client-secret-stdin", auth="client_secret_post", stdin=b"secret\n")
        self.assertFails(secret, USAGE, "the client id is empty")
        self.assertEqual(asked, self.server.count)

    def test_the_command_of_run_gets_no_secret_that_is_not_there(self):
        self.assertOk(self.add("--client-key", self.make()))
        mark = self.box.path("started")
        failed = self.box.keybearer("run", "--env", "X={secret}", "work", "--", "touch", mark)
        self.assertFails(failed, CONFIG, "X", "work")
        self.assertFalse(os.path.exists(mark))
        shown = self.assertOk(self.box.keybearer("run", "--env", "X={id}", "work", "--", "printenv", "X"))
        self.assertEqual(self.server.client_id, shown.text)


class KeygenTest(KeysTest):
    def complete(self, *options):
        return self.add(*options)

    def test_made_shown_and_completed(self):
        self.public = self.keygen()
        self.assertEqual(self.public, self.show("--public-key").stdout)
        self.assertFails(self.box.keybearer("token", "work"), NOT_FOUND)
        self.assertOk(self.complete())
        self.assertNotIn("kid", self.asked[0])
        self.assertEqual({"ref", "store", "bound", "public", "since"}, set(self.box.cards("work")[0]["clients"][0]))
        self.assertEqual(1, len(self.box.client_files()))
        self.assertOk(self.box.keybearer("token", "work"))
        self.assertIn("key  ", self.show().text)
        self.assertNotIn("next_key", self.show().text)

    def test_each_algorithm(self):
        for alg in ("ES256", "ES384", "ES512", "EdDSA", "RS256", "PS512"):
            with self.subTest(alg):
                self.public = self.keygen("--alg", alg, "--replace")
                self.assertEqual(self.public, openssl("pkey", "-pubin", stdin=self.public))
                if alg[0] != "P":  # which this provider does not check
                    self.assertOk(self.complete())
                    self.assertEqual(alg, self.asked[0]["alg"])

    def test_each_format_says_the_same(self):
        jwk = json.loads(self.keygen("--format", "jwk"))
        self.assertEqual(jwk, json.loads(self.show("--public-key", "--format", "jwk").stdout))
        self.assertEqual({"keys": [jwk]}, json.loads(self.show("--public-key", "--format", "jwks").stdout))
        members = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
        text = json.dumps(members, separators=(",", ":"), sort_keys=True).encode()
        thumbprint = unpadded(hashlib.sha256(text).digest())
        self.assertEqual(thumbprint, self.show("--json").json()["next_key"]["jkt"])
        self.assertEqual(thumbprint, jwk["kid"])
        self.public = self.show("--public-key").stdout
        self.assertOk(self.complete())
        self.assertEqual(thumbprint, self.asked[0]["kid"])
        jwks = json.loads(self.keygen("--format", "jwks", "--replace", "--alg", "RS256"))
        self.assertEqual(jwks, json.loads(self.show("--public-key", "--format", "jwks").stdout))

    def test_a_certificate_is_kept_with_the_key(self):
        certificate = self.keygen("--format", "certificate")
        self.public = openssl("x509", "-noout", "-pubkey", stdin=certificate)
        self.assertIn(b"work", openssl("x509", "-noout", "-subject", stdin=certificate))
        self.assertOk(self.complete())
        der = openssl("x509", "-outform", "DER", stdin=certificate)
        self.assertEqual(unpadded(hashlib.sha256(der).digest()), self.asked[0]["x5t#S256"])

    def test_shown_while_all_is_locked(self):
        need_keyrings(self)
        env = {"KEYBEARER_KEY_FILE": None}
        line = b"of the vault\n"
        made = self.box.keybearer("keygen", "work", "--store", "sealed-file", "--passphrase-stdin",
                                  stdin=line, env=env)
        self.public = self.assertOk(made).stdout
        self.assertOk(self.box.keybearer("lock", env=env))
        shown = self.box.keybearer("show", "work", "--public-key", env=env)
        self.assertEqual(self.public, self.assertOk(shown).stdout)
        self.assertIn("next_key", self.box.keybearer("show", "work", env=env).text)
        locked = self.add(env=env)
        self.assertFails(locked, USAGE, "no terminal")
        self.assertOk(self.add("--passphrase-stdin", env=env, stdin=line))
        self.assertOk(self.box.keybearer("lock", env=env))
        shown = self.box.keybearer("show", "work", "--public-key", env=env)
        self.assertEqual(self.public, self.assertOk(shown).stdout)
        self.assertFails(self.box.keybearer("refresh", "work", env=env), LOCKED)

    def test_nothing_is_replaced_by_accident(self):
        self.public = self.keygen()
        self.assertFails(self.box.keybearer("keygen", "work"), USAGE, "there is a key for work already")
        self.assertOk(self.complete())
        self.assertFails(self.box.keybearer("keygen", "work"), USAGE, "has a client already")
        self.assertEqual(self.public, self.show("--public-key").stdout)

    def test_the_client_works_until_the_new_key_is_known(self):
        old = self.public = self.keygen()
        self.assertOk(self.complete())
        used = self.box.references("work")
        new = self.keygen("--replace")
        self.assertNotEqual(old, new)
        self.assertEqual(new, self.show("--public-key").stdout)
        self.assertOk(self.box.keybearer("refresh", "work"))
        self.assertFails(self.box.keybearer("add", "work"), DENIED)  # the provider has not got it
        self.assertOk(self.box.keybearer("refresh", "work"))
        self.assertIn(used[0], self.box.references("work"))
        self.public = new
        replaced = self.assertOk(self.box.keybearer("add", "work")).text
        self.assertIn("the key of client", replaced)
        self.assertIn("Revoke the old key", replaced)
        self.assertEqual(1, len(self.box.references("work")))
        self.assertEqual(1, len(self.box.client_files()))
        self.assertOk(self.box.keybearer("refresh", "work"))

    def test_the_key_stays_where_nothing_is_said_of_it(self):
        self.public = self.keygen()
        self.assertOk(self.complete())
        again = self.assertOk(self.box.keybearer("add", "work")).text
        self.assertIn("had that key already", again)
        self.assertOk(self.complete("--scope", "a.read"))
        self.assertEqual(self.public, self.show("--public-key").stdout)

    def test_a_key_that_is_waiting_outlives_a_client_without_one(self):
        waiting = self.keygen()
        self.server.behave(None)
        self.assertOk(self.box.add_profile("work", self.server))
        self.assertEqual(waiting, self.show("--public-key").stdout)
        self.assertOk(self.box.keybearer("refresh", "work"))
        self.assertOk(self.box.keybearer("add", "work", "--client-secret-stdin",
                                         stdin=f"{self.server.client_secret}\n".encode()))
        self.assertEqual(waiting, self.show("--public-key").stdout)

    def test_shown_from_a_damaged_card(self):
        """To say that there is no key would lead to another one."""
        self.keygen()
        [name] = os.listdir(self.box.cards_folder)
        with open(os.path.join(self.box.cards_folder, name), "a") as file:
            file.write("}")
        self.assertFails(self.box.keybearer("show", "work", "--public-key"), CORRUPT, name)

    def test_removed(self):
        self.keygen()
        removed = self.assertOk(self.box.keybearer("remove", "--yes", "work")).text
        self.assertIn("Removed the key of work", removed)
        self.assertNotIn("token", removed)
        self.assertEqual(([], []), (self.box.cards(), self.box.client_files()))
        self.assertFails(self.box.keybearer("show", "work", "--public-key"), NOT_FOUND)

    def test_doctor_has_nothing_to_say(self):
        self.keygen()
        self.assertNotIn("clients:", self.box.keybearer("doctor").text)

    def test_a_key_alone_is_no_client(self):
        """Not even where somebody writes a bond into its card: another one is sealed with it."""
        self.public = self.keygen()
        self.assertOk(self.complete())
        self.keygen("--replace")
        card, = (os.path.join(self.box.cards_folder, name) for name in os.listdir(self.box.cards_folder))
        with open(card) as file:
            text = file.read()
        bound = json.dumps(self.box.cards("work")[0]["clients"][1]["bound"], separators=(",", ":"))
        with open(card, "w") as file:
            file.write(text.replace('{"ca":"none"}', bound))
        self.assertFails(self.box.keybearer("refresh", "work"), DENIED, "has no client yet")

    def test_wrong_words(self):
        for words, why in ((("work", "--alg", "HS256"), "--alg"), (("work", "--alg", "none"), "--alg"),
                           (("work", "--format", "p12"), "--format"), (("a/b",), "cannot name a profile"),
                           (("work", "--store", "nowhere"), "--store")):
            with self.subTest(words):
                self.assertFails(self.box.keybearer("keygen", *words), USAGE, why)
        self.assertNothing()


if __name__ == "__main__":
    main("openssl")
